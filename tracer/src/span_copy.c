#include <reprise/span.h>

#include <string.h>

static struct rp_str copy_text(struct rp_arena *arena, struct rp_str text)
{
    return text.len == 0 ? RP_STR("")
                         : (struct rp_str){rp_arena_dup(arena, text), text.len};
}

static const struct rp_span_event *copy_events(
    struct rp_arena *arena, const struct rp_span *span)
{
    struct rp_span_event *events =
        rp_arena_array(arena, span->event_count, sizeof(*events));
    for (uint32_t i = 0; i < span->event_count; i++) {
        events[i] = span->events[i];
        events[i].name = copy_text(arena, span->events[i].name);
        events[i].attributes = copy_text(arena, span->events[i].attributes);
    }
    return events;
}

static const struct rp_span_link *copy_links(
    struct rp_arena *arena, const struct rp_span *span)
{
    struct rp_span_link *links =
        rp_arena_array(arena, span->link_count, sizeof(*links));
    for (uint32_t i = 0; i < span->link_count; i++) {
        links[i] = span->links[i];
        links[i].attributes = copy_text(arena, span->links[i].attributes);
        links[i].tracestate = copy_text(arena, span->links[i].tracestate);
    }
    return links;
}

/* What is new in an arena is zero. */
static struct rp_str copy_attributes(struct rp_arena *arena, struct rp_str text)
{
    char *copy = rp_arena_alloc(arena, text.len + RP_SPAN_SPARE_BYTES);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    return (struct rp_str){copy, text.len};
}

struct rp_span *rp_span_copy(struct rp_arena *arena, const struct rp_span *span)
{
    struct rp_span *copy = rp_arena_alloc(arena, sizeof(*copy));
    *copy = *span;
    copy->path = copy_text(arena, span->path);
    copy->name = copy_text(arena, span->name);
    copy->message = copy_text(arena, span->message);
    copy->attributes = copy_attributes(arena, span->attributes);
    copy->spared = copy->attributes.ptr;
    copy->tracestate = copy_text(arena, span->tracestate);
    copy->events = span->event_count == 0 ? NULL : copy_events(arena, span);
    copy->links = span->link_count == 0 ? NULL : copy_links(arena, span);
    return copy;
}
