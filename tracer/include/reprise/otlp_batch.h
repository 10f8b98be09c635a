/* otlp_batch.h - the ended spans of a session, some at a time. Floor: tracer.
 *
 * However many spans there are, only one batch is in memory.
 */
#ifndef RP_OTLP_BATCH_H
#define RP_OTLP_BATCH_H

#include <reprise/otlp.h>
#include <reprise/reader.h>
#include <reprise/span_capture.h>

struct rp_otlp_batches;

/* `reader` is borrowed and outlives the result, which the caller owns;
 * `batch_spans` 0: RP_OTLP_BATCH_SPANS. A batch of large spans has fewer. */
RP_NODISCARD enum rp_code rp_otlp_batches_new(struct rp_otlp_batches **out,
    struct rp_reader *reader, int64_t session_no, uint32_t batch_spans,
    struct rp_err *err);
/* From now on with contents; without it there are none. */
void rp_otlp_batches_capture(
    struct rp_otlp_batches *batches, enum rp_capture capture);
/* The next spans in order of their start, at least one; `*count` 0: that was
 * all. Borrowed until the next call. */
RP_NODISCARD enum rp_code rp_otlp_batches_next(struct rp_otlp_batches *batches,
    const struct rp_span *const **spans, uint32_t *count, struct rp_err *err);
void rp_otlp_batches_free(struct rp_otlp_batches **batches);

#endif
