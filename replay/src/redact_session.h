/* redact_session.h - one session decided again from what a redaction left.
 * Internal. */
#ifndef RP_REDACT_SESSION_H
#define RP_REDACT_SESSION_H

#include <reprise/redact.h>

#include "redact_values.h"

/* A contract that is taken out of the plan. */
struct rp__relaxed {
    const char *agent;  /* as the redacted plan names it; NULL: the session's */
    const char *member; /* "input", "output" or "echo" */
    const char *why;    /* what breaks it, for people */
};
#define RP__RELAXED_MAX 256

struct rp__redacting {
    const struct rp__values *values;
    struct rp_recording *from; /* borrowed */
    struct rp_arena *arena;    /* borrowed: of head and names */
    struct rp_session_head head;
    struct rp_plan *plan;   /* owned */
    struct rp_store *store; /* owned */
    struct rp__relaxed relaxed[RP__RELAXED_MAX];
    uint32_t relaxed_count;
};

/* Fills head, plan, store and relaxed; fini is due whatever is returned. */
RP_NODISCARD enum rp_code rp__redact_session(
    struct rp__redacting *r, struct rp_err *err);
void rp__redacting_fini(struct rp__redacting *r);

/* ---- parts ---- */

/* `text` without values, in the arena. */
struct rp_str rp__redacted_text(
    const struct rp__redacting *r, struct rp_str text);

/* Whether the contract could be added: it is new and there is room. */
bool rp__redact_relax(struct rp__redacting *r, const char *agent,
    const char *member, struct rp_str why);

/* The plan without values and without the relaxed contracts. `*again` is set
 * when another contract had to be relaxed, and no plan was read. */
RP_NODISCARD enum rp_code rp__redact_plan_read(
    struct rp__redacting *r, bool *again, struct rp_err *err);

/* Whether a step decides what the recorded one did; when it does not for a
 * contract, that is relaxed and `*again` set, else `err` says what differs. */
RP_NODISCARD enum rp_code rp__redact_compare(struct rp__redacting *r,
    const struct rp_recorded *recorded, const struct rp_step *now, bool *again,
    struct rp_err *err);

#endif
