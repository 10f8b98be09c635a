#include "recover.h"

#include <limits.h>

#include <reprise/lease.h>
#include <reprise/mem.h>
#include <reprise/reader.h>
#include <reprise/store_sqlite.h>

static struct rp__recovered *find(
    const struct rp__recovery *recovery, int64_t session_no)
{
    for (uint32_t i = 0; i < recovery->count; i++) {
        if (recovery->seen[i].session_no == session_no) {
            return &recovery->seen[i];
        }
    }
    return NULL;
}

static void remember(
    struct rp__recovery *recovery, const struct rp_session_row *row)
{
    struct rp__recovered *seen = find(recovery, row->no);
    if (seen == NULL) {
        if (recovery->count == recovery->room) {
            recovery->room = recovery->room * 2 + 8;
            recovery->seen = rp_mem_grow(
                recovery->seen, recovery->room, sizeof(*recovery->seen));
        }
        seen = &recovery->seen[recovery->count++];
        seen->session_no = row->no;
    }
    seen->record_count = row->summary.record_count;
}

static enum rp_code recover_one(struct rp__recovery *recovery,
    struct rp_store_sqlite *sqlite, const struct rp_session_row *row,
    struct rp_err *err)
{
    char path[PATH_MAX];
    struct rp_lease *lease = NULL;
    uint32_t ended;
    const struct rp__recovered *seen = find(recovery, row->no);
    if (seen != NULL && seen->record_count == row->summary.record_count) {
        return RP_OK;
    }
    if (!rp_lease_path(path, sizeof(path), recovery->store_path,
            row->head.id.text, ".lock")) {
        return rp_err_set(err, RP_E_LIMIT, "the path of the store is too long");
    }
    enum rp_code rc = rp_lease_take(&lease, path, err);
    if (rc == RP_E_BUSY) {
        rp_err_clear(err);
        return RP_OK;
    }
    if (rc == RP_OK) {
        rc = rp_store_sqlite_recover(&ended, sqlite, &row->head.id, err);
    }
    rp_lease_drop(&lease);
    if (rc == RP_OK) {
        remember(recovery, row);
    }
    return rc;
}

static enum rp_code recover_all(struct rp__recovery *recovery,
    struct rp_store_sqlite *sqlite, struct rp_reader *reader,
    struct rp_err *err)
{
    const struct rp_session_filter filter = {
        .outcomes = 1u << RP_OUTCOME_NONE, .modes = 1u << RP_MODE_LIVE};
    struct rp_sessions *sessions = NULL;
    struct rp_session_row row;
    struct rp_arena *arena = rp_arena_new(0);
    bool found = true;
    enum rp_code rc = rp_reader_sessions(&sessions, reader, &filter, err);
    while (rc == RP_OK && found) {
        rc = rp_sessions_next(sessions, arena, &found, &row, err);
        if (rc == RP_OK && found) {
            rc = recover_one(recovery, sqlite, &row, err);
        }
    }
    rp_sessions_free(&sessions);
    rp_arena_free(&arena);
    return rc;
}

enum rp_code rp__recover(struct rp__recovery *recovery, struct rp_err *err)
{
    const struct rp_store_sqlite_options options = {.create = false};
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_reader *reader = NULL;
    enum rp_code rc =
        rp_store_sqlite_open(&sqlite, recovery->store_path, &options, err);
    if (rc == RP_OK) {
        rc = rp_reader_open(&reader, recovery->store_path, err);
    }
    if (rc == RP_OK) {
        rc = recover_all(recovery, sqlite, reader, err);
    }
    rp_reader_close(&reader);
    rp_store_sqlite_close(&sqlite);
    return rc;
}

void rp__recovery_fini(struct rp__recovery *recovery)
{
    rp_mem_free(recovery->seen);
    *recovery = (struct rp__recovery){.store_path = NULL};
}
