#include "stub.h"

#include <string.h>

#include <reprise/mem.h>

/* A call that is answered and not reported yet. */
struct answer {
    uint32_t call;
    struct rp_instant at;
    struct rp_str output;
};

struct stubbing {
    struct rp_transport base; /* first member; base.next is owned */
    struct rp_clock *clock;
    const struct rp__stub *stubs;
    uint32_t stub_count;
    struct answer *answers; /* owned; first in, first out */
    uint32_t head, count, room;
    struct rp_completion completion; /* what the last report borrows */
    /* Of `next`, which came after an answer that goes first. */
    struct rp_report held;
    bool is_held;
};

static const struct rp__stub *stub_of(
    const struct stubbing *self, const char *agent)
{
    for (uint32_t i = 0; i < self->stub_count; i++) {
        if (strcmp(self->stubs[i].agent, agent) == 0) {
            return &self->stubs[i];
        }
    }
    return NULL;
}

static enum rp_code stub_submit(
    struct rp_transport *t, const struct rp_call *call, struct rp_err *err)
{
    struct stubbing *self = RP_CONTAINER_OF(t, struct stubbing, base);
    const struct rp__stub *stub = stub_of(self, call->agent_name);
    if (stub == NULL) {
        return rp_transport_pass_submit(t, call, err);
    }
    if (self->count == self->room) {
        self->room = self->room == 0 ? 16 : self->room * 2;
        self->answers =
            rp_mem_grow(self->answers, self->room, sizeof(struct answer));
    }
    self->answers[self->count++] =
        (struct answer){call->number, rp_clock_now(self->clock), stub->output};
    return RP_OK;
}

static void report_answer(struct stubbing *self, struct rp_report *out)
{
    const struct answer *answer = &self->answers[self->head++];
    self->completion = (struct rp_completion){
        .call = answer->call,
        .end = RP_END_EXITED,
        .output = answer->output,
        .output_bytes = answer->output.len,
    };
    *out = (struct rp_report){.kind = RP_REPORT_COMPLETED,
        .at = answer->at,
        .call = answer->call,
        .completion = &self->completion};
    if (self->head == self->count) {
        self->head = self->count = 0;
    }
}

static enum rp_code stub_poll(struct rp_transport *t, struct rp_instant until,
    struct rp_report *out, struct rp_err *err)
{
    struct stubbing *self = RP_CONTAINER_OF(t, struct stubbing, base);
    bool answered = self->head < self->count;
    if (!answered && !self->is_held) {
        return rp_transport_pass_poll(t, until, out, err);
    }
    if (!self->is_held) { /* is there something older? */
        enum rp_code rc = rp_transport_pass_poll(
            t, self->answers[self->head].at, &self->held, err);
        if (rc != RP_OK && rc != RP_E_TIMEOUT) {
            return rc;
        }
        rp_err_clear(err);
        self->is_held = rc == RP_OK;
    }
    if (answered &&
        (!self->is_held ||
            rp_instant_before(self->answers[self->head].at, self->held.at))) {
        report_answer(self, out);
    } else {
        *out = self->held;
        self->is_held = false;
    }
    return RP_OK;
}

static void stub_free(struct rp_transport *t)
{
    struct stubbing *self = RP_CONTAINER_OF(t, struct stubbing, base);
    rp_mem_free(self->answers);
    rp_mem_free(self);
}

/* The others know nothing of calls they were not given, and an answered call
 * cannot be cancelled any more. */
static const struct rp_transport_ops stub_ops = {
    .name = "stub",
    .submit = stub_submit,
    .cancel = rp_transport_pass_cancel,
    .signal = rp_transport_pass_signal,
    .poll = stub_poll,
    .observe = rp_transport_pass_observe,
    .free = stub_free,
};

struct rp_transport *rp__stub_new(struct rp_transport *inner,
    struct rp_clock *clock, const struct rp__stub *stubs, uint32_t stub_count)
{
    RP_ASSERT(inner != NULL);
    struct stubbing *self = rp_mem_zalloc(sizeof(*self));
    self->base = (struct rp_transport){&stub_ops, inner};
    self->clock = clock;
    self->stubs = stubs;
    self->stub_count = stub_count;
    return &self->base;
}
