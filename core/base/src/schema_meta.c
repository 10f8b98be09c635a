/* schema_meta.c - the meta-schemas, as their specifications publish them.
 *
 * JSON Schema 2020-12 (https://json-schema.org/draft/2020-12/schema and its
 * vocabularies) and draft-07. Data: nothing here is to be edited by hand.
 */
#include "schema_compile.h"

struct meta {
    const char *uri;
    const char *text;
};

static const struct meta metas[] = {
    {
        "https://json-schema.org/draft/2020-12/schema",
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id"
        "\":\"https://json-schema.org/draft/2020-12/schema\",\"$vocabulary\":"
        "{\"https://json-schema.org/draft/2020-12/vocab/core\":true,\"https:/"
        "/json-schema.org/draft/2020-12/vocab/applicator\":true,\"https://jso"
        "n-schema.org/draft/2020-12/vocab/unevaluated\":true,\"https://json-s"
        "chema.org/draft/2020-12/vocab/validation\":true,\"https://json-schem"
        "a.org/draft/2020-12/vocab/meta-data\":true,\"https://json-schema.org"
        "/draft/2020-12/vocab/format-annotation\":true,\"https://json-schema."
        "org/draft/2020-12/vocab/content\":true},\"$dynamicAnchor\":\"meta\","
        "\"title\":\"Core and Validation specifications meta-schema\",\"allOf"
        "\":[{\"$ref\":\"meta/core\"},{\"$ref\":\"meta/applicator\"},{\"$ref"
        "\":\"meta/unevaluated\"},{\"$ref\":\"meta/validation\"},{\"$ref\":\""
        "meta/meta-data\"},{\"$ref\":\"meta/format-annotation\"},{\"$ref\":\""
        "meta/content\"}],\"type\":[\"object\",\"boolean\"],\"$comment\":\"Th"
        "is meta-schema also defines keywords that have appeared in previous "
        "drafts in order to prevent incompatible extensions as they remain in"
        " common use.\",\"properties\":{\"definitions\":{\"$comment\":\"\\\"d"
        "efinitions\\\" has been replaced by \\\"$defs\\\".\",\"type\":\"obje"
        "ct\",\"additionalProperties\":{\"$dynamicRef\":\"#meta\"},\"deprecat"
        "ed\":true,\"default\":{}},\"dependencies\":{\"$comment\":\"\\\"depen"
        "dencies\\\" has been split and replaced by \\\"dependentSchemas\\\" "
        "and \\\"dependentRequired\\\" in order to serve their differing sema"
        "ntics.\",\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[{"
        "\"$dynamicRef\":\"#meta\"},{\"$ref\":\"meta/validation#/$defs/string"
        "Array\"}]},\"deprecated\":true,\"default\":{}},\"$recursiveAnchor\":"
        "{\"$comment\":\"\\\"$recursiveAnchor\\\" has been replaced by \\\"$d"
        "ynamicAnchor\\\".\",\"$ref\":\"meta/core#/$defs/anchorString\",\"dep"
        "recated\":true},\"$recursiveRef\":{\"$comment\":\"\\\"$recursiveRef"
        "\\\" has been replaced by \\\"$dynamicRef\\\".\",\"$ref\":\"meta/cor"
        "e#/$defs/uriReferenceString\",\"deprecated\":true}}}",
    },
    {
        "https://json-schema.org/draft/2020-12/meta/core",
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id"
        "\":\"https://json-schema.org/draft/2020-12/meta/core\",\"$vocabulary"
        "\":{\"https://json-schema.org/draft/2020-12/vocab/core\":true},\"$dy"
        "namicAnchor\":\"meta\",\"title\":\"Core vocabulary meta-schema\",\"t"
        "ype\":[\"object\",\"boolean\"],\"properties\":{\"$id\":{\"$ref\":\"#"
        "/$defs/uriReferenceString\",\"$comment\":\"Non-empty fragments not a"
        "llowed.\",\"pattern\":\"^[^#]*#?$\"},\"$schema\":{\"$ref\":\"#/$defs"
        "/uriString\"},\"$ref\":{\"$ref\":\"#/$defs/uriReferenceString\"},\"$"
        "anchor\":{\"$ref\":\"#/$defs/anchorString\"},\"$dynamicRef\":{\"$ref"
        "\":\"#/$defs/uriReferenceString\"},\"$dynamicAnchor\":{\"$ref\":\"#/"
        "$defs/anchorString\"},\"$vocabulary\":{\"type\":\"object\",\"propert"
        "yNames\":{\"$ref\":\"#/$defs/uriString\"},\"additionalProperties\":{"
        "\"type\":\"boolean\"}},\"$comment\":{\"type\":\"string\"},\"$defs\":"
        "{\"type\":\"object\",\"additionalProperties\":{\"$dynamicRef\":\"#me"
        "ta\"}}},\"$defs\":{\"anchorString\":{\"type\":\"string\",\"pattern\""
        ":\"^[A-Za-z_][-A-Za-z0-9._]*$\"},\"uriString\":{\"type\":\"string\","
        "\"format\":\"uri\"},\"uriReferenceString\":{\"type\":\"string\",\"fo"
        "rmat\":\"uri-reference\"}}}",
    },
    {
        "https://json-schema.org/draft/2020-12/meta/applicator",
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id"
        "\":\"https://json-schema.org/draft/2020-12/meta/applicator\",\"$voca"
        "bulary\":{\"https://json-schema.org/draft/2020-12/vocab/applicator\""
        ":true},\"$dynamicAnchor\":\"meta\",\"title\":\"Applicator vocabulary"
        " meta-schema\",\"type\":[\"object\",\"boolean\"],\"properties\":{\"p"
        "refixItems\":{\"$ref\":\"#/$defs/schemaArray\"},\"items\":{\"$dynami"
        "cRef\":\"#meta\"},\"contains\":{\"$dynamicRef\":\"#meta\"},\"additio"
        "nalProperties\":{\"$dynamicRef\":\"#meta\"},\"properties\":{\"type\""
        ":\"object\",\"additionalProperties\":{\"$dynamicRef\":\"#meta\"},\"d"
        "efault\":{}},\"patternProperties\":{\"type\":\"object\",\"additional"
        "Properties\":{\"$dynamicRef\":\"#meta\"},\"propertyNames\":{\"format"
        "\":\"regex\"},\"default\":{}},\"dependentSchemas\":{\"type\":\"objec"
        "t\",\"additionalProperties\":{\"$dynamicRef\":\"#meta\"},\"default\""
        ":{}},\"propertyNames\":{\"$dynamicRef\":\"#meta\"},\"if\":{\"$dynami"
        "cRef\":\"#meta\"},\"then\":{\"$dynamicRef\":\"#meta\"},\"else\":{\"$"
        "dynamicRef\":\"#meta\"},\"allOf\":{\"$ref\":\"#/$defs/schemaArray\"}"
        ",\"anyOf\":{\"$ref\":\"#/$defs/schemaArray\"},\"oneOf\":{\"$ref\":\""
        "#/$defs/schemaArray\"},\"not\":{\"$dynamicRef\":\"#meta\"}},\"$defs"
        "\":{\"schemaArray\":{\"type\":\"array\",\"minItems\":1,\"items\":{\""
        "$dynamicRef\":\"#meta\"}}}}",
    },
    {
        "https://json-schema.org/draft/2020-12/meta/unevaluated",
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id"
        "\":\"https://json-schema.org/draft/2020-12/meta/unevaluated\",\"$voc"
        "abulary\":{\"https://json-schema.org/draft/2020-12/vocab/unevaluated"
        "\":true},\"$dynamicAnchor\":\"meta\",\"title\":\"Unevaluated applica"
        "tor vocabulary meta-schema\",\"type\":[\"object\",\"boolean\"],\"pro"
        "perties\":{\"unevaluatedItems\":{\"$dynamicRef\":\"#meta\"},\"uneval"
        "uatedProperties\":{\"$dynamicRef\":\"#meta\"}}}",
    },
    {
        "https://json-schema.org/draft/2020-12/meta/validation",
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id"
        "\":\"https://json-schema.org/draft/2020-12/meta/validation\",\"$voca"
        "bulary\":{\"https://json-schema.org/draft/2020-12/vocab/validation\""
        ":true},\"$dynamicAnchor\":\"meta\",\"title\":\"Validation vocabulary"
        " meta-schema\",\"type\":[\"object\",\"boolean\"],\"properties\":{\"t"
        "ype\":{\"anyOf\":[{\"$ref\":\"#/$defs/simpleTypes\"},{\"type\":\"arr"
        "ay\",\"items\":{\"$ref\":\"#/$defs/simpleTypes\"},\"minItems\":1,\"u"
        "niqueItems\":true}]},\"const\":true,\"enum\":{\"type\":\"array\",\"i"
        "tems\":true},\"multipleOf\":{\"type\":\"number\",\"exclusiveMinimum"
        "\":0},\"maximum\":{\"type\":\"number\"},\"exclusiveMaximum\":{\"type"
        "\":\"number\"},\"minimum\":{\"type\":\"number\"},\"exclusiveMinimum"
        "\":{\"type\":\"number\"},\"maxLength\":{\"$ref\":\"#/$defs/nonNegati"
        "veInteger\"},\"minLength\":{\"$ref\":\"#/$defs/nonNegativeIntegerDef"
        "ault0\"},\"pattern\":{\"type\":\"string\",\"format\":\"regex\"},\"ma"
        "xItems\":{\"$ref\":\"#/$defs/nonNegativeInteger\"},\"minItems\":{\"$"
        "ref\":\"#/$defs/nonNegativeIntegerDefault0\"},\"uniqueItems\":{\"typ"
        "e\":\"boolean\",\"default\":false},\"maxContains\":{\"$ref\":\"#/$de"
        "fs/nonNegativeInteger\"},\"minContains\":{\"$ref\":\"#/$defs/nonNega"
        "tiveInteger\",\"default\":1},\"maxProperties\":{\"$ref\":\"#/$defs/n"
        "onNegativeInteger\"},\"minProperties\":{\"$ref\":\"#/$defs/nonNegati"
        "veIntegerDefault0\"},\"required\":{\"$ref\":\"#/$defs/stringArray\"}"
        ",\"dependentRequired\":{\"type\":\"object\",\"additionalProperties\""
        ":{\"$ref\":\"#/$defs/stringArray\"}}},\"$defs\":{\"nonNegativeIntege"
        "r\":{\"type\":\"integer\",\"minimum\":0},\"nonNegativeIntegerDefault"
        "0\":{\"$ref\":\"#/$defs/nonNegativeInteger\",\"default\":0},\"simple"
        "Types\":{\"enum\":[\"array\",\"boolean\",\"integer\",\"null\",\"numb"
        "er\",\"object\",\"string\"]},\"stringArray\":{\"type\":\"array\",\"i"
        "tems\":{\"type\":\"string\"},\"uniqueItems\":true,\"default\":[]}}}",
    },
    {
        "https://json-schema.org/draft/2020-12/meta/meta-data",
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id"
        "\":\"https://json-schema.org/draft/2020-12/meta/meta-data\",\"$vocab"
        "ulary\":{\"https://json-schema.org/draft/2020-12/vocab/meta-data\":t"
        "rue},\"$dynamicAnchor\":\"meta\",\"title\":\"Meta-data vocabulary me"
        "ta-schema\",\"type\":[\"object\",\"boolean\"],\"properties\":{\"titl"
        "e\":{\"type\":\"string\"},\"description\":{\"type\":\"string\"},\"de"
        "fault\":true,\"deprecated\":{\"type\":\"boolean\",\"default\":false}"
        ",\"readOnly\":{\"type\":\"boolean\",\"default\":false},\"writeOnly\""
        ":{\"type\":\"boolean\",\"default\":false},\"examples\":{\"type\":\"a"
        "rray\",\"items\":true}}}",
    },
    {
        "https://json-schema.org/draft/2020-12/meta/format-annotation",
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id"
        "\":\"https://json-schema.org/draft/2020-12/meta/format-annotation\","
        "\"$vocabulary\":{\"https://json-schema.org/draft/2020-12/vocab/forma"
        "t-annotation\":true},\"$dynamicAnchor\":\"meta\",\"title\":\"Format "
        "vocabulary meta-schema for annotation results\",\"type\":[\"object\""
        ",\"boolean\"],\"properties\":{\"format\":{\"type\":\"string\"}}}",
    },
    {
        "https://json-schema.org/draft/2020-12/meta/format-assertion",
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id"
        "\":\"https://json-schema.org/draft/2020-12/meta/format-assertion\","
        "\"$vocabulary\":{\"https://json-schema.org/draft/2020-12/vocab/forma"
        "t-assertion\":true},\"$dynamicAnchor\":\"meta\",\"title\":\"Format v"
        "ocabulary meta-schema for assertion results\",\"type\":[\"object\","
        "\"boolean\"],\"properties\":{\"format\":{\"type\":\"string\"}}}",
    },
    {
        "https://json-schema.org/draft/2020-12/meta/content",
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id"
        "\":\"https://json-schema.org/draft/2020-12/meta/content\",\"$vocabul"
        "ary\":{\"https://json-schema.org/draft/2020-12/vocab/content\":true}"
        ",\"$dynamicAnchor\":\"meta\",\"title\":\"Content vocabulary meta-sch"
        "ema\",\"type\":[\"object\",\"boolean\"],\"properties\":{\"contentEnc"
        "oding\":{\"type\":\"string\"},\"contentMediaType\":{\"type\":\"strin"
        "g\"},\"contentSchema\":{\"$dynamicRef\":\"#meta\"}}}",
    },
    {
        "http://json-schema.org/draft-07/schema",
        "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"$id\":\"h"
        "ttp://json-schema.org/draft-07/schema#\",\"title\":\"Core schema met"
        "a-schema\",\"definitions\":{\"schemaArray\":{\"type\":\"array\",\"mi"
        "nItems\":1,\"items\":{\"$ref\":\"#\"}},\"nonNegativeInteger\":{\"typ"
        "e\":\"integer\",\"minimum\":0},\"nonNegativeIntegerDefault0\":{\"all"
        "Of\":[{\"$ref\":\"#/definitions/nonNegativeInteger\"},{\"default\":0"
        "}]},\"simpleTypes\":{\"enum\":[\"array\",\"boolean\",\"integer\",\"n"
        "ull\",\"number\",\"object\",\"string\"]},\"stringArray\":{\"type\":"
        "\"array\",\"items\":{\"type\":\"string\"},\"uniqueItems\":true,\"def"
        "ault\":[]}},\"type\":[\"object\",\"boolean\"],\"properties\":{\"$id"
        "\":{\"type\":\"string\",\"format\":\"uri-reference\"},\"$schema\":{"
        "\"type\":\"string\",\"format\":\"uri\"},\"$ref\":{\"type\":\"string"
        "\",\"format\":\"uri-reference\"},\"$comment\":{\"type\":\"string\"},"
        "\"title\":{\"type\":\"string\"},\"description\":{\"type\":\"string\""
        "},\"default\":true,\"readOnly\":{\"type\":\"boolean\",\"default\":fa"
        "lse},\"examples\":{\"type\":\"array\",\"items\":true},\"multipleOf\""
        ":{\"type\":\"number\",\"exclusiveMinimum\":0},\"maximum\":{\"type\":"
        "\"number\"},\"exclusiveMaximum\":{\"type\":\"number\"},\"minimum\":{"
        "\"type\":\"number\"},\"exclusiveMinimum\":{\"type\":\"number\"},\"ma"
        "xLength\":{\"$ref\":\"#/definitions/nonNegativeInteger\"},\"minLengt"
        "h\":{\"$ref\":\"#/definitions/nonNegativeIntegerDefault0\"},\"patter"
        "n\":{\"type\":\"string\",\"format\":\"regex\"},\"additionalItems\":{"
        "\"$ref\":\"#\"},\"items\":{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#"
        "/definitions/schemaArray\"}],\"default\":true},\"maxItems\":{\"$ref"
        "\":\"#/definitions/nonNegativeInteger\"},\"minItems\":{\"$ref\":\"#/"
        "definitions/nonNegativeIntegerDefault0\"},\"uniqueItems\":{\"type\":"
        "\"boolean\",\"default\":false},\"contains\":{\"$ref\":\"#\"},\"maxPr"
        "operties\":{\"$ref\":\"#/definitions/nonNegativeInteger\"},\"minProp"
        "erties\":{\"$ref\":\"#/definitions/nonNegativeIntegerDefault0\"},\"r"
        "equired\":{\"$ref\":\"#/definitions/stringArray\"},\"additionalPrope"
        "rties\":{\"$ref\":\"#\"},\"definitions\":{\"type\":\"object\",\"addi"
        "tionalProperties\":{\"$ref\":\"#\"},\"default\":{}},\"properties\":{"
        "\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#\"},\"defa"
        "ult\":{}},\"patternProperties\":{\"type\":\"object\",\"additionalPro"
        "perties\":{\"$ref\":\"#\"},\"propertyNames\":{\"format\":\"regex\"},"
        "\"default\":{}},\"dependencies\":{\"type\":\"object\",\"additionalPr"
        "operties\":{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#/definitions/st"
        "ringArray\"}]}},\"propertyNames\":{\"$ref\":\"#\"},\"const\":true,\""
        "enum\":{\"type\":\"array\",\"items\":true},\"type\":{\"anyOf\":[{\"$"
        "ref\":\"#/definitions/simpleTypes\"},{\"type\":\"array\",\"items\":{"
        "\"$ref\":\"#/definitions/simpleTypes\"},\"minItems\":1,\"uniqueItems"
        "\":true}]},\"format\":{\"type\":\"string\"},\"contentMediaType\":{\""
        "type\":\"string\"},\"contentEncoding\":{\"type\":\"string\"},\"if\":"
        "{\"$ref\":\"#\"},\"then\":{\"$ref\":\"#\"},\"else\":{\"$ref\":\"#\"}"
        ",\"allOf\":{\"$ref\":\"#/definitions/schemaArray\"},\"anyOf\":{\"$re"
        "f\":\"#/definitions/schemaArray\"},\"oneOf\":{\"$ref\":\"#/definitio"
        "ns/schemaArray\"},\"not\":{\"$ref\":\"#\"}},\"default\":true}",
    },
};

struct rp_str rp__schema_meta_text(struct rp_str uri)
{
    for (size_t i = 0; i < RP_COUNT_OF(metas); i++) {
        if (rp_str_is(uri, metas[i].uri)) {
            return rp_str_of(metas[i].text);
        }
    }
    return (struct rp_str){NULL, 0};
}
