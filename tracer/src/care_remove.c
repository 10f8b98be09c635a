/* Sessions are taken out, each in one transaction. */
#include "care_parts.h"

#include <inttypes.h>
#include <stddef.h>

#include <reprise/lease.h>

#define CARE_WAIT_MS 10000

sqlite3_stmt *rp__care_prepare(
    struct rp_store_sqlite *sqlite, const char *sql, struct rp_err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(sqlite->db, sql, -1, &stmt, NULL) != SQLITE_OK) {
        (void)rp__sqlite_fail(sqlite, err, "cannot use");
    }
    return stmt;
}

enum rp_code rp__care_run(
    struct rp_store_sqlite *sqlite, const char *sql, struct rp_err *err)
{
    return sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? RP_OK
               : rp__sqlite_fail(sqlite, err, "cannot write to");
}

enum rp_code rp__care_begin(struct rp_store_sqlite *sqlite, struct rp_err *err)
{
    (void)sqlite3_busy_timeout(sqlite->db, CARE_WAIT_MS); /* cannot fail */
    enum rp_code rc = rp__care_run(sqlite, "PRAGMA secure_delete=ON", err);
    return rc == RP_OK ? rp__care_run(sqlite, "BEGIN IMMEDIATE", err) : rc;
}

enum rp_code rp__care_end(
    struct rp_store_sqlite *sqlite, enum rp_code rc, struct rp_err *err)
{
    if (rc == RP_OK) {
        rc = rp__care_run(sqlite, "COMMIT", err);
    }
    if (rc != RP_OK) {
        /* the first error is the one that counts */
        (void)sqlite3_exec(sqlite->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return rc;
}

int64_t rp_store_format(const struct rp_store_sqlite *sqlite)
{
    return sqlite->format;
}

/* ---- one session ---- */

/* Keys of what belongs to a session are its number, shifted, and more. */
static const struct part {
    const char *sql;
    int shift;
    size_t counted; /* offset in what was removed, plus 1; 0: not counted */
} parts[] = {
    {"DELETE FROM span_event WHERE span BETWEEN ?1 AND ?2", RP__SPAN_SHIFT, 0},
    {"DELETE FROM span_link WHERE span BETWEEN ?1 AND ?2", RP__SPAN_SHIFT, 0},
    {"DELETE FROM span_import WHERE span BETWEEN ?1 AND ?2", RP__SPAN_SHIFT, 0},
    {"DELETE FROM span_origin WHERE no BETWEEN ?1 AND ?2", RP__SPAN_SHIFT, 0},
    {"DELETE FROM span WHERE no BETWEEN ?1 AND ?2", RP__SPAN_SHIFT,
        offsetof(struct rp_store_removed, spans) + 1},
    {"DELETE FROM record WHERE no BETWEEN ?1 + 1 AND ?2", RP__RECORD_SHIFT,
        offsetof(struct rp_store_removed, records) + 1},
    {"DELETE FROM record WHERE no = ?1 AND ?2", RP__RECORD_SHIFT, 0},
    {"DELETE FROM export_cursor WHERE session BETWEEN ?1 AND ?2", 0, 0},
    {"DELETE FROM session WHERE no BETWEEN ?1 AND ?2", 0,
        offsetof(struct rp_store_removed, sessions) + 1},
};

static enum rp_code remove_part(struct rp_store_removed *out,
    struct rp_store_sqlite *sqlite, const struct part *part, int64_t no,
    struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__care_prepare(sqlite, part->sql, err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, no << part->shift);
    sqlite3_bind_int64(stmt, 2, ((no + 1) << part->shift) - 1);
    enum rp_code rc =
        rp__sqlite_run(sqlite, stmt, "cannot remove from the", err);
    if (rc == RP_OK && part->counted > 0) {
        int64_t *count = (int64_t *)(void *)((char *)out + (part->counted - 1));
        *count += sqlite3_changes(sqlite->db);
    }
    (void)sqlite3_finalize(stmt); /* repeats the error of the step */
    return rc;
}

enum rp_code rp_store_remove(struct rp_store_removed *out,
    struct rp_store_sqlite *sqlite, int64_t session_no, struct rp_err *err)
{
    struct rp_store_removed removed = *out;
    enum rp_code rc = rp__care_begin(sqlite, err);
    if (rc != RP_OK) {
        return rc;
    }
    for (size_t i = 0; rc == RP_OK && i < RP_COUNT_OF(parts); i++) {
        rc = remove_part(&removed, sqlite, &parts[i], session_no, err);
    }
    if (rc == RP_OK && removed.sessions == out->sessions) {
        rc = rp_err_set(err, RP_E_NOT_FOUND,
            "there is no session number %" PRId64 " any more", session_no);
    }
    rc = rp__care_end(sqlite, rc, err);
    if (rc == RP_OK) {
        *out = removed;
    }
    return rc;
}

/* ---- who runs ---- */

enum rp_code rp_store_running(
    int64_t *out, struct rp_store_sqlite *sqlite, struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__care_prepare(
        sqlite, "SELECT id FROM session WHERE outcome IS NULL", err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    int64_t count = 0;
    int step = sqlite3_step(stmt);
    for (; step == SQLITE_ROW; step = sqlite3_step(stmt)) {
        char path[RP_PATH_LEN_MAX + 1];
        const char *id = (const char *)sqlite3_column_text(stmt, 0);
        /* a lease that cannot be asked for counts as held */
        count +=
            !rp_lease_path(path, sizeof(path), sqlite->path, id, ".lock") ||
            rp_lease_held(path);
    }
    enum rp_code rc = step == SQLITE_DONE
                          ? RP_OK
                          : rp__sqlite_fail(sqlite, err, "cannot read");
    (void)sqlite3_finalize(stmt); /* repeats the error of the step */
    if (rc == RP_OK) {
        *out = count;
    }
    return rc;
}
