/* A new process goes on where another died. Its workers died with it: each
 * attempt that was in flight is over, and what it did is not known. An agent
 * without effects, or whose effects may be had twice, runs again, outside the
 * retry count; of any other the attempt is lost, which the plan may retry. */
#include "engine_state.h"

static struct rp_decision *tell_interrupted(
    struct rp_engine *e, const struct call *call)
{
    struct rp_decision *d =
        rp__decide(e, RP_DECISION_REJECTED, call->attempt_path, RP_REASON_LOST);
    rp__attr_word(e, d, "class", rp_class_name(RP_CLASS_LOST));
    rp__attr_word(e, d, "detail",
        "the process that ran it died; its effects are unknown");
    return d;
}

/* The call that counted is over. */
static void interrupted(struct rp_engine *e, struct call *call)
{
    struct task *task = call->task;
    (void)tell_interrupted(e, call);
    task->failure = (struct failure){RP_CLASS_LOST, RP_REASON_LOST, ""};
    if (task->agent->effects == RP_EFFECTS_EXTERNAL) {
        rp__task_failed(e, task, task->failure);
    } else {
        rp__task_again(e, task);
    }
}

/* A worker that was given up before: whoever waits for its end goes on. */
static void gone(struct rp_engine *e, const struct call *call)
{
    struct task *task = call->task;
    (void)rp__decide(
        e, RP_DECISION_RELEASED, call->attempt_path, RP_REASON_LOST);
    if (task->dying == call) {
        task->dying = NULL;
    }
    if (task->state == TASK_GONE_WAIT) {
        rp__task_dispatch(e, task);
    }
}

/* First all of them are closed, so that slots are free for what runs again. */
static uint32_t close_all(struct rp_engine *e, bool *was_open)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < e->call_count; i++) {
        struct call *call = e->calls[i];
        was_open[i] = call->open;
        if (!call->open) {
            continue;
        }
        count++;
        call->open = false;
        e->in_flight--;
        if (!call->released) {
            RP_ASSERT(call->task->current == call);
            call->task->current = NULL;
            call->task->state = TASK_NEW;
            rp__timer_clear(&call->task->timeout_timer);
        }
    }
    return count;
}

void rp__session_resume(struct rp_engine *e, uint32_t incarnation)
{
    uint32_t known = e->call_count; /* what runs again makes new ones */
    bool *was_open = rp_arena_array(e->step, known + 1, sizeof(bool));
    struct rp_decision *d =
        rp__decide(e, RP_DECISION_RESUMED, "", RP_REASON_LOST);
    rp__attr_int(d, "incarnation", incarnation);
    rp__attr_int(d, "interrupted", close_all(e, was_open));
    for (uint32_t i = 0; i < known; i++) {
        struct call *call = e->calls[i];
        if (was_open[i] && call->released) {
            gone(e, call);
        } else if (was_open[i] && call->task->state == TASK_NEW) {
            interrupted(e, call);
        }
    }
    rp__queue_pump(e);
}
