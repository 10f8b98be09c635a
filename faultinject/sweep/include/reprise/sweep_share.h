/* sweep_share.h - cases that other processes play, told in a line of bytes
 * each. Floor: sweep.
 *
 * The cases of pairs and of what is drawn are known before the first of them is
 * played, and nothing follows from one for another. A process that was forked
 * from the one that sweeps plays some of them; what became of each is the same
 * as if it had been played here. Both are the same program on one machine.
 */
#ifndef RP_SWEEP_SHARE_H
#define RP_SWEEP_SHARE_H

#include <reprise/sweep.h>

/* So many cases one after the other are one process's turn: neighbours are
 * alike, and what is remembered of one serves the next. Fewer bytes are told of
 * them than a pipe holds, so that nobody waits. */
#define RP_SWEEP_SHARE_BLOCK 32

/* Plays every case from `first` on that is due and whose turn is `share` of
 * `share_count`, and hands over each one's bytes, in order; false: stop. */
void rp_sweep_share_play(struct rp_sweep *sweep, uint32_t first, uint32_t share,
    uint32_t share_count, bool (*tell)(void *context, struct rp_str bytes),
    void *context);

/* Takes what became of case `index`. False: these are not such bytes. */
bool rp_sweep_share_take(
    struct rp_sweep *sweep, uint32_t index, struct rp_str bytes);

#endif
