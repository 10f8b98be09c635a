/* Back to front: of everything that repeats the last comes first. Only our own
 * spans, of which there are most, are written from the first to the last. */
#include <reprise/otlp_proto.h>

#include <math.h>

#include <reprise/json.h>
#include <reprise/mem.h>
#include <reprise/otlp_logs.h>

#include "attr_tokens.h"
#include "base64.h"
#include "otlp_envelope.h"
#include "otlp_fields.h"
#include "otlp_model.h"
#include "otlp_usual.h"

#define SCRATCH_BYTES_MAX RP_OTLP_BYTES_MAX

struct writer {
    struct rp_pb *out;
    const struct rp_session_head *head;
    struct rp__tokens tokens;
    struct rp_buf scratch;
    struct rp_arena *arena; /* of what is cut */
    struct rp__otlp_quick *quick;
    struct rp_pb part; /* of what is written forward */
    bool logs;         /* events as records, instead of spans */
};

static struct rp_str bytes_of(const void *bytes, size_t len)
{
    return (struct rp_str){bytes, len};
}

/* ---- attributes ---- */

static void add_characters(
    struct writer *w, uint32_t field, const struct rp__token *token)
{
    struct rp_str text = rp__token_text(token, &w->scratch);
    if (token->special || token->escaped) {
        rp_pb_text(w->out, field, text);
    } else {
        rp_pb_bytes(w->out, field, text);
    }
}

static double double_of(struct rp_str text)
{
    if (rp_str_is(text, "NaN")) {
        return NAN;
    }
    if (rp_str_ends(text, RP_STR("Infinity"))) {
        return text.ptr[0] == '-' ? -INFINITY : INFINITY;
    }
    return rp_json_double_of(text);
}

static void add_bytes(struct writer *w, struct rp_str base64)
{
    rp_buf_reset(&w->scratch);
    (void)rp__base64_read(&w->scratch, base64); /* the token says it is */
    rp_pb_bytes(w->out, RP__OTLP_ANY_BYTES, rp_buf_str(&w->scratch));
}

/* What an AnyValue of no parts consists of; always there, also when it is
 * empty, zero or false: that is what tells it from no value. */
static void add_scalar(struct writer *w, const struct rp__token *token)
{
    switch (token->kind) {
    case RP__TOKEN_TEXT:
        add_characters(w, RP__OTLP_ANY_STRING, token);
        break;
    case RP__TOKEN_INT:
        rp_pb_u64(w->out, RP__OTLP_ANY_INT, (uint64_t)token->number);
        break;
    case RP__TOKEN_DOUBLE:
        rp_pb_double(w->out, RP__OTLP_ANY_DOUBLE, double_of(token->text));
        break;
    case RP__TOKEN_TRUE:
    case RP__TOKEN_FALSE:
        rp_pb_u64(w->out, RP__OTLP_ANY_BOOL, token->kind == RP__TOKEN_TRUE);
        break;
    case RP__TOKEN_BYTES:
        add_bytes(w, token->text);
        break;
    case RP__TOKEN_NULL:
    case RP__TOKEN_KEY:
    case RP__TOKEN_LIST:
    case RP__TOKEN_LIST_END:
    case RP__TOKEN_MAP:
    case RP__TOKEN_MAP_END:
        break;
    }
}

/* An AnyValue that is being written: where it ends, and where what is inside
 * its list or map does. */
struct open_value {
    size_t end, inside_end;
    bool map;
};

/* The list of `tokens` from its end to its beginning. A value is complete at
 * its first token; in a list it is a field then, in a map its key comes next.
 * `field` is that of the outermost attributes. */
static void add_tokens(struct writer *w, uint32_t field)
{
    struct open_value open[RP__ATTR_DEPTH_MAX + 1];
    struct rp_pb *out = w->out;
    uint32_t depth = 0;
    size_t pair_end[RP__ATTR_DEPTH_MAX + 1] = {0}; /* of the KeyValue */
    open[0] = (struct open_value){.map = true};
    for (uint32_t i = w->tokens.count; i > 0; i--) {
        const struct rp__token *token = &w->tokens.items[i - 1];
        size_t end = rp_pb_mark(out);
        if (token->kind == RP__TOKEN_KEY) {
            add_characters(w, RP__OTLP_KEY_VALUE_KEY, token);
            rp_pb_close(
                out, depth == 0 ? field : RP__OTLP_VALUES, pair_end[depth]);
            continue;
        }
        if (token->kind == RP__TOKEN_LIST_END ||
            token->kind == RP__TOKEN_MAP_END) {
            open[++depth] = (struct open_value){
                .end = end, .map = token->kind == RP__TOKEN_MAP_END};
            continue;
        }
        if (token->kind == RP__TOKEN_LIST || token->kind == RP__TOKEN_MAP) {
            end = open[depth].end;
            rp_pb_close(out,
                open[depth].map ? RP__OTLP_ANY_KVLIST : RP__OTLP_ANY_ARRAY,
                end);
            depth--;
        } else {
            add_scalar(w, token);
        }
        pair_end[depth] = end;
        rp_pb_close(out,
            open[depth].map ? RP__OTLP_KEY_VALUE_VALUE : RP__OTLP_VALUES, end);
    }
}

static void add_attributes(
    struct writer *w, uint32_t field, uint32_t place, struct rp_str object)
{
    if (!rp__otlp_quick_write(w->quick, w->out, field, place, object) &&
        rp__tokens_read(&w->tokens, object)) {
        add_tokens(w, field);
    }
}

/* ---- spans ---- */

static void add_count(struct rp_pb *out, uint32_t field, uint32_t count)
{
    if (count > 0) {
        rp_pb_u64(out, field, count);
    }
}

static void add_events(struct writer *w, const struct rp_span *span)
{
    for (uint32_t i = span->event_count; i > 0; i--) {
        const struct rp_span_event *event = &span->events[i - 1];
        size_t end = rp_pb_mark(w->out);
        add_count(w->out, RP__OTLP_EVENT_DROPPED, event->dropped_attributes);
        add_attributes(w, RP__OTLP_EVENT_ATTRIBUTES, RP__OTLP_PLACE_EVENT,
            event->attributes);
        rp_pb_text(w->out, RP__OTLP_EVENT_NAME, event->name);
        rp_pb_fixed64(w->out, RP__OTLP_EVENT_TIME, (uint64_t)event->unix_ns);
        rp_pb_close(w->out, RP__OTLP_SPAN_EVENTS, end);
    }
}

static void add_links(struct writer *w, const struct rp_span *span)
{
    for (uint32_t i = span->link_count; i > 0; i--) {
        const struct rp_span_link *link = &span->links[i - 1];
        size_t end = rp_pb_mark(w->out);
        rp_pb_fixed32(w->out, RP__OTLP_LINK_FLAGS,
            rp__otlp_link_flags(span, link, w->head));
        add_count(w->out, RP__OTLP_LINK_DROPPED, link->dropped_attributes);
        add_attributes(
            w, RP__OTLP_LINK_ATTRIBUTES, RP__OTLP_PLACE_LINK, link->attributes);
        if (link->tracestate.len > 0) {
            rp_pb_text(w->out, RP__OTLP_LINK_TRACE_STATE, link->tracestate);
        }
        rp_pb_bytes(w->out, RP__OTLP_LINK_SPAN, bytes_of(&link->span, 8));
        rp_pb_bytes(w->out, RP__OTLP_LINK_TRACE, bytes_of(&link->trace, 16));
        rp_pb_close(w->out, RP__OTLP_SPAN_LINKS, end);
    }
}

static void add_status(struct writer *w, const struct rp_span *span)
{
    if (span->status == RP_SPAN_UNSET) {
        return;
    }
    size_t end = rp_pb_mark(w->out);
    rp_pb_u64(w->out, RP__OTLP_STATUS_CODE, (uint64_t)span->status);
    if (span->message.len > 0) {
        rp_pb_text(w->out, RP__OTLP_STATUS_MESSAGE, span->message);
    }
    rp_pb_close(w->out, RP__OTLP_SPAN_STATUS, end);
}

static void add_span(struct writer *w, const struct rp_span *span)
{
    struct rp_pb *out = w->out;
    struct rp_str tracestate = rp__otlp_tracestate(span, w->head);
    size_t end = rp_pb_mark(out);
    rp_pb_fixed32(out, RP__OTLP_SPAN_FLAGS, rp__otlp_span_flags(span, w->head));
    add_status(w, span);
    add_count(out, RP__OTLP_SPAN_DROPPED_LINKS, span->dropped_links);
    add_links(w, span);
    add_count(out, RP__OTLP_SPAN_DROPPED_EVENTS, span->dropped_events);
    add_events(w, span);
    add_count(out, RP__OTLP_SPAN_DROPPED_ATTRIBUTES, span->dropped_attributes);
    add_attributes(
        w, RP__OTLP_SPAN_ATTRIBUTES, (uint32_t)span->role, span->attributes);
    rp_pb_fixed64(out, RP__OTLP_SPAN_END, (uint64_t)rp__otlp_end_ns(span));
    rp_pb_fixed64(out, RP__OTLP_SPAN_START, (uint64_t)rp__otlp_start_ns(span));
    add_count(out, RP__OTLP_SPAN_KIND, (uint32_t)span->kind);
    rp_pb_text(out, RP__OTLP_SPAN_NAME, span->name);
    if (rp__otlp_has_parent(span)) {
        rp_pb_bytes(
            out, RP__OTLP_SPAN_PARENT_SPAN_ID, bytes_of(&span->parent, 8));
    }
    if (tracestate.len > 0) {
        rp_pb_text(out, RP__OTLP_SPAN_TRACE_STATE, tracestate);
    }
    rp_pb_bytes(out, RP__OTLP_SPAN_SPAN_ID, bytes_of(&span->id, 8));
    rp_pb_bytes(out, RP__OTLP_SPAN_TRACE_ID, bytes_of(&w->head->trace, 16));
    rp_pb_close(out, RP__OTLP_SCOPE_SPANS_SPANS, end);
}

/* ---- events as log records ---- */

static void add_log(struct writer *w, const struct rp_span *span,
    const struct rp_span_event *event)
{
    struct rp_pb *out = w->out;
    size_t end = rp_pb_mark(out);
    rp_pb_text(out, RP__OTLP_LOG_EVENT_NAME, event->name);
    rp_pb_fixed64(out, RP__OTLP_LOG_OBSERVED, (uint64_t)event->unix_ns);
    rp_pb_bytes(out, RP__OTLP_LOG_SPAN_ID, bytes_of(&span->id, 8));
    rp_pb_bytes(out, RP__OTLP_LOG_TRACE_ID, bytes_of(&w->head->trace, 16));
    rp_pb_fixed32(out, RP__OTLP_LOG_FLAGS,
        rp__otlp_span_flags(span, w->head) & RP__OTLP_W3C_FLAGS);
    add_count(out, RP__OTLP_LOG_DROPPED, event->dropped_attributes);
    add_attributes(
        w, RP__OTLP_LOG_ATTRIBUTES, RP__OTLP_PLACE_EVENT, event->attributes);
    rp__otlp_log_body(&w->scratch, span, event);
    size_t body_end = rp_pb_mark(out);
    rp_pb_text(out, RP__OTLP_ANY_STRING, rp_buf_str(&w->scratch));
    rp_pb_close(out, RP__OTLP_LOG_BODY, body_end);
    rp_pb_u64(
        out, RP__OTLP_LOG_SEVERITY, (uint64_t)rp_log_severity(event->name));
    rp_pb_fixed64(out, RP__OTLP_LOG_TIME, (uint64_t)event->unix_ns);
    rp_pb_close(out, RP__OTLP_SCOPE_SPANS_SPANS, end);
}

static void add_logs(struct writer *w, const struct rp_span *span)
{
    for (uint32_t i = span->event_count; i > 0; i--) {
        add_log(w, span, &span->events[i - 1]);
    }
}

/* ---- spans, from the first to the last ---- */

/* What is in `part`. */
static void append_part(struct writer *w)
{
    struct rp_str bytes = rp_pb_str(&w->part);
    uint8_t *to = w->part.overflowed ? NULL : rp_pb_behind(w->out, bytes.len);
    if (to == NULL) {
        w->out->overflowed = true;
        return;
    }
    memcpy(to, bytes.ptr, bytes.len);
    rp_pb_written(w->out, bytes.len);
}

static void append_any_span(struct writer *w, const struct rp_span *span)
{
    struct rp_pb *out = w->out;
    rp_pb_reset(&w->part);
    w->out = &w->part;
    add_span(w, span);
    w->out = out;
    append_part(w);
}

/* And what is behind them. */
static void append_spans(struct writer *w,
    const struct rp_otlp_resource *resource, const struct rp_span *const *spans,
    const struct rp__otlp_run *run)
{
    for (uint32_t i = run->begin; i < run->end; i++) {
        if (spans[i]->ended) {
            const struct rp_span *span =
                rp__otlp_limited(resource, w->arena, spans[i]);
            if (!rp__otlp_usual_span(w->quick, w->out, w->head, span)) {
                append_any_span(w, span);
            }
        }
    }
    rp_pb_reset(&w->part);
    rp_pb_text(
        &w->part, RP__OTLP_SCOPE_SPANS_SCHEMA, RP_STR(RP_OTLP_SCHEMA_URL));
    append_part(w);
}

/* ---- the envelope ---- */

static void add_text(struct rp_pb *out, uint32_t field, struct rp_str text)
{
    if (text.len > 0) {
        rp_pb_text(out, field, text);
    }
}

void rp__otlp_proto_scope(struct rp_pb *out, struct rp_str version)
{
    size_t end = rp_pb_mark(out);
    add_text(out, RP__OTLP_SCOPE_VERSION, version);
    rp_pb_text(out, RP__OTLP_SCOPE_NAME, RP_STR(RP__OTLP_SCOPE));
    rp_pb_close(out, RP__OTLP_SCOPE_SPANS_SCOPE, end);
}

static void add_scope(struct writer *w, const struct rp_span_origin *origin)
{
    size_t end = rp_pb_mark(w->out);
    add_count(w->out, RP__OTLP_SCOPE_DROPPED, origin->scope_dropped);
    add_attributes(
        w, RP__OTLP_SCOPE_ATTRIBUTES, RP__OTLP_PLACE_ORIGIN, origin->scope);
    add_text(w->out, RP__OTLP_SCOPE_VERSION, origin->scope_version);
    add_text(w->out, RP__OTLP_SCOPE_NAME, origin->scope_name);
    rp_pb_close(w->out, RP__OTLP_SCOPE_SPANS_SCOPE, end);
}

void rp__otlp_proto_resource(
    struct rp_pb *out, const struct rp_otlp_resource *resource)
{
    uint32_t count;
    struct rp_tag *tags = rp__otlp_resource_tags(resource, &count);
    size_t end = rp_pb_mark(out);
    for (uint32_t i = count; i > 0; i--) {
        size_t pair_end = rp_pb_mark(out);
        rp_pb_text(out, RP__OTLP_ANY_STRING, tags[i - 1].value);
        rp_pb_close(out, RP__OTLP_KEY_VALUE_VALUE, pair_end);
        rp_pb_text(out, RP__OTLP_KEY_VALUE_KEY, tags[i - 1].key);
        rp_pb_close(out, RP__OTLP_RESOURCE_ATTRIBUTES, pair_end);
    }
    rp_pb_close(out, RP__OTLP_RESOURCE_SPANS_RESOURCE, end);
    rp_mem_free(tags);
}

static void add_resource(struct writer *w, const struct rp_span_origin *origin)
{
    size_t end = rp_pb_mark(w->out);
    add_count(w->out, RP__OTLP_RESOURCE_DROPPED, origin->resource_dropped);
    add_attributes(w, RP__OTLP_RESOURCE_ATTRIBUTES, RP__OTLP_PLACE_ORIGIN,
        origin->resource);
    rp_pb_close(w->out, RP__OTLP_RESOURCE_SPANS_RESOURCE, end);
}

static void add_spans(struct writer *w, const struct rp_otlp_resource *resource,
    const struct rp_span *const *spans, const struct rp__otlp_run *run)
{
    for (uint32_t i = run->end; i > run->begin; i--) {
        if (spans[i - 1]->ended) {
            const struct rp_span *span =
                rp__otlp_limited(resource, w->arena, spans[i - 1]);
            if (w->logs) {
                add_logs(w, span);
            } else {
                add_span(w, span);
            }
        }
    }
}

/* What was written first can be written in either direction. */
static void add_run(struct writer *w, const struct rp_otlp_resource *resource,
    const struct rp_span *const *spans, const struct rp__otlp_run *run)
{
    struct rp_pb *out = w->out;
    const struct rp_span_origin *origin = run->origin;
    size_t end = rp_pb_mark(out);
    bool forward = origin == NULL && end == 0 && !w->logs;
    add_text(out, RP__OTLP_RESOURCE_SPANS_SCHEMA,
        origin == NULL ? RP_STR("") : origin->resource_schema_url);
    size_t scope_end = rp_pb_mark(out);
    if (forward) {
        append_spans(w, resource, spans, run);
    } else {
        add_text(out, RP__OTLP_SCOPE_SPANS_SCHEMA,
            origin == NULL ? RP_STR(RP_OTLP_SCHEMA_URL)
                           : origin->scope_schema_url);
        add_spans(w, resource, spans, run);
    }
    if (origin == NULL) {
        rp__otlp_proto_scope(out, resource->service_version);
    } else {
        add_scope(w, origin);
    }
    rp_pb_close(out, RP__OTLP_RESOURCE_SPANS_SCOPE_SPANS, scope_end);
    if (origin == NULL) {
        rp__otlp_proto_resource(out, resource);
    } else {
        add_resource(w, origin);
    }
    rp_pb_close(out, RP__OTLP_TRACES_RESOURCE_SPANS, end);
}

/* The last run first. */
static void add_runs(struct writer *w, const struct rp_otlp_resource *resource,
    const struct rp_span *const *spans, uint32_t span_count)
{
    struct rp__otlp_run *runs = NULL;
    uint32_t count = 0;
    uint32_t room = 0;
    uint32_t at = 0;
    struct rp__otlp_run run;
    while (rp__otlp_run_next(&run, spans, span_count, &at)) {
        if (count == room) {
            room = room * 2 + 1;
            runs = rp_mem_grow(runs, room, sizeof(*runs));
        }
        runs[count++] = run;
    }
    while (count > 0) {
        add_run(w, resource, spans, &runs[--count]);
    }
    rp_mem_free(runs);
}

static void write_all(struct rp_pb *out,
    const struct rp_otlp_resource *resource, const struct rp_session_head *head,
    const struct rp_span *const *spans, uint32_t span_count, bool logs)
{
    struct writer w = {.out = out,
        .head = head,
        .arena = rp_arena_new(0),
        .quick = rp__otlp_quick_new(),
        .logs = logs};
    rp_buf_init(&w.scratch, SCRATCH_BYTES_MAX);
    rp_pb_init(&w.part, out->max_bytes);
    add_runs(&w, resource, spans, span_count);
    rp_pb_fini(&w.part);
    rp__otlp_quick_free(&w.quick);
    rp__tokens_fini(&w.tokens);
    rp_arena_free(&w.arena);
    rp_buf_fini(&w.scratch);
}

void rp_otlp_proto_write(struct rp_pb *out,
    const struct rp_otlp_resource *resource, const struct rp_session_head *head,
    const struct rp_span *const *spans, uint32_t span_count)
{
    write_all(out, resource, head, spans, span_count, false);
}

void rp_otlp_logs_proto_write(struct rp_pb *out,
    const struct rp_otlp_resource *resource, const struct rp_session_head *head,
    const struct rp_span *const *spans, uint32_t span_count)
{
    write_all(out, resource, head, spans, span_count, true);
}
