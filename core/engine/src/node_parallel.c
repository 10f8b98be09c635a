/* parallel: named children at the same time. Succeeds when at least `need` of
 * those that are not optional delivered; a failed sibling never discards
 * finished work. */
#include "engine_state.h"

static const cJSON *outputs_by_name(
    struct rp_engine *e, const struct node_run *node)
{
    cJSON *object = cJSON_CreateObject();
    for (uint32_t i = 0; i < node->child_count; i++) {
        const struct node_run *child = node->children[i];
        if (child->value != NULL) {
            /* names of children differ: nothing is to be looked for */
            rp_json_add(object, child->plan->id, rp_json_share(child->value));
        }
    }
    return rp__keep_tree(e, object);
}

static void tell_missing(struct rp_engine *e, const struct node_run *node)
{
    for (uint32_t i = 0; i < node->child_count; i++) {
        const struct node_run *child = node->children[i];
        if (child->value != NULL) {
            continue;
        }
        struct rp_decision *d = rp__decide(
            e, RP_DECISION_MISSING, node->path, child->failure.reason);
        rp__attr_word(e, d, "name", child->plan->id);
        rp__attr_word(e, d, "status", rp_task_status_name(child->status));
        rp__attr_word(e, d, "class", rp_class_name(child->failure.class));
    }
}

static bool was_cancelled(const struct rp_engine *e)
{
    return e->cancel_cause != RP_REASON_NONE;
}

static void finish(struct rp_engine *e, struct node_run *node)
{
    bool met = node->enough_count >= node->plan->need;
    bool lost = false;
    for (uint32_t i = 0; i < node->child_count; i++) {
        lost = lost || node->children[i]->lost_something;
    }
    node->lost_something = lost;
    tell_missing(e, node);
    const cJSON *value = node->plan->aggregate != NULL
                             ? rp__aggregate(e, node)
                             : outputs_by_name(e, node);
    if (met) {
        struct failure partial = {.reason = RP_REASON_PARTIAL};
        rp__node_end(e, node, lost ? RP_TASK_DEGRADED : RP_TASK_OK,
            lost ? &partial : NULL, value);
    } else if (was_cancelled(e)) {
        struct failure why = {RP_CLASS_CANCELLED, e->cancel_cause, ""};
        rp__node_end(e, node, RP_TASK_CANCELLED, &why, NULL);
    } else {
        struct failure why = {.reason = RP_REASON_NEED_NOT_MET};
        rp__node_end(e, node, RP_TASK_FAILED, &why, NULL);
    }
}

static void stop_the_rest(struct rp_engine *e, struct node_run *node)
{
    node->advancing = true;
    for (uint32_t i = 0; i < node->child_count; i++) {
        struct node_run *child = node->children[i];
        bool waiting = child->state == NODE_WAITING;
        rp__node_stop(e, child, RP_CLASS_CANCELLED, RP_REASON_ENOUGH);
        node->ended_count += waiting ? 1 : 0;
    }
    node->advancing = false;
}

static void settle(struct rp_engine *e, struct node_run *node)
{
    if (node->advancing || node->state != NODE_RUNNING) {
        return;
    }
    bool enough = node->plan->join == RP_JOIN_ENOUGH &&
                  node->enough_count >= node->plan->need;
    if (enough && node->ended_count < node->child_count) {
        stop_the_rest(e, node);
    }
    if (node->ended_count == node->child_count) {
        finish(e, node);
    }
}

static void parallel_begin(struct rp_engine *e, struct node_run *node)
{
    node->advancing = true; /* children may end while they begin */
    for (uint32_t i = 0; i < node->child_count; i++) {
        rp__node_begin(e, node->children[i]);
    }
    node->advancing = false;
    settle(e, node);
}

static void parallel_child_ended(
    struct rp_engine *e, struct node_run *node, struct node_run *child)
{
    node->ended_count++;
    if (child->value != NULL && !child->plan->optional) {
        node->enough_count++;
    }
    settle(e, node);
}

const struct node_ops rp__node_parallel = {
    .name = "parallel",
    .begin = parallel_begin,
    .child_ended = parallel_child_ended,
};
