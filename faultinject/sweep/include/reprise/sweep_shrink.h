/* sweep_shrink.h - the fewest and simplest faults that still show a gap.
 * Floor: sweep.
 */
#ifndef RP_SWEEP_SHRINK_H
#define RP_SWEEP_SHRINK_H

#include <reprise/sweep_rig.h>

#define RP_SWEEP_SHRINK_TRIES_MAX 2000

/* What must be kept, or it would slide to another gap. */
struct rp_sweep_aim {
    enum rp_gap_kind gap;
    const char *path;
};

struct rp_sweep_shrunk {
    const char *const *rules; /* in the rig's arena */
    uint32_t rule_count;
    const char *detail; /* of the finding that is left */
    uint32_t tries;
    bool shown; /* false: the rules do not show the gap at all */
};

/* First fewer rules, then rules without conditions that do not matter, then
 * simpler faults, then smaller times. What is left is minimal: nothing of it
 * can be taken away. */
void rp_sweep_shrink(struct rp_sweep_shrunk *out, struct rp_sweep_rig *rig,
    const char *const *rules, uint32_t rule_count,
    const struct rp_sweep_aim *aim);

#endif
