/* sweep_line.h - a trace as members of a JSON object, and back. Floor: sweep.
 * Pure. */
#ifndef RP_SWEEP_LINE_H
#define RP_SWEEP_LINE_H

#include <reprise/sweep_trace.h>

#define RP__SWEEP_LINE_VERSION 2

void rp__sweep_line_write(struct rp_buf *out,
    const struct rp_sweep_trace *trace, enum rp_code code,
    const struct rp_err *err);
/* False: it is not such a line; `trace` is reset then. */
bool rp__sweep_line_read(struct rp_sweep_trace *trace, enum rp_code *code,
    struct rp_err *err, const cJSON *line, const struct rp_plan *plan);

#endif
