/* redact_arg.h - what a command line takes out of recordings. Floor: cli. */
#ifndef RP_CLI_REDACT_ARG_H
#define RP_CLI_REDACT_ARG_H

#include <reprise/redact.h>

#include "opt.h"
#include "session_arg.h"

#define RP__OPT_REDACT                                                         \
    {"redact", "RULE",                                                         \
        "take out what a JSON Pointer or a pattern finds; repeatable", true,   \
        0},                                                                    \
    {                                                                          \
        "redact-key", "FILE", "what makes the tokens; else STORE.key", false,  \
            0                                                                  \
    }

/* Whether anything is to be taken out. */
bool rp__redact_asked(const struct rp__args *args);

/* Redacts and tells what was done; RP__GO_ON, or a status after the person was
 * told. The key of a store is made when it is needed first. */
int rp__redact(struct rp_redacted **out, const struct rp__session_arg *arg,
    const struct rp__args *args, struct rp_recording *const *recordings,
    uint32_t count);

#endif
