/* Which calls a rule is on, whether it fits a plan, where it cuts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/fault_rule.h>

#include "stage.h"

static const struct rp_fault_rule *add(
    struct rp_fault_rules *rules, const char *text)
{
    struct rp_err err = RP_ERR_INIT;
    if (rp_fault_rule_add(rules, rp_str_of(text), &err) != RP_OK) {
        fail_msg("'%s' was refused: %s", text, err.text);
    }
    return &rules->items[rules->count - 1];
}

static struct rp_fault_rule rule_of(const char *text)
{
    struct rp_fault_rules rules = {.count = 0};
    return *add(&rules, text);
}

/* ---- which calls ---- */

static bool is_on(const char *text, const char *task, const char *agent,
    uint32_t attempt, uint64_t seed)
{
    struct rp_fault_rule rule = rule_of(text);
    struct rp_call call = {
        .task = task, .agent_name = agent, .attempt = attempt};
    return rp_fault_rule_matches(&rule, &call, seed);
}

static void a_rule_is_on_paths_agents_or_either(void **state)
{
    (void)state;
    assert_true(is_on("labs : hang", "gather/x", "labs", 1, 0));
    assert_true(is_on("labs : hang", "labs", "other", 1, 0));
    assert_false(is_on("labs : hang", "gather/labs", "other", 1, 0));
    assert_true(is_on("agent:labs : hang", "gather/x", "labs", 1, 0));
    assert_false(is_on("agent:labs : hang", "labs", "other", 1, 0));
    assert_true(is_on("path:labs : hang", "labs", "other", 1, 0));
    assert_false(is_on("path:labs : hang", "gather/x", "labs", 1, 0));
    assert_true(is_on("gather/* : hang", "gather/x", "labs", 1, 0));
    assert_false(is_on("gather/* : hang", "gather/x/$fallback", "old", 1, 0));
    assert_true(is_on("gather/** : hang", "gather/x/$fallback", "old", 1, 0));
}

static void an_attempt_range_has_both_its_ends(void **state)
{
    (void)state;
    for (uint32_t attempt = 1; attempt <= 5; attempt++) {
        assert_int_equal(is_on("a @2..4 : hang", "a", "a", attempt, 0),
            attempt >= 2 && attempt <= 4);
        assert_int_equal(
            is_on("a @3+ : hang", "a", "a", attempt, 0), attempt >= 3);
    }
}

static void chance_is_keyed_and_does_not_depend_on_order(void **state)
{
    (void)state;
    bool forward[200];
    uint32_t hits = 0;
    for (uint32_t i = 0; i < 200; i++) {
        forward[i] = is_on("a ?30% : hang", "a", "x", i + 1, 7);
        hits += forward[i] ? 1 : 0;
    }
    assert_in_range(hits, 30, 90);
    uint32_t other_seed = 0;
    uint32_t other_path = 0;
    uint32_t other_rule = 0;
    for (uint32_t i = 200; i > 0; i--) {
        bool was = forward[i - 1];
        assert_int_equal(is_on("a ?30% : hang", "a", "x", i, 7), was);
        other_seed += is_on("a ?30% : hang", "a", "x", i, 8) != was;
        other_path += is_on("* ?30% : hang", "b", "x", i, 7) != was;
        other_rule += is_on("{\"id\":\"q\",\"on\":{\"path\":\"a\"},\"when\":"
                            "{\"prob\":\"30%\"},\"do\":{\"fault\":\"hang\"}}",
                          "a", "x", i, 7) != was;
    }
    assert_true(other_seed > 20);
    assert_true(other_path > 20);
    assert_true(other_rule > 20);
}

static void no_chance_is_never_and_a_whole_one_always(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 100; i++) {
        assert_false(is_on("a ?0% : hang", "a", "x", i, i));
        assert_true(is_on("a ?100% : hang", "a", "x", i, i));
    }
}

/* ---- fitting a plan ---- */

#define PLAN                                                                   \
    "{\"reprise\":1,\"name\":\"clinic\",\"agents\":{"                          \
    "\"labs\":{\"exec\":[\"labs\"],\"retry\":{\"attempts\":3},"                \
    "\"fallback\":{\"agent\":\"old\"}},"                                       \
    "\"old\":{\"exec\":[\"old\"]},\"spare\":{\"exec\":[\"spare\"]},"           \
    "\"meds\":{\"exec\":[\"meds\"]}},"                                         \
    "\"flow\":{\"sequence\":[{\"id\":\"gather\",\"need\":1,\"parallel\":{"     \
    "\"lab_values\":{\"agent\":\"labs\"},\"meds\":{\"agent\":\"meds\"}}},"     \
    "{\"id\":\"sum\",\"agent\":\"meds\"}]}}"

static enum rp_code fit(const char *text, struct rp_err *err)
{
    struct rp_plan *plan = stage_plan(PLAN);
    struct rp_fault_rules rules = {.count = 0};
    add(&rules, text);
    rp_err_clear(err);
    enum rp_code rc = rp_fault_rules_fit(&rules, plan, err);
    rp_plan_free(&plan);
    return rc;
}

static void a_selector_that_matches_something_fits(void **state)
{
    (void)state;
    static const char *const good[] = {"labs : hang", "agent:old : hang",
        "gather/lab_values : hang", "path:gather/* : hang",
        "gather/lab_values/$fallback : hang", "** : hang", "sum : hang",
        "l* @3 : hang", "labs [9+] : hang"};
    struct rp_err err = RP_ERR_INIT;
    for (size_t i = 0; i < RP_COUNT_OF(good); i++) {
        if (fit(good[i], &err) != RP_OK) {
            fail_msg("'%s' does not fit: %s", good[i], err.text);
        }
    }
}

static void a_selector_that_matches_nothing_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *words;
    } cases[] = {
        {"lbas : hang", "nothing in plan 'clinic' is called 'lbas'; "
                        "did you mean 'labs'?"},
        {"path:gather/lab_value : hang", "did you mean 'gather/lab_values'?"},
        {"path:labs : hang", "nothing in plan 'clinic' is called 'labs'"},
        {"agent:sum : hang", "nothing in plan 'clinic' is called 'sum'"},
        {"gather : hang", "nothing in plan 'clinic' is called 'gather'"},
        {"spare : hang", "is called 'spare'"}, /* no task is its */
        {"meds/$fallback : hang", "is called 'meds/$fallback'"},
        {"labs @4 : hang", "no task of 'labs' has an attempt 4"},
    };
    struct rp_err err = RP_ERR_INIT;
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        assert_int_equal(fit(cases[i].rule, &err), RP_E_NOT_FOUND);
        if (strstr(err.text, cases[i].words) == NULL) {
            fail_msg("'%s' gave '%s'", cases[i].rule, err.text);
        }
    }
}

/* ---- where a truncation cuts ---- */

static void a_truncation_cuts_where_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *cut, *bytes;
        size_t kept;
    } cases[] = {
        {"0", "{\"a\":1}", 0},
        {"3", "{\"a\":1}", 3},
        {"99", "{}", 2},
        {"50%", "123456", 3},
        {"0%", "123456", 0},
        {"100%", "123456", 6},
        {"50%", "1", 0},
        {"in_string", "{\"a\":\"word\"}", 7},
        {"in_string", "[1]", 3},
        {"in_string", "\"\\", 2},
        {"in_number", "[1,234]", 4},
        {"in_number", "[\"12\",3]", 8},
        {"in_number", "\"\\", 2},
        {"in_utf8", "\"\xc3\xa4\xe2\x82\xac\"", 4},
        {"in_utf8", "{}", 2},
        {"before_close", "{\"a\":[1]}\n", 8},
        {"before_close", "7", 1},
        {"in_string", "", 0},
        {"in_utf8", "", 0},
        {"before_close", "", 0},
    };
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        char text[64];
        (void)snprintf(
            text, sizeof(text), "a : out.truncate(%s)", cases[i].cut);
        struct rp_fault_rule rule = rule_of(text);
        assert_int_equal(
            rp_fault_truncated_len(&rule, rp_str_of(cases[i].bytes)),
            cases[i].kept);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_is_on_paths_agents_or_either),
        cmocka_unit_test(an_attempt_range_has_both_its_ends),
        cmocka_unit_test(chance_is_keyed_and_does_not_depend_on_order),
        cmocka_unit_test(no_chance_is_never_and_a_whole_one_always),
        cmocka_unit_test(a_selector_that_matches_something_fits),
        cmocka_unit_test(a_selector_that_matches_nothing_is_told),
        cmocka_unit_test(a_truncation_cuts_where_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
