/* sweep_timeline.h - a run under faults beside the one without, drawn over
 * time. Floor: cli. */
#ifndef RP_CLI_SWEEP_TIMELINE_H
#define RP_CLI_SWEEP_TIMELINE_H

#include <reprise/sweep_trace.h>

/* What its drawings are styled with, as CSS. */
extern const char rp__sweep_timeline_style[];

/* An SVG element, and a sentence on where the two part. */
void rp__sweep_timeline(struct rp_buf *out,
    const struct rp_sweep_trace *without, const struct rp_sweep_trace *under);

#endif
