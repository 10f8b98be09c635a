/* otlp_proto.h - spans as OTLP in protocol buffers. Floor: tracer.
 *
 * Messages of this kind may stand one behind the other: they are one message
 * then, as the fields that repeat are joined. A file of several batches is read
 * as one TracesData by every decoder.
 */
#ifndef RP_OTLP_PROTO_H
#define RP_OTLP_PROTO_H

#include <reprise/otlp.h>
#include <reprise/protobuf.h>
#include <reprise/span.h>

/* Puts one TracesData (the same bytes as ExportTraceServiceRequest) in front
 * of what is in `out`; nothing when no span has ended. All borrowed. Whether
 * it fits is in `out->overflowed`. */
void rp_otlp_proto_write(struct rp_pb *out,
    const struct rp_otlp_resource *resource, const struct rp_session_head *head,
    const struct rp_span *const *spans, uint32_t span_count);

#endif
