/* The campaign: tries case after case, in the order of what they are worth. */
#include <reprise/sweep.h>

#include <string.h>

#include "sweep_space.h"

#define TWICE_MIN 20
#define TWICE_SHARE 100 /* one in so many is played twice */
#define HANDS_MIN 200   /* for fewer cases no other process is worth it */

static bool is_due_twice(uint64_t number)
{
    return number <= TWICE_MIN || number % TWICE_SHARE == 0;
}

/* Whether it is the same as an earlier one at the same place. */
static void find_equal(struct rp_sweep *s, struct rp_sweep_case *c)
{
    for (uint32_t i = 0; i + 1 < c->number && i < s->single_count; i++) {
        const struct rp_sweep_case *other = s->cases[i];
        if (other->equal_to == NULL && other->signature == c->signature &&
            other->judgement.verdict == c->judgement.verdict &&
            other->strikes[0].row == c->strikes[0].row &&
            other->strikes[0].attempt == c->strikes[0].attempt) {
            c->equal_to = other;
            return;
        }
    }
}

static void count_defences(struct rp_sweep_row *row,
    const struct rp_sweep_task *task, enum rp_outcome outcome)
{
    bool result = outcome == RP_OUTCOME_OK || outcome == RP_OUTCOME_DEGRADED;
    for (uint32_t i = 0; i < RP_DEFENCE_COUNT; i++) {
        if (rp_defence_is_used((enum rp_defence)i, task)) {
            row->defences[i].exercised++;
            row->defences[i].effective += result ? 1 : 0;
        }
    }
}

/* Of what was tried last. */
static void count_all_defences(struct rp_sweep *s)
{
    const struct rp_sweep_trace *trace = &s->rig.trace;
    for (uint32_t i = 0; i < s->row_count; i++) {
        const struct rp_sweep_task *task =
            rp_sweep_trace_task(trace, s->rows[i].path);
        if (task != NULL && task->agent != NULL) {
            count_defences(&s->rows[i], task, trace->outcome);
        }
    }
}

void rp__sweep_try(struct rp_sweep *s, struct rp_sweep_case *c)
{
    struct rp_sweep_rig *rig = &s->rig;
    rp_sweep_rig_try(&c->judgement, rig, c->rules, c->rule_count);
    c->outcome = rig->trace.outcome;
    c->ended = rig->trace.ended;
    c->signature = rp_sweep_rig_signature(rig);
    count_all_defences(s);
    if (c->number <= s->single_count) {
        find_equal(s, c);
    }
    if (c->outcome != RP_OUTCOME_NONE && is_due_twice(s->due_count)) {
        s->twice_count++;
        if (!rp_sweep_rig_again(rig)) {
            c->judgement.verdict = RP_VERDICT_NONDETERMINISTIC;
            c->judgement.note = "played twice, its records differ";
        }
    }
}

static bool is_time_up(const struct rp_sweep *s)
{
    const struct rp_sweep_options *o = &s->options;
    return o->clock != NULL &&
           !rp_instant_before(rp_clock_now(o->clock), o->until);
}

/* Was left out as it was made. */
static bool is_pruned(const struct rp_sweep_case *c)
{
    return c->judgement.verdict == RP_VERDICT_PRUNED &&
           c->judgement.note != NULL;
}

/* Who tries it follows from its rules alone. Single faults are tried by all:
 * what they reveal decides which cases there are. */
static bool is_elsewhere(const struct rp_sweep *s, uint32_t index)
{
    const struct rp_sweep_options *o = &s->options;
    const struct rp_sweep_case *c = s->cases[index];
    if (o->shard_count < 2 || index < s->pairs_from) {
        return false;
    }
    struct rp_digest key =
        rp_sweep_stored_key(&s->rig.ground, c->rules, c->rule_count, "shard");
    uint32_t draw = (uint32_t)key.bytes[0] << 16 | (uint32_t)key.bytes[1] << 8 |
                    key.bytes[2];
    return draw % o->shard_count != o->shard - 1;
}

bool rp__sweep_is_due(struct rp_sweep *sweep, uint32_t index)
{
    if (is_pruned(sweep->cases[index])) {
        return false;
    }
    sweep->due_count++;
    if (is_elsewhere(sweep, index)) {
        sweep->cases[index]->judgement = (struct rp_sweep_judgement){
            .verdict = RP_VERDICT_PRUNED, .note = "of another shard"};
        return false;
    }
    return true;
}

/* Played by others. */
static void take(struct rp_sweep *s, uint32_t index)
{
    const struct rp_sweep_options *o = &s->options;
    if (!o->hands->take(o->hands_context, s, index)) {
        s->rig.broken = RP_E_IO;
        (void)rp_err_set(&s->rig.broken_why, RP_E_IO,
            "a process that played scenarios died");
    }
}

static bool gets_hands(const struct rp_sweep *s, uint32_t first, bool reveal)
{
    const struct rp_sweep_options *o = &s->options;
    return o->hands != NULL && !reveal && s->case_count > first + HANDS_MIN;
}

/* All cases from `first` on, those included that appear meanwhile. */
static void try_all(struct rp__sweep_space *space, uint32_t first, bool reveal)
{
    struct rp_sweep *s = space->sweep;
    const struct rp_sweep_options *o = &s->options;
    bool hands = gets_hands(s, first, reveal) &&
                 o->hands->start(o->hands_context, s, first);
    for (uint32_t i = first; i < s->case_count; i++) {
        if (is_time_up(s)) {
            s->stopped = true;
            s->case_count = i; /* what was not tried is not reported */
            break;
        }
        if (!rp__sweep_is_due(s, i)) {
            continue;
        }
        if (hands) {
            take(s, i);
        } else {
            rp__sweep_try(s, s->cases[i]);
        }
        if (s->rig.broken != RP_OK) {
            break;
        }
        if (reveal) {
            rp__sweep_space_revealed(space, s->cases[i]);
        }
    }
    if (hands) {
        o->hands->end(o->hands_context);
    }
}

static bool tries_class(const struct rp_sweep *s, const char *class)
{
    for (uint32_t i = 0; i < s->class_count; i++) {
        if (strcmp(s->classes[i], class) == 0) {
            return true;
        }
    }
    return false;
}

static void explore(struct rp__sweep_space *space)
{
    struct rp_sweep *s = space->sweep;
    s->pairs_from = UINT32_MAX;
    if (tries_class(s, "slow")) {
        rp__sweep_space_margins(space);
    }
    rp__sweep_space_singles(space);
    try_all(space, 0, true);
    if (tries_class(s, "crash") && !s->stopped) {
        uint32_t first = s->case_count;
        rp__sweep_space_crashes(space);
        try_all(space, first, false);
    }
    s->pairs_from = s->case_count;
    if (s->options.depth > 1 && !s->stopped) {
        rp__sweep_space_pairs(space);
        try_all(space, s->pairs_from, false);
    }
    s->random_from = s->case_count;
    for (uint32_t i = 0; i < s->options.random_count && !s->stopped; i++) {
        rp__sweep_space_random(space, i);
    }
    try_all(space, s->random_from, false);
}

enum rp_code rp_sweep_run(struct rp_sweep *sweep,
    const struct rp_sweep_options *options, struct rp_err *err)
{
    *sweep = (struct rp_sweep){
        .arena = rp_arena_new(64u << 10), .options = *options};
    enum rp_code rc = rp__sweep_space_classes(sweep, err);
    if (rc == RP_OK) {
        rc = rp_sweep_rig_set(&sweep->rig, &options->subject, err);
    }
    if (rc == RP_OK) {
        struct rp__sweep_space space = {
            sweep, rp_mem_zalloc(sizeof(struct rp__sweep_menu))};
        explore(&space);
        rp__sweep_gaps_collect(sweep);
        if (tries_class(sweep, "slow") && !options->subject.stored_only) {
            rp__sweep_orders_try(sweep);
        }
        rp_mem_free(space.menu);
        if (sweep->rig.broken != RP_OK) {
            rc = rp_err_set(
                err, sweep->rig.broken, "%s", sweep->rig.broken_why.text);
        }
    }
    return rc;
}

void rp_sweep_fini(struct rp_sweep *sweep)
{
    rp_sweep_rig_fini(&sweep->rig);
    rp_mem_free(sweep->cases);
    rp_mem_free(sweep->rows);
    rp_mem_free(sweep->gaps);
    rp_arena_free(&sweep->arena);
    *sweep = (struct rp_sweep){.arena = NULL};
}
