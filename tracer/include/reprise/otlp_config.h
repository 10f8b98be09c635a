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

enum rp_otlp_protocol {
    RP_OTLP_HTTP_PROTOBUF,
    RP_OTLP_HTTP_JSON,
    RP_OTLP_GRPC,
};
const char *rp_otlp_protocol_name(enum rp_otlp_protocol protocol);

#define RP_OTLP_HEADERS_MAX 32

/* Where spans are sent, and how. Texts live in the arena. */
struct rp_otlp_config {
    bool enabled;  /* an endpoint or the exporter is named, and nothing
                      switches it off */
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
    struct rp_duration export_timeout; /* of the flush at the end */
    uint32_t batch_spans;
};

/* Of traces. Each warning is a line in `warnings`. */
void rp_otlp_config_read(struct rp_otlp_config *out, struct rp_arena *arena,
    const struct rp_environment *environment, struct rp_buf *warnings);

/* The URL that requests go to: http or https, host, and the path of traces or
 * of the gRPC method. It is also the name of the destination. */
const char *rp_otlp_config_url(
    const struct rp_otlp_config *config, struct rp_arena *arena);

/* OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES into `out`: a list that
 * cannot be decoded counts as a whole not at all, and is warned of. */
void rp_otlp_resource_read(struct rp_otlp_resource *out, struct rp_arena *arena,
    const struct rp_environment *environment, struct rp_buf *warnings);

#endif
