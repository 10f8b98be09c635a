/* alone.h - runs a part of the program as the orchestrator of a session, with
 * the keeper around it. Floor: cli. */
#ifndef RP_CLI_ALONE_H
#define RP_CLI_ALONE_H

/* Returns the exit status of `body`, or RP__EXIT_LOST when it was killed. */
int rp__alone_run(int (*body)(void *context), void *context);

#endif
