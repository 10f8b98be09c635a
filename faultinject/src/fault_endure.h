/* fault_endure.h - what is made hard for a worker: of a real one the system
 * sees to it, and what comes of it is the worker's; of a played one it is what
 * comes of most. Internal. Pure. */
#ifndef RP_FAULT_ENDURE_H
#define RP_FAULT_ENDURE_H

#include <reprise/event.h>
#include <reprise/fault_rule.h>
#include <reprise/step.h>

/* Whether faults of that kind make something hard. */
bool rp__endure_is(enum rp_fault_kind kind);
/* Whether there is anything to be made hard for that call. */
bool rp__endure_concerns(
    const struct rp_fault_rule *rule, const struct rp_call *call);
/* What these rules, and what is hard already, make hard for the call; NULL:
 * nothing. A worker that is killed leaves no core behind. */
const struct rp_hardship *rp__endure_all(struct rp_hardship *out,
    const struct rp_call *call, const struct rp_fault_rule *const *rules,
    uint32_t rule_count, bool killed);

/* What comes of it, at the end of the call. False: nothing, and the fault did
 * not fire. */
bool rp__endure_end(
    struct rp_completion *completion, const struct rp_fault_rule *rule);

#endif
