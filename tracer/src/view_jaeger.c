/* The JSON that Jaeger's page has always taken as a file and its first API has
 * given out. It knows no links with attributes, no lists and no nanoseconds;
 * what a list holds is text in it. */
#include <inttypes.h>

#include <reprise/json.h>
#include <reprise/mem.h>

#include "otlp_model.h"
#include "span_view.h"

#define NS_PER_US 1000

static void begin(struct rp_span_document *d)
{
    rp_buf_add_text(&d->out, "{\"data\":[");
}

static void begin_session(struct rp_span_document *d)
{
    rp_buf_add_text(
        &d->out, d->sessions > 1 ? ",\n{\"traceID\":\"" : "\n{\"traceID\":\"");
    rp__view_trace_id(&d->out, &d->head->trace);
    rp_buf_add_text(&d->out, "\",\"spans\":[");
}

/* ---- tags ---- */

static void add_comma(struct rp_buf *out)
{
    if (out->ptr[out->len - 1] != '[') {
        rp_buf_add_char(out, ',');
    }
}

static void open_tag(struct rp_buf *out, struct rp_str key, const char *type)
{
    add_comma(out);
    rp_buf_add_text(out, "{\"key\":");
    rp_json_write_string(out, key);
    rp_buf_addf(out, ",\"type\":\"%s\",\"value\":", type);
}

static void add_text_tag(
    struct rp_buf *out, const char *key, struct rp_str text)
{
    open_tag(out, rp_str_of(key), "string");
    rp_json_write_string(out, text);
    rp_buf_add_char(out, '}');
}

/* From the outermost token of a value on as the text it is in the source: the
 * tokens of it stand in `object` one behind the other. */
static uint32_t add_compound(
    struct rp_span_document *d, uint32_t at, struct rp_str source)
{
    uint32_t depth = 0;
    uint32_t i = at;
    const char *source_end = source.ptr + source.len;
    const char *from = d->tokens.items[at - 1].text.ptr +
                       d->tokens.items[at - 1].text.len + 2; /* ": */
    do {
        enum rp__token_kind kind = d->tokens.items[i++].kind;
        depth += kind == RP__TOKEN_LIST || kind == RP__TOKEN_MAP;
        depth -= kind == RP__TOKEN_LIST_END || kind == RP__TOKEN_MAP_END;
    } while (depth > 0);
    const char *to =
        i < d->tokens.count ? d->tokens.items[i].text.ptr - 2 : source_end - 1;
    rp_json_write_string(&d->out, (struct rp_str){from, (size_t)(to - from)});
    return i;
}

static const char *type_of(enum rp__token_kind kind)
{
    return kind == RP__TOKEN_INT                               ? "int64"
           : kind == RP__TOKEN_DOUBLE                          ? "float64"
           : kind == RP__TOKEN_TRUE || kind == RP__TOKEN_FALSE ? "bool"
                                                               : "string";
}

/* Behind the value. */
static uint32_t add_value(
    struct rp_span_document *d, uint32_t at, struct rp_str source)
{
    const struct rp__token *token = &d->tokens.items[at];
    bool letters = token->kind == RP__TOKEN_DOUBLE &&
                   token->text.ptr[token->text.len - 1] > '9';
    switch (token->kind) {
    case RP__TOKEN_INT:
    case RP__TOKEN_DOUBLE:
        if (letters) {
            rp_json_write_string(&d->out, token->text);
        } else {
            rp_buf_add(&d->out, token->text);
        }
        break;
    case RP__TOKEN_TRUE:
    case RP__TOKEN_FALSE:
        rp_buf_add_text(
            &d->out, token->kind == RP__TOKEN_TRUE ? "true" : "false");
        break;
    case RP__TOKEN_TEXT:
    case RP__TOKEN_BYTES:
        rp_json_write_string(&d->out, rp__token_text(token, &d->scratch));
        break;
    case RP__TOKEN_LIST:
    case RP__TOKEN_MAP:
        return add_compound(d, at, source);
    case RP__TOKEN_NULL:
    case RP__TOKEN_KEY:
    case RP__TOKEN_LIST_END:
    case RP__TOKEN_MAP_END:
        rp_buf_add_text(&d->out, "\"\"");
        break;
    }
    return at + 1;
}

static void add_tags(struct rp_span_document *d, struct rp_str object)
{
    if (!rp__tokens_read(&d->tokens, object)) {
        return;
    }
    for (uint32_t i = 0; i + 1 < d->tokens.count;) {
        struct rp_str key = rp__token_text(&d->tokens.items[i], &d->scratch);
        open_tag(&d->out, key, type_of(d->tokens.items[i + 1].kind));
        i = add_value(d, i + 1, object);
        rp_buf_add_char(&d->out, '}');
    }
}

/* ---- spans ---- */

static void add_reference(struct rp_span_document *d, const char *type,
    const struct rp_trace_id *trace, const struct rp_span_id *span)
{
    add_comma(&d->out);
    rp_buf_addf(&d->out, "{\"refType\":\"%s\",\"traceID\":\"", type);
    rp__view_trace_id(&d->out, trace);
    rp_buf_add_text(&d->out, "\",\"spanID\":\"");
    rp__view_span_id(&d->out, span);
    rp_buf_add_text(&d->out, "\"}");
}

static void add_references(
    struct rp_span_document *d, const struct rp_span *span)
{
    rp_buf_add_text(&d->out, ",\"references\":[");
    if (rp__otlp_has_parent(span)) {
        add_reference(d, "CHILD_OF", &d->head->trace, &span->parent);
    }
    for (uint32_t i = 0; i < span->link_count; i++) {
        add_reference(
            d, "FOLLOWS_FROM", &span->links[i].trace, &span->links[i].span);
    }
    rp_buf_add_char(&d->out, ']');
}

static void add_logs(struct rp_span_document *d, const struct rp_span *span)
{
    rp_buf_add_text(&d->out, "],\"logs\":[");
    for (uint32_t i = 0; i < span->event_count; i++) {
        const struct rp_span_event *event = &span->events[i];
        rp_buf_addf(&d->out, "%s{\"timestamp\":%" PRId64 ",\"fields\":[",
            i > 0 ? "," : "", event->unix_ns / NS_PER_US);
        add_text_tag(&d->out, "event", event->name);
        add_tags(d, event->attributes);
        rp_buf_add_text(&d->out, "]}");
    }
    rp_buf_add_char(&d->out, ']');
}

/* The names that Jaeger itself uses when it takes OTLP. */
static void add_own_tags(struct rp_span_document *d, const struct rp_span *span)
{
    struct rp_buf *out = &d->out;
    if (span->kind != RP_SPAN_UNSPECIFIED) {
        add_text_tag(
            out, "span.kind", rp_str_of(rp_span_kind_name(span->kind)));
    }
    if (span->status == RP_SPAN_ERROR) {
        open_tag(out, RP_STR("error"), "bool");
        rp_buf_add_text(out, "true}");
        add_text_tag(out, "otel.status_code", RP_STR("ERROR"));
    } else if (span->status == RP_SPAN_OK) {
        add_text_tag(out, "otel.status_code", RP_STR("OK"));
    }
    if (span->message.len > 0) {
        add_text_tag(out, "otel.status_description", span->message);
    }
    struct rp_str tracestate = rp__otlp_tracestate(span, d->head);
    if (tracestate.len > 0) {
        add_text_tag(out, "w3c.tracestate", tracestate);
    }
}

/* The number of its process; those of one origin share it. */
static uint32_t process_of(
    struct rp_span_document *d, const struct rp_span_origin *origin)
{
    for (uint32_t i = 0; i < d->origin_count; i++) {
        if (d->origins[i] == origin) {
            return i + 1;
        }
    }
    d->origins = rp_mem_room(
        d->origins, d->origin_count, &d->origin_room, sizeof(*d->origins));
    d->origins[d->origin_count++] = origin;
    return d->origin_count;
}

static void add_span(struct rp_span_document *d, const struct rp_span *span)
{
    struct rp_buf *out = &d->out;
    int64_t start = rp__otlp_start_ns(span);
    int64_t took = (rp__otlp_end_ns(span) - start) / NS_PER_US;
    rp_buf_add_text(
        out, d->spans > 0 ? ",\n{\"traceID\":\"" : "\n{\"traceID\":\"");
    rp__view_trace_id(out, &d->head->trace);
    rp_buf_add_text(out, "\",\"spanID\":\"");
    rp__view_span_id(out, &span->id);
    rp_buf_addf(
        out, "\",\"flags\":%d,\"operationName\":", d->head->sampled ? 1 : 0);
    rp_json_write_string(out, span->name);
    add_references(d, span);
    rp_buf_addf(out, ",\"startTime\":%" PRId64 ",\"duration\":%" PRId64,
        start / NS_PER_US, took < 1 ? 1 : took); /* 0 is not shown */
    rp_buf_add_text(out, ",\"tags\":[");
    add_own_tags(d, span);
    add_tags(d, span->attributes);
    add_logs(d, span);
    rp_buf_addf(out, ",\"processID\":\"p%" PRIu32 "\",\"warnings\":null}",
        process_of(d, span->origin));
}

/* ---- processes ---- */

static void add_own_process(struct rp_span_document *d)
{
    uint32_t count;
    struct rp_tag *tags = rp__otlp_resource_tags(d->resource, &count);
    rp_json_write_string(&d->out, tags[0].value); /* always the service */
    rp_buf_add_text(&d->out, ",\"tags\":[");
    for (uint32_t i = 1; i < count; i++) {
        open_tag(&d->out, tags[i].key, "string");
        rp_json_write_string(&d->out, tags[i].value);
        rp_buf_add_char(&d->out, '}');
    }
    rp_mem_free(tags);
}

static void add_process(
    struct rp_span_document *d, const struct rp_span_origin *origin)
{
    if (origin == NULL) {
        add_own_process(d);
        return;
    }
    struct rp_str name = rp__view_member(d, origin->resource, "service.name");
    rp_json_write_string(
        &d->out, name.len > 0 ? name : RP_STR("missing-service-name"));
    rp_buf_add_text(&d->out, ",\"tags\":[");
    add_tags(d, origin->resource);
}

static void end_session(struct rp_span_document *d)
{
    rp_buf_add_text(&d->out, "],\"processes\":{");
    for (uint32_t i = 0; i < d->origin_count; i++) {
        rp_buf_addf(&d->out,
            "%s\"p%" PRIu32 "\":{\"serviceName\":", i > 0 ? "," : "", i + 1);
        add_process(d, d->origins[i]);
        rp_buf_add_text(&d->out, "]}");
    }
    rp_buf_add_text(&d->out, "},\"warnings\":null}");
}

static void end(struct rp_span_document *d)
{
    rp_buf_add_text(&d->out, "\n]}\n");
}

const struct rp_span_view rp_span_view_jaeger = {
    .name = "jaeger",
    .open_spans = false, /* they would be short ones */
    .begin = begin,
    .begin_session = begin_session,
    .span = add_span,
    .end_session = end_session,
    .end = end,
};
