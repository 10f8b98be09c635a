#include "lane_view.h"

#include <inttypes.h>

#include "json_part.h"
#include "table.h"

#define CELL_BYTES_MAX ((size_t)4 << 10)
#define REASONS_SHOWN_MAX 4

/* ---- for people ---- */

static void add_reasons(struct rp_buf *out, const struct rp_lane *lane)
{
    uint32_t shown = 0;
    for (uint32_t i = 0; i < lane->attempts; i++) {
        enum rp_reason reason = lane->attempt_reasons[i];
        if (reason == RP_REASON_OK || reason == RP_REASON_NONE) {
            continue;
        }
        if (shown == REASONS_SHOWN_MAX) {
            rp_buf_add_text(out, ", …");
            break;
        }
        rp_buf_addf(
            out, "%s%s", shown == 0 ? ": " : ", ", rp_reason_name(reason));
        shown++;
    }
}

/* "timed_out in 4s, 2 tries: timeout, timeout" */
static void add_lane(struct rp_buf *out, const struct rp_lane *lane)
{
    if (lane == NULL) {
        rp_buf_add_text(out, "not asked for");
        return;
    }
    rp_buf_add_text(out, lane->status == RP_TASK_ACTIVE
                             ? "not ended"
                             : rp_task_status_name(lane->status));
    if (lane->ended.ns != RP_INSTANT_NEVER.ns) {
        rp_buf_add_text(out, " in ");
        rp_duration_show(out, rp_instant_since(lane->ended, lane->began));
    }
    rp_buf_add_text(out, ", ");
    if (lane->attempts == 1) {
        rp_buf_add_text(out, "1 try");
    } else {
        rp_buf_addf(out, "%" PRIu32 " tries", lane->attempts);
    }
    add_reasons(out, lane);
}

const char *rp__lane_path(const struct rp_lane_pair *pair)
{
    return pair->before != NULL ? pair->before->path : pair->after->path;
}

static void add_cell(struct rp__table *table, const struct rp_lane *lane)
{
    struct rp_buf cell;
    rp_buf_init(&cell, CELL_BYTES_MAX);
    add_lane(&cell, lane);
    rp__table_add(table, rp_buf_str(&cell), RP__PLAIN);
    rp_buf_fini(&cell);
}

static bool is_shown(const struct rp_lane_pair *pair, bool times)
{
    return pair->change != RP_LANE_SAME &&
           (times || pair->change != RP_LANE_TIMES);
}

void rp__lanes_table(struct rp_buf *out, const struct rp_comparison *c,
    const char *before, const char *after, bool times,
    const struct rp__style *style)
{
    const struct rp__column columns[] = {
        {"LANE", false, 60}, {before, false, 80}, {after, false, 0}};
    uint32_t shown = 0;
    for (uint32_t i = 0; i < c->lane_count; i++) {
        shown += is_shown(&c->lanes[i], times);
    }
    if (shown == 0) {
        return;
    }
    struct rp_arena *arena = rp_arena_new(0);
    struct rp__table table;
    rp__table_init(&table, columns, RP_COUNT_OF(columns), arena, style);
    for (uint32_t i = 0; i < c->lane_count; i++) {
        const struct rp_lane_pair *pair = &c->lanes[i];
        if (is_shown(pair, times)) {
            rp__table_add(&table, rp_str_of(rp__lane_path(pair)), RP__PLAIN);
            add_cell(&table, pair->before);
            add_cell(&table, pair->after);
        }
    }
    rp_buf_add_char(out, '\n');
    rp__table_write(out, &table, 0);
    rp__table_fini(&table);
    rp_arena_free(&arena);
}

/* ---- what they come to ---- */

#define SUMS 5

/* In the order of `names` below; -1: it did not end. */
static void sums_of(int64_t sums[SUMS], const struct rp_course *course)
{
    const int64_t all[SUMS] = {
        course->outcome == RP_OUTCOME_NONE ? -1 : course->ended.ns,
        course->call_count,
        course->decision_count,
        course->input_tokens,
        course->output_tokens,
    };
    for (uint32_t i = 0; i < SUMS; i++) {
        sums[i] = all[i];
    }
}

static void add_sum(struct rp__table *table, int64_t sum, bool is_time)
{
    struct rp_buf cell;
    rp_buf_init(&cell, CELL_BYTES_MAX);
    if (sum < 0) {
        rp_buf_add_text(&cell, "not ended");
    } else if (is_time) {
        rp_duration_show(&cell, (struct rp_duration){sum});
    } else {
        rp_buf_add_i64(&cell, sum);
    }
    rp__table_add(table, rp_buf_str(&cell), RP__PLAIN);
    rp_buf_fini(&cell);
}

void rp__courses_table(struct rp_buf *out, const struct rp_comparison *c,
    const char *before, const char *after, const struct rp__style *style)
{
    static const char *const names[SUMS] = {
        "time", "calls", "decisions", "tokens in", "tokens out"};
    const struct rp__column columns[] = {
        {"IN ALL", false, 60}, {before, true, 80}, {after, true, 0}};
    int64_t then[SUMS];
    int64_t now[SUMS];
    uint32_t shown = 0;
    struct rp_arena *arena = rp_arena_new(0);
    struct rp__table table;
    sums_of(then, &c->before);
    sums_of(now, &c->after);
    rp__table_init(&table, columns, RP_COUNT_OF(columns), arena, style);
    for (uint32_t i = 0; i < SUMS; i++) {
        if (then[i] != now[i]) {
            rp__table_add(&table, rp_str_of(names[i]), RP__PLAIN);
            add_sum(&table, then[i], i == 0);
            add_sum(&table, now[i], i == 0);
            shown++;
        }
    }
    if (shown > 0) {
        rp_buf_add_char(out, '\n');
        rp__table_write(out, &table, 0);
    }
    rp__table_fini(&table);
    rp_arena_free(&arena);
}

/* ---- for programs ---- */

void rp__course_json(
    cJSON *out, const char *name, const struct rp_course *course)
{
    cJSON *object = cJSON_AddObjectToObject(out, name);
    if (course->outcome != RP_OUTCOME_NONE) {
        rp_json_set_text(
            object, "outcome", rp_str_of(rp_outcome_name(course->outcome)));
        rp__json_ns(object, "ended_ns", course->ended.ns);
    }
    rp_json_set_int(object, "records", course->record_count);
    rp_json_set_int(object, "decisions", course->decision_count);
    rp_json_set_int(object, "calls", course->call_count);
    rp_json_set_int(object, "input_tokens", course->input_tokens);
    rp_json_set_int(object, "output_tokens", course->output_tokens);
    rp__json_digest(object, "output", &course->output);
}

void rp__lane_json(cJSON *out, const char *name, const struct rp_lane *lane)
{
    if (lane == NULL) {
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(out, name);
    rp_json_set_text(
        object, "status", rp_str_of(rp_task_status_name(lane->status)));
    rp_json_set_text(object, "reason", rp_str_of(rp_reason_name(lane->reason)));
    rp__json_ns(object, "began_ns", lane->began.ns);
    if (lane->ended.ns != RP_INSTANT_NEVER.ns) {
        rp__json_ns(object, "ended_ns", lane->ended.ns);
    }
    rp__json_digest(object, "output", &lane->output);
    cJSON *tries = cJSON_AddArrayToObject(object, "tries");
    for (uint32_t i = 0; i < lane->attempts; i++) {
        const char *reason = rp_reason_name(lane->attempt_reasons[i]);
        cJSON_AddItemToArray(tries, rp_json_new_string(rp_str_of(reason)));
    }
}
