/* clock.h - the interface to time. Floor: engine.
 *
 * Read by the runner and by transports that really wait, by nobody else.
 * Implementations: rp_clock_system_new (io), rp_clock_virtual_new (here).
 */
#ifndef RP_CLOCK_H
#define RP_CLOCK_H

#include <reprise/time.h>

struct rp_clock;

struct rp_clock_ops {
    const char *name;
    /* Journal time: monotonic, stands still while the session is stopped. */
    struct rp_instant (*now)(struct rp_clock *clock);
    struct rp_wall (*wall)(struct rp_clock *clock); /* a label only */
    void (*free)(struct rp_clock *clock);
};

struct rp_clock {
    const struct rp_clock_ops *ops;
};

static inline struct rp_instant rp_clock_now(struct rp_clock *clock)
{
    return clock->ops->now(clock);
}
static inline struct rp_wall rp_clock_wall(struct rp_clock *clock)
{
    return clock->ops->wall(clock);
}
void rp_clock_free(struct rp_clock **clock);

/* Starts at 0 (`began` on the wall) and moves only by advance, which a
 * transport's poll calls. Advancing to the past does nothing. */
struct rp_clock *rp_clock_virtual_new(struct rp_wall began);
void rp_clock_virtual_advance(struct rp_clock *clock, struct rp_instant to);

#endif
