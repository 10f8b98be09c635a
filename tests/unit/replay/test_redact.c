/* Played sessions without what identifies somebody: every spelling of it, what
 * stays, and that what is left is a session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/redact.h>
#include <reprise/verify.h>

#include "redact_text.h"
#include "stage.h"

#define KEY RP_STR("0123456789abcdef")
#define TOKEN_LEN (sizeof("redacted-0123456789abcdef") - 1)

/* ---- values ---- */

/* What `bytes` become when the texts and the number are values. */
static struct rp_buf without(const char *text, const char *other,
    const char *number, struct rp_str bytes)
{
    struct rp_buf out;
    struct rp__values *values = rp__values_new(KEY);
    const char *const texts[] = {text, other};
    for (size_t i = 0; i < RP_COUNT_OF(texts); i++) {
        rp__values_add_text(values, rp_str_of(texts[i]), "rule");
    }
    if (number != NULL) {
        rp__values_add_number(values, rp_str_of(number), "rule");
    }
    rp__values_seal(values);
    rp_buf_init(&out, (size_t)1 << 20);
    bool changed = rp__redact_bytes(values, bytes, &out);
    assert_int_equal(changed, !rp_str_equal(rp_buf_str(&out), bytes));
    rp__values_free(&values);
    return out;
}

/* `expected` has a # for each token of a text. */
static void expect(const char *text, const char *other, const char *number,
    const char *bytes, const char *expected)
{
    struct rp_buf shape;
    struct rp_buf out = without(text, other, number, rp_str_of(bytes));
    rp_buf_init(&shape, (size_t)1 << 20);
    for (size_t i = 0; i < out.len;) {
        struct rp_str rest = {out.ptr + i, out.len - i};
        bool token = rp_str_starts(rest, RP_STR("redacted-"));
        rp_buf_add_char(&shape, token ? '#' : out.ptr[i]);
        i += token ? TOKEN_LEN : 1;
    }
    assert_string_equal(shape.ptr == NULL ? "" : shape.ptr, expected);
    rp_buf_fini(&shape);
    rp_buf_fini(&out);
}

static void a_text_goes_wherever_it_stands(void **state)
{
    (void)state;
    expect("Huber", NULL, NULL, "\"Huber\"", "\"#\"");
    expect("Huber", NULL, NULL, "{\"Huber\":[\"a Huber b\",1]}",
        "{\"#\":[\"a # b\",1]}");
    expect("Huber", NULL, NULL, "seen: Huber, Huber.", "seen: #, #.");
    expect("Huber", NULL, NULL, "{\"n\": \"Hub\"}", "{\"n\": \"Hub\"}");
    expect("Huber", NULL, NULL, "huber HUBER", "huber HUBER");
}

static void the_longest_value_wins(void **state)
{
    (void)state;
    expect("Anna Huber", "Huber", NULL, "Anna Huber and Huber", "# and #");
    expect("Anna", "Anna Huber-Maier", NULL, "Anna Huber", "# Huber");
}

static void every_spelling_is_the_same_value(void **state)
{
    (void)state;
    static const char *const spellings[] = {"\"Z\xC3\xBC \\\"x\\\"\"",
        "\"Z\\u00fc \\\"x\\\"\"", "\"Z\\u00FC \\u0022x\\u0022\"",
        "\"\\u005a\\u00fc \\\"x\\\"\""};
    struct rp_buf first =
        without("Z\xC3\xBC \"x\"", NULL, NULL, rp_str_of(spellings[0]));
    for (size_t i = 0; i < RP_COUNT_OF(spellings); i++) {
        struct rp_buf out =
            without("Z\xC3\xBC \"x\"", NULL, NULL, rp_str_of(spellings[i]));
        assert_int_equal(out.len, TOKEN_LEN + 2);
        assert_string_equal(out.ptr, first.ptr);
        rp_buf_fini(&out);
    }
    rp_buf_fini(&first);
}

static void a_document_inside_of_a_text_is_no_hiding_place(void **state)
{
    (void)state;
    const char *name = "Z\xC3\xBC \"x\"";
    expect(name, NULL, NULL,
        "\"{\\\"n\\\":\\\"Z\xC3\xBC \\\\\\\"x\\\\\\\"\\\"}\"",
        "\"{\\\"n\\\":\\\"#\\\"}\"");
    expect(name, NULL, NULL, "\"[\\\"Z\\\\u00FC \\\\\\\"x\\\\\\\"\\\"]\"",
        "\"[\\\"#\\\"]\"");
    expect(name, NULL, NULL, "log {\"n\":\"Z\\u00fc \\\"x\\\"\"} end",
        "log {\"n\":\"#\"} end");
    expect("\xF0\x9F\x98\x80\xF0\x9F\x98\x80", NULL, NULL,
        "x \\ud83d\\ude00\\uD83D\\uDE00 \\ud83d\\ude00\\ud83d\\ude00",
        "x \\ud83d\\ude00\\uD83D\\uDE00 #");
}

static void a_short_text_goes_where_it_is_all(void **state)
{
    (void)state;
    expect("F", NULL, NULL, "{\"F\":\"F\",\"a\":\"FF\",\"b\":\"F F\"}",
        "{\"#\":\"#\",\"a\":\"FF\",\"b\":\"F F\"}");
    expect("F", NULL, NULL, "F is F", "F is F");
}

static void lines_of_documents_stay_such(void **state)
{
    (void)state;
    expect("Huber", "F", NULL, "{\"a\":\"F\"}\nHuber F\n\n[\"F\"]\n{\"Huber",
        "{\"a\":\"#\"}\n# F\n\n[\"#\"]\n{\"#");
}

static void what_is_left_of_a_cut_value_goes(void **state)
{
    (void)state;
    expect("Anna Huber", NULL, NULL, "{\"n\":\"Anna Hub", "{\"n\":\"#");
    expect("Anna Huber", NULL, NULL, "of Anna\n[...]\n Huber is",
        "of #\n[...]\n# is");
    expect("Anna Huber", NULL, NULL, " Huber is whole", " Huber is whole");
    expect("abcabc-abcabc", NULL, NULL, "x abcabc-abcabc", "x #");
    expect("Anna Huber", NULL, NULL, "Anna Huber\n[...]\nAnna Huber",
        "#\n[...]\n#");
    expect("Anna Huber", NULL, NULL, "An", "An");
}

static void a_number_becomes_another_of_its_kind(void **state)
{
    (void)state;
    static const char *const spellings[] = {"[72.5]", "[725e-1]", "[72.50]"};
    for (size_t i = 0; i < RP_COUNT_OF(spellings); i++) {
        struct rp_buf out =
            without(NULL, NULL, "72.5", rp_str_of(spellings[i]));
        assert_int_equal(out.len, strlen("[72.5]"));
        assert_int_equal(out.ptr[3], '.');
        assert_string_not_equal(out.ptr, "[72.5]");
        rp_buf_fini(&out);
    }
    expect(NULL, NULL, "7", "[17,70,7.5,\"7\"]", "[17,70,7.5,\"7\"]");
    for (int n = 0; n < 10; n++) {
        char text[] = {(char)('0' + n), '\0'};
        struct rp_buf out = without(NULL, NULL, text, rp_str_of(text));
        assert_int_equal(out.len, 1);
        assert_int_not_equal(out.ptr[0], text[0]);
        rp_buf_fini(&out);
    }
}

static void a_long_number_goes_from_texts_and_other_numbers(void **state)
{
    (void)state;
    static const char *const holders[] = {"MRN 9434765919.", "\"x9434765919y\"",
        "[194347659190]", "[-9434765919]", "{\"9434765919\":1}"};
    for (size_t i = 0; i < RP_COUNT_OF(holders); i++) {
        struct rp_buf out =
            without(NULL, NULL, "9434765919", rp_str_of(holders[i]));
        assert_int_equal(out.len, strlen(holders[i]));
        assert_null(strstr(out.ptr, "9434765919"));
        rp_buf_fini(&out);
    }
    expect(NULL, NULL, "1003", "in 2100345 rooms", "in 2100345 rooms");
    expect("9434765919", NULL, NULL, "\"9434765919\"", "\"#\"");
    struct rp_buf out =
        without("9434765919", NULL, NULL, RP_STR("{\"mrn\": 9434765919}"));
    assert_null(strstr(out.ptr, "9434765919"));
    assert_int_equal(out.len, strlen("{\"mrn\": 9434765919}"));
    rp_buf_fini(&out);
}

/* ---- sessions ---- */

#define PLAN(output)                                                           \
    "{\"reprise\":1,\"name\":\"r\",\"agents\":{\"a\":{\"exec\":[\"a\"],"       \
    "\"contract\":{\"echo\":[\"/who\"]},\"output\":" output                    \
    ",\"retry\":{\"attempts\":2,\"on\":[\"contract\"],"                        \
    "\"backoff\":\"1ms..2ms\"}}},\"flow\":{\"id\":\"a\",\"agent\":\"a\"}}"

static const struct script_line lines[] = {
    {"a@1", 5, "{\"who\":\"somebody else\"}", 0, 0, 0, 0},
    {"a@2", 5, "{\"who\":\"Anna Huber\",\"is\":[\"ill\"]}", 0, 0, 0, 0},
};

struct fixture {
    struct stage stage;
    struct rp_recording *recording;
    struct rp_redacted *redacted;
    struct rp_err err;
};

static void play(struct fixture *f, const char *plan)
{
    *f = (struct fixture){.redacted = NULL};
    stage_play(
        &f->stage, plan, "{\"who\":\"Anna Huber\"}", lines, RP_COUNT_OF(lines));
    assert_int_equal(rp_recording_of_memory(&f->recording, f->stage.store,
                         &f->stage.head, NULL, NULL),
        RP_OK);
}

static enum rp_code redact(struct fixture *f, const char *rule)
{
    struct rp_redaction redaction = {&rule, 1, KEY};
    return rp_redact(&f->redacted, &f->recording, 1, &redaction, &f->err);
}

static void end(struct fixture *f)
{
    rp_redacted_free(&f->redacted);
    assert_null(f->redacted);
    rp_redacted_free(&f->redacted);
    rp_recording_free(&f->recording);
    stage_fini(&f->stage);
}

static const struct rp_redacted_session *only(const struct fixture *f)
{
    uint32_t count;
    const struct rp_redacted_session *sessions =
        rp_redacted_sessions(f->redacted, &count);
    assert_int_equal(count, 1);
    return sessions;
}

static void verifies(const struct fixture *f)
{
    struct rp_verification v;
    assert_int_equal(rp_verify(&v, only(f)->recording, NULL, NULL), RP_OK);
    assert_int_equal(v.first.kind, RP_DIVERGENCE_NONE);
    assert_true(v.ended);
    rp_verification_fini(&v);
}

static void what_is_left_is_decided_as_it_was(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t before, after, short_count;
    play(&f, PLAN("{}"));
    assert_int_equal(redact(&f, "/who"), RP_OK);
    verifies(&f);
    assert_int_equal(rp_redacted_values(f.redacted, &short_count), 2);
    assert_int_equal(short_count, 0);
    assert_int_equal(only(&f)->undecided_count, 0);
    assert_null(rp_redacted_idle(f.redacted, 0));
    (void)rp_recording_records(f.recording, &before);
    const struct rp_recorded *records =
        rp_recording_records(only(&f)->recording, &after);
    assert_int_equal(after, before);
    for (uint32_t i = 0; i < after; i++) {
        assert_null(strstr(records[i].body.ptr, "Huber"));
    }
    assert_null(strstr(rp_recording_input(only(&f)->recording).ptr, "Huber"));
    end(&f);
}

static void a_broken_contract_is_taken_out_and_named(void **state)
{
    (void)state;
    struct fixture f;
    play(&f, PLAN("{\"properties\":{\"who\":{\"pattern\":\"^[A-Zs]\"}}}"));
    assert_int_equal(redact(&f, "Anna Huber"), RP_OK);
    verifies(&f);
    assert_int_equal(only(&f)->undecided_count, 1);
    assert_true(rp_str_starts(
        rp_str_of(only(&f)->undecided[0]), RP_STR("output of a (/who: ")));
    assert_null(
        rp_plan_agent(rp_recording_plan(only(&f)->recording), RP_STR("a"))
            ->output);
    const struct rp_session_head *head = rp_recording_head(only(&f)->recording);
    assert_int_equal(head->tag_count, 2);
    assert_true(rp_str_is(head->tags[1].value, "output of a"));
    end(&f);
}

static void a_refusal_that_would_be_none_is_no_session(void **state)
{
    (void)state;
    struct fixture f;
    play(&f, PLAN("{\"not\":{\"properties\":{\"who\":{\"pattern\":\"^s\"}}}}"));
    assert_int_equal(redact(&f, "somebody"), RP_E_DIVERGED);
    assert_non_null(strstr(f.err.text, "would be decided otherwise"));
    assert_null(f.redacted);
    end(&f);
}

static void rules_are_checked_first(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "/a~2", "(", "[z-a]"};
    struct fixture f;
    play(&f, PLAN("{}"));
    for (size_t i = 0; i < RP_COUNT_OF(wrong); i++) {
        rp_err_clear(&f.err);
        assert_int_equal(redact(&f, wrong[i]), RP_E_INVALID);
        assert_non_null(strstr(f.err.text, "is wrong"));
    }
    rp_err_clear(&f.err);
    assert_int_equal(redact(&f, "accepted"), RP_OK);
    assert_string_equal(rp_redacted_idle(f.redacted, 0), "accepted");
    assert_null(rp_redacted_idle(f.redacted, 1));
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_goes_wherever_it_stands),
        cmocka_unit_test(the_longest_value_wins),
        cmocka_unit_test(every_spelling_is_the_same_value),
        cmocka_unit_test(a_document_inside_of_a_text_is_no_hiding_place),
        cmocka_unit_test(a_short_text_goes_where_it_is_all),
        cmocka_unit_test(lines_of_documents_stay_such),
        cmocka_unit_test(what_is_left_of_a_cut_value_goes),
        cmocka_unit_test(a_number_becomes_another_of_its_kind),
        cmocka_unit_test(a_long_number_goes_from_texts_and_other_numbers),
        cmocka_unit_test(what_is_left_is_decided_as_it_was),
        cmocka_unit_test(a_broken_contract_is_taken_out_and_named),
        cmocka_unit_test(a_refusal_that_would_be_none_is_no_session),
        cmocka_unit_test(rules_are_checked_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
