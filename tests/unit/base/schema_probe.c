/* schema_probe.c - see schema_probe.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "schema_probe.h"

#define DOCUMENTS_MAX 4096
#define VIOLATIONS_MAX 50

static struct rp_json_doc *documents[DOCUMENTS_MAX];
static size_t document_count;

const cJSON *probe_read(const char *text)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_error error = {0};
    assert_true(document_count < DOCUMENTS_MAX);
    if (rp_json_read(&documents[document_count], rp_str_of(text), &options,
            &error) != RP_OK) {
        fail_msg("%s: %.200s", error.message, text);
    }
    return rp_json_root(documents[document_count++]);
}

void probe_fini(void)
{
    while (document_count > 0) {
        rp_json_free(&documents[--document_count]);
    }
}

static void note(void *context, const struct rp_schema_violation *violation)
{
    struct probe_result *result = context;
    size_t used = strlen(result->violations);
    result->count++;
    assert_non_null(violation->keyword);
    (void)snprintf(result->violations + used, sizeof(result->violations) - used,
        "%s|%s|%s\n", violation->instance_pointer, violation->keyword_pointer,
        violation->message);
}

struct probe_result probe_judge(const char *schema, const char *instance,
    const struct rp_schema_options *options)
{
    struct probe_result result = {0};
    struct rp_schema *compiled = NULL;
    struct rp_schema_error error;
    struct rp_err err = RP_ERR_INIT;
    if (rp_schema_compile(&compiled, probe_read(schema), options, &error) !=
        RP_OK) {
        fail_msg("%s: %s (%.200s)", error.pointer, error.message, schema);
    }
    const cJSON *value = probe_read(instance);
    result.code = rp_schema_judge(
        compiled, value, &result.is_valid, VIOLATIONS_MAX, note, &result, &err);
    (void)snprintf(result.text, sizeof(result.text), "%s", err.text);
    rp_schema_free(&compiled);
    assert_null(compiled);
    probe_fini();
    return result;
}

enum rp_code probe_refusal(const char *schema,
    const struct rp_schema_options *options, struct rp_schema_error *error)
{
    struct rp_schema *compiled = NULL;
    enum rp_code code =
        rp_schema_compile(&compiled, probe_read(schema), options, error);
    bool is_refused = compiled == NULL;
    rp_schema_free(&compiled);
    probe_fini();
    if (!is_refused) {
        fail_msg("compiled: %.200s", schema);
    }
    return code;
}

static void assert_verdict(
    const char *schema, const char *instance, bool is_valid)
{
    struct probe_result result = probe_judge(schema, instance, NULL);
    if (result.code != RP_OK || result.is_valid != is_valid ||
        (result.count > 0) == is_valid) {
        fail_msg("%s by %s: %s%s%s", instance, schema,
            result.is_valid ? "valid" : "not valid", result.violations,
            result.text);
    }
}

void assert_valid(const char *schema, const char *instance)
{
    assert_verdict(schema, instance, true);
}

void assert_invalid(const char *schema, const char *instance)
{
    assert_verdict(schema, instance, false);
}

void assert_violations(
    const char *schema, const char *instance, const char *lines)
{
    struct probe_result result = probe_judge(schema, instance, NULL);
    assert_int_equal(result.code, RP_OK);
    assert_false(result.is_valid);
    assert_string_equal(result.violations, lines);
}
