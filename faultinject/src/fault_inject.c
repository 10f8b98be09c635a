#include <reprise/fault_inject.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <reprise/mem.h>

#define ALTERED_BYTES_MAX ((size_t)128 << 20)

/* A call that at least one rule is on. */
struct victim {
    uint32_t call;
    const struct rp_fault_rule *hang, *kill, *truncate, *slow, *alter;
    struct rp_instant kill_at;  /* NEVER when done or not asked for */
    struct rp_instant begin_at; /* ditto */
    bool stopped;               /* before its first instruction */
    bool killed, begun;
};

struct fault_inject {
    struct rp_transport base; /* base.next is owned */
    const struct rp_fault_rules *rules;
    struct rp_clock *clock;
    uint64_t seed;
    uint32_t matched[RP_FAULT_RULES_MAX];
    uint32_t on[RP_FAULT_RULES_MAX]; /* matches that `nth` allows */
    uint32_t fired[RP_FAULT_RULES_MAX];
    struct victim *victims;
    uint32_t count, room;
    struct rp_completion completion; /* what the last report borrows */
    struct rp_buf altered;           /* ditto */
};

static struct fault_inject *self_of(struct rp_transport *t)
{
    return RP_CONTAINER_OF(t, struct fault_inject, base);
}

/* ---- which rules are on a call ---- */

static void add_rule(struct victim *victim, const struct rp_fault_rule *rule)
{
    switch (rule->kind) {
    case RP_FAULT_HANG:
        victim->hang = rule;
        break;
    case RP_FAULT_KILL:
        victim->kill = rule;
        break;
    case RP_FAULT_OUT_TRUNCATE:
        victim->truncate = rule;
        break;
    case RP_FAULT_SLOW:
        victim->slow = rule;
        break;
    case RP_FAULT_OUT_MISSING:
    case RP_FAULT_OUT_NULL:
    case RP_FAULT_CONTRADICT:
    case RP_FAULT_WRONG_ENTITY:
        victim->alter = rule;
        break;
    }
}

/* Of two rules that do the same to one call, the later one counts. */
static bool find_rules(struct fault_inject *self, const struct rp_call *call,
    struct victim *victim)
{
    bool any = false;
    for (uint32_t i = 0; i < self->rules->count; i++) {
        const struct rp_fault_rule *rule = &self->rules->items[i];
        if (!rp_fault_rule_matches(rule, call, self->seed)) {
            continue;
        }
        uint32_t nth = ++self->matched[i];
        if (nth >= rule->nth.first && nth <= rule->nth.last) {
            add_rule(victim, rule);
            self->on[i]++;
            any = true;
        }
    }
    return any;
}

static enum rp_code inject_submit(
    struct rp_transport *t, const struct rp_call *call, struct rp_err *err)
{
    struct fault_inject *self = self_of(t);
    struct victim victim = {
        .call = call->number,
        .kill_at = RP_INSTANT_NEVER,
        .begin_at = RP_INSTANT_NEVER,
    };
    if (!find_rules(self, call, &victim)) {
        return rp_transport_pass_submit(t, call, err);
    }
    struct rp_call changed = *call;
    bool at_once = victim.kill != NULL && victim.kill->after.ns == 0;
    victim.stopped =
        call->stopped || victim.hang != NULL || at_once || victim.slow != NULL;
    changed.stopped = victim.stopped;
    enum rp_code rc = rp_transport_pass_submit(t, &changed, err);
    if (rc != RP_OK) {
        return rc;
    }
    if (victim.kill != NULL) {
        victim.kill_at =
            rp_instant_add(rp_clock_now(self->clock), victim.kill->after);
    }
    if (victim.slow != NULL && victim.hang == NULL && !call->stopped) {
        victim.begin_at =
            rp_instant_add(rp_clock_now(self->clock), victim.slow->after);
    }
    if (self->count == self->room) {
        self->room = self->room == 0 ? 16 : self->room * 2;
        self->victims =
            rp_mem_grow(self->victims, self->room, sizeof(struct victim));
    }
    self->victims[self->count++] = victim;
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

static void mark(struct fault_inject *self, const struct rp_fault_rule *rule,
    const struct rp_digest *before, const struct rp_digest *after)
{
    struct rp_completion *c = &self->completion;
    self->fired[rule - self->rules->items]++;
    if (c->fault_count == RP_FAULT_MARKS_MAX) {
        return;
    }
    struct rp_fault_mark *m = &c->faults[c->fault_count++];
    (void)snprintf(m->rule, sizeof(m->rule), "%s", rule->id);
    (void)snprintf(m->fault, sizeof(m->fault), "%s", rp_fault_name(rule->kind));
    if (before != NULL) {
        m->before = *before;
        m->after = *after;
    }
}

static void truncate_output(
    struct fault_inject *self, const struct rp_fault_rule *rule)
{
    struct rp_completion *c = &self->completion;
    size_t kept = rp_fault_truncated_len(rule, c->output);
    if (kept == c->output.len) {
        return; /* nothing to cut: it did not fire */
    }
    struct rp_digest before = rp_digest_of(c->output);
    c->output.len = kept;
    c->output_bytes = kept;
    struct rp_digest after = {{0}};
    if (kept > 0) {
        after = rp_digest_of(c->output);
    }
    c->output_digest = after;
    mark(self, rule, &before, &after);
}

/* Of a document that is not there, nothing is altered. */
static void alter_output(
    struct fault_inject *self, const struct rp_fault_rule *rule)
{
    struct rp_completion *c = &self->completion;
    rp_buf_reset(&self->altered);
    if (!rp_fault_altered(&self->altered, rule, c->output) ||
        self->altered.overflowed) {
        return; /* it did not fire */
    }
    struct rp_digest before = rp_digest_of(c->output);
    c->output = rp_buf_str(&self->altered);
    c->output_bytes = c->output.len;
    c->output_digest = rp_digest_of(c->output);
    mark(self, rule, &before, &c->output_digest);
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
    if (victim->alter != NULL) {
        alter_output(self, victim->alter);
    }
    if (victim->truncate != NULL) {
        truncate_output(self, victim->truncate);
    }
}

static void take_completion(struct fault_inject *self, struct rp_report *report)
{
    for (uint32_t i = 0; i < self->count; i++) {
        if (self->victims[i].call != report->call) {
            continue;
        }
        self->completion = *report->completion;
        touch(self, &self->victims[i]);
        report->completion = &self->completion;
        self->victims[i] = self->victims[--self->count];
        return;
    }
}

static enum rp_code inject_poll(struct rp_transport *t, struct rp_instant until,
    struct rp_report *out, struct rp_err *err)
{
    struct fault_inject *self = self_of(t);
    for (;;) {
        begin_due(self);
        kill_due(self);
        struct rp_instant kill_at = next_signal(self);
        bool sooner = rp_instant_before(kill_at, until);
        enum rp_code rc =
            rp_transport_pass_poll(t, sooner ? kill_at : until, out, err);
        if (rc == RP_E_TIMEOUT && sooner &&
            !rp_instant_before(rp_clock_now(self->clock), kill_at)) {
            rp_err_clear(err);
            continue; /* a signal is due, `until` is not reached */
        }
        if (rc == RP_OK && out->kind == RP_REPORT_COMPLETED) {
            take_completion(self, out);
        }
        return rc;
    }
}

static void inject_free(struct rp_transport *t)
{
    struct fault_inject *self = self_of(t);
    rp_mem_free(self->victims);
    rp_buf_fini(&self->altered);
    rp_mem_free(self);
}

static const struct rp_transport_ops inject_ops = {
    .name = "fault.inject",
    .submit = inject_submit,
    .cancel = rp_transport_pass_cancel,
    .signal = rp_transport_pass_signal,
    .poll = inject_poll,
    .observe = rp_transport_pass_observe,
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
    rp_buf_init(&self->altered, ALTERED_BYTES_MAX);
    return &self->base;
}

static const struct fault_inject *known(const struct rp_transport *t)
{
    RP_ASSERT(t->ops == &inject_ops);
    return (const struct fault_inject *)(const void *)t;
}

uint32_t rp_fault_inject_fired(const struct rp_transport *t, uint32_t rule)
{
    RP_ASSERT(rule < RP_FAULT_RULES_MAX);
    return known(t)->fired[rule];
}

void rp_fault_inject_tell_unfired(
    struct rp_buf *out, const struct rp_transport *t)
{
    const struct fault_inject *self = known(t);
    for (uint32_t i = 0; i < self->rules->count; i++) {
        const struct rp_fault_rule *rule = &self->rules->items[i];
        if (self->fired[i] > 0) {
            continue;
        }
        rp_buf_addf(out, "fault rule '%s' never fired: '", rule->id);
        rp_fault_rule_show(out, rule);
        if (self->on[i] == 0) {
            rp_buf_add_text(out, "' was on no call\n");
        } else {
            rp_buf_addf(out, "' was on %" PRIu32 " call%s and changed none\n",
                self->on[i], self->on[i] == 1 ? "" : "s");
        }
    }
}
