/* otlp_quick.h - the usual attributes, straight from their text. Internal.
 * Single-threaded.
 *
 * Spans have the same keys as others before them, in the same order. So which
 * key comes behind which is remembered, with the bytes that it becomes: that it
 * is there again is a comparison, and writing it is a copy. */
#ifndef RP_OTLP_QUICK_H
#define RP_OTLP_QUICK_H

#include <reprise/protobuf.h>
#include <reprise/span.h>

/* Where attributes stand: what follows a key differs between these. */
#define RP__OTLP_PLACES 10

struct rp__otlp_quick; /* what is remembered */

struct rp__otlp_quick *rp__otlp_quick_new(void); /* owned by the caller */
void rp__otlp_quick_free(struct rp__otlp_quick **quick);

/* What a text of so many bytes becomes takes less than this. */
static inline size_t rp__otlp_quick_bound(size_t text_bytes)
{
    return 4 * text_bytes + 256;
}

/* Zeros that can be read behind a text. */
#define RP__OTLP_QUICK_SPARE RP_SPAN_SPARE_BYTES

/* The same text with those behind it. Borrowed until the next call. */
struct rp_str rp__otlp_quick_spare(
    struct rp__otlp_quick *quick, struct rp_str text);

/* Writes the members of a JSON object as KeyValue messages of that field, as
 * attr_tokens.h and the encoder behind it do, but from the first to the last:
 * at `to`, where there is room for as many bytes as the bound is. Returns where
 * they end; NULL: it has maps, escapes or anything else that is seldom, or is
 * no object at all. `field` is below 16, `place` below RP__OTLP_PLACES; behind
 * `object` there are RP__OTLP_QUICK_SPARE. */
uint8_t *rp__otlp_quick_members(struct rp__otlp_quick *quick, uint8_t *to,
    uint32_t field, uint32_t place, struct rp_str object);

/* The same in front of what is in `out`; false, and nothing is written. */
bool rp__otlp_quick_write(struct rp__otlp_quick *quick, struct rp_pb *out,
    uint32_t field, uint32_t place, struct rp_str object);

#endif
