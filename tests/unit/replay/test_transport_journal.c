/* Recorded workers treated otherwise than they were: cancelled earlier, by
 * other means, stopped, killed, asked for something else. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rehearsal.h"

/* One task; what is written of its agent goes into `labs`. */
#define ONE(labs)                                                              \
    "{\"reprise\":1,\"name\":\"t\",\"agents\":{"                               \
    "\"labs\":{\"exec\":[\"labs\"]," labs "}},"                                \
    "\"flow\":{\"id\":\"one\",\"agent\":\"labs\"}}"

#define MS(n) ((struct rp_instant){(n)*RP_NS_PER_MS})

/* A recorded session and a journal of it, on a clock of its own. */
struct desk {
    struct rehearsal r;
    struct rp_clock *clock;
    struct rp_transport *journal;
    struct rp_call call; /* the first one that was recorded */
    struct rp_report report;
    struct rp_err err;
};

static void sit_down(
    struct desk *desk, const char *plan, const struct script_line *line)
{
    *desk = (struct desk){.clock = NULL};
    rehearse(&desk->r, plan, line, 1);
    desk->clock = rp_clock_virtual_new((struct rp_wall){0});
    desk->journal = rp_transport_journal_new(
        desk->r.recording, desk->clock, RP_CHANGED_REFUSE);
    uint32_t count = 0;
    const struct rp_recorded *records =
        rp_recording_records(desk->r.recording, &count);
    desk->call = records[0].step.actions[0].start;
    desk->call.idle = desk->call.agent->idle;
}

static void get_up(struct desk *desk)
{
    rp_transport_free(&desk->journal);
    rp_clock_free(&desk->clock);
    rehearsal_fini(&desk->r);
}

static void submit(struct desk *desk)
{
    assert_int_equal(
        desk->journal->ops->submit(desk->journal, &desk->call, &desk->err),
        RP_OK);
}

static enum rp_code poll_until(struct desk *desk, int64_t ms)
{
    rp_err_clear(&desk->err);
    return desk->journal->ops->poll(
        desk->journal, MS(ms), &desk->report, &desk->err);
}

static void wait_for(struct desk *desk, int64_t ms)
{
    assert_int_equal(poll_until(desk, ms), RP_E_TIMEOUT);
    assert_int_equal(rp_clock_now(desk->clock).ns, MS(ms).ns);
}

static void cancel(struct desk *desk, enum rp_cancel_mode mode)
{
    desk->journal->ops->cancel(desk->journal, desk->call.number, mode);
}

static bool send(struct desk *desk, int signo)
{
    return desk->journal->ops->signal(desk->journal, desk->call.number, signo);
}

static const struct rp_completion *completed_at(struct desk *desk, int64_t ms)
{
    assert_int_equal(poll_until(desk, 100000), RP_OK);
    assert_int_equal(desk->report.kind, RP_REPORT_COMPLETED);
    assert_int_equal(desk->report.at.ns, MS(ms).ns);
    assert_int_equal(desk->report.call, desk->call.number);
    return desk->report.completion;
}

static const struct script_line delivers = {
    "one@1", 400, "{\"a\":1}", 0, 0, 60, 0};
static const struct script_line lingers = {"one@1", -1, NULL, 0, 0, 60, 0};
static const struct script_line ignores = {"one@1", -1, NULL, 0, 0, -1, 0};

/* Completions with gaps, as the scripted workers have none. */
static void give_gaps(struct desk *desk, bool overflowed)
{
    uint32_t count = 0;
    const struct rp_recorded *records =
        rp_recording_records(desk->r.recording, &count);
    struct rp_completion *c = NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (records[i].event.kind == RP_EVENT_CALL_COMPLETED) {
            c = (struct rp_completion *)(uintptr_t)records[i].event.completed;
        }
    }
    assert_non_null(c);
    c->gaps[0] = (struct rp_gap){{0}, {40 * RP_NS_PER_MS}};
    c->gaps[1] = (struct rp_gap){{50 * RP_NS_PER_MS}, {90 * RP_NS_PER_MS}};
    c->gaps[2] = (struct rp_gap){{150 * RP_NS_PER_MS}, {200 * RP_NS_PER_MS}};
    c->gap_count = 3;
    c->gaps_overflowed = overflowed;
}

/* ---- cancelling ---- */

static void a_worker_ends_by_itself_as_long_after_dispatch(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, ONE("\"timeout\":\"1s\""), &delivers);
    wait_for(&desk, 50);
    submit(&desk);
    const struct rp_completion *c = completed_at(&desk, 450);
    assert_int_equal(c->end, RP_END_EXITED);
    assert_true(rp_str_is(c->output, "{\"a\":1}"));
    get_up(&desk);
}

static void poll_never_goes_past_until(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, ONE("\"timeout\":\"1s\""), &delivers);
    submit(&desk);
    wait_for(&desk, 100);
    wait_for(&desk, 399);
    assert_int_equal(poll_until(&desk, 400), RP_OK);
    get_up(&desk);
}

static void what_was_not_cancelled_ends_at_once_when_it_is(void **state)
{
    (void)state;
    static const struct {
        enum rp_cancel_mode mode;
        int signal;
    } cases[] = {{RP_CANCEL_TERM, SIGTERM}, {RP_CANCEL_KILL, SIGKILL}};
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct desk desk;
        sit_down(&desk, ONE("\"timeout\":\"1s\""), &delivers);
        submit(&desk);
        wait_for(&desk, 100);
        cancel(&desk, cases[i].mode);
        const struct rp_completion *c = completed_at(&desk, 100);
        assert_int_equal(c->end, RP_END_KILLED);
        assert_int_equal(c->signal, cases[i].signal);
        assert_int_equal(c->output.len, 0);
        assert_int_equal(c->first_byte.ns, RP_DURATION_FOREVER.ns);
        get_up(&desk);
    }
}

static const char patient[] =
    ONE("\"timeout\":\"1s\",\"retry\":{\"attempts\":2,"
        "\"backoff\":\"500ms..500ms\"}");

static void a_recorded_cancel_takes_as_long_as_it_did(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, patient, &lingers);
    submit(&desk);
    wait_for(&desk, 300);
    cancel(&desk, RP_CANCEL_TERM);
    cancel(&desk, RP_CANCEL_TERM); /* once is enough */
    const struct rp_completion *c = completed_at(&desk, 360);
    assert_int_equal(c->signal, SIGTERM);
    assert_false(c->kill_sent);
    get_up(&desk);
}

static void a_kill_does_not_wait_for_what_a_term_took(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, patient, &lingers);
    submit(&desk);
    wait_for(&desk, 300);
    cancel(&desk, RP_CANCEL_TERM);
    wait_for(&desk, 310);
    cancel(&desk, RP_CANCEL_KILL);
    const struct rp_completion *c = completed_at(&desk, 310);
    assert_true(c->term_sent && c->kill_sent);
    assert_int_equal(c->signal, SIGKILL);
    get_up(&desk);
}

static void who_ignored_a_term_does_so_until_the_grace_is_over(void **state)
{
    (void)state;
    struct desk desk;
    /* Killed 100 ms after SIGTERM, to make room for the next attempt. */
    sit_down(&desk,
        ONE("\"timeout\":\"1s\",\"grace\":\"700ms\",\"retry\":{"
            "\"attempts\":2,\"backoff\":\"100ms..100ms\"}"),
        &ignores);
    submit(&desk);
    wait_for(&desk, 200);
    cancel(&desk, RP_CANCEL_TERM);
    const struct rp_completion *c = completed_at(&desk, 900);
    assert_true(c->kill_sent);
    assert_int_equal(c->signal, SIGKILL);
    get_up(&desk);
}

static void who_was_not_given_time_for_a_term_takes_none(void **state)
{
    (void)state;
    struct desk desk;
    /* The session was over at its timeout: SIGTERM and SIGKILL at once. */
    sit_down(&desk, ONE("\"timeout\":\"1s\""), &lingers);
    submit(&desk);
    wait_for(&desk, 300);
    cancel(&desk, RP_CANCEL_TERM);
    assert_int_equal(completed_at(&desk, 300)->signal, SIGTERM);
    get_up(&desk);
}

static void a_shorter_grace_kills_earlier(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, patient, &lingers);
    struct rp_plan_agent hasty = *desk.call.agent;
    hasty.grace = rp_duration_of_ms(20);
    desk.call.agent = &hasty;
    submit(&desk);
    wait_for(&desk, 300);
    cancel(&desk, RP_CANCEL_TERM);
    const struct rp_completion *c = completed_at(&desk, 320);
    assert_true(c->kill_sent);
    assert_int_equal(c->signal, SIGKILL);
    get_up(&desk);
}

static void what_outlives_its_recorded_end_needs_a_live_worker(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, ONE("\"timeout\":\"1s\""), &lingers);
    submit(&desk);
    wait_for(&desk, 1000);
    assert_int_equal(poll_until(&desk, 1001), RP_E_NOT_FOUND);
    assert_non_null(strstr(desk.err.text, "one@1/call:1 needs a live worker"));
    assert_non_null(strstr(desk.err.text, "1.0s"));
    get_up(&desk);
}

static void cancelling_what_is_over_does_nothing(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, ONE("\"timeout\":\"1s\""), &delivers);
    submit(&desk);
    (void)completed_at(&desk, 400);
    cancel(&desk, RP_CANCEL_KILL);
    assert_false(send(&desk, SIGKILL));
    assert_int_equal(poll_until(&desk, 500), RP_E_TIMEOUT);
    get_up(&desk);
}

/* ---- faults ---- */

static void a_stopped_call_is_silent_until_it_is_ended(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, ONE("\"timeout\":\"9s\",\"idle\":\"500ms\""), &delivers);
    desk.call.stopped = true;
    submit(&desk);
    assert_int_equal(poll_until(&desk, 9000), RP_OK);
    assert_int_equal(desk.report.kind, RP_REPORT_IDLE);
    assert_int_equal(desk.report.at.ns, MS(500).ns);
    wait_for(&desk, 9000); /* told once, and no end */
    cancel(&desk, RP_CANCEL_TERM);
    assert_int_equal(completed_at(&desk, 9000)->end, RP_END_KILLED);
    get_up(&desk);
}

static void a_signal_ends_a_worker_and_is_told(void **state)
{
    (void)state;
    static const int signals[] = {SIGKILL, SIGTERM, SIGSEGV};
    for (size_t i = 0; i < RP_COUNT_OF(signals); i++) {
        struct desk desk;
        sit_down(&desk, ONE("\"timeout\":\"1s\""), &delivers);
        submit(&desk);
        wait_for(&desk, 100);
        assert_true(send(&desk, signals[i]));
        const struct rp_completion *c = completed_at(&desk, 100);
        assert_int_equal(c->end, RP_END_SIGNALED);
        assert_int_equal(c->signal, signals[i]);
        assert_int_equal(c->output.len, 0);
        assert_false(c->term_sent || c->kill_sent);
        get_up(&desk);
    }
}

static void a_harmless_signal_changes_nothing(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, ONE("\"timeout\":\"1s\""), &delivers);
    submit(&desk);
    assert_true(send(&desk, SIGWINCH));
    assert_int_equal(completed_at(&desk, 400)->end, RP_END_EXITED);
    get_up(&desk);
}

static void a_stop_moves_the_rest_to_after_the_continuation(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, ONE("\"timeout\":\"9s\""), &delivers);
    submit(&desk);
    wait_for(&desk, 100);
    assert_true(send(&desk, SIGSTOP));
    wait_for(&desk, 2100);
    assert_true(send(&desk, SIGCONT));
    const struct rp_completion *c = completed_at(&desk, 2400);
    assert_int_equal(c->end, RP_END_EXITED);
    assert_int_equal(c->duration.ns, MS(2400).ns);
    get_up(&desk);
}

static void a_stopped_worker_dies_of_a_signal_when_it_is_continued(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, ONE("\"timeout\":\"9s\""), &delivers);
    submit(&desk);
    assert_true(send(&desk, SIGSTOP));
    assert_true(send(&desk, SIGTERM));
    wait_for(&desk, 700);
    assert_true(send(&desk, SIGCONT));
    const struct rp_completion *c = completed_at(&desk, 700);
    assert_int_equal(c->end, RP_END_SIGNALED);
    assert_int_equal(c->signal, SIGTERM);
    get_up(&desk);
}

/* 40 ms of silence before the first byte, and what it is stopped for. */
static void a_late_beginning_and_the_first_silence_are_one(void **state)
{
    (void)state;
    for (int64_t late_ms = 459; late_ms <= 461; late_ms++) {
        struct desk desk;
        sit_down(
            &desk, ONE("\"timeout\":\"9s\",\"idle\":\"500ms\""), &delivers);
        give_gaps(&desk, false);
        desk.call.stopped = true;
        submit(&desk);
        wait_for(&desk, late_ms);
        assert_true(send(&desk, SIGCONT));
        if (late_ms < 460) {
            (void)completed_at(&desk, 400 + late_ms);
        } else {
            assert_int_equal(poll_until(&desk, 9000), RP_OK);
            assert_int_equal(desk.report.kind, RP_REPORT_IDLE);
            assert_int_equal(desk.report.at.ns, MS(500).ns);
        }
        get_up(&desk);
    }
}

static void a_stop_is_silence(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, ONE("\"timeout\":\"9s\",\"idle\":\"500ms\""), &delivers);
    give_gaps(&desk, false); /* one of them from 50 ms on */
    submit(&desk);
    wait_for(&desk, 100);
    assert_true(send(&desk, SIGSTOP));
    assert_int_equal(poll_until(&desk, 9000), RP_OK);
    assert_int_equal(desk.report.kind, RP_REPORT_IDLE);
    assert_int_equal(desk.report.at.ns, MS(550).ns);
    cancel(&desk, RP_CANCEL_TERM);
    assert_int_equal(completed_at(&desk, 550)->end, RP_END_KILLED);
    get_up(&desk);
}

/* ---- silence ---- */

static void a_smaller_limit_of_silence_is_met_in_the_first_such_gap(
    void **state)
{
    (void)state;
    static const struct {
        int64_t idle_ms, at_ms;
    } cases[] = {{30, 30}, {40, 40}, {41, 91}, {100, 250}};
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct desk desk;
        sit_down(&desk, ONE("\"timeout\":\"9s\""), &delivers);
        give_gaps(&desk, false);
        desk.call.idle = rp_duration_of_ms(cases[i].idle_ms);
        submit(&desk);
        assert_int_equal(poll_until(&desk, 9000), RP_OK);
        assert_int_equal(desk.report.kind, RP_REPORT_IDLE);
        assert_int_equal(desk.report.at.ns, MS(cases[i].at_ms).ns);
        assert_int_equal(desk.report.silent.ns, desk.call.idle.ns);
        (void)completed_at(&desk, 400);
        get_up(&desk);
    }
}

static void silence_noticed_before_a_cancel_arrived_is_told(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, ONE("\"timeout\":\"1s\",\"idle\":\"1s\""), &lingers);
    submit(&desk);
    rp_clock_virtual_advance(desk.clock, MS(1000));
    cancel(&desk, RP_CANCEL_TERM);
    assert_int_equal(poll_until(&desk, 1000), RP_OK);
    assert_int_equal(desk.report.kind, RP_REPORT_IDLE);
    get_up(&desk);
}

static void a_limit_that_no_gap_reaches_is_not_met(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, ONE("\"timeout\":\"9s\""), &delivers);
    give_gaps(&desk, false);
    desk.call.idle = rp_duration_of_ms(201);
    submit(&desk);
    (void)completed_at(&desk, 400);
    get_up(&desk);
}

static void gaps_that_were_dropped_are_not_guessed(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, ONE("\"timeout\":\"9s\""), &delivers);
    give_gaps(&desk, true);
    desk.call.idle = rp_duration_of_ms(100);
    submit(&desk);
    assert_int_equal(poll_until(&desk, 9000), RP_E_NOT_FOUND);
    assert_non_null(strstr(desk.err.text, "needs a live worker"));
    get_up(&desk);
}

/* ---- matching ---- */

static void the_same_content_answers_at_any_path_least_used_first(void **state)
{
    (void)state;
    static const char *const plan =
        "{\"reprise\":1,\"name\":\"t\",\"agents\":{"
        "\"labs\":{\"exec\":[\"labs\"],\"retry\":{\"attempts\":2,"
        "\"on\":[\"exit\"]}}},\"flow\":{\"id\":\"two\",\"need\":1,"
        "\"parallel\":{\"a\":{\"agent\":\"labs\"},\"b\":{\"agent\":\"labs\"}"
        "}}}";
    static const struct script_line line = {"**@1", 40, NULL, 3, 0, 0, 0};
    static const char *const expected[] = {
        "two/a@2/call:1", "two/a@1/call:1", "two/a@2/call:1", "two/a@1/call:1"};
    struct desk desk;
    sit_down(&desk, plan, &line);
    desk.call.attempt = 3;
    for (uint32_t i = 0; i < RP_COUNT_OF(expected); i++) {
        desk.call.path = "two/a@3/call:1";
        desk.call.number = i + 1;
        submit(&desk);
    }
    desk.call.task = "two/c";
    desk.call.path = "two/c@1/call:1";
    desk.call.number = 9;
    submit(&desk);
    uint32_t count = 0;
    const struct rp_journal_answer *answers =
        rp_transport_journal_answers(desk.journal, &count);
    assert_int_equal(count, 5);
    for (uint32_t i = 0; i < RP_COUNT_OF(expected); i++) {
        assert_string_equal(answers[i].source, expected[i]);
        assert_int_equal(answers[i].match, RP_MATCH_CONTENT);
    }
    /* Those of b were not used so far. */
    assert_non_null(strstr(answers[4].source, "two/b@"));
    get_up(&desk);
}

static void a_miss_names_call_nearest_and_difference(void **state)
{
    (void)state;
    struct desk desk;
    sit_down(&desk, ONE("\"timeout\":\"1s\""), &delivers);
    desk.call.content.bytes[0] ^= 1;
    desk.call.input = RP_STR("{\"p\":1,\"q\":[true]}");
    desk.call.path = "one@2/call:1";
    assert_int_equal(
        desk.journal->ops->submit(desk.journal, &desk.call, &desk.err),
        RP_E_NOT_FOUND);
    assert_string_equal(desk.err.text,
        "call one@2/call:1 has no answer in the recording; nearest is "
        "one@1/call:1, with another input: /q: nothing -> [true]");
    get_up(&desk);
}

static void every_match_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(rp_match_name(RP_MATCH_EXACT), "exact");
    assert_string_equal(rp_match_name(RP_MATCH_CONTENT), "content");
    assert_string_equal(rp_match_name(RP_MATCH_CHANGED), "changed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_ends_by_itself_as_long_after_dispatch),
        cmocka_unit_test(poll_never_goes_past_until),
        cmocka_unit_test(what_was_not_cancelled_ends_at_once_when_it_is),
        cmocka_unit_test(a_recorded_cancel_takes_as_long_as_it_did),
        cmocka_unit_test(a_kill_does_not_wait_for_what_a_term_took),
        cmocka_unit_test(who_ignored_a_term_does_so_until_the_grace_is_over),
        cmocka_unit_test(who_was_not_given_time_for_a_term_takes_none),
        cmocka_unit_test(a_shorter_grace_kills_earlier),
        cmocka_unit_test(what_outlives_its_recorded_end_needs_a_live_worker),
        cmocka_unit_test(cancelling_what_is_over_does_nothing),
        cmocka_unit_test(a_stopped_call_is_silent_until_it_is_ended),
        cmocka_unit_test(a_signal_ends_a_worker_and_is_told),
        cmocka_unit_test(a_harmless_signal_changes_nothing),
        cmocka_unit_test(a_stop_moves_the_rest_to_after_the_continuation),
        cmocka_unit_test(
            a_stopped_worker_dies_of_a_signal_when_it_is_continued),
        cmocka_unit_test(a_late_beginning_and_the_first_silence_are_one),
        cmocka_unit_test(a_stop_is_silence),
        cmocka_unit_test(
            a_smaller_limit_of_silence_is_met_in_the_first_such_gap),
        cmocka_unit_test(silence_noticed_before_a_cancel_arrived_is_told),
        cmocka_unit_test(a_limit_that_no_gap_reaches_is_not_met),
        cmocka_unit_test(gaps_that_were_dropped_are_not_guessed),
        cmocka_unit_test(the_same_content_answers_at_any_path_least_used_first),
        cmocka_unit_test(a_miss_names_call_nearest_and_difference),
        cmocka_unit_test(every_match_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
