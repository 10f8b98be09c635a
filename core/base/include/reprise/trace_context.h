/* trace_context.h - W3C Trace Context level 2 and Baggage, as text. Pure.
 * Floor: base.
 *
 * What is malformed is ignored, never an error: a caller's mistake must not
 * keep a session from running.
 */
#ifndef RP_TRACE_CONTEXT_H
#define RP_TRACE_CONTEXT_H

#include <reprise/buf.h>
#include <reprise/id.h>

#define RP_TRACEPARENT_LEN 55

struct rp_trace_context {
    struct rp_trace_id trace;
    struct rp_span_id parent;
    bool sampled;
    bool random; /* the right-most 7 bytes of the trace id are random */
};

/* Space and tab around it do not count. Strict: lower case, no zero ids,
 * version 00 exactly as it is defined, later ones by their first four fields.
 * False: it is to be ignored, and tracestate with it. */
bool rp_traceparent_parse(
    struct rp_trace_context *out, struct rp_str traceparent);
/* Version 00, terminated: RP_TRACEPARENT_LEN + 1 bytes. */
void rp_traceparent_write(char *out, const struct rp_trace_context *context);

/* Bit 1 sampled, bit 2 random: the low byte of OTLP's flags too. */
#define RP_TRACE_FLAG_SAMPLED 0x01
#define RP_TRACE_FLAG_RANDOM 0x02

#define RP_TRACESTATE_MEMBERS_MAX 32
#define RP_TRACESTATE_BYTES_MAX 512
/* Adds the list as it may be passed on: members in order and joined by ',',
 * spaces around them and empty ones gone, of a key that comes twice the first.
 * One malformed member, or more than 32, and nothing is added: false. What is
 * longer than 512 bytes loses whole members, long ones first, then the last
 * ones. An empty list is good. */
bool rp_tracestate_clean(struct rp_buf *out, struct rp_str tracestate);

#define RP_BAGGAGE_MEMBERS_MAX 64
#define RP_BAGGAGE_BYTES_MAX 8192
/* The same for baggage, where only what is malformed is left out, and what
 * passes 64 members or 8192 bytes. */
void rp_baggage_clean(struct rp_buf *out, struct rp_str baggage);

/* OTEL_PROPAGATORS. Empty: both of them; names that are not known are left
 * out, "none" is none. */
struct rp_propagators {
    bool tracecontext, baggage;
};
struct rp_propagators rp_propagators_of(struct rp_str names);

#endif
