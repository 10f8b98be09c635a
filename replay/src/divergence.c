/* Two steps side by side: the first decision, then the first action, in which
 * they differ, and what kind of difference that is. */
#include "divergence.h"

#include <inttypes.h>
#include <string.h>

#include "divergence_items.h"

const char *rp_divergence_name(enum rp_divergence_class value)
{
    static const char *const names[] = {
        [RP_DIVERGENCE_NONE] = "none",
        [RP_DIVERGENCE_DAMAGED] = "damaged",
        [RP_DIVERGENCE_DECISION] = "decision",
        [RP_DIVERGENCE_ACTION] = "action",
        [RP_DIVERGENCE_ORDER] = "order",
        [RP_DIVERGENCE_TIMING] = "timing",
        [RP_DIVERGENCE_CONTRACT] = "contract",
        [RP_DIVERGENCE_INPUT_CHANGED] = "input_changed",
        [RP_DIVERGENCE_MISSING] = "missing",
        [RP_DIVERGENCE_EXTRA] = "extra",
    };
    RP_ASSERT((size_t)value < RP_COUNT_OF(names));
    return names[value];
}

/* "gather/labs@1/call:1" is in the lane "gather/labs". */
static const char *lane_of(struct rp_arena *arena, const char *path)
{
    const char *at = strrchr(path, '@');
    size_t len = at == NULL ? strlen(path) : (size_t)(at - path);
    return rp_arena_dup(arena, (struct rp_str){path, len});
}

void rp__divergence_set(struct rp_divergence *out, struct rp_arena *arena,
    enum rp_divergence_class kind, uint64_t seq, const char *path,
    const char *what)
{
    *out = (struct rp_divergence){
        .kind = kind,
        .seq = seq,
        .path = rp_arena_dup(arena, rp_str_of(path)),
        .lane = lane_of(arena, path),
        .what = rp_arena_dup(arena, rp_str_of(what)),
        .recorded = {"", 0},
        .now = {"", 0},
        .nearest = "",
        .before = "",
    };
}

/* ---- events as texts ---- */

static struct rp_str keep(struct rp_arena *arena, struct rp_buf *text)
{
    struct rp_str kept = {rp_arena_dup(arena, rp_buf_str(text)), text->len};
    rp_buf_fini(text);
    return kept;
}

static void add_member(struct rp_buf *out, const char *name, const char *value)
{
    rp_buf_addf(out, "%s\"%s\":", out->len == 0 ? "{" : ",", name);
    rp_json_write_string(out, rp_str_of(value));
}

static void add_time(struct rp_buf *out, struct rp_instant at)
{
    rp_buf_addf(out, ",\"at\":\"%" PRId64 "\"}", at.ns);
}

struct rp_str rp__divergence_timer(
    struct rp_arena *arena, const char *name, struct rp_instant due)
{
    struct rp_buf text;
    rp_buf_init(&text, RP_RECORD_BYTES_MAX);
    add_member(&text, "timer", name);
    add_time(&text, due);
    return keep(arena, &text);
}

struct rp_str rp__divergence_event(
    struct rp_arena *arena, const struct rp_event *event)
{
    struct rp_buf text;
    rp_buf_init(&text, RP_RECORD_BYTES_MAX);
    add_member(&text, "event", rp_event_kind_name(event->kind));
    if (event->kind == RP_EVENT_TIMER_FIRED) {
        add_member(&text, "timer", event->timer.name);
    } else if (event->path != NULL) {
        add_member(&text, "path", event->path);
    }
    add_time(&text, event->at);
    return keep(arena, &text);
}

/* ---- the first difference of two lists ---- */

/* Items of one side of a record; texts are compared, so equal is equal in
 * every value that a record has. */
struct rp__side {
    struct rp__item *items;
    uint32_t count;
};

static bool has(const struct rp__side *side, const struct rp__item *item)
{
    for (uint32_t i = 0; i < side->count; i++) {
        if (rp_str_equal(side->items[i].text, item->text)) {
            return true;
        }
    }
    return false;
}

static bool has_after(
    const struct rp__side *side, uint32_t from, const struct rp__item *item)
{
    struct rp__side rest = {side->items + from, side->count - from};
    return has(&rest, item);
}

static uint32_t times(const struct rp__side *side, const struct rp__item *item)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < side->count; i++) {
        count += rp_str_equal(side->items[i].text, item->text) ? 1 : 0;
    }
    return count;
}

static bool same_items(const struct rp__side *a, const struct rp__side *b)
{
    if (a->count != b->count) {
        return false;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        if (times(a, &a->items[i]) != times(b, &a->items[i])) {
            return false;
        }
    }
    return true;
}

static bool first_difference(
    const struct rp__side *recorded, const struct rp__side *now, uint32_t *at)
{
    uint32_t i = 0;
    while (i < recorded->count && i < now->count &&
           rp_str_equal(recorded->items[i].text, now->items[i].text)) {
        i++;
    }
    *at = i;
    return i < recorded->count || i < now->count;
}

/* What a contract decided, and the other side did not. */
static bool judged_alone(
    const struct rp__item *item, const struct rp__side *other)
{
    static const enum rp_reason reasons[] = {RP_REASON_INPUT_CONTRACT,
        RP_REASON_OUTPUT_CONTRACT, RP_REASON_ECHO_MISMATCH,
        RP_REASON_CONTRACT_UNDECIDED, RP_REASON_OUTPUT_OF_SESSION};
    for (size_t i = 0; item->decision != NULL && i < RP_COUNT_OF(reasons);
         i++) {
        if (item->decision->reason == reasons[i]) {
            return !has(other, item);
        }
    }
    return false;
}

static enum rp_divergence_class class_of(
    const struct rp__side *recorded, const struct rp__side *now, uint32_t at)
{
    if (at == recorded->count) {
        return RP_DIVERGENCE_EXTRA;
    }
    if (at == now->count) {
        return RP_DIVERGENCE_MISSING;
    }
    const struct rp__item *was = &recorded->items[at];
    const struct rp__item *is = &now->items[at];
    if (same_items(recorded, now)) {
        return RP_DIVERGENCE_ORDER;
    }
    if (rp__item_input_changed(was, is)) {
        return RP_DIVERGENCE_INPUT_CHANGED;
    }
    if (judged_alone(was, now) || judged_alone(is, recorded)) {
        return RP_DIVERGENCE_CONTRACT;
    }
    bool was_comes = has_after(now, at + 1, was);
    bool is_comes = has_after(recorded, at + 1, is);
    if (was_comes && !is_comes) {
        return RP_DIVERGENCE_EXTRA;
    }
    if (is_comes && !was_comes) {
        return RP_DIVERGENCE_MISSING;
    }
    return was->decision != NULL ? RP_DIVERGENCE_DECISION
                                 : RP_DIVERGENCE_ACTION;
}

/* What of `side` is most alike and has no equal among `own`. */
static const struct rp__item *nearest(const struct rp__side *side,
    const struct rp__side *own, const struct rp__item *item,
    const struct rp__item *counterpart)
{
    const struct rp__item *best = NULL;
    uint32_t best_score = 0;
    for (uint32_t i = 0; i < side->count; i++) {
        const struct rp__item *other = &side->items[i];
        uint32_t score = rp__item_likeness(item, other);
        if (other != counterpart && score > best_score && !has(own, other)) {
            best = other;
            best_score = score;
        }
    }
    return best;
}

static bool compare_sides(struct rp_divergence *out, struct rp_arena *arena,
    const struct rp__compared *c, const struct rp__side *recorded,
    const struct rp__side *now)
{
    uint32_t at;
    if (!first_difference(recorded, now, &at)) {
        return false;
    }
    enum rp_divergence_class kind = class_of(recorded, now, at);
    bool recorded_it = kind != RP_DIVERGENCE_EXTRA;
    bool now_it = kind != RP_DIVERGENCE_MISSING;
    const struct rp__item *subject =
        recorded_it ? &recorded->items[at] : &now->items[at];
    const struct rp__item *other = now_it ? &now->items[at] : subject;
    rp__divergence_set(out, arena, kind, c->seq, subject->path,
        rp__item_sentence(arena, kind, subject, other));
    out->recorded = recorded_it ? subject->text : RP_STR("");
    out->now = now_it ? other->text : RP_STR("");
    const struct rp__item *near = recorded_it
                                      ? nearest(now, recorded, subject, other)
                                      : nearest(recorded, now, subject, other);
    if (near != NULL) {
        out->nearest = rp__item_phrase(arena, near);
    }
    if (recorded_it && now_it && kind != RP_DIVERGENCE_ORDER) {
        rp__item_differences(out, arena, c, subject, other);
    }
    return true;
}

static struct rp__side decisions_of(
    struct rp_arena *arena, const struct rp_step *step)
{
    struct rp__side side = {
        rp_arena_array(arena, step->decision_count, sizeof(struct rp__item)),
        step->decision_count};
    for (uint32_t i = 0; i < side.count; i++) {
        rp__item_of_decision(&side.items[i], arena, &step->decisions[i]);
    }
    return side;
}

static struct rp__side actions_of(
    struct rp_arena *arena, const struct rp_step *step)
{
    struct rp__side side = {
        rp_arena_array(arena, step->action_count, sizeof(struct rp__item)),
        step->action_count};
    for (uint32_t i = 0; i < side.count; i++) {
        rp__item_of_action(&side.items[i], arena, &step->actions[i]);
    }
    return side;
}

bool rp__divergence_of_steps(struct rp_divergence *out, struct rp_arena *arena,
    const struct rp__compared *c)
{
    struct rp__side recorded = decisions_of(arena, c->recorded);
    struct rp__side now = decisions_of(arena, c->now);
    if (compare_sides(out, arena, c, &recorded, &now)) {
        return true;
    }
    recorded = actions_of(arena, c->recorded);
    now = actions_of(arena, c->now);
    return compare_sides(out, arena, c, &recorded, &now);
}
