/* Two courses of a session side by side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rehearsal.h"

#define PLAN(labs, rest)                                                       \
    "{\"reprise\":1,\"name\":\"t\",\"agents\":{"                               \
    "\"labs\":{\"exec\":[\"labs\"]," labs                                      \
    "},\"meds\":{\"exec\":[\"meds\"]}" rest                                    \
    "},\"flow\":{\"id\":\"g\",\"need\":1,\"parallel\":{"                       \
    "\"labs\":{\"agent\":\"labs\"},\"meds\":{\"agent\":\"meds\"}}}}"

static const char retried[] =
    PLAN("\"timeout\":\"1s\",\"retry\":{\"attempts\":3,\"backoff\":\"0s\","
         "\"on\":[\"timeout\",\"exit\"]}",
        "");

static void compare(
    struct rp_comparison *out, struct rehearsal *a, struct rehearsal *b)
{
    uint32_t before = 0;
    uint32_t after = 0;
    const struct rp_recorded *x = rp_recording_records(a->recording, &before);
    const struct rp_recorded *y = rp_recording_records(b->recording, &after);
    a->result.arena = rp_arena_new(0);
    rp_compare(out, a->result.arena, x, before, y, after);
}

static void a_course_tells_how_each_attempt_of_a_lane_ended(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"g/labs@1", -1, NULL, 0, 0, 0, 0},
        {"g/labs@2", 10, NULL, 3, 0, 0, 0},
        {"g/labs@3", 10, "{}", 0, 0, 0, 0},
        {"g/meds@1", 10, "no", 0, 0, 0, 0},
    };
    static const enum rp_reason reasons[] = {
        RP_REASON_TIMEOUT, RP_REASON_EXIT_NONZERO, RP_REASON_OK};
    struct rehearsal r = {.recording = NULL};
    rehearse(&r, retried, lines, 4);
    struct rp_comparison c;
    compare(&c, &r, &r);
    assert_true(c.identical);
    assert_int_equal(c.first_seq, 0);
    assert_int_equal(c.before.outcome, RP_OUTCOME_DEGRADED);
    assert_int_equal(c.before.lane_count, 2);
    const struct rp_lane *labs = lane_of(&c.before, "g/labs");
    assert_int_equal(labs->status, RP_TASK_OK);
    assert_int_equal(labs->attempts, 3);
    assert_memory_equal(labs->attempt_reasons, reasons, sizeof(reasons));
    assert_int_equal(ms_of(labs->ended), 1020);
    assert_false(rp_digest_is_zero(&labs->output));
    const struct rp_lane *meds = lane_of(&c.before, "g/meds");
    assert_int_equal(meds->status, RP_TASK_FAILED);
    assert_int_equal(meds->attempt_reasons[0], RP_REASON_OUTPUT_SYNTAX);
    assert_true(rp_digest_is_zero(&meds->output));
    assert_int_equal(ms_of(c.before.ended), 1020);
    assert_int_equal(c.before.call_count, 4);
    assert_true(c.before.decision_count >= 10);
    rehearsal_fini(&r);
}

static void more_attempts_than_there_was_room_for_are_all_kept(void **state)
{
    (void)state;
    static const struct script_line line = {"**", 5, NULL, 3, 0, 0, 0};
    struct rehearsal r = {.recording = NULL};
    rehearse(&r,
        PLAN("\"retry\":{\"attempts\":9,\"backoff\":\"0s\",\"on\":[\"exit\"]}",
            ""),
        &line, 1);
    struct rp_comparison c;
    compare(&c, &r, &r);
    const struct rp_lane *labs = lane_of(&c.before, "g/labs");
    assert_int_equal(labs->attempts, 9);
    for (uint32_t i = 0; i < 9; i++) {
        assert_int_equal(labs->attempt_reasons[i], RP_REASON_EXIT_NONZERO);
    }
    rehearsal_fini(&r);
}

static void lanes_are_paired_by_path_and_told_apart(void **state)
{
    (void)state;
    static const struct script_line before[] = {
        {"g/labs@1", 10, "{}", 0, 0, 0, 0},
        {"g/meds@1", 10, "{}", 0, 0, 0, 0},
    };
    static const struct script_line after[] = {
        {"g/labs@1", 10, "no", 0, 0, 0, 0},
        {"g/labs/$fallback@1", 10, "{}", 0, 0, 0, 0},
        {"g/meds@1", 30, "{}", 0, 0, 0, 0},
    };
    static const char plan[] = PLAN(
        "\"fallback\":{\"agent\":\"old\"}", ",\"old\":{\"exec\":[\"old\"]}");
    struct rehearsal a = {.recording = NULL};
    struct rehearsal b = {.recording = NULL};
    rehearse(&a, plan, before, 2);
    rehearse(&b, plan, after, 3);
    struct rp_comparison c;
    compare(&c, &a, &b);
    assert_false(c.identical);
    assert_int_equal(c.first_seq, 2);
    assert_int_equal(c.lane_count, 3);
    assert_string_equal(c.lanes[0].before->path, "g/labs");
    assert_int_equal(c.lanes[0].change, RP_LANE_CHANGED);
    assert_int_equal(c.lanes[1].change, RP_LANE_TIMES);
    assert_null(c.lanes[2].before);
    assert_string_equal(c.lanes[2].after->path, "g/labs/$fallback");
    assert_int_equal(c.lanes[2].change, RP_LANE_ADDED);
    compare(&c, &b, &a);
    assert_int_equal(c.lanes[2].change, RP_LANE_REMOVED);
    rehearsal_fini(&a);
    rehearsal_fini(&b);
}

static void one_more_record_is_a_difference(void **state)
{
    (void)state;
    static const struct script_line line = {"**", 5, "{}", 0, 0, 0, 0};
    struct rehearsal r = {.recording = NULL};
    rehearse(&r, retried, &line, 1);
    uint32_t count = 0;
    const struct rp_recorded *records =
        rp_recording_records(r.recording, &count);
    struct rp_comparison c;
    r.result.arena = rp_arena_new(0);
    rp_compare(&c, r.result.arena, records, count, records, count - 1);
    assert_false(c.identical);
    assert_int_equal(c.first_seq, count);
    assert_int_equal(c.after.outcome, RP_OUTCOME_NONE);
    assert_int_equal(c.after.ended.ns, RP_INSTANT_NEVER.ns);
    rp_compare(&c, r.result.arena, records, 0, records, 0);
    assert_true(c.identical);
    assert_int_equal(c.lane_count, 0);
    rehearsal_fini(&r);
}

static void every_change_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(rp_lane_change_name(RP_LANE_SAME), "same");
    assert_string_equal(rp_lane_change_name(RP_LANE_REMOVED), "removed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_course_tells_how_each_attempt_of_a_lane_ended),
        cmocka_unit_test(more_attempts_than_there_was_room_for_are_all_kept),
        cmocka_unit_test(lanes_are_paired_by_path_and_told_apart),
        cmocka_unit_test(one_more_record_is_a_difference),
        cmocka_unit_test(every_change_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
