/* sweep_watch.h - live runs whose store, or whose destination of spans, fails.
 * Floor: cli. */
#ifndef RP_CLI_SWEEP_WATCH_H
#define RP_CLI_SWEEP_WATCH_H

#include "sweep_live.h"

/* In a fourth of `runs_max` runs; what they show is added to the gaps. RP_E_IO:
 * nothing can be run; RP_E_CANCELLED: somebody wants us to end. Fini is due
 * whatever is returned. */
RP_NODISCARD enum rp_code rp__sweep_live_watch(struct rp__sweep_live *out,
    struct rp_sweep *sweep, const struct rp__sweep_live_how *how,
    struct rp_err *err);

#endif
