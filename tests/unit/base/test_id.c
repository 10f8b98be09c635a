#include <reprise/id.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <reprise/attr.h>

static struct rp_wall wall_ms(int64_t ms)
{
    return (struct rp_wall){ms * RP_NS_PER_MS};
}

static void session_ids_have_fixed_texts(void **state)
{
    (void)state;
    static const uint8_t some[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    static const uint8_t zero[10];
    uint8_t ones[10];
    memset(ones, 0xFF, sizeof(ones));
    assert_string_equal(
        rp_session_id_of(wall_ms(INT64_C(1469918176385)), some).text,
        "01ARYZ6S41041061050R3GG28A");
    assert_string_equal(
        rp_session_id_of(wall_ms(0), zero).text, "00000000000000000000000000");
    assert_string_equal(
        rp_session_id_of((struct rp_wall){INT64_MAX}, ones).text,
        "08CDXX0PQPZZZZZZZZZZZZZZZZ");
    assert_string_equal(rp_session_id_of((struct rp_wall){-1}, zero).text,
        "00000000000000000000000000");
}

static void byte_order_of_session_ids_is_time_order(void **state)
{
    (void)state;
    uint8_t high[10];
    memset(high, 0xFF, sizeof(high));
    static const uint8_t low[10];
    int64_t ms = 1;
    for (int i = 0; i < 400; i++) {
        struct rp_session_id before = rp_session_id_of(wall_ms(ms), high);
        struct rp_session_id after = rp_session_id_of(wall_ms(ms + 1), low);
        assert_true(strcmp(before.text, after.text) < 0);
        ms += ms / 16 + 1;
    }
}

static void session_ids_read_back_and_nothing_else_does(void **state)
{
    (void)state;
    struct rp_session_id id = {""};
    assert_true(rp_session_id_parse(RP_STR("01ARYZ6S41041061050R3GG28A"), &id));
    assert_string_equal(id.text, "01ARYZ6S41041061050R3GG28A");
    static const char *const texts[] = {
        "", "01ARYZ6S41041061050R3GG28", "01ARYZ6S41041061050R3GG28AA",
        "01ARYZ6S41041061050R3GG28I", "01ARYZ6S41041061050R3GG28U",
        "01aryz6s41041061050r3gg28a", "01ARYZ6S41041061050R3GG28-",
        "81ARYZ6S41041061050R3GG28A", /* more than 128 bits */
    };
    for (size_t i = 0; i < RP_COUNT_OF(texts); i++) {
        assert_false(rp_session_id_parse(rp_str_of(texts[i]), &id));
    }
    assert_string_equal(id.text, "01ARYZ6S41041061050R3GG28A");
}

static void span_ids_are_fixed_by_what_they_name(void **state)
{
    (void)state;
    struct rp_session_id session = {"01K0000000000000000000000A"};
    struct rp_str path = RP_STR("gather/labs");
    struct rp_span_id id = rp_span_id_of(&session, 1, path, "task");
    char hex[RP_SPAN_ID_HEX_LEN + 1];
    rp_span_id_hex(&id, hex);
    assert_string_equal(hex, "ce4476f10c662af3");
    struct rp_span_id others[] = {
        rp_span_id_of(&session, 2, path, "task"),
        rp_span_id_of(&session, 1, path, "attempt"),
        rp_span_id_of(&session, 1, RP_STR("gather/lab"), "stask"),
        rp_span_id_of(&session, UINT32_MAX, path, "task"),
    };
    for (size_t i = 0; i < RP_COUNT_OF(others); i++) {
        assert_memory_not_equal(&id, &others[i], sizeof(id));
    }
}

static void trace_and_span_ids_read_back_but_never_zero(void **state)
{
    (void)state;
    struct rp_trace_id trace;
    struct rp_span_id span;
    char hex[RP_TRACE_ID_HEX_LEN + 1];
    assert_true(
        rp_trace_id_parse(RP_STR("4bf92f3577b34da6a3ce929d0e0e4736"), &trace));
    rp_trace_id_hex(&trace, hex);
    assert_string_equal(hex, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_true(rp_span_id_parse(RP_STR("00f067aa0ba902b7"), &span));
    rp_span_id_hex(&span, hex);
    assert_string_equal(hex, "00f067aa0ba902b7");
    assert_false(
        rp_trace_id_parse(RP_STR("00000000000000000000000000000000"), &trace));
    assert_false(rp_span_id_parse(RP_STR("0000000000000000"), &span));
    assert_false(rp_span_id_parse(RP_STR("00F067AA0BA902B7"), &span));
    assert_false(rp_span_id_parse(RP_STR("00f067aa0ba902b"), &span));
}

static void names_are_letters_first_and_short(void **state)
{
    (void)state;
    char name[RP_NAME_LEN_MAX + 2];
    memset(name, 'a', sizeof(name));
    assert_true(rp_name_valid((struct rp_str){name, RP_NAME_LEN_MAX}));
    assert_false(rp_name_valid((struct rp_str){name, RP_NAME_LEN_MAX + 1}));
    static const char *const good[] = {"a", "Z", "labs-2_x", "A9"};
    static const char *const bad[] = {
        "", "9a", "_a", "-a", "a b", "a/b", "a.b", "a@1", "\xC3\xA9", "a\n"};
    for (size_t i = 0; i < RP_COUNT_OF(good); i++) {
        assert_true(rp_name_valid(rp_str_of(good[i])));
    }
    for (size_t i = 0; i < RP_COUNT_OF(bad); i++) {
        assert_false(rp_name_valid(rp_str_of(bad[i])));
    }
    assert_false(rp_name_valid(RP_STR("a\0")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(session_ids_have_fixed_texts),
        cmocka_unit_test(byte_order_of_session_ids_is_time_order),
        cmocka_unit_test(session_ids_read_back_and_nothing_else_does),
        cmocka_unit_test(span_ids_are_fixed_by_what_they_name),
        cmocka_unit_test(trace_and_span_ids_read_back_but_never_zero),
        cmocka_unit_test(names_are_letters_first_and_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
