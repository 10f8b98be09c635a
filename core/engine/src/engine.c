#include "engine_state.h"

#include <inttypes.h>
#include <string.h>

#define SESSION_CHUNK_BYTES (16u << 10)
#define STEP_CHUNK_BYTES (8u << 10)

struct rp_engine *rp_engine_new(
    const struct rp_plan *plan, const struct rp_engine_options *options)
{
    RP_ASSERT(plan != NULL);
    RP_ASSERT(options->engine_rev >= 1);
    RP_ASSERT(options->engine_rev <= RP_ENGINE_REV);
    struct rp_engine *e = rp_mem_zalloc(sizeof(*e));
    e->plan = plan;
    e->options = *options;
    e->session = rp_arena_new(SESSION_CHUNK_BYTES);
    e->step = rp_arena_new(STEP_CHUNK_BYTES);
    rp_buf_init(&e->scratch, RP_RECORD_BYTES_MAX);
    return e;
}

void rp_engine_free(struct rp_engine **engine)
{
    struct rp_engine *e = *engine;
    if (e == NULL) {
        return;
    }
    for (uint32_t i = 0; i < e->doc_count; i++) {
        rp_json_free(&e->docs[i]);
    }
    for (uint32_t i = 0; i < e->tree_count; i++) {
        cJSON_Delete(e->trees[i]);
    }
    rp_buf_fini(&e->scratch);
    rp_mem_free(e->docs);
    rp_mem_free(e->trees);
    rp_mem_free(e->tasks);
    rp_mem_free(e->calls);
    rp_mem_free(e->conflicts);
    rp_mem_free(e->timers.heap);
    rp_mem_free(e->emitted.decisions);
    rp_mem_free(e->emitted.actions);
    rp_mem_free(e->emitted.made);
    rp_arena_free(&e->session);
    rp_arena_free(&e->step);
    rp_mem_free(e);
    *engine = NULL;
}

/* ---- one step ---- */

static struct call *find_call(
    struct rp_engine *e, const struct rp_event *event, uint32_t number)
{
    const char *path = event->path;
    if (number >= 1 && number <= e->call_count) {
        struct call *call = e->calls[number - 1];
        if (path == NULL || strcmp(call->path, path) == 0) {
            return call;
        }
    }
    for (uint32_t i = 0; path != NULL && i < e->call_count; i++) {
        if (strcmp(e->calls[i]->path, path) == 0) {
            return e->calls[i];
        }
    }
    return NULL;
}

/* The open call an event speaks of; NULL and `err` set if there is none. */
static struct call *open_call(struct rp_engine *e, const struct rp_event *event,
    uint32_t number, struct rp_err *err)
{
    struct call *call = find_call(e, event, number);
    const char *path = event->path == NULL ? "" : event->path;
    if (call == NULL) {
        (void)rp_err_set(err, RP_E_STATE,
            "no call %" PRIu32 " '%s' was started", number, path);
        return NULL;
    }
    if (!call->open) {
        (void)rp_err_set(
            err, RP_E_STATE, "call '%s' has completed already", call->path);
        return NULL;
    }
    return call;
}

static bool session_may_go_on(
    struct rp_engine *e, const struct rp_event *event, struct rp_err *err)
{
    bool starting = event->kind == RP_EVENT_SESSION_STARTED;
    if (starting != (e->phase == PHASE_NEW)) {
        (void)rp_err_set(err, RP_E_STATE, "%s: the session has %s",
            rp_event_kind_name(event->kind),
            starting ? "begun already" : "not begun");
        return false;
    }
    if (e->phase == PHASE_ENDED) {
        (void)rp_err_set(err, RP_E_STATE, "%s: the session has ended",
            rp_event_kind_name(event->kind));
        return false;
    }
    return true;
}

/* Time runs forward, and no timer is passed over. */
static bool time_fits(
    struct rp_engine *e, const struct rp_event *event, struct rp_err *err)
{
    if (rp_instant_before(event->at, e->now)) {
        (void)rp_err_set(err, RP_E_STATE,
            "%s at %" PRId64 " ns is earlier than the event before it, at "
            "%" PRId64 " ns",
            rp_event_kind_name(event->kind), event->at.ns, e->now.ns);
        return false;
    }
    struct timer *first = rp__timer_first(e);
    bool due = first != NULL && !rp_instant_before(event->at, first->due);
    if (event->kind == RP_EVENT_TIMER_FIRED) {
        if (due && strcmp(rp__timer_name(e, first), event->timer.name) == 0) {
            return true;
        }
        (void)rp_err_set(err, RP_E_STATE,
            "timer '%s' fired at %" PRId64 " ns; the next timer is '%s'",
            event->timer.name, event->at.ns,
            first == NULL ? "none" : rp__timer_name(e, first));
        return false;
    }
    if (due) {
        (void)rp_err_set(err, RP_E_STATE,
            "%s at %" PRId64 " ns: timer '%s' was due at %" PRId64
            " ns and did not fire",
            rp_event_kind_name(event->kind), event->at.ns,
            rp__timer_name(e, first), first->due.ns);
    }
    return !due;
}

static void timer_fired(struct rp_engine *e)
{
    struct timer *timer = rp__timer_first(e);
    struct task *task = timer->task;
    timer->live = false;
    switch (timer->kind) {
    case TIMER_TIMEOUT:
        task->timeout_timer = NULL;
        rp__attempt_limit(
            e, task, RP_CLASS_TIMEOUT, RP_REASON_TIMEOUT, task->agent->timeout);
        break;
    case TIMER_DEADLINE:
        task->deadline_timer = NULL;
        rp__attempt_limit(e, task, RP_CLASS_TIMEOUT, RP_REASON_DEADLINE,
            task->agent->deadline);
        break;
    case TIMER_BACKOFF:
        task->backoff_timer = NULL;
        rp__task_dispatch(e, task);
        break;
    case TIMER_BUDGET_RESERVE:
    case TIMER_BUDGET_WALL:
        rp__session_budget(e, timer->kind);
        break;
    }
}

static enum rp_code take(
    struct rp_engine *e, const struct rp_event *event, struct rp_err *err)
{
    struct call *call = NULL;
    if (event->kind == RP_EVENT_CALL_IDLE) {
        call = open_call(e, event, event->idle.call, err);
    } else if (event->kind == RP_EVENT_CALL_COMPLETED) {
        call = open_call(e, event, event->completed->call, err);
    }
    bool needs_call = event->kind == RP_EVENT_CALL_IDLE ||
                      event->kind == RP_EVENT_CALL_COMPLETED;
    if (needs_call && call == NULL) {
        return RP_E_STATE;
    }
    e->now = event->at;
    switch (event->kind) {
    case RP_EVENT_SESSION_STARTED:
        rp__session_begin(e, event);
        break;
    case RP_EVENT_CALL_IDLE:
        if (!call->released) {
            rp__attempt_limit(e, call->task, RP_CLASS_IDLE, RP_REASON_IDLE,
                call->task->agent->idle);
        }
        break;
    case RP_EVENT_CALL_COMPLETED:
        rp__attempt_completed(e, call, event->completed);
        break;
    case RP_EVENT_TIMER_FIRED:
        timer_fired(e);
        break;
    case RP_EVENT_OPERATOR:
        rp__session_cancel(e, event->command.cause);
        break;
    case RP_EVENT_RESUMED:
        rp__session_resume(e, event->resumed.incarnation);
        break;
    }
    return RP_OK;
}

enum rp_code rp_engine_step(struct rp_engine *engine,
    const struct rp_event *event, struct rp_step *out, struct rp_err *err)
{
    struct rp_engine *e = engine;
    if (!session_may_go_on(e, event, err) || !time_fits(e, event, err)) {
        return RP_E_STATE;
    }
    rp_arena_reset(e->step);
    e->emitted.decision_count = 0;
    e->emitted.action_count = 0;
    e->emitted.made_count = 0;
    enum rp_code rc = take(e, event, err);
    if (rc != RP_OK) {
        return rc;
    }
    rp__session_settle(e);
    *out = (struct rp_step){
        .decisions = e->emitted.decisions,
        .decision_count = e->emitted.decision_count,
        .actions = e->emitted.actions,
        .action_count = e->emitted.action_count,
        .made = e->emitted.made,
        .made_count = e->emitted.made_count,
    };
    return RP_OK;
}

/* ---- questions ---- */

bool rp_engine_next_timer(
    const struct rp_engine *engine, struct rp_instant *due, const char **name)
{
    /* Looking drops dead timers from the heap, which nobody can tell. */
    struct timer *first = rp__timer_first((struct rp_engine *)engine);
    if (first == NULL) {
        return false;
    }
    *due = first->due;
    if (name != NULL) {
        *name = rp__timer_name(engine, first);
    }
    return true;
}

const char *rp_engine_call_path(const struct rp_engine *engine, uint32_t call)
{
    bool known = call >= 1 && call <= engine->call_count;
    return known ? engine->calls[call - 1]->path : NULL;
}

bool rp_engine_ended(const struct rp_engine *engine)
{
    return engine->phase == PHASE_ENDED;
}

enum rp_outcome rp_engine_outcome(const struct rp_engine *engine)
{
    return engine->phase == PHASE_ENDED ? engine->outcome : RP_OUTCOME_NONE;
}

struct rp_str rp_engine_output(const struct rp_engine *engine)
{
    return engine->output;
}

struct rp_str rp_engine_envelope(const struct rp_engine *engine)
{
    return engine->envelope;
}

static void check_task(const struct rp_engine *e, const struct task *task)
{
    bool runs = task->state == TASK_RUNNING;
    RP_ASSERT(runs == (task->current != NULL));
    RP_ASSERT(task->timeout_timer == NULL || runs);
    RP_ASSERT(task->backoff_timer == NULL || task->state == TASK_BACKOFF);
    bool ended = task->state == TASK_ENDED;
    RP_ASSERT(ended == (task->status != RP_TASK_ACTIVE));
    RP_ASSERT(!ended || task->deadline_timer == NULL);
    RP_ASSERT(task->attempt <= e->attempts_started);
}

void rp_engine_check(const struct rp_engine *engine)
{
    const struct rp_engine *e = engine;
    uint32_t open_count = 0;
    for (uint32_t i = 0; i < e->call_count; i++) {
        open_count += e->calls[i]->open ? 1 : 0;
    }
    RP_ASSERT(open_count == e->in_flight);
    RP_ASSERT(e->in_flight <= e->plan->concurrency);
    for (uint32_t i = 0; i < e->task_count; i++) {
        check_task(e, e->tasks[i]);
    }
    RP_ASSERT(e->phase != PHASE_ENDED || e->in_flight == 0);
    RP_ASSERT(e->phase != PHASE_ENDED || e->queue_head == NULL);
}

/* ---- memory ---- */

struct rp_buf *rp__scratch(struct rp_engine *e)
{
    rp_buf_reset(&e->scratch);
    return &e->scratch;
}

const cJSON *rp__keep_tree(struct rp_engine *e, cJSON *owned)
{
    RP_ASSERT(owned != NULL);
    e->trees =
        rp_mem_room(e->trees, e->tree_count, &e->tree_room, sizeof(cJSON *));
    e->trees[e->tree_count++] = owned;
    return owned;
}

const cJSON *rp__keep_doc(struct rp_engine *e, struct rp_json_doc *owned)
{
    e->docs = rp_mem_room(
        e->docs, e->doc_count, &e->doc_room, sizeof(struct rp_json_doc *));
    e->docs[e->doc_count++] = owned;
    return rp_json_root(owned);
}
