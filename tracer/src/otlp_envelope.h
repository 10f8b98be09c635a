/* otlp_envelope.h - what stands around spans, metrics and others of our own.
 * Internal. */
#ifndef RP_OTLP_ENVELOPE_H
#define RP_OTLP_ENVELOPE_H

#include <reprise/buf.h>
#include <reprise/otlp.h>
#include <reprise/protobuf.h>

/* Field 1 of ResourceSpans, ResourceMetrics, ResourceLogs. */
void rp__otlp_proto_resource(
    struct rp_pb *out, const struct rp_otlp_resource *resource);
/* Field 1 of ScopeSpans, ScopeMetrics, ScopeLogs. */
void rp__otlp_proto_scope(struct rp_pb *out, struct rp_str version);

/* {"key":…,"value":{"stringValue":…}}, behind a comma unless it is the first.
 */
void rp__otlp_json_attribute(
    struct rp_buf *out, struct rp_str key, struct rp_str value);
/* One of a list of ResourceSpans and so on, up to the `[` of what it is of:
 * `scopes` is "scopeSpans", `items` "spans". The close adds the schema. */
void rp__otlp_json_open(struct rp_buf *out,
    const struct rp_otlp_resource *resource, const char *scopes,
    const char *items);
void rp__otlp_json_close(struct rp_buf *out, struct rp_str schema_url);

#endif
