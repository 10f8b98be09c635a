#include "fault_hold.h"
#include "fault_end.h"

#include <signal.h>
#include <string.h>

#include <reprise/mem.h>

struct rp__hold {
    uint32_t call;
    const struct rp_fault_rule *rule;
    struct rp_instant began, last_sign;
    struct rp_duration idle, grace;
    struct rp_instant idle_at; /* NEVER: judged by the worker's transport */
    bool idle_told;
    bool cancelled, term_sent, kill_sent;
    int signal;                      /* not 0: what ended it from outside */
    struct rp_instant gone_at;       /* cancelled: not before */
    bool arrived;                    /* the end is here */
    struct rp_instant done_at;       /* NEVER: when it is cancelled */
    struct rp_completion completion; /* arrived: its texts are owned */
};

/* ---- kinds ---- */

enum heard { ALL, HALF, NOTHING };

static const struct behaviour {
    enum rp_fault_kind kind;
    enum heard heard;
    bool lively;  /* never silent */
    bool deaf;    /* ignores SIGTERM */
    bool forever; /* never ends by itself */
    bool ended;   /* all is said, and it is judged no more */
} behaviours[] = {
    {RP_FAULT_HANG_BEFORE_OUTPUT, NOTHING, false, false, true, false},
    {RP_FAULT_HANG_MID_OUTPUT, HALF, false, false, true, false},
    {RP_FAULT_HANG_AFTER_OUTPUT, ALL, false, false, true, false},
    {RP_FAULT_HANG_IGNORE_TERM, NOTHING, false, true, true, false},
    {RP_FAULT_HANG_HEARTBEAT_ONLY, NOTHING, true, false, true, false},
    {RP_FAULT_SPAWN_LOST, NOTHING, false, false, true, false},
    {RP_FAULT_SLOW_DRIP, ALL, true, false, false, false},
    {RP_FAULT_LATE_RESULT, ALL, false, false, false, false},
    {RP_FAULT_HANG_INHERITED_PIPE, ALL, false, false, false, true},
};

static const struct behaviour *behaviour_of(enum rp_fault_kind kind)
{
    for (size_t i = 0; i < RP_COUNT_OF(behaviours); i++) {
        if (behaviours[i].kind == kind) {
            return &behaviours[i];
        }
    }
    return NULL;
}

bool rp__hold_is(enum rp_fault_kind kind)
{
    const struct behaviour *b = behaviour_of(kind);
    return b != NULL && !b->ended;
}

/* ---- which ---- */

static struct rp__hold *hold_of(const struct rp__holds *holds, uint32_t call)
{
    for (uint32_t i = 0; i < holds->count; i++) {
        if (holds->items[i].call == call) {
            return &holds->items[i];
        }
    }
    return NULL;
}

static void free_texts(struct rp_completion *c)
{
    rp_mem_free((void *)(uintptr_t)c->output.ptr);
    rp_mem_free((void *)(uintptr_t)c->diagnostics.ptr);
    rp_mem_free((void *)(uintptr_t)c->log.ptr);
    *c = (struct rp_completion){.call = 0};
}

/* In order: of what is due at one instant, the first is told first. */
static void take_out(struct rp__holds *holds, struct rp__hold *hold)
{
    size_t index = (size_t)(hold - holds->items);
    memmove(hold, hold + 1, (--holds->count - index) * sizeof(*hold));
}

void rp__holds_fini(struct rp__holds *holds)
{
    for (uint32_t i = 0; i < holds->count; i++) {
        free_texts(&holds->items[i].completion);
    }
    rp_mem_free(holds->items);
    free_texts(&holds->given);
    *holds = (struct rp__holds){.items = NULL};
}

void rp__holds_add(struct rp__holds *holds, const struct rp_fault_rule *rule,
    struct rp_call *changed, struct rp_instant now)
{
    const struct behaviour *b = behaviour_of(rule->kind);
    if (holds->count == holds->room) {
        holds->room = holds->room == 0 ? 8 : holds->room * 2;
        holds->items =
            rp_mem_grow(holds->items, holds->room, sizeof(struct rp__hold));
    }
    struct rp__hold *hold = &holds->items[holds->count++];
    *hold = (struct rp__hold){
        .call = changed->number,
        .rule = rule,
        .began = now,
        .last_sign = now,
        .idle = b->lively ? RP_DURATION_FOREVER : changed->idle,
        .idle_at = RP_INSTANT_NEVER,
        .done_at = RP_INSTANT_NEVER,
        .gone_at = RP_INSTANT_NEVER,
    };
    if (changed->agent != NULL) {
        hold->grace = changed->agent->grace;
    }
    if (b->heard == NOTHING || b->lively) {
        hold->idle_at = rp_instant_add(now, hold->idle);
        changed->idle = RP_DURATION_FOREVER;
    }
}

void rp__holds_drop(struct rp__holds *holds, uint32_t call)
{
    struct rp__hold *hold = hold_of(holds, call);
    if (hold != NULL) {
        free_texts(&hold->completion);
        take_out(holds, hold);
    }
}

/* ---- ended from outside ---- */

void rp__holds_cancel(struct rp__holds *holds, uint32_t call,
    enum rp_cancel_mode mode, struct rp_instant now)
{
    struct rp__hold *hold = hold_of(holds, call);
    if (hold == NULL || hold->signal != 0) {
        return;
    }
    bool deaf = behaviour_of(hold->rule->kind)->deaf;
    hold->cancelled = true;
    hold->idle_at = RP_INSTANT_NEVER;
    if (mode == RP_CANCEL_KILL) {
        hold->kill_sent = true;
        hold->gone_at = rp_instant_min(hold->gone_at, now);
    } else if (!hold->term_sent && !hold->kill_sent) {
        hold->term_sent = true;
        hold->kill_sent = deaf;
        hold->gone_at = deaf ? rp_instant_add(now, hold->grace) : now;
    }
    if (hold->arrived) {
        hold->done_at = hold->gone_at;
    }
}

bool rp__holds_signal(
    struct rp__holds *holds, uint32_t call, int signo, struct rp_instant now)
{
    struct rp__hold *hold = hold_of(holds, call);
    if (hold == NULL || !hold->arrived || hold->cancelled ||
        hold->signal != 0) {
        return false;
    }
    bool deaf = behaviour_of(hold->rule->kind)->deaf;
    if (signo == SIGSTOP || signo == SIGCONT || (deaf && signo == SIGTERM)) {
        return true; /* it does nothing as it is */
    }
    hold->signal = signo;
    hold->done_at = now;
    hold->idle_at = RP_INSTANT_NEVER;
    return true;
}

void rp__holds_idle(struct rp__holds *holds, uint32_t call)
{
    struct rp__hold *hold = hold_of(holds, call);
    if (hold != NULL) {
        hold->idle_told = true;
    }
}

/* ---- the end comes ---- */

bool rp__hold_keeps(size_t *output_len, const struct rp__holds *holds,
    const struct rp_completion *completion)
{
    const struct rp__hold *hold = hold_of(holds, completion->call);
    if (hold == NULL || completion->end == RP_END_SPAWN) {
        return false;
    }
    const struct behaviour *b = behaviour_of(hold->rule->kind);
    size_t len = completion->output.len;
    *output_len = b->heard == ALL ? len : 0;
    if (b->heard == NOTHING) {
        return true; /* however it ended */
    }
    if (b->heard == HALF) {
        *output_len = rp_fault_truncated_len(hold->rule, completion->output);
    }
    if (rp__end_has_no_place(hold->rule, completion->output)) {
        return false; /* it never gets so far */
    }
    bool ended = completion->end == RP_END_EXITED && !hold->cancelled;
    return ended && (len > 0 || !b->forever);
}

static struct rp_str own(struct rp_str text)
{
    return text.len == 0 ? (struct rp_str){NULL, 0}
                         : (struct rp_str){rp_mem_dup(text), text.len};
}

void rp__holds_take(struct rp__holds *holds,
    const struct rp_completion *completion, struct rp_instant now)
{
    struct rp__hold *hold = hold_of(holds, completion->call);
    RP_ASSERT(hold != NULL);
    const struct behaviour *b = behaviour_of(hold->rule->kind);
    struct rp_completion *c = &hold->completion;
    *c = *completion;
    c->output = own(completion->output);
    c->diagnostics = own(completion->diagnostics);
    c->log = own(completion->log);
    hold->arrived = true;
    if (hold->cancelled) {
        hold->done_at =
            rp_instant_before(now, hold->gone_at) ? hold->gone_at : now;
        return;
    }
    if (b->ended) {
        hold->done_at =
            rp_instant_add(now, rp_duration_of_ms(RP_END_OF_FILE_WAIT_MS));
        return;
    }
    if (!b->forever) {
        hold->done_at = rp_instant_add(now, hold->rule->after);
    }
    if (b->heard == NOTHING) {
        c->first_byte = RP_DURATION_FOREVER;
        c->gap_count = 0;
        c->gaps_overflowed = false;
        return;
    }
    hold->last_sign = now;
    if (!hold->idle_told) {
        hold->idle_at = rp_instant_add(now, hold->idle);
    }
}

bool rp__hold_lingers(enum rp_fault_kind kind)
{
    const struct behaviour *b = behaviour_of(kind);
    return b != NULL && b->ended;
}

/* ---- telling ---- */

struct rp_instant rp__holds_due(const struct rp__holds *holds)
{
    struct rp_instant due = RP_INSTANT_NEVER;
    for (uint32_t i = 0; i < holds->count; i++) {
        due = rp_instant_min(due, holds->items[i].done_at);
        due = rp_instant_min(due, holds->items[i].idle_at);
    }
    return due;
}

/* The silence up to its end, where it is the longest. */
static void add_gap(
    const struct rp__hold *hold, struct rp_completion *c, struct rp_instant now)
{
    struct rp_gap gap = {rp_instant_since(hold->last_sign, hold->began),
        rp_instant_since(now, hold->last_sign)};
    bool longest = c->gap_count == 0 ||
                   c->gaps[c->gap_count - 1].length.ns < gap.length.ns;
    if (!longest || behaviour_of(hold->rule->kind)->lively) {
        return;
    }
    if (c->gap_count == RP_GAPS_MAX) {
        c->gaps_overflowed = true;
        c->gap_count--;
    }
    c->gaps[c->gap_count++] = gap;
}

static void complete(struct rp__holds *holds, struct rp__hold *hold,
    struct rp_instant now, struct rp_report *out)
{
    struct rp_completion *c = &holds->given;
    free_texts(c);
    *c = hold->completion; /* with its texts */
    c->duration = rp_instant_since(now, hold->began);
    add_gap(hold, c, now);
    if (hold->cancelled || hold->signal != 0) {
        c->end = hold->cancelled ? RP_END_KILLED : RP_END_SIGNALED;
        c->exit_status = -1;
        c->why = RP_REASON_NONE;
        c->term_sent = hold->term_sent;
        c->kill_sent = hold->kill_sent;
        c->signal = hold->signal != 0 ? hold->signal
                    : hold->kill_sent ? SIGKILL
                                      : SIGTERM;
    }
    *out = (struct rp_report){.kind = RP_REPORT_COMPLETED,
        .at = now,
        .call = hold->call,
        .completion = c};
    take_out(holds, hold);
}

/* What is due first; silence goes before an end. */
bool rp__holds_report(
    struct rp__holds *holds, struct rp_instant now, struct rp_report *out)
{
    struct rp_instant due = rp__holds_due(holds);
    if (due.ns == RP_INSTANT_NEVER.ns || rp_instant_before(now, due)) {
        return false;
    }
    for (uint32_t i = 0; i < holds->count; i++) {
        struct rp__hold *hold = &holds->items[i];
        if (hold->idle_at.ns == due.ns) {
            hold->idle_at = RP_INSTANT_NEVER;
            hold->idle_told = true;
            *out = (struct rp_report){.kind = RP_REPORT_IDLE,
                .at = now,
                .call = hold->call,
                .silent = rp_instant_since(now, hold->last_sign)};
            return true;
        }
    }
    uint32_t i = 0;
    while (holds->items[i].done_at.ns != due.ns) {
        i++;
    }
    complete(holds, &holds->items[i], now, out);
    return true;
}

bool rp__holds_observe(const struct rp__holds *holds, uint32_t call,
    struct rp_instant now, struct rp_call_state *out)
{
    const struct rp__hold *hold = hold_of(holds, call);
    if (hold == NULL || !hold->arrived) {
        return false;
    }
    *out = (struct rp_call_state){.pid = hold->completion.pid,
        .silent = rp_instant_since(now, hold->last_sign),
        .output_bytes = hold->completion.output_bytes};
    return true;
}
