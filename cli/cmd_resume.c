/* resume - go on with a session whose process died. */
#include <reprise/mem.h>
#include <reprise/resume.h>

#include "again.h"
#include "command.h"
#include "crash.h"
#include "faults_arg.h"
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
    struct rp_fault_rules *recorded = rp_mem_zalloc(sizeof(*recorded));
    rp__crash_rules(recorded, again->run.head.faults);
    for (uint32_t i = 0; i < recorded->count; i++) {
        if (recorded->items[i].nth.first > past &&
            rules->count < RP_FAULT_RULES_MAX) {
            rules->items[rules->count++] = recorded->items[i];
        }
    }
    rp_mem_free(recorded);
}

/* The session has its rules: only what is under it and beside it may fail. */
static int take_faults(struct rp__again *again)
{
    const struct rp_fault_rules *rules = &again->run.faults.rules;
    if (!rp__faults_arg_parse(&again->run.faults, again->args,
            rp_recording_plan(again->recording))) {
        return RP__EXIT_USAGE;
    }
    for (uint32_t i = 0; i < rules->count; i++) {
        enum rp_fault_class class = rp_fault_info(rules->items[i].kind)->class;
        if (class != RP_FAULT_CLASS_STORE && class != RP_FAULT_CLASS_EXPORT) {
            rp__say("resume",
                "fault rule '%s': a session that goes on takes rules on the "
                "store and on export only",
                rules->items[i].id);
            rp__say_next("reprise fork and reprise run take all of them");
            return RP__EXIT_USAGE;
        }
    }
    return RP__GO_ON;
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
    again->run.recording = again->recording;
    int status = take_faults(again);
    if (status == RP__GO_ON) {
        take_crashes(again, r->past.seq);
    }
    return status;
}

static int run(const struct rp__args *args)
{
    static const struct rp__again_steps steps = {
        .refuse = refuse_what_needs_none, .prepare = take_past};
    struct resuming resuming;
    return rp__again_run(args, &steps, &resuming);
}

static const struct rp__opt opts[] = {
    {"fault", "RULE",
        "force a fault on the store or on export, as 'store : store.full'; "
        "see reprise schema rules",
        true, 0},
    RP__OPT_FAULTS,
    RP__AGAIN_OPTS,
};

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
