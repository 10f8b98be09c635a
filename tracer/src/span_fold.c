/* How records become spans. One function a kind of event, decision and
 * action; what they concern is found by its path. */
#include <string.h>

#include "span_fold.h"

static const char *const role_names[RP_SPAN_ROLE_COUNT] = {
#define RP_SPAN_TYPE(role, word, kind, name, meaning) [RP_SPAN_##role] = (word),
#include <reprise/attr.def>
#undef RP_SPAN_TYPE
};

static const enum rp_span_kind role_kinds[RP_SPAN_ROLE_COUNT] = {
#define RP_SPAN_TYPE(role, word, kind, name, meaning)                          \
    [RP_SPAN_##role] = RP_SPAN_##kind,
#include <reprise/attr.def>
#undef RP_SPAN_TYPE
};

const char *rp_span_role_name(enum rp_span_role role)
{
    return role_names[role];
}

/* ---- paths ---- */

struct rp_str rp__path_above(struct rp_str path, char separator)
{
    while (path.len > 0 && path.ptr[path.len - 1] != separator) {
        path.len--;
    }
    if (path.len > 0) {
        path.len--;
    }
    return path;
}

struct rp_str rp__path_last(struct rp_str path)
{
    struct rp_str above = rp__path_above(path, '/');
    bool nested = above.len > 0 || (path.len > 0 && path.ptr[0] == '/');
    size_t skip = nested ? above.len + 1 : 0;
    return (struct rp_str){path.ptr + skip, path.len - skip};
}

static bool has(struct rp_str text, char c)
{
    return text.len > 0 && memchr(text.ptr, c, text.len) != NULL;
}

/* "labs" of "labs[3]" and "labs#2": names of spans are few. */
struct rp_str rp__path_plain(struct rp_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '[' || name.ptr[i] == '#') {
            name.len = i;
        }
    }
    return name;
}

static struct rp_span_id id_of(
    const struct rp_span_fold *fold, struct rp_str path, enum rp_span_role role)
{
    return rp__fold_id_in(fold, fold->incarnation, path, role);
}

struct rp_span_id rp__fold_id_in(const struct rp_span_fold *fold,
    uint32_t incarnation, struct rp_str path, enum rp_span_role role)
{
    return rp_span_id_of(&fold->head->id, incarnation, path, role_names[role]);
}

/* ---- beginning and ending ---- */

/* The nearest open task or node above `path`, else the session. */
struct rp__open_span *rp__fold_above(
    struct rp_span_fold *fold, struct rp_str path)
{
    while (path.len > 0) {
        path = rp__path_above(path, '/');
        struct rp__open_span *found =
            rp__span_set_find(&fold->set, RP_SPAN_TASK, path);
        if (found == NULL) {
            found = rp__span_set_find(&fold->set, RP_SPAN_NODE, path);
        }
        if (found != NULL) {
            return found;
        }
    }
    return fold->root;
}

/* NULL when there are too many. */
struct rp__open_span *rp__fold_begin(struct rp_span_fold *fold,
    enum rp_span_role role, struct rp_str path, struct rp__open_span *parent)
{
    if (fold->span_max != 0 && fold->count >= fold->span_max) {
        fold->dropped++;
        return NULL;
    }
    struct rp__open_span *open = rp__span_set_add(&fold->set, role, path);
    struct rp_span *span = &open->span;
    span->number = ++fold->count;
    span->id = id_of(fold, path, role);
    span->kind = role_kinds[role];
    span->start_unix_ns = fold->now_ns;
    span->start_seq = fold->seq;
    if (parent != NULL) {
        span->parent = parent->span.id;
        span->parent_number = parent->span.number;
        rp__attrs_text(&open->attrs, RP__KEY_PATH, path);
    }
    return open;
}

void rp__fold_name(
    struct rp__open_span *open, const char *prefix, struct rp_str name)
{
    rp_buf_add_text(&open->name, prefix);
    rp_buf_add(&open->name, name);
}

/* Ends with the record, so that everything the record says of it is on it. */
void rp__fold_end(struct rp_span_fold *fold, struct rp__open_span *open)
{
    if (open == NULL || open->ending) {
        return;
    }
    open->ending = true;
    fold->ending = rp_mem_room(fold->ending, fold->ending_count,
        &fold->ending_room, sizeof(struct rp__open_span *));
    fold->ending[fold->ending_count++] = open;
}

void rp__fold_fail(struct rp_span_fold *fold, struct rp__open_span *open,
    struct rp_str type, struct rp_str message)
{
    if (open->span.status != RP_SPAN_ERROR) {
        open->span.status = RP_SPAN_ERROR;
        rp__attrs_text(&open->attrs, RP__KEY_ERROR_TYPE,
            type.len == 0 ? RP_STR("_OTHER") : type);
        rp__span_set_touch(&fold->set, open, true);
    }
    if (open->message.len == 0) {
        rp_buf_add(&open->message, message);
        rp__span_set_touch(&fold->set, open, true);
    }
}

static void link_to(struct rp_span_fold *fold, struct rp__open_span *open,
    const struct rp_trace_id *trace, struct rp_span_id target, const char *type)
{
    rp__attrs_begin(&fold->scratch);
    rp__attrs_word(&fold->scratch, RP__KEY_LINK_TYPE, type);
    struct rp_span_link link = {
        .trace = *trace,
        .span = target,
        .attributes = rp__attrs_json(&fold->scratch),
    };
    rp__span_set_link(&fold->set, open, &link);
}

void rp__fold_link(struct rp_span_fold *fold, struct rp__open_span *open,
    struct rp_span_id target, const char *type)
{
    link_to(fold, open, &fold->head->trace, target, type);
}

static void link_source(
    struct rp_span_fold *fold, struct rp__open_span *root, const char *type)
{
    const struct rp_session_head *head = fold->head;
    static const struct rp_trace_id none = {{0}};
    if (memcmp(&head->source_trace, &none, sizeof(none)) == 0) {
        return; /* what was recorded before did not say it */
    }
    struct rp_span_id source = rp_span_id_of(
        &head->source, 1, RP_STR(""), role_names[RP_SPAN_SESSION]);
    link_to(fold, root, &head->source_trace, source, type);
}

void rp__fold_begin_session(struct rp_span_fold *fold)
{
    const struct rp_session_head *head = fold->head;
    struct rp__open_span *root =
        rp__fold_begin(fold, RP_SPAN_SESSION, RP_STR(""), NULL);
    struct rp__attrs *attrs = &root->attrs;
    const struct rp_span_id none = {{0}};
    root->span.parent = head->parent_span;
    root->span.parent_remote =
        memcmp(&head->parent_span, &none, sizeof(none)) != 0;
    rp__fold_name(root, "invoke_workflow ", head->plan_name);
    rp__attrs_word(attrs, RP__KEY_OPERATION, "invoke_workflow");
    rp__attrs_text(attrs, RP__KEY_WORKFLOW, head->plan_name);
    rp__attrs_word(attrs, RP__KEY_SESSION_ID, head->id.text);
    rp__attrs_word(attrs, RP__KEY_SESSION_MODE, rp_mode_name(head->mode));
    rp__attrs_int(attrs, RP__KEY_SESSION_INCARNATION, fold->incarnation);
    rp__attrs_digest(attrs, RP__KEY_PLAN_DIGEST, &head->plan);
    rp__attrs_digest(attrs, RP__KEY_INPUT_DIGEST, &head->input);
    struct rp_buf seed;
    rp_buf_init(&seed, 32);
    rp_buf_add_u64(&seed, head->seed);
    rp__attrs_text(attrs, RP__KEY_SESSION_SEED, rp_buf_str(&seed));
    rp_buf_fini(&seed);
    if (head->mode == RP_MODE_RERUN) {
        rp__attrs_true(attrs, RP__KEY_REPLAY_SIMULATED);
        rp__attrs_word(attrs, RP__KEY_REPLAY_SOURCE, head->source.text);
    }
    if (fold->incarnation == head->incarnation) {
        link_source(fold, root,
            head->mode == RP_MODE_RERUN ? "replay_of" : "descends_from");
    }
    fold->root = root;
}

/* ---- what a record speaks of ---- */

static struct rp__open_span *aggregate_at(
    struct rp_span_fold *fold, struct rp_str path)
{
    struct rp__open_span *open =
        rp__span_set_find(&fold->set, RP_SPAN_AGGREGATE, path);
    if (open != NULL) {
        return open;
    }
    open = rp__fold_begin(
        fold, RP_SPAN_AGGREGATE, path, rp__fold_above(fold, path));
    if (open != NULL) {
        struct rp_str node = rp__path_last(rp__path_above(path, '/'));
        rp__fold_name(open, "aggregate ",
            node.len == 0 ? fold->head->plan_name : rp__path_plain(node));
        rp__fold_end(fold, open);
    }
    return open;
}

/* The span that a decision's path means; if it is not open (any more), the
 * one it would be in. Never NULL. */
struct rp__open_span *rp__fold_concerned(
    struct rp_span_fold *fold, const char *text)
{
    struct rp_str path = rp_str_of(text);
    struct rp_str last = rp__path_last(path);
    struct rp__open_span *found = NULL;
    if (rp_str_is(last, "$aggregate")) {
        found = aggregate_at(fold, path);
    } else if (has(last, '@')) {
        found = rp__span_set_find(&fold->set, RP_SPAN_ATTEMPT, path);
        if (found == NULL) { /* it ended: its task knows */
            found = rp__span_set_find(
                &fold->set, RP_SPAN_TASK, rp__path_above(path, '@'));
        }
    } else if (path.len > 0) {
        found = rp__span_set_find(&fold->set, RP_SPAN_TASK, path);
        if (found == NULL) {
            found = rp__span_set_find(&fold->set, RP_SPAN_NODE, path);
        }
    }
    return found != NULL ? found : rp__fold_above(fold, path);
}

void rp__fold_event(
    struct rp_span_fold *fold, struct rp__open_span *open, const char *name)
{
    struct rp_span_event event = {
        .unix_ns = open->end_ns != 0 ? open->end_ns : fold->now_ns,
        .name = rp_str_of(name),
        .attributes = rp__attrs_json(&fold->scratch),
    };
    rp__span_set_event(&fold->set, open, &event);
}

/* ---- records ---- */

static void remember(struct rp_span_id **ids, uint32_t *count, uint32_t *room,
    struct rp_span_id id)
{
    *ids = rp_mem_room(*ids, *count, room, sizeof(**ids));
    (*ids)[(*count)++] = id;
}

void rp__fold_remember(struct rp_span_fold *fold, struct rp_span_id id)
{
    remember(&fold->node_ids, &fold->node_count, &fold->node_room, id);
}

/* What was in flight when its process died failed, unless it was given up
 * before or something was decided about it. */
static void fail_lost(struct rp_span_fold *fold, struct rp__open_span *open)
{
    if (open->end_ns != 0 && !open->accepted && !open->cancelled &&
        !open->superseded) {
        rp__fold_fail(
            fold, open, rp_str_of(rp_reason_name(RP_REASON_LOST)), RP_STR(""));
    }
}

void rp__fold_end_now(struct rp_span_fold *fold, struct rp__open_span *open)
{
    int64_t end_ns = open->end_ns != 0 ? open->end_ns : fold->now_ns;
    if (open->span.role == RP_SPAN_ATTEMPT) {
        fail_lost(fold, open);
        rp__fold_attempt_ends(open);
    }
    if (open->span.role == RP_SPAN_TASK) {
        remember(&fold->task_ids, &fold->task_count, &fold->task_room,
            open->span.id);
    }
    open->span.end_unix_ns =
        end_ns > open->span.start_unix_ns ? end_ns : open->span.start_unix_ns;
    open->span.end_seq = fold->seq;
    rp__span_set_end(&fold->set, open);
}

/* With the session everything ends. */
static void end_rest(struct rp_span_fold *fold)
{
    for (uint32_t i = 0; i < fold->set.bucket_count; i++) {
        while (fold->set.buckets[i] != NULL) {
            rp__fold_end_now(fold, fold->set.buckets[i]);
        }
    }
}

static void end_due(struct rp_span_fold *fold)
{
    bool session_ended = fold->root->ending;
    for (uint32_t i = 0; i < fold->ending_count; i++) {
        rp__fold_end_now(fold, fold->ending[i]);
    }
    fold->ending_count = 0;
    if (session_ended) {
        end_rest(fold);
    }
}

int64_t rp__fold_time(const struct rp_span_fold *fold, struct rp_instant at)
{
    struct rp_duration since = rp_instant_since(at, (struct rp_instant){0});
    return rp_wall_add(fold->anchor, since).unix_ns;
}

void rp_span_fold_add(struct rp_span_fold *fold, const struct rp_record *record)
{
    const struct rp_event *event = record->event;
    const struct rp_step *step = record->step;
    if (fold->root != NULL && fold->root->span.ended) {
        return; /* nothing comes after the end */
    }
    if (event->kind == RP_EVENT_SESSION_STARTED &&
        event->started.anchor.unix_ns != 0) {
        fold->anchor = event->started.anchor;
    }
    fold->seq = record->seq;
    int64_t last_ns = fold->now_ns;
    fold->at = record->at;
    fold->now_ns = rp__fold_time(fold, record->at);
    if (fold->root == NULL) {
        rp__fold_begin_session(fold);
    }
    rp__fold_call_event(fold, event);
    if (event->kind == RP_EVENT_RESUMED) {
        rp__fold_resume(fold, event, last_ns);
    }
    for (uint32_t i = 0; i < step->decision_count; i++) {
        rp__fold_decision(fold, &step->decisions[i]);
    }
    for (uint32_t i = 0; i < step->action_count; i++) {
        rp__fold_action(fold, &step->actions[i]);
    }
    end_due(fold);
}

struct rp_span_fold *rp_span_fold_new(
    const struct rp_session_head *head, uint32_t span_max)
{
    struct rp_span_fold *fold = rp_mem_zalloc(sizeof(*fold));
    fold->head = head;
    fold->span_max = span_max;
    fold->anchor = head->began;
    fold->incarnation = head->incarnation;
    rp__span_set_init(&fold->set);
    rp__attrs_begin(&fold->scratch);
    return fold;
}

void rp_span_fold_free(struct rp_span_fold **fold)
{
    struct rp_span_fold *self = *fold;
    if (self != NULL) {
        rp__span_set_fini(&self->set);
        rp__attrs_fini(&self->scratch);
        rp_mem_free(self->ending);
        rp_mem_free(self->node_ids);
        rp_mem_free(self->task_ids);
        rp_mem_free(self);
        *fold = NULL;
    }
}

const struct rp_span_change *rp_span_fold_changes(
    struct rp_span_fold *fold, uint32_t *count)
{
    return rp__span_set_changes(&fold->set, count);
}

/* The root is among what a settled set uses again: nobody must look at it. */
void rp_span_fold_settle(struct rp_span_fold *fold)
{
    rp__span_set_settle(&fold->set);
}

uint32_t rp_span_fold_count(const struct rp_span_fold *fold)
{
    return fold->count;
}

uint32_t rp_span_fold_dropped(const struct rp_span_fold *fold)
{
    return fold->dropped;
}
