/* resume - go on with a session whose process died. */
#include <string.h>

#include <reprise/mem.h>
#include <reprise/resume.h>
#include <reprise/verify.h>

#include "command.h"
#include "phrase.h"
#include "say.h"
#include "session_arg.h"
#include "session_go.h"

struct resuming {
    struct rp__session_arg arg;
    struct rp_recording *recording;
    struct rp_resume resume;
    struct rp_past past;
    struct rp__run_plan run;
};

static const char *name_of(const struct resuming *r)
{
    return rp__phrase_short_id(&r->arg.row.head.id);
}

/* ---- may it go on ---- */

static int refuse_what_needs_none(const struct resuming *r)
{
    const struct rp_session_row *row = &r->arg.row;
    if (row->summary.outcome != RP_OUTCOME_NONE) {
        rp__say("resume", "%s has ended: %s; there is nothing to go on with",
            name_of(r), rp_outcome_name(row->summary.outcome));
        return RP__EXIT_USAGE;
    }
    if (rp__session_runs(&r->arg, row)) {
        rp__say("resume", "%s runs; reprise watch follows it", name_of(r));
        return RP__EXIT_USAGE;
    }
    return RP__GO_ON;
}

/* What would be gone on with must be what happened. Afterwards the recording
 * has every payload that the engine asks for. */
static int prove(struct resuming *r)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_verification result;
    if (rp_verify_session(&result, r->arg.reader, &r->arg.row, NULL, &err) !=
        RP_OK) {
        return rp__session_failed(&r->arg, &err);
    }
    bool good = result.first.kind == RP_DIVERGENCE_NONE;
    if (!good) {
        rp__say("resume", "%s does not verify (%s): %s", name_of(r),
            rp_divergence_name(result.first.kind), result.first.what);
        rp__say_next("all of it: reprise verify %s", name_of(r));
    }
    rp_verification_fini(&result);
    return good ? RP__GO_ON : RP__EXIT_FAILED;
}

static int load(struct resuming *r)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_verification result;
    if (rp_recording_load(
            &r->recording, r->arg.reader, &r->arg.row, NULL, &err) != RP_OK ||
        rp_verify(&result, r->recording, NULL, &err) != RP_OK) {
        return rp__session_failed(&r->arg, &err);
    }
    rp_verification_fini(&result);
    rp_reader_close(&r->arg.reader); /* not to be had across a fork */
    if (rp_resume_past(&r->past, &r->resume, r->recording, &err) != RP_OK) {
        rp__say("resume", "%s", err.text);
        return RP__EXIT_USAGE;
    }
    return RP__GO_ON;
}

/* ---- going on ---- */

static int go_on(struct resuming *r)
{
    struct rp__run_plan *run = &r->run;
    /* It is only read, as everybody does with a plan. */
    run->plan.plan =
        (struct rp_plan *)(uintptr_t)rp_recording_plan(r->recording);
    rp_buf_init(&run->input.text, RP_INPUT_BYTES_MAX);
    rp_buf_add(&run->input.text, rp_recording_input(r->recording));
    run->head = *rp_recording_head(r->recording);
    run->place = r->arg.place;
    run->past = &r->past;
    run->recording = r->recording;
    int status = rp__session_go(run);
    rp_buf_fini(&run->input.text);
    return status;
}

static int run(const struct rp__args *args)
{
    struct resuming *r = rp_mem_zalloc(sizeof(*r));
    int (*const steps[])(struct resuming *) = {prove, load, go_on};
    int status = RP__EXIT_USAGE;
    r->run.command = "resume";
    r->run.envelope = rp__opt_flag(args, "envelope");
    r->run.detach = rp__opt_flag(args, "detach");
    r->run.commit_fd = -1;
    if (rp__choice_parse(&r->run.choice, args)) {
        status = rp__session_find(&r->arg, args);
        if (status == RP__GO_ON) {
            status = refuse_what_needs_none(r);
        }
        for (size_t i = 0; status == RP__GO_ON && i < RP_COUNT_OF(steps); i++) {
            status = steps[i](r);
        }
        rp_recording_free(&r->recording);
        rp__session_fini(&r->arg);
    }
    rp_mem_free(r);
    return status;
}

static const struct rp__opt opts[] = {
    {"envelope", NULL,
        "print the output in a document that also tells outcome, what is "
        "missing and conflicts",
        false, 0},
    {"detach", NULL, "print the session's id and return while it runs", false,
        0},
    RP__OPT_PROGRESS,
    RP__OPT_QUIET,
    RP__OPT_STORE,
    RP__OPT_END,
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
