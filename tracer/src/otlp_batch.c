#include <reprise/otlp_batch.h>

#include <reprise/mem.h>

#define BATCH_BYTES_MAX ((size_t)4 << 20) /* what is past it ends the batch */

struct rp_otlp_batches {
    struct rp_reader *reader;
    enum rp_capture capture;
    struct rp_spans *spans;
    struct rp_arena *arena;
    const struct rp_span **items;
    uint32_t batch_spans;
};

enum rp_code rp_otlp_batches_new(struct rp_otlp_batches **out,
    struct rp_reader *reader, int64_t session_no, uint32_t batch_spans,
    struct rp_err *err)
{
    struct rp_spans *spans = NULL;
    enum rp_code rc =
        rp_reader_spans(&spans, reader, session_no, RP_SPANS_STARTED, err);
    if (rc != RP_OK) {
        return rc;
    }
    struct rp_otlp_batches *batches = rp_mem_zalloc(sizeof(*batches));
    batches->reader = reader;
    batches->spans = spans;
    batches->arena = rp_arena_new(64u << 10);
    batches->batch_spans = batch_spans == 0 ? RP_OTLP_BATCH_SPANS : batch_spans;
    batches->items =
        rp_mem_array(batches->batch_spans, sizeof(*batches->items));
    *out = batches;
    return RP_OK;
}

void rp_otlp_batches_capture(
    struct rp_otlp_batches *batches, enum rp_capture capture)
{
    batches->capture = capture;
}

/* Of its texts, which is what spans differ in. */
static size_t text_bytes(const struct rp_span *span)
{
    size_t bytes = span->name.len + span->path.len + span->message.len +
                   span->attributes.len;
    for (uint32_t i = 0; i < span->event_count; i++) {
        bytes += span->events[i].name.len + span->events[i].attributes.len;
    }
    for (uint32_t i = 0; i < span->link_count; i++) {
        bytes += span->links[i].attributes.len;
    }
    return bytes;
}

enum rp_code rp_otlp_batches_next(struct rp_otlp_batches *batches,
    const struct rp_span *const **spans, uint32_t *count, struct rp_err *err)
{
    const struct rp_span *span;
    uint32_t taken = 0;
    size_t bytes = 0;
    bool more = true;
    rp_arena_reset(batches->arena);
    while (more && taken < batches->batch_spans && bytes < BATCH_BYTES_MAX) {
        enum rp_code rc =
            rp_spans_next(batches->spans, &more, &span, NULL, err);
        if (rc == RP_OK && more && span->ended) {
            struct rp_span *copy = NULL;
            rc = rp_span_capture(&copy, batches->arena, batches->reader,
                batches->capture, span, err);
            if (rc == RP_OK) {
                bytes += text_bytes(copy);
                batches->items[taken++] = copy;
            }
        }
        if (rc != RP_OK) {
            return rc;
        }
    }
    *spans = batches->items;
    *count = taken;
    return RP_OK;
}

void rp_otlp_batches_free(struct rp_otlp_batches **batches)
{
    if (*batches != NULL) {
        rp_spans_free(&(*batches)->spans);
        rp_arena_free(&(*batches)->arena);
        rp_mem_free((*batches)->items);
        rp_mem_free(*batches);
        *batches = NULL;
    }
}
