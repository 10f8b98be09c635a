/* Attempts of the same number of the same task, side by side. */
#include <reprise/sweep_pace.h>

static struct rp_duration larger(struct rp_duration a, struct rp_duration b)
{
    return a.ns < b.ns ? b : a;
}

static struct rp_duration smaller(struct rp_duration a, struct rp_duration b)
{
    return a.ns < b.ns ? a : b;
}

/* One that a limit ended would have taken that long at the least, whenever its
 * process began. */
static struct rp_duration length_of(
    const struct rp_sweep_attempt *attempt, const struct rp_plan_agent *agent)
{
    return attempt->reason == RP_REASON_TIMEOUT
               ? larger(attempt->took, agent->timeout)
           : attempt->reason == RP_REASON_IDLE
               ? larger(attempt->took, agent->idle)
               : attempt->took;
}

static void compare(
    struct rp_sweep_pace *out, struct rp_duration then, struct rp_duration live)
{
    struct rp_duration longer = {live.ns - then.ns};
    struct rp_duration shorter = {then.ns - live.ns};
    out->longer = larger(out->longer, longer);
    out->shorter = larger(out->shorter, shorter);
}

/* What was ended in the sweep would have taken as long as without faults. */
static void look_at_attempt(struct rp_sweep_pace *out,
    const struct rp_sweep_task *then, const struct rp_sweep_attempt *attempt,
    const struct rp_sweep_attempt *live, const struct rp_sweep_task *baseline)
{
    struct rp_duration length = length_of(attempt, then->agent);
    if (live->reason == RP_REASON_OK && attempt->reason != RP_REASON_OK) {
        out->outran = true;
        if (baseline != NULL && baseline->attempt_count > 0) {
            length = larger(length, baseline->attempts[0].took);
        }
    }
    compare(out, length, length_of(live, then->agent));
}

static void look_at_task(struct rp_sweep_pace *out,
    const struct rp_sweep_task *then, const struct rp_sweep_task *live,
    const struct rp_sweep_task *baseline)
{
    uint32_t live_count = live == NULL ? 0 : live->attempt_count;
    for (uint32_t i = 0; i < then->attempt_count; i++) {
        const struct rp_sweep_attempt *attempt = &then->attempts[i];
        struct rp_duration limit =
            smaller(then->agent->timeout, then->agent->idle);
        struct rp_duration room = {limit.ns - attempt->took.ns};
        if (attempt->reason == RP_REASON_OK && room.ns > 0) {
            out->room = smaller(out->room, room);
        }
        if (i < live_count) {
            look_at_attempt(out, then, attempt, &live->attempts[i], baseline);
        }
    }
}

void rp_sweep_pace_find(struct rp_sweep_pace *out, struct rp_sweep_rig *rig)
{
    struct rp_sweep_trace then = {.arena = NULL};
    *out = (struct rp_sweep_pace){.room = RP_DURATION_FOREVER};
    enum rp_code rc = rp_sweep_play(&then, &rig->ground, rig->rules, NULL);
    for (uint32_t i = 0; rc == RP_OK && i < then.task_count; i++) {
        const char *path = then.tasks[i].path;
        look_at_task(out, &then.tasks[i],
            rp_sweep_trace_task(&rig->trace, path),
            rp_sweep_trace_task(&rig->baseline, path));
    }
    rp_sweep_trace_fini(&then);
}
