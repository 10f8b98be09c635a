/* sweep_margin.h - how late a worker may be. Floor: sweep. */
#ifndef RP_SWEEP_MARGIN_H
#define RP_SWEEP_MARGIN_H

#include <reprise/sweep_rig.h>

struct rp_sweep_margin {
    const char *path;      /* of the task */
    struct rp_duration by; /* so late and later it is ended; FOREVER: never */
    enum rp_reason reason; /* by which limit */
    struct rp_duration limit;
    const char *source; /* where it stands: "agents.labs.idle", "defaults.idle",
                           "the default"; "the plan" when its text is not
                           known */
};

/* Of the first attempt of a task of the baseline, by bisection. Texts are
 * borrowed from the rig. */
void rp_sweep_margin_find(struct rp_sweep_margin *out, struct rp_sweep_rig *rig,
    const struct rp_sweep_task *task);

#endif
