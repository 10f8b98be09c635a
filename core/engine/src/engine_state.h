/* engine_state.h - what the engine is made of. Internal to core/engine.
 *
 * Everything lives in the session arena except documents, which are listed in
 * `docs` and `trees` and released together. The step arena holds what one step
 * gives out. Nothing points from the session into the step.
 */
#ifndef RP_ENGINE_STATE_H
#define RP_ENGINE_STATE_H

#include <reprise/engine.h>
#include <reprise/mem.h>

#define MADE_VALUES_MAX 32

struct task;
struct node_run;

/* ---- timers (timers.c) ---- */
enum timer_kind {
    TIMER_TIMEOUT,
    TIMER_DEADLINE,
    TIMER_BACKOFF,
    TIMER_BUDGET_RESERVE,
    TIMER_BUDGET_WALL,
};

struct timer {
    struct rp_instant due;
    uint32_t number; /* orders equal times */
    enum timer_kind kind;
    struct task *task; /* NULL for the session's */
    uint32_t attempt;  /* of the task, when it was set */
    const char *name;  /* NULL until somebody asks: see rp__timer_name */
    bool live;
};

struct timers {
    struct timer **heap;
    uint32_t count, room, next_number;
};

struct timer *rp__timer_set(struct rp_engine *e, enum timer_kind kind,
    struct task *task, struct rp_instant due);
void rp__timer_clear(struct timer **timer); /* NULL pointee is allowed */
struct timer *rp__timer_first(struct rp_engine *e); /* NULL if none is set */
const char *rp__timer_name(const struct rp_engine *e, struct timer *timer);

/* ---- calls ---- */
struct call {
    uint32_t number;
    uint32_t attempt;
    const char *path;         /* ends in "/call:1" */
    const char *attempt_path; /* "gather/labs@1" */
    struct task *task;
    bool open;     /* no completion yet */
    bool released; /* given up: what it delivers is evidence only */
    bool killed;   /* SIGKILL was asked for */
};

/* ---- tasks (task.c) ----
 *
 *            +--> QUEUED --+
 *   NEW -----+             +--> RUNNING --> ENDED
 *            +-------------+      |  ^
 *                                 v  |
 *                              BACKOFF --> GONE_WAIT (the worker before must
 *                                 |              |    be gone first)
 *                                 +--> ENDED <---+
 *   FALLING_BACK: the fallback agent's task runs; then ENDED.
 */
enum task_state {
    TASK_NEW,
    TASK_QUEUED,
    TASK_RUNNING,
    TASK_BACKOFF,
    TASK_GONE_WAIT,
    TASK_FALLING_BACK,
    TASK_ENDED,
};

struct failure {
    enum rp_class class;
    enum rp_reason reason;
    const char *detail; /* session arena, "" if none */
};

struct task {
    struct node_run *node;
    struct task *stands_in_for; /* the task whose fallback this is, or NULL */
    const struct rp_plan_agent *agent;
    const char *path;
    enum task_state state;
    enum rp_task_status status;
    struct rp_str input; /* text form */
    struct rp_digest input_digest, content;
    const cJSON *input_value;
    const char *const *argv;
    const char *const *env;
    uint32_t attempt;     /* number of the newest */
    uint32_t uncounted;   /* attempts that a dead process interrupted */
    struct call *current; /* RUNNING: the call that counts */
    struct call *dying;   /* given up and not yet gone */
    struct rp_instant deadline;
    struct timer *deadline_timer, *timeout_timer, *backoff_timer;
    struct failure failure; /* of the newest attempt, or of the task */
    const cJSON *value;     /* what it delivered, or NULL */
    struct rp_digest output;
    struct task *next_queued;
    bool queued_once;
};

/* ---- flow (flow.c and node_*.c) ---- */
enum node_state { NODE_WAITING, NODE_RUNNING, NODE_ENDED };

struct node_ops {
    const char *name;
    void (*begin)(struct rp_engine *e, struct node_run *node);
    void (*child_ended)(
        struct rp_engine *e, struct node_run *node, struct node_run *child);
};

struct node_run {
    const struct rp_plan_node *plan;
    const struct node_ops *ops;
    struct node_run *parent;
    const char *path;
    enum node_state state;
    enum rp_task_status status;
    struct failure failure;
    const cJSON *value;         /* NULL: nothing was delivered */
    struct node_run **children; /* parallel: in byte order of their ids */
    uint32_t child_count;
    uint32_t next_child;  /* sequence */
    uint32_t ended_count; /* parallel */
    uint32_t enough_count;
    bool advancing;      /* inside a loop that begins children */
    bool stopping;       /* ended from above: nothing more may begin */
    bool lost_something; /* something below did not deliver as requested */
    struct task *task;   /* agent */
};

extern const struct node_ops rp__node_agent;
extern const struct node_ops rp__node_sequence;
extern const struct node_ops rp__node_parallel;

enum phase { PHASE_NEW, PHASE_RUNNING, PHASE_DRAINING, PHASE_ENDED };

/* A container whose text was made in this session. */
struct made_value {
    const cJSON *child;
    struct rp_str text;
};

struct emitted {
    struct rp_decision *decisions;
    uint32_t decision_count, decision_room;
    struct rp_action *actions;
    uint32_t action_count, action_room;
    struct rp_made *made;
    uint32_t made_count, made_room;
};

struct rp_engine {
    const struct rp_plan *plan;
    struct rp_engine_options options;
    struct rp_arena *session, *step;
    struct rp_buf scratch; /* see rp__scratch */
    enum phase phase;
    struct rp_instant now;
    struct node_run *root;
    struct timers timers;
    struct emitted emitted;

    struct task **tasks; /* in order of creation */
    uint32_t task_count, task_room;
    struct call **calls; /* calls[number - 1] */
    uint32_t call_count, call_room;
    struct task *queue_head, *queue_tail;
    uint32_t in_flight;
    uint32_t attempts_started;
    bool reserve_reached, wall_reached;
    enum rp_reason cancel_cause; /* NONE: not cancelled */

    struct rp_json_doc **docs; /* owned */
    uint32_t doc_count, doc_room;
    cJSON **trees; /* owned */
    uint32_t tree_count, tree_room;
    struct made_value made_values[MADE_VALUES_MAX]; /* with a memo only */
    uint32_t made_value_count;
    const cJSON *input;
    const cJSON **conflicts; /* every conflict, for the envelope */
    uint32_t conflict_count, conflict_room;

    enum rp_outcome outcome;
    struct rp_str output, envelope; /* session arena */
};

/* The engine's own buffer, emptied, for RP_RECORD_BYTES_MAX. It belongs to who
 * asked last: nobody calls what may ask while using it. */
struct rp_buf *rp__scratch(struct rp_engine *e);
/* Takes ownership; both live as long as the engine. */
const cJSON *rp__keep_tree(struct rp_engine *e, cJSON *owned);
const cJSON *rp__keep_doc(struct rp_engine *e, struct rp_json_doc *owned);

/* ---- emit.c: decisions, actions, made documents of this step ---- */
struct rp_decision *rp__decide(struct rp_engine *e, enum rp_decision_kind kind,
    const char *path, enum rp_reason reason);
/* Attributes; texts are copied to the step arena. Empty texts and empty lists
 * are left out. */
void rp__attr_int(struct rp_decision *d, const char *name, int64_t value);
void rp__attr_word(struct rp_engine *e, struct rp_decision *d, const char *name,
    const char *word);
void rp__attr_digest(struct rp_engine *e, struct rp_decision *d,
    const char *name, const struct rp_digest *digest);
void rp__attr_list(struct rp_decision *d, const char *name,
    const struct rp_str *items, uint32_t count);
struct rp_action *rp__act(struct rp_engine *e, enum rp_action_kind kind);
void rp__act_cancel(struct rp_engine *e, struct call *call,
    enum rp_cancel_mode mode, enum rp_reason reason);
/* As rp_json_write_text(). */
void rp__write_text(
    struct rp_engine *e, struct rp_buf *buf, const cJSON *value);
/* Text form of `value` as long as the session, given out as a made payload. */
struct rp_str rp__make_text(
    struct rp_engine *e, const cJSON *value, struct rp_digest *digest);

/* ---- flow.c ---- */
struct node_run *rp__flow_new(struct rp_engine *e);
void rp__node_begin(struct rp_engine *e, struct node_run *node);
/* Ends a node and tells its parent. `value` NULL: nothing delivered. */
void rp__node_end(struct rp_engine *e, struct node_run *node,
    enum rp_task_status status, const struct failure *why, const cJSON *value);
/* Ends everything below `node` that has not ended. */
void rp__node_stop(struct rp_engine *e, struct node_run *node,
    enum rp_class class, enum rp_reason reason);
/* What `{"from": name}` means inside `node`; NULL if nothing is named so. A
 * node that delivered nothing gives JSON null. */
const cJSON *rp__flow_lookup(
    struct rp_engine *e, const struct node_run *node, struct rp_str name);
const struct node_run *rp__flow_find(
    const struct node_run *node, struct rp_str name);

/* ---- task.c, attempt.c ---- */
struct task *rp__task_new(struct rp_engine *e, struct node_run *node,
    struct task *stands_in_for, const struct rp_plan_agent *agent);
/* Makes the input, checks it and dispatches the first attempt. */
void rp__task_begin(struct rp_engine *e, struct task *task);
/* Queues or starts the next attempt. */
void rp__task_dispatch(struct rp_engine *e, struct task *task);
/* Makes another attempt, as soon as it may be, whatever the plan retries. */
void rp__task_again(struct rp_engine *e, struct task *task);
/* Decides what follows a failed attempt: retry, fallback or the end. */
void rp__task_failed(
    struct rp_engine *e, struct task *task, struct failure failure);
/* Ends a task from outside: cancelled, out of budget. */
void rp__task_stop(struct rp_engine *e, struct task *task, enum rp_class class,
    enum rp_reason reason);
void rp__task_end(
    struct rp_engine *e, struct task *task, enum rp_task_status status);
bool rp__task_is_synthesis(const struct task *task);
void rp__queue_pump(struct rp_engine *e);
void rp__queue_remove(struct rp_engine *e, struct task *task);

void rp__attempt_start(struct rp_engine *e, struct task *task);
/* The caller goes on without the worker, which is being ended. */
void rp__attempt_release(
    struct rp_engine *e, struct task *task, enum rp_reason reason);
void rp__attempt_completed(struct rp_engine *e, struct call *call,
    const struct rp_completion *completion);
void rp__attempt_limit(struct rp_engine *e, struct task *task,
    enum rp_class class, enum rp_reason reason, struct rp_duration limit);

/* ---- judge.c ---- */
struct verdict {
    enum rp_class class;   /* NONE: accepted */
    enum rp_reason reason; /* of the failure, or a warning when accepted */
    const char *detail;    /* session arena */
    const cJSON *value;    /* accepted */
};
/* Pure: whether what a call delivered is an acceptable output. */
struct verdict rp__judge(struct rp_engine *e, const struct task *task,
    const struct rp_completion *completion);
/* Judges `value` by `schema`: NONE or the failure, with the first violations
 * in `*detail`. */
enum rp_reason rp__judge_contract(struct rp_engine *e,
    const struct rp_schema *schema, const cJSON *value,
    enum rp_reason when_broken, const char **detail);

/* ---- aggregate.c, synthesis.c ---- */
/* Merges the children of an ended parallel in byte order of their names. */
const cJSON *rp__aggregate(struct rp_engine *e, struct node_run *node);
void rp__synthesis_decide(struct rp_engine *e, const struct task *task);

/* ---- session.c ---- */
void rp__session_begin(struct rp_engine *e, const struct rp_event *event);
void rp__session_cancel(struct rp_engine *e, enum rp_reason cause);
void rp__session_budget(struct rp_engine *e, enum timer_kind kind);
/* resume.c: what was in flight when the process died is gone, and runs again
 * or is lost, by the `effects` of its agent. */
void rp__session_resume(struct rp_engine *e, uint32_t incarnation);
/* Called at the end of every step: drains and finishes when the flow ended. */
void rp__session_settle(struct rp_engine *e);
/* The class of budget that forbids `task` another attempt, or NONE. */
enum rp_reason rp__session_budget_left(
    const struct rp_engine *e, const struct task *task);

#endif
