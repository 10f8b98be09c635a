/* One try of a task: started, given up, completed. */
#include "engine_state.h"

#include <inttypes.h>

static struct call *call_new(struct rp_engine *e, struct task *task)
{
    struct call *call = rp_arena_alloc(e->session, sizeof(*call));
    e->calls = rp_mem_room(
        e->calls, e->call_count, &e->call_room, sizeof(struct call *));
    e->calls[e->call_count++] = call;
    call->number = e->call_count;
    call->attempt = task->attempt;
    call->task = task;
    call->open = true;
    struct rp_buf *path = rp__scratch(e);
    rp_buf_add_text(path, task->path);
    rp_buf_add_char(path, '@');
    rp_buf_add_u64(path, task->attempt);
    call->attempt_path = rp_arena_dup(e->session, rp_buf_str(path));
    rp_buf_add_text(path, "/call:1");
    call->path = rp_arena_dup(e->session, rp_buf_str(path));
    return call;
}

void rp__attempt_start(struct rp_engine *e, struct task *task)
{
    const struct rp_plan_agent *agent = task->agent;
    task->attempt++;
    task->state = TASK_RUNNING;
    e->attempts_started++;
    e->in_flight++;
    struct call *call = call_new(e, task);
    task->current = call;
    struct rp_duration left = rp_instant_since(task->deadline, e->now);
    task->timeout_timer = rp__timer_set(
        e, TIMER_TIMEOUT, task, rp_instant_add(e->now, agent->timeout));
    struct rp_action *action = rp__act(e, RP_ACTION_START_CALL);
    action->start = (struct rp_call){
        .number = call->number,
        .path = call->path,
        .task = task->path,
        .attempt = task->attempt,
        .agent = agent,
        .agent_name = agent->name,
        .input = task->input,
        .input_digest = task->input_digest,
        .content = task->content,
        .argv = task->argv,
        .env = task->env,
        .timeout = left.ns < agent->timeout.ns ? left : agent->timeout,
        .idle = agent->idle,
    };
}

void rp__attempt_release(
    struct rp_engine *e, struct task *task, enum rp_reason reason)
{
    struct call *call = task->current;
    RP_ASSERT(call != NULL);
    call->released = true;
    task->current = NULL;
    task->dying = call;
    rp__timer_clear(&task->timeout_timer);
    rp__act_cancel(e, call, RP_CANCEL_TERM, reason);
}

void rp__attempt_limit(struct rp_engine *e, struct task *task,
    enum rp_class class, enum rp_reason reason, struct rp_duration limit)
{
    bool running = task->state == TASK_RUNNING;
    struct rp_decision *d = rp__decide(e, RP_DECISION_TIMED_OUT,
        running ? task->current->attempt_path : task->path, reason);
    rp__attr_int(d, "limit_ns", limit.ns);
    if (task->state == TASK_FALLING_BACK) {
        return; /* the stand-in has the same deadline and ends us */
    }
    if (running) {
        rp__attempt_release(e, task, reason);
    }
    if (task->state == TASK_QUEUED) {
        rp__queue_remove(e, task);
    }
    rp__timer_clear(&task->backoff_timer);
    task->state = TASK_NEW;
    rp__task_failed(e, task, (struct failure){class, reason, ""});
}

/* ---- completion ---- */

static void accept(struct rp_engine *e, struct call *call,
    const struct rp_completion *completion, const struct verdict *verdict)
{
    struct task *task = call->task;
    struct rp_decision *d =
        rp__decide(e, RP_DECISION_ACCEPTED, call->attempt_path, RP_REASON_OK);
    rp__attr_digest(e, d, "output", &completion->output_digest);
    rp__attr_word(e, d, "warning", rp_reason_name(verdict->reason));
    task->value = verdict->value;
    task->output = completion->output_digest;
    rp__task_end(e, task, RP_TASK_OK);
}

static void reject(
    struct rp_engine *e, struct call *call, const struct verdict *verdict)
{
    struct rp_decision *d = rp__decide(
        e, RP_DECISION_REJECTED, call->attempt_path, verdict->reason);
    rp__attr_word(e, d, "class", rp_class_name(verdict->class));
    rp__attr_word(e, d, "detail", verdict->detail);
    rp__task_failed(e, call->task,
        (struct failure){verdict->class, verdict->reason, verdict->detail});
}

/* A worker that was given up is gone; what it still delivered is evidence. */
static void gone(struct rp_engine *e, struct call *call,
    const struct rp_completion *completion)
{
    struct task *task = call->task;
    (void)rp__decide(
        e, RP_DECISION_RELEASED, call->attempt_path, RP_REASON_NONE);
    if (completion->output.len > 0) {
        struct rp_decision *d = rp__decide(
            e, RP_DECISION_LATE_RESULT, call->attempt_path, RP_REASON_FENCED);
        rp__attr_digest(e, d, "output", &completion->output_digest);
    }
    if (task->dying == call) {
        task->dying = NULL;
    }
    if (task->state == TASK_GONE_WAIT) {
        rp__task_dispatch(e, task);
    }
}

void rp__attempt_completed(struct rp_engine *e, struct call *call,
    const struct rp_completion *completion)
{
    struct task *task = call->task;
    call->open = false;
    e->in_flight--;
    if (call->released) {
        gone(e, call, completion);
    } else {
        RP_ASSERT(task->current == call);
        task->current = NULL;
        task->state = TASK_NEW;
        rp__timer_clear(&task->timeout_timer);
        struct verdict verdict = rp__judge(e, task, completion);
        if (verdict.class == RP_CLASS_NONE) {
            accept(e, call, completion, &verdict);
        } else {
            reject(e, call, &verdict);
        }
    }
    rp__queue_pump(e);
}
