#include <reprise/export_queue.h>

#include <string.h>

#include <reprise/store.h>

#include "export_left.h"
#include "sqlite_parts.h"

#define BUSY_MS_MAX 10000 /* for another process' commit */
/* In export_cursor: the row of the watermark, and past the last record. */
#define WATERMARK_SESSION 0
#define SEQ_DONE RP_STORE_RECORDS_MAX

enum statement {
    GET_CURSOR,
    PUT_CURSOR,
    PUT_RECOVERED,
    NEXT_SESSION,
    FOLD,
    FORGET,
    FIRST,
    LEFT,
    NOTE,
    STATEMENT_COUNT
};

#define WANTED RP__EXPORT_WANTED

static const char *const texts[STATEMENT_COUNT] = {
    [GET_CURSOR] =
        "SELECT seq FROM export_cursor WHERE destination=?1 AND session=?2",
    [PUT_CURSOR] = "INSERT OR REPLACE INTO export_cursor(destination, session,"
                   " seq) VALUES(?1,?2,?3)",
    [PUT_RECOVERED] = "INSERT OR REPLACE INTO export_cursor(destination,"
                      " session, seq) SELECT ?1, ?2, ?3 FROM session"
                      " WHERE no=?2 AND last_seq < ?3",
    [NEXT_SESSION] =
        "SELECT s.no, coalesce(c.seq, 0) FROM session s LEFT JOIN"
        " export_cursor c ON c.destination=?1 AND c.session=s.no"
        " WHERE s.no > max(?2, coalesce((SELECT seq FROM export_cursor"
        " WHERE destination=?1 AND session=0), 0))"
        " AND coalesce(c.seq, 0) < ?3 AND" WANTED " ORDER BY s.no LIMIT 1",
    /* Up to the first session that is not through. */
    [FOLD] = "UPDATE export_cursor SET seq = coalesce((SELECT min(s.no) - 1"
             " FROM session s LEFT JOIN export_cursor c ON c.destination=?1"
             " AND c.session=s.no WHERE s.no > export_cursor.seq"
             " AND coalesce(c.seq, 0) < ?2 AND" WANTED "),"
             " (SELECT max(no) FROM session), 0)"
             " WHERE destination=?1 AND session=0",
    [FORGET] = "DELETE FROM export_cursor WHERE destination=?1 AND session > 0"
               " AND session <= (SELECT seq FROM export_cursor"
               " WHERE destination=?1 AND session=0)",
    [FIRST] = "SELECT coalesce(min(no) - 1, (SELECT max(no) FROM session), 0)"
              " FROM session WHERE id >= ?1",
    [LEFT] = RP__EXPORT_LEFT("?1"),
    [NOTE] =
        "INSERT INTO export_state(destination, delivered, rejected, failures,"
        " success_ns) VALUES(?1, ?2, ?3, ?4, nullif(?5, 0))"
        " ON CONFLICT DO UPDATE SET delivered = delivered + ?2,"
        " rejected = rejected + ?3, failures = failures + ?4,"
        " success_ns = coalesce(nullif(?5, 0), success_ns)",
};

struct rp_export_queue {
    struct rp_store_sqlite *sqlite;
    struct rp_str destination; /* owned */
    sqlite3_stmt *statements[STATEMENT_COUNT];
};

/* ---- statements ---- */

/* With the destination bound, and two numbers where it takes them. */
static sqlite3_stmt *bound(
    struct rp_export_queue *queue, enum statement which, int64_t a, int64_t b)
{
    sqlite3_stmt *stmt = queue->statements[which];
    (void)sqlite3_reset(stmt); /* repeats old errors */
    rp__sqlite_bind_text(stmt, 1, queue->destination);
    int count = sqlite3_bind_parameter_count(stmt);
    if (count > 1) {
        sqlite3_bind_int64(stmt, 2, a);
    }
    if (count > 2) {
        sqlite3_bind_int64(stmt, 3, b);
    }
    return stmt;
}

static enum rp_code failed(struct rp_export_queue *queue, struct rp_err *err)
{
    return rp__sqlite_fail(queue->sqlite, err, "cannot keep the cursor in");
}

static enum rp_code run(
    struct rp_export_queue *queue, sqlite3_stmt *stmt, struct rp_err *err)
{
    int rc = sqlite3_step(stmt);
    (void)sqlite3_reset(stmt); /* repeats the error of the step */
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? RP_OK : failed(queue, err);
}

/* The first column of the only row; `*found` false: there is none. */
static enum rp_code number(struct rp_export_queue *queue, sqlite3_stmt *stmt,
    bool *found, int64_t *out, struct rp_err *err)
{
    int rc = sqlite3_step(stmt);
    *found = rc == SQLITE_ROW;
    *out = *found ? sqlite3_column_int64(stmt, 0) : 0;
    (void)sqlite3_reset(stmt); /* repeats the error of the step */
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? RP_OK : failed(queue, err);
}

static enum rp_code prepare(struct rp_export_queue *queue, struct rp_err *err)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v2(queue->sqlite->db, texts[i], -1,
                &queue->statements[i], NULL) != SQLITE_OK) {
            return failed(queue, err);
        }
    }
    return RP_OK;
}

/* ---- opening ---- */

static enum rp_code put(struct rp_export_queue *queue, int64_t session,
    uint64_t seq, struct rp_err *err)
{
    return run(queue, bound(queue, PUT_CURSOR, session, (int64_t)seq), err);
}

static enum rp_code begin_with(struct rp_export_queue *queue,
    const struct rp_session_id *from, struct rp_err *err)
{
    int64_t before = 0;
    bool found = false;
    enum rp_code rc = RP_OK;
    if (from != NULL && from->text[0] != '\0') {
        sqlite3_stmt *stmt = queue->statements[FIRST];
        rp__sqlite_bind_text(stmt, 1, rp_str_of(from->text));
        rc = number(queue, stmt, &found, &before, err);
    }
    return rc == RP_OK ? put(queue, WATERMARK_SESSION, (uint64_t)before, err)
                       : rc;
}

static enum rp_code register_destination(struct rp_export_queue *queue,
    const struct rp_session_id *from, struct rp_err *err)
{
    int64_t seq;
    bool known = false;
    enum rp_code rc = number(queue,
        bound(queue, GET_CURSOR, WATERMARK_SESSION, 0), &known, &seq, err);
    return rc == RP_OK && !known ? begin_with(queue, from, err) : rc;
}

enum rp_code rp_export_queue_open(struct rp_export_queue **out,
    const char *store_path, const char *destination,
    const struct rp_session_id *from, struct rp_err *err)
{
    struct rp_store_sqlite_options options = {.create = false};
    struct rp_export_queue *queue = rp_mem_zalloc(sizeof(*queue));
    enum rp_code rc =
        rp_store_sqlite_open(&queue->sqlite, store_path, &options, err);
    queue->destination = rp_str_of(rp_mem_dup(rp_str_of(destination)));
    if (rc == RP_OK) {
        (void)sqlite3_busy_timeout(queue->sqlite->db, BUSY_MS_MAX);
        rc = prepare(queue, err);
    }
    if (rc == RP_OK) {
        rc = register_destination(queue, from, err);
    }
    if (rc == RP_OK) {
        *out = queue;
    } else {
        rp_export_queue_close(&queue);
    }
    return rc;
}

void rp_export_queue_close(struct rp_export_queue **queue)
{
    struct rp_export_queue *self = *queue;
    if (self == NULL) {
        return;
    }
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(self->statements[i]); /* repeats old errors */
    }
    if (self->sqlite != NULL) {
        rp_store_sqlite_close(&self->sqlite);
    }
    rp_mem_free((char *)self->destination.ptr);
    rp_mem_free(self);
    *queue = NULL;
}

/* ---- moving on ---- */

enum rp_code rp_export_queue_next(struct rp_export_queue *queue,
    int64_t after_no, bool *found, struct rp_export_place *out,
    struct rp_err *err)
{
    sqlite3_stmt *stmt = bound(queue, NEXT_SESSION, after_no, SEQ_DONE);
    int rc = sqlite3_step(stmt);
    *found = rc == SQLITE_ROW;
    if (*found) {
        *out = (struct rp_export_place){sqlite3_column_int64(stmt, 0),
            (uint64_t)sqlite3_column_int64(stmt, 1)};
    }
    (void)sqlite3_reset(stmt); /* repeats the error of the step */
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? RP_OK : failed(queue, err);
}

enum rp_code rp_export_queue_advance(struct rp_export_queue *queue,
    struct rp_export_place place, struct rp_err *err)
{
    return put(queue, place.session_no, place.seq, err);
}

enum rp_code rp_export_queue_recovered(struct rp_export_queue *queue,
    struct rp_export_place place, struct rp_err *err)
{
    return run(queue,
        bound(queue, PUT_RECOVERED, place.session_no, (int64_t)place.seq), err);
}

/* One transaction: a cursor that is gone without a watermark would send the
 * session again. */
enum rp_code rp_export_queue_done(
    struct rp_export_queue *queue, int64_t session_no, struct rp_err *err)
{
    sqlite3 *db = queue->sqlite->db;
    if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
        return failed(queue, err);
    }
    enum rp_code rc = put(queue, session_no, SEQ_DONE, err);
    if (rc == RP_OK) {
        rc = run(queue, bound(queue, FOLD, SEQ_DONE, 0), err);
    }
    if (rc == RP_OK) {
        rc = run(queue, bound(queue, FORGET, 0, 0), err);
    }
    if (rc == RP_OK &&
        sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        rc = failed(queue, err);
    }
    if (rc != RP_OK) {
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL); /* is failing */
    }
    return rc;
}

enum rp_code rp_export_queue_note(struct rp_export_queue *queue,
    const struct rp_export_note *note, struct rp_err *err)
{
    sqlite3_stmt *stmt =
        bound(queue, NOTE, (int64_t)note->delivered, (int64_t)note->rejected);
    sqlite3_bind_int64(stmt, 4, (int64_t)note->failures);
    sqlite3_bind_int64(stmt, 5, note->success.unix_ns);
    return run(queue, stmt, err);
}

enum rp_code rp_export_queue_left(
    struct rp_export_queue *queue, uint64_t *out, struct rp_err *err)
{
    int64_t count;
    bool found;
    enum rp_code rc =
        number(queue, bound(queue, LEFT, 0, 0), &found, &count, err);
    *out = rc == RP_OK ? (uint64_t)count : 0;
    return rc;
}
