/* command.h - the commands of the program; each is one file cmd_<name>.c.
 * Floor: cli. */
#ifndef RP_CLI_COMMAND_H
#define RP_CLI_COMMAND_H

#include "exit.h"
#include "opt.h"

extern const struct rp__command rp__cmd_bundle, rp__cmd_cancel, rp__cmd_check,
    rp__cmd_diff, rp__cmd_export, rp__cmd_faults, rp__cmd_fork, rp__cmd_import,
    rp__cmd_init, rp__cmd_ls, rp__cmd_metrics, rp__cmd_play, rp__cmd_receipt,
    rp__cmd_replay, rp__cmd_resume, rp__cmd_retry, rp__cmd_rm, rp__cmd_run,
    rp__cmd_schema, rp__cmd_show, rp__cmd_store, rp__cmd_sweep, rp__cmd_verify,
    rp__cmd_watch, rp__cmd_worker;

/* What several commands say of themselves in the same words. */
#define RP__OPT_STORE                                                          \
    {                                                                          \
        "store", "FILE",                                                       \
            "the store; else $REPRISE_STORE, else the nearest "                \
            ".reprise/store.db here or above",                                 \
            false, 0                                                           \
    }
#define RP__OPT_JSON                                                           \
    {                                                                          \
        "json", NULL, "the result for programs; reprise schema has its form",  \
            false, 0                                                           \
    }
#define RP__OPT_END                                                            \
    {                                                                          \
        NULL, NULL, NULL, false, 0                                             \
    }
#define RP__HELP_SESSION                                                       \
    "SESSION is an id, its beginning, or (from 4 characters) its end. "        \
    "Without it, or\nas 'last', the latest is meant."

#endif
