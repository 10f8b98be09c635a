/* sweep_pick.h - which scenarios of a sweep are run live. Floor: cli. Pure. */
#ifndef RP_CLI_SWEEP_PICK_H
#define RP_CLI_SWEEP_PICK_H

#include "sweep_live.h"

#define RP__SWEEP_NO_PICK UINT32_MAX

/* One list of rules: of a scenario, of gaps that it shows, or both. */
struct rp__sweep_pick {
    const char *const *rules;
    uint32_t rule_count;
    const struct rp_sweep_case *of; /* NULL: shrunk from one */
};

/* All in the arena. */
struct rp__sweep_picks {
    struct rp__sweep_pick *items;
    uint32_t count;
    uint32_t *of_gaps; /* of each gap its pick, or RP__SWEEP_NO_PICK */
};

/* What shows each gap, then other scenarios: all, evenly as many as `runs_max`
 * leaves, or one of each fault. */
void rp__sweep_pick(struct rp__sweep_picks *out, struct rp_arena *arena,
    const struct rp_sweep *sweep, const struct rp__sweep_live_how *how,
    uint32_t runs_max);

/* What could not be picked, counted by its reason, the most first; in `arena`.
 * Of all it is scenarios, of one of each it is faults. */
struct rp__sweep_live_left *rp__sweep_pick_left(uint32_t *count,
    struct rp_arena *arena, const struct rp_sweep *sweep,
    const struct rp__sweep_live_how *how);

#endif
