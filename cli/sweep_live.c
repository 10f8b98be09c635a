#include "sweep_live.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <reprise/sweep_pace.h>

#include "sweep_run.h"

#define TRIES_MAX 2
#define KEPT "live"             /* the run that decided */
#define KEPT_FIRST "live first" /* the one before it, which went otherwise */

enum state { WAITING, AGREED, DIFFERED, IDLE };

/* One list of rules: of a scenario, of gaps that it shows, or both. */
struct item {
    const char *const *rules;
    uint32_t rule_count;
    const struct rp_sweep_case *of; /* NULL: shrunk from one */
    int64_t near_ns;                /* 0: no limit is near */
    uint32_t tries;
    enum state state;
    struct rp_sweep_judgement judgement; /* of the last try */
    const char *first, *last; /* how tries went that went otherwise */
};

struct confirming {
    struct rp__sweep_live *out;
    struct rp_sweep *sweep;
    const struct rp__sweep_live_how *how;
    struct item *items; /* in the arena */
    uint32_t item_count;
    uint32_t *gap_items; /* of each gap; item_count: none */
};

/* ---- what is tried ---- */

static bool was_played(const struct rp_sweep_case *c)
{
    return c->judgement.verdict != RP_VERDICT_PRUNED &&
           c->judgement.verdict != RP_VERDICT_NEEDS_LIVE;
}

static bool same_rules(
    const struct item *item, const char *const *rules, uint32_t rule_count)
{
    bool same = item->rule_count == rule_count;
    for (uint32_t i = 0; same && i < rule_count; i++) {
        same = strcmp(item->rules[i], rules[i]) == 0;
    }
    return same;
}

static struct item *add_item(struct confirming *c, const char *const *rules,
    uint32_t rule_count, const struct rp_sweep_case *of)
{
    struct item *item = &c->items[c->item_count++];
    *item = (struct item){
        .rules = rules,
        .rule_count = rule_count,
        .of = of,
        .near_ns = of == NULL ? 0 : of->near_ns,
    };
    return item;
}

static const struct rp_sweep_case *case_of(
    const struct rp_sweep *s, const struct rp_sweep_gap *gap)
{
    const struct rp_sweep_case *of =
        gap->case_number == 0 || gap->case_number > s->case_count
            ? NULL
            : s->cases[gap->case_number - 1];
    struct item asked = {.rules = gap->rules, .rule_count = gap->rule_count};
    return of != NULL && same_rules(&asked, of->rules, of->rule_count) ? of
                                                                       : NULL;
}

/* Gaps without rules were shown live already. */
static void add_gaps(struct confirming *c, uint32_t runs_max)
{
    const struct rp_sweep *s = c->sweep;
    for (uint32_t i = 0; i < s->gap_count; i++) {
        const struct rp_sweep_gap *gap = &s->gaps[i];
        uint32_t k = 0;
        while (k < c->item_count &&
               !same_rules(&c->items[k], gap->rules, gap->rule_count)) {
            k++;
        }
        c->gap_items[i] = UINT32_MAX;
        if (gap->rule_count > 0 && (k < c->item_count || k < runs_max)) {
            c->gap_items[i] = k;
            if (k == c->item_count) {
                (void)add_item(c, gap->rules, gap->rule_count, case_of(s, gap));
            }
        }
    }
}

static bool is_among(
    const struct confirming *c, uint32_t count, const struct rp_sweep_case *of)
{
    for (uint32_t i = 0; i < count; i++) {
        if (c->items[i].of == of) {
            return true;
        }
    }
    return false;
}

/* As many as there are runs left, at equal distances. */
static void add_cases(struct confirming *c, uint32_t runs_left)
{
    const struct rp_sweep *s = c->sweep;
    uint32_t gap_count = c->item_count;
    uint64_t count = 0;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < s->case_count; i++) {
        count += was_played(s->cases[i]) && !is_among(c, gap_count, s->cases[i])
                     ? 1
                     : 0;
    }
    for (uint32_t i = 0; i < s->case_count; i++) {
        const struct rp_sweep_case *of = s->cases[i];
        if (!was_played(of) || is_among(c, gap_count, of)) {
            continue;
        }
        bool due = runs_left >= count ||
                   (seen + 1) * runs_left / count > seen * runs_left / count;
        seen++;
        if (due) {
            (void)add_item(c, of->rules, of->rule_count, of);
        }
    }
}

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
        if (c->gap_items[i] == (uint32_t)(item - c->items) &&
            !has(&item->judgement, gap->gap, gap->path)) {
            return gap;
        }
    }
    return NULL;
}

static bool agrees(const struct confirming *c, const struct item *item)
{
    return (item->of == NULL ||
               item->of->judgement.verdict == item->judgement.verdict) &&
           missing_gap(c, item) == NULL;
}

/* What should have been, and was not. */
static const char *expected(const struct confirming *c, const struct item *item)
{
    const struct rp_sweep_gap *gap = missing_gap(c, item);
    bool other = item->of != NULL &&
                 item->of->judgement.verdict != item->judgement.verdict;
    return gap != NULL && !other ? rp_gap_id(gap->gap)
                                 : rp_verdict_name(item->of->judgement.verdict);
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
        rp_verdict_name(now->verdict), now->note[0] == '\0' ? "" : ": ",
        now->note);
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

/* Whether a machine that is slower, or faster, than that of the recording can
 * have decided. */
static bool machine_decided(
    const struct item *item, const struct rp_sweep_pace *pace)
{
    return pace->longer.ns >= pace->room.ns ||
           (item->near_ns > 0 && pace->shorter.ns >= item->near_ns);
}

/* After a try that went otherwise: is there to be another one? */
static enum state look_again(struct confirming *c, struct item *item)
{
    struct rp_sweep_pace pace = pace_of(c, item);
    bool excused = machine_decided(item, &pace);
    const char *text = describe(c, item, &pace);
    if (excused && item->tries < TRIES_MAX) {
        item->first = text;
        return WAITING;
    }
    item->last = text;
    return excused && item->judgement.verdict == RP_VERDICT_NOT_TRIGGERED
               ? IDLE
               : DIFFERED;
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
        rp_sweep_rig_recall_live(&item->judgement, &c->sweep->rig, item->rules,
            item->rule_count, what)) {
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
    return what == NULL ? RP_OK
                        : rp_sweep_rig_keep_live(&c->sweep->rig, item->rules,
                              item->rule_count, what, err);
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
        other += c->items[i].state == DIFFERED ? 1 : 0;
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
    if (rp__sweep_run_judge(&item->judgement, &c->sweep->rig, run, item->rules,
            item->rule_count, &why) != RP_OK) {
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
                runs, i, item->rules, item->rule_count, err);
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
    const char *rules = rp_arena_printf(arena, "'%s'", item->rules[0]);
    for (uint32_t i = 1; i < item->rule_count; i++) {
        rules = rp_arena_printf(arena, "%s and '%s'", rules, item->rules[i]);
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
        if (c->gap_items[i] == UINT32_MAX) {
            continue;
        }
        const struct item *item = &c->items[c->gap_items[i]];
        c->out->gap_states[i] = has(&item->judgement, gap->gap, gap->path)
                                    ? "live"
                                    : rp_verdict_name(item->judgement.verdict);
    }
}

static void add_left(struct rp__sweep_live *out, const char *why)
{
    uint32_t i = 0;
    while (i < out->left_count && strcmp(out->left[i].why, why) != 0) {
        i++;
    }
    if (i == out->left_count) {
        out->left[out->left_count++] = (struct rp__sweep_live_left){why, 0};
    }
    out->left[i].count++;
}

/* Of needs live each has a reason of its own. */
static void tell_left(struct confirming *c)
{
    const struct rp_sweep *s = c->sweep;
    for (uint32_t i = 0; i < s->case_count; i++) {
        const struct rp_sweep_judgement *j = &s->cases[i]->judgement;
        if (j->verdict == RP_VERDICT_NEEDS_LIVE) {
            add_left(c->out, "the recording has no answer to compare with");
        } else if (!was_played(s->cases[i])) {
            add_left(c->out, j->note);
        }
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
    uint32_t max = s->gap_count + s->case_count;
    uint32_t runs_left = c->how->runs_max - out->run_count;
    c->items = array(out, max, sizeof(struct item));
    c->gap_items = array(out, s->gap_count, sizeof(uint32_t));
    out->gap_states = array(out, s->gap_count, sizeof(const char *));
    out->left = array(out, s->case_count, sizeof(*out->left));
    add_gaps(c, runs_left);
    if (c->item_count < runs_left) {
        add_cases(c, runs_left - c->item_count);
    }
    out->differences = array(out, c->item_count, sizeof(const char *));
    out->seconds = array(out, c->item_count, sizeof(const char *));
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
        tell_left(&c);
    }
    return rc;
}

void rp__sweep_live_fini(struct rp__sweep_live *live)
{
    rp_arena_free(&live->arena);
    *live = (struct rp__sweep_live){.arena = NULL};
}
