/* A task: its input, and what follows each failed attempt. The state chart is
 * in engine_state.h. */
#include "memo.h"
#include "template.h"

#include <reprise/rng.h>

#include <inttypes.h>
#include <string.h>

#define NAMES_MAX 64

struct task *rp__task_new(struct rp_engine *e, struct node_run *node,
    struct task *stands_in_for, const struct rp_plan_agent *agent)
{
    struct task *task = rp_arena_alloc(e->session, sizeof(*task));
    task->node = node;
    task->stands_in_for = stands_in_for;
    task->agent = agent;
    task->path =
        stands_in_for == NULL
            ? node->path
            : rp_arena_printf(e->session, "%s/$fallback", stands_in_for->path);
    task->failure.detail = "";
    e->tasks = rp_mem_room(
        e->tasks, e->task_count, &e->task_room, sizeof(struct task *));
    e->tasks[e->task_count++] = task;
    return task;
}

bool rp__task_is_synthesis(const struct task *task)
{
    return task->node->plan->role == RP_ROLE_SYNTHESIS;
}

/* ---- input ---- */

struct lookup_context {
    struct rp_engine *e;
    const struct task *task;
};

static const cJSON *lookup_in_flow(void *context, struct rp_str name)
{
    struct lookup_context *c = context;
    return rp__flow_lookup(c->e, c->task->node, name);
}

/* Arguments and environment see the task's own input only. */
static const cJSON *lookup_in_task(void *context, struct rp_str name)
{
    struct lookup_context *c = context;
    return rp_str_is(name, "input") ? c->task->input_value : NULL;
}

static enum rp_code resolve_input(
    struct rp_engine *e, struct task *task, struct rp_err *err)
{
    const cJSON *template = task->node->plan->input;
    if (task->stands_in_for != NULL) {
        task->input_value = task->stands_in_for->input_value;
        return RP_OK;
    }
    if (template == NULL) {
        task->input_value = e->input;
        return RP_OK;
    }
    struct lookup_context context = {e, task};
    struct rp__scope scope = {lookup_in_flow, &context};
    cJSON *value = rp__template_resolve(template, &scope, err);
    if (value == NULL) {
        return err->code;
    }
    task->input_value = rp__keep_tree(e, value);
    return RP_OK;
}

/* One argument, or one variable with its `name`. */
static enum rp_code resolve_string(struct rp_engine *e, struct task *task,
    const char *name, const cJSON *template, const char **out,
    struct rp_err *err)
{
    struct lookup_context context = {e, task};
    struct rp__scope scope = {lookup_in_task, &context};
    struct rp_buf *text = rp__scratch(e);
    if (name != NULL) {
        rp_buf_add_text(text, name);
        rp_buf_add_char(text, '=');
    }
    enum rp_code rc = rp__template_text(template, &scope, text, err);
    if (rc == RP_OK && (text->overflowed || text->len > RP_ARG_BYTES_MAX)) {
        rc = rp_err_set(err, RP_E_LIMIT,
            "an argument or variable of agent '%s' is longer than %u bytes",
            task->agent->name, RP_ARG_BYTES_MAX);
    }
    *out = rp_arena_dup(e->session, rp_buf_str(text));
    return rc;
}

static enum rp_code resolve_strings(
    struct rp_engine *e, struct task *task, struct rp_err *err)
{
    const struct rp_plan_agent *agent = task->agent;
    uint32_t argc = (uint32_t)cJSON_GetArraySize(agent->exec);
    const char **argv =
        rp_arena_array(e->session, argc + 1, sizeof(const char *));
    const char **env =
        rp_arena_array(e->session, agent->env_count + 1, sizeof(const char *));
    enum rp_code rc = RP_OK;
    uint32_t count = 0;
    for (const cJSON *arg = agent->exec == NULL ? NULL : agent->exec->child;
         arg != NULL && rc == RP_OK; arg = arg->next) {
        rc = resolve_string(e, task, NULL, arg, &argv[count++], err);
    }
    count = 0;
    for (uint32_t i = 0; i < agent->env_count && rc == RP_OK; i++) {
        if (agent->env[i].kind == RP_ENV_TEMPLATE) {
            rc = resolve_string(e, task, agent->env[i].name,
                agent->env[i].value, &env[count++], err);
        }
    }
    task->argv = argv;
    task->env = env;
    return rc;
}

/* Equal texts are the same value. */
static struct rp_digest key_of_input(struct rp_engine *e, struct task *task)
{
    struct rp__memo_text *text = rp__memo_text(e->options.memo, task->input);
    if (text == NULL) {
        return rp_json_key_digest(task->input_value);
    }
    if (rp_digest_is_zero(&text->key)) {
        text->key = rp_json_key_digest(task->input_value);
    }
    return text->key;
}

/* What is asked, in key form: spec, input, resolved strings. */
static void digest_content(struct rp_engine *e, struct task *task)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    struct rp_digest input = key_of_input(e, task);
    struct rp_buf *buf = rp__scratch(e);
    rp_digest_hex(&task->agent->spec_digest, hex);
    rp_buf_add_text(buf, hex);
    rp_digest_hex(&input, hex);
    rp_buf_add_text(buf, hex);
    for (uint32_t i = 0; task->argv[i] != NULL; i++) {
        rp_buf_add_text(buf, task->argv[i]);
        rp_buf_add_char(buf, '\0');
    }
    for (uint32_t i = 0; task->env[i] != NULL; i++) {
        rp_buf_add_text(buf, task->env[i]);
        rp_buf_add_char(buf, '\0');
    }
    task->content = rp_digest_of(rp_buf_str(buf));
}

static void tell_begin(struct rp_engine *e, struct task *task)
{
    const cJSON *template = task->node->plan->input;
    struct rp_str names[NAMES_MAX] = {RP_STR("input")};
    size_t count = 1;
    if (task->stands_in_for == NULL && template != NULL) {
        count = rp__template_names(template, names, NAMES_MAX);
    }
    struct rp_str *from =
        rp_arena_array(e->session, count, sizeof(struct rp_str));
    if (count > 0) {
        memcpy(from, names, count * sizeof(*from));
    }
    struct rp_decision *d =
        rp__decide(e, RP_DECISION_TASK_BEGAN, task->path, RP_REASON_NONE);
    rp__attr_word(e, d, "agent", task->agent->name);
    if (rp__task_is_synthesis(task)) {
        rp__attr_word(e, d, "role", "synthesis");
    }
    if (task->input_value != NULL) {
        rp__attr_digest(e, d, "input", &task->input_digest);
        rp__attr_int(d, "input_bytes", (int64_t)task->input.len);
    }
    rp__attr_list(d, "from", from, (uint32_t)count);
}

static struct failure input_failure(
    struct rp_engine *e, enum rp_reason reason, const char *text)
{
    return (struct failure){
        RP_CLASS_CONTRACT, reason, rp_arena_dup(e->session, rp_str_of(text))};
}

/* Makes the input and judges it; on false the task has failed. */
static bool prepare(struct rp_engine *e, struct task *task)
{
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc = resolve_input(e, task, &err);
    if (rc == RP_OK) {
        task->input = rp__make_text(e, task->input_value, &task->input_digest);
    }
    tell_begin(e, task);
    if (rc == RP_OK) {
        rc = resolve_strings(e, task, &err);
    }
    if (rc != RP_OK) {
        rp__task_failed(
            e, task, input_failure(e, RP_REASON_INPUT_REFERENCE, err.text));
        return false;
    }
    digest_content(e, task);
    const char *detail = "";
    enum rp_reason reason = rp__judge_contract(e, task->agent->input,
        task->input_value, RP_REASON_INPUT_CONTRACT, &detail);
    if (reason != RP_REASON_NONE) {
        rp__task_failed(
            e, task, (struct failure){RP_CLASS_CONTRACT, reason, detail});
        return false;
    }
    return true;
}

void rp__task_begin(struct rp_engine *e, struct task *task)
{
    task->deadline = rp_instant_add(e->now, task->agent->deadline);
    if (task->stands_in_for != NULL) {
        task->deadline =
            rp_instant_min(task->deadline, task->stands_in_for->deadline);
    }
    if (prepare(e, task)) {
        task->deadline_timer =
            rp__timer_set(e, TIMER_DEADLINE, task, task->deadline);
        rp__task_dispatch(e, task);
    }
}

/* ---- the queue of tasks that wait for a slot ---- */

static void queue_add(struct rp_engine *e, struct task *task)
{
    task->state = TASK_QUEUED;
    task->next_queued = NULL;
    if (e->queue_tail == NULL) {
        e->queue_head = task;
    } else {
        e->queue_tail->next_queued = task;
    }
    e->queue_tail = task;
    if (!task->queued_once) {
        task->queued_once = true;
        (void)rp__decide(
            e, RP_DECISION_TASK_QUEUED, task->path, RP_REASON_QUEUED);
    }
}

void rp__queue_remove(struct rp_engine *e, struct task *task)
{
    struct task *before = NULL;
    for (struct task *t = e->queue_head; t != NULL; t = t->next_queued) {
        if (t != task) {
            before = t;
            continue;
        }
        if (before == NULL) {
            e->queue_head = t->next_queued;
        } else {
            before->next_queued = t->next_queued;
        }
        if (e->queue_tail == t) {
            e->queue_tail = before;
        }
        return;
    }
}

void rp__queue_pump(struct rp_engine *e)
{
    while (e->queue_head != NULL && e->in_flight < e->plan->concurrency) {
        struct task *task = e->queue_head;
        rp__queue_remove(e, task);
        task->state = TASK_NEW;
        rp__task_dispatch(e, task);
    }
}

void rp__task_dispatch(struct rp_engine *e, struct task *task)
{
    if (task->dying != NULL) {
        /* The courtesy of `grace` ends where it would hold up the next try. */
        task->state = TASK_GONE_WAIT;
        if (!task->dying->killed) {
            rp__act_cancel(e, task->dying, RP_CANCEL_KILL, RP_REASON_FENCED);
        }
        return;
    }
    enum rp_reason spent = rp__session_budget_left(e, task);
    if (spent != RP_REASON_NONE) {
        task->state = TASK_NEW;
        rp__task_failed(e, task,
            (struct failure){RP_CLASS_BUDGET, spent, task->failure.detail});
        return;
    }
    if (e->in_flight >= e->plan->concurrency) {
        queue_add(e, task);
        return;
    }
    rp__attempt_start(e, task);
}

/* ---- what follows a failure ---- */

/* Pause before attempt n + 1: doubled each time, capped, then drawn between
 * half of it and all of it, so that tasks that failed together part. */
static struct rp_duration pause_of(
    const struct rp_engine *e, const struct task *task)
{
    const struct rp_retry *retry = &task->agent->retry;
    int64_t pause = retry->backoff_min.ns;
    for (uint32_t i = 1; i < task->attempt; i++) {
        pause = pause > retry->backoff_max.ns / 2 ? retry->backoff_max.ns
                                                  : pause * 2;
    }
    if (pause > retry->backoff_max.ns) {
        pause = retry->backoff_max.ns;
    }
    uint64_t draw = rp_draw(
        e->options.seed, rp_str_of(task->path), "backoff", task->attempt);
    return (struct rp_duration){
        rp_draw_between(draw, pause - pause / 2, pause)};
}

/* Why no further attempt is made, or NONE when one is. */
static enum rp_reason retry_refused(const struct rp_engine *e,
    const struct task *task, struct rp_duration pause)
{
    const struct rp_retry *retry = &task->agent->retry;
    if (task->attempt == 0) {
        return RP_REASON_NOT_RETRIED;
    }
    if ((retry->on & (1u << task->failure.class)) == 0) {
        return RP_REASON_NOT_RETRIED;
    }
    if (task->attempt - task->uncounted >= retry->attempts) {
        return RP_REASON_ATTEMPTS_EXHAUSTED;
    }
    if (!rp_instant_before(rp_instant_add(e->now, pause), task->deadline)) {
        return RP_REASON_NO_TIME;
    }
    return rp__session_budget_left(e, task);
}

static void retry(
    struct rp_engine *e, struct task *task, struct rp_duration pause)
{
    struct rp_decision *d =
        rp__decide(e, RP_DECISION_RETRY, task->path, task->failure.reason);
    rp__attr_int(d, "attempt", (int64_t)task->attempt + 1);
    rp__attr_int(d, "delay_ns", pause.ns);
    rp__attr_word(e, d, "class", rp_class_name(task->failure.class));
    task->state = TASK_BACKOFF;
    task->backoff_timer =
        rp__timer_set(e, TIMER_BACKOFF, task, rp_instant_add(e->now, pause));
}

void rp__task_again(struct rp_engine *e, struct task *task)
{
    task->uncounted++;
    retry(e, task, (struct rp_duration){0});
}

static void fall_back_to_value(struct rp_engine *e, struct task *task)
{
    (void)rp__decide(
        e, RP_DECISION_FALLBACK, task->path, RP_REASON_FALLBACK_VALUE);
    task->value = task->agent->fallback_value;
    (void)rp__make_text(e, task->value, &task->output);
    rp__task_end(e, task, RP_TASK_DEGRADED);
}

static void fall_back_to_agent(struct rp_engine *e, struct task *task)
{
    struct rp_decision *d = rp__decide(
        e, RP_DECISION_FALLBACK, task->path, RP_REASON_FALLBACK_AGENT);
    rp__attr_word(e, d, "agent", task->agent->fallback_agent->name);
    task->state = TASK_FALLING_BACK;
    struct task *stand_in =
        rp__task_new(e, task->node, task, task->agent->fallback_agent);
    rp__task_begin(e, stand_in);
}

static bool time_is_left(const struct rp_engine *e, const struct task *task)
{
    return rp_instant_before(e->now, task->deadline) && !e->wall_reached;
}

static enum rp_task_status status_of(enum rp_class class)
{
    switch (class) {
    case RP_CLASS_TIMEOUT:
    case RP_CLASS_IDLE:
        return RP_TASK_TIMED_OUT;
    case RP_CLASS_CANCELLED:
        return RP_TASK_CANCELLED;
    case RP_CLASS_LOST:
        return RP_TASK_LOST;
    case RP_CLASS_NONE:
    case RP_CLASS_SPAWN:
    case RP_CLASS_CRASH:
    case RP_CLASS_EXIT:
    case RP_CLASS_MALFORMED:
    case RP_CLASS_CONTRACT:
    case RP_CLASS_TRANSPORT:
    case RP_CLASS_THROTTLED:
    case RP_CLASS_BUDGET:
    case RP_CLASS_COUNT:
        break;
    }
    return RP_TASK_FAILED;
}

void rp__task_failed(
    struct rp_engine *e, struct task *task, struct failure failure)
{
    task->failure = failure;
    struct rp_duration pause = pause_of(e, task);
    bool cancelled = failure.class == RP_CLASS_CANCELLED;
    bool over = failure.class == RP_CLASS_BUDGET;
    if (!cancelled && !over &&
        retry_refused(e, task, pause) == RP_REASON_NONE) {
        retry(e, task, pause);
        return;
    }
    enum rp_fallback_kind fallback =
        cancelled ? RP_FALLBACK_NONE : task->agent->fallback;
    if (fallback == RP_FALLBACK_AGENT && !over && time_is_left(e, task)) {
        fall_back_to_agent(e, task);
    } else if (fallback == RP_FALLBACK_VALUE) {
        fall_back_to_value(e, task);
    } else {
        rp__task_end(e, task, status_of(failure.class));
    }
}

static void stop_fallback_of(struct rp_engine *e, struct task *task,
    enum rp_class class, enum rp_reason reason)
{
    for (uint32_t i = 0; i < e->task_count; i++) {
        struct task *other = e->tasks[i];
        if (other->stands_in_for == task && other->state != TASK_ENDED) {
            rp__task_stop(e, other, class, reason);
            return;
        }
    }
}

void rp__task_stop(struct rp_engine *e, struct task *task, enum rp_class class,
    enum rp_reason reason)
{
    if (task->state == TASK_ENDED) {
        return;
    }
    if (task->state == TASK_FALLING_BACK) {
        stop_fallback_of(e, task, class, reason);
        return;
    }
    if (task->state == TASK_RUNNING) {
        rp__attempt_release(e, task, reason);
    }
    if (task->state == TASK_QUEUED) {
        rp__queue_remove(e, task);
    }
    rp__timer_clear(&task->backoff_timer);
    struct failure failure = {class, reason, ""};
    if (class == RP_CLASS_BUDGET) {
        task->state = TASK_NEW;
        rp__task_failed(e, task, failure);
        return;
    }
    task->failure = failure;
    rp__task_end(e, task, status_of(class));
}

/* ---- the end ---- */

static void tell_end(struct rp_engine *e, const struct task *task)
{
    bool good = task->status == RP_TASK_OK;
    struct rp_decision *d = rp__decide(e, RP_DECISION_TASK_ENDED, task->path,
        good ? RP_REASON_OK : task->failure.reason);
    rp__attr_word(e, d, "status", rp_task_status_name(task->status));
    if (!good) {
        rp__attr_word(e, d, "class", rp_class_name(task->failure.class));
        rp__attr_word(e, d, "detail", task->failure.detail);
    }
    rp__attr_int(d, "attempts", task->attempt);
    if (task->value != NULL) {
        rp__attr_digest(e, d, "output", &task->output);
    }
}

static void hand_over(struct rp_engine *e, struct task *task)
{
    struct task *primary = task->stands_in_for;
    if (task->value != NULL) {
        primary->value = task->value;
        primary->output = task->output;
        rp__task_end(e, primary,
            task->status == RP_TASK_DEGRADED ? RP_TASK_DEGRADED
                                             : RP_TASK_FALLBACK);
    } else if (task->status == RP_TASK_CANCELLED) {
        primary->failure = task->failure;
        rp__task_end(e, primary, RP_TASK_CANCELLED);
    } else {
        rp__task_end(e, primary, status_of(primary->failure.class));
    }
}

void rp__task_end(
    struct rp_engine *e, struct task *task, enum rp_task_status status)
{
    RP_ASSERT(task->state != TASK_ENDED);
    rp__timer_clear(&task->deadline_timer);
    rp__timer_clear(&task->timeout_timer);
    rp__timer_clear(&task->backoff_timer);
    task->state = TASK_ENDED;
    task->status = status;
    tell_end(e, task);
    if (task->stands_in_for != NULL) {
        hand_over(e, task);
        return;
    }
    if (task->value != NULL && rp__task_is_synthesis(task)) {
        rp__synthesis_decide(e, task);
    }
    const struct failure *why = status == RP_TASK_OK ? NULL : &task->failure;
    rp__node_end(e, task->node, status, why, task->value);
}
