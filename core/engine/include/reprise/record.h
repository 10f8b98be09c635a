/* record.h - one engine step as bytes, and back. Floor: engine.
 *
 * A record is one JSON document in a fixed member order:
 *   {"at":"<ns>","event":{…},"decisions":[…],"actions":[…]}
 * Integers of 64 bits and nanoseconds are text. The bytes are canonical: the
 * same step gives the same bytes. docs/store.md has the format.
 *
 * Records are chained: digest(n) = SHA-256(digest(n-1) ‖ body(n)), digest(0)
 * being the digest of the session's head (see store.h).
 */
#ifndef RP_RECORD_H
#define RP_RECORD_H

#include <reprise/event.h>
#include <reprise/mem.h>
#include <reprise/step.h>

#define RP_RECORD_VERSION 1

/* One committed step, as stores and sinks see it. All borrowed. */
struct rp_record {
    uint64_t seq; /* 1, 2, … */
    struct rp_instant at;
    struct rp_str body;
    struct rp_digest digest;
    const struct rp_event *event;
    const struct rp_step *step;
};

void rp_record_write(struct rp_buf *out, const struct rp_event *event,
    const struct rp_step *step);
struct rp_digest rp_record_chain(
    const struct rp_digest *previous, struct rp_str body);

/* Calls `each` with every payload that a record refers to, in order, as often
 * as it does; digests of zeros stand for none. */
void rp_record_payloads(const struct rp_event *event,
    const struct rp_step *step,
    void (*each)(void *context, const struct rp_digest *digest), void *context);

/* Reads a body back into values whose memory is in `arena`. Borrowed bytes
 * (inputs, outputs) are empty, their digests are set; `start.agent` is looked
 * up in `plan` and NULL when `plan` is NULL; argv and env are NULL. Bodies are
 * untrusted: RP_E_DAMAGED says what is wrong. */
RP_NODISCARD enum rp_code rp_record_read(struct rp_arena *arena,
    struct rp_str body, const struct rp_plan *plan, struct rp_event *event,
    struct rp_step *step, struct rp_err *err);

#endif
