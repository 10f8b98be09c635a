/* Sessions in virtual time: what the flow does with what its workers do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "stage.h"

#define GATHER(labs, rest, need)                                               \
    "{\"reprise\":1,\"name\":\"t\",\"agents\":{"                               \
    "\"labs\":{\"exec\":[\"labs\"]," labs "},"                                 \
    "\"meds\":{\"exec\":[\"meds\"]},"                                          \
    "\"w\":{\"exec\":[\"w\"]}" rest "},"                                       \
    "\"flow\":{\"sequence\":[{\"id\":\"gather\",\"need\":" need ","            \
    "\"parallel\":{\"labs\":{\"agent\":\"labs\"},"                             \
    "\"meds\":{\"agent\":\"meds\"}},\"aggregate\":{\"facts\":{"                \
    "\"at\":\"/f\",\"key\":\"/k\",\"value\":\"/v\"}}},"                        \
    "{\"id\":\"sum\",\"agent\":\"w\",\"role\":\"synthesis\","                  \
    "\"input\":{\"evidence\":{\"from\":\"gather\"}}}]}}"

static void play(struct stage *stage, const char *plan,
    const struct script_line *lines, uint32_t count)
{
    stage->control = NULL;
    stage_play(stage, plan, "{\"p\":1}", lines, count);
}

static void a_session_whose_workers_deliver_is_ok(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", 30, "{\"f\":[{\"k\":\"a\",\"v\":1}]}", 0, 0, 0, 0},
        {"gather/meds@1", 20, "{\"f\":[{\"k\":\"a\",\"v\":1.0}]}", 0, 0, 0, 0},
        {"sum@1", 10, "{\"text\":\"done\"}", 0, 0, 0, 0},
    };
    struct stage stage;
    play(&stage, GATHER("\"timeout\":\"1s\"", "", "\"all\""), lines, 3);
    assert_int_equal(stage.result.outcome, RP_OUTCOME_OK);
    assert_string_equal(stage.result.output, "{\"text\":\"done\"}");
    assert_int_equal(stage_took_ms(&stage), 40);
    assert_true(stage_has(&stage, "\"aggregated\"", "\"facts\":1", NULL));
    assert_false(stage_has(&stage, "\"conflict\"", NULL));
    stage_fini(&stage);
}

static void a_hanging_worker_is_missing_and_the_rest_arrives(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@*", -1, NULL, 0, 0, 50, 0},
        {"gather/meds@1", 20, "{\"f\":[]}", 0, 0, 0, 0},
        {"sum@1", 10, "{\"text\":\"partial\"}", 0, 0, 0, 0},
    };
    struct stage stage;
    play(&stage, GATHER("\"timeout\":\"1s\"", "", "1"), lines, 3);
    assert_int_equal(stage.result.outcome, RP_OUTCOME_DEGRADED);
    assert_int_equal(stage_took_ms(&stage), 1010);
    assert_true(stage_has(&stage, "\"timed_out\"", "gather/labs@1", NULL));
    assert_true(stage_has(&stage, "\"missing\"", "\"name\":\"labs\"", NULL));
    assert_non_null(strstr(stage.result.envelope, "gather/labs"));
    stage_fini(&stage);
}

static void a_retry_waits_until_the_worker_before_is_gone(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", -1, NULL, 0, 0, -1, 0},
        {"gather/labs@2", 5, "{\"f\":[]}", 0, 0, 0, 0},
    };
    struct stage stage;
    play(&stage,
        GATHER("\"timeout\":\"1s\",\"grace\":\"30s\","
               "\"retry\":{\"attempts\":2,\"backoff\":\"200ms\"}",
            "", "\"all\""),
        lines, 2);
    assert_int_equal(stage.result.outcome, RP_OUTCOME_OK);
    /* It ignores SIGTERM: killed when the next attempt is due. */
    assert_true(stage_has(&stage, "\"mode\":\"kill\"", "labs@1", NULL));
    assert_in_range(stage_took_ms(&stage), 1100, 1210);
    stage_fini(&stage);
}

static void too_few_successes_fail_and_keep_what_was_done(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", 5, "{\"f\":", 0, 0, 0, 0},
    };
    struct stage stage;
    play(&stage, GATHER("\"timeout\":\"1s\"", "", "\"all\""), lines, 1);
    assert_int_equal(stage.result.outcome, RP_OUTCOME_FAILED);
    assert_null(stage.result.output);
    assert_true(stage_has(&stage, "\"output_truncated\"", NULL));
    assert_true(stage_has(&stage, "\"skipped\"", "\"sum\"", NULL));
    assert_true(stage_has(&stage, "\"aggregated\"", "\"delivered\":1", NULL));
    stage_fini(&stage);
}

static void disagreeing_sources_are_a_conflict_never_dropped(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", 5, "{\"f\":[{\"k\":\"a\",\"v\":1}]}", 0, 0, 0, 0},
        {"gather/meds@1", 5, "{\"f\":[{\"k\":\"a\",\"v\":2}]}", 0, 0, 0, 0},
    };
    struct stage stage;
    play(&stage, GATHER("\"timeout\":\"1s\"", "", "\"all\""), lines, 2);
    assert_true(stage_has(&stage, "\"conflict\"", "\"disagree\"",
        "\"sources\":[\"labs\",\"meds\"]", NULL));
    assert_non_null(strstr(stage.result.envelope, "\"conflicts\":[{"));
    stage_fini(&stage);
}

static void a_fallback_agent_stands_in_and_is_said(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", 5, "not json", 0, 0, 0, 0},
        {"gather/labs/$fallback@1", 5, "{\"f\":[]}", 0, 0, 0, 0},
    };
    struct stage stage;
    play(&stage,
        GATHER("\"fallback\":{\"agent\":\"old\"}",
            ",\"old\":{\"exec\":[\"old\"]}", "\"all\""),
        lines, 2);
    assert_int_equal(stage.result.outcome, RP_OUTCOME_DEGRADED);
    assert_true(
        stage_has(&stage, "\"task_ended\"", "\"status\":\"fallback\"", NULL));
    stage_fini(&stage);
}

static void each_end_of_a_worker_has_its_own_name(void **state)
{
    (void)state;
    static const struct {
        struct script_line line;
        const char *reason;
    } cases[] = {
        {{"gather/labs@1", 1, "", 0, 0, 0, 0}, "\"output_empty\""},
        {{"gather/labs@1", 1, "{}", 3, 0, 0, 0}, "\"exit_nonzero_full\""},
        {{"gather/labs@1", 1, "{", 3, 0, 0, 0}, "\"exit_nonzero\""},
        {{"gather/labs@1", 1, "{}", 0, 11, 0, 0}, "\"signaled_full\""},
        {{"gather/labs@1", 1, "{", 0, 11, 0, 0}, "\"signaled\""},
        {{"gather/labs@1", 1, "{}{}", 0, 0, 0, 0}, "\"output_trailing\""},
        {{"gather/labs@1", 1, "{\"a\":\xff}", 0, 0, 0, 0},
            "\"output_encoding\""},
        {{"gather/labs@1", 1, "{\"a\":{\"b\":1,\"b\":1}}", 0, 0, 0, 0},
            "\"output_duplicate\""},
        {{"gather/labs@1", 1, "[1,", 0, 0, 0, 0}, "\"output_truncated\""},
        {{"gather/labs@1", 1, NULL, 0, 0, 0, 1}, "\"spawn_failed\""},
    };
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct stage stage;
        play(&stage, GATHER("\"timeout\":\"1s\"", "", "1"), &cases[i].line, 1);
        assert_true(stage_has(&stage, "\"rejected\"", cases[i].reason, NULL));
        assert_int_equal(stage.result.outcome, RP_OUTCOME_DEGRADED);
        stage_fini(&stage);
    }
}

/* Which is what its recordings say for ever. */
static void the_first_engine_took_the_last_of_two_equal_names(void **state)
{
    (void)state;
    static const struct script_line line = {
        "w@1", 1, "{\"a\":1,\"a\":2}", 0, 0, 0, 0};
    struct stage stage = {.control = NULL};
    stage_set(&stage,
        "{\"reprise\":1,\"name\":\"t\",\"agents\":{\"w\":{\"exec\":"
        "[\"w\"]}},\"flow\":{\"id\":\"w\",\"agent\":\"w\"}}",
        "{}", &line, 1);
    stage.head.engine_rev = 1;
    stage_run(&stage);
    assert_int_equal(stage.result.outcome, RP_OUTCOME_OK);
    assert_string_equal(stage.result.output, "{\"a\":1,\"a\":2}");
    stage_fini(&stage);
}

/* The next one is short, and hides nothing. */
static void an_argument_that_is_too_long_is_never_cut(void **state)
{
    (void)state;
    struct rp_buf input;
    struct stage stage = {.control = NULL};
    rp_buf_init(&input, RP_RECORD_BYTES_MAX);
    rp_buf_add_text(&input, "{\"p\":\"");
    for (uint32_t i = 0; i <= RP_ARG_BYTES_MAX; i++) {
        rp_buf_add_char(&input, 'x');
    }
    rp_buf_add_text(&input, "\"}");
    stage_play(&stage,
        "{\"reprise\":1,\"name\":\"t\",\"agents\":{\"w\":{\"exec\":"
        "[\"w\",\"${{ input/p }}\",\"short\"]}},\"flow\":{\"agent\":\"w\"}}",
        input.ptr, NULL, 0);
    assert_int_equal(stage.result.outcome, RP_OUTCOME_FAILED);
    assert_true(stage_has(
        &stage, "input_reference", "is longer than 131072 bytes", NULL));
    assert_false(stage_has(&stage, "\"start_call\"", NULL));
    stage_fini(&stage);
    rp_buf_fini(&input);
}

static void records_read_back_to_the_same_bytes(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", -1, NULL, 0, 0, 7, 0},
        {"gather/labs@2", 3, "{}", 4, 0, 0, 0},
    };
    struct stage stage;
    play(&stage,
        GATHER("\"timeout\":\"1s\",\"retry\":{\"attempts\":2}", "", "1"), lines,
        2);
    size_t count = 0;
    const struct rp_memory_record *records =
        rp_store_memory_records(stage.store, &count);
    assert_true(count > 5);
    for (size_t i = 0; i < count; i++) {
        struct rp_arena *arena = rp_arena_new(0);
        struct rp_event event;
        struct rp_step step;
        struct rp_err err = RP_ERR_INIT;
        assert_int_equal(rp_record_read(arena, records[i].body, stage.plan,
                             &event, &step, &err),
            RP_OK);
        struct rp_buf again;
        rp_buf_init(&again, RP_RECORD_BYTES_MAX);
        rp_record_write(&again, &event, &step);
        assert_string_equal(again.ptr, records[i].body.ptr);
        rp_buf_fini(&again);
        rp_arena_free(&arena);
    }
    stage_fini(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_whose_workers_deliver_is_ok),
        cmocka_unit_test(a_hanging_worker_is_missing_and_the_rest_arrives),
        cmocka_unit_test(a_retry_waits_until_the_worker_before_is_gone),
        cmocka_unit_test(too_few_successes_fail_and_keep_what_was_done),
        cmocka_unit_test(disagreeing_sources_are_a_conflict_never_dropped),
        cmocka_unit_test(a_fallback_agent_stands_in_and_is_said),
        cmocka_unit_test(each_end_of_a_worker_has_its_own_name),
        cmocka_unit_test(the_first_engine_took_the_last_of_two_equal_names),
        cmocka_unit_test(an_argument_that_is_too_long_is_never_cut),
        cmocka_unit_test(records_read_back_to_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
