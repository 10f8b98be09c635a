/* export_otlp_json.h - spans as OTLP/JSON lines. Floor: tracer.
 *
 * One TracesData object a line, as in the OTLP file format (.jsonl); the same
 * shape as the body of an OTLP/HTTP JSON request. Only spans that ended.
 */
#ifndef RP_EXPORT_OTLP_JSON_H
#define RP_EXPORT_OTLP_JSON_H

#include <reprise/buf.h>
#include <reprise/reader.h>
#include <reprise/span.h>

#define RP_OTLP_BATCH_SPANS 512
#define RP_OTLP_SCHEMA_URL                                                     \
    "https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev"

struct rp_otlp_resource {
    struct rp_str service_name;    /* empty: "reprise" */
    struct rp_str service_version; /* of this program; empty: left out */
    struct rp_str host_name;       /* empty: left out */
    const struct rp_tag *extra;    /* OTEL_RESOURCE_ATTRIBUTES, decoded */
    uint32_t extra_count;
};

/* Appends one TracesData object, without a line end; nothing when no span has
 * ended. All borrowed. */
void rp_otlp_json_write(struct rp_buf *out,
    const struct rp_otlp_resource *resource, const struct rp_session_head *head,
    const struct rp_span *const *spans, uint32_t span_count);

struct rp_otlp_json; /* lines of one session */

/* `reader` and what `resource` and `row` point to are borrowed and outlive
 * the result; `batch_spans` 0: RP_OTLP_BATCH_SPANS. */
RP_NODISCARD enum rp_code rp_otlp_json_new(struct rp_otlp_json **out,
    struct rp_reader *reader, const struct rp_session_row *row,
    const struct rp_otlp_resource *resource, uint32_t batch_spans,
    struct rp_err *err);
/* The next line with its line end, borrowed until the next call. */
RP_NODISCARD enum rp_code rp_otlp_json_next(struct rp_otlp_json *lines,
    bool *found, struct rp_str *out, struct rp_err *err);
void rp_otlp_json_free(struct rp_otlp_json **lines);

#endif
