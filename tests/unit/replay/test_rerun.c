/* Scripted sessions run again from their records: the same when nothing was
 * changed, what would have happened when something was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rehearsal.h"

#define PLAN(labs, rest, need)                                                 \
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

#define GOOD "{\"f\":[]}"

static const struct edit none = {.plan = NULL};

/* ---- nothing is changed ---- */

static const struct {
    const char *plan;
    struct script_line lines[4];
    enum rp_outcome outcome;
} played[] = {
    /* success */
    {PLAN("\"timeout\":\"1s\"", "", "\"all\""),
        {{"gather/labs@1", 30, GOOD, 0, 0, 0, 0},
            {"gather/meds@1", 20, GOOD, 0, 0, 0, 0}},
        RP_OUTCOME_OK},
    /* both at the same instant */
    {PLAN("\"timeout\":\"1s\"", "", "\"all\""),
        {{"gather/*", 20, GOOD, 0, 0, 0, 0}}, RP_OUTCOME_OK},
    /* retries after a crash and after broken output */
    {PLAN("\"timeout\":\"1s\",\"retry\":{\"attempts\":3}", "", "\"all\""),
        {{"gather/labs@1", 30, NULL, 0, 11, 0, 0},
            {"gather/labs@2", 5, "{", 3, 0, 0, 0}},
        RP_OUTCOME_OK},
    /* timeout of a worker that takes its time to end */
    {PLAN("\"timeout\":\"1s\",\"retry\":{\"attempts\":2}", "", "1"),
        {{"gather/labs@*", -1, NULL, 0, 0, 50, 0}}, RP_OUTCOME_DEGRADED},
    /* gone later after SIGTERM than the grace would allow */
    {PLAN("\"timeout\":\"1s\",\"grace\":\"40ms\",\"retry\":{"
          "\"attempts\":2,\"backoff\":\"500ms..500ms\"}",
         "", "1"),
        {{"gather/labs@*", -1, NULL, 0, 0, 60, 0}}, RP_OUTCOME_DEGRADED},
    /* silence that is noticed as the timeout is reached */
    {PLAN("\"timeout\":\"1s\",\"idle\":\"1s\"", "", "1"),
        {{"gather/labs@*", -1, NULL, 0, 0, 60, 0}}, RP_OUTCOME_DEGRADED},
    /* silence */
    {PLAN("\"timeout\":\"9s\",\"idle\":\"300ms\"", "", "1"),
        {{"gather/labs@*", -1, NULL, 0, 0, 7, 0}}, RP_OUTCOME_DEGRADED},
    /* a fallback agent */
    {PLAN("\"fallback\":{\"agent\":\"old\"}", ",\"old\":{\"exec\":[\"old\"]}",
         "\"all\""),
        {{"gather/labs@1", 5, "no", 0, 0, 0, 0},
            {"gather/labs/$fallback@1", 5, GOOD, 0, 0, 0, 0}},
        RP_OUTCOME_DEGRADED},
    /* SIGTERM is ignored: killed to make room for the next attempt */
    {PLAN("\"timeout\":\"1s\",\"grace\":\"30s\","
          "\"retry\":{\"attempts\":2,\"backoff\":\"200ms\"}",
         "", "\"all\""),
        {{"gather/labs@1", -1, NULL, 0, 0, -1, 0},
            {"gather/labs@2", 5, GOOD, 0, 0, 0, 0}},
        RP_OUTCOME_OK},
    /* failed, what was in flight is killed */
    {PLAN("\"timeout\":\"1s\"", "", "\"all\""),
        {{"gather/labs@1", 5, NULL, 1, 0, 0, 0},
            {"gather/meds@1", -1, NULL, 0, 0, -1, 0}},
        RP_OUTCOME_FAILED},
    /* sources disagree */
    {PLAN("\"timeout\":\"1s\"", "", "\"all\""),
        {{"gather/labs@1", 5, "{\"f\":[{\"k\":\"a\",\"v\":1}]}", 0, 0, 0, 0},
            {"gather/meds@1", 5, "{\"f\":[{\"k\":\"a\",\"v\":2}]}", 0, 0, 0,
                0}},
        RP_OUTCOME_OK},
    /* cannot be started */
    {PLAN("\"timeout\":\"1s\"", "", "1"),
        {{"gather/labs@1", 5, NULL, 0, 0, 0, 1}}, RP_OUTCOME_DEGRADED},
};

static void what_was_played_is_played_again_to_the_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(played); i++) {
        struct rehearsal r = {.recording = NULL};
        rehearse(&r, played[i].plan, played[i].lines, 4);
        assert_int_equal(r.stage.result.outcome, played[i].outcome);
        assert_identical(&r);
        rehearsal_fini(&r);
    }
}

/* Asks to cancel when it is asked for the nth time. */
struct impatient {
    struct rp_operator base;
    uint32_t asked, first, second;
};

static bool impatient_next(struct rp_operator *op,
    enum rp_operator_command *command, enum rp_reason *cause)
{
    struct impatient *self = RP_CONTAINER_OF(op, struct impatient, base);
    self->asked++;
    *command = RP_OPERATOR_CANCEL;
    *cause = RP_REASON_CANCELLED_SIGINT;
    return self->asked == self->first || self->asked == self->second;
}

static const struct rp_operator_ops impatient_ops = {
    .name = "impatient", .next = impatient_next};

static void what_an_operator_cancelled_is_cancelled_again(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", -1, NULL, 0, 0, 500, 0},
        {"gather/meds@1", 20, GOOD, 0, 0, 0, 0},
    };
    struct impatient op = {{&impatient_ops}, 0, 1, 3};
    struct rehearsal r = {.stage = {.control = &op.base}};
    rehearse(&r, PLAN("\"timeout\":\"1s\",\"grace\":\"300ms\"", "", "\"all\""),
        lines, 2);
    assert_int_equal(r.stage.result.outcome, RP_OUTCOME_CANCELLED);
    assert_identical(&r);
    assert_int_equal(r.result.run.cancel_cause, RP_REASON_CANCELLED_SIGINT);
    rehearsal_fini(&r);
}

static void a_rerun_of_a_rerun_is_the_same(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", 30, GOOD, 0, 0, 0, 0},
    };
    struct rehearsal r = {.recording = NULL};
    rehearse(&r, PLAN("\"timeout\":\"1s\"", "", "1"), lines, 1);
    struct rp_store *store = rp_store_memory_new();
    struct rp_session_head head = rp_rerun_head(r.recording);
    struct rp_rerun options = {
        .source = r.recording, .head = &head, .store = store};
    assert_int_equal(rp_rerun(&options, &r.result, &r.err), RP_OK);
    struct rp_recording *again = NULL;
    assert_int_equal(
        rp_recording_of_memory(&again, store, &head, NULL, &r.err), RP_OK);
    assert_int_equal(rp_recording_head(again)->mode, RP_MODE_RERUN);
    assert_string_equal(
        rp_recording_head(again)->source.text, r.stage.head.id.text);
    struct rp_rerun_result second;
    options = (struct rp_rerun){.source = again, .head = &head};
    assert_int_equal(rp_rerun(&options, &second, &r.err), RP_OK);
    assert_true(second.comparison.identical);
    rp_rerun_result_fini(&second);
    rp_recording_free(&again);
    rp_store_free(&store);
    rehearsal_fini(&r);
}

struct counting {
    struct rp_sink base;
    uint32_t records, chained;
};

static void count_record(struct rp_sink *sink, const struct rp_record *record)
{
    struct counting *self = RP_CONTAINER_OF(sink, struct counting, base);
    self->records++;
    self->chained += rp_digest_is_zero(&record->digest) ? 0 : 1;
}

static void count_turn(
    struct rp_sink *sink, struct rp_transport *transport, struct rp_instant now)
{
    (void)sink;
    (void)transport;
    (void)now;
}

static const struct rp_sink_ops counting_ops = {
    .name = "counting", .record = count_record, .turn = count_turn};

static void records_are_chained_for_who_keeps_them(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", 30, GOOD, 0, 0, 0, 0},
    };
    struct rehearsal r = {.recording = NULL};
    rehearse(&r, PLAN("\"timeout\":\"1s\"", "", "1"), lines, 1);
    struct rp_session_head head = rp_rerun_head(r.recording);
    struct rp_store *store = rp_store_memory_new();
    struct rp_store *kept[] = {NULL, store};
    for (size_t i = 0; i < RP_COUNT_OF(kept); i++) {
        struct counting counting = {{&counting_ops}, 0, 0};
        struct rp_sink *sinks[] = {&counting.base};
        struct rp_rerun options = {.source = r.recording,
            .head = &head,
            .store = kept[i],
            .sinks = sinks,
            .sink_count = 1};
        assert_int_equal(rp_rerun(&options, &r.result, &r.err), RP_OK);
        assert_true(r.result.comparison.identical);
        assert_true(counting.records > 0);
        assert_int_equal(
            counting.chained, kept[i] == NULL ? 0 : counting.records);
        rp_rerun_result_fini(&r.result);
    }
    rp_store_free(&store);
    rehearsal_fini(&r);
}

/* ---- another plan ---- */

static void a_shorter_timeout_ends_an_attempt_at_that_instant(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", 800, GOOD, 0, 0, 0, 0},
    };
    const struct edit edit = {
        .plan = PLAN("\"timeout\":\"500ms\",\"retry\":{\"attempts\":2,"
                     "\"backoff\":\"100ms\"}",
            "", "1"),
        .changed = RP_CHANGED_ANSWER};
    struct rehearsal r = {.recording = NULL};
    rehearse(&r,
        PLAN("\"timeout\":\"1s\",\"retry\":{\"attempts\":2,"
             "\"backoff\":\"100ms\"}",
            "", "1"),
        lines, 1);
    rerun(&r, &edit);
    assert_int_equal(r.rc, RP_OK);
    const struct rp_lane *lane =
        lane_of(&r.result.comparison.after, "gather/labs");
    assert_int_equal(lane->status, RP_TASK_TIMED_OUT);
    assert_int_equal(lane->attempts, 2);
    assert_int_equal(lane->attempt_reasons[0], RP_REASON_TIMEOUT);
    assert_int_equal(lane->attempt_reasons[1], RP_REASON_TIMEOUT);
    /* 500 ms, a pause of 50 to 100 ms, 500 ms */
    assert_in_range(ms_of(lane->ended), 1050, 1100);
    assert_int_equal(r.result.answer_count, 4);
    assert_int_equal(r.result.answers[2].match, RP_MATCH_CONTENT);
    assert_string_equal(r.result.answers[2].source, "gather/labs@1/call:1");
    /* The evidence is another. */
    assert_int_equal(r.result.answers[3].match, RP_MATCH_CHANGED);
    rehearsal_fini(&r);
}

static void a_longer_timeout_needs_a_live_worker(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", -1, NULL, 0, 0, 0, 0},
    };
    const struct edit edit = {.plan = PLAN("\"timeout\":\"2s\"", "", "1")};
    struct rehearsal r = {.recording = NULL};
    rehearse(&r, PLAN("\"timeout\":\"1s\"", "", "1"), lines, 1);
    rerun(&r, &edit);
    assert_int_equal(r.rc, RP_E_NOT_FOUND);
    assert_non_null(strstr(r.err.text, "gather/labs@1/call:1 needs a live"));
    assert_non_null(strstr(r.err.text, "timeout"));
    /* What was run until then is there. */
    assert_true(r.result.comparison.after.record_count > 0);
    rehearsal_fini(&r);
}

static void a_shorter_idle_is_judged_by_the_recorded_gaps(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", -1, NULL, 0, 0, 40, 0},
    };
    struct rehearsal r = {.recording = NULL};
    rehearse(&r, PLAN("\"timeout\":\"9s\",\"idle\":\"4s\"", "", "1"), lines, 1);
    assert_identical(&r);
    const struct edit shorter = {
        .plan = PLAN("\"timeout\":\"9s\",\"idle\":\"2s\"", "", "1")};
    rerun(&r, &shorter);
    assert_int_equal(r.rc, RP_OK);
    const struct rp_lane *lane =
        lane_of(&r.result.comparison.after, "gather/labs");
    assert_int_equal(lane->attempt_reasons[0], RP_REASON_IDLE);
    assert_int_equal(ms_of(lane->ended), 2000);
    const struct edit longer = {
        .plan = PLAN("\"timeout\":\"9s\",\"idle\":\"5s\"", "", "1")};
    rerun(&r, &longer);
    assert_int_equal(r.rc, RP_E_NOT_FOUND);
    rehearsal_fini(&r);
}

static void another_seed_changes_pauses_only(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", 5, NULL, 1, 0, 0, 0},
        {"gather/labs@2", 5, GOOD, 0, 0, 0, 0},
    };
    const struct edit edit = {.seed = 7};
    struct rehearsal r = {.recording = NULL};
    rehearse(&r,
        PLAN("\"timeout\":\"1s\",\"retry\":{\"attempts\":2,\"backoff\":\"4s\","
             "\"on\":[\"exit\"]}",
            "", "1"),
        lines, 2);
    rerun(&r, &edit);
    assert_int_equal(r.rc, RP_OK);
    assert_false(r.result.comparison.identical);
    assert_int_equal(r.result.comparison.lanes[0].change, RP_LANE_TIMES);
    assert_int_equal(r.result.comparison.lanes[1].change, RP_LANE_SAME);
    rehearsal_fini(&r);
}

/* ---- another input ---- */

static void a_changed_input_is_a_miss_that_says_where_it_differs(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", 5, GOOD, 0, 0, 0, 0},
    };
    const struct edit refused = {.input = "{\"p\":2}"};
    const struct edit answered = {
        .input = "{\"p\":2}", .changed = RP_CHANGED_ANSWER};
    struct rehearsal r = {.recording = NULL};
    rehearse(&r, PLAN("\"timeout\":\"1s\"", "", "1"), lines, 1);
    rerun(&r, &refused);
    assert_int_equal(r.rc, RP_E_NOT_FOUND);
    assert_non_null(strstr(r.err.text, "call gather/labs@1/call:1"));
    assert_non_null(strstr(r.err.text, "/p: 1 -> 2"));
    rerun(&r, &answered);
    assert_int_equal(r.rc, RP_OK);
    assert_int_equal(r.result.answers[0].match, RP_MATCH_CHANGED);
    assert_int_equal(r.result.run.outcome, r.stage.result.outcome);
    rehearsal_fini(&r);
}

static void an_agent_that_was_never_called_is_a_miss(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", 5, "no", 0, 0, 0, 0},
    };
    const struct edit edit = {.plan = PLAN("\"fallback\":{\"agent\":\"old\"}",
                                  ",\"old\":{\"exec\":[\"old\"]}", "1"),
        .changed = RP_CHANGED_ANSWER};
    struct rehearsal r = {.recording = NULL};
    rehearse(&r, PLAN("\"timeout\":\"1s\"", "", "1"), lines, 1);
    rerun(&r, &edit);
    assert_int_equal(r.rc, RP_E_NOT_FOUND);
    assert_non_null(strstr(r.err.text, "agent 'old' was never called"));
    rehearsal_fini(&r);
}

/* ---- faults ---- */

/* The same rule over scripted workers and over their recording. */
static void a_fault_does_over_a_recording_what_it_does_live(void **state)
{
    (void)state;
    static const char *const plan =
        PLAN("\"timeout\":\"1s\",\"idle\":\"600ms\",\"retry\":{\"attempts\":2,"
             "\"backoff\":\"100ms\"}",
            "", "1");
    static const char *const faults[] = {"labs : hang", "labs @1 : hang",
        "labs : out.truncate", "labs @1 : kill", "labs : kill(after=10ms)",
        "labs : kill(signal=SIGTERM)", "* : kill(after=30ms, signal=SIGSEGV)",
        "meds : hang"};
    static const struct script_line lines[] = {
        {"gather/labs@*", 200, GOOD, 0, 0, 0, 0},
        {"gather/meds@1", 20, GOOD, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < RP_COUNT_OF(faults); i++) {
        struct rehearsal live = {.recording = NULL};
        struct rehearsal r = {.recording = NULL};
        const struct edit edit = {
            .fault = faults[i], .changed = RP_CHANGED_ANSWER};
        rehearse_with(&live, plan, faults[i], lines, 2);
        assert_identical(&live); /* the faulted one, from its own records */
        rehearse(&r, plan, lines, 2);
        rerun(&r, &edit);
        if (r.rc != RP_OK) {
            fail_msg("%s: %s", faults[i], r.err.text);
        }
        struct rp_comparison compared;
        uint32_t count = 0;
        const struct rp_recorded *records =
            rp_recording_records(live.recording, &count);
        struct rp_course *course = &compared.before;
        rp_course_of(course, r.result.arena, records, count);
        assert_int_equal(course->outcome, r.result.run.outcome);
        for (uint32_t k = 0; k < course->lane_count; k++) {
            const struct rp_lane *then = &course->lanes[k];
            const struct rp_lane *now =
                lane_of(&r.result.comparison.after, then->path);
            assert_int_equal(then->status, now->status);
            assert_int_equal(then->reason, now->reason);
            assert_int_equal(then->attempts, now->attempts);
            assert_memory_equal(then->attempt_reasons, now->attempt_reasons,
                then->attempts * sizeof(enum rp_reason));
            assert_int_equal(then->ended.ns, now->ended.ns);
        }
        rehearsal_fini(&live);
        rehearsal_fini(&r);
    }
}

static void the_end_of_a_recording_is_no_end_of_the_session(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", 30, GOOD, 0, 0, 0, 0},
        {"gather/meds@1", 20, GOOD, 0, 0, 0, 0},
    };
    struct rehearsal r = {.recording = NULL};
    rehearse(&r, PLAN("\"timeout\":\"1s\"", "", "\"all\""), lines, 2);
    rp_recording_free(&r.recording);
    /* The same session, whose orchestrator died after two records. */
    size_t count = 0;
    const struct rp_memory_record *records =
        rp_store_memory_records(r.stage.store, &count);
    struct rp_store *store = rp_store_memory_new();
    assert_int_equal(store->ops->begin(store, &r.stage.head, NULL), RP_OK);
    assert_int_equal(
        store->ops->put(store, &r.stage.head.plan, r.stage.plan->frozen, NULL),
        RP_OK);
    assert_int_equal(
        store->ops->put(store, &r.stage.head.input, RP_STR("{\"p\":1}"), NULL),
        RP_OK);
    struct rp_digest output = rp_digest_of(RP_STR(GOOD));
    assert_int_equal(
        store->ops->put(store, &output, RP_STR(GOOD), NULL), RP_OK);
    for (size_t i = 0; i < 2; i++) {
        struct rp_record record = {.seq = records[i].seq,
            .at = records[i].at,
            .body = records[i].body,
            .digest = records[i].digest};
        assert_int_equal(store->ops->append(store, &record, NULL), RP_OK);
    }
    assert_int_equal(store->ops->commit(store, NULL), RP_OK);
    assert_int_equal(rp_recording_of_memory(
                         &r.recording, store, &r.stage.head, NULL, &r.err),
        RP_OK);
    rerun(&r, &none);
    assert_int_equal(r.rc, RP_E_NOT_FOUND);
    assert_non_null(strstr(r.err.text, "the recording stops"));
    assert_int_equal(r.result.comparison.after.record_count, 2);
    assert_true(r.result.comparison.identical);
    rp_recording_free(&r.recording);
    rp_store_free(&store);
    rehearsal_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_played_is_played_again_to_the_byte),
        cmocka_unit_test(what_an_operator_cancelled_is_cancelled_again),
        cmocka_unit_test(a_rerun_of_a_rerun_is_the_same),
        cmocka_unit_test(records_are_chained_for_who_keeps_them),
        cmocka_unit_test(a_shorter_timeout_ends_an_attempt_at_that_instant),
        cmocka_unit_test(a_longer_timeout_needs_a_live_worker),
        cmocka_unit_test(a_shorter_idle_is_judged_by_the_recorded_gaps),
        cmocka_unit_test(another_seed_changes_pauses_only),
        cmocka_unit_test(a_changed_input_is_a_miss_that_says_where_it_differs),
        cmocka_unit_test(an_agent_that_was_never_called_is_a_miss),
        cmocka_unit_test(a_fault_does_over_a_recording_what_it_does_live),
        cmocka_unit_test(the_end_of_a_recording_is_no_end_of_the_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
