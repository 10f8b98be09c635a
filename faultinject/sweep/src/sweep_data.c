/* I5, I14, I15: outputs that are wrong, sources that contradict each other,
 * workers in another order. */
#include "sweep_look.h"

#include <string.h>

/* ---- which fault did it ---- */

static bool can_alter(enum rp_fault_kind kind)
{
    enum rp_fault_class class = rp_fault_info(kind)->class;
    return class == RP_FAULT_CLASS_OUT || class == RP_FAULT_CLASS_SEM ||
           class == RP_FAULT_CLASS_EXIT;
}

bool rp__sweep_altered_by(const struct rp__looking *l,
    const struct rp_sweep_attempt *attempt, enum rp_fault_kind *out)
{
    const struct rp_fault_rules *rules = l->played->rules;
    for (uint32_t i = 0; attempt->altered && i < rules->count; i++) {
        enum rp_fault_kind kind = rules->items[i].kind;
        bool marked = (attempt->rules & (UINT64_C(1) << i)) != 0;
        if (marked && can_alter(kind)) {
            *out = kind;
            return true;
        }
    }
    return false;
}

/* "gather" of "gather/labs", "" of "summary". */
static const char *parent_of(const struct rp__looking *l, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? ""
                         : rp_arena_dup(l->arena,
                               (struct rp_str){path, (size_t)(slash - path)});
}

/* ---- conflicts ---- */

static bool had_conflict(const struct rp_sweep_trace *t, const char *key)
{
    for (uint32_t i = 0; i < t->conflict_count; i++) {
        if (strcmp(t->conflicts[i], key) == 0) {
            return true;
        }
    }
    return false;
}

bool rp__sweep_is_contradicted(const struct rp__looking *l)
{
    for (uint32_t i = 0; i < l->trace->conflict_count; i++) {
        if (!had_conflict(l->measure->baseline, l->trace->conflicts[i])) {
            return true;
        }
    }
    return false;
}

/* ---- accepted, and altered ---- */

static void look_at_attempt(const struct rp__looking *l,
    const struct rp_sweep_task *task, enum rp_fault_kind kind)
{
    if (kind == RP_FAULT_CONTRADICT) {
        if (!rp__sweep_is_contradicted(l)) {
            rp__sweep_found(l, RP_GAP_CONFLICT, parent_of(l, task->path),
                rp_arena_printf(l->arena,
                    "%s was made to contradict a sibling, and nothing says so",
                    task->path));
        }
    } else if (kind == RP_FAULT_WRONG_ENTITY) {
        rp__sweep_found(l, RP_GAP_NO_CONTRACT, task->path,
            "it spoke of something else than it was asked; no \"echo\" "
            "compares the two");
    } else if (task->agent->output == NULL) {
        rp__sweep_found(l, RP_GAP_NO_CONTRACT, task->path,
            "an altered output was accepted; nothing is asked of it");
    }
}

static void look_at_outputs(
    const struct rp__looking *l, const struct rp_sweep_task *task)
{
    for (uint32_t i = 0; i < task->attempt_count; i++) {
        enum rp_fault_kind kind;
        if (rp__sweep_altered_by(l, &task->attempts[i], &kind)) {
            look_at_attempt(l, task, kind);
        }
    }
}

bool rp__sweep_is_believed(const struct rp__looking *l)
{
    for (uint32_t i = 0; i < l->trace->task_count; i++) {
        const struct rp_sweep_task *task = &l->trace->tasks[i];
        for (uint32_t k = 0; k < task->attempt_count; k++) {
            enum rp_fault_kind kind;
            if (rp__sweep_altered_by(l, &task->attempts[k], &kind) &&
                kind != RP_FAULT_CONTRADICT) {
                return true;
            }
        }
    }
    return false;
}

/* ---- order ---- */

/* Whether all that happened is that some were later. */
static bool only_slower(const struct rp__looking *l)
{
    const struct rp_fault_rules *rules = l->played->rules;
    for (uint32_t i = 0; i < rules->count; i++) {
        if (rules->items[i].kind != RP_FAULT_SLOW) {
            return false;
        }
    }
    for (uint32_t i = 0; i < l->trace->task_count; i++) {
        const struct rp_sweep_task *task = &l->trace->tasks[i];
        bool needless = task->reason == RP_REASON_ENOUGH;
        if (!needless &&
            (task->status != RP_TASK_OK || task->attempt_count > 1)) {
            return false;
        }
    }
    return rules->count > 0;
}

/* Who was not needed any more, and was needed without faults. */
static const struct rp_sweep_task *overtaken(const struct rp__looking *l)
{
    for (uint32_t i = 0; i < l->trace->task_count; i++) {
        const struct rp_sweep_task *task = &l->trace->tasks[i];
        const struct rp_sweep_task *then =
            rp_sweep_trace_task(l->measure->baseline, task->path);
        if (task->reason == RP_REASON_ENOUGH && then != NULL &&
            then->reason != RP_REASON_ENOUGH) {
            return task;
        }
    }
    return NULL;
}

static void look_at_order(const struct rp__looking *l)
{
    if (!only_slower(l)) {
        return;
    }
    for (uint32_t i = 0; i < l->trace->task_count; i++) {
        const struct rp_sweep_task *task = &l->trace->tasks[i];
        const struct rp_sweep_task *then =
            rp_sweep_trace_task(l->measure->baseline, task->path);
        if (then == NULL || rp_digest_equal(&task->input, &then->input)) {
            continue;
        }
        const struct rp_sweep_task *late = overtaken(l);
        rp__sweep_found(l, RP_GAP_ORDER,
            late == NULL ? task->path : parent_of(l, late->path),
            rp_arena_printf(l->arena,
                "%s is given something else when a worker is slower",
                task->path));
        return;
    }
}

void rp__sweep_look_at_data(const struct rp__looking *l)
{
    for (uint32_t i = 0; i < l->trace->task_count; i++) {
        look_at_outputs(l, &l->trace->tasks[i]);
    }
    look_at_order(l);
}
