/* agent: one task. */
#include "engine_state.h"

static void agent_begin(struct rp_engine *e, struct node_run *node)
{
    node->task = rp__task_new(e, node, NULL, node->plan->agent);
    rp__task_begin(e, node->task);
}

/* An agent has no children. */
static void agent_child_ended(
    struct rp_engine *e, struct node_run *node, struct node_run *child)
{
    (void)e;
    (void)node;
    (void)child;
    RP_ASSERT(false);
}

const struct node_ops rp__node_agent = {
    .name = "agent",
    .begin = agent_begin,
    .child_ended = agent_child_ended,
};
