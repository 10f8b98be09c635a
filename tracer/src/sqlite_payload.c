/* Payloads: exact bytes under their digest, compressed when it pays. */
#include "sqlite_parts.h"

#include <string.h>
#include <zstd.h>

#define ZSTD_LEVEL 1
/* Below this, what is saved is less than what a person loses who reads the
 * table with any SQLite tool. */
#define PACK_BYTES_MIN 512
/* A start of this size tells whether a large payload is worth compressing. */
#define PROBE_BYTES (64u << 10)

static int64_t key_of(const struct rp_digest *digest)
{
    int64_t key;
    memcpy(&key, digest->bytes, sizeof(key));
    return key;
}

static struct rp_digest *seen_slot(
    struct rp_store_sqlite *sqlite, const struct rp_digest *digest)
{
    uint16_t low;
    memcpy(&low, digest->bytes, sizeof(low));
    return &sqlite->seen[low % RP__SEEN_SLOTS];
}

static bool was_seen(
    struct rp_store_sqlite *sqlite, const struct rp_digest *digest)
{
    return rp_digest_equal(seen_slot(sqlite, digest), digest);
}

static bool pays(size_t packed_bytes, size_t raw_bytes)
{
    return packed_bytes < raw_bytes - raw_bytes / 8;
}

/* The compressed bytes in `arena`; empty when it does not pay. */
static struct rp_str compress(
    struct rp_store_sqlite *sqlite, struct rp_str bytes, struct rp_arena *arena)
{
    if (sqlite->zstd == NULL) {
        sqlite->zstd = ZSTD_createCCtx();
        RP_ASSERT(sqlite->zstd != NULL);
    }
    size_t room = ZSTD_compressBound(bytes.len);
    char *out = rp_mem_alloc(room);
    struct rp_str packed = {NULL, 0};
    size_t probe = bytes.len > 2 * PROBE_BYTES ? PROBE_BYTES : bytes.len;
    size_t got = ZSTD_compressCCtx(
        sqlite->zstd, out, room, bytes.ptr, probe, ZSTD_LEVEL);
    if (!ZSTD_isError(got) && pays(got, probe) && probe < bytes.len) {
        got = ZSTD_compressCCtx(
            sqlite->zstd, out, room, bytes.ptr, bytes.len, ZSTD_LEVEL);
        probe = bytes.len;
    }
    if (!ZSTD_isError(got) && probe == bytes.len && pays(got, bytes.len)) {
        packed.ptr = rp_arena_dup(arena, (struct rp_str){out, got});
        packed.len = got;
    }
    rp_mem_free(out);
    return packed;
}

void rp__payload_pack(struct rp__packed *out, struct rp_store_sqlite *sqlite,
    const struct rp_digest *digest, struct rp_str bytes, struct rp_arena *arena)
{
    struct rp_str packed = {NULL, 0};
    if (bytes.len >= PACK_BYTES_MIN) {
        packed = compress(sqlite, bytes, arena);
    }
    out->digest = *digest;
    out->size = bytes.len;
    out->codec = packed.len > 0 ? RP__CODEC_ZSTD : RP__CODEC_NONE;
    out->bytes = packed.len > 0
                     ? packed
                     : (struct rp_str){rp_arena_dup(arena, bytes), bytes.len};
}

bool rp__payload_is_known(
    struct rp_store_sqlite *sqlite, const struct rp_digest *digest)
{
    return was_seen(sqlite, digest);
}

void rp__payload_now_known(
    struct rp_store_sqlite *sqlite, const struct rp_digest *digest)
{
    *seen_slot(sqlite, digest) = *digest;
    sqlite->has_seen = true;
}

void rp__payload_forget(struct rp_store_sqlite *sqlite)
{
    if (sqlite->has_seen) {
        memset(sqlite->seen, 0, RP__SEEN_SLOTS * sizeof(struct rp_digest));
        sqlite->has_seen = false;
    }
}

enum rp_code rp__payload_write(struct rp_store_sqlite *sqlite,
    const struct rp__packed *packed, struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__sqlite_statement(sqlite, RP__PUT_PAYLOAD, err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    bool large = packed->bytes.len > RP__PAYLOAD_INLINE_MAX;
    sqlite3_bind_int64(stmt, 1, key_of(&packed->digest));
    rp__sqlite_bind_blob(
        stmt, 2, packed->digest.bytes, sizeof(packed->digest.bytes));
    sqlite3_bind_int64(stmt, 3, (int64_t)packed->size);
    sqlite3_bind_int(stmt, 4, (int)packed->codec);
    if (large) {
        sqlite3_bind_null(stmt, 5);
    } else {
        rp__sqlite_bind_blob(stmt, 5, packed->bytes.ptr, packed->bytes.len);
    }
    enum rp_code rc = rp__sqlite_run(sqlite, stmt, "cannot write to", err);
    if (rc != RP_OK || !large || sqlite3_changes(sqlite->db) == 0) {
        return rc;
    }
    int64_t no = sqlite3_last_insert_rowid(sqlite->db);
    stmt = rp__sqlite_statement(sqlite, RP__PUT_PAYLOAD_LARGE, err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, no);
    rp__sqlite_bind_blob(stmt, 2, packed->bytes.ptr, packed->bytes.len);
    return rp__sqlite_run(sqlite, stmt, "cannot write to", err);
}

static enum rp_code damaged(
    const struct rp_digest *digest, struct rp_err *err, const char *found)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    rp_digest_hex(digest, hex);
    return rp_err_set(err, RP_E_DAMAGED, "payload %s %s", hex, found);
}

enum rp_code rp__payload_unpack(char **out, size_t *out_bytes,
    const struct rp__packed *packed, struct rp_err *err)
{
    if (packed->size > RP_RECORD_BYTES_MAX ||
        (packed->codec == RP__CODEC_NONE &&
            packed->size != packed->bytes.len)) {
        return damaged(&packed->digest, err, "has another size than stated");
    }
    struct rp_str raw = {NULL, (size_t)packed->size};
    char *bytes = NULL;
    if (packed->codec == RP__CODEC_NONE) {
        bytes = rp_mem_dup(packed->bytes);
    } else {
        bytes = rp_mem_alloc(raw.len + 1);
        bytes[raw.len] = '\0';
        size_t got = ZSTD_decompress(
            bytes, raw.len, packed->bytes.ptr, packed->bytes.len);
        if (ZSTD_isError(got) || got != raw.len) {
            rp_mem_free(bytes);
            return damaged(&packed->digest, err, "cannot be decompressed");
        }
    }
    raw.ptr = bytes;
    struct rp_digest digest = rp_digest_of(raw);
    if (!rp_digest_equal(&digest, &packed->digest)) {
        rp_mem_free(bytes);
        return damaged(&packed->digest, err, "does not match its digest");
    }
    *out = bytes;
    *out_bytes = raw.len;
    return RP_OK;
}

enum rp_code rp__payload_read(char **out, size_t *out_bytes,
    struct rp_store_sqlite *sqlite, const struct rp_digest *digest,
    struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__sqlite_statement(sqlite, RP__GET_PAYLOAD, err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, key_of(digest));
    rp__sqlite_bind_blob(stmt, 2, digest->bytes, sizeof(digest->bytes));
    int found = sqlite3_step(stmt);
    enum rp_code rc;
    if (found == SQLITE_ROW) {
        struct rp__packed packed = {*digest,
            (uint64_t)sqlite3_column_int64(stmt, 0),
            sqlite3_column_int(stmt, 1) == 0 ? RP__CODEC_NONE : RP__CODEC_ZSTD,
            {sqlite3_column_blob(stmt, 2), 0}};
        packed.bytes.len = (size_t)sqlite3_column_bytes(stmt, 2);
        rc = rp__payload_unpack(out, out_bytes, &packed, err);
    } else if (found == SQLITE_DONE) {
        char hex[RP_DIGEST_HEX_LEN + 1];
        rp_digest_hex(digest, hex);
        rc = rp_err_set(err, RP_E_NOT_FOUND,
            "payload %s is not in the store '%s'", hex, sqlite->path);
    } else {
        rc = rp__sqlite_fail(sqlite, err, "cannot read");
    }
    (void)sqlite3_reset(stmt); /* repeats the error of the step */
    return rc;
}

void rp__payload_fini(struct rp_store_sqlite *sqlite)
{
    (void)ZSTD_freeCCtx(sqlite->zstd); /* NULL is allowed; never fails */
}
