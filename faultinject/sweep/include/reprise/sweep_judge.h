/* sweep_judge.h - the oracles: what a run under faults shows about a session's
 * defences. Floor: sweep. Pure.
 */
#ifndef RP_SWEEP_JUDGE_H
#define RP_SWEEP_JUDGE_H

#include <reprise/sweep_trace.h>
#include <reprise/sweep_verdict.h>

/* More tries of one task than this are a storm. */
#define RP_SWEEP_TRIES_MAX 10
#define RP_SWEEP_FINDINGS_MAX 16 /* of one scenario */

/* A defence that was missing. */
struct rp_sweep_finding {
    enum rp_gap_kind gap;
    const char *path;   /* task or node, "" the session */
    const char *detail; /* what was seen: "60s later, by the default limit" */
};

struct rp_sweep_judgement {
    enum rp_verdict verdict;
    const char *note; /* why it needs a live worker, …; "" when obvious */
    struct rp_sweep_finding findings[RP_SWEEP_FINDINGS_MAX];
    uint32_t finding_count;
    /* A task that was given another input than was recorded, and is taken to
     * answer as then; NULL: none. */
    const char *assumed;
};

/* What scenarios are held against; all borrowed. */
struct rp_sweep_measure {
    const struct rp_plan *plan;
    const struct rp_sweep_trace *baseline; /* without faults */
    /* For each agent of the plan whether its timeout was chosen: a limit that
     * everybody has is nobody's decision. NULL: those that differ from the
     * default count as chosen. */
    const bool *timeout_chosen;
    /* Whether its effects were said to be external, and are not so for want of
     * a word; NULL: of none is it known. */
    const bool *external_chosen;
    /* The plan is the one that was recorded: what the baseline was asked is
     * what its answers are to. */
    bool as_recorded;
};

/* One scenario after it was played. */
struct rp_sweep_played {
    const struct rp_fault_rules *rules;
    const struct rp_sweep_trace *trace;
    enum rp_code code;        /* of rp_sweep_play() */
    const struct rp_err *err; /* ditto */
};

/* Texts live in `arena` or as long as what was given. */
void rp_sweep_judge(struct rp_sweep_judgement *out, struct rp_arena *arena,
    const struct rp_sweep_measure *measure,
    const struct rp_sweep_played *played);

/* The latest instant at which a session under this plan may end: three times
 * the baseline and all limits of its tasks one after the other. */
struct rp_instant rp_sweep_latest_end(
    const struct rp_sweep_measure *measure, const struct rp_sweep_trace *trace);

#endif
