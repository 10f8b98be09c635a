/* The orchestrator dies behind every record of a session, and another one goes
 * on: what must hold then, and that it is noticed when it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "swept.h"

#define PLAN(effects, retry)                                                   \
    "{\"reprise\":1,\"name\":\"r\",\"concurrency\":2,\"agents\":{"             \
    "\"a\":{\"exec\":[\"a\"],\"effects\":\"" effects "\",\"retry\":" retry     \
    "},\"s\":{\"exec\":[\"s\"],\"effects\":\"none\"}},"                        \
    "\"flow\":{\"sequence\":[{\"id\":\"all\",\"need\":\"any\",\"parallel\":{"  \
    "\"x\":{\"agent\":\"a\"},\"y\":{\"agent\":\"a\"},"                         \
    "\"z\":{\"agent\":\"a\"}},\"aggregate\":{}},"                              \
    "{\"id\":\"sum\",\"agent\":\"s\",\"role\":\"synthesis\","                  \
    "\"input\":{\"from\":\"all\"}}]}}"
#define TWICE "{\"attempts\":2,\"on\":[\"exit\"],\"backoff\":\"100ms..100ms\"}"
#define LOST                                                                   \
    "{\"attempts\":3,\"on\":[\"exit\",\"lost\"],\"backoff\":\"1ms..1ms\"}"

static const struct script_line lines[] = {
    {"all/x@1", 30, NULL, 3, 0, 0, 0},
    {"all/x@*", 20, "1", 0, 0, 0, 0},
    {"all/y@*", 50, "2", 0, 0, 0, 0},
    {"all/z@*", 10, "3", 0, 0, 0, 0},
    {"sum@*", 10, "{\"sum\":6}", 0, 0, 0, 0},
};

static void crash(struct swept *s, const char *plan)
{
    static const char *const classes[] = {"crash"};
    struct rp_sweep_options options = {
        .depth = 1, .classes = classes, .class_count = 1};
    sweep_it(s, plan, lines, RP_COUNT_OF(lines), &options);
}

static uint32_t count_of(const struct swept *s, enum rp_verdict verdict)
{
    return s->sweep.counts[verdict];
}

static void every_record_is_a_point_to_die_at_and_to_die_again(void **state)
{
    struct swept s;
    (void)state;
    crash(&s, PLAN("none", TWICE));
    uint32_t points = s.sweep.rig.baseline.record_count - 1;
    assert_true(points > 5);
    assert_int_equal(s.sweep.case_count, 3 * points);
    for (uint32_t i = 1; i <= points; i++) {
        char first[64], second[64];
        (void)snprintf(first, sizeof(first), "orchestrator [%u] : crash", i);
        (void)snprintf(
            second, sizeof(second), "orchestrator [%u] : crash", i + 1);
        assert_true(
            case_of(&s, first, NULL)->judgement.verdict <= RP_VERDICT_MASKED);
        assert_true(
            case_of(&s, first, second)->judgement.verdict <= RP_VERDICT_MASKED);
    }
    assert_gaps(&s, "");
    swept_fini(&s);
}

static void work_that_may_be_done_twice_gives_the_undisturbed_result(
    void **state)
{
    static const char *const plans[] = {
        PLAN("none", TWICE), PLAN("idempotent", TWICE)};
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(plans); i++) {
        struct swept s;
        crash(&s, plans[i]);
        assert_gaps(&s, "");
        assert_int_equal(count_of(&s, RP_VERDICT_UNAFFECTED) +
                             count_of(&s, RP_VERDICT_MASKED),
            s.sweep.case_count);
        assert_true(count_of(&s, RP_VERDICT_MASKED) > 0);
        swept_fini(&s);
    }
}

static void an_external_effect_is_had_at_most_once_and_its_loss_said(
    void **state)
{
    struct swept s;
    (void)state;
    crash(&s, PLAN("external", TWICE));
    assert_gaps(&s, "");
    assert_true(count_of(&s, RP_VERDICT_DECLARED) > 0);
    assert_int_equal(count_of(&s, RP_VERDICT_SILENT), 0);
    assert_verdict(&s, RP_VERDICT_DECLARED, "orchestrator [1] : crash", NULL);
    swept_fini(&s);
}

static void a_plan_that_tries_lost_effects_again_can_have_them_twice(
    void **state)
{
    struct swept s;
    (void)state;
    crash(&s, PLAN("external", LOST));
    assert_gaps(&s, "G-DUP-EFFECT");
    assert_string_equal(s.sweep.gaps[0].path, "all/x");
    assert_string_equal(s.sweep.gaps[0].rules[0], "orchestrator [1] : crash");
    swept_fini(&s);
}

/* ---- what no engine does is noticed all the same ---- */

static void judge(struct rp_sweep_judgement *out, struct rp_sweep_rig *rig)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_sweep_played played = {rig->rules, &rig->trace, RP_OK, &err};
    rp_sweep_judge(out, rig->arena, &rig->measure, &played);
}

static void assert_found(
    const struct rp_sweep_judgement *j, enum rp_gap_kind gap)
{
    for (uint32_t i = 0; i < j->finding_count; i++) {
        if (j->findings[i].gap == gap) {
            return;
        }
    }
    fail_msg("%s was not found", rp_gap_id(gap));
}

static void a_resume_that_goes_wrong_is_found(void **state)
{
    static const char *const rules[] = {"orchestrator [4] : crash"};
    struct swept s;
    struct rp_sweep_judgement j;
    (void)state;
    crash(&s, PLAN("none", TWICE));
    struct rp_sweep_rig *rig = &s.sweep.rig;

    rp_sweep_rig_try(&j, rig, rules, 1);
    assert_int_equal(j.finding_count, 0);
    rig->trace.output.bytes[0] ^= 1;
    judge(&j, rig);
    assert_found(&j, RP_GAP_RESUME_DIVERGE);

    rp_sweep_rig_try(&j, rig, rules, 1);
    rig->trace.outcome = RP_OUTCOME_FAILED;
    judge(&j, rig);
    assert_found(&j, RP_GAP_RESUME_DIVERGE);

    rp_sweep_rig_try(&j, rig, rules, 1);
    rig->trace.tasks[0].attempts[0].reason = RP_REASON_OK;
    judge(&j, rig);
    assert_found(&j, RP_GAP_RESUME_LOSS);
    swept_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_is_a_point_to_die_at_and_to_die_again),
        cmocka_unit_test(
            work_that_may_be_done_twice_gives_the_undisturbed_result),
        cmocka_unit_test(
            an_external_effect_is_had_at_most_once_and_its_loss_said),
        cmocka_unit_test(
            a_plan_that_tries_lost_effects_again_can_have_them_twice),
        cmocka_unit_test(a_resume_that_goes_wrong_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
