/* detach.h - a session that goes on when the command has returned.
 * Floor: cli. */
#ifndef RP_CLI_DETACH_H
#define RP_CLI_DETACH_H

#include <reprise/runner.h>

/* Runs `body` in a process of its own, without terminal and standard streams,
 * and returns when its session is durable, which prints `id`: 0; or when it
 * ended before that: its status, and what it said was passed on. */
int rp__detach(
    const struct rp_session_id *id, int (*body)(void *context), void *context);

/* In the session that was detached: tells the command to return at the first
 * durable record. */
struct rp__begun {
    struct rp_sink sink; /* first member */
    bool told;
};
void rp__begun_init(struct rp__begun *begun);

#endif
