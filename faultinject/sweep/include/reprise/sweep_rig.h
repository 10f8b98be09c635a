/* sweep_rig.h - a session that faults are tried on, one scenario after the
 * other. Floor: sweep. Single-threaded; runs and contacts nothing.
 */
#ifndef RP_SWEEP_RIG_H
#define RP_SWEEP_RIG_H

#include <reprise/sweep_judge.h>
#include <reprise/sweep_stored.h>

/* What is tried on; all borrowed, outlives the rig. */
struct rp_sweep_subject {
    struct rp_recording *recording;
    const struct rp_plan *plan; /* NULL: the recorded one */
    struct rp_str plan_text;    /* as the user wrote it; empty: unknown */
    uint64_t seed;
    bool strict; /* a changed input is not answered as recorded */
    struct rp_sweep_stored *stored; /* runs of before; NULL: none */
    bool stored_only;               /* nothing is played */
};

struct rp_sweep_rig {
    struct rp_arena *arena; /* owned; what judgements refer to */
    struct rp_sweep_ground ground;
    struct rp_sweep_measure measure;
    struct rp_sweep_trace baseline; /* owned; without faults */
    struct rp_sweep_trace trace;    /* owned; of what was tried last */
    struct rp_fault_rules *rules;   /* owned; ditto */
    struct rp_str plan_text;        /* borrowed, or empty */
    struct rp_sweep_stored *stored; /* ditto, or NULL */
    bool stored_only;
    uint64_t played,
        known;       /* runs: played now, and taken from what is stored */
    uint64_t absent; /* neither: what is not stored is not played */
    struct rp_digest again_key; /* of what was tried last, a second time */
    enum rp_code broken;        /* what is played cannot be stored */
    struct rp_err broken_why;
};

/* Plays the session without faults, several times. RP_E_DIVERGED: it is not
 * the same each time. RP_E_INVALID: it never ended. The rig is released by
 * rp_sweep_rig_fini() whatever is returned. */
RP_NODISCARD enum rp_code rp_sweep_rig_set(struct rp_sweep_rig *rig,
    const struct rp_sweep_subject *subject, struct rp_err *err);
void rp_sweep_rig_fini(struct rp_sweep_rig *rig);

/* Plays the session under rules in the notation of `--fault` and judges it. A
 * rule that is wrong gives RP_VERDICT_HARNESS and says so. What is neither
 * stored nor to be played is RP_VERDICT_PRUNED. */
void rp_sweep_rig_try(struct rp_sweep_judgement *out, struct rp_sweep_rig *rig,
    const char *const *rules, uint32_t rule_count);
/* The same of a session that ran live under these rules, and was recorded;
 * borrowed. */
void rp_sweep_rig_judge_live(struct rp_sweep_judgement *out,
    struct rp_sweep_rig *rig, struct rp_recording *live,
    const char *const *rules, uint32_t rule_count);
/* The same of one that ran live before: `what` tells apart what is stored of
 * it. False: it is not. */
bool rp_sweep_rig_recall_live(struct rp_sweep_judgement *out,
    struct rp_sweep_rig *rig, const char *const *rules, uint32_t rule_count,
    const char *what);
/* Stores what was judged last, which ran live; RP_E_IO: it could not be
 * written. Does nothing when nothing is stored. */
RP_NODISCARD enum rp_code rp_sweep_rig_keep_live(struct rp_sweep_rig *rig,
    const char *const *rules, uint32_t rule_count, const char *what,
    struct rp_err *err);
/* Plays it whatever is stored; the trace has its envelope. False: it did not
 * come to an end. */
bool rp_sweep_rig_whole(
    struct rp_sweep_rig *rig, const char *const *rules, uint32_t rule_count);
/* What was tried last once more: whether it writes the same records. */
bool rp_sweep_rig_again(struct rp_sweep_rig *rig);

/* How a rule names the task of that path, which is done by that agent. In the
 * rig's arena. */
const char *rp_sweep_rig_on(
    struct rp_sweep_rig *rig, const char *path, const char *agent);

/* What the engine saw and decided in what was tried last, without times and
 * without the wording of details: faults that give the same are equal. */
uint64_t rp_sweep_rig_signature(const struct rp_sweep_rig *rig);

#endif
