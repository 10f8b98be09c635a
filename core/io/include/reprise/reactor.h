/* reactor.h - one waiting place for descriptors: epoll. Floor: io.
 * Single-threaded. */
#ifndef RP_REACTOR_H
#define RP_REACTOR_H

#include <stdint.h>

#include <reprise/err.h>
#include <reprise/time.h>

struct rp_reactor;

/* A descriptor somebody waits for. Embedded by its owner, who removes it
 * before closing the descriptor: after vfork a child may still hold what was
 * closed here, and epoll would go on reporting it. */
struct rp_source {
    int fd;
    void (*ready)(void *context, uint32_t events); /* EPOLLIN and the like */
    void *context;
    bool added; /* the reactor's */
};

RP_NODISCARD enum rp_code rp_reactor_new(
    struct rp_reactor **out, struct rp_err *err);
void rp_reactor_free(struct rp_reactor **reactor);

RP_NODISCARD enum rp_code rp_reactor_add(struct rp_reactor *reactor,
    struct rp_source *source, uint32_t events, struct rp_err *err);
/* Also forgets what was reported for it and not yet delivered. Removing what
 * was not added does nothing. */
void rp_reactor_remove(struct rp_reactor *reactor, struct rp_source *source);

/* Waits at most `longest` (FOREVER: until something happens) and calls what is
 * ready. */
void rp_reactor_wait(struct rp_reactor *reactor, struct rp_duration longest);

/* Something outside the transports wants attention: they return early. */
void rp_reactor_wake(struct rp_reactor *reactor);
/* Whether somebody called wake since the last call of this. */
bool rp_reactor_take_wake(struct rp_reactor *reactor);

#endif
