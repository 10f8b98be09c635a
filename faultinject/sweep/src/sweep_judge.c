/* One small function an oracle; the verdict is taken from the whole. */
#include "sweep_look.h"

#include <inttypes.h>
#include <string.h>

#define DEFAULT_TIMEOUT_NS (60 * RP_NS_PER_S) /* of plans */
#define GROWING_TRIES_MIN 4 /* with fewer, pauses need not grow */

void rp__sweep_found(const struct rp__looking *l, enum rp_gap_kind gap,
    const char *path, const char *detail)
{
    struct rp_sweep_judgement *out = l->out;
    if (out->finding_count < RP_SWEEP_FINDINGS_MAX) {
        out->findings[out->finding_count++] = (struct rp_sweep_finding){
            gap, rp_arena_dup(l->arena, rp_str_of(path)), detail};
    }
}

static const char *show(const struct rp__looking *j, struct rp_duration d)
{
    struct rp_buf buf;
    rp_buf_init(&buf, 64);
    rp_duration_show(&buf, d);
    const char *text = rp_arena_dup(j->arena, rp_buf_str(&buf));
    rp_buf_fini(&buf);
    return text;
}

static bool delivered(const struct rp_sweep_task *task)
{
    return !rp_digest_is_zero(&task->output);
}

static bool is_child(const struct rp_sweep_task *task, const char *node)
{
    size_t len = strlen(node);
    return len == 0 ||
           (strncmp(task->path, node, len) == 0 && task->path[len] == '/');
}

static bool stands_in(const struct rp_sweep_task *task)
{
    return strstr(task->path, "$fallback") != NULL;
}

/* ---- limits ---- */

bool rp__sweep_timeout_is_chosen(
    const struct rp_sweep_measure *m, const struct rp_plan_agent *agent)
{
    return m->timeout_chosen != NULL ? m->timeout_chosen[agent->index]
                                     : agent->timeout.ns != DEFAULT_TIMEOUT_NS;
}

static bool by_budget(enum rp_reason reason)
{
    return reason == RP_REASON_BUDGET_WALL ||
           reason == RP_REASON_BUDGET_RESERVED;
}

/* I2: what ended the first try that a fault held up? */
static void look_at_limits(
    const struct rp__looking *j, const struct rp_sweep_task *task)
{
    for (uint32_t i = 0; i < task->attempt_count; i++) {
        const struct rp_sweep_attempt *a = &task->attempts[i];
        if (a->rules == 0) {
            continue;
        }
        if (a->reason == RP_REASON_TIMEOUT &&
            !rp__sweep_timeout_is_chosen(j->measure, task->agent)) {
            rp__sweep_found(j, RP_GAP_NO_TASK_TIMEOUT, task->path,
                rp_arena_printf(j->arena,
                    "ended after %s, the limit of everybody who says nothing",
                    show(j, task->agent->timeout)));
        } else if (i == 0 && by_budget(a->reason)) {
            rp__sweep_found(j, RP_GAP_NO_TASK_TIMEOUT, task->path,
                rp_arena_printf(j->arena,
                    "ended after %s, when the session's time was used up",
                    show(j, a->took)));
        }
        return;
    }
}

/* ---- retries ---- */

/* I9: one failure that would have passed, no second try, no stand-in. */
static void look_for_retry(
    const struct rp__looking *j, const struct rp_sweep_task *task)
{
    bool failed =
        task->status == RP_TASK_FAILED || task->status == RP_TASK_TIMED_OUT;
    if (!failed || task->attempt_count != 1 || task->attempts[0].rules == 0 ||
        task->class == RP_CLASS_NONE || task->class == RP_CLASS_SPAWN ||
        task->class == RP_CLASS_BUDGET) {
        return;
    }
    const struct rp_retry *retry = &task->agent->retry;
    if (retry->attempts == 1) {
        rp__sweep_found(j, RP_GAP_NO_RETRY, task->path, "it has one attempt");
    } else if ((retry->on & (1u << task->class)) == 0) {
        rp__sweep_found(j, RP_GAP_NO_RETRY, task->path,
            rp_arena_printf(j->arena, "'%s' is not among what is tried again",
                rp_class_name(task->class)));
    }
}

/* A crash cut the others off, which is no failure of theirs. */
static uint32_t count_tries(const struct rp_sweep_task *task)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < task->attempt_count; i++) {
        count += task->attempts[i].reason == RP_REASON_LOST ? 0 : 1;
    }
    return count;
}

/* I8 */
static void look_at_pace(
    const struct rp__looking *j, const struct rp_sweep_task *task)
{
    if (task->attempt_count == 0) {
        return;
    }
    const struct rp_retry *retry = &task->agent->retry;
    uint32_t tries = count_tries(task);
    if (tries > RP_SWEEP_TRIES_MAX) {
        rp__sweep_found(j, RP_GAP_RETRY_STORM, task->path,
            rp_arena_printf(j->arena, "%" PRIu32 " tries", tries));
    }
    bool none = retry->backoff_max.ns == 0;
    bool equal = retry->backoff_max.ns == retry->backoff_min.ns;
    if ((none && tries > 2) || (equal && tries >= GROWING_TRIES_MIN)) {
        rp__sweep_found(j, RP_GAP_RETRY_NO_BACKOFF, task->path,
            rp_arena_printf(j->arena,
                "%" PRIu32 " tries, each %s after the other", tries,
                show(j, retry->backoff_max)));
    }
}

/* ---- what is delivered ---- */

static const struct rp_plan_node *node_at(
    const struct rp_plan_node *node, const char *parent, const char *path)
{
    char own[RP_PATH_LEN_MAX];
    bool both = parent[0] != '\0' && node->id[0] != '\0';
    struct rp_buf buf;
    rp_buf_init(&buf, sizeof(own));
    rp_buf_addf(&buf, "%s%s%s", parent, both ? "/" : "", node->id);
    memcpy(own, buf.ptr == NULL ? "" : buf.ptr, buf.len + 1);
    rp_buf_fini(&buf);
    if (strcmp(own, path) == 0 && node->kind == RP_NODE_PARALLEL) {
        return node;
    }
    for (uint32_t i = 0; i < node->child_count; i++) {
        const struct rp_plan_node *at = node_at(node->children[i], own, path);
        if (at != NULL) {
            return at;
        }
    }
    return NULL;
}

/* Whether one child that is not optional can take the whole node with it. */
static bool needs_all(const struct rp_plan_node *node)
{
    uint32_t required = 0;
    for (uint32_t i = 0; i < node->child_count; i++) {
        required += node->children[i]->optional ? 0 : 1;
    }
    return node->need == required && required > 1;
}

/* I4: results of siblings that went down with one of them. */
static bool look_at_siblings(const struct rp__looking *j, const char *path)
{
    const struct rp_sweep_trace *t = j->trace;
    const struct rp_plan_node *node = node_at(j->measure->plan->flow, "", path);
    uint32_t lost = 0;
    for (uint32_t i = 0; i < t->task_count; i++) {
        const struct rp_sweep_task *task = &t->tasks[i];
        lost += is_child(task, path) && !stands_in(task) && delivered(task);
    }
    if (node == NULL || !needs_all(node) || lost == 0) {
        return false;
    }
    rp__sweep_found(j, RP_GAP_PARTIAL_LOSS, path,
        rp_arena_printf(j->arena, "%" PRIu32 " finished result%s lost", lost,
            lost == 1 ? "" : "s"));
    return true;
}

/* ---- the session ---- */

static int64_t saturating(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static int64_t longest(const struct rp_sweep_task *task)
{
    const struct rp_plan_agent *agent = task->agent;
    if (agent == NULL) {
        return 0;
    }
    int64_t one = saturating(agent->timeout.ns, agent->grace.ns);
    int64_t whole = 0;
    one = saturating(one, agent->retry.backoff_max.ns);
    for (uint32_t i = 0; i < agent->retry.attempts; i++) {
        whole = saturating(whole, one);
    }
    return agent->deadline.ns < whole
               ? saturating(agent->deadline.ns, agent->grace.ns)
               : whole;
}

struct rp_instant rp_sweep_latest_end(
    const struct rp_sweep_measure *measure, const struct rp_sweep_trace *trace)
{
    int64_t base = measure->baseline->ended.ns;
    int64_t latest = base > INT64_MAX / 3 ? INT64_MAX : base * 3;
    for (uint32_t i = 0; i < trace->task_count; i++) {
        latest = saturating(latest, longest(&trace->tasks[i]));
    }
    return (struct rp_instant){latest};
}

static int64_t grace_max(const struct rp_plan *plan)
{
    int64_t max = 0;
    for (uint32_t i = 0; i < plan->agent_count; i++) {
        int64_t grace = plan->agents[i].grace.ns;
        max = grace > max ? grace : max;
    }
    return max;
}

/* I1, I3, I11, I12, I13: what must hold whatever happens. */
static void look_at_session(const struct rp__looking *j)
{
    const struct rp_sweep_trace *t = j->trace;
    const struct rp_plan *plan = j->measure->plan;
    struct rp_instant latest = rp_sweep_latest_end(j->measure, t);
    if (rp_instant_before(latest, t->ended)) {
        rp__sweep_found(
            j, RP_GAP_HANG, "", "it went on past all limits of its tasks");
    }
    if (t->outcome == RP_OUTCOME_OK && t->delivered < t->requested) {
        rp__sweep_found(j, RP_GAP_SILENT_DEGRADE, "",
            rp_arena_printf(j->arena,
                "%" PRIu32 " of %" PRIu32 " were delivered", t->delivered,
                t->requested));
    }
    if (t->survivor_count > 0) {
        rp__sweep_found(j, RP_GAP_ORPHAN, "", "a worker could not be ended");
    }
    if (t->ended.ns > saturating(plan->budget.wall.ns, grace_max(plan))) {
        rp__sweep_found(
            j, RP_GAP_BUDGET, "", "it went on past its wall budget");
    }
    for (uint32_t i = 0; i < t->task_count; i++) {
        if (t->tasks[i].end_count > 1) {
            rp__sweep_found(
                j, RP_GAP_LATE_RESULT, t->tasks[i].path, "it ended twice");
        }
    }
}

static void look_at_tasks(const struct rp__looking *j)
{
    for (uint32_t i = 0; i < j->trace->task_count; i++) {
        const struct rp_sweep_task *task = &j->trace->tasks[i];
        look_at_limits(j, task);
        look_for_retry(j, task);
        look_at_pace(j, task);
    }
    rp__sweep_look_at_data(j);
    rp__sweep_look_at_trust(j);
}

/* ---- the verdict ---- */

static bool any_more_tries(const struct rp__looking *j)
{
    for (uint32_t i = 0; i < j->trace->task_count; i++) {
        const struct rp_sweep_task *task = &j->trace->tasks[i];
        const struct rp_sweep_task *then =
            rp_sweep_trace_task(j->measure->baseline, task->path);
        if (then == NULL || task->attempt_count > then->attempt_count) {
            return true;
        }
    }
    return false;
}

static bool any_stand_in(const struct rp_sweep_trace *t)
{
    for (uint32_t i = 0; i < t->task_count; i++) {
        if (t->tasks[i].status == RP_TASK_FALLBACK ||
            t->tasks[i].status == RP_TASK_DEGRADED) {
            return true;
        }
    }
    return false;
}

static bool has_gap(const struct rp_sweep_judgement *out, enum rp_gap_kind gap)
{
    for (uint32_t i = 0; i < out->finding_count; i++) {
        if (out->findings[i].gap == gap) {
            return true;
        }
    }
    return false;
}

static enum rp_verdict verdict_of_success(const struct rp__looking *j)
{
    if (has_gap(j->out, RP_GAP_NO_CONTRACT) ||
        has_gap(j->out, RP_GAP_CONFLICT) || has_gap(j->out, RP_GAP_ORDER) ||
        has_gap(j->out, RP_GAP_SILENT_DEGRADE)) {
        return RP_VERDICT_SILENT;
    }
    if (rp__sweep_is_believed(j)) {
        return RP_VERDICT_BELIEVED;
    }
    if (rp__sweep_is_contradicted(j)) {
        return RP_VERDICT_DECLARED;
    }
    if (any_stand_in(j->trace)) {
        return RP_VERDICT_FELL_BACK;
    }
    return any_more_tries(j) ? RP_VERDICT_MASKED : RP_VERDICT_UNAFFECTED;
}

static enum rp_verdict verdict_of_failure(const struct rp__looking *j)
{
    bool wasted = false;
    for (uint32_t i = 0; i < j->trace->unmet_count; i++) {
        wasted = look_at_siblings(j, j->trace->unmet[i]) || wasted;
    }
    return wasted ? RP_VERDICT_WASTED : RP_VERDICT_CLEAN;
}

static enum rp_verdict verdict_of(const struct rp__looking *j)
{
    const struct rp_sweep_trace *t = j->trace;
    if (has_gap(j->out, RP_GAP_HANG)) {
        return RP_VERDICT_HUNG;
    }
    switch (t->outcome) {
    case RP_OUTCOME_OK:
        return verdict_of_success(j);
    case RP_OUTCOME_DEGRADED:
        return t->outcome == j->measure->baseline->outcome &&
                       t->delivered == j->measure->baseline->delivered
                   ? verdict_of_success(j)
                   : RP_VERDICT_DECLARED;
    case RP_OUTCOME_FAILED:
    case RP_OUTCOME_CANCELLED:
        return verdict_of_failure(j);
    case RP_OUTCOME_NONE:
        break;
    }
    return RP_VERDICT_HARNESS;
}

/* What was asked otherwise than it was recorded, and answered as then. */
static const char *assumed_of(const struct rp__looking *j)
{
    for (uint32_t i = 0; i < j->trace->task_count; i++) {
        const struct rp_sweep_task *task = &j->trace->tasks[i];
        const struct rp_sweep_task *then =
            rp_sweep_trace_task(j->measure->baseline, task->path);
        if (then != NULL && task->attempt_count > 0 &&
            !rp_digest_equal(&task->input, &then->input)) {
            return rp_arena_dup(j->arena, rp_str_of(task->path));
        }
    }
    return NULL;
}

/* ---- whether it happened ---- */

static bool is_on(
    const struct rp_fault_rule *rule, const struct rp_sweep_task *task)
{
    struct rp_str path = rp_str_of(task->path);
    struct rp_str agent =
        rp_str_of(task->agent == NULL ? "" : task->agent->name);
    bool by_path =
        rule->path[0] != '\0' && rp_str_glob(rp_str_of(rule->path), path);
    bool by_agent =
        rule->agent[0] != '\0' && rp_str_glob(rp_str_of(rule->agent), agent);
    return by_path || by_agent ||
           (rule->either && rp_str_glob(rp_str_of(rule->path), agent));
}

/* Calls that a rule is on: how many, and how many nothing happened to. */
static void count_calls(const struct rp__looking *j,
    const struct rp_fault_rule *rule, uint32_t *on, uint32_t *untouched)
{
    for (uint32_t i = 0; i < j->trace->task_count; i++) {
        const struct rp_sweep_task *task = &j->trace->tasks[i];
        for (uint32_t k = 0; k < task->attempt_count && is_on(rule, task);
             k++) {
            if (k + 1 >= rule->attempt.first && k < rule->attempt.last) {
                *on += 1;
                *untouched += task->attempts[k].rules == 0 ? 1 : 0;
            }
        }
    }
}

static const char *never_fired(
    const struct rp__looking *j, const struct rp_fault_rule *rule)
{
    struct rp_buf buf;
    rp_buf_init(&buf, RP_FAULT_TEXT_MAX);
    rp_buf_add_text(&buf, "never fired: ");
    rp_fault_rule_show(&buf, rule);
    const char *text = rp_arena_dup(j->arena, rp_buf_str(&buf));
    rp_buf_fini(&buf);
    return text;
}

/* I24: a fault that did not happen proves nothing. One whose call was not made
 * because of another fault, or that another fault forestalled, is no such. */
static const char *idle_rule(const struct rp__looking *j)
{
    const struct rp_fault_rules *rules = j->played->rules;
    for (uint32_t i = 0; i < rules->count; i++) {
        uint32_t on = 0;
        uint32_t untouched = 0;
        bool fired = (j->trace->fired & (UINT64_C(1) << i)) != 0;
        if (fired || rules->items[i].permille < 1000) {
            continue; /* of what is left to chance both is as it should be */
        }
        count_calls(j, &rules->items[i], &on, &untouched);
        if (j->trace->fired == 0 || untouched > 0) {
            return never_fired(j, &rules->items[i]);
        }
    }
    return NULL;
}

static void judge_error(const struct rp__looking *j)
{
    struct rp_sweep_judgement *out = j->out;
    out->note = rp_arena_dup(j->arena, rp_str_of(j->played->err->text));
    switch (j->played->code) {
    case RP_E_NOT_FOUND: /* what was seen until then was seen */
        out->verdict = RP_VERDICT_NEEDS_LIVE;
        look_at_tasks(j);
        break;
    case RP_E_STATE:
        out->verdict = RP_VERDICT_HUNG;
        rp__sweep_found(j, RP_GAP_HANG, "", out->note);
        break;
    case RP_OK:
    case RP_E_INVALID:
    case RP_E_LIMIT:
    case RP_E_EXISTS:
    case RP_E_BUSY:
    case RP_E_TIMEOUT:
    case RP_E_IO:
    case RP_E_STORE:
    case RP_E_DAMAGED:
    case RP_E_NEWER:
    case RP_E_DIVERGED:
    case RP_E_CANCELLED:
        out->verdict = RP_VERDICT_HARNESS;
        break;
    }
}

void rp_sweep_judge(struct rp_sweep_judgement *out, struct rp_arena *arena,
    const struct rp_sweep_measure *measure,
    const struct rp_sweep_played *played)
{
    struct rp__looking j = {out, arena, measure, played, played->trace};
    *out = (struct rp_sweep_judgement){.note = ""};
    if (played->code != RP_OK) {
        judge_error(&j);
        return;
    }
    out->assumed = assumed_of(&j);
    look_at_tasks(&j);
    look_at_session(&j);
    rp__sweep_look_at_crash(&j);
    out->verdict = verdict_of(&j);
    const char *idle = idle_rule(&j);
    if (idle != NULL) { /* what was seen was seen all the same */
        out->verdict = RP_VERDICT_NOT_TRIGGERED;
        out->note = idle;
    }
}
