#include "view.h"

#include <string.h>

#define INDEX_ROOM_MIN 64u

/* ---- items by path ---- */

static uint32_t hash_of(struct rp_str text)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char)text.ptr[i]) * 16777619u;
    }
    return hash;
}

static void index_put(struct rp__view *view, struct rp__item *item)
{
    uint32_t slot = hash_of(rp_str_of(item->path)) & (view->index_room - 1);
    item->next_hash = view->index[slot];
    view->index[slot] = item;
}

static void index_grow(struct rp__view *view)
{
    struct rp__item **old = view->index;
    uint32_t old_room = view->index_room;
    view->index_room = old_room == 0 ? INDEX_ROOM_MIN : old_room * 2;
    view->index = rp_mem_array(view->index_room, sizeof(struct rp__item *));
    for (uint32_t i = 0; i < old_room; i++) {
        for (struct rp__item *item = old[i], *next; item != NULL; item = next) {
            next = item->next_hash;
            index_put(view, item);
        }
    }
    rp_mem_free(old);
}

struct rp__item *rp__view_find(const struct rp__view *view, struct rp_str path)
{
    struct rp__item *item = view->index[hash_of(path) & (view->index_room - 1)];
    while (item != NULL && !rp_str_is(path, item->path)) {
        item = item->next_hash;
    }
    return item;
}

static struct rp__item *item_new(struct rp__view *view, struct rp__item *parent,
    struct rp_str path, struct rp_str name)
{
    struct rp__item *item = rp_arena_alloc(view->arena, sizeof(*item));
    item->path = rp_arena_dup(view->arena, path);
    item->name = rp_arena_dup(view->arena, name);
    item->kind = RP__ITEM_NODE;
    item->agent = item->detail = "";
    item->began = item->ended = item->retry_at = RP_INSTANT_NEVER;
    item->parent = parent;
    if (parent != NULL) {
        *(parent->first == NULL ? &parent->first : &parent->last->next) = item;
        parent->last = item;
        parent->child_count++;
    }
    if (view->item_count++ >= view->index_room) {
        index_grow(view);
    }
    index_put(view, item);
    return item;
}

/* The item at `path`, made with those above it when it is new. */
static struct rp__item *item_at(struct rp__view *view, struct rp_str path)
{
    struct rp__item *item = rp__view_find(view, path);
    if (item != NULL) {
        return item;
    }
    if (path.len > RP_PATH_LEN_MAX) { /* no engine made that */
        return view->root;
    }
    size_t slash = path.len;
    while (slash > 0 && path.ptr[slash - 1] != '/') {
        slash--;
    }
    struct rp_str name = {path.ptr + slash, path.len - slash};
    struct rp_str above = {path.ptr, slash > 0 ? slash - 1 : 0};
    struct rp__item *parent = item_at(view, above);
    item = item_new(view, parent, path, name);
    item->fallback = rp_str_is(name, "$fallback");
    return item;
}

/* "gather/$aggregate" speaks of "gather". */
static struct rp__item *item_of_aggregate(
    struct rp__view *view, struct rp_str path)
{
    struct rp_str suffix = RP_STR("$aggregate");
    if (rp_str_ends(path, suffix)) {
        path.len -= suffix.len;
        path.len -= path.len > 0 ? 1 : 0;
    }
    return item_at(view, path);
}

/* ---- the plan ---- */

static void take_node(struct rp__view *view, struct rp__item *item,
    const struct rp_plan_node *node)
{
    item->node = node;
    if (node->kind == RP_NODE_AGENT) {
        item->kind = RP__ITEM_TASK;
        item->agent = node->agent->name;
        item->synthesis = node->role == RP_ROLE_SYNTHESIS;
    }
    for (uint32_t i = 0; i < node->child_count; i++) {
        const struct rp_plan_node *child = node->children[i];
        struct rp_str name = rp_str_of(child->id);
        const char *path =
            item->path[0] == '\0'
                ? child->id
                : rp_arena_printf(view->arena, "%s/%s", item->path, child->id);
        take_node(view, item_new(view, item, rp_str_of(path), name), child);
    }
}

void rp__view_init(struct rp__view *view, const struct rp_plan *plan)
{
    *view = (struct rp__view){.arena = rp_arena_new(16u << 10)};
    view->plan_name = view->detail = "";
    index_grow(view);
    view->root = item_new(view, NULL, RP_STR(""), RP_STR(""));
    view->root->kind = RP__ITEM_SESSION;
    if (plan == NULL) {
        return;
    }
    view->plan_name = plan->name;
    if (plan->flow->id[0] == '\0') {
        take_node(view, view->root, plan->flow);
    } else {
        struct rp_str id = rp_str_of(plan->flow->id);
        take_node(view, item_new(view, view->root, id, id), plan->flow);
    }
    view->root->kind = RP__ITEM_SESSION;
}

void rp__view_fini(struct rp__view *view)
{
    rp_mem_free(view->index);
    rp_arena_free(&view->arena);
    *view = (struct rp__view){0};
}

/* ---- tries ---- */

static struct rp__try *try_of(struct rp__item *item, uint32_t number)
{
    struct rp__try *t = item->tries;
    while (t != NULL && t->number != number) {
        t = t->next;
    }
    return t;
}

/* "gather/labs@2" and "gather/labs@2/call:1" as task and number. */
static bool split_try(struct rp_str path, struct rp_str *task, uint32_t *number)
{
    struct rp_str rest;
    *task = rp_str_cut(path, '@', &rest);
    uint64_t value = 0;
    size_t digits = 0;
    while (digits < rest.len && digits < 9 && rest.ptr[digits] >= '0' &&
           rest.ptr[digits] <= '9') {
        value = value * 10 + (uint64_t)(rest.ptr[digits++] - '0');
    }
    *number = (uint32_t)value;
    return digits > 0 && (digits == rest.len || rest.ptr[digits] == '/');
}

struct rp__try *rp__view_find_try(
    const struct rp__view *view, struct rp_str path)
{
    struct rp_str task;
    uint32_t number;
    if (!split_try(path, &task, &number)) {
        return NULL;
    }
    struct rp__item *item = rp__view_find(view, task);
    return item == NULL ? NULL : try_of(item, number);
}

/* ---- attributes ---- */

static const char *text_of(
    struct rp__view *view, const struct rp_decision *d, const char *name)
{
    const struct rp_attr *attr = rp_decision_attr(d, name);
    return attr == NULL || attr->type != RP_ATTR_TEXT
               ? ""
               : rp_arena_dup(view->arena, attr->text);
}

static int64_t int_of(const struct rp_decision *d, const char *name)
{
    const struct rp_attr *attr = rp_decision_attr(d, name);
    return attr == NULL ? 0 : attr->number;
}

static void class_of(const struct rp_decision *d, enum rp_class *out)
{
    const struct rp_attr *attr = rp_decision_attr(d, "class");
    if (attr == NULL || !rp_class_parse(attr->text, out)) {
        *out = RP_CLASS_NONE;
    }
}

static void digest_of(
    const struct rp_decision *d, const char *name, struct rp_digest *out)
{
    const struct rp_attr *attr = rp_decision_attr(d, name);
    if (attr == NULL || !rp_digest_parse(attr->text, out)) {
        *out = (struct rp_digest){{0}};
    }
}

static uint32_t list_of(struct rp__view *view, const struct rp_decision *d,
    const char *name, const char *const **out)
{
    const struct rp_attr *attr = rp_decision_attr(d, name);
    if (attr == NULL || attr->type != RP_ATTR_LIST) {
        return 0;
    }
    const char **items =
        rp_arena_array(view->arena, attr->item_count, sizeof(char *));
    for (uint32_t i = 0; i < attr->item_count; i++) {
        items[i] = rp_arena_dup(view->arena, attr->items[i]);
    }
    *out = items;
    return attr->item_count;
}

/* ---- decisions ---- */

static void task_began(
    struct rp__view *view, const struct rp_decision *d, struct rp_instant at)
{
    struct rp__item *item = item_at(view, rp_str_of(d->path));
    item->kind = RP__ITEM_TASK;
    item->agent = text_of(view, d, "agent");
    item->synthesis = rp_decision_attr(d, "role") != NULL;
    item->state = RP__ITEM_WAITING;
    item->began = at;
    item->input_bytes = (uint64_t)int_of(d, "input_bytes");
    digest_of(d, "input", &item->input);
    view->task_count++;
    view->requested += !item->fallback;
}

static void ended(struct rp__view *view, struct rp__item *item,
    const struct rp_decision *d, struct rp_instant at)
{
    const struct rp_attr *status = rp_decision_attr(d, "status");
    if (status == NULL || !rp_task_status_parse(status->text, &item->status)) {
        item->status = RP_TASK_FAILED;
    }
    item->state = RP__ITEM_ENDED;
    item->ended = at;
    item->reason = d->reason;
    class_of(d, &item->class);
    item->detail = text_of(view, d, "detail");
    if (rp_decision_attr(d, "output") !=
        NULL) { /* else that of the aggregate */
        digest_of(d, "output", &item->output);
    }
}

static void task_ended(
    struct rp__view *view, const struct rp_decision *d, struct rp_instant at)
{
    struct rp__item *item = item_at(view, rp_str_of(d->path));
    ended(view, item, d, at);
    view->delivered += !item->fallback && (item->status == RP_TASK_OK ||
                                              item->status == RP_TASK_FALLBACK);
}

static void node_began(
    struct rp__view *view, const struct rp_decision *d, struct rp_instant at)
{
    struct rp__item *item = item_at(view, rp_str_of(d->path));
    item->state = RP__ITEM_RUNNING;
    item->began = at;
}

static void skipped(
    struct rp__view *view, const struct rp_decision *d, struct rp_instant at)
{
    struct rp__item *item = item_at(view, rp_str_of(d->path));
    item->state = RP__ITEM_ENDED;
    item->status = RP_TASK_SKIPPED;
    item->reason = d->reason;
    item->ended = at;
}

static void try_judged(
    struct rp__view *view, const struct rp_decision *d, bool accepted)
{
    struct rp__try *t = rp__view_find_try(view, rp_str_of(d->path));
    if (t == NULL) {
        return;
    }
    t->accepted = accepted;
    t->reason = d->reason;
    class_of(d, &t->class);
    t->detail = text_of(view, d, "detail");
    t->warning = text_of(view, d, "warning");
}

static void timed_out(
    struct rp__view *view, const struct rp_decision *d, struct rp_instant at)
{
    struct rp__try *t = rp__view_find_try(view, rp_str_of(d->path));
    if (t != NULL) {
        t->reason = d->reason;
        t->class =
            d->reason == RP_REASON_IDLE ? RP_CLASS_IDLE : RP_CLASS_TIMEOUT;
        t->released = at;
    }
}

static void retry(
    struct rp__view *view, const struct rp_decision *d, struct rp_instant at)
{
    struct rp__item *item = item_at(view, rp_str_of(d->path));
    item->state = RP__ITEM_PAUSED;
    item->retry_at =
        rp_instant_add(at, (struct rp_duration){int_of(d, "delay_ns")});
    item->reason = d->reason;
}

static void conflict(struct rp__view *view, const struct rp_decision *d)
{
    struct rp__item *item = item_of_aggregate(view, rp_str_of(d->path));
    struct rp__conflict *c = rp_arena_alloc(view->arena, sizeof(*c));
    c->key = text_of(view, d, "key");
    c->kind = text_of(view, d, "kind");
    c->resolution = text_of(view, d, "resolution");
    c->chosen = text_of(view, d, "chosen");
    c->source_count = list_of(view, d, "sources", &c->sources);
    c->values = NULL;
    *(item->conflicts == NULL ? &item->conflicts : &item->last_conflict->next) =
        c;
    item->last_conflict = c;
}

static void aggregated(struct rp__view *view, const struct rp_decision *d)
{
    struct rp__item *item = item_of_aggregate(view, rp_str_of(d->path));
    item->aggregated = true;
    digest_of(d, "output", &item->output);
}

static void synthesis(struct rp__view *view, const struct rp_decision *d)
{
    struct rp__item *item = item_at(view, rp_str_of(d->path));
    item->given_count = list_of(view, d, "given", &item->given);
    item->cited_count = list_of(view, d, "cited", &item->cited);
    item->unresolved_count = list_of(view, d, "unresolved", &item->unresolved);
}

static void session_ended(
    struct rp__view *view, const struct rp_decision *d, struct rp_instant at)
{
    const struct rp_attr *outcome = rp_decision_attr(d, "outcome");
    if (outcome == NULL || !rp_outcome_parse(outcome->text, &view->outcome)) {
        view->outcome = RP_OUTCOME_FAILED;
    }
    view->reason = d->reason;
    view->detail = text_of(view, d, "detail");
    view->requested = int_of(d, "requested");
    view->delivered = int_of(d, "delivered");
    view->root->state = RP__ITEM_ENDED;
    view->root->ended = at;
    digest_of(d, "output", &view->root->output);
}

static void queued(struct rp__view *view, const struct rp_decision *d)
{
    item_at(view, rp_str_of(d->path))->state = RP__ITEM_QUEUED;
}

static void session_began(
    struct rp__view *view, const struct rp_decision *d, struct rp_instant at)
{
    view->plan_name = text_of(view, d, "plan");
    view->root->state = RP__ITEM_RUNNING;
    view->root->began = at;
}

static void add_decision(
    struct rp__view *view, const struct rp_decision *d, struct rp_instant at)
{
    switch (d->kind) {
    case RP_DECISION_SESSION_BEGAN:
        session_began(view, d, at);
        break;
    case RP_DECISION_NODE_BEGAN:
        node_began(view, d, at);
        break;
    case RP_DECISION_NODE_ENDED:
        ended(view, item_at(view, rp_str_of(d->path)), d, at);
        break;
    case RP_DECISION_TASK_BEGAN:
        task_began(view, d, at);
        break;
    case RP_DECISION_TASK_QUEUED:
        queued(view, d);
        break;
    case RP_DECISION_TASK_ENDED:
        task_ended(view, d, at);
        break;
    case RP_DECISION_ACCEPTED:
    case RP_DECISION_REJECTED:
        try_judged(view, d, d->kind == RP_DECISION_ACCEPTED);
        break;
    case RP_DECISION_RETRY:
        retry(view, d, at);
        break;
    case RP_DECISION_TIMED_OUT:
        timed_out(view, d, at);
        break;
    case RP_DECISION_CONFLICT:
        conflict(view, d);
        break;
    case RP_DECISION_AGGREGATED:
        aggregated(view, d);
        break;
    case RP_DECISION_SYNTHESIS:
        synthesis(view, d);
        break;
    case RP_DECISION_BUDGET:
        view->budget = d->reason;
        break;
    case RP_DECISION_CANCEL:
        view->cancel_cause = d->reason;
        break;
    case RP_DECISION_SKIPPED:
        skipped(view, d, at);
        break;
    case RP_DECISION_SESSION_ENDED:
        session_ended(view, d, at);
        break;
    case RP_DECISION_FALLBACK:
    case RP_DECISION_RELEASED:
    case RP_DECISION_LATE_RESULT:
    case RP_DECISION_MISSING:
    case RP_DECISION_RESUMED:
    case RP_DECISION_COUNT:
        break;
    }
}

/* ---- actions and events ---- */

static void start_call(
    struct rp__view *view, const struct rp_call *call, struct rp_instant at)
{
    struct rp__item *item = item_at(view, rp_str_of(call->task));
    struct rp__try *t = rp_arena_alloc(view->arena, sizeof(*t));
    t->number = call->attempt;
    t->call = call->number;
    t->path = rp_arena_printf(view->arena, "%s@%u", call->task, call->attempt);
    t->began = at;
    t->ended = t->released = RP_INSTANT_NEVER;
    t->detail = t->warning = t->fault = t->message = t->said = "";
    t->exit_status = -1;
    t->agent = call->agent;
    t->input = call->input_digest;
    *(item->tries == NULL ? &item->tries : &item->last_try->next) = t;
    item->last_try = t;
    item->try_count++;
    item->state = RP__ITEM_RUNNING;
    item->kind = RP__ITEM_TASK;
    view->attempt_count++;
    view->running_count++;
}

static void cancel_call(
    struct rp__view *view, const struct rp_action *action, struct rp_instant at)
{
    struct rp__try *t = rp__view_find_try(view, rp_str_of(action->cancel.path));
    if (t != NULL && !t->cancelled) {
        t->cancelled = true;
        t->reason =
            t->reason == RP_REASON_NONE ? action->cancel.reason : t->reason;
        t->released = rp_instant_min(t->released, at);
    }
}

static void call_completed(struct rp__view *view, const struct rp_event *event)
{
    const struct rp_completion *c = event->completed;
    struct rp__try *t = rp__view_find_try(view, rp_str_of(event->path));
    if (t == NULL) {
        return;
    }
    t->completed = true;
    t->ended = event->at;
    t->end = c->end;
    t->exit_status = c->exit_status;
    t->signal = c->signal;
    t->pid = c->pid;
    t->kill_sent = c->kill_sent;
    t->pipe_held = c->pipe_held;
    t->survivor_count = c->survivor_count;
    t->output_bytes = c->output_bytes;
    t->diagnostics_bytes = c->diagnostics_bytes;
    t->output = c->output_digest;
    t->diagnostics = c->diagnostics_digest;
    t->log = c->log_digest;
    t->usage = c->usage;
    t->message = rp_arena_dup(view->arena, rp_str_of(c->message));
    if (c->fault_count > 0) {
        t->fault = rp_arena_printf(
            view->arena, "%s %s", c->faults[0].rule, c->faults[0].fault);
    }
    view->running_count--;
}

void rp__view_add(struct rp__view *view, const struct rp_record *record)
{
    const struct rp_event *event = record->event;
    const struct rp_step *step = record->step;
    view->last_at = record->at;
    view->record_count = record->seq;
    if (event->kind == RP_EVENT_SESSION_STARTED) {
        view->began = event->started.anchor;
    } else if (event->kind == RP_EVENT_CALL_COMPLETED) {
        call_completed(view, event);
    }
    for (uint32_t i = 0; i < step->decision_count; i++) {
        add_decision(view, &step->decisions[i], record->at);
    }
    for (uint32_t i = 0; i < step->action_count; i++) {
        const struct rp_action *action = &step->actions[i];
        if (action->kind == RP_ACTION_START_CALL) {
            start_call(view, &action->start, record->at);
        } else if (action->kind == RP_ACTION_CANCEL_CALL) {
            cancel_call(view, action, record->at);
        }
    }
}

/* ---- walking ---- */

struct rp__item *rp__view_walk(struct rp__item *item, uint32_t *depth)
{
    if (item->first != NULL) {
        *depth += 1;
        return item->first;
    }
    while (item != NULL && item->next == NULL) {
        item = item->parent;
        *depth -= item == NULL ? 0 : 1;
    }
    return item == NULL ? NULL : item->next;
}
