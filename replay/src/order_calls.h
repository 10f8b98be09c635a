/* order_calls.h - the calls of a recording that may change places, and the
 * orders there are of them. Internal. */
#ifndef RP_ORDER_CALLS_H
#define RP_ORDER_CALLS_H

#include <reprise/mem.h>
#include <reprise/recording.h>

struct rp__order_call {
    const char *path;
    uint64_t began_seq, ended_seq; /* records */
    struct rp_duration took;
};

struct rp__order_calls {
    struct rp__order_call *items; /* in order of their completion */
    uint32_t count;
};

/* Those that ended by themselves, each once. */
void rp__order_calls_of(struct rp__order_calls *out, struct rp_arena *arena,
    const struct rp_recording *recording);

/* One order after the other, each keeping what follows what; the first is the
 * recorded one. */
struct rp__orders {
    const struct rp__order_calls *calls;
    uint32_t *chosen; /* indices, of the current order; in the arena */
    bool *used;
    bool begun;
};
void rp__orders_init(struct rp__orders *orders, struct rp_arena *arena,
    const struct rp__order_calls *calls);
bool rp__orders_next(struct rp__orders *orders); /* false: that was all */

/* How many there are, at most `limit`. */
uint64_t rp__orders_count(const struct rp__order_calls *calls, uint64_t limit);

/* An order in which of those that may come next the one comes that `pick`
 * prefers: the smallest of its numbers. */
void rp__order_pick(uint32_t *chosen, const struct rp__order_calls *calls,
    uint64_t (*pick)(
        const void *context, const struct rp__order_call *call, uint32_t index),
    const void *context);

#endif
