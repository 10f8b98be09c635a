/* retry - the failed parts of a session again, as a new one. What was accepted
 * is not asked for a second time: the same question has the same answer. */
#include <string.h>

#include <reprise/mem.h>
#include <reprise/verify.h>

#include "command.h"
#include "identity.h"
#include "phrase.h"
#include "say.h"
#include "session_arg.h"
#include "session_go.h"

struct retrying {
    struct rp__session_arg arg;
    struct rp_recording *recording;
    struct rp__run_plan run;
    struct rp_tag *tags;   /* owned: those of the session, and retry_of */
    struct rp__stub *kept; /* owned; outputs are the recording's */
    uint32_t kept_count;
};

static const char *name_of(const struct retrying *r)
{
    return rp__phrase_short_id(&r->arg.row.head.id);
}

static int refuse_what_is_well(const struct retrying *r)
{
    const struct rp_session_row *row = &r->arg.row;
    if (row->summary.outcome == RP_OUTCOME_OK) {
        rp__say("retry", "%s ended ok: nothing of it failed", name_of(r));
        return RP__EXIT_USAGE;
    }
    if (row->summary.outcome == RP_OUTCOME_NONE) {
        bool runs = rp__session_runs(&r->arg, row);
        rp__say("retry", "%s %s", name_of(r),
            runs ? "runs still"
                 : "did not end: reprise resume goes on with it");
        return RP__EXIT_USAGE;
    }
    return RP__GO_ON;
}

/* Afterwards the recording has every payload that is asked for. */
static int load(struct retrying *r)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_verification result;
    if (rp_recording_load(
            &r->recording, r->arg.reader, &r->arg.row, NULL, &err) != RP_OK ||
        rp_verify(&result, r->recording, NULL, &err) != RP_OK) {
        return rp__session_failed(&r->arg, &err);
    }
    bool good = result.first.kind == RP_DIVERGENCE_NONE;
    rp_verification_fini(&result);
    if (!good) {
        rp__say("retry", "%s does not verify: reprise verify tells more",
            name_of(r));
        return RP__EXIT_FAILED;
    }
    return RP__GO_ON;
}

/* ---- what is kept ---- */

static const struct rp_call *call_at(
    const struct rp_recorded *records, uint32_t count, uint32_t number)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct rp_step *step = &records[i].step;
        for (uint32_t k = 0; k < step->action_count; k++) {
            const struct rp_action *action = &step->actions[k];
            if (action->kind == RP_ACTION_START_CALL &&
                action->start.number == number) {
                return &action->start;
            }
        }
    }
    return NULL;
}

static bool accepts(const struct rp_recorded *record)
{
    for (uint32_t i = 0; i < record->step.decision_count; i++) {
        const struct rp_decision *d = &record->step.decisions[i];
        const char *path = record->event.path;
        size_t len = strlen(d->path);
        if (d->kind == RP_DECISION_ACCEPTED &&
            strncmp(path, d->path, len) == 0 && path[len] == '/') {
            return true;
        }
    }
    return false;
}

static int keep(struct retrying *r)
{
    uint32_t count;
    struct rp_err err = RP_ERR_INIT;
    const struct rp_recorded *records =
        rp_recording_records(r->recording, &count);
    r->kept = rp_mem_array((size_t)count + 1, sizeof(struct rp__stub));
    for (uint32_t i = 0; i < count; i++) {
        const struct rp_event *event = &records[i].event;
        if (event->kind != RP_EVENT_CALL_COMPLETED || !accepts(&records[i])) {
            continue;
        }
        const struct rp_call *call =
            call_at(records, count, event->completed->call);
        struct rp__stub *stub = &r->kept[r->kept_count];
        if (call == NULL) {
            continue;
        }
        *stub = (struct rp__stub){
            .agent = call->agent_name, .content = call->content};
        if (rp_recording_payload(&stub->output, r->recording,
                &event->completed->output_digest, &err) != RP_OK) {
            return rp__session_failed(&r->arg, &err);
        }
        r->kept_count++;
    }
    rp_reader_close(&r->arg.reader); /* not to be had across a fork */
    return RP__GO_ON;
}

/* ---- the new session ---- */

static void make_tags(struct retrying *r, struct rp_session_head *head)
{
    uint32_t count = head->tag_count;
    r->tags = rp_mem_array((size_t)count + 1, sizeof(struct rp_tag));
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!rp_str_is(head->tags[i].key, "retry_of")) {
            r->tags[kept++] = head->tags[i];
        }
    }
    r->tags[kept++] =
        (struct rp_tag){RP_STR("retry_of"), rp_str_of(r->arg.row.head.id.text)};
    head->tags = r->tags;
    head->tag_count = kept;
}

static int go(struct retrying *r)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp__run_plan *run = &r->run;
    run->plan.plan = /* only read, as everybody does with a plan */
        (struct rp_plan *)(uintptr_t)rp_recording_plan(r->recording);
    run->head = *rp_recording_head(r->recording);
    if (rp__identity_make(&run->head, NULL, &err) != RP_OK) {
        rp__say("retry", "%s", err.text);
        return RP__EXIT_FAILED;
    }
    run->head.mode = RP_MODE_LIVE;
    run->head.source = (struct rp_session_id){{'\0'}};
    run->head.engine_rev = RP_ENGINE_REV;
    run->head.incarnation = 1;
    run->head.faults = RP_STR("");
    run->head.program = "reprise " RP_VERSION;
    make_tags(r, &run->head);
    rp_buf_init(&run->input.text, RP_INPUT_BYTES_MAX);
    rp_buf_add(&run->input.text, rp_recording_input(r->recording));
    run->place = r->arg.place;
    run->stubs = r->kept;
    run->stub_count = r->kept_count;
    int status = rp__session_go(run);
    rp_buf_fini(&run->input.text);
    return status;
}

static int run(const struct rp__args *args)
{
    struct retrying *r = rp_mem_zalloc(sizeof(*r));
    int (*const steps[])(struct retrying *) = {load, keep, go};
    int status = RP__EXIT_USAGE;
    r->run.command = "retry";
    r->run.envelope = rp__opt_flag(args, "envelope");
    r->run.detach = rp__opt_flag(args, "detach");
    r->run.commit_fd = -1;
    if (rp__choice_parse(&r->run.choice, args)) {
        status = rp__session_find(&r->arg, args);
        if (status == RP__GO_ON) {
            status = refuse_what_is_well(r);
        }
        for (size_t i = 0; status == RP__GO_ON && i < RP_COUNT_OF(steps); i++) {
            status = steps[i](r);
        }
        rp_recording_free(&r->recording);
        rp__session_fini(&r->arg);
    }
    rp_mem_free(r->tags);
    rp_mem_free(r->kept);
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
