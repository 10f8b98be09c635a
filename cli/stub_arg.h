/* stub_arg.h - --stub AGENT=FILE|-|JSON. Floor: cli. */
#ifndef RP_CLI_STUB_ARG_H
#define RP_CLI_STUB_ARG_H

#include "opt.h"
#include "plan_arg.h"
#include "stub.h"

struct rp__stubs {
    struct rp__stub *items; /* owned, with their outputs */
    uint32_t count;
};

/* False: the person was told. Agents are those of `plan`; `file` is where it
 * was read from, NULL when from a recording. */
bool rp__stubs_take(struct rp__stubs *out, const struct rp__args *args,
    const struct rp_plan *plan, const struct rp__plan_arg *file);
void rp__stubs_fini(struct rp__stubs *stubs);

#define RP__OPT_STUB                                                           \
    {                                                                          \
        "stub", "AGENT=FILE|-|JSON",                                           \
            "the agent is not run; its output is that", true, 0                \
    }

#endif
