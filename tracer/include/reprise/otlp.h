/* otlp.h - what the writers of OTLP are told beside the spans. Floor: tracer.
 *
 * Each writes TracesData, which is also the body of an export request, with
 * the spans that have ended and nothing when there are none.
 */
#ifndef RP_OTLP_H
#define RP_OTLP_H

#include <reprise/store.h>

#define RP_OTLP_BATCH_SPANS 512
#define RP_OTLP_BYTES_MAX (1u << 30)
#define RP_OTLP_SCHEMA_URL                                                     \
    "https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev"

struct rp_span_limits;

struct rp_otlp_resource {
    struct rp_str service_name;    /* empty: "reprise" */
    struct rp_str service_version; /* of this program; empty: left out */
    struct rp_str host_name;       /* empty: left out, as the next ones */
    struct rp_str host_arch;
    struct rp_str os_type, os_name, os_version;
    const struct rp_tag *extra; /* OTEL_RESOURCE_ATTRIBUTES, decoded */
    uint32_t extra_count;
    const struct rp_span_limits *limits; /* NULL: none. Not of the resource,
                                            but told in the same way */
};

#endif
