/* span_limits.h - how much of a span is exported: OpenTelemetry's limits.
 * Floor: tracer. Pure.
 *
 * Of what passes a limit the first part stays, and what is left out is counted
 * in the dropped counts, which are exported; of a text that is cut nothing is
 * counted, as the specification has it. The store keeps everything. Spans that
 * were imported are exported as they were.
 */
#ifndef RP_SPAN_LIMITS_H
#define RP_SPAN_LIMITS_H

#include <reprise/otlp_config.h>
#include <reprise/span.h>

#define RP_SPAN_NO_LIMIT UINT32_MAX
#define RP_SPAN_COUNT_LIMIT 128 /* where a variable does not say otherwise */

struct rp_span_limits {
    uint32_t value_characters; /* of each text of an attribute */
    uint32_t attributes, events, links;
    uint32_t event_attributes, link_attributes; /* of each one */
};

/* OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT and so on. Each warning is a line. */
void rp_span_limits_read(struct rp_span_limits *out,
    const struct rp_environment *environment, struct rp_buf *warnings);

/* `span` itself when nothing is to be left out; else a copy whose lists are in
 * `arena` and whose texts are in `arena` or those of `span`. */
const struct rp_span *rp_span_limited(const struct rp_span_limits *limits,
    struct rp_arena *arena, const struct rp_span *span);

#endif
