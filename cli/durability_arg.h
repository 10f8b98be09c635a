/* durability_arg.h - --durability commit|full, else $REPRISE_DURABILITY: what
 * a recorded decision survives. Floor: cli. */
#ifndef RP_CLI_DURABILITY_ARG_H
#define RP_CLI_DURABILITY_ARG_H

#include <stdbool.h>

#include <reprise/store_sqlite.h>

#include "opt.h"

/* False: the person was told. An empty variable counts as none. */
bool rp__durability_take(enum rp_durability *out, const struct rp__args *args);

#define RP__OPT_DURABILITY                                                     \
    {                                                                          \
        "durability", "commit|full",                                           \
            "what is recorded survives the death of every process (commit), "  \
            "or power loss, too (full); else $REPRISE_DURABILITY, else "       \
            "commit",                                                          \
            false, 0                                                           \
    }

#endif
