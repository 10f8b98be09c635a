#include "stub.h"

#include <signal.h>
#include <string.h>

#include <reprise/mem.h>

/* A report that is due. */
struct answer {
    enum rp_report_kind kind;
    enum rp_call_end end;
    int signal;
    uint32_t call;
    struct rp_instant at;
    struct rp_duration silent; /* IDLE */
    struct rp_str output;
};

/* A call that a fault stopped before it could answer. */
struct hung {
    uint32_t call;
    struct rp_instant began;
    struct rp_duration idle; /* FOREVER: off, or told */
    const struct rp__stub *stub;
    int pending; /* a signal that it takes when it goes on, or 0 */
};

struct stubbing {
    struct rp_transport base; /* first member; base.next is owned */
    struct rp_clock *clock;
    const struct rp__stub *stubs;
    uint32_t stub_count;
    struct answer *answers; /* owned; in the order of their time */
    uint32_t head, count, room;
    struct hung *hung; /* owned */
    uint32_t hung_count, hung_room;
    struct rp_completion completion; /* what the last report borrows */
    /* Of `next`, which came after an answer that goes first. */
    struct rp_report held;
    bool is_held;
};

static bool fits(const struct rp__stub *stub, const struct rp_call *call)
{
    return (rp_digest_is_zero(&stub->content) ||
               rp_digest_equal(&stub->content, &call->content)) &&
           (stub->agent == NULL ||
               strcmp(stub->agent, call->agent_name) == 0) &&
           (stub->task == NULL || strcmp(stub->task, call->task) == 0) &&
           (stub->lanes == NULL ||
               rp_str_glob(rp_str_of(stub->lanes), rp_str_of(call->task)));
}

static const struct rp__stub *stub_of(
    const struct stubbing *self, const struct rp_call *call)
{
    for (uint32_t i = 0; i < self->stub_count; i++) {
        if (fits(&self->stubs[i], call)) {
            return self->stubs[i].made ? NULL : &self->stubs[i];
        }
    }
    return NULL;
}

/* ---- what is due ---- */

static void add_answer(struct stubbing *self, const struct answer *answer)
{
    if (self->count == self->room) {
        self->room = self->room == 0 ? 16 : self->room * 2;
        self->answers =
            rp_mem_grow(self->answers, self->room, sizeof(struct answer));
    }
    uint32_t at = self->count++;
    while (at > self->head &&
           rp_instant_before(answer->at, self->answers[at - 1].at)) {
        self->answers[at] = self->answers[at - 1];
        at--;
    }
    self->answers[at] = *answer;
}

static struct rp_instant idle_at(const struct hung *hung)
{
    return hung->idle.ns == RP_DURATION_FOREVER.ns
               ? RP_INSTANT_NEVER
               : rp_instant_add(hung->began, hung->idle);
}

static struct rp_instant next_idle(const struct stubbing *self)
{
    struct rp_instant next = RP_INSTANT_NEVER;
    for (uint32_t i = 0; i < self->hung_count; i++) {
        next = rp_instant_min(next, idle_at(&self->hung[i]));
    }
    return next;
}

/* Each is told once. */
static void tell_idle(struct stubbing *self)
{
    struct rp_instant now = rp_clock_now(self->clock);
    for (uint32_t i = 0; i < self->hung_count; i++) {
        struct hung *hung = &self->hung[i];
        struct rp_instant at = idle_at(hung);
        if (at.ns != RP_INSTANT_NEVER.ns && !rp_instant_before(now, at)) {
            struct answer answer = {.kind = RP_REPORT_IDLE,
                .call = hung->call,
                .at = at,
                .silent = hung->idle};
            add_answer(self, &answer);
            hung->idle = RP_DURATION_FOREVER;
        }
    }
}

/* NULL if no such call hangs. */
static struct hung *hung_of(const struct stubbing *self, uint32_t call)
{
    for (uint32_t i = 0; i < self->hung_count; i++) {
        if (self->hung[i].call == call) {
            return &self->hung[i];
        }
    }
    return NULL;
}

static void end_hung(
    struct stubbing *self, struct hung *hung, enum rp_call_end end, int signal)
{
    struct answer answer = {.kind = RP_REPORT_COMPLETED,
        .end = end,
        .signal = signal,
        .call = hung->call,
        .at = rp_clock_now(self->clock)};
    if (end == RP_END_EXITED) {
        answer.output = hung->stub->output;
    }
    add_answer(self, &answer);
    *hung = self->hung[--self->hung_count];
}

/* ---- the transport ---- */

static enum rp_code stub_submit(
    struct rp_transport *t, const struct rp_call *call, struct rp_err *err)
{
    struct stubbing *self = RP_CONTAINER_OF(t, struct stubbing, base);
    const struct rp__stub *stub = stub_of(self, call);
    if (stub == NULL || stub->on_miss != NULL) {
        enum rp_code rc = rp_transport_pass_submit(t, call, err);
        if (stub == NULL || rc != RP_E_NOT_FOUND) {
            return rc;
        }
        rp_err_clear(err);
        rp__paths_add(stub->on_miss, call->path);
    }
    struct rp_instant now = rp_clock_now(self->clock);
    if (!call->stopped) {
        struct answer answer = {.kind = RP_REPORT_COMPLETED,
            .end = RP_END_EXITED,
            .call = call->number,
            .at = now,
            .output = stub->output};
        add_answer(self, &answer);
        return RP_OK;
    }
    if (self->hung_count == self->hung_room) {
        self->hung_room = self->hung_room == 0 ? 16 : self->hung_room * 2;
        self->hung =
            rp_mem_grow(self->hung, self->hung_room, sizeof(struct hung));
    }
    self->hung[self->hung_count++] =
        (struct hung){call->number, now, call->idle, stub, 0};
    return RP_OK;
}

static void stub_cancel(
    struct rp_transport *t, uint32_t call, enum rp_cancel_mode mode)
{
    struct stubbing *self = RP_CONTAINER_OF(t, struct stubbing, base);
    struct hung *hung = hung_of(self, call);
    if (hung == NULL) {
        rp_transport_pass_cancel(t, call, mode);
    } else {
        end_hung(self, hung, RP_END_KILLED, SIGKILL);
    }
}

static bool stub_signal(struct rp_transport *t, uint32_t call, int signo)
{
    struct stubbing *self = RP_CONTAINER_OF(t, struct stubbing, base);
    struct hung *hung = hung_of(self, call);
    if (hung == NULL) {
        return rp_transport_pass_signal(t, call, signo);
    }
    /* A stopped process takes SIGKILL; all else waits for SIGCONT. */
    if (signo == SIGKILL) {
        end_hung(self, hung, RP_END_SIGNALED, signo);
    } else if (signo == SIGCONT && hung->pending != 0) {
        end_hung(self, hung, RP_END_SIGNALED, hung->pending);
    } else if (signo == SIGCONT) {
        end_hung(self, hung, RP_END_EXITED, 0);
    } else if (signo != SIGSTOP && hung->pending == 0) {
        hung->pending = signo;
    }
    return true;
}

static bool stub_observe(
    struct rp_transport *t, uint32_t call, struct rp_call_state *out)
{
    struct stubbing *self = RP_CONTAINER_OF(t, struct stubbing, base);
    const struct hung *hung = hung_of(self, call);
    if (hung == NULL) {
        return rp_transport_pass_observe(t, call, out);
    }
    *out = (struct rp_call_state){
        .silent = rp_instant_since(rp_clock_now(self->clock), hung->began)};
    return true;
}

static void report_answer(struct stubbing *self, struct rp_report *out)
{
    const struct answer *answer = &self->answers[self->head++];
    self->completion = (struct rp_completion){
        .call = answer->call,
        .end = answer->end,
        .exit_status = answer->end == RP_END_EXITED ? 0 : -1,
        .signal = answer->signal,
        .kill_sent = answer->end == RP_END_KILLED,
        .output = answer->output,
        .output_bytes = answer->output.len,
    };
    *out = (struct rp_report){.kind = answer->kind,
        .at = answer->at,
        .call = answer->call,
        .silent = answer->silent,
        .completion =
            answer->kind == RP_REPORT_COMPLETED ? &self->completion : NULL};
    if (self->head == self->count) {
        self->head = self->count = 0;
    }
}

static enum rp_code stub_poll(struct rp_transport *t, struct rp_instant until,
    struct rp_report *out, struct rp_err *err)
{
    struct stubbing *self = RP_CONTAINER_OF(t, struct stubbing, base);
    tell_idle(self);
    if (!self->is_held) { /* is there something older? */
        bool answered = self->head < self->count;
        struct rp_instant first =
            answered ? self->answers[self->head].at : next_idle(self);
        enum rp_code rc = rp_transport_pass_poll(
            t, rp_instant_min(until, first), &self->held, err);
        if (rc != RP_OK && rc != RP_E_TIMEOUT) {
            return rc;
        }
        self->is_held = rc == RP_OK;
        tell_idle(self);
    }
    bool answered = self->head < self->count;
    if (!answered && !self->is_held) {
        return RP_E_TIMEOUT;
    }
    rp_err_clear(err);
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
    rp_mem_free(self->hung);
    rp_mem_free(self);
}

/* The others know nothing of calls they were not given, and an answered call
 * cannot be cancelled any more. */
static const struct rp_transport_ops stub_ops = {
    .name = "stub",
    .submit = stub_submit,
    .cancel = stub_cancel,
    .signal = stub_signal,
    .poll = stub_poll,
    .observe = stub_observe,
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
