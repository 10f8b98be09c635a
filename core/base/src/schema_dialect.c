/* schema_dialect.c - which keywords a document's "$schema" turns on. */
#include "schema_compile.h"

#include <string.h>

#define VOCABULARY_PREFIX "https://json-schema.org/draft/2020-12/vocab/"
#define DIALECT_CHAIN_MAX 8 /* of meta-schemas of meta-schemas */

struct vocabulary {
    const char *name; /* after the prefix */
    enum rp__schema_vocabulary bit;
};

static const struct vocabulary vocabularies[] = {
    {"core", RP__VOC_CORE},
    {"applicator", RP__VOC_APPLICATOR},
    {"unevaluated", RP__VOC_UNEVALUATED},
    {"validation", RP__VOC_VALIDATION},
    {"meta-data", RP__VOC_META_DATA},
    {"format-annotation", RP__VOC_FORMAT_ANNOTATION},
    {"format-assertion", RP__VOC_FORMAT_ASSERTION},
    {"content", RP__VOC_CONTENT},
};

static const struct rp__schema_dialect draft_2020 = {
    RP__DRAFT_2020,
    RP__VOC_CORE | RP__VOC_APPLICATOR | RP__VOC_UNEVALUATED |
        RP__VOC_VALIDATION | RP__VOC_META_DATA | RP__VOC_FORMAT_ANNOTATION |
        RP__VOC_CONTENT,
};

static const struct rp__schema_dialect draft_07 = {
    RP__DRAFT_07,
    RP__VOC_CORE | RP__VOC_APPLICATOR | RP__VOC_VALIDATION | RP__VOC_META_DATA |
        RP__VOC_FORMAT_ANNOTATION | RP__VOC_CONTENT,
};

struct known {
    const char *uri;
    const struct rp__schema_dialect *dialect;
};

static const struct known known_dialects[] = {
    {"https://json-schema.org/draft/2020-12/schema", &draft_2020},
    {"http://json-schema.org/draft/2020-12/schema", &draft_2020},
    {"http://json-schema.org/draft-07/schema", &draft_07},
    {"https://json-schema.org/draft-07/schema", &draft_07},
};

const struct rp__schema_dialect *rp__schema_dialect_default(
    enum rp_schema_dialect dialect)
{
    return dialect == RP_SCHEMA_DRAFT_07 ? &draft_07 : &draft_2020;
}

static unsigned vocabulary_bit(struct rp_str uri)
{
    struct rp_str prefix = RP_STR(VOCABULARY_PREFIX);
    if (!rp_str_starts(uri, prefix)) {
        return 0;
    }
    struct rp_str name = {uri.ptr + prefix.len, uri.len - prefix.len};
    for (size_t i = 0; i < RP_COUNT_OF(vocabularies); i++) {
        if (rp_str_is(name, vocabularies[i].name)) {
            return vocabularies[i].bit;
        }
    }
    return 0;
}

/* The vocabularies that a meta-schema of somebody's own lists. */
static const struct rp__schema_dialect *dialect_listed(
    struct rp__schema_compiler *c, const cJSON *declared, const cJSON *list)
{
    struct rp__schema_dialect *dialect =
        rp_arena_alloc(c->schema->arena, sizeof(*dialect));
    dialect->draft = RP__DRAFT_2020;
    dialect->vocabularies = RP__VOC_CORE;
    for (const cJSON *entry = list->child; entry != NULL; entry = entry->next) {
        unsigned bit = vocabulary_bit(rp_str_of(entry->string));
        if (bit == 0 && cJSON_IsTrue(entry)) {
            (void)rp__schema_fail(c, RP_E_INVALID, declared, NULL,
                "'$schema' requires the vocabulary '%s', which is not known",
                entry->string);
            return NULL;
        }
        dialect->vocabularies |= bit;
    }
    return dialect;
}

static struct rp_str without_empty_fragment(const char *uri)
{
    size_t length = strlen(uri);
    bool has_hash = length > 0 && uri[length - 1] == '#';
    return (struct rp_str){uri, has_hash ? length - 1 : length};
}

static const struct rp__schema_dialect *known_dialect(struct rp_str uri)
{
    for (size_t i = 0; i < RP_COUNT_OF(known_dialects); i++) {
        if (rp_str_is(uri, known_dialects[i].uri)) {
            return known_dialects[i].dialect;
        }
    }
    return NULL;
}

const struct rp__schema_dialect *rp__schema_dialect_of(
    struct rp__schema_compiler *c, const cJSON *declared)
{
    const cJSON *at = declared;
    for (unsigned i = 0; i < DIALECT_CHAIN_MAX && cJSON_IsString(at); i++) {
        struct rp_str uri = without_empty_fragment(at->valuestring);
        const struct rp__schema_dialect *known = known_dialect(uri);
        if (known != NULL) {
            return known;
        }
        const struct rp__schema_resource *opened =
            rp__schema_map_get(&c->resources, uri);
        const cJSON *meta =
            opened != NULL ? opened->root : rp__schema_document(c, uri);
        if (meta == NULL || meta == at) {
            break;
        }
        const cJSON *list = rp_json_get(meta, "$vocabulary");
        if (cJSON_IsObject(list)) {
            return dialect_listed(c, declared, list);
        }
        at = rp_json_get(meta, "$schema");
    }
    (void)rp__schema_fail(c, RP_E_INVALID, declared,
        "2020-12 and draft-07 are supported: "
        "\"https://json-schema.org/draft/2020-12/schema\"",
        "'$schema' names '%s', a dialect that is not known",
        cJSON_IsString(declared) ? declared->valuestring : "no text");
    return NULL;
}
