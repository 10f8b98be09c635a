/* retry - the failed parts of a session again, as a new one. What was accepted
 * is not asked for a second time: the same question has the same answer. */
#include "again.h"
#include "command.h"
#include "recall.h"
#include "say.h"

struct retrying {
    struct rp__recall recall;
    struct rp__descent descent;
};

static int refuse_what_is_well(const struct rp__again *again)
{
    const struct rp_session_row *row = &again->arg.row;
    if (row->summary.outcome == RP_OUTCOME_OK) {
        rp__say("retry", "%s ended ok: nothing of it failed",
            rp__again_name(again));
        return RP__EXIT_USAGE;
    }
    if (row->summary.outcome == RP_OUTCOME_NONE) {
        bool runs = rp__session_runs_on(&again->arg, row);
        rp__say("retry", "%s %s", rp__again_name(again),
            runs ? "runs still"
                 : "did not end: reprise resume goes on with it");
        return RP__EXIT_USAGE;
    }
    return RP__GO_ON;
}

static int prepare(struct rp__again *again)
{
    struct rp_err err = RP_ERR_INIT;
    struct retrying *r = again->own;
    int status = rp__again_descend(again, "retry_of", &r->descent);
    if (status != RP__GO_ON) {
        return status;
    }
    const struct rp__recall_live nobody = {.count = 0};
    if (rp__recall_accepted(&r->recall, again->recording, &nobody, &err) !=
        RP_OK) {
        return rp__session_failed(&again->arg, &err);
    }
    again->run.stubs = r->recall.stubs;
    again->run.stub_count = r->recall.count;
    return rp__again_take_faults(again, NULL);
}

static int run(const struct rp__args *args)
{
    static const struct rp__again_steps steps = {
        .refuse = refuse_what_is_well, .prepare = prepare};
    struct retrying retrying = {.recall = {.stubs = NULL}};
    int status = rp__again_run(args, &steps, &retrying);
    rp__recall_fini(&retrying.recall);
    rp__descent_fini(&retrying.descent);
    return status;
}

static const struct rp__opt opts[] = {
    RP__OPT_FAULT,
    RP__OPT_FAULTS,
    RP__AGAIN_OPTS,
};

const struct rp__command rp__cmd_retry = {
    .name = "retry",
    .summary = "run the failed parts of a session again",
    .arguments = "[SESSION]",
    .description =
        "Runs a session that ended failed, degraded or cancelled again, as a "
        "new one with\nthe tag retry_of. A worker whose output was accepted, "
        "and who would be asked the\nsame, is not started: its output is the "
        "recorded one. What failed, and what is\nasked something else because "
        "of it, runs.\n" RP__HELP_SESSION,
    .footer = "Exit status: that of the new session, as of run; 1 what was "
              "recorded does not\nverify; 2 nothing of it failed; 4 the store "
              "could not be read or written.",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
