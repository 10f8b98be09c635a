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
uint32_t rp__otlp_link_flags(const struct rp_span *span,
    const struct rp_span_link *link, const struct rp_session_head *head);
/* Never the start, of our own: viewers hide what takes no time. */
int64_t rp__otlp_start_ns(const struct rp_span *span);
int64_t rp__otlp_end_ns(const struct rp_span *span);
bool rp__otlp_has_parent(const struct rp_span *span);
/* What is exported of it: see rp_span_limited(). */
const struct rp_span *rp__otlp_limited(const struct rp_otlp_resource *resource,
    struct rp_arena *arena, const struct rp_span *span);
struct rp_str rp__otlp_tracestate(
    const struct rp_span *span, const struct rp_session_head *head);

/* Spans that ended and follow each other with the same origin: those stand in
 * one envelope. `*first` is moved behind them; false: there are none. */
struct rp__otlp_run {
    const struct rp_span_origin *origin;
    uint32_t begin, end; /* may have open spans among them */
};
bool rp__otlp_run_next(struct rp__otlp_run *run,
    const struct rp_span *const *spans, uint32_t count, uint32_t *first);

/* The attributes of the resource: no empty value, each key once. Owned by the
 * caller (rp_mem_free); the texts are those of `resource`. */
struct rp_tag *rp__otlp_resource_tags(
    const struct rp_otlp_resource *resource, uint32_t *count);

#endif
