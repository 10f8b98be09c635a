/* metric.h - metrics: what there is to count, and the counts. Floor: tracer.
 * Pure: no store, no clock.
 *
 * metric.def is the table of every metric and attribute. Values are integers
 * in units of a metric's scale (nanoseconds for seconds), so that sums are
 * exact and do not depend on the order in which they were made.
 */
#ifndef RP_METRIC_H
#define RP_METRIC_H

#include <reprise/id.h>
#include <reprise/mem.h>

enum rp_metric_label {
#define RP_METRIC_LABEL(name, key, meaning, example) RP_LABEL_##name,
#include <reprise/metric.def>
#undef RP_METRIC_LABEL
    RP_LABEL_COUNT
};
/* "gen_ai.agent.name" */
const char *rp_metric_label_key(enum rp_metric_label label);

enum rp_metric {
#define RP_METRIC(name, instrument, key, unit, buckets, labels, meaning)       \
    RP_METRIC_##name,
#include <reprise/metric.def>
#undef RP_METRIC
    RP_METRIC_COUNT
};

enum rp_instrument {
    RP_INSTRUMENT_COUNTER,
    RP_INSTRUMENT_UPDOWN,
    RP_INSTRUMENT_GAUGE,
    RP_INSTRUMENT_HISTOGRAM,
};

struct rp_metric_info {
    const char *name; /* "reprise.task.duration" */
    const char *unit; /* of OpenTelemetry: "s" */
    const char *meaning;
    enum rp_instrument instrument;
    uint32_t labels; /* bits 1u << RP_LABEL_… */
    const double *bounds;
    uint32_t bound_count;
};
const struct rp_metric_info *rp_metric_info(enum rp_metric metric);
/* What 1 of its unit is as a value; 1: its values are integers. */
int64_t rp_metric_scale(const struct rp_metric_info *info);

/* A span that stands for what was counted. */
struct rp_exemplar {
    struct rp_trace_id trace;
    struct rp_span_id span;
    int64_t unix_ns; /* 0: there is none */
    int64_t value;
};

/* By rp_metric_label; empty: there is no such thing. */
struct rp_metric_labels {
    struct rp_str values[RP_LABEL_COUNT];
};

/* Attribute sets of one metric: one more of them, and what follows, go to a
 * set of their own, as OpenTelemetry's limit has it. */
#define RP_METRIC_SETS_MAX 2000
/* Of the text of an attribute; what is longer is cut. */
#define RP_METRIC_TEXT_BYTES_MAX 256

/* One attribute set of one metric. */
struct rp_metric_point {
    const struct rp_str *values;   /* [RP_LABEL_COUNT] */
    bool overflow;                 /* of all sets past the limit */
    int64_t value;                 /* of a histogram, the sum */
    uint64_t count;                /* of a histogram, as the next ones */
    uint64_t *buckets;             /* [bound_count + 1], not cumulative */
    struct rp_exemplar *exemplars; /* [1], or [bound_count + 1]; the latest */
};

struct rp_metrics;
struct rp_metrics *rp_metrics_new(void); /* owned */
void rp_metrics_free(struct rp_metrics **metrics);

/* Counters and sums grow by `value`, a gauge is the largest one, a histogram
 * has one more. Texts are copied; `exemplar` may be NULL. */
void rp_metrics_add(struct rp_metrics *metrics, enum rp_metric metric,
    const struct rp_metric_labels *labels, int64_t value,
    const struct rp_exemplar *exemplar);
/* Forgets every point of the metric. */
void rp_metrics_clear(struct rp_metrics *metrics, enum rp_metric metric);

/* In the order of their attributes. Borrowed until they are next changed. */
const struct rp_metric_point *rp_metrics_points(
    struct rp_metrics *metrics, enum rp_metric metric, uint32_t *count);

#endif
