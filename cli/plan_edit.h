/* plan_edit.h - a frozen plan with one thing otherwise. Floor: cli. */
#ifndef RP_CLI_PLAN_EDIT_H
#define RP_CLI_PLAN_EDIT_H

#include <reprise/plan.h>

/* The node of the task at `path` ("gather/labs"), or NULL. */
const struct rp_plan_node *rp__plan_edit_node(
    const struct rp_plan *plan, const char *path);

/* Whether the path of any task fits the glob. */
bool rp__plan_has_task(const struct rp_plan *plan, struct rp_str glob);

/* The plan with `input` as it stands in place of what `node`, an agent of it,
 * is given. Owned by the caller. RP_E_INVALID when a plan cannot say it. */
RP_NODISCARD enum rp_code rp__plan_edit_input(struct rp_plan **out,
    const struct rp_plan *plan, const struct rp_plan_node *node,
    const cJSON *input, struct rp_err *err);

#endif
