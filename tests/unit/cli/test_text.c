/* Text, tables and terminals: what a reader sees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "excerpt.h"
#include "table.h"
#include "term.h"

static const struct rp__style unicode = {false, true};
static const struct rp__style ascii = {false, false};
static const struct rp__style coloured = {true, true};

static struct rp_buf out;

static int setup(void **state)
{
    (void)state;
    rp_buf_init(&out, 65536);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rp_buf_fini(&out);
    return 0;
}

static void what_could_steer_a_terminal_is_replaced(void **state)
{
    (void)state;
    size_t used = rp__text_add(
        &out, RP_STR("a\x1B[2Jb\nc\x7F\xC2\x9B\xE2\x80\xAE"), 0, &unicode);
    assert_string_equal(out.ptr, "a\xEF\xBF\xBD[2Jb c\xEF\xBF\xBD\xEF\xBF\xBD"
                                 "\xEF\xBF\xBD");
    assert_int_equal(used, 11);
}

static void broken_utf8_is_replaced_byte_by_byte(void **state)
{
    (void)state;
    (void)rp__text_add(&out, RP_STR("a\xFF\xC3"), 0, &ascii);
    assert_string_equal(out.ptr, "a??");
}

static void ascii_readers_get_ascii_only(void **state)
{
    (void)state;
    (void)rp__text_add(&out, RP_STR("na\xC3\xAFve e\xCC\x81"), 0, &ascii);
    assert_string_equal(out.ptr, "na?ve e");
}

static void what_is_too_long_ends_in_an_ellipsis(void **state)
{
    (void)state;
    size_t used = rp__text_add(&out, RP_STR("abcdefgh"), 5, &unicode);
    assert_string_equal(out.ptr, "abcd\xE2\x80\xA6");
    assert_int_equal(used, 5);
    rp_buf_reset(&out);
    (void)rp__text_add(&out, RP_STR("abcdefgh"), 5, &ascii);
    assert_string_equal(out.ptr, "abc..");
    rp_buf_reset(&out);
    (void)rp__text_add(&out, RP_STR("abcde"), 5, &ascii);
    assert_string_equal(out.ptr, "abcde");
}

static void wide_characters_take_two_columns(void **state)
{
    (void)state;
    assert_int_equal(rp__text_columns(RP_STR("\xE6\x97\xA5x")), 3);
    assert_int_equal(rp__text_columns(RP_STR("e\xCC\x81")), 1);
    assert_int_equal(rp__text_columns(RP_STR("\x1B[31mred\x1B[0m")), 3);
}

static void bytes_have_three_digits_at_most_and_a_unit(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {{0, "0 B"}, {999, "999 B"}, {1023, "1023 B"},
        {2150, "2.1 KiB"}, {41984, "41 KiB"}, {1048576, "1.0 MiB"},
        {UINT64_C(1) << 40, "1.0 TiB"}};
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        rp_buf_reset(&out);
        rp__text_bytes(&out, cases[i].bytes);
        assert_string_equal(out.ptr, cases[i].text);
    }
}

static void ages_are_told_in_one_unit(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {{-5, "just now"}, {0, "just now"}, {42, "42 s ago"},
        {120, "2 min ago"}, {10800, "3 h ago"}, {432000, "5 days ago"}};
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        rp_buf_reset(&out);
        rp__text_age(
            &out, (struct rp_duration){cases[i].seconds * RP_NS_PER_S});
        assert_string_equal(out.ptr, cases[i].text);
    }
}

static void shells_get_one_word(void **state)
{
    (void)state;
    rp__text_shell(&out, "plan.json");
    rp_buf_add_char(&out, ' ');
    rp__text_shell(&out, "it's");
    rp_buf_add_char(&out, ' ');
    rp__text_shell(&out, "");
    assert_string_equal(out.ptr, "plan.json 'it'\\''s' ''");
}

static void colours_only_where_they_are_wanted(void **state)
{
    (void)state;
    rp__text_begin(&out, RP__RED, &unicode);
    rp__text_end(&out, &unicode);
    assert_int_equal(out.len, 0);
    rp__text_begin(&out, RP__RED, &coloured);
    rp__text_end(&out, &coloured);
    assert_string_equal(out.ptr, "\x1B[31m\x1B[0m");
}

static void a_table_fits_its_content_and_has_no_trailing_space(void **state)
{
    static const struct rp__column columns[] = {
        {"NAME", false, 6}, {"N", true, 0}, {"NOTES", false, 0}};
    struct rp_arena *arena = rp_arena_new(0);
    struct rp__table table;
    (void)state;
    rp__table_init(&table, columns, 3, arena, &ascii);
    rp__table_add(&table, RP_STR("a"), RP__PLAIN);
    rp__table_add(&table, RP_STR("12"), RP__PLAIN);
    rp__table_add(&table, RP_STR(""), RP__PLAIN);
    rp__table_add(&table, RP_STR("much too long"), RP__PLAIN);
    rp__table_add(&table, RP_STR("3"), RP__PLAIN);
    rp__table_add(&table, RP_STR("something that is cut"), RP__PLAIN);
    rp__table_write(&out, &table, 24);
    assert_string_equal(out.ptr, "NAME     N  NOTES\n"
                                 "a       12\n"
                                 "much..   3  something ..\n");
    rp__table_fini(&table);
    rp_arena_free(&arena);
}

static void the_environment_decides_about_colours(void **state)
{
    struct rp__term_env env = {.term = "xterm", .lang = "C.UTF-8"};
    (void)state;
    assert_true(rp__term_decide(true, &env).style.colour);
    assert_true(rp__term_decide(true, &env).moves);
    assert_true(rp__term_decide(true, &env).style.unicode);
    assert_false(rp__term_decide(false, &env).style.colour);
    env.no_color = "1";
    assert_false(rp__term_decide(true, &env).style.colour);
    assert_true(rp__term_decide(true, &env).moves);
    env.force_color = "1"; /* refused and forced: refused */
    assert_false(rp__term_decide(true, &env).style.colour);
    env.no_color = ""; /* set but empty counts as not set */
    assert_true(rp__term_decide(false, &env).style.colour);
    env.force_color = "0";
    assert_false(rp__term_decide(true, &env).style.colour);
}

static void a_dumb_terminal_is_not_redrawn(void **state)
{
    struct rp__term_env env = {.term = "dumb"};
    (void)state;
    assert_false(rp__term_decide(true, &env).moves);
    assert_false(rp__term_decide(true, &env).style.colour);
    env.term = NULL;
    assert_false(rp__term_decide(true, &env).moves);
}

static void the_first_locale_variable_that_is_set_counts(void **state)
{
    struct rp__term_env env = {.term = "xterm", .lang = "en_US.utf8"};
    (void)state;
    assert_true(rp__term_decide(true, &env).style.unicode);
    env.lc_ctype = "C";
    assert_false(rp__term_decide(true, &env).style.unicode);
    env.lc_all = "de_DE.UTF-8";
    assert_true(rp__term_decide(true, &env).style.unicode);
}

static void an_excerpt_marks_the_place_in_its_line(void **state)
{
    struct rp_str text = RP_STR("{\n  \"t\": \"10 sec\"\n}\n");
    struct rp_json_place place = {9, 2, 8};
    (void)state;
    rp__excerpt_add(&out, text, &place, 17, "write 10s", &ascii);
    assert_string_equal(out.ptr, "    2 |   \"t\": \"10 sec\"\n"
                                 "      |        ^^^^^^^^  write 10s\n");
}

static void an_excerpt_of_an_endless_line_shows_what_is_near(void **state)
{
    char text[5000];
    struct rp_json_place place = {2500, 1, 2501};
    (void)state;
    memset(text, 'x', sizeof(text));
    rp__excerpt_add(
        &out, (struct rp_str){text, sizeof(text)}, &place, 0, "", &ascii);
    assert_true(out.len < 200);
    assert_non_null(strchr(out.ptr, '^'));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_could_steer_a_terminal_is_replaced),
        TEST(broken_utf8_is_replaced_byte_by_byte),
        TEST(ascii_readers_get_ascii_only),
        TEST(what_is_too_long_ends_in_an_ellipsis),
        TEST(wide_characters_take_two_columns),
        TEST(bytes_have_three_digits_at_most_and_a_unit),
        TEST(ages_are_told_in_one_unit),
        TEST(shells_get_one_word),
        TEST(colours_only_where_they_are_wanted),
        TEST(a_table_fits_its_content_and_has_no_trailing_space),
        TEST(the_environment_decides_about_colours),
        TEST(a_dumb_terminal_is_not_redrawn),
        TEST(the_first_locale_variable_that_is_set_counts),
        TEST(an_excerpt_marks_the_place_in_its_line),
        TEST(an_excerpt_of_an_endless_line_shows_what_is_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
