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
#define CORE RP__VOC_CORE
#define APPLICATOR RP__VOC_APPLICATOR
#define UNEVALUATED RP__VOC_UNEVALUATED
#define VALIDATION RP__VOC_VALIDATION
#define META_DATA RP__VOC_META_DATA
#define FORMAT RP__VOC_FORMAT
#define CONTENT RP__VOC_CONTENT
#define NONE RP__SHAPE_NONE
#define SCHEMA RP__SHAPE_SCHEMA
#define LIST RP__SHAPE_LIST
#define MAP RP__SHAPE_MAP
#define SCHEMA_OR_LIST RP__SHAPE_SCHEMA_OR_LIST
#define MAP_OR_NAMES RP__SHAPE_MAP_OR_NAMES
#define text rp__schema_compile_text
#define flag rp__schema_compile_flag
#define schema rp__schema_compile_schema
#define list rp__schema_compile_list
#define map rp__schema_compile_map
#define size rp__schema_compile_size

static const struct rp__schema_word words[] = {
    {"$id", BOTH, CORE, NONE, 0, rp__compile_id, NULL},
    {"$schema", BOTH, CORE, NONE, 0, text, NULL},
    {"$comment", BOTH, CORE, NONE, 0, text, NULL},
    {"$anchor", D2020, CORE, NONE, 0, rp__compile_anchor, NULL},
    {"$dynamicAnchor", D2020, CORE, NONE, 0, rp__compile_anchor, NULL},
    {"$defs", D2020, CORE, MAP, 0, map, NULL},
    {"definitions", BOTH, CORE, MAP, 0, map, NULL},
    {"title", BOTH, META_DATA, NONE, 0, text, NULL},
    {"description", BOTH, META_DATA, NONE, 0, text, NULL},
    {"deprecated", D2020, META_DATA, NONE, 0, flag, NULL},
    {"readOnly", BOTH, META_DATA, NONE, 0, flag, NULL},
    {"writeOnly", BOTH, META_DATA, NONE, 0, flag, NULL},
    {"examples", BOTH, META_DATA, NONE, 0, rp__compile_examples, NULL},
    {"contentEncoding", BOTH, CONTENT, NONE, 0, text, NULL},
    {"contentMediaType", BOTH, CONTENT, NONE, 0, text, NULL},
    {"contentSchema", D2020, CONTENT, SCHEMA, 0, schema, NULL},

    {"type", BOTH, VALIDATION, NONE, ANY, rp__compile_type, rp__judge_type},
    {"const", BOTH, VALIDATION, NONE, ANY, rp__compile_const, rp__judge_const},
    {"enum", BOTH, VALIDATION, NONE, ANY, rp__compile_enum, rp__judge_enum},
    {"multipleOf", BOTH, VALIDATION, NONE, NUMBER, rp__compile_multiple_of,
        rp__judge_multiple_of},
    {"maximum", BOTH, VALIDATION, NONE, NUMBER, rp__compile_number,
        rp__judge_maximum},
    {"exclusiveMaximum", BOTH, VALIDATION, NONE, NUMBER, rp__compile_number,
        rp__judge_exclusive_maximum},
    {"minimum", BOTH, VALIDATION, NONE, NUMBER, rp__compile_number,
        rp__judge_minimum},
    {"exclusiveMinimum", BOTH, VALIDATION, NONE, NUMBER, rp__compile_number,
        rp__judge_exclusive_minimum},
    {"maxLength", BOTH, VALIDATION, NONE, STRING, size, rp__judge_max_length},
    {"minLength", BOTH, VALIDATION, NONE, STRING, size, rp__judge_min_length},
    {"pattern", BOTH, VALIDATION, NONE, STRING, rp__compile_pattern,
        rp__judge_pattern},
    {"format", BOTH, FORMAT, NONE, STRING, rp__compile_format,
        rp__judge_format},
    {"maxItems", BOTH, VALIDATION, NONE, ARRAY, size, rp__judge_max_items},
    {"minItems", BOTH, VALIDATION, NONE, ARRAY, size, rp__judge_min_items},
    {"uniqueItems", BOTH, VALIDATION, NONE, ARRAY, flag,
        rp__judge_unique_items},
    {"minContains", D2020, VALIDATION, NONE, ARRAY, size, NULL},
    {"maxContains", D2020, VALIDATION, NONE, ARRAY, size, NULL},
    {"maxProperties", BOTH, VALIDATION, NONE, OBJECT, size,
        rp__judge_max_properties},
    {"minProperties", BOTH, VALIDATION, NONE, OBJECT, size,
        rp__judge_min_properties},
    {"required", BOTH, VALIDATION, NONE, OBJECT, rp__compile_required,
        rp__judge_required},
    {"dependentRequired", D2020, VALIDATION, NONE, OBJECT,
        rp__compile_dependent_required, rp__judge_dependent_required},

    {"$ref", BOTH, CORE, NONE, ANY, rp__compile_ref, rp__judge_ref},
    {"$dynamicRef", D2020, CORE, NONE, ANY, rp__compile_dynamic_ref,
        rp__judge_dynamic_ref},
    {"allOf", BOTH, APPLICATOR, LIST, ANY, list, rp__judge_all_of},
    {"anyOf", BOTH, APPLICATOR, LIST, ANY, list, rp__judge_any_of},
    {"oneOf", BOTH, APPLICATOR, LIST, ANY, list, rp__judge_one_of},
    {"not", BOTH, APPLICATOR, SCHEMA, ANY, schema, rp__judge_not},
    {"if", BOTH, APPLICATOR, SCHEMA, ANY, rp__compile_if, rp__judge_if},
    {"then", BOTH, APPLICATOR, SCHEMA, ANY, schema, NULL},
    {"else", BOTH, APPLICATOR, SCHEMA, ANY, schema, NULL},
    {"dependentSchemas", D2020, APPLICATOR, MAP, OBJECT, map,
        rp__judge_dependent_schemas},
    {"dependencies", BOTH, APPLICATOR, MAP_OR_NAMES, OBJECT,
        rp__compile_dependencies, rp__judge_dependencies},

    {"prefixItems", D2020, APPLICATOR, LIST, ARRAY, list,
        rp__judge_prefix_items},
    {"items", D2020, APPLICATOR, SCHEMA, ARRAY, rp__compile_items,
        rp__judge_items},
    {"items", D7, APPLICATOR, SCHEMA_OR_LIST, ARRAY, rp__compile_items_or_list,
        rp__judge_items_or_list},
    {"additionalItems", D7, APPLICATOR, SCHEMA, ARRAY,
        rp__compile_additional_items, rp__judge_items},
    {"contains", BOTH, APPLICATOR, SCHEMA, ARRAY, rp__compile_contains,
        rp__judge_contains},
    {"propertyNames", BOTH, APPLICATOR, SCHEMA, OBJECT, schema,
        rp__judge_property_names},
    {"properties", BOTH, APPLICATOR, MAP, OBJECT, map, rp__judge_properties},
    {"patternProperties", BOTH, APPLICATOR, MAP, OBJECT,
        rp__compile_pattern_properties, rp__judge_pattern_properties},
    {"additionalProperties", BOTH, APPLICATOR, SCHEMA, OBJECT,
        rp__compile_additional_properties, rp__judge_additional_properties},
    {"unevaluatedItems", D2020, UNEVALUATED, SCHEMA, ARRAY, schema,
        rp__judge_unevaluated_items},
    {"unevaluatedProperties", D2020, UNEVALUATED, SCHEMA, OBJECT, schema,
        rp__judge_unevaluated_properties},
};

const char *rp__schema_word_near(
    const char *name, const struct rp__schema_dialect *dialect)
{
    const char *names[RP_COUNT_OF(words)];
    size_t count = 0;
    for (size_t i = 0; i < RP_COUNT_OF(words); i++) {
        if ((words[i].drafts & dialect->draft) != 0 &&
            (words[i].vocabularies & dialect->vocabularies) != 0) {
            names[count++] = words[i].name;
        }
    }
    return rp__schema_near(rp_str_of(name), names, count);
}

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
