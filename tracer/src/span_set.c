#include "span_set.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 64
#define TEXT_BYTES_MAX (64u << 10)

void rp__span_set_init(struct rp__span_set *set)
{
    *set = (struct rp__span_set){.bucket_count = BUCKETS_FIRST};
    set->buckets = rp_mem_array(BUCKETS_FIRST, sizeof(struct rp__open_span *));
    set->turn = rp_arena_new(0);
}

static void free_span(struct rp__open_span *span)
{
    rp__attrs_fini(&span->attrs);
    rp_buf_fini(&span->path);
    rp_buf_fini(&span->name);
    rp_buf_fini(&span->message);
    rp_mem_free(span->events);
    rp_mem_free(span->links);
    rp_mem_free(span);
}

static void free_chain(struct rp__open_span *span)
{
    while (span != NULL) {
        struct rp__open_span *next = span->next;
        free_span(span);
        span = next;
    }
}

void rp__span_set_fini(struct rp__span_set *set)
{
    rp__span_set_settle(set); /* what ended is among the unused now */
    for (uint32_t i = 0; i < set->bucket_count; i++) {
        free_chain(set->buckets[i]);
    }
    free_chain(set->unused);
    rp_mem_free(set->buckets);
    rp_mem_free(set->changed);
    rp_mem_free(set->changes);
    rp_arena_free(&set->turn);
}

/* ---- the open ones ---- */

/* FNV-1a; nothing that reaches a record or a file depends on it. */
static uint64_t hash_of(enum rp_span_role role, struct rp_str path)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) + (uint64_t)role;
    for (size_t i = 0; i < path.len; i++) {
        hash = (hash ^ (unsigned char)path.ptr[i]) * UINT64_C(0x100000001b3);
    }
    return hash ^ hash >> 32;
}

static struct rp__open_span **bucket_of(
    const struct rp__span_set *set, uint64_t hash)
{
    return &set->buckets[hash & (set->bucket_count - 1)];
}

static void grow(struct rp__span_set *set)
{
    struct rp__open_span **old = set->buckets;
    uint32_t old_count = set->bucket_count;
    set->bucket_count *= 2;
    set->buckets =
        rp_mem_array(set->bucket_count, sizeof(struct rp__open_span *));
    for (uint32_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            struct rp__open_span *span = old[i];
            struct rp__open_span **bucket = bucket_of(set, span->hash);
            old[i] = span->next;
            span->next = *bucket;
            *bucket = span;
        }
    }
    rp_mem_free(old);
}

static struct rp__open_span *take_unused(struct rp__span_set *set)
{
    struct rp__open_span *span = set->unused;
    if (span == NULL) {
        span = rp_mem_zalloc(sizeof(*span));
        rp_buf_init(&span->path, TEXT_BYTES_MAX);
        rp_buf_init(&span->name, TEXT_BYTES_MAX);
        rp_buf_init(&span->message, TEXT_BYTES_MAX);
    } else {
        set->unused = span->next;
    }
    return span;
}

struct rp__open_span *rp__span_set_add(
    struct rp__span_set *set, enum rp_span_role role, struct rp_str path)
{
    if (set->open_count >= set->bucket_count) {
        grow(set);
    }
    struct rp__open_span *span = take_unused(set);
    rp__attrs_begin(&span->attrs);
    rp_buf_reset(&span->path);
    rp_buf_reset(&span->name);
    rp_buf_reset(&span->message);
    rp_buf_add(&span->path, path);
    span->span = (struct rp_span){.role = role};
    span->events_before = span->links_before = 0;
    span->is_new = true;
    span->row_changed = span->listed = span->ending = false;
    span->accepted = span->timed_out = false;
    span->end_ns = 0;
    span->last_attempt_in = 0;
    span->cancelled = span->superseded = false;
    span->hash = hash_of(role, path);
    struct rp__open_span **bucket = bucket_of(set, span->hash);
    span->next = *bucket;
    *bucket = span;
    set->open_count++;
    rp__span_set_touch(set, span, true);
    return span;
}

struct rp__open_span *rp__span_set_find(
    const struct rp__span_set *set, enum rp_span_role role, struct rp_str path)
{
    uint64_t hash = hash_of(role, path);
    struct rp__open_span *span = *bucket_of(set, hash);
    while (span != NULL && (span->hash != hash || span->span.role != role ||
                               !rp_str_equal(rp_buf_str(&span->path), path))) {
        span = span->next;
    }
    return span;
}

void rp__span_set_end(struct rp__span_set *set, struct rp__open_span *span)
{
    struct rp__open_span **at = bucket_of(set, span->hash);
    while (*at != span) {
        at = &(*at)->next;
    }
    *at = span->next;
    span->next = NULL;
    span->span.ended = true;
    set->open_count--;
    rp__span_set_touch(set, span, true);
}

/* ---- changes ---- */

void rp__span_set_touch(
    struct rp__span_set *set, struct rp__open_span *span, bool row)
{
    span->row_changed = span->row_changed || row;
    if (span->listed) {
        return;
    }
    span->listed = true;
    set->changed = rp_mem_room(set->changed, set->changed_count,
        &set->changed_room, sizeof(struct rp__open_span *));
    set->changed[set->changed_count++] = span;
}

static struct rp_str keep(struct rp__span_set *set, struct rp_str text)
{
    return (struct rp_str){rp_arena_dup(set->turn, text), text.len};
}

void rp__span_set_event(struct rp__span_set *set, struct rp__open_span *span,
    const struct rp_span_event *event)
{
    if (span->span.event_count == span->event_room) {
        span->event_room = span->event_room == 0 ? 4 : span->event_room * 2;
        span->events =
            rp_mem_grow(span->events, span->event_room, sizeof(*span->events));
    }
    struct rp_span_event *kept = &span->events[span->span.event_count++];
    *kept = *event;
    kept->name = keep(set, event->name);
    kept->attributes = keep(set, event->attributes);
    rp__span_set_touch(set, span, false);
}

void rp__span_set_link(struct rp__span_set *set, struct rp__open_span *span,
    const struct rp_span_link *link)
{
    if (span->span.link_count == span->link_room) {
        span->link_room = span->link_room == 0 ? 4 : span->link_room * 2;
        span->links =
            rp_mem_grow(span->links, span->link_room, sizeof(*span->links));
    }
    struct rp_span_link *kept = &span->links[span->span.link_count++];
    *kept = *link;
    kept->attributes = keep(set, link->attributes);
    rp__span_set_touch(set, span, false);
}

static int by_number(const void *a, const void *b)
{
    const struct rp__open_span *const *x = a, *const *y = b;
    return ((*x)->span.number > (*y)->span.number) -
           ((*x)->span.number < (*y)->span.number);
}

const struct rp_span_change *rp__span_set_changes(
    struct rp__span_set *set, uint32_t *count)
{
    if (set->change_room < set->changed_count) {
        set->change_room = set->changed_room;
        set->changes =
            rp_mem_grow(set->changes, set->change_room, sizeof(*set->changes));
    }
    if (set->changed_count > 1) {
        qsort(set->changed, set->changed_count, sizeof(struct rp__open_span *),
            by_number);
    }
    for (uint32_t i = 0; i < set->changed_count; i++) {
        struct rp__open_span *from = set->changed[i];
        from->span.path = rp_buf_str(&from->path);
        from->span.name = rp_buf_str(&from->name);
        from->span.message = rp_buf_str(&from->message);
        from->span.attributes = rp__attrs_json(&from->attrs);
        from->span.events = from->events;
        from->span.links = from->links;
        set->changes[i] = (struct rp_span_change){&from->span, from->is_new,
            from->row_changed, from->events_before, from->links_before};
    }
    *count = set->changed_count;
    return set->changes;
}

void rp__span_set_settle(struct rp__span_set *set)
{
    for (uint32_t i = 0; i < set->changed_count; i++) {
        struct rp__open_span *span = set->changed[i];
        span->listed = span->is_new = span->row_changed = false;
        span->events_before += span->span.event_count;
        span->links_before += span->span.link_count;
        span->span.event_count = span->span.link_count = 0;
        if (span->span.ended) {
            span->next = set->unused;
            set->unused = span;
        }
    }
    set->changed_count = 0;
    rp_arena_reset(set->turn);
}
