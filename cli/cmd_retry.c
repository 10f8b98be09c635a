/* retry - the failed parts of a session again, as a new one. What was accepted
 * is not asked for a second time: the same question has the same answer. */
#include <string.h>

#include <reprise/mem.h>

#include "again.h"
#include "command.h"
#include "identity.h"
#include "say.h"

struct retrying {
    struct rp_tag *tags;   /* owned: those of the session, and retry_of */
    struct rp__stub *kept; /* owned; outputs are the recording's */
    uint32_t kept_count;
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
        bool runs = rp__session_runs(&again->arg, row);
        rp__say("retry", "%s %s", rp__again_name(again),
            runs ? "runs still"
                 : "did not end: reprise resume goes on with it");
        return RP__EXIT_USAGE;
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

static int keep(struct rp__again *again)
{
    uint32_t count;
    struct rp_err err = RP_ERR_INIT;
    struct retrying *r = again->own;
    const struct rp_recorded *records =
        rp_recording_records(again->recording, &count);
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
        if (rp_recording_payload(&stub->output, again->recording,
                &event->completed->output_digest, &err) != RP_OK) {
            return rp__session_failed(&again->arg, &err);
        }
        r->kept_count++;
    }
    again->run.stubs = r->kept;
    again->run.stub_count = r->kept_count;
    return RP__GO_ON;
}

/* ---- the new session ---- */

static void make_tags(
    const struct rp__again *again, struct rp_session_head *head)
{
    struct retrying *r = again->own;
    uint32_t count = head->tag_count;
    r->tags = rp_mem_array((size_t)count + 1, sizeof(struct rp_tag));
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!rp_str_is(head->tags[i].key, "retry_of")) {
            r->tags[kept++] = head->tags[i];
        }
    }
    r->tags[kept++] = (struct rp_tag){
        RP_STR("retry_of"), rp_str_of(again->arg.row.head.id.text)};
    head->tags = r->tags;
    head->tag_count = kept;
}

static int prepare(struct rp__again *again)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_session_head *head = &again->run.head;
    *head = *rp_recording_head(again->recording);
    if (rp__identity_make(head, NULL, &err) != RP_OK) {
        rp__say("retry", "%s", err.text);
        return RP__EXIT_FAILED;
    }
    head->mode = RP_MODE_LIVE;
    head->source = (struct rp_session_id){{'\0'}};
    head->engine_rev = RP_ENGINE_REV;
    head->incarnation = 1;
    head->faults = RP_STR("");
    head->program = "reprise " RP_VERSION;
    make_tags(again, head);
    return keep(again);
}

static int run(const struct rp__args *args)
{
    static const struct rp__again_steps steps = {
        .refuse = refuse_what_is_well, .prepare = prepare};
    struct retrying retrying = {.tags = NULL};
    int status = rp__again_run(args, &steps, &retrying);
    rp_mem_free(retrying.tags);
    rp_mem_free(retrying.kept);
    return status;
}

static const struct rp__opt opts[] = {RP__AGAIN_OPTS};

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
