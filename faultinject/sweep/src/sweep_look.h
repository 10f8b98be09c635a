/* sweep_look.h - what oracles of several files share. Floor: sweep. */
#ifndef RP_SWEEP_LOOK_H
#define RP_SWEEP_LOOK_H

#include <reprise/sweep_judge.h>

struct rp__looking {
    struct rp_sweep_judgement *out;
    struct rp_arena *arena;
    const struct rp_sweep_measure *measure;
    const struct rp_sweep_played *played;
    const struct rp_sweep_trace *trace;
};

/* `path` is copied, `detail` lives long enough. */
void rp__sweep_found(const struct rp__looking *l, enum rp_gap_kind gap,
    const char *path, const char *detail);

/* Whether the plan says the timeout, as far as can be known: a recorded plan
 * has its defaults written out. */
bool rp__sweep_timeout_is_chosen(
    const struct rp_sweep_measure *m, const struct rp_plan_agent *agent);

/* What became of altered outputs, and of the order of arrival. */
void rp__sweep_look_at_data(const struct rp__looking *l);
/* What a crash of the orchestrator, and the resume behind it, came to. */
void rp__sweep_look_at_crash(const struct rp__looking *l);
/* The kind of the rule that altered the output of an attempt. */
bool rp__sweep_altered_by(const struct rp__looking *l,
    const struct rp_sweep_attempt *attempt, enum rp_fault_kind *out);
/* Effects, sources, what workers are given, and what failures say. */
void rp__sweep_look_at_trust(const struct rp__looking *l);
/* Whether something else than was written was believed, and nobody noticed. */
bool rp__sweep_is_believed(const struct rp__looking *l);
/* Whether a contradiction was noticed. */
bool rp__sweep_is_contradicted(const struct rp__looking *l);

#endif
