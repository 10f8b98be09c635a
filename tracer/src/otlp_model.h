/* otlp_model.h - what OTLP says of a session, whatever it is written as.
 * Internal. */
#ifndef RP_OTLP_MODEL_H
#define RP_OTLP_MODEL_H

#include <reprise/otlp.h>
#include <reprise/span.h>

#define RP__OTLP_SCOPE "reprise"

/* `flags` of a span, and of a link. */
uint32_t rp__otlp_span_flags(
    const struct rp_span *span, const struct rp_session_head *head);
uint32_t rp__otlp_link_flags(
    const struct rp_span_link *link, const struct rp_session_head *head);
/* Never the start: viewers hide what takes no time. */
int64_t rp__otlp_end_ns(const struct rp_span *span);
bool rp__otlp_has_parent(const struct rp_span *span);

/* The attributes of the resource: no empty value, each key once. Owned by the
 * caller (rp_mem_free); the texts are those of `resource`. */
struct rp_tag *rp__otlp_resource_tags(
    const struct rp_otlp_resource *resource, uint32_t *count);

#endif
