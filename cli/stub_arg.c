#include "stub_arg.h"

#include <reprise/mem.h>

#include "say.h"
#include "value_arg.h"

static bool no_agent(
    const char *command, const struct rp__plan_arg *file, struct rp_str name)
{
    if (file != NULL) {
        rp__plan_arg_no_agent(file, command, name);
    } else {
        rp__say(command, "--stub: the recorded plan has no agent '%.*s'",
            RP_STR_ARG(name));
    }
    return false;
}

static bool take(struct rp__stubs *out, const char *command, const char *text,
    const struct rp_plan *plan, const struct rp__plan_arg *plan_file)
{
    struct rp_str value;
    struct rp_str name = rp_str_cut(rp_str_of(text), '=', &value);
    char *bytes = NULL;
    size_t len = 0;
    if (value.ptr == NULL || value.len == 0) {
        rp__say(command, "--stub '%s' is not AGENT=FILE", text);
        return false;
    }
    const struct rp_plan_agent *agent = rp_plan_agent(plan, name);
    if (agent == NULL) {
        return no_agent(command, plan_file, name);
    }
    if (!rp__value_read(&bytes, &len, value.ptr,
            (size_t)agent->output_bytes_max, command)) {
        return false;
    }
    out->items =
        rp_mem_grow(out->items, out->count + 1, sizeof(struct rp__stub));
    out->items[out->count++] =
        (struct rp__stub){.agent = agent->name, .output = {bytes, len}};
    return true;
}

bool rp__stubs_take(struct rp__stubs *out, const struct rp__args *args,
    const struct rp_plan *plan, const struct rp__plan_arg *file)
{
    const char *text;
    for (uint32_t i = 0; (text = rp__opt_list(args, "stub", i)) != NULL; i++) {
        if (!take(out, args->command->name, text, plan, file)) {
            return false;
        }
    }
    return true;
}

void rp__stubs_fini(struct rp__stubs *stubs)
{
    for (uint32_t i = 0; i < stubs->count; i++) {
        rp_mem_free((void *)(uintptr_t)stubs->items[i].output.ptr);
    }
    rp_mem_free(stubs->items);
    *stubs = (struct rp__stubs){.items = NULL};
}
