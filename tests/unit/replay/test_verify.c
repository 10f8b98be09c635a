/* Recorded sessions decided again: as they were, and altered and sealed again
 * by somebody who knows how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/mem.h>
#include <reprise/verify.h>

#include "altered.h"
#include "verified.h"

#define PLAN(labs, rest, text)                                                 \
    "{\"reprise\":1,\"name\":\"t\",\"agents\":{"                               \
    "\"labs\":{\"exec\":[\"labs\"]," labs "},"                                 \
    "\"meds\":{\"exec\":[\"meds\"]},"                                          \
    "\"w\":{\"exec\":[\"w\"]}" rest "},"                                       \
    "\"flow\":{\"sequence\":[{\"id\":\"gather\",\"need\":1,"                   \
    "\"parallel\":{\"labs\":{\"agent\":\"labs\"},"                             \
    "\"meds\":{\"agent\":\"meds\"}},\"aggregate\":{\"facts\":{"                \
    "\"at\":\"/f\",\"key\":\"/k\",\"value\":\"/v\"}}},"                        \
    "{\"id\":\"sum\",\"agent\":\"w\",\"role\":\"synthesis\","                  \
    "\"input\":{\"evidence\":{\"from\":\"gather\"},\"ask\":\"" text "\"}}]}}"

#define TRIES(count)                                                           \
    "\"timeout\":\"1s\",\"grace\":\"50ms\",\"retry\":{\"attempts\":" count     \
    ",\"backoff\":\"200ms\"}"

static const char one_try[] = PLAN("\"timeout\":\"1s\"", "", "sum up");
static const char three_tries[] = PLAN(TRIES("3"), "", "sum up");

static const struct script_line good[] = {
    {"gather/labs@1", 30, "{\"f\":[{\"k\":\"a\",\"v\":1}]}", 0, 0, 0, 0},
    {"gather/meds@1", 20, "{\"f\":[{\"k\":\"a\",\"v\":1}]}", 0, 0, 0, 0},
    {"sum@1", 10, "{\"text\":\"done\"}", 0, 0, 0, 0},
};
static const struct script_line failing[] = {
    {"gather/labs@1", 30, "{", 0, 0, 0, 0},
    {"gather/labs@2", -1, NULL, 0, 0, 7, 0},
    {"gather/labs@3", 30, "{\"f\":[]}", 0, 0, 0, 0},
    {"gather/meds@1", 20, "{\"f\":[]}", 0, 0, 0, 0},
    {"sum@1", 10, "{\"text\":\"done\"}", 0, 0, 0, 0},
};

static void play(struct stage *stage, const char *plan,
    const struct script_line *lines, uint32_t count)
{
    stage->control = NULL;
    stage_play(stage, plan, "{\"p\":1}", lines, count);
}

static bool has_difference(const struct rp_divergence *d, const char *line)
{
    for (uint32_t i = 0; i < d->difference_count; i++) {
        if (strcmp(d->differences[i], line) == 0) {
            return true;
        }
    }
    for (uint32_t i = 0; i < d->difference_count; i++) {
        print_error("%s\n", d->differences[i]);
    }
    return false;
}

/* Verifies the altered journal and expects this divergence. */
static const struct rp_divergence *diverged(struct altered *a,
    const struct rp_plan *plan, enum rp_divergence_class kind, uint64_t seq,
    const char *path)
{
    altered_verify(a, plan);
    const struct rp_divergence *d = &a->verification.first;
    assert_string_equal(rp_divergence_name(d->kind), rp_divergence_name(kind));
    assert_int_equal(d->seq, seq);
    assert_string_equal(d->path, path);
    assert_int_equal(a->verification.records, seq - 1);
    assert_true(d->what[0] != '\0');
    return d;
}

/* ---- what was not altered ---- */

struct interruption {
    struct rp_operator base;
    uint32_t asked;
};

static bool interrupt(struct rp_operator *op, enum rp_operator_command *command,
    enum rp_reason *cause)
{
    struct interruption *self = RP_CONTAINER_OF(op, struct interruption, base);
    *command = RP_OPERATOR_CANCEL;
    *cause = RP_REASON_CANCELLED_SIGINT;
    return ++self->asked == 2;
}

static void every_kind_of_session_verifies(void **state)
{
    (void)state;
    static const struct {
        const char *plan;
        struct script_line line;
        const char *proof; /* in some record */
    } cases[] = {
        {PLAN("\"timeout\":\"1s\"", "", "x"),
            {"gather/labs@1", 5, "{\"f\":[]}", 0, 0, 0, 0}, "\"ok\""},
        {PLAN("\"timeout\":\"1s\"", "", "x"),
            {"gather/labs@1", -1, NULL, 0, 0, 50, 0}, "\"timed_out\""},
        {PLAN(TRIES("3"), "", "x"), {"gather/labs@*", 5, "{", 0, 0, 0, 0},
            "\"retry\""},
        {PLAN(TRIES("2"), "", "x"), {"gather/labs@*", -1, NULL, 0, 0, -1, 0},
            "\"mode\":\"kill\""},
        {PLAN("\"fallback\":{\"agent\":\"old\"}",
             ",\"old\":{\"exec\":[\"old\"]}", "x"),
            {"gather/labs@1", 5, "no", 0, 0, 0, 0}, "\"fallback_agent\""},
        {PLAN("\"fallback\":{\"value\":{\"f\":[]}}", "", "x"),
            {"gather/labs@1", 5, "no", 0, 0, 0, 0}, "\"fallback_value\""},
        {PLAN("\"timeout\":\"1s\"", "", "x"),
            {"gather/*@1", 5, "no", 0, 0, 0, 0}, "\"outcome\":\"failed\""},
        {PLAN("\"timeout\":\"1s\"", "", "x"), {"*@1", 5, NULL, 0, 0, 0, true},
            "\"spawn_failed\""},
    };
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct stage stage;
        play(&stage, cases[i].plan, &cases[i].line, 1);
        assert_true(stage_has(&stage, cases[i].proof, NULL));
        verified_check(&stage);
        stage_fini(&stage);
    }
}

static void a_session_with_a_conflict_verifies(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", 5, "{\"f\":[{\"k\":\"a\",\"v\":1}]}", 0, 0, 0, 0},
        {"gather/meds@1", 5, "{\"f\":[{\"k\":\"a\",\"v\":2}]}", 0, 0, 0, 0},
    };
    struct stage stage;
    play(&stage, one_try, lines, 2);
    assert_true(stage_has(&stage, "\"conflict\"", NULL));
    verified_check(&stage);
    stage_fini(&stage);
}

static void a_cancelled_session_verifies(void **state)
{
    (void)state;
    static const struct rp_operator_ops ops = {
        .name = "interrupt", .next = interrupt};
    struct interruption interruption = {.base = {&ops}};
    struct stage stage = {.control = &interruption.base};
    stage_play(&stage, one_try, "{\"p\":1}", good, 3);
    assert_int_equal(stage.result.outcome, RP_OUTCOME_CANCELLED);
    verified_check(&stage);
    stage_fini(&stage);
}

static void what_was_recorded_before_a_crash_verifies(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    play(&stage, three_tries, failing, 5);
    for (size_t kept = 0; kept < 5; kept++) {
        altered_begin(&a, &stage);
        for (size_t seq = kept + 1; seq <= a.count; seq++) {
            altered_drop(&a, seq);
        }
        altered_verify(&a, NULL);
        assert_int_equal(a.verification.first.kind, RP_DIVERGENCE_NONE);
        assert_int_equal(a.verification.records, kept);
        assert_false(a.verification.ended);
        altered_fini(&a);
    }
    stage_fini(&stage);
}

static void a_duration_that_changes_no_decision_verifies(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    play(&stage, one_try, good, 3);
    altered_begin(&a, &stage);
    altered_replace_all(
        &a, "\"duration\":\"30000000\"", "\"duration\":\"31000000\"");
    altered_verify(&a, NULL);
    assert_int_equal(a.verification.first.kind, RP_DIVERGENCE_NONE);
    assert_true(a.verification.ended);
    altered_fini(&a);
    stage_fini(&stage);
}

static void a_record_in_another_spelling_verifies(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    play(&stage, one_try, good, 3);
    altered_begin(&a, &stage);
    altered_replace_all(&a, "\"decisions\":[", "  \"decisions\" : [ ");
    altered_verify(&a, NULL);
    assert_int_equal(a.verification.first.kind, RP_DIVERGENCE_NONE);
    assert_int_equal(a.verification.records, a.count);
    altered_fini(&a);
    stage_fini(&stage);
}

/* ---- what was ---- */

static void an_altered_output_is_another_decision(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    char old[RP_DIGEST_HEX_LEN + 1];
    char new[RP_DIGEST_HEX_LEN + 1];
    play(&stage, one_try, good, 3);
    altered_begin(&a, &stage);
    altered_put(&a, "{\"text\":\"done\"}", old);
    altered_put(&a, "{\"text\":\"not done\"}", new);
    uint64_t seq = altered_find(&a, "sum@1/call:1\",\"end\"", NULL);
    char from[128];
    char to[128];
    (void)snprintf(from, sizeof(from), "\"digest\":\"%s", old);
    (void)snprintf(to, sizeof(to), "\"digest\":\"%s", new);
    altered_replace(&a, seq, from, to);
    const struct rp_divergence *d =
        diverged(&a, NULL, RP_DIVERGENCE_DECISION, seq, "sum@1");
    assert_string_equal(d->lane, "sum");
    assert_true(
        has_difference(d, "/attrs/output/text: \"done\" -> \"not done\""));
    assert_non_null(strstr(d->recorded.ptr, old));
    assert_non_null(strstr(d->now.ptr, new));
    altered_fini(&a);
    stage_fini(&stage);
}

static void an_output_altered_everywhere_shows_in_the_aggregate(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    char old[RP_DIGEST_HEX_LEN + 1];
    char new[RP_DIGEST_HEX_LEN + 1];
    static const struct script_line lines[] = {
        {"gather/labs@1", 30, "{\"f\":[{\"k\":\"a\",\"v\":1}]}", 0, 0, 0, 0},
        {"gather/meds@1", 20, "{\"f\":[]}", 0, 0, 0, 0},
    };
    play(&stage, one_try, lines, 2);
    altered_begin(&a, &stage);
    altered_put(&a, "{\"f\":[{\"k\":\"a\",\"v\":1}]}", old);
    altered_put(&a, "{\"f\":[{\"k\":\"a\",\"v\":7}]}", new);
    altered_replace_all(&a, old, new);
    uint64_t seq = altered_find(&a, "\"aggregated\"", NULL);
    const struct rp_divergence *d =
        diverged(&a, NULL, RP_DIVERGENCE_DECISION, seq, "gather/$aggregate");
    assert_true(d->difference_count > 0);
    assert_non_null(strstr(d->differences[0], ": 1 -> 7"));
    altered_fini(&a);
    stage_fini(&stage);
}

static void a_completion_past_its_timeout_is_a_matter_of_timing(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    play(&stage, one_try, good, 3);
    altered_begin(&a, &stage);
    uint64_t seq = altered_find(&a, "call_completed", "gather/labs@1", NULL);
    altered_replace(&a, seq, "\"at\":\"30000000\"", "\"at\":\"1500000000\"");
    const struct rp_divergence *d =
        diverged(&a, NULL, RP_DIVERGENCE_TIMING, seq, "gather/labs@1");
    assert_string_equal(d->lane, "gather/labs");
    assert_non_null(strstr(d->what, "1.5s"));
    assert_non_null(strstr(d->what, "at 1s"));
    altered_fini(&a);
    stage_fini(&stage);
}

static void a_timer_at_another_time_is_a_matter_of_timing(void **state)
{
    (void)state;
    static const struct {
        const char *plan, *words;
    } cases[] = {
        {PLAN("\"timeout\":\"3s\"", "", "sum up"), "now it is due at 3s"},
        {PLAN("\"timeout\":\"500ms\"", "", "sum up"), "now it is due at 500ms"},
    };
    static const struct script_line hangs = {
        "gather/labs@1", -1, NULL, 0, 0, 7, 0};
    struct stage stage;
    play(&stage, one_try, &hangs, 1);
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct altered a;
        struct rp_plan *plan = stage_plan(cases[i].plan);
        altered_begin(&a, &stage);
        uint64_t seq =
            altered_find(&a, "timer_fired", "timeout gather/labs@1", NULL);
        const struct rp_divergence *d =
            diverged(&a, plan, RP_DIVERGENCE_TIMING, seq, "gather/labs@1");
        assert_non_null(strstr(d->what, "fired at 1s"));
        assert_non_null(strstr(d->what, cases[i].words));
        altered_fini(&a);
        rp_plan_free(&plan);
    }
    stage_fini(&stage);
}

static void a_timer_that_is_not_set_is_a_matter_of_timing(void **state)
{
    (void)state;
    static const struct script_line hangs = {
        "gather/labs@1", -1, NULL, 0, 0, 7, 0};
    struct stage stage;
    struct altered a;
    play(&stage, one_try, &hangs, 1);
    altered_begin(&a, &stage);
    uint64_t seq =
        altered_find(&a, "timer_fired", "timeout gather/labs@1", NULL);
    altered_replace(&a, seq, "timeout gather/labs@1", "timeout gather/labs@2");
    altered_replace(&a, seq, "\"at\":\"1000000000\"", "\"at\":\"900000000\"");
    const struct rp_divergence *d =
        diverged(&a, NULL, RP_DIVERGENCE_TIMING, seq, "gather/labs@2");
    assert_non_null(strstr(d->what, "the next timer is"));
    assert_string_equal(d->nearest, "timer 'timeout gather/labs@1' at 1s");
    altered_fini(&a);
    stage_fini(&stage);
}

static void time_that_runs_backwards_is_a_matter_of_timing(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    play(&stage, one_try, good, 3);
    altered_begin(&a, &stage);
    uint64_t seq = altered_find(&a, "sum@1/call:1\",\"end\"", NULL);
    altered_replace(&a, seq, "\"at\":\"40000000\"", "\"at\":\"4\"");
    const struct rp_divergence *d =
        diverged(&a, NULL, RP_DIVERGENCE_TIMING, seq, "sum@1/call:1");
    assert_string_equal(d->lane, "sum");
    altered_fini(&a);
    stage_fini(&stage);
}

static void fewer_attempts_are_another_decision(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    struct rp_plan *plan = stage_plan(PLAN(TRIES("1"), "", "sum up"));
    play(&stage, three_tries, failing, 5);
    altered_begin(&a, &stage);
    uint64_t seq = altered_find(&a, "\"retry\"", NULL);
    const struct rp_divergence *d =
        diverged(&a, plan, RP_DIVERGENCE_DECISION, seq, "gather/labs");
    assert_non_null(strstr(d->what, "gather/labs was retried"));
    assert_non_null(strstr(d->what, "now gather/labs ended as failed"));
    altered_fini(&a);
    rp_plan_free(&plan);
    stage_fini(&stage);
}

static void other_limits_that_decide_nothing_verify(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    struct rp_plan *plan = stage_plan(
        PLAN("\"timeout\":\"9s\",\"stdin\":\"input\"", "", "sum up"));
    play(&stage, one_try, good, 3);
    altered_begin(&a, &stage);
    altered_verify(&a, plan);
    assert_int_equal(a.verification.first.kind, RP_DIVERGENCE_NONE);
    assert_int_equal(a.verification.records, a.count);
    altered_fini(&a);
    rp_plan_free(&plan);
    stage_fini(&stage);
}

static void another_input_of_a_task_is_told_by_its_members(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    struct rp_plan *plan =
        stage_plan(PLAN("\"timeout\":\"1s\"", "", "sum it up"));
    play(&stage, one_try, good, 3);
    altered_begin(&a, &stage);
    uint64_t seq = altered_find(&a, "task_began", "\"sum\"", NULL);
    const struct rp_divergence *d =
        diverged(&a, plan, RP_DIVERGENCE_INPUT_CHANGED, seq, "sum");
    assert_int_equal(d->difference_count, 1);
    assert_string_equal(d->differences[0], "/ask: \"sum up\" -> \"sum it up\"");
    altered_fini(&a);
    rp_plan_free(&plan);
    stage_fini(&stage);
}

static void a_call_with_other_content_is_a_changed_input(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    play(&stage, one_try, good, 3);
    altered_begin(&a, &stage);
    uint64_t seq = altered_find(&a, "start_call", "sum@1", NULL);
    altered_replace(&a, seq, "\"content\":\"", "\"content\":\"0000");
    char *at = strstr(a.bodies[seq - 1], "\"content\":\"0000") + 15;
    memmove(at + 60, at + 64, strlen(at + 64) + 1);
    const struct rp_divergence *d =
        diverged(&a, NULL, RP_DIVERGENCE_INPUT_CHANGED, seq, "sum@1/call:1");
    assert_non_null(strstr(d->what, "another spec"));
    altered_fini(&a);
    stage_fini(&stage);
}

static void the_same_decisions_in_another_order_are_told_so(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    play(&stage, one_try, good, 3);
    altered_begin(&a, &stage);
    altered_move(&a, 1, "decisions", 2, 3);
    (void)diverged(&a, NULL, RP_DIVERGENCE_ORDER, 1, "gather/meds");
    altered_fini(&a);
    stage_fini(&stage);
}

static void what_was_left_out_or_added_is_extra_or_missing(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        bool added;
    } cases[] = {{"decisions", false}, {"decisions", true}, {"actions", false},
        {"actions", true}};
    struct stage stage;
    play(&stage, one_try, good, 3);
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct altered a;
        altered_begin(&a, &stage);
        uint64_t seq = altered_find(&a, "start_call", "sum@1", NULL);
        if (cases[i].added) {
            altered_repeat(&a, seq, cases[i].list, 0);
        } else {
            altered_leave_out(&a, seq, cases[i].list, 0);
        }
        altered_verify(&a, NULL);
        const struct rp_divergence *d = &a.verification.first;
        assert_int_equal(d->kind,
            cases[i].added ? RP_DIVERGENCE_MISSING : RP_DIVERGENCE_EXTRA);
        assert_int_equal(d->seq, seq);
        assert_int_equal(d->recorded.len == 0, !cases[i].added);
        assert_int_equal(d->now.len == 0, cases[i].added);
        altered_fini(&a);
    }
    stage_fini(&stage);
}

static void an_action_of_another_kind_is_another_action(void **state)
{
    (void)state;
    static const struct script_line hangs = {
        "gather/labs@1", -1, NULL, 0, 0, 7, 0};
    struct stage stage;
    struct altered a;
    play(&stage, one_try, &hangs, 1);
    altered_begin(&a, &stage);
    uint64_t seq = altered_find(&a, "cancel_call", "\"term\"", NULL);
    altered_replace(&a, seq, "\"mode\":\"term\"", "\"mode\":\"kill\"");
    const struct rp_divergence *d =
        diverged(&a, NULL, RP_DIVERGENCE_ACTION, seq, "gather/labs@1/call:1");
    assert_true(has_difference(d, "/mode: \"kill\" -> \"term\""));
    altered_fini(&a);
    stage_fini(&stage);
}

static void an_event_of_a_call_that_nobody_started_is_missing(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    play(&stage, one_try, good, 3);
    altered_begin(&a, &stage);
    uint64_t seq = altered_find(&a, "sum@1/call:1\",\"end\"", NULL);
    altered_replace(&a, seq, "\"call\":3,\"path\":\"sum@1/call:1\"",
        "\"call\":9,\"path\":\"sum@9/call:1\"");
    const struct rp_divergence *d =
        diverged(&a, NULL, RP_DIVERGENCE_MISSING, seq, "sum@9/call:1");
    assert_non_null(strstr(d->what, "was started"));
    altered_fini(&a);
    stage_fini(&stage);
}

static void a_record_after_the_end_is_missing_now(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    play(&stage, one_try, good, 3);
    altered_begin(&a, &stage);
    altered_leave_out(&a, a.count, "actions", 0);
    (void)diverged(&a, NULL, RP_DIVERGENCE_EXTRA, a.count, "");
    assert_false(a.verification.ended);
    altered_fini(&a);
    stage_fini(&stage);
}

static void a_payload_that_is_gone_is_damage(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    char old[RP_DIGEST_HEX_LEN + 1];
    play(&stage, one_try, good, 3);
    altered_begin(&a, &stage);
    altered_put(&a, "{\"text\":\"done\"}", old);
    uint64_t seq = altered_find(&a, "sum@1/call:1\",\"end\"", NULL);
    altered_replace_all(&a, old,
        "00000000000000000000000000000000"
        "0000000000000000000000000000000f");
    (void)diverged(&a, NULL, RP_DIVERGENCE_DAMAGED, seq, "");
    altered_fini(&a);
    stage_fini(&stage);
}

static void another_input_than_the_heads_is_told(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    char old[RP_DIGEST_HEX_LEN + 1];
    char new[RP_DIGEST_HEX_LEN + 1];
    play(&stage, one_try, good, 3);
    altered_begin(&a, &stage);
    altered_put(&a, "{\"p\":1}", old);
    altered_put(&a, "{\"p\":2}", new);
    altered_replace_all(&a, old, new);
    (void)diverged(&a, NULL, RP_DIVERGENCE_INPUT_CHANGED, 1, "");
    altered_fini(&a);
    stage_fini(&stage);
}

static void a_newer_engine_is_refused(void **state)
{
    (void)state;
    struct stage stage;
    struct altered a;
    struct rp_err err = RP_ERR_INIT;
    play(&stage, one_try, good, 3);
    altered_begin(&a, &stage);
    a.head.engine_rev = RP_ENGINE_REV + 1;
    altered_load(&a);
    assert_int_equal(
        rp_verify(&a.verification, a.recording, NULL, &err), RP_E_NEWER);
    assert_non_null(strstr(err.text, "revision"));
    altered_fini(&a);
    stage_fini(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_session_verifies),
        cmocka_unit_test(a_session_with_a_conflict_verifies),
        cmocka_unit_test(a_cancelled_session_verifies),
        cmocka_unit_test(what_was_recorded_before_a_crash_verifies),
        cmocka_unit_test(a_duration_that_changes_no_decision_verifies),
        cmocka_unit_test(a_record_in_another_spelling_verifies),
        cmocka_unit_test(an_altered_output_is_another_decision),
        cmocka_unit_test(an_output_altered_everywhere_shows_in_the_aggregate),
        cmocka_unit_test(a_completion_past_its_timeout_is_a_matter_of_timing),
        cmocka_unit_test(a_timer_at_another_time_is_a_matter_of_timing),
        cmocka_unit_test(a_timer_that_is_not_set_is_a_matter_of_timing),
        cmocka_unit_test(time_that_runs_backwards_is_a_matter_of_timing),
        cmocka_unit_test(fewer_attempts_are_another_decision),
        cmocka_unit_test(other_limits_that_decide_nothing_verify),
        cmocka_unit_test(another_input_of_a_task_is_told_by_its_members),
        cmocka_unit_test(a_call_with_other_content_is_a_changed_input),
        cmocka_unit_test(the_same_decisions_in_another_order_are_told_so),
        cmocka_unit_test(what_was_left_out_or_added_is_extra_or_missing),
        cmocka_unit_test(an_action_of_another_kind_is_another_action),
        cmocka_unit_test(an_event_of_a_call_that_nobody_started_is_missing),
        cmocka_unit_test(a_record_after_the_end_is_missing_now),
        cmocka_unit_test(a_payload_that_is_gone_is_damage),
        cmocka_unit_test(another_input_than_the_heads_is_told),
        cmocka_unit_test(a_newer_engine_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
