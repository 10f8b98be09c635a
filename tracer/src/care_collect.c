/* Payloads that nobody needs any more are found by what refers to them: rows
 * of sessions, records, and plans, which refer to prompts, schemas and other
 * plans. Any 64 hex digits in these that are the digest of a payload count as a
 * reference, so that no change of the formats can make this remove too much. */
#include "care_parts.h"

#include <string.h>

struct entry {
    struct rp_digest digest;
    int64_t no, bytes;
    bool needed;
};

struct collecting {
    struct rp_store_sqlite *sqlite;
    struct entry *entries; /* owned */
    size_t count;
    uint32_t room;
    uint32_t *slots; /* owned; index + 1, 0: free */
    size_t slot_room;
    uint32_t *queue; /* owned; plans whose references are to be followed */
    size_t queue_count;
};

/* ---- which there are ---- */

static size_t slot_of(
    const struct collecting *c, const struct rp_digest *digest)
{
    uint64_t hash;
    memcpy(&hash, digest->bytes, sizeof(hash));
    size_t at = (size_t)(hash & (c->slot_room - 1));
    while (c->slots[at] != 0 &&
           !rp_digest_equal(&c->entries[c->slots[at] - 1].digest, digest)) {
        at = (at + 1) & (c->slot_room - 1);
    }
    return at;
}

static void add_entry(struct collecting *c, sqlite3_stmt *stmt)
{
    c->entries =
        rp_mem_room(c->entries, c->count, &c->room, sizeof(struct entry));
    struct entry *entry = &c->entries[c->count++];
    *entry = (struct entry){
        .no = sqlite3_column_int64(stmt, 0),
        .bytes = sqlite3_column_int64(stmt, 2),
    };
    const void *digest = sqlite3_column_blob(stmt, 1);
    if (digest != NULL &&
        sqlite3_column_bytes(stmt, 1) == sizeof(entry->digest.bytes)) {
        memcpy(entry->digest.bytes, digest, sizeof(entry->digest.bytes));
    } else {
        entry->needed = true; /* damaged: a check should find it */
    }
}

static void index_entries(struct collecting *c)
{
    c->slot_room = 64;
    while (c->slot_room < 2 * c->count) {
        c->slot_room *= 2;
    }
    c->slots = rp_mem_array(c->slot_room, sizeof(uint32_t));
    c->queue = rp_mem_array(c->count + 1, sizeof(uint32_t));
    for (size_t i = 0; i < c->count; i++) {
        c->slots[slot_of(c, &c->entries[i].digest)] = (uint32_t)i + 1;
    }
}

/* Calls `row` for each row; its own failure cannot happen. */
static enum rp_code each_row(struct collecting *c, const char *sql,
    void (*row)(struct collecting *c, sqlite3_stmt *stmt), struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__care_prepare(c->sqlite, sql, err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    int step = sqlite3_step(stmt);
    for (; step == SQLITE_ROW; step = sqlite3_step(stmt)) {
        row(c, stmt);
    }
    enum rp_code rc = step == SQLITE_DONE
                          ? RP_OK
                          : rp__sqlite_fail(c->sqlite, err, "cannot read");
    (void)sqlite3_finalize(stmt); /* repeats the error of the step */
    return rc;
}

/* ---- which are needed ---- */

static struct entry *need(struct collecting *c, const struct rp_digest *digest)
{
    uint32_t index = c->slots[slot_of(c, digest)];
    if (index == 0 || c->entries[index - 1].needed) {
        return NULL;
    }
    c->entries[index - 1].needed = true;
    return &c->entries[index - 1];
}

static bool is_hex(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
}

/* A run of exactly 64 digits; `follow`: what it names may refer to more. */
static void need_named(struct collecting *c, struct rp_str text, bool follow)
{
    size_t run = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && is_hex(text.ptr[i])) {
            run++;
            continue;
        }
        struct rp_digest digest;
        if (run == RP_DIGEST_HEX_LEN &&
            rp_digest_parse(
                (struct rp_str){text.ptr + i - run, run}, &digest)) {
            struct entry *entry = need(c, &digest);
            if (entry != NULL && follow) {
                c->queue[c->queue_count++] = (uint32_t)(entry - c->entries);
            }
        }
        run = 0;
    }
}

static struct rp_str text_of(sqlite3_stmt *stmt, int column)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);
    size_t len = (size_t)sqlite3_column_bytes(stmt, column);
    return (struct rp_str){(const char *)text, text == NULL ? 0 : len};
}

static void need_plan(struct collecting *c, sqlite3_stmt *stmt)
{
    need_named(c, text_of(stmt, 0), true);
}

static void need_texts(struct collecting *c, sqlite3_stmt *stmt)
{
    need_named(c, text_of(stmt, 0), false);
}

/* Grows while it is gone through. A plan that cannot be read stops it: what it
 * refers to is not known. */
static enum rp_code follow_plans(struct collecting *c, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    for (size_t i = 0; rc == RP_OK && i < c->queue_count; i++) {
        char *bytes = NULL;
        size_t size = 0;
        rc = rp__payload_read(
            &bytes, &size, c->sqlite, &c->entries[c->queue[i]].digest, err);
        if (rc == RP_OK) {
            need_named(c, (struct rp_str){bytes, size}, true);
            rp_mem_free(bytes);
        }
    }
    return rc;
}

static enum rp_code mark(struct collecting *c, struct rp_err *err)
{
    enum rp_code rc = each_row(c,
        "SELECT no, digest, length(coalesce(bytes, (SELECT bytes FROM"
        " payload_large l WHERE l.no = payload.no))) FROM payload",
        add_entry, err);
    index_entries(c);
    /* plans first: whatever else names one, its references are followed */
    if (rc == RP_OK) {
        rc = each_row(
            c, "SELECT DISTINCT lower(hex(plan)) FROM session", need_plan, err);
    }
    if (rc == RP_OK) {
        rc = follow_plans(c, err);
    }
    if (rc == RP_OK) {
        rc = each_row(c,
            "SELECT lower(hex(input)) || ' ' ||"
            " coalesce(lower(hex(output)), '') FROM session",
            need_texts, err);
    }
    return rc == RP_OK ? each_row(c, "SELECT body FROM record", need_texts, err)
                       : rc;
}

/* ---- the whole ---- */

static enum rp_code remove_by(
    struct collecting *c, sqlite3_stmt *stmt, int64_t no, struct rp_err *err)
{
    sqlite3_bind_int64(stmt, 1, no);
    return rp__sqlite_run(c->sqlite, stmt, "cannot remove from the", err);
}

static enum rp_code sweep(
    struct collecting *c, struct rp_store_removed *removed, struct rp_err *err)
{
    enum rp_code rc = RP_E_STORE;
    sqlite3_stmt *row =
        rp__care_prepare(c->sqlite, "DELETE FROM payload WHERE no = ?", err);
    sqlite3_stmt *large = rp__care_prepare(
        c->sqlite, "DELETE FROM payload_large WHERE no = ?", err);
    if (row != NULL && large != NULL) {
        rc = RP_OK;
    }
    for (size_t i = 0; rc == RP_OK && i < c->count; i++) {
        const struct entry *entry = &c->entries[i];
        if (entry->needed) {
            continue;
        }
        rc = remove_by(c, large, entry->no, err);
        if (rc == RP_OK) {
            rc = remove_by(c, row, entry->no, err);
        }
        removed->payloads++;
        removed->payload_bytes += entry->bytes;
    }
    (void)sqlite3_finalize(row); /* repeat the error of the step */
    (void)sqlite3_finalize(large);
    return rc;
}

enum rp_code rp_store_collect(struct rp_store_removed *out,
    struct rp_store_sqlite *sqlite, struct rp_err *err)
{
    struct rp_store_removed removed = *out;
    struct collecting c = {.sqlite = sqlite};
    int64_t running = 0;
    enum rp_code rc = rp__care_begin(sqlite, err);
    if (rc != RP_OK) {
        return rc;
    }
    /* asked for inside the transaction: who begins now has to wait for it,
     * and looks afterwards what the store has */
    rc = rp_store_running(&running, sqlite, err);
    if (rc == RP_OK && running > 0) {
        rc = rp_err_set(
            err, RP_E_STATE, "payloads stay: a session of the store runs");
    }
    if (rc == RP_OK) {
        rc = mark(&c, err);
    }
    if (rc == RP_OK) {
        rc = sweep(&c, &removed, err);
    }
    rc = rp__care_end(sqlite, rc, err);
    if (rc == RP_OK) {
        *out = removed;
    }
    rp_mem_free(c.entries);
    rp_mem_free(c.slots);
    rp_mem_free(c.queue);
    return rc;
}
