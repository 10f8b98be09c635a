/* fault_trigger.h - when rules are on a call: what a transport has seen so far
 * decides it. Floor: faultinject. Single-threaded. */
#ifndef RP_FAULT_TRIGGER_H
#define RP_FAULT_TRIGGER_H

#include <reprise/fault_rule.h>

/* A call in flight that is waited for: rules are on it, or begin or stop to be
 * on others when it ends. Bits by rule. */
struct rp__awaited {
    uint32_t call;
    uint64_t open, after, until;
};

struct rp__triggers {
    const struct rp_fault_rules *rules; /* borrowed, outlives us */
    uint64_t seed;
    uint32_t matched[RP_FAULT_RULES_MAX];
    uint32_t on[RP_FAULT_RULES_MAX]; /* matches that all of `when` allows */
    uint32_t fired[RP_FAULT_RULES_MAX];
    uint32_t open[RP_FAULT_RULES_MAX]; /* calls in flight that it is on */
    uint64_t after, until;             /* points that were passed */
    struct rp__awaited *awaited;       /* owned */
    uint32_t awaited_count, awaited_room;
};

void rp__triggers_init(
    struct rp__triggers *t, const struct rp_fault_rules *rules, uint64_t seed);
void rp__triggers_fini(struct rp__triggers *t);

/* The rules that are on a call which is dispatched now, as bits. */
uint64_t rp__triggers_call(
    struct rp__triggers *t, const struct rp_call *call, struct rp_instant now);
/* Its end is told. */
void rp__triggers_ended(struct rp__triggers *t, uint32_t call);

/* A line for each rule that has not fired. */
void rp__triggers_tell_unfired(
    struct rp_buf *out, const struct rp__triggers *t);

#endif
