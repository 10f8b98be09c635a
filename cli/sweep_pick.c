#include "sweep_pick.h"

#include <string.h>

static bool was_played(const struct rp_sweep_case *c)
{
    return c->judgement.verdict != RP_VERDICT_PRUNED &&
           c->judgement.verdict != RP_VERDICT_NEEDS_LIVE;
}

/* ---- what shows gaps ---- */

static bool same_rules(const struct rp__sweep_pick *pick,
    const char *const *rules, uint32_t rule_count)
{
    bool same = pick->rule_count == rule_count;
    for (uint32_t i = 0; same && i < rule_count; i++) {
        same = strcmp(pick->rules[i], rules[i]) == 0;
    }
    return same;
}

static void add(struct rp__sweep_picks *p, const char *const *rules,
    uint32_t rule_count, const struct rp_sweep_case *of)
{
    p->items[p->count++] = (struct rp__sweep_pick){rules, rule_count, of};
}

/* The scenario of exactly these rules; NULL: they were shrunk. */
static const struct rp_sweep_case *case_of(
    const struct rp_sweep *s, const struct rp_sweep_gap *gap)
{
    if (gap->case_number == 0 || gap->case_number > s->case_count) {
        return NULL;
    }
    const struct rp_sweep_case *of = s->cases[gap->case_number - 1];
    struct rp__sweep_pick pick = {of->rules, of->rule_count, of};
    return same_rules(&pick, gap->rules, gap->rule_count) ? of : NULL;
}

/* Gaps without rules were shown live already. */
static void pick_gaps(
    struct rp__sweep_picks *p, const struct rp_sweep *s, uint32_t runs_max)
{
    for (uint32_t i = 0; i < s->gap_count; i++) {
        const struct rp_sweep_gap *gap = &s->gaps[i];
        uint32_t k = 0;
        while (k < p->count &&
               !same_rules(&p->items[k], gap->rules, gap->rule_count)) {
            k++;
        }
        p->of_gaps[i] = RP__SWEEP_NO_PICK;
        if (gap->rule_count == 0 || (k == p->count && k == runs_max)) {
            continue;
        }
        p->of_gaps[i] = k;
        if (k == p->count) {
            add(p, gap->rules, gap->rule_count, case_of(s, gap));
        }
    }
}

/* ---- others ---- */

static bool is_picked(const struct rp__sweep_picks *p, uint32_t count,
    const struct rp_sweep_case *of)
{
    for (uint32_t i = 0; i < count; i++) {
        if (p->items[i].of == of) {
            return true;
        }
    }
    return false;
}

/* At equal distances. */
static void pick_evenly(
    struct rp__sweep_picks *p, const struct rp_sweep *s, uint32_t runs_left)
{
    uint32_t gaps = p->count;
    uint64_t count = 0;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < s->case_count; i++) {
        const struct rp_sweep_case *of = s->cases[i];
        count += was_played(of) && !is_picked(p, gaps, of) ? 1 : 0;
    }
    for (uint32_t i = 0; i < s->case_count; i++) {
        const struct rp_sweep_case *of = s->cases[i];
        if (!was_played(of) || is_picked(p, gaps, of)) {
            continue;
        }
        bool due = runs_left >= count ||
                   (seen + 1) * runs_left / count > seen * runs_left / count;
        seen++;
        if (due) {
            add(p, of->rules, of->rule_count, of);
        }
    }
}

/* "kill" of "gather/labs @1 : kill(after=2s)", of its last rule. */
static struct rp_str fault_of(const struct rp_sweep_case *c)
{
    struct rp_str rest;
    const char *rule = c->rules[c->rule_count - 1];
    const char *at = strstr(rule, " : ");
    struct rp_str name = rp_str_of(at == NULL ? rule : at + 3);
    return rp_str_cut(name, '(', &rest);
}

static bool is_covered(const struct rp__sweep_picks *p, struct rp_str fault)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->items[i].of != NULL &&
            rp_str_equal(fault_of(p->items[i].of), fault)) {
            return true;
        }
    }
    return false;
}

/* The first that no limit is near to. */
static void pick_each(struct rp__sweep_picks *p, const struct rp_sweep *s)
{
    for (uint32_t i = 0; i < s->case_count; i++) {
        const struct rp_sweep_case *of = s->cases[i];
        if (was_played(of) && of->near_ns == 0 &&
            !is_covered(p, fault_of(of))) {
            add(p, of->rules, of->rule_count, of);
        }
    }
}

void rp__sweep_pick(struct rp__sweep_picks *out, struct rp_arena *arena,
    const struct rp_sweep *sweep, const struct rp__sweep_live_how *how,
    uint32_t runs_max)
{
    *out = (struct rp__sweep_picks){
        .items = rp_arena_array(arena,
            (size_t)sweep->gap_count + sweep->case_count + 1,
            sizeof(*out->items)),
        .of_gaps = rp_arena_array(
            arena, (size_t)sweep->gap_count + 1, sizeof(uint32_t)),
    };
    pick_gaps(out, sweep, runs_max);
    if (how->each) {
        pick_each(out, sweep);
    } else if (out->count < runs_max) {
        pick_evenly(out, sweep, runs_max - out->count);
    }
}

/* ---- what is left ---- */

static void count_why(
    struct rp__sweep_live_left *left, uint32_t *count, const char *why)
{
    uint32_t i = 0;
    while (i < *count && strcmp(left[i].why, why) != 0) {
        i++;
    }
    if (i == *count) {
        left[(*count)++] = (struct rp__sweep_live_left){why, 0};
    }
    left[i].count++;
}

/* Of what the recording has no answer for, each says so in other words. */
static const char *why_not(const struct rp_sweep_case *c)
{
    return was_played(c) ? NULL
           : c->judgement.verdict == RP_VERDICT_NEEDS_LIVE
               ? "the recording has no answer to hold it against"
               : c->judgement.note;
}

/* No scenario before this one has that fault, and none at all was played. */
static bool is_first_of_none(const struct rp_sweep *s, uint32_t index)
{
    struct rp_str fault = fault_of(s->cases[index]);
    for (uint32_t i = 0; i < s->case_count; i++) {
        if ((i < index || was_played(s->cases[i])) &&
            rp_str_equal(fault_of(s->cases[i]), fault)) {
            return false;
        }
    }
    return true;
}

struct rp__sweep_live_left *rp__sweep_pick_left(uint32_t *count,
    struct rp_arena *arena, const struct rp_sweep *sweep,
    const struct rp__sweep_live_how *how)
{
    struct rp__sweep_live_left *left =
        rp_arena_array(arena, (size_t)sweep->case_count + 1, sizeof(*left));
    *count = 0;
    for (uint32_t i = 0; i < sweep->case_count; i++) {
        const char *why = why_not(sweep->cases[i]);
        if (why != NULL && (!how->each || is_first_of_none(sweep, i))) {
            count_why(left, count, why);
        }
    }
    return left;
}
