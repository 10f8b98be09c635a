/* otlp_read.h - OTLP traces of any origin as spans. Floor: tracer. Pure.
 *
 * Taken are TracesData, or export requests, as protocol buffers, behind each
 * other or each behind its length (32 bits, big end first), as collectors write
 * files; and as JSON, one object, a list of them, or one a line. In JSON also
 * what query services of Jaeger and Tempo answer: an object around it, ids in
 * base 64, enums by name. Unknown fields are ignored, bytes that are not UTF-8
 * are replaced.
 */
#ifndef RP_OTLP_READ_H
#define RP_OTLP_READ_H

#include <reprise/mem.h>
#include <reprise/span.h>

/* Limits of what is read; past them is RP_E_LIMIT, or counted. */
#define RP_OTLP_READ_BYTES_MAX (256u << 20)
#define RP_OTLP_READ_SPANS_MAX (1u << 20)
#define RP_OTLP_READ_MEMORY_MAX ((size_t)1 << 30)
#define RP_OTLP_READ_PARTS_MAX 65536u /* events, and links, of one span */
#define RP_OTLP_READ_DEPTH_MAX 32     /* of lists and maps in an attribute */

struct rp_otlp_span {
    struct rp_trace_id trace;
    struct rp_span span; /* number, role and path are not set */
};

struct rp_otlp_traces {
    struct rp_otlp_span *spans; /* in the order of the document */
    uint32_t count;
    uint32_t invalid; /* left out: their ids are not valid */
};

enum rp_otlp_form {
    RP_OTLP_FORM_NONE,
    RP_OTLP_FORM_JSON,
    RP_OTLP_FORM_PROTO,
    RP_OTLP_FORM_FRAMES, /* of protocol buffers */
};
/* What a document is by its first bytes; it may still be none of that form. */
enum rp_otlp_form rp_otlp_form_of(struct rp_str bytes);

/* Everything in `*out` lives in `arena` (also what a failure left behind).
 * RP_E_INVALID and RP_E_LIMIT with the place: "line 3, column 8: …", or
 * "byte 120: …". */
RP_NODISCARD enum rp_code rp_otlp_read(struct rp_otlp_traces *out,
    struct rp_arena *arena, struct rp_str bytes, struct rp_err *err);

#endif
