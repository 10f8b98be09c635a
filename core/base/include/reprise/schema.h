/* schema.h - JSON Schema, draft 2020-12 and draft-07. Floor: base.
 *
 * A schema is compiled once and judged any number of times. Judging is a pure
 * function of the schema and the instance, with bounded steps and depth.
 * Dialect: 2020-12 unless "$schema" says draft-07; an unknown "$schema" or a
 * required unknown vocabulary is a compile error. Remote references are never
 * fetched: what a reference names must be in the schema, among the built-in
 * meta-schemas, or delivered by `files`.
 */
#ifndef RP_SCHEMA_H
#define RP_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <reprise/buf.h>
#include <reprise/err.h>
#include <reprise/json.h>

/* Delivers documents for references that leave the schema. */
struct rp_schema_files {
    /* The document that `uri` (absolute, without fragment) names, borrowed and
     * outliving the compiled schema; NULL if there is none. */
    const cJSON *(*find)(void *context, struct rp_str uri);
    void *context;
};

enum rp_schema_dialect {
    RP_SCHEMA_2020_12,
    RP_SCHEMA_DRAFT_07,
};

/* What is wrong with a schema itself. */
struct rp_schema_error {
    char pointer[512]; /* into the schema document, or "" */
    char message[256];
    char hint[160];
};

/* Told of what compiles and is probably not meant: a keyword that is unknown
 * and near a known one ("requried"). Unknown keywords are ignored. */
struct rp_schema_notices {
    void (*report)(void *context, const struct rp_schema_error *notice);
    void *context;
};

struct rp_schema_options {
    struct rp_str base_uri; /* of the root; "" for none; "file:///x/y.json" */
    struct rp_schema_files files; /* find NULL: none */
    bool assert_format;
    /* Of a root without "$schema"; other documents follow the root. */
    enum rp_schema_dialect dialect;
    struct rp_schema_notices notices; /* report NULL: none */
    /* Of judging, a step being about one schema applied to one value; large
     * values are given more. 0: 4 million. */
    uint64_t steps_max;
};

struct rp_schema;

/* `schema` is borrowed and outlives the result; `options` (NULL: all zero) and
 * `error` (may be NULL) are borrowed. Owned by the caller. Errors:
 * RP_E_INVALID, RP_E_LIMIT, RP_E_NOT_FOUND (a reference), `error` filled. */
RP_NODISCARD enum rp_code rp_schema_compile(struct rp_schema **out,
    const cJSON *schema, const struct rp_schema_options *options,
    struct rp_schema_error *error);
void rp_schema_free(struct rp_schema **schema);

struct rp_schema_violation {
    const char *instance_pointer; /* "/findings/0/code" */
    const char *keyword_pointer;  /* "/properties/findings/items/required" */
    const char *keyword;          /* "required" */
    const char *message; /* a sentence: "'code' is required but missing" */
};

/* Called once per violation, in document order; strings borrowed. */
typedef void rp_schema_report(
    void *context, const struct rp_schema_violation *violation);

/* RP_OK: `*valid` says it; up to `report_max` violations reported (1000 at
 * most). RP_E_LIMIT: the instance or schema passed a step or depth limit: no
 * verdict, text says. `report` may be NULL. */
RP_NODISCARD enum rp_code rp_schema_judge(const struct rp_schema *schema,
    const cJSON *instance, bool *valid, uint32_t report_max,
    rp_schema_report *report, void *context, struct rp_err *err);

/* Called once for each string of a value and each "format" that the schema
 * says of it, whether it is asserted or not; both borrowed. */
typedef void rp_schema_typed(
    void *context, const cJSON *value, const char *format);

/* Tells the formats of a value that the schema holds for: of alternatives,
 * those that hold. Nothing is told of another. RP_E_LIMIT as of judging. */
RP_NODISCARD enum rp_code rp_schema_formats(const struct rp_schema *schema,
    const cJSON *instance, rp_schema_typed *tell, void *context,
    struct rp_err *err);

/* Whether a "format" of that name is anywhere in the schema. */
bool rp_schema_has_format(const struct rp_schema *schema, const char *format);

#endif
