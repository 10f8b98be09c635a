/* test_schema_hostile.c - schemas and values made to take for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schema_probe.h"

/* Few steps, so that the tests are quick; one takes the default. */
static const struct rp_schema_options few_steps = {.steps_max = 50000};

static void assert_limit(
    const char *schema, const char *instance, const char *says)
{
    struct probe_result result = probe_judge(schema, instance, &few_steps);
    assert_int_equal(result.code, RP_E_LIMIT);
    assert_non_null(strstr(result.text, says));
    assert_int_equal(result.count, 0);
}

/* Definitions that each apply the next one twice. */
static void doubling(
    struct rp_buf *text, const char *keyword, unsigned levels, const char *end)
{
    rp_buf_init(text, 1u << 20);
    rp_buf_add_text(text, "{\"$ref\":\"#/$defs/a0\",\"$defs\":{");
    for (unsigned i = 0; i < levels; i++) {
        rp_buf_addf(text,
            "\"a%u\":{\"%s\":[{\"$ref\":\"#/$defs/a%u\"},"
            "{\"$ref\":\"#/$defs/a%u\"}]},",
            i, keyword, i + 1, i + 1);
    }
    rp_buf_addf(text, "\"a%u\":%s}}", levels, end);
}

static void nests_that_double_end_by_the_limit_of_steps(void **state)
{
    (void)state;
    static const char *const keywords[] = {"allOf", "anyOf", "oneOf"};
    for (size_t i = 0; i < RP_COUNT_OF(keywords); i++) {
        struct rp_buf schema;
        doubling(&schema, keywords[i], 40, i == 0 ? "true" : "false");
        assert_limit(schema.ptr, "1", "too many steps");
        rp_buf_fini(&schema);
    }
}

static void the_limit_of_steps_has_a_default(void **state)
{
    (void)state;
    struct rp_buf schema;
    doubling(&schema, "anyOf", 40, "false");
    struct probe_result result = probe_judge(schema.ptr, "1", NULL);
    assert_int_equal(result.code, RP_E_LIMIT);
    rp_buf_fini(&schema);
}

static void a_verdict_stands_when_its_explanation_takes_too_long(void **state)
{
    (void)state;
    /* The verdict stops at the first of these, the explanation does not. */
    struct rp_buf schema;
    doubling(&schema, "allOf", 40, "{\"type\":\"null\"}");
    struct probe_result result = probe_judge(schema.ptr, "1", &few_steps);
    assert_int_equal(result.code, RP_OK);
    assert_false(result.is_valid);
    assert_int_equal(result.count, 1);
    rp_buf_fini(&schema);
}

static void references_that_lead_nowhere_else_are_found(void **state)
{
    (void)state;
    assert_limit("{\"$ref\":\"#\"}", "1", "leads back to itself");
    assert_limit("{\"allOf\":[{\"$ref\":\"#/$defs/a\"}],"
                 "\"$defs\":{\"a\":{\"not\":{\"$ref\":\"#\"}}}}",
        "1", "leads back to itself");
    assert_limit("{\"$dynamicAnchor\":\"x\",\"$dynamicRef\":\"#x\"}", "1",
        "leads back to itself");
    assert_valid("{\"properties\":{\"a\":{\"$ref\":\"#\"}}}",
        "{\"a\":{\"a\":{\"a\":1}}}");
}

static void a_pattern_that_backtracks_for_ever_ends(void **state)
{
    (void)state;
    assert_limit("{\"pattern\":\"^(a+)+$\"}",
        "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"", "'^(a+)+$'");
    assert_limit("{\"patternProperties\":{\"^(a+)+$\":false}}",
        "{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\":1}", "'^(a+)+$'");
}

static void many_slow_matches_end_by_the_limit_of_steps(void **state)
{
    (void)state;
    struct rp_buf list;
    rp_buf_init(&list, 1u << 20);
    rp_buf_add_text(&list, "[0");
    for (unsigned i = 0; i < 5000; i++) {
        rp_buf_add_text(&list, ",\"aaaaaaaaaaaaaab\"");
    }
    rp_buf_add_text(&list, "]");
    assert_limit("{\"items\":{\"pattern\":\"^(?!(a|aa)+$)\"}}", list.ptr,
        "too many steps");
    rp_buf_fini(&list);
}

static void a_pattern_that_is_too_large_is_refused(void **state)
{
    (void)state;
    struct rp_schema_error error;
    enum rp_code code = probe_refusal(
        "{\"pattern\":\"((a{1,200}){1,200}){1,200}\"}", NULL, &error);
    assert_int_equal(code, RP_E_LIMIT);
    assert_string_equal(error.pointer, "/pattern");
}

static void pointers_into_long_lists_are_bounded(void **state)
{
    (void)state;
    struct rp_buf schema;
    struct rp_schema_error error;
    rp_buf_init(&schema, 4u << 20);
    rp_buf_add_text(&schema, "{\"allOf\":[{}");
    for (unsigned i = 0; i < 20000; i++) {
        rp_buf_add_text(&schema, ",{\"$ref\":\"#/allOf/19999\"}");
    }
    rp_buf_add_text(&schema, "]}");
    assert_int_equal(probe_refusal(schema.ptr, NULL, &error), RP_E_LIMIT);
    assert_string_equal(
        error.message, "references point into long lists too often");
    rp_buf_fini(&schema);
}

static void deep_values_are_judged_by_recursive_schemas(void **state)
{
    (void)state;
    struct rp_buf value;
    rp_buf_init(&value, 1u << 20);
    for (unsigned i = 0; i < 500; i++) {
        rp_buf_add_text(&value, "[");
    }
    for (unsigned i = 0; i < 500; i++) {
        rp_buf_add_text(&value, "]");
    }
    assert_valid("{\"items\":{\"anyOf\":[{\"$ref\":\"#\"}]}}", value.ptr);
    assert_limit("{\"items\":{\"allOf\":[{\"allOf\":[{\"allOf\":["
                 "{\"$ref\":\"#\"}]}]}]}}",
        value.ptr, "more than 2048 deep");
    rp_buf_fini(&value);
}

static void huge_exponents_cost_nothing_and_beyond_bounds_end(void **state)
{
    (void)state;
    assert_invalid("{\"maximum\":1}", "1e999999999999");
    assert_valid("{\"maximum\":1}", "1e-999999999999");
    assert_invalid("{\"multipleOf\":7}", "1e999999999999");
    assert_limit(
        "{\"maximum\":1}", "1e99999999999999999999", "too large to compare");
    assert_valid("{\"type\":\"integer\"}", "1e99999999999999999999");
}

static void wide_enumerations_are_looked_up(void **state)
{
    (void)state;
    struct rp_buf schema;
    struct rp_buf list;
    rp_buf_init(&schema, 1u << 20);
    rp_buf_init(&list, 1u << 20);
    rp_buf_add_text(&schema, "{\"items\":{\"enum\":[[]");
    rp_buf_add_text(&list, "[[]");
    for (unsigned i = 0; i < 5000; i++) {
        rp_buf_addf(&schema, ",{\"a\":%u}", i);
        rp_buf_addf(&list, ",{\"a\":%u.0}", i);
    }
    rp_buf_add_text(&schema, "]}}");
    rp_buf_add_text(&list, "]");
    assert_valid(schema.ptr, list.ptr);
    assert_valid("{\"uniqueItems\":true}", list.ptr);
    rp_buf_fini(&schema);
    rp_buf_fini(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nests_that_double_end_by_the_limit_of_steps),
        cmocka_unit_test(the_limit_of_steps_has_a_default),
        cmocka_unit_test(a_verdict_stands_when_its_explanation_takes_too_long),
        cmocka_unit_test(references_that_lead_nowhere_else_are_found),
        cmocka_unit_test(a_pattern_that_backtracks_for_ever_ends),
        cmocka_unit_test(many_slow_matches_end_by_the_limit_of_steps),
        cmocka_unit_test(a_pattern_that_is_too_large_is_refused),
        cmocka_unit_test(pointers_into_long_lists_are_bounded),
        cmocka_unit_test(deep_values_are_judged_by_recursive_schemas),
        cmocka_unit_test(huge_exponents_cost_nothing_and_beyond_bounds_end),
        cmocka_unit_test(wide_enumerations_are_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
