/* Recorded sessions under every fault: which defence is missing is found, and
 * nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "swept.h"

#define SCHEMA "\"output\":{\"type\":\"object\",\"required\":[\"f\"]}"
#define LIMITS "\"timeout\":\"1s\",\"grace\":\"100ms\""
#define RETRY "\"retry\":{\"attempts\":2,\"backoff\":\"100ms..1s\"}"

/* Two workers and one that makes something of what they found. */
#define PLAN(more, defaults, labs, meds, parallel)                             \
    "{\"reprise\":1,\"name\":\"t\"" more ",\"defaults\":{" defaults "},"       \
    "\"agents\":{\"labs\":{\"exec\":[\"labs\"]" labs "},"                      \
    "\"meds\":{\"exec\":[\"meds\"]" meds "},"                                  \
    "\"old\":{\"exec\":[\"old\"]},"                                            \
    "\"w\":{\"exec\":[\"w\"]," SCHEMA "}},"                                    \
    "\"flow\":{\"sequence\":[{\"id\":\"gather\"," parallel                     \
    "\"parallel\":{\"labs\":{\"agent\":\"labs\"},"                             \
    "\"meds\":{\"agent\":\"meds\"}},\"aggregate\":{\"facts\":{"                \
    "\"at\":\"/f\",\"key\":\"/k\",\"value\":\"/v\"}}},"                        \
    "{\"id\":\"sum\",\"agent\":\"w\",\"role\":\"synthesis\","                  \
    "\"input\":{\"evidence\":{\"from\":\"gather\"}}}]}}"

#define ALL_SET                                                                \
    PLAN("", LIMITS "," RETRY, "," SCHEMA, "," SCHEMA, "\"need\":1,")

static const struct script_line lines[] = {
    {"gather/labs@*", 30, "{\"f\":[{\"k\":\"a\",\"v\":12}]}", 0, 0, 0, 0},
    {"gather/meds@*", 20, "{\"f\":[]}", 0, 0, 0, 0},
    {"sum@*", 10, "{\"f\":[\"two\"]}", 0, 0, 0, 0},
};

/* All there are, in the order of columns. */
static const char *const all[] = {
    "spawn", "hang", "kill", "exit", "slow", "output", "contract", "wrong"};

static void a_plan_with_every_defence_has_no_gap(void **state)
{
    (void)state;
    struct rp_sweep_options options = {
        .depth = 1, .classes = all, .class_count = RP_COUNT_OF(all)};
    struct swept s;
    sweep_it(&s, ALL_SET, lines, 3, &options);
    assert_gaps(&s, "");
    assert_verdict(&s, RP_VERDICT_MASKED, "gather/labs @1 : hang", NULL);
    assert_verdict(&s, RP_VERDICT_DECLARED, "gather/labs : hang", NULL);
    assert_verdict(&s, RP_VERDICT_CLEAN, "sum : kill", NULL);
    assert_verdict(
        &s, RP_VERDICT_MASKED, "gather/meds @1 : out.truncate(50%)", NULL);
    assert_int_equal(s.sweep.counts[RP_VERDICT_HARNESS], 0);
    assert_int_equal(s.sweep.counts[RP_VERDICT_NONDETERMINISTIC], 0);
    assert_int_equal(s.sweep.counts[RP_VERDICT_NOT_TRIGGERED], 0);
    assert_true(s.sweep.twice_count >= 20);
    swept_fini(&s);
}

/* One that is silent meets the one limit, one that gives signs of life the
 * other. */
static void every_limit_is_tried_just_below_and_just_above(void **state)
{
    (void)state;
    struct swept s;
    sweep_it(&s,
        PLAN("", LIMITS ",\"idle\":\"430ms\"," RETRY, "," SCHEMA, "," SCHEMA,
            "\"need\":1,"),
        lines, 3, NULL);
    assert_verdict(
        &s, RP_VERDICT_UNAFFECTED, "gather/labs @1 : slow.fixed(381ms)", NULL);
    assert_verdict(
        &s, RP_VERDICT_MASKED, "gather/labs @1 : slow.fixed(421ms)", NULL);
    assert_verdict(
        &s, RP_VERDICT_UNAFFECTED, "gather/labs @1 : slow.drip(922ms)", NULL);
    assert_verdict(
        &s, RP_VERDICT_MASKED, "gather/labs @1 : slow.drip(1.018s)", NULL);
    assert_int_equal(
        case_of(&s, "gather/labs @1 : slow.drip(922ms)", NULL)->near_ns,
        48 * RP_NS_PER_MS);
    assert_int_equal(case_of(&s, "gather/labs @1 : hang", NULL)->near_ns, 0);
    swept_fini(&s);
}

static const struct {
    const char *plan, *gaps, *path;
} lacking[] = {
    {PLAN("", RETRY, "," LIMITS "," SCHEMA, "," SCHEMA, "\"need\":1,"),
        "G-NO-TASK-TIMEOUT", "gather/meds"},
    {PLAN(",\"budget\":{\"wall\":\"20s\"}", RETRY, "," SCHEMA, "," SCHEMA,
         "\"need\":1,"),
        "G-NO-TASK-TIMEOUT", "gather/labs"},
    {PLAN("", LIMITS, "," SCHEMA, "," SCHEMA, "\"need\":1,"), "G-NO-RETRY",
        "gather/labs"},
    {PLAN("", LIMITS ",\"retry\":{\"attempts\":2,\"on\":[\"timeout\"]}",
         "," SCHEMA, "," SCHEMA, "\"need\":1,"),
        "G-NO-RETRY", "gather/labs"},
    {PLAN("", LIMITS "," RETRY, "," SCHEMA, "," SCHEMA, ""), "G-PARTIAL-LOSS",
        "gather"},
    {PLAN("", LIMITS "," RETRY, "," SCHEMA, ",\"stdout\":\"text\"",
         "\"need\":1,"),
        "G-NO-CONTRACT", "gather/meds"},
    {PLAN("", LIMITS ",\"retry\":{\"attempts\":40}", "," SCHEMA, "," SCHEMA,
         "\"need\":1,"),
        "G-RETRY-STORM", "gather/labs"},
    {PLAN("", LIMITS ",\"retry\":{\"attempts\":5,\"backoff\":\"1s\"}",
         "," SCHEMA, "," SCHEMA, "\"need\":1,"),
        "G-RETRY-NO-BACKOFF", "gather/labs"},
};

static void each_missing_defence_is_named_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(lacking); i++) {
        struct swept s;
        sweep_it(&s, lacking[i].plan, lines, 3, NULL);
        assert_gaps(&s, lacking[i].gaps);
        assert_string_equal(s.sweep.gaps[0].path, lacking[i].path);
        assert_int_equal(s.sweep.gaps[0].rule_count, 1);
        swept_fini(&s);
    }
}

static void a_text_that_was_cut_and_believed_is_silent(void **state)
{
    (void)state;
    struct rp_sweep_options options = {
        .depth = 1, .classes = all, .class_count = RP_COUNT_OF(all)};
    struct swept s;
    sweep_it(&s,
        PLAN("", LIMITS "," RETRY, "," SCHEMA, ",\"stdout\":\"text\"",
            "\"need\":1,"),
        lines, 3, &options);
    assert_verdict(
        &s, RP_VERDICT_SILENT, "gather/meds @1 : out.truncate(50%)", NULL);
    swept_fini(&s);
}

static void the_attempt_that_a_fault_reveals_is_attacked_next(void **state)
{
    (void)state;
    struct swept s;
    sweep_it(&s, ALL_SET, lines, 3, NULL);
    assert_verdict(&s, RP_VERDICT_DECLARED, "gather/labs @1 : kill",
        "gather/labs @2 : hang");
    swept_fini(&s);
}

static void a_stand_in_that_was_never_recorded_needs_a_live_worker(void **state)
{
    (void)state;
    struct swept s;
    sweep_it(&s,
        PLAN("", LIMITS "," RETRY,
            "," SCHEMA ",\"fallback\":{\"agent\":"
            "\"old\"}",
            "," SCHEMA, "\"need\":1,"),
        lines, 3, NULL);
    assert_verdict(&s, RP_VERDICT_NEEDS_LIVE, "gather/labs : kill", NULL);
    const struct rp_sweep_case *c = case_of(&s, "gather/labs : kill", NULL);
    assert_non_null(strstr(c->judgement.note, "gather/labs/$fallback"));
    swept_fini(&s);
}

static void a_stand_in_value_is_a_defence_against_what_passes(void **state)
{
    (void)state;
    struct swept s;
    sweep_it(&s,
        PLAN("", LIMITS, "," SCHEMA ",\"fallback\":{\"value\":{\"f\":[]}}",
            "," SCHEMA "," RETRY, "\"need\":1,"),
        lines, 3, NULL);
    for (uint32_t i = 0; i < s.sweep.gap_count; i++) {
        assert_string_not_equal(s.sweep.gaps[i].path, "gather/labs");
    }
    swept_fini(&s);
}

static void a_fault_that_finds_no_place_is_not_run_and_says_why(void **state)
{
    (void)state;
    struct rp_sweep_options options = {
        .depth = 1, .classes = all, .class_count = RP_COUNT_OF(all)};
    struct swept s;
    sweep_it(&s, ALL_SET, lines, 3, &options);
    const struct rp_sweep_case *c =
        case_of(&s, "gather/meds @1 : out.truncate(in_number)", NULL);
    assert_int_equal(c->judgement.verdict, RP_VERDICT_PRUNED);
    assert_string_equal(
        c->judgement.note, "the recorded output has no such place");
    swept_fini(&s);
}

static void two_sweeps_of_a_session_are_the_same(void **state)
{
    (void)state;
    struct swept a;
    struct swept b;
    sweep_it(&a, ALL_SET, lines, 3, NULL);
    sweep_it(&b, ALL_SET, lines, 3, NULL);
    assert_int_equal(a.sweep.case_count, b.sweep.case_count);
    for (uint32_t i = 0; i < a.sweep.case_count; i++) {
        assert_string_equal(
            a.sweep.cases[i]->rules[0], b.sweep.cases[i]->rules[0]);
        assert_int_equal(a.sweep.cases[i]->judgement.verdict,
            b.sweep.cases[i]->judgement.verdict);
        assert_true(a.sweep.cases[i]->signature == b.sweep.cases[i]->signature);
        assert_int_equal(
            a.sweep.cases[i]->ended.ns, b.sweep.cases[i]->ended.ns);
    }
    swept_fini(&a);
    swept_fini(&b);
}

static void only_the_classes_that_are_asked_for_are_tried(void **state)
{
    (void)state;
    static const char *const classes[] = {"kill"};
    struct rp_sweep_options options = {.classes = classes, .class_count = 1};
    struct swept s;
    sweep_it(&s, ALL_SET, lines, 3, &options);
    assert_int_equal(s.sweep.class_count, 1);
    for (uint32_t i = 0; i < s.sweep.case_count; i++) {
        assert_non_null(strstr(s.sweep.cases[i]->rules[0], ": kill"));
    }
    swept_fini(&s);
}

static void the_catalogue_s_names_of_classes_count_too(void **state)
{
    (void)state;
    static const char *const classes[] = {"sem", "kill", "out"};
    struct rp_sweep_options options = {.classes = classes, .class_count = 3};
    struct swept s;
    sweep_it(&s, ALL_SET, lines, 3, &options);
    assert_int_equal(s.sweep.class_count, 4);
    assert_string_equal(s.sweep.classes[0], "kill");
    assert_string_equal(s.sweep.classes[1], "output");
    assert_string_equal(s.sweep.classes[3], "wrong");
    swept_fini(&s);
}

static void a_limit_that_is_written_down_is_chosen_whatever_it_is(void **state)
{
    (void)state;
    static const char plan[] = PLAN("", "\"timeout\":\"60s\"," RETRY,
        "," SCHEMA, "," SCHEMA, "\"need\":1,");
    struct rp_sweep_options options = {
        .subject = {.plan_text = rp_str_of(plan)}};
    struct swept s;
    sweep_it(&s, plan, lines, 3, NULL);
    assert_gaps(&s, "G-NO-TASK-TIMEOUT"); /* a frozen plan cannot tell */
    swept_fini(&s);
    sweep_it(&s, plan, lines, 3, &options);
    assert_gaps(&s, "");
    swept_fini(&s);
}

static void a_class_that_is_unknown_is_named_with_what_is_near(void **state)
{
    (void)state;
    static const char *const classes[] = {"kil"};
    struct rp_err err = RP_ERR_INIT;
    struct swept s = {.recording = NULL};
    stage_play(&s.stage, ALL_SET, "{}", lines, 3);
    assert_int_equal(rp_recording_of_memory(&s.recording, s.stage.store,
                         &s.stage.head, NULL, &err),
        RP_OK);
    struct rp_sweep_options options = {.subject = {.recording = s.recording},
        .classes = classes,
        .class_count = 1};
    assert_int_equal(rp_sweep_run(&s.sweep, &options, &err), RP_E_INVALID);
    assert_string_equal(
        err.text, "there is no class of faults 'kil'; did you mean 'kill'?");
    swept_fini(&s);
}

static void pairs_strike_two_tasks_one_fault_of_each_kind(void **state)
{
    (void)state;
    static const char *const classes[] = {"hang", "kill", "output"};
    struct rp_sweep_options options = {
        .depth = 2, .classes = classes, .class_count = 3};
    struct swept s;
    sweep_it(&s, ALL_SET, lines, 3, &options);
    assert_verdict(
        &s, RP_VERDICT_CLEAN, "gather/labs : kill", "gather/meds : hang");
    assert_verdict(&s, RP_VERDICT_MASKED, "gather/labs @1 : kill",
        "gather/meds @1 : hang");
    assert_true(s.sweep.pairs_from < s.sweep.case_count);
    for (uint32_t i = s.sweep.pairs_from; i < s.sweep.case_count; i++) {
        const struct rp_sweep_case *c = s.sweep.cases[i];
        assert_int_equal(c->rule_count, 2);
        assert_int_not_equal(c->strikes[0].row, c->strikes[1].row);
    }
    /* Broken outputs are one kind, whatever broke them. */
    assert_true(s.sweep.pruned.equal > 0);
    const struct rp_sweep_case *half =
        case_of(&s, "sum : out.truncate(50%)", NULL);
    const struct rp_sweep_case *cut =
        case_of(&s, "sum : out.truncate(in_string)", NULL);
    assert_non_null(cut->equal_to);
    assert_ptr_equal(
        cut->equal_to, half->equal_to == NULL ? half : half->equal_to);
    swept_fini(&s);
}

static void a_sweep_stops_at_its_limit_and_says_so(void **state)
{
    (void)state;
    struct rp_sweep_options options = {.depth = 2, .cases_max = 30};
    struct swept s;
    sweep_it(&s, ALL_SET, lines, 3, &options);
    assert_true(s.sweep.stopped);
    assert_int_equal(s.sweep.case_count, 30);
    swept_fini(&s);
}

static void a_session_that_failed_by_itself_is_refused(void **state)
{
    (void)state;
    struct rp_err err = RP_ERR_INIT;
    struct rp_sweep sweep;
    struct swept s = {.recording = NULL};
    stage_play(&s.stage, ALL_SET, "{\"p\":1}", lines, 2); /* without "sum" */
    assert_int_equal(rp_recording_of_memory(&s.recording, s.stage.store,
                         &s.stage.head, NULL, NULL),
        RP_OK);
    struct rp_sweep_options options = {
        .subject = {.recording = s.recording}, .depth = 1};
    assert_int_equal(rp_sweep_run(&sweep, &options, &err), RP_E_INVALID);
    assert_non_null(strstr(err.text, "fails without any fault"));
    rp_sweep_fini(&sweep);
    rp_recording_free(&s.recording);
    stage_fini(&s.stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_with_every_defence_has_no_gap),
        cmocka_unit_test(every_limit_is_tried_just_below_and_just_above),
        cmocka_unit_test(each_missing_defence_is_named_and_nothing_else),
        cmocka_unit_test(a_text_that_was_cut_and_believed_is_silent),
        cmocka_unit_test(the_attempt_that_a_fault_reveals_is_attacked_next),
        cmocka_unit_test(
            a_stand_in_that_was_never_recorded_needs_a_live_worker),
        cmocka_unit_test(a_stand_in_value_is_a_defence_against_what_passes),
        cmocka_unit_test(a_fault_that_finds_no_place_is_not_run_and_says_why),
        cmocka_unit_test(two_sweeps_of_a_session_are_the_same),
        cmocka_unit_test(only_the_classes_that_are_asked_for_are_tried),
        cmocka_unit_test(the_catalogue_s_names_of_classes_count_too),
        cmocka_unit_test(a_limit_that_is_written_down_is_chosen_whatever_it_is),
        cmocka_unit_test(pairs_strike_two_tasks_one_fault_of_each_kind),
        cmocka_unit_test(a_session_that_failed_by_itself_is_refused),
        cmocka_unit_test(a_sweep_stops_at_its_limit_and_says_so),
        cmocka_unit_test(a_class_that_is_unknown_is_named_with_what_is_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
