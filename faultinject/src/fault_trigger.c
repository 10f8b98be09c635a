#include "fault_trigger.h"

#include <string.h>

#include <reprise/mem.h>

#include "fault_end.h"
#include "fault_fit.h"

void rp__triggers_init(
    struct rp__triggers *t, const struct rp_fault_rules *rules, uint64_t seed)
{
    *t = (struct rp__triggers){.rules = rules, .seed = seed};
}

void rp__triggers_fini(struct rp__triggers *t)
{
    rp_mem_free(t->awaited);
    *t = (struct rp__triggers){.rules = NULL};
}

static uint64_t bit_of(uint32_t rule)
{
    return UINT64_C(1) << rule;
}

/* ---- points in a session ---- */

static bool is_passed(const struct rp_fault_point *point, uint64_t passed,
    uint32_t rule, struct rp_instant now)
{
    return point->kind == RP_POINT_TIME ? now.ns >= point->time.ns
                                        : (passed & bit_of(rule)) != 0;
}

static bool is_at(const struct rp_fault_point *point,
    enum rp_fault_point_kind kind, const struct rp_call *call)
{
    struct rp_str glob = rp_str_of(point->task);
    return point->kind == kind &&
           (rp_str_glob(glob, rp_str_of(call->task)) ||
               rp_str_glob(glob, rp_str_of(call->agent_name)));
}

static void note_began(struct rp__triggers *t, const struct rp_call *call)
{
    for (uint32_t i = 0; i < t->rules->count; i++) {
        const struct rp_fault_rule *rule = &t->rules->items[i];
        t->after |=
            is_at(&rule->after_point, RP_POINT_BEGAN, call) ? bit_of(i) : 0;
        t->until |=
            is_at(&rule->until_point, RP_POINT_BEGAN, call) ? bit_of(i) : 0;
    }
}

static void await(
    struct rp__triggers *t, const struct rp_call *call, uint64_t open)
{
    struct rp__awaited awaited = {.call = call->number, .open = open};
    for (uint32_t i = 0; i < t->rules->count; i++) {
        const struct rp_fault_rule *rule = &t->rules->items[i];
        awaited.after |=
            is_at(&rule->after_point, RP_POINT_ENDED, call) ? bit_of(i) : 0;
        awaited.until |=
            is_at(&rule->until_point, RP_POINT_ENDED, call) ? bit_of(i) : 0;
    }
    if ((awaited.open | awaited.after | awaited.until) == 0) {
        return;
    }
    if (t->awaited_count == t->awaited_room) {
        t->awaited_room = t->awaited_room == 0 ? 16 : t->awaited_room * 2;
        t->awaited = rp_mem_grow(
            t->awaited, t->awaited_room, sizeof(struct rp__awaited));
    }
    t->awaited[t->awaited_count++] = awaited;
}

/* ---- which rules ---- */

static int32_t index_of(const struct rp_fault_rules *rules, const char *id)
{
    for (uint32_t i = 0; i < rules->count; i++) {
        if (strcmp(rules->items[i].id, id) == 0) {
            return (int32_t)i;
        }
    }
    return -1;
}

static bool has_fired(const struct rp__triggers *t, const char *id)
{
    int32_t index = id[0] == '\0' ? -1 : index_of(t->rules, id);
    return id[0] == '\0' || (index >= 0 && t->fired[index] > 0);
}

/* Those that are on a call which has not ended may fire yet. */
static bool is_spent(const struct rp__triggers *t, uint32_t rule)
{
    const struct rp_fault_rule *r = &t->rules->items[rule];
    uint64_t all = 0;
    for (uint32_t i = 0; r->max_of_all > 0 && i < t->rules->count; i++) {
        all += t->fired[i] + t->open[i];
    }
    return (r->max > 0 && t->fired[rule] + t->open[rule] >= r->max) ||
           (r->max_of_all > 0 && all >= r->max_of_all);
}

static bool is_on(struct rp__triggers *t, uint32_t rule,
    const struct rp_call *call, struct rp_instant now)
{
    const struct rp_fault_rule *r = &t->rules->items[rule];
    bool stopped = r->until_point.kind != RP_POINT_NONE &&
                   is_passed(&r->until_point, t->until, rule, now);
    bool waits = r->after_point.kind != RP_POINT_NONE &&
                 !is_passed(&r->after_point, t->after, rule, now);
    if (stopped || waits || !has_fired(t, r->after_rule) ||
        !rp_fault_rule_matches(r, call, t->seed)) {
        return false;
    }
    uint32_t nth = ++t->matched[rule];
    return nth >= r->nth.first && nth <= r->nth.last && !is_spent(t, rule);
}

uint64_t rp__triggers_call(
    struct rp__triggers *t, const struct rp_call *call, struct rp_instant now)
{
    uint64_t on = 0;
    for (uint32_t i = 0; i < t->rules->count; i++) {
        if (is_on(t, i, call, now)) {
            on |= bit_of(i);
            t->on[i]++;
            t->open[i]++;
        }
    }
    note_began(t, call);
    await(t, call, on);
    return on;
}

void rp__triggers_ended(struct rp__triggers *t, uint32_t call)
{
    uint32_t at = 0;
    while (at < t->awaited_count && t->awaited[at].call != call) {
        at++;
    }
    if (at == t->awaited_count) {
        return;
    }
    struct rp__awaited ended = t->awaited[at];
    t->awaited[at] = t->awaited[--t->awaited_count];
    t->after |= ended.after;
    t->until |= ended.until;
    for (uint32_t i = 0; i < t->rules->count; i++) {
        t->open[i] -= (ended.open & bit_of(i)) != 0 ? 1 : 0;
    }
}

void rp__triggers_tell_unfired(struct rp_buf *out, const struct rp__triggers *t)
{
    for (uint32_t i = 0; i < t->rules->count; i++) {
        const struct rp_fault_rule *rule = &t->rules->items[i];
        if (t->fired[i] == 0) {
            rp__end_tell_unfired(out, rule, t->on[i]);
        }
    }
}
