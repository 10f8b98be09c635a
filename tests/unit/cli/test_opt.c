/* Command lines, as people type them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/mem.h>

#include "opt.h"

static const struct rp__opt opts[] = {
    {"store", "FILE", "where to record", false, 0},
    {"tag", "KEY=VALUE", "marks it", true, 0},
    {"output", "FILE", "where to write", false, 'o'},
    {"quiet", NULL, "only errors", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static const struct rp__command command = {
    .name = "run",
    .summary = "run a plan",
    .arguments = "PLAN [EXTRA]",
    .description = "Runs it.",
    .footer = "Exit status: 0.",
    .opts = opts,
    .arguments_min = 1,
    .arguments_max = 2,
};

struct parsed {
    struct rp__args args;
    struct rp_buf problem;
    bool ok;
};

static int setup(void **state)
{
    struct parsed *p = rp_mem_zalloc(sizeof(*p));
    rp_buf_init(&p->problem, 4096);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct parsed *p = *state;
    rp_buf_fini(&p->problem);
    rp_mem_free(p);
    return 0;
}

static struct parsed *parse(void **state, int argc, const char *const *argv)
{
    struct parsed *p = *state;
    rp_buf_reset(&p->problem);
    p->ok = rp__opt_parse(
        &p->args, &command, argc, (char *const *)argv, &p->problem);
    return p;
}

#define PARSE(...)                                                             \
    parse(state,                                                               \
        (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)),         \
        (const char *[]){__VA_ARGS__})

static void options_may_stand_anywhere(void **state)
{
    struct parsed *p = PARSE("--quiet", "plan.json", "--store", "s.db");
    assert_true(p->ok);
    assert_int_equal(p->args.count, 1);
    assert_string_equal(p->args.items[0], "plan.json");
    assert_true(rp__opt_flag(&p->args, "quiet"));
    assert_string_equal(rp__opt_value(&p->args, "store"), "s.db");
    assert_null(rp__opt_value(&p->args, "output"));
}

static void a_value_follows_an_equals_sign_or_a_space(void **state)
{
    struct parsed *p = PARSE("x", "--store=a=b", "--output", "--quiet");
    assert_true(p->ok);
    assert_string_equal(rp__opt_value(&p->args, "store"), "a=b");
    assert_string_equal(rp__opt_value(&p->args, "output"), "--quiet");
    assert_false(rp__opt_flag(&p->args, "quiet"));
}

static void a_short_form_takes_its_value_with_or_without_a_space(void **state)
{
    struct parsed *p = PARSE("x", "-o", "a");
    assert_true(p->ok);
    assert_string_equal(rp__opt_value(&p->args, "output"), "a");
    p = PARSE("x", "-ob");
    assert_string_equal(rp__opt_value(&p->args, "output"), "b");
}

static void two_dashes_end_the_options(void **state)
{
    struct parsed *p = PARSE("--", "--quiet", "--store");
    assert_true(p->ok);
    assert_int_equal(p->args.count, 2);
    assert_string_equal(p->args.items[1], "--store");
}

static void a_single_dash_is_an_argument(void **state)
{
    struct parsed *p = PARSE("-");
    assert_true(p->ok);
    assert_string_equal(p->args.items[0], "-");
}

static void a_list_keeps_all_values_in_order(void **state)
{
    struct parsed *p = PARSE("x", "--tag", "a=1", "--tag=b=2");
    assert_true(p->ok);
    assert_string_equal(rp__opt_list(&p->args, "tag", 0), "a=1");
    assert_string_equal(rp__opt_list(&p->args, "tag", 1), "b=2");
    assert_null(rp__opt_list(&p->args, "tag", 2));
}

static void of_an_option_given_twice_the_last_counts(void **state)
{
    struct parsed *p = PARSE("x", "--store", "a", "--store", "b");
    assert_true(p->ok);
    assert_string_equal(rp__opt_value(&p->args, "store"), "b");
}

static void an_unknown_option_is_told_with_the_nearest_spelling(void **state)
{
    struct parsed *p = PARSE("x", "--stroe", "a");
    assert_false(p->ok);
    assert_non_null(strstr(p->problem.ptr,
        "reprise run: no option '--stroe'; did you mean '--store'?"));
}

static void a_missing_value_is_told(void **state)
{
    struct parsed *p = PARSE("x", "--store");
    assert_false(p->ok);
    assert_non_null(strstr(p->problem.ptr, "--store needs a value"));
}

static void a_value_for_a_flag_is_told(void **state)
{
    struct parsed *p = PARSE("x", "--quiet=yes");
    assert_false(p->ok);
    assert_non_null(strstr(p->problem.ptr, "--quiet takes no value"));
}

static void too_few_and_too_many_arguments_are_told(void **state)
{
    struct parsed *p = PARSE("--quiet");
    assert_false(p->ok);
    assert_non_null(strstr(p->problem.ptr, "PLAN [EXTRA]"));
    p = PARSE("a", "b", "c");
    assert_false(p->ok);
    assert_non_null(strstr(p->problem.ptr, "one argument too many: 'c'"));
}

static void help_wins_over_missing_arguments(void **state)
{
    struct parsed *p = PARSE("--help");
    assert_true(p->ok);
    assert_true(p->args.help);
}

static void the_help_names_every_option_and_stays_in_80_columns(void **state)
{
    struct rp_buf help;
    (void)state;
    rp_buf_init(&help, 65536);
    rp__opt_help(&help, &command);
    for (const struct rp__opt *opt = opts; opt->name != NULL; opt++) {
        assert_non_null(strstr(help.ptr, opt->name));
        assert_non_null(strstr(help.ptr, opt->help));
    }
    struct rp_str rest = rp_buf_str(&help);
    while (rest.len > 0) {
        assert_true(rp_str_cut(rest, '\n', &rest).len <= 80);
    }
    rp_buf_fini(&help);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(options_may_stand_anywhere),
        TEST(a_value_follows_an_equals_sign_or_a_space),
        TEST(a_short_form_takes_its_value_with_or_without_a_space),
        TEST(two_dashes_end_the_options),
        TEST(a_single_dash_is_an_argument),
        TEST(a_list_keeps_all_values_in_order),
        TEST(of_an_option_given_twice_the_last_counts),
        TEST(an_unknown_option_is_told_with_the_nearest_spelling),
        TEST(a_missing_value_is_told),
        TEST(a_value_for_a_flag_is_told),
        TEST(too_few_and_too_many_arguments_are_told),
        TEST(help_wins_over_missing_arguments),
        TEST(the_help_names_every_option_and_stays_in_80_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
