/* Ends what a process that died left open. What is written is what a fold says
 * of the session when it is resumed, as far as the store tells. */
#include <string.h>

#include <reprise/reader.h>
#include <reprise/store_sqlite.h>

#include "span_attrs.h"
#include "sqlite_parts.h"

#define BUSY_MS_MAX 10000 /* for another process' commit */

struct recovering {
    struct rp_store_sqlite *sqlite;
    struct rp_reader *reader;
    struct rp_arena *arena;
    struct rp_session_row row;
    struct rp_span **open; /* in the arena */
    uint32_t count, room;
    int64_t last_ns; /* the latest time that is known */
};

/* ---- what is open ---- */

static void look_at(struct recovering *r, const struct rp_span *span)
{
    int64_t end_ns = span->ended ? span->end_unix_ns : span->start_unix_ns;
    r->last_ns = end_ns > r->last_ns ? end_ns : r->last_ns;
    for (uint32_t i = 0; i < span->event_count; i++) {
        int64_t ns = span->events[i].unix_ns;
        r->last_ns = ns > r->last_ns ? ns : r->last_ns;
    }
    if (span->ended) {
        return;
    }
    r->open =
        rp_mem_room(r->open, r->count, &r->room, sizeof(struct rp_span *));
    r->open[r->count++] = rp_span_copy(r->arena, span);
}

static enum rp_code find_open(struct recovering *r, struct rp_err *err)
{
    struct rp_spans *spans = NULL;
    const struct rp_span *span;
    bool found = true;
    enum rp_code rc =
        rp_reader_spans(&spans, r->reader, r->row.no, RP_SPANS_STARTED, err);
    r->last_ns = r->row.last_wall.unix_ns;
    while (rc == RP_OK && found) {
        rc = rp_spans_next(spans, &found, &span, NULL, err);
        if (rc == RP_OK && found) {
            look_at(r, span);
        }
    }
    rp_spans_free(&spans);
    return rc;
}

/* ---- how each ends ---- */

static bool has_event(const struct rp_span *span, const char *name)
{
    for (uint32_t i = 0; i < span->event_count; i++) {
        if (rp_str_is(span->events[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void add_member(
    struct rp_buf *out, enum rp__key key, const char *json_value)
{
    rp_buf_addf(out, ",\"%s\":%s", rp__key_name(key), json_value);
}

/* As rp__fold_attempt_ends() has it. */
static void add_attempt_end(struct rp_buf *out, struct rp_span *span)
{
    const char *late = rp__event_of_decision(RP_DECISION_LATE_RESULT);
    const char *timed_out = rp__event_of_decision(RP_DECISION_TIMED_OUT);
    const char *outcome = "\"error\"";
    if (span->status == RP_SPAN_ERROR) {
        outcome = has_event(span, timed_out) ? "\"timeout\"" : outcome;
    } else if (has_event(span, late)) {
        outcome = "\"superseded\"";
    } else if (has_event(span, rp__event_name(RP__EVENT_CANCEL_REQUESTED))) {
        outcome = "\"cancelled\"";
    } else {
        span->status = RP_SPAN_ERROR;
        add_member(out, RP__KEY_ERROR_TYPE, "\"lost\"");
    }
    add_member(out, RP__KEY_ATTEMPT_OUTCOME, outcome);
}

/* Attributes are an object with members: each span has some. */
static void end_span(struct recovering *r, struct rp_span *span)
{
    struct rp_buf attributes;
    rp_buf_init(&attributes, span->attributes.len + 1024);
    rp_buf_add(&attributes,
        (struct rp_str){span->attributes.ptr, span->attributes.len - 1});
    add_member(&attributes, RP__KEY_RECOVERED, "true");
    if (span->role == RP_SPAN_ATTEMPT) {
        add_attempt_end(&attributes, span);
    }
    rp_buf_add_char(&attributes, '}');
    span->attributes = (struct rp_str){
        rp_arena_dup(r->arena, rp_buf_str(&attributes)), attributes.len};
    rp_buf_fini(&attributes);
    span->ended = true;
    span->end_unix_ns = r->last_ns + 1;              /* all took some time */
    span->end_seq = r->row.summary.record_count + 1; /* whoever goes on */
    span->event_count = span->link_count = 0;        /* they are there */
}

static enum rp_code write_all(struct recovering *r, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0; i < r->count && rc == RP_OK; i++) {
        if (r->open[i]->attributes.len > strlen("{}")) {
            end_span(r, r->open[i]);
            rc = rp__sqlite_put_span(r->sqlite, r->row.no, r->open[i], err);
        }
    }
    return rc;
}

static enum rp_code execute(
    struct recovering *r, const char *sql, struct rp_err *err)
{
    return sqlite3_exec(r->sqlite->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? RP_OK
               : rp__sqlite_fail(r->sqlite, err, "cannot write to");
}

static enum rp_code write(struct recovering *r, struct rp_err *err)
{
    enum rp_code rc = execute(r, "BEGIN IMMEDIATE", err);
    if (rc != RP_OK) {
        return rc;
    }
    rc = write_all(r, err);
    if (rc == RP_OK) {
        rc = execute(r, "COMMIT", err);
    }
    if (rc != RP_OK) {
        struct rp_err ignored = RP_ERR_INIT; /* `err` came first */
        (void)execute(r, "ROLLBACK", &ignored);
    }
    return rc;
}

enum rp_code rp_store_sqlite_recover(uint32_t *ended,
    struct rp_store_sqlite *sqlite, const struct rp_session_id *id,
    struct rp_err *err)
{
    struct recovering r = {.sqlite = sqlite, .arena = rp_arena_new(0)};
    enum rp_code rc = rp_reader_open(&r.reader, sqlite->path, err);
    if (rc == RP_OK) {
        rc =
            rp_reader_find(&r.row, r.reader, rp_str_of(id->text), r.arena, err);
    }
    if (rc == RP_OK && r.row.summary.outcome == RP_OUTCOME_NONE) {
        rc = find_open(&r, err);
    }
    if (rc == RP_OK && r.count > 0) {
        (void)sqlite3_busy_timeout(sqlite->db, BUSY_MS_MAX);
        rc = write(&r, err);
        (void)sqlite3_busy_timeout(sqlite->db, 0);
    }
    if (rc == RP_OK) {
        *ended = r.count;
    }
    rp_mem_free(r.open);
    rp_reader_close(&r.reader);
    rp_arena_free(&r.arena);
    return rc;
}
