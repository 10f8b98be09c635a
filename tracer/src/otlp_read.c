#include <reprise/otlp_read.h>

#include <string.h>

#include "otlp_read_parts.h"

/* ---- the span being read ---- */

void rp__otlp_read_init(
    struct rp__otlp_read *r, struct rp_arena *arena, struct rp_err *err)
{
    *r = (struct rp__otlp_read){.arena = arena, .err = err};
    rp_buf_init(&r->attributes, RP__OTLP_ATTRIBUTES_MAX);
    rp_buf_init(&r->part, RP__OTLP_ATTRIBUTES_MAX);
}

void rp__otlp_read_fini(struct rp__otlp_read *r)
{
    rp_buf_fini(&r->attributes);
    rp_buf_fini(&r->part);
    rp_mem_free(r->events);
    rp_mem_free(r->links);
    rp_mem_free(r->spans);
}

void rp__otlp_begin_span(struct rp__otlp_read *r)
{
    r->now =
        (struct rp_otlp_span){.span = {.origin = r->origin, .ended = true}};
    r->now_valid = true;
    r->event_count = r->link_count = 0;
    rp__otlp_open_attributes(&r->attributes);
}

static const void *copy(
    struct rp__otlp_read *r, const void *items, size_t count, size_t size)
{
    if (count == 0) {
        return NULL;
    }
    void *kept = rp_arena_array(r->arena, count, size);
    memcpy(kept, items, count * size);
    return kept;
}

static bool too_much(struct rp__otlp_read *r)
{
    if (r->attributes.overflowed || r->part.overflowed) {
        (void)rp_err_set(r->err, RP_E_LIMIT, "attributes of more than %u bytes",
            RP__OTLP_ATTRIBUTES_MAX);
        return true;
    }
    if (r->count == RP_OTLP_READ_SPANS_MAX ||
        rp_arena_bytes(r->arena) > RP_OTLP_READ_MEMORY_MAX) {
        (void)rp_err_set(r->err, RP_E_LIMIT,
            "more than %u spans, or more than fits into memory",
            RP_OTLP_READ_SPANS_MAX);
        return true;
    }
    return false;
}

bool rp__otlp_end_span(struct rp__otlp_read *r)
{
    struct rp_span *span = &r->now.span;
    if (too_much(r)) {
        return false;
    }
    if (!r->now_valid) {
        r->invalid++;
        return true;
    }
    span->attributes = rp__otlp_close_attributes(r, &r->attributes);
    span->events = copy(r, r->events, r->event_count, sizeof(*r->events));
    span->event_count = r->event_count;
    span->links = copy(r, r->links, r->link_count, sizeof(*r->links));
    span->link_count = r->link_count;
    r->spans = rp_mem_room(r->spans, r->count, &r->room, sizeof(*r->spans));
    r->spans[r->count++] = r->now;
    return true;
}

struct rp_span_event *rp__otlp_add_event(struct rp__otlp_read *r)
{
    rp__otlp_open_attributes(&r->part);
    if (r->event_count == RP_OTLP_READ_PARTS_MAX) {
        r->now.span.dropped_events++;
        return NULL;
    }
    r->events = rp_mem_room(
        r->events, r->event_count, &r->event_room, sizeof(*r->events));
    struct rp_span_event *event = &r->events[r->event_count++];
    *event = (struct rp_span_event){.unix_ns = 0};
    return event;
}

struct rp_span_link *rp__otlp_add_link(struct rp__otlp_read *r)
{
    rp__otlp_open_attributes(&r->part);
    if (r->link_count == RP_OTLP_READ_PARTS_MAX) {
        r->now.span.dropped_links++;
        return NULL;
    }
    r->links =
        rp_mem_room(r->links, r->link_count, &r->link_room, sizeof(*r->links));
    struct rp_span_link *link = &r->links[r->link_count++];
    *link = (struct rp_span_link){.attributes = RP_STR("")};
    return link;
}

void rp__otlp_drop_link(struct rp__otlp_read *r)
{
    r->link_count--;
    r->now.span.dropped_links++;
}

/* ---- texts ---- */

void rp__otlp_open_attributes(struct rp_buf *buf)
{
    bool overflowed = buf->overflowed; /* is told at the end of the span */
    rp_buf_reset(buf);
    buf->overflowed = overflowed;
    rp_buf_add_char(buf, '{');
}

struct rp_str rp__otlp_close_attributes(
    struct rp__otlp_read *r, struct rp_buf *buf)
{
    if (buf->len == 1) { /* most of what is hostile is many of nothing */
        return RP_STR("{}");
    }
    rp_buf_add_char(buf, '}');
    struct rp_str text = rp_buf_str(buf);
    return (struct rp_str){rp_arena_dup(r->arena, text), text.len};
}

struct rp_str rp__otlp_keep(struct rp__otlp_read *r, struct rp_str text)
{
    size_t bad;
    if (rp_utf8_valid(text, &bad)) {
        return text.len == 0
                   ? RP_STR("")
                   : (struct rp_str){rp_arena_dup(r->arena, text), text.len};
    }
    struct rp_buf clean;
    rp_buf_init(&clean, text.len * 3);
    while (!rp_utf8_valid(text, &bad)) {
        rp_buf_add(&clean, (struct rp_str){text.ptr, bad});
        rp_buf_add_text(&clean, "\xEF\xBF\xBD");
        text = (struct rp_str){text.ptr + bad + 1, text.len - bad - 1};
    }
    rp_buf_add(&clean, text);
    struct rp_str kept = rp_buf_str(&clean);
    kept.ptr = rp_arena_dup(r->arena, kept);
    rp_buf_fini(&clean);
    return kept;
}

/* ---- documents ---- */

/* A message begins with the tag of resource spans, which is a line end, and
 * its length, which may be a bracket. But in one with spans is the tag of
 * those of a scope, and in no JSON is such a byte. */
#define TAG_RESOURCE_SPANS '\x0A'
#define TAG_SCOPE_SPANS 0x12

#define FRAME_BYTES ((size_t)4)

static size_t frame_length(struct rp_str bytes)
{
    size_t length = 0;
    for (size_t i = 0; i < FRAME_BYTES && i < bytes.len; i++) {
        length = length << 8 | (unsigned char)bytes.ptr[i];
    }
    return length;
}

static bool begins_frame(struct rp_str bytes)
{
    return bytes.len > FRAME_BYTES + 1 &&
           bytes.ptr[FRAME_BYTES] == TAG_RESOURCE_SPANS &&
           frame_length(bytes) <= bytes.len - FRAME_BYTES;
}

enum rp_otlp_form rp_otlp_form_of(struct rp_str bytes)
{
    struct rp_str text = rp_str_trim(bytes);
    bool message = bytes.len > 1 && bytes.ptr[0] == TAG_RESOURCE_SPANS;
    bool json = text.len > 0 && (text.ptr[0] == '{' || text.ptr[0] == '[');
    if (message && json) {
        json = memchr(bytes.ptr, TAG_SCOPE_SPANS, bytes.len) == NULL;
    }
    return json                  ? RP_OTLP_FORM_JSON
           : message             ? RP_OTLP_FORM_PROTO
           : begins_frame(bytes) ? RP_OTLP_FORM_FRAMES
                                 : RP_OTLP_FORM_NONE;
}

static enum rp_code read_frames(struct rp__otlp_read *r, struct rp_str bytes)
{
    const char *base = bytes.ptr;
    enum rp_code rc = RP_OK;
    while (rc == RP_OK && bytes.len > 0) {
        struct rp_str frame = {bytes.ptr + FRAME_BYTES, frame_length(bytes)};
        if (bytes.len < FRAME_BYTES || frame.len > bytes.len - FRAME_BYTES) {
            return rp_err_set(r->err, RP_E_INVALID,
                "byte %zu: a message is cut short", (size_t)(bytes.ptr - base));
        }
        rc = rp__otlp_read_proto(r, frame, base);
        bytes = (struct rp_str){
            frame.ptr + frame.len, bytes.len - FRAME_BYTES - frame.len};
    }
    return rc;
}

enum rp_code rp_otlp_read(struct rp_otlp_traces *out, struct rp_arena *arena,
    struct rp_str bytes, struct rp_err *err)
{
    struct rp__otlp_read r;
    enum rp_code rc = RP_E_INVALID;
    if (bytes.len > RP_OTLP_READ_BYTES_MAX) {
        return rp_err_set(err, RP_E_LIMIT,
            "%zu bytes are more than the %u that are read", bytes.len,
            RP_OTLP_READ_BYTES_MAX);
    }
    rp__otlp_read_init(&r, arena, err);
    switch (rp_otlp_form_of(bytes)) {
    case RP_OTLP_FORM_JSON:
        rc = rp__otlp_read_json(&r, bytes);
        break;
    case RP_OTLP_FORM_PROTO:
        rc = rp__otlp_read_proto(&r, bytes, bytes.ptr);
        break;
    case RP_OTLP_FORM_FRAMES:
        rc = read_frames(&r, bytes);
        break;
    case RP_OTLP_FORM_NONE:
        rc = rp_err_set(
            err, RP_E_INVALID, "it is neither JSON nor a message of OTLP");
        break;
    }
    if (rc == RP_OK) {
        out->count = r.count;
        out->invalid = r.invalid;
        out->spans = rp_arena_array(arena, r.count, sizeof(*out->spans));
        if (r.count > 0) {
            memcpy(out->spans, r.spans, r.count * sizeof(*out->spans));
        }
    }
    rp__otlp_read_fini(&r);
    return rc;
}
