/* reader_parts.h - what the files of the reader share. Internal. */
#ifndef RP_READER_PARTS_H
#define RP_READER_PARTS_H

#include <reprise/reader.h>

#include "span_keyed.h"
#include "sqlite_parts.h"

#define RP__READER_IDLE_MAX 12

struct rp_reader {
    struct rp_store_sqlite *sqlite;          /* owned */
    sqlite3_stmt *idle[RP__READER_IDLE_MAX]; /* owned; to be used again */
    uint32_t idle_next;                      /* which gives way */
    struct rp_digest key;                    /* of digests; zero: none */
    bool key_known;                          /* it was looked for */
    struct rp__keyed keyed;
};

/* A statement of its own; NULL and `err` when it cannot be prepared. */
sqlite3_stmt *rp__reader_prepare(
    struct rp_reader *reader, const char *sql, struct rp_err *err);
/* It is not needed now; preparing it took longer than many a use of it. NULL
 * is allowed. */
void rp__reader_done(struct rp_reader *reader, sqlite3_stmt *stmt);
/* RP_OK with `*found`, or an error. */
enum rp_code rp__reader_step(struct rp_reader *reader, sqlite3_stmt *stmt,
    bool *found, struct rp_err *err);
/* The same for iterators: a statement that is stepped past its end would start
 * over, `*ended` keeps it there. */
enum rp_code rp__reader_next(struct rp_reader *reader, sqlite3_stmt *stmt,
    bool *ended, bool *found, struct rp_err *err);
struct rp_str rp__reader_text(sqlite3_stmt *stmt, int column);
/* False, and `out` all zero, when NULL or of another size. */
bool rp__reader_blob(sqlite3_stmt *stmt, int column, void *out, size_t size);

/* By number; `*found` false when there is no such session. */
enum rp_code rp__reader_row(struct rp_session_row *out, bool *found,
    struct rp_reader *reader, int64_t session_no, struct rp_arena *arena,
    struct rp_err *err);

#endif
