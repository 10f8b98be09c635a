/* miss_arg.h - --live LANES and --miss LANES=POLICY: what a lane does when the
 * recording has no answer. Floor: cli. */
#ifndef RP_CLI_MISS_ARG_H
#define RP_CLI_MISS_ARG_H

#include <reprise/transport_journal.h>

#include "opt.h"
#include "stub.h"

struct rp__misses {
    /* One of each for each rule; the first that fits a task counts. */
    struct rp_journal_lanes
        *refused;               /* owned; elsewhere: it is not a failure */
    struct rp__stub *stubs;     /* owned, with their outputs */
    uint32_t count, stub_count; /* `stub_count` of the rules are stubs */
    uint32_t live_count;
    struct rp__paths live, stubbed; /* calls: what became of misses */
};

/* Whether the command line asks for live workers. */
bool rp__misses_want_live(const struct rp__args *args);

/* False: the person was told. Lanes have to fit a task of `plan`. Fini is due
 * whatever is returned. */
bool rp__misses_take(struct rp__misses *out, const struct rp__args *args,
    const struct rp_plan *plan);
void rp__misses_fini(struct rp__misses *misses);

/* Whether a call of the task may be made live; `context` are the misses. */
bool rp__misses_live(const void *context, const char *task);

#define RP__OPTS_MISS                                                          \
    {"live", "LANES",                                                          \
        "tasks whose calls are made when nothing recorded answers; a pattern", \
        true, 0},                                                              \
    {                                                                          \
        "miss", "LANES=POLICY",                                                \
            "what they do then: fail, live, or stub:FILE|JSON", true, 0        \
    }

#endif
