/* Spans as OTLP/JSON. Where it differs from the usual JSON of protobuf: ids
 * are hex, 64 bits are text, enums are numbers. */
#include <reprise/export_otlp_json.h>

#include <inttypes.h>
#include <string.h>

#define LINE_BYTES_MAX (1u << 30)

/* Bits of `flags`: sampled; a random trace id; whether the parent is remote is
 * known; it is. */
#define FLAG_SAMPLED 0x001
#define FLAG_RANDOM 0x002
#define FLAG_REMOTE_KNOWN 0x100
#define FLAG_REMOTE 0x200

/* ---- attributes ---- */

static void add_comma(struct rp_buf *out)
{
    char last = out->len == 0 ? '[' : out->ptr[out->len - 1];
    if (last != '[' && last != '{') {
        rp_buf_add_char(out, ',');
    }
}

static void add_text_attribute(
    struct rp_buf *out, struct rp_str key, struct rp_str value)
{
    if (value.len == 0) {
        return;
    }
    add_comma(out);
    rp_buf_add_text(out, "{\"key\":");
    rp_json_write_string(out, key);
    rp_buf_add_text(out, ",\"value\":{\"stringValue\":");
    rp_json_write_string(out, value);
    rp_buf_add_text(out, "}}");
}

static void add_string_node(struct rp_buf *out, const cJSON *node)
{
    rp_buf_add_text(out, "{\"stringValue\":");
    rp_json_write_text(out, node);
    rp_buf_add_char(out, '}');
}

/* A whole number is an integer, one with a point or exponent a double. */
static void add_number(struct rp_buf *out, const cJSON *node)
{
    char scratch[32];
    struct rp_str text = rp_json_number_text(node, scratch);
    bool whole = true;
    for (size_t i = 0; i < text.len; i++) {
        whole = whole && strchr(".eE", text.ptr[i]) == NULL;
    }
    rp_buf_add_text(out, whole ? "{\"intValue\":\"" : "{\"doubleValue\":");
    rp_buf_add(out, text);
    rp_buf_add_text(out, whole ? "\"}" : "}");
}

static void add_value(struct rp_buf *out, const cJSON *node)
{
    if (cJSON_IsBool(node)) {
        rp_buf_addf(
            out, "{\"boolValue\":%s}", cJSON_IsTrue(node) ? "true" : "false");
    } else if (cJSON_IsNumber(node)) {
        add_number(out, node);
    } else if (cJSON_IsArray(node)) {
        rp_buf_add_text(out, "{\"arrayValue\":{\"values\":[");
        const cJSON *item;
        cJSON_ArrayForEach(item, node)
        {
            add_comma(out);
            add_string_node(out, item);
        }
        rp_buf_add_text(out, "]}}");
    } else {
        add_string_node(out, node);
    }
}

/* The stored object as a list of keys and typed values. */
static void add_attributes(struct rp_buf *out, struct rp_str object)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_doc *doc = NULL;
    rp_buf_add_text(out, ",\"attributes\":[");
    if (rp_json_read(&doc, object, &options, NULL) == RP_OK) {
        const cJSON *member;
        cJSON_ArrayForEach(member, rp_json_root(doc))
        {
            add_comma(out);
            rp_buf_add_text(out, "{\"key\":");
            rp_json_write_string(out, rp_str_of(member->string));
            rp_buf_add_text(out, ",\"value\":");
            add_value(out, member);
            rp_buf_add_char(out, '}');
        }
        rp_json_free(&doc);
    }
    rp_buf_add_char(out, ']');
}

/* ---- spans ---- */

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

static void add_events(struct rp_buf *out, const struct rp_span *span)
{
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
        add_attributes(out, event->attributes);
        rp_buf_add_char(out, '}');
    }
    rp_buf_add_char(out, ']');
}

static int trace_flags(const struct rp_session_head *head)
{
    return (head->sampled ? FLAG_SAMPLED : 0) |
           (head->trace_random ? FLAG_RANDOM : 0);
}

static void add_links(struct rp_buf *out, const struct rp_span *span,
    const struct rp_session_head *head)
{
    if (span->link_count == 0) {
        return;
    }
    rp_buf_add_text(out, ",\"links\":[");
    for (uint32_t i = 0; i < span->link_count; i++) {
        const struct rp_span_link *link = &span->links[i];
        bool same =
            memcmp(&link->trace, &head->trace, sizeof(head->trace)) == 0;
        add_comma(out);
        add_trace_id(out, "{\"traceId\":", &link->trace);
        add_span_id(out, ",\"spanId\":", &link->span);
        add_attributes(out, link->attributes);
        rp_buf_addf(out, ",\"flags\":%d}",
            FLAG_REMOTE_KNOWN | (same ? 0 : FLAG_REMOTE) | trace_flags(head));
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

static void add_span(struct rp_buf *out, const struct rp_span *span,
    const struct rp_session_head *head)
{
    static const struct rp_span_id none = {{0}};
    int64_t end = span->end_unix_ns > span->start_unix_ns
                      ? span->end_unix_ns
                      : span->start_unix_ns + 1; /* viewers hide empty ones */
    add_comma(out);
    add_trace_id(out, "{\"traceId\":", &head->trace);
    add_span_id(out, ",\"spanId\":", &span->id);
    if (head->tracestate.len > 0) {
        rp_buf_add_text(out, ",\"traceState\":");
        rp_json_write_string(out, head->tracestate);
    }
    if (memcmp(&span->parent, &none, sizeof(none)) != 0) {
        add_span_id(out, ",\"parentSpanId\":", &span->parent);
    }
    rp_buf_addf(out, ",\"flags\":%d",
        FLAG_REMOTE_KNOWN | (span->parent_remote ? FLAG_REMOTE : 0) |
            trace_flags(head));
    rp_buf_add_text(out, ",\"name\":");
    rp_json_write_string(out, span->name);
    rp_buf_addf(out,
        ",\"kind\":%d,\"startTimeUnixNano\":\"%" PRId64
        "\",\"endTimeUnixNano\":\"%" PRId64 "\"",
        (int)span->kind, span->start_unix_ns, end);
    add_attributes(out, span->attributes);
    add_events(out, span);
    add_links(out, span, head);
    add_status(out, span);
    rp_buf_add_char(out, '}');
}

/* ---- the envelope ---- */

static void open_envelope(
    struct rp_buf *out, const struct rp_otlp_resource *resource)
{
    struct rp_str name = resource->service_name;
    rp_buf_add_text(out, "{\"resourceSpans\":[{\"resource\":{\"attributes\":[");
    add_text_attribute(
        out, RP_STR("service.name"), name.len == 0 ? RP_STR("reprise") : name);
    add_text_attribute(
        out, RP_STR("service.version"), resource->service_version);
    add_text_attribute(out, RP_STR("host.name"), resource->host_name);
    add_text_attribute(out, RP_STR("telemetry.sdk.name"), RP_STR("reprise"));
    add_text_attribute(out, RP_STR("telemetry.sdk.language"), RP_STR("c"));
    add_text_attribute(
        out, RP_STR("telemetry.sdk.version"), resource->service_version);
    for (uint32_t i = 0; i < resource->extra_count; i++) {
        add_text_attribute(
            out, resource->extra[i].key, resource->extra[i].value);
    }
    rp_buf_add_text(out, "]},\"scopeSpans\":[{\"scope\":{\"name\":\"reprise\"");
    if (resource->service_version.len > 0) {
        rp_buf_add_text(out, ",\"version\":");
        rp_json_write_string(out, resource->service_version);
    }
    rp_buf_add_text(out, "},\"spans\":[");
}

static void close_envelope(struct rp_buf *out)
{
    rp_buf_add_text(out, "],\"schemaUrl\":\"" RP_OTLP_SCHEMA_URL "\"}]}]}");
}

void rp_otlp_json_write(struct rp_buf *out,
    const struct rp_otlp_resource *resource, const struct rp_session_head *head,
    const struct rp_span *const *spans, uint32_t span_count)
{
    bool open = false;
    for (uint32_t i = 0; i < span_count; i++) {
        if (!spans[i]->ended) {
            continue;
        }
        if (!open) {
            open_envelope(out, resource);
            open = true;
        }
        add_span(out, spans[i], head);
    }
    if (open) {
        close_envelope(out);
    }
}

/* ---- lines ---- */

struct rp_otlp_json {
    const struct rp_otlp_resource *resource; /* borrowed, outlives us */
    const struct rp_session_row *row;        /* borrowed, outlives us */
    struct rp_spans *spans;
    uint32_t batch_spans;
    struct rp_buf line;
};

enum rp_code rp_otlp_json_new(struct rp_otlp_json **out,
    struct rp_reader *reader, const struct rp_session_row *row,
    const struct rp_otlp_resource *resource, uint32_t batch_spans,
    struct rp_err *err)
{
    struct rp_spans *spans = NULL;
    enum rp_code rc =
        rp_reader_spans(&spans, reader, row->no, RP_SPANS_STARTED, err);
    if (rc != RP_OK) {
        return rc;
    }
    struct rp_otlp_json *lines = rp_mem_zalloc(sizeof(*lines));
    lines->resource = resource;
    lines->row = row;
    lines->spans = spans;
    lines->batch_spans = batch_spans == 0 ? RP_OTLP_BATCH_SPANS : batch_spans;
    rp_buf_init(&lines->line, LINE_BYTES_MAX);
    *out = lines;
    return RP_OK;
}

enum rp_code rp_otlp_json_next(struct rp_otlp_json *lines, bool *found,
    struct rp_str *out, struct rp_err *err)
{
    struct rp_buf *line = &lines->line;
    const struct rp_span *span;
    uint32_t count = 0;
    bool more = true;
    rp_buf_reset(line);
    while (more && count < lines->batch_spans) {
        enum rp_code rc = rp_spans_next(lines->spans, &more, &span, NULL, err);
        if (rc != RP_OK) {
            return rc;
        }
        if (more && span->ended) {
            if (count++ == 0) {
                open_envelope(line, lines->resource);
            }
            add_span(line, span, &lines->row->head);
        }
    }
    *found = count > 0;
    if (count > 0) {
        close_envelope(line);
        rp_buf_add_char(line, '\n');
    }
    if (line->overflowed) {
        return rp_err_set(err, RP_E_LIMIT,
            "%u spans are more than %u bytes of OTLP", count, LINE_BYTES_MAX);
    }
    *out = rp_buf_str(line);
    return RP_OK;
}

void rp_otlp_json_free(struct rp_otlp_json **lines)
{
    if (*lines != NULL) {
        rp_spans_free(&(*lines)->spans);
        rp_buf_fini(&(*lines)->line);
        rp_mem_free(*lines);
        *lines = NULL;
    }
}
