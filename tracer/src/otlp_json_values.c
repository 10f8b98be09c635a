/* Members and attributes of OTLP in JSON. */
#include <inttypes.h>
#include <string.h>

#include <reprise/json.h>

#include "attr_write.h"
#include "base64.h"
#include "otlp_json_values.h"

/* ---- values ---- */

void rp__otlp_json_fail(struct rp__otlp_json *d, enum rp_code code,
    const cJSON *at, const char *what)
{
    if (d->rc == RP_OK) {
        struct rp_json_place place = rp_json_span_of(at, d->text).begin;
        d->rc = rp_err_set(d->r->err, code,
            "line %" PRIu32 ", column %" PRIu32 ": %s",
            d->lines_before + place.line, place.column, what);
    }
}

static struct rp_str string_of(struct rp__otlp_json *d, const cJSON *node)
{
    rp_buf_reset(&d->scratch);
    if (cJSON_IsString(node)) {
        rp_json_string_bytes(node, &d->scratch);
    }
    return rp_buf_str(&d->scratch);
}

struct rp_str rp__otlp_json_text(
    struct rp__otlp_json *d, const cJSON *object, const char *name)
{
    const cJSON *node = rp_json_get(object, name);
    if (node != NULL && !cJSON_IsString(node) && !cJSON_IsNull(node)) {
        rp__otlp_json_fail(d, RP_E_INVALID, node, "a text is expected here");
    }
    return rp__otlp_keep(d->r, string_of(d, node));
}

const cJSON *rp__otlp_json_list(
    struct rp__otlp_json *d, const cJSON *object, const char *name)
{
    const cJSON *node = rp_json_get(object, name);
    if (node != NULL && !cJSON_IsArray(node) && !cJSON_IsNull(node)) {
        rp__otlp_json_fail(d, RP_E_INVALID, node, "a list is expected here");
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
static bool whole_of(struct rp__otlp_json *d, const cJSON *node, uint64_t *out)
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

uint64_t rp__otlp_json_number(
    struct rp__otlp_json *d, const cJSON *object, const char *name)
{
    uint64_t value = 0;
    const cJSON *node = rp_json_get(object, name);
    if (node != NULL && !cJSON_IsNull(node) && !whole_of(d, node, &value)) {
        rp__otlp_json_fail(
            d, RP_E_INVALID, node, "a whole number is expected here");
    }
    return value;
}

uint32_t rp__otlp_json_dropped(struct rp__otlp_json *d, const cJSON *object)
{
    return (uint32_t)rp__otlp_json_number(d, object, "droppedAttributesCount");
}

uint32_t rp__otlp_json_enum(struct rp__otlp_json *d, const cJSON *node,
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
        rp__otlp_json_fail(
            d, RP_E_INVALID, node, "a number of an enum is expected here");
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

bool rp__otlp_json_id(struct rp__otlp_json *d, const cJSON *object,
    const char *name, void *out, size_t size)
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

static void add_value(struct rp__otlp_json *d, struct rp_buf *out,
    const cJSON *value, uint32_t depth);

static void add_double(
    struct rp__otlp_json *d, struct rp_buf *out, const cJSON *node)
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
            rp__otlp_json_fail(
                d, RP_E_INVALID, node, "a number is expected here");
        }
        rp_json_free(&doc);
    }
    rp__attr_write_double(out, value);
}

static void add_int(
    struct rp__otlp_json *d, struct rp_buf *out, const cJSON *node)
{
    uint64_t value = 0;
    struct rp_str text = string_of(d, node);
    bool negative = text.len > 0 && text.ptr[0] == '-';
    if (!whole_of(d, node, &value) ||
        (cJSON_IsString(node) && !negative && value > INT64_MAX) ||
        (cJSON_IsNumber(node) && value > INT64_MAX &&
            rp_json_number_text(node, (char[32]){0}).ptr[0] != '-')) {
        rp__otlp_json_fail(
            d, RP_E_INVALID, node, "an integer of 64 bits is expected here");
    }
    rp_buf_add_i64(out, (int64_t)value);
}

static void add_bytes(
    struct rp__otlp_json *d, struct rp_buf *out, const cJSON *node)
{
    struct rp_buf bytes;
    rp_buf_init(&bytes, RP__OTLP_ATTRIBUTES_MAX);
    if (!cJSON_IsString(node) || !rp__base64_read(&bytes, string_of(d, node))) {
        rp__otlp_json_fail(
            d, RP_E_INVALID, node, "bytes in base 64 are expected here");
    }
    rp__attr_write_bytes(out, rp_buf_str(&bytes));
    rp_buf_fini(&bytes);
}

static void add_list(struct rp__otlp_json *d, struct rp_buf *out,
    const cJSON *node, uint32_t depth)
{
    const cJSON *item;
    rp_buf_add_char(out, '[');
    cJSON_ArrayForEach(item, rp__otlp_json_list(d, node, "values"))
    {
        rp__attr_comma(out);
        add_value(d, out, item, depth);
    }
    rp_buf_add_char(out, ']');
}

/* "key":value */
static void add_pair(struct rp__otlp_json *d, struct rp_buf *out,
    const cJSON *pair, uint32_t depth)
{
    rp__attr_comma(out);
    rp_json_write_string(out, string_of(d, rp_json_get(pair, "key")));
    rp_buf_add_char(out, ':');
    add_value(d, out, rp_json_get(pair, "value"), depth);
}

static void add_map(struct rp__otlp_json *d, struct rp_buf *out,
    const cJSON *node, uint32_t depth)
{
    const cJSON *list = rp__otlp_json_list(d, node, "values");
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

static void add_alternative(struct rp__otlp_json *d, struct rp_buf *out,
    enum any which, const cJSON *node, uint32_t depth)
{
    switch (which) {
    case ANY_STRING:
        if (!cJSON_IsString(node)) {
            rp__otlp_json_fail(
                d, RP_E_INVALID, node, "a text is expected here");
        }
        rp_json_write_string(out, string_of(d, node));
        break;
    case ANY_BOOL:
        if (!cJSON_IsBool(node)) {
            rp__otlp_json_fail(
                d, RP_E_INVALID, node, "true or false is expected here");
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

static void add_value(struct rp__otlp_json *d, struct rp_buf *out,
    const cJSON *value, uint32_t depth)
{
    if (depth > RP_OTLP_READ_DEPTH_MAX) {
        rp__otlp_json_fail(d, RP_E_LIMIT, value, "attributes nest too deep");
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

void rp__otlp_json_add_attributes(
    struct rp__otlp_json *d, struct rp_buf *out, const cJSON *object)
{
    const cJSON *pair;
    cJSON_ArrayForEach(pair, rp__otlp_json_list(d, object, "attributes"))
    {
        if (d->rc == RP_OK) {
            add_pair(d, out, pair, 0);
        }
    }
}

struct rp_str rp__otlp_json_attributes(
    struct rp__otlp_json *d, const cJSON *object)
{
    rp__otlp_open_attributes(&d->r->part);
    rp__otlp_json_add_attributes(d, &d->r->part, object);
    return rp__otlp_close_attributes(d->r, &d->r->part);
}
