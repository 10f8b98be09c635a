#include "rehearsal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void load(struct rehearsal *r)
{
    struct rp_recording_damage damage;
    if (rp_recording_of_memory(&r->recording, r->stage.store, &r->stage.head,
            &damage, &r->err) != RP_OK) {
        fail_msg("the recording cannot be loaded: %s", r->err.text);
    }
}

void rehearse(struct rehearsal *r, const char *plan,
    const struct script_line *lines, uint32_t line_count)
{
    struct rp_operator *control = r->stage.control;
    *r = (struct rehearsal){.stage = {.control = control}};
    stage_play(&r->stage, plan, "{\"p\":1}", lines, line_count);
    load(r);
}

static void parse_fault(struct rp_fault_rules *rules, const char *text)
{
    struct rp_err err = RP_ERR_INIT;
    *rules = (struct rp_fault_rules){.count = 0};
    if (text != NULL &&
        rp_fault_rule_add(rules, rp_str_of(text), &err) != RP_OK) {
        fail_msg("the rule is wrong: %s", err.text);
    }
}

void rehearse_with(struct rehearsal *r, const char *plan, const char *fault,
    const struct script_line *lines, uint32_t line_count)
{
    struct rp_fault_rules rules;
    struct stage *stage = &r->stage;
    *r = (struct rehearsal){.recording = NULL};
    parse_fault(&rules, fault);
    stage_set(stage, plan, "{\"p\":1}", lines, line_count);
    stage->transport = rp_fault_inject_new(
        stage->transport, &rules, stage->clock, stage->head.seed);
    stage_run(stage);
    rp_transport_free(&stage->transport); /* it borrows the rules */
    load(r);
}

static struct rp_transport *wrap(
    void *context, struct rp_transport *inner, struct rp_clock *clock)
{
    return rp_fault_inject_new(inner, context, clock, 42);
}

static void forget(struct rehearsal *r)
{
    rp_rerun_result_fini(&r->result);
    rp_plan_free(&r->plan);
    rp_err_clear(&r->err);
}

void rerun(struct rehearsal *r, const struct edit *edit)
{
    struct rp_fault_rules rules;
    forget(r);
    parse_fault(&rules, edit->fault);
    struct rp_session_head head = rp_rerun_head(r->recording);
    head.began.unix_ns += 5;
    struct rp_rerun options = {
        .source = r->recording, .head = &head, .changed = edit->changed};
    if (edit->plan != NULL) {
        r->plan = stage_plan(edit->plan);
        options.plan = r->plan;
        head.plan = r->plan->digest;
    }
    if (edit->input != NULL) {
        options.input = rp_str_of(edit->input);
        head.input = rp_digest_of(options.input);
    }
    if (edit->fault != NULL) {
        options.wrap = wrap;
        options.wrap_context = &rules;
    }
    head.seed = edit->seed == 0 ? head.seed : edit->seed;
    r->rc = rp_rerun(&options, &r->result, &r->err);
}

void rehearsal_fini(struct rehearsal *r)
{
    forget(r);
    rp_recording_free(&r->recording);
    stage_fini(&r->stage);
}

static struct rp_str body_at(
    const struct rp_recorded *records, uint32_t count, uint64_t seq)
{
    return seq <= count ? records[seq - 1].body : RP_STR("nothing");
}

static void tell_difference(const struct rehearsal *r)
{
    uint32_t count = 0;
    const struct rp_recorded *records =
        rp_recording_records(r->recording, &count);
    uint64_t seq = r->result.comparison.first_seq;
    struct rp_str before = body_at(records, count, seq);
    struct rp_str after =
        body_at(r->result.records, r->result.record_count, seq);
    fail_msg("record %llu differs\n  was %.*s\n  is  %.*s",
        (unsigned long long)seq, RP_STR_ARG(before), RP_STR_ARG(after));
}

void assert_identical(struct rehearsal *r)
{
    struct edit none = {.plan = NULL};
    rerun(r, &none);
    if (r->rc != RP_OK) {
        fail_msg("the rerun broke: %s", r->err.text);
    }
    if (!r->result.comparison.identical) {
        tell_difference(r);
    }
    assert_int_equal(r->result.run.outcome, r->stage.result.outcome);
    assert_int_equal(r->result.run.record_count, r->stage.result.record_count);
    for (uint32_t i = 0; i < r->result.answer_count; i++) {
        assert_int_equal(r->result.answers[i].match, RP_MATCH_EXACT);
    }
}

const struct rp_lane *lane_of(const struct rp_course *course, const char *path)
{
    for (uint32_t i = 0; i < course->lane_count; i++) {
        if (strcmp(course->lanes[i].path, path) == 0) {
            return &course->lanes[i];
        }
    }
    fail_msg("no lane %s", path);
    return NULL;
}

int64_t ms_of(struct rp_instant at)
{
    return at.ns / RP_NS_PER_MS;
}
