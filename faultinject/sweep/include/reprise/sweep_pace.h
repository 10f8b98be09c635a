/* sweep_pace.h - how much faster or slower the workers of a live run were than
 * those of the recording. Floor: sweep.
 *
 * A sweep takes recorded durations; the machine of a live run has other ones.
 * Where that decides how a scenario goes, two verdicts may differ and both be
 * right.
 */
#ifndef RP_SWEEP_PACE_H
#define RP_SWEEP_PACE_H

#include <reprise/sweep_rig.h>

struct rp_sweep_pace {
    struct rp_duration longer;  /* the most that an attempt took longer live */
    struct rp_duration shorter; /* ditto */
    bool outran; /* an attempt was accepted live that was ended in the sweep */
    /* How much longer every attempt that was accepted in the sweep may take
     * before a limit of its agent ends it. */
    struct rp_duration room;
};

/* Of what was judged last, which ran live, against the same rules in virtual
 * time. */
void rp_sweep_pace_find(struct rp_sweep_pace *out, struct rp_sweep_rig *rig);

#endif
