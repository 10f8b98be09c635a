#include "fault_endure.h"

#include <signal.h>

enum effect {
    FAILS,    /* a real one that does not succeed, a played one as below */
    HARMLESS, /* it is heard of as without, from all that write something */
    UNHEARD,  /* it is heard of as without */
    MISLED,   /* a real one as it likes, a played one fails as below */
    FLOODED,
    HELD,
};

static const struct trial {
    enum rp_fault_kind kind;
    enum effect effect;
    enum rp_scarce scarce; /* COUNT: nothing is */
    int signal, status;    /* what ends most; one of the two */
} trials[] = {
    {RP_FAULT_RES_MEM, FAILS, RP_SCARCE_MEMORY, SIGSEGV, 0},
    {RP_FAULT_RES_FSIZE, FAILS, RP_SCARCE_FILE_SIZE, SIGXFSZ, 0},
    {RP_FAULT_RES_NOFILE, FAILS, RP_SCARCE_DESCRIPTORS, 0, 127},
    {RP_FAULT_RES_NPROC, FAILS, RP_SCARCE_PROCESSES, 0, 2},
    {RP_FAULT_RES_CPU, FAILS, RP_SCARCE_CPU, SIGXCPU, 0},
    {RP_FAULT_SPAWN_STDIN_CLOSED, FAILS, RP_SCARCE_COUNT, 0, 1},
    {RP_FAULT_SPAWN_ENV_MISSING, FAILS, RP_SCARCE_COUNT, 0, 1},
    {RP_FAULT_SPAWN_VERSION_SKEW, MISLED, RP_SCARCE_COUNT, 0, 1},
    {RP_FAULT_SPAWN_DOUBLE, UNHEARD, RP_SCARCE_COUNT, 0, 0},
    {RP_FAULT_KILL_OOM, FAILS, RP_SCARCE_COUNT, 0, 137},
    {RP_FAULT_KILL_LEADER_ONLY, FAILS, RP_SCARCE_COUNT, SIGKILL, 0},
    {RP_FAULT_BACKPRESSURE, FLOODED, RP_SCARCE_COUNT, 0, 0},
    {RP_FAULT_SPLIT_WRITES, HARMLESS, RP_SCARCE_COUNT, 0, 0},
    {RP_FAULT_HANG_INHERITED_PIPE, HELD, RP_SCARCE_COUNT, 0, 0},
};

static const struct trial *trial_of(enum rp_fault_kind kind)
{
    for (size_t i = 0; i < RP_COUNT_OF(trials); i++) {
        if (trials[i].kind == kind) {
            return &trials[i];
        }
    }
    return NULL;
}

bool rp__endure_is(enum rp_fault_kind kind)
{
    return trial_of(kind) != NULL;
}

static bool names_variables(const struct rp_call *call)
{
    return (call->agent != NULL && call->agent->env_count > 0) ||
           (call->env != NULL && call->env[0] != NULL);
}

static bool reads_document(const struct rp_call *call)
{
    return call->agent != NULL &&
           (call->agent->stdin_mode == RP_STDIN_TASK ||
               call->agent->stdin_mode == RP_STDIN_INPUT);
}

bool rp__endure_concerns(
    const struct rp_fault_rule *rule, const struct rp_call *call)
{
    if (rule->kind == RP_FAULT_SPAWN_ENV_MISSING) {
        return rule->at[0] != '\0' || names_variables(call);
    }
    return rule->kind != RP_FAULT_SPAWN_VERSION_SKEW || reads_document(call);
}

static void limit(
    struct rp_hardship *hardship, enum rp_scarce scarce, uint64_t most)
{
    hardship->limited |= 1u << scarce;
    hardship->limits[scarce] = most;
}

static void leave_no_core(struct rp_hardship *hardship)
{
    limit(hardship, RP_SCARCE_CORE, 0);
}

/* Whole seconds, as the system counts them. */
static uint64_t seconds_of(struct rp_duration time)
{
    return (uint64_t)((time.ns + RP_NS_PER_S - 1) / RP_NS_PER_S);
}

static void burden(
    struct rp_hardship *hardship, const struct rp_fault_rule *rule)
{
    if (rule->kind == RP_FAULT_SPAWN_STDIN_CLOSED) {
        hardship->stdin_closed = true;
    } else if (rule->kind == RP_FAULT_SPAWN_ENV_MISSING) {
        hardship->env_missing = rule->at;
    } else if (rule->kind == RP_FAULT_SPAWN_VERSION_SKEW) {
        hardship->newer_task = true;
    } else if (rule->kind == RP_FAULT_SPAWN_DOUBLE) {
        hardship->twice = true;
    } else {
        hardship->doom =
            rule->kind == RP_FAULT_KILL_OOM ? RP_DOOM_CHILD : RP_DOOM_LEADER;
        leave_no_core(hardship);
    }
}

static void add(struct rp_hardship *hardship, const struct rp_fault_rule *rule)
{
    const struct trial *trial = trial_of(rule->kind);
    if (trial->scarce != RP_SCARCE_COUNT) {
        limit(hardship, trial->scarce,
            trial->scarce == RP_SCARCE_CPU ? seconds_of(rule->after)
                                           : rule->amount);
        leave_no_core(hardship);
    } else if (trial->effect == FAILS || trial->effect == MISLED ||
               trial->effect == UNHEARD) {
        burden(hardship, rule);
    } else if (trial->effect == FLOODED) {
        hardship->stderr_bytes = rule->amount;
    } else if (trial->effect == HELD) {
        hardship->pipe_held = true;
    } else {
        hardship->read_bytes = 1;
    }
}

const struct rp_hardship *rp__endure_all(struct rp_hardship *out,
    const struct rp_call *call, const struct rp_fault_rule *const *rules,
    uint32_t rule_count, bool killed)
{
    if (!killed && rule_count == 0) {
        return call->hardship;
    }
    *out = (struct rp_hardship){.limited = 0};
    if (call->hardship != NULL) {
        *out = *call->hardship;
    }
    for (uint32_t i = 0; i < rule_count; i++) {
        add(out, rules[i]);
    }
    if (killed) {
        leave_no_core(out);
    }
    return out;
}

static bool succeeded(const struct rp_completion *c)
{
    return c->end == RP_END_EXITED && c->exit_status == 0;
}

/* As most workers end that cannot do without. */
static void fail(struct rp_completion *c, const struct trial *trial)
{
    c->end = trial->signal != 0 ? RP_END_SIGNALED : RP_END_EXITED;
    c->signal = trial->signal;
    c->exit_status = trial->signal != 0 ? -1 : trial->status;
    c->output = (struct rp_str){NULL, 0};
    c->output_bytes = 0;
    c->output_digest = (struct rp_digest){{0}};
}

bool rp__endure_end(
    struct rp_completion *completion, const struct rp_fault_rule *rule)
{
    const struct trial *trial = trial_of(rule->kind);
    bool real = completion->endured;
    bool began = completion->end != RP_END_SPAWN;
    switch (trial->effect) {
    case FAILS:
        if (real) {
            return !succeeded(completion) && completion->end != RP_END_KILLED;
        }
        if (succeeded(completion)) {
            fail(completion, trial);
            return true;
        }
        return false;
    case UNHEARD:
        return began;
    case MISLED:
        if (!real && succeeded(completion)) {
            fail(completion, trial);
        }
        return began;
    case HARMLESS:
        return began && completion->output.len > 0;
    case FLOODED:
        completion->diagnostics_bytes += began && !real ? rule->amount : 0;
        return began && completion->diagnostics_bytes >= rule->amount;
    case HELD:
        completion->pipe_held = completion->pipe_held ||
                                (!real && completion->end == RP_END_EXITED);
        return completion->pipe_held;
    }
    return false;
}
