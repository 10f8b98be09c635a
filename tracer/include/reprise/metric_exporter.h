/* metric_exporter.h - pushes the metrics of a store to one destination.
 * Floor: tracer. Single-threaded.
 *
 * All of them, cumulative since the first session: what is not taken now is
 * told again, and more right, by the next push.
 */
#ifndef RP_METRIC_EXPORTER_H
#define RP_METRIC_EXPORTER_H

#include <reprise/metric_store.h>
#include <reprise/otlp_channel.h>

struct rp_metric_exporter_options {
    const char *store_path; /* all borrowed, outlive us */
    const struct rp_metric_store_options *metrics;
    const struct rp_otlp_config *config;
    const char *url;
    const struct rp_otlp_resource *resource;
    const struct rp_otlp_world *world;
};

struct rp_metric_exporter;

/* Errors as of rp_metric_store_open(). Owned by the caller. */
RP_NODISCARD enum rp_code rp_metric_exporter_open(
    struct rp_metric_exporter **out,
    const struct rp_metric_exporter_options *options, struct rp_err *err);
void rp_metric_exporter_close(struct rp_metric_exporter **exporter);

/* Counts what is new and sends all of it. Gives up `limit` after its begin.
 * RP_OK: there was an answer to all of it; RP_E_TIMEOUT; RP_E_CANCELLED: told
 * to stop; or an error of the store, after which it is of no more use. */
RP_NODISCARD enum rp_code rp_metric_exporter_push(
    struct rp_metric_exporter *exporter, struct rp_duration limit,
    struct rp_err *err);

/* Of data points, since it was opened. */
const struct rp_otlp_counts *rp_metric_exporter_counts(
    const struct rp_metric_exporter *exporter);

#endif
