/* exit.h - what the exit status of the program means; also in reprise(1). */
#ifndef RP_CLI_EXIT_H
#define RP_CLI_EXIT_H

enum rp__exit {
    RP__EXIT_OK = 0,
    RP__EXIT_FAILED = 1,   /* the session failed; what was checked is wrong */
    RP__EXIT_USAGE = 2,    /* command line or plan is wrong; nothing started */
    RP__EXIT_DEGRADED = 3, /* there is a result, and something is missing */
    RP__EXIT_STORE = 4,    /* the store could not be read or written */
    RP__EXIT_SIGINT = 130,
    RP__EXIT_LOST = 137, /* the orchestrator was killed */
    RP__EXIT_SIGTERM = 143,
};

/* Not a status: the part that was called has nothing to say against going
 * on. */
#define RP__GO_ON (-1)

#endif
