/* Imported traces as rows of the store. */
#include <stdlib.h>
#include <string.h>

#include <reprise/otlp_import.h>

#include "import_parts.h"
#include "sqlite_parts.h"

#define BUSY_PAUSE_MS 5
#define BUSY_PAUSES_MAX 2000

/* Origins of a session that are compared with a new one: documents repeat
 * theirs with every batch. */
#define RECENT_ORIGINS 16

/* ---- rows ---- */

static bool same_origin(
    const struct rp_span_origin *a, const struct rp_span_origin *b)
{
    return a == b ||
           (a->resource_dropped == b->resource_dropped &&
               a->scope_dropped == b->scope_dropped &&
               rp_str_equal(a->resource, b->resource) &&
               rp_str_equal(a->scope_name, b->scope_name) &&
               rp_str_equal(a->scope_version, b->scope_version) &&
               rp_str_equal(a->scope, b->scope) &&
               rp_str_equal(a->scope_schema_url, b->scope_schema_url) &&
               rp_str_equal(a->resource_schema_url, b->resource_schema_url));
}

struct origins {
    const struct rp_span_origin *recent[RECENT_ORIGINS];
    int64_t numbers[RECENT_ORIGINS];
    int64_t count;
};

static enum rp_code put_origin(struct rp_store_sqlite *sqlite, int64_t no,
    const struct rp_span_origin *origin, struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__sqlite_statement(sqlite, RP__PUT_ORIGIN, err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    const struct rp_str texts[] = {origin->resource,
        origin->resource_schema_url, origin->scope_name, origin->scope_version,
        origin->scope, origin->scope_schema_url};
    sqlite3_bind_int64(stmt, 1, no);
    for (size_t i = 0; i < RP_COUNT_OF(texts); i++) {
        rp__sqlite_bind_text(stmt, (int)i + 2, texts[i]);
    }
    sqlite3_bind_int64(stmt, 8, origin->resource_dropped);
    sqlite3_bind_int64(stmt, 9, origin->scope_dropped);
    return rp__sqlite_run(sqlite, stmt, "cannot write to", err);
}

/* The number of the origin, under which it is in the store then. */
static enum rp_code origin_no(int64_t *out, struct origins *origins,
    struct rp_store_sqlite *sqlite, int64_t session_no,
    const struct rp_span_origin *origin, struct rp_err *err)
{
    for (size_t i = 0; i < RECENT_ORIGINS; i++) {
        if (origins->recent[i] != NULL &&
            same_origin(origins->recent[i], origin)) {
            *out = origins->numbers[i];
            return RP_OK;
        }
    }
    size_t slot = (size_t)(origins->count % RECENT_ORIGINS);
    *out = session_no << RP__SPAN_SHIFT | origins->count++;
    origins->recent[slot] = origin;
    origins->numbers[slot] = *out;
    return put_origin(sqlite, *out, origin, err);
}

static enum rp_code put_extra(struct rp_store_sqlite *sqlite, int64_t no,
    int64_t origin, const struct rp_span *span, struct rp_err *err)
{
    static const struct rp_span_id none = {{0}};
    sqlite3_stmt *stmt = rp__sqlite_statement(sqlite, RP__PUT_IMPORT, err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, no);
    sqlite3_bind_int64(stmt, 2, origin);
    if (memcmp(&span->parent, &none, sizeof(none)) == 0) {
        sqlite3_bind_null(stmt, 3);
    } else {
        rp__sqlite_bind_blob(stmt, 3, &span->parent, sizeof(span->parent));
    }
    sqlite3_bind_int64(stmt, 4, span->flags);
    rp__sqlite_bind_text(stmt, 5, span->tracestate);
    sqlite3_bind_int64(stmt, 6, span->dropped_attributes);
    sqlite3_bind_int64(stmt, 7, span->dropped_events);
    sqlite3_bind_int64(stmt, 8, span->dropped_links);
    return rp__sqlite_run(sqlite, stmt, "cannot write to", err);
}

/* What events and links have besides; most have nothing. */
static enum rp_code put_parts(struct rp_store_sqlite *sqlite, int64_t no,
    const struct rp_span *span, struct rp_err *err)
{
    sqlite3_stmt *event = rp__sqlite_statement(sqlite, RP__SET_EVENT, err);
    sqlite3_stmt *link = rp__sqlite_statement(sqlite, RP__SET_LINK, err);
    enum rp_code rc = event == NULL || link == NULL ? RP_E_STORE : RP_OK;
    for (uint32_t i = 0; rc == RP_OK && i < span->event_count; i++) {
        if (span->events[i].dropped_attributes > 0) {
            sqlite3_bind_int64(event, 1, no);
            sqlite3_bind_int64(event, 2, i + 1);
            sqlite3_bind_int64(event, 3, span->events[i].dropped_attributes);
            rc = rp__sqlite_run(sqlite, event, "cannot write to", err);
        }
    }
    for (uint32_t i = 0; rc == RP_OK && i < span->link_count; i++) {
        const struct rp_span_link *l = &span->links[i];
        if (l->dropped_attributes > 0 || l->flags != 0 ||
            l->tracestate.len > 0) {
            sqlite3_bind_int64(link, 1, no);
            sqlite3_bind_int64(link, 2, i + 1);
            sqlite3_bind_int64(link, 3, l->dropped_attributes);
            sqlite3_bind_int64(link, 4, l->flags);
            rp__sqlite_bind_text(link, 5, l->tracestate);
            rc = rp__sqlite_run(sqlite, link, "cannot write to", err);
        }
    }
    return rc;
}

static enum rp_code put_session(struct rp_store_sqlite *sqlite,
    const struct rp__imported *session, struct rp_err *err)
{
    int64_t no = 0;
    struct origins origins = {.count = 0};
    enum rp_code rc = rp__sqlite_put_head(&no, sqlite, &session->head,
        &session->summary, session->span_count, session->spans_dropped, err);
    for (uint32_t i = 0; rc == RP_OK && i < session->span_count; i++) {
        const struct rp_span *span = session->spans[i];
        int64_t span_no = no << RP__SPAN_SHIFT | span->number;
        int64_t origin = 0;
        rc = rp__sqlite_put_span(sqlite, no, span, err);
        if (rc == RP_OK) {
            rc = origin_no(&origin, &origins, sqlite, no, span->origin, err);
        }
        if (rc == RP_OK) {
            rc = put_extra(sqlite, span_no, origin, span, err);
        }
        if (rc == RP_OK) {
            rc = put_parts(sqlite, span_no, span, err);
        }
    }
    return rc;
}

/* ---- the transaction ---- */

static enum rp_code control(struct rp_store_sqlite *sqlite,
    enum rp__statement which, struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__sqlite_statement(sqlite, which, err);
    return stmt == NULL ? RP_E_STORE
                        : rp__sqlite_run(sqlite, stmt, "cannot write to", err);
}

static enum rp_code begin(struct rp_store_sqlite *sqlite, struct rp_err *err)
{
    enum rp_code rc = control(sqlite, RP__BEGIN, err);
    for (int i = 0; rc == RP_E_BUSY && i < BUSY_PAUSES_MAX; i++) {
        (void)sqlite3_sleep(BUSY_PAUSE_MS); /* says how long it slept */
        rp_err_clear(err);
        rc = control(sqlite, RP__BEGIN, err);
    }
    return rc;
}

static enum rp_code is_known(bool *out, struct rp_store_sqlite *sqlite,
    const struct rp_session_id *id, struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__sqlite_statement(sqlite, RP__FIND_SESSION, err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    rp__sqlite_bind_text(stmt, 1, rp_str_of(id->text));
    int rc = sqlite3_step(stmt);
    *out = rc == SQLITE_ROW;
    (void)sqlite3_reset(stmt); /* repeats the error of the step */
    return rc == SQLITE_ROW || rc == SQLITE_DONE
               ? RP_OK
               : rp__sqlite_fail(sqlite, err, "cannot read");
}

static enum rp_code take_session(struct rp_otlp_imported *out,
    struct rp_store_sqlite *sqlite, const struct rp__imported *session,
    struct rp_err *err)
{
    bool known = false;
    enum rp_code rc = begin(sqlite, err);
    if (rc != RP_OK) {
        return rc;
    }
    rc = is_known(&known, sqlite, &session->head.id, err);
    if (rc == RP_OK && !known) {
        rc = put_session(sqlite, session, err);
    }
    if (rc == RP_OK) {
        rc = control(sqlite, RP__COMMIT, err);
    }
    if (rc != RP_OK) {
        (void)control(sqlite, RP__ROLLBACK, NULL); /* the first error counts */
        return rc;
    }
    out->last = session->head.id;
    out->known += known;
    out->sessions += !known;
    out->spans += known ? 0 : session->span_count;
    return RP_OK;
}

/* ---- traces ---- */

static int by_trace_and_id(const void *a, const void *b)
{
    const struct rp__imported_span *x = a;
    const struct rp__imported_span *y = b;
    int order =
        memcmp(&x->from->trace, &y->from->trace, sizeof(x->from->trace));
    if (order == 0) {
        order = memcmp(
            &x->from->span.id, &y->from->span.id, sizeof(x->from->span.id));
    }
    return order != 0 ? order : x->order < y->order ? -1 : 1;
}

static bool same_trace(
    const struct rp__imported_span *a, const struct rp__imported_span *b)
{
    return memcmp(&a->from->trace, &b->from->trace, sizeof(a->from->trace)) ==
           0;
}

/* Sorted by trace and id; what is sent again comes once. */
static struct rp__imported_span *sort_spans(
    const struct rp_otlp_traces *traces, uint32_t *count, uint32_t *repeated)
{
    struct rp__imported_span *items =
        rp_mem_array(traces->count, sizeof(*items));
    for (uint32_t i = 0; i < traces->count; i++) {
        items[i] = (struct rp__imported_span){
            .from = &traces->spans[i], .order = i, .parent = RP__NO_PARENT};
    }
    qsort(items, traces->count, sizeof(*items), by_trace_and_id);
    *count = *repeated = 0;
    for (uint32_t i = 0; i < traces->count; i++) {
        const struct rp__imported_span *last =
            *count == 0 ? NULL : &items[*count - 1];
        if (last != NULL && same_trace(last, &items[i]) &&
            memcmp(&last->from->span.id, &items[i].from->span.id,
                sizeof(struct rp_span_id)) == 0) {
            ++*repeated;
        } else {
            items[(*count)++] = items[i];
        }
    }
    return items;
}

enum rp_code rp_otlp_import(struct rp_otlp_imported *out,
    struct rp_store_sqlite *sqlite, const struct rp_otlp_traces *traces,
    struct rp_err *err)
{
    struct rp_err why = RP_ERR_INIT;
    struct rp_arena *arena = rp_arena_new(0);
    uint32_t count;
    *out = (struct rp_otlp_imported){.sessions = 0};
    struct rp__imported_span *items =
        sort_spans(traces, &count, &out->repeated);
    enum rp_code rc = RP_OK;
    for (uint32_t begin = 0, end; rc == RP_OK && begin < count; begin = end) {
        struct rp__imported session;
        end = begin + 1;
        while (end < count && same_trace(&items[begin], &items[end])) {
            end++;
        }
        rp_arena_reset(arena);
        rp__imported_make(&session, arena, items + begin, end - begin);
        rc = take_session(out, sqlite, &session, &why);
    }
    rp_mem_free(items);
    rp_arena_free(&arena);
    return rc == RP_OK ? RP_OK : rp_err_set(err, rc, "%s", why.text);
}
