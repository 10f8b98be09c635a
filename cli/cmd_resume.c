/* resume - go on with a session whose process died. */
#include <reprise/resume.h>

#include "again.h"
#include "command.h"
#include "crash.h"
#include "say.h"

struct resuming {
    struct rp_resume resume;
    struct rp_past past;
};

static int refuse_what_needs_none(const struct rp__again *again)
{
    const struct rp_session_row *row = &again->arg.row;
    if (row->summary.outcome != RP_OUTCOME_NONE) {
        rp__say("resume", "%s has ended: %s; there is nothing to go on with",
            rp__again_name(again), rp_outcome_name(row->summary.outcome));
        return RP__EXIT_USAGE;
    }
    if (rp__session_runs_on(&again->arg, row)) {
        rp__say("resume", "%s runs; reprise watch follows it",
            rp__again_name(again));
        return RP__EXIT_USAGE;
    }
    return RP__GO_ON;
}

/* Who goes on dies where the session was to die once more. */
static void take_crashes(struct rp__again *again, uint64_t past)
{
    struct rp_fault_rules *rules = &again->run.faults.rules;
    uint32_t kept = 0;
    rp__crash_rules(rules, again->run.head.faults);
    for (uint32_t i = 0; i < rules->count; i++) {
        if (rules->items[i].nth.first > past) {
            rules->items[kept++] = rules->items[i];
        }
    }
    rules->count = kept;
}

static int take_past(struct rp__again *again)
{
    struct rp_err err = RP_ERR_INIT;
    struct resuming *r = again->own;
    if (rp_resume_past(&r->past, &r->resume, again->recording, &err) != RP_OK) {
        rp__say("resume", "%s", err.text);
        return RP__EXIT_USAGE;
    }
    again->run.head = *rp_recording_head(again->recording);
    again->run.past = &r->past;
    take_crashes(again, r->past.seq);
    again->run.recording = again->recording;
    return RP__GO_ON;
}

static int run(const struct rp__args *args)
{
    static const struct rp__again_steps steps = {
        .refuse = refuse_what_needs_none, .prepare = take_past};
    struct resuming resuming;
    return rp__again_run(args, &steps, &resuming);
}

static const struct rp__opt opts[] = {RP__AGAIN_OPTS};

const struct rp__command rp__cmd_resume = {
    .name = "resume",
    .summary = "go on with a session that died",
    .arguments = "[SESSION]",
    .description =
        "Brings a session whose process was killed to its end, in the same "
        "session: what\nwas accepted is kept and not done again. Of what was "
        "in flight, agents whose\neffects are none or idempotent run again, "
        "outside their retries; of others the\nattempt is lost, and runs "
        "again only where the plan retries lost.\n\n"
        "A session that has ended or still runs is refused.\n" RP__HELP_SESSION,
    .footer = "Exit status: that of the session, as of run; 1 what was "
              "recorded does not\nverify; 2 there is nothing to go on with; 4 "
              "the store could not be read or\nwritten.",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
