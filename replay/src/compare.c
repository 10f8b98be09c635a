/* Two runs folded into lanes, and the lanes paired by path. */
#include <reprise/compare.h>

#include <stdlib.h>
#include <string.h>

static const char *const change_names[] = {
    [RP_LANE_SAME] = "same",
    [RP_LANE_TIMES] = "times",
    [RP_LANE_CHANGED] = "changed",
    [RP_LANE_ADDED] = "added",
    [RP_LANE_REMOVED] = "removed",
};

const char *rp_lane_change_name(enum rp_lane_change value)
{
    return change_names[value];
}

/* ---- the course of one run ---- */

struct folding {
    struct rp_course *course;
    struct rp_arena *arena;
    struct rp_lane *lanes;
    enum rp_reason **reasons; /* of each lane, as `attempt_reasons` */
    uint32_t *rooms;          /* of each of these */
    uint32_t *slots;          /* hash table of lane index + 1 */
    uint32_t slot_count, lane_room;
};

static uint32_t hash_of(struct rp_str path)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < path.len; i++) {
        hash = (hash ^ (uint8_t)path.ptr[i]) * 16777619u;
    }
    return hash;
}

static uint32_t *slot_of(const struct folding *f, struct rp_str path)
{
    uint32_t i = hash_of(path) & (f->slot_count - 1);
    while (
        f->slots[i] != 0 && !rp_str_is(path, f->lanes[f->slots[i] - 1].path)) {
        i = (i + 1) & (f->slot_count - 1);
    }
    return &f->slots[i];
}

static struct rp_lane *lane_at(const struct folding *f, struct rp_str path)
{
    uint32_t slot = *slot_of(f, path);
    return slot == 0 ? NULL : &f->lanes[slot - 1];
}

static void begin_lane(
    struct folding *f, const struct rp_decision *d, struct rp_instant at)
{
    uint32_t *slot = slot_of(f, rp_str_of(d->path));
    if (*slot != 0 || f->course->lane_count == f->lane_room) {
        return; /* begun twice: not what an engine writes */
    }
    f->lanes[f->course->lane_count] = (struct rp_lane){
        .path = d->path, .began = at, .ended = RP_INSTANT_NEVER};
    *slot = ++f->course->lane_count;
}

static struct rp_digest digest_attr(const struct rp_decision *d)
{
    struct rp_digest digest = {{0}};
    const struct rp_attr *attr = rp_decision_attr(d, "output");
    if (attr != NULL) {
        (void)rp_digest_parse(attr->text, &digest); /* stays zero if not */
    }
    return digest;
}

static void end_lane(
    struct folding *f, const struct rp_decision *d, struct rp_instant at)
{
    struct rp_lane *lane = lane_at(f, rp_str_of(d->path));
    const struct rp_attr *status = rp_decision_attr(d, "status");
    if (lane == NULL || status == NULL) {
        return;
    }
    (void)rp_task_status_parse(status->text, &lane->status); /* ACTIVE if not */
    lane->reason = d->reason;
    lane->ended = at;
    lane->output = digest_attr(d);
}

/* "gather/labs@2" and what follows it: the place of that attempt's reason,
 * NULL when it was not started. */
static enum rp_reason *attempt_at(const struct folding *f, const char *path)
{
    const char *at = strrchr(path, '@');
    if (at == NULL) {
        return NULL;
    }
    struct rp_lane *lane =
        lane_at(f, (struct rp_str){path, (size_t)(at - path)});
    unsigned long number = strtoul(at + 1, NULL, 10);
    if (lane == NULL || number == 0 || number > lane->attempts) {
        return NULL;
    }
    return &f->reasons[lane - f->lanes][number - 1];
}

static void end_attempt(
    struct folding *f, const char *path, enum rp_reason reason)
{
    enum rp_reason *place = attempt_at(f, path);
    if (place != NULL && *place == RP_REASON_NONE) {
        *place = reason;
    }
}

static void start_attempt(struct folding *f, const struct rp_call *call)
{
    struct rp_lane *lane = lane_at(f, rp_str_of(call->task));
    if (lane == NULL) {
        return;
    }
    uint32_t i = (uint32_t)(lane - f->lanes);
    if (lane->attempts == f->rooms[i]) {
        uint32_t room = f->rooms[i] == 0 ? 4 : f->rooms[i] * 2;
        enum rp_reason *reasons =
            rp_arena_array(f->arena, room, sizeof(enum rp_reason));
        for (uint32_t k = 0; k < lane->attempts; k++) {
            reasons[k] = f->reasons[i][k];
        }
        f->reasons[i] = reasons;
        f->rooms[i] = room;
        lane->attempt_reasons = reasons;
    }
    lane->attempts++;
}

static void end_session(
    struct folding *f, const struct rp_decision *d, struct rp_instant at)
{
    const struct rp_attr *outcome = rp_decision_attr(d, "outcome");
    if (outcome != NULL) { /* NONE if it is no word for one */
        (void)rp_outcome_parse(outcome->text, &f->course->outcome);
    }
    f->course->ended = at;
    f->course->output = digest_attr(d);
}

static void fold_decision(
    struct folding *f, const struct rp_decision *d, struct rp_instant at)
{
    if (d->kind == RP_DECISION_TASK_BEGAN) {
        begin_lane(f, d, at);
    } else if (d->kind == RP_DECISION_TASK_ENDED) {
        end_lane(f, d, at);
    } else if (d->kind == RP_DECISION_SESSION_ENDED) {
        end_session(f, d, at);
    } else if (d->kind == RP_DECISION_ACCEPTED ||
               d->kind == RP_DECISION_REJECTED ||
               d->kind == RP_DECISION_TIMED_OUT) {
        end_attempt(f, d->path, d->reason);
    }
}

static void fold_action(struct folding *f, const struct rp_action *action)
{
    if (action->kind == RP_ACTION_START_CALL) {
        f->course->call_count++;
        start_attempt(f, &action->start);
    } else if (action->kind == RP_ACTION_CANCEL_CALL) {
        end_attempt(f, action->cancel.path, action->cancel.reason);
    }
}

static void fold_event(struct folding *f, const struct rp_event *event)
{
    if (event->kind != RP_EVENT_CALL_COMPLETED ||
        !event->completed->usage.present) {
        return;
    }
    f->course->input_tokens += event->completed->usage.input_tokens;
    f->course->output_tokens += event->completed->usage.output_tokens;
}

static uint32_t count_lanes(const struct rp_recorded *records, uint32_t count)
{
    uint32_t lanes = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct rp_step *step = &records[i].step;
        for (uint32_t k = 0; k < step->decision_count; k++) {
            lanes += step->decisions[k].kind == RP_DECISION_TASK_BEGAN;
        }
    }
    return lanes;
}

/* Memory of `f` for `lanes` lanes. */
static void make_room(struct folding *f, uint32_t lanes)
{
    f->lane_room = lanes;
    f->slot_count = 16;
    while (f->slot_count < lanes * 2) {
        f->slot_count *= 2;
    }
    f->lanes = rp_arena_array(f->arena, lanes, sizeof(struct rp_lane));
    f->reasons = rp_arena_array(f->arena, lanes, sizeof(enum rp_reason *));
    f->rooms = rp_arena_array(f->arena, lanes, sizeof(uint32_t));
    f->slots = rp_arena_array(f->arena, f->slot_count, sizeof(uint32_t));
    f->course->lanes = f->lanes;
}

static void fold(
    struct folding *f, const struct rp_recorded *records, uint32_t count)
{
    *f->course =
        (struct rp_course){.ended = RP_INSTANT_NEVER, .record_count = count};
    make_room(f, count_lanes(records, count));
    for (uint32_t i = 0; i < count; i++) {
        const struct rp_step *step = &records[i].step;
        fold_event(f, &records[i].event);
        f->course->decision_count += step->decision_count;
        for (uint32_t k = 0; k < step->decision_count; k++) {
            fold_decision(f, &step->decisions[k], records[i].event.at);
        }
        for (uint32_t k = 0; k < step->action_count; k++) {
            fold_action(f, &step->actions[k]);
        }
    }
}

void rp_course_of(struct rp_course *course, struct rp_arena *arena,
    const struct rp_recorded *records, uint32_t count)
{
    struct folding f = {.course = course, .arena = arena};
    fold(&f, records, count);
}

/* ---- two runs ---- */

static bool same_reasons(const struct rp_lane *a, const struct rp_lane *b)
{
    for (uint32_t i = 0; i < a->attempts; i++) {
        if (a->attempt_reasons[i] != b->attempt_reasons[i]) {
            return false;
        }
    }
    return true;
}

static enum rp_lane_change change_of(
    const struct rp_lane *before, const struct rp_lane *after)
{
    if (before == NULL || after == NULL) {
        return before == NULL ? RP_LANE_ADDED : RP_LANE_REMOVED;
    }
    if (before->status != after->status || before->reason != after->reason ||
        before->attempts != after->attempts ||
        !rp_digest_equal(&before->output, &after->output) ||
        !same_reasons(before, after)) {
        return RP_LANE_CHANGED;
    }
    return before->began.ns == after->began.ns &&
                   before->ended.ns == after->ended.ns
               ? RP_LANE_SAME
               : RP_LANE_TIMES;
}

static void add_pair(struct rp_lane_pair *pairs, uint32_t *count,
    const struct rp_lane *before, const struct rp_lane *after)
{
    pairs[(*count)++] =
        (struct rp_lane_pair){before, after, change_of(before, after)};
}

static void pair_lanes(struct rp_comparison *out, struct rp_arena *arena,
    const struct folding *before, const struct folding *after)
{
    uint32_t before_count = out->before.lane_count;
    uint32_t after_count = out->after.lane_count;
    struct rp_lane_pair *pairs = rp_arena_array(
        arena, (size_t)before_count + after_count, sizeof(struct rp_lane_pair));
    for (uint32_t i = 0; i < before_count; i++) {
        const struct rp_lane *lane = &before->lanes[i];
        add_pair(pairs, &out->lane_count, lane,
            lane_at(after, rp_str_of(lane->path)));
    }
    for (uint32_t i = 0; i < after_count; i++) {
        const struct rp_lane *lane = &after->lanes[i];
        if (lane_at(before, rp_str_of(lane->path)) == NULL) {
            add_pair(pairs, &out->lane_count, NULL, lane);
        }
    }
    out->lanes = pairs;
}

/* The wall time of instant 0 is a label and no part of what happened. */
static void write_without_anchor(
    struct rp_buf *out, const struct rp_recorded *record)
{
    struct rp_event event = record->event;
    event.started.anchor.unix_ns = 0;
    rp_buf_init(out, RP_RECORD_BYTES_MAX);
    rp_record_write(out, &event, &record->step);
}

static bool same_record(
    const struct rp_recorded *a, const struct rp_recorded *b)
{
    if (rp_str_equal(a->body, b->body)) {
        return true;
    }
    if (a->event.kind != RP_EVENT_SESSION_STARTED ||
        b->event.kind != RP_EVENT_SESSION_STARTED) {
        return false;
    }
    struct rp_buf of_a;
    struct rp_buf of_b;
    write_without_anchor(&of_a, a);
    write_without_anchor(&of_b, b);
    bool same = rp_str_equal(rp_buf_str(&of_a), rp_buf_str(&of_b));
    rp_buf_fini(&of_a);
    rp_buf_fini(&of_b);
    return same;
}

static uint64_t first_difference(const struct rp_recorded *before,
    uint32_t before_count, const struct rp_recorded *after,
    uint32_t after_count)
{
    uint32_t count = before_count < after_count ? before_count : after_count;
    for (uint32_t i = 0; i < count; i++) {
        if (!same_record(&before[i], &after[i])) {
            return i + 1;
        }
    }
    return before_count == after_count ? 0 : (uint64_t)count + 1;
}

void rp_compare(struct rp_comparison *out, struct rp_arena *arena,
    const struct rp_recorded *before, uint32_t before_count,
    const struct rp_recorded *after, uint32_t after_count)
{
    *out = (struct rp_comparison){.lane_count = 0};
    struct folding of_before = {.course = &out->before, .arena = arena};
    struct folding of_after = {.course = &out->after, .arena = arena};
    out->first_seq = first_difference(before, before_count, after, after_count);
    out->identical = out->first_seq == 0;
    fold(&of_before, before, before_count);
    if (out->identical) { /* so is what they fold to */
        of_after = of_before;
        out->after = out->before;
    } else {
        fold(&of_after, after, after_count);
    }
    pair_lanes(out, arena, &of_before, &of_after);
}
