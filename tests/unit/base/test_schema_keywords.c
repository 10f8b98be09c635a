/* test_schema_keywords.c - each keyword, one example that holds and one that
 * does not. The official suite (schema_suite.c) has the corner cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_probe.h"

#define DRAFT_07 "\"$schema\":\"http://json-schema.org/draft-07/schema#\""

struct example {
    const char *schema;
    const char *holds;
    const char *fails;
};

static void run(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_valid(examples[i].schema, examples[i].holds);
        assert_invalid(examples[i].schema, examples[i].fails);
    }
}

static void keywords_for_any_value_say_what_they_allow(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\"type\":\"null\"}", "null", "0"},
        {"{\"type\":\"boolean\"}", "true", "1"},
        {"{\"type\":\"integer\"}", "1.0", "1.5"},
        {"{\"type\":\"integer\"}", "1e400", "1e-400"},
        {"{\"type\":[\"integer\",\"string\"]}", "\"a\"", "[]"},
        {"{\"const\":{\"a\":1,\"b\":[2]}}", "{\"b\":[2e0],\"a\":1.0}",
            "{\"a\":1}"},
        {"{\"const\":9007199254740993}", "9007199254740993",
            "9007199254740992"},
        {"{\"enum\":[1,\"a\",null,{\"k\":2}]}", "{\"k\":2.0}", "\"b\""},
        {"{\"enum\":[[1],[2],[3]]}", "[3]", "[4]"},
    };
    assert_invalid("false", "1");
    assert_valid("true", "1");
    run(examples, RP_COUNT_OF(examples));
}

static void keywords_for_numbers_say_what_they_allow(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\"maximum\":10}", "10.0", "10.01"},
        {"{\"maximum\":1e400}", "1e400", "1.1e400"},
        {"{\"exclusiveMaximum\":10}", "9.99", "10"},
        {"{\"minimum\":-2}", "-2", "-2.5"},
        {"{\"exclusiveMinimum\":0}", "1e-400", "0"},
        {"{\"multipleOf\":0.01}", "19.99", "19.999"},
    };
    run(examples, RP_COUNT_OF(examples));
    assert_invalid("{\"multipleOf\":3}", "1e100000000000000");
    assert_valid("{\"multipleOf\":5e-7}", "1e100000000000000");
}

static void keywords_for_strings_say_what_they_allow(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\"maxLength\":2}", "\"\\ud83d\\ude00\\u0000\"", "\"abc\""},
        {"{\"minLength\":2.0}", "\"\\u00e9\\u00e9\"", "\"\\u00e9\""},
        {"{\"pattern\":\"b+\"}", "\"abc\"", "\"ac\""},
        {"{\"pattern\":\"^a$\"}", "\"a\"", "\"a\\n\""},
    };
    run(examples, RP_COUNT_OF(examples));
}

static void keywords_for_arrays_say_what_they_allow(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\"minItems\":1}", "[0]", "[]"},
        {"{\"maxItems\":1}", "[0]", "[0,1]"},
        {"{\"uniqueItems\":true}", "[1,\"1\",[1],{\"a\":1},true]",
            "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1e0}]"},
        {"{\"items\":{\"type\":\"string\"}}", "[\"a\",\"b\"]", "[\"a\",1]"},
        {"{\"prefixItems\":[{\"type\":\"string\"}],\"items\":false}", "[\"a\"]",
            "[\"a\",1]"},
        {"{\"contains\":{\"const\":1}}", "[0,1]", "[0]"},
        {"{\"contains\":{\"const\":1},\"minContains\":2,\"maxContains\":3}",
            "[1,1,0]", "[1,1,1,1]"},
        {"{\"prefixItems\":[true],\"unevaluatedItems\":false}", "[1]", "[1,2]"},
        {"{\"contains\":{\"const\":1},\"unevaluatedItems\":false}", "[1,1]",
            "[1,2]"},
        {"{" DRAFT_07 ",\"items\":[{\"type\":\"string\"}],"
         "\"additionalItems\":{\"type\":\"null\"}}",
            "[\"a\",null]", "[\"a\",1]"},
    };
    run(examples, RP_COUNT_OF(examples));
    assert_valid("{\"contains\":{\"const\":1},\"minContains\":0}", "[]");
}

static void keywords_for_objects_say_what_they_allow(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\"required\":[\"a\",\"b\"]}", "{\"b\":0,\"a\":0}", "{\"a\":0}"},
        {"{\"minProperties\":1}", "{\"a\":0}", "{}"},
        {"{\"maxProperties\":1}", "{\"a\":0}", "{\"a\":0,\"b\":0}"},
        {"{\"maxProperties\":1}", "{\"a\":0,\"a\":1}", "{\"a\":0,\"b\":0}"},
        {"{\"properties\":{\"a\":{\"type\":\"null\"}}}", "{\"a\":1,\"a\":null}",
            "{\"a\":null,\"a\":1}"},
        {"{\"patternProperties\":{\"^x\":{\"type\":\"null\"}}}",
            "{\"x1\":null,\"y\":1}", "{\"x1\":1}"},
        {"{\"properties\":{\"a\":true},\"patternProperties\":{\"^x\":true},"
         "\"additionalProperties\":{\"type\":\"null\"}}",
            "{\"a\":1,\"xa\":1,\"b\":null}", "{\"b\":1}"},
        {"{\"propertyNames\":{\"maxLength\":2}}", "{\"ab\":1}", "{\"abc\":1}"},
        {"{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"b\":1}", "{\"a\":1}"},
        {"{\"dependentSchemas\":{\"a\":{\"required\":[\"b\"]}}}",
            "{\"a\":1,\"b\":1}", "{\"a\":1}"},
        {"{" DRAFT_07 ",\"dependencies\":{\"a\":[\"b\"],"
         "\"c\":{\"required\":[\"d\"]}}}",
            "{\"a\":1,\"b\":1}", "{\"c\":1}"},
        {"{\"allOf\":[{\"properties\":{\"a\":true}}],"
         "\"unevaluatedProperties\":false}",
            "{\"a\":1}", "{\"a\":1,\"b\":1}"},
    };
    run(examples, RP_COUNT_OF(examples));
}

static void combined_schemas_judge_together(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{\"allOf\":[{\"minimum\":1},{\"maximum\":2}]}", "1", "3"},
        {"{\"anyOf\":[{\"type\":\"null\"},{\"maximum\":2}]}", "2", "3"},
        {"{\"oneOf\":[{\"minimum\":1},{\"maximum\":2}]}", "3", "1.5"},
        {"{\"not\":{\"type\":\"null\"}}", "1", "null"},
        {"{\"if\":{\"minimum\":10},\"then\":{\"multipleOf\":10},"
         "\"else\":{\"multipleOf\":3}}",
            "20", "15"},
        {"{\"if\":{\"minimum\":10},\"then\":{\"multipleOf\":10},"
         "\"else\":{\"multipleOf\":3}}",
            "9", "8"},
        {"{\"anyOf\":[{\"properties\":{\"a\":{\"type\":\"null\"}}},"
         "{\"properties\":{\"b\":true}}],\"unevaluatedProperties\":false}",
            "{\"b\":1}", "{\"a\":1}"},
        {"{\"not\":{\"not\":{\"properties\":{\"a\":true}}},"
         "\"unevaluatedProperties\":false}",
            "{}", "{\"a\":1}"},
    };
    run(examples, RP_COUNT_OF(examples));
}

static void many_members_and_items_are_told_apart(void **state)
{
    (void)state;
    struct rp_buf names;
    struct rp_buf schema;
    rp_buf_init(&names, 1u << 20);
    rp_buf_init(&schema, 1u << 20);
    rp_buf_add_text(&names, "{");
    for (unsigned i = 0; i < 200; i++) {
        rp_buf_addf(&names, "\"a%u\":%u,", i, i);
    }
    rp_buf_add_text(&names, "\"b\":1}");
    assert_violations("{\"allOf\":[{\"patternProperties\":{\"^a\":true}}],"
                      "\"unevaluatedProperties\":false}",
        names.ptr, "/b|/unevaluatedProperties|unexpected member 'b'\n");
    rp_buf_addf(&schema, "{\"const\":%s}", names.ptr);
    assert_valid(schema.ptr, names.ptr);
    rp_buf_fini(&schema);
    rp_buf_fini(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keywords_for_any_value_say_what_they_allow),
        cmocka_unit_test(keywords_for_numbers_say_what_they_allow),
        cmocka_unit_test(keywords_for_strings_say_what_they_allow),
        cmocka_unit_test(keywords_for_arrays_say_what_they_allow),
        cmocka_unit_test(keywords_for_objects_say_what_they_allow),
        cmocka_unit_test(combined_schemas_judge_together),
        cmocka_unit_test(many_members_and_items_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
