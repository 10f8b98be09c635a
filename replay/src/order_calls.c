#include "order_calls.h"

#include <string.h>

/* ---- the calls ---- */

static struct rp__order_call *find(
    const struct rp__order_calls *calls, const char *path)
{
    for (uint32_t i = calls->count; i-- > 0;) {
        if (strcmp(calls->items[i].path, path) == 0) {
            return &calls->items[i];
        }
    }
    return NULL;
}

static void take_starts(
    struct rp__order_calls *calls, const struct rp_recorded *record)
{
    for (uint32_t i = 0; i < record->step.action_count; i++) {
        const struct rp_action *action = &record->step.actions[i];
        if (action->kind == RP_ACTION_START_CALL) {
            calls->items[calls->count++] =
                (struct rp__order_call){.path = action->start.path,
                    .began_seq = record->seq,
                    .took = {record->event.at.ns}};
        }
    }
}

/* What was ended by us, or with the process, did not end by itself. */
static void take_end(
    struct rp__order_calls *calls, const struct rp_recorded *record)
{
    const struct rp_event *event = &record->event;
    if (event->kind != RP_EVENT_CALL_COMPLETED ||
        event->completed->end == RP_END_KILLED ||
        event->completed->end == RP_END_LOST) {
        return;
    }
    struct rp__order_call *call = find(calls, event->path);
    if (call != NULL && call->ended_seq == 0) {
        call->ended_seq = record->seq;
        call->took.ns = event->at.ns - call->took.ns;
    }
}

static uint32_t count_starts(const struct rp_recorded *records, uint32_t count)
{
    uint32_t starts = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < records[i].step.action_count; k++) {
            starts +=
                records[i].step.actions[k].kind == RP_ACTION_START_CALL ? 1 : 0;
        }
    }
    return starts;
}

/* Few, and nearly in order: they complete much as they began. */
static void sort_by_end(struct rp__order_calls *calls)
{
    for (uint32_t i = 1; i < calls->count; i++) {
        struct rp__order_call call = calls->items[i];
        uint32_t at = i;
        while (at > 0 && calls->items[at - 1].ended_seq > call.ended_seq) {
            calls->items[at] = calls->items[at - 1];
            at--;
        }
        calls->items[at] = call;
    }
}

void rp__order_calls_of(struct rp__order_calls *out, struct rp_arena *arena,
    const struct rp_recording *recording)
{
    uint32_t count;
    uint32_t kept = 0;
    const struct rp_recorded *records = rp_recording_records(recording, &count);
    struct rp__order_calls all = {.count = 0};
    all.items = rp_arena_array(
        arena, count_starts(records, count), sizeof(struct rp__order_call));
    for (uint32_t i = 0; i < count; i++) {
        take_end(&all, &records[i]);
        take_starts(&all, &records[i]);
    }
    for (uint32_t i = 0; i < all.count; i++) {
        if (all.items[i].ended_seq != 0) {
            all.items[kept++] = all.items[i];
        }
    }
    all.count = kept;
    sort_by_end(&all);
    *out = all;
}

/* Whether `later` began only after `earlier` had ended. */
static bool follows(
    const struct rp__order_call *later, const struct rp__order_call *earlier)
{
    return earlier->ended_seq <= later->began_seq;
}

/* ---- the orders ---- */

/* Whether everything that `index` follows has been used. */
static bool may_come(
    const struct rp__order_calls *calls, const bool *used, uint32_t index)
{
    for (uint32_t i = 0; i < calls->count; i++) {
        if (!used[i] && i != index &&
            follows(&calls->items[index], &calls->items[i])) {
            return false;
        }
    }
    return !used[index];
}

void rp__orders_init(struct rp__orders *orders, struct rp_arena *arena,
    const struct rp__order_calls *calls)
{
    *orders = (struct rp__orders){.calls = calls};
    orders->chosen = rp_arena_array(arena, calls->count, sizeof(uint32_t));
    orders->used = rp_arena_array(arena, calls->count, sizeof(bool));
}

/* Fills the places from `depth` on, the first with at least `least`; false
 * when nothing fits there and before. Iterative: back one place when stuck. */
static bool fill(struct rp__orders *orders, uint32_t depth, uint32_t least)
{
    uint32_t count = orders->calls->count;
    while (depth < count) {
        uint32_t index = least;
        while (index < count && !may_come(orders->calls, orders->used, index)) {
            index++;
        }
        if (index < count) {
            orders->chosen[depth++] = index;
            orders->used[index] = true;
            least = 0;
        } else if (depth == 0) {
            return false;
        } else {
            depth--;
            orders->used[orders->chosen[depth]] = false;
            least = orders->chosen[depth] + 1;
        }
    }
    return true;
}

bool rp__orders_next(struct rp__orders *orders)
{
    uint32_t count = orders->calls->count;
    if (!orders->begun) {
        orders->begun = true;
        return fill(orders, 0, 0);
    }
    if (count == 0) {
        return false;
    }
    uint32_t last = orders->chosen[count - 1];
    orders->used[last] = false;
    return fill(orders, count - 1, last + 1);
}

uint64_t rp__orders_count(const struct rp__order_calls *calls, uint64_t limit)
{
    struct rp__orders orders;
    struct rp_arena *arena = rp_arena_new(0);
    uint64_t count = 0;
    rp__orders_init(&orders, arena, calls);
    while (count < limit && rp__orders_next(&orders)) {
        count++;
    }
    rp_arena_free(&arena);
    return count;
}

void rp__order_pick(uint32_t *chosen, const struct rp__order_calls *calls,
    uint64_t (*pick)(
        const void *context, const struct rp__order_call *call, uint32_t index),
    const void *context)
{
    bool *used = rp_mem_array(calls->count, sizeof(bool));
    for (uint32_t depth = 0; depth < calls->count; depth++) {
        uint32_t best = calls->count;
        uint64_t best_number = UINT64_MAX;
        for (uint32_t i = 0; i < calls->count; i++) {
            uint64_t number = may_come(calls, used, i)
                                  ? pick(context, &calls->items[i], i)
                                  : UINT64_MAX;
            if (!used[i] && number < best_number) {
                best = i;
                best_number = number;
            }
        }
        RP_ASSERT(best < calls->count); /* the earliest left follows none */
        used[best] = true;
        chosen[depth] = best;
    }
    rp_mem_free(used);
}
