/* Without a check of what is there for each field: the room is made once. */
#include "otlp_usual.h"

#include "byte_block.h"
#include "otlp_fields.h"
#include "otlp_model.h"

#define NAME_BYTES_MAX 127 /* a length of one byte */
#define ATTRIBUTES_BYTES_MAX ((size_t)2 << 10)
#define BYTES_BESIDE ((size_t)256) /* all but attributes */
#define SMALL 128u                 /* of one byte, as a varint */
#define MEDIUM (SMALL * SMALL)     /* of two */
#define HEAD_BYTES 3 /* of a span: its tag, and a length of two bytes */
/* As a varint: the low bits first. */
#define FLAGS_TAG                                                              \
    ((uint32_t)(RP__OTLP_SPAN_FLAGS << 3 | RP_PB_FIXED32) >> 7 << 8 | SMALL |  \
        ((RP__OTLP_SPAN_FLAGS << 3 | RP_PB_FIXED32) & 0x7F))

static inline uint8_t *put_tag(
    uint8_t *to, uint32_t field, enum rp_pb_wire wire)
{
    *to = (uint8_t)(field << 3 | (uint32_t)wire); /* fields below 16 */
    return to + 1;
}

static inline uint8_t *put_id(
    uint8_t *to, uint32_t field, const void *id, size_t size)
{
    to = put_tag(to, field, RP_PB_BYTES);
    *to++ = (uint8_t)size;
    memcpy(to, id, size);
    return to + size;
}

static inline uint8_t *put_number(uint8_t *to, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        to[i] = (uint8_t)(value >> 8 * i);
    }
    return to + size;
}

static inline uint8_t *put_time(uint8_t *to, uint32_t field, int64_t unix_ns)
{
    to = put_tag(to, field, RP_PB_FIXED64);
    return put_number(to, (uint64_t)unix_ns, 8);
}

/* Only of ASCII; NULL: it is not. */
static inline uint8_t *put_name(uint8_t *to, struct rp_str name)
{
    to = put_tag(to, RP__OTLP_SPAN_NAME, RP_PB_BYTES);
    *to++ = (uint8_t)name.len;
    return rp__copy_ascii(to, name.ptr, name.len) ? to + name.len : NULL;
}

static inline uint8_t *put_status(uint8_t *to, const struct rp_span *span)
{
    if (span->status == RP_SPAN_UNSET) {
        return to;
    }
    to = put_tag(to, RP__OTLP_SPAN_STATUS, RP_PB_BYTES);
    *to++ = 2;
    to = put_tag(to, RP__OTLP_STATUS_CODE, RP_PB_VARINT);
    *to++ = (uint8_t)span->status;
    return to;
}

static inline bool is_usual(
    const struct rp_session_head *head, const struct rp_span *span)
{
    return (span->event_count | span->link_count | span->dropped_attributes |
               span->dropped_events | span->dropped_links) == 0 &&
           (span->message.len | head->tracestate.len) == 0 &&
           span->name.len <= NAME_BYTES_MAX && span->name.len > 0 &&
           span->origin == NULL && !rp__otlp_takes_no_time(span) &&
           span->attributes.len > 0 &&
           span->attributes.len <= ATTRIBUTES_BYTES_MAX &&
           (uint32_t)span->kind < SMALL && (uint32_t)span->status < SMALL;
}

bool rp__otlp_usual_span(struct rp__otlp_quick *quick, struct rp_pb *out,
    const struct rp_session_head *head, const struct rp_span *span)
{
    uint8_t *room =
        is_usual(head, span)
            ? rp_pb_behind(out,
                  rp__otlp_quick_bound(span->attributes.len) + BYTES_BESIDE)
            : NULL;
    if (room == NULL) {
        return false;
    }
    uint8_t *begin = room + HEAD_BYTES;
    uint8_t *to = put_id(begin, RP__OTLP_SPAN_TRACE_ID, &head->trace, 16);
    to = put_id(to, RP__OTLP_SPAN_SPAN_ID, &span->id, 8);
    if (rp__otlp_has_parent(span)) {
        to = put_id(to, RP__OTLP_SPAN_PARENT_SPAN_ID, &span->parent, 8);
    }
    to = put_name(to, span->name);
    if (to == NULL) {
        return false;
    }
    if (span->kind != RP_SPAN_UNSPECIFIED) {
        to = put_tag(to, RP__OTLP_SPAN_KIND, RP_PB_VARINT);
        *to++ = (uint8_t)span->kind;
    }
    to = put_time(to, RP__OTLP_SPAN_START, span->start_unix_ns);
    to = put_time(to, RP__OTLP_SPAN_END, span->end_unix_ns);
    struct rp_str attributes =
        span->spared == span->attributes.ptr
            ? span->attributes
            : rp__otlp_quick_spare(quick, span->attributes);
    to = rp__otlp_quick_members(
        quick, to, RP__OTLP_SPAN_ATTRIBUTES, (uint32_t)span->role, attributes);
    if (to == NULL) {
        return false;
    }
    to = put_status(to, span);
    to = put_number(to, FLAGS_TAG, 2);
    to = put_number(to, rp__otlp_trace_flags(head, span->parent_remote), 4);
    size_t len = (size_t)(to - begin);
    if (len < SMALL || len >= MEDIUM) {
        return false; /* its length is not of two bytes */
    }
    (void)put_tag(room, RP__OTLP_SCOPE_SPANS_SPANS, RP_PB_BYTES);
    (void)put_number(room + 1, (len & 127) | SMALL | len >> 7 << 8, 2);
    rp_pb_written(out, (size_t)(to - room));
    return true;
}
