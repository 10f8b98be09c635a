#include <reprise/clock.h>
#include <reprise/err.h>
#include <reprise/mem.h>

#include <stddef.h>

struct clock_virtual {
    struct rp_clock base;
    struct rp_instant now;
    struct rp_wall began;
};

static struct rp_instant virtual_now(struct rp_clock *clock)
{
    return RP_CONTAINER_OF(clock, struct clock_virtual, base)->now;
}

static struct rp_wall virtual_wall(struct rp_clock *clock)
{
    struct clock_virtual *self =
        RP_CONTAINER_OF(clock, struct clock_virtual, base);
    return rp_wall_add(self->began, (struct rp_duration){self->now.ns});
}

static void virtual_free(struct rp_clock *clock)
{
    rp_mem_free(RP_CONTAINER_OF(clock, struct clock_virtual, base));
}

static const struct rp_clock_ops virtual_ops = {
    .name = "virtual",
    .now = virtual_now,
    .wall = virtual_wall,
    .free = virtual_free,
};

struct rp_clock *rp_clock_virtual_new(struct rp_wall began)
{
    struct clock_virtual *self = rp_mem_zalloc(sizeof(*self));
    self->base.ops = &virtual_ops;
    self->began = began;
    return &self->base;
}

void rp_clock_virtual_advance(struct rp_clock *clock, struct rp_instant to)
{
    RP_ASSERT(clock->ops == &virtual_ops);
    struct clock_virtual *self =
        RP_CONTAINER_OF(clock, struct clock_virtual, base);
    if (rp_instant_before(self->now, to)) {
        self->now = to;
    }
}

void rp_clock_free(struct rp_clock **clock)
{
    if (*clock != NULL) {
        (*clock)->ops->free(*clock);
        *clock = NULL;
    }
}
