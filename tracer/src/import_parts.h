/* import_parts.h - one trace on its way into the store. Internal. */
#ifndef RP_IMPORT_PARTS_H
#define RP_IMPORT_PARTS_H

#include <reprise/otlp_read.h>
#include <reprise/store.h>
#include <reprise/summary.h>

/* A span of the trace; those of a trace are sorted by id. */
struct rp__imported_span {
    struct rp_otlp_span *from; /* borrowed; gets its number, role, path */
    uint32_t order;            /* in the document */
    uint32_t parent;           /* index in the trace; NO_PARENT */
    bool emitted, visiting, has_children;
};
#define RP__NO_PARENT UINT32_MAX

struct rp__imported {
    struct rp_session_head head;
    struct rp_summary summary;
    const struct rp_span **spans; /* by number; in the arena */
    uint32_t span_count, spans_dropped;
};

/* Makes one session of the `count` spans of one trace, each id once. Texts are
 * those of the spans or in `arena`. */
void rp__imported_make(struct rp__imported *out, struct rp_arena *arena,
    struct rp__imported_span *items, uint32_t count);

#endif
