/* sweep_space.h - which cases there are. Floor: sweep. Plays nothing. */
#ifndef RP_SWEEP_SPACE_H
#define RP_SWEEP_SPACE_H

#include <reprise/sweep.h>

#include "sweep_menu.h"

struct rp__sweep_space {
    struct rp_sweep *sweep;      /* borrowed, outlives us; grows */
    struct rp__sweep_menu *menu; /* owned; of the task at hand */
};

/* The columns; RP_E_INVALID: there is no such class. */
RP_NODISCARD enum rp_code rp__sweep_space_classes(
    struct rp_sweep *sweep, struct rp_err *err);

/* How late each task may be, which says what is late. */
void rp__sweep_space_margins(struct rp__sweep_space *space);
/* Other orders of arrival; adds what they show. */
void rp__sweep_orders_try(struct rp_sweep *sweep);
/* Every fault at every task of the baseline. */
void rp__sweep_space_singles(struct rp__sweep_space *space);
/* The orchestrator dies behind each record of the baseline, and once more as it
 * goes on. */
void rp__sweep_space_crashes(struct rp__sweep_space *space);
/* What appeared when `c` was tried, which was just now. */
void rp__sweep_space_revealed(
    struct rp__sweep_space *space, const struct rp_sweep_case *c);
/* Two single faults at different tasks; all of them were tried. */
void rp__sweep_space_pairs(struct rp__sweep_space *space);

/* Schedule `index` of those that are drawn. */
void rp__sweep_space_random(struct rp__sweep_space *space, uint32_t index);

/* Counts a case when it is to be tried; false: it was left out, or is another
 * shard's, which its judgement says. */
bool rp__sweep_is_due(struct rp_sweep *sweep, uint32_t index);
/* Plays and judges it. */
void rp__sweep_try(struct rp_sweep *sweep, struct rp_sweep_case *c);

/* Merges what each case found; orders it, worst first. */
void rp__sweep_gaps_collect(struct rp_sweep *sweep);

#endif
