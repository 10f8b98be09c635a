/* What must hold after the orchestrator died and another one went on. */
#include "sweep_look.h"

#include <inttypes.h>

static bool is_accepted(const struct rp_sweep_attempt *attempt)
{
    return attempt->reason == RP_REASON_OK;
}

static const char *cut_off(const struct rp__looking *l, uint32_t attempt)
{
    return rp_arena_printf(l->arena,
        "attempt %" PRIu32 " was cut off by a crash, and attempt %" PRIu32
        " did it again",
        attempt, attempt + 1);
}

/* I10: nobody knows what an attempt did that was cut off. */
static void look_at_effects(
    const struct rp__looking *l, const struct rp_sweep_task *task)
{
    for (uint32_t i = 0; i + 1 < task->attempt_count; i++) {
        if (task->attempts[i].reason == RP_REASON_LOST &&
            task->agent->effects == RP_EFFECTS_EXTERNAL) {
            rp__sweep_found(
                l, RP_GAP_DUP_EFFECT, task->path, cut_off(l, i + 1));
            return;
        }
    }
}

/* I20: what was accepted is kept, and not done again. */
static bool look_at_accepted(
    const struct rp__looking *l, const struct rp_sweep_task *task)
{
    for (uint32_t i = 0; i < task->attempt_count; i++) {
        if (is_accepted(&task->attempts[i]) &&
            (i + 1 < task->attempt_count || task->status != RP_TASK_OK)) {
            rp__sweep_found(l, RP_GAP_RESUME_LOSS, task->path,
                i + 1 < task->attempt_count
                    ? "what was accepted was done again"
                    : "what was accepted is not its result");
            return true;
        }
    }
    return false;
}

/* An effect that must not be had twice is given up, and said to be. */
static bool any_lost(const struct rp_sweep_trace *trace)
{
    for (uint32_t i = 0; i < trace->task_count; i++) {
        if (trace->tasks[i].class == RP_CLASS_LOST) {
            return true;
        }
    }
    return false;
}

static void look_at_result(const struct rp__looking *l)
{
    const struct rp_sweep_trace *then = l->measure->baseline;
    const struct rp_sweep_trace *now = l->trace;
    if (now->outcome != then->outcome) {
        rp__sweep_found(l, RP_GAP_RESUME_DIVERGE, "",
            rp_arena_printf(l->arena, "it ends %s, and %s without a crash",
                rp_outcome_name(now->outcome), rp_outcome_name(then->outcome)));
    } else if (!rp_digest_equal(&now->output, &then->output)) {
        rp__sweep_found(
            l, RP_GAP_RESUME_DIVERGE, "", "its output is another one");
    }
}

void rp__sweep_look_at_crash(const struct rp__looking *l)
{
    const struct rp_fault_rules *rules = l->played->rules;
    uint32_t crashes = 0;
    bool redone = false;
    for (uint32_t i = 0; i < rules->count; i++) {
        crashes += rules->items[i].kind == RP_FAULT_CRASH ? 1 : 0;
    }
    if (crashes == 0) {
        return;
    }
    for (uint32_t i = 0; i < l->trace->task_count; i++) {
        look_at_effects(l, &l->trace->tasks[i]);
        redone = look_at_accepted(l, &l->trace->tasks[i]) || redone;
    }
    if (crashes == rules->count && !redone && !any_lost(l->trace)) {
        look_at_result(l);
    }
}
