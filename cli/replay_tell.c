#include "replay_tell.h"

#include <inttypes.h>
#include <stdio.h>

#include <reprise/json.h>

#include "json_part.h"
#include "lane_view.h"

static uint32_t count_lanes(
    const struct rp_comparison *c, enum rp_lane_change change)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->lane_count; i++) {
        count += c->lanes[i].change == change;
    }
    return count;
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

static void add_paths(
    struct rp_buf *out, const char *title, const struct rp__paths *paths)
{
    if (paths->count > 0) {
        rp_buf_addf(out, "\n%s:\n", title);
    }
    for (uint32_t i = 0; i < paths->count; i++) {
        rp_buf_addf(out, "  %s\n", paths->items[i]);
    }
}

static void add_unused(struct rp_buf *out, const struct rp_rerun_result *r)
{
    if (r->unused_count > 0) {
        rp_buf_add_text(out, "\nRecorded, and not asked for:\n");
    }
    for (uint32_t i = 0; i < r->unused_count; i++) {
        rp_buf_addf(out, "  %s\n", r->unused[i]);
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
    rp__lanes_table(
        out, &tale->result->comparison, "RECORDED", "REPLAYED", false, style);
    rp__courses_table(
        out, &tale->result->comparison, "RECORDED", "REPLAYED", style);
    add_answers(out, tale->result);
    add_paths(out, "Not recorded, and run live", tale->live);
    add_paths(out, "Not recorded, and answered by --miss", tale->stubbed);
    add_unused(out, tale->result);
    add_idle_rules(out, tale);
    add_sum(out, tale);
}

/* ---- for programs ---- */

static void set_lanes(cJSON *out, const struct rp_comparison *c)
{
    cJSON *lanes = cJSON_AddArrayToObject(out, "lanes");
    for (uint32_t i = 0; i < c->lane_count; i++) {
        const struct rp_lane_pair *pair = &c->lanes[i];
        cJSON *entry = cJSON_CreateObject();
        rp_json_set_text(entry, "path", rp_str_of(rp__lane_path(pair)));
        rp_json_set_text(
            entry, "change", rp_str_of(rp_lane_change_name(pair->change)));
        rp__lane_json(entry, "recorded", pair->before);
        rp__lane_json(entry, "replayed", pair->after);
        cJSON_AddItemToArray(lanes, entry);
    }
}

static void set_paths(
    cJSON *out, const char *name, const struct rp__paths *paths)
{
    cJSON *list = cJSON_AddArrayToObject(out, name);
    for (uint32_t i = 0; i < paths->count; i++) {
        cJSON_AddItemToArray(
            list, rp_json_new_string(rp_str_of(paths->items[i])));
    }
}

static void set_unused(cJSON *out, const struct rp_rerun_result *r)
{
    cJSON *unused = cJSON_AddArrayToObject(out, "unused");
    for (uint32_t i = 0; i < r->unused_count; i++) {
        cJSON_AddItemToArray(
            unused, rp_json_new_string(rp_str_of(r->unused[i])));
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
    rp__course_json(json, "recorded", &c->before);
    rp__course_json(json, "replayed", &c->after);
    set_lanes(json, c);
    set_answers(json, r);
    set_paths(json, "live", tale->live);
    set_paths(json, "stubbed", tale->stubbed);
    set_unused(json, r);
    cJSON *idle = cJSON_AddArrayToObject(json, "faults_without_effect");
    for (uint32_t i = 0; i < tale->idle_rule_count; i++) {
        cJSON_AddItemToArray(
            idle, rp_json_new_string(rp_str_of(tale->idle_rules[i])));
    }
    rp__json_ns(json, "worker_time_ns", r->worker_time.ns);
    rp__json_ns(json, "took_ns", tale->took.ns);
    set_output(json, r->run.output);
    rp_json_write_text(out, json);
    rp_buf_add_char(out, '\n');
    cJSON_Delete(json);
}
