#include "elsewhere.h"

#include <reprise/mem.h>

/* Real time is waited for in slices: what is behind does not say when it
 * reports next. Its instants are exact; only the waiting is not. */
#define SLICE_NS (5 * RP_NS_PER_MS)

struct elsewhere {
    struct rp_transport base; /* first member; base.next is owned */
    struct rp__elsewhere_options options;
    uint32_t *calls; /* those made live that run, owned */
    uint32_t count, room;
    /* One instant by both clocks, since the first of them was made. */
    struct rp_instant began, live_began;
    struct rp_report held; /* of `live`, not given yet */
    bool is_held;
};

static struct elsewhere *self_of(struct rp_transport *t)
{
    return RP_CONTAINER_OF(t, struct elsewhere, base);
}

/* ---- the two clocks ---- */

static struct rp_instant live_now(const struct elsewhere *self)
{
    return rp_clock_now(self->options.live_clock);
}

static struct rp_instant virtual_of(
    const struct elsewhere *self, struct rp_instant live)
{
    struct rp_instant at =
        rp_instant_add(self->began, rp_instant_since(live, self->live_began));
    struct rp_instant now = rp_clock_now(self->options.clock);
    return rp_instant_before(at, now) ? now : at;
}

static struct rp_instant live_of(
    const struct elsewhere *self, struct rp_instant at)
{
    return at.ns == RP_INSTANT_NEVER.ns
               ? at
               : rp_instant_add(
                     self->live_began, rp_instant_since(at, self->began));
}

/* ---- calls ---- */

static bool is_live(const struct elsewhere *self, uint32_t call)
{
    for (uint32_t i = 0; i < self->count; i++) {
        if (self->calls[i] == call) {
            return true;
        }
    }
    return false;
}

static void add_call(struct elsewhere *self, uint32_t call)
{
    if (self->count == 0) {
        self->began = rp_clock_now(self->options.clock);
        self->live_began = live_now(self);
    }
    if (self->count == self->room) {
        self->room = self->room == 0 ? 16 : 2 * self->room;
        self->calls = rp_mem_grow(self->calls, self->room, sizeof(uint32_t));
    }
    self->calls[self->count++] = call;
}

static void remove_call(struct elsewhere *self, uint32_t call)
{
    for (uint32_t i = 0; i < self->count; i++) {
        if (self->calls[i] == call) {
            self->calls[i] = self->calls[--self->count];
            return;
        }
    }
}

static enum rp_code elsewhere_submit(
    struct rp_transport *t, const struct rp_call *call, struct rp_err *err)
{
    struct elsewhere *self = self_of(t);
    const struct rp__elsewhere_options *o = &self->options;
    enum rp_code rc = rp_transport_pass_submit(t, call, err);
    if (rc != RP_E_NOT_FOUND || !o->wanted(o->context, call->task)) {
        return rc;
    }
    rp_err_clear(err);
    add_call(self, call->number);
    rp__paths_add(o->made, call->path);
    return o->live->ops->submit(o->live, call, err);
}

static void elsewhere_cancel(
    struct rp_transport *t, uint32_t call, enum rp_cancel_mode mode)
{
    struct elsewhere *self = self_of(t);
    struct rp_transport *live = self->options.live;
    if (is_live(self, call)) {
        live->ops->cancel(live, call, mode);
    } else {
        rp_transport_pass_cancel(t, call, mode);
    }
}

static bool elsewhere_signal(struct rp_transport *t, uint32_t call, int signo)
{
    struct elsewhere *self = self_of(t);
    struct rp_transport *live = self->options.live;
    return is_live(self, call) ? live->ops->signal(live, call, signo)
                               : rp_transport_pass_signal(t, call, signo);
}

static bool elsewhere_observe(
    struct rp_transport *t, uint32_t call, struct rp_call_state *out)
{
    struct elsewhere *self = self_of(t);
    struct rp_transport *live = self->options.live;
    return is_live(self, call) ? live->ops->observe(live, call, out)
                               : rp_transport_pass_observe(t, call, out);
}

/* ---- poll ---- */

/* RP_E_TIMEOUT also when a slice is over. */
static enum rp_code wait_live(
    struct elsewhere *self, struct rp_instant until, struct rp_err *err)
{
    struct rp_operator *people = self->options.people;
    struct rp_transport *live = self->options.live;
    enum rp_operator_command command;
    enum rp_reason cause;
    struct rp_instant slice =
        rp_instant_add(live_now(self), (struct rp_duration){SLICE_NS});
    if (people->ops->next(people, &command, &cause)) {
        return rp_err_set(err, RP_E_CANCELLED, "ended on request (%s)",
            rp_reason_name(cause));
    }
    enum rp_code rc = live->ops->poll(
        live, rp_instant_min(live_of(self, until), slice), &self->held, err);
    if (rc == RP_OK) {
        self->is_held = true;
        self->held.at = virtual_of(self, self->held.at);
    }
    return rc;
}

static enum rp_code give_held(struct elsewhere *self, struct rp_report *out)
{
    rp_clock_virtual_advance(self->options.clock, self->held.at);
    *out = self->held;
    self->is_held = false;
    if (out->kind == RP_REPORT_COMPLETED) {
        remove_call(self, out->call);
    }
    return RP_OK;
}

/* What is behind reports up to now, or up to what is held, comes first. */
static enum rp_code elsewhere_poll(struct rp_transport *t,
    struct rp_instant until, struct rp_report *out, struct rp_err *err)
{
    struct elsewhere *self = self_of(t);
    enum rp_code rc = RP_OK;
    if (self->count == 0) {
        return rp_transport_pass_poll(t, until, out, err);
    }
    while (rc == RP_OK) {
        struct rp_instant limit = rp_instant_min(until,
            self->is_held ? self->held.at : virtual_of(self, live_now(self)));
        rc = rp_transport_pass_poll(t, limit, out, err);
        if (rc != RP_E_TIMEOUT) {
            return rc;
        }
        struct rp_instant now = rp_clock_now(self->options.clock);
        if (rp_instant_before(now, limit)) {
            return rc; /* something wants the runner's attention */
        }
        if (self->is_held && !rp_instant_before(now, self->held.at)) {
            rp_err_clear(err);
            return give_held(self, out);
        }
        if (!rp_instant_before(limit, until)) {
            return rc;
        }
        rp_err_clear(err);
        rc = wait_live(self, until, err);
    }
    return rc;
}

static void elsewhere_free(struct rp_transport *t)
{
    struct elsewhere *self = self_of(t);
    rp_mem_free(self->calls);
    rp_mem_free(self);
}

static const struct rp_transport_ops elsewhere_ops = {
    .name = "elsewhere",
    .submit = elsewhere_submit,
    .cancel = elsewhere_cancel,
    .signal = elsewhere_signal,
    .poll = elsewhere_poll,
    .observe = elsewhere_observe,
    .free = elsewhere_free,
};

struct rp_transport *rp__elsewhere_new(
    struct rp_transport *inner, const struct rp__elsewhere_options *options)
{
    struct elsewhere *self = rp_mem_zalloc(sizeof(*self));
    self->base = (struct rp_transport){&elsewhere_ops, inner};
    self->options = *options;
    return &self->base;
}
