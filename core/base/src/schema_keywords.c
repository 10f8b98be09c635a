/* schema_keywords.c - the table of keywords, in the order they are judged:
 * first what the value is, then what it holds, and what nothing else has
 * evaluated last. */
#include "schema_words.h"

#include <string.h>

#define NUMBER RP__TYPE_NUMBER
#define STRING RP__TYPE_STRING
#define OBJECT RP__TYPE_OBJECT
#define ARRAY RP__TYPE_ARRAY
#define ANY RP__TYPE_ANY
#define D7 RP__DRAFT_07
#define D2020 RP__DRAFT_2020
#define BOTH RP__DRAFT_BOTH
#define text rp__schema_compile_text
#define schema rp__schema_compile_schema
#define list rp__schema_compile_list
#define map rp__schema_compile_map
#define size rp__schema_compile_size

/* clang-format off */
static const struct rp__schema_word words[] = {
    {"$id", BOTH, RP__VOC_CORE, RP__SHAPE_NONE, 0, rp__compile_id, NULL},
    {"$schema", BOTH, RP__VOC_CORE, RP__SHAPE_NONE, 0, text, NULL},
    {"$comment", BOTH, RP__VOC_CORE, RP__SHAPE_NONE, 0, text, NULL},
    {"$anchor", D2020, RP__VOC_CORE, RP__SHAPE_NONE, 0, rp__compile_anchor, NULL},
    {"$dynamicAnchor", D2020, RP__VOC_CORE, RP__SHAPE_NONE, 0, rp__compile_anchor, NULL},
    {"$defs", D2020, RP__VOC_CORE, RP__SHAPE_MAP, 0, map, NULL},
    {"definitions", BOTH, RP__VOC_CORE, RP__SHAPE_MAP, 0, map, NULL},
    {"title", BOTH, RP__VOC_META_DATA, RP__SHAPE_NONE, 0, text, NULL},
    {"description", BOTH, RP__VOC_META_DATA, RP__SHAPE_NONE, 0, text, NULL},
    {"contentEncoding", BOTH, RP__VOC_CONTENT, RP__SHAPE_NONE, 0, text, NULL},
    {"contentMediaType", BOTH, RP__VOC_CONTENT, RP__SHAPE_NONE, 0, text, NULL},
    {"contentSchema", D2020, RP__VOC_CONTENT, RP__SHAPE_SCHEMA, 0, schema, NULL},

    {"type", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, ANY, rp__compile_type, rp__judge_type},
    {"const", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, ANY, rp__compile_const, rp__judge_const},
    {"enum", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, ANY, rp__compile_enum, rp__judge_enum},
    {"multipleOf", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, NUMBER, rp__compile_multiple_of, rp__judge_multiple_of},
    {"maximum", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, NUMBER, rp__compile_number, rp__judge_maximum},
    {"exclusiveMaximum", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, NUMBER, rp__compile_number, rp__judge_exclusive_maximum},
    {"minimum", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, NUMBER, rp__compile_number, rp__judge_minimum},
    {"exclusiveMinimum", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, NUMBER, rp__compile_number, rp__judge_exclusive_minimum},
    {"maxLength", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, STRING, size, rp__judge_max_length},
    {"minLength", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, STRING, size, rp__judge_min_length},
    {"pattern", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, STRING, rp__compile_pattern, rp__judge_pattern},
    {"format", BOTH, RP__VOC_FORMAT, RP__SHAPE_NONE, STRING, rp__compile_format, rp__judge_format},
    {"maxItems", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, ARRAY, size, rp__judge_max_items},
    {"minItems", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, ARRAY, size, rp__judge_min_items},
    {"uniqueItems", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, ARRAY, rp__compile_unique_items, rp__judge_unique_items},
    {"minContains", D2020, RP__VOC_VALIDATION, RP__SHAPE_NONE, ARRAY, size, NULL},
    {"maxContains", D2020, RP__VOC_VALIDATION, RP__SHAPE_NONE, ARRAY, size, NULL},
    {"maxProperties", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, OBJECT, size, rp__judge_max_properties},
    {"minProperties", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, OBJECT, size, rp__judge_min_properties},
    {"required", BOTH, RP__VOC_VALIDATION, RP__SHAPE_NONE, OBJECT, rp__compile_required, rp__judge_required},
    {"dependentRequired", D2020, RP__VOC_VALIDATION, RP__SHAPE_NONE, OBJECT, rp__compile_dependent_required, rp__judge_dependent_required},

    {"$ref", BOTH, RP__VOC_CORE, RP__SHAPE_NONE, ANY, rp__compile_ref, rp__judge_ref},
    {"$dynamicRef", D2020, RP__VOC_CORE, RP__SHAPE_NONE, ANY, rp__compile_dynamic_ref, rp__judge_dynamic_ref},
    {"allOf", BOTH, RP__VOC_APPLICATOR, RP__SHAPE_LIST, ANY, list, rp__judge_all_of},
    {"anyOf", BOTH, RP__VOC_APPLICATOR, RP__SHAPE_LIST, ANY, list, rp__judge_any_of},
    {"oneOf", BOTH, RP__VOC_APPLICATOR, RP__SHAPE_LIST, ANY, list, rp__judge_one_of},
    {"not", BOTH, RP__VOC_APPLICATOR, RP__SHAPE_SCHEMA, ANY, schema, rp__judge_not},
    {"if", BOTH, RP__VOC_APPLICATOR, RP__SHAPE_SCHEMA, ANY, rp__compile_if, rp__judge_if},
    {"then", BOTH, RP__VOC_APPLICATOR, RP__SHAPE_SCHEMA, ANY, schema, NULL},
    {"else", BOTH, RP__VOC_APPLICATOR, RP__SHAPE_SCHEMA, ANY, schema, NULL},
    {"dependentSchemas", D2020, RP__VOC_APPLICATOR, RP__SHAPE_MAP, OBJECT, map, rp__judge_dependent_schemas},
    {"dependencies", BOTH, RP__VOC_APPLICATOR, RP__SHAPE_MAP_OR_NAMES, OBJECT, rp__compile_dependencies, rp__judge_dependencies},

    {"prefixItems", D2020, RP__VOC_APPLICATOR, RP__SHAPE_LIST, ARRAY, list, rp__judge_prefix_items},
    {"items", D2020, RP__VOC_APPLICATOR, RP__SHAPE_SCHEMA, ARRAY, rp__compile_items, rp__judge_items},
    {"items", D7, RP__VOC_APPLICATOR, RP__SHAPE_SCHEMA_OR_LIST, ARRAY, rp__compile_items_or_list, rp__judge_items_or_list},
    {"additionalItems", D7, RP__VOC_APPLICATOR, RP__SHAPE_SCHEMA, ARRAY, rp__compile_additional_items, rp__judge_items},
    {"contains", BOTH, RP__VOC_APPLICATOR, RP__SHAPE_SCHEMA, ARRAY, rp__compile_contains, rp__judge_contains},
    {"propertyNames", BOTH, RP__VOC_APPLICATOR, RP__SHAPE_SCHEMA, OBJECT, schema, rp__judge_property_names},
    {"properties", BOTH, RP__VOC_APPLICATOR, RP__SHAPE_MAP, OBJECT, map, rp__judge_properties},
    {"patternProperties", BOTH, RP__VOC_APPLICATOR, RP__SHAPE_MAP, OBJECT, rp__compile_pattern_properties, rp__judge_pattern_properties},
    {"additionalProperties", BOTH, RP__VOC_APPLICATOR, RP__SHAPE_SCHEMA, OBJECT, rp__compile_additional_properties, rp__judge_additional_properties},
    {"unevaluatedItems", D2020, RP__VOC_UNEVALUATED, RP__SHAPE_SCHEMA, ARRAY, schema, rp__judge_unevaluated_items},
    {"unevaluatedProperties", D2020, RP__VOC_UNEVALUATED, RP__SHAPE_SCHEMA, OBJECT, schema, rp__judge_unevaluated_properties},
};
/* clang-format on */

const struct rp__schema_word *rp__schema_word_find(
    const char *name, const struct rp__schema_dialect *dialect)
{
    for (size_t i = 0; i < RP_COUNT_OF(words); i++) {
        const struct rp__schema_word *word = &words[i];
        if (word->name[0] == name[0] && strcmp(word->name, name) == 0 &&
            (word->drafts & dialect->draft) != 0 &&
            (word->vocabularies & dialect->vocabularies) != 0) {
            return word;
        }
    }
    return NULL;
}
