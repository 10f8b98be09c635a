/* span_fold.h - what the files of the fold share. Internal. */
#ifndef RP_SPAN_FOLD_H
#define RP_SPAN_FOLD_H

#include <reprise/span.h>

#include "span_set.h"

struct rp_span_fold {
    const struct rp_session_head *head; /* borrowed, outlives us */
    struct rp__span_set set;
    struct rp__open_span *root; /* NULL before the first record */
    struct rp__attrs scratch;   /* of the event or link being made */
    uint32_t span_max, count, dropped;
    struct rp_wall anchor; /* of instant 0 */
    struct rp_instant at;  /* of the record being added */
    int64_t now_ns;        /* the same on the wall */
    uint32_t incarnation;  /* of the process whose records come */
    uint64_t seq;
    struct rp__open_span **ending; /* with the record being added */
    uint32_t ending_count, ending_room;
    struct rp_span_id *node_ids; /* of every node span there was */
    uint32_t node_count, node_room;
    struct rp_span_id *task_ids; /* of every task span that ended */
    uint32_t task_count, task_room;
};

/* ---- paths ---- */
/* What is before the last `separator`; empty when there is none. */
struct rp_str rp__path_above(struct rp_str path, char separator);
struct rp_str rp__path_last(struct rp_str path);
/* "labs" of "labs[3]" and "labs#2": names of spans are few. */
struct rp_str rp__path_plain(struct rp_str name);

/* ---- span_fold.c ---- */
void rp__fold_begin_session(struct rp_span_fold *fold);
void rp__fold_end_now(struct rp_span_fold *fold, struct rp__open_span *open);
/* On the wall, by the anchor of now. */
int64_t rp__fold_time(const struct rp_span_fold *fold, struct rp_instant at);
/* That a node of this id was there. */
void rp__fold_remember(struct rp_span_fold *fold, struct rp_span_id id);
struct rp_span_id rp__fold_id_in(const struct rp_span_fold *fold,
    uint32_t incarnation, struct rp_str path, enum rp_span_role role);
/* The nearest open task or node above `path`, else the session. */
struct rp__open_span *rp__fold_above(
    struct rp_span_fold *fold, struct rp_str path);
/* The span that a path means; if it is not open (any more), the one it would
 * be in. Never NULL. */
struct rp__open_span *rp__fold_concerned(
    struct rp_span_fold *fold, const char *text);
/* NULL when there are too many. */
struct rp__open_span *rp__fold_begin(struct rp_span_fold *fold,
    enum rp_span_role role, struct rp_str path, struct rp__open_span *parent);
void rp__fold_name(
    struct rp__open_span *open, const char *prefix, struct rp_str name);
/* Ends with the record, so that everything the record says of it is on it. */
void rp__fold_end(struct rp_span_fold *fold, struct rp__open_span *open);
/* The first failure of a span stays. */
void rp__fold_fail(struct rp_span_fold *fold, struct rp__open_span *open,
    struct rp_str type, struct rp_str message);
/* Attributes are those in `scratch`. */
void rp__fold_event(
    struct rp_span_fold *fold, struct rp__open_span *open, const char *name);
void rp__fold_link(struct rp_span_fold *fold, struct rp__open_span *open,
    struct rp_span_id target, const char *type);

/* ---- span_resume.c ---- */
/* `last_ns`: of the record before. */
void rp__fold_resume(
    struct rp_span_fold *fold, const struct rp_event *event, int64_t last_ns);

/* ---- span_decision.c, span_call.c ---- */
void rp__fold_decision(
    struct rp_span_fold *fold, const struct rp_decision *decision);
void rp__fold_action(struct rp_span_fold *fold, const struct rp_action *action);
void rp__fold_call_event(
    struct rp_span_fold *fold, const struct rp_event *event);
/* What an attempt is called when it ends. */
void rp__fold_attempt_ends(struct rp__open_span *open);

#endif
