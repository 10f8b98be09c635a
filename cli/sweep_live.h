/* sweep_live.h - what a sweep found, tried with real workers. Floor: cli.
 *
 * Each run is a session of its own, by this program, in a store that is removed
 * afterwards. It dies with us. */
#ifndef RP_CLI_SWEEP_LIVE_H
#define RP_CLI_SWEEP_LIVE_H

#include <reprise/sweep.h>

struct rp__sweep_live {
    struct rp_arena *arena;   /* owned */
    const char **gap_states;  /* of each gap: "live", or what came instead;
                                 NULL: it was not tried */
    const char **differences; /* scenarios that went otherwise */
    uint32_t difference_count;
    /* Of a fault that is late for a worker which was faster this time, nothing
     * can be said. */
    uint32_t run_count, agreed_count, idle_count;
    /* Of them those whose store or destination of spans failed. */
    uint32_t watcher_count;
};

/* Failures of the store and of where spans are sent, in a fourth of `runs_max`;
 * what they show is added to the gaps. RP_E_IO: nothing can be run. Fini is due
 * whatever is returned. */
RP_NODISCARD enum rp_code rp__sweep_live_watch(struct rp__sweep_live *out,
    struct rp_sweep *sweep, uint32_t runs_max, struct rp_err *err);
/* Then what shows each gap, then other scenarios, evenly, up to `runs_max`.
 * RP_E_IO: nothing can be run. Fini is due whatever is returned. */
RP_NODISCARD enum rp_code rp__sweep_live_confirm(struct rp__sweep_live *out,
    struct rp_sweep *sweep, uint32_t runs_max, struct rp_err *err);
void rp__sweep_live_fini(struct rp__sweep_live *live);

#endif
