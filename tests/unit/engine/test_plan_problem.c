/* Problems as a person sees them. */
#include "plan_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/mem.h>

static char *show(const char *text, bool colour)
{
    struct probe probe = {.files = NULL};
    probe_read(&probe, text);
    struct rp_buf out;
    rp_buf_init(&out, 1u << 20);
    for (uint32_t i = 0; i < probe.problems.count; i++) {
        rp_plan_problem_show(&out, "plan.json", rp_str_of(probe.text),
            &probe.problems.items[i], colour);
    }
    probe_fini(&probe);
    return rp_buf_take(&out, NULL);
}

static void check(const char *text, const char *expected)
{
    char *shown = show(text, false);
    char *quoted = probe_quoted(expected);
    assert_string_equal(shown, quoted);
    rp_mem_free(quoted);
    rp_mem_free(shown);
}

static void a_value_is_underlined_with_its_hint(void **state)
{
    (void)state;
    check(PLAN_AGENT("  ,'timeout': '10 sec' // no\n"),
        "plan.json:3:15: error: agents.a.timeout: '10 sec' is not a "
        "duration\n"
        "    3 |   ,'timeout': '10 sec' // no\n"
        "      |               ^^^^^^^^  write 10s, 500ms, 2m or 1h30m\n");
}

static void a_name_is_underlined(void **state)
{
    (void)state;
    check(PLAN_AGENT(",'timout':'1s'"),
        "plan.json:3:2: error: agents.a.timout: an agent has no key "
        "'timout'\n"
        "    3 | ,'timout':'1s'}},\n"
        "      |  ^^^^^^^^  did you mean 'timeout'?\n");
}

static void tabs_are_one_column_above_and_below(void **state)
{
    (void)state;
    check(PLAN_AGENT("\t,\t'timout':'1s'"),
        "plan.json:3:4: error: agents.a.timout: an agent has no key "
        "'timout'\n"
        "    3 |  , 'timout':'1s'}},\n"
        "      |    ^^^^^^^^  did you mean 'timeout'?\n");
}

static void wide_characters_move_the_marks(void **state)
{
    (void)state;
    check(PLAN_AGENT(",'cwd':'\xE6\x97\xA5\xE6\x9C\xAC','idle':'x'"),
        "plan.json:3:20: error: agents.a.idle: 'x' is not a duration\n"
        "    3 | ,'cwd':'\xE6\x97\xA5\xE6\x9C\xAC','idle':'x'}},\n"
        "      |                      ^^^  write 10s, 500ms, 2m or 1h30m\n");
}

static void what_spans_lines_is_underlined_to_the_end_of_the_first(void **state)
{
    (void)state;
    check(PLAN_AGENT(",'timeout':{\n}"),
        "plan.json:3:12: error: agents.a.timeout: {} where a string "
        "belongs\n"
        "    3 | ,'timeout':{\n"
        "      |            ^  write 10s, 500ms, 2m or 1h30m\n");
}

static void a_long_line_is_cut_around_the_place(void **state)
{
    (void)state;
    char *shown = show(
        PLAN_AGENT(
            ",'env':{'A':'"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'},"
            "'idle':'x','cwd':'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
            "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'"),
        false);
    const char *line = strchr(shown, '\n') + 1;
    assert_true(strchr(line, '\n') - line <= 80);
    assert_non_null(strstr(line, "| ...aa"));
    assert_non_null(strstr(line, "bb...\n"));
    const char *mark = strchr(line, '^');
    const char *value = strstr(line, "\"x\"");
    const char *second = strchr(line, '\n') + 1;
    assert_int_equal(mark - second, value - line);
    rp_mem_free(shown);
}

static void nothing_in_a_plan_can_steer_the_terminal(void **state)
{
    (void)state;
    static const char *const evil[] = {
        PLAN_AGENT(",'\\u001b[31m':1, 'idle':'\\u001b]0;x\\u0007'"),
        PLAN_AGENT(",'a\xC2\x9B"
                   "31m':1"), /* C1 */
        PLAN_AGENT(",'a\xE2\x80\xAE"
                   "b':1"), /* right to left */
        PLAN_AGENT(",'a\xE2\x81\xA6"
                   "b':'\x7F'"),
        "{'reprise':\x1B[2J}",
    };
    for (size_t i = 0; i < RP_COUNT_OF(evil); i++) {
        char *shown = show(evil[i], false);
        assert_true(strlen(shown) > 0);
        for (const char *c = shown; *c != '\0'; c++) {
            assert_true(*c == '\n' || (unsigned char)*c >= 0x20);
            assert_int_not_equal(*c, 0x7F);
        }
        assert_null(strstr(shown, "\xC2\x9B"));
        assert_null(strstr(shown, "\xE2\x80\xAE"));
        assert_null(strstr(shown, "\xE2\x81\xA6"));
        assert_true(rp_utf8_valid(rp_str_of(shown), NULL));
        rp_mem_free(shown);
    }
}

static void a_fault_of_the_syntax_is_shown_without_a_path(void **state)
{
    (void)state;
    char *shown = show("{'reprise': 1,\n 'name' 'p'}", false);
    assert_true(rp_str_starts(
        rp_str_of(shown), RP_STR("plan.json:2:9: error: ':' is expected")));
    assert_non_null(strstr(shown, "    2 |  \"name\" \"p\"}\n"
                                  "      |         ^"));
    rp_mem_free(shown);
}

static void colours_are_closed_again(void **state)
{
    (void)state;
    char *shown = show(PLAN_AGENT(",'idle':'x'"), true);
    size_t open = 0;
    for (const char *c = strstr(shown, "\033["); c != NULL;
         c = strstr(c + 1, "\033[")) {
        open = strncmp(c, "\033[0m", 4) == 0 ? 0 : open + 1;
    }
    assert_int_equal(open, 0);
    assert_non_null(strstr(shown, "\033[1;31merror: "));
    rp_mem_free(shown);
}

static void a_text_that_is_not_the_one_read_does_no_harm(void **state)
{
    (void)state;
    struct probe probe = {.files = NULL};
    probe_read(&probe, PLAN_AGENT(",'idle':'x'"));
    struct rp_buf out;
    rp_buf_init(&out, 4096);
    rp_plan_problem_show(
        &out, "p", RP_STR("{"), &probe.problems.items[0], false);
    rp_plan_problem_show(
        &out, "p", RP_STR(""), &probe.problems.items[0], false);
    assert_non_null(strstr(out.ptr, "| {\n"));
    rp_buf_fini(&out);
    probe_fini(&probe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_underlined_with_its_hint),
        cmocka_unit_test(a_name_is_underlined),
        cmocka_unit_test(tabs_are_one_column_above_and_below),
        cmocka_unit_test(wide_characters_move_the_marks),
        cmocka_unit_test(
            what_spans_lines_is_underlined_to_the_end_of_the_first),
        cmocka_unit_test(a_long_line_is_cut_around_the_place),
        cmocka_unit_test(nothing_in_a_plan_can_steer_the_terminal),
        cmocka_unit_test(a_fault_of_the_syntax_is_shown_without_a_path),
        cmocka_unit_test(colours_are_closed_again),
        cmocka_unit_test(a_text_that_is_not_the_one_read_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
