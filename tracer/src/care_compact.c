/* Space is given back: in small pieces where the file knows who points to each
 * page, otherwise by writing it anew, which makes it such a file. */
#include "care_parts.h"

#define PIECE_PAGES "256"
/* Others come in between: a commit that waits tries every few milliseconds. */
#define PAUSE_MS 2
#define PIECES_MAX (1 << 22)
#define INCREMENTAL 2 /* of PRAGMA auto_vacuum */

static enum rp_code space_of(struct rp_store_space *out,
    struct rp_store_sqlite *sqlite, struct rp_err *err)
{
    int64_t page = 0, count = 0, free_count = 0;
    enum rp_code rc = rp__sqlite_pragma(sqlite, "PRAGMA page_size", &page, err);
    if (rc == RP_OK) {
        rc = rp__sqlite_pragma(sqlite, "PRAGMA page_count", &count, err);
    }
    if (rc == RP_OK) {
        rc = rp__sqlite_pragma(
            sqlite, "PRAGMA freelist_count", &free_count, err);
    }
    if (rc == RP_OK) {
        out->file_bytes = page * count;
        out->free_bytes = page * free_count;
    }
    return rc;
}

/* The log is moved into the file, and cut when nobody reads from it. */
static void move_log(struct rp_store_sqlite *sqlite)
{
    /* another connection may keep it from happening now: then later */
    (void)sqlite3_wal_checkpoint_v2(
        sqlite->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

static enum rp_code write_anew(
    struct rp_store_sqlite *sqlite, struct rp_err *err)
{
    int64_t running = 0;
    enum rp_code rc = rp_store_running(&running, sqlite, err);
    if (rc == RP_OK && running > 0) {
        return rp_err_set(err, RP_E_STATE,
            "the file has to be written anew the first time, and a session "
            "of the store runs");
    }
    return rc == RP_OK ? rp__care_run(sqlite,
                             "PRAGMA auto_vacuum=INCREMENTAL; VACUUM", err)
                       : rc;
}

static enum rp_code give_back(struct rp_store_space *after,
    struct rp_store_sqlite *sqlite, struct rp_err *err)
{
    int64_t last = INT64_MAX;
    enum rp_code rc = RP_OK;
    for (int i = 0; rc == RP_OK && after->free_bytes > 0 &&
                    after->free_bytes < last && i < PIECES_MAX;
         i++) {
        last = after->free_bytes;
        rc = rp__care_run(
            sqlite, "PRAGMA incremental_vacuum(" PIECE_PAGES ")", err);
        if (rc == RP_OK) {
            rc = space_of(after, sqlite, err);
        }
        (void)sqlite3_sleep(PAUSE_MS); /* says how long it slept */
    }
    return rc;
}

enum rp_code rp_store_compact(struct rp_store_space *before,
    struct rp_store_space *after, struct rp_store_sqlite *sqlite,
    struct rp_err *err)
{
    struct rp_store_space start = {.whole = false}, end;
    int64_t layout = 0;
    (void)sqlite3_busy_timeout(sqlite->db, 10000); /* cannot fail */
    enum rp_code rc = space_of(&start, sqlite, err);
    end = start;
    if (rc == RP_OK) {
        rc = rp__sqlite_pragma(sqlite, "PRAGMA auto_vacuum", &layout, err);
    }
    if (rc == RP_OK && layout != INCREMENTAL) {
        rc = write_anew(sqlite, err);
        end.whole = rc == RP_OK;
    } else if (rc == RP_OK) {
        rc = give_back(&end, sqlite, err);
    }
    if (rc == RP_OK) {
        move_log(sqlite);
        rc = space_of(&end, sqlite, err);
    }
    if (rc == RP_OK) {
        *before = start;
        *after = end;
    }
    return rc;
}
