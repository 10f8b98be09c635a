/* trace_context.h - the caller's trace, as W3C Trace Context tells it. Pure.
 * Floor: cli. */
#ifndef RP_CLI_TRACE_CONTEXT_H
#define RP_CLI_TRACE_CONTEXT_H

#include <reprise/id.h>

struct rp__trace_context {
    struct rp_trace_id trace;
    struct rp_span_id parent;
    struct rp_str state; /* tracestate, borrowed; empty when unfit */
    bool sampled;
};

/* Strict: lower case, no zero ids, version 00 exactly as it is defined, later
 * ones by their first four fields. False: it is to be ignored, as if it were
 * not there, `tracestate` too. */
bool rp__trace_context_parse(struct rp__trace_context *out,
    const char *traceparent, const char *tracestate);

#endif
