/* schema_compile.c - from a JSON document to nodes and rules.
 *
 * First the whole document is scanned for identifiers (schema_registry.c),
 * then nodes are compiled from a work list: the root and everything it holds,
 * and of other documents what references lead to.
 */
#include "schema_compile.h"

#include <stdio.h>
#include <string.h>

static const char *locate(const struct rp__schema_compiler *c, const cJSON *at,
    struct rp_schema_error *error);

static void notice_unknown(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, const cJSON *value)
{
    if (c->options->notices.report == NULL) {
        return;
    }
    const char *near =
        rp__schema_word_near(value->string, node->resource->dialect);
    if (near == NULL) {
        return;
    }
    struct rp_schema_error notice = {{0}, {0}, {0}};
    (void)locate(c, value, &notice);
    (void)snprintf(notice.message, sizeof(notice.message),
        "'%.100s' is no keyword and is ignored", value->string);
    (void)snprintf(notice.hint, sizeof(notice.hint), "did you mean '%s'", near);
    rp__schema_tidy(notice.message);
    c->options->notices.report(c->options->notices.context, &notice);
}

/* One rule per keyword the dialect knows, in the order of the table. */
static bool add_rule(struct rp__schema_compiler *c,
    struct rp__schema_node *node, struct rp__schema_rule *rules,
    const cJSON *value)
{
    const struct rp__schema_word *word =
        rp__schema_word_find(value->string, node->resource->dialect);
    if (word == NULL) {
        notice_unknown(c, node, value);
        return true; /* unknown keywords are annotations */
    }
    struct rp__schema_rule rule = {word, value, NULL};
    if (!word->compile(c, node, &rule)) {
        return false;
    }
    if (word->judge == NULL) {
        return true;
    }
    uint32_t at = node->rule_count++;
    while (at > 0 && rules[at - 1].word > word) {
        rules[at] = rules[at - 1];
        at--;
    }
    rules[at] = rule;
    node->collects =
        node->collects || (word->vocabularies & RP__VOC_UNEVALUATED) != 0;
    return true;
}

static bool compile_node(
    struct rp__schema_compiler *c, struct rp__schema_node *node)
{
    const cJSON *source = node->source;
    if (!cJSON_IsObject(source)) {
        node->is_false = cJSON_IsFalse(source);
        return true;
    }
    size_t count = (size_t)cJSON_GetArraySize(source);
    struct rp__schema_rule *rules =
        rp_arena_array(c->schema->arena, count + 1, sizeof(*rules));
    node->rules = rules;
    /* In draft-07 a reference stands alone, whatever is beside it. */
    const cJSON *alone = node->resource->dialect->draft == RP__DRAFT_07
                             ? rp_json_get(source, "$ref")
                             : NULL;
    if (alone != NULL) {
        return add_rule(c, node, rules, alone);
    }
    const cJSON *member = rp__schema_member_next(source, NULL);
    for (; member != NULL; member = rp__schema_member_next(source, member)) {
        if (!add_rule(c, node, rules, member)) {
            return false;
        }
    }
    return true;
}

static bool compile_listed(struct rp__schema_compiler *c)
{
    while (c->to_compile != NULL) {
        struct rp__schema_node *node = c->to_compile;
        c->to_compile = node->next_to_compile;
        if (!compile_node(c, node)) {
            return false;
        }
    }
    return true;
}

/* Nodes for dynamic anchors, which references reach only while judging. */
static bool list_dynamics(struct rp__schema_compiler *c)
{
    c->has_new_dynamics = false;
    for (struct rp__schema_resource *r = c->list; r != NULL; r = r->next) {
        for (struct rp__schema_dynamic *d = r->dynamics; d != NULL;
             d = d->next) {
            d->node = rp__schema_node_of(c, r, d->source);
            if (d->node == NULL) {
                return false;
            }
        }
    }
    return true;
}

static bool compile_all(struct rp__schema_compiler *c, const cJSON *schema)
{
    c->dialect = rp__schema_dialect_default(c->options->dialect);
    struct rp__schema_resource *resource =
        rp__schema_open(c, schema, c->options->base_uri);
    if (resource == NULL) {
        return false;
    }
    c->schema->root = rp__schema_node_of(c, resource, schema);
    if (c->schema->root == NULL) {
        return false;
    }
    while (c->to_compile != NULL || c->has_new_dynamics) {
        if (!compile_listed(c) || !list_dynamics(c)) {
            return false;
        }
    }
    return true;
}

enum rp_code rp_schema_compile(struct rp_schema **out, const cJSON *schema,
    const struct rp_schema_options *options, struct rp_schema_error *error)
{
    RP_ASSERT(schema != NULL);
    static const struct rp_schema_options no_options = {0};
    struct rp_schema_error unseen = {.pointer = ""};
    struct rp__schema_compiler c = {0};
    c.options = options == NULL ? &no_options : options;
    c.error = error == NULL ? &unseen : error;
    *c.error = (struct rp_schema_error){0};
    c.schema = rp_mem_zalloc(sizeof(*c.schema));
    c.schema->arena = rp_arena_new(0);
    c.schema->steps_max =
        c.options->steps_max == 0 ? RP__SCHEMA_STEPS_MAX : c.options->steps_max;
    if (compile_all(&c, schema)) {
        *out = c.schema;
        c.schema = NULL;
    }
    rp_schema_free(&c.schema);
    rp__schema_map_fini(&c.places);
    rp__schema_map_fini(&c.resources);
    rp__schema_map_fini(&c.anchors);
    rp__schema_map_fini(&c.names);
    rp__schema_map_fini(&c.patterns);
    return c.code;
}

void rp_schema_free(struct rp_schema **schema)
{
    struct rp_schema *s = *schema;
    *schema = NULL;
    if (s == NULL) {
        return;
    }
    rp__schema_patterns_fini(&s->patterns);
    while (s->documents != NULL) {
        struct rp__schema_built_in *next = s->documents->next;
        rp_json_free(&s->documents->doc);
        rp_mem_free(s->documents);
        s->documents = next;
    }
    rp_arena_free(&s->arena);
    rp_mem_free(s);
}

const struct rp__schema_node *rp__schema_node_of(struct rp__schema_compiler *c,
    const struct rp__schema_resource *resource, const cJSON *value)
{
    if (!cJSON_IsObject(value) && !cJSON_IsBool(value)) {
        (void)rp__schema_fail(c, RP_E_INVALID, value,
            "a schema is an object, true or false",
            "what should be a schema is neither an object nor a boolean");
        return NULL;
    }
    struct rp__schema_place *place = rp__schema_place_of(c, value);
    if (place == NULL) {
        if (!rp__schema_scan(
                c, value, (struct rp__schema_resource *)resource, 0)) {
            return NULL;
        }
        place = rp__schema_place_of(c, value);
    }
    if (place->node == NULL) {
        if (c->node_count == RP__SCHEMA_NODES_MAX) {
            (void)rp__schema_fail(c, RP_E_LIMIT, value, NULL,
                "the schema holds more than %d schemas", RP__SCHEMA_NODES_MAX);
            return NULL;
        }
        c->node_count++;
        struct rp__schema_node *node =
            rp_arena_alloc(c->schema->arena, sizeof(*node));
        node->source = value;
        node->resource = place->resource;
        node->next_to_compile = c->to_compile;
        c->to_compile = node;
        place->node = node;
    }
    return place->node;
}

const cJSON *rp__schema_member_next(const cJSON *object, const cJSON *member)
{
    member = member == NULL ? object->child : member->next;
    while (member != NULL && rp_json_get(object, member->string) != member) {
        member = member->next;
    }
    return member;
}

/* Finds `target` below `from` and writes the pointer to it. */
static bool write_pointer_to(
    struct rp_buf *pointer, const cJSON *from, const cJSON *target)
{
    if (from == target) {
        return true;
    }
    if (!cJSON_IsObject(from) && !cJSON_IsArray(from)) {
        return false;
    }
    size_t start = pointer->len;
    size_t index = 0;
    for (const cJSON *child = from->child; child != NULL;
         child = child->next, index++) {
        if (from->type == cJSON_Object || child->string != NULL) {
            rp_json_pointer_add(pointer, rp_str_of(child->string));
        } else {
            rp_buf_addf(pointer, "/%zu", index);
        }
        if (write_pointer_to(pointer, child, target)) {
            return true;
        }
        pointer->len = start;
    }
    return false;
}

/* Fills error->pointer; the URI of the document when it is not the root's. */
static const char *locate(const struct rp__schema_compiler *c, const cJSON *at,
    struct rp_schema_error *error)
{
    const char *other = NULL;
    struct rp_buf pointer;
    rp_buf_init(&pointer, RP_PATH_LEN_MAX);
    bool is_found = false;
    const cJSON *root = NULL;
    for (struct rp__schema_resource *r = c->list; r != NULL; r = r->next) {
        root = r->document; /* the first opened is the last of the list */
    }
    for (struct rp__schema_resource *r = c->list; r != NULL && !is_found;
         r = r->next) {
        if (r->root == r->document) {
            pointer.len = 0;
            is_found = write_pointer_to(&pointer, r->document, at);
            other = r->document == root ? NULL : r->uri;
        }
    }
    if (is_found) {
        (void)snprintf(error->pointer, sizeof(error->pointer), "%.*s",
            RP_STR_ARG(rp_buf_str(&pointer)));
    }
    rp_buf_fini(&pointer);
    return is_found ? other : NULL;
}

bool rp__schema_fail(struct rp__schema_compiler *c, enum rp_code code,
    const cJSON *at, const char *hint, const char *format, ...)
{
    if (c->code != RP_OK) {
        return false; /* the first error wins */
    }
    c->code = code;
    const char *other = locate(c, at, c->error);
    struct rp_schema_error *error = c->error;
    int used = 0;
    if (other != NULL) {
        used = snprintf(
            error->message, sizeof(error->message), "in '%.120s': ", other);
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(error->message + used,
        sizeof(error->message) - (size_t)used, format, args);
    va_end(args);
    rp__schema_tidy(error->message);
    rp__schema_tidy(error->pointer);
    if (hint != NULL) {
        (void)snprintf(error->hint, sizeof(error->hint), "%s", hint);
    }
    return false;
}
