/* order_seen.h - which orders were tried already. Floor: replay, internal. */
#ifndef RP_REPLAY_ORDER_SEEN_H
#define RP_REPLAY_ORDER_SEEN_H

#include <stdbool.h>
#include <stdint.h>

/* Zero it to begin with. Orders are kept by 64 bits of their digests. */
struct rp__order_seen {
    uint64_t *slots; /* owned; 0: free */
    uint32_t count, room;
};

/* Whether it is new; then it is known from now on. */
bool rp__order_seen_add(
    struct rp__order_seen *seen, const uint32_t *order, uint32_t count);
void rp__order_seen_fini(struct rp__order_seen *seen);

#endif
