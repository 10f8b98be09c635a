/* What the cases found, put together. */
#include <reprise/sweep_shrink.h>

#include "sweep_space.h"

#include <stdlib.h>
#include <string.h>

static bool is_simpler(
    const struct rp_sweep_case *a, const struct rp_sweep_gap *b)
{
    if (a->rule_count != b->rule_count) {
        return a->rule_count < b->rule_count;
    }
    return a->rank < b->rank;
}

static void show_by(struct rp_sweep_gap *gap, const struct rp_sweep_case *c,
    const struct rp_sweep_finding *f)
{
    gap->detail = f->detail;
    gap->rules = c->rules;
    gap->rule_count = c->rule_count;
    gap->rank = c->rank;
    gap->case_number = c->number;
}

static void add_finding(struct rp_sweep *s, const struct rp_sweep_case *c,
    const struct rp_sweep_finding *f)
{
    for (uint32_t i = 0; i < s->gap_count; i++) {
        struct rp_sweep_gap *gap = &s->gaps[i];
        if (gap->gap == f->gap && strcmp(gap->path, f->path) == 0) {
            gap->case_count++;
            if (is_simpler(c, gap)) {
                show_by(gap, c, f);
            }
            return;
        }
    }
    if (s->gap_count == s->gap_room) {
        s->gap_room = s->gap_room == 0 ? 16 : s->gap_room * 2;
        s->gaps =
            rp_mem_grow(s->gaps, s->gap_room, sizeof(struct rp_sweep_gap));
    }
    struct rp_sweep_gap *gap = &s->gaps[s->gap_count++];
    *gap = (struct rp_sweep_gap){.gap = f->gap, .path = f->path};
    gap->case_count = 1;
    show_by(gap, c, f);
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

/* What one fault alone shows is as simple as it gets. */
static void shrink_gaps(struct rp_sweep *s)
{
    for (uint32_t i = 0; i < s->gap_count; i++) {
        struct rp_sweep_gap *gap = &s->gaps[i];
        struct rp_sweep_aim aim = {gap->gap, gap->path};
        struct rp_sweep_shrunk shrunk;
        if (gap->rule_count < 2) {
            continue;
        }
        rp_sweep_shrink(&shrunk, &s->rig, gap->rules, gap->rule_count, &aim);
        if (shrunk.shown) {
            gap->rules = shrunk.rules;
            gap->rule_count = shrunk.rule_count;
            gap->detail = shrunk.detail;
        }
    }
}

void rp__sweep_gaps_collect(struct rp_sweep *s)
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
    shrink_gaps(s);
}

void rp_sweep_add_finding(struct rp_sweep *sweep, struct rp_sweep_case *c,
    const struct rp_sweep_finding *finding)
{
    static const struct rp_sweep_case none = {.number = 0};
    if (c != NULL && c->judgement.finding_count < RP_SWEEP_FINDINGS_MAX) {
        c->judgement.findings[c->judgement.finding_count++] = *finding;
    }
    add_finding(sweep, c == NULL ? &none : c, finding);
    qsort(sweep->gaps, sweep->gap_count, sizeof(sweep->gaps[0]), compare_gaps);
}

/* The strike that a case adds to what was tried before it. */
static bool is_in(const struct rp_sweep_case *c, uint32_t row, uint32_t column)
{
    const struct rp_sweep_strike *last = &c->strikes[c->rule_count - 1];
    return last->row == row && last->column == column;
}

bool rp_sweep_cell(const struct rp_sweep *sweep, uint32_t row, uint32_t column,
    enum rp_verdict *worst, bool *gap)
{
    bool any = false;
    *worst = RP_VERDICT_PRUNED;
    *gap = false;
    for (uint32_t i = 0; i < sweep->pairs_from; i++) {
        const struct rp_sweep_case *c = sweep->cases[i];
        if (!is_in(c, row, column)) {
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
