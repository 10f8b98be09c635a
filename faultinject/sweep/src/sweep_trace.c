/* Steps folded into a trace while the ordinary runner plays the recording. */
#include <reprise/sweep_trace.h>

#include <stdlib.h>
#include <string.h>

#include <reprise/fault_inject.h>
#include <reprise/store_watch.h>

struct folding {
    struct rp_sweep_trace *trace;
    const struct rp_sweep_ground *ground;
    const struct rp_fault_rules *rules;
    struct rp_recording *live; /* what is folded was recorded; NULL: it runs */
};

/* Room for one more in an array of the arena. */
static void *room(struct rp_arena *arena, void *items, uint32_t count,
    uint32_t *room, size_t size)
{
    if (count < *room) {
        return items;
    }
    *room = *room == 0 ? 8 : *room * 2;
    void *more = rp_arena_array(arena, *room, size);
    if (count > 0) {
        memcpy(more, items, count * size);
    }
    return more;
}

/* ---- tasks and attempts ---- */

static struct rp_sweep_task *task_of(
    const struct rp_sweep_trace *t, struct rp_str path)
{
    for (uint32_t i = t->task_count; i > 0; i--) {
        if (rp_str_is(path, t->tasks[i - 1].path)) {
            return &t->tasks[i - 1];
        }
    }
    return NULL;
}

const struct rp_sweep_task *rp_sweep_trace_task(
    const struct rp_sweep_trace *trace, const char *path)
{
    return task_of(trace, rp_str_of(path));
}

/* Of "gather/labs@2" or "gather/labs@2/call:1". */
static struct rp_sweep_attempt *attempt_of(
    const struct rp_sweep_trace *t, const char *path)
{
    const char *at = strrchr(path, '@');
    if (at == NULL) {
        return NULL;
    }
    struct rp_sweep_task *task =
        task_of(t, (struct rp_str){path, (size_t)(at - path)});
    unsigned long number = strtoul(at + 1, NULL, 10);
    if (task == NULL || number == 0 || number > task->attempt_count) {
        return NULL;
    }
    return &task->attempts[number - 1];
}

static struct rp_digest digest_attr(
    const struct rp_decision *d, const char *name)
{
    struct rp_digest digest = {{0}};
    const struct rp_attr *attr = rp_decision_attr(d, name);
    if (attr != NULL) {
        (void)rp_digest_parse(attr->text, &digest); /* stays zero if not */
    }
    return digest;
}

/* The names in an attribute that is a list, in the arena. */
static const char **names_attr(struct rp_arena *arena,
    const struct rp_decision *d, const char *name, uint32_t *count)
{
    const struct rp_attr *attr = rp_decision_attr(d, name);
    *count = attr == NULL ? 0 : attr->item_count;
    const char **names =
        rp_arena_array(arena, (size_t)*count + 1, sizeof(const char *));
    for (uint32_t i = 0; i < *count; i++) {
        names[i] = rp_arena_dup(arena, attr->items[i]);
    }
    return names;
}

static void begin_task(
    struct rp_sweep_trace *t, const struct rp_decision *d, struct rp_instant at)
{
    t->tasks = room(t->arena, t->tasks, t->task_count, &t->task_room,
        sizeof(struct rp_sweep_task));
    t->tasks[t->task_count++] = (struct rp_sweep_task){
        .path = rp_arena_dup(t->arena, rp_str_of(d->path)),
        .synthesis = rp_decision_attr(d, "role") != NULL,
        .began = at,
        .ended = RP_INSTANT_NEVER,
        .input = digest_attr(d, "input"),
    };
    struct rp_sweep_task *task = &t->tasks[t->task_count - 1];
    task->from = names_attr(t->arena, d, "from", &task->from_count);
}

/* Lists that are empty are not written. */
static void note_sources(struct rp_sweep_trace *t, const struct rp_decision *d)
{
    struct rp_sweep_task *task = task_of(t, rp_str_of(d->path));
    const struct rp_attr *unresolved = rp_decision_attr(d, "unresolved");
    if (task != NULL) {
        task->cites = rp_decision_attr(d, "cited") != NULL ||
                      rp_decision_attr(d, "uncited") != NULL ||
                      unresolved != NULL;
        task->unresolved = unresolved == NULL ? 0 : unresolved->item_count;
    }
}

static void end_task(
    struct rp_sweep_trace *t, const struct rp_decision *d, struct rp_instant at)
{
    struct rp_sweep_task *task = task_of(t, rp_str_of(d->path));
    const struct rp_attr *status = rp_decision_attr(d, "status");
    const struct rp_attr *class = rp_decision_attr(d, "class");
    if (task == NULL || status == NULL) {
        return;
    }
    (void)rp_task_status_parse(status->text, &task->status);
    if (class != NULL) {
        (void)rp_class_parse(class->text, &task->class);
    }
    task->reason = d->reason;
    task->ended = at;
    task->output = digest_attr(d, "output");
    task->end_count++;
}

static bool looks_for_canary(const struct folding *f)
{
    for (uint32_t i = 0; i < f->rules->count; i++) {
        if (f->rules->items[i].kind == RP_FAULT_SEM_CANARY) {
            return true;
        }
    }
    return false;
}

static bool contains(struct rp_str text, struct rp_str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (memcmp(text.ptr + i, part.ptr, part.len) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether what a worker is given has the mark in it; what a live one was given
 * is in its recording. */
static bool has_canary(const struct folding *f, const struct rp_call *call)
{
    struct rp_str input = call->input;
    if (!looks_for_canary(f)) {
        return false;
    }
    if (f->live != NULL && rp_recording_payload(&input, f->live,
                               &call->input_digest, NULL) != RP_OK) {
        return false;
    }
    return contains(input, RP_STR(RP_FAULT_CANARY));
}

/* The plan of a live recording does not live as long as the trace. */
static const struct rp_plan_agent *agent_of(
    const struct folding *f, const struct rp_call *call)
{
    return f->live == NULL
               ? call->agent
               : rp_plan_agent(f->ground->plan, rp_str_of(call->agent->name));
}

static void start_attempt(
    struct folding *f, const struct rp_call *call, struct rp_instant at)
{
    struct rp_sweep_trace *t = f->trace;
    struct rp_sweep_task *task = task_of(t, rp_str_of(call->task));
    if (task == NULL) {
        return;
    }
    task->agent = agent_of(f, call);
    task->canary = task->canary || has_canary(f, call);
    task->attempts = room(t->arena, task->attempts, task->attempt_count,
        &task->attempt_room, sizeof(struct rp_sweep_attempt));
    task->attempts[task->attempt_count++] =
        (struct rp_sweep_attempt){.began = at};
}

static void end_attempt(
    struct rp_sweep_trace *t, const char *path, enum rp_reason reason)
{
    struct rp_sweep_attempt *attempt = attempt_of(t, path);
    if (attempt != NULL && attempt->reason == RP_REASON_NONE) {
        attempt->reason = reason;
    }
}

/* ---- what faults did to a call ---- */

static struct rp_str last_line(struct rp_str bytes)
{
    bytes = rp_str_trim(bytes);
    for (size_t i = bytes.len; i > 0; i--) {
        if (bytes.ptr[i - 1] == '\n') {
            return (struct rp_str){bytes.ptr + i, bytes.len - i};
        }
    }
    return bytes;
}

/* Other bytes can be the same document. */
static bool says_the_same(struct rp_memo *memo, enum rp_stdout_mode mode,
    struct rp_str before, struct rp_str after)
{
    struct rp_digest was, is;
    if (mode == RP_STDOUT_TEXT) {
        return rp_str_equal(before, after);
    }
    if (mode == RP_STDOUT_JSONL) {
        before = last_line(before);
        after = last_line(after);
    }
    return rp_memo_key(&was, memo, before) && rp_memo_key(&is, memo, after) &&
           rp_digest_equal(&was, &is);
}

static uint64_t rule_bit(const struct folding *f, const char *id)
{
    for (uint32_t i = 0; i < f->rules->count; i++) {
        if (strcmp(f->rules->items[i].id, id) == 0) {
            return UINT64_C(1) << i;
        }
    }
    return 0;
}

static bool is_accepted(const struct rp_step *step)
{
    for (uint32_t i = 0; i < step->decision_count; i++) {
        if (step->decisions[i].kind == RP_DECISION_ACCEPTED) {
            return true;
        }
    }
    return false;
}

/* What a live worker wrote before it was altered is not kept; it may have
 * written the same when it was recorded. */
static bool find_bytes(
    const struct folding *f, const struct rp_digest *digest, struct rp_str *out)
{
    struct rp_recording *recorded = f->ground->recording;
    return !rp_digest_is_zero(digest) &&
           ((f->live != NULL &&
                rp_recording_payload(out, f->live, digest, NULL) == RP_OK) ||
               rp_recording_payload(out, recorded, digest, NULL) == RP_OK);
}

/* From the first mark that changed the output, to what was delivered. */
static bool is_altered(const struct folding *f,
    const struct rp_sweep_task *task, const struct rp_completion *c)
{
    for (uint32_t i = 0; i < c->fault_count; i++) {
        struct rp_str before;
        const struct rp_fault_mark *mark = &c->faults[i];
        if (rp_digest_is_zero(&mark->before) &&
            rp_digest_is_zero(&mark->after)) {
            continue;
        }
        if (!find_bytes(f, &mark->before, &before)) {
            return true;
        }
        return !says_the_same(
            f->ground->memo, task->agent->stdout_mode, before, c->output);
    }
    return false;
}

static void fold_completion(
    struct folding *f, const struct rp_event *event, const struct rp_step *step)
{
    const struct rp_completion *c = event->completed;
    struct rp_sweep_trace *t = f->trace;
    struct rp_sweep_attempt *attempt = attempt_of(t, event->path);
    t->survivor_count += c->survivor_count;
    if (attempt == NULL) {
        return;
    }
    attempt->took = c->duration;
    for (uint32_t i = 0; i < c->fault_count; i++) {
        attempt->rules |= rule_bit(f, c->faults[i].rule);
    }
    t->fired |= attempt->rules;
    if (c->fault_count > 0 && is_accepted(step)) {
        const char *at = strrchr(event->path, '@');
        struct rp_str path = {event->path, (size_t)(at - event->path)};
        attempt->altered = is_altered(f, task_of(t, path), c);
    }
}

/* Another process goes on: the first crash fired that was due by now. */
static void fold_resumed(struct folding *f)
{
    for (uint32_t i = 0; i < f->rules->count; i++) {
        const struct rp_fault_rule *rule = &f->rules->items[i];
        uint64_t bit = UINT64_C(1) << i;
        if (rule->kind == RP_FAULT_CRASH && (f->trace->fired & bit) == 0 &&
            rule->nth.first <= f->trace->record_count) {
            f->trace->fired |= bit;
            return;
        }
    }
}

/* ---- the rest of a step ---- */

static void add_name(struct rp_sweep_trace *t, const char ***names,
    uint32_t *count, uint32_t *names_room, struct rp_str name)
{
    *names = room(t->arena, *names, *count, names_room, sizeof(const char *));
    (*names)[(*count)++] = rp_arena_dup(t->arena, name);
}

static uint32_t number_attr(const struct rp_decision *d, const char *name)
{
    const struct rp_attr *attr = rp_decision_attr(d, name);
    return attr == NULL ? 0 : (uint32_t)attr->number;
}

static void end_session(
    struct rp_sweep_trace *t, const struct rp_decision *d, struct rp_instant at)
{
    const struct rp_attr *outcome = rp_decision_attr(d, "outcome");
    if (outcome != NULL) {
        (void)rp_outcome_parse(outcome->text, &t->outcome);
    }
    t->reason = d->reason;
    t->ended = at;
    t->requested = number_attr(d, "requested");
    t->delivered = number_attr(d, "delivered");
    t->output = digest_attr(d, "output");
}

static void fold_decision(
    struct rp_sweep_trace *t, const struct rp_decision *d, struct rp_instant at)
{
    if (d->kind == RP_DECISION_TASK_BEGAN) {
        begin_task(t, d, at);
    } else if (d->kind == RP_DECISION_TASK_ENDED) {
        end_task(t, d, at);
    } else if (d->kind == RP_DECISION_SESSION_ENDED) {
        end_session(t, d, at);
    } else if (d->kind == RP_DECISION_NODE_ENDED &&
               d->reason == RP_REASON_NEED_NOT_MET) {
        add_name(
            t, &t->unmet, &t->unmet_count, &t->unmet_room, rp_str_of(d->path));
    } else if (d->kind == RP_DECISION_SYNTHESIS) {
        note_sources(t, d);
    } else if (d->kind == RP_DECISION_CONFLICT) {
        const struct rp_attr *key = rp_decision_attr(d, "key");
        add_name(t, &t->conflicts, &t->conflict_count, &t->conflict_room,
            key == NULL ? RP_STR("") : key->text);
    } else if (d->kind == RP_DECISION_ACCEPTED ||
               d->kind == RP_DECISION_REJECTED ||
               d->kind == RP_DECISION_TIMED_OUT) {
        end_attempt(t, d->path, d->reason);
    }
}

static void fold_action(
    struct folding *f, const struct rp_action *action, struct rp_instant at)
{
    if (action->kind == RP_ACTION_START_CALL) {
        start_attempt(f, &action->start, at);
    } else if (action->kind == RP_ACTION_CANCEL_CALL) {
        end_attempt(f->trace, action->cancel.path, action->cancel.reason);
    }
}

static void fold(
    struct folding *f, const struct rp_event *event, const struct rp_step *step)
{
    if (event->kind == RP_EVENT_CALL_COMPLETED) {
        fold_completion(f, event, step);
    } else if (event->kind == RP_EVENT_RESUMED) {
        fold_resumed(f);
    }
    for (uint32_t i = 0; i < step->decision_count; i++) {
        fold_decision(f->trace, &step->decisions[i], event->at);
    }
    for (uint32_t i = 0; i < step->action_count; i++) {
        fold_action(f, &step->actions[i], event->at);
    }
    f->trace->record_count++;
}

static void see(void *context, const struct rp_record *record)
{
    struct folding *self = context;
    fold(self, record->event, record->step);
    self->trace->digest = record->digest;
}

/* ---- playing ---- */

static struct rp_transport *inject(
    void *context, struct rp_transport *inner, struct rp_clock *clock)
{
    const struct folding *f = context;
    struct rp_transport *t =
        rp_fault_inject_new(inner, f->rules, clock, f->ground->seed);
    rp_fault_inject_recall(t, f->ground->memo);
    return t;
}

enum rp_code rp_sweep_play(struct rp_sweep_trace *trace,
    const struct rp_sweep_ground *ground, const struct rp_fault_rules *rules,
    struct rp_err *err)
{
    struct rp_session_head head = rp_rerun_head(ground->recording);
    struct rp_rerun_result result = {.arena = NULL};
    struct folding folding = {
        .trace = trace,
        .ground = ground,
        .rules = rules,
    };
    struct rp_store_watch watch;
    uint64_t deaths[RP_FAULT_RULES_MAX];
    uint32_t death_count = rp_fault_rules_deaths(rules, deaths);
    rp_store_watch_init(&watch, see, &folding);
    struct rp_rerun rerun = {
        .source = ground->recording,
        .plan = ground->plan,
        .head = &head,
        .changed = ground->changed,
        .mended = true,
        .wrap = rules->count == death_count ? NULL : inject,
        .wrap_context = &folding,
        .deaths = deaths,
        .death_count = death_count,
        .store = &watch.base,
        .bare = true,
        .steps_only = !ground->digest && death_count == 0,
        .memo = ground->memo,
    };
    if (ground->plan != NULL) {
        head.plan = ground->plan->digest;
        head.plan_name = rp_str_of(ground->plan->name);
    }
    head.seed = ground->seed;
    rp_sweep_trace_reset(trace);
    enum rp_code rc = rp_rerun(&rerun, &result, err);
    if (rc == RP_OK && ground->envelope) {
        trace->envelope =
            rp_arena_dup(trace->arena, rp_str_of(result.run.envelope));
    }
    rp_rerun_result_fini(&result);
    return rc;
}

enum rp_code rp_sweep_trace_of(struct rp_sweep_trace *trace,
    const struct rp_sweep_ground *ground, struct rp_recording *live,
    const struct rp_fault_rules *rules, struct rp_err *err)
{
    struct folding f = {
        .trace = trace, .ground = ground, .rules = rules, .live = live};
    uint32_t count = 0;
    const struct rp_recorded *records = rp_recording_records(live, &count);
    enum rp_code rc = RP_OK;
    rp_sweep_trace_reset(trace);
    for (uint32_t i = 0; i < count && rc == RP_OK; i++) {
        struct rp_event event = records[i].event;
        struct rp_completion completion;
        rc = rp_recording_fill(live, &event, &completion, err);
        if (rc == RP_OK) {
            fold(&f, &event, &records[i].step);
        }
    }
    trace->digest = rp_recording_chain(live);
    return rc;
}

void rp_sweep_trace_reset(struct rp_sweep_trace *trace)
{
    struct rp_arena *arena = trace->arena;
    if (arena == NULL) {
        arena = rp_arena_new(16u << 10);
    }
    rp_arena_reset(arena);
    *trace = (struct rp_sweep_trace){.arena = arena, .ended = RP_INSTANT_NEVER};
}

void rp_sweep_trace_fini(struct rp_sweep_trace *trace)
{
    rp_arena_free(&trace->arena);
    *trace = (struct rp_sweep_trace){.arena = NULL};
}
