/* Other orders, each by a rerun whose steps are watched. */
#include <reprise/order.h>

#include <string.h>

#include <reprise/rng.h>
#include <reprise/store_watch.h>

#include "order_calls.h"
#include "order_seen.h"

#define DIGEST_TEXT_BYTES (2 * sizeof(struct rp_digest))

const char *rp_order_finding_name(enum rp_order_finding value)
{
    static const char *const names[] = {
        [RP_ORDER_SAME] = "same",
        [RP_ORDER_RESULT] = "result",
        [RP_ORDER_ACCEPTANCE] = "acceptance",
        [RP_ORDER_MISS] = "miss",
    };
    RP_ASSERT((size_t)value < RP_COUNT_OF(names));
    return names[value];
}

void rp_order_report_fini(struct rp_order_report *report)
{
    rp_arena_free(&report->arena);
    *report = (struct rp_order_report){.arena = NULL};
}

/* ---- what has to stay as it is ---- */

struct fact {
    const char *of, *path; /* "input", "gather/labs@1" */
    const char *value;
    bool acceptance; /* whether a task ended, and how */
};

struct facts {
    struct rp_arena *arena; /* borrowed, outlives us */
    struct fact *items;
    uint32_t count, room;
    const char *cut_short; /* see the report */
};

static void add_fact(struct facts *w, const char *of, const char *path,
    struct rp_str value, bool acceptance)
{
    if (w->count == w->room) {
        w->room = w->room == 0 ? 64 : 2 * w->room;
        w->items = rp_mem_grow(w->items, w->room, sizeof(struct fact));
    }
    w->items[w->count++] =
        (struct fact){of, rp_arena_dup(w->arena, rp_str_of(path)),
            rp_arena_dup(w->arena, value), acceptance};
}

static struct rp_str attr_text(
    const struct rp_decision *decision, const char *name)
{
    const struct rp_attr *attr = rp_decision_attr(decision, name);
    return attr != NULL && attr->type == RP_ATTR_TEXT ? attr->text
                                                      : RP_STR("none");
}

static void watch_decision(struct facts *w, const struct rp_decision *d)
{
    switch ((int)d->kind) {
    case RP_DECISION_TASK_ENDED:
        add_fact(w, "end", d->path, attr_text(d, "status"), true);
        add_fact(w, "output", d->path, attr_text(d, "output"), false);
        break;
    case RP_DECISION_AGGREGATED:
        add_fact(w, "aggregate", d->path, attr_text(d, "output"), false);
        break;
    case RP_DECISION_SESSION_ENDED:
        add_fact(w, "outcome", "", attr_text(d, "outcome"), true);
        add_fact(w, "output", "", attr_text(d, "output"), false);
        break;
    default:
        break;
    }
}

static void watch_action(struct facts *w, const struct rp_action *action)
{
    char hex[DIGEST_TEXT_BYTES + 1];
    if (action->kind == RP_ACTION_START_CALL) {
        rp_digest_hex(&action->start.input_digest, hex);
        add_fact(w, "input", action->start.path, rp_str_of(hex), false);
    } else if (action->kind == RP_ACTION_CANCEL_CALL &&
               action->cancel.reason == RP_REASON_ENOUGH &&
               w->cut_short == NULL) {
        w->cut_short = rp_arena_dup(w->arena, rp_str_of(action->cancel.path));
    }
}

static void see(void *context, const struct rp_record *record)
{
    struct facts *w = context;
    for (uint32_t i = 0; i < record->step->decision_count; i++) {
        watch_decision(w, &record->step->decisions[i]);
    }
    for (uint32_t i = 0; i < record->step->action_count; i++) {
        watch_action(w, &record->step->actions[i]);
    }
}

/* ---- one order ---- */

struct exploring {
    const struct rp_rerun *base;
    struct rp_order_report *report;
    struct rp__order_calls calls;
    struct facts recorded; /* what the recorded order gives */
    struct rp_arena *scratch;
    const char **paths; /* [calls.count] */
    uint32_t *chosen;   /* ditto */
    struct rp__order_seen seen;
};

/* RP_OK: it ended; RP_E_NOT_FOUND: it asked for what was not recorded. */
static enum rp_code run_order(struct exploring *x, struct facts *w,
    const uint32_t *order, struct rp_err *err)
{
    struct rp_rerun rerun = *x->base;
    struct rp_rerun_result result;
    struct rp_store_watch watch;
    for (uint32_t i = 0; order != NULL && i < x->calls.count; i++) {
        x->paths[i] = x->calls.items[order[i]].path;
    }
    rerun.order = order == NULL ? NULL : x->paths;
    rerun.order_count = x->calls.count;
    rp_store_watch_init(&watch, see, w);
    rerun.store = &watch.base;
    rerun.bare = true;
    rerun.steps_only = true;
    enum rp_code rc = rp_rerun(&rerun, &result, err);
    rp_rerun_result_fini(&result);
    return rc;
}

static const struct fact *same_fact(
    const struct facts *w, const struct fact *fact)
{
    for (uint32_t i = 0; i < w->count; i++) {
        if (strcmp(w->items[i].of, fact->of) == 0 &&
            strcmp(w->items[i].path, fact->path) == 0) {
            return &w->items[i];
        }
    }
    return NULL;
}

/* Until the next order is tried. */
struct difference {
    enum rp_order_finding finding;
    struct fact was, is; /* of one without a path there is none */
    const char *miss;
};

static void compare_one(struct difference *out, const struct fact *was,
    const struct fact *is, bool acceptance)
{
    const struct fact *any = was == NULL ? is : was;
    bool same = was != NULL && is != NULL && strcmp(was->value, is->value) == 0;
    if (out->finding != RP_ORDER_SAME || any->acceptance != acceptance ||
        same) {
        return;
    }
    out->finding = acceptance ? RP_ORDER_ACCEPTANCE : RP_ORDER_RESULT;
    if (was != NULL) {
        out->was = *was;
    }
    if (is != NULL) {
        out->is = *is;
    }
}

/* How tasks ended comes first: it explains what they were given. */
static struct difference compare(
    const struct facts *recorded, const struct facts *now)
{
    struct difference out = {.finding = RP_ORDER_SAME};
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < recorded->count; i++) {
            const struct fact *fact = &recorded->items[i];
            compare_one(&out, fact, same_fact(now, fact), pass == 0);
        }
        for (uint32_t i = 0; i < now->count; i++) {
            const struct fact *fact = &now->items[i];
            if (same_fact(recorded, fact) == NULL) {
                compare_one(&out, NULL, fact, pass == 0);
            }
        }
    }
    return out;
}

static enum rp_code try_order(struct exploring *x, const uint32_t *order,
    struct difference *out, struct rp_err *err)
{
    struct rp_err why = RP_ERR_INIT;
    rp_arena_reset(x->scratch);
    struct facts now = {.arena = x->scratch};
    enum rp_code rc = run_order(x, &now, order, &why);
    *out = compare(&x->recorded, &now);
    if (rc == RP_E_NOT_FOUND) {
        *out = (struct difference){.finding = RP_ORDER_MISS,
            .miss = rp_arena_dup(x->scratch, rp_str_of(why.text))};
        rc = RP_OK;
    }
    rp_mem_free(now.items);
    return rc == RP_OK ? RP_OK : rp_err_set(err, rc, "%s", why.text);
}

/* ---- what swaps it ---- */

/* Of what differs, in words; the arena of a try is used again. */
static void keep_difference(struct exploring *x, const struct difference *d)
{
    struct rp_order_report *report = x->report;
    const struct fact *any = d->was.path == NULL ? &d->is : &d->was;
    report->finding = d->finding;
    report->recorded = report->now = "";
    if (d->finding == RP_ORDER_MISS) {
        report->what = rp_arena_dup(report->arena, rp_str_of(d->miss));
        return;
    }
    report->what =
        any->path[0] == '\0'
            ? rp_arena_printf(report->arena, "%s of the session", any->of)
            : rp_arena_printf(report->arena, "%s of %s", any->of, any->path);
    if (d->was.path != NULL) {
        report->recorded = rp_arena_dup(report->arena, rp_str_of(d->was.value));
    }
    if (d->is.path != NULL) {
        report->now = rp_arena_dup(report->arena, rp_str_of(d->is.value));
    }
}

static void keep_order(struct exploring *x, const uint32_t *order)
{
    struct rp_order_report *report = x->report;
    const char **paths =
        rp_arena_array(report->arena, x->calls.count, sizeof(char *));
    for (uint32_t i = 0; i < x->calls.count; i++) {
        paths[i] = rp_arena_dup(
            report->arena, rp_str_of(x->calls.items[order[i]].path));
    }
    report->order = paths;
    report->order_count = x->calls.count;
}

/* From the recorded order (0, 1, 2, …) by `swaps` swaps of neighbours towards
 * `target`; `*first` and `*second` are the last two. Gives the number of swaps
 * that were made. */
static uint32_t go_towards(const struct exploring *x, const uint32_t *target,
    uint32_t swaps, uint32_t *order, uint32_t pair[2])
{
    uint32_t count = x->calls.count;
    uint32_t made = 0;
    uint32_t *rank = rp_mem_array(count, sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++) {
        order[i] = i;
        rank[target[i]] = i;
    }
    for (uint32_t end = count; end > 1; end--) {
        for (uint32_t i = 0; i + 1 < end && made < swaps; i++) {
            if (rank[order[i]] > rank[order[i + 1]]) {
                pair[0] = order[i];
                pair[1] = order[i + 1];
                order[i] = pair[1];
                order[i + 1] = pair[0];
                made++;
            }
        }
    }
    rp_mem_free(rank);
    return made;
}

/* Bisects the way from the recorded order, which is as it was, to `target`,
 * which is not: somewhere on it one swap makes the difference. */
static enum rp_code find_pair(
    struct exploring *x, const uint32_t *target, struct rp_err *err)
{
    uint32_t pair[2] = {0, 0};
    uint32_t *order = rp_mem_array(x->calls.count, sizeof(uint32_t));
    uint32_t same = 0;
    uint32_t other = go_towards(x, target, UINT32_MAX, order, pair);
    struct difference d = {.finding = RP_ORDER_SAME};
    enum rp_code rc = RP_OK;
    while (rc == RP_OK && other - same > 1) {
        uint32_t middle = same + (other - same) / 2;
        (void)go_towards(x, target, middle, order, pair);
        rc = try_order(x, order, &d, err);
        if (rc == RP_OK && d.finding == RP_ORDER_SAME) {
            same = middle;
        } else {
            other = middle;
        }
    }
    (void)go_towards(x, target, other, order, pair);
    if (rc == RP_OK) {
        rc = try_order(x, order, &d, err);
    }
    if (rc == RP_OK) {
        keep_difference(x, &d);
        keep_order(x, order);
        x->report->first = rp_arena_dup(
            x->report->arena, rp_str_of(x->calls.items[pair[0]].path));
        x->report->second = rp_arena_dup(
            x->report->arena, rp_str_of(x->calls.items[pair[1]].path));
    }
    rp_mem_free(order);
    return rc;
}

/* ---- which orders ---- */

static uint64_t pick_last(
    const void *context, const struct rp__order_call *call, uint32_t index)
{
    (void)context;
    (void)call;
    return UINT32_MAX - index;
}

static uint64_t pick_fastest(
    const void *context, const struct rp__order_call *call, uint32_t index)
{
    (void)context;
    (void)index;
    return call->took.ns < 0 ? 0 : (uint64_t)call->took.ns;
}

struct chance {
    uint64_t seed;
    uint32_t number;
};

static uint64_t pick_by_chance(
    const void *context, const struct rp__order_call *call, uint32_t index)
{
    const struct chance *chance = context;
    (void)index;
    return rp_draw(
               chance->seed, rp_str_of(call->path), "order", chance->number) >>
           1;
}

/* Tries `x->chosen`; `*more` turns false when it differs. */
static enum rp_code try_chosen(
    struct exploring *x, bool *more, struct rp_err *err)
{
    struct difference d;
    x->report->runs++;
    x->report->tried +=
        rp__order_seen_add(&x->seen, x->chosen, x->calls.count) ? 1 : 0;
    enum rp_code rc = try_order(x, x->chosen, &d, err);
    if (rc == RP_OK && d.finding != RP_ORDER_SAME) {
        *more = false;
        rc = find_pair(x, x->chosen, err);
    }
    return rc;
}

static enum rp_code try_all(struct exploring *x, bool *more, struct rp_err *err)
{
    struct rp__orders orders;
    enum rp_code rc = RP_OK;
    rp__orders_init(&orders, x->report->arena, &x->calls);
    while (rc == RP_OK && *more && rp__orders_next(&orders)) {
        memcpy(x->chosen, orders.chosen, x->calls.count * sizeof(uint32_t));
        rc = try_chosen(x, more, err);
    }
    return rc;
}

static enum rp_code try_sample(struct exploring *x, uint64_t seed,
    uint32_t samples, bool *more, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0; rc == RP_OK && *more && i < samples; i++) {
        struct chance chance = {seed, i};
        rp__order_pick(x->chosen, &x->calls, pick_by_chance, &chance);
        rc = try_chosen(x, more, err);
    }
    return rc;
}

/* All there are, and as many more as were asked for. */
static enum rp_code try_few(struct exploring *x,
    const struct rp_order_choice *choice, struct rp_err *err)
{
    bool more = true;
    enum rp_code rc = try_all(x, &more, err);
    uint64_t runs = x->report->runs;
    return rc == RP_OK && choice->samples > runs
               ? try_sample(x, choice->seed, choice->samples - (uint32_t)runs,
                     &more, err)
               : rc;
}

static enum rp_code try_those(struct exploring *x,
    const struct rp_order_choice *choice, struct rp_err *err)
{
    bool more = true;
    bool shuffle = choice->kind == RP_ORDER_SHUFFLE;
    uint32_t samples =
        choice->samples == 0 ? RP_ORDER_SAMPLES : choice->samples;
    enum rp_code rc = RP_OK;
    if (shuffle && !x->report->possible_more &&
        x->report->possible <= RP_ORDERS_ALL_MAX) {
        return try_few(x, choice, err);
    }
    if (shuffle || choice->kind == RP_ORDER_REVERSE) {
        rp__order_pick(x->chosen, &x->calls, pick_last, NULL);
        rc = try_chosen(x, &more, err);
    }
    if (rc == RP_OK && more && choice->kind != RP_ORDER_REVERSE) {
        rp__order_pick(x->chosen, &x->calls, pick_fastest, NULL);
        rc = try_chosen(x, &more, err);
    }
    return rc == RP_OK && shuffle
               ? try_sample(x, choice->seed, samples, &more, err)
               : rc;
}

enum rp_code rp_order_explore(struct rp_order_report *report,
    const struct rp_rerun *base, const struct rp_order_choice *choice,
    struct rp_err *err)
{
    struct rp_order_report result = {.what = "",
        .recorded = "",
        .now = "",
        .first = "",
        .second = "",
        .arena = rp_arena_new(0)};
    struct exploring x = {.base = base, .report = &result};
    rp__order_calls_of(&x.calls, result.arena, base->source);
    x.scratch = rp_arena_new(0);
    x.paths = rp_arena_array(result.arena, x.calls.count, sizeof(char *));
    x.chosen = rp_arena_array(result.arena, x.calls.count, sizeof(uint32_t));
    x.recorded = (struct facts){.arena = result.arena};
    result.calls = x.calls.count;
    result.possible = rp__orders_count(&x.calls, RP_ORDERS_COUNTED_MAX + 1);
    result.possible_more = result.possible > RP_ORDERS_COUNTED_MAX;
    enum rp_code rc = run_order(&x, &x.recorded, NULL, err);
    result.cut_short = x.recorded.cut_short;
    for (uint32_t i = 0; i < x.calls.count; i++) {
        x.chosen[i] = i;
    }
    result.tried = rp__order_seen_add(&x.seen, x.chosen, x.calls.count) ? 1 : 0;
    if (rc == RP_OK) {
        rc = try_those(&x, choice, err);
    }
    rp__order_seen_fini(&x.seen);
    rp_mem_free(x.recorded.items);
    rp_arena_free(&x.scratch);
    if (rc == RP_OK) {
        *report = result;
    } else {
        rp_order_report_fini(&result);
    }
    return rc;
}
