/* export_queue.h - how far a destination has got with the spans of a store:
 * the store is the queue. Floor: tracer. Single-threaded.
 *
 * A destination has a cursor for each session: the last record of which every
 * span that it ended was delivered, or refused for good. Sessions that are
 * through fold into a watermark, so that few cursors are kept. Only who sends
 * writes them, and waits for its turn; a session that runs never does.
 */
#ifndef RP_EXPORT_QUEUE_H
#define RP_EXPORT_QUEUE_H

#include <reprise/err.h>
#include <reprise/id.h>

struct rp_export_queue;

/* `destination` is its name, a URL. One that the store does not know yet begins
 * with its first session, or with session `from` (NULL or "": the first).
 * Errors as of rp_store_sqlite_open(). Owned by the caller. */
RP_NODISCARD enum rp_code rp_export_queue_open(struct rp_export_queue **out,
    const char *store_path, const char *destination,
    const struct rp_session_id *from, struct rp_err *err);
void rp_export_queue_close(struct rp_export_queue **queue);

struct rp_export_place {
    int64_t session_no;
    uint64_t seq; /* of the last record that is through; 0: none */
};

/* The first session after number `after_no` that is not through. */
RP_NODISCARD enum rp_code rp_export_queue_next(struct rp_export_queue *queue,
    int64_t after_no, bool *found, struct rp_export_place *out,
    struct rp_err *err);

/* Every span that records up to `place.seq` ended is through. */
RP_NODISCARD enum rp_code rp_export_queue_advance(struct rp_export_queue *queue,
    struct rp_export_place place, struct rp_err *err);
/* The same of what was ended as recovered, by a record that is not there: a
 * session that has that record by now went on, and is looked at again. */
RP_NODISCARD enum rp_code rp_export_queue_recovered(
    struct rp_export_queue *queue, struct rp_export_place place,
    struct rp_err *err);
/* The whole session is, and ends no more spans. */
RP_NODISCARD enum rp_code rp_export_queue_done(
    struct rp_export_queue *queue, int64_t session_no, struct rp_err *err);

/* Adds to what became of requests to the destination: see export_state in
 * docs/store.md. `success` 0: nothing was delivered. */
struct rp_export_note {
    uint64_t delivered, rejected, failures;
    struct rp_wall success;
};
RP_NODISCARD enum rp_code rp_export_queue_note(struct rp_export_queue *queue,
    const struct rp_export_note *note, struct rp_err *err);

/* Ended spans that are not through. */
RP_NODISCARD enum rp_code rp_export_queue_left(
    struct rp_export_queue *queue, uint64_t *out, struct rp_err *err);

#endif
