/* session_run.h - one call that runs a plan, for programs that embed reprise.
 * Floor: embed. For more than it offers, call what it calls: runner.h.
 *
 *     struct rp_session_options options = {.plan = "plan.json"};
 *     struct rp_run_result result;
 *     struct rp_err err = RP_ERR_INIT;
 *     if (rp_session_run(&result, &options, &err) != RP_OK) { ... err.text ...
 * } puts(rp_outcome_name(result.outcome)); rp_run_result_fini(&result);
 *
 * The calling process becomes a child subreaper and ignores SIGPIPE; children
 * that it has already are left alone. Its signals stay its own: rp_keeper_run()
 * puts a keeper around it, where ^C and a killed parent matter. Only the thread
 * that calls it may start processes meanwhile.
 */
#ifndef RP_SESSION_RUN_H
#define RP_SESSION_RUN_H

#include <reprise/runner.h>

struct rp_session_options {
    const char *plan;  /* path of the plan */
    const char *input; /* a JSON document; NULL: the plan's default, or {} */
    const char *store; /* path, created when missing; NULL: nothing is kept */
    uint64_t seed;     /* of every draw; 0: random */
    struct rp_sink *const *sinks; /* borrowed; NULL when sink_count is 0 */
    uint32_t sink_count;
    struct rp_session_id *id; /* is given the session's id before it starts;
                                 NULL is allowed */
};

/* RP_OK: the session ended, `result->outcome` says how; release the result by
 * rp_run_result_fini(). RP_E_INVALID: the plan (the text names its first
 * problem, with line and column) or the input; nothing was started. Others as
 * of rp_run() and rp_store_sqlite_open(). */
RP_NODISCARD enum rp_code rp_session_run(struct rp_run_result *result,
    const struct rp_session_options *options, struct rp_err *err);

#endif
