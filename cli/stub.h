/* stub.h - decorator: some calls are not made, their output is known already.
 * Floor: cli. Single-threaded, as all transports. */
#ifndef RP_CLI_STUB_H
#define RP_CLI_STUB_H

#include <reprise/transport.h>

#include "paths.h"

/* What is said of a call has to fit; the first of several that do counts. */
struct rp__stub {
    const char *agent; /* NULL: any */
    struct rp_str output;
    struct rp_digest content; /* of the call; zero: any */
    const char *task;         /* path; NULL: any */
    const char *lanes;        /* a glob over paths of tasks; NULL: any */
    bool made;                /* there is no output: the call is made */
    /* The call is made first; only if nobody knows of it (RP_E_NOT_FOUND) this
     * answers, and the path of the call is noted there. NULL: at once. */
    struct rp__paths *on_miss;
};

/* Wraps and owns `inner`. `clock` and `stubs` with what they point to are
 * borrowed and outlive us. A stubbed call completes at once, exit
 * status 0; one that a fault stopped hangs until it is killed. Never NULL;
 * release with rp_transport_free(). */
RP_NODISCARD struct rp_transport *rp__stub_new(struct rp_transport *inner,
    struct rp_clock *clock, const struct rp__stub *stubs, uint32_t stub_count);

#endif
