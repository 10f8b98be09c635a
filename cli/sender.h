/* sender.h - processes that deliver spans or metrics, one for each destination.
 * Floor: cli.
 *
 * A process of its own, so that a destination that hangs delays neither a
 * session nor another destination. It reads the store as anybody does, and
 * ends when it is told to, or when who started it is gone.
 */
#ifndef RP_CLI_SENDER_H
#define RP_CLI_SENDER_H

#include <stdint.h>
#include <sys/types.h>

#include <reprise/exporter.h>
#include <reprise/metric_exporter.h>

#include "opt.h"
#include "trouble.h"

#define RP__SENDERS_MAX 16

enum rp__sender_task {
    RP__SEND_PENDING,  /* what is there, once */
    RP__SEND_FOLLOW,   /* what comes, until told to stop; then what is left.
                          Metrics: now and then, and at the end */
    RP__SEND_SESSIONS, /* the sessions that are named, whatever was sent */
};

struct rp__sender_result {
    struct rp_otlp_counts counts;
    uint64_t left;
    enum rp_code code; /* of what ended it: RP_OK when nothing is left */
    char text[RP_ERR_TEXT_MAX];
    uint32_t fired[RP_FAULT_RULES_MAX]; /* of `faults` */
};

struct rp__sender {
    struct rp_otlp_config config;
    const char *url;
    pid_t pid;
    int stop_fd;   /* closed: it is to stop */
    int result_fd; /* where its result comes from */
    int status;    /* what came of it, once it was told */
};

struct rp__senders {
    struct rp_arena *arena;
    struct rp_otlp_resource resource;
    struct rp__sender items[RP__SENDERS_MAX];
    uint32_t count;
    const char *command;
    const char *store_path;                /* borrowed, outlives us */
    const struct rp_session_id *from;      /* of rp_export_queue_open() */
    const struct rp_session_row *sessions; /* SESSIONS */
    uint32_t session_count;
    enum rp_capture capture;
    struct rp_metric_store_options metrics;
    const struct rp_fault_rules *faults; /* borrowed; NULL: none */
    uint32_t fired[RP_FAULT_RULES_MAX];  /* once it is told */
};

/* Destinations of --otlp where it is given, else of the environment when it
 * names one. False: a status is due, the person was told. */
bool rp__senders_configure(
    struct rp__senders *senders, const struct rp__args *args, bool default_too);
/* Those of metrics besides, when OTEL_METRICS_EXPORTER asks for them. */
bool rp__senders_add_metrics(
    struct rp__senders *senders, const struct rp__args *args);
/* Only those of metrics, as they were asked for. */
bool rp__senders_configure_metrics(
    struct rp__senders *senders, const struct rp__args *args);
void rp__senders_fini(struct rp__senders *senders);

/* Starts them all. False: the person was told, none runs. */
bool rp__senders_start(struct rp__senders *senders, enum rp__sender_task task);

/* Tells all to stop; those that follow deliver what is left first. */
void rp__senders_stop(struct rp__senders *senders);
/* Waits for them all and tells on standard error what is left or was refused,
 * and what was delivered when `also_good`. RP__EXIT_OK: everything was taken;
 * DEGRADED: some was refused; FAILED: something is left; STORE. */
int rp__senders_tell(struct rp__senders *senders, bool also_good);
/* Whether spans are left, or were refused; after they were told. */
bool rp__senders_lack_spans(const struct rp__senders *senders);

#define RP__OPT_OTLP                                                           \
    {                                                                          \
        "otlp", "URL",                                                         \
            "where spans are sent, http://HOST:PORT; OTEL_EXPORTER_OTLP_* "    \
            "say "                                                             \
            "the rest",                                                        \
            true, 0                                                            \
    }

#endif
