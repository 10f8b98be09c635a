/* metrics.h - what the forms of `reprise metrics` share. Floor: cli. */
#ifndef RP_CLI_METRICS_H
#define RP_CLI_METRICS_H

#include <reprise/metric_store.h>
#include <reprise/metric_text.h>

#include "session_arg.h"

struct rp__metrics {
    struct rp__session_arg arg;
    struct rp_metric_store_options options;
    struct rp_otlp_resource resource;
};

/* "9464", "0.0.0.0:9464", "[::1]:9464"; without an address it is the
 * loopback's. False: it is none. */
bool rp__metrics_place(
    const char *text, char *address, size_t address_size, uint16_t *port);
/* What an Accept header wants most of the two. */
enum rp_metric_form rp__metrics_wanted(struct rp_str accept);

/* --otlp or --follow: sends them. Returns an exit status. */
bool rp__metrics_sends(const struct rp__args *args);
int rp__metrics_send(struct rp__metrics *metrics, const struct rp__args *args);

/* Serves /metrics there, until INT or TERM. Returns an exit status. */
int rp__metrics_serve(struct rp__metrics *metrics, const char *place);

#endif
