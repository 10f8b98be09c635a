/* ignore_arg.h - --ignore POINTER|format:NAME. Floor: cli. */
#ifndef RP_CLI_IGNORE_ARG_H
#define RP_CLI_IGNORE_ARG_H

#include <reprise/plan.h>

#include "opt.h"

#define RP__IGNORED_MAX 64

struct rp__ignored_arg {
    const char *items[RP__IGNORED_MAX]; /* borrowed from the arguments */
    uint32_t count;
};

/* False: the person was told. A format has to be in a contract of `plan`. */
bool rp__ignored_take(struct rp__ignored_arg *out, const struct rp__args *args,
    const struct rp_plan *plan);

#define RP__OPT_IGNORE                                                         \
    {                                                                          \
        "ignore", "POINTER|format:NAME",                                       \
            "what does not count when an input is matched, as "                \
            "/generated_at or format:date-time",                               \
            true, 0                                                            \
    }

#endif
