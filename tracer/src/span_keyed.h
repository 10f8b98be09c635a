/* span_keyed.h - digests of spans as they leave the store. Internal. */
#ifndef RP_SPAN_KEYED_H
#define RP_SPAN_KEYED_H

#include <reprise/digest.h>
#include <reprise/span.h>

/* Digests that were keyed lately, as text: a task and its attempts have the
 * same. Begins as zeros, and is of one key. */
#define RP__KEYED_SLOTS 256
struct rp__keyed {
    struct {
        char plain[RP_DIGEST_HEX_LEN], keyed[RP_DIGEST_HEX_LEN];
    } slots[RP__KEYED_SLOTS];
};

/* Of every attribute that is a digest, also of events and links, the digest
 * that is keyed with `key`; NULL: there is none, and such attributes are left
 * out. `span` is a copy whose texts may be replaced by others in `arena`. */
void rp__span_keyed(struct rp_span *span, struct rp_arena *arena,
    const struct rp_digest *key, struct rp__keyed *known);

#endif
