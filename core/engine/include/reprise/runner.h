/* runner.h - the only loop: poll, step, append, commit, perform.
 * Floor: engine. Knows the world only through clock, transport and store.
 */
#ifndef RP_RUNNER_H
#define RP_RUNNER_H

#include <reprise/clock.h>
#include <reprise/engine.h>
#include <reprise/store.h>
#include <reprise/transport.h>

/* A mirror of the journal: may drop, must count its drops, cannot hurt the
 * run. Every slot is filled. */
struct rp_sink;
struct rp_sink_ops {
    const char *name;
    /* After the commit that made `record` durable. */
    void (*record)(struct rp_sink *sink, const struct rp_record *record);
    /* Once a loop turn, for redrawing; `transport` answers observe. */
    void (*turn)(struct rp_sink *sink, struct rp_transport *transport,
        struct rp_instant now);
};
struct rp_sink {
    const struct rp_sink_ops *ops;
};

/* What a person or another process asks of a running session. */
struct rp_operator;
struct rp_operator_ops {
    const char *name;
    /* The next request; false if there is none. Never blocks. */
    bool (*next)(struct rp_operator *op, enum rp_operator_command *command,
        enum rp_reason *cause);
    /* Of a replay: whether the recorded process died now and another went on.
     * `*event` is that; no call is in flight any more. NULL: cannot be. */
    bool (*resumed)(struct rp_operator *op, struct rp_event *event);
};
struct rp_operator {
    const struct rp_operator_ops *ops;
};

/* What a session did before its process died. The events are fed to the engine
 * without being recorded again; the next record follows on theirs. */
struct rp_past {
    /* The next event, with its bytes; false when there is none. */
    enum rp_code (*next)(
        void *context, struct rp_event *event, bool *found, struct rp_err *err);
    void *context;
    uint64_t seq;           /* of the last record */
    struct rp_digest chain; /* of it */
    struct rp_instant last; /* its time: the clock of the run starts there */
    uint32_t incarnation;   /* of the run: 2 for the first that goes on */
};

/* How much of a record is made. What is left out is empty, or zero. */
enum rp_run_records {
    RP_RECORDS_CHAINED,   /* body and digest: for a store that keeps them */
    RP_RECORDS_UNCHAINED, /* the body: for who reads it and keeps no chain */
    RP_RECORDS_STEPS,     /* neither, and there are no sinks: for a store that
                             looks at steps and keeps nothing */
};

struct rp_run {
    const struct rp_plan *plan; /* all borrowed, outlive the run */
    const struct rp_session_head *head;
    struct rp_str input; /* text form; digest in head */
    struct rp_clock *clock;
    struct rp_transport *transport;
    struct rp_store *store;
    struct rp_operator *control; /* NULL: none */
    struct rp_sink *const *sinks;
    uint32_t sink_count;
    const struct rp_past *past;  /* NULL: a new session */
    struct rp_duration turn_max; /* longest wait between turns; FOREVER: none */
    enum rp_run_records records;
    struct rp_memo *memo; /* of runs that are nearly the same; NULL: none */
};

struct rp_run_result {
    enum rp_outcome outcome;
    char *output;   /* owned; text form, terminated; NULL when there is none */
    char *envelope; /* owned; see rp_engine_envelope */
    uint64_t record_count;
    struct rp_duration took;
    enum rp_reason cancel_cause; /* NONE unless an operator cancelled */
};
void rp_run_result_fini(struct rp_run_result *result);

/* Runs one session to its end. RP_OK says that it ended and was recorded,
 * whatever its outcome. RP_E_STORE: a record could not be written: workers
 * were ended, `err` names the first event that was not recorded. RP_E_IO: the
 * transport broke. */
RP_NODISCARD enum rp_code rp_run(
    const struct rp_run *run, struct rp_run_result *result, struct rp_err *err);

#endif
