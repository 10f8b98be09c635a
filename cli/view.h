/* view.h - a session as people look at it: the tree of its work, folded from
 * records. Pure: no clock, no terminal. Floor: cli. Single-threaded.
 *
 * With a plan all work is there from the start, waiting; without one it
 * appears as records name it. Everything lives as long as the view.
 */
#ifndef RP_CLI_VIEW_H
#define RP_CLI_VIEW_H

#include <reprise/mem.h>
#include <reprise/plan.h>
#include <reprise/record.h>
#include <reprise/store.h>

enum rp__item_kind {
    RP__ITEM_SESSION, /* the root */
    RP__ITEM_NODE,
    RP__ITEM_TASK,
};

enum rp__item_state {
    RP__ITEM_WAITING,
    RP__ITEM_QUEUED,  /* no slot is free */
    RP__ITEM_RUNNING, /* a node with work under way, a task with a worker */
    RP__ITEM_PAUSED,  /* between two attempts */
    RP__ITEM_ENDED,
};

/* One try of a task. */
struct rp__try {
    struct rp__try *next;
    const char *path; /* "gather/labs@2" */
    uint32_t number;
    uint32_t call;
    struct rp_instant began, ended; /* ended NEVER: still there */
    struct rp_instant released;     /* given up then; NEVER: was not */
    bool completed, accepted, cancelled;
    enum rp_class class; /* NONE: accepted, or not judged */
    enum rp_reason reason;
    const char *detail;
    const char *warning; /* accepted, but; or "" */
    enum rp_call_end end;
    int32_t exit_status, signal, pid;
    bool kill_sent, pipe_held;
    uint32_t survivor_count;
    uint64_t output_bytes, diagnostics_bytes;
    struct rp_digest input, output, diagnostics, log;
    struct rp_usage usage;
    const char *fault;   /* injected, "rule fault", or "" */
    const char *message; /* of the transport, or "" */
    const char *said;    /* end of its standard error, where it was read; "" */
    const struct rp_plan_agent *agent; /* NULL without a plan */
};

struct rp__conflict {
    struct rp__conflict *next;
    const char *key, *kind, *resolution, *chosen; /* chosen "" if none is */
    const char *const *sources;
    uint32_t source_count;
    const char *values; /* what each says, where it was read; NULL */
};

struct rp__item {
    enum rp__item_kind kind;
    enum rp__item_state state;
    const char *path, *name;
    struct rp__item *parent, *first, *last, *next; /* siblings in order */
    uint32_t child_count;
    const struct rp_plan_node *node; /* NULL without a plan */
    const char *agent;               /* of a task, or "" */
    bool synthesis, fallback;        /* fallback: stands in for its parent */
    struct rp_instant began, ended;  /* NEVER when not (yet) */
    enum rp_task_status status;      /* ACTIVE until it ends */
    enum rp_class class;
    enum rp_reason reason;
    const char *detail;
    struct rp__try *tries, *last_try;
    uint32_t try_count;
    struct rp_instant retry_at; /* PAUSED */
    struct rp_digest input, output;
    uint64_t input_bytes;
    /* Of a node with an aggregate, or a synthesis. */
    struct rp__conflict *conflicts, *last_conflict;
    bool aggregated;
    const char *const *given, *const *cited, *const *unresolved;
    uint32_t given_count, cited_count, unresolved_count;
    struct rp__item *next_hash; /* the view's own */
};

struct rp__view {
    struct rp_arena *arena; /* owned */
    const char *plan_name;
    struct rp__item *root;
    struct rp_wall began;
    struct rp_instant last_at;
    uint64_t record_count;
    enum rp_outcome outcome; /* NONE: not ended */
    enum rp_reason reason;   /* of the outcome */
    const char *detail;
    enum rp_reason cancel_cause; /* NONE: nobody asked */
    enum rp_reason budget;       /* the last mark that was reached, or NONE */
    int64_t requested, delivered, task_count, attempt_count, running_count;
    struct rp__item **index; /* hash table by path */
    uint32_t index_room, item_count;
};

/* `plan` may be NULL; borrowed, outlives the view. */
void rp__view_init(struct rp__view *view, const struct rp_plan *plan);
void rp__view_fini(struct rp__view *view);

void rp__view_add(struct rp__view *view, const struct rp_record *record);

/* The item of that path ("" is the session), or NULL. */
struct rp__item *rp__view_find(const struct rp__view *view, struct rp_str path);
/* The try "gather/labs@2", or NULL. */
struct rp__try *rp__view_find_try(
    const struct rp__view *view, struct rp_str path);

/* What is next to `item` in the order of a walk from the root, children
 * before siblings; NULL after the last. `*depth` follows. */
struct rp__item *rp__view_walk(struct rp__item *item, uint32_t *depth);

#endif
