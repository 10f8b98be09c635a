/* What each decision does to spans. */
#include <string.h>

#include "span_fold.h"

static struct rp_str text_of(const struct rp_decision *d, const char *name)
{
    const struct rp_attr *attr = rp_decision_attr(d, name);
    return attr != NULL && attr->type == RP_ATTR_TEXT ? attr->text : RP_STR("");
}

static void node_began(struct rp_span_fold *fold, const struct rp_decision *d)
{
    struct rp_str path = rp_str_of(d->path);
    if (path.len == 0) {
        return; /* the flow itself is the session's span */
    }
    struct rp__open_span *open =
        rp__fold_begin(fold, RP_SPAN_NODE, path, rp__fold_above(fold, path));
    if (open != NULL) {
        rp__fold_name(open, "", rp__path_plain(rp__path_last(path)));
        rp__attrs_fields(&open->attrs, d);
        rp__fold_remember(fold, open->span.id);
    }
}

static bool is_failure(enum rp_task_status status)
{
    return status == RP_TASK_FAILED || status == RP_TASK_TIMED_OUT ||
           status == RP_TASK_LOST;
}

/* For nodes and tasks: what was cancelled or skipped on purpose, or delivered
 * in another way, is not an error. */
static void take_status(struct rp_span_fold *fold, struct rp__open_span *open,
    const struct rp_decision *d, struct rp_str type)
{
    enum rp_task_status status;
    if (rp_task_status_parse(text_of(d, "status"), &status) &&
        is_failure(status)) {
        rp__fold_fail(fold, open, type, text_of(d, "detail"));
    }
    if (open->span.role == RP_SPAN_TASK &&
        rp_task_status_parse(text_of(d, "status"), &status) &&
        (status == RP_TASK_FALLBACK || status == RP_TASK_DEGRADED)) {
        rp__attrs_true(&open->attrs, RP__KEY_FALLBACK_USED);
    }
}

static void node_ended(struct rp_span_fold *fold, const struct rp_decision *d)
{
    struct rp__open_span *open =
        rp__span_set_find(&fold->set, RP_SPAN_NODE, rp_str_of(d->path));
    if (open != NULL) {
        rp__attrs_fields(&open->attrs, d);
        take_status(fold, open, d, rp_str_of(rp_reason_name(d->reason)));
        rp__fold_end(fold, open);
    }
}

static void task_began(struct rp_span_fold *fold, const struct rp_decision *d)
{
    struct rp_str path = rp_str_of(d->path);
    struct rp__open_span *open =
        rp__fold_begin(fold, RP_SPAN_TASK, path, rp__fold_above(fold, path));
    if (open != NULL) {
        rp__fold_name(open, "invoke_agent ", text_of(d, "agent"));
        rp__attrs_word(&open->attrs, RP__KEY_OPERATION, "invoke_agent");
        rp__attrs_fields(&open->attrs, d);
    }
}

/* Class and detail of a failure are in the span's status. */
static void add_end_fields(
    struct rp__open_span *open, const struct rp_decision *d)
{
    static const char *const names[] = {
        "status", "attempts", "output", "outcome", "requested", "delivered"};
    struct rp_decision some = {.kind = d->kind};
    for (size_t i = 0; i < RP_COUNT_OF(names); i++) {
        const struct rp_attr *attr = rp_decision_attr(d, names[i]);
        if (attr != NULL) {
            some.attrs[some.attr_count++] = *attr;
        }
    }
    rp__attrs_fields(&open->attrs, &some);
}

static void task_ended(struct rp_span_fold *fold, const struct rp_decision *d)
{
    struct rp__open_span *open =
        rp__span_set_find(&fold->set, RP_SPAN_TASK, rp_str_of(d->path));
    if (open != NULL) {
        add_end_fields(open, d);
        take_status(fold, open, d, text_of(d, "class"));
        rp__fold_end(fold, open);
    }
}

static void session_ended(
    struct rp_span_fold *fold, const struct rp_decision *d)
{
    enum rp_outcome outcome;
    add_end_fields(fold->root, d);
    if (rp_outcome_parse(text_of(d, "outcome"), &outcome) &&
        outcome == RP_OUTCOME_FAILED) {
        rp__fold_fail(fold, fold->root, rp_str_of(rp_reason_name(d->reason)),
            text_of(d, "detail"));
    }
    rp__fold_end(fold, fold->root);
}

static void accepted(struct rp_span_fold *fold, const struct rp_decision *d)
{
    struct rp__open_span *open = rp__fold_concerned(fold, d->path);
    if (open->span.role == RP_SPAN_ATTEMPT) {
        open->accepted = true;
        rp__attrs_fields(&open->attrs, d);
        rp__span_set_touch(&fold->set, open, true);
    }
}

/* What a given up attempt is called; the class of the task's failure may still
 * change with what follows. */
static const char *limit_class(enum rp_reason reason)
{
    if (reason == RP_REASON_DEADLINE || reason == RP_REASON_TIMEOUT) {
        return rp_class_name(RP_CLASS_TIMEOUT);
    }
    return rp_reason_name(reason);
}

static void judge_attempt(
    struct rp_span_fold *fold, const struct rp_decision *d)
{
    struct rp__open_span *open = rp__fold_concerned(fold, d->path);
    if (open->span.role != RP_SPAN_ATTEMPT) {
        return;
    }
    if (d->kind == RP_DECISION_REJECTED) {
        rp__fold_fail(fold, open, text_of(d, "class"), text_of(d, "detail"));
    } else if (d->kind == RP_DECISION_TIMED_OUT) {
        open->timed_out = true;
        rp__fold_fail(
            fold, open, rp_str_of(limit_class(d->reason)), RP_STR(""));
    } else if (d->kind == RP_DECISION_LATE_RESULT) {
        open->superseded = true;
    }
}

static bool was_there(
    const struct rp_span_id *ids, uint32_t count, const struct rp_span_id *id)
{
    for (uint32_t i = 0; i < count; i++) {
        if (memcmp(&ids[i], id, sizeof(*id)) == 0) {
            return true;
        }
    }
    return false;
}

/* A source is a node of the flow if there was a span of it, else a task; it
 * may be from before the session was resumed. */
static struct rp_span_id source_id(
    const struct rp_span_fold *fold, struct rp_str path)
{
    uint32_t first = fold->head->incarnation;
    for (uint32_t i = fold->incarnation; i >= first && i > 0; i--) {
        struct rp_span_id node = rp__fold_id_in(fold, i, path, RP_SPAN_NODE);
        struct rp_span_id task = rp__fold_id_in(fold, i, path, RP_SPAN_TASK);
        if (was_there(fold->node_ids, fold->node_count, &node)) {
            return node;
        }
        if (i > first && was_there(fold->task_ids, fold->task_count, &task)) {
            return task;
        }
    }
    return rp__fold_id_in(fold, first, path, RP_SPAN_TASK);
}

static void synthesis(struct rp_span_fold *fold, const struct rp_decision *d)
{
    struct rp__open_span *open = rp__fold_concerned(fold, d->path);
    const struct rp_attr *sources = rp_decision_attr(d, "sources");
    rp__attrs_fields(&open->attrs, d);
    rp__span_set_touch(&fold->set, open, true);
    if (sources == NULL || sources->type != RP_ATTR_LIST) {
        return;
    }
    for (uint32_t i = 0; i < sources->item_count; i++) {
        struct rp_span_id source = source_id(fold, sources->items[i]);
        rp__fold_link(fold, open, source, "contributes_to");
    }
}

static void aggregated(struct rp_span_fold *fold, const struct rp_decision *d)
{
    struct rp__open_span *open = rp__fold_concerned(fold, d->path);
    rp__attrs_fields(&open->attrs, d);
    rp__span_set_touch(&fold->set, open, true);
}

static void event_of_decision(
    struct rp_span_fold *fold, const struct rp_decision *d)
{
    rp__attrs_begin(&fold->scratch);
    if (d->reason != RP_REASON_NONE) {
        rp__attrs_word(
            &fold->scratch, RP__KEY_REASON, rp_reason_name(d->reason));
    }
    struct rp__open_span *open = rp__fold_concerned(fold, d->path);
    if (!rp_str_is(rp_buf_str(&open->path), d->path)) {
        rp__attrs_word(&fold->scratch, RP__KEY_PATH, d->path);
    }
    rp__attrs_fields(&fold->scratch, d);
    rp__fold_event(fold, open, rp__event_of_decision(d->kind));
    judge_attempt(fold, d);
}

void rp__fold_decision(struct rp_span_fold *fold, const struct rp_decision *d)
{
    switch (d->kind) {
    case RP_DECISION_NODE_BEGAN:
        node_began(fold, d);
        break;
    case RP_DECISION_NODE_ENDED:
        node_ended(fold, d);
        break;
    case RP_DECISION_TASK_BEGAN:
        task_began(fold, d);
        break;
    case RP_DECISION_TASK_ENDED:
        task_ended(fold, d);
        break;
    case RP_DECISION_ACCEPTED:
        accepted(fold, d);
        break;
    case RP_DECISION_AGGREGATED:
        aggregated(fold, d);
        break;
    case RP_DECISION_SYNTHESIS:
        synthesis(fold, d);
        break;
    case RP_DECISION_SESSION_ENDED:
        session_ended(fold, d);
        break;
    case RP_DECISION_TASK_QUEUED:
    case RP_DECISION_REJECTED:
    case RP_DECISION_RETRY:
    case RP_DECISION_FALLBACK:
    case RP_DECISION_TIMED_OUT:
    case RP_DECISION_RELEASED:
    case RP_DECISION_LATE_RESULT:
    case RP_DECISION_MISSING:
    case RP_DECISION_CONFLICT:
    case RP_DECISION_BUDGET:
    case RP_DECISION_CANCEL:
    case RP_DECISION_SKIPPED:
    case RP_DECISION_RESUMED:
        event_of_decision(fold, d);
        break;
    case RP_DECISION_SESSION_BEGAN:
    case RP_DECISION_COUNT:
        break;
    }
}
