/* sweep_facts.h - places in recorded outputs where a wrong value can be
 * noticed: what two siblings say, what was asked. Floor: sweep. Pure. */
#ifndef RP_SWEEP_FACTS_H
#define RP_SWEEP_FACTS_H

#include <reprise/sweep_trace.h>

#define RP__SWEEP_PLACES_MAX 4

/* JSON Pointers into the output of one task, in `arena`. */
struct rp__sweep_places {
    const char *items[RP__SWEEP_PLACES_MAX];
    uint32_t count;
};

/* Values that another child of the same node states too. Where the plan says
 * what facts are, these; else entries of lists that both have under one name,
 * alike in a text and in another value. */
void rp__sweep_facts_shared(struct rp__sweep_places *out,
    struct rp_arena *arena, const struct rp_sweep_ground *ground,
    const struct rp_sweep_trace *baseline, const struct rp_sweep_task *task);

/* Texts with a digit that the input has at the same place. */
void rp__sweep_facts_asked(struct rp__sweep_places *out, struct rp_arena *arena,
    const struct rp_sweep_ground *ground, const struct rp_sweep_task *task);

/* Whether the name of a member can stand in the short notation of a rule. */
bool rp__sweep_facts_plain(const char *name);

#endif
