#include <reprise/sweep_defence.h>

static const char *const names[RP_DEFENCE_COUNT] = {
    [RP_DEFENCE_TIMEOUT] = "timeout",
    [RP_DEFENCE_IDLE] = "idle",
    [RP_DEFENCE_DEADLINE] = "deadline",
    [RP_DEFENCE_RETRY] = "retry",
    [RP_DEFENCE_FALLBACK] = "fallback",
    [RP_DEFENCE_CONTRACT] = "contract",
};

const char *rp_defence_name(enum rp_defence defence)
{
    return names[defence];
}

static const char *const state_names[] = {
    [RP_DEFENCE_NONE] = "none",
    [RP_DEFENCE_UNREACHED] = "unreached",
    [RP_DEFENCE_EXERCISED] = "exercised",
    [RP_DEFENCE_EFFECTIVE] = "effective",
};

const char *rp_defence_state_name(enum rp_defence_state state)
{
    return state_names[state];
}

bool rp_defence_is_declared(
    enum rp_defence defence, const struct rp_plan_agent *agent)
{
    if (agent == NULL) {
        return false; /* no task, the orchestrator itself */
    }
    switch (defence) {
    case RP_DEFENCE_TIMEOUT:
        return true; /* by everybody, if only by default */
    case RP_DEFENCE_IDLE:
        return agent->idle.ns != RP_DURATION_FOREVER.ns;
    case RP_DEFENCE_DEADLINE:
        return agent->deadline.ns != RP_DURATION_FOREVER.ns;
    case RP_DEFENCE_RETRY:
        return agent->retry.attempts > 1;
    case RP_DEFENCE_FALLBACK:
        return agent->fallback != RP_FALLBACK_NONE;
    case RP_DEFENCE_CONTRACT:
        return agent->output != NULL || agent->echo_count > 0;
    case RP_DEFENCE_COUNT:
        break;
    }
    return false;
}

static bool ended_by(const struct rp_sweep_task *task, enum rp_reason reason)
{
    for (uint32_t i = 0; i < task->attempt_count; i++) {
        if (task->attempts[i].reason == reason) {
            return true;
        }
    }
    return false;
}

bool rp_defence_is_used(
    enum rp_defence defence, const struct rp_sweep_task *task)
{
    switch (defence) {
    case RP_DEFENCE_TIMEOUT:
        return ended_by(task, RP_REASON_TIMEOUT);
    case RP_DEFENCE_IDLE:
        return ended_by(task, RP_REASON_IDLE);
    case RP_DEFENCE_DEADLINE:
        return ended_by(task, RP_REASON_DEADLINE) ||
               task->reason == RP_REASON_DEADLINE;
    case RP_DEFENCE_RETRY:
        return task->attempt_count > 1;
    case RP_DEFENCE_FALLBACK:
        return task->status == RP_TASK_FALLBACK ||
               task->status == RP_TASK_DEGRADED;
    case RP_DEFENCE_CONTRACT:
        return ended_by(task, RP_REASON_OUTPUT_CONTRACT) ||
               ended_by(task, RP_REASON_ECHO_MISMATCH) ||
               ended_by(task, RP_REASON_CONTRACT_UNDECIDED);
    case RP_DEFENCE_COUNT:
        break;
    }
    return false;
}

enum rp_defence_state rp_defence_state_of(enum rp_defence defence,
    const struct rp_plan_agent *agent, const struct rp_defence_use *use)
{
    if (!rp_defence_is_declared(defence, agent)) {
        return RP_DEFENCE_NONE;
    }
    if (use->exercised == 0) {
        return RP_DEFENCE_UNREACHED;
    }
    return use->effective == 0 ? RP_DEFENCE_EXERCISED : RP_DEFENCE_EFFECTIVE;
}
