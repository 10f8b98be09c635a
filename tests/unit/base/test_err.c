#include <reprise/err.h>
#include <reprise/str.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static void an_error_keeps_its_code_and_text(void **state)
{
    (void)state;
    struct rp_err err = RP_ERR_INIT;
    enum rp_code code =
        rp_err_set(&err, RP_E_NOT_FOUND, "open '%s': not there", "a.json");
    assert_int_equal(code, RP_E_NOT_FOUND);
    assert_int_equal(err.code, RP_E_NOT_FOUND);
    assert_string_equal(err.text, "open 'a.json': not there");
}

static void the_first_error_wins(void **state)
{
    (void)state;
    struct rp_err err = RP_ERR_INIT;
    (void)rp_err_set(&err, RP_E_IO, "first");
    assert_int_equal(rp_err_set(&err, RP_E_LIMIT, "second"), RP_E_LIMIT);
    assert_int_equal(err.code, RP_E_IO);
    assert_string_equal(err.text, "first");
}

static void no_error_is_wanted_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(rp_err_set(NULL, RP_E_BUSY, "text"), RP_E_BUSY);
    rp_err_prefix(NULL, "text");
    rp_err_clear(NULL);
}

static void a_prefix_goes_in_front(void **state)
{
    (void)state;
    struct rp_err err = RP_ERR_INIT;
    rp_err_prefix(&err, "nothing to prefix");
    assert_string_equal(err.text, "");
    (void)rp_err_set(&err, RP_E_STORE, "disk full");
    rp_err_prefix(&err, "append record %d", 7);
    assert_string_equal(err.text, "append record 7: disk full");
    assert_int_equal(err.code, RP_E_STORE);
}

static void a_cleared_error_can_be_set_again(void **state)
{
    (void)state;
    struct rp_err err = RP_ERR_INIT;
    (void)rp_err_set(&err, RP_E_IO, "first");
    rp_err_clear(&err);
    assert_int_equal(err.code, RP_OK);
    (void)rp_err_set(&err, RP_E_LIMIT, "second");
    assert_string_equal(err.text, "second");
}

static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char text[RP_ERR_TEXT_MAX + 8];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', sizeof(text));
        for (size_t i = shift; i + 4 < sizeof(text); i += 4) {
            memcpy(text + i, "\xF0\x9F\x8E\xBB", 4);
        }
        text[sizeof(text) - 1] = '\0';
        struct rp_err err = RP_ERR_INIT;
        (void)rp_err_set(&err, RP_E_INVALID, "%s", text);
        size_t len = strlen(err.text);
        assert_true(rp_utf8_valid(rp_str_of(err.text), NULL));
        assert_in_range(len, RP_ERR_TEXT_MAX - 4, RP_ERR_TEXT_MAX - 1);
        assert_memory_equal(err.text, text, len);
    }
}

static void a_long_prefix_leaves_valid_text(void **state)
{
    (void)state;
    struct rp_err err = RP_ERR_INIT;
    (void)rp_err_set(&err, RP_E_INVALID, "%0500d", 7);
    rp_err_prefix(&err, "%0500d", 8);
    assert_int_equal(strlen(err.text), RP_ERR_TEXT_MAX - 1);
}

static void foreign_bytes_do_not_get_through(void **state)
{
    (void)state;
    struct rp_err err = RP_ERR_INIT;
    (void)rp_err_set(&err, RP_E_INVALID, "read '%s'", "a\xFF\xC3");
    assert_string_equal(err.text, "read 'a\?\?'");
}

static void every_code_has_its_own_name(void **state)
{
    (void)state;
    for (int a = RP_OK; a <= RP_E_CANCELLED; a++) {
        assert_string_not_equal(rp_code_name((enum rp_code)a), "unknown");
        for (int b = RP_OK; b < a; b++) {
            assert_string_not_equal(
                rp_code_name((enum rp_code)a), rp_code_name((enum rp_code)b));
        }
    }
    assert_string_equal(rp_code_name(RP_E_NOT_FOUND), "not_found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_keeps_its_code_and_text),
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(no_error_is_wanted_is_allowed),
        cmocka_unit_test(a_prefix_goes_in_front),
        cmocka_unit_test(a_cleared_error_can_be_set_again),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(a_long_prefix_leaves_valid_text),
        cmocka_unit_test(foreign_bytes_do_not_get_through),
        cmocka_unit_test(every_code_has_its_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
