/* floor_otlp.h - spans as OTLP in protocol buffers, out of values at hand and
 * into memory that is large enough: what encoding them costs at least. */
#ifndef BENCH_FLOOR_OTLP_H
#define BENCH_FLOOR_OTLP_H

#include <stddef.h>
#include <stdint.h>

struct floor_span {
    uint8_t trace[16], id[8], parent[8];
    const char *name;
    int kind, status;
    uint64_t start_ns, end_ns;
    char worker[16], task[24], model[16], note[40];
    int64_t tokens_in, tokens_out, exit_code;
    double cost;
};

/* Made the same for every run; `out` has room for `count`. */
void floor_spans_make(struct floor_span *out, uint32_t count);

/* One TracesData, written back to front into the end of `memory`; returns
 * where it begins. */
const uint8_t *floor_otlp_write(uint8_t *memory, size_t memory_bytes,
    const struct floor_span *spans, uint32_t count);

#endif
