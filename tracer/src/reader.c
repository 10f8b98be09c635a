#include "reader_parts.h"

#include <string.h>

#define KEY_FORMAT 5 /* of the first stores that have one */

enum rp_code rp_reader_open(
    struct rp_reader **out, const char *path, struct rp_err *err)
{
    const struct rp_store_sqlite_options options = {.read_only = true};
    struct rp_store_sqlite *sqlite = NULL;
    enum rp_code rc = rp_store_sqlite_open(&sqlite, path, &options, err);
    if (rc == RP_OK) {
        struct rp_reader *reader = rp_mem_zalloc(sizeof(*reader));
        reader->sqlite = sqlite;
        *out = reader;
    }
    return rc;
}

void rp_reader_close(struct rp_reader **reader)
{
    if (*reader != NULL) {
        for (size_t i = 0; i < RP__READER_IDLE_MAX; i++) {
            (void)sqlite3_finalize((*reader)->idle[i]); /* none failed */
        }
        rp_store_sqlite_close(&(*reader)->sqlite);
        rp_mem_free(*reader);
        *reader = NULL;
    }
}

/* ---- statements ---- */

sqlite3_stmt *rp__reader_prepare(
    struct rp_reader *reader, const char *sql, struct rp_err *err)
{
    sqlite3_stmt *stmt = NULL;
    for (size_t i = 0; i < RP__READER_IDLE_MAX; i++) {
        stmt = reader->idle[i];
        if (stmt != NULL && strcmp(sqlite3_sql(stmt), sql) == 0) {
            reader->idle[i] = NULL;
            return stmt;
        }
    }
    stmt = NULL;
    if (sqlite3_prepare_v2(reader->sqlite->db, sql, -1, &stmt, NULL) !=
        SQLITE_OK) {
        (void)rp__sqlite_fail(reader->sqlite, err, "cannot read");
    }
    return stmt;
}

void rp__reader_done(struct rp_reader *reader, sqlite3_stmt *stmt)
{
    if (stmt == NULL) {
        return;
    }
    if (sqlite3_reset(stmt) != SQLITE_OK) { /* repeats the error of the step */
        (void)sqlite3_finalize(stmt);       /* the same */
        return;
    }
    (void)sqlite3_clear_bindings(stmt); /* cannot fail */
    sqlite3_stmt **idle = &reader->idle[reader->idle_next];
    for (size_t i = 0; i < RP__READER_IDLE_MAX && *idle != NULL; i++) {
        idle = reader->idle[i] == NULL ? &reader->idle[i] : idle;
    }
    if (*idle != NULL) {
        reader->idle_next = (reader->idle_next + 1) % RP__READER_IDLE_MAX;
        (void)sqlite3_finalize(*idle); /* it did not fail */
    }
    *idle = stmt;
}

enum rp_code rp__reader_step(struct rp_reader *reader, sqlite3_stmt *stmt,
    bool *found, struct rp_err *err)
{
    int rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        return rp__sqlite_fail(reader->sqlite, err, "cannot read");
    }
    *found = rc == SQLITE_ROW;
    return RP_OK;
}

enum rp_code rp__reader_next(struct rp_reader *reader, sqlite3_stmt *stmt,
    bool *ended, bool *found, struct rp_err *err)
{
    if (*ended) {
        *found = false;
        return RP_OK;
    }
    enum rp_code rc = rp__reader_step(reader, stmt, found, err);
    *ended = rc != RP_OK || !*found;
    return rc;
}

struct rp_str rp__reader_text(sqlite3_stmt *stmt, int column)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);
    size_t len = (size_t)sqlite3_column_bytes(stmt, column);
    return (struct rp_str){(const char *)text, text == NULL ? 0 : len};
}

bool rp__reader_blob(sqlite3_stmt *stmt, int column, void *out, size_t size)
{
    const void *bytes = sqlite3_column_blob(stmt, column);
    bool good =
        bytes != NULL && (size_t)sqlite3_column_bytes(stmt, column) == size;
    for (size_t i = 0; i < size; i++) {
        ((unsigned char *)out)[i] =
            good ? ((const unsigned char *)bytes)[i] : 0;
    }
    return good;
}

/* ---- the key ---- */

static enum rp_code read_key(struct rp_reader *reader, struct rp_err *err)
{
    sqlite3_stmt *stmt =
        rp__reader_prepare(reader, "SELECT key FROM digest_key", err);
    bool found = false;
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    enum rp_code rc = rp__reader_step(reader, stmt, &found, err);
    if (rc == RP_OK && found) {
        (void)rp__reader_blob(stmt, 0, reader->key.bytes,
            sizeof(reader->key.bytes)); /* zero: none */
    }
    (void)sqlite3_finalize(stmt); /* repeats the error of the step */
    return rc;
}

enum rp_code rp_reader_digest_key(
    const struct rp_digest **out, struct rp_reader *reader, struct rp_err *err)
{
    if (!reader->key_known && reader->sqlite->format >= KEY_FORMAT) {
        enum rp_code rc = read_key(reader, err);
        if (rc != RP_OK) {
            return rc;
        }
    }
    reader->key_known = true;
    *out = rp_digest_is_zero(&reader->key) ? NULL : &reader->key;
    return RP_OK;
}

/* ---- records ---- */

struct rp_records {
    struct rp_reader *reader;
    sqlite3_stmt *stmt;
    bool ended;
};

enum rp_code rp_reader_records(struct rp_records **out,
    struct rp_reader *reader, int64_t session_no, uint64_t first_seq,
    struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__reader_prepare(reader,
        "SELECT no & 16777215, at_ns, body, digest FROM record"
        " WHERE no BETWEEN ?1 AND ?2 ORDER BY no",
        err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    int64_t base = session_no << RP__RECORD_SHIFT;
    sqlite3_bind_int64(
        stmt, 1, base + (int64_t)(first_seq == 0 ? 1 : first_seq));
    sqlite3_bind_int64(stmt, 2, base + RP_STORE_RECORDS_MAX - 1);
    struct rp_records *records = rp_mem_zalloc(sizeof(*records));
    records->reader = reader;
    records->stmt = stmt;
    *out = records;
    return RP_OK;
}

enum rp_code rp_records_next(struct rp_records *records, bool *found,
    struct rp_record_row *out, struct rp_err *err)
{
    enum rp_code rc = rp__reader_next(
        records->reader, records->stmt, &records->ended, found, err);
    if (rc == RP_OK && *found) {
        out->seq = (uint64_t)sqlite3_column_int64(records->stmt, 0);
        out->at.ns = sqlite3_column_int64(records->stmt, 1);
        out->body = rp__reader_text(records->stmt, 2);
        (void)rp__reader_blob(
            records->stmt, 3, out->digest.bytes, sizeof(out->digest.bytes));
        /* a digest of another size cannot match and is found by the check */
    }
    return rc;
}

void rp_records_free(struct rp_records **records)
{
    if (*records != NULL) {
        (void)sqlite3_finalize((*records)->stmt); /* repeats old errors */
        rp_mem_free(*records);
        *records = NULL;
    }
}

/* ---- payloads ---- */

enum rp_code rp_reader_payload(char **out, size_t *out_bytes,
    struct rp_reader *reader, const struct rp_digest *digest,
    struct rp_err *err)
{
    return rp__payload_read(out, out_bytes, reader->sqlite, digest, err);
}
