/* The tree of flow nodes while a session runs: beginning, ending, looking up.
 */
#include "engine_state.h"

#include <stdlib.h>
#include <string.h>

static const struct node_ops *const ops_by_kind[] = {
    [RP_NODE_AGENT] = &rp__node_agent,
    [RP_NODE_SEQUENCE] = &rp__node_sequence,
    [RP_NODE_PARALLEL] = &rp__node_parallel,
};

static const cJSON json_null = {.type = cJSON_NULL};

static int by_id(const void *a, const void *b)
{
    const struct node_run *x = *(const struct node_run *const *)a;
    const struct node_run *y = *(const struct node_run *const *)b;
    return strcmp(x->plan->id, y->plan->id);
}

static const char *path_of(struct rp_engine *e, const struct node_run *parent,
    const struct rp_plan_node *plan)
{
    if (parent == NULL || parent->path[0] == '\0') {
        return rp_arena_dup(e->session, rp_str_of(plan->id));
    }
    return rp_arena_printf(e->session, "%s/%s", parent->path, plan->id);
}

/* Depth is bounded by RP_PLAN_NEST_MAX. */
static struct node_run *instantiate(struct rp_engine *e,
    struct node_run *parent, const struct rp_plan_node *plan)
{
    struct node_run *node = rp_arena_alloc(e->session, sizeof(*node));
    node->plan = plan;
    node->ops = ops_by_kind[plan->kind];
    node->parent = parent;
    node->path = path_of(e, parent, plan);
    node->status = RP_TASK_ACTIVE;
    node->child_count = plan->child_count;
    node->children = rp_arena_array(
        e->session, plan->child_count, sizeof(struct node_run *));
    for (uint32_t i = 0; i < plan->child_count; i++) {
        node->children[i] = instantiate(e, node, plan->children[i]);
    }
    if (plan->kind == RP_NODE_PARALLEL && node->child_count > 1) {
        /* The order must not depend on how the plan was written down. */
        qsort(node->children, node->child_count, sizeof(struct node_run *),
            by_id);
    }
    return node;
}

struct node_run *rp__flow_new(struct rp_engine *e)
{
    return instantiate(e, NULL, e->plan->flow);
}

/* An unnamed root is the session itself and has no decisions of its own. */
static bool is_told(const struct node_run *node)
{
    return node->path[0] != '\0' && node->plan->kind != RP_NODE_AGENT;
}

void rp__node_begin(struct rp_engine *e, struct node_run *node)
{
    RP_ASSERT(node->state == NODE_WAITING);
    if (is_told(node)) {
        struct rp_decision *d =
            rp__decide(e, RP_DECISION_NODE_BEGAN, node->path, RP_REASON_NONE);
        rp__attr_word(e, d, "node", node->ops->name);
    }
    node->state = NODE_RUNNING;
    node->ops->begin(e, node);
}

void rp__node_end(struct rp_engine *e, struct node_run *node,
    enum rp_task_status status, const struct failure *why, const cJSON *value)
{
    RP_ASSERT(node->state != NODE_ENDED);
    RP_ASSERT(status != RP_TASK_ACTIVE);
    node->state = NODE_ENDED;
    node->status = status;
    node->value = value;
    if (why != NULL) {
        node->failure = *why;
    }
    bool needless = why != NULL && why->reason == RP_REASON_ENOUGH;
    if (status != RP_TASK_OK && !needless) {
        node->lost_something = true;
    }
    if (is_told(node)) {
        struct rp_decision *d = rp__decide(e, RP_DECISION_NODE_ENDED,
            node->path, why == NULL ? RP_REASON_OK : why->reason);
        rp__attr_word(e, d, "status", rp_task_status_name(status));
    }
    if (node->parent != NULL) {
        node->parent->ops->child_ended(e, node->parent, node);
    }
}

/* What never began is skipped, with everything below it. */
static void skip(
    struct rp_engine *e, struct node_run *node, enum rp_reason reason)
{
    for (uint32_t i = 0; i < node->child_count; i++) {
        skip(e, node->children[i], reason);
    }
    if (node->path[0] != '\0') {
        (void)rp__decide(e, RP_DECISION_SKIPPED, node->path, reason);
    }
    node->state = NODE_ENDED;
    node->status = RP_TASK_SKIPPED;
    node->failure.reason = reason;
    node->lost_something = reason != RP_REASON_ENOUGH;
}

void rp__node_stop(struct rp_engine *e, struct node_run *node,
    enum rp_class class, enum rp_reason reason)
{
    if (node->state == NODE_ENDED) {
        return;
    }
    if (node->state == NODE_WAITING) {
        skip(e, node, reason);
        return;
    }
    if (node->task != NULL) {
        rp__task_stop(e, node->task, class, reason);
        return;
    }
    node->stopping = true;
    for (uint32_t i = 0; i < node->child_count; i++) {
        /* The last one to end ends this node too. */
        rp__node_stop(e, node->children[i], class, reason);
    }
}

const struct node_run *rp__flow_find(
    const struct node_run *node, struct rp_str name)
{
    for (; node->parent != NULL; node = node->parent) {
        const struct node_run *parent = node->parent;
        if (parent->plan->kind != RP_NODE_SEQUENCE) {
            continue;
        }
        for (uint32_t i = 0; i < parent->child_count; i++) {
            const struct node_run *sibling = parent->children[i];
            if (sibling == node) {
                break;
            }
            if (rp_str_is(name, sibling->plan->id)) {
                return sibling;
            }
        }
    }
    return NULL;
}

const cJSON *rp__flow_lookup(
    struct rp_engine *e, const struct node_run *node, struct rp_str name)
{
    if (rp_str_is(name, "input")) {
        return e->input;
    }
    const struct node_run *found = rp__flow_find(node, name);
    if (found == NULL) {
        return NULL;
    }
    return found->value == NULL ? &json_null : found->value;
}
