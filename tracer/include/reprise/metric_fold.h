/* metric_fold.h - what spans add to the metrics. Floor: tracer. Pure.
 *
 * Each span is counted once, when it has ended. Exemplars are of sampled
 * traces only, unless it is asked for others.
 */
#ifndef RP_METRIC_FOLD_H
#define RP_METRIC_FOLD_H

#include <reprise/metric.h>
#include <reprise/otlp_config.h>
#include <reprise/span.h>

/* OTEL_METRICS_EXEMPLAR_FILTER */
enum rp_exemplar_filter {
    RP_EXEMPLARS_TRACE_BASED,
    RP_EXEMPLARS_ALWAYS_ON,
    RP_EXEMPLARS_ALWAYS_OFF,
};
/* A warning is a line in `warnings`. */
enum rp_exemplar_filter rp_exemplar_filter_read(
    const struct rp_environment *environment, struct rp_buf *warnings);

struct rp_metric_fold;

/* Owned by the caller; `metrics` is borrowed and outlives us. */
struct rp_metric_fold *rp_metric_fold_new(
    struct rp_metrics *metrics, enum rp_exemplar_filter exemplars);
void rp_metric_fold_free(struct rp_metric_fold **fold);

/* Of one session: the spans that follow are its own. `took` is what it took
 * when it has ended. All borrowed, for as long as its spans are added. */
struct rp_metric_session {
    const struct rp_session_head *head;
    struct rp_duration took;
    enum rp_outcome outcome; /* NONE: not ended */
};
void rp_metric_fold_begin(
    struct rp_metric_fold *fold, const struct rp_metric_session *session);
/* Counts a span that has ended. */
void rp_metric_fold_add(
    struct rp_metric_fold *fold, const struct rp_span *span);
/* Counts one that has not ended among what goes on, `now`. */
void rp_metric_fold_open(struct rp_metric_fold *fold,
    const struct rp_span *span, struct rp_wall now);
/* Counts what was injected, and only that: of each span of a session that has
 * ended, in order of their numbers. */
void rp_metric_fold_faults(
    struct rp_metric_fold *fold, const struct rp_span *span);

#endif
