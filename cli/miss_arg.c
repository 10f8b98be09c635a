#include "miss_arg.h"

#include <string.h>

#include <reprise/limits.h>
#include <reprise/mem.h>

#include "plan_edit.h"
#include "say.h"
#include "value_arg.h"

static const char stub_word[] = "stub:";

/* ---- rules ---- */

static void add_rule(struct rp__misses *m, struct rp_str lanes, bool elsewhere,
    const struct rp__stub *stub)
{
    size_t count = (size_t)m->count + 1;
    m->refused =
        rp_mem_grow(m->refused, count, sizeof(struct rp_journal_lanes));
    m->stubs = rp_mem_grow(m->stubs, count, sizeof(struct rp__stub));
    const char *glob = rp_mem_dup(lanes);
    m->refused[m->count] = (struct rp_journal_lanes){glob, elsewhere};
    m->stubs[m->count] = *stub;
    m->stubs[m->count].lanes = glob;
    m->stub_count += stub->made ? 0 : 1;
    m->live_count += elsewhere && stub->made ? 1 : 0;
    m->count++;
}

static bool fits(const struct rp__args *args, const struct rp_plan *plan,
    struct rp_str lanes)
{
    if (rp__plan_has_task(plan, lanes)) {
        return true;
    }
    rp__say(args->command->name, "no task of the plan has a path as '%.*s'",
        RP_STR_ARG(lanes));
    return false;
}

static bool take_rule(struct rp__misses *m, const struct rp__args *args,
    const struct rp_plan *plan, const char *text)
{
    const char *command = args->command->name;
    struct rp_str policy;
    struct rp_str lanes = rp_str_cut(rp_str_of(text), '=', &policy);
    struct rp__stub stub = {.made = true};
    bool live = policy.ptr != NULL && rp_str_is(policy, "live");
    bool value =
        policy.ptr != NULL && rp_str_starts(policy, rp_str_of(stub_word));
    if (lanes.len == 0 || policy.ptr == NULL ||
        (!live && !value && !rp_str_is(policy, "fail"))) {
        rp__say(command,
            "--miss '%s' is not LANES=POLICY with fail, live or stub:FILE",
            text);
        return false;
    }
    if (!fits(args, plan, lanes)) {
        return false;
    }
    if (value) {
        char *bytes = NULL;
        size_t len = 0;
        if (!rp__value_read(&bytes, &len, policy.ptr + strlen(stub_word),
                RP_OUTPUT_BYTES_MAX, command)) {
            return false;
        }
        stub =
            (struct rp__stub){.output = {bytes, len}, .on_miss = &m->stubbed};
    }
    add_rule(m, lanes, live || value, &stub);
    return true;
}

bool rp__misses_take(struct rp__misses *out, const struct rp__args *args,
    const struct rp_plan *plan)
{
    const struct rp__stub made = {.made = true};
    const char *text;
    for (uint32_t i = 0; (text = rp__opt_list(args, "miss", i)) != NULL; i++) {
        if (!take_rule(out, args, plan, text)) {
            return false;
        }
    }
    for (uint32_t i = 0; (text = rp__opt_list(args, "live", i)) != NULL; i++) {
        if (!fits(args, plan, rp_str_of(text))) {
            return false;
        }
        add_rule(out, rp_str_of(text), true, &made);
    }
    return true;
}

void rp__misses_fini(struct rp__misses *misses)
{
    for (uint32_t i = 0; i < misses->count; i++) {
        rp_mem_free((void *)(uintptr_t)misses->refused[i].glob);
        rp_mem_free((void *)(uintptr_t)misses->stubs[i].output.ptr);
    }
    rp_mem_free(misses->refused);
    rp_mem_free(misses->stubs);
    rp__paths_fini(&misses->live);
    rp__paths_fini(&misses->stubbed);
    *misses = (struct rp__misses){.refused = NULL};
}

/* ---- live ---- */

bool rp__misses_want_live(const struct rp__args *args)
{
    const char *text;
    for (uint32_t i = 0; (text = rp__opt_list(args, "miss", i)) != NULL; i++) {
        struct rp_str policy;
        (void)rp_str_cut(rp_str_of(text), '=', &policy); /* only the rest */
        if (policy.ptr != NULL && rp_str_is(policy, "live")) {
            return true;
        }
    }
    return rp__opt_list(args, "live", 0) != NULL;
}

bool rp__misses_live(const void *context, const char *task)
{
    const struct rp__misses *m = context;
    for (uint32_t i = 0; i < m->count; i++) {
        if (rp_str_glob(rp_str_of(m->refused[i].glob), rp_str_of(task))) {
            return m->refused[i].elsewhere && m->stubs[i].made;
        }
    }
    return false;
}
