/* sweep_defence.h - what a plan declares against faults, and whether any of
 * them ever put it to use. Floor: sweep. Pure.
 */
#ifndef RP_SWEEP_DEFENCE_H
#define RP_SWEEP_DEFENCE_H

#include <reprise/sweep_trace.h>

enum rp_defence {
    RP_DEFENCE_TIMEOUT,
    RP_DEFENCE_IDLE,
    RP_DEFENCE_DEADLINE,
    RP_DEFENCE_RETRY,
    RP_DEFENCE_FALLBACK,
    RP_DEFENCE_CONTRACT,
    RP_DEFENCE_COUNT
};
const char *rp_defence_name(enum rp_defence defence); /* "retry" */

/* How often, in how many scenarios. */
struct rp_defence_use {
    uint32_t exercised;
    uint32_t effective; /* of these, where the session had a result */
};

enum rp_defence_state {
    RP_DEFENCE_NONE,      /* not declared */
    RP_DEFENCE_UNREACHED, /* declared, and no fault got there */
    RP_DEFENCE_EXERCISED, /* put to use, to no avail */
    RP_DEFENCE_EFFECTIVE,
};
const char *rp_defence_state_name(enum rp_defence_state state);

bool rp_defence_is_declared(
    enum rp_defence defence, const struct rp_plan_agent *agent);
/* Whether this run put it to use in the task. */
bool rp_defence_is_used(
    enum rp_defence defence, const struct rp_sweep_task *task);
enum rp_defence_state rp_defence_state_of(enum rp_defence defence,
    const struct rp_plan_agent *agent, const struct rp_defence_use *use);

#endif
