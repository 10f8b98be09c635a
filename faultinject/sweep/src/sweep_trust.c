/* I10, I16, I17, I18, I23: effects that are had twice, sources that nobody
 * gave, what is in a worker's input, and failures without a cause. */
#include "sweep_look.h"

#include <inttypes.h>
#include <string.h>

/* ---- effects ---- */

static bool may_have_acted(enum rp_reason reason)
{
    return reason != RP_REASON_SPAWN_FAILED &&
           reason != RP_REASON_INPUT_CONTRACT &&
           reason != RP_REASON_INPUT_REFERENCE && reason != RP_REASON_LOST;
}

/* I10: somebody said of the agent that what it does to the world counts, and
 * it is tried again though it may have done it. A crash is looked at by itself.
 */
static void look_at_effects(
    const struct rp__looking *l, const struct rp_sweep_task *task)
{
    const bool *chosen = l->measure->external_chosen;
    if (chosen == NULL || task->agent == NULL || !chosen[task->agent->index]) {
        return;
    }
    for (uint32_t i = 0; i + 1 < task->attempt_count; i++) {
        enum rp_reason reason = task->attempts[i].reason;
        if (may_have_acted(reason)) {
            rp__sweep_found(l, RP_GAP_DUP_EFFECT, task->path,
                rp_arena_printf(l->arena,
                    "attempt %" PRIu32 " may have acted before it ended (%s), "
                    "and attempt %" PRIu32 " does it again",
                    i + 1, rp_reason_name(reason), i + 2));
            return;
        }
    }
}

/* ---- sources ---- */

static bool was_asked_the_same(
    const struct rp__looking *l, const struct rp_sweep_task *task)
{
    const struct rp_sweep_task *then =
        rp_sweep_trace_task(l->measure->baseline, task->path);
    return l->measure->as_recorded && then != NULL &&
           rp_digest_equal(&then->input, &task->input);
}

static bool is_made_up(
    const struct rp__looking *l, const struct rp_sweep_task *task)
{
    for (uint32_t i = 0; i < task->attempt_count; i++) {
        enum rp_fault_kind kind;
        if (rp__sweep_altered_by(l, &task->attempts[i], &kind) &&
            kind == RP_FAULT_SEM_FABRICATED_SOURCE) {
            return true;
        }
    }
    return false;
}

/* I16: a source that was made up is noticed by who knows where sources are
 * named; one that a worker makes up by itself should not get so far. */
static void look_at_sources(
    const struct rp__looking *l, const struct rp_sweep_task *task)
{
    if (!task->synthesis || task->status != RP_TASK_OK) {
        return;
    }
    bool made_up = is_made_up(l, task);
    if (made_up && !task->cites) {
        rp__sweep_found(l, RP_GAP_UNATTRIBUTED, task->path,
            "a source that is not there was named, and nothing says so");
    } else if (!made_up && task->unresolved > 0 &&
               was_asked_the_same(l, task)) {
        rp__sweep_found(l, RP_GAP_UNATTRIBUTED, task->path,
            rp_arena_printf(l->arena,
                "%" PRIu32 " of the sources that it names were not given to it",
                task->unresolved));
    }
}

/* ---- what workers are given ---- */

static bool carries_mark(
    const struct rp__looking *l, const struct rp_sweep_task *task)
{
    for (uint32_t i = 0; i < task->attempt_count; i++) {
        enum rp_fault_kind kind;
        if (rp__sweep_altered_by(l, &task->attempts[i], &kind) &&
            kind == RP_FAULT_SEM_CANARY) {
            return true;
        }
    }
    return false;
}

/* Whether a task is, or is inside of, the node of that name. */
static bool is_part_of(
    const struct rp__looking *l, const char *path, const char *node)
{
    const char *whole = rp_arena_printf(l->arena, "/%s/", path);
    return strstr(whole, rp_arena_printf(l->arena, "/%s/", node)) != NULL;
}

/* The plan names the one who carries the mark as what it works on. */
static bool may_know(
    const struct rp__looking *l, const struct rp_sweep_task *task)
{
    for (uint32_t i = 0; i < l->trace->task_count; i++) {
        const struct rp_sweep_task *other = &l->trace->tasks[i];
        for (uint32_t k = 0; k < task->from_count && other != task; k++) {
            if (carries_mark(l, other) &&
                is_part_of(l, other->path, task->from[k])) {
                return true;
            }
        }
    }
    return false;
}

/* I17 */
static void look_at_context(
    const struct rp__looking *l, const struct rp_sweep_task *task)
{
    if (task->canary && !may_know(l, task)) {
        rp__sweep_found(l, RP_GAP_CONTEXT_LEAK, task->path,
            "a mark in another worker's output is in its input, and the plan "
            "gives it nothing of that worker");
    }
}

/* I18: nothing but data may follow from what an output says. */
static void look_at_poison(
    const struct rp__looking *l, const struct rp_sweep_task *task)
{
    const struct rp_fault_rules *rules = l->played->rules;
    for (uint32_t i = 0; i < rules->count; i++) {
        if (rules->items[i].kind != RP_FAULT_SEM_POISON) {
            return;
        }
    }
    bool known = rp_sweep_trace_task(l->measure->baseline, task->path) != NULL;
    if (rules->count > 0 && !known && strstr(task->path, "$fallback") == NULL) {
        rp__sweep_found(l, RP_GAP_INJECTION, task->path,
            "it runs only when another output holds an instruction");
    }
}

/* ---- failures ---- */

/* I23 */
static void look_at_failure(
    const struct rp__looking *l, const struct rp_sweep_task *task)
{
    bool failed =
        task->status == RP_TASK_FAILED || task->status == RP_TASK_TIMED_OUT;
    bool vague = task->reason == RP_REASON_NONE || task->class == RP_CLASS_NONE;
    if (failed && vague) {
        rp__sweep_found(l, RP_GAP_VAGUE_ERROR, task->path,
            rp_arena_printf(l->arena,
                "it ended as %s, and nothing says of what",
                rp_task_status_name(task->status)));
    }
}

void rp__sweep_look_at_trust(const struct rp__looking *l)
{
    for (uint32_t i = 0; i < l->trace->task_count; i++) {
        const struct rp_sweep_task *task = &l->trace->tasks[i];
        look_at_effects(l, task);
        look_at_sources(l, task);
        look_at_context(l, task);
        look_at_poison(l, task);
        look_at_failure(l, task);
    }
}
