/* divergence.h - what differs between a recorded step and one decided now.
 * Internal to floor replay. */
#ifndef RP_REPLAY_DIVERGENCE_H
#define RP_REPLAY_DIVERGENCE_H

#include <reprise/verify.h>

/* A record and what the engine makes of its event now. All borrowed. */
struct rp__compared {
    struct rp_recording *recording; /* for documents that digests name */
    const struct rp_event *event;
    uint64_t seq;
    const struct rp_step *recorded, *now;
};

/* False, and `*out` untouched, when the two are equal as values. What `*out`
 * points to is put into `arena`. */
bool rp__divergence_of_steps(struct rp_divergence *out, struct rp_arena *arena,
    const struct rp__compared *compared);

/* One that needs no comparing; `what` and `path` are copied. */
void rp__divergence_set(struct rp_divergence *out, struct rp_arena *arena,
    enum rp_divergence_class kind, uint64_t seq, const char *path,
    const char *what);

/* With nothing in it, and an arena of its own. */
struct rp_verification rp__verification_new(void);

/* What of an event is told: {"event":"call_completed","path":…,"at":"<ns>"} */
struct rp_str rp__divergence_event(
    struct rp_arena *arena, const struct rp_event *event);
/* {"timer":"timeout gather/labs@1","at":"<ns>"} */
struct rp_str rp__divergence_timer(
    struct rp_arena *arena, const char *name, struct rp_instant due);

#endif
