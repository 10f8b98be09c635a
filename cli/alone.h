/* alone.h - runs a part of the program as the orchestrator of a session, with
 * the keeper around it. Floor: cli. */
#ifndef RP_CLI_ALONE_H
#define RP_CLI_ALONE_H

#include <reprise/id.h>

struct rp__alone {
    const char *command;
    const struct rp_session_id *session; /* NULL: nothing is recorded */
    const char *store_path;              /* NULL with it */
};

/* Returns the exit status of `body`, or RP__EXIT_LOST when it was killed, and
 * the person was told. */
int rp__alone_run(
    const struct rp__alone *alone, int (*body)(void *context), void *context);

#endif
