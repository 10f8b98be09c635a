/* stub.h - decorator: some agents are not run, their output is a file's.
 * Floor: cli. Single-threaded, as all transports. */
#ifndef RP_CLI_STUB_H
#define RP_CLI_STUB_H

#include <reprise/transport.h>

struct rp__stub {
    const char *agent;
    struct rp_str output;
};

/* Wraps and owns `inner`. `clock` and `stubs` with what they point to are
 * borrowed and outlive us. A call of a stubbed agent completes at once, exit
 * status 0; one that a fault stopped hangs until it is killed. Never NULL;
 * release with rp_transport_free(). */
RP_NODISCARD struct rp_transport *rp__stub_new(struct rp_transport *inner,
    struct rp_clock *clock, const struct rp__stub *stubs, uint32_t stub_count);

#endif
