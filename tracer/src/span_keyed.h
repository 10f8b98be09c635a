/* span_keyed.h - digests of spans as they leave the store. Internal. */
#ifndef RP_SPAN_KEYED_H
#define RP_SPAN_KEYED_H

#include <reprise/digest.h>
#include <reprise/span.h>

/* Of every attribute that is a digest, also of events and links, the digest
 * that is keyed with `key`; NULL: there is none, and such attributes are left
 * out. `span` is a copy whose texts may be replaced by others in `arena`. */
void rp__span_keyed(
    struct rp_span *span, struct rp_arena *arena, const struct rp_digest *key);

#endif
