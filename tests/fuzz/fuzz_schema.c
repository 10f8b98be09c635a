/* A schema, a NUL, a value. What compiles is a valid schema by its own
 * meta-schema; what is refused says why and where; a verdict is the same
 * twice, and has reasons, each at a place that exists. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <reprise/err.h>
#include <reprise/json.h>
#include <reprise/mem.h>
#include <reprise/schema.h>

#define VIOLATIONS_MAX 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char meta_text[] =
    "{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}";

struct inspection {
    const cJSON *instance;
    uint32_t count;
};

static void inspect(void *context, const struct rp_schema_violation *violation)
{
    struct inspection *inspection = context;
    struct rp_str at = rp_str_of(violation->instance_pointer);
    inspection->count++;
    RP_ASSERT(violation->message[0] != '\0');
    RP_ASSERT(rp_utf8_valid(rp_str_of(violation->message), NULL));
    RP_ASSERT(rp_json_pointer_valid(at));
    RP_ASSERT(rp_json_at(inspection->instance, at) != NULL);
    RP_ASSERT(rp_json_pointer_valid(rp_str_of(violation->keyword_pointer)));
}

static bool judge(const struct rp_schema *schema, const cJSON *instance)
{
    bool is_valid = false;
    bool again = false;
    struct rp_err err = RP_ERR_INIT;
    struct inspection inspection = {instance, 0};
    enum rp_code code = rp_schema_judge(schema, instance, &is_valid,
        VIOLATIONS_MAX, inspect, &inspection, &err);
    if (code != RP_OK) {
        RP_ASSERT(code == RP_E_LIMIT);
        RP_ASSERT(err.text[0] != '\0');
        RP_ASSERT(inspection.count == 0);
        return true;
    }
    RP_ASSERT(is_valid == (inspection.count == 0));
    RP_ASSERT(rp_schema_judge(schema, instance, &again, 0, NULL, NULL, NULL) ==
              RP_OK);
    RP_ASSERT(is_valid == again);
    return is_valid;
}

static void check_meta(const cJSON *schema)
{
    struct rp_json_doc *doc = NULL;
    struct rp_schema *meta = NULL;
    RP_ASSERT(rp_json_read(&doc, rp_str_of(meta_text), NULL, NULL) == RP_OK);
    RP_ASSERT(rp_schema_compile(&meta, rp_json_root(doc), NULL, NULL) == RP_OK);
    RP_ASSERT(judge(meta, schema));
    rp_schema_free(&meta);
    rp_json_free(&doc);
}

/* Other dialects have other meta-schemas, and "$recursiveRef" is none of this
 * one's business, though its meta-schema knows it. */
static bool is_plain(struct rp_str text)
{
    char *copy = rp_mem_dup(text);
    bool is_plain =
        strstr(copy, "chema") == NULL && strstr(copy, "ecursive") == NULL &&
        strstr(copy, "ocabulary") == NULL && strchr(copy, '\\') == NULL;
    rp_mem_free(copy);
    return is_plain;
}

static void try_both(
    const cJSON *schema, const cJSON *instance, struct rp_str text)
{
    struct rp_schema_options options = {.assert_format = true};
    struct rp_schema *compiled = NULL;
    struct rp_schema_error error;
    enum rp_code code = rp_schema_compile(&compiled, schema, &options, &error);
    if (code != RP_OK) {
        RP_ASSERT(compiled == NULL);
        RP_ASSERT(error.message[0] != '\0');
        RP_ASSERT(rp_utf8_valid(rp_str_of(error.message), NULL));
        return;
    }
    (void)judge(compiled, instance);
    if (is_plain(text)) {
        check_meta(schema);
    }
    rp_schema_free(&compiled);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_str rest = {(const char *)data, size};
    struct rp_str text = rp_str_cut(rest, '\0', &rest);
    struct rp_json_doc *schema = NULL;
    struct rp_json_doc *instance = NULL;
    if (rest.ptr != NULL && rp_json_read(&schema, text, NULL, NULL) == RP_OK &&
        rp_json_read(&instance, rest, NULL, NULL) == RP_OK) {
        try_both(rp_json_root(schema), rp_json_root(instance), text);
    }
    rp_json_free(&schema);
    rp_json_free(&instance);
    return 0;
}
