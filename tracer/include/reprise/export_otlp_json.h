/* export_otlp_json.h - spans as OTLP/JSON. Floor: tracer.
 *
 * One object is a line of the OTLP file format (.jsonl), and the body of an
 * OTLP/HTTP JSON request.
 */
#ifndef RP_EXPORT_OTLP_JSON_H
#define RP_EXPORT_OTLP_JSON_H

#include <reprise/buf.h>
#include <reprise/otlp.h>
#include <reprise/span.h>

/* Appends one TracesData object, without a line end; nothing when no span has
 * ended. All borrowed. */
void rp_otlp_json_write(struct rp_buf *out,
    const struct rp_otlp_resource *resource, const struct rp_session_head *head,
    const struct rp_span *const *spans, uint32_t span_count);

#endif
