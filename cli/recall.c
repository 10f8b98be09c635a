#include "recall.h"

#include <string.h>

#include <reprise/mem.h>

void rp__recall_fini(struct rp__recall *recall)
{
    rp_mem_free(recall->stubs);
    *recall = (struct rp__recall){.stubs = NULL};
}

static void add(struct rp__recall *recall, const struct rp__stub *stub)
{
    if (recall->count == recall->room) {
        recall->room = recall->room == 0 ? 32 : recall->room * 2;
        recall->stubs =
            rp_mem_grow(recall->stubs, recall->room, sizeof(struct rp__stub));
    }
    recall->stubs[recall->count++] = *stub;
}

void rp__recall_put(
    struct rp__recall *recall, const char *path, struct rp_str output)
{
    struct rp__stub stub = {.task = path, .output = output};
    add(recall, &stub);
}

/* ---- the calls of a recording ---- */

struct calls {
    const struct rp_recorded *records;
    uint32_t record_count, record, action;
};

static struct calls calls_of(const struct rp_recording *recording)
{
    struct calls calls = {.record = 0};
    calls.records = rp_recording_records(recording, &calls.record_count);
    return calls;
}

/* In order of dispatch; NULL after the last. */
static const struct rp_call *next_call(struct calls *calls)
{
    for (; calls->record < calls->record_count; calls->record++) {
        const struct rp_step *step = &calls->records[calls->record].step;
        while (calls->action < step->action_count) {
            const struct rp_action *action = &step->actions[calls->action++];
            if (action->kind == RP_ACTION_START_CALL) {
                return &action->start;
            }
        }
        calls->action = 0;
    }
    return NULL;
}

static const struct rp_call *call_numbered(
    const struct rp_recording *recording, uint32_t number)
{
    struct calls calls = calls_of(recording);
    const struct rp_call *call = next_call(&calls);
    while (call != NULL && call->number != number) {
        call = next_call(&calls);
    }
    return call;
}

bool rp__recall_knows(const struct rp_recording *recording, const char *glob)
{
    struct calls calls = calls_of(recording);
    const struct rp_call *call = next_call(&calls);
    while (
        call != NULL && !rp_str_glob(rp_str_of(glob), rp_str_of(call->task))) {
        call = next_call(&calls);
    }
    return call != NULL;
}

const struct rp_call *rp__recall_call(
    const struct rp_recording *recording, const char *path)
{
    struct calls calls = calls_of(recording);
    const struct rp_call *call = next_call(&calls);
    while (call != NULL && strcmp(call->task, path) != 0) {
        call = next_call(&calls);
    }
    return call;
}

/* ---- what was accepted ---- */

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

static bool began_later(
    const struct rp_recording *recording, const char *task, const char *from)
{
    const struct rp_call *first = rp__recall_call(recording, from);
    return first == NULL ||
           rp__recall_call(recording, task)->number >= first->number;
}

static bool is_live(const struct rp_recording *recording,
    const struct rp__recall_live *live, const char *task)
{
    for (uint32_t i = 0; i < live->count; i++) {
        if (rp_str_glob(rp_str_of(live->globs[i]), rp_str_of(task))) {
            return live->from == NULL ||
                   began_later(recording, task, live->from);
        }
    }
    return false;
}

/* Of what a task was asked, and who answered. */
static enum rp_code add_accepted(struct rp__recall *recall,
    struct rp_recording *recording, const struct rp__recall_live *live,
    struct rp_err *err)
{
    uint32_t count;
    const struct rp_recorded *records = rp_recording_records(recording, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct rp_event *event = &records[i].event;
        if (event->kind != RP_EVENT_CALL_COMPLETED || !accepts(&records[i])) {
            continue;
        }
        const struct rp_call *call =
            call_numbered(recording, event->completed->call);
        if (call == NULL || is_live(recording, live, call->task)) {
            continue;
        }
        struct rp__stub stub = {.agent = call->agent_name,
            .content = call->content,
            .task = call->task};
        enum rp_code rc = rp_recording_payload(
            &stub.output, recording, &event->completed->output_digest, err);
        if (rc != RP_OK) {
            return rc;
        }
        add(recall, &stub);
    }
    return RP_OK;
}

enum rp_code rp__recall_accepted(struct rp__recall *recall,
    struct rp_recording *recording, const struct rp__recall_live *live,
    struct rp_err *err)
{
    uint32_t before = recall->count;
    enum rp_code rc = add_accepted(recall, recording, live, err);
    uint32_t after = recall->count;
    for (uint32_t i = 0; i < live->count; i++) {
        struct rp__stub made = {.lanes = live->globs[i], .made = true};
        add(recall, &made);
    }
    for (uint32_t i = before; i < after; i++) {
        struct rp__stub anywhere = recall->stubs[i];
        anywhere.task = NULL;
        add(recall, &anywhere);
    }
    return rc;
}
