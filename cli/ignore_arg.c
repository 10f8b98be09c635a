#include "ignore_arg.h"

#include <reprise/json.h>
#include <reprise/transport_journal.h>

#include "say.h"

static bool is_in_a_contract(const struct rp_plan *plan, const char *format)
{
    for (uint32_t i = 0; i < plan->agent_count; i++) {
        const struct rp_schema *contract = plan->agents[i].input;
        if (contract != NULL && rp_schema_has_format(contract, format)) {
            return true;
        }
    }
    return false;
}

static bool check(
    const struct rp__args *args, const struct rp_plan *plan, const char *text)
{
    struct rp_str name;
    if (rp_ignored_format(rp_str_of(text), &name)) {
        if (is_in_a_contract(plan, name.ptr)) {
            return true;
        }
        rp__say(args->command->name,
            "--ignore '%s': no agent's input contract has anything of that "
            "format",
            text);
        return false;
    }
    if (text[0] == '\0' || !rp_json_pointer_valid(rp_str_of(text))) {
        rp__say(args->command->name,
            "--ignore '%s' is neither a JSON Pointer into an input, as "
            "/generated_at, nor a format, as format:date-time",
            text);
        return false;
    }
    return true;
}

bool rp__ignored_take(struct rp__ignored_arg *out, const struct rp__args *args,
    const struct rp_plan *plan)
{
    const char *text;
    out->count = 0;
    while ((text = rp__opt_list(args, "ignore", out->count)) != NULL) {
        if (out->count == RP__IGNORED_MAX) {
            rp__say(
                args->command->name, "more than %d --ignore", RP__IGNORED_MAX);
            return false;
        }
        if (!check(args, plan, text)) {
            return false;
        }
        out->items[out->count++] = text;
    }
    return true;
}
