/* span_set.h - the spans a fold holds: open ones by role and path, and what
 * changed. Internal. */
#ifndef RP_SPAN_SET_H
#define RP_SPAN_SET_H

#include <reprise/mem.h>
#include <reprise/span.h>

#include "span_attrs.h"

struct rp__open_span {
    struct rp_span span; /* texts and lists are filled in when asked for */
    struct rp__attrs attrs;
    struct rp_buf path, name, message;
    struct rp_span_event *events; /* since settled; texts in the turn arena */
    struct rp_span_link *links;
    uint32_t event_room, link_room;
    uint32_t events_before, links_before;
    uint64_t hash;
    struct rp__open_span *next; /* in its bucket, or among the unused */
    bool is_new, row_changed, listed;
    bool ending;    /* ends with the record that is being added */
    int64_t end_ns; /* when it ended, as of then; 0: with its record */
    uint32_t last_attempt_in; /* TASK: the incarnation; 0: there was none */
    /* ATTEMPT */
    bool accepted, timed_out, cancelled, superseded;
};

struct rp__span_set {
    struct rp__open_span **buckets;
    uint32_t bucket_count, open_count;
    struct rp__open_span *unused;
    struct rp__open_span **changed;
    uint32_t changed_count, changed_room;
    struct rp_span_change *changes; /* made when asked for */
    uint32_t change_room;
    struct rp_arena *turn; /* texts of events and links, until settled */
};

void rp__span_set_init(struct rp__span_set *set);
void rp__span_set_fini(struct rp__span_set *set);

/* A new open span, changed, with empty texts. */
struct rp__open_span *rp__span_set_add(
    struct rp__span_set *set, enum rp_span_role role, struct rp_str path);
/* NULL when none is open. */
struct rp__open_span *rp__span_set_find(
    const struct rp__span_set *set, enum rp_span_role role, struct rp_str path);
/* Takes it out of the open ones; it stays a change until settled. */
void rp__span_set_end(struct rp__span_set *set, struct rp__open_span *span);
/* Puts it on the list of changes; `row` unless only events and links came. */
void rp__span_set_touch(
    struct rp__span_set *set, struct rp__open_span *span, bool row);
void rp__span_set_event(struct rp__span_set *set, struct rp__open_span *span,
    const struct rp_span_event *event);
void rp__span_set_link(struct rp__span_set *set, struct rp__open_span *span,
    const struct rp_span_link *link);

const struct rp_span_change *rp__span_set_changes(
    struct rp__span_set *set, uint32_t *count);
void rp__span_set_settle(struct rp__span_set *set);

#endif
