#include "selection.h"

#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "say.h"

#define DAYS_MAX 36500

bool rp__selection_time(
    struct rp_str text, struct rp_wall now, struct rp_wall *out)
{
    struct rp_duration age;
    if (rp_str_ends(text, RP_STR("d"))) {
        char days[16] = "";
        char *end;
        if (text.len < 2 || text.len >= sizeof(days)) {
            return false;
        }
        memcpy(days, text.ptr, text.len - 1);
        long value = strtol(days, &end, 10);
        if (*end != '\0' || value < 0 || value > DAYS_MAX) {
            return false;
        }
        age.ns = (int64_t)value * 86400 * RP_NS_PER_S;
    } else if (!rp_duration_parse(text, &age)) {
        return rp_wall_parse(text, out);
    }
    out->unix_ns = age.ns < now.unix_ns ? now.unix_ns - age.ns : 1;
    return true;
}

int rp__selection_take(
    struct rp__selection *out, const struct rp__args *args, struct rp_wall now)
{
    const char *plan = rp__opt_value(args, "plan");
    const char *since = rp__opt_value(args, "since");
    const char *tag = rp__opt_value(args, "tag");
    *out = (struct rp__selection){.failed = rp__opt_flag(args, "failed")};
    out->any = out->failed || plan != NULL || since != NULL || tag != NULL;
    out->filter.plan = rp_str_of(plan);
    if (since != NULL &&
        !rp__selection_time(rp_str_of(since), now, &out->filter.since)) {
        rp__say(args->command->name,
            "--since '%s' is neither an age nor a time", since);
        rp__say_next("write 90m, 48h, 7d or 2026-01-31T09:00:00Z");
        return RP__EXIT_USAGE;
    }
    if (tag != NULL) {
        out->filter.tag.key =
            rp_str_cut(rp_str_of(tag), '=', &out->filter.tag.value);
        if (out->filter.tag.key.len == 0) {
            rp__say(args->command->name,
                "--tag '%s' is neither KEY nor KEY=VALUE", tag);
            return RP__EXIT_USAGE;
        }
    }
    if (out->failed) {
        out->filter.outcomes =
            (1u << RP_OUTCOME_DEGRADED) | (1u << RP_OUTCOME_FAILED) |
            (1u << RP_OUTCOME_CANCELLED) | (1u << RP_OUTCOME_NONE);
    }
    return RP__GO_ON;
}

bool rp__selection_has(const struct rp__selection *selection,
    const struct rp__session_arg *arg, const struct rp_session_row *row)
{
    return !selection->failed || !rp__session_runs(arg, row);
}
