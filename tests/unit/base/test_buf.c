#include <reprise/buf.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <reprise/mem.h>

static void bytes_are_appended_and_terminated(void **state)
{
    (void)state;
    struct rp_buf buf;
    rp_buf_init(&buf, 100);
    assert_null(buf.ptr);
    assert_string_equal(rp_buf_str(&buf).ptr, "");
    rp_buf_add(&buf, RP_STR("a\0b"));
    rp_buf_add_char(&buf, 'c');
    rp_buf_add_text(&buf, "de");
    rp_buf_addf(&buf, "%d-%s", 12, "x");
    assert_int_equal(buf.len, 10);
    assert_memory_equal(buf.ptr, "a\0bcde12-x", 11);
    rp_buf_fini(&buf);
    rp_buf_fini(&buf);
    rp_buf_fini(NULL);
}

static void numbers_are_decimal(void **state)
{
    (void)state;
    struct rp_buf buf;
    rp_buf_init(&buf, 1000);
    rp_buf_add_u64(&buf, 0);
    rp_buf_add_char(&buf, ' ');
    rp_buf_add_u64(&buf, UINT64_MAX);
    rp_buf_add_char(&buf, ' ');
    rp_buf_add_i64(&buf, INT64_MIN);
    rp_buf_add_char(&buf, ' ');
    rp_buf_add_i64(&buf, INT64_MAX);
    assert_string_equal(buf.ptr, "0 18446744073709551615 "
                                 "-9223372036854775808 9223372036854775807");
    rp_buf_fini(&buf);
}

static void the_maximum_is_exact_and_sticky(void **state)
{
    (void)state;
    struct rp_buf buf;
    rp_buf_init(&buf, 4);
    rp_buf_add_text(&buf, "abcd");
    assert_false(buf.overflowed);
    rp_buf_add_text(&buf, "");
    assert_false(buf.overflowed);
    rp_buf_add_char(&buf, 'e');
    assert_true(buf.overflowed);
    assert_string_equal(buf.ptr, "abcd");
    rp_buf_reset(&buf);
    assert_false(buf.overflowed);
    assert_string_equal(rp_buf_str(&buf).ptr, "");
    rp_buf_add_text(&buf, "ab");
    rp_buf_add_text(&buf, "cde");
    rp_buf_add_char(&buf, 'c'); /* would fit, but something is missing */
    assert_string_equal(buf.ptr, "ab");
    rp_buf_fini(&buf);
}

static void a_print_that_does_not_fit_adds_nothing(void **state)
{
    (void)state;
    struct rp_buf buf;
    rp_buf_init(&buf, 8);
    rp_buf_add_text(&buf, "four");
    rp_buf_addf(&buf, "%d", 12345);
    assert_true(buf.overflowed);
    assert_string_equal(buf.ptr, "four");
    rp_buf_reset(&buf);
    rp_buf_add_i64(&buf, -123456789);
    assert_true(buf.overflowed);
    assert_int_equal(buf.len, 0);
    rp_buf_fini(&buf);
}

static void a_zeroed_buffer_takes_nothing(void **state)
{
    (void)state;
    struct rp_buf buf = {0};
    rp_buf_add_char(&buf, 'a');
    assert_true(buf.overflowed);
    rp_buf_fini(&buf);
}

static void taking_empties_the_buffer(void **state)
{
    (void)state;
    struct rp_buf buf;
    rp_buf_init(&buf, 1000);
    size_t len = 9;
    char *taken = rp_buf_take(&buf, &len);
    assert_string_equal(taken, "");
    assert_int_equal(len, 0);
    rp_mem_free(taken);
    rp_buf_add_text(&buf, "text");
    taken = rp_buf_take(&buf, &len);
    assert_string_equal(taken, "text");
    assert_int_equal(len, 4);
    rp_mem_free(taken);
    assert_int_equal(buf.len, 0);
    rp_buf_add_text(&buf, "again");
    assert_string_equal(buf.ptr, "again");
    rp_buf_fini(&buf);
}

static void growth_passes_every_size(void **state)
{
    (void)state;
    struct rp_buf buf;
    rp_buf_init(&buf, 5000);
    for (int i = 0; i < 5000; i++) {
        rp_buf_add_char(&buf, (char)('a' + i % 26));
    }
    assert_int_equal(buf.len, 5000);
    assert_false(buf.overflowed);
    assert_int_equal(buf.ptr[4999], 'a' + 4999 % 26);
    rp_buf_fini(&buf);
}

static void a_print_is_whole_wherever_the_memory_ends(void **state)
{
    (void)state;
    for (size_t before = 0; before < 300; before++) {
        struct rp_buf buf;
        rp_buf_init(&buf, before + 12);
        for (size_t i = 0; i < before; i++) {
            rp_buf_add_char(&buf, 'x');
        }
        rp_buf_addf(&buf, "%s-%04d", "number", 7);
        assert_false(buf.overflowed);
        assert_string_equal(buf.ptr + before, "number-0007");
        rp_buf_addf(&buf, "%s", "ab");
        assert_true(buf.overflowed);
        assert_string_equal(buf.ptr + before, "number-0007");
        rp_buf_fini(&buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_appended_and_terminated),
        cmocka_unit_test(numbers_are_decimal),
        cmocka_unit_test(the_maximum_is_exact_and_sticky),
        cmocka_unit_test(a_print_that_does_not_fit_adds_nothing),
        cmocka_unit_test(a_zeroed_buffer_takes_nothing),
        cmocka_unit_test(taking_empties_the_buffer),
        cmocka_unit_test(growth_passes_every_size),
        cmocka_unit_test(a_print_is_whole_wherever_the_memory_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
