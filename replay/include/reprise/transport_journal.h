/* transport_journal.h - workers that answer from a recording, in virtual time.
 * Floor: replay. Keeps the contract of transport.h. Single-threaded.
 *
 * A call is matched by lane (its path) and content (digest of agent spec, input
 * and arguments), then by content alone: another attempt of its task, then
 * anything recorded, what was used least first. What has no answer is not
 * invented: submit fails with RP_E_NOT_FOUND and says which call, what was
 * recorded nearest to it and how the two differ.
 *
 * Times are relative to the record that dispatched the call. A recorded worker
 * that ended by itself ends again as long after its dispatch; one that was
 * cancelled ends as long after a cancel as it did then, SIGTERM, SIGKILL and
 * the plan's grace told apart; one that was not ends at once and delivers
 * nothing. Silence under another limit is judged by the recorded gaps. Past the
 * point where a recorded worker was ended by us nobody knows what it would have
 * done: a call that lives longer than that needs a live worker, and poll fails
 * with RP_E_NOT_FOUND, saying so.
 *
 * A call that is submitted as stopped is silent and never ends by itself;
 * signals do what they do to a real worker. So faults inject themselves here
 * as they do live.
 */
#ifndef RP_TRANSPORT_JOURNAL_H
#define RP_TRANSPORT_JOURNAL_H

#include <reprise/recording.h>
#include <reprise/runner.h>
#include <reprise/transport.h>

/* What is done when a lane asks something else than was recorded. */
enum rp_changed_input {
    RP_CHANGED_REFUSE, /* it is a miss */
    RP_CHANGED_ANSWER, /* the recorded answer is given, and counted */
};

enum rp_match {
    RP_MATCH_EXACT,   /* same path, same content */
    RP_MATCH_CONTENT, /* same content, another attempt or lane */
    RP_MATCH_IGNORED, /* same path or task and spec, and an input that is the
                         same but for what is ignored */
    RP_MATCH_CHANGED, /* same path or task, other content */
};
const char *rp_match_name(enum rp_match value);

/* How one call was answered; valid until the transport is freed. */
struct rp_journal_answer {
    const char *path;   /* the call */
    const char *source; /* the recorded call that answered */
    enum rp_match match;
};

/* `recording` and `clock` (virtual) are borrowed and outlive the transport. */
RP_NODISCARD struct rp_transport *rp_transport_journal_new(
    struct rp_recording *recording, struct rp_clock *clock,
    enum rp_changed_input changed);

/* What of inputs does not count when a call is matched, as times and ids: JSON
 * Pointers, and "format:NAME" for every string to which the agent's input
 * contract gives that format ("format:date-time"). Borrowed, outlives us. */
void rp_transport_journal_ignore(
    struct rp_transport *t, const char *const *ignored, uint32_t count);

/* Whether `item` is "format:NAME"; then `*name` is borrowed from it. */
bool rp_ignored_format(struct rp_str item, struct rp_str *name);

/* Lanes that are answered by what was recorded of the same, and by nothing
 * else, whatever `changed` says. */
struct rp_journal_lanes {
    const char *glob; /* over paths of tasks; borrowed, outlives us */
    /* Somebody else answers a miss. A call is one, too, when a limit ended the
     * recorded one and leaves it more time now: what comes then is known to
     * nobody. */
    bool elsewhere;
};
void rp_transport_journal_refuse(struct rp_transport *t,
    const struct rp_journal_lanes *lanes, uint32_t count);

/* Whether the recorded call at `index`, in order of dispatch, answered
 * anything; false past the last. `*path` is of the recording. */
bool rp_transport_journal_used(const struct rp_transport *t, uint32_t index,
    const char **path, bool *used);

/* Whoever submitted the calls in flight died, and they with it: they are
 * forgotten, and never complete. */
void rp_transport_journal_forget(struct rp_transport *t);

/* As if no process of the session had died and no other gone on: what a death
 * cut short is answered as the next attempt was. A session of which that is not
 * known stays as it was. Before the first call. */
void rp_transport_journal_mend(struct rp_transport *t);

/* In order of submission. `t` is what rp_transport_journal_new() gave. */
const struct rp_journal_answer *rp_transport_journal_answers(
    const struct rp_transport *t, uint32_t *count);

/* From now on, of the calls in flight that will end by themselves, the one
 * whose path stands first in `paths` completes when the first of them would.
 * Those that are not named come when they came. Borrowed, outlives us. */
void rp_transport_journal_reorder(
    struct rp_transport *t, const char *const *paths, uint32_t count);

/* Asks again what people asked of the recorded session, at the same instants:
 * poll returns then. Borrowed, lives as long as the transport. */
struct rp_operator *rp_transport_journal_operator(struct rp_transport *t);

#endif
