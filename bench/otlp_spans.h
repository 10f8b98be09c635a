/* otlp_spans.h - the spans of the benches of OTLP, for both sides. */
#ifndef BENCH_OTLP_SPANS_H
#define BENCH_OTLP_SPANS_H

#include <reprise/otlp.h>
#include <reprise/span.h>

#include "floor_otlp.h"

/* What each span may take, encoded, and all that is around them. */
#define BENCH_SPAN_BYTES_MAX ((size_t)512)

struct bench_otlp {
    struct floor_span *from;     /* as values */
    const struct rp_span **list; /* as the store gives them */
    struct rp_session_head head;
    struct rp_arena *arena;
    uint32_t count;
};
void bench_otlp_init(struct bench_otlp *b, uint32_t count);
void bench_otlp_fini(struct bench_otlp *b);
extern const struct rp_otlp_resource bench_otlp_resource;

/* A new store in the folder with one session of so many spans. */
void bench_otlp_store(const char *dir, uint32_t count);

/* The most that `program` had in memory, and how long it took. */
struct bench_taken {
    double mib, seconds;
};
struct bench_taken bench_otlp_run(const char *const *argv);

#endif
