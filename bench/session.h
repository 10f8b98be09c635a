/* session.h - sessions for benches: a plan, a head, a run. */
#ifndef BENCH_SESSION_H
#define BENCH_SESSION_H

#include <reprise/runner.h>
#include <reprise/store_sqlite.h>

/* A plan of one `parallel` node. */
struct bench_plan {
    const char *worker; /* argv[0]; NULL: the least worker there is */
    const char *arg;    /* its argument, NULL: none */
    uint32_t children;
    uint32_t concurrency;
    const char *more; /* members of the agent, as ",\"retry\":{…}", or "" */
};
/* Owned by the caller, rp_plan_free(). */
struct rp_plan *bench_plan_new(const struct bench_plan *options);

/* What a worker of that plan is given, as the transport writes it: `child` of
 * `session`. */
void bench_task_document(
    struct rp_buf *out, uint32_t child, const struct rp_session_head *head);

/* A new live session. Borrows from `plan`; `input` is "{}". */
void bench_head_make(struct rp_session_head *out, const struct rp_plan *plan);
struct rp_str bench_input(void);

/* Runs one session with real processes, and checks that it ended ok. `sink` may
 * be NULL. */
struct bench_run {
    const struct rp_plan *plan;
    const struct rp_session_head *head;
    struct rp_store *store;
    struct rp_sink *sink;
    struct rp_clock *clock; /* of real time; NULL: one of its own */
    bool may_fail;          /* its outcome is not looked at */
    /* Puts decorators around the transport, as faults; takes `inner` over.
     * NULL: none. */
    struct rp_transport *(*wrap)(
        void *context, struct rp_transport *inner, struct rp_clock *clock);
    void *wrap_context;
};
void bench_run_exec(const struct bench_run *run);
/* The same with workers that answer at once, in virtual time. */
void bench_run_instant(const struct bench_run *run);

/* A new store in `dir`. Owned by the caller. */
struct rp_store_sqlite *bench_store_open(const char *dir);

#endif
