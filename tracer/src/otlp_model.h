/* otlp_model.h - what OTLP says of a session, whatever it is written as.
 * Internal. */
#ifndef RP_OTLP_MODEL_H
#define RP_OTLP_MODEL_H

#include <string.h>

#include <reprise/otlp.h>
#include <reprise/span.h>
#include <reprise/span_limits.h>

#define RP__OTLP_SCOPE "reprise"

/* Sampled; a random trace id; whether the parent is remote is known; it is. */
#define RP__OTLP_SAMPLED 0x001u
#define RP__OTLP_RANDOM 0x002u
#define RP__OTLP_REMOTE_KNOWN 0x100u
#define RP__OTLP_REMOTE 0x200u

static inline uint32_t rp__otlp_trace_flags(
    const struct rp_session_head *head, bool remote)
{
    return RP__OTLP_REMOTE_KNOWN | (remote ? RP__OTLP_REMOTE : 0) |
           (head->sampled ? RP__OTLP_SAMPLED : 0) |
           (head->trace_random ? RP__OTLP_RANDOM : 0);
}

/* `flags` of a span, and of a link. */
static inline uint32_t rp__otlp_span_flags(
    const struct rp_span *span, const struct rp_session_head *head)
{
    return span->origin != NULL
               ? span->flags
               : rp__otlp_trace_flags(head, span->parent_remote);
}
static inline uint32_t rp__otlp_link_flags(const struct rp_span *span,
    const struct rp_span_link *link, const struct rp_session_head *head)
{
    bool remote = memcmp(&link->trace, &head->trace, sizeof(head->trace)) != 0;
    return span->origin != NULL ? link->flags
                                : rp__otlp_trace_flags(head, remote);
}

/* What took no time takes a nanosecond, as some that show traces correct a
 * length of nothing, and say so. A merge takes it before, as the node that it
 * is in ends with it; all else afterwards. */
static inline bool rp__otlp_takes_no_time(const struct rp_span *span)
{
    return span->origin == NULL && span->end_unix_ns <= span->start_unix_ns;
}
static inline int64_t rp__otlp_start_ns(const struct rp_span *span)
{
    bool earlier =
        rp__otlp_takes_no_time(span) && span->role == RP_SPAN_AGGREGATE;
    return span->start_unix_ns - (earlier ? 1 : 0);
}
static inline int64_t rp__otlp_end_ns(const struct rp_span *span)
{
    bool later =
        rp__otlp_takes_no_time(span) && span->role != RP_SPAN_AGGREGATE;
    return later                          ? span->start_unix_ns + 1
           : rp__otlp_takes_no_time(span) ? span->start_unix_ns
                                          : span->end_unix_ns;
}

/* Of W3C's trace context only, as log records have them. */
#define RP__OTLP_W3C_FLAGS 0xFFu

/* What a log record says for people: the event, and where. */
static inline void rp__otlp_log_body(struct rp_buf *out,
    const struct rp_span *span, const struct rp_span_event *event)
{
    rp_buf_reset(out);
    rp_buf_add(out, event->name);
    if (span->path.len > 0) {
        rp_buf_add_char(out, ' ');
        rp_buf_add(out, span->path);
    }
}

static inline bool rp__otlp_has_parent(const struct rp_span *span)
{
    static const struct rp_span_id none = {{0}};
    return memcmp(&span->parent, &none, sizeof(none)) != 0;
}

static inline struct rp_str rp__otlp_tracestate(
    const struct rp_span *span, const struct rp_session_head *head)
{
    return span->origin != NULL ? span->tracestate : head->tracestate;
}

/* What is exported of it: see rp_span_limited(). */
static inline const struct rp_span *rp__otlp_limited(
    const struct rp_otlp_resource *resource, struct rp_arena *arena,
    const struct rp_span *span)
{
    return resource->limits == NULL
               ? span
               : rp_span_limited(resource->limits, arena, span);
}

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
