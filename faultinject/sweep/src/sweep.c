/* The campaign: what is tried, in which order, and what it comes to. */
#include <reprise/sweep.h>

#include <stdlib.h>
#include <string.h>

#include "sweep_menu.h"

#define TWICE_MIN 20
#define TWICE_SHARE 100 /* one in so many is played twice */
#define BASELINES 3

struct sweeping {
    struct rp_sweep *sweep;
    struct rp_sweep_ground ground;
    struct rp_sweep_measure measure;
    struct rp_sweep_trace trace; /* of the case at hand */
    struct rp__sweep_menu *menu; /* of the task at hand */
    struct rp_fault_rules *rules;
};

/* ---- rows, columns, cases ---- */

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
    s->rows[s->row_count] =
        (struct rp_sweep_row){rp_arena_dup(s->arena, rp_str_of(path)),
            rp_arena_dup(s->arena, rp_str_of(agent)), revealed, 0};
    return s->row_count++;
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

static struct rp_sweep_case *add_case(struct rp_sweep *s)
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
    return c;
}

/* ---- which calls a rule is on ---- */

/* A bare word is also the name of an agent. */
static const char *on(
    const struct sweeping *w, const char *path, const char *agent)
{
    struct rp_arena *arena = w->sweep->arena;
    if (path[0] == '\0') {
        return rp_arena_printf(arena, "agent:%s", agent);
    }
    bool both = rp_plan_agent(w->measure.plan, rp_str_of(path)) != NULL;
    return both ? rp_arena_printf(arena, "path:%s", path) : path;
}

struct target {
    const char *path, *agent;
    uint32_t row;
    uint32_t attempt; /* 0: all of them */
};

/* A case of `first` (NULL: none) and the item on the target. */
static void add_fault(struct sweeping *w, const struct rp_sweep_case *first,
    const struct target *target, const struct rp__sweep_item *item)
{
    struct rp_sweep *s = w->sweep;
    uint32_t column;
    uint32_t before = first == NULL ? 0 : first->rule_count;
    if (!column_of(s, item->class, &column) || before == RP_SWEEP_RULES_MAX) {
        return;
    }
    struct rp_sweep_case *c = add_case(s);
    if (c == NULL) {
        return;
    }
    const char **rules =
        rp_arena_array(s->arena, before + 1, sizeof(const char *));
    for (uint32_t i = 0; i < before; i++) {
        rules[i] = first->rules[i];
    }
    const char *where = on(w, target->path, target->agent);
    rules[before] =
        target->attempt == 0
            ? rp_arena_printf(s->arena, "%s : %s", where, item->text)
            : rp_arena_printf(
                  s->arena, "%s @%u : %s", where, target->attempt, item->text);
    c->rules = rules;
    c->rule_count = before + 1;
    c->row = target->row;
    c->attempt = target->attempt;
    c->column = column;
    c->rank = item->rank + (first == NULL ? 0 : first->rank);
    if (item->pruned != NULL) {
        c->judgement = (struct rp_sweep_judgement){
            .verdict = RP_VERDICT_PRUNED, .note = item->pruned};
    }
}

static void add_menu(struct sweeping *w, const struct rp_sweep_case *first,
    const struct target *target)
{
    for (uint32_t i = 0; i < w->menu->count; i++) {
        add_fault(w, first, target, &w->menu->items[i]);
    }
}

/* What fits a task, as it went without faults. */
static void set_menu(struct sweeping *w, const struct rp_sweep_task *task)
{
    struct rp_str output = RP_STR("");
    struct rp_duration took = {0};
    if (task != NULL && task->attempt_count > 0) {
        took = task->attempts[0].took;
    }
    if (task != NULL && !rp_digest_is_zero(&task->output)) {
        if (rp_recording_payload(
                &output, w->ground.recording, &task->output, NULL) != RP_OK) {
            output = RP_STR(""); /* as of one that is not known */
        }
    }
    rp__sweep_menu_make(w->menu, w->sweep->arena, took, output);
}

/* ---- single faults ---- */

/* At each attempt by itself, and at all of them. */
static void attack_all(struct sweeping *w, const struct rp_sweep_case *first,
    const struct rp_sweep_task *task, uint32_t row)
{
    struct rp_sweep *s = w->sweep;
    struct target target = {s->rows[row].path, s->rows[row].agent, row, 0};
    for (uint32_t i = 1; i <= s->rows[row].tries; i++) {
        target.attempt = i;
        add_menu(w, first, &target);
    }
    if (task->agent->retry.attempts > 1) {
        target.attempt = 0;
        add_menu(w, first, &target);
    }
}

static void add_singles(struct sweeping *w)
{
    struct rp_sweep *s = w->sweep;
    for (uint32_t i = 0; i < s->baseline.task_count; i++) {
        const struct rp_sweep_task *task = &s->baseline.tasks[i];
        if (task->agent == NULL) {
            continue; /* it never had an attempt */
        }
        uint32_t row = row_of(s, task->path, task->agent->name, false);
        s->rows[row].tries = task->attempt_count;
        set_menu(w, task);
        attack_all(w, NULL, task, row);
    }
}

/* ---- what appears under faults ---- */

/* A stand-in, and an attempt behind the one that a fault ended, are attacked
 * behind the first case that reveals them. */
static void attack_revealed(struct sweeping *w, const struct rp_sweep_case *c,
    const struct rp_sweep_task *task)
{
    struct rp_sweep *s = w->sweep;
    uint32_t known = s->row_count;
    if (task->agent == NULL) {
        return;
    }
    uint32_t row = row_of(s, task->path, task->agent->name, true);
    struct rp_sweep_row *at = &s->rows[row];
    if (row == known) {
        at->tries = 1;
        set_menu(w, NULL);
        attack_all(w, c, task, row);
        return;
    }
    if (c->row == row && c->attempt == at->tries &&
        task->attempt_count > at->tries) {
        at->tries++;
        struct target target = {at->path, at->agent, row, at->tries};
        set_menu(w, rp_sweep_trace_task(&s->baseline, task->path));
        add_menu(w, c, &target);
    }
}

static void attack_what_appeared(
    struct sweeping *w, const struct rp_sweep_case *c)
{
    for (uint32_t i = 0; i < w->trace.task_count; i++) {
        attack_revealed(w, c, &w->trace.tasks[i]);
    }
}

/* ---- one case ---- */

static enum rp_code read_rules(struct rp_fault_rules *out,
    const struct rp_sweep_case *c, struct rp_err *err)
{
    out->count = 0;
    for (uint32_t i = 0; i < c->rule_count; i++) {
        enum rp_code rc = rp_fault_rule_add(out, rp_str_of(c->rules[i]), err);
        if (rc != RP_OK) {
            return rc;
        }
    }
    return RP_OK;
}

static bool is_due_twice(const struct rp_sweep *s)
{
    return s->twice_count < TWICE_MIN ||
           s->twice_count < s->case_count / TWICE_SHARE;
}

/* Once more: the records must be the same. */
static void play_twice(struct sweeping *w, struct rp_sweep_case *c)
{
    struct rp_sweep_trace again = {.arena = NULL};
    enum rp_code rc = rp_sweep_play(&again, &w->ground, w->rules, NULL);
    w->sweep->twice_count++;
    if (rc != RP_OK || !rp_digest_equal(&again.digest, &c->digest)) {
        c->judgement.verdict = RP_VERDICT_NONDETERMINISTIC;
        c->judgement.note = "played twice, its records differ";
    }
    rp_sweep_trace_fini(&again);
}

static void play(struct sweeping *w, struct rp_sweep_case *c)
{
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc = read_rules(w->rules, c, &err);
    RP_ASSERT(rc == RP_OK); /* we wrote them */
    rc = rp_sweep_play(&w->trace, &w->ground, w->rules, &err);
    struct rp_sweep_played played = {w->rules, &w->trace, rc, &err};
    rp_sweep_judge(&c->judgement, w->sweep->arena, &w->measure, &played);
    c->outcome = w->trace.outcome;
    c->ended = w->trace.ended;
    c->digest = w->trace.digest;
    if (rc == RP_OK && is_due_twice(w->sweep)) {
        play_twice(w, c);
    }
}

/* ---- gaps ---- */

static bool is_simpler(
    const struct rp_sweep_case *a, const struct rp_sweep_case *b)
{
    if (a->rule_count != b->rule_count) {
        return a->rule_count < b->rule_count;
    }
    return a->rank < b->rank;
}

static void add_finding(struct rp_sweep *s, const struct rp_sweep_case *c,
    const struct rp_sweep_finding *f)
{
    for (uint32_t i = 0; i < s->gap_count; i++) {
        struct rp_sweep_gap *gap = &s->gaps[i];
        if (gap->gap == f->gap && strcmp(gap->path, f->path) == 0) {
            gap->case_count++;
            if (is_simpler(c, gap->example)) {
                gap->example = c;
                gap->detail = f->detail;
            }
            return;
        }
    }
    if (s->gap_count == s->gap_room) {
        s->gap_room = s->gap_room == 0 ? 16 : s->gap_room * 2;
        s->gaps =
            rp_mem_grow(s->gaps, s->gap_room, sizeof(struct rp_sweep_gap));
    }
    s->gaps[s->gap_count++] =
        (struct rp_sweep_gap){f->gap, f->path, f->detail, c, 1};
}

/* Worst first, then by place. */
static int compare_gaps(const void *a, const void *b)
{
    const struct rp_sweep_gap *x = a;
    const struct rp_sweep_gap *y = b;
    if (x->gap != y->gap) {
        return x->gap < y->gap ? -1 : 1;
    }
    return strcmp(x->path, y->path);
}

static void collect(struct rp_sweep *s)
{
    for (uint32_t i = 0; i < s->case_count; i++) {
        const struct rp_sweep_case *c = s->cases[i];
        s->counts[c->judgement.verdict]++;
        for (uint32_t k = 0; k < c->judgement.finding_count; k++) {
            add_finding(s, c, &c->judgement.findings[k]);
        }
    }
    if (s->gap_count > 0) {
        qsort(s->gaps, s->gap_count, sizeof(s->gaps[0]), compare_gaps);
    }
}

bool rp_sweep_cell(const struct rp_sweep *sweep, uint32_t row, uint32_t column,
    enum rp_verdict *worst, bool *gap)
{
    bool any = false;
    *worst = RP_VERDICT_PRUNED;
    *gap = false;
    for (uint32_t i = 0; i < sweep->case_count; i++) {
        const struct rp_sweep_case *c = sweep->cases[i];
        if (c->row != row || c->column != column) {
            continue;
        }
        any = true;
        *gap = *gap || c->judgement.finding_count > 0;
        if (c->judgement.verdict > *worst) {
            *worst = c->judgement.verdict;
        }
    }
    return any;
}

/* ---- before the first fault ---- */

static enum rp_code choose_classes(struct rp_sweep *s, struct rp_err *err)
{
    uint32_t count = 0;
    const char *const *known = rp__sweep_classes(&count);
    const struct rp_sweep_options *o = &s->options;
    for (uint32_t i = 0; i < o->class_count; i++) {
        bool found = false;
        for (uint32_t k = 0; k < count; k++) {
            found = found || strcmp(known[k], o->classes[i]) == 0;
        }
        if (!found) {
            const char *near =
                rp_str_nearest(rp_str_of(o->classes[i]), known, count);
            return rp_err_set(err, RP_E_INVALID,
                "there is no class of faults '%s'%s%s%s", o->classes[i],
                near == NULL ? "" : "; did you mean '",
                near == NULL ? "" : near, near == NULL ? "" : "'?");
        }
    }
    for (uint32_t k = 0; k < count; k++) {
        bool chosen = o->classes == NULL;
        for (uint32_t i = 0; i < o->class_count; i++) {
            chosen = chosen || strcmp(known[k], o->classes[i]) == 0;
        }
        if (chosen) {
            s->classes[s->class_count++] = known[k];
        }
    }
    return RP_OK;
}

/* A limit in `defaults` is chosen as one of the agent itself is. */
static bool *chosen_timeouts(
    struct rp_arena *arena, const struct rp_plan *plan, struct rp_str text)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_doc *doc = NULL;
    options.comments = true;
    if (text.len == 0 || rp_json_read(&doc, text, &options, NULL) != RP_OK) {
        return NULL;
    }
    const cJSON *root = rp_json_root(doc);
    bool *chosen = rp_arena_array(arena, plan->agent_count, sizeof(bool));
    bool all = rp_json_at(root, RP_STR("/defaults/timeout")) != NULL;
    for (uint32_t i = 0; i < plan->agent_count; i++) {
        const cJSON *agent =
            rp_json_get(rp_json_get(root, "agents"), plan->agents[i].name);
        chosen[i] = all || rp_json_get(agent, "timeout") != NULL;
    }
    rp_json_free(&doc);
    return chosen;
}

/* Without faults, several times: what differs then is noise, and nothing can be
 * concluded from what faults do. */
static enum rp_code play_baseline(struct sweeping *w, struct rp_err *err)
{
    struct rp_sweep *s = w->sweep;
    enum rp_code rc = rp_sweep_play(&s->baseline, &w->ground, w->rules, err);
    for (uint32_t i = 1; rc == RP_OK && i < BASELINES; i++) {
        rc = rp_sweep_play(&w->trace, &w->ground, w->rules, err);
        if (rc == RP_OK &&
            !rp_digest_equal(&w->trace.digest, &s->baseline.digest)) {
            return rp_err_set(err, RP_E_DIVERGED,
                "the session is not the same when it is replayed twice");
        }
    }
    if (rc == RP_OK && s->baseline.outcome == RP_OUTCOME_NONE) {
        return rp_err_set(err, RP_E_INVALID, "the session has no end");
    }
    return rc;
}

static void begin(struct sweeping *w, const struct rp_sweep_options *options)
{
    struct rp_sweep *s = w->sweep;
    const struct rp_plan *plan = options->plan == NULL
                                     ? rp_recording_plan(options->recording)
                                     : options->plan;
    *s = (struct rp_sweep){.arena = rp_arena_new(64u << 10)};
    s->options = *options;
    w->menu = rp_mem_zalloc(sizeof(*w->menu));
    w->rules = rp_mem_zalloc(sizeof(*w->rules));
    w->ground = (struct rp_sweep_ground){options->recording, plan,
        options->seed, options->strict ? RP_CHANGED_REFUSE : RP_CHANGED_ANSWER};
    w->measure = (struct rp_sweep_measure){plan, &s->baseline,
        chosen_timeouts(s->arena, plan, options->plan_text)};
}

enum rp_code rp_sweep_run(struct rp_sweep *sweep,
    const struct rp_sweep_options *options, struct rp_err *err)
{
    struct sweeping w = {.sweep = sweep};
    begin(&w, options);
    enum rp_code rc = choose_classes(sweep, err);
    if (rc == RP_OK) {
        rc = play_baseline(&w, err);
    }
    if (rc == RP_OK) {
        add_singles(&w);
    }
    for (uint32_t i = 0; rc == RP_OK && i < sweep->case_count; i++) {
        struct rp_sweep_case *c = sweep->cases[i];
        if (c->judgement.verdict == RP_VERDICT_PRUNED &&
            c->judgement.note != NULL) {
            continue;
        }
        play(&w, c);
        attack_what_appeared(&w, c);
    }
    collect(sweep);
    rp_sweep_trace_fini(&w.trace);
    rp_mem_free(w.menu);
    rp_mem_free(w.rules);
    return rc;
}

void rp_sweep_fini(struct rp_sweep *sweep)
{
    rp_sweep_trace_fini(&sweep->baseline);
    rp_mem_free(sweep->cases);
    rp_mem_free(sweep->rows);
    rp_mem_free(sweep->gaps);
    rp_arena_free(&sweep->arena);
    *sweep = (struct rp_sweep){.arena = NULL};
}
