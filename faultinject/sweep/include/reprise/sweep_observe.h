/* sweep_observe.h - the oracles of runs whose store or whose destination of
 * spans fails: what watches a session must not change it, and what is lost must
 * be said. Only a live run can tell. Floor: sweep. Pure.
 */
#ifndef RP_SWEEP_OBSERVE_H
#define RP_SWEEP_OBSERVE_H

#include <reprise/sweep_judge.h>

struct rp_sweep_observed {
    const char *rule;
    bool store;      /* the store failed; else where spans are sent */
    bool said;       /* the run said that something was not recorded */
    bool readable;   /* what was recorded could be read, and is whole */
    const char *why; /* it could not; "" */
    const struct rp_sweep_trace *trace; /* NULL: nothing was recorded */
};

/* The rules that are tried. */
const char *const *rp_sweep_observe_rules(bool store, uint32_t *count);

/* I21, I22. False: all is as it should be. Texts live in `arena`. */
bool rp_sweep_observe(struct rp_sweep_finding *out, struct rp_arena *arena,
    const struct rp_sweep_trace *baseline,
    const struct rp_sweep_observed *observed);

#endif
