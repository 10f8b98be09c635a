/* otlp_logs.h - the events of spans as log records of OTLP. Floor: tracer.
 * Pure.
 *
 * OpenTelemetry's conventions move events from spans to logs: records that have
 * the name of the event and refer to its span. Ours stay on their spans, too,
 * as programs that show traces look for them there.
 */
#ifndef RP_OTLP_LOGS_H
#define RP_OTLP_LOGS_H

#include <reprise/buf.h>
#include <reprise/otlp.h>
#include <reprise/protobuf.h>
#include <reprise/span.h>

/* Of SeverityNumber. */
enum rp_log_severity {
    RP_LOG_INFO = 9,
    RP_LOG_WARN = 13,
    RP_LOG_ERROR = 17,
};
/* WARN: something went otherwise than was asked; ERROR: "exception". */
enum rp_log_severity rp_log_severity(struct rp_str event_name);

/* How many records the events of the ended spans are, within its limits. */
uint32_t rp_otlp_logs_count(const struct rp_otlp_resource *resource,
    const struct rp_span *const *spans, uint32_t span_count);

/* As rp_otlp_proto_write() and rp_otlp_json_write(): one LogsData, the same as
 * ExportLogsServiceRequest; the limits of spans hold for what their events
 * are. */
void rp_otlp_logs_proto_write(struct rp_pb *out,
    const struct rp_otlp_resource *resource, const struct rp_session_head *head,
    const struct rp_span *const *spans, uint32_t span_count);
void rp_otlp_logs_json_write(struct rp_buf *out,
    const struct rp_otlp_resource *resource, const struct rp_session_head *head,
    const struct rp_span *const *spans, uint32_t span_count);

#endif
