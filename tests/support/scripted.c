#include "scripted.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <reprise/mem.h>

struct player {
    uint32_t call;
    const struct script_line *line;
    struct rp_instant began, ends, kill_at;
    struct rp_duration idle, grace;
    bool idle_told, stopped, done;
    bool unstarted; /* stopped before its first instruction */
    int pending;    /* a signal that a stopped one has not taken yet */
    bool term_sent, kill_sent;
    int died_of; /* a signal that was not ours */
};

struct scripted {
    struct rp_transport base;
    const struct script *script;
    struct rp_clock *clock;
    struct player *players;
    uint32_t count;
    struct rp_completion completion;
};

static struct scripted *self_of(struct rp_transport *t)
{
    return RP_CONTAINER_OF(t, struct scripted, base);
}

static const struct script_line *line_for(
    const struct script *script, const char *path)
{
    static const struct script_line plain = {.output = "{}", .after_ms = 1};
    for (uint32_t i = 0; i < script->count; i++) {
        if (rp_str_glob(rp_str_of(script->lines[i].path), rp_str_of(path))) {
            return &script->lines[i];
        }
    }
    return &plain;
}

static struct rp_instant after(struct scripted *self, int64_t ms)
{
    return ms < 0 ? RP_INSTANT_NEVER
                  : rp_instant_add(
                        rp_clock_now(self->clock), rp_duration_of_ms(ms));
}

static enum rp_code scripted_submit(
    struct rp_transport *t, const struct rp_call *call, struct rp_err *err)
{
    struct scripted *self = self_of(t);
    char path[RP_PATH_LEN_MAX];
    (void)err;
    (void)snprintf(
        path, sizeof(path), "%s@%" PRIu32, call->task, call->attempt);
    self->players =
        rp_mem_grow(self->players, self->count + 1, sizeof(struct player));
    struct player *player = &self->players[self->count++];
    *player = (struct player){
        .call = call->number,
        .line = line_for(self->script, path),
        .began = rp_clock_now(self->clock),
        .idle = call->idle,
        .grace = call->agent != NULL ? call->agent->grace : RP_DURATION_FOREVER,
        .kill_at = RP_INSTANT_NEVER,
        .stopped = call->stopped,
        .unstarted = call->stopped,
    };
    player->ends = player->stopped ? RP_INSTANT_NEVER
                                   : after(self, player->line->after_ms);
    if (player->line->spawn_fails) {
        player->ends = after(self, 0);
    }
    return RP_OK;
}

static struct player *running(struct scripted *self, uint32_t call)
{
    for (uint32_t i = 0; i < self->count; i++) {
        if (self->players[i].call == call && !self->players[i].done) {
            return &self->players[i];
        }
    }
    return NULL;
}

static void scripted_cancel(
    struct rp_transport *t, uint32_t call, enum rp_cancel_mode mode)
{
    struct scripted *self = self_of(t);
    struct player *player = running(self, call);
    if (player == NULL) {
        return;
    }
    bool kill = mode == RP_CANCEL_KILL;
    player->term_sent = player->term_sent || !kill;
    player->kill_sent = player->kill_sent || kill;
    /* What never ran has no handler for it. */
    int64_t gone_ms = kill || player->unstarted ? 0 : player->line->gone_ms;
    struct rp_instant gone = after(self, gone_ms);
    struct rp_instant limit =
        rp_instant_add(rp_clock_now(self->clock), player->grace);
    if (!kill && rp_instant_before(limit, gone)) {
        player->kill_at = limit;
        gone = limit;
    }
    player->ends = rp_instant_min(player->ends, gone);
}

static bool scripted_signal(struct rp_transport *t, uint32_t call, int signo)
{
    struct scripted *self = self_of(t);
    struct player *player = running(self, call);
    if (player == NULL) {
        return false;
    }
    if (signo == SIGSTOP) {
        player->stopped = true;
        player->ends = RP_INSTANT_NEVER;
        return true;
    }
    if (player->stopped && signo != SIGKILL && signo != SIGCONT) {
        player->pending = signo;
        return true;
    }
    int taken = signo == SIGCONT ? player->pending : signo;
    if (taken != 0) {
        player->died_of = taken;
        player->ends = rp_clock_now(self->clock);
    }
    return true;
}

static struct rp_instant idle_at(const struct player *player)
{
    return player->idle_told ? RP_INSTANT_NEVER
                             : rp_instant_add(player->began, player->idle);
}

static struct player *next_player(struct scripted *self, bool *is_idle)
{
    struct player *next = NULL;
    struct rp_instant best = RP_INSTANT_NEVER;
    for (uint32_t i = 0; i < self->count; i++) {
        struct player *p = &self->players[i];
        if (p->done) {
            continue;
        }
        struct rp_instant idle = idle_at(p);
        bool idles = rp_instant_before(idle, p->ends);
        struct rp_instant at = idles ? idle : p->ends;
        if (rp_instant_before(at, best)) {
            best = at;
            next = p;
            *is_idle = idles;
        }
    }
    return next;
}

static void complete(struct scripted *self, struct player *p)
{
    struct rp_completion *c = &self->completion;
    p->kill_sent = p->kill_sent || !rp_instant_before(p->ends, p->kill_at);
    *c = (struct rp_completion){
        .call = p->call,
        .end = RP_END_EXITED,
        .pid = 1000 + (int32_t)p->call,
        .term_sent = p->term_sent,
        .kill_sent = p->kill_sent,
        .duration = rp_instant_since(p->ends, p->began),
        .first_byte = RP_DURATION_FOREVER,
        .exit_status = -1,
    };
    c->gaps[0] = (struct rp_gap){{0}, c->duration}; /* silent to its end */
    c->gap_count = 1;
    bool ours = p->term_sent || p->kill_sent;
    int fatal = p->died_of != 0 ? p->died_of : p->line->signal;
    p->done = true;
    if (p->line->spawn_fails) {
        c->end = RP_END_SPAWN;
        c->pid = 0;
        c->gap_count = 0;
        (void)snprintf(c->message, sizeof(c->message), "cannot start");
        return;
    }
    if (p->died_of == 0 && ours) {
        c->end = RP_END_KILLED;
        c->signal = p->kill_sent ? SIGKILL : SIGTERM;
    } else if (fatal != 0) {
        c->end = RP_END_SIGNALED;
        c->signal = fatal;
    } else {
        c->exit_status = p->line->exit_status;
    }
    bool wrote = p->died_of == 0 && !p->stopped && !ours;
    if (wrote && p->line->output != NULL) {
        c->output = rp_str_of(p->line->output);
        c->output_bytes = c->output.len;
        c->first_byte = c->duration;
    }
}

static enum rp_code scripted_poll(struct rp_transport *t,
    struct rp_instant until, struct rp_report *out, struct rp_err *err)
{
    struct scripted *self = self_of(t);
    bool is_idle = false;
    struct player *p = next_player(self, &is_idle);
    struct rp_instant at = RP_INSTANT_NEVER;
    if (p != NULL) {
        at = is_idle ? idle_at(p) : p->ends;
    }
    if (rp_instant_before(until, at)) {
        rp_clock_virtual_advance(self->clock, until);
        return RP_E_TIMEOUT;
    }
    if (p == NULL) {
        return rp_err_set(err, RP_E_STATE, "everything waits for nothing");
    }
    rp_clock_virtual_advance(self->clock, at);
    *out = (struct rp_report){.at = at, .call = p->call};
    if (is_idle) {
        p->idle_told = true;
        out->kind = RP_REPORT_IDLE;
        out->silent = p->idle;
        return RP_OK;
    }
    complete(self, p);
    out->kind = RP_REPORT_COMPLETED;
    out->completion = &self->completion;
    return RP_OK;
}

static bool scripted_observe(
    struct rp_transport *t, uint32_t call, struct rp_call_state *out)
{
    struct player *player = running(self_of(t), call);
    if (player == NULL) {
        return false;
    }
    *out = (struct rp_call_state){.pid = 1000 + (int32_t)call};
    return true;
}

static void scripted_free(struct rp_transport *t)
{
    struct scripted *self = self_of(t);
    rp_mem_free(self->players);
    rp_mem_free(self);
}

static const struct rp_transport_ops scripted_ops = {
    .name = "scripted",
    .submit = scripted_submit,
    .cancel = scripted_cancel,
    .signal = scripted_signal,
    .poll = scripted_poll,
    .observe = scripted_observe,
    .free = scripted_free,
};

struct rp_transport *scripted_new(
    const struct script *script, struct rp_clock *clock)
{
    struct scripted *self = rp_mem_zalloc(sizeof(*self));
    self->base.ops = &scripted_ops;
    self->script = script;
    self->clock = clock;
    return &self->base;
}

uint32_t scripted_submitted(const struct rp_transport *t)
{
    return ((const struct scripted *)(const void *)t)->count;
}
