/* Faults over scripted workers, in virtual time, through whole sessions. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/fault_inject.h>

#include "stage.h"

#define SEED 42

/* Two workers side by side; the first is what faults are on. */
#define PLAN(labs)                                                             \
    "{\"reprise\":1,\"name\":\"t\",\"agents\":{"                               \
    "\"labs\":{\"exec\":[\"labs\"]," labs "},"                                 \
    "\"meds\":{\"exec\":[\"meds\"]}},"                                         \
    "\"flow\":{\"sequence\":[{\"id\":\"gather\",\"need\":1,\"parallel\":{"     \
    "\"labs\":{\"agent\":\"labs\"},\"meds\":{\"agent\":\"meds\"}}}]}}"

#define DELIVERS(path, after_ms, output)                                       \
    {                                                                          \
        path, after_ms, output, 0, 0, 0, 0                                     \
    }

static const struct script_line deliver[] = {
    DELIVERS("gather/labs@*", 30, "{\"f\":[1,234]}\n"),
    DELIVERS("gather/meds@*", 20, "{}"),
};

struct play {
    struct stage stage;
    struct rp_fault_rules rules;
};

static void add_rule(struct play *play, const char *text)
{
    struct rp_err err = RP_ERR_INIT;
    if (rp_fault_rule_add(&play->rules, rp_str_of(text), &err) != RP_OK) {
        fail_msg("'%s' was refused: %s", text, err.text);
    }
}

/* The session with up to two rules in force. */
static void play_lines(struct play *play, const char *plan, const char *first,
    const char *second, const struct script_line *lines, uint32_t count)
{
    *play = (struct play){.rules = {.count = 0}};
    add_rule(play, first);
    if (second != NULL) {
        add_rule(play, second);
    }
    struct stage *stage = &play->stage;
    stage_set(stage, plan, "{}", lines, count);
    struct rp_err err = RP_ERR_INIT;
    assert_int_equal(
        rp_fault_rules_fit(&play->rules, stage->plan, &err), RP_OK);
    stage->transport =
        rp_fault_inject_new(stage->transport, &play->rules, stage->clock, SEED);
    stage_run(stage);
}

static void play(struct play *play, const char *plan, const char *rule)
{
    play_lines(play, plan, rule, NULL, deliver, RP_COUNT_OF(deliver));
}

static uint32_t fired(const struct play *play, uint32_t rule)
{
    return rp_fault_inject_fired(play->stage.transport, rule);
}

static bool has(const struct play *play, const char *a, const char *b)
{
    return stage_has(&play->stage, a, b, NULL);
}

static void end(struct play *play)
{
    stage_fini(&play->stage);
}

/* ---- hang ---- */

static void a_hung_worker_times_out_at_its_timeout(void **state)
{
    (void)state;
    struct play p;
    play(&p, PLAN("\"timeout\":\"250ms\""), "labs : hang");
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_DEGRADED);
    assert_int_equal(stage_took_ms(&p.stage), 250);
    assert_true(has(&p, "\"timed_out\"", "gather/labs@1"));
    assert_true(has(&p, "\"faults\":[{\"rule\":\"r1\",\"fault\":\"hang\"",
        "gather/labs@1"));
    assert_false(has(&p, "\"fault\":\"hang\"", "gather/meds@1/call:1"));
    assert_int_equal(fired(&p, 0), 1);
    end(&p);
}

static void a_hung_worker_is_idle_at_its_limit_of_silence(void **state)
{
    (void)state;
    struct play p;
    play(&p, PLAN("\"timeout\":\"10s\",\"idle\":\"100ms\""), "labs : hang");
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_DEGRADED);
    assert_int_equal(stage_took_ms(&p.stage), 100);
    assert_true(has(&p, "\"call_idle\"", "gather/labs@1"));
    assert_true(has(&p, "\"missing\"", "\"class\":\"idle\""));
    assert_int_equal(fired(&p, 0), 1);
    end(&p);
}

static void a_retry_delivers_after_a_hang(void **state)
{
    (void)state;
    struct play p;
    play(&p,
        PLAN("\"timeout\":\"200ms\","
             "\"retry\":{\"attempts\":2,\"backoff\":\"100ms\"}"),
        "labs @1 : hang");
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_OK);
    /* The timeout, a pause of at least half the backoff, the second try. */
    assert_in_range(stage_took_ms(&p.stage), 200 + 50 + 30, 200 + 100 + 30);
    assert_true(has(&p, "\"accepted\"", "gather/labs@2"));
    assert_int_equal(stage_count(&p.stage, "\"fault\":\"hang\""), 1);
    assert_int_equal(fired(&p, 0), 1);
    end(&p);
}

static void a_rule_without_an_attempt_is_on_every_retry(void **state)
{
    (void)state;
    struct play p;
    play(&p,
        PLAN("\"timeout\":\"200ms\",\"retry\":{\"attempts\":3,"
             "\"backoff\":\"10ms\"}"),
        "labs : hang");
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_DEGRADED);
    assert_int_equal(fired(&p, 0), 3);
    assert_int_equal(stage_count(&p.stage, "\"fault\":\"hang\""), 3);
    end(&p);
}

static void a_worker_that_cannot_start_does_not_hang(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@*", 5, NULL, 0, 0, 0, true},
        DELIVERS("gather/meds@*", 20, "{}"),
    };
    struct play p;
    play_lines(&p, PLAN("\"timeout\":\"1s\""), "labs : hang", NULL, lines, 2);
    assert_true(has(&p, "\"rejected\"", "\"spawn_failed\""));
    assert_int_equal(stage_count(&p.stage, "\"faults\""), 0);
    assert_int_equal(fired(&p, 0), 0);
    end(&p);
}

/* ---- out.truncate ---- */

static void a_torn_document_is_malformed_and_never_accepted(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *reason;
    } cases[] = {
        {"labs : out.truncate(0)", "\"output_empty\""},
        {"labs : out.truncate(1)", "\"output_truncated\""},
        {"labs : out.truncate(12)", "\"output_truncated\""},
        {"labs : out.truncate(50%)", "\"output_truncated\""},
        {"labs : out.truncate(in_string)", "\"output_truncated\""},
        {"labs : out.truncate(in_number)", "\"output_truncated\""},
        {"labs : out.truncate(before_close)", "\"output_truncated\""},
    };
    static const struct script_line lines[] = {
        DELIVERS("gather/labs@*", 30, "{\"fact\":[1,234]}"),
        DELIVERS("gather/meds@*", 20, "{}"),
    };
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct play p;
        play_lines(
            &p, PLAN("\"timeout\":\"1s\""), cases[i].rule, NULL, lines, 2);
        assert_int_equal(p.stage.result.outcome, RP_OUTCOME_DEGRADED);
        assert_int_equal(stage_took_ms(&p.stage), 30);
        assert_true(has(&p, "\"rejected\"", cases[i].reason));
        assert_true(has(&p, "\"rejected\"", "\"class\":\"malformed\""));
        assert_false(has(&p, "\"accepted\"", "gather/labs@1"));
        assert_true(has(&p, "\"fault\":\"out.truncate\"", "gather/labs@1"));
        assert_int_equal(fired(&p, 0), 1);
        end(&p);
    }
}

static void a_character_cut_in_two_is_an_encoding_error(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        DELIVERS("gather/labs@*", 30, "{\"f\":\"\xc3\xa4\"}"),
        DELIVERS("gather/meds@*", 20, "{}"),
    };
    struct play p;
    play_lines(&p, PLAN("\"timeout\":\"1s\""), "labs : out.truncate(in_utf8)",
        NULL, lines, 2);
    assert_true(has(&p, "\"rejected\"", "gather/labs@1"));
    assert_true(has(&p, "\"rejected\"", "\"class\":\"malformed\""));
    assert_int_equal(fired(&p, 0), 1);
    end(&p);
}

static void a_retry_delivers_after_a_torn_document(void **state)
{
    (void)state;
    struct play p;
    play(&p,
        PLAN("\"timeout\":\"1s\","
             "\"retry\":{\"attempts\":2,\"backoff\":\"100ms\"}"),
        "labs @1 : out.truncate");
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_OK);
    assert_in_range(stage_took_ms(&p.stage), 30 + 50 + 30, 30 + 100 + 30);
    assert_true(has(&p, "\"accepted\"", "gather/labs@2"));
    end(&p);
}

static void digest_hex(char out[65], const char *bytes)
{
    struct rp_digest digest = rp_digest_of(rp_str_of(bytes));
    rp_digest_hex(&digest, out);
}

/* No parser can tell that 12 was 123: the mark does, by both digests. */
static void a_shorter_document_that_is_whole_is_accepted_and_marked(
    void **state)
{
    (void)state;
    static const struct {
        const char *whole, *rule, *left;
    } cases[] = {
        {"123", "labs : out.truncate(2)", "12"},
        {"123", "labs : out.truncate(in_number)", "1"},
        {"{}  \n", "labs : out.truncate(2)", "{}"},
    };
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        const struct script_line lines[] = {
            DELIVERS("gather/labs@*", 30, cases[i].whole),
            DELIVERS("gather/meds@*", 20, "{}"),
        };
        struct play p;
        char before[65];
        char after[65];
        play_lines(
            &p, PLAN("\"timeout\":\"1s\""), cases[i].rule, NULL, lines, 2);
        digest_hex(before, cases[i].whole);
        digest_hex(after, cases[i].left);
        assert_int_equal(p.stage.result.outcome, RP_OUTCOME_OK);
        assert_true(has(&p, "\"accepted\"", "gather/labs@1"));
        assert_true(stage_has(&p.stage, "\"fault\":\"out.truncate\"", before,
            after, "gather/labs@1", NULL));
        assert_int_equal(fired(&p, 0), 1);
        end(&p);
    }
}

static void a_contract_catches_what_a_parser_cannot(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        DELIVERS("gather/labs@*", 30, "123"),
        DELIVERS("gather/meds@*", 20, "{}"),
    };
    struct play p;
    play_lines(&p,
        PLAN("\"timeout\":\"1s\",\"output\":{\"type\":\"integer\","
             "\"minimum\":100}"),
        "labs : out.truncate(2)", NULL, lines, 2);
    assert_true(has(&p, "\"rejected\"", "\"output_contract\""));
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_DEGRADED);
    end(&p);
}

static void what_leaves_nothing_to_cut_did_not_fire(void **state)
{
    (void)state;
    static const char *const rules[] = {"labs : out.truncate(14)",
        "labs : out.truncate(100%)", "labs : out.truncate(in_utf8)",
        "labs @1 : out.truncate(9999)"};
    for (size_t i = 0; i < RP_COUNT_OF(rules); i++) {
        struct play p;
        play(&p, PLAN("\"timeout\":\"1s\""), rules[i]);
        assert_int_equal(p.stage.result.outcome, RP_OUTCOME_OK);
        assert_int_equal(stage_count(&p.stage, "\"faults\""), 0);
        assert_int_equal(fired(&p, 0), 0);
        end(&p);
    }
}

/* ---- ends that are held back ---- */

static void who_ignores_sigterm_lives_until_the_grace_is_over(void **state)
{
    (void)state;
    struct play p;
    static const struct script_line lines[] = {
        DELIVERS("gather/labs@*", 30, "{}"),
        DELIVERS("gather/meds@*", 500, "{}"),
    };
    play_lines(&p, PLAN("\"timeout\":\"250ms\",\"grace\":\"100ms\""),
        "labs : hang.ignore_term", NULL, lines, RP_COUNT_OF(lines));
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_DEGRADED);
    assert_true(has(&p, "\"signal\":9", "\"kill_sent\":true"));
    assert_true(has(&p, "gather/labs@1", "\"duration\":\"350000000\""));
    end(&p);
}

static void a_result_that_is_late_within_the_limits_is_accepted(void **state)
{
    (void)state;
    struct play p;
    play(&p, PLAN("\"timeout\":\"250ms\""), "labs : late.result(200ms)");
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_OK);
    assert_int_equal(stage_took_ms(&p.stage), 230);
    assert_int_equal(fired(&p, 0), 1);
    end(&p);
}

static void a_result_that_is_too_late_is_not_accepted(void **state)
{
    (void)state;
    struct play p;
    play(&p, PLAN("\"timeout\":\"250ms\""), "labs : late.result(221ms)");
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_DEGRADED);
    assert_int_equal(stage_took_ms(&p.stage), 250);
    assert_true(has(&p, "\"timed_out\"", "gather/labs@1"));
    end(&p);
}

static void silence_counts_for_the_late_and_not_for_what_drips(void **state)
{
    (void)state;
    struct play p;
    const char *plan = PLAN("\"timeout\":\"1s\",\"idle\":\"100ms\"");
    play(&p, plan, "labs : late.result(200ms)");
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_DEGRADED);
    assert_int_equal(stage_took_ms(&p.stage), 130);
    end(&p);
    play(&p, plan, "labs : slow.drip(200ms)");
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_OK);
    assert_int_equal(stage_took_ms(&p.stage), 230);
    end(&p);
}

static void half_an_output_is_never_accepted(void **state)
{
    (void)state;
    struct play p;
    play(&p, PLAN("\"timeout\":\"250ms\""), "labs : hang.mid_output");
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_DEGRADED);
    assert_int_equal(stage_took_ms(&p.stage), 250);
    end(&p);
    play(&p, PLAN("\"timeout\":\"250ms\""), "labs : kill.mid_write");
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_DEGRADED);
    assert_int_equal(stage_took_ms(&p.stage), 30);
    end(&p);
}

/* ---- kill ---- */

static void a_kill_at_the_start_is_a_crash_without_output(void **state)
{
    (void)state;
    static const char *const rules[] = {"labs : kill",
        "labs : kill(signal=SIGTERM)", "labs : kill(0s, signal=SIGSEGV)"};
    static const char *const signals[] = {
        "\"signal\":9", "\"signal\":15", "\"signal\":11"};
    for (size_t i = 0; i < RP_COUNT_OF(rules); i++) {
        struct play p;
        play(&p, PLAN("\"timeout\":\"1s\""), rules[i]);
        assert_int_equal(p.stage.result.outcome, RP_OUTCOME_DEGRADED);
        assert_int_equal(stage_took_ms(&p.stage), 20); /* the other one */
        assert_true(stage_has(&p.stage, "\"rejected\"", "\"class\":\"crash\"",
            "\"signaled\"", NULL));
        assert_true(stage_has(
            &p.stage, "\"fault\":\"kill\"", signals[i], "gather/labs@1", NULL));
        assert_int_equal(fired(&p, 0), 1);
        end(&p);
    }
}

static void a_kill_after_a_while_comes_at_that_instant(void **state)
{
    (void)state;
    struct play p;
    play(&p, PLAN("\"timeout\":\"1s\""), "labs : kill(after=25ms)");
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_DEGRADED);
    assert_int_equal(stage_took_ms(&p.stage), 25);
    assert_true(has(&p, "\"fault\":\"kill\"", "\"duration\":\"25000000\""));
    assert_int_equal(fired(&p, 0), 1);
    end(&p);
}

static void a_worker_that_was_quicker_is_not_killed(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "labs : kill(after=30ms)", "labs : kill(after=1h)"};
    for (size_t i = 0; i < RP_COUNT_OF(rules); i++) {
        struct play p;
        play(&p, PLAN("\"timeout\":\"1s\""), rules[i]);
        assert_int_equal(p.stage.result.outcome, RP_OUTCOME_OK);
        assert_int_equal(stage_took_ms(&p.stage), 30);
        assert_int_equal(stage_count(&p.stage, "\"faults\""), 0);
        assert_int_equal(fired(&p, 0), 0);
        end(&p);
    }
}

static void a_retry_delivers_after_a_kill(void **state)
{
    (void)state;
    struct play p;
    play(&p,
        PLAN("\"timeout\":\"1s\","
             "\"retry\":{\"attempts\":2,\"backoff\":\"100ms\"}"),
        "labs @1 : kill(10ms)");
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_OK);
    assert_in_range(stage_took_ms(&p.stage), 10 + 50 + 30, 10 + 100 + 30);
    assert_true(has(&p, "\"retry\"", "\"class\":\"crash\""));
    assert_true(has(&p, "\"accepted\"", "gather/labs@2"));
    end(&p);
}

/* ---- several rules ---- */

static void a_hung_worker_can_be_killed_too(void **state)
{
    (void)state;
    static const char *const kills[] = {
        "labs : kill(40ms)", "labs : kill(40ms, signal=SIGTERM)"};
    for (size_t i = 0; i < RP_COUNT_OF(kills); i++) {
        struct play p;
        play_lines(&p, PLAN("\"timeout\":\"1s\""), "labs : hang", kills[i],
            deliver, 2);
        assert_int_equal(stage_took_ms(&p.stage), 40);
        assert_true(stage_has(&p.stage, "\"rule\":\"r1\",\"fault\":\"hang\"",
            "\"rule\":\"r2\",\"fault\":\"kill\"", "gather/labs@1", NULL));
        assert_int_equal(fired(&p, 0), 1);
        assert_int_equal(fired(&p, 1), 1);
        end(&p);
    }
}

static void of_two_rules_that_do_the_same_the_later_counts(void **state)
{
    (void)state;
    struct play p;
    play_lines(&p, PLAN("\"timeout\":\"1s\""), "gather/l* : kill(5ms)",
        "labs : kill(15ms)", deliver, 2);
    assert_true(has(&p, "\"rule\":\"r2\"", "\"duration\":\"15000000\""));
    assert_int_equal(fired(&p, 0), 0);
    assert_int_equal(fired(&p, 1), 1);
    end(&p);
    play_lines(&p, PLAN("\"timeout\":\"1s\""), "gather/* : kill(5ms)",
        "labs : kill(15ms)", deliver, 2);
    assert_int_equal(fired(&p, 0), 1); /* on the other one */
    assert_int_equal(fired(&p, 1), 1);
    end(&p);
}

static void the_nth_match_alone_is_hit(void **state)
{
    (void)state;
    struct play p;
    play(&p,
        PLAN("\"timeout\":\"1s\","
             "\"retry\":{\"attempts\":4,\"backoff\":\"10ms\"}"),
        "labs [1..3] : kill");
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_OK);
    assert_true(has(&p, "\"accepted\"", "gather/labs@4"));
    assert_int_equal(fired(&p, 0), 3);
    end(&p);
    play(&p, PLAN("\"timeout\":\"1s\""), "** [2] : kill");
    assert_true(has(&p, "\"fault\":\"kill\"", "gather/meds@1"));
    assert_false(has(&p, "\"fault\":\"kill\"", "gather/labs@1/call:1"));
    assert_int_equal(fired(&p, 0), 1);
    end(&p);
}

static void a_rule_that_never_fired_is_told_and_why(void **state)
{
    (void)state;
    struct play p;
    struct rp_buf text;
    rp_buf_init(&text, 4096);
    play_lines(&p, PLAN("\"timeout\":\"1s\",\"retry\":{\"attempts\":2}"),
        "labs @2 : kill", "gather/* : kill(after=1h)", deliver, 2);
    assert_int_equal(p.stage.result.outcome, RP_OUTCOME_OK);
    assert_int_equal(stage_count(&p.stage, "\"faults\""), 0);
    assert_int_equal(fired(&p, 0), 0);
    assert_int_equal(fired(&p, 1), 0);
    rp_fault_inject_tell_unfired(&text, p.stage.transport);
    assert_string_equal(text.ptr,
        "fault rule 'r1' never fired: 'labs @2 : kill(after=0s, "
        "signal=SIGKILL)' was on no call\n"
        "fault rule 'r2' never fired: 'gather/* : kill(after=1h, "
        "signal=SIGKILL)' was on 2 calls and changed none\n");
    rp_buf_fini(&text);
    end(&p);
}

static void rules_that_fired_are_not_told(void **state)
{
    (void)state;
    struct play p;
    struct rp_buf text;
    rp_buf_init(&text, 4096);
    play(&p, PLAN("\"timeout\":\"1s\""), "labs : kill");
    rp_fault_inject_tell_unfired(&text, p.stage.transport);
    assert_int_equal(text.len, 0);
    rp_buf_fini(&text);
    end(&p);
}

static void the_same_seed_plays_the_same_session(void **state)
{
    (void)state;
    struct play a;
    struct play b;
    const char *plan = PLAN("\"timeout\":\"1s\",\"retry\":{\"attempts\":20,"
                            "\"backoff\":\"10ms\"}");
    play(&a, plan, "labs ?70% : kill(7ms)");
    play(&b, plan, "labs ?70% : kill(7ms)");
    assert_int_equal(fired(&a, 0), fired(&b, 0));
    size_t count_a = 0;
    size_t count_b = 0;
    const struct rp_memory_record *ra =
        rp_store_memory_records(a.stage.store, &count_a);
    const struct rp_memory_record *rb =
        rp_store_memory_records(b.stage.store, &count_b);
    assert_int_equal(count_a, count_b);
    for (size_t i = 0; i < count_a; i++) {
        assert_string_equal(ra[i].body.ptr, rb[i].body.ptr);
    }
    end(&a);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hung_worker_times_out_at_its_timeout),
        cmocka_unit_test(a_hung_worker_is_idle_at_its_limit_of_silence),
        cmocka_unit_test(a_retry_delivers_after_a_hang),
        cmocka_unit_test(a_rule_without_an_attempt_is_on_every_retry),
        cmocka_unit_test(a_worker_that_cannot_start_does_not_hang),
        cmocka_unit_test(who_ignores_sigterm_lives_until_the_grace_is_over),
        cmocka_unit_test(a_result_that_is_late_within_the_limits_is_accepted),
        cmocka_unit_test(a_result_that_is_too_late_is_not_accepted),
        cmocka_unit_test(silence_counts_for_the_late_and_not_for_what_drips),
        cmocka_unit_test(half_an_output_is_never_accepted),
        cmocka_unit_test(a_torn_document_is_malformed_and_never_accepted),
        cmocka_unit_test(a_character_cut_in_two_is_an_encoding_error),
        cmocka_unit_test(a_retry_delivers_after_a_torn_document),
        cmocka_unit_test(
            a_shorter_document_that_is_whole_is_accepted_and_marked),
        cmocka_unit_test(a_contract_catches_what_a_parser_cannot),
        cmocka_unit_test(what_leaves_nothing_to_cut_did_not_fire),
        cmocka_unit_test(a_kill_at_the_start_is_a_crash_without_output),
        cmocka_unit_test(a_kill_after_a_while_comes_at_that_instant),
        cmocka_unit_test(a_worker_that_was_quicker_is_not_killed),
        cmocka_unit_test(a_retry_delivers_after_a_kill),
        cmocka_unit_test(a_hung_worker_can_be_killed_too),
        cmocka_unit_test(of_two_rules_that_do_the_same_the_later_counts),
        cmocka_unit_test(the_nth_match_alone_is_hit),
        cmocka_unit_test(a_rule_that_never_fired_is_told_and_why),
        cmocka_unit_test(rules_that_fired_are_not_told),
        cmocka_unit_test(the_same_seed_plays_the_same_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
