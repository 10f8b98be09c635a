/* stub.h - decorator: some calls are not made, their output is known already.
 * Floor: cli. Single-threaded, as all transports. */
#ifndef RP_CLI_STUB_H
#define RP_CLI_STUB_H

#include <reprise/transport.h>

struct rp__stub {
    const char *agent;
    struct rp_str output;
    struct rp_digest content; /* of the call; zero: any call of the agent */
};

/* Wraps and owns `inner`. `clock` and `stubs` with what they point to are
 * borrowed and outlive us. A stubbed call completes at once, exit
 * status 0; one that a fault stopped hangs until it is killed. Never NULL;
 * release with rp_transport_free(). */
RP_NODISCARD struct rp_transport *rp__stub_new(struct rp_transport *inner,
    struct rp_clock *clock, const struct rp__stub *stubs, uint32_t stub_count);

#endif
