/* Bad plans, and for each what a person is told: every problem as
 * "line:column path: message (hint)". */
#include "plan_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/mem.h>

static const struct probe_file files[] = {
    {"schemas/labs.json", "{\"type\":\"object\"}"},
    {"schemas/locked.json", NULL},
    {"schemas/broken.json", "{\n  \"type\": object\n}"},
    {"schemas/twice.json", "{\"type\":\"object\",\"type\":\"array\"}"},
    {"schemas/wrong.json", "{\"properties\":{\"a\":{\"minimum\":\"5\"}}}"},
    {NULL, NULL},
};

static const struct bad_plan {
    const char *what;
    const char *text;
    const char *problems;
} bad_plans[] = {
#include "bad_plans.def"
};

static void check_one(const struct bad_plan *bad)
{
    struct probe probe = {.files = files};
    probe_read(&probe, bad->text);
    char *problems = probe_problems(&probe);
    if (strcmp(problems, bad->problems) != 0) {
        print_error("%s:\n%s\n", bad->what, problems);
    }
    assert_string_equal(problems, bad->problems);
    assert_int_equal(probe.code, RP_E_INVALID);
    assert_null(probe.plan);
    rp_mem_free(problems);
    probe_fini(&probe);
}

static void every_bad_plan_is_refused_with_its_place_and_a_hint(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(bad_plans); i++) {
        check_one(&bad_plans[i]);
    }
}

static void a_problem_points_at_what_is_wrong_and_ends_behind_it(void **state)
{
    (void)state;
    struct probe probe = {.files = NULL};
    probe_read(&probe, PLAN_AGENT(",'timeout':'10 \xC3\xA9'"));
    const struct rp_plan_problem *p = &probe.problems.items[0];
    assert_int_equal(probe.problems.count, 1);
    assert_string_equal(p->pointer, "/agents/a/timeout");
    assert_int_equal(p->place.line, 3);
    assert_int_equal(p->place.column, 12);
    assert_int_equal(p->end.line, 3);
    assert_int_equal(p->end.column, 18); /* characters, not bytes */
    assert_int_equal(p->end.byte - p->place.byte, 7);
    probe_fini(&probe);
}

static void the_error_sums_up_the_first_problem(void **state)
{
    (void)state;
    struct probe probe = {.files = NULL};
    probe_read(&probe, PLAN_AGENT(",'idle':'x','timeout':'y'"));
    assert_int_equal(probe.err.code, RP_E_INVALID);
    assert_string_equal(probe.err.text,
        "reading the plan: line 3, column 9: agents.a.idle: \"x\" is not a "
        "duration");
    probe_fini(&probe);
}

static void names_with_special_characters_are_escaped_in_pointers(void **state)
{
    (void)state;
    struct probe probe = {.files = NULL};
    probe_read(&probe, PLAN_AGENT(",'env':{'a/b~c':'x'}"));
    const struct rp_plan_problem *p = &probe.problems.items[0];
    assert_string_equal(p->pointer, "/agents/a/env/a~1b~0c");
    assert_string_equal(p->path, "agents.a.env[\"a/b~c\"]");
    probe_fini(&probe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bad_plan_is_refused_with_its_place_and_a_hint),
        cmocka_unit_test(a_problem_points_at_what_is_wrong_and_ends_behind_it),
        cmocka_unit_test(the_error_sums_up_the_first_problem),
        cmocka_unit_test(names_with_special_characters_are_escaped_in_pointers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
