/* OTLP out of JSON. Where OTLP's JSON differs from that of protocol buffers
 * (ids in hex, enums as numbers) either is understood. */
#include <inttypes.h>

#include <reprise/json.h>

#include "otlp_json_values.h"

/* ---- spans ---- */

static void read_events(struct rp__otlp_json *d, const cJSON *span)
{
    const cJSON *node;
    cJSON_ArrayForEach(node, rp__otlp_json_list(d, span, "events"))
    {
        struct rp_span_event *event =
            d->rc == RP_OK ? rp__otlp_add_event(d->r) : NULL;
        if (event != NULL) {
            event->unix_ns =
                (int64_t)rp__otlp_json_number(d, node, "timeUnixNano");
            event->name = rp__otlp_json_text(d, node, "name");
            event->attributes = rp__otlp_json_attributes(d, node);
            event->dropped_attributes = rp__otlp_json_dropped(d, node);
        }
    }
}

static void read_links(struct rp__otlp_json *d, const cJSON *span)
{
    const cJSON *node;
    cJSON_ArrayForEach(node, rp__otlp_json_list(d, span, "links"))
    {
        struct rp_span_link *link =
            d->rc == RP_OK ? rp__otlp_add_link(d->r) : NULL;
        if (link == NULL) {
            continue;
        }
        if (rp__otlp_json_id(
                d, node, "traceId", &link->trace, sizeof(link->trace)) &&
            rp__otlp_json_id(
                d, node, "spanId", &link->span, sizeof(link->span))) {
            link->attributes = rp__otlp_json_attributes(d, node);
            link->dropped_attributes = rp__otlp_json_dropped(d, node);
            link->flags = (uint32_t)rp__otlp_json_number(d, node, "flags");
            link->tracestate = rp__otlp_json_text(d, node, "traceState");
        } else {
            rp__otlp_drop_link(d->r);
        }
    }
}

static void read_status(struct rp__otlp_json *d, const cJSON *span)
{
    static const char *const codes[] = {
        "STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"};
    const cJSON *status = rp_json_get(span, "status");
    d->r->now.span.message = rp__otlp_json_text(d, status, "message");
    d->r->now.span.status = (enum rp_span_status)rp__otlp_json_enum(
        d, rp_json_get(status, "code"), codes, RP_COUNT_OF(codes));
}

static void read_span(struct rp__otlp_json *d, const cJSON *node)
{
    static const char *const kinds[] = {"SPAN_KIND_UNSPECIFIED",
        "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT",
        "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"};
    struct rp__otlp_read *r = d->r;
    struct rp_span *span = &r->now.span;
    rp__otlp_begin_span(r);
    r->now_valid =
        rp__otlp_json_id(
            d, node, "traceId", &r->now.trace, sizeof(r->now.trace)) &&
        rp__otlp_json_id(d, node, "spanId", &span->id, sizeof(span->id));
    (void)rp__otlp_json_id(d, node, "parentSpanId", &span->parent,
        sizeof(span->parent)); /* what is no id is no parent */
    span->tracestate = rp__otlp_json_text(d, node, "traceState");
    span->flags = (uint32_t)rp__otlp_json_number(d, node, "flags");
    span->name = rp__otlp_json_text(d, node, "name");
    span->kind = (enum rp_span_kind)rp__otlp_json_enum(
        d, rp_json_get(node, "kind"), kinds, RP_COUNT_OF(kinds));
    span->start_unix_ns =
        (int64_t)rp__otlp_json_number(d, node, "startTimeUnixNano");
    span->end_unix_ns =
        (int64_t)rp__otlp_json_number(d, node, "endTimeUnixNano");
    span->dropped_attributes = rp__otlp_json_dropped(d, node);
    span->dropped_events =
        (uint32_t)rp__otlp_json_number(d, node, "droppedEventsCount");
    span->dropped_links =
        (uint32_t)rp__otlp_json_number(d, node, "droppedLinksCount");
    rp__otlp_json_add_attributes(d, &r->attributes, node);
    read_events(d, node);
    read_links(d, node);
    read_status(d, node);
    if (d->rc == RP_OK && !rp__otlp_end_span(r)) {
        d->rc = RP_E_LIMIT;
        rp_err_prefix(r->err, "line %" PRIu32,
            d->lines_before + rp_json_span_of(node, d->text).begin.line);
    }
}

/* ---- the envelope ---- */

static void read_scope_spans(struct rp__otlp_json *d,
    const struct rp_span_origin *resource, const cJSON *node)
{
    struct rp__otlp_read *r = d->r;
    const cJSON *scope = rp_json_get(node, "scope");
    const cJSON *span;
    if (rp_arena_bytes(r->arena) > RP_OTLP_READ_MEMORY_MAX) {
        rp__otlp_json_fail(d, RP_E_LIMIT, node, "it needs too much memory");
        return;
    }
    struct rp_span_origin *origin = rp_arena_alloc(r->arena, sizeof(*origin));
    *origin = *resource;
    origin->scope_name = rp__otlp_json_text(d, scope, "name");
    origin->scope_version = rp__otlp_json_text(d, scope, "version");
    origin->scope = rp__otlp_json_attributes(d, scope);
    origin->scope_schema_url = rp__otlp_json_text(d, node, "schemaUrl");
    origin->scope_dropped = rp__otlp_json_dropped(d, scope);
    r->origin = origin;
    cJSON_ArrayForEach(span, rp__otlp_json_list(d, node, "spans"))
    {
        if (d->rc == RP_OK) {
            read_span(d, span);
        }
    }
}

static void read_resource_spans(struct rp__otlp_json *d, const cJSON *node)
{
    const cJSON *scope;
    const cJSON *inner = rp_json_get(node, "resource");
    struct rp_span_origin resource = {
        .resource = rp__otlp_json_attributes(d, inner),
        .resource_schema_url = rp__otlp_json_text(d, node, "schemaUrl"),
        .resource_dropped = rp__otlp_json_dropped(d, inner),
    };
    cJSON_ArrayForEach(scope, rp__otlp_json_list(d, node, "scopeSpans"))
    {
        if (d->rc == RP_OK) {
            read_scope_spans(d, &resource, scope);
        }
    }
}

/* The object itself, or the one that a query service put it into. */
static void read_traces(struct rp__otlp_json *d, const cJSON *node)
{
    static const char *const around[] = {"result", "trace"};
    static const char *const names[] = {"resourceSpans", "batches"};
    const cJSON *list = NULL;
    const cJSON *item;
    for (size_t i = 0; i < RP_COUNT_OF(around); i++) {
        const cJSON *inner = rp_json_get(node, around[i]);
        node = cJSON_IsObject(inner) ? inner : node;
    }
    bool named = rp_json_size(node) == 0;
    for (size_t i = 0; i < RP_COUNT_OF(names) && list == NULL; i++) {
        named = named || rp_json_get(node, names[i]) != NULL;
        list = rp__otlp_json_list(d, node, names[i]);
    }
    if (!named) {
        rp__otlp_json_fail(d, RP_E_INVALID, node, "it has no resourceSpans");
    }
    cJSON_ArrayForEach(item, list)
    {
        if (d->rc == RP_OK) {
            read_resource_spans(d, item);
        }
    }
}

static void read_root(struct rp__otlp_json *d, const cJSON *root)
{
    const cJSON *item;
    if (cJSON_IsObject(root)) {
        read_traces(d, root);
        return;
    }
    if (!cJSON_IsArray(root)) {
        rp__otlp_json_fail(d, RP_E_INVALID, root, "an object is expected here");
        return;
    }
    cJSON_ArrayForEach(item, root)
    {
        if (!cJSON_IsObject(item)) {
            rp__otlp_json_fail(
                d, RP_E_INVALID, item, "an object is expected here");
        }
        if (d->rc == RP_OK) {
            read_traces(d, item);
        }
    }
}

/* ---- documents ---- */

static void fail_syntax(struct rp__otlp_json *d, enum rp_code code,
    const struct rp_json_error *error)
{
    d->rc =
        rp_err_set(d->r->err, code, "line %" PRIu32 ", column %" PRIu32 ": %s",
            d->lines_before + error->place.line, error->place.column,
            error->message);
}

static void read_lines(struct rp__otlp_json *d, struct rp_str text)
{
    while (text.len > 0 && d->rc == RP_OK) {
        struct rp_json_doc *doc = NULL;
        struct rp_json_error error;
        struct rp_str line = rp_str_cut(text, '\n', &text);
        if (rp_str_trim(line).len > 0) {
            enum rp_code rc = rp_json_read(&doc, line, NULL, &error);
            if (rc == RP_OK) {
                d->text = line;
                read_root(d, rp_json_root(doc));
            } else {
                fail_syntax(d, rc, &error);
            }
            rp_json_free(&doc);
        }
        d->lines_before++;
    }
}

/* A first line that is a document of its own is the first of several. */
static bool is_lines(struct rp_str text)
{
    struct rp_json_doc *doc = NULL;
    struct rp_str line = rp_str_cut(text, '\n', &text);
    bool whole = rp_json_read(&doc, line, NULL, NULL) == RP_OK;
    rp_json_free(&doc);
    return whole && rp_str_trim(text).len > 0;
}

enum rp_code rp__otlp_read_json(struct rp__otlp_read *r, struct rp_str bytes)
{
    struct rp__otlp_json d = {.r = r, .rc = RP_OK};
    struct rp_json_doc *doc = NULL;
    struct rp_json_error error;
    rp_buf_init(&d.scratch, RP_OTLP_READ_BYTES_MAX);
    if (is_lines(bytes)) {
        read_lines(&d, bytes);
    } else {
        enum rp_code rc = rp_json_read(&doc, bytes, NULL, &error);
        if (rc == RP_OK) {
            d.text = bytes;
            read_root(&d, rp_json_root(doc));
        } else {
            fail_syntax(&d, rc, &error);
        }
        rp_json_free(&doc);
    }
    rp_buf_fini(&d.scratch);
    return d.rc;
}
