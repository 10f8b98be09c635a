/* divergence_items.h - decisions and actions as things that are compared and
 * told. Internal to floor replay; everything made lives in the arena given. */
#ifndef RP_REPLAY_DIVERGENCE_ITEMS_H
#define RP_REPLAY_DIVERGENCE_ITEMS_H

#include "divergence.h"

/* One of the two pointers is NULL. */
struct rp__item {
    const struct rp_decision *decision; /* borrowed */
    const struct rp_action *action;     /* borrowed */
    const char *path;                   /* "" the session */
    struct rp_str text;                 /* as in a record */
};

void rp__item_of_decision(struct rp__item *out, struct rp_arena *arena,
    const struct rp_decision *decision);
void rp__item_of_action(struct rp__item *out, struct rp_arena *arena,
    const struct rp_action *action);

/* The same task or call, and only what it is asked differs. */
bool rp__item_input_changed(
    const struct rp__item *was, const struct rp__item *is);
/* 0: nothing in common. */
uint32_t rp__item_likeness(const struct rp__item *a, const struct rp__item *b);

/* "retry gather/labs (exit_nonzero)" */
const char *rp__item_phrase(
    struct rp_arena *arena, const struct rp__item *item);
/* "gather/labs was retried; now gather/labs ended as failed". Of what is
 * MISSING or EXTRA only `was` is told, which is that. */
const char *rp__item_sentence(struct rp_arena *arena,
    enum rp_divergence_class kind, const struct rp__item *was,
    const struct rp__item *is);

/* Fills the differences of `out`: members that differ, and for those that name
 * a document by its digest, where the documents differ. */
void rp__item_differences(struct rp_divergence *out, struct rp_arena *arena,
    const struct rp__compared *c, const struct rp__item *was,
    const struct rp__item *is);

#endif
