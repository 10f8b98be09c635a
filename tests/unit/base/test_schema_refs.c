/* test_schema_refs.c - documents that refer to each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schema_probe.h"

struct shelf {
    const char *uri;
    const char *text;
};

static const struct shelf shelf[] = {
    {"file:///plans/schemas/labs.json",
        "{\"type\":\"object\",\"properties\":{\"code\":"
        "{\"$ref\":\"common.json#/$defs/code\"}}}"},
    {"file:///plans/schemas/common.json",
        "{\"$defs\":{\"code\":{\"type\":\"string\"},"
        "\"bad\":{\"type\":\"strng\"}}}"},
    {"file:///plans/old.json",
        "{\"$schema\":\"http://json-schema.org/draft-07/schema#\","
        "\"items\":[{\"$ref\":\"#/definitions/n\",\"type\":\"string\"}],"
        "\"definitions\":{\"n\":{\"type\":\"null\"}}}"},
    {"https://example.com/meta",
        "{\"$vocabulary\":{\"https://example.com/vocab\":true}}"},
    {"https://example.com/applicator-only",
        "{\"$vocabulary\":"
        "{\"https://json-schema.org/draft/2020-12/vocab/applicator\":true,"
        "\"https://example.com/vocab\":false}}"},
};

static const cJSON *find(void *context, struct rp_str uri)
{
    unsigned *asked = context;
    ++*asked;
    for (size_t i = 0; i < RP_COUNT_OF(shelf); i++) {
        if (rp_str_is(uri, shelf[i].uri)) {
            return probe_read(shelf[i].text);
        }
    }
    return NULL;
}

static struct rp_schema_options options_at(struct rp_str base, unsigned *asked)
{
    return (struct rp_schema_options){.base_uri = base, .files = {find, asked}};
}

static void files_are_delivered_by_their_absolute_uri(void **state)
{
    (void)state;
    unsigned asked = 0;
    struct rp_schema_options options =
        options_at(RP_STR("file:///plans/plan.json"), &asked);
    struct probe_result result =
        probe_judge("{\"items\":{\"$ref\":\"schemas/labs.json\"}}",
            "[{\"code\":1}]", &options);
    assert_int_equal(result.code, RP_OK);
    assert_string_equal(result.violations,
        "/0/code|/items/$ref/properties/code/$ref/type|"
        "'code' is 1, must be a string\n");
    assert_int_equal(asked, 2);
}

static void a_mistake_in_a_file_names_the_file(void **state)
{
    (void)state;
    unsigned asked = 0;
    struct rp_schema_options options =
        options_at(RP_STR("file:///plans/plan.json"), &asked);
    struct rp_schema_error error;
    enum rp_code code = probe_refusal(
        "{\"$ref\":\"schemas/common.json#/$defs/bad\"}", &options, &error);
    assert_int_equal(code, RP_E_INVALID);
    assert_string_equal(error.pointer, "/$defs/bad/type");
    assert_string_equal(error.message,
        "in 'file:///plans/schemas/common.json': 'type' is 'strng', which is "
        "no type");
}

static void a_file_that_is_not_there_is_not_found(void **state)
{
    (void)state;
    unsigned asked = 0;
    struct rp_schema_options options =
        options_at(RP_STR("file:///plans/plan.json"), &asked);
    struct rp_schema_error error;
    enum rp_code code =
        probe_refusal("{\"$ref\":\"../none.json\"}", &options, &error);
    assert_int_equal(code, RP_E_NOT_FOUND);
    assert_non_null(strstr(error.message, "'file:///none.json'"));
    assert_int_equal(asked, 1);
}

static void each_document_keeps_its_own_dialect(void **state)
{
    (void)state;
    unsigned asked = 0;
    struct rp_schema_options options =
        options_at(RP_STR("file:///plans/plan.json"), &asked);
    struct probe_result result = probe_judge(
        "{\"$ref\":\"old.json\",\"type\":\"array\"}", "[null]", &options);
    assert_true(result.is_valid);
    result = probe_judge("{\"$ref\":\"old.json\"}", "[1]", &options);
    assert_false(result.is_valid);
}

static void vocabularies_turn_keywords_on_and_off(void **state)
{
    (void)state;
    unsigned asked = 0;
    struct rp_schema_options options = options_at(RP_STR(""), &asked);
    struct rp_schema_error error;
    assert_int_equal(probe_refusal("{\"$schema\":\"https://example.com/meta\"}",
                         &options, &error),
        RP_E_INVALID);
    assert_string_equal(error.message,
        "'$schema' requires the vocabulary 'https://example.com/vocab', which "
        "is not known");
    struct probe_result result =
        probe_judge("{\"$schema\":\"https://example.com/applicator-only\","
                    "\"type\":\"string\"}",
            "1", &options);
    assert_true(result.is_valid);
}

static void identifiers_name_schemas_inside_a_document(void **state)
{
    (void)state;
    assert_violations(
        "{\"$id\":\"https://example.com/root\",\"properties\":{"
        "\"a\":{\"$ref\":\"other\"},\"b\":{\"$ref\":\"other#x\"},"
        "\"c\":{\"$ref\":\"#/$defs/o/$defs/y\"}},"
        "\"$defs\":{\"o\":{\"$id\":\"other\",\"type\":\"null\","
        "\"$defs\":{\"y\":{\"$anchor\":\"x\",\"type\":\"boolean\"}}}}}",
        "{\"a\":1,\"b\":1,\"c\":1}",
        "/a|/properties/a/$ref/type|'a' is 1, must be null\n"
        "/b|/properties/b/$ref/type|'b' is 1, must be a boolean\n"
        "/c|/properties/c/$ref/type|'c' is 1, must be a boolean\n");
}

static void dynamic_references_find_the_outermost_anchor(void **state)
{
    (void)state;
    static const char tree[] =
        "{\"$id\":\"https://example.com/strict\",\"$dynamicAnchor\":\"node\","
        "\"$ref\":\"tree\",\"unevaluatedProperties\":false,"
        "\"$defs\":{\"tree\":{\"$id\":\"tree\",\"$dynamicAnchor\":\"node\","
        "\"properties\":{\"data\":true,\"children\":{\"items\":"
        "{\"$dynamicRef\":\"#node\"}}}}}}";
    assert_valid(tree, "{\"children\":[{\"data\":1}]}");
    assert_violations(tree, "{\"children\":[{\"daat\":1}]}",
        "/children/0/daat|/$ref/properties/children/items/$dynamicRef/"
        "unevaluatedProperties|unexpected member 'daat'\n");
}

static void the_meta_schemas_are_built_in(void **state)
{
    (void)state;
    assert_valid("{\"$ref\":\"http://json-schema.org/draft-07/schema#\"}",
        "{\"items\":[{\"type\":\"string\"}]}");
    assert_invalid("{\"$ref\":\"http://json-schema.org/draft-07/schema#\"}",
        "{\"items\":[{\"type\":\"strng\"}]}");
    assert_invalid("{\"$ref\":\"https://json-schema.org/draft/2020-12/meta/"
                   "validation\"}",
        "{\"minItems\":-1}");
}

static void the_dialect_of_documents_without_one_is_an_option(void **state)
{
    (void)state;
    struct rp_schema_options options = {.dialect = RP_SCHEMA_DRAFT_07};
    struct probe_result result =
        probe_judge("{\"items\":[{\"type\":\"null\"}]}", "[1]", &options);
    assert_false(result.is_valid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_delivered_by_their_absolute_uri),
        cmocka_unit_test(a_mistake_in_a_file_names_the_file),
        cmocka_unit_test(a_file_that_is_not_there_is_not_found),
        cmocka_unit_test(each_document_keeps_its_own_dialect),
        cmocka_unit_test(vocabularies_turn_keywords_on_and_off),
        cmocka_unit_test(identifiers_name_schemas_inside_a_document),
        cmocka_unit_test(dynamic_references_find_the_outermost_anchor),
        cmocka_unit_test(the_meta_schemas_are_built_in),
        cmocka_unit_test(the_dialect_of_documents_without_one_is_an_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
