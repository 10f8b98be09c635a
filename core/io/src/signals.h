/* signals.h - what keeper and orchestrator tell each other by. Internal to
 * core/io. */
#ifndef RP_SIGNALS_H
#define RP_SIGNALS_H

#include <signal.h>

#define RP__LOST_STATUS 137

/* What the orchestrator gets when its keeper dies. */
static inline int rp__signal_keeper_lost(void)
{
    return SIGRTMIN;
}

/* What is forwarded, and the one above. */
static inline void rp__signals_forwarded(sigset_t *out)
{
    static const int forwarded[] = {
        SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH};
    (void)sigemptyset(out);
    for (unsigned i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++) {
        (void)sigaddset(out, forwarded[i]);
    }
    (void)sigaddset(out, rp__signal_keeper_lost());
}

#endif
