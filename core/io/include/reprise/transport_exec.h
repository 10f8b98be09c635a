/* transport_exec.h - one process per attempt. Floor: io. Single-threaded:
 * only the thread that made it may use it (parent death is per thread).
 */
#ifndef RP_TRANSPORT_EXEC_H
#define RP_TRANSPORT_EXEC_H

#include <reprise/reactor.h>
#include <reprise/store.h>
#include <reprise/transport.h>

/* All borrowed, outlive the transport. */
struct rp_exec_options {
    struct rp_reactor *reactor;
    struct rp_clock *clock;
    const struct rp_session_head *head; /* ids for the environment */
    uint32_t incarnation;       /* of the session; 0: the first, as in `head` */
    const struct rp_plan *plan; /* its directory */
    char *const *environ;       /* where workers' variables come from */
};

/* Makes this process a child subreaper. Children it has already are spared.
 * Release with rp_transport_free(), which ends what still runs. */
RP_NODISCARD enum rp_code rp_transport_exec_new(struct rp_transport **out,
    const struct rp_exec_options *options, struct rp_err *err);

/* SIGSTOP and SIGCONT to every worker's group, for Ctrl-Z. */
void rp_transport_exec_pause(struct rp_transport *t);
void rp_transport_exec_resume(struct rp_transport *t);

#endif
