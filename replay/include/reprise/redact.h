/* redact.h - recordings without what identifies somebody. Floor: replay.
 * Single-threaded.
 *
 * What the rules find anywhere in the recordings is a value; every value is
 * replaced by a token wherever it stands: in plans, inputs, outputs, standard
 * error, logs, names, messages. The same value has the same token under the
 * same key. The session is then decided again from what is left, so that it
 * verifies. docs/bundle.md says what is found and what is not.
 */
#ifndef RP_REDACT_H
#define RP_REDACT_H

#include <reprise/recording.h>

struct rp_redaction {
    /* A rule that begins with '/' is a JSON Pointer into inputs and outputs,
     * in which * stands for a name and ** for any number of them; any other
     * is a regular expression (PCRE2) over all texts. */
    const char *const *rules;
    uint32_t rule_count;
    struct rp_str key; /* of the tokens; who has it can tell a guess right */
};

/* What was done to one session. */
struct rp_redacted_session {
    struct rp_recording *recording;
    /* Contracts that cannot be decided on what is left and were therefore
     * taken out of the plan, and what breaks them: "output of labs (/id: …)".
     * Without that they are in the tag "undecided" of the session. */
    const char *const *undecided;
    uint32_t undecided_count;
};

struct rp_redacted; /* owned, rp_redacted_free() */

/* The recordings are borrowed for the call. RP_E_INVALID: a rule is wrong, or
 * what it takes out is needed (a name in the plan that is one no more).
 * RP_E_DIVERGED: the session would be decided otherwise without it, and not for
 * a contract that could be taken out; `err` says where. RP_E_DAMAGED,
 * RP_E_NOT_FOUND, RP_E_NEWER: a recording cannot be used. */
RP_NODISCARD enum rp_code rp_redact(struct rp_redacted **out,
    struct rp_recording *const *recordings, uint32_t count,
    const struct rp_redaction *redaction, struct rp_err *err);
void rp_redacted_free(struct rp_redacted **redacted);

/* In the order of the recordings; borrowed. */
const struct rp_redacted_session *rp_redacted_sessions(
    const struct rp_redacted *redacted, uint32_t *count);
/* How many values were found, and how many of them are so short that they were
 * replaced only where they are all of a string or number. */
uint32_t rp_redacted_values(
    const struct rp_redacted *redacted, uint32_t *short_count);
/* The rules that found nothing, one after the other; NULL past the last. */
const char *rp_redacted_idle(
    const struct rp_redacted *redacted, uint32_t index);

#endif
