/* The formats that show spans one by one: see <reprise/span_view.h>. */
#include <reprise/span_limits.h>
#include <reprise/span_view.h>

#include "export.h"

#define WRITE_BYTES (64u << 10) /* so much is held before it is written */

/* What is held, when it is enough or `all`. */
static enum rp_code flush(struct rp__export *e, bool all, struct rp_err *err)
{
    struct rp_buf *buf = rp_span_document_buf(e->state);
    enum rp_code rc = RP_OK;
    if (buf->overflowed) {
        return rp_err_set(err, RP_E_LIMIT, "a span is more than %u bytes",
            RP_SPAN_VIEW_BYTES_MAX);
    }
    if (buf->len > 0 && (all || buf->len >= WRITE_BYTES)) {
        rc = rp__export_put(e, rp_buf_str(buf), err);
        rp_buf_reset(buf);
    }
    return rc;
}

static enum rp_code begin(
    struct rp__export *e, const struct rp_span_view *view, struct rp_err *err)
{
    e->state = rp_span_document_new(view, &e->resource);
    rp_span_document_begin(e->state);
    return flush(e, false, err);
}

static enum rp_code add_span(struct rp__export *e, struct rp_arena *arena,
    const struct rp_span *span, struct rp_err *err)
{
    struct rp_span *copy = NULL;
    rp_arena_reset(arena);
    enum rp_code rc =
        rp_span_capture(&copy, arena, e->reader, e->capture, span, err);
    if (rc == RP_OK) {
        rp_span_document_add(
            e->state, rp_span_limited(e->resource.limits, arena, copy));
        rc = flush(e, false, err);
    }
    return rc;
}

static enum rp_code add_spans(
    struct rp__export *e, struct rp_spans *spans, struct rp_err *err)
{
    struct rp_arena *arena = rp_arena_new(0);
    const struct rp_span *span;
    bool found = true;
    enum rp_code rc = RP_OK;
    while (rc == RP_OK && found) {
        rc = rp_spans_next(spans, &found, &span, NULL, err);
        if (rc == RP_OK && found) {
            rc = add_span(e, arena, span, err);
        }
    }
    rp_arena_free(&arena);
    return rc;
}

static enum rp_code session(
    struct rp__export *e, const struct rp_session_row *row, struct rp_err *err)
{
    struct rp_spans *spans = NULL;
    enum rp_code rc =
        rp_reader_spans(&spans, e->reader, row->no, RP_SPANS_STARTED, err);
    if (rc == RP_OK) {
        rp_span_document_session(e->state, &row->head);
        rc = add_spans(e, spans, err);
        rp_span_document_session_end(e->state);
    }
    rp_spans_free(&spans);
    return rc;
}

static enum rp_code end(struct rp__export *e, struct rp_err *err)
{
    struct rp_span_document *document = e->state;
    rp_span_document_end(document);
    enum rp_code rc = flush(e, true, err);
    rp_span_document_free(&document);
    e->state = NULL;
    return rc;
}

static enum rp_code begin_jaeger(struct rp__export *e, struct rp_err *err)
{
    return begin(e, &rp_span_view_jaeger, err);
}

const struct rp__export_ops rp__export_jaeger = {
    .name = "jaeger",
    .binary = false,
    .open_spans = false,
    .begin = begin_jaeger,
    .session = session,
    .end = end,
};

static enum rp_code begin_chrome(struct rp__export *e, struct rp_err *err)
{
    return begin(e, &rp_span_view_chrome, err);
}

const struct rp__export_ops rp__export_chrome = {
    .name = "chrome",
    .binary = false,
    .open_spans = true,
    .begin = begin_chrome,
    .session = session,
    .end = end,
};

static enum rp_code begin_jsonl(struct rp__export *e, struct rp_err *err)
{
    return begin(e, &rp_span_view_jsonl, err);
}

const struct rp__export_ops rp__export_jsonl = {
    .name = "jsonl",
    .binary = false,
    .open_spans = true,
    .begin = begin_jsonl,
    .session = session,
    .end = end,
};

static enum rp_code begin_dot(struct rp__export *e, struct rp_err *err)
{
    return begin(e, &rp_span_view_dot, err);
}

const struct rp__export_ops rp__export_dot = {
    .name = "dot",
    .binary = false,
    .open_spans = true,
    .begin = begin_dot,
    .session = session,
    .end = end,
};

static enum rp_code begin_mermaid(struct rp__export *e, struct rp_err *err)
{
    return begin(e, &rp_span_view_mermaid, err);
}

const struct rp__export_ops rp__export_mermaid = {
    .name = "mermaid",
    .binary = false,
    .open_spans = true,
    .begin = begin_mermaid,
    .session = session,
    .end = end,
};
