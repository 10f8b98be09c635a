/* fault_hold.h - ends that are held back: a worker does its work and the
 * session hears of the end later, or only when it ends the worker. Internal.
 *
 * So it is the same over real and played workers: what one of them does in the
 * meantime needs not be known.
 */
#ifndef RP_FAULT_HOLD_H
#define RP_FAULT_HOLD_H

#include <reprise/fault_rule.h>
#include <reprise/transport.h>

struct rp__hold;
struct rp__holds {
    struct rp__hold *items;
    uint32_t count, room;
    struct rp_completion given; /* what the last report borrows; owned texts */
};

void rp__holds_fini(struct rp__holds *holds);

/* Whether faults of that kind hold an end back. */
bool rp__hold_is(enum rp_fault_kind kind);
/* Whether the end of a played worker is heard of later than its exit; that of a
 * real one comes later by itself. */
bool rp__hold_lingers(enum rp_fault_kind kind);

/* The call is about to be submitted as `changed`: its silence may be judged
 * here. */
void rp__holds_add(struct rp__holds *holds, const struct rp_fault_rule *rule,
    struct rp_call *changed, struct rp_instant now);
void rp__holds_drop(struct rp__holds *holds, uint32_t call);
/* To be told of every cancel and every idle report. */
void rp__holds_cancel(struct rp__holds *holds, uint32_t call,
    enum rp_cancel_mode mode, struct rp_instant now);
void rp__holds_idle(struct rp__holds *holds, uint32_t call);
/* A signal that ends it; false: it is not held. */
bool rp__holds_signal(
    struct rp__holds *holds, uint32_t call, int signo, struct rp_instant now);

/* How many bytes of the output are heard of; false: such an end is not held
 * back, and the fault did not fire. */
bool rp__hold_keeps(size_t *output_len, const struct rp__holds *holds,
    const struct rp_completion *completion);
/* The end comes: it is copied, and told when it is due. */
void rp__holds_take(struct rp__holds *holds,
    const struct rp_completion *completion, struct rp_instant now);

/* When something is to be told; NEVER: nothing. */
struct rp_instant rp__holds_due(const struct rp__holds *holds);
/* Tells what is due, valid until the next call; false: nothing is. */
bool rp__holds_report(
    struct rp__holds *holds, struct rp_instant now, struct rp_report *out);

bool rp__holds_observe(const struct rp__holds *holds, uint32_t call,
    struct rp_instant now, struct rp_call_state *out);

#endif
