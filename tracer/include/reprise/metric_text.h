/* metric_text.h - metrics as text for Prometheus. Floor: tracer. Pure.
 *
 * Names, units and attributes are translated by OpenTelemetry's rules. A
 * document is target info, one family after the other, and an end; whoever
 * writes it takes the buffer away between two of them.
 */
#ifndef RP_METRIC_TEXT_H
#define RP_METRIC_TEXT_H

#include <reprise/buf.h>
#include <reprise/metric.h>
#include <reprise/otlp.h>

enum rp_metric_form {
    RP_METRIC_OPENMETRICS, /* 1.0, with exemplars and units */
    RP_METRIC_PROMETHEUS,  /* its older text, 0.0.4, which has neither */
};
/* The media type, for a Content-Type. */
const char *rp_metric_form_type(enum rp_metric_form form);

/* So many bytes at most are added by one family. */
#define RP_METRIC_TEXT_FAMILY_MAX ((size_t)256 << 20)

void rp_metric_text_begin(struct rp_buf *out, enum rp_metric_form form,
    const struct rp_otlp_resource *resource);
/* Nothing when there are no points. */
void rp_metric_text_family(struct rp_buf *out, enum rp_metric_form form,
    struct rp_metrics *metrics, enum rp_metric metric);
void rp_metric_text_end(struct rp_buf *out, enum rp_metric_form form);

#endif
