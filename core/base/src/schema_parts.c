/* schema_parts.c - compile functions that several keywords share. */
#include "schema_words.h"

#include <stdlib.h>
#include <string.h>

bool rp__schema_compile_text(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, struct rp__schema_rule *rule)
{
    (void)node;
    return cJSON_IsString(rule->value) ||
           rp__schema_fail(c, RP_E_INVALID, rule->value, NULL,
               "'%s' must be a string", rule->word->name);
}

bool rp__schema_compile_flag(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, struct rp__schema_rule *rule)
{
    (void)node;
    return cJSON_IsBool(rule->value) ||
           rp__schema_fail(c, RP_E_INVALID, rule->value, NULL,
               "'%s' must be true or false", rule->word->name);
}

bool rp__schema_compile_schema(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, struct rp__schema_rule *rule)
{
    if (!cJSON_IsObject(rule->value) && !cJSON_IsBool(rule->value)) {
        return rp__schema_fail(c, RP_E_INVALID, rule->value, NULL,
            "'%s' must be a schema: an object, true or false",
            rule->word->name);
    }
    rule->data = rp__schema_node_of(c, node->resource, rule->value);
    return rule->data != NULL;
}

bool rp__schema_compile_list(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, struct rp__schema_rule *rule)
{
    int count = cJSON_GetArraySize(rule->value);
    if (!cJSON_IsArray(rule->value) || count == 0) {
        return rp__schema_fail(c, RP_E_INVALID, rule->value, NULL,
            "'%s' must be a list of one schema or more", rule->word->name);
    }
    struct rp_arena *arena = c->schema->arena;
    struct rp__schema_entries *nodes = rp_arena_alloc(arena, sizeof(*nodes));
    nodes->items = rp_arena_array(arena, (size_t)count, sizeof(*nodes->items));
    rule->data = nodes;
    for (const cJSON *item = rule->value->child; item != NULL;
         item = item->next) {
        const struct rp__schema_node *one =
            rp__schema_node_of(c, node->resource, item);
        if (one == NULL) {
            return false;
        }
        nodes->items[nodes->count++].node = one;
    }
    return true;
}

static int compare_entries(const void *a, const void *b)
{
    const struct rp__schema_entry *x = a;
    const struct rp__schema_entry *y = b;
    return strcmp(x->name, y->name);
}

bool rp__schema_compile_map(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, struct rp__schema_rule *rule)
{
    if (!cJSON_IsObject(rule->value)) {
        return rp__schema_fail(c, RP_E_INVALID, rule->value, NULL,
            "'%s' must be an object of schemas", rule->word->name);
    }
    struct rp_arena *arena = c->schema->arena;
    size_t count = (size_t)cJSON_GetArraySize(rule->value);
    struct rp__schema_entries *entries =
        rp_arena_alloc(arena, sizeof(*entries));
    entries->items = rp_arena_array(arena, count + 1, sizeof(*entries->items));
    rule->data = entries;
    const cJSON *member = rp__schema_member_next(rule->value, NULL);
    for (; member != NULL;
         member = rp__schema_member_next(rule->value, member)) {
        struct rp__schema_entry *entry = &entries->items[entries->count++];
        entry->name = member->string;
        entry->node = rp__schema_node_of(c, node->resource, member);
        if (entry->node == NULL) {
            return false;
        }
    }
    qsort(entries->items, entries->count, sizeof(*entries->items),
        compare_entries);
    return true;
}

bool rp__schema_compile_size(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, struct rp__schema_rule *rule)
{
    (void)node;
    uint64_t *size = rp_arena_alloc(c->schema->arena, sizeof(*size));
    rule->data = size;
    char scratch[32];
    if (cJSON_IsNumber(rule->value)) {
        struct rp__decimal d =
            rp__decimal_of(rp_json_number_text(rule->value, scratch));
        if (rp__decimal_to_size(&d, size)) {
            return true;
        }
    }
    return rp__schema_fail(c, RP_E_INVALID, rule->value, NULL,
        "'%s' must be a whole number, 0 or more", rule->word->name);
}

bool rp__schema_check_names(
    struct rp__schema_compiler *c, const cJSON *value, const char *keyword)
{
    if (!cJSON_IsArray(value)) {
        return rp__schema_fail(c, RP_E_INVALID, value, NULL,
            "'%s' must be a list of member names", keyword);
    }
    struct rp__schema_map names = {0};
    bool is_good = true;
    for (const cJSON *item = value->child; item != NULL && is_good;
         item = item->next) {
        if (!cJSON_IsString(item)) {
            is_good = rp__schema_fail(c, RP_E_INVALID, item, NULL,
                "'%s' must list member names, which are strings", keyword);
        } else if (rp__schema_map_get(&names, rp_str_of(item->valuestring)) !=
                   NULL) {
            is_good = rp__schema_fail(c, RP_E_INVALID, item, NULL,
                "'%s' lists '%.100s' twice", keyword, item->valuestring);
        } else {
            rp__schema_map_put(&names, c->schema->arena,
                rp_str_of(item->valuestring), (void *)item);
        }
    }
    rp__schema_map_fini(&names);
    return is_good;
}

const struct rp__schema_pattern *rp__schema_pattern_of(
    struct rp__schema_compiler *c, const cJSON *at, const char *text)
{
    struct rp_str key = rp_str_of(text);
    const struct rp__schema_pattern *pattern =
        rp__schema_map_get(&c->patterns, key);
    if (pattern != NULL) {
        return pattern;
    }
    char message[RP__PATTERN_MESSAGE_MAX];
    bool too_large = false;
    pattern =
        rp__schema_pattern_new(&c->schema->patterns, key, message, &too_large);
    if (pattern == NULL) {
        (void)rp__schema_fail(c, too_large ? RP_E_LIMIT : RP_E_INVALID, at,
            "patterns are regular expressions as in ECMA-262",
            "'%.80s' is no pattern: %s", text, message);
        return NULL;
    }
    rp__schema_map_put(&c->patterns, c->schema->arena, key, (void *)pattern);
    return pattern;
}
