#include <reprise/sweep_margin.h>

#include <string.h>

#include "sweep_look.h"

#define STEP_NS RP_NS_PER_MS /* how exact a margin is */
#define STEPS_MAX 64
#define LATEST_NS (INT64_C(3600) * RP_NS_PER_S)

struct searching {
    struct rp_sweep_rig *rig;
    const char *on;
    const char *path;
    enum rp_reason reason; /* of the last that was too late */
};

/* Not: it is not needed any more. */
static bool is_limit(enum rp_reason reason)
{
    static const enum rp_reason limits[] = {RP_REASON_TIMEOUT, RP_REASON_IDLE,
        RP_REASON_DEADLINE, RP_REASON_BUDGET_WALL, RP_REASON_BUDGET_RESERVED};
    for (size_t i = 0; i < RP_COUNT_OF(limits); i++) {
        if (limits[i] == reason) {
            return true;
        }
    }
    return false;
}

/* Whether the first attempt is ended when it begins so much later. */
static bool is_too_late(struct searching *s, int64_t by_ns)
{
    struct rp_sweep_judgement judgement;
    struct rp_buf rule;
    rp_buf_init(&rule, RP_FAULT_TEXT_MAX);
    rp_buf_addf(&rule, "%s @1 : slow.fixed(", s->on);
    rp_duration_write(&rule, (struct rp_duration){by_ns});
    rp_buf_add_char(&rule, ')');
    const char *text = rule.ptr;
    rp_sweep_rig_try(&judgement, s->rig, &text, 1);
    rp_buf_fini(&rule);
    const struct rp_sweep_task *task =
        rp_sweep_trace_task(&s->rig->trace, s->path);
    if (task == NULL || task->attempt_count == 0 ||
        !is_limit(task->attempts[0].reason)) {
        return false;
    }
    s->reason = task->attempts[0].reason;
    return true;
}

/* Later than any limit of the agent. */
static int64_t latest_of(const struct rp_plan_agent *agent)
{
    int64_t limit = agent->timeout.ns < agent->deadline.ns ? agent->timeout.ns
                                                           : agent->deadline.ns;
    return limit > LATEST_NS - RP_NS_PER_S ? LATEST_NS : limit + RP_NS_PER_S;
}

/* ---- whose limit it is ---- */

static struct rp_duration limit_of(const struct rp_sweep_rig *rig,
    const struct rp_plan_agent *agent, enum rp_reason reason)
{
    if (reason == RP_REASON_TIMEOUT) {
        return agent->timeout;
    }
    if (reason == RP_REASON_IDLE) {
        return agent->idle;
    }
    return reason == RP_REASON_DEADLINE ? agent->deadline
                                        : rig->measure.plan->budget.wall;
}

static const char *source_of(struct rp_sweep_rig *rig,
    const struct rp_plan_agent *agent, enum rp_reason reason)
{
    bool budget =
        reason == RP_REASON_BUDGET_WALL || reason == RP_REASON_BUDGET_RESERVED;
    const char *name = rp_reason_name(reason); /* as the plan calls it */
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_doc *doc = NULL;
    const char *source = "the default";
    options.comments = true;
    if (budget) {
        return "budget.wall";
    }
    if (rig->plan_text.len == 0 ||
        rp_json_read(&doc, rig->plan_text, &options, NULL) != RP_OK) {
        bool chosen = reason != RP_REASON_TIMEOUT ||
                      rp__sweep_timeout_is_chosen(&rig->measure, agent);
        return chosen ? "the plan" : source;
    }
    const cJSON *root = rp_json_root(doc);
    const cJSON *own = rp_json_get(rp_json_get(root, "agents"), agent->name);
    if (rp_json_get(own, name) != NULL) {
        source = rp_arena_printf(rig->arena, "agents.%s.%s", agent->name, name);
    } else if (rp_json_get(rp_json_get(root, "defaults"), name) != NULL) {
        source = rp_arena_printf(rig->arena, "defaults.%s", name);
    }
    rp_json_free(&doc);
    return source;
}

void rp_sweep_margin_find(struct rp_sweep_margin *out, struct rp_sweep_rig *rig,
    const struct rp_sweep_task *task)
{
    struct searching s = {
        .rig = rig,
        .on = rp_sweep_rig_on(rig, task->path, task->agent->name),
        .path = task->path,
    };
    int64_t good = 0;
    int64_t bad = latest_of(task->agent);
    *out = (struct rp_sweep_margin){.path = task->path, .source = ""};
    out->by = RP_DURATION_FOREVER;
    if (!is_too_late(&s, bad)) {
        return;
    }
    for (uint32_t i = 0; i < STEPS_MAX && bad - good > STEP_NS; i++) {
        int64_t middle = (good + (bad - good) / 2) / STEP_NS * STEP_NS;
        middle = middle <= good ? good + STEP_NS : middle;
        if (is_too_late(&s, middle)) {
            bad = middle;
        } else {
            good = middle;
        }
    }
    out->by.ns = bad;
    out->reason = s.reason;
    out->limit = limit_of(rig, task->agent, s.reason);
    out->source = source_of(rig, task->agent, s.reason);
}
