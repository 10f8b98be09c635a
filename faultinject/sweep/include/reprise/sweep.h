/* sweep.h - every fault of a catalogue at every point of a recorded session.
 * Floor: sweep. Single-threaded; runs and contacts nothing.
 *
 * A case is a list of fault rules, in the notation of `--fault`; it is played
 * over the recording in virtual time and judged. Single faults come first: at
 * the first attempt of each task, and at all of its attempts. What they reveal
 * (a second attempt, a stand-in) is attacked next. Complete for this session,
 * this catalogue and this depth only.
 */
#ifndef RP_SWEEP_H
#define RP_SWEEP_H

#include <reprise/sweep_judge.h>

#define RP_SWEEP_RULES_MAX 8 /* of one case */
#define RP_SWEEP_CASES_MAX 4000000
#define RP_SWEEP_CLASSES_MAX 16

struct rp_sweep_case {
    uint32_t number; /* 1, 2, … */
    const char *const *rules;
    uint32_t rule_count;
    uint32_t row, column; /* of the last rule: task and class of fault */
    uint32_t attempt;     /* of the last rule; 0: all */
    uint32_t rank;        /* sum over the rules: simpler faults have less */
    struct rp_sweep_judgement judgement;
    enum rp_outcome outcome;
    struct rp_instant ended;
    struct rp_digest digest; /* of its records */
};

/* A task that faults were put on. */
struct rp_sweep_row {
    const char *path, *agent;
    bool revealed;  /* appears under faults only */
    uint32_t tries; /* attempts that faults were put on one by one */
};

/* The same defence missing at the same place. */
struct rp_sweep_gap {
    enum rp_gap_kind gap;
    const char *path, *detail;
    const struct rp_sweep_case *example; /* the simplest that shows it */
    uint32_t case_count;
};

struct rp_sweep_options {
    struct rp_recording *recording; /* all borrowed, outlive the sweep */
    const struct rp_plan *plan;     /* NULL: the recorded one */
    struct rp_str plan_text;        /* as the user wrote it; empty: unknown */
    uint64_t seed;
    bool strict; /* a changed input is not answered as recorded */
    /* Names of classes; NULL: all. */
    const char *const *classes;
    uint32_t class_count;
    uint32_t cases_max; /* 0: RP_SWEEP_CASES_MAX */
};

/* All in `arena` or borrowed from the options. */
struct rp_sweep {
    struct rp_arena *arena; /* owned */
    struct rp_sweep_options options;
    struct rp_sweep_trace baseline; /* owned */
    struct rp_sweep_case **cases;   /* owned; in order of their number */
    uint32_t case_count, case_room;
    struct rp_sweep_row *rows; /* owned */
    uint32_t row_count, row_room;
    const char *classes[RP_SWEEP_CLASSES_MAX]; /* columns */
    uint32_t class_count;
    struct rp_sweep_gap *gaps; /* owned; worst first */
    uint32_t gap_count, gap_room;
    uint32_t counts[RP_VERDICT_COUNT];
    uint32_t twice_count;   /* cases that were played a second time */
    bool stopped;           /* `cases_max` was reached */
    const char *not_itself; /* the session does not replay as recorded: what
                               differs; NULL: it does */
};

/* RP_E_INVALID: no such class, a session without a task, or one that does not
 * replay as it was recorded. `sweep` is released by rp_sweep_fini()
 * whatever is returned. */
RP_NODISCARD enum rp_code rp_sweep_run(struct rp_sweep *sweep,
    const struct rp_sweep_options *options, struct rp_err *err);
void rp_sweep_fini(struct rp_sweep *sweep);

/* The worst verdict of a cell of the matrix, and whether a gap shows there;
 * false when no case is in it. */
bool rp_sweep_cell(const struct rp_sweep *sweep, uint32_t row, uint32_t column,
    enum rp_verdict *worst, bool *gap);

#endif
