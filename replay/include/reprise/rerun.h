/* rerun.h - a recorded session run again: the ordinary runner over the journal
 * transport and a virtual clock. Floor: replay. Executes and contacts nothing.
 *
 * Without changes a rerun writes the records that were recorded, byte for
 * byte but for the wall time of its start. With another plan, seed or faults
 * it shows what the session would have done.
 */
#ifndef RP_RERUN_H
#define RP_RERUN_H

#include <reprise/compare.h>
#include <reprise/runner.h>
#include <reprise/transport_journal.h>

struct rp_rerun {
    struct rp_recording *source;        /* borrowed, as everything here */
    const struct rp_plan *plan;         /* NULL: the recorded one */
    const struct rp_session_head *head; /* of the new session: mode RERUN; its
                                           plan, input and seed are used */
    enum rp_changed_input changed;
    /* Puts decorators around the journal transport, as faults; takes `inner`
     * over and gives back the outermost. NULL: none. */
    struct rp_transport *(*wrap)(
        void *context, struct rp_transport *inner, struct rp_clock *clock);
    void *wrap_context;
    struct rp_store *store; /* NULL: in memory, thrown away afterwards */
    struct rp_sink *const *sinks;
    uint32_t sink_count;
};

struct rp_rerun_result {
    struct rp_run_result run;
    struct rp_comparison comparison;   /* of source and rerun */
    struct rp_journal_answer *answers; /* owned, with their texts */
    uint32_t answer_count;
    struct rp_arena *arena; /* owned */
};
void rp_rerun_result_fini(struct rp_rerun_result *result);

/* A head for a rerun of `source`: a new id and trace, mode RERUN, everything
 * else as recorded. Borrows from `source`. */
RP_NODISCARD enum rp_code rp_rerun_head(struct rp_session_head *out,
    const struct rp_recording *source, struct rp_err *err);

/* RP_OK: it ended. RP_E_NOT_FOUND: a call has no answer in the recording, `err`
 * says which and what is nearest. */
RP_NODISCARD enum rp_code rp_rerun(const struct rp_rerun *rerun,
    struct rp_rerun_result *result, struct rp_err *err);

#endif
