/* otlp_usual.h - a span as most are. Internal. Single-threaded. */
#ifndef RP_OTLP_USUAL_H
#define RP_OTLP_USUAL_H

#include <reprise/span.h>

#include "otlp_quick.h"

/* Writes a span of ours as a part of the list of a scope's spans, as the
 * encoder does, but behind what is in `out`. False, and nothing is written: it
 * has events, links or anything else that most have not. */
bool rp__otlp_usual_span(struct rp__otlp_quick *quick, struct rp_pb *out,
    const struct rp_session_head *head, const struct rp_span *span);

#endif
