#include "recall.h"

#include <string.h>

#include <reprise/mem.h>

void rp__recall_fini(struct rp__recall *recall)
{
    rp_mem_free(recall->stubs);
    *recall = (struct rp__recall){.stubs = NULL};
}

static void add(
    struct rp__recall *recall, const struct rp_call *call, struct rp_str output)
{
    if (recall->count == recall->room) {
        recall->room = recall->room == 0 ? 32 : recall->room * 2;
        recall->stubs =
            rp_mem_grow(recall->stubs, recall->room, sizeof(struct rp__stub));
    }
    recall->stubs[recall->count++] =
        (struct rp__stub){call->agent_name, output, call->content};
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

bool rp__recall_put(struct rp__recall *recall,
    const struct rp_recording *recording, const char *path,
    struct rp_str output)
{
    struct calls calls = calls_of(recording);
    const struct rp_call *call = next_call(&calls);
    while (call != NULL && strcmp(call->task, path) != 0) {
        call = next_call(&calls);
    }
    if (call != NULL) {
        add(recall, call, output);
    }
    return call != NULL;
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

static bool is_excepted(
    const struct rp_call *call, const char *const *except, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (rp_str_glob(rp_str_of(except[i]), rp_str_of(call->task))) {
            return true;
        }
    }
    return false;
}

enum rp_code rp__recall_accepted(struct rp__recall *recall,
    struct rp_recording *recording, const char *const *except,
    uint32_t except_count, struct rp_err *err)
{
    uint32_t count;
    const struct rp_recorded *records = rp_recording_records(recording, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct rp_event *event = &records[i].event;
        if (event->kind != RP_EVENT_CALL_COMPLETED || !accepts(&records[i])) {
            continue;
        }
        struct rp_str output;
        const struct rp_call *call =
            call_numbered(recording, event->completed->call);
        if (call == NULL || is_excepted(call, except, except_count)) {
            continue;
        }
        enum rp_code rc = rp_recording_payload(
            &output, recording, &event->completed->output_digest, err);
        if (rc != RP_OK) {
            return rc;
        }
        add(recall, call, output);
    }
    return RP_OK;
}
