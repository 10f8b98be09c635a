/* Whether a session is decided as it was, but for what was taken out. */
#include <inttypes.h>
#include <string.h>

#include "redact_session.h"

/* These follow from the bytes of documents: other bytes, other values. */
static bool follows_bytes(const char *name)
{
    static const char *const names[] = {
        "plan", "input", "input_bytes", "output", "detail", "warning", "key"};
    for (size_t i = 0; i < RP_COUNT_OF(names); i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool same_text(
    const struct rp__redacting *r, struct rp_str recorded, struct rp_str now)
{
    return rp_str_equal(recorded, now) ||
           rp_str_equal(rp__redacted_text(r, recorded), now);
}

static bool same_path(
    const struct rp__redacting *r, const char *recorded, const char *now)
{
    return same_text(r, rp_str_of(recorded), rp_str_of(now));
}

/* Names are listed in their order, which what was taken out may change. */
static bool has_item(const struct rp__redacting *r, struct rp_str recorded,
    const struct rp_attr *now)
{
    for (uint32_t i = 0; i < now->item_count; i++) {
        if (same_text(r, recorded, now->items[i])) {
            return true;
        }
    }
    return false;
}

static bool same_attr(const struct rp__redacting *r,
    const struct rp_attr *recorded, const struct rp_attr *now)
{
    if (strcmp(recorded->name, now->name) != 0 || recorded->type != now->type ||
        recorded->item_count != now->item_count) {
        return false;
    }
    if (follows_bytes(now->name)) {
        return true;
    }
    for (uint32_t i = 0; i < now->item_count; i++) {
        if (!has_item(r, recorded->items[i], now)) {
            return false;
        }
    }
    return recorded->number == now->number &&
           same_text(r, recorded->text, now->text);
}

static bool same_decision(const struct rp__redacting *r,
    const struct rp_decision *recorded, const struct rp_decision *now)
{
    if (recorded->kind != now->kind || recorded->reason != now->reason ||
        recorded->attr_count != now->attr_count ||
        !same_path(r, recorded->path, now->path)) {
        return false;
    }
    for (uint32_t i = 0; i < now->attr_count; i++) {
        if (!same_attr(r, &recorded->attrs[i], &now->attrs[i])) {
            return false;
        }
    }
    return true;
}

static bool same_action(const struct rp__redacting *r,
    const struct rp_action *recorded, const struct rp_action *now)
{
    if (recorded->kind != now->kind) {
        return false;
    }
    switch (now->kind) {
    case RP_ACTION_START_CALL:
        return recorded->start.number == now->start.number &&
               recorded->start.attempt == now->start.attempt &&
               same_path(r, recorded->start.path, now->start.path);
    case RP_ACTION_CANCEL_CALL:
        return recorded->cancel.call == now->cancel.call &&
               recorded->cancel.mode == now->cancel.mode &&
               recorded->cancel.reason == now->cancel.reason;
    case RP_ACTION_FINISH:
        return true;
    }
    RP_ASSERT(false);
    return false;
}

static bool same_actions(const struct rp__redacting *r,
    const struct rp_step *recorded, const struct rp_step *now)
{
    if (recorded->action_count != now->action_count) {
        return false;
    }
    for (uint32_t i = 0; i < now->action_count; i++) {
        if (!same_action(r, &recorded->actions[i], &now->actions[i])) {
            return false;
        }
    }
    return true;
}

/* The first of `a` that has no counterpart in `b`, each of which is one's at
 * most: what was taken out may change the order of names. */
static const struct rp_decision *alone(const struct rp__redacting *r,
    const struct rp_step *a, const struct rp_step *b, bool a_is_now)
{
    const struct rp_decision *found = NULL;
    bool *taken = rp_mem_array(b->decision_count + 1u, sizeof(bool));
    for (uint32_t i = 0; found == NULL && i < a->decision_count; i++) {
        const struct rp_decision *it = &a->decisions[i];
        uint32_t at = 0;
        while (at < b->decision_count &&
               (taken[at] ||
                   !(a_is_now ? same_decision(r, &b->decisions[at], it)
                              : same_decision(r, it, &b->decisions[at])))) {
            at++;
        }
        if (at < b->decision_count) {
            taken[at] = true;
        } else {
            found = it;
        }
    }
    rp_mem_free(taken);
    return found;
}

/* ---- contracts ---- */

/* "gather/labs" of "gather/labs@2". */
static struct rp_str task_of(const char *path)
{
    struct rp_str rest;
    return rp_str_cut(rp_str_of(path), '@', &rest);
}

/* The agent of a task, as the redacted plan names it; NULL if there is none. */
static const char *agent_of(const struct rp__redacting *r, const char *path)
{
    uint32_t count;
    const struct rp_recorded *records = rp_recording_records(r->from, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct rp_step *step = &records[i].step;
        for (uint32_t k = 0; k < step->decision_count; k++) {
            const struct rp_decision *d = &step->decisions[k];
            const struct rp_attr *agent = rp_decision_attr(d, "agent");
            if (d->kind == RP_DECISION_TASK_BEGAN && agent != NULL &&
                same_text(r, rp_str_of(d->path), task_of(path))) {
                return rp__redacted_text(r, agent->text).ptr;
            }
        }
    }
    return NULL;
}

static struct rp_str detail_of(const struct rp_decision *d)
{
    const struct rp_attr *detail = rp_decision_attr(d, "detail");
    return detail == NULL ? RP_STR("") : detail->text;
}

static bool relax_agent(
    struct rp__redacting *r, const struct rp_decision *d, const char *member)
{
    const char *agent = agent_of(r, d->path);
    return agent != NULL && rp__redact_relax(r, agent, member, detail_of(d));
}

static bool relax_decision(struct rp__redacting *r, const struct rp_decision *d)
{
    if (d == NULL) {
        return false;
    }
    bool of_task =
        d->kind == RP_DECISION_REJECTED || d->kind == RP_DECISION_TASK_ENDED;
    if (d->reason == RP_REASON_OUTPUT_OF_SESSION) {
        return rp__redact_relax(r, NULL, "output", detail_of(d));
    }
    if (of_task && d->reason == RP_REASON_OUTPUT_CONTRACT) {
        return relax_agent(r, d, "output");
    }
    if (of_task && d->reason == RP_REASON_ECHO_MISMATCH) {
        return relax_agent(r, d, "echo");
    }
    if (d->reason == RP_REASON_INPUT_CONTRACT) {
        return of_task ? relax_agent(r, d, "input")
                       : rp__redact_relax(r, NULL, "input", detail_of(d));
    }
    return false;
}

/* The first decision that was not recorded and a contract made. */
static bool relax_for(struct rp__redacting *r, const struct rp_step *recorded,
    const struct rp_step *now)
{
    for (uint32_t i = 0; i < now->decision_count; i++) {
        struct rp_step one = {
            .decisions = &now->decisions[i], .decision_count = 1};
        if (alone(r, &one, recorded, true) != NULL &&
            relax_decision(r, one.decisions)) {
            return true;
        }
    }
    return false;
}

/* ---- the whole ---- */

static void add_decision(struct rp_buf *out, const struct rp_decision *d)
{
    if (d == NULL) {
        rp_buf_add_text(out, "nothing");
        return;
    }
    rp_buf_addf(out, "%s of '%s'", rp_decision_name(d->kind),
        d->path[0] == '\0' ? "the session" : d->path);
    if (d->reason != RP_REASON_NONE) {
        rp_buf_addf(out, " (%s)", rp_reason_name(d->reason));
    }
}

enum rp_code rp__redact_compare(struct rp__redacting *r,
    const struct rp_recorded *recorded, const struct rp_step *now, bool *again,
    struct rp_err *err)
{
    const struct rp_decision *lost = alone(r, &recorded->step, now, false);
    const struct rp_decision *extra = alone(r, now, &recorded->step, true);
    struct rp_buf was, is;
    if (lost == NULL && extra == NULL &&
        same_actions(r, &recorded->step, now)) {
        return RP_OK;
    }
    if (relax_for(r, &recorded->step, now)) {
        *again = true;
        return RP_OK;
    }
    if (lost == NULL && extra == NULL) {
        return rp_err_set(err, RP_E_DIVERGED,
            "session %s would be decided otherwise without what the rules "
            "take out: record %" PRIu64 " acts in another order",
            rp_recording_head(r->from)->id.text, recorded->seq);
    }
    rp_buf_init(&was, RP_ERR_TEXT_MAX);
    rp_buf_init(&is, RP_ERR_TEXT_MAX);
    add_decision(&was, lost);
    add_decision(&is, extra);
    (void)rp_err_set(err, RP_E_DIVERGED,
        "session %s would be decided otherwise without what the rules take "
        "out: record %" PRIu64 " has %s, without it %s",
        rp_recording_head(r->from)->id.text, recorded->seq, was.ptr, is.ptr);
    rp_buf_fini(&was);
    rp_buf_fini(&is);
    return RP_E_DIVERGED;
}
