/* span_view.h - spans as documents that people and other tools look at.
 * Floor: tracer. Pure.
 *
 * A document begins, has sessions, each with its spans in the order of their
 * start, and ends. A view appends to `out` and keeps nothing of a span, so that
 * whoever drives it can write `out` away between two calls: memory does not
 * grow with the number of spans.
 */
#ifndef RP_SPAN_VIEW_H
#define RP_SPAN_VIEW_H

#include <reprise/buf.h>
#include <reprise/otlp.h>
#include <reprise/span.h>

#define RP_SPAN_VIEW_BYTES_MAX (1u << 30) /* of one span */

struct rp_span_document;

struct rp_span_view {
    const char *name;
    bool open_spans; /* shows spans that have not ended, too */
    void (*begin)(struct rp_span_document *d);
    void (*begin_session)(struct rp_span_document *d);
    void (*span)(struct rp_span_document *d, const struct rp_span *span);
    void (*end_session)(struct rp_span_document *d);
    void (*end)(struct rp_span_document *d);
};

/* jsonl: a span a line, for jq and DuckDB. jaeger: what Jaeger's page takes as
 * a file. chrome: trace events, for Perfetto and chrome://tracing. dot and
 * mermaid: the session as a graph. */
extern const struct rp_span_view rp_span_view_jsonl, rp_span_view_jaeger,
    rp_span_view_chrome, rp_span_view_dot, rp_span_view_mermaid;

/* Owned by the caller. `view` and `resource` are borrowed and outlive it. */
struct rp_span_document *rp_span_document_new(
    const struct rp_span_view *view, const struct rp_otlp_resource *resource);
void rp_span_document_free(struct rp_span_document **document);

void rp_span_document_begin(struct rp_span_document *document);
/* `head` is borrowed until the session has ended, and so are the origins of
 * its spans. */
void rp_span_document_session(
    struct rp_span_document *document, const struct rp_session_head *head);
void rp_span_document_add(
    struct rp_span_document *document, const struct rp_span *span);
void rp_span_document_session_end(struct rp_span_document *document);
void rp_span_document_end(struct rp_span_document *document);

/* What was appended; whoever writes it away empties it (rp_buf_reset). A span
 * too large to be held marks it as overflowed. */
struct rp_buf *rp_span_document_buf(struct rp_span_document *document);

#endif
