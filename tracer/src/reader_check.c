/* Whether a session is still what was recorded. */
#include "reader_parts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct checking {
    struct rp_reader *reader;
    struct rp_session_row row;
    struct rp_arena *arena; /* of the record being looked at */
    struct rp_check *out;
    uint64_t seq;           /* of the record being looked at */
    struct rp_digest *seen; /* payloads looked at; open addressing */
    size_t seen_count, seen_room;
};

static void damaged(struct checking *c, const char *format, ...)
    RP_PRINTF(2, 3);
static void damaged(struct checking *c, const char *format, ...)
{
    if (c->out->damaged) {
        return; /* the first one counts */
    }
    c->out->damaged = true;
    c->out->damaged_seq = c->seq;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(c->out->what, sizeof(c->out->what), format, args);
    va_end(args); /* a longer text is cut */
}

/* ---- payloads ---- */

static size_t slot_of(const struct checking *c, const struct rp_digest *digest)
{
    uint64_t hash;
    memcpy(&hash, digest->bytes, sizeof(hash));
    size_t at = (size_t)(hash & (c->seen_room - 1));
    while (!rp_digest_is_zero(&c->seen[at]) &&
           !rp_digest_equal(&c->seen[at], digest)) {
        at = (at + 1) & (c->seen_room - 1);
    }
    return at;
}

static void grow_seen(struct checking *c)
{
    struct rp_digest *old = c->seen;
    size_t old_room = c->seen_room;
    c->seen_room = old_room == 0 ? 64 : old_room * 2;
    c->seen = rp_mem_array(c->seen_room, sizeof(struct rp_digest));
    for (size_t i = 0; i < old_room; i++) {
        if (!rp_digest_is_zero(&old[i])) {
            c->seen[slot_of(c, &old[i])] = old[i];
        }
    }
    rp_mem_free(old);
}

static void check_payload(struct checking *c, const struct rp_digest *digest)
{
    if (rp_digest_is_zero(digest) || c->out->damaged) {
        return;
    }
    if (c->seen_count * 2 >= c->seen_room) {
        grow_seen(c);
    }
    size_t slot = slot_of(c, digest);
    if (!rp_digest_is_zero(&c->seen[slot])) {
        return;
    }
    c->seen[slot] = *digest;
    c->seen_count++;
    char *bytes = NULL;
    size_t size;
    struct rp_err why = RP_ERR_INIT;
    if (rp_reader_payload(&bytes, &size, c->reader, digest, &why) == RP_OK) {
        c->out->payloads++;
        rp_mem_free(bytes);
    } else if (c->seq == 0) {
        damaged(c, "the head refers to what is lost: %s", why.text);
    } else {
        damaged(c, "record %" PRIu64 " refers to what is lost: %s", c->seq,
            why.text);
    }
}

static void check_each(void *context, const struct rp_digest *digest)
{
    check_payload(context, digest);
}

/* ---- records ---- */

static void check_body(struct checking *c, const struct rp_record_row *record)
{
    struct rp_event event;
    struct rp_step step;
    struct rp_err why = RP_ERR_INIT;
    if (rp_record_read(c->arena, record->body, NULL, &event, &step, &why) !=
        RP_OK) {
        damaged(c, "record %" PRIu64 " cannot be read: %s", c->seq, why.text);
        return;
    }
    if (event.at.ns != record->at.ns) {
        damaged(c, "record %" PRIu64 " has another time in its row", c->seq);
        return;
    }
    rp_record_payloads(&event, &step, check_each, c);
}

static void check_record(struct checking *c, const struct rp_record_row *record,
    struct rp_digest *chain)
{
    if (record->seq != c->seq) {
        damaged(c, "record %" PRIu64 " is missing", c->seq);
        return;
    }
    *chain = rp_record_chain(chain, record->body);
    if (!rp_digest_equal(chain, &record->digest)) {
        damaged(c, "record %" PRIu64 " does not match its digest", c->seq);
        return;
    }
    rp_arena_reset(c->arena);
    check_body(c, record);
    c->out->records += !c->out->damaged;
}

static enum rp_code read_head_text(struct checking *c, struct rp_buf *out,
    struct rp_digest *digest, struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__reader_prepare(
        c->reader, "SELECT body, digest FROM record WHERE no = ?", err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, c->row.no << RP__RECORD_SHIFT);
    bool found = false;
    enum rp_code rc = rp__reader_step(c->reader, stmt, &found, err);
    if (rc == RP_OK && found) {
        rp_buf_add(out, rp__reader_text(stmt, 0));
        (void)rp__reader_blob(stmt, 1, digest->bytes, sizeof(digest->bytes));
        /* of another size: zero, which does not match */
    }
    (void)sqlite3_finalize(stmt); /* repeats the error of the step */
    return rc;
}

/* The head is there twice: as a text, where the chain begins, and in the
 * columns of the session's row. */
static enum rp_code check_head(
    struct checking *c, struct rp_digest *chain, struct rp_err *err)
{
    struct rp_buf stored, columns;
    struct rp_digest digest = {{0}};
    rp_buf_init(&stored, RP_RECORD_BYTES_MAX);
    rp_buf_init(&columns, RP_RECORD_BYTES_MAX);
    rp_session_head_write(&columns, &c->row.head);
    enum rp_code rc = read_head_text(c, &stored, &digest, err);
    *chain = rp_digest_of(rp_buf_str(&stored));
    if (rc == RP_OK && !rp_digest_equal(chain, &digest)) {
        damaged(c, "the head does not match its digest");
    } else if (rc == RP_OK &&
               !rp_str_equal(rp_buf_str(&stored), rp_buf_str(&columns))) {
        damaged(c, "the row of the session does not match its head");
    }
    rp_buf_fini(&stored);
    rp_buf_fini(&columns);
    check_payload(c, &c->row.head.plan);
    check_payload(c, &c->row.head.input);
    return rc;
}

static enum rp_code check_records(
    struct checking *c, struct rp_digest *chain, struct rp_err *err)
{
    struct rp_records *records = NULL;
    struct rp_record_row record;
    bool found = true;
    enum rp_code rc = rp_reader_records(&records, c->reader, c->row.no, 1, err);
    while (rc == RP_OK && found && !c->out->damaged) {
        rc = rp_records_next(records, &found, &record, err);
        c->seq++;
        if (rc == RP_OK && found) {
            check_record(c, &record, chain);
        }
    }
    rp_records_free(&records);
    return rc;
}

/* The row of a running session may be older than its last records. */
static void check_end(struct checking *c, const struct rp_digest *chain)
{
    const struct rp_summary *summary = &c->row.summary;
    if (c->out->records < summary->record_count) {
        damaged(c, "record %" PRIu64 " is missing", c->seq);
    } else if (c->out->records == summary->record_count &&
               !rp_digest_equal(chain, &summary->chain)) {
        c->seq = c->out->records;
        damaged(c, "the row of the session does not match its last record");
    }
}

enum rp_code rp_reader_check(struct rp_check *out, struct rp_reader *reader,
    int64_t session_no, struct rp_err *err)
{
    struct rp_check result = {.damaged = false};
    struct rp_arena *head = rp_arena_new(0);
    struct checking c = {
        .reader = reader, .arena = rp_arena_new(0), .out = &result};
    struct rp_digest chain;
    bool found = false;
    enum rp_code rc =
        rp__reader_row(&c.row, &found, reader, session_no, head, err);
    if (rc == RP_OK && !found) {
        rc = rp_err_set(err, RP_E_NOT_FOUND,
            "there is no session number %" PRId64, session_no);
    }
    if (rc == RP_OK) {
        rc = check_head(&c, &chain, err);
    }
    if (rc == RP_OK && !result.damaged) {
        rc = check_records(&c, &chain, err);
    }
    if (rc == RP_OK && !result.damaged) {
        check_end(&c, &chain);
    }
    rp_mem_free(c.seen);
    rp_arena_free(&c.arena);
    rp_arena_free(&head);
    if (rc == RP_OK) {
        *out = result;
    }
    return rc;
}
