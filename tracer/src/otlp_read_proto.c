/* OTLP out of protocol buffers. A field that is known under a number but comes
 * with another wire type is unknown, as everywhere in protocol buffers. */
#include <string.h>

#include <reprise/json.h>
#include <reprise/protobuf.h>

#include "attr_write.h"
#include "otlp_read_parts.h"

#define VARINT_BYTES_MAX 10

struct field {
    uint32_t key; /* number and wire type, see KEY() */
    uint64_t value;
    struct rp_str bytes;
};
#define KEY(number, wire) ((uint32_t)(number) << 3 | (uint32_t)(wire))

struct decoder {
    struct rp__otlp_read *r;
    const char *base; /* where the document begins */
    enum rp_code rc;  /* what is not RP_OK ends every loop */
};

/* ---- fields ---- */

static void fail(
    struct decoder *d, enum rp_code code, const char *at, const char *what)
{
    if (d->rc == RP_OK) {
        d->rc = rp_err_set(
            d->r->err, code, "byte %zu: %s", (size_t)(at - d->base), what);
    }
}

static void skip(struct rp_str *rest, size_t count)
{
    *rest = (struct rp_str){rest->ptr + count, rest->len - count};
}

static bool take_varint(struct decoder *d, struct rp_str *rest, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < rest->len && i < VARINT_BYTES_MAX; i++) {
        uint8_t byte = (uint8_t)rest->ptr[i];
        *out |= (uint64_t)(byte & 127) << 7 * i;
        if (byte < 128) {
            skip(rest, i + 1);
            return true;
        }
    }
    fail(d, RP_E_INVALID, rest->ptr,
        rest->len < VARINT_BYTES_MAX ? "a number is cut short"
                                     : "a number of more than 10 bytes");
    return false;
}

static bool take_fixed(
    struct decoder *d, struct rp_str *rest, size_t count, uint64_t *out)
{
    *out = 0;
    if (rest->len < count) {
        fail(d, RP_E_INVALID, rest->ptr, "a number is cut short");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        *out |= (uint64_t)(uint8_t)rest->ptr[i] << 8 * i;
    }
    skip(rest, count);
    return true;
}

static bool take_bytes(
    struct decoder *d, struct rp_str *rest, struct rp_str *out)
{
    const char *at = rest->ptr;
    uint64_t len;
    if (!take_varint(d, rest, &len)) {
        return false;
    }
    if (len > rest->len) {
        fail(d, RP_E_INVALID, at, "a field is longer than what is around it");
        return false;
    }
    *out = (struct rp_str){rest->ptr, (size_t)len};
    skip(rest, (size_t)len);
    return true;
}

/* The next field of the message; false at its end, and after a failure. */
static bool next(struct decoder *d, struct rp_str *rest, struct field *out)
{
    const char *at = rest->ptr;
    uint64_t tag;
    if (d->rc != RP_OK || rest->len == 0 || !take_varint(d, rest, &tag)) {
        return false;
    }
    if (tag >> 3 == 0 || tag >> 3 > (UINT32_MAX >> 3)) {
        fail(d, RP_E_INVALID, at, "there is no field of that number");
        return false;
    }
    *out = (struct field){.key = (uint32_t)tag};
    switch (tag & 7) {
    case RP_PB_VARINT:
        return take_varint(d, rest, &out->value);
    case RP_PB_FIXED64:
        return take_fixed(d, rest, 8, &out->value);
    case RP_PB_BYTES:
        return take_bytes(d, rest, &out->bytes);
    case RP_PB_FIXED32:
        return take_fixed(d, rest, 4, &out->value);
    default:
        fail(d, RP_E_INVALID, at, "a wire type that OTLP does not have");
        return false;
    }
}

/* The last field of that key; empty when there is none. */
static struct rp_str find_bytes(
    struct decoder *d, struct rp_str message, uint32_t number)
{
    struct field f;
    struct rp_str found = RP_STR("");
    while (next(d, &message, &f)) {
        if (f.key == KEY(number, RP_PB_BYTES)) {
            found = f.bytes;
        }
    }
    return found;
}

/* The last of several, 0 when there is none. */
static uint32_t find_count(
    struct decoder *d, struct rp_str message, uint32_t number)
{
    struct field f;
    uint32_t found = 0;
    while (next(d, &message, &f)) {
        if (f.key == KEY(number, RP_PB_VARINT)) {
            found = (uint32_t)f.value;
        }
    }
    return found;
}

/* ---- attributes ---- */

static void add_value(struct decoder *d, struct rp_buf *out,
    struct rp_str message, uint32_t depth);

static void add_list(struct decoder *d, struct rp_buf *out,
    struct rp_str message, uint32_t depth)
{
    struct field f;
    rp_buf_add_char(out, '[');
    while (next(d, &message, &f)) {
        if (f.key == KEY(1, RP_PB_BYTES)) {
            rp__attr_comma(out);
            add_value(d, out, f.bytes, depth);
        }
    }
    rp_buf_add_char(out, ']');
}

/* "key":value */
static void add_pair(struct decoder *d, struct rp_buf *out,
    struct rp_str message, uint32_t depth)
{
    rp__attr_comma(out);
    rp_json_write_string(out, find_bytes(d, message, 1));
    rp_buf_add_char(out, ':');
    add_value(d, out, find_bytes(d, message, 2), depth);
}

static bool has_dollar(struct decoder *d, struct rp_str message)
{
    struct field f;
    bool found = false;
    while (next(d, &message, &f)) {
        found =
            found || (f.key == KEY(1, RP_PB_BYTES) &&
                         rp_str_starts(find_bytes(d, f.bytes, 1), RP_STR("$")));
    }
    return found;
}

static void add_map(struct decoder *d, struct rp_buf *out,
    struct rp_str message, uint32_t depth)
{
    struct field f;
    bool wrapped = has_dollar(d, message);
    rp__attr_open_map(out, wrapped);
    while (next(d, &message, &f)) {
        if (f.key == KEY(1, RP_PB_BYTES)) {
            add_pair(d, out, f.bytes, depth);
        }
    }
    rp__attr_close_map(out, wrapped);
}

static void add_field(struct decoder *d, struct rp_buf *out,
    const struct field *f, uint32_t depth)
{
    double number;
    switch (f->key) {
    case KEY(1, RP_PB_BYTES):
        rp_json_write_string(out, f->bytes);
        break;
    case KEY(2, RP_PB_VARINT):
        rp_buf_add_text(out, f->value != 0 ? "true" : "false");
        break;
    case KEY(3, RP_PB_VARINT):
        rp_buf_add_i64(out, (int64_t)f->value);
        break;
    case KEY(4, RP_PB_FIXED64):
        memcpy(&number, &f->value, sizeof(number));
        rp__attr_write_double(out, number);
        break;
    case KEY(5, RP_PB_BYTES):
        add_list(d, out, f->bytes, depth + 1);
        break;
    case KEY(6, RP_PB_BYTES):
        add_map(d, out, f->bytes, depth + 1);
        break;
    case KEY(7, RP_PB_BYTES):
        rp__attr_write_bytes(out, f->bytes);
        break;
    default:
        rp_buf_add_text(out, "null");
        break;
    }
}

static bool is_value(uint32_t key)
{
    static const uint32_t keys[] = {
        KEY(1, RP_PB_BYTES),
        KEY(2, RP_PB_VARINT),
        KEY(3, RP_PB_VARINT),
        KEY(4, RP_PB_FIXED64),
        KEY(5, RP_PB_BYTES),
        KEY(6, RP_PB_BYTES),
        KEY(7, RP_PB_BYTES),
    };
    for (size_t i = 0; i < RP_COUNT_OF(keys); i++) {
        if (keys[i] == key) {
            return true;
        }
    }
    return false;
}

/* An AnyValue: the last of its alternatives counts. */
static void add_value(struct decoder *d, struct rp_buf *out,
    struct rp_str message, uint32_t depth)
{
    const char *at = message.ptr;
    struct field f;
    struct field last = {.key = 0};
    if (depth > RP_OTLP_READ_DEPTH_MAX) {
        fail(d, RP_E_LIMIT, at, "attributes nest too deep");
        return;
    }
    while (next(d, &message, &f)) {
        if (is_value(f.key)) {
            last = f;
        }
    }
    if (d->rc == RP_OK) {
        add_field(d, out, &last, depth);
    }
}

/* ---- parts of a span ---- */

static bool take_id(struct rp_str bytes, void *out, size_t size)
{
    static const char none[16];
    if (bytes.len != size || memcmp(bytes.ptr, none, size) == 0) {
        return false;
    }
    memcpy(out, bytes.ptr, size);
    return true;
}

static void read_event(struct decoder *d, struct rp_str message)
{
    struct field f;
    struct rp_span_event *event = rp__otlp_add_event(d->r);
    while (event != NULL && next(d, &message, &f)) {
        switch (f.key) {
        case KEY(1, RP_PB_FIXED64):
            event->unix_ns = (int64_t)f.value;
            break;
        case KEY(2, RP_PB_BYTES):
            event->name = rp__otlp_keep(d->r, f.bytes);
            break;
        case KEY(3, RP_PB_BYTES):
            add_pair(d, &d->r->part, f.bytes, 0);
            break;
        case KEY(4, RP_PB_VARINT):
            event->dropped_attributes = (uint32_t)f.value;
            break;
        default:
            break;
        }
    }
    if (event != NULL) {
        event->attributes = rp__otlp_close_attributes(d->r, &d->r->part);
    }
}

static void read_link(struct decoder *d, struct rp_str message)
{
    struct field f;
    bool trace = false;
    bool span = false;
    struct rp_span_link *link = rp__otlp_add_link(d->r);
    while (link != NULL && next(d, &message, &f)) {
        switch (f.key) {
        case KEY(1, RP_PB_BYTES):
            trace = take_id(f.bytes, &link->trace, sizeof(link->trace));
            break;
        case KEY(2, RP_PB_BYTES):
            span = take_id(f.bytes, &link->span, sizeof(link->span));
            break;
        case KEY(3, RP_PB_BYTES):
            link->tracestate = rp__otlp_keep(d->r, f.bytes);
            break;
        case KEY(4, RP_PB_BYTES):
            add_pair(d, &d->r->part, f.bytes, 0);
            break;
        case KEY(5, RP_PB_VARINT):
            link->dropped_attributes = (uint32_t)f.value;
            break;
        case KEY(6, RP_PB_FIXED32):
            link->flags = (uint32_t)f.value;
            break;
        default:
            break;
        }
    }
    if (link != NULL && trace && span) {
        link->attributes = rp__otlp_close_attributes(d->r, &d->r->part);
    } else if (link != NULL) {
        rp__otlp_drop_link(d->r);
    }
}

static void read_status(struct decoder *d, struct rp_str message)
{
    struct rp_span *span = &d->r->now.span;
    struct field f;
    while (next(d, &message, &f)) {
        if (f.key == KEY(2, RP_PB_BYTES)) {
            span->message = rp__otlp_keep(d->r, f.bytes);
        } else if (f.key == KEY(3, RP_PB_VARINT)) {
            span->status = f.value <= RP_SPAN_ERROR
                               ? (enum rp_span_status)f.value
                               : RP_SPAN_UNSET;
        }
    }
}

/* Numbers of a span; its ids are read before. */
static void take_number(struct rp_span *span, const struct field *f)
{
    switch (f->key) {
    case KEY(6, RP_PB_VARINT):
        span->kind = f->value <= RP_SPAN_CONSUMER ? (enum rp_span_kind)f->value
                                                  : RP_SPAN_UNSPECIFIED;
        break;
    case KEY(7, RP_PB_FIXED64):
        span->start_unix_ns = (int64_t)f->value;
        break;
    case KEY(8, RP_PB_FIXED64):
        span->end_unix_ns = (int64_t)f->value;
        break;
    case KEY(10, RP_PB_VARINT):
        span->dropped_attributes = (uint32_t)f->value;
        break;
    case KEY(12, RP_PB_VARINT):
        span->dropped_events = (uint32_t)f->value;
        break;
    case KEY(14, RP_PB_VARINT):
        span->dropped_links = (uint32_t)f->value;
        break;
    case KEY(16, RP_PB_FIXED32):
        span->flags = (uint32_t)f->value;
        break;
    default:
        break;
    }
}

static void take_part(struct decoder *d, const struct field *f)
{
    struct rp__otlp_read *r = d->r;
    struct rp_span *span = &r->now.span;
    switch (f->key >> 3) {
    case 3:
        span->tracestate = rp__otlp_keep(r, f->bytes);
        break;
    case 4: /* what is no id is no parent */
        (void)take_id(f->bytes, &span->parent, sizeof(span->parent));
        break;
    case 5:
        span->name = rp__otlp_keep(r, f->bytes);
        break;
    case 9:
        add_pair(d, &r->attributes, f->bytes, 0);
        break;
    case 11:
        read_event(d, f->bytes);
        break;
    case 13:
        read_link(d, f->bytes);
        break;
    case 15:
        read_status(d, f->bytes);
        break;
    default:
        break;
    }
}

static void read_span(struct decoder *d, struct rp_str message)
{
    struct rp__otlp_read *r = d->r;
    const char *at = message.ptr;
    struct field f;
    rp__otlp_begin_span(r);
    r->now_valid = take_id(find_bytes(d, message, 1), &r->now.trace,
                       sizeof(r->now.trace)) &&
                   take_id(find_bytes(d, message, 2), &r->now.span.id,
                       sizeof(r->now.span.id));
    while (next(d, &message, &f)) {
        if ((f.key & 7) == RP_PB_BYTES) {
            take_part(d, &f);
        } else {
            take_number(&r->now.span, &f);
        }
    }
    if (d->rc == RP_OK && !rp__otlp_end_span(r)) {
        d->rc = RP_E_LIMIT;
        rp_err_prefix(r->err, "byte %zu", (size_t)(at - d->base));
    }
}

/* ---- the envelope ---- */

static struct rp_str attributes_of(
    struct decoder *d, struct rp_str message, uint32_t number)
{
    struct rp__otlp_read *r = d->r;
    struct field f;
    rp__otlp_open_attributes(&r->part);
    while (next(d, &message, &f)) {
        if (f.key == KEY(number, RP_PB_BYTES)) {
            add_pair(d, &r->part, f.bytes, 0);
        }
    }
    return rp__otlp_close_attributes(r, &r->part);
}

static void read_scope_spans(struct decoder *d,
    const struct rp_span_origin *resource, struct rp_str message)
{
    struct rp__otlp_read *r = d->r;
    struct field f;
    struct rp_str scope = find_bytes(d, message, 1);
    if (rp_arena_bytes(r->arena) > RP_OTLP_READ_MEMORY_MAX) {
        fail(d, RP_E_LIMIT, message.ptr, "it needs too much memory");
        return;
    }
    struct rp_span_origin *origin = rp_arena_alloc(r->arena, sizeof(*origin));
    *origin = *resource;
    origin->scope_name = rp__otlp_keep(r, find_bytes(d, scope, 1));
    origin->scope_version = rp__otlp_keep(r, find_bytes(d, scope, 2));
    origin->scope = attributes_of(d, scope, 3);
    origin->scope_schema_url = rp__otlp_keep(r, find_bytes(d, message, 3));
    origin->scope_dropped = find_count(d, scope, 4);
    r->origin = origin;
    while (next(d, &message, &f)) {
        if (f.key == KEY(2, RP_PB_BYTES)) {
            read_span(d, f.bytes);
        }
    }
}

static void read_resource_spans(struct decoder *d, struct rp_str message)
{
    struct field f;
    struct rp_str inner = find_bytes(d, message, 1);
    struct rp_span_origin resource = {
        .resource = attributes_of(d, inner, 1),
        .resource_schema_url = rp__otlp_keep(d->r, find_bytes(d, message, 3)),
        .resource_dropped = find_count(d, inner, 2),
    };
    while (next(d, &message, &f)) {
        if (f.key == KEY(2, RP_PB_BYTES)) {
            read_scope_spans(d, &resource, f.bytes);
        }
    }
}

enum rp_code rp__otlp_read_proto(
    struct rp__otlp_read *r, struct rp_str bytes, const char *base)
{
    struct decoder d = {.r = r, .base = base, .rc = RP_OK};
    struct field f;
    while (next(&d, &bytes, &f)) {
        if (f.key == KEY(1, RP_PB_BYTES)) {
            read_resource_spans(&d, f.bytes);
        }
    }
    return d.rc;
}
