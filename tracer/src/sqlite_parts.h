/* sqlite_parts.h - what the files of the SQLite store share. Internal. */
#ifndef RP_SQLITE_PARTS_H
#define RP_SQLITE_PARTS_H

#include <sqlite3.h>

#include <reprise/mem.h>
#include <reprise/span.h>
#include <reprise/store_sqlite.h>
#include <reprise/summary.h>

#define RP__RECORD_SHIFT 24 /* record.no = session.no << this | seq */
#define RP__SPAN_SHIFT 20   /* span.no = session.no << this | number */

/* Payloads up to this size, as stored, are in the payload row itself. */
#define RP__PAYLOAD_INLINE_MAX 1024

enum rp__codec { RP__CODEC_NONE = 0, RP__CODEC_ZSTD = 1 };

/* Prepared when first used. */
enum rp__statement {
    RP__BEGIN,
    RP__COMMIT,
    RP__ROLLBACK,
    RP__PUT_SESSION,
    RP__SET_SESSION,
    RP__PUT_RECORD,
    RP__PUT_PAYLOAD,
    RP__PUT_PAYLOAD_LARGE,
    RP__PUT_SPAN,
    RP__PUT_EVENT,
    RP__PUT_LINK,
    RP__GET_PAYLOAD,
    RP__FIND_SESSION,
    RP__PUT_ORIGIN,
    RP__PUT_IMPORT,
    RP__SET_EVENT,
    RP__SET_LINK,
    RP__CURSORS_BACK,
    RP__STATEMENT_COUNT
};

/* Digests lately put into the file; direct-mapped. */
#define RP__SEEN_SLOTS 2048

struct rp__checkpointer;

/* A file of this process' stores. */
struct rp__file_id {
    uint64_t device, inode;
    bool held;
};

struct rp_store_sqlite {
    sqlite3 *db;
    char *path; /* owned */
    struct rp__file_id file;
    struct rp_store_sqlite_options options;
    int64_t format; /* of the file; older ones are only read */
    sqlite3_stmt *statements[RP__STATEMENT_COUNT];
    const char *vfs; /* NULL: the usual way to the system */
    struct rp__checkpointer *checkpointer; /* NULL until one is due */
    struct rp_digest *seen; /* [RP__SEEN_SLOTS], NULL when read-only */
    bool has_seen;          /* any at all */
    void *zstd;             /* ZSTD_CCtx, NULL until used */
    uint32_t recorder_count;
};

/* ---- sqlite_recorder.c ---- */

/* Rows of a session that no recorder writes, inside a transaction: its own and
 * its head; and those of a span with its events and links. */
enum rp_code rp__sqlite_put_head(int64_t *no, struct rp_store_sqlite *sqlite,
    const struct rp_session_head *head, const struct rp_summary *summary,
    uint32_t span_count, uint32_t spans_dropped, struct rp_err *err);
enum rp_code rp__sqlite_put_span(struct rp_store_sqlite *sqlite,
    int64_t session_no, const struct rp_span *span, struct rp_err *err);

/* ---- sqlite_past.c ---- */

/* Finds the session of `head`, which must not have ended, and takes its
 * records into summary and fold. */
enum rp_code rp__session_past(int64_t *no, struct rp_summary *summary,
    struct rp_span_fold *fold, const struct rp_store_sqlite *sqlite,
    const struct rp_session_head *head, const struct rp_plan *plan,
    struct rp_err *err);

/* ---- sqlite_open.c ---- */

/* Sets `err` from the last error of the connection: RP_E_BUSY or RP_E_STORE,
 * "what store 'path': text". Returns the code. */
enum rp_code rp__sqlite_fail(
    struct rp_store_sqlite *sqlite, struct rp_err *err, const char *what);
/* NULL and `err` when it cannot be prepared. */
sqlite3_stmt *rp__sqlite_statement(struct rp_store_sqlite *sqlite,
    enum rp__statement which, struct rp_err *err);
/* Steps a statement that gives no rows, and resets it. */
enum rp_code rp__sqlite_run(struct rp_store_sqlite *sqlite, sqlite3_stmt *stmt,
    const char *what, struct rp_err *err);
void rp__sqlite_bind_text(sqlite3_stmt *stmt, int index, struct rp_str text);
void rp__sqlite_bind_blob(
    sqlite3_stmt *stmt, int index, const void *bytes, size_t size);

/* ---- sqlite_schema.c ---- */

/* The first column of the first row as an integer, 0 without a row. */
enum rp_code rp__sqlite_pragma(struct rp_store_sqlite *sqlite, const char *sql,
    int64_t *out, struct rp_err *err);
/* 0: an empty database. RP_E_INVALID, RP_E_NEWER. */
enum rp_code rp__sqlite_format(
    struct rp_store_sqlite *sqlite, int64_t *out, struct rp_err *err);
enum rp_code rp__sqlite_migrate(
    struct rp_store_sqlite *sqlite, struct rp_err *err);

/* ---- sqlite_payload.c ---- */

/* A payload as it is kept: `bytes` is in the arena. */
struct rp__packed {
    struct rp_digest digest;
    uint64_t size; /* of the payload itself */
    enum rp__codec codec;
    struct rp_str bytes;
};
void rp__payload_pack(struct rp__packed *out, struct rp_store_sqlite *sqlite,
    const struct rp_digest *digest, struct rp_str bytes,
    struct rp_arena *arena);
/* Whether a commit of this connection lately put it into the file. */
bool rp__payload_is_known(
    struct rp_store_sqlite *sqlite, const struct rp_digest *digest);
void rp__payload_now_known(
    struct rp_store_sqlite *sqlite, const struct rp_digest *digest);
/* None is known any more. */
void rp__payload_forget(struct rp_store_sqlite *sqlite);
/* Inside a transaction; does nothing when the file has it already. */
enum rp_code rp__payload_write(struct rp_store_sqlite *sqlite,
    const struct rp__packed *packed, struct rp_err *err);
/* The bytes, verified, terminated, owned by the caller. RP_E_NOT_FOUND,
 * RP_E_DAMAGED. */
enum rp_code rp__payload_unpack(char **out, size_t *out_bytes,
    const struct rp__packed *packed, struct rp_err *err);
enum rp_code rp__payload_read(char **out, size_t *out_bytes,
    struct rp_store_sqlite *sqlite, const struct rp_digest *digest,
    struct rp_err *err);
void rp__payload_fini(struct rp_store_sqlite *sqlite);

/* ---- trouble.c ---- */

/* The way to the system that a connection is opened with; NULL: as always. */
const char *rp__trouble_begin(struct rp_store_troubles *these);
void rp__trouble_end(const struct rp_store_troubles *these);

/* ---- checkpoint.c ---- */

/* Has the write-ahead log moved into the database by a thread of its own, so
 * that no commit waits for the disk. Cheap when it is under way already. */
void rp__checkpoint_want(struct rp_store_sqlite *sqlite, int page_count);
void rp__checkpoint_stop(struct rp_store_sqlite *sqlite);

/* ---- held_files.c ---- */

/* One connection more to the file at `path`. `look` may open and close it, and
 * is called only when no connection of this process would lose its locks. */
enum rp_code rp__file_hold(struct rp__file_id *out, const char *path,
    enum rp_code (*look)(const char *path, struct rp_err *err),
    struct rp_err *err);
/* After the connection was closed. */
void rp__file_release(const struct rp__file_id *id);

/* ---- place.c: what of the file system C does not know ---- */

enum rp__path_kind { RP__PATH_NONE, RP__PATH_FILE, RP__PATH_OTHER };
enum rp__path_kind rp__path_kind(const char *path, bool *empty);
int64_t rp__path_bytes(const char *path); /* -1: there is no such file */
/* Makes the file with mode 0600, and a directory ".reprise" around it when it
 * names one. RP_OK when it exists already. RP_E_IO. */
enum rp_code rp__path_create(const char *path, struct rp_err *err);

#endif
