/* instant.h - workers that answer at once, in virtual time. */
#ifndef BENCH_INSTANT_H
#define BENCH_INSTANT_H

#include <reprise/transport.h>

/* `clock` is virtual, borrowed and outlives the transport. A call completes 1
 * ms after its dispatch. */
struct rp_transport *bench_instant_new(struct rp_clock *clock);

#endif
