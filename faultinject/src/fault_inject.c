#include <reprise/fault_inject.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <reprise/mem.h>
#include <reprise/rng.h>

#include "fault_end.h"
#include "fault_endure.h"
#include "fault_hold.h"
#include "fault_trigger.h"

#define PROGRAM_BYTES 160 /* shown in a message */
#define ALTERED_BYTES_MAX ((size_t)128 << 20)

/* A call that at least one rule is on. */
struct victim {
    uint32_t call;
    const struct rp_fault_rule *hang, *kill, *slow, *exit, *spawn, *hold;
    const struct rp_fault_rule *linger;
    const struct rp_fault_rule *changes[RP_FAULT_MARKS_MAX]; /* in order */
    uint64_t draws[RP_FAULT_MARKS_MAX];
    uint32_t change_count;
    const struct rp_fault_rule *endures[RP_FAULT_MARKS_MAX];
    uint32_t endure_count;
    uint64_t output_bytes_max;    /* 0: not known */
    struct rp_instant kill_at;    /* NEVER when done or not asked for */
    struct rp_instant begin_at;   /* ditto */
    struct rp_instant refused_at; /* NEVER: it was submitted */
    char program[PROGRAM_BYTES];  /* of one that was refused */
    bool stopped;                 /* before its first instruction */
    bool killed, begun;
};

struct fault_inject {
    struct rp_transport base; /* base.next is owned */
    const struct rp_fault_rules *rules;
    struct rp_clock *clock;
    uint64_t seed;
    struct rp__triggers triggers;
    struct victim *victims;
    uint32_t count, room;
    struct rp__holds holds;
    struct rp_completion completion; /* what the last report borrows */
    struct rp_buf altered;           /* ditto */
    struct rp_memo *memo;            /* borrowed, or NULL */
};

static struct fault_inject *self_of(struct rp_transport *t)
{
    return RP_CONTAINER_OF(t, struct fault_inject, base);
}

/* ---- which rules are on a call ---- */

static void add_change(struct victim *victim, const struct rp_fault_rule *rule,
    const struct rp_call *call, uint64_t seed)
{
    uint32_t i = 0;
    while (i < victim->change_count && victim->changes[i]->kind != rule->kind) {
        i++;
    }
    if (i == RP_FAULT_MARKS_MAX) {
        return; /* more would leave no mark */
    }
    victim->changes[i] = rule;
    victim->draws[i] =
        rp_draw(seed, rp_str_of(call->task), rule->id, call->attempt);
    victim->change_count += i == victim->change_count ? 1 : 0;
}

static void add_rule(struct victim *victim, const struct rp_fault_rule *rule,
    const struct rp_call *call, uint64_t seed)
{
    if (rp__hold_is(rule->kind)) {
        victim->hold = rule;
        return;
    }
    if (rp__endure_is(rule->kind)) {
        if (victim->endure_count < RP_FAULT_MARKS_MAX &&
            rp__endure_concerns(rule, call)) {
            victim->endures[victim->endure_count++] = rule;
        }
        if (rp__hold_lingers(rule->kind)) {
            victim->linger = rule;
        }
        return;
    }
    switch (rp_fault_info(rule->kind)->class) {
    case RP_FAULT_CLASS_HANG:
        victim->hang = rule;
        break;
    case RP_FAULT_CLASS_KILL:
        *(rp__end_is_at_output(rule->kind) ? &victim->exit : &victim->kill) =
            rule;
        break;
    case RP_FAULT_CLASS_SLOW:
        victim->slow = rule;
        break;
    case RP_FAULT_CLASS_SPAWN:
        victim->spawn = rule;
        break;
    case RP_FAULT_CLASS_EXIT:
        victim->exit = rule;
        break;
    case RP_FAULT_CLASS_OUT:
    case RP_FAULT_CLASS_SEM:
        add_change(victim, rule, call, seed);
        break;
    case RP_FAULT_CLASS_RES:   /* all are endured */
    case RP_FAULT_CLASS_CRASH: /* these are on no call */
    case RP_FAULT_CLASS_STORE:
    case RP_FAULT_CLASS_EXPORT:
    case RP_FAULT_CLASS_COUNT:
        break;
    }
}

/* Of two rules that do the same to one call, the later one counts. */
static bool find_rules(struct fault_inject *self, const struct rp_call *call,
    struct victim *victim)
{
    uint64_t on =
        rp__triggers_call(&self->triggers, call, rp_clock_now(self->clock));
    for (uint32_t i = 0; i < self->rules->count; i++) {
        if ((on & UINT64_C(1) << i) != 0) {
            add_rule(victim, &self->rules->items[i], call, self->seed);
        }
    }
    return on != 0;
}

static void add_victim(struct fault_inject *self, const struct victim *victim)
{
    if (self->count == self->room) {
        self->room = self->room == 0 ? 16 : self->room * 2;
        self->victims =
            rp_mem_grow(self->victims, self->room, sizeof(struct victim));
    }
    self->victims[self->count++] = *victim;
}

/* The call goes no further: it is completed by the next poll. */
static enum rp_code refuse(struct fault_inject *self, struct victim *victim,
    const struct rp_call *call)
{
    victim->refused_at = rp_clock_now(self->clock);
    (void)snprintf(victim->program, sizeof(victim->program), "%s",
        call->argv == NULL || call->argv[0] == NULL ? call->agent_name
                                                    : call->argv[0]);
    add_victim(self, victim);
    return RP_OK;
}

static void mark_in(struct fault_inject *self, struct rp_completion *c,
    const struct rp_fault_rule *rule, const struct rp_digest *before,
    const struct rp_digest *after)
{
    self->triggers.fired[rule - self->rules->items]++;
    rp__end_mark(c, rule, before, after);
}

static void mark(struct fault_inject *self, const struct rp_fault_rule *rule,
    const struct rp_digest *before, const struct rp_digest *after)
{
    mark_in(self, &self->completion, rule, before, after);
}

/* Nothing of it is there: it is as one that ended, and nobody hears of it. */
static enum rp_code lose(struct fault_inject *self, struct victim *victim)
{
    struct rp_completion nothing = {.call = victim->call,
        .end = RP_END_EXITED,
        .first_byte = RP_DURATION_FOREVER};
    mark_in(self, &nothing, victim->hold, NULL, NULL);
    rp__holds_take(&self->holds, &nothing, rp_clock_now(self->clock));
    add_victim(self, victim);
    return RP_OK;
}

static enum rp_code inject_submit(
    struct rp_transport *t, const struct rp_call *call, struct rp_err *err)
{
    struct fault_inject *self = self_of(t);
    struct victim victim = {
        .call = call->number,
        .kill_at = RP_INSTANT_NEVER,
        .begin_at = RP_INSTANT_NEVER,
        .refused_at = RP_INSTANT_NEVER,
    };
    if (!find_rules(self, call, &victim)) {
        return rp_transport_pass_submit(t, call, err);
    }
    if (victim.spawn != NULL) {
        return refuse(self, &victim, call);
    }
    if (call->agent != NULL) {
        victim.output_bytes_max = call->agent->output_bytes_max;
    }
    struct rp_call changed = *call;
    struct rp_hardship hardship;
    changed.hardship = rp__endure_all(&hardship, call, victim.endures,
        victim.endure_count, victim.kill != NULL);
    bool at_once = victim.kill != NULL && victim.kill->after.ns == 0;
    victim.stopped =
        call->stopped || victim.hang != NULL || at_once || victim.slow != NULL;
    changed.stopped = victim.stopped;
    if (victim.hold != NULL || victim.linger != NULL) {
        rp__holds_add(&self->holds,
            victim.hold != NULL ? victim.hold : victim.linger, &changed,
            rp_clock_now(self->clock));
    }
    if (victim.hold != NULL && victim.hold->kind == RP_FAULT_SPAWN_LOST) {
        return lose(self, &victim);
    }
    enum rp_code rc = rp_transport_pass_submit(t, &changed, err);
    if (rc != RP_OK) {
        rp__holds_drop(&self->holds, call->number);
        return rc;
    }
    if (victim.kill != NULL) {
        victim.kill_at =
            rp_instant_add(rp_clock_now(self->clock), victim.kill->after);
    }
    if (victim.slow != NULL && victim.hang == NULL && !call->stopped) {
        victim.begin_at = rp_instant_add(rp_clock_now(self->clock),
            rp__end_delay(victim.slow, call, self->seed));
    }
    add_victim(self, &victim);
    return RP_OK;
}

/* ---- signals that are due ---- */

static struct rp_instant next_signal(const struct fault_inject *self)
{
    struct rp_instant next = RP_INSTANT_NEVER;
    for (uint32_t i = 0; i < self->count; i++) {
        next = rp_instant_min(next, self->victims[i].kill_at);
        next = rp_instant_min(next, self->victims[i].begin_at);
    }
    return next;
}

/* What is stopped takes SIGKILL at once and any other signal only when it is
 * continued; it dies of it before it runs. */
static bool deliver(struct fault_inject *self, const struct victim *victim)
{
    int signo = victim->kill->signal;
    if (rp__holds_signal(
            &self->holds, victim->call, signo, rp_clock_now(self->clock))) {
        return true;
    }
    bool runs = rp_transport_pass_signal(&self->base, victim->call, signo);
    if (runs && victim->stopped && signo != SIGKILL) {
        (void)rp_transport_pass_signal(&self->base, victim->call, SIGCONT);
    }
    return runs;
}

static void begin_due(struct fault_inject *self)
{
    struct rp_instant now = rp_clock_now(self->clock);
    for (uint32_t i = 0; i < self->count; i++) {
        struct victim *victim = &self->victims[i];
        if (!rp_instant_before(now, victim->begin_at)) {
            victim->begin_at = RP_INSTANT_NEVER;
            victim->begun =
                rp_transport_pass_signal(&self->base, victim->call, SIGCONT);
            victim->stopped = victim->stopped && !victim->begun;
        }
    }
}

static void kill_due(struct fault_inject *self)
{
    struct rp_instant now = rp_clock_now(self->clock);
    for (uint32_t i = 0; i < self->count; i++) {
        struct victim *victim = &self->victims[i];
        if (!rp_instant_before(now, victim->kill_at)) {
            victim->kill_at = RP_INSTANT_NEVER;
            victim->killed = deliver(self, victim);
        }
    }
}

/* ---- completions ---- */

/* Where there is no such place in the output, it did not fire. */
static void change_output(
    struct fault_inject *self, const struct rp_fault_rule *rule, uint64_t draw)
{
    struct rp_completion *c = &self->completion;
    struct rp_buf changed;
    rp_buf_init(&changed, ALTERED_BYTES_MAX);
    if (!rp_fault_change(&changed, rule, c->output, draw) ||
        changed.overflowed) {
        rp_buf_fini(&changed);
        return;
    }
    struct rp_digest before = rp__end_digest_of(self->memo, c->output);
    rp_buf_fini(&self->altered); /* what was changed before is read by now */
    self->altered = changed;
    rp__end_set_output(c, self->memo, rp_buf_str(&self->altered));
    mark(self, rule, &before, &c->output_digest);
}

static void change_exit(
    struct fault_inject *self, const struct rp_fault_rule *rule)
{
    struct rp_completion *c = &self->completion;
    struct rp_digest before = rp__end_digest_of(self->memo, c->output);
    if (rp__end_change(c, rule)) {
        mark(self, rule, &before, &c->output_digest);
    }
}

/* A signal can reach what is dead and not yet reaped. Of those that a worker
 * may handle nobody can tell; what got SIGKILL alive died of it. */
static bool died(const struct victim *victim, const struct rp_completion *c)
{
    return victim->killed &&
           (victim->kill->signal != SIGKILL || c->signal == SIGKILL);
}

static void touch(struct fault_inject *self, const struct victim *victim)
{
    bool began = self->completion.end != RP_END_SPAWN;
    if (victim->hang != NULL && began) {
        mark(self, victim->hang, NULL, NULL);
    }
    if (died(victim, &self->completion)) {
        mark(self, victim->kill, NULL, NULL);
    }
    if (victim->slow != NULL && began) {
        mark(self, victim->slow, NULL, NULL);
    }
    for (uint32_t i = 0; i < victim->endure_count; i++) {
        if (rp__endure_end(&self->completion, victim->endures[i])) {
            mark(self, victim->endures[i], NULL, NULL);
        }
    }
    if (victim->exit != NULL) {
        change_exit(self, victim->exit);
    }
    for (uint32_t i = 0; i < victim->change_count; i++) {
        change_output(self, victim->changes[i], victim->draws[i]);
    }
    if (victim->change_count > 0) {
        rp__end_bound_output(&self->completion, victim->output_bytes_max);
    }
}

/* The end is kept for later; false: it is told as it is. */
static bool hold_back(struct fault_inject *self, const struct victim *victim)
{
    struct rp_completion *c = &self->completion;
    struct rp_digest before = rp__end_digest_of(self->memo, c->output);
    size_t kept = 0;
    if (!rp__hold_keeps(&kept, &self->holds, c)) {
        rp__holds_drop(&self->holds, victim->call);
        return false;
    }
    if (kept < c->output.len) {
        rp__end_set_output(c, self->memo, (struct rp_str){c->output.ptr, kept});
    }
    mark(self, victim->hold, &before, &c->output_digest);
    rp__holds_take(&self->holds, c, rp_clock_now(self->clock));
    return true;
}

/* Its end is marked, and told when somebody would have closed the pipe. */
static bool let_linger(struct fault_inject *self, const struct victim *victim)
{
    const struct rp_completion *c = &self->completion;
    if (c->endured || !c->pipe_held) {
        rp__holds_drop(&self->holds, victim->call);
        return false;
    }
    rp__holds_take(&self->holds, c, rp_clock_now(self->clock));
    return true;
}

/* False: it is told now. */
static bool is_told_later(
    struct fault_inject *self, const struct victim *victim)
{
    return victim->hold != NULL     ? hold_back(self, victim)
           : victim->linger != NULL ? let_linger(self, victim)
                                    : false;
}

static struct victim *victim_of(struct fault_inject *self, uint32_t call)
{
    for (uint32_t i = 0; i < self->count; i++) {
        if (self->victims[i].call == call) {
            return &self->victims[i];
        }
    }
    return NULL;
}

/* False: nothing is to be told as yet. */
static bool take_report(struct fault_inject *self, struct rp_report *report)
{
    struct victim *victim = victim_of(self, report->call);
    if (victim == NULL) {
        return true;
    }
    if (report->kind == RP_REPORT_IDLE) {
        rp__holds_idle(&self->holds, report->call);
        return true;
    }
    self->completion = *report->completion;
    bool missed = victim->killed && !died(victim, &self->completion);
    touch(self, victim);
    report->completion = &self->completion;
    if (is_told_later(self, victim)) {
        victim->killed = false; /* so far; it is marked */
        /* to all others it runs: now it is killed */
        victim->kill_at = missed ? rp_clock_now(self->clock) : victim->kill_at;
        return false;
    }
    *victim = self->victims[--self->count];
    return true;
}

/* What was held back and is due. */
static bool report_held(struct fault_inject *self, struct rp_report *out)
{
    if (!rp__holds_report(&self->holds, rp_clock_now(self->clock), out)) {
        return false;
    }
    struct victim *victim = victim_of(self, out->call);
    if (out->kind == RP_REPORT_COMPLETED && victim != NULL) {
        self->completion = *out->completion;
        out->completion = &self->completion;
        if (died(victim, &self->completion)) {
            mark(self, victim->kill, NULL, NULL);
        }
        *victim = self->victims[--self->count];
    }
    return true;
}

/* The first call that was refused: it did not start, or exited at once. */
static bool report_refused(struct fault_inject *self, struct rp_report *out)
{
    uint32_t i = 0;
    while (i < self->count &&
           self->victims[i].refused_at.ns == RP_INSTANT_NEVER.ns) {
        i++;
    }
    if (i == self->count) {
        return false;
    }
    const struct victim *victim = &self->victims[i];
    struct rp_completion *c = &self->completion;
    *c = (struct rp_completion){
        .call = victim->call, .first_byte = RP_DURATION_FOREVER};
    rp__end_refuse(c, victim->spawn, victim->program);
    mark(self, victim->spawn, NULL, NULL);
    *out = (struct rp_report){.kind = RP_REPORT_COMPLETED,
        .at = victim->refused_at,
        .call = victim->call,
        .completion = c};
    memmove(&self->victims[i], &self->victims[i + 1],
        (--self->count - i) * sizeof(*self->victims));
    return true;
}

static enum rp_code next_report(struct fault_inject *self,
    struct rp_instant until, struct rp_report *out, struct rp_err *err)
{
    if (report_refused(self, out)) {
        return RP_OK;
    }
    for (;;) {
        begin_due(self);
        kill_due(self);
        if (report_held(self, out)) {
            return RP_OK;
        }
        struct rp_instant due =
            rp_instant_min(next_signal(self), rp__holds_due(&self->holds));
        bool sooner = rp_instant_before(due, until);
        enum rp_code rc =
            rp_transport_pass_poll(&self->base, sooner ? due : until, out, err);
        if (rc == RP_E_TIMEOUT && sooner &&
            !rp_instant_before(rp_clock_now(self->clock), due)) {
            rp_err_clear(err);
            continue; /* something is due, `until` is not reached */
        }
        if (rc == RP_OK && !take_report(self, out)) {
            continue; /* it is told later */
        }
        return rc;
    }
}

static enum rp_code inject_poll(struct rp_transport *t, struct rp_instant until,
    struct rp_report *out, struct rp_err *err)
{
    struct fault_inject *self = self_of(t);
    enum rp_code rc = next_report(self, until, out, err);
    if (rc == RP_OK && out->kind == RP_REPORT_COMPLETED) {
        rp__triggers_ended(&self->triggers, out->call);
    }
    return rc;
}

static void inject_cancel(
    struct rp_transport *t, uint32_t call, enum rp_cancel_mode mode)
{
    struct fault_inject *self = self_of(t);
    rp__holds_cancel(&self->holds, call, mode, rp_clock_now(self->clock));
    rp_transport_pass_cancel(t, call, mode);
}

static bool inject_signal(struct rp_transport *t, uint32_t call, int signo)
{
    struct fault_inject *self = self_of(t);
    return rp__holds_signal(
               &self->holds, call, signo, rp_clock_now(self->clock)) ||
           rp_transport_pass_signal(t, call, signo);
}

static bool inject_observe(
    struct rp_transport *t, uint32_t call, struct rp_call_state *out)
{
    struct fault_inject *self = self_of(t);
    return rp_transport_pass_observe(t, call, out) ||
           rp__holds_observe(
               &self->holds, call, rp_clock_now(self->clock), out);
}

static void inject_free(struct rp_transport *t)
{
    struct fault_inject *self = self_of(t);
    rp_mem_free(self->victims);
    rp__holds_fini(&self->holds);
    rp__triggers_fini(&self->triggers);
    rp_buf_fini(&self->altered);
    rp_mem_free(self);
}

static const struct rp_transport_ops inject_ops = {
    .name = "fault.inject",
    .submit = inject_submit,
    .cancel = inject_cancel,
    .signal = inject_signal,
    .poll = inject_poll,
    .observe = inject_observe,
    .free = inject_free,
};

struct rp_transport *rp_fault_inject_new(struct rp_transport *inner,
    const struct rp_fault_rules *rules, struct rp_clock *clock, uint64_t seed)
{
    RP_ASSERT(inner != NULL);
    struct fault_inject *self = rp_mem_zalloc(sizeof(*self));
    self->base = (struct rp_transport){&inject_ops, inner};
    self->rules = rules;
    self->clock = clock;
    self->seed = seed;
    rp__triggers_init(&self->triggers, rules, seed);
    rp_buf_init(&self->altered, ALTERED_BYTES_MAX);
    return &self->base;
}

static const struct fault_inject *known(const struct rp_transport *t)
{
    RP_ASSERT(t->ops == &inject_ops);
    return (const struct fault_inject *)(const void *)t;
}

void rp_fault_inject_recall(struct rp_transport *t, struct rp_memo *memo)
{
    self_of(t)->memo = memo;
}

uint32_t rp_fault_inject_fired(const struct rp_transport *t, uint32_t rule)
{
    RP_ASSERT(rule < RP_FAULT_RULES_MAX);
    return known(t)->triggers.fired[rule];
}

void rp_fault_inject_note(struct rp_transport *t, uint32_t rule, uint32_t times)
{
    RP_ASSERT(rule < RP_FAULT_RULES_MAX && t->ops == &inject_ops);
    self_of(t)->triggers.fired[rule] += times;
}

void rp_fault_inject_tell_unfired(
    struct rp_buf *out, const struct rp_transport *t)
{
    rp__triggers_tell_unfired(out, &known(t)->triggers);
}
