/* keeper.h - two processes, so that nothing of a session survives either.
 * Floor: io. For programs that are one session: call it before any thread is
 * started and any store is opened.
 *
 * The calling process becomes the keeper: child subreaper and parent of the
 * orchestrator, to which it forwards INT, TERM, HUP, TSTP, CONT and WINCH. The
 * orchestrator runs in a session of its own, so that neither ^C nor a signal to
 * the group reaches it twice, and is told when the keeper dies. When the
 * orchestrator is gone, however it went, the keeper ends what it adopted,
 * sparing the children that the process had before.
 */
#ifndef RP_KEEPER_H
#define RP_KEEPER_H

#include <stdint.h>

#include <reprise/err.h>

struct rp_keeper_end {
    int status;              /* what the orchestrator's function returned */
    int signal;              /* not 0: the orchestrator was killed by it */
    uint32_t survivor_count; /* adopted processes that could not be ended */
    char survivors[256];     /* "4711 (sleep), 4712 (sh)" */
};

/* Runs `orchestrate` in the child, whose exit status is what it returns (0 to
 * 255). In it the forwarded signals are blocked: rp_control_new() listens to
 * them. RP_E_IO: the child could not be made. */
RP_NODISCARD enum rp_code rp_keeper_run(int (*orchestrate)(void *context),
    void *context, struct rp_keeper_end *end, struct rp_err *err);

#endif
