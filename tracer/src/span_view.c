#include "span_view.h"

#include <reprise/json.h>
#include <reprise/mem.h>

struct rp_span_document *rp_span_document_new(
    const struct rp_span_view *view, const struct rp_otlp_resource *resource)
{
    struct rp_span_document *d = rp_mem_zalloc(sizeof(*d));
    d->view = view;
    d->resource = resource;
    rp_buf_init(&d->out, RP_SPAN_VIEW_BYTES_MAX);
    rp_buf_init(&d->scratch, RP_SPAN_VIEW_BYTES_MAX);
    return d;
}

void rp_span_document_free(struct rp_span_document **document)
{
    struct rp_span_document *d = *document;
    if (d != NULL) {
        rp_buf_fini(&d->out);
        rp_buf_fini(&d->scratch);
        rp__tokens_fini(&d->tokens);
        rp_mem_free(d->origins);
        rp_mem_free(d);
        *document = NULL;
    }
}

void rp_span_document_begin(struct rp_span_document *document)
{
    document->view->begin(document);
}

void rp_span_document_session(
    struct rp_span_document *document, const struct rp_session_head *head)
{
    document->head = head;
    document->sessions++;
    document->spans = 0;
    document->origin_count = 0;
    document->view->begin_session(document);
}

void rp_span_document_add(
    struct rp_span_document *document, const struct rp_span *span)
{
    if (span->ended || document->view->open_spans) {
        document->view->span(document, span);
        document->spans++;
    }
}

void rp_span_document_session_end(struct rp_span_document *document)
{
    document->view->end_session(document);
}

void rp_span_document_end(struct rp_span_document *document)
{
    document->view->end(document);
}

struct rp_buf *rp_span_document_buf(struct rp_span_document *document)
{
    return &document->out;
}

void rp__view_nothing(struct rp_span_document *d)
{
    (void)d;
}

/* ---- attributes ---- */

void rp__view_object(struct rp_span_document *d, struct rp_str object)
{
    size_t bad;
    while (!rp_utf8_valid(object, &bad)) {
        rp_buf_add(&d->out, (struct rp_str){object.ptr, bad});
        rp_buf_add_text(&d->out, "\xEF\xBF\xBD");
        object = (struct rp_str){object.ptr + bad + 1, object.len - bad - 1};
    }
    rp_buf_add(&d->out, object);
}

/* Behind the value that begins at `i`. */
static uint32_t behind(const struct rp__tokens *tokens, uint32_t i)
{
    uint32_t depth = 0;
    do {
        enum rp__token_kind kind = tokens->items[i++].kind;
        depth += kind == RP__TOKEN_LIST || kind == RP__TOKEN_MAP;
        depth -= kind == RP__TOKEN_LIST_END || kind == RP__TOKEN_MAP_END;
    } while (depth > 0);
    return i;
}

struct rp_str rp__view_member(
    struct rp_span_document *d, struct rp_str object, const char *key)
{
    if (!rp__tokens_read(&d->tokens, object)) {
        return RP_STR("");
    }
    for (uint32_t i = 0; i + 1 < d->tokens.count;) {
        const struct rp__token *name = &d->tokens.items[i];
        const struct rp__token *value = name + 1;
        if (rp_str_is(name->text, key)) {
            return value->kind == RP__TOKEN_TEXT
                       ? rp__token_text(value, &d->scratch)
                   : value->kind == RP__TOKEN_INT ||
                           value->kind == RP__TOKEN_DOUBLE
                       ? value->text
                       : RP_STR("");
        }
        i = behind(&d->tokens, i + 1);
    }
    return RP_STR("");
}

/* ---- words ---- */

void rp__view_trace_id(struct rp_buf *out, const struct rp_trace_id *id)
{
    char hex[RP_TRACE_ID_HEX_LEN + 1];
    rp_trace_id_hex(id, hex);
    rp_buf_add_text(out, hex);
}

void rp__view_span_id(struct rp_buf *out, const struct rp_span_id *id)
{
    char hex[RP_SPAN_ID_HEX_LEN + 1];
    rp_span_id_hex(id, hex);
    rp_buf_add_text(out, hex);
}

const char *rp_span_kind_name(enum rp_span_kind kind)
{
    static const char *const names[] = {
        [RP_SPAN_UNSPECIFIED] = "unspecified",
        [RP_SPAN_INTERNAL] = "internal",
        [RP_SPAN_SERVER] = "server",
        [RP_SPAN_CLIENT] = "client",
        [RP_SPAN_PRODUCER] = "producer",
        [RP_SPAN_CONSUMER] = "consumer",
    };
    return (size_t)kind < RP_COUNT_OF(names) ? names[kind] : "unspecified";
}

const char *rp_span_status_name(enum rp_span_status status)
{
    return status == RP_SPAN_ERROR ? "error"
           : status == RP_SPAN_OK  ? "ok"
                                   : "unset";
}
