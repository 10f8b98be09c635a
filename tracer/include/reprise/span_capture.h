/* span_capture.h - spans as they leave the store: with what workers were given
 * and returned as attributes, and digests keyed. Floor: tracer.
 *
 * Spans have digests and sizes; the store has the bytes. Whoever exports may
 * ask for them: reprise.input.content, reprise.output.content and
 * reprise.stderr.content, texts.
 */
#ifndef RP_SPAN_CAPTURE_H
#define RP_SPAN_CAPTURE_H

#include <reprise/reader.h>

enum rp_capture {
    RP_CAPTURE_NONE,
    RP_CAPTURE_PREVIEW, /* the beginning, as JSON that is whole */
    RP_CAPTURE_FULL,
};
/* False: nothing is called so. */
bool rp_capture_parse(struct rp_str text, enum rp_capture *out);

/* So many bytes at most, as some that store spans cut what is longer. */
#define RP_CAPTURE_PREVIEW_BYTES_MAX 2047
/* Adds what begins as `text` does: containers are closed where it is cut, a
 * string ends with U+2026. What is not JSON becomes a JSON string. */
void rp_capture_preview(struct rp_buf *out, struct rp_str text);

/* rp_span_copy(), with contents, and, unless it was imported, digests that
 * nobody can guess what they are of: see rp_reader_digest_key(). What the store
 * has not (any more) is left out; RP_E_DAMAGED when it is damaged. */
RP_NODISCARD enum rp_code rp_span_capture(struct rp_span **out,
    struct rp_arena *arena, struct rp_reader *reader, enum rp_capture capture,
    const struct rp_span *span, struct rp_err *err);

#endif
