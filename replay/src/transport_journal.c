/* Players, one for each call that runs, over the tape of a recording. */
#include <reprise/transport_journal.h>

#include <stdlib.h>
#include <string.h>

#include "player.h"

/* Comes after everything recorded at the same instant. */
#define SEQ_LAST UINT64_MAX

/* Where a path stands in the order asked for. */
struct place {
    const char *path;
    uint32_t rank;
};

struct journal {
    struct rp_transport base;
    struct rp_operator asking; /* asks what was asked */
    struct rp__tape tape;
    struct rp_clock *clock;
    enum rp_changed_input changed;
    struct rp__player *players; /* those that run, in order of dispatch */
    uint32_t count, room;
    struct rp_journal_answer *answers;
    uint32_t answer_count, answer_room;
    uint32_t asked_next, asked_woken; /* in tape.asked */
    uint32_t reports;                 /* given so far */
    uint32_t postponed_at;            /* that many, plus 1; 0: not */
    struct place *places;             /* by path; NULL: as recorded */
    uint32_t place_count;
    const struct rp_journal_lanes *refused; /* borrowed */
    uint32_t refused_count;
    struct rp_completion completion; /* what the last report borrows */
};

static const char *const match_names[] = {
    [RP_MATCH_EXACT] = "exact",
    [RP_MATCH_CONTENT] = "content",
    [RP_MATCH_IGNORED] = "ignored",
    [RP_MATCH_CHANGED] = "changed",
};

const char *rp_match_name(enum rp_match value)
{
    return match_names[value];
}

static struct journal *self_of(struct rp_transport *t)
{
    return RP_CONTAINER_OF(t, struct journal, base);
}

/* ---- submit, cancel, signal ---- */

static void add_answer(
    struct journal *self, const struct rp__player *p, enum rp_match match)
{
    if (self->answer_count == self->answer_room) {
        self->answer_room = self->answer_room == 0 ? 64 : self->answer_room * 2;
        self->answers = rp_mem_grow(
            self->answers, self->answer_room, sizeof(struct rp_journal_answer));
    }
    self->answers[self->answer_count++] =
        (struct rp_journal_answer){p->path, p->taped->call->path, match};
}

static struct rp__player *add_player(struct journal *self)
{
    if (self->count == self->room) {
        self->room = self->room == 0 ? 16 : self->room * 2;
        self->players =
            rp_mem_grow(self->players, self->room, sizeof(struct rp__player));
    }
    return &self->players[self->count++];
}

static int by_path(const void *a, const void *b)
{
    const struct place *left = a;
    const struct place *right = b;
    return strcmp(left->path, right->path);
}

static uint32_t rank_of(const struct journal *self, const char *path)
{
    struct place key = {path, RP__RANK_NONE};
    const struct place *found =
        self->place_count == 0 ? NULL
                               : bsearch(&key, self->places, self->place_count,
                                     sizeof(key), by_path);
    return found == NULL ? RP__RANK_NONE : found->rank;
}

static enum rp_code needs_live(const struct rp__player *p, struct rp_err *err)
{
    struct rp_buf time;
    const struct rp__taped *taped = p->taped;
    bool lost = taped->ended_for == RP_REASON_NONE;
    rp_buf_init(&time, 64);
    rp_duration_show(&time, rp_instant_since(p->known, p->began));
    enum rp_code rc = rp_err_set(err, RP_E_NOT_FOUND,
        "call %s needs a live worker: after %s %s %s (%s), and what it would "
        "have done then is not known",
        p->path, time.ptr, taped->call->path,
        lost ? "is not recorded any more" : "was ended",
        lost ? "the recording stops" : rp_reason_name(taped->ended_for));
    rp_buf_fini(&time);
    return rc;
}

static const struct rp_journal_lanes *refused_of(
    const struct journal *self, const char *task)
{
    for (uint32_t i = 0; i < self->refused_count; i++) {
        if (rp_str_glob(rp_str_of(self->refused[i].glob), rp_str_of(task))) {
            return &self->refused[i];
        }
    }
    return NULL;
}

/* Whether a recorded call that a limit ended is given more time now. */
static bool outlives(const struct rp__player *p, struct rp_duration timeout)
{
    enum rp_reason why = p->taped->ended_for;
    struct rp_instant known = rp__player_known(p);
    struct rp_instant end =
        rp_instant_min(p->idles, timeout.ns == RP_DURATION_FOREVER.ns
                                     ? RP_INSTANT_NEVER
                                     : rp_instant_add(p->began, timeout));
    return (why == RP_REASON_TIMEOUT || why == RP_REASON_IDLE) &&
           rp_instant_before(known, end);
}

static enum rp_code journal_submit(
    struct rp_transport *t, const struct rp_call *call, struct rp_err *err)
{
    struct journal *self = self_of(t);
    enum rp_match match;
    const struct rp_journal_lanes *refused = refused_of(self, call->task);
    struct rp__taped *taped = rp__tape_match(&self->tape, call,
        refused == NULL ? self->changed : RP_CHANGED_REFUSE, &match);
    if (taped == NULL) {
        return rp__tape_miss(&self->tape, call, err);
    }
    struct rp__player *p = add_player(self);
    rp__player_init(p, taped, call, rp_clock_now(self->clock));
    p->path = call->path;
    if (refused != NULL && refused->elsewhere && outlives(p, call->timeout)) {
        self->count--;
        taped->used--;
        return needs_live(p, err);
    }
    p->path = rp_arena_dup(self->tape.arena, rp_str_of(call->path));
    p->rank = rank_of(self, p->path);
    add_answer(self, p, match);
    return RP_OK;
}

static struct rp__player *running(struct journal *self, uint32_t call)
{
    for (uint32_t i = 0; i < self->count; i++) {
        if (self->players[i].call == call) {
            return &self->players[i];
        }
    }
    return NULL;
}

static void journal_cancel(
    struct rp_transport *t, uint32_t call, enum rp_cancel_mode mode)
{
    struct journal *self = self_of(t);
    struct rp__player *p = running(self, call);
    if (p != NULL) {
        rp__player_cancel(p, mode, rp_clock_now(self->clock));
    }
}

static bool journal_signal(struct rp_transport *t, uint32_t call, int signo)
{
    struct journal *self = self_of(t);
    struct rp__player *p = running(self, call);
    if (p == NULL) {
        return false;
    }
    rp__player_signal(p, signo, rp_clock_now(self->clock));
    return true;
}

/* ---- what happens next ---- */

struct next {
    struct rp_instant at;
    uint64_t seq; /* of the record it repeats */
    uint32_t player;
    bool idles;
};

/* Of what happens at one instant, the order is the recorded one. */
static void consider(struct next *best, const struct next *other)
{
    bool as_soon = other->at.ns == best->at.ns && other->seq < best->seq;
    if (rp_instant_before(other->at, best->at) || as_soon) {
        *best = *other;
    }
}

static struct next find_next(const struct journal *self)
{
    struct next best = {.at = RP_INSTANT_NEVER, .seq = SEQ_LAST};
    for (uint32_t i = 0; i < self->count; i++) {
        const struct rp__player *p = &self->players[i];
        uint64_t idle_seq = p->taped->idle_seq;
        struct next end = {rp__player_ends(p), p->taped->ended_seq, i, false};
        struct next idle = {
            p->idles, idle_seq == 0 ? SEQ_LAST : idle_seq, i, true};
        consider(&best, &end);
        consider(&best, &idle);
    }
    return best;
}

/* The first call that outlives what is known of it. */
static const struct rp__player *first_unknown(const struct journal *self)
{
    const struct rp__player *first = NULL;
    struct rp_instant known = RP_INSTANT_NEVER;
    for (uint32_t i = 0; i < self->count; i++) {
        const struct rp__player *p = &self->players[i];
        if (rp_instant_before(rp__player_known(p), known)) {
            known = rp__player_known(p);
            first = p;
        }
    }
    return first;
}

/* ---- poll ---- */

static enum rp_code complete(struct journal *self, const struct rp__player *p,
    struct rp_instant at, struct rp_err *err)
{
    struct rp_completion *c = &self->completion;
    if (!rp__player_as_recorded(p, at)) {
        rp__player_cut_short(c, p, at);
        c->call = p->call;
        return RP_OK;
    }
    struct rp_event event = *p->taped->event;
    enum rp_code rc = rp_recording_fill(self->tape.recording, &event, c, err);
    if (rc == RP_OK) {
        c->call = p->call;
        if (p->touched) {
            c->duration = rp_instant_since(at, p->began);
        }
    }
    return rc;
}

static enum rp_code report(struct journal *self, const struct next *next,
    struct rp_report *out, struct rp_err *err)
{
    struct rp__player *p = &self->players[next->player];
    struct rp_report given = {.at = next->at, .call = p->call};
    self->reports++;
    if (next->idles) {
        given.kind = RP_REPORT_IDLE;
        given.silent = p->silent;
        p->idles = RP_INSTANT_NEVER;
        p->idle_told = true;
        *out = given;
        return RP_OK;
    }
    enum rp_code rc = complete(self, p, next->at, err);
    if (rc != RP_OK) {
        return rc;
    }
    given.kind = RP_REPORT_COMPLETED;
    given.completion = &self->completion;
    *out = given;
    self->count--;
    memmove(p, p + 1, (self->count - next->player) * sizeof(*p));
    return RP_OK;
}

/* Another call takes the place of the one that would complete now. */
static void reorder(struct journal *self, struct next *next)
{
    struct rp__player *best = &self->players[next->player];
    if (self->places == NULL || next->idles || !rp__player_movable(best)) {
        return;
    }
    for (uint32_t i = 0; i < self->count; i++) {
        struct rp__player *p = &self->players[i];
        if (rp__player_movable(p) && p->rank < best->rank) {
            best = p;
            next->player = i;
        }
    }
    rp__player_pull(best, next->at);
}

/* At one instant, reports may still be owed that came before the request: what
 * was decided is performed first, once for each report. */
static bool is_early(struct journal *self, const struct rp__asked *asked)
{
    uint32_t mark = self->reports + 1;
    bool early = self->reports < asked->reports && self->postponed_at != mark;
    self->postponed_at = mark;
    return early;
}

/* Whether an operator asked something before `next` and up to `until`; then
 * the clock stands there. */
static bool wakes_operator(
    struct journal *self, const struct next *next, struct rp_instant until)
{
    if (self->asked_woken == self->tape.asked_count) {
        return false;
    }
    const struct rp__asked *asked = &self->tape.asked[self->asked_woken];
    struct next asks = {asked->at, asked->seq, 0, false};
    struct next first = *next;
    consider(&first, &asks);
    if (first.seq != asked->seq || rp_instant_before(until, asked->at)) {
        return false;
    }
    rp_clock_virtual_advance(self->clock, asked->at);
    self->asked_woken += is_early(self, asked) ? 0 : 1;
    return true;
}

static enum rp_code journal_poll(struct rp_transport *t,
    struct rp_instant until, struct rp_report *out, struct rp_err *err)
{
    struct journal *self = self_of(t);
    struct next next = find_next(self);
    struct rp_instant limit = rp_instant_min(next.at, until);
    const struct rp__player *unknown = first_unknown(self);
    struct rp_instant known =
        unknown == NULL ? RP_INSTANT_NEVER : rp__player_known(unknown);
    if (wakes_operator(self, &next, rp_instant_min(until, known))) {
        return RP_E_TIMEOUT;
    }
    if (rp_instant_before(known, limit)) {
        return needs_live(unknown, err);
    }
    if (limit.ns == RP_INSTANT_NEVER.ns) {
        return rp_err_set(err, RP_E_STATE, "everything waits for nothing");
    }
    rp_clock_virtual_advance(self->clock, limit);
    if (rp_instant_before(until, next.at)) {
        return RP_E_TIMEOUT;
    }
    reorder(self, &next);
    return report(self, &next, out, err);
}

/* ---- the rest ---- */

static bool journal_observe(
    struct rp_transport *t, uint32_t call, struct rp_call_state *out)
{
    const struct rp__player *p = running(self_of(t), call);
    if (p == NULL || p->taped->completion == NULL) {
        return false;
    }
    *out = (struct rp_call_state){.pid = p->taped->completion->pid};
    return true;
}

static void journal_free(struct rp_transport *t)
{
    struct journal *self = self_of(t);
    rp__tape_fini(&self->tape);
    rp_mem_free(self->players);
    rp_mem_free(self->answers);
    rp_mem_free(self->places);
    rp_mem_free(self);
}

static const struct rp_transport_ops journal_ops = {
    .name = "journal",
    .submit = journal_submit,
    .cancel = journal_cancel,
    .signal = journal_signal,
    .poll = journal_poll,
    .observe = journal_observe,
    .free = journal_free,
};

static bool asking_next(struct rp_operator *op,
    enum rp_operator_command *command, enum rp_reason *cause)
{
    struct journal *self = RP_CONTAINER_OF(op, struct journal, asking);
    if (self->asked_next == self->asked_woken ||
        self->tape.asked[self->asked_next].resumed != NULL) {
        return false;
    }
    const struct rp__asked *asked = &self->tape.asked[self->asked_next++];
    *command = asked->command;
    *cause = asked->cause;
    return true;
}

/* The process died: what was in flight never told how it ended. */
static bool asking_resumed(struct rp_operator *op, struct rp_event *event)
{
    struct journal *self = RP_CONTAINER_OF(op, struct journal, asking);
    if (self->asked_next == self->asked_woken ||
        self->tape.asked[self->asked_next].resumed == NULL) {
        return false;
    }
    *event = *self->tape.asked[self->asked_next++].resumed;
    self->count = 0;
    return true;
}

static const struct rp_operator_ops asking_ops = {
    .name = "journal",
    .next = asking_next,
    .resumed = asking_resumed,
};

struct rp_transport *rp_transport_journal_new(struct rp_recording *recording,
    struct rp_clock *clock, enum rp_changed_input changed)
{
    struct journal *self = rp_mem_zalloc(sizeof(*self));
    self->base.ops = &journal_ops;
    self->asking.ops = &asking_ops;
    self->clock = clock;
    self->changed = changed;
    rp__tape_init(&self->tape, recording);
    return &self->base;
}

void rp_transport_journal_ignore(
    struct rp_transport *t, const char *const *ignored, uint32_t count)
{
    RP_ASSERT(t->ops == &journal_ops);
    struct journal *self = self_of(t);
    self->tape.ignored = ignored;
    self->tape.ignored_count = count;
}

void rp_transport_journal_forget(struct rp_transport *t)
{
    RP_ASSERT(t->ops == &journal_ops);
    self_of(t)->count = 0;
}

void rp_transport_journal_mend(struct rp_transport *t)
{
    RP_ASSERT(t->ops == &journal_ops);
    (void)rp__tape_mend(&self_of(t)->tape); /* else it dies as it did */
}

void rp_transport_journal_refuse(struct rp_transport *t,
    const struct rp_journal_lanes *lanes, uint32_t count)
{
    RP_ASSERT(t->ops == &journal_ops);
    struct journal *self = self_of(t);
    self->refused = lanes;
    self->refused_count = count;
}

bool rp_transport_journal_used(
    const struct rp_transport *t, uint32_t index, const char **path, bool *used)
{
    RP_ASSERT(t->ops == &journal_ops);
    const struct journal *self = (const struct journal *)(const void *)t;
    if (index >= self->tape.count) {
        return false;
    }
    *path = self->tape.calls[index].call->path;
    *used = self->tape.calls[index].used > 0;
    return true;
}

const struct rp_journal_answer *rp_transport_journal_answers(
    const struct rp_transport *t, uint32_t *count)
{
    RP_ASSERT(t->ops == &journal_ops);
    const struct journal *self = (const struct journal *)(const void *)t;
    *count = self->answer_count;
    return self->answers;
}

void rp_transport_journal_reorder(
    struct rp_transport *t, const char *const *paths, uint32_t count)
{
    RP_ASSERT(t->ops == &journal_ops);
    struct journal *self = self_of(t);
    rp_mem_free(self->places);
    self->places = rp_mem_array(count, sizeof(struct place));
    self->place_count = count;
    for (uint32_t i = 0; i < count; i++) {
        self->places[i] = (struct place){paths[i], i};
    }
    qsort(self->places, count, sizeof(struct place), by_path);
}

struct rp_operator *rp_transport_journal_operator(struct rp_transport *t)
{
    RP_ASSERT(t->ops == &journal_ops);
    return &self_of(t)->asking;
}
