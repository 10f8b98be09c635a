#include <reprise/clock_system.h>

#include <stddef.h>
#include <time.h>

#include <reprise/err.h>
#include <reprise/mem.h>

struct clock_system {
    struct rp_clock base;
    int64_t zero_ns;   /* monotonic time of instant 0 */
    int64_t paused_ns; /* monotonic time of the pause, or -1 */
};

static struct clock_system *self_of(struct rp_clock *clock)
{
    return RP_CONTAINER_OF(clock, struct clock_system, base);
}

static int64_t read_clock(clockid_t id)
{
    struct timespec now;
    int rc = clock_gettime(id, &now);
    RP_ASSERT(rc == 0);
    return (int64_t)now.tv_sec * RP_NS_PER_S + now.tv_nsec;
}

static struct rp_instant system_now(struct rp_clock *clock)
{
    struct clock_system *self = self_of(clock);
    int64_t now_ns =
        self->paused_ns >= 0 ? self->paused_ns : read_clock(CLOCK_MONOTONIC);
    return (struct rp_instant){now_ns - self->zero_ns};
}

static struct rp_wall system_wall(struct rp_clock *clock)
{
    (void)clock;
    return (struct rp_wall){read_clock(CLOCK_REALTIME)};
}

static void system_free(struct rp_clock *clock)
{
    rp_mem_free(self_of(clock));
}

static const struct rp_clock_ops system_ops = {
    .name = "system",
    .now = system_now,
    .wall = system_wall,
    .free = system_free,
};

struct rp_clock *rp_clock_system_new(void)
{
    return rp_clock_system_new_at((struct rp_instant){0});
}

struct rp_clock *rp_clock_system_new_at(struct rp_instant now)
{
    struct clock_system *self = rp_mem_zalloc(sizeof(*self));
    self->base.ops = &system_ops;
    self->zero_ns = read_clock(CLOCK_MONOTONIC) - now.ns;
    self->paused_ns = -1;
    return &self->base;
}

void rp_clock_system_pause(struct rp_clock *clock)
{
    struct clock_system *self = self_of(clock);
    if (self->paused_ns < 0) {
        self->paused_ns = read_clock(CLOCK_MONOTONIC);
    }
}

void rp_clock_system_resume(struct rp_clock *clock)
{
    struct clock_system *self = self_of(clock);
    if (self->paused_ns >= 0) {
        self->zero_ns += read_clock(CLOCK_MONOTONIC) - self->paused_ns;
        self->paused_ns = -1;
    }
}
