/* rerun.h - a recorded session run again: the ordinary runner over the journal
 * transport and a virtual clock. Floor: replay. Executes and contacts nothing.
 *
 * Without changes a rerun writes the records that were recorded, byte for
 * byte but for the wall time of its start. With another plan, input, seed or
 * faults it shows what the session would have done. What an operator asked is
 * asked again at the same instant.
 */
#ifndef RP_RERUN_H
#define RP_RERUN_H

#include <reprise/compare.h>
#include <reprise/runner.h>
#include <reprise/transport_journal.h>

struct rp_rerun {
    struct rp_recording *source;        /* borrowed, as everything here */
    const struct rp_plan *plan;         /* NULL: the recorded one */
    struct rp_str input;                /* text form; empty: the recorded one */
    const struct rp_session_head *head; /* of the new session: mode RERUN; tells
                                           of plan and input, gives the seed */
    enum rp_changed_input changed;
    const char *const *ignored; /* what of inputs does not count when calls are
                                   matched, see transport_journal.h */
    uint32_t ignored_count;
    const struct rp_journal_lanes *refused; /* lanes, the first that fits */
    uint32_t refused_count;
    /* Puts decorators around the journal transport, as faults; takes `inner`
     * over and gives back the outermost. NULL: none. */
    struct rp_transport *(*wrap)(
        void *context, struct rp_transport *inner, struct rp_clock *clock);
    void *wrap_context;
    /* Paths of calls in the order in which they shall complete; of those in
     * flight the one that stands first here. NULL: as recorded. See order.h */
    const char *const *order;
    uint32_t order_count;
    /* Numbers of records, growing: behind each of them the process dies, and
     * another one resumes from what was recorded until then. What `wrap` put
     * around the transport dies with the first. */
    const uint64_t *deaths;
    uint32_t death_count;
    bool mended; /* as if no process had died, see transport_journal.h */
    struct rp_store *store; /* NULL: nothing is kept, and without deaths the
                               records are not chained */
    struct rp_sink *const *sinks;
    uint32_t sink_count;
    bool bare; /* nothing is kept for the result but `run`: for who has a store
                  that sees the steps, and runs thousands */
    bool steps_only; /* bare: nor are records written, see rp_run; there are no
                        deaths then */
    struct rp_memo *memo; /* of reruns that are nearly the same; NULL: none */
};

/* Valid as long as the source; fini is due whatever rp_rerun() returned. */
struct rp_rerun_result {
    struct rp_run_result run;
    const struct rp_recorded *records; /* what it wrote */
    uint32_t record_count;
    struct rp_comparison comparison;   /* of source and rerun */
    struct rp_journal_answer *answers; /* up to a miss, when there is one */
    uint32_t answer_count;
    const char *const *unused; /* paths of recorded calls that nothing asked
                                  for, in order of dispatch */
    uint32_t unused_count;
    struct rp_duration worker_time; /* of all calls, as played */
    uint32_t death_count;           /* deaths that came to be */
    struct rp_arena *arena;         /* owned */
};
void rp_rerun_result_fini(struct rp_rerun_result *result);

/* A head for a rerun of `source`: mode RERUN, everything else as recorded,
 * borrowed from it. Id, trace and time of a session that shall be kept are the
 * caller's to set: this floor has neither chance nor clock. */
struct rp_session_head rp_rerun_head(const struct rp_recording *source);

/* RP_OK: it ended. RP_E_NOT_FOUND: a call has no answer in the recording, `err`
 * says which and what is nearest; what was run until then is compared. */
RP_NODISCARD enum rp_code rp_rerun(const struct rp_rerun *rerun,
    struct rp_rerun_result *result, struct rp_err *err);

#endif
