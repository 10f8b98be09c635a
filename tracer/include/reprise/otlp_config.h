/* otlp_config.h - what the environment says about sending OTLP: the OTEL_*
 * variables of OpenTelemetry's specification, with its defaults and rules of
 * parsing. Floor: tracer. Pure: variables are asked for by a function.
 *
 * A variable that makes no sense is ignored and warned of, as the
 * specification asks; an empty one counts as not set.
 */
#ifndef RP_OTLP_CONFIG_H
#define RP_OTLP_CONFIG_H

#include <reprise/mem.h>
#include <reprise/otlp.h>
#include <reprise/time.h>

struct rp_environment {
    const char *(*get)(void *context, const char *name); /* NULL: not set */
    void *context;
};

/* What is sent; each has its own variables, paths and words. */
enum rp_otlp_signal {
    RP_OTLP_TRACES,
    RP_OTLP_METRICS,
    RP_OTLP_LOGS,
};
struct rp_otlp_signal_info {
    const char *infix;        /* "TRACES", of OTEL_EXPORTER_OTLP_TRACES_… */
    const char *exporter;     /* the variable: "OTEL_TRACES_EXPORTER" */
    bool by_endpoint;         /* an endpoint alone switches it on */
    const char *http_path;    /* "v1/traces" */
    const char *grpc_path;    /* "/…/Export" */
    const char *one, *noun;   /* "span", "spans" */
    const char *rejected_key; /* of an answer in JSON: "rejectedSpans" */
    /* Variables of how often and how many, with defaults in milliseconds. */
    const char *delay, *flush, *queue, *batch; /* NULL: there is none */
    int64_t delay_ms, flush_ms;
};
const struct rp_otlp_signal_info *rp_otlp_signal_info(
    enum rp_otlp_signal signal);

enum rp_otlp_protocol {
    RP_OTLP_HTTP_PROTOBUF,
    RP_OTLP_HTTP_JSON,
    RP_OTLP_GRPC,
};
const char *rp_otlp_protocol_name(enum rp_otlp_protocol protocol);

#define RP_OTLP_HEADERS_MAX 32

/* Where something is sent, and how. Texts live in the arena. */
struct rp_otlp_config {
    enum rp_otlp_signal signal;
    bool enabled;  /* the exporter, or for traces an endpoint, is named, and
                      nothing switches it off */
    bool disabled; /* switched off: OTEL_SDK_DISABLED, or the exporter none */
    enum rp_otlp_protocol protocol;
    const char *endpoint; /* as it was given, or the default one */
    bool endpoint_whole;  /* nothing is to be appended to it */
    bool insecure;        /* gRPC: of an endpoint without a scheme */
    bool gzip;
    struct rp_duration timeout; /* of one request; FOREVER: none */
    const char *ca_file, *client_certificate, *client_key; /* or NULL */
    const char *headers[RP_OTLP_HEADERS_MAX + 1]; /* "name: value", then NULL */
    uint32_t header_count;
    struct rp_duration schedule_delay; /* between two looks at the queue */
    struct rp_duration export_timeout; /* of all that is there */
    struct rp_duration end_timeout;    /* the same, while somebody waits for
                                          the end: short, unless it was said */
    uint32_t batch_spans;              /* or others */
    /* What is asked for and cannot be had, so that nothing is to be sent, as a
     * sentence; NULL: nothing. */
    const char *refusal;
};

/* Each warning is a line in `warnings`. */
void rp_otlp_config_read(struct rp_otlp_config *out, enum rp_otlp_signal signal,
    struct rp_arena *arena, const struct rp_environment *environment,
    struct rp_buf *warnings);

/* The URL that requests go to: http or https, host, and the path of the signal
 * or of its gRPC method. It is also the name of the destination. */
const char *rp_otlp_config_url(
    const struct rp_otlp_config *config, struct rp_arena *arena);

/* OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES into `out`: a list that
 * cannot be decoded counts as a whole not at all, and is warned of. */
void rp_otlp_resource_read(struct rp_otlp_resource *out, struct rp_arena *arena,
    const struct rp_environment *environment, struct rp_buf *warnings);

#endif
