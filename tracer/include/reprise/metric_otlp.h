/* metric_otlp.h - metrics as OTLP. Floor: tracer. Pure.
 *
 * MetricsData, which is also the body of an export request: cumulative sums,
 * histograms with explicit buckets, gauges, with exemplars.
 */
#ifndef RP_METRIC_OTLP_H
#define RP_METRIC_OTLP_H

#include <reprise/metric.h>
#include <reprise/otlp.h>
#include <reprise/protobuf.h>

struct rp_metric_document {
    struct rp_metrics *metrics;
    struct rp_wall began, now;
    uint32_t first, end; /* of the metrics: those before `end` */
};

/* Points that are in it; 0: nothing is written. */
uint32_t rp_metric_document_points(const struct rp_metric_document *document);

/* In front of what is in `out`, and behind it. Whether it fits is in
 * `out->overflowed`. All borrowed. */
void rp_metric_proto_write(struct rp_pb *out,
    const struct rp_otlp_resource *resource,
    const struct rp_metric_document *document);
void rp_metric_json_write(struct rp_buf *out,
    const struct rp_otlp_resource *resource,
    const struct rp_metric_document *document);

#endif
