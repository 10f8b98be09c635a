/* recording.h - one recorded session in memory, ready to be fed to an engine.
 * Floor: replay. Single-threaded.
 *
 * A recording is checked as it is loaded: the chain of its records and every
 * payload that is asked for. What was recorded before a crash is a recording
 * too: `ended` is false then.
 */
#ifndef RP_RECORDING_H
#define RP_RECORDING_H

#include <reprise/plan.h>
#include <reprise/reader.h>
#include <reprise/store.h>

/* A record as it was written and as values; everything lives as long as the
 * recording. Borrowed bytes of events (inputs, outputs) are empty: see
 * rp_recording_fill(). */
struct rp_recorded {
    uint64_t seq;
    struct rp_str body;
    struct rp_event event;
    struct rp_step step;
};

struct rp_recording; /* owned, rp_recording_free() */

/* Where a session could not be read whole. */
struct rp_recording_damage {
    uint64_t seq; /* of the record; 0: the head, the plan or the input */
    char what[RP_ERR_TEXT_MAX]; /* "record 7 does not match its digest" */
};

/* Loads the session of `row`; both are borrowed and outlive the recording,
 * which takes payloads from the reader as they are needed. RP_E_DAMAGED fills
 * `damage` (NULL is allowed). */
RP_NODISCARD enum rp_code rp_recording_load(struct rp_recording **out,
    struct rp_reader *reader, const struct rp_session_row *row,
    struct rp_recording_damage *damage, struct rp_err *err);

/* The same of a session in memory; `store` is borrowed and outlives it, and is
 * not appended to meanwhile. */
RP_NODISCARD enum rp_code rp_recording_of_memory(struct rp_recording **out,
    struct rp_store *store, const struct rp_session_head *head,
    struct rp_recording_damage *damage, struct rp_err *err);

void rp_recording_free(struct rp_recording **recording);

/* All borrowed from the recording. */
const struct rp_session_head *rp_recording_head(const struct rp_recording *r);
const struct rp_plan *rp_recording_plan(const struct rp_recording *r);
struct rp_str rp_recording_input(const struct rp_recording *r); /* text form */
const struct rp_recorded *rp_recording_records(
    const struct rp_recording *r, uint32_t *count);
/* As who folds records takes them, without its digest; it borrows from
 * `recorded`, which outlives it. */
struct rp_record rp_recorded_as_record(const struct rp_recorded *recorded);
bool rp_recording_ended(const struct rp_recording *r);
struct rp_digest rp_recording_chain(const struct rp_recording *r); /* so far */

/* The bytes of a payload, verified, borrowed from the recording: kept until it
 * is freed. RP_E_DAMAGED, RP_E_NOT_FOUND. */
RP_NODISCARD enum rp_code rp_recording_payload(struct rp_str *out,
    struct rp_recording *r, const struct rp_digest *digest, struct rp_err *err);

/* From now on only payloads that were asked for before are there: for a process
 * that was forked, which must not use what the other has open. */
void rp_recording_close(struct rp_recording *r);

/* Completes `event` (a copy of a recorded one) with its bytes; `*completion`
 * is where a completion is put, as the recorded one is not changed. */
RP_NODISCARD enum rp_code rp_recording_fill(struct rp_recording *r,
    struct rp_event *event, struct rp_completion *completion,
    struct rp_err *err);

#endif
