/* sequence: one child after the other. Ends with the last output, or with the
 * first failure of a child that is not optional; what follows is skipped. */
#include "engine_state.h"

static bool delivered(const struct node_run *node)
{
    return node->value != NULL;
}

static void finish(struct rp_engine *e, struct node_run *node)
{
    const struct node_run *last = NULL;
    bool lost = false;
    for (uint32_t i = 0; i < node->child_count; i++) {
        last = delivered(node->children[i]) ? node->children[i] : last;
        lost = lost || node->children[i]->lost_something;
    }
    node->lost_something = lost;
    if (last == NULL) {
        struct failure why = node->children[node->child_count - 1]->failure;
        why.reason = RP_REASON_CHILD_FAILED;
        rp__node_end(e, node, RP_TASK_FAILED, &why, NULL);
        return;
    }
    struct failure partial = {.reason = RP_REASON_PARTIAL};
    rp__node_end(e, node, lost ? RP_TASK_DEGRADED : RP_TASK_OK,
        lost ? &partial : NULL, last->value);
}

static void fail(
    struct rp_engine *e, struct node_run *node, const struct node_run *child)
{
    struct failure why = child->failure;
    bool cancelled = child->status == RP_TASK_CANCELLED;
    if (!cancelled) {
        why.reason = RP_REASON_CHILD_FAILED;
    }
    for (uint32_t i = node->next_child; i < node->child_count; i++) {
        rp__node_stop(e, node->children[i], why.class, why.reason);
    }
    rp__node_end(
        e, node, cancelled ? RP_TASK_CANCELLED : RP_TASK_FAILED, &why, NULL);
}

/* A loop, not a recursion: children may end while they begin. */
static void advance(struct rp_engine *e, struct node_run *node)
{
    if (node->advancing) {
        return;
    }
    node->advancing = true;
    while (node->state == NODE_RUNNING) {
        if (node->next_child > 0) {
            struct node_run *before = node->children[node->next_child - 1];
            if (before->state != NODE_ENDED) {
                break;
            }
            bool stopping = node->stopping || e->cancel_cause != RP_REASON_NONE;
            bool needed = !before->plan->optional || stopping;
            if (!delivered(before) && needed) {
                fail(e, node, before);
                break;
            }
        }
        if (node->next_child == node->child_count) {
            finish(e, node);
            break;
        }
        rp__node_begin(e, node->children[node->next_child++]);
    }
    node->advancing = false;
}

static void sequence_child_ended(
    struct rp_engine *e, struct node_run *node, struct node_run *child)
{
    (void)child;
    advance(e, node);
}

const struct node_ops rp__node_sequence = {
    .name = "sequence",
    .begin = advance,
    .child_ended = sequence_child_ended,
};
