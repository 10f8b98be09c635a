/* The session as a whole: beginning, budgets, cancelling, the end. */
#include "engine_state.h"

#include <inttypes.h>

/* ---- budgets ---- */

static int64_t unreserved(const struct rp_engine *e, int64_t whole)
{
    int64_t permille = 1000 - (int64_t)e->plan->budget.reserve_permille;
    /* Divided first: a wall budget in nanoseconds times 1000 overflows. */
    return whole / 1000 * permille + whole % 1000 * permille / 1000;
}

enum rp_reason rp__session_budget_left(
    const struct rp_engine *e, const struct task *task)
{
    bool synthesis = rp__task_is_synthesis(task);
    if (e->wall_reached) {
        return RP_REASON_BUDGET_WALL;
    }
    if (e->reserve_reached && !synthesis) {
        return RP_REASON_BUDGET_RESERVED;
    }
    int64_t limit = e->plan->budget.attempts;
    if (limit == 0) {
        return RP_REASON_NONE;
    }
    if (e->attempts_started >= limit) {
        return RP_REASON_BUDGET_ATTEMPTS;
    }
    if (!synthesis && e->attempts_started >= unreserved(e, limit)) {
        return RP_REASON_BUDGET_RESERVED;
    }
    return RP_REASON_NONE;
}

void rp__session_budget(struct rp_engine *e, enum timer_kind kind)
{
    bool all = kind == TIMER_BUDGET_WALL;
    enum rp_reason reason =
        all ? RP_REASON_BUDGET_WALL : RP_REASON_BUDGET_RESERVED;
    struct rp_decision *d = rp__decide(e, RP_DECISION_BUDGET, "", reason);
    rp__attr_word(e, d, "budget", "wall");
    rp__attr_int(d, "limit",
        all ? e->plan->budget.wall.ns : unreserved(e, e->plan->budget.wall.ns));
    e->reserve_reached = true;
    e->wall_reached = e->wall_reached || all;
    /* Tasks that begin while these end see the marks above. */
    uint32_t count = e->task_count;
    for (uint32_t i = 0; i < count; i++) {
        struct task *task = e->tasks[i];
        if (task->stands_in_for == NULL &&
            (all || !rp__task_is_synthesis(task))) {
            rp__task_stop(e, task, RP_CLASS_BUDGET, reason);
        }
    }
}

static void set_budget_timers(struct rp_engine *e)
{
    struct rp_duration wall = e->plan->budget.wall;
    if (wall.ns == RP_DURATION_FOREVER.ns) {
        return;
    }
    if (e->plan->budget.reserve_permille > 0) {
        struct rp_duration first = {unreserved(e, wall.ns)};
        (void)rp__timer_set(
            e, TIMER_BUDGET_RESERVE, NULL, rp_instant_add(e->now, first));
    }
    (void)rp__timer_set(
        e, TIMER_BUDGET_WALL, NULL, rp_instant_add(e->now, wall));
}

/* ---- beginning ---- */

static void end_at_once(struct rp_engine *e, enum rp_reason reason,
    enum rp_class class, const char *detail)
{
    struct failure why = {class, reason, detail};
    e->root->state = NODE_RUNNING;
    e->root->lost_something = true;
    rp__node_end(e, e->root, RP_TASK_FAILED, &why, NULL);
}

void rp__session_begin(struct rp_engine *e, const struct rp_event *event)
{
    e->phase = PHASE_RUNNING;
    e->root = rp__flow_new(e);
    struct rp_decision *d =
        rp__decide(e, RP_DECISION_SESSION_BEGAN, "", RP_REASON_NONE);
    rp__attr_word(e, d, "plan", e->plan->name);
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_doc *doc = NULL;
    struct rp_json_error error;
    if (rp_json_read(&doc, event->started.input, &options, &error) != RP_OK) {
        end_at_once(e, RP_REASON_INPUT_CONTRACT, RP_CLASS_MALFORMED,
            rp_arena_dup(e->session, rp_str_of(error.message)));
        return;
    }
    e->input = rp__keep_doc(e, doc);
    const char *detail = "";
    enum rp_reason broken = rp__judge_contract(
        e, e->plan->input, e->input, RP_REASON_INPUT_CONTRACT, &detail);
    if (broken != RP_REASON_NONE) {
        end_at_once(e, broken, RP_CLASS_CONTRACT, detail);
        return;
    }
    set_budget_timers(e);
    rp__node_begin(e, e->root);
}

/* ---- cancelling ---- */

/* The second request does not wait for anybody's grace. */
static void kill_all(struct rp_engine *e, enum rp_reason reason)
{
    for (uint32_t i = 0; i < e->call_count; i++) {
        struct call *call = e->calls[i];
        if (call->open && !call->killed) {
            rp__act_cancel(e, call, RP_CANCEL_KILL, reason);
        }
    }
}

void rp__session_cancel(struct rp_engine *e, enum rp_reason cause)
{
    struct rp_decision *d = rp__decide(e, RP_DECISION_CANCEL, "", cause);
    rp__attr_word(e, d, "cause", rp_reason_name(cause));
    if (e->cancel_cause != RP_REASON_NONE || e->phase == PHASE_DRAINING) {
        kill_all(e, cause);
        return;
    }
    e->cancel_cause = cause;
    rp__node_stop(e, e->root, RP_CLASS_CANCELLED, cause);
}

/* ---- the end ---- */

static enum rp_outcome outcome_of(const struct rp_engine *e)
{
    if (e->cancel_cause != RP_REASON_NONE) {
        return RP_OUTCOME_CANCELLED;
    }
    if (e->root->value == NULL) {
        return RP_OUTCOME_FAILED;
    }
    return e->root->lost_something ? RP_OUTCOME_DEGRADED : RP_OUTCOME_OK;
}

/* What was asked of the flow, and what of it was done by its worker or a
 * stand-in. Work that was not needed any more was not asked for. */
static void count_agents(
    const struct node_run *node, int64_t *requested, int64_t *delivered)
{
    for (uint32_t i = 0; i < node->child_count; i++) {
        count_agents(node->children[i], requested, delivered);
    }
    bool needless = node->failure.reason == RP_REASON_ENOUGH;
    if (node->plan->kind != RP_NODE_AGENT || needless) {
        return;
    }
    *requested += 1;
    *delivered +=
        node->status == RP_TASK_OK || node->status == RP_TASK_FALLBACK ? 1 : 0;
}

static void add_missing(const struct node_run *node, cJSON *missing)
{
    for (uint32_t i = 0; i < node->child_count; i++) {
        add_missing(node->children[i], missing);
    }
    bool needless = node->failure.reason == RP_REASON_ENOUGH;
    if (node->plan->kind != RP_NODE_AGENT || needless ||
        node->status == RP_TASK_OK) {
        return;
    }
    cJSON *entry = cJSON_CreateObject();
    rp_json_set_text(entry, "path", rp_str_of(node->path));
    rp_json_set_text(
        entry, "status", rp_str_of(rp_task_status_name(node->status)));
    rp_json_set_text(
        entry, "class", rp_str_of(rp_class_name(node->failure.class)));
    rp_json_set_text(
        entry, "reason", rp_str_of(rp_reason_name(node->failure.reason)));
    cJSON_AddItemToArray(missing, entry);
}

static void make_envelope(
    struct rp_engine *e, int64_t requested, int64_t delivered)
{
    cJSON *envelope = cJSON_CreateObject();
    rp_json_set_text(
        envelope, "outcome", rp_str_of(rp_outcome_name(e->outcome)));
    rp_json_set(envelope, "output",
        e->root->value == NULL ? cJSON_CreateNull()
                               : rp_json_share(e->root->value));
    rp_json_set_int(envelope, "requested", requested);
    rp_json_set_int(envelope, "delivered", delivered);
    cJSON *missing = cJSON_AddArrayToObject(envelope, "missing");
    add_missing(e->root, missing);
    cJSON *conflicts = cJSON_AddArrayToObject(envelope, "conflicts");
    for (uint32_t i = 0; i < e->conflict_count; i++) {
        cJSON_AddItemToArray(conflicts, rp_json_share(e->conflicts[i]));
    }
    struct rp_buf *text = rp__scratch(e);
    rp__write_text(e, text, rp__keep_tree(e, envelope));
    e->envelope =
        (struct rp_str){rp_arena_dup(e->session, rp_buf_str(text)), text->len};
}

static void hold_output_to_contract(struct rp_engine *e, const char **detail)
{
    if (e->root->value == NULL) {
        *detail = e->root->failure.detail;
        return;
    }
    enum rp_reason broken = rp__judge_contract(e, e->plan->output,
        e->root->value, RP_REASON_OUTPUT_OF_SESSION, detail);
    if (broken != RP_REASON_NONE) {
        e->root->value = NULL;
        e->root->failure = (struct failure){RP_CLASS_CONTRACT, broken, *detail};
    }
}

static void end(struct rp_engine *e)
{
    const char *detail = NULL;
    hold_output_to_contract(e, &detail);
    e->outcome = outcome_of(e);
    int64_t requested = 0;
    int64_t delivered = 0;
    count_agents(e->root, &requested, &delivered);
    struct rp_digest digest = {{0}};
    if (e->root->value != NULL) {
        e->output = rp__make_text(e, e->root->value, &digest);
    }
    make_envelope(e, requested, delivered);
    enum rp_reason reason = RP_REASON_OK;
    if (e->outcome == RP_OUTCOME_CANCELLED) {
        reason = e->cancel_cause;
    } else if (e->outcome == RP_OUTCOME_DEGRADED) {
        reason = RP_REASON_PARTIAL;
    } else if (e->outcome == RP_OUTCOME_FAILED) {
        reason = e->root->failure.reason;
    }
    struct rp_decision *d =
        rp__decide(e, RP_DECISION_SESSION_ENDED, "", reason);
    rp__attr_word(e, d, "outcome", rp_outcome_name(e->outcome));
    rp__attr_int(d, "requested", requested);
    rp__attr_int(d, "delivered", delivered);
    rp__attr_word(e, d, "detail", detail);
    if (e->root->value != NULL) {
        rp__attr_digest(e, d, "output", &digest);
    }
    (void)rp__act(e, RP_ACTION_FINISH);
    e->phase = PHASE_ENDED;
}

static void clear_timers(struct rp_engine *e)
{
    for (struct timer *t = rp__timer_first(e); t != NULL;
         t = rp__timer_first(e)) {
        t->live = false;
    }
}

void rp__session_settle(struct rp_engine *e)
{
    if (e->phase == PHASE_RUNNING && e->root->state == NODE_ENDED) {
        e->phase = PHASE_DRAINING;
        clear_timers(e);
        /* The result is decided: nobody waits for a worker's grace now,
         * unless a person asked for a tidy end. */
        if (e->cancel_cause == RP_REASON_NONE) {
            kill_all(e, RP_REASON_SESSION_OVER);
        }
    }
    if (e->phase == PHASE_DRAINING && e->in_flight == 0) {
        end(e);
    }
}
