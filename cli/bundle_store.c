#include "bundle_store.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <reprise/mem.h>
#include <reprise/reader.h>

#include "file.h"

#define PAUSE_NS 1000000L /* while another process writes */
#define PAUSES_MAX 60000

struct rp__bundle_store {
    char folder[PATH_MAX];
    char path[PATH_MAX + 16];
    struct rp_store_sqlite *sqlite;
};

/* ---- sessions into a store ---- */

static enum rp_code commit(struct rp_store *store, struct rp_err *err)
{
    struct timespec pause = {0, PAUSE_NS};
    enum rp_code rc = store->ops->commit(store, err);
    for (int i = 0; rc == RP_E_BUSY && i < PAUSES_MAX; i++) {
        (void)nanosleep(&pause, NULL); /* woken early, it tries early */
        rp_err_clear(err);
        rc = store->ops->commit(store, err);
    }
    return rc;
}

enum rp_code rp__bundle_import(struct rp_store_sqlite *sqlite,
    const struct rp_bundle *bundle, uint32_t index, struct rp_err *err)
{
    struct rp_err why = RP_ERR_INIT;
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    enum rp_code rc = rp_bundle_give(bundle, index, store, &why);
    if (rc == RP_OK) {
        rc = commit(store, &why);
    }
    rp_store_free(&store);
    return rc == RP_OK ? RP_OK : rp_err_set(err, rc, "%s", why.text);
}

bool rp__bundle_known(const char *store_path, const struct rp_session_id *id)
{
    struct rp_reader *reader = NULL;
    struct rp_session_row row;
    struct rp_arena *arena = rp_arena_new(0);
    bool known =
        rp_reader_open(&reader, store_path, NULL) == RP_OK &&
        rp_reader_find(&row, reader, rp_str_of(id->text), arena, NULL) == RP_OK;
    rp_reader_close(&reader);
    rp_arena_free(&arena);
    return known;
}

enum rp_code rp__bundle_store_add(
    struct rp__bundle_store *store, const char *path, struct rp_err *err)
{
    struct rp_bundle *bundle = NULL;
    enum rp_code rc = rp_bundle_open(&bundle, path, err);
    for (uint32_t i = 0; rc == RP_OK && i < rp_bundle_count(bundle); i++) {
        if (!rp__bundle_known(store->path, &rp_bundle_head(bundle, i)->id)) {
            rc = rp__bundle_import(store->sqlite, bundle, i, err);
        }
    }
    rp_bundle_close(&bundle);
    return rc;
}

/* ---- making and removing ---- */

enum rp_code rp__bundle_store_new(
    struct rp__bundle_store **out, struct rp_err *err)
{
    struct rp__bundle_store *store = rp_mem_zalloc(sizeof(*store));
    const char *temporary = getenv("TMPDIR");
    char why[128];
    (void)snprintf(store->folder, sizeof(store->folder), "%s/reprise-XXXXXX",
        temporary == NULL || temporary[0] == '\0' ? "/tmp" : temporary);
    if (mkdtemp(store->folder) == NULL) {
        rp__file_errno(why, sizeof(why));
        rp_mem_free(store);
        return rp_err_set(
            err, RP_E_IO, "cannot make a temporary folder: %s", why);
    }
    (void)snprintf(
        store->path, sizeof(store->path), "%s/store.db", store->folder);
    struct rp_store_sqlite_options options = {.create = true};
    enum rp_code rc =
        rp_store_sqlite_open(&store->sqlite, store->path, &options, err);
    if (rc == RP_OK) {
        *out = store;
    } else {
        rp__bundle_store_free(&store);
    }
    return rc;
}

void rp__bundle_store_free(struct rp__bundle_store **store)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    struct rp__bundle_store *self = *store;
    if (self == NULL) {
        return;
    }
    rp_store_sqlite_close(&self->sqlite);
    for (size_t i = 0; i < RP_COUNT_OF(endings); i++) {
        char path[PATH_MAX + 32];
        (void)snprintf(path, sizeof(path), "%s%s", self->path, endings[i]);
        (void)unlink(path); /* gone already is as good */
    }
    (void)rmdir(self->folder);
    rp_mem_free(self);
    *store = NULL;
}

const char *rp__bundle_store_path(const struct rp__bundle_store *store)
{
    return store->path;
}
