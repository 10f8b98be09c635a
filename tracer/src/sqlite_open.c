/* Opening: looks before it touches, creates, migrates or refuses. */
#include "sqlite_parts.h"

#include <stdio.h>
#include <string.h>

/* While opening, nothing is timed yet: waiting for another process that
 * creates or migrates the same file is right. */
#define OPEN_WAIT_MS 5000
#define READ_WAIT_MS 2000
#define OPEN_PAUSE_MS 10
#define HEADER_BYTES 100
#define HEADER_USER_VERSION 60
#define HEADER_APPLICATION_ID 68

static const char *const statement_texts[RP__STATEMENT_COUNT] = {
    [RP__BEGIN] = "BEGIN IMMEDIATE",
    [RP__COMMIT] = "COMMIT",
    [RP__ROLLBACK] = "ROLLBACK",
    [RP__PUT_SESSION] =
        "INSERT INTO session(id, trace, mode, began_ns, plan_name,"
        " incarnation, engine_rev, seed, source, parent_span, tracestate,"
        " sampled, plan, input, program, tags, faults, chain, last_seq,"
        " last_ns, requested, delivered, tasks, attempts, retries, timeouts,"
        " fallbacks, conflicts, input_tokens, output_tokens, cost_micro_usd,"
        " span_count, spans_dropped, notes, notes_left, trace_random,"
        " baggage, source_trace)"
        " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?"
        "18,"
        "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,'',0,?19,?20,?21)",
    [RP__SET_SESSION] =
        "UPDATE session SET outcome=?2, last_seq=?3, last_ns=?4,"
        " requested=?5, delivered=?6, tasks=?7, attempts=?8, retries=?9,"
        " timeouts=?10, fallbacks=?11, conflicts=?12, input_tokens=?13,"
        " output_tokens=?14, cost_micro_usd=?15, span_count=?16,"
        " spans_dropped=?17, notes=?18, notes_left=?19, chain=?20, output=?21"
        " WHERE no=?1",
    [RP__PUT_RECORD] =
        "INSERT INTO record(no, at_ns, digest, body) VALUES(?,?,?,?)",
    [RP__PUT_PAYLOAD] =
        "INSERT INTO payload(key, digest, size, codec, bytes)"
        " SELECT ?1,?2,?3,?4,?5 WHERE NOT EXISTS(SELECT 1 FROM payload"
        " WHERE key=?1 AND digest=?2)",
    [RP__PUT_PAYLOAD_LARGE] =
        "INSERT INTO payload_large(no, bytes) VALUES(?,?)",
    /* A row that ends is written over the one that began: everything is at
     * hand, nothing has to be read. */
    [RP__PUT_SPAN] =
        "INSERT OR REPLACE INTO span(no, id, parent, role, kind, status,"
        " start_ns, end_ns, start_seq, end_seq, path, name, message,"
        " attributes) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [RP__PUT_EVENT] = "INSERT INTO span_event(span, n, at_ns, name, attributes)"
                      " VALUES(?,?,?,?,?)",
    [RP__PUT_LINK] = "INSERT INTO span_link(span, n, trace, target, attributes)"
                     " VALUES(?,?,?,?,?)",
    [RP__GET_PAYLOAD] =
        "SELECT p.size, p.codec, coalesce(p.bytes, l.bytes)"
        " FROM payload p LEFT JOIN payload_large l ON l.no = p.no"
        " WHERE p.key=?1 AND p.digest=?2",
    [RP__FIND_SESSION] = "SELECT 1 FROM session WHERE id=?",
    [RP__PUT_ORIGIN] = "INSERT INTO span_origin(no, resource, resource_schema,"
                       " scope_name, scope_version, scope, scope_schema,"
                       " resource_dropped, scope_dropped)"
                       " VALUES(?,?,?,?,?,?,?,?,?)",
    [RP__PUT_IMPORT] = "INSERT INTO span_import(span, origin, parent, flags,"
                       " tracestate, dropped_attributes, dropped_events,"
                       " dropped_links) VALUES(?,?,?,?,?,?,?,?)",
    [RP__SET_EVENT] = "UPDATE span_event SET dropped=?3"
                      " WHERE span=?1 AND n=?2",
    [RP__SET_LINK] = "UPDATE span_link SET dropped=?3, flags=?4,"
                     " tracestate=?5 WHERE span=?1 AND n=?2",
    [RP__CURSORS_BACK] = "UPDATE export_cursor SET seq=?2"
                         " WHERE session=?1 AND seq>?2",
};

enum rp_code rp__sqlite_fail(
    struct rp_store_sqlite *sqlite, struct rp_err *err, const char *what)
{
    int rc = sqlite3_errcode(sqlite->db);
    return rp_err_set(err, rc == SQLITE_BUSY ? RP_E_BUSY : RP_E_STORE,
        "%s store '%s': %s (code %d)", what, sqlite->path,
        sqlite3_errmsg(sqlite->db), sqlite3_extended_errcode(sqlite->db));
}

sqlite3_stmt *rp__sqlite_statement(struct rp_store_sqlite *sqlite,
    enum rp__statement which, struct rp_err *err)
{
    sqlite3_stmt **stmt = &sqlite->statements[which];
    if (*stmt == NULL &&
        sqlite3_prepare_v3(sqlite->db, statement_texts[which], -1,
            SQLITE_PREPARE_PERSISTENT, stmt, NULL) != SQLITE_OK) {
        (void)rp__sqlite_fail(sqlite, err, "cannot use");
        return NULL;
    }
    return *stmt;
}

enum rp_code rp__sqlite_run(struct rp_store_sqlite *sqlite, sqlite3_stmt *stmt,
    const char *what, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    if (sqlite3_step(stmt) != SQLITE_DONE) {
        rc = rp__sqlite_fail(sqlite, err, what);
    }
    (void)sqlite3_reset(stmt); /* repeats the error of the step */
    return rc;
}

/* An empty text is a text, not NULL. */
void rp__sqlite_bind_text(sqlite3_stmt *stmt, int index, struct rp_str text)
{
    (void)sqlite3_bind_text(stmt, index, text.len == 0 ? "" : text.ptr,
        (int)text.len, SQLITE_STATIC); /* a bad index is a bug; tests see it */
}

void rp__sqlite_bind_blob(
    sqlite3_stmt *stmt, int index, const void *bytes, size_t size)
{
    (void)sqlite3_bind_blob(stmt, index, size == 0 ? "" : bytes, (int)size,
        SQLITE_STATIC); /* a bad index is a bug; tests see it */
}

static uint32_t big_endian(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
}

/* SQLite may recover or move a log merely by opening a file; what is not ours
 * or too new must not be touched at all, so its header is read by hand. */
static enum rp_code look(const char *path, struct rp_err *err)
{
    unsigned char header[HEADER_BYTES];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return rp_err_set(err, RP_E_IO, "cannot read the store '%s'", path);
    }
    size_t got = fread(header, 1, sizeof(header), file);
    (void)fclose(file); /* it was only read */
    if (got == 0) {
        return RP_OK;
    }
    if (got < sizeof(header) ||
        memcmp(header, "SQLite format 3", sizeof("SQLite format 3")) != 0) {
        return rp_err_set(err, RP_E_INVALID,
            "'%s' is not a reprise store (nor any SQLite file)", path);
    }
    uint32_t id = big_endian(header + HEADER_APPLICATION_ID);
    uint32_t format = big_endian(header + HEADER_USER_VERSION);
    if (id == RP_STORE_APPLICATION_ID && format > RP_STORE_FORMAT) {
        return rp_err_set(err, RP_E_NEWER,
            "the store '%s' has format %u, this program knows up to %d; "
            "use a newer reprise",
            path, format, RP_STORE_FORMAT);
    }
    if (id != RP_STORE_APPLICATION_ID && id != 0) {
        return rp_err_set(err, RP_E_INVALID,
            "'%s' is an SQLite file, but not a reprise store", path);
    }
    return RP_OK;
}

static enum rp_code find_file(struct rp__file_id *out, const char *path,
    const struct rp_store_sqlite_options *options, struct rp_err *err)
{
    bool empty = false;
    enum rp_code rc = RP_OK;
    switch (rp__path_kind(path, &empty)) {
    case RP__PATH_NONE:
        if (!options->create || options->read_only) {
            return rp_err_set(
                err, RP_E_NOT_FOUND, "there is no store at '%s'", path);
        }
        rc = rp__path_create(path, err);
        return rc == RP_OK ? rp__file_hold(out, path, look, err) : rc;
    case RP__PATH_FILE:
        break;
    case RP__PATH_OTHER:
        return rp_err_set(
            err, RP_E_INVALID, "'%s' is not a file, so no store", path);
    }
    return rp__file_hold(out, path, look, err);
}

/* Becoming a WAL file needs a lock for which SQLite does not always wait. */
static enum rp_code become_wal(
    struct rp_store_sqlite *sqlite, struct rp_err *err)
{
    int rc = SQLITE_BUSY;
    (void)sqlite3_busy_timeout(sqlite->db, OPEN_PAUSE_MS); /* cannot fail */
    for (int ms = 0; rc == SQLITE_BUSY && ms < OPEN_WAIT_MS;
         ms += 2 * OPEN_PAUSE_MS) {
        rc = sqlite3_exec(
            sqlite->db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
        if (rc == SQLITE_BUSY) {
            (void)sqlite3_sleep(OPEN_PAUSE_MS); /* says how long it slept */
        }
    }
    (void)sqlite3_busy_timeout(sqlite->db, OPEN_WAIT_MS); /* cannot fail */
    return rc == SQLITE_OK ? RP_OK
                           : rp__sqlite_fail(sqlite, err, "cannot open");
}

/* A file that a stranger made may hold views and triggers: none of them may
 * call a function with effects, and none may corrupt the file. */
static void distrust(struct rp_store_sqlite *sqlite)
{
    /* options that cannot fail on an open connection */
    (void)sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(
        sqlite->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(
        sqlite->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
}

static enum rp_code make_ready(
    struct rp_store_sqlite *sqlite, struct rp_err *err)
{
    (void)sqlite3_busy_timeout(sqlite->db, OPEN_WAIT_MS); /* cannot fail */
    int64_t format = 0;
    enum rp_code rc = rp__sqlite_format(sqlite, &format, err);
    if (rc == RP_OK) { /* ours, or empty: now it may be touched */
        rc = become_wal(sqlite, err);
    }
    if (rc == RP_OK && format < RP_STORE_FORMAT) {
        rc = rp__sqlite_migrate(sqlite, err);
        if (rc == RP_OK) {
            /* so that the file itself says what it is; another connection may
             * keep it from happening now, then it happens later */
            (void)sqlite3_wal_checkpoint_v2(
                sqlite->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        }
    }
    (void)sqlite3_busy_timeout(sqlite->db, 0); /* cannot fail */
    return rc;
}

static int on_wal(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    rp__checkpoint_want(context, pages);
    return SQLITE_OK;
}

static enum rp_code open_for_writing(
    struct rp_store_sqlite *sqlite, struct rp_err *err)
{
    enum rp_code rc = make_ready(sqlite, err);
    if (rc != RP_OK) {
        return rc;
    }
    /* NORMAL: a commit is in the kernel, not yet on the disk. */
    const char *sync = sqlite->options.durability == RP_DURABILITY_FULL
                           ? "PRAGMA synchronous=FULL"
                           : "PRAGMA synchronous=NORMAL";
    if (sqlite3_exec(sqlite->db, sync, NULL, NULL, NULL) != SQLITE_OK) {
        return rp__sqlite_fail(sqlite, err, "cannot open");
    }
    (void)sqlite3_wal_hook(sqlite->db, on_wal, sqlite); /* there was none */
    sqlite->format = RP_STORE_FORMAT;
    sqlite->seen = rp_mem_array(RP__SEEN_SLOTS, sizeof(struct rp_digest));
    return RP_OK;
}

/* On a file system that cannot be written, SQLite has no place for its shared
 * memory; without a log there is nothing to share. */
static enum rp_code reopen_immutable(
    struct rp_store_sqlite *sqlite, struct rp_err *err)
{
    struct rp_buf uri;
    rp_buf_init(&uri, RP_PATH_LEN_MAX * 8);
    rp_buf_add_text(&uri, "file:");
    for (const char *c = sqlite->path; *c != '\0'; c++) {
        rp_buf_addf(&uri, strchr("%?#", *c) == NULL ? "%c" : "%%%02x", *c);
    }
    rp_buf_add_text(&uri, "?immutable=1");
    (void)sqlite3_close(sqlite->db); /* no statement is open */
    sqlite->db = NULL;
    int rc = sqlite3_open_v2(uri.ptr, &sqlite->db,
        SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    rp_buf_fini(&uri);
    return rc == SQLITE_OK ? RP_OK
                           : rp__sqlite_fail(sqlite, err, "cannot read");
}

static bool has_log(const char *path)
{
    struct rp_buf log;
    rp_buf_init(&log, RP_PATH_LEN_MAX * 2);
    rp_buf_add_text(&log, path);
    rp_buf_add_text(&log, "-wal");
    bool empty = true;
    bool found = rp__path_kind(log.ptr, &empty) == RP__PATH_FILE && !empty;
    rp_buf_fini(&log);
    return found;
}

static enum rp_code open_for_reading(
    struct rp_store_sqlite *sqlite, struct rp_err *err)
{
    (void)sqlite3_busy_timeout(sqlite->db, READ_WAIT_MS); /* cannot fail */
    int rc = sqlite3_exec(sqlite->db, "PRAGMA user_version", NULL, NULL, NULL);
    if ((rc == SQLITE_CANTOPEN || rc == SQLITE_READONLY) &&
        !has_log(sqlite->path)) {
        enum rp_code code = reopen_immutable(sqlite, err);
        if (code != RP_OK) {
            return code;
        }
    }
    int64_t format = 0;
    enum rp_code code = rp__sqlite_format(sqlite, &format, err);
    if (code == RP_OK && format == 0) {
        return rp_err_set(err, RP_E_INVALID,
            "'%s' is empty: nothing was ever recorded in it", sqlite->path);
    }
    sqlite->format = format;
    return code;
}

enum rp_code rp_store_sqlite_open(struct rp_store_sqlite **out,
    const char *path, const struct rp_store_sqlite_options *options,
    struct rp_err *err)
{
    struct rp__file_id file = {.held = false};
    enum rp_code rc = find_file(&file, path, options, err);
    if (rc != RP_OK) {
        return rc;
    }
    struct rp_store_sqlite *sqlite = rp_mem_zalloc(sizeof(*sqlite));
    sqlite->file = file;
    sqlite->path = rp_mem_dup(rp_str_of(path));
    sqlite->options = *options;
    int flags =
        options->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    sqlite->vfs = rp__trouble_begin(options->troubles);
    if (sqlite3_open_v2(path, &sqlite->db, flags | SQLITE_OPEN_NOMUTEX,
            sqlite->vfs) != SQLITE_OK) {
        rc = rp__sqlite_fail(sqlite, err, "cannot open");
        goto out;
    }
    distrust(sqlite);
    rc = options->read_only ? open_for_reading(sqlite, err)
                            : open_for_writing(sqlite, err);
out:
    if (rc == RP_OK) {
        *out = sqlite;
    } else {
        rp_store_sqlite_close(&sqlite);
    }
    return rc;
}

void rp_store_sqlite_close(struct rp_store_sqlite **sqlite)
{
    struct rp_store_sqlite *self = *sqlite;
    if (self == NULL) {
        return;
    }
    RP_ASSERT(self->recorder_count == 0);
    rp__checkpoint_stop(self);
    for (size_t i = 0; i < RP__STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(self->statements[i]); /* repeats old errors */
    }
    (void)sqlite3_close(self->db); /* nothing is open; the log keeps commits */
    rp__trouble_end(self->options.troubles);
    rp__file_release(&self->file);
    rp__payload_fini(self);
    rp_mem_free(self->seen);
    rp_mem_free(self->path);
    rp_mem_free(self);
    *sqlite = NULL;
}
