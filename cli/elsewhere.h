/* elsewhere.h - decorator: calls that the transport behind it does not know of
 * (RP_E_NOT_FOUND) are made by another one, which takes real time.
 * Floor: cli. Single-threaded, as all transports.
 *
 * As long as such a call runs, virtual time passes as real time does; what is
 * behind reports at its own instants all the same.
 */
#ifndef RP_CLI_ELSEWHERE_H
#define RP_CLI_ELSEWHERE_H

#include <reprise/runner.h>

#include "paths.h"

struct rp__elsewhere_options {
    struct rp_clock *clock; /* virtual; of what is behind */
    struct rp_transport *live;
    struct rp_clock *live_clock; /* of `live` */
    struct rp_operator *people;  /* who asks something ends it */
    /* Whether calls of the task may be made elsewhere. */
    bool (*wanted)(const void *context, const char *task);
    const void *context;
    struct rp__paths *made; /* gets the paths of calls that were */
};

/* Takes `inner` over; what `options` point to is borrowed and outlives us.
 * poll fails with RP_E_CANCELLED when `people` ask anything. */
RP_NODISCARD struct rp_transport *rp__elsewhere_new(
    struct rp_transport *inner, const struct rp__elsewhere_options *options);

#endif
