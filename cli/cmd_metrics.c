/* metrics - what the store counts, for Prometheus and OpenTelemetry. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "identity.h"
#include "metrics.h"
#include "out.h"
#include "resource.h"
#include "say.h"
#include "selection.h"

#define WARNINGS_BYTES_MAX 65536

struct telling {
    struct rp__metrics metrics;
    enum rp_metric_form form;
};

/* ---- what is asked for ---- */

static int take_form(struct telling *t, const struct rp__args *args)
{
    static const char *const names[] = {
        [RP_METRIC_OPENMETRICS] = "openmetrics",
        [RP_METRIC_PROMETHEUS] = "prometheus",
    };
    const char *word = rp__opt_value(args, "format");
    for (size_t i = 0; i < RP_COUNT_OF(names); i++) {
        if (word == NULL || strcmp(word, names[i]) == 0) {
            t->form = (enum rp_metric_form)i;
            return RP__GO_ON;
        }
    }
    rp__say("metrics", "--format '%s' is not openmetrics or prometheus", word);
    return RP__EXIT_USAGE;
}

static int take_since(struct telling *t, const struct rp__args *args)
{
    const char *since = rp__opt_value(args, "since");
    if (since == NULL ||
        rp__selection_time(rp_str_of(since), rp__identity_wall_now(),
            &t->metrics.options.since)) {
        return RP__GO_ON;
    }
    rp__say("metrics", "--since '%s' is neither an age nor a time", since);
    rp__say_next("write 90m, 48h, 7d or 2026-01-31T09:00:00Z");
    return RP__EXIT_USAGE;
}

/* One way of telling them, and what goes with it. What is told again and again
 * is of all sessions, as what was counted must not fall. */
static int check(const struct rp__args *args)
{
    static const char *const of_documents[] = {"format", "since"};
    bool listens = rp__opt_value(args, "listen") != NULL;
    bool sends = rp__metrics_sends(args);
    if (listens && sends) {
        rp__say("metrics", "metrics are served by --listen, or sent");
        return RP__EXIT_USAGE;
    }
    for (size_t i = 0; i < RP_COUNT_OF(of_documents); i++) {
        if ((listens || sends) &&
            rp__opt_value(args, of_documents[i]) != NULL) {
            rp__say("metrics",
                "--%s is of one document, and not of what is served or sent",
                of_documents[i]);
            return RP__EXIT_USAGE;
        }
    }
    return RP__GO_ON;
}

static void read_environment(struct telling *t)
{
    struct rp_buf warnings;
    struct rp_environment environment = rp__environment();
    rp_buf_init(&warnings, WARNINGS_BYTES_MAX);
    rp__resource_read(&t->metrics.resource, t->metrics.arg.arena, &warnings);
    t->metrics.options.exemplars =
        rp_exemplar_filter_read(&environment, &warnings);
    rp__resource_warn("metrics", &warnings);
    rp_buf_fini(&warnings);
}

/* ---- the document ---- */

static bool put(struct rp_buf *out)
{
    bool written = rp__out_write("metrics", rp_buf_str(out));
    rp_buf_reset(out);
    return written;
}

static bool write_document(struct telling *t, struct rp_metrics *metrics)
{
    struct rp_buf out;
    rp_buf_init(&out, RP_METRIC_TEXT_FAMILY_MAX);
    rp_metric_text_begin(&out, t->form, &t->metrics.resource);
    bool written = put(&out);
    for (uint32_t i = 0; written && i < RP_METRIC_COUNT; i++) {
        rp_metric_text_family(&out, t->form, metrics, (enum rp_metric)i);
        written = put(&out);
    }
    rp_metric_text_end(&out, t->form);
    written = written && put(&out);
    rp_buf_fini(&out);
    return written;
}

static int tell(struct telling *t)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_metric_store *store = NULL;
    bool written = false;
    enum rp_code rc = rp_metric_store_open(
        &store, t->metrics.arg.place.path, &t->metrics.options, &err);
    if (rc == RP_OK) {
        rc = rp_metric_store_look(store, rp__identity_wall_now(), &err);
    }
    if (rc == RP_OK) {
        written = write_document(t, rp_metric_store_metrics(store));
    }
    rp_metric_store_close(&store);
    return rc != RP_OK ? rp__session_failed(&t->metrics.arg, &err)
           : written   ? RP__EXIT_OK
                       : RP__EXIT_FAILED;
}

static int run(const struct rp__args *args)
{
    struct telling t = {.form = RP_METRIC_OPENMETRICS};
    const char *listen = rp__opt_value(args, "listen");
    int status = take_form(&t, args);
    if (status == RP__GO_ON) {
        status = take_since(&t, args);
    }
    if (status == RP__GO_ON) {
        status = check(args);
    }
    if (status != RP__GO_ON) {
        return status;
    }
    status = rp__session_open(&t.metrics.arg, args);
    if (status == RP__GO_ON && rp__metrics_sends(args)) {
        status = rp__metrics_send(&t.metrics, args);
    } else if (status == RP__GO_ON) {
        read_environment(&t);
        status =
            listen == NULL ? tell(&t) : rp__metrics_serve(&t.metrics, listen);
    }
    rp__session_fini(&t.metrics.arg);
    return status;
}

static const struct rp__opt opts[] = {
    {"format", "NAME",
        "openmetrics (default), or prometheus: its older text, without "
        "exemplars",
        false, 'f'},
    {"since", "AGE",
        "only sessions that began since: 90m, 48h, 7d, or a time "
        "(2026-01-31T09:00:00Z)",
        false, 0},
    {"listen", "[ADDR:]PORT",
        "serve http://ADDR:PORT/metrics until ^C; without ADDR for this "
        "machine only",
        false, 0},
    {"otlp", "URL",
        "send them once to http://HOST:PORT; OTEL_EXPORTER_OTLP_* say the "
        "rest",
        true, 0},
    {"follow", NULL,
        "send them each OTEL_METRIC_EXPORT_INTERVAL (a minute) until ^C", false,
        0},
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_metrics = {
    .name = "metrics",
    .summary = "tell what the store counts, for Prometheus",
    .arguments = "",
    .description =
        "Prints the metrics of the store as OpenMetrics text: sessions, tasks "
        "and\nattempts by outcome and what they took, retries, timeouts, "
        "fallbacks, conflicts,\nfaults, tokens and cost, what goes on now, and "
        "the store and its export.\nExemplars name a span of each. Live "
        "sessions are counted, not replays, and\nnot what was imported.",
    .footer =
        "Exit status: 0; 1 it could not be written, served or sent; 2 the "
        "command line\nis wrong; 3 some were refused; 4 the store cannot "
        "be read.\n\n"
        "Examples:\n"
        "  reprise metrics\n"
        "  reprise metrics --listen 9464\n"
        "  reprise metrics --otlp http://localhost:4318\n"
        "  reprise metrics --since 24h | grep degradations",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 0,
    .run = run,
};
