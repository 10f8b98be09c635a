#include "replay_tell.h"

#include <inttypes.h>
#include <stdio.h>

#include <reprise/json.h>

#include "table.h"

#define CELL_BYTES_MAX ((size_t)4 << 10)
#define REASONS_SHOWN_MAX 4

/* ---- lanes, for people ---- */

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

static const char *path_of(const struct rp_lane_pair *pair)
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

static bool is_otherwise(const struct rp_lane_pair *pair)
{
    return pair->change != RP_LANE_SAME && pair->change != RP_LANE_TIMES;
}

static uint32_t count_lanes(
    const struct rp_comparison *c, enum rp_lane_change change)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->lane_count; i++) {
        count += c->lanes[i].change == change;
    }
    return count;
}

static void add_lanes(struct rp_buf *out, const struct rp_comparison *c,
    const struct rp__style *style)
{
    static const struct rp__column columns[] = {
        {"LANE", false, 60}, {"RECORDED", false, 80}, {"REPLAYED", false, 0}};
    if (count_lanes(c, RP_LANE_SAME) + count_lanes(c, RP_LANE_TIMES) ==
        c->lane_count) {
        return;
    }
    struct rp_arena *arena = rp_arena_new(0);
    struct rp__table table;
    rp__table_init(&table, columns, RP_COUNT_OF(columns), arena, style);
    for (uint32_t i = 0; i < c->lane_count; i++) {
        const struct rp_lane_pair *pair = &c->lanes[i];
        if (is_otherwise(pair)) {
            rp__table_add(&table, rp_str_of(path_of(pair)), RP__PLAIN);
            add_cell(&table, pair->before);
            add_cell(&table, pair->after);
        }
    }
    rp_buf_add_char(out, '\n');
    rp__table_write(out, &table, 0);
    rp__table_fini(&table);
    rp_arena_free(&arena);
}

/* ---- the rest, for people ---- */

static void add_answers(struct rp_buf *out, const struct rp_rerun_result *r)
{
    bool any = false;
    for (uint32_t i = 0; i < r->answer_count; i++) {
        const struct rp_journal_answer *answer = &r->answers[i];
        if (answer->match != RP_MATCH_CHANGED) {
            continue;
        }
        if (!any) {
            rp_buf_add_text(out,
                "\nAsked something else than was recorded, and answered as "
                "then:\n");
        }
        any = true;
        rp_buf_addf(out, "  %s", answer->path);
        if (!rp_str_is(rp_str_of(answer->path), answer->source)) {
            rp_buf_addf(out, "  as %s", answer->source);
        }
        rp_buf_add_char(out, '\n');
    }
}

static void add_idle_rules(
    struct rp_buf *out, const struct rp__replay_tale *tale)
{
    for (uint32_t i = 0; i < tale->idle_rule_count; i++) {
        rp_buf_addf(
            out, "\nFault '%s' touched nothing.\n", tale->idle_rules[i]);
    }
}

/* "15.2s of worker time replayed in 3 ms" */
static void add_times(struct rp_buf *out, const struct rp__replay_tale *tale)
{
    rp_duration_show(out, tale->result->worker_time);
    rp_buf_add_text(out, " of worker time replayed in ");
    rp_duration_show(out, tale->took);
    rp_buf_add_char(out, '\n');
}

/* "changed from record 3 on: 1 of 3 lanes went otherwise, 1 at other times;
 * degraded, was ok; " */
static void add_difference(
    struct rp_buf *out, const struct rp__replay_tale *tale)
{
    const struct rp_comparison *c = &tale->result->comparison;
    uint32_t times = count_lanes(c, RP_LANE_TIMES);
    uint32_t same = count_lanes(c, RP_LANE_SAME);
    rp_buf_addf(out,
        "%s from record %" PRIu64 " on: %" PRIu32 " of %" PRIu32
        " lanes went otherwise",
        tale->edited ? "changed" : "diverged", c->first_seq,
        c->lane_count - same - times, c->lane_count);
    if (times > 0) {
        rp_buf_addf(out, ", %" PRIu32 " at other times", times);
    }
    const char *now = rp_outcome_name(c->after.outcome);
    if (c->before.outcome == RP_OUTCOME_NONE) {
        rp_buf_addf(out, "; %s, was not ended; ", now);
    } else if (c->before.outcome == c->after.outcome) {
        rp_buf_addf(out, "; %s, as then; ", now);
    } else {
        rp_buf_addf(
            out, "; %s, was %s; ", now, rp_outcome_name(c->before.outcome));
    }
}

static void add_sum(struct rp_buf *out, const struct rp__replay_tale *tale)
{
    const struct rp_comparison *c = &tale->result->comparison;
    rp_buf_add_char(out, '\n');
    if (c->identical) {
        rp_buf_addf(out, "identical: %" PRIu32 " of %" PRIu32 " records, ",
            c->after.record_count, c->before.record_count);
    } else {
        add_difference(out, tale);
    }
    add_times(out, tale);
}

void rp__replay_tell(struct rp_buf *out, const struct rp__replay_tale *tale,
    const struct rp__style *style)
{
    add_lanes(out, &tale->result->comparison, style);
    add_answers(out, tale->result);
    add_idle_rules(out, tale);
    add_sum(out, tale);
}

/* ---- for programs ---- */

static void set_ns(cJSON *out, const char *name, int64_t ns)
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

static void set_course(
    cJSON *out, const char *name, const struct rp_course *course)
{
    cJSON *object = cJSON_AddObjectToObject(out, name);
    if (course->outcome != RP_OUTCOME_NONE) {
        rp_json_set_text(
            object, "outcome", rp_str_of(rp_outcome_name(course->outcome)));
        set_ns(object, "ended_ns", course->ended.ns);
    }
    rp_json_set_int(object, "records", course->record_count);
    set_digest(object, "output", &course->output);
}

static void set_lane(cJSON *out, const char *name, const struct rp_lane *lane)
{
    if (lane == NULL) {
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(out, name);
    rp_json_set_text(
        object, "status", rp_str_of(rp_task_status_name(lane->status)));
    rp_json_set_text(object, "reason", rp_str_of(rp_reason_name(lane->reason)));
    set_ns(object, "began_ns", lane->began.ns);
    if (lane->ended.ns != RP_INSTANT_NEVER.ns) {
        set_ns(object, "ended_ns", lane->ended.ns);
    }
    set_digest(object, "output", &lane->output);
    cJSON *tries = cJSON_AddArrayToObject(object, "tries");
    for (uint32_t i = 0; i < lane->attempts; i++) {
        const char *reason = rp_reason_name(lane->attempt_reasons[i]);
        cJSON_AddItemToArray(tries, rp_json_new_string(rp_str_of(reason)));
    }
}

static void set_lanes(cJSON *out, const struct rp_comparison *c)
{
    cJSON *lanes = cJSON_AddArrayToObject(out, "lanes");
    for (uint32_t i = 0; i < c->lane_count; i++) {
        const struct rp_lane_pair *pair = &c->lanes[i];
        cJSON *entry = cJSON_CreateObject();
        rp_json_set_text(entry, "path", rp_str_of(path_of(pair)));
        rp_json_set_text(
            entry, "change", rp_str_of(rp_lane_change_name(pair->change)));
        set_lane(entry, "recorded", pair->before);
        set_lane(entry, "replayed", pair->after);
        cJSON_AddItemToArray(lanes, entry);
    }
}

/* Those that were not given by the call of the same path and content. */
static void set_answers(cJSON *out, const struct rp_rerun_result *r)
{
    cJSON *answers = cJSON_AddArrayToObject(out, "answers");
    for (uint32_t i = 0; i < r->answer_count; i++) {
        const struct rp_journal_answer *answer = &r->answers[i];
        if (answer->match == RP_MATCH_EXACT) {
            continue;
        }
        cJSON *entry = cJSON_CreateObject();
        rp_json_set_text(entry, "call", rp_str_of(answer->path));
        rp_json_set_text(entry, "source", rp_str_of(answer->source));
        rp_json_set_text(
            entry, "match", rp_str_of(rp_match_name(answer->match)));
        cJSON_AddItemToArray(answers, entry);
    }
}

static void set_output(cJSON *out, const char *text)
{
    struct rp_json_doc *doc = NULL;
    if (text != NULL &&
        rp_json_read(&doc, rp_str_of(text), NULL, NULL) == RP_OK) {
        rp_json_set(out, "output", rp_json_copy(rp_json_root(doc)));
    }
    rp_json_free(&doc);
}

void rp__replay_json(struct rp_buf *out, const struct rp__replay_tale *tale)
{
    const struct rp_rerun_result *r = tale->result;
    const struct rp_comparison *c = &r->comparison;
    cJSON *json = cJSON_CreateObject();
    rp_json_set_text(json, "schema", RP_STR("reprise.replay/1"));
    if (tale->session != NULL) {
        rp_json_set_text(json, "session", rp_str_of(tale->session->text));
    }
    rp_json_set_text(json, "source", rp_str_of(tale->source->text));
    rp_json_set(json, "edited", cJSON_CreateBool(tale->edited));
    rp_json_set(json, "identical",
        cJSON_CreateBool(c->identical && tale->miss == NULL));
    if (tale->miss != NULL) {
        rp_json_set_text(json, "miss", rp_str_of(tale->miss));
    }
    if (!c->identical) {
        rp_json_set_int(json, "first_record", (int64_t)c->first_seq);
    }
    set_course(json, "recorded", &c->before);
    set_course(json, "replayed", &c->after);
    set_lanes(json, c);
    set_answers(json, r);
    cJSON *idle = cJSON_AddArrayToObject(json, "faults_without_effect");
    for (uint32_t i = 0; i < tale->idle_rule_count; i++) {
        cJSON_AddItemToArray(
            idle, rp_json_new_string(rp_str_of(tale->idle_rules[i])));
    }
    set_ns(json, "worker_time_ns", r->worker_time.ns);
    set_ns(json, "took_ns", tale->took.ns);
    set_output(json, r->run.output);
    rp_json_write_text(out, json);
    rp_buf_add_char(out, '\n');
    cJSON_Delete(json);
}
