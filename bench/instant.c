#include "instant.h"

#include <reprise/mem.h>

#define TOOK_NS RP_NS_PER_MS

static const char output[] =
    "{\"status\":\"ok\",\"summary\":\"three findings in the section\","
    "\"findings\":[\"first\",\"second\",\"third\"]}\n";

struct waiting {
    uint32_t call;
    struct rp_instant began;
};

/* Calls end in the order of their dispatch: a queue. */
struct instant {
    struct rp_transport base;
    struct rp_clock *clock; /* borrowed, outlives us */
    struct waiting *queue;
    uint32_t first, count, room;
    struct rp_completion completion;
};

static struct instant *self_of(struct rp_transport *t)
{
    return RP_CONTAINER_OF(t, struct instant, base);
}

static enum rp_code instant_submit(
    struct rp_transport *t, const struct rp_call *call, struct rp_err *err)
{
    struct instant *self = self_of(t);
    (void)err;
    if (self->first == self->count) {
        self->first = 0;
        self->count = 0;
    }
    if (self->count == self->room) {
        self->room = self->room == 0 ? 64 : self->room * 2;
        self->queue =
            rp_mem_grow(self->queue, self->room, sizeof(struct waiting));
    }
    self->queue[self->count++] =
        (struct waiting){call->number, rp_clock_now(self->clock)};
    return RP_OK;
}

static void instant_cancel(
    struct rp_transport *t, uint32_t call, enum rp_cancel_mode mode)
{
    (void)t; /* it is about to end anyway */
    (void)call;
    (void)mode;
}

static bool instant_signal(struct rp_transport *t, uint32_t call, int signo)
{
    (void)t;
    (void)call;
    (void)signo;
    return false;
}

static enum rp_code instant_poll(struct rp_transport *t,
    struct rp_instant until, struct rp_report *out, struct rp_err *err)
{
    struct instant *self = self_of(t);
    (void)err;
    bool any = self->first < self->count;
    const struct waiting *next = any ? &self->queue[self->first] : NULL;
    struct rp_duration took = {TOOK_NS};
    struct rp_instant ends =
        any ? rp_instant_add(next->began, took) : RP_INSTANT_NEVER;
    if (rp_instant_before(until, ends)) {
        rp_clock_virtual_advance(self->clock, until);
        return RP_E_TIMEOUT;
    }
    RP_ASSERT(any);
    rp_clock_virtual_advance(self->clock, ends);
    self->completion = (struct rp_completion){
        .call = next->call,
        .end = RP_END_EXITED,
        .pid = 1,
        .output = {output, sizeof(output) - 1},
        .output_bytes = sizeof(output) - 1,
        .duration = took,
        .first_byte = took,
    };
    self->first++;
    *out = (struct rp_report){.kind = RP_REPORT_COMPLETED,
        .at = ends,
        .call = self->completion.call,
        .completion = &self->completion};
    return RP_OK;
}

static bool instant_observe(
    struct rp_transport *t, uint32_t call, struct rp_call_state *out)
{
    (void)t;
    (void)call;
    (void)out;
    return false;
}

static void instant_free(struct rp_transport *t)
{
    struct instant *self = self_of(t);
    rp_mem_free(self->queue);
    rp_mem_free(self);
}

static const struct rp_transport_ops instant_ops = {
    .name = "instant",
    .submit = instant_submit,
    .cancel = instant_cancel,
    .signal = instant_signal,
    .poll = instant_poll,
    .observe = instant_observe,
    .free = instant_free,
};

struct rp_transport *bench_instant_new(struct rp_clock *clock)
{
    struct instant *self = rp_mem_zalloc(sizeof(*self));
    self->base.ops = &instant_ops;
    self->clock = clock;
    return &self->base;
}
