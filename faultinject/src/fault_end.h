/* fault_end.h - what faults make of the end of a call. Internal. Pure. */
#ifndef RP_FAULT_END_H
#define RP_FAULT_END_H

#include <reprise/event.h>
#include <reprise/fault_rule.h>
#include <reprise/memo.h>

/* A signal that comes when something of its output is written. */
bool rp__end_is_at_output(enum rp_fault_kind kind);
/* Status and output disagree; false: it is no end that could. */
bool rp__end_change(struct rp_completion *c, const struct rp_fault_rule *rule);

/* The output never gets as far as where the rule is to end it. */
bool rp__end_has_no_place(
    const struct rp_fault_rule *rule, struct rp_str output);

/* `bytes` are borrowed by the completion from then on; `memo` may be NULL. */
void rp__end_set_output(
    struct rp_completion *c, struct rp_memo *memo, struct rp_str bytes);
/* What would have passed the limit is ended there, as a real worker is; 0:
 * there is none. */
void rp__end_bound_output(struct rp_completion *c, uint64_t bytes_max);
/* A worker was not started, and why in the words of the system; or it exited at
 * once. */
void rp__end_refuse(struct rp_completion *c, const struct rp_fault_rule *rule,
    const char *program);
/* That a rule fired, as far as there is room. The digests, of the output before
 * and after, are NULL for one that changes none. */
void rp__end_mark(struct rp_completion *c, const struct rp_fault_rule *rule,
    const struct rp_digest *before, const struct rp_digest *after);
/* How much later a call begins that is slow. */
struct rp_duration rp__end_delay(const struct rp_fault_rule *rule,
    const struct rp_call *call, uint64_t seed);
/* A line about a rule that was on so many calls. */
void rp__end_tell_unfired(
    struct rp_buf *out, const struct rp_fault_rule *rule, uint32_t on);
/* Zero of nothing. */
struct rp_digest rp__end_digest_of(struct rp_memo *memo, struct rp_str bytes);

#endif
