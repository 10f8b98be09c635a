#include "lane_view.h"

#include <inttypes.h>
#include <stdio.h>

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

/* ---- for programs ---- */

void rp__json_ns(cJSON *out, const char *name, int64_t ns)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%" PRId64, ns);
    rp_json_set_text(out, name, (struct rp_str){text, (size_t)len});
}

static void set_digest(
    cJSON *out, const char *name, const struct rp_digest *digest)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    if (!rp_digest_is_zero(digest)) {
        rp_digest_hex(digest, hex);
        rp_json_set_text(out, name, rp_str_of(hex));
    }
}

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
    set_digest(object, "output", &course->output);
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
    set_digest(object, "output", &lane->output);
    cJSON *tries = cJSON_AddArrayToObject(object, "tries");
    for (uint32_t i = 0; i < lane->attempts; i++) {
        const char *reason = rp_reason_name(lane->attempt_reasons[i]);
        cJSON_AddItemToArray(tries, rp_json_new_string(rp_str_of(reason)));
    }
}
