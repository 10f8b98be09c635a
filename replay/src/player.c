/* What a recorded worker does when it is treated as it was, or otherwise. */
#include "player.h"

#include <signal.h>
#include <string.h>

static bool happened(struct rp_duration at)
{
    return at.ns != RP_DURATION_FOREVER.ns;
}

static bool is_never(struct rp_instant at)
{
    return at.ns == RP_INSTANT_NEVER.ns;
}

static struct rp_instant after(const struct rp__player *p, struct rp_duration d)
{
    return rp_instant_add(p->began, d);
}

/* ---- what the recording knows of a call ---- */

static struct rp_duration first_cancel(const struct rp__taped *taped)
{
    return taped->term.ns < taped->kill.ns ? taped->term : taped->kill;
}

/* Its end was our doing, so that nobody knows when it would have ended. */
static bool was_ended_by_us(const struct rp__taped *taped)
{
    const struct rp_completion *c = taped->completion;
    bool cancelled = happened(first_cancel(taped));
    bool killed = c != NULL && c->end == RP_END_KILLED;
    return cancelled && (c == NULL || (killed && c->why == RP_REASON_NONE));
}

static struct rp_duration known_until(const struct rp__taped *taped)
{
    if (was_ended_by_us(taped)) {
        return first_cancel(taped);
    }
    return taped->completion == NULL ? taped->known : RP_DURATION_FOREVER;
}

/* It runs from `began` on, as recorded. */
static void set_end(struct rp__player *p)
{
    p->known = after(p, known_until(p->taped));
    p->ends = is_never(p->known) ? after(p, p->taped->ended) : RP_INSTANT_NEVER;
}

/* ---- silence ---- */

static void idle_at(
    struct rp__player *p, struct rp_duration at, struct rp_duration silent)
{
    p->idles = after(p, at);
    p->silent = silent;
}

/* The first gap that is long enough, in the running maxima. When some were
 * dropped, because there were too many, it may have been one of those. */
static void judge_gaps(struct rp__player *p)
{
    const struct rp_completion *c = p->taped->completion;
    for (uint32_t i = 0; i < c->gap_count; i++) {
        const struct rp_gap *gap = &c->gaps[i];
        if (gap->length.ns < p->idle.ns) {
            continue;
        }
        if (c->gaps_overflowed && i > 0 && i + 1 == c->gap_count) {
            p->known = rp_instant_min(p->known, after(p, c->gaps[i - 1].start));
            return;
        }
        idle_at(p, (struct rp_duration){gap->start.ns + p->idle.ns}, p->idle);
        return;
    }
}

static void set_idle(struct rp__player *p)
{
    const struct rp__taped *taped = p->taped;
    const struct rp_plan_agent *then = taped->call->agent;
    bool same_limit = then != NULL && then->idle.ns == p->idle.ns;
    p->idles = RP_INSTANT_NEVER;
    if (p->idle_told || !happened(p->idle)) {
        return;
    }
    if (p->unborn) {
        idle_at(p, p->idle, p->idle);
    } else if (!same_limit && taped->completion != NULL) {
        judge_gaps(p);
    } else if (same_limit && happened(taped->idle)) {
        idle_at(p, taped->idle, taped->silent);
    }
}

/* ---- beginning ---- */

void rp__player_init(struct rp__player *p, const struct rp__taped *taped,
    const struct rp_call *call, struct rp_instant now)
{
    const struct rp_completion *c = taped->completion;
    bool born = c == NULL || c->end != RP_END_SPAWN;
    *p = (struct rp__player){
        .taped = taped,
        .call = call->number,
        .began = now,
        .ends = RP_INSTANT_NEVER,
        .known = RP_INSTANT_NEVER,
        .grace = call->agent == NULL ? RP_DURATION_FOREVER : call->agent->grace,
        .idle = call->idle,
        .term = RP_DURATION_FOREVER,
        .kill = RP_DURATION_FOREVER,
        .stopped = RP_INSTANT_NEVER,
        .unborn = call->stopped && born,
        .rank = RP__RANK_NONE,
    };
    if (p->unborn) {
        p->stopped = now;
    } else {
        set_end(p);
    }
    set_idle(p);
}

/* ---- cancelling ---- */

/* How long SIGKILL took then; no time when it was not sent on its own. */
static struct rp_duration kill_takes(const struct rp__taped *taped)
{
    int64_t ns = happened(taped->kill) ? taped->ended.ns - taped->kill.ns : 0;
    return (struct rp_duration){ns};
}

/* How long SIGTERM took then, under the grace of now. What lived until it had
 * to make room for another attempt is taken to ignore SIGTERM. */
static struct rp_duration term_takes(const struct rp__player *p)
{
    const struct rp__taped *taped = p->taped;
    struct rp_duration took = kill_takes(taped);
    bool as_then = p->term.ns == taped->term.ns; /* SIGKILL will follow */
    bool no_time = taped->term.ns == taped->kill.ns && !as_then;
    if (!happened(taped->term) || no_time) {
        return took; /* what SIGTERM alone would do is not known */
    }
    struct rp_duration grace =
        taped->call->agent == NULL ? p->grace : taped->call->agent->grace;
    if (happened(taped->kill) && taped->kill.ns - taped->term.ns < grace.ns) {
        took.ns += p->grace.ns;
        return took;
    }
    took.ns = taped->ended.ns - taped->term.ns;
    if (taped->completion->kill_sent) {
        took.ns += p->grace.ns - grace.ns;
        return (struct rp_duration){took.ns > 0 ? took.ns : 0};
    }
    /* It may have taken longer than the grace, which runs from the signal. */
    bool cut = p->grace.ns < grace.ns && p->grace.ns < took.ns;
    return cut ? p->grace : took;
}

void rp__player_cancel(
    struct rp__player *p, enum rp_cancel_mode mode, struct rp_instant now)
{
    const struct rp__taped *taped = p->taped;
    bool kill = mode == RP_CANCEL_KILL;
    struct rp_duration *asked = kill ? &p->kill : &p->term;
    struct rp_duration then = first_cancel(taped);
    struct rp_duration takes = {0};
    if (happened(*asked)) {
        return; /* once is enough */
    }
    *asked = rp_instant_since(now, p->began);
    if (asked->ns != (kill ? taped->kill.ns : taped->term.ns)) {
        /* Then, silence may have been noticed before the cancel arrived. */
        p->idles = RP_INSTANT_NEVER;
    }
    if (taped->completion == NULL && asked->ns >= then.ns && !p->unborn) {
        p->known = after(p, taped->known);
        return; /* it was asked to end, and its end was not recorded */
    }
    if (taped->completion != NULL && happened(then) && !p->unborn) {
        takes = kill ? kill_takes(taped) : term_takes(p);
    }
    struct rp_instant gone = rp_instant_add(now, takes);
    p->known = RP_INSTANT_NEVER;
    p->ends = is_never(p->stopped) ? rp_instant_min(p->ends, gone) : gone;
    p->stopped = RP_INSTANT_NEVER;
}

/* ---- signals ---- */

/* What leaves a process alone that has no handler for it. */
static bool is_harmless(int signo)
{
    return signo == 0 || signo == SIGCHLD || signo == SIGURG ||
           signo == SIGWINCH;
}

static bool is_stopping(int signo)
{
    return signo == SIGSTOP || signo == SIGTSTP || signo == SIGTTIN ||
           signo == SIGTTOU;
}

/* The recorded silence that it was in then; NULL: it is not known. */
static const struct rp_gap *gap_at(
    const struct rp__player *p, struct rp_instant then)
{
    const struct rp_completion *c = p->taped->completion;
    for (uint32_t i = 0; c != NULL && i < c->gap_count; i++) {
        struct rp_instant start = after(p, c->gaps[i].start);
        struct rp_instant end = rp_instant_add(start, c->gaps[i].length);
        if (!rp_instant_before(then, start) && rp_instant_before(then, end)) {
            return &c->gaps[i];
        }
    }
    return NULL;
}

/* A worker that is stopped writes nothing: the gap it is in goes on. */
static void stop(struct rp__player *p, struct rp_instant now)
{
    const struct rp_gap *gap = gap_at(p, now);
    struct rp_instant last_sign = gap == NULL ? now : after(p, gap->start);
    if (!is_never(p->stopped)) {
        return;
    }
    p->stopped = now;
    p->touched = true;
    if (happened(p->idle) && !p->idle_told) {
        p->silent = is_never(p->idles) ? p->idle : p->silent;
        p->idles = rp_instant_min(p->idles, rp_instant_add(last_sign, p->idle));
    }
}

/* The gap it was stopped in is longer by that time, which may be too long. */
static void prolong_gap(
    struct rp__player *p, struct rp_instant stopped, struct rp_duration by)
{
    const struct rp_gap *gap = gap_at(p, stopped);
    if (gap == NULL || !happened(p->idle) || p->idle_told ||
        gap->length.ns + by.ns < p->idle.ns) {
        return;
    }
    struct rp_instant at = rp_instant_add(after(p, gap->start), p->idle);
    if (rp_instant_before(at, p->idles)) {
        p->idles = at;
        p->silent = p->idle;
    }
}

static void resume(struct rp__player *p, struct rp_instant now)
{
    if (is_never(p->stopped)) {
        return;
    }
    struct rp_instant stopped = p->stopped;
    struct rp_duration by = rp_instant_since(now, stopped);
    if (p->unborn) {
        p->unborn = false;
        set_end(p);
    }
    set_idle(p);
    p->known = rp_instant_add(p->known, by);
    p->ends = rp_instant_add(p->ends, by);
    p->idles = rp_instant_add(p->idles, by);
    p->stopped = RP_INSTANT_NEVER;
    p->touched = true;
    prolong_gap(p, stopped, by);
}

static void die(struct rp__player *p, int signo, struct rp_instant now)
{
    p->died_of = signo;
    p->touched = true;
    p->stopped = RP_INSTANT_NEVER;
    p->known = RP_INSTANT_NEVER;
    p->ends = now;
}

void rp__player_signal(struct rp__player *p, int signo, struct rp_instant now)
{
    if (is_stopping(signo)) {
        stop(p, now);
    } else if (signo == SIGCONT && p->pending != 0) {
        die(p, p->pending, now);
    } else if (signo == SIGCONT) {
        resume(p, now);
    } else if (is_harmless(signo)) {
        return;
    } else if (signo == SIGKILL || is_never(p->stopped)) {
        die(p, signo, now);
    } else {
        p->pending = signo;
    }
}

struct rp_instant rp__player_ends(const struct rp__player *p)
{
    return is_never(p->stopped) ? p->ends : RP_INSTANT_NEVER;
}

struct rp_instant rp__player_known(const struct rp__player *p)
{
    return is_never(p->stopped) ? p->known : RP_INSTANT_NEVER;
}

/* ---- another order ---- */

bool rp__player_movable(const struct rp__player *p)
{
    bool asked = happened(p->term) || happened(p->kill);
    return p->rank != RP__RANK_NONE && !asked && p->died_of == 0 &&
           p->taped->completion != NULL && !is_never(rp__player_ends(p));
}

void rp__player_pull(struct rp__player *p, struct rp_instant at)
{
    if (rp_instant_before(at, p->ends)) {
        p->ends = at;
        p->touched = true;
    }
}

/* ---- how it ends ---- */

bool rp__player_as_recorded(const struct rp__player *p, struct rp_instant at)
{
    const struct rp__taped *taped = p->taped;
    bool asked = happened(p->term) || happened(p->kill);
    bool asked_as_then =
        p->term.ns == taped->term.ns && p->kill.ns == taped->kill.ns;
    if (taped->completion == NULL || p->died_of != 0) {
        return false;
    }
    /* By itself, be it later because it was stopped for a while. */
    return !asked || (asked_as_then && !p->touched &&
                         rp_instant_since(at, p->began).ns == taped->ended.ns);
}

/* The gaps that were over by then, and the one it was in. */
static void keep_gaps(
    struct rp_completion *out, const struct rp_completion *then)
{
    for (uint32_t i = 0; i < then->gap_count; i++) {
        int64_t left = out->duration.ns - then->gaps[i].start.ns;
        if (left <= 0) {
            return;
        }
        struct rp_gap *gap = &out->gaps[out->gap_count++];
        *gap = then->gaps[i];
        gap->length.ns = gap->length.ns < left ? gap->length.ns : left;
    }
}

/* What it would have delivered until then is not known: nothing. */
void rp__player_cut_short(
    struct rp_completion *out, const struct rp__player *p, struct rp_instant at)
{
    const struct rp_completion *then = p->taped->completion;
    struct rp_duration took = rp_instant_since(at, p->began);
    bool ours = happened(p->term) || happened(p->kill);
    bool out_of_grace =
        happened(p->term) && took.ns - p->term.ns >= p->grace.ns;
    bool killed = happened(p->kill) || out_of_grace;
    *out = (struct rp_completion){
        .end = ours ? RP_END_KILLED : RP_END_SIGNALED,
        .exit_status = -1,
        .signal = killed ? SIGKILL : SIGTERM,
        .pid = then == NULL ? 0 : then->pid,
        .term_sent = happened(p->term),
        .kill_sent = killed,
        .duration = took,
        .first_byte = RP_DURATION_FOREVER,
    };
    if (p->died_of != 0) {
        out->signal = p->died_of;
    }
    if (then != NULL && !p->touched && !p->unborn) {
        keep_gaps(out, then);
    }
}
