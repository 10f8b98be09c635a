/* OTLP out of JSON. Where OTLP's JSON differs from that of protocol buffers
 * (ids in hex, enums as numbers) either is understood. */
#include <inttypes.h>
#include <string.h>

#include <reprise/json.h>

#include "attr_write.h"
#include "base64.h"
#include "otlp_read_parts.h"

struct decoder {
    struct rp__otlp_read *r;
    struct rp_str text; /* of the document `doc` */
    uint32_t lines_before;
    struct rp_buf scratch;
    enum rp_code rc; /* what is not RP_OK ends every loop */
};

/* ---- values ---- */

static void fail(
    struct decoder *d, enum rp_code code, const cJSON *at, const char *what)
{
    if (d->rc == RP_OK) {
        struct rp_json_place place = rp_json_span_of(at, d->text).begin;
        d->rc = rp_err_set(d->r->err, code,
            "line %" PRIu32 ", column %" PRIu32 ": %s",
            d->lines_before + place.line, place.column, what);
    }
}

static struct rp_str string_of(struct decoder *d, const cJSON *node)
{
    rp_buf_reset(&d->scratch);
    if (cJSON_IsString(node)) {
        rp_json_string_bytes(node, &d->scratch);
    }
    return rp_buf_str(&d->scratch);
}

/* The text of a member, in the arena; none is empty. */
static struct rp_str text_of(
    struct decoder *d, const cJSON *object, const char *name)
{
    const cJSON *node = rp_json_get(object, name);
    if (node != NULL && !cJSON_IsString(node) && !cJSON_IsNull(node)) {
        fail(d, RP_E_INVALID, node, "a text is expected here");
    }
    return rp__otlp_keep(d->r, string_of(d, node));
}

static const cJSON *list_of(
    struct decoder *d, const cJSON *object, const char *name)
{
    const cJSON *node = rp_json_get(object, name);
    if (node != NULL && !cJSON_IsArray(node) && !cJSON_IsNull(node)) {
        fail(d, RP_E_INVALID, node, "a list is expected here");
    }
    return cJSON_IsArray(node) ? node : NULL;
}

static bool digits_value(struct rp_str text, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint64_t digit = (uint64_t)(text.ptr[i] - '0');
        if (text.ptr[i] < '0' || text.ptr[i] > '9' ||
            *out > (UINT64_MAX - digit) / 10) {
            return false;
        }
        *out = *out * 10 + digit;
    }
    return text.len > 0;
}

/* A whole number, as such or as text: 64 bits, in two's complement. */
static bool whole_of(struct decoder *d, const cJSON *node, uint64_t *out)
{
    char scratch[32];
    int64_t number;
    struct rp_str text = string_of(d, node);
    if (cJSON_IsNumber(node)) {
        if (rp_json_int64(node, &number)) {
            *out = (uint64_t)number;
            return true;
        }
        text = rp_json_number_text(node, scratch);
    }
    bool negative = text.len > 0 && text.ptr[0] == '-';
    text = (struct rp_str){text.ptr + negative, text.len - negative};
    if (!digits_value(text, out) ||
        (negative && *out > (uint64_t)INT64_MAX + 1)) {
        return false;
    }
    *out = negative ? 0 - *out : *out;
    return true;
}

static uint64_t number_of(
    struct decoder *d, const cJSON *object, const char *name)
{
    uint64_t value = 0;
    const cJSON *node = rp_json_get(object, name);
    if (node != NULL && !cJSON_IsNull(node) && !whole_of(d, node, &value)) {
        fail(d, RP_E_INVALID, node, "a whole number is expected here");
    }
    return value;
}

static uint32_t dropped_of(struct decoder *d, const cJSON *object)
{
    return (uint32_t)number_of(d, object, "droppedAttributesCount");
}

/* By number, or by name: `prefix` and one of `names`. */
static uint32_t enum_of(struct decoder *d, const cJSON *node,
    const char *const *names, uint32_t count)
{
    uint64_t value = 0;
    if (node == NULL || cJSON_IsNull(node)) {
        return 0;
    }
    struct rp_str text = string_of(d, node);
    for (uint32_t i = 0; i < count; i++) {
        if (rp_str_is(text, names[i])) {
            return i;
        }
    }
    if (!cJSON_IsNumber(node) || !whole_of(d, node, &value)) {
        fail(d, RP_E_INVALID, node, "a number of an enum is expected here");
    }
    return value < count ? (uint32_t)value : 0;
}

/* What is longer than an id is none. */
static size_t lower_case(char out[RP_TRACE_ID_HEX_LEN], struct rp_str text)
{
    if (text.len > RP_TRACE_ID_HEX_LEN) {
        return 0;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        out[i] = (char)(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    }
    return text.len;
}

/* In hex or base 64; false: it is none, or all zero. */
static bool id_of(struct decoder *d, const cJSON *object, const char *name,
    void *out, size_t size)
{
    static const char none[16];
    struct rp_str text = string_of(d, rp_json_get(object, name));
    char hex[RP_TRACE_ID_HEX_LEN];
    struct rp_str lower = {hex, lower_case(hex, text)};
    struct rp_trace_id trace;
    struct rp_span_id span;
    if (size == sizeof(trace) && rp_trace_id_parse(lower, &trace)) {
        memcpy(out, &trace, size);
        return true;
    }
    if (size == sizeof(span) && rp_span_id_parse(lower, &span)) {
        memcpy(out, &span, size);
        return true;
    }
    struct rp_buf bytes;
    rp_buf_init(&bytes, 64);
    bool found = text.len < 32 && rp__base64_read(&bytes, text) &&
                 bytes.len == size && memcmp(bytes.ptr, none, size) != 0;
    if (found) {
        memcpy(out, bytes.ptr, size);
    }
    rp_buf_fini(&bytes);
    return found;
}

/* ---- attributes ---- */

static void add_value(
    struct decoder *d, struct rp_buf *out, const cJSON *value, uint32_t depth);

static void add_double(struct decoder *d, struct rp_buf *out, const cJSON *node)
{
    char scratch[32];
    struct rp_str text = string_of(d, node);
    double value = 0;
    if (cJSON_IsNumber(node)) {
        value = rp_json_double_of(rp_json_number_text(node, scratch));
    } else if (rp_str_is(text, "NaN")) {
        rp_buf_add_text(out, "{\"$double\":\"NaN\"}");
        return;
    } else if (rp_str_is(text, "Infinity") || rp_str_is(text, "-Infinity")) {
        rp_buf_addf(out, "{\"$double\":\"%.*s\"}", RP_STR_ARG(text));
        return;
    } else {
        struct rp_json_doc *doc = NULL;
        if (rp_json_read(&doc, text, NULL, NULL) == RP_OK &&
            cJSON_IsNumber(rp_json_root(doc))) {
            value = rp_json_double_of(rp_str_trim(text));
        } else {
            fail(d, RP_E_INVALID, node, "a number is expected here");
        }
        rp_json_free(&doc);
    }
    rp__attr_write_double(out, value);
}

static void add_int(struct decoder *d, struct rp_buf *out, const cJSON *node)
{
    uint64_t value = 0;
    struct rp_str text = string_of(d, node);
    bool negative = text.len > 0 && text.ptr[0] == '-';
    if (!whole_of(d, node, &value) ||
        (cJSON_IsString(node) && !negative && value > INT64_MAX) ||
        (cJSON_IsNumber(node) && value > INT64_MAX &&
            rp_json_number_text(node, (char[32]){0}).ptr[0] != '-')) {
        fail(d, RP_E_INVALID, node, "an integer of 64 bits is expected here");
    }
    rp_buf_add_i64(out, (int64_t)value);
}

static void add_bytes(struct decoder *d, struct rp_buf *out, const cJSON *node)
{
    struct rp_buf bytes;
    rp_buf_init(&bytes, RP__OTLP_ATTRIBUTES_MAX);
    if (!cJSON_IsString(node) || !rp__base64_read(&bytes, string_of(d, node))) {
        fail(d, RP_E_INVALID, node, "bytes in base 64 are expected here");
    }
    rp__attr_write_bytes(out, rp_buf_str(&bytes));
    rp_buf_fini(&bytes);
}

static void add_list(
    struct decoder *d, struct rp_buf *out, const cJSON *node, uint32_t depth)
{
    const cJSON *item;
    rp_buf_add_char(out, '[');
    cJSON_ArrayForEach(item, list_of(d, node, "values"))
    {
        rp__attr_comma(out);
        add_value(d, out, item, depth);
    }
    rp_buf_add_char(out, ']');
}

/* "key":value */
static void add_pair(
    struct decoder *d, struct rp_buf *out, const cJSON *pair, uint32_t depth)
{
    rp__attr_comma(out);
    rp_json_write_string(out, string_of(d, rp_json_get(pair, "key")));
    rp_buf_add_char(out, ':');
    add_value(d, out, rp_json_get(pair, "value"), depth);
}

static void add_map(
    struct decoder *d, struct rp_buf *out, const cJSON *node, uint32_t depth)
{
    const cJSON *list = list_of(d, node, "values");
    const cJSON *pair;
    bool wrapped = false;
    cJSON_ArrayForEach(pair, list)
    {
        wrapped =
            wrapped ||
            rp_str_starts(string_of(d, rp_json_get(pair, "key")), RP_STR("$"));
    }
    rp__attr_open_map(out, wrapped);
    cJSON_ArrayForEach(pair, list)
    {
        add_pair(d, out, pair, depth);
    }
    rp__attr_close_map(out, wrapped);
}

enum any {
    ANY_STRING,
    ANY_BOOL,
    ANY_INT,
    ANY_DOUBLE,
    ANY_LIST,
    ANY_MAP,
    ANY_BYTES,
    ANY_COUNT
};
static const char *const any_names[ANY_COUNT] = {"stringValue", "boolValue",
    "intValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue"};

static void add_alternative(struct decoder *d, struct rp_buf *out,
    enum any which, const cJSON *node, uint32_t depth)
{
    switch (which) {
    case ANY_STRING:
        if (!cJSON_IsString(node)) {
            fail(d, RP_E_INVALID, node, "a text is expected here");
        }
        rp_json_write_string(out, string_of(d, node));
        break;
    case ANY_BOOL:
        if (!cJSON_IsBool(node)) {
            fail(d, RP_E_INVALID, node, "true or false is expected here");
        }
        rp_buf_add_text(out, cJSON_IsTrue(node) ? "true" : "false");
        break;
    case ANY_INT:
        add_int(d, out, node);
        break;
    case ANY_DOUBLE:
        add_double(d, out, node);
        break;
    case ANY_LIST:
        add_list(d, out, node, depth + 1);
        break;
    case ANY_MAP:
        add_map(d, out, node, depth + 1);
        break;
    case ANY_BYTES:
        add_bytes(d, out, node);
        break;
    case ANY_COUNT:
        break;
    }
}

static void add_value(
    struct decoder *d, struct rp_buf *out, const cJSON *value, uint32_t depth)
{
    if (depth > RP_OTLP_READ_DEPTH_MAX) {
        fail(d, RP_E_LIMIT, value, "attributes nest too deep");
    }
    for (int i = 0; i < ANY_COUNT && d->rc == RP_OK; i++) {
        const cJSON *node = rp_json_get(value, any_names[i]);
        if (node != NULL && !cJSON_IsNull(node)) {
            add_alternative(d, out, (enum any)i, node, depth);
            return;
        }
    }
    rp_buf_add_text(out, "null");
}

static void add_attributes(
    struct decoder *d, struct rp_buf *out, const cJSON *object)
{
    const cJSON *pair;
    cJSON_ArrayForEach(pair, list_of(d, object, "attributes"))
    {
        if (d->rc == RP_OK) {
            add_pair(d, out, pair, 0);
        }
    }
}

static struct rp_str attributes_of(struct decoder *d, const cJSON *object)
{
    rp__otlp_open_attributes(&d->r->part);
    add_attributes(d, &d->r->part, object);
    return rp__otlp_close_attributes(d->r, &d->r->part);
}

/* ---- spans ---- */

static void read_events(struct decoder *d, const cJSON *span)
{
    const cJSON *node;
    cJSON_ArrayForEach(node, list_of(d, span, "events"))
    {
        struct rp_span_event *event =
            d->rc == RP_OK ? rp__otlp_add_event(d->r) : NULL;
        if (event != NULL) {
            event->unix_ns = (int64_t)number_of(d, node, "timeUnixNano");
            event->name = text_of(d, node, "name");
            event->attributes = attributes_of(d, node);
            event->dropped_attributes = dropped_of(d, node);
        }
    }
}

static void read_links(struct decoder *d, const cJSON *span)
{
    const cJSON *node;
    cJSON_ArrayForEach(node, list_of(d, span, "links"))
    {
        struct rp_span_link *link =
            d->rc == RP_OK ? rp__otlp_add_link(d->r) : NULL;
        if (link == NULL) {
            continue;
        }
        if (id_of(d, node, "traceId", &link->trace, sizeof(link->trace)) &&
            id_of(d, node, "spanId", &link->span, sizeof(link->span))) {
            link->attributes = attributes_of(d, node);
            link->dropped_attributes = dropped_of(d, node);
            link->flags = (uint32_t)number_of(d, node, "flags");
            link->tracestate = text_of(d, node, "traceState");
        } else {
            rp__otlp_drop_link(d->r);
        }
    }
}

static void read_status(struct decoder *d, const cJSON *span)
{
    static const char *const codes[] = {
        "STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"};
    const cJSON *status = rp_json_get(span, "status");
    d->r->now.span.message = text_of(d, status, "message");
    d->r->now.span.status = (enum rp_span_status)enum_of(
        d, rp_json_get(status, "code"), codes, RP_COUNT_OF(codes));
}

static void read_span(struct decoder *d, const cJSON *node)
{
    static const char *const kinds[] = {"SPAN_KIND_UNSPECIFIED",
        "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT",
        "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"};
    struct rp__otlp_read *r = d->r;
    struct rp_span *span = &r->now.span;
    rp__otlp_begin_span(r);
    r->now_valid =
        id_of(d, node, "traceId", &r->now.trace, sizeof(r->now.trace)) &&
        id_of(d, node, "spanId", &span->id, sizeof(span->id));
    (void)id_of(d, node, "parentSpanId", &span->parent,
        sizeof(span->parent)); /* what is no id is no parent */
    span->tracestate = text_of(d, node, "traceState");
    span->flags = (uint32_t)number_of(d, node, "flags");
    span->name = text_of(d, node, "name");
    span->kind = (enum rp_span_kind)enum_of(
        d, rp_json_get(node, "kind"), kinds, RP_COUNT_OF(kinds));
    span->start_unix_ns = (int64_t)number_of(d, node, "startTimeUnixNano");
    span->end_unix_ns = (int64_t)number_of(d, node, "endTimeUnixNano");
    span->dropped_attributes = dropped_of(d, node);
    span->dropped_events = (uint32_t)number_of(d, node, "droppedEventsCount");
    span->dropped_links = (uint32_t)number_of(d, node, "droppedLinksCount");
    add_attributes(d, &r->attributes, node);
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

static void read_scope_spans(
    struct decoder *d, const struct rp_span_origin *resource, const cJSON *node)
{
    struct rp__otlp_read *r = d->r;
    const cJSON *scope = rp_json_get(node, "scope");
    const cJSON *span;
    if (rp_arena_bytes(r->arena) > RP_OTLP_READ_MEMORY_MAX) {
        fail(d, RP_E_LIMIT, node, "it needs too much memory");
        return;
    }
    struct rp_span_origin *origin = rp_arena_alloc(r->arena, sizeof(*origin));
    *origin = *resource;
    origin->scope_name = text_of(d, scope, "name");
    origin->scope_version = text_of(d, scope, "version");
    origin->scope = attributes_of(d, scope);
    origin->scope_schema_url = text_of(d, node, "schemaUrl");
    origin->scope_dropped = dropped_of(d, scope);
    r->origin = origin;
    cJSON_ArrayForEach(span, list_of(d, node, "spans"))
    {
        if (d->rc == RP_OK) {
            read_span(d, span);
        }
    }
}

static void read_resource_spans(struct decoder *d, const cJSON *node)
{
    const cJSON *scope;
    const cJSON *inner = rp_json_get(node, "resource");
    struct rp_span_origin resource = {
        .resource = attributes_of(d, inner),
        .resource_schema_url = text_of(d, node, "schemaUrl"),
        .resource_dropped = dropped_of(d, inner),
    };
    cJSON_ArrayForEach(scope, list_of(d, node, "scopeSpans"))
    {
        if (d->rc == RP_OK) {
            read_scope_spans(d, &resource, scope);
        }
    }
}

/* The object itself, or the one that a query service put it into. */
static void read_traces(struct decoder *d, const cJSON *node)
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
        list = list_of(d, node, names[i]);
    }
    if (!named) {
        fail(d, RP_E_INVALID, node, "it has no resourceSpans");
    }
    cJSON_ArrayForEach(item, list)
    {
        if (d->rc == RP_OK) {
            read_resource_spans(d, item);
        }
    }
}

static void read_root(struct decoder *d, const cJSON *root)
{
    const cJSON *item;
    if (cJSON_IsObject(root)) {
        read_traces(d, root);
        return;
    }
    if (!cJSON_IsArray(root)) {
        fail(d, RP_E_INVALID, root, "an object is expected here");
        return;
    }
    cJSON_ArrayForEach(item, root)
    {
        if (!cJSON_IsObject(item)) {
            fail(d, RP_E_INVALID, item, "an object is expected here");
        }
        if (d->rc == RP_OK) {
            read_traces(d, item);
        }
    }
}

/* ---- documents ---- */

static void fail_syntax(
    struct decoder *d, enum rp_code code, const struct rp_json_error *error)
{
    d->rc =
        rp_err_set(d->r->err, code, "line %" PRIu32 ", column %" PRIu32 ": %s",
            d->lines_before + error->place.line, error->place.column,
            error->message);
}

static void read_lines(struct decoder *d, struct rp_str text)
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
    struct decoder d = {.r = r, .rc = RP_OK};
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
