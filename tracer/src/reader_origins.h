/* reader_origins.h - what made the spans of an imported session: resources and
 * scopes, by number. Internal. */
#ifndef RP_READER_ORIGINS_H
#define RP_READER_ORIGINS_H

#include "reader_parts.h"

struct rp__origin {
    int64_t no;
    struct rp_span_origin origin;
};

struct rp__origins {
    struct rp_arena *arena;   /* owned; of texts */
    struct rp__origin *items; /* owned; by number */
    uint32_t count, room;
};

/* Those from `base` on, one session's; `out` is zeroed. Fini is due whatever is
 * returned. */
RP_NODISCARD enum rp_code rp__origins_read(struct rp__origins *out,
    struct rp_reader *reader, int64_t base, struct rp_err *err);
/* Of a number that is not there, an origin of which nothing is known. Valid
 * until fini, never NULL. */
const struct rp_span_origin *rp__origins_find(
    const struct rp__origins *origins, int64_t no);
void rp__origins_fini(struct rp__origins *origins);

#endif
