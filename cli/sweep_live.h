/* sweep_live.h - what a sweep found, tried with real workers. Floor: cli. */
#ifndef RP_CLI_SWEEP_LIVE_H
#define RP_CLI_SWEEP_LIVE_H

#include <reprise/sweep.h>

#define RP__SWEEP_LIVE_ALL UINT32_MAX

struct rp__sweep_live_how {
    uint32_t runs_max;  /* RP__SWEEP_LIVE_ALL: every scenario */
    bool each;          /* of these one of each fault only */
    uint32_t job_count; /* side by side */
    bool tell;          /* on a terminal, how far it is */
};

/* Scenarios, or faults, that were not tried, and why. */
struct rp__sweep_live_left {
    const char *why;
    uint32_t count;
};

struct rp__sweep_live {
    struct rp_arena *arena;   /* owned */
    const char **gap_states;  /* of each gap: "live", or what came instead;
                                 NULL: it was not tried */
    const char **case_states; /* of each scenario its verdict live, or NULL */
    /* A line for each: what went otherwise; what the machine decided, at its
     * second try too; what went as in the sweep at its second try only; what
     * did not fire, since the worker was faster. */
    const char **differences, **undecided, **seconds, **idles;
    uint32_t difference_count, undecided_count, second_count, idle_count;
    uint32_t run_count, agreed_count; /* scenarios */
    uint32_t known_count;             /* of them from what was kept of before */
    uint32_t watcher_count; /* of them whose store, or destination of spans,
                               failed */
    uint32_t watcher_idle_count; /* and did so too late */
    struct rp__sweep_live_left *left;
    uint32_t left_count;
};

/* After rp__sweep_live_watch(): what shows each gap, then other scenarios,
 * evenly. Those that a limit is near to are tried last, one at a time; and once
 * more where the machine may have decided. RP_E_IO: nothing can be run, or
 * kept; RP_E_CANCELLED: somebody wants us to end. Fini is due whatever is
 * returned. */
RP_NODISCARD enum rp_code rp__sweep_live_confirm(struct rp__sweep_live *out,
    struct rp_sweep *sweep, const struct rp__sweep_live_how *how,
    struct rp_err *err);
void rp__sweep_live_fini(struct rp__sweep_live *live);

#endif
