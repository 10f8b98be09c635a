/* The caller's trace: taken when it is well formed, else ignored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "trace_context.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"

static void a_well_formed_parent_is_taken(void **state)
{
    struct rp__trace_context c;
    char hex[RP_TRACE_ID_HEX_LEN + 1];
    (void)state;
    assert_true(rp__trace_context_parse(
        &c, "00-" TRACE "-" SPAN "-01", "vendor=a,other=b"));
    rp_trace_id_hex(&c.trace, hex);
    assert_string_equal(hex, TRACE);
    rp_span_id_hex(&c.parent, hex);
    assert_string_equal(hex, SPAN);
    assert_true(c.sampled);
    assert_true(rp_str_is(c.state, "vendor=a,other=b"));
}

static void the_sampled_flag_is_one_bit(void **state)
{
    struct rp__trace_context c;
    (void)state;
    assert_true(rp__trace_context_parse(&c, "00-" TRACE "-" SPAN "-00", NULL));
    assert_false(c.sampled);
    assert_true(rp__trace_context_parse(&c, "00-" TRACE "-" SPAN "-03", NULL));
    assert_true(c.sampled);
}

static void a_later_version_is_read_by_its_first_fields(void **state)
{
    struct rp__trace_context c;
    (void)state;
    assert_true(
        rp__trace_context_parse(&c, "01-" TRACE "-" SPAN "-01-more", NULL));
    assert_false(
        rp__trace_context_parse(&c, "01-" TRACE "-" SPAN "-01more", NULL));
}

static void malformed_parents_are_ignored(void **state)
{
    static const char *const bad[] = {
        NULL,
        "",
        "00",
        "00-" TRACE "-" SPAN "-0",
        "00-" TRACE "-" SPAN "-01-",
        "00-" TRACE "-" SPAN "-0g",
        "ff-" TRACE "-" SPAN "-01",
        "0G-" TRACE "-" SPAN "-01",
        "00_" TRACE "-" SPAN "-01",
        "00-" TRACE "_" SPAN "-01",
        "00-" TRACE "-" SPAN "_01",
        " 00-" TRACE "-" SPAN "-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01",
        "00-00000000000000000000000000000000-" SPAN "-01",
        "00-" TRACE "-0000000000000000-01",
    };
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(bad); i++) {
        struct rp__trace_context c;
        memset(&c, 0x55, sizeof(c));
        assert_false(rp__trace_context_parse(&c, bad[i], "a=b"));
        assert_int_equal(c.trace.bytes[0], 0x55); /* untouched */
    }
}

static void a_state_that_no_header_can_hold_is_dropped(void **state)
{
    struct rp__trace_context c;
    char huge[600];
    (void)state;
    memset(huge, 'a', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    assert_true(
        rp__trace_context_parse(&c, "00-" TRACE "-" SPAN "-01", "a=b\r\nX: y"));
    assert_int_equal(c.state.len, 0);
    assert_true(rp__trace_context_parse(&c, "00-" TRACE "-" SPAN "-01", huge));
    assert_int_equal(c.state.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_well_formed_parent_is_taken),
        cmocka_unit_test(the_sampled_flag_is_one_bit),
        cmocka_unit_test(a_later_version_is_read_by_its_first_fields),
        cmocka_unit_test(malformed_parents_are_ignored),
        cmocka_unit_test(a_state_that_no_header_can_hold_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
