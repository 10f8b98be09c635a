/* W3C Trace Context level 2 and Baggage: what is passed on, and what is
 * ignored as a whole or in part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/trace_context.h>

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"
#define PARENT "00-" TRACE "-" SPAN "-01"

static bool parses(const char *text)
{
    struct rp_trace_context c;
    return rp_traceparent_parse(&c, rp_str_of(text));
}

/* ---- traceparent ---- */

static void a_parent_is_taken_and_written_as_it_was(void **state)
{
    struct rp_trace_context c;
    char hex[RP_TRACE_ID_HEX_LEN + 1];
    char again[RP_TRACEPARENT_LEN + 1];
    (void)state;
    assert_true(rp_traceparent_parse(&c, RP_STR(PARENT)));
    rp_trace_id_hex(&c.trace, hex);
    assert_string_equal(hex, TRACE);
    rp_span_id_hex(&c.parent, hex);
    assert_string_equal(hex, SPAN);
    assert_true(c.sampled);
    assert_false(c.random);
    rp_traceparent_write(again, &c);
    assert_string_equal(again, PARENT);
}

static void flags_are_bits_and_unknown_ones_are_not_passed_on(void **state)
{
    static const struct {
        const char *given, *passed;
    } cases[] = {{"00", "00"}, {"01", "01"}, {"02", "02"}, {"03", "03"},
        {"ff", "03"}, {"fc", "00"}, {"0a", "02"}};
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct rp_trace_context c;
        char text[] = PARENT;
        char again[RP_TRACEPARENT_LEN + 1];
        memcpy(text + strlen(text) - 2, cases[i].given, 2);
        assert_true(rp_traceparent_parse(&c, rp_str_of(text)));
        rp_traceparent_write(again, &c);
        assert_string_equal(again + strlen(again) - 2, cases[i].passed);
    }
}

static void space_around_a_parent_does_not_count(void **state)
{
    (void)state;
    assert_true(parses(" " PARENT));
    assert_true(parses("\t" PARENT " \t"));
    assert_false(parses("\n" PARENT));
}

static void a_later_version_is_read_by_its_first_fields(void **state)
{
    (void)state;
    assert_true(parses("cc-" TRACE "-" SPAN "-01"));
    assert_true(parses("cc-" TRACE "-" SPAN "-01-"));
    assert_true(parses("cc-" TRACE "-" SPAN "-01-what-comes-then"));
    assert_false(parses("cc-" TRACE "-" SPAN "-01.what"));
}

static void malformed_parents_are_ignored(void **state)
{
    static const char *const bad[] = {"", "00", "00-" TRACE "-" SPAN,
        "00-" TRACE "-" SPAN "-", "00-" TRACE "-" SPAN "-1",
        "00-" TRACE "-" SPAN "-001", "00-" TRACE "-" SPAN "-.0",
        "00-" TRACE "-" SPAN "-01-", "00-" TRACE "-" SPAN "-01-x",
        "ff-" TRACE "-" SPAN "-01", "0-" TRACE "-" SPAN "-01",
        "000-" TRACE "-" SPAN "-01", ".0-" TRACE "-" SPAN "-01",
        "0G-" TRACE "-" SPAN "-01",
        "00-00000000000000000000000000000000-" SPAN "-01",
        "00-" TRACE "-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01",
        "00-" TRACE "1-" SPAN "-01", "00-" TRACE "-" SPAN "1-01",
        "00-.bf92f3577b34da6a3ce929d0e0e4736-" SPAN "-01",
        "00-" TRACE "-.0f067aa0ba902b7-01", "00_" TRACE "-" SPAN "-01"};
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(bad); i++) {
        if (parses(bad[i])) {
            fail_msg("'%s' was taken", bad[i]);
        }
    }
}

/* ---- tracestate ---- */

/* What is passed on of `text`; NULL: it is discarded. */
static const char *cleaned(struct rp_buf *out, const char *text)
{
    rp_buf_reset(out);
    rp_buf_add_text(out, "");
    if (!rp_tracestate_clean(out, rp_str_of(text))) {
        assert_int_equal(out->len, 0);
        return NULL;
    }
    return out->len == 0 ? "" : out->ptr;
}

static void a_list_keeps_its_order_and_loses_its_spaces(void **state)
{
    static const struct {
        const char *given, *passed;
    } cases[] = {{"foo=1,bar=2", "foo=1,bar=2"}, {"", ""}, {" ,,\t", ""},
        {"foo=1 \t , \t bar=2, \t baz=3", "foo=1,bar=2,baz=3"},
        {"\tfoo=1\t", "foo=1"}, {"foo= 1", "foo= 1"},
        {"foo=1,,bar=2,", "foo=1,bar=2"}, {"foo=1,foo=2", "foo=1"},
        {"foo@=1,bar=2", "foo@=1,bar=2"}, {"a@@b@c=1", "a@@b@c=1"},
        {"0a_-*/@z=!~ +x", "0a_-*/@z=!~ +x"}};
    (void)state;
    struct rp_buf out;
    rp_buf_init(&out, 4096);
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        const char *passed = cleaned(&out, cases[i].given);
        assert_non_null(passed);
        assert_string_equal(passed, cases[i].passed);
    }
    rp_buf_fini(&out);
}

static void one_malformed_member_discards_the_list(void **state)
{
    static const char *const bad[] = {"foo", "foo=", "=1", "foo =1", "FOO=1",
        "foo.bar=1", "@foo=1", "_foo=1", "foo=bar=baz", "foo=1\x7f",
        "foo=\xc3\xa9", "foo=1\n", "foo=1\tx"};
    (void)state;
    struct rp_buf out;
    rp_buf_init(&out, 4096);
    for (size_t i = 0; i < RP_COUNT_OF(bad); i++) {
        char list[64];
        (void)snprintf(list, sizeof(list), "good=1,%s", bad[i]);
        assert_null(cleaned(&out, bad[i]));
        assert_null(cleaned(&out, list));
    }
    rp_buf_fini(&out);
}

static void add_members(struct rp_buf *list, int count)
{
    for (int i = 1; i <= count; i++) {
        rp_buf_addf(list, "%sbar%02d=%02d", i == 1 ? "" : ",", i, i);
    }
}

static void there_are_at_most_32_members(void **state)
{
    struct rp_buf list, out;
    (void)state;
    rp_buf_init(&list, 4096);
    rp_buf_init(&out, 4096);
    add_members(&list, 32);
    assert_string_equal(cleaned(&out, list.ptr), list.ptr);
    rp_buf_reset(&list);
    add_members(&list, 33);
    assert_null(cleaned(&out, list.ptr));
    rp_buf_fini(&list);
    rp_buf_fini(&out);
}

static void keys_and_values_have_at_most_256_bytes(void **state)
{
    (void)state;
    struct rp_buf out;
    rp_buf_init(&out, 4096);
    for (int len = 256; len <= 257; len++) {
        char text[300];
        (void)snprintf(text, sizeof(text), "%0*d=1", len, 0);
        text[0] = 'a';
        assert_int_equal(cleaned(&out, text) != NULL, len == 256);
        (void)snprintf(text, sizeof(text), "a=%0*d", len, 0);
        assert_int_equal(cleaned(&out, text) != NULL, len == 256);
    }
    rp_buf_fini(&out);
}

static void add_member(struct rp_buf *list, char key, size_t value_len)
{
    rp_buf_addf(list, "%s%c=", list->len == 0 ? "" : ",", key);
    for (size_t i = 0; i < value_len; i++) {
        rp_buf_add_char(list, 'v');
    }
}

static void a_long_list_loses_long_members_first_then_the_last(void **state)
{
    struct rp_buf list, out;
    (void)state;
    rp_buf_init(&list, 4096);
    rp_buf_init(&out, 4096);
    add_member(&list, 'a', 200);
    for (char key = 'b'; key <= 'g'; key++) {
        add_member(&list, key, 80);
    }
    const char *passed = cleaned(&out, list.ptr);
    assert_int_equal(out.len, 6 * 82 + 5);
    assert_int_equal(passed[0], 'b');
    add_member(&list, 'h', 80);
    passed = cleaned(&out, list.ptr);
    assert_int_equal(out.len, 6 * 82 + 5);
    assert_null(strstr(passed, "h="));
    rp_buf_fini(&list);
    rp_buf_fini(&out);
}

/* ---- baggage ---- */

static void baggage_loses_what_is_malformed_and_keeps_the_rest(void **state)
{
    static const struct {
        const char *given, *passed;
    } cases[] = {
        {"user=7,team=red;ttl=3;secure", "user=7,team=red;ttl=3;secure"},
        {" a = 1 , b=2 ", "a = 1,b=2"}, {"a=1,nothing,b=2", "a=1,b=2"},
        {"a=\"x\",b=2", "b=2"}, {"a=,b=2", "a=,b=2"}, {"a=1;;,b=2", "b=2"},
        {"k\xc3\xa9=1,b=%C3%A9", "b=%C3%A9"}, {"a=1\n,b=2", "b=2"}, {"", ""},
        {"a=x=y", "a=x=y"}};
    struct rp_buf out;
    (void)state;
    rp_buf_init(&out, RP_BAGGAGE_BYTES_MAX);
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        rp_buf_reset(&out);
        rp_buf_add_text(&out, "");
        rp_baggage_clean(&out, rp_str_of(cases[i].given));
        assert_true(rp_str_is(rp_buf_str(&out), cases[i].passed));
    }
    rp_buf_fini(&out);
}

static void baggage_has_at_most_64_members_and_8192_bytes(void **state)
{
    struct rp_buf list, out;
    (void)state;
    rp_buf_init(&list, 20000);
    rp_buf_init(&out, RP_BAGGAGE_BYTES_MAX);
    add_members(&list, 65);
    rp_baggage_clean(&out, rp_buf_str(&list));
    assert_null(strstr(out.ptr, "bar65"));
    assert_non_null(strstr(out.ptr, "bar64"));
    rp_buf_reset(&list);
    rp_buf_reset(&out);
    add_member(&list, 'a', 5000);
    add_member(&list, 'b', 5000);
    add_member(&list, 'c', 1000);
    rp_baggage_clean(&out, rp_buf_str(&list));
    assert_int_equal(out.len, 5002 + 1 + 1002);
    assert_false(out.overflowed);
    rp_buf_fini(&list);
    rp_buf_fini(&out);
}

static void propagators_are_both_unless_they_are_named(void **state)
{
    static const struct {
        const char *names;
        bool tracecontext, baggage;
    } cases[] = {{"", true, true}, {" ", true, true},
        {"tracecontext,baggage", true, true}, {"baggage", false, true},
        {" tracecontext , b3", true, false}, {"none", false, false},
        {"tracecontext,none", false, false}, {"b3", false, false}};
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct rp_propagators found =
            rp_propagators_of(rp_str_of(cases[i].names));
        assert_int_equal(found.tracecontext, cases[i].tracecontext);
        assert_int_equal(found.baggage, cases[i].baggage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parent_is_taken_and_written_as_it_was),
        cmocka_unit_test(flags_are_bits_and_unknown_ones_are_not_passed_on),
        cmocka_unit_test(space_around_a_parent_does_not_count),
        cmocka_unit_test(a_later_version_is_read_by_its_first_fields),
        cmocka_unit_test(malformed_parents_are_ignored),
        cmocka_unit_test(a_list_keeps_its_order_and_loses_its_spaces),
        cmocka_unit_test(one_malformed_member_discards_the_list),
        cmocka_unit_test(there_are_at_most_32_members),
        cmocka_unit_test(keys_and_values_have_at_most_256_bytes),
        cmocka_unit_test(a_long_list_loses_long_members_first_then_the_last),
        cmocka_unit_test(baggage_loses_what_is_malformed_and_keeps_the_rest),
        cmocka_unit_test(baggage_has_at_most_64_members_and_8192_bytes),
        cmocka_unit_test(propagators_are_both_unless_they_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
