/* test_schema_errors.c - schemas that are wrong, and what is said of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schema_probe.h"

struct mistake {
    const char *schema;
    enum rp_code code;
    const char *pointer;
    const char *message;
    const char *hint;
};

static const struct mistake mistakes[] = {
    {"{\"properties\":{\"a\":{\"type\":\"strng\"}}}", RP_E_INVALID,
        "/properties/a/type", "'type' is 'strng', which is no type",
        "did you mean 'string'"},
    {"{\"type\":[\"string\",\"string\"]}", RP_E_INVALID, "/type/1",
        "'type' lists 'string' twice", ""},
    {"{\"type\":[]}", RP_E_INVALID, "/type",
        "'type' is an empty list: nothing would match", ""},
    {"{\"type\":5}", RP_E_INVALID, "/type",
        "'type' must be the name of a type or a list of such names", ""},
    {"{\"$defs\":{\"x\":{\"minLength\":-1}}}", RP_E_INVALID,
        "/$defs/x/minLength", "'minLength' must be a whole number, 0 or more",
        ""},
    {"{\"minimum\":\"1\"}", RP_E_INVALID, "/minimum",
        "'minimum' must be a number", ""},
    {"{\"multipleOf\":0}", RP_E_INVALID, "/multipleOf",
        "'multipleOf' must be above 0", ""},
    {"{\"maximum\":1e9999999999999999}", RP_E_LIMIT, "/maximum",
        "the exponent of 'maximum' is too large", ""},
    {"{\"enum\":1}", RP_E_INVALID, "/enum", "'enum' must be a list of values",
        ""},
    {"{\"required\":[\"a\",\"a\"]}", RP_E_INVALID, "/required/1",
        "'required' lists 'a' twice", ""},
    {"{\"required\":[1]}", RP_E_INVALID, "/required/0",
        "'required' must list member names, which are strings", ""},
    {"{\"required\":\"a\"}", RP_E_INVALID, "/required",
        "'required' must be a list of member names", ""},
    {"{\"items\":[{}]}", RP_E_INVALID, "/items",
        "'items' must be one schema; a list of schemas is draft-07",
        "use \"prefixItems\", or say \"$schema\": "
        "\"http://json-schema.org/draft-07/schema#\""},
    {"{\"allOf\":[]}", RP_E_INVALID, "/allOf",
        "'allOf' must be a list of one schema or more", ""},
    {"{\"properties\":[]}", RP_E_INVALID, "/properties",
        "'properties' must be an object of schemas", ""},
    {"{\"properties\":{\"a\":1}}", RP_E_INVALID, "/properties/a",
        "what should be a schema is neither an object nor a boolean",
        "a schema is an object, true or false"},
    {"{\"not\":1}", RP_E_INVALID, "/not",
        "'not' must be a schema: an object, true or false", ""},
    {"{\"uniqueItems\":1}", RP_E_INVALID, "/uniqueItems",
        "'uniqueItems' must be true or false", ""},
    {"{\"pattern\":\"(a\"}", RP_E_INVALID, "/pattern",
        "'(a' is no pattern: missing closing parenthesis",
        "patterns are regular expressions as in ECMA-262"},
    {"{\"$anchor\":\"1a\"}", RP_E_INVALID, "/$anchor",
        "'$anchor' is '1a', which is no anchor name",
        "a letter or '_', then letters, digits, '-', '_' or '.'"},
    {"{\"$id\":\"http://x/#a\"}", RP_E_INVALID, "/$id",
        "'$id' is 'http://x/#a', and must not have a fragment",
        "name a place inside a schema with \"$anchor\""},
    {"{\"$schema\":\"http://json-schema.org/draft-04/schema#\"}", RP_E_INVALID,
        "/$schema",
        "'$schema' names 'http://json-schema.org/draft-04/schema#', a dialect "
        "that is not known",
        "2020-12 and draft-07 are supported: "
        "\"https://json-schema.org/draft/2020-12/schema\""},
    {"{\"$ref\":\"#/$defs/a\"}", RP_E_NOT_FOUND, "/$ref",
        "'$ref' names '#/$defs/a', which does not exist",
        "nothing is at that JSON pointer"},
    {"{\"$ref\":\"#/$defs/cod/items\",\"$defs\":{\"code\":{}}}", RP_E_NOT_FOUND,
        "/$ref", "'$ref' names '#/$defs/cod/items', which does not exist",
        "did you mean 'code'"},
    {"{\"$ref\":\"#a\"}", RP_E_NOT_FOUND, "/$ref",
        "'$ref' names '#a', which does not exist",
        "no schema there has this \"$anchor\""},
    {"{\"$ref\":\"https://example.com/s.json#/a\"}", RP_E_NOT_FOUND, "/$ref",
        "'$ref' names 'https://example.com/s.json', which is not in the "
        "schema, not built in and was not delivered",
        "references are never fetched: deliver it as a file"},
    {"{\"$ref\":\"#/a\",\"a\":5}", RP_E_INVALID, "/$ref",
        "'$ref' names '#/a', which is not a schema", ""},
    {"5", RP_E_INVALID, "",
        "what should be a schema is neither an object nor a boolean",
        "a schema is an object, true or false"},
};

static void a_wrong_schema_is_refused_with_place_and_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(mistakes); i++) {
        struct rp_schema_error error;
        enum rp_code code = probe_refusal(mistakes[i].schema, NULL, &error);
        assert_string_equal(error.message, mistakes[i].message);
        assert_string_equal(error.pointer, mistakes[i].pointer);
        assert_string_equal(error.hint, mistakes[i].hint);
        assert_int_equal(code, mistakes[i].code);
    }
}

static void what_is_refused_is_what_the_meta_schema_refuses(void **state)
{
    (void)state;
    static const char meta[] =
        "{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}";
    static const char *const wrong[] = {"{\"type\":\"strng\"}",
        "{\"minLength\":-1}", "{\"required\":[\"a\",\"a\"]}", "{\"allOf\":[]}",
        "{\"properties\":{\"a\":1}}", "{\"not\":1}", "{\"uniqueItems\":1}",
        "{\"$anchor\":\"1a\"}", "{\"multipleOf\":0}", "{\"items\":[{}]}", "5"};
    for (size_t i = 0; i < RP_COUNT_OF(wrong); i++) {
        struct rp_schema_error error;
        assert_int_not_equal(probe_refusal(wrong[i], NULL, &error), RP_OK);
        assert_invalid(meta, wrong[i]);
    }
    assert_valid(meta, "{\"properties\":{\"a\":{\"type\":\"string\"}}}");
}

static void an_unknown_required_vocabulary_is_refused(void **state)
{
    (void)state;
    struct rp_schema_error error;
    enum rp_code code = probe_refusal(
        "{\"$schema\":\"https://example.com/meta\"}", NULL, &error);
    assert_int_equal(code, RP_E_INVALID);
    assert_string_equal(error.pointer, "/$schema");
}

static void unknown_keywords_are_annotations(void **state)
{
    (void)state;
    assert_valid("{\"x-note\":{\"$id\":5,\"type\":\"strng\"}}", "1");
}

static void note(void *context, const struct rp_schema_error *notice)
{
    struct rp_buf *notices = context;
    rp_buf_addf(
        notices, "%s|%s|%s\n", notice->pointer, notice->message, notice->hint);
}

static void a_keyword_that_is_nearly_one_is_noticed(void **state)
{
    (void)state;
    struct rp_buf notices;
    rp_buf_init(&notices, 4096);
    struct rp_schema_options options = {.notices = {note, &notices}};
    struct probe_result result =
        probe_judge("{\"properties\":{\"a\":{\"requried\":[\"b\"],\"x-y\":1}}}",
            "{\"a\":{}}", &options);
    assert_true(result.is_valid);
    assert_string_equal(rp_buf_str(&notices).ptr,
        "/properties/a/requried|'requried' is no keyword and is ignored|did "
        "you mean 'required'\n");
    rp_buf_fini(&notices);
}

static void the_error_may_be_left_out(void **state)
{
    (void)state;
    assert_int_equal(probe_refusal("{\"type\":1}", NULL, NULL), RP_E_INVALID);
}

static void schemas_too_many_to_hold_are_refused(void **state)
{
    (void)state;
    struct rp_buf text;
    struct rp_schema_error error;
    rp_buf_init(&text, 1u << 20);
    for (unsigned i = 0; i < 200000; i++) {
        rp_buf_add_text(&text, i == 0 ? "{\"allOf\":[{}" : ",{}");
    }
    rp_buf_add_text(&text, "]}");
    assert_int_equal(probe_refusal(text.ptr, NULL, &error), RP_E_LIMIT);
    assert_string_equal(
        error.message, "the schema holds more than 200000 schemas");
    rp_buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_schema_is_refused_with_place_and_reason),
        cmocka_unit_test(what_is_refused_is_what_the_meta_schema_refuses),
        cmocka_unit_test(an_unknown_required_vocabulary_is_refused),
        cmocka_unit_test(unknown_keywords_are_annotations),
        cmocka_unit_test(a_keyword_that_is_nearly_one_is_noticed),
        cmocka_unit_test(the_error_may_be_left_out),
        cmocka_unit_test(schemas_too_many_to_hold_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
