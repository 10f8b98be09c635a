#include "sweep_live.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <reprise/sweep_pace.h>

#include "sweep_pick.h"
#include "sweep_run.h"

#define TRIES_MAX 2
#define KEPT "live"             /* the run that decided */
#define KEPT_FIRST "live first" /* the one before it, which went otherwise */

enum state { WAITING, AGREED, DIFFERED, UNDECIDED, IDLE };

struct item {
    struct rp__sweep_pick pick;
    int64_t near_ns; /* 0: no limit is near */
    uint32_t tries;
    enum state state;
    struct rp_sweep_judgement judgement; /* of the last try */
    const char *first, *last; /* how tries went that went otherwise */
};

struct confirming {
    struct rp__sweep_live *out;
    struct rp_sweep *sweep;
    const struct rp__sweep_live_how *how;
    struct rp__sweep_picks picks;
    struct item *items; /* of each pick, in the arena */
    uint32_t item_count;
};

/* ---- how one went ---- */

static bool has(const struct rp_sweep_judgement *judgement,
    enum rp_gap_kind gap, const char *path)
{
    for (uint32_t i = 0; i < judgement->finding_count; i++) {
        if (judgement->findings[i].gap == gap &&
            strcmp(judgement->findings[i].path, path) == 0) {
            return true;
        }
    }
    return false;
}

/* The first gap that it should show and does not; NULL: it shows all. */
static const struct rp_sweep_gap *missing_gap(
    const struct confirming *c, const struct item *item)
{
    for (uint32_t i = 0; i < c->sweep->gap_count; i++) {
        const struct rp_sweep_gap *gap = &c->sweep->gaps[i];
        if (c->picks.of_gaps[i] == (uint32_t)(item - c->items) &&
            !has(&item->judgement, gap->gap, gap->path)) {
            return gap;
        }
    }
    return NULL;
}

/* The first gap that a live run shows and the sweep does not; NULL: none. */
static const struct rp_sweep_finding *new_gap(const struct item *item)
{
    const struct rp_sweep_judgement *now = &item->judgement;
    for (uint32_t i = 0; item->pick.of != NULL && i < now->finding_count; i++) {
        const struct rp_sweep_finding *finding = &now->findings[i];
        if (!has(&item->pick.of->judgement, finding->gap, finding->path)) {
            return finding;
        }
    }
    return NULL;
}

static bool is_assumed(const struct item *item)
{
    return item->pick.of != NULL && item->pick.of->judgement.assumed != NULL;
}

static bool shows_gap(const struct confirming *c, const struct item *item)
{
    for (uint32_t i = 0; i < c->sweep->gap_count; i++) {
        if (c->picks.of_gaps[i] == (uint32_t)(item - c->items)) {
            return true;
        }
    }
    return false;
}

/* What comes of a gap, where a later task was taken to answer as it did, is
 * that task's: it counts that the gap is there. */
static bool agrees(const struct confirming *c, const struct item *item)
{
    bool same = item->pick.of == NULL ||
                item->pick.of->judgement.verdict == item->judgement.verdict;
    return missing_gap(c, item) == NULL &&
           ((is_assumed(item) && shows_gap(c, item)) ||
               (same && new_gap(item) == NULL));
}

/* What should have been, and was not. */
static const char *expected(const struct confirming *c, const struct item *item)
{
    const struct rp_sweep_gap *gap = missing_gap(c, item);
    const struct rp_sweep_case *of = item->pick.of;
    if (of != NULL &&
        (gap == NULL || of->judgement.verdict != item->judgement.verdict)) {
        return rp_verdict_name(of->judgement.verdict);
    }
    return gap == NULL ? "" : rp_gap_id(gap->gap);
}

/* What came instead. */
static const char *seen(const struct item *item)
{
    const struct rp_sweep_finding *gap = new_gap(item);
    bool same = item->pick.of != NULL &&
                item->pick.of->judgement.verdict == item->judgement.verdict;
    return same && gap != NULL ? rp_gap_id(gap->gap)
                               : rp_verdict_name(item->judgement.verdict);
}

/* What the machine was like. */
static void add_pace(struct rp_buf *out, const struct rp_sweep_pace *pace)
{
    rp_buf_add_text(out, "; workers took up to ");
    rp_duration_show(out, pace->longer);
    rp_buf_add_text(out, " longer and ");
    rp_duration_show(out, pace->shorter);
    rp_buf_add_text(out, " shorter than in the sweep");
    if (pace->room.ns != RP_DURATION_FOREVER.ns) {
        rp_buf_add_text(out, ", ");
        rp_duration_show(out, pace->room);
        rp_buf_add_text(out, " would decide");
    }
}

static const char *describe(struct confirming *c, const struct item *item,
    const struct rp_sweep_pace *pace)
{
    const struct rp_sweep_judgement *now = &item->judgement;
    struct rp_buf buf;
    rp_buf_init(&buf, 4096);
    rp_buf_addf(&buf, "%s in the sweep, %s live%s%s", expected(c, item),
        seen(item), now->note[0] == '\0' ? "" : ": ", now->note);
    if (is_assumed(item)) {
        rp_buf_addf(&buf, "; the sweep takes '%s' to answer as it did",
            item->pick.of->judgement.assumed);
    }
    if (now->verdict != RP_VERDICT_HARNESS) {
        add_pace(&buf, pace);
    }
    const char *text = rp_arena_dup(c->out->arena, rp_buf_str(&buf));
    rp_buf_fini(&buf);
    return text;
}

static struct rp_sweep_pace pace_of(
    struct confirming *c, const struct item *item)
{
    struct rp_sweep_pace pace = {.room = RP_DURATION_FOREVER};
    if (item->judgement.verdict == RP_VERDICT_HARNESS) {
        return pace; /* nothing is known of the run */
    }
    rp_sweep_pace_find(&pace, &c->sweep->rig);
    if (item->near_ns > 0 && item->near_ns < pace.room.ns) {
        pace.room.ns = item->near_ns;
    }
    return pace;
}

static bool was_slower(const struct rp_sweep_pace *pace)
{
    return pace->longer.ns >= pace->room.ns;
}

static bool was_faster(
    const struct item *item, const struct rp_sweep_pace *pace)
{
    return item->near_ns > 0 &&
           (pace->outran || pace->shorter.ns >= item->near_ns);
}

/* After two tries that a machine decided which is slower, or faster, than that
 * of the recording. */
static enum state give_up(
    const struct item *item, const struct rp_sweep_pace *pace)
{
    bool idle = item->judgement.verdict == RP_VERDICT_NOT_TRIGGERED;
    return idle && was_faster(item, pace) ? IDLE : UNDECIDED;
}

/* After a try that went otherwise: is there to be another one? */
static enum state look_again(struct confirming *c, struct item *item)
{
    struct rp_sweep_pace pace = pace_of(c, item);
    bool excused = was_slower(&pace) || was_faster(item, &pace);
    const char *text = describe(c, item, &pace);
    if (excused && item->tries < TRIES_MAX) {
        item->first = text;
        return WAITING;
    }
    item->last = text;
    return excused ? give_up(item, &pace) : DIFFERED;
}

/* What was judged last is how it went this time. */
static void take_try(struct confirming *c, struct item *item)
{
    item->tries++;
    item->state = agrees(c, item) ? AGREED : look_again(c, item);
}

/* ---- what ran before ---- */

static void recall_as(struct confirming *c, struct item *item, const char *what)
{
    if (item->state == WAITING &&
        rp_sweep_rig_recall_live(&item->judgement, &c->sweep->rig,
            item->pick.rules, item->pick.rule_count, what)) {
        take_try(c, item);
    }
}

/* What went otherwise is not kept, or it could never be mended; only how it did
 * before it went as it should. */
static void recall(struct confirming *c, struct item *item)
{
    struct item fresh = *item;
    recall_as(c, item, KEPT_FIRST);
    recall_as(c, item, KEPT);
    if (item->state != AGREED) {
        *item = fresh;
    } else {
        c->out->known_count++;
    }
}

static enum rp_code keep(
    struct confirming *c, const struct item *item, struct rp_err *err)
{
    const char *what = item->state == AGREED    ? KEPT
                       : item->state == WAITING ? KEPT_FIRST
                                                : NULL;
    return what == NULL
               ? RP_OK
               : rp_sweep_rig_keep_live(&c->sweep->rig, item->pick.rules,
                     item->pick.rule_count, what, err);
}

/* ---- running ---- */

static void tell_progress(const struct confirming *c)
{
    uint32_t done = 0;
    uint32_t other = 0;
    if (!c->how->tell) {
        return;
    }
    for (uint32_t i = 0; i < c->item_count; i++) {
        done += c->items[i].state != WAITING ? 1 : 0;
        other += c->items[i].state == DIFFERED || c->items[i].state == UNDECIDED
                     ? 1
                     : 0;
    }
    (void)fprintf(stderr,
        "\rlive: %" PRIu32 " of %" PRIu32 ", %" PRIu32 " otherwise%s", done,
        c->item_count, other, done == c->item_count ? "\n" : " ");
}

static enum rp_code take_run(
    struct confirming *c, struct rp__sweep_runs *runs, struct rp_err *err)
{
    struct rp__sweep_run *run = NULL;
    struct rp_err why = RP_ERR_INIT;
    enum rp_code rc = rp__sweep_runs_wait(&run, runs, err);
    if (rc != RP_OK) {
        return rc;
    }
    struct item *item = &c->items[run->number];
    if (rp__sweep_run_judge(&item->judgement, &c->sweep->rig, run,
            item->pick.rules, item->pick.rule_count, &why) != RP_OK) {
        item->judgement = (struct rp_sweep_judgement){
            .verdict = RP_VERDICT_HARNESS,
            .note = rp_arena_dup(c->out->arena, rp_str_of(why.text)),
        };
    }
    rp__sweep_runs_drop(runs, run);
    take_try(c, item);
    tell_progress(c);
    return item->judgement.verdict == RP_VERDICT_HARNESS ? RP_OK
                                                         : keep(c, item, err);
}

/* Alone: whatever waits, as often as it may. Else what no limit is near to,
 * once. */
static bool is_due(const struct item *item, bool alone)
{
    return item->state == WAITING &&
           (alone || (item->near_ns == 0 && item->tries == 0));
}

static enum rp_code run_all(struct confirming *c, bool alone,
    struct rp__sweep_runs *runs, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0; i < c->item_count && rc == RP_OK; i++) {
        const struct item *item = &c->items[i];
        while (rc == RP_OK && is_due(item, alone)) {
            if (runs->count == runs->room) {
                rc = take_run(c, runs, err);
                continue;
            }
            rc = rp__sweep_runs_start(
                runs, i, item->pick.rules, item->pick.rule_count, err);
            if (!alone) {
                break;
            }
        }
    }
    while (runs->count > 0 && rc == RP_OK) {
        rc = take_run(c, runs, err);
    }
    return rc;
}

static enum rp_code run_phase(
    struct confirming *c, bool alone, struct rp_err *err)
{
    struct rp__sweep_runs runs;
    rp__sweep_runs_init(&runs, c->sweep, alone ? 1 : c->how->job_count);
    enum rp_code rc = run_all(c, alone, &runs, err);
    rp__sweep_runs_fini(&runs);
    return rc;
}

/* ---- what is told ---- */

static const char *line_of(
    struct rp_arena *arena, const struct item *item, bool both)
{
    const char *rules = rp_arena_printf(arena, "'%s'", item->pick.rules[0]);
    for (uint32_t i = 1; i < item->pick.rule_count; i++) {
        rules =
            rp_arena_printf(arena, "%s and '%s'", rules, item->pick.rules[i]);
    }
    return both ? rp_arena_printf(arena, "%s: %s; at its first try %s", rules,
                      item->last, item->first)
                : rp_arena_printf(arena, "%s: %s", rules,
                      item->last != NULL ? item->last : item->first);
}

static void tell_item(struct rp__sweep_live *out, const struct item *item)
{
    const char *line = item->first == NULL && item->last == NULL
                           ? NULL
                           : line_of(out->arena, item,
                                 item->first != NULL && item->last != NULL);
    out->run_count++;
    if (item->pick.of != NULL) {
        out->case_states[item->pick.of->number - 1] =
            rp_verdict_name(item->judgement.verdict);
    }
    switch (item->state) {
    case AGREED:
        out->agreed_count++;
        if (line != NULL) {
            out->seconds[out->second_count++] = line;
        }
        break;
    case DIFFERED:
        out->differences[out->difference_count++] = line;
        break;
    case UNDECIDED:
        out->undecided[out->undecided_count++] = line;
        break;
    case IDLE:
        out->idles[out->idle_count++] = line;
        break;
    case WAITING:
        break;
    }
}

static void tell_gaps(struct confirming *c)
{
    for (uint32_t i = 0; i < c->sweep->gap_count; i++) {
        const struct rp_sweep_gap *gap = &c->sweep->gaps[i];
        if (c->picks.of_gaps[i] == RP__SWEEP_NO_PICK) {
            continue;
        }
        const struct item *item = &c->items[c->picks.of_gaps[i]];
        c->out->gap_states[i] = has(&item->judgement, gap->gap, gap->path)
                                    ? "live"
                                    : rp_verdict_name(item->judgement.verdict);
    }
}

static void *array(struct rp__sweep_live *out, uint32_t count, size_t size)
{
    return rp_arena_array(out->arena, (size_t)count + 1, size);
}

static void make_items(struct confirming *c)
{
    struct rp__sweep_live *out = c->out;
    const struct rp_sweep *s = c->sweep;
    rp__sweep_pick(
        &c->picks, out->arena, s, c->how, c->how->runs_max - out->run_count);
    c->item_count = c->picks.count;
    c->items = array(out, c->item_count, sizeof(struct item));
    for (uint32_t i = 0; i < c->item_count; i++) {
        const struct rp__sweep_pick *pick = &c->picks.items[i];
        c->items[i].pick = *pick;
        c->items[i].near_ns = pick->of == NULL ? 0 : pick->of->near_ns;
    }
    out->gap_states = array(out, s->gap_count, sizeof(const char *));
    out->case_states = array(out, s->case_count, sizeof(const char *));
    out->differences = array(out, c->item_count, sizeof(const char *));
    out->seconds = array(out, c->item_count, sizeof(const char *));
    out->undecided = array(out, c->item_count, sizeof(const char *));
    out->idles = array(out, c->item_count, sizeof(const char *));
}

enum rp_code rp__sweep_live_confirm(struct rp__sweep_live *out,
    struct rp_sweep *sweep, const struct rp__sweep_live_how *how,
    struct rp_err *err)
{
    struct confirming c = {.out = out, .sweep = sweep, .how = how};
    make_items(&c);
    for (uint32_t i = 0; i < c.item_count; i++) {
        recall(&c, &c.items[i]);
    }
    enum rp_code rc = run_phase(&c, false, err);
    if (rc == RP_OK) {
        rc = run_phase(&c, true, err);
    }
    for (uint32_t i = 0; i < c.item_count; i++) {
        tell_item(out, &c.items[i]);
    }
    tell_gaps(&c);
    if (how->runs_max == RP__SWEEP_LIVE_ALL) {
        out->left =
            rp__sweep_pick_left(&out->left_count, out->arena, sweep, how);
    }
    return rc;
}

void rp__sweep_live_fini(struct rp__sweep_live *live)
{
    rp_arena_free(&live->arena);
    *live = (struct rp__sweep_live){.arena = NULL};
}
