/* test_schema_messages.c - what a person is told about a value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schema_probe.h"

struct saying {
    const char *schema;
    const char *instance;
    const char *lines;
};

static void run(const struct saying *sayings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_violations(
            sayings[i].schema, sayings[i].instance, sayings[i].lines);
    }
}

static void values_are_named_with_what_they_are_and_must_be(void **state)
{
    (void)state;
    static const struct saying sayings[] = {
        {"{\"properties\":{\"potassium\":{\"maximum\":10}}}",
            "{\"potassium\":12}",
            "/potassium|/properties/potassium/maximum|"
            "'potassium' is 12, above the maximum 10\n"},
        {"{\"items\":{\"minimum\":0}}", "[1,-1.50]",
            "/1|/items/minimum|item [1] is -1.50, below the minimum 0\n"},
        {"{\"exclusiveMaximum\":3}", "3",
            "|/exclusiveMaximum|the value is 3, must be below 3\n"},
        {"{\"exclusiveMinimum\":3}", "3",
            "|/exclusiveMinimum|the value is 3, must be above 3\n"},
        {"{\"multipleOf\":2}", "3",
            "|/multipleOf|the value is 3, not a multiple of 2\n"},
        {"{\"type\":\"number\"}", "\"x\"",
            "|/type|the value is a string, must be a number\n"},
        {"{\"type\":[\"integer\",\"null\"]}", "1.5",
            "|/type|the value is 1.5, must be an integer or null\n"},
        {"{\"const\":\"a\"}", "{}",
            "|/const|the value is an empty object, must be 'a'\n"},
        {"{\"enum\":[\"low\",\"high\",null]}", "\"hihg\"",
            "|/enum|the value is 'hihg', must be 'low', 'high' or null "
            "(did you mean 'high'?)\n"},
        {"{\"minLength\":1}", "\"\"",
            "|/minLength|the value is empty, must have 1 or more "
            "characters\n"},
        {"{\"maxLength\":1}", "\"abc\"",
            "|/maxLength|the value has 3 characters, more than the 1 "
            "allowed\n"},
        {"{\"pattern\":\"^[A-Z]+$\"}", "\"abc\"",
            "|/pattern|the value is 'abc', does not match the pattern "
            "'^[A-Z]+$'\n"},
        {"{\"properties\":{\"a\":false}}", "{\"a\":1}",
            "/a|/properties/a|no value is allowed here\n"},
    };
    run(sayings, RP_COUNT_OF(sayings));
}

static void arrays_and_objects_say_what_is_missing_or_too_much(void **state)
{
    (void)state;
    static const struct saying sayings[] = {
        {"{\"required\":[\"code\",\"unit\"]}", "{}",
            "|/required|missing required member 'code'\n"
            "|/required|missing required member 'unit'\n"},
        {"{\"properties\":{\"potassium\":true},"
         "\"additionalProperties\":false}",
            "{\"potasium\":1,\"zzz\":2}",
            "/potasium|/additionalProperties|unexpected member 'potasium': "
            "did you mean 'potassium'?\n"
            "/zzz|/additionalProperties|unexpected member 'zzz'\n"},
        {"{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"a\":1}",
            "|/dependentRequired|missing member 'b', required when 'a' is "
            "present\n"},
        {"{\"minItems\":2}", "[1]",
            "|/minItems|the value has 1 items, fewer than the 2 required\n"},
        {"{\"uniqueItems\":true}", "[1,2,1.0]",
            "|/uniqueItems|the value repeats an item: [0] and [2] are "
            "equal, all must differ\n"},
        {"{\"prefixItems\":[true],\"items\":false}", "[1,2,3]",
            "/1|/items|unexpected item [1]: at most 1 is allowed\n"},
        {"{\"contains\":{\"const\":1}}", "[]",
            "|/contains|the value has no item that matches what it must "
            "contain\n"},
        {"{\"propertyNames\":{\"maxLength\":3}}", "{\"long\":1}",
            "/long|/propertyNames/maxLength|the member name 'long' has 4 "
            "characters, more than the 3 allowed\n"},
    };
    run(sayings, RP_COUNT_OF(sayings));
}

static void of_alternatives_the_nearest_is_explained(void **state)
{
    (void)state;
    static const struct saying sayings[] = {
        {"{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"object\","
         "\"properties\":{\"a\":{\"type\":\"string\"}}}]}",
            "{\"a\":1}",
            "|/anyOf|the value matches none of the 2 alternatives; nearest "
            "is [1]: 'a' is 1, must be a string, at /a\n"},
        {"{\"oneOf\":["
         "{\"properties\":{\"kind\":{\"const\":\"a\"},\"x\":{\"const\":1},"
         "\"y\":{\"const\":1}}},"
         "{\"properties\":{\"kind\":{\"const\":\"b\"}},"
         "\"required\":[\"p\",\"q\",\"r\"]}]}",
            "{\"kind\":\"b\"}",
            "|/oneOf|the value matches none of the 2 alternatives; nearest "
            "is [1]: missing required member 'p'\n"},
        {"{\"oneOf\":[true,{\"type\":\"null\"},{\"type\":\"number\"}]}", "1",
            "|/oneOf|the value matches both alternatives [0] and [2], must "
            "match exactly one\n"},
        {"{\"anyOf\":[{\"anyOf\":[{\"type\":\"null\"}]}]}", "1",
            "|/anyOf|the value matches none of the 1 alternatives; nearest "
            "is [0]: the value is 1, must be null\n"},
        {"{\"not\":{\"const\":7}}", "7",
            "|/not|the value is 7, which matches the schema that it must "
            "not match\n"},
        {"{\"if\":{\"const\":1},\"then\":{\"type\":\"null\"}}", "1",
            "|/then/type|the value is 1, must be null\n"},
    };
    run(sayings, RP_COUNT_OF(sayings));
}

static void violations_come_in_the_order_of_the_document(void **state)
{
    (void)state;
    assert_violations("{\"required\":[\"z\"],"
                      "\"patternProperties\":{\"b\":{\"type\":\"null\"}},"
                      "\"properties\":{\"c\":{\"type\":\"null\"},"
                      "\"a\":{\"items\":{\"type\":\"null\"}}}}",
        "{\"c\":1,\"b\":2,\"a\":[null,3]}",
        "|/required|missing required member 'z'\n"
        "/c|/properties/c/type|'c' is 1, must be null\n"
        "/b|/patternProperties/b/type|'b' is 2, must be null\n"
        "/a/1|/properties/a/items/type|item [1] is 3, must be null\n");
}

static void what_two_schemas_ask_alike_is_said_once(void **state)
{
    (void)state;
    assert_violations("{\"allOf\":[{\"type\":\"null\"},{\"type\":\"null\"}]}",
        "1", "|/allOf/0/type|the value is 1, must be null\n");
}

static void a_violated_neighbour_makes_nothing_unexpected(void **state)
{
    (void)state;
    assert_violations(
        "{\"$ref\":\"#/$defs/a\",\"unevaluatedProperties\":false,"
        "\"$defs\":{\"a\":{\"properties\":{\"a\":{\"type\":\"null\"}}}}}",
        "{\"a\":1}", "/a|/$ref/properties/a/type|'a' is 1, must be null\n");
}

static void names_in_pointers_are_escaped_and_long_texts_cut(void **state)
{
    (void)state;
    assert_violations("{\"properties\":{\"a/b~\":{\"type\":\"null\"}}}",
        "{\"a/b~\":1}",
        "/a~1b~0|/properties/a~1b~0/type|'a/b~' is 1, must be null\n");
    struct probe_result result = probe_judge("{\"const\":1}",
        "\"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9"
        "\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9"
        "\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9"
        "\\u00e9\\u00e9x\\u00e9\\u00e9\\u00e9\"",
        NULL);
    assert_false(result.is_valid);
    assert_non_null(strstr(result.violations, "x...', must be 1\n"));
}

static void no_more_violations_come_than_were_asked_for(void **state)
{
    (void)state;
    struct rp_buf list;
    rp_buf_init(&list, 1u << 20);
    rp_buf_add_text(&list, "[0");
    for (unsigned i = 0; i < 1000; i++) {
        rp_buf_add_text(&list, ",0");
    }
    rp_buf_add_text(&list, "]");
    struct probe_result result =
        probe_judge("{\"items\":{\"type\":\"null\"}}", list.ptr, NULL);
    assert_int_equal(result.count, 50);
    rp_buf_fini(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_named_with_what_they_are_and_must_be),
        cmocka_unit_test(arrays_and_objects_say_what_is_missing_or_too_much),
        cmocka_unit_test(of_alternatives_the_nearest_is_explained),
        cmocka_unit_test(violations_come_in_the_order_of_the_document),
        cmocka_unit_test(what_two_schemas_ask_alike_is_said_once),
        cmocka_unit_test(a_violated_neighbour_makes_nothing_unexpected),
        cmocka_unit_test(names_in_pointers_are_escaped_and_long_texts_cut),
        cmocka_unit_test(no_more_violations_come_than_were_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
