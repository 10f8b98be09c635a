/* What an engine never does is noticed all the same: traces that no session
 * could have left, held against the oracles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/sweep_observe.h>

#include "swept.h"

#define PLAN                                                                   \
    "{\"reprise\":1,\"name\":\"t\",\"budget\":{\"wall\":\"20s\"},"             \
    "\"defaults\":{\"timeout\":\"1s\",\"grace\":\"100ms\",\"retry\":{"         \
    "\"attempts\":2,\"backoff\":\"50ms..1s\"}},\"agents\":{\"x\":{\"exec\":["  \
    "\"x\"],\"output\":{\"type\":\"object\"}}},\"flow\":{\"id\":\"gather\","   \
    "\"need\":1,\"parallel\":{\"one\":{\"agent\":\"x\"},\"two\":{\"agent\":"   \
    "\"x\"}}}}"

static const struct script_line lines[] = {
    {"gather/*", 30, "{\"f\":[1]}", 0, 0, 0, 0},
};

static const char *const rules[] = {"gather/one @1 : kill"};

/* A session, and what one fault did to it, to be falsified. */
struct judged {
    struct swept s;
    struct rp_sweep_rig *rig;
    struct rp_sweep_judgement judgement;
};

static void play(struct judged *j)
{
    sweep_it(&j->s, PLAN, lines, 1, NULL);
    j->rig = &j->s.sweep.rig;
    rp_sweep_rig_try(&j->judgement, j->rig, rules, 1);
    assert_int_equal(j->judgement.verdict, RP_VERDICT_MASKED);
    assert_int_equal(j->judgement.finding_count, 0);
}

static void judge(struct judged *j)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_sweep_played played = {
        j->rig->rules, &j->rig->trace, RP_OK, &err};
    rp_sweep_judge(&j->judgement, j->rig->arena, &j->rig->measure, &played);
}

static void assert_found(const struct judged *j, enum rp_gap_kind gap)
{
    for (uint32_t i = 0; i < j->judgement.finding_count; i++) {
        if (j->judgement.findings[i].gap == gap) {
            return;
        }
    }
    fail_msg("%s was not found", rp_gap_id(gap));
}

static void an_end_past_all_limits_is_a_hang(void **state)
{
    (void)state;
    struct judged j;
    play(&j);
    struct rp_instant latest =
        rp_sweep_latest_end(&j.rig->measure, &j.rig->trace);
    j.rig->trace.ended = latest;
    judge(&j);
    assert_int_equal(j.judgement.verdict, RP_VERDICT_MASKED);
    j.rig->trace.ended.ns = latest.ns + 1;
    judge(&j);
    assert_int_equal(j.judgement.verdict, RP_VERDICT_HUNG);
    assert_found(&j, RP_GAP_HANG);
    swept_fini(&j.s);
}

static void success_with_less_than_was_asked_is_silent(void **state)
{
    (void)state;
    struct judged j;
    play(&j);
    j.rig->trace.delivered = 1;
    judge(&j);
    assert_int_equal(j.judgement.verdict, RP_VERDICT_SILENT);
    assert_found(&j, RP_GAP_SILENT_DEGRADE);
    swept_fini(&j.s);
}

static void what_is_left_behind_is_found(void **state)
{
    (void)state;
    struct judged j;
    play(&j);
    j.rig->trace.survivor_count = 1;
    judge(&j);
    assert_found(&j, RP_GAP_ORPHAN);
    swept_fini(&j.s);
}

static bool observes(
    const struct judged *j, struct rp_sweep_observed *o, enum rp_gap_kind *gap)
{
    struct rp_sweep_finding finding;
    bool found =
        rp_sweep_observe(&finding, j->rig->arena, &j->rig->baseline, o);
    *gap = found ? finding.gap : RP_GAP_COUNT;
    return found;
}

static void a_session_that_watching_changes_is_found(void **state)
{
    struct judged j;
    enum rp_gap_kind gap;
    (void)state;
    play(&j);
    struct rp_sweep_trace *trace = &j.rig->trace;
    struct rp_sweep_observed o = {.rule = "export : export.hang",
        .readable = true,
        .why = "",
        .trace = trace};
    assert_false(observes(&j, &o, &gap));
    trace->outcome = RP_OUTCOME_DEGRADED;
    assert_true(observes(&j, &o, &gap));
    assert_int_equal(gap, RP_GAP_EXPORT_BLOCKS);
    trace->outcome = RP_OUTCOME_NONE;
    o.said = true;
    assert_true(observes(&j, &o, &gap));
    assert_int_equal(gap, RP_GAP_EXPORT_BLOCKS);
    swept_fini(&j.s);
}

static void a_loss_that_is_not_said_is_found(void **state)
{
    struct judged j;
    enum rp_gap_kind gap;
    (void)state;
    play(&j);
    struct rp_sweep_observed o = {
        .rule = "store : store.full", .store = true, .readable = true};
    o.why = "";
    o.said = true;
    assert_false(observes(&j, &o, &gap)); /* nothing is there, and it is said */
    o.trace = &j.rig->trace;
    j.rig->trace.outcome = RP_OUTCOME_NONE;
    assert_false(observes(&j, &o, &gap));
    o.said = false;
    assert_true(observes(&j, &o, &gap));
    assert_int_equal(gap, RP_GAP_STORE_CORRUPT);
    o.readable = false;
    o.said = true;
    o.why = "record 3 does not match its digest";
    assert_true(observes(&j, &o, &gap));
    assert_int_equal(gap, RP_GAP_STORE_CORRUPT);
    swept_fini(&j.s);
}

static void a_second_end_of_a_task_is_found(void **state)
{
    (void)state;
    struct judged j;
    play(&j);
    j.rig->trace.tasks[0].end_count = 2;
    judge(&j);
    assert_found(&j, RP_GAP_LATE_RESULT);
    assert_string_equal(j.judgement.findings[0].path, "gather/one");
    swept_fini(&j.s);
}

static void a_budget_that_was_passed_is_found(void **state)
{
    (void)state;
    struct judged j;
    play(&j);
    j.rig->trace.ended.ns = 20 * RP_NS_PER_S + 100 * RP_NS_PER_MS;
    judge(&j);
    for (uint32_t i = 0; i < j.judgement.finding_count; i++) {
        assert_int_not_equal(j.judgement.findings[i].gap, RP_GAP_BUDGET);
    }
    j.rig->trace.ended.ns += 1;
    judge(&j);
    assert_found(&j, RP_GAP_BUDGET);
    swept_fini(&j.s);
}

static void a_rule_that_is_wrong_is_told(void **state)
{
    (void)state;
    static const char *const wrong[] = {"gather/one : hangs"};
    struct judged j;
    play(&j);
    rp_sweep_rig_try(&j.judgement, j.rig, wrong, 1);
    assert_int_equal(j.judgement.verdict, RP_VERDICT_HARNESS);
    assert_non_null(strstr(j.judgement.note, "hangs"));
    swept_fini(&j.s);
}

static void a_rule_on_nothing_has_never_fired(void **state)
{
    (void)state;
    static const char *const idle[] = {"gather/one @2 : kill"};
    struct judged j;
    play(&j);
    rp_sweep_rig_try(&j.judgement, j.rig, idle, 1);
    assert_int_equal(j.judgement.verdict, RP_VERDICT_NOT_TRIGGERED);
    swept_fini(&j.s);
}

/* The second call is never made, because the first fault ends it all. */
static void a_fault_that_another_one_forestalls_is_not_idle(void **state)
{
    (void)state;
    static const char *const both[] = {
        "gather/one @1 : kill", "gather/one @1 : out.null"};
    struct judged j;
    play(&j);
    rp_sweep_rig_try(&j.judgement, j.rig, both, 2);
    assert_int_equal(j.judgement.verdict, RP_VERDICT_MASKED);
    swept_fini(&j.s);
}

static void every_verdict_and_gap_has_its_name(void **state)
{
    (void)state;
    for (int i = 0; i < RP_VERDICT_COUNT; i++) {
        enum rp_verdict back;
        assert_true(rp_verdict_parse(
            rp_str_of(rp_verdict_name((enum rp_verdict)i)), &back));
        assert_int_equal(back, i);
        assert_true(strlen(rp_verdict_headline((enum rp_verdict)i)) > 0);
    }
    for (int i = 0; i < RP_GAP_COUNT; i++) {
        enum rp_gap_kind back;
        const char *id = rp_gap_id((enum rp_gap_kind)i);
        assert_true(rp_gap_parse(rp_str_of(id), &back));
        assert_int_equal(back, i);
        assert_true(strlen(rp_gap_hint((enum rp_gap_kind)i)) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_past_all_limits_is_a_hang),
        cmocka_unit_test(success_with_less_than_was_asked_is_silent),
        cmocka_unit_test(what_is_left_behind_is_found),
        cmocka_unit_test(a_second_end_of_a_task_is_found),
        cmocka_unit_test(a_session_that_watching_changes_is_found),
        cmocka_unit_test(a_loss_that_is_not_said_is_found),
        cmocka_unit_test(a_budget_that_was_passed_is_found),
        cmocka_unit_test(a_rule_that_is_wrong_is_told),
        cmocka_unit_test(a_rule_on_nothing_has_never_fired),
        cmocka_unit_test(a_fault_that_another_one_forestalls_is_not_idle),
        cmocka_unit_test(every_verdict_and_gap_has_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
