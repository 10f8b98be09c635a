/* identity.h - what names a new session: id, trace, seed. Floor: cli. */
#ifndef RP_CLI_IDENTITY_H
#define RP_CLI_IDENTITY_H

#include <reprise/store.h>

/* Fills id, trace, parent_span, tracestate, baggage, flags of the trace, began
 * and seed of `head`. `seed` is the value of --seed or NULL; the trace is the
 * caller's when TRACEPARENT tells one and OTEL_PROPAGATORS does not forbid it.
 * RP_E_INVALID: the seed is no number. RP_E_IO: no chance can be had. */
RP_NODISCARD enum rp_code rp__identity_make(
    struct rp_session_head *head, const char *seed, struct rp_err *err);

struct rp_wall rp__identity_wall_now(void);

#endif
