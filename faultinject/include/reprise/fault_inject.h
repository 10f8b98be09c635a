/* fault_inject.h - decorator: does to calls what rules say.
 *
 * The same over real workers and over a recording: a worker that hangs is
 * stopped before its first instruction, a killed one gets the signal through
 * the inner transport, output is changed when it arrives. Every firing is a
 * mark on the call's completion. Floor: faultinject. Single-threaded.
 */
#ifndef RP_FAULT_INJECT_H
#define RP_FAULT_INJECT_H

#include <reprise/fault_rule.h>
#include <reprise/memo.h>
#include <reprise/transport.h>

/* Wraps and owns `inner`; `rules` and `clock` are borrowed and outlive it.
 * Release with rp_transport_free(). */
RP_NODISCARD struct rp_transport *rp_fault_inject_new(
    struct rp_transport *inner, const struct rp_fault_rules *rules,
    struct rp_clock *clock, uint64_t seed);

/* Digests come from there; borrowed, outlives it. For who runs thousands. */
void rp_fault_inject_recall(struct rp_transport *t, struct rp_memo *memo);

/* How often a rule has fired so far: how many calls carry its mark. */
uint32_t rp_fault_inject_fired(const struct rp_transport *t, uint32_t rule);

/* A rule that is on no call has fired so often more. */
void rp_fault_inject_note(
    struct rp_transport *t, uint32_t rule, uint32_t times);

/* A line for each rule that has not fired, with the number of calls it was on;
 * nothing when all have. For the end of a session: a fault that did not happen
 * proves nothing. */
void rp_fault_inject_tell_unfired(
    struct rp_buf *out, const struct rp_transport *t);

#endif
