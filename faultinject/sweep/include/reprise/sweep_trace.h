/* sweep_trace.h - what one run of a session came to, as oracles look at it.
 * Floor: sweep.
 *
 * A run under faults is a rerun of the recording in virtual time; nothing is
 * stored: each step is folded into the trace as the runner appends it.
 */
#ifndef RP_SWEEP_TRACE_H
#define RP_SWEEP_TRACE_H

#include <reprise/fault_rule.h>
#include <reprise/rerun.h>

struct rp_sweep_attempt {
    struct rp_instant began;
    struct rp_duration took;
    enum rp_reason reason; /* of its end; OK: accepted */
    uint64_t rules;        /* bit (1u << i) of each rule that marked it */
    bool altered;          /* a fault made another document of its output */
};

struct rp_sweep_task {
    const char *path;
    const struct rp_plan_agent *agent; /* NULL before its first attempt */
    bool synthesis;
    enum rp_task_status status;
    enum rp_reason reason; /* of its end */
    enum rp_class class;   /* of its failure */
    struct rp_instant began, ended;
    struct rp_digest input, output; /* zero when there is none */
    struct rp_sweep_attempt *attempts;
    uint32_t attempt_count, attempt_room;
    uint32_t end_count;
    const char **from; /* nodes that its input comes from; "input" */
    uint32_t from_count;
    bool cites;          /* a synthesis that names its sources */
    uint32_t unresolved; /* sources that it names and was not given */
    bool canary;         /* sem.canary's mark is in its input */
};

/* Everything lives in `arena`. */
struct rp_sweep_trace {
    struct rp_arena *arena;      /* owned */
    struct rp_sweep_task *tasks; /* in order of their beginning */
    uint32_t task_count, task_room;
    enum rp_outcome outcome;
    enum rp_reason reason; /* of the session's end */
    struct rp_instant ended;
    uint32_t requested, delivered;
    struct rp_digest output;
    const char **unmet; /* nodes that ended with need_not_met */
    uint32_t unmet_count, unmet_room;
    const char **conflicts; /* keys */
    uint32_t conflict_count, conflict_room;
    uint32_t survivor_count;
    uint64_t fired;          /* bit (1u << i) of each rule that did */
    struct rp_digest digest; /* of all records in order, when asked for */
    uint32_t record_count;
    const char *envelope; /* of the run; NULL unless it was asked for */
};

/* What runs are made of; all borrowed. */
struct rp_sweep_ground {
    struct rp_recording *recording;
    const struct rp_plan *plan; /* NULL: the recorded one */
    uint64_t seed;
    enum rp_changed_input changed;
    bool envelope;        /* the trace has it */
    bool digest;          /* ditto */
    struct rp_memo *memo; /* borrowed; NULL: none */
};

/* `trace` is initialised to zero by the caller, and may be used again after
 * reset. Codes as of rp_rerun(): what was run until then is in the trace. */
RP_NODISCARD enum rp_code rp_sweep_play(struct rp_sweep_trace *trace,
    const struct rp_sweep_ground *ground, const struct rp_fault_rules *rules,
    struct rp_err *err);
/* The same of a session that ran live under the rules, and was recorded. */
RP_NODISCARD enum rp_code rp_sweep_trace_of(struct rp_sweep_trace *trace,
    const struct rp_sweep_ground *ground, struct rp_recording *live,
    const struct rp_fault_rules *rules, struct rp_err *err);
void rp_sweep_trace_reset(struct rp_sweep_trace *trace);
void rp_sweep_trace_fini(struct rp_sweep_trace *trace);

/* The task of that path, NULL if there is none. */
const struct rp_sweep_task *rp_sweep_trace_task(
    const struct rp_sweep_trace *trace, const char *path);

#endif
