/* Tasks, attempts and faults, multiplied; what need not be tried, left out. */
#include "sweep_space.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <reprise/rng.h>

#define DRAWS_MAX 200 /* for one fault of a schedule */
#define CUT_SHORT "the recorded process died while it ran"
#define CRASHES_MAX 128 /* records behind which the orchestrator dies */

/* ---- columns ---- */

static bool is_among(const char *name, const char *const *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* As the catalogue calls the class of what is in this column. */
static const char *catalogue_name(const char *column)
{
    static const char *const names[][2] = {
        {"output", "out"}, {"contract", "out"}, {"wrong", "sem"}};
    for (size_t i = 0; i < RP_COUNT_OF(names); i++) {
        if (strcmp(names[i][0], column) == 0) {
            return names[i][1];
        }
    }
    return column;
}

static bool is_chosen(const struct rp_sweep_options *o, const char *column)
{
    return o->classes == NULL || is_among(column, o->classes, o->class_count) ||
           is_among(catalogue_name(column), o->classes, o->class_count);
}

/* What only live runs can tell has no column. */
static bool is_watched(const char *name)
{
    return strcmp(name, "store") == 0 || strcmp(name, "export") == 0;
}

bool rp_sweep_tries_watchers(const struct rp_sweep_options *options, bool store)
{
    const char *name = store ? "store" : "export";
    return options->classes == NULL ||
           is_among(name, options->classes, options->class_count);
}

static bool is_class(const char *name, const char *const *columns, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(name, columns[i]) == 0 ||
            strcmp(name, catalogue_name(columns[i])) == 0) {
            return true;
        }
    }
    return false;
}

enum rp_code rp__sweep_space_classes(struct rp_sweep *sweep, struct rp_err *err)
{
    uint32_t count = 0;
    const char *const *known = rp__sweep_classes(&count);
    const struct rp_sweep_options *o = &sweep->options;
    for (uint32_t i = 0; i < o->class_count; i++) {
        if (!is_class(o->classes[i], known, count) &&
            !is_watched(o->classes[i])) {
            const char *near =
                rp_str_nearest(rp_str_of(o->classes[i]), known, count);
            return rp_err_set(err, RP_E_INVALID,
                "there is no class of faults '%s'%s%s%s", o->classes[i],
                near == NULL ? "" : "; did you mean '",
                near == NULL ? "" : near, near == NULL ? "" : "'?");
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (is_chosen(o, known[i])) {
            sweep->classes[sweep->class_count++] = known[i];
        }
    }
    return RP_OK;
}

static bool column_of(
    const struct rp_sweep *s, const char *class, uint32_t *out)
{
    for (uint32_t i = 0; i < s->class_count; i++) {
        if (strcmp(s->classes[i], class) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* ---- rows and cases ---- */

static uint32_t row_of(
    struct rp_sweep *s, const char *path, const char *agent, bool revealed)
{
    for (uint32_t i = 0; i < s->row_count; i++) {
        if (strcmp(s->rows[i].path, path) == 0) {
            return i;
        }
    }
    if (s->row_count == s->row_room) {
        s->row_room = s->row_room == 0 ? 16 : s->row_room * 2;
        s->rows =
            rp_mem_grow(s->rows, s->row_room, sizeof(struct rp_sweep_row));
    }
    s->rows[s->row_count] = (struct rp_sweep_row){
        .path = rp_arena_dup(s->arena, rp_str_of(path)),
        .agent = rp_arena_dup(s->arena, rp_str_of(agent)),
        .revealed = revealed,
        .tries = 1,
    };
    return s->row_count++;
}

/* NULL when there are too many. */
static struct rp_sweep_case *add_case(struct rp_sweep *s, uint32_t rule_count)
{
    uint32_t max =
        s->options.cases_max == 0 ? RP_SWEEP_CASES_MAX : s->options.cases_max;
    if (s->case_count >= max) {
        s->stopped = true;
        return NULL;
    }
    if (s->case_count == s->case_room) {
        s->case_room = s->case_room == 0 ? 256 : s->case_room * 2;
        s->cases =
            rp_mem_grow(s->cases, s->case_room, sizeof(struct rp_sweep_case *));
    }
    struct rp_sweep_case *c = rp_arena_alloc(s->arena, sizeof(*c));
    s->cases[s->case_count++] = c;
    c->number = s->case_count;
    c->rule_count = rule_count;
    return c;
}

/* The rules of `first`, then one more. */
static void add_rule(struct rp_sweep *s, struct rp_sweep_case *c,
    const struct rp_sweep_case *first, const char *rule,
    const struct rp_sweep_strike *strike)
{
    const char **rules =
        rp_arena_array(s->arena, c->rule_count, sizeof(const char *));
    struct rp_sweep_strike *strikes =
        rp_arena_array(s->arena, c->rule_count, sizeof(struct rp_sweep_strike));
    for (uint32_t i = 0; first != NULL && i < first->rule_count; i++) {
        rules[i] = first->rules[i];
        strikes[i] = first->strikes[i];
    }
    rules[c->rule_count - 1] = rule;
    strikes[c->rule_count - 1] = *strike;
    c->rules = rules;
    c->strikes = strikes;
}

/* ---- one fault more ---- */

struct target {
    uint32_t row;
    uint32_t attempt;   /* 0: all of them */
    const char *pruned; /* why nothing is tried there; NULL: it is */
};

static const char *rule_text(struct rp_sweep *s, const struct target *target,
    const struct rp__sweep_item *item)
{
    const struct rp_sweep_row *row = &s->rows[target->row];
    const char *where = rp_sweep_rig_on(&s->rig, row->path, row->agent);
    return target->attempt == 0
               ? rp_arena_printf(s->arena, "%s : %s", where, item->text)
               : rp_arena_printf(s->arena, "%s @%u : %s", where,
                     target->attempt, item->text);
}

static int64_t nearest(int64_t a_ns, int64_t b_ns)
{
    return a_ns == 0 || (b_ns != 0 && b_ns < a_ns) ? b_ns : a_ns;
}

/* A case of what `first` has (NULL: nothing) and the item on the target. */
static void add_fault(struct rp_sweep *s, const struct rp_sweep_case *first,
    const struct target *target, const struct rp__sweep_item *item)
{
    uint32_t before = first == NULL ? 0 : first->rule_count;
    struct rp_sweep_strike strike = {target->row, 0, target->attempt};
    if (!column_of(s, item->class, &strike.column) ||
        before == RP_SWEEP_RULES_MAX) {
        return;
    }
    struct rp_sweep_case *c = add_case(s, before + 1);
    if (c == NULL) {
        return;
    }
    add_rule(s, c, first, rule_text(s, target, item), &strike);
    c->rank = item->rank + (first == NULL ? 0 : first->rank);
    c->data = item->data && (first == NULL || first->data);
    c->large = item->large || (first != NULL && first->large);
    c->near_ns = nearest(item->near_ns, first == NULL ? 0 : first->near_ns);
    const char *pruned = target->pruned != NULL ? target->pruned : item->pruned;
    if (pruned != NULL) {
        c->judgement = (struct rp_sweep_judgement){
            .verdict = RP_VERDICT_PRUNED, .note = pruned};
    }
}

static void add_menu(struct rp__sweep_space *space,
    const struct rp_sweep_case *first, const struct target *target)
{
    for (uint32_t i = 0; i < space->menu->count; i++) {
        const struct rp__sweep_item *item = &space->menu->items[i];
        if (!item->once || (first == NULL && target->attempt == 1)) {
            add_fault(space->sweep, first, target, item);
        }
    }
}

/* So late that all its siblings are first, and far from every limit. */
static struct rp_duration overtaken_by(const struct rp_plan_agent *agent)
{
    int64_t limit = agent->timeout.ns;
    limit = agent->idle.ns < limit ? agent->idle.ns : limit;
    limit = agent->deadline.ns < limit ? agent->deadline.ns : limit;
    return (struct rp_duration){limit / 2};
}

/* Silence ends it sooner: so much later it is ended all the same. */
static struct rp_duration lively_margin(
    const struct rp_sweep_task *task, const struct rp_sweep_margin *margin)
{
    int64_t limit = task->agent->timeout.ns;
    limit = task->agent->deadline.ns < limit ? task->agent->deadline.ns : limit;
    if (margin == NULL || margin->reason != RP_REASON_IDLE ||
        limit == RP_DURATION_FOREVER.ns) {
        return (struct rp_duration){0};
    }
    return (struct rp_duration){limit - task->attempts[0].took.ns};
}

static const struct rp_sweep_margin *margin_of(
    const struct rp_sweep *s, const char *path)
{
    for (uint32_t i = 0; i < s->margin_count; i++) {
        if (strcmp(s->margins[i].path, path) == 0) {
            return &s->margins[i];
        }
    }
    return NULL;
}

/* Empty: not known. */
static struct rp_str output_of(
    const struct rp_sweep *s, const struct rp_sweep_task *task)
{
    struct rp_str output = RP_STR("");
    bool known = !rp_digest_is_zero(&task->output) &&
                 rp_recording_payload(&output, s->options.subject.recording,
                     &task->output, NULL) == RP_OK;
    return known ? output : RP_STR("");
}

/* Of a task that appears under faults only what it delivers is known. */
static void set_menu_revealed(
    struct rp__sweep_space *space, const struct rp_sweep_task *task)
{
    struct rp_sweep *s = space->sweep;
    struct rp__sweep_hints hints = {.output = output_of(s, task)};
    rp__sweep_menu_make(space->menu, s->arena, &hints);
}

/* What fits a task, as it went without faults. */
static void set_menu(
    struct rp__sweep_space *space, const struct rp_sweep_task *task)
{
    struct rp_sweep *s = space->sweep;
    struct rp__sweep_hints hints = {.output = output_of(s, task)};
    if (task->attempt_count > 0) {
        const struct rp_sweep_margin *margin = margin_of(s, task->path);
        hints.took = task->attempts[0].took;
        hints.overtaken_by = overtaken_by(task->agent);
        hints.mute = rp_digest_is_zero(&task->output);
        hints.margin = margin == NULL ? hints.took : margin->by;
        hints.lively = lively_margin(task, margin);
        rp__sweep_facts_shared(
            &hints.shared, s->arena, &s->rig.ground, &s->rig.baseline, task);
        rp__sweep_facts_asked(&hints.asked, s->arena, &s->rig.ground, task);
    }
    rp__sweep_menu_make(space->menu, s->arena, &hints);
}

/* ---- single faults ---- */

/* Its process died while it ran, and nothing else says what it would have
 * delivered. */
static bool was_cut_short(const struct rp_sweep_task *task, uint32_t attempt)
{
    return attempt <= task->attempt_count &&
           task->attempts[attempt - 1].reason == RP_REASON_LOST;
}

/* At each attempt by itself, and at all of them. */
static void attack_all(struct rp__sweep_space *space,
    const struct rp_sweep_case *first, const struct rp_sweep_task *task,
    uint32_t row)
{
    struct target target = {row, 0, NULL};
    bool cut = false;
    for (uint32_t i = 1; i <= space->sweep->rows[row].tries; i++) {
        target.attempt = i;
        target.pruned =
            first == NULL && was_cut_short(task, i) ? CUT_SHORT : NULL;
        cut = cut || target.pruned != NULL;
        add_menu(space, first, &target);
    }
    if (task->agent->retry.attempts > 1) {
        target.attempt = 0;
        target.pruned = cut ? CUT_SHORT : NULL;
        add_menu(space, first, &target);
    }
}

void rp__sweep_space_margins(struct rp__sweep_space *space)
{
    struct rp_sweep *s = space->sweep;
    const struct rp_sweep_trace *baseline = &s->rig.baseline;
    s->margins = rp_arena_array(
        s->arena, baseline->task_count, sizeof(struct rp_sweep_margin));
    for (uint32_t i = 0; i < baseline->task_count; i++) {
        const struct rp_sweep_task *task = &baseline->tasks[i];
        if (task->attempt_count > 0 &&
            task->attempts[0].reason == RP_REASON_OK) {
            rp_sweep_margin_find(&s->margins[s->margin_count++], &s->rig, task);
        }
    }
}

void rp__sweep_space_singles(struct rp__sweep_space *space)
{
    struct rp_sweep *s = space->sweep;
    const struct rp_sweep_trace *baseline = &s->rig.baseline;
    for (uint32_t i = 0; i < baseline->task_count; i++) {
        const struct rp_sweep_task *task = &baseline->tasks[i];
        if (task->agent == NULL) {
            continue; /* it never had an attempt */
        }
        uint32_t row = row_of(s, task->path, task->agent->name, false);
        s->rows[row].tries = task->attempt_count;
        set_menu(space, task);
        attack_all(space, NULL, task, row);
    }
    s->single_count = s->case_count;
}

/* ---- the orchestrator ---- */

/* How it dies: as the record is durable, when what it decided is begun, which a
 * live run alone can tell apart, and once more as it goes on. */
enum crash { CRASH_BEFORE, CRASH_AFTER, CRASH_TWICE, CRASH_COUNT };

/* NULL when there are too many cases. */
static struct rp_sweep_case *add_crash(
    struct rp_sweep *s, uint32_t row, uint32_t record, enum crash how)
{
    struct rp_sweep_strike strike = {row, 0, 0};
    struct rp_sweep_case *c = add_case(s, how == CRASH_TWICE ? 2 : 1);
    if (c == NULL || !column_of(s, "crash", &strike.column)) {
        return NULL;
    }
    const char **rules =
        rp_arena_array(s->arena, c->rule_count, sizeof(const char *));
    struct rp_sweep_strike *strikes =
        rp_arena_array(s->arena, c->rule_count, sizeof(struct rp_sweep_strike));
    for (uint32_t i = 0; i < c->rule_count; i++) {
        rules[i] =
            rp_arena_printf(s->arena, "orchestrator [%" PRIu32 "] : crash%s",
                record + i, how == CRASH_AFTER ? "(after)" : "");
        strikes[i] = strike;
    }
    c->rules = rules;
    c->strikes = strikes;
    c->rank = record;
    return c;
}

/* Of a long session not every record, at equal distances; what is left out is
 * reported as such. */
void rp__sweep_space_crashes(struct rp__sweep_space *space)
{
    struct rp_sweep *s = space->sweep;
    uint32_t count = s->rig.baseline.record_count;
    uint32_t step = (count + CRASHES_MAX - 1) / CRASHES_MAX;
    uint32_t row = row_of(s, "orchestrator", "", false);
    for (uint32_t record = 1; record < count && !s->stopped; record++) {
        bool due = (record - 1) % step == 0;
        struct rp_sweep_case *c = add_crash(s, row, record, CRASH_BEFORE);
        for (int how = CRASH_AFTER; due && how < CRASH_COUNT; how++) {
            (void)add_crash(s, row, record, (enum crash)how);
        }
        if (!due && c != NULL) {
            c->judgement =
                (struct rp_sweep_judgement){.verdict = RP_VERDICT_PRUNED,
                    .note = "of a long session not every record is tried"};
        }
    }
}

/* ---- what appears under faults ---- */

/* A stand-in, and an attempt behind the one that a fault ended, are attacked
 * behind the first case that reveals them. */
static void attack_revealed(struct rp__sweep_space *space,
    const struct rp_sweep_case *c, const struct rp_sweep_task *task)
{
    struct rp_sweep *s = space->sweep;
    uint32_t known = s->row_count;
    if (task->agent == NULL) {
        return;
    }
    uint32_t row = row_of(s, task->path, task->agent->name, true);
    if (row == known) {
        set_menu_revealed(space, task);
        attack_all(space, c, task, row);
        return;
    }
    struct rp_sweep_row *at = &s->rows[row];
    const struct rp_sweep_strike *last = &c->strikes[c->rule_count - 1];
    if (last->row == row && last->attempt == at->tries &&
        task->attempt_count > at->tries) {
        at->tries++;
        struct target target = {row, at->tries, NULL};
        const struct rp_sweep_task *before =
            rp_sweep_trace_task(&s->rig.baseline, task->path);
        if (before == NULL) {
            set_menu_revealed(space, task);
        } else {
            set_menu(space, before);
        }
        add_menu(space, c, &target);
    }
}

void rp__sweep_space_revealed(
    struct rp__sweep_space *space, const struct rp_sweep_case *c)
{
    const struct rp_sweep_trace *trace = &space->sweep->rig.trace;
    for (uint32_t i = 0; i < trace->task_count; i++) {
        attack_revealed(space, c, &trace->tasks[i]);
    }
}

/* ---- pairs ---- */

/* Data that changed nothing goes nowhere; nor does it beside another fault. */
static bool goes_nowhere(const struct rp_sweep_case *c)
{
    return c->data && c->judgement.verdict == RP_VERDICT_UNAFFECTED;
}

static bool was_tried(const struct rp_sweep_case *c)
{
    return c->judgement.verdict != RP_VERDICT_PRUNED &&
           c->judgement.verdict != RP_VERDICT_NOT_TRIGGERED &&
           c->judgement.verdict != RP_VERDICT_NEEDS_LIVE &&
           c->judgement.verdict != RP_VERDICT_HARNESS;
}

static void add_pair(struct rp_sweep *s, const struct rp_sweep_case *a,
    const struct rp_sweep_case *b)
{
    if (a->strikes[0].row == b->strikes[0].row || !was_tried(b)) {
        return;
    }
    if (a->equal_to != NULL || b->equal_to != NULL) {
        s->pruned.equal++;
        return;
    }
    if (a->large || b->large) {
        s->pruned.large++;
        return;
    }
    if (goes_nowhere(a) || goes_nowhere(b)) {
        s->pruned.lineage++;
        return;
    }
    struct rp_sweep_case *c = add_case(s, 2);
    if (c != NULL) {
        add_rule(s, c, a, b->rules[0], &b->strikes[0]);
        c->rank = a->rank + b->rank;
        c->data = a->data && b->data;
        c->near_ns = nearest(a->near_ns, b->near_ns);
    }
}

void rp__sweep_space_pairs(struct rp__sweep_space *space)
{
    struct rp_sweep *s = space->sweep;
    for (uint32_t i = 0; i < s->single_count && !s->stopped; i++) {
        for (uint32_t k = i + 1; k < s->single_count && !s->stopped; k++) {
            if (was_tried(s->cases[i])) {
                add_pair(s, s->cases[i], s->cases[k]);
            }
        }
    }
}

/* ---- schedules that are drawn ---- */

/* A single fault that was tried, one of each kind; NULL when none is found. */
static const struct rp_sweep_case *draw_single(
    const struct rp_sweep *s, struct rp_str name, uint32_t nth)
{
    for (uint32_t i = 0; s->single_count > 0 && i < DRAWS_MAX; i++) {
        uint64_t draw = rp_draw(
            s->options.subject.seed, name, "fault", nth * DRAWS_MAX + i);
        const struct rp_sweep_case *c =
            s->cases[rp_draw_between(draw, 0, (int64_t)s->single_count - 1)];
        if (was_tried(c) && c->equal_to == NULL && !c->large) {
            return c;
        }
    }
    return NULL;
}

static void add_drawn(struct rp_sweep *s,
    const struct rp_sweep_case *const *drawn, uint32_t count)
{
    struct rp_sweep_case *c = add_case(s, count);
    if (c == NULL) {
        return;
    }
    const char **rules = rp_arena_array(s->arena, count, sizeof(const char *));
    struct rp_sweep_strike *strikes =
        rp_arena_array(s->arena, count, sizeof(struct rp_sweep_strike));
    c->data = true;
    for (uint32_t i = 0; i < count; i++) {
        rules[i] = drawn[i]->rules[0];
        strikes[i] = drawn[i]->strikes[0];
        c->rank += drawn[i]->rank;
        c->data = c->data && drawn[i]->data;
        c->near_ns = nearest(c->near_ns, drawn[i]->near_ns);
    }
    c->rules = rules;
    c->strikes = strikes;
}

void rp__sweep_space_random(struct rp__sweep_space *space, uint32_t index)
{
    struct rp_sweep *s = space->sweep;
    const struct rp_sweep_case *drawn[RP_SWEEP_RANDOM_RULES_MAX];
    char text[32];
    (void)snprintf(text, sizeof(text), "schedule %" PRIu32, index);
    struct rp_str name = rp_str_of(text);
    uint64_t draw = rp_draw(s->options.subject.seed, name, "length", 0);
    uint32_t count = (uint32_t)rp_draw_between(
        draw, RP_SWEEP_RANDOM_RULES_MIN, RP_SWEEP_RANDOM_RULES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        drawn[i] = draw_single(s, name, i);
        if (drawn[i] == NULL) {
            return;
        }
    }
    add_drawn(s, drawn, count);
}
