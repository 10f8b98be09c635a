/* Spans as OTLP/JSON. Where it differs from the usual JSON of protobuf: ids
 * are hex, 64 bits are text, enums are numbers. */
#include <reprise/export_otlp_json.h>

#include <inttypes.h>
#include <string.h>

#include <reprise/mem.h>
#include <reprise/otlp_logs.h>

#include "attr_tokens.h"
#include "otlp_envelope.h"
#include "otlp_model.h"

/* What a writer needs again and again. */
struct writer {
    struct rp_buf *out;
    const struct rp_session_head *head;
    struct rp__tokens tokens;
    struct rp_buf scratch;
    struct rp_arena *arena; /* of what is cut */
    bool logs;              /* events as records, instead of spans */
};

/* ---- attributes ---- */

static void add_comma(struct rp_buf *out)
{
    char last = out->len == 0 ? '[' : out->ptr[out->len - 1];
    if (last != '[' && last != '{') {
        rp_buf_add_char(out, ',');
    }
}

void rp__otlp_json_attribute(
    struct rp_buf *out, struct rp_str key, struct rp_str value)
{
    add_comma(out);
    rp_buf_add_text(out, "{\"key\":");
    rp_json_write_string(out, key);
    rp_buf_add_text(out, ",\"value\":{\"stringValue\":");
    rp_json_write_string(out, value);
    rp_buf_add_text(out, "}}");
}

/* As it stands in the store, unless it may be what is no UTF-8. */
static void add_characters(struct writer *w, const struct rp__token *token)
{
    if (token->special || token->escaped) {
        rp_json_write_string(w->out, rp__token_text(token, &w->scratch));
    } else {
        rp_buf_add_char(w->out, '"');
        rp_buf_add(w->out, token->text);
        rp_buf_add_char(w->out, '"');
    }
}

static void add_quoted(struct rp_buf *out, const char *name, struct rp_str text)
{
    rp_buf_add_text(out, name);
    rp_buf_add_char(out, '"');
    rp_buf_add(out, text);
    rp_buf_add_char(out, '"');
}

static void add_double(struct rp_buf *out, struct rp_str text)
{
    bool letters = text.ptr[text.len - 1] > '9'; /* NaN, Infinity */
    if (letters) {
        add_quoted(out, "\"doubleValue\":", text);
    } else {
        rp_buf_add_text(out, "\"doubleValue\":");
        rp_buf_add(out, text);
    }
}

/* The member that an AnyValue consists of; lists and maps are open then. */
static void add_value(struct writer *w, const struct rp__token *token)
{
    switch (token->kind) {
    case RP__TOKEN_TEXT:
        rp_buf_add_text(w->out, "\"stringValue\":");
        add_characters(w, token);
        break;
    case RP__TOKEN_INT:
        add_quoted(w->out, "\"intValue\":", token->text);
        break;
    case RP__TOKEN_DOUBLE:
        add_double(w->out, token->text);
        break;
    case RP__TOKEN_TRUE:
        rp_buf_add_text(w->out, "\"boolValue\":true");
        break;
    case RP__TOKEN_FALSE:
        rp_buf_add_text(w->out, "\"boolValue\":false");
        break;
    case RP__TOKEN_BYTES:
        add_quoted(w->out, "\"bytesValue\":", token->text);
        break;
    case RP__TOKEN_LIST:
        rp_buf_add_text(w->out, "\"arrayValue\":{\"values\":[");
        break;
    case RP__TOKEN_MAP:
        rp_buf_add_text(w->out, "\"kvlistValue\":{\"values\":[");
        break;
    case RP__TOKEN_NULL:
    case RP__TOKEN_KEY:
    case RP__TOKEN_LIST_END:
    case RP__TOKEN_MAP_END:
        break;
    }
}

static void add_tokens(struct writer *w)
{
    bool in_map[RP__ATTR_DEPTH_MAX + 1] = {true};
    uint32_t depth = 0;
    for (uint32_t i = 0; i < w->tokens.count; i++) {
        const struct rp__token *token = &w->tokens.items[i];
        bool begins =
            token->kind == RP__TOKEN_LIST || token->kind == RP__TOKEN_MAP;
        bool ends = token->kind == RP__TOKEN_LIST_END ||
                    token->kind == RP__TOKEN_MAP_END;
        if (token->kind == RP__TOKEN_KEY) {
            add_comma(w->out);
            rp_buf_add_text(w->out, "{\"key\":");
            add_characters(w, token);
            rp_buf_add_text(w->out, ",\"value\":");
            continue;
        }
        if (ends) {
            rp_buf_add_text(w->out, "]}");
            depth--;
        } else {
            if (!in_map[depth]) {
                add_comma(w->out);
            }
            rp_buf_add_char(w->out, '{');
            add_value(w, token);
        }
        if (begins) {
            in_map[++depth] = token->kind == RP__TOKEN_MAP;
        } else {
            rp_buf_add_text(w->out, in_map[depth] ? "}}" : "}");
        }
    }
}

/* The stored object as a list of keys and typed values. */
static void add_members(struct writer *w, struct rp_str object)
{
    if (rp__tokens_read(&w->tokens, object)) {
        add_tokens(w);
    }
}

static void add_attributes(struct writer *w, struct rp_str object)
{
    rp_buf_add_text(w->out, ",\"attributes\":[");
    add_members(w, object);
    rp_buf_add_char(w->out, ']');
}

/* ---- spans ---- */

static void add_count(struct rp_buf *out, const char *prefix, uint32_t count)
{
    if (count > 0) {
        rp_buf_add_text(out, prefix);
        rp_buf_add_u64(out, count);
    }
}

static void add_span_id(
    struct rp_buf *out, const char *prefix, const struct rp_span_id *id)
{
    char hex[RP_SPAN_ID_HEX_LEN + 1];
    rp_span_id_hex(id, hex);
    rp_buf_addf(out, "%s\"%s\"", prefix, hex);
}

static void add_trace_id(
    struct rp_buf *out, const char *prefix, const struct rp_trace_id *id)
{
    char hex[RP_TRACE_ID_HEX_LEN + 1];
    rp_trace_id_hex(id, hex);
    rp_buf_addf(out, "%s\"%s\"", prefix, hex);
}

/* Nothing when it is empty. */
static void add_text(struct rp_buf *out, const char *prefix, struct rp_str text)
{
    if (text.len > 0) {
        rp_buf_add_text(out, prefix);
        rp_json_write_string(out, text);
    }
}

static void add_events(struct writer *w, const struct rp_span *span)
{
    struct rp_buf *out = w->out;
    if (span->event_count == 0) {
        return;
    }
    rp_buf_add_text(out, ",\"events\":[");
    for (uint32_t i = 0; i < span->event_count; i++) {
        const struct rp_span_event *event = &span->events[i];
        add_comma(out);
        rp_buf_addf(
            out, "{\"timeUnixNano\":\"%" PRId64 "\",\"name\":", event->unix_ns);
        rp_json_write_string(out, event->name);
        add_attributes(w, event->attributes);
        add_count(
            out, ",\"droppedAttributesCount\":", event->dropped_attributes);
        rp_buf_add_char(out, '}');
    }
    rp_buf_add_char(out, ']');
}

static void add_links(struct writer *w, const struct rp_span *span)
{
    struct rp_buf *out = w->out;
    if (span->link_count == 0) {
        return;
    }
    rp_buf_add_text(out, ",\"links\":[");
    for (uint32_t i = 0; i < span->link_count; i++) {
        const struct rp_span_link *link = &span->links[i];
        add_comma(out);
        add_trace_id(out, "{\"traceId\":", &link->trace);
        add_span_id(out, ",\"spanId\":", &link->span);
        add_text(out, ",\"traceState\":", link->tracestate);
        add_attributes(w, link->attributes);
        add_count(
            out, ",\"droppedAttributesCount\":", link->dropped_attributes);
        rp_buf_addf(out, ",\"flags\":%" PRIu32 "}",
            rp__otlp_link_flags(span, link, w->head));
    }
    rp_buf_add_char(out, ']');
}

static void add_status(struct rp_buf *out, const struct rp_span *span)
{
    if (span->status == RP_SPAN_UNSET) {
        rp_buf_add_text(out, ",\"status\":{}");
        return;
    }
    rp_buf_add_text(out, ",\"status\":{");
    if (span->message.len > 0) {
        rp_buf_add_text(out, "\"message\":");
        rp_json_write_string(out, span->message);
        rp_buf_add_char(out, ',');
    }
    rp_buf_addf(out, "\"code\":%d}", (int)span->status);
}

static void add_span(struct writer *w, const struct rp_span *span)
{
    const struct rp_session_head *head = w->head;
    struct rp_buf *out = w->out;
    struct rp_str tracestate = rp__otlp_tracestate(span, head);
    add_comma(out);
    add_trace_id(out, "{\"traceId\":", &head->trace);
    add_span_id(out, ",\"spanId\":", &span->id);
    add_text(out, ",\"traceState\":", tracestate);
    if (rp__otlp_has_parent(span)) {
        add_span_id(out, ",\"parentSpanId\":", &span->parent);
    }
    rp_buf_addf(out,
        ",\"flags\":%" PRIu32 ",\"name\":", rp__otlp_span_flags(span, head));
    rp_json_write_string(out, span->name);
    rp_buf_addf(out,
        ",\"kind\":%d,\"startTimeUnixNano\":\"%" PRId64
        "\",\"endTimeUnixNano\":\"%" PRId64 "\"",
        (int)span->kind, rp__otlp_start_ns(span), rp__otlp_end_ns(span));
    add_attributes(w, span->attributes);
    add_count(out, ",\"droppedAttributesCount\":", span->dropped_attributes);
    add_events(w, span);
    add_count(out, ",\"droppedEventsCount\":", span->dropped_events);
    add_links(w, span);
    add_count(out, ",\"droppedLinksCount\":", span->dropped_links);
    add_status(out, span);
    rp_buf_add_char(out, '}');
}

/* ---- events as log records ---- */

static void add_log(struct writer *w, const struct rp_span *span,
    const struct rp_span_event *event)
{
    struct rp_buf *out = w->out;
    add_comma(out);
    rp_buf_addf(out,
        "{\"timeUnixNano\":\"%" PRId64 "\",\"observedTimeUnixNano\":\"%" PRId64
        "\",\"severityNumber\":%d,\"eventName\":",
        event->unix_ns, event->unix_ns, (int)rp_log_severity(event->name));
    rp_json_write_string(out, event->name);
    rp_buf_add_text(out, ",\"body\":{\"stringValue\":");
    rp__otlp_log_body(&w->scratch, span, event);
    rp_json_write_string(out, rp_buf_str(&w->scratch));
    rp_buf_add_char(out, '}');
    add_attributes(w, event->attributes);
    add_count(out, ",\"droppedAttributesCount\":", event->dropped_attributes);
    add_trace_id(out, ",\"traceId\":", &w->head->trace);
    add_span_id(out, ",\"spanId\":", &span->id);
    rp_buf_addf(out, ",\"flags\":%" PRIu32 "}",
        rp__otlp_span_flags(span, w->head) & RP__OTLP_W3C_FLAGS);
}

static void add_item(struct writer *w, const struct rp_span *span)
{
    if (!w->logs) {
        add_span(w, span);
        return;
    }
    for (uint32_t i = 0; i < span->event_count; i++) {
        add_log(w, span, &span->events[i]);
    }
}

/* ---- the envelope ---- */

void rp__otlp_json_open(struct rp_buf *out,
    const struct rp_otlp_resource *resource, const char *scopes,
    const char *items)
{
    uint32_t count;
    struct rp_tag *tags = rp__otlp_resource_tags(resource, &count);
    rp_buf_add_text(out, "{\"resource\":{\"attributes\":[");
    for (uint32_t i = 0; i < count; i++) {
        rp__otlp_json_attribute(out, tags[i].key, tags[i].value);
    }
    rp_mem_free(tags);
    rp_buf_addf(
        out, "]},\"%s\":[{\"scope\":{\"name\":\"" RP__OTLP_SCOPE "\"", scopes);
    add_text(out, ",\"version\":", resource->service_version);
    rp_buf_addf(out, "},\"%s\":[", items);
}

void rp__otlp_json_close(struct rp_buf *out, struct rp_str schema_url)
{
    rp_buf_add_char(out, ']');
    add_text(out, ",\"schemaUrl\":", schema_url);
    rp_buf_add_text(out, "}]}");
}

static const char *scopes_of(const struct writer *w)
{
    return w->logs ? "scopeLogs" : "scopeSpans";
}

static const char *items_of(const struct writer *w)
{
    return w->logs ? "logRecords" : "spans";
}

static void open_origin(struct writer *w, const struct rp_span_origin *origin)
{
    struct rp_buf *out = w->out;
    rp_buf_add_text(out, "{\"resource\":{\"attributes\":[");
    add_members(w, origin->resource);
    rp_buf_add_char(out, ']');
    add_count(out, ",\"droppedAttributesCount\":", origin->resource_dropped);
    rp_buf_add_char(out, '}');
    add_text(out, ",\"schemaUrl\":", origin->resource_schema_url);
    rp_buf_addf(out, ",\"%s\":[{\"scope\":{\"name\":", scopes_of(w));
    rp_json_write_string(out, origin->scope_name);
    add_text(out, ",\"version\":", origin->scope_version);
    if (origin->scope.len > strlen("{}")) {
        add_attributes(w, origin->scope);
    }
    add_count(out, ",\"droppedAttributesCount\":", origin->scope_dropped);
    rp_buf_addf(out, "},\"%s\":[", items_of(w));
}

static void add_run(struct writer *w, const struct rp_otlp_resource *resource,
    const struct rp_span *const *spans, const struct rp__otlp_run *run)
{
    add_comma(w->out);
    if (run->origin == NULL) {
        rp__otlp_json_open(w->out, resource, scopes_of(w), items_of(w));
    } else {
        open_origin(w, run->origin);
    }
    for (uint32_t i = run->begin; i < run->end; i++) {
        if (spans[i]->ended) {
            add_item(w, rp__otlp_limited(resource, w->arena, spans[i]));
        }
    }
    rp__otlp_json_close(w->out, run->origin == NULL
                                    ? RP_STR(RP_OTLP_SCHEMA_URL)
                                    : run->origin->scope_schema_url);
}

static void write_all(struct rp_buf *out,
    const struct rp_otlp_resource *resource, const struct rp_session_head *head,
    const struct rp_span *const *spans, uint32_t span_count, bool logs)
{
    struct writer w = {
        .out = out, .head = head, .arena = rp_arena_new(0), .logs = logs};
    struct rp__otlp_run run;
    uint32_t at = 0;
    bool open = false;
    rp_buf_init(&w.scratch, RP_OTLP_BYTES_MAX);
    while (rp__otlp_run_next(&run, spans, span_count, &at)) {
        if (!open) {
            rp_buf_add_text(
                out, logs ? "{\"resourceLogs\":[" : "{\"resourceSpans\":[");
            open = true;
        }
        add_run(&w, resource, spans, &run);
    }
    if (open) {
        rp_buf_add_text(out, "]}");
    }
    rp__tokens_fini(&w.tokens);
    rp_arena_free(&w.arena);
    rp_buf_fini(&w.scratch);
}

void rp_otlp_json_write(struct rp_buf *out,
    const struct rp_otlp_resource *resource, const struct rp_session_head *head,
    const struct rp_span *const *spans, uint32_t span_count)
{
    write_all(out, resource, head, spans, span_count, false);
}

void rp_otlp_logs_json_write(struct rp_buf *out,
    const struct rp_otlp_resource *resource, const struct rp_session_head *head,
    const struct rp_span *const *spans, uint32_t span_count)
{
    write_all(out, resource, head, spans, span_count, true);
}
