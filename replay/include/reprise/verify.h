/* verify.h - a recorded session decided again. Floor: replay.
 *
 * The recorded events are fed to a fresh engine and every decision and action
 * is compared with the recorded one. No clock, no transport, no process. The
 * first difference ends it: what follows would only repeat it.
 */
#ifndef RP_VERIFY_H
#define RP_VERIFY_H

#include <reprise/recording.h>

enum rp_divergence_class {
    RP_DIVERGENCE_NONE,
    RP_DIVERGENCE_DAMAGED,       /* stored bytes are not what was stored */
    RP_DIVERGENCE_DECISION,      /* another decision, or other attributes */
    RP_DIVERGENCE_ACTION,        /* another action, or other parameters */
    RP_DIVERGENCE_ORDER,         /* the same ones in another order */
    RP_DIVERGENCE_TIMING,        /* an event at a time it cannot have: a timer
                                    was due before, or none was due */
    RP_DIVERGENCE_CONTRACT,      /* a contract judged otherwise */
    RP_DIVERGENCE_INPUT_CHANGED, /* a call with another input or content */
    RP_DIVERGENCE_MISSING,       /* recorded, and not decided now */
    RP_DIVERGENCE_EXTRA,         /* decided now, and not recorded */
};
const char *rp_divergence_name(enum rp_divergence_class value);

struct rp_divergence {
    enum rp_divergence_class kind;
    uint64_t seq;     /* of the record; 0: the head */
    const char *path; /* what it concerns: "gather/labs@1"; "" the session */
    const char *lane; /* the attempt or node it is in: "gather/labs" */
    const char *what; /* a sentence: "labs was retried, now it fails" */
    struct rp_str recorded, now; /* JSON text, empty when there is none */
    /* Where the two differ, as "pointer: recorded -> now" lines. */
    const char *const *differences;
    uint32_t difference_count;
    const char *nearest; /* what is most alike in the other, or "" */
    const char *before;  /* the event of the record before, or "" */
};

struct rp_verification {
    uint64_t records, decisions, actions; /* compared and equal */
    bool ended;                           /* whether the recording ends */
    struct rp_divergence first;           /* kind NONE: it verifies */
    struct rp_arena *arena;               /* owned; of what `first` points to */
};
void rp_verification_fini(struct rp_verification *v);

/* Under the session's own plan, or under `plan` when it is not NULL (then
 * digests of plan and of agents' specs are not compared). RP_OK whether it
 * verifies or not: see `out->first`. RP_E_NEWER: a later engine decided it. */
RP_NODISCARD enum rp_code rp_verify(struct rp_verification *out,
    struct rp_recording *recording, const struct rp_plan *plan,
    struct rp_err *err);

/* Checks every byte first, loads and verifies; damage is a divergence too, and
 * so is a row that tells another end than the records. */
RP_NODISCARD enum rp_code rp_verify_session(struct rp_verification *out,
    struct rp_reader *reader, const struct rp_session_row *row,
    const struct rp_plan *plan, struct rp_err *err);

/* Whether the spans in the store are those that its records make, of a session
 * that has ended and was recorded by `program`, which is this one: others may
 * make them otherwise. Into `out` what is not as it should be, or nothing. The
 * session has to verify. */
RP_NODISCARD enum rp_code rp_verify_spans(struct rp_buf *out,
    struct rp_reader *reader, const struct rp_session_row *row,
    const char *program, struct rp_err *err);

#endif
