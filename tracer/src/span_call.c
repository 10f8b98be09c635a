/* What the start and the end of a call do to spans: attempts. */
#include <string.h>

#include "span_fold.h"

/* "gather/labs@1" of "gather/labs@1/call:1" */
static struct rp_str attempt_of(const char *call_path)
{
    struct rp_str path = rp_str_of(call_path);
    return rp_str_starts(rp__path_last(path), RP_STR("call:"))
               ? rp__path_above(path, '/')
               : path;
}

/* ---- the start ---- */

static void add_executable(
    struct rp__open_span *open, const struct rp_plan_agent *agent)
{
    const cJSON *first =
        agent == NULL || agent->exec == NULL ? NULL : agent->exec->child;
    if (first != NULL && cJSON_IsString(first)) {
        struct rp_str name = rp__path_last(rp_str_of(first->valuestring));
        rp__attrs_text(&open->attrs, RP__KEY_PROCESS_NAME, name);
    }
}

static void add_retry_of(struct rp_span_fold *fold, struct rp__open_span *open,
    const struct rp_call *call, uint32_t incarnation)
{
    struct rp_buf before;
    rp_buf_init(&before, RP_PATH_LEN_MAX * 2);
    rp_buf_add_text(&before, call->task);
    rp_buf_add_char(&before, '@');
    rp_buf_add_u64(&before, call->attempt - 1);
    rp__fold_link(fold, open,
        rp__fold_id_in(fold, incarnation, rp_buf_str(&before), RP_SPAN_ATTEMPT),
        "retry_of");
    rp_buf_fini(&before);
}

static struct rp__open_span *task_or_above(
    struct rp_span_fold *fold, struct rp_str attempt)
{
    struct rp__open_span *task = rp__span_set_find(
        &fold->set, RP_SPAN_TASK, rp__path_above(attempt, '@'));
    return task != NULL ? task : rp__fold_above(fold, attempt);
}

static void call_started(struct rp_span_fold *fold, const struct rp_call *call)
{
    struct rp_str path = attempt_of(call->path);
    if (rp__span_set_find(&fold->set, RP_SPAN_ATTEMPT, path) != NULL) {
        return; /* another call of the same attempt */
    }
    struct rp__open_span *task = task_or_above(fold, path);
    struct rp__open_span *open =
        rp__fold_begin(fold, RP_SPAN_ATTEMPT, path, task);
    if (open == NULL) {
        return;
    }
    uint32_t before_in =
        task->last_attempt_in != 0 ? task->last_attempt_in : fold->incarnation;
    task->last_attempt_in = fold->incarnation;
    struct rp_str agent = rp_str_of(call->agent_name);
    rp__fold_name(open, "",
        agent.len > 0 ? agent
                      : rp__path_plain(rp__path_last(rp_str_of(call->task))));
    if (agent.len > 0) {
        rp__attrs_text(&open->attrs, RP__KEY_TASK_AGENT, agent);
    }
    rp__attrs_int(&open->attrs, RP__KEY_ATTEMPT, call->attempt);
    rp__attrs_int(&open->attrs, RP__KEY_CALL, call->number);
    rp__attrs_digest(&open->attrs, RP__KEY_INPUT_DIGEST, &call->input_digest);
    add_executable(open, call->agent);
    if (call->attempt > 1) {
        add_retry_of(fold, open, call, before_in);
    }
}

static void cancel_requested(
    struct rp_span_fold *fold, const struct rp_action *action)
{
    struct rp_str path = attempt_of(action->cancel.path);
    struct rp__open_span *open =
        rp__span_set_find(&fold->set, RP_SPAN_ATTEMPT, path);
    if (open == NULL) {
        return;
    }
    open->cancelled = true;
    rp__attrs_begin(&fold->scratch);
    rp__attrs_word(
        &fold->scratch, RP__KEY_REASON, rp_reason_name(action->cancel.reason));
    rp__attrs_word(&fold->scratch, RP__KEY_CANCEL_MODE,
        action->cancel.mode == RP_CANCEL_KILL ? "kill" : "term");
    rp__fold_event(fold, open, rp__event_name(RP__EVENT_CANCEL_REQUESTED));
}

void rp__fold_action(struct rp_span_fold *fold, const struct rp_action *action)
{
    switch (action->kind) {
    case RP_ACTION_START_CALL:
        call_started(fold, &action->start);
        break;
    case RP_ACTION_CANCEL_CALL:
        cancel_requested(fold, action);
        break;
    case RP_ACTION_FINISH:
        break;
    }
}

/* ---- the end ---- */

static void add_process(struct rp__attrs *attrs, const struct rp_completion *c)
{
    rp__attrs_word(attrs, RP__KEY_WORKER_END, rp_call_end_name(c->end));
    if (c->pid > 0) {
        rp__attrs_int(attrs, RP__KEY_PROCESS_PID, c->pid);
    }
    if (c->end == RP_END_EXITED) {
        rp__attrs_int(attrs, RP__KEY_PROCESS_EXIT, c->exit_status);
    }
    if (c->signal != 0) {
        rp__attrs_int(attrs, RP__KEY_WORKER_SIGNAL, c->signal);
    }
    if (c->kill_sent) {
        rp__attrs_true(attrs, RP__KEY_WORKER_KILLED);
    }
    if (c->pipe_held) {
        rp__attrs_true(attrs, RP__KEY_WORKER_PIPE_HELD);
    }
    if (c->survivor_count > 0) {
        rp__attrs_int(attrs, RP__KEY_WORKER_SURVIVORS, c->survivor_count);
    }
}

struct stream {
    enum rp__key digest_key, size_key;
    const struct rp_digest *digest;
    uint64_t bytes;
};

static void add_streams(struct rp__attrs *attrs, const struct rp_completion *c)
{
    const struct stream streams[] = {
        {RP__KEY_OUTPUT_DIGEST, RP__KEY_OUTPUT_SIZE, &c->output_digest,
            c->output_bytes},
        {RP__KEY_STDERR_DIGEST, RP__KEY_STDERR_SIZE, &c->diagnostics_digest,
            c->diagnostics_bytes},
        {RP__KEY_LOG_DIGEST, RP__KEY_LOG_SIZE, &c->log_digest, c->log_bytes},
    };
    for (size_t i = 0; i < RP_COUNT_OF(streams); i++) {
        const struct stream *s = &streams[i];
        rp__attrs_digest(attrs, s->digest_key, s->digest);
        if (s->bytes > 0) {
            rp__attrs_int(attrs, s->size_key, (int64_t)s->bytes);
        }
    }
    if (c->output_cut) {
        rp__attrs_true(attrs, RP__KEY_OUTPUT_TRUNCATED);
    }
}

static void add_times(struct rp__attrs *attrs, const struct rp_completion *c)
{
    if (c->first_byte.ns != RP_DURATION_FOREVER.ns) {
        rp__attrs_seconds(attrs, RP__KEY_WORKER_FIRST_BYTE, c->first_byte);
    }
    struct rp_duration longest = {0};
    for (uint32_t i = 0; i < c->gap_count; i++) {
        if (c->gaps[i].length.ns > longest.ns) {
            longest = c->gaps[i].length;
        }
    }
    if (c->gap_count > 0) {
        rp__attrs_seconds(attrs, RP__KEY_WORKER_SILENCE, longest);
    }
}

static void add_usage(struct rp__attrs *attrs, const struct rp_usage *usage)
{
    if (!usage->present) {
        return;
    }
    if (usage->model[0] != '\0') {
        rp__attrs_word(attrs, RP__KEY_MODEL, usage->model);
    }
    rp__attrs_int(attrs, RP__KEY_INPUT_TOKENS, usage->input_tokens);
    rp__attrs_int(attrs, RP__KEY_OUTPUT_TOKENS, usage->output_tokens);
    if (usage->cost_micro_usd != 0) {
        rp__attrs_int(attrs, RP__KEY_COST, usage->cost_micro_usd);
    }
}

static void add_faults(struct rp_span_fold *fold, struct rp__open_span *open,
    const struct rp_completion *c)
{
    struct rp__attrs *attrs = &fold->scratch;
    for (uint32_t i = 0; i < c->fault_count; i++) {
        const struct rp_fault_mark *mark = &c->faults[i];
        rp__attrs_true(&open->attrs, RP__KEY_FAULT_INJECTED);
        rp__attrs_begin(attrs);
        rp__attrs_word(attrs, RP__KEY_FAULT_RULE, mark->rule);
        rp__attrs_word(attrs, RP__KEY_FAULT_KIND, mark->fault);
        rp__attrs_digest(attrs, RP__KEY_FAULT_BEFORE, &mark->before);
        rp__attrs_digest(attrs, RP__KEY_FAULT_AFTER, &mark->after);
        rp__fold_event(fold, open, rp__event_name(RP__EVENT_FAULT_INJECTED));
    }
}

static void call_completed(struct rp_span_fold *fold,
    struct rp__open_span *open, const struct rp_completion *c)
{
    add_process(&open->attrs, c);
    add_streams(&open->attrs, c);
    add_times(&open->attrs, c);
    add_usage(&open->attrs, &c->usage);
    add_faults(fold, open, c);
    if (c->message[0] != '\0') {
        rp_buf_add_text(&open->message, c->message);
    }
    rp__fold_end(fold, open);
}

static void call_idle(struct rp_span_fold *fold, struct rp__open_span *open,
    struct rp_duration silent)
{
    rp__attrs_begin(&fold->scratch);
    rp__attrs_seconds(&fold->scratch, RP__KEY_SILENT, silent);
    rp__fold_event(fold, open, rp__event_name(RP__EVENT_IDLE));
}

void rp__fold_call_event(
    struct rp_span_fold *fold, const struct rp_event *event)
{
    struct rp__open_span *open =
        event->path == NULL ? NULL
                            : rp__span_set_find(&fold->set, RP_SPAN_ATTEMPT,
                                  attempt_of(event->path));
    if (open == NULL) {
        return;
    }
    switch (event->kind) {
    case RP_EVENT_CALL_IDLE:
        call_idle(fold, open, event->idle.silent);
        break;
    case RP_EVENT_CALL_COMPLETED:
        call_completed(fold, open, event->completed);
        break;
    case RP_EVENT_SESSION_STARTED:
    case RP_EVENT_TIMER_FIRED:
    case RP_EVENT_OPERATOR:
    case RP_EVENT_RESUMED:
        break;
    }
}

static const char *outcome_of(const struct rp__open_span *open)
{
    if (open->accepted) {
        return "ok";
    }
    if (open->span.status == RP_SPAN_ERROR) {
        return open->timed_out ? "timeout" : "error";
    }
    if (open->superseded) {
        return "superseded";
    }
    return open->cancelled ? "cancelled" : "error";
}

void rp__fold_attempt_ends(struct rp__open_span *open)
{
    rp__attrs_word(&open->attrs, RP__KEY_ATTEMPT_OUTCOME, outcome_of(open));
    if (open->span.status != RP_SPAN_ERROR) {
        rp_buf_reset(&open->message); /* goes with an error only */
    }
}
