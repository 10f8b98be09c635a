/* schema_compile.h - the compiler's state and what keywords may ask of it. */
#ifndef RP_SCHEMA_COMPILE_H
#define RP_SCHEMA_COMPILE_H

#include "schema_impl.h"

struct rp__schema_compiler {
    struct rp_schema *schema;
    const struct rp_schema_options *options;
    struct rp_schema_error *error;
    enum rp_code code;                        /* of the first error */
    const struct rp__schema_dialect *dialect; /* where "$schema" is absent */
    struct rp__schema_map places;    /* cJSON * -> struct rp__schema_place */
    struct rp__schema_map resources; /* URI -> resource */
    struct rp__schema_map anchors;   /* resource and name -> cJSON */
    struct rp__schema_map names;     /* of dynamic anchors -> number */
    struct rp__schema_map patterns;  /* text -> pattern */
    struct rp__schema_resource *list;
    struct rp__schema_node *to_compile;
    uint64_t walked; /* items that pointers passed by */
    uint32_t node_count;
    uint32_t document_count;
    uint32_t name_count;
    bool has_new_dynamics; /* anchors found since they were last compiled */
};

/* What is known of a schema object before it is a node. */
struct rp__schema_place {
    struct rp__schema_resource *resource;
    struct rp__schema_node *node;
};

/* Notes the first error; `at` is the value in a schema document that is wrong,
 * `hint` may be NULL. Always false. */
bool rp__schema_fail(struct rp__schema_compiler *c, enum rp_code code,
    const cJSON *at, const char *hint, const char *format, ...) RP_PRINTF(5, 6);

/* The node of a schema that stands in `resource`; NULL with the error noted
 * when `value` is no schema. Compiled later, address valid at once. */
const struct rp__schema_node *rp__schema_node_of(struct rp__schema_compiler *c,
    const struct rp__schema_resource *resource, const cJSON *value);

/* Members of `object` that a later member of the same name does not replace. */
const cJSON *rp__schema_member_next(const cJSON *object, const cJSON *member);

/* Compile functions that several keywords share. */
bool rp__schema_compile_text(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, struct rp__schema_rule *rule);
bool rp__schema_compile_flag(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, struct rp__schema_rule *rule);
/* rule->data: a node */
bool rp__schema_compile_schema(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, struct rp__schema_rule *rule);
/* rule->data: struct rp__schema_entries, at least one */
bool rp__schema_compile_list(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, struct rp__schema_rule *rule);
/* rule->data: struct rp__schema_entries sorted by name */
bool rp__schema_compile_map(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, struct rp__schema_rule *rule);
/* rule->data: uint64_t */
bool rp__schema_compile_size(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, struct rp__schema_rule *rule);
/* Checks a list of unique strings. */
bool rp__schema_check_names(
    struct rp__schema_compiler *c, const cJSON *value, const char *keyword);

const struct rp__schema_pattern *rp__schema_pattern_of(
    struct rp__schema_compiler *c, const cJSON *at, const char *text);

/* The registry (schema_registry.c). */
struct rp__schema_resource *rp__schema_open(
    struct rp__schema_compiler *c, const cJSON *document, struct rp_str uri);
bool rp__schema_scan(struct rp__schema_compiler *c, const cJSON *value,
    struct rp__schema_resource *resource, unsigned depth);
struct rp__schema_place *rp__schema_place_of(
    const struct rp__schema_compiler *c, const cJSON *value);
/* The number of a dynamic anchor's name. */
uint32_t rp__schema_name_id(struct rp__schema_compiler *c, const char *name);

/* The key of an anchor in the registry. */
void rp__schema_anchor_key(struct rp_buf *key,
    const struct rp__schema_resource *resource, struct rp_str name);

/* Where a reference leads (schema_resolve.c). */
struct rp__schema_target {
    const struct rp__schema_node *node;
    const char *anchor; /* of the fragment; NULL when it is not a name */
};
bool rp__schema_resolve(struct rp__schema_compiler *c,
    const struct rp__schema_resource *from, const cJSON *at,
    struct rp__schema_target *out);
/* The document a URI names, from the built-in ones or the options' files;
 * NULL when there is none. */
const cJSON *rp__schema_document(
    struct rp__schema_compiler *c, struct rp_str uri);

/* Dialects (schema_dialect.c); NULL with the error noted. */
const struct rp__schema_dialect *rp__schema_dialect_of(
    struct rp__schema_compiler *c, const cJSON *declared);
const struct rp__schema_dialect *rp__schema_dialect_default(
    enum rp_schema_dialect dialect);

/* The text of a built-in meta-schema (schema_meta.c); ptr NULL if unknown. */
struct rp_str rp__schema_meta_text(struct rp_str uri);

#endif
