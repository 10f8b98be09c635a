/* schema_array.c - keywords for arrays. */
#include "schema_words.h"

#include <string.h>

static uint64_t count_items(struct rp__schema_judge *j, const cJSON *array)
{
    uint64_t count = (uint64_t)cJSON_GetArraySize(array);
    (void)rp__schema_charge(j, count / 32);
    return count;
}

RP__JUDGES(min_items)
{
    const uint64_t *min = rule->data;
    uint64_t count = count_items(j, frame->instance);
    return count >= *min ||
           rp__schema_complain(j, frame, rule,
               "has %llu items, fewer than the %llu required",
               (unsigned long long)count, (unsigned long long)*min);
}

RP__JUDGES(max_items)
{
    const uint64_t *max = rule->data;
    uint64_t count = count_items(j, frame->instance);
    return count <= *max ||
           rp__schema_complain(j, frame, rule,
               "has %llu items, more than the %llu allowed",
               (unsigned long long)count, (unsigned long long)*max);
}

static struct rp__schema_step step_to(
    const struct rp__schema_rule *rule, int64_t index, uint32_t ordinal)
{
    return (struct rp__schema_step){.keyword = rule->word->name,
        .index = index,
        .descent = RP__TO_ITEM,
        .ordinal = ordinal};
}

/* The first items, each by the schema at its place. */
static bool judge_listed(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_rule *rule,
    const struct rp__schema_entries *nodes)
{
    bool is_valid = true;
    uint32_t i = 0;
    for (const cJSON *item = frame->instance->child;
         item != NULL && i < nodes->count && !j->is_stopped;
         item = item->next, i++) {
        struct rp__schema_step step = step_to(rule, i, i);
        if (frame->seen != NULL) {
            rp__schema_seen_add(frame->seen, i);
        }
        is_valid &=
            rp__schema_apply(j, frame, &step, nodes->items[i].node, item, NULL);
        if (!is_valid && !j->is_explaining) {
            break;
        }
    }
    return is_valid && !j->is_stopped;
}

RP__JUDGES(prefix_items)
{
    return judge_listed(j, frame, rule, rule->data);
}

/* One schema for all items from `begin` on. */
struct rest {
    const struct rp__schema_node *node;
    size_t begin;
};

static bool judge_rest(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_rule *rule,
    const struct rest *rest)
{
    bool is_valid = true;
    uint32_t i = 0;
    const cJSON *item = frame->instance->child;
    for (; item != NULL && !j->is_stopped; item = item->next, i++) {
        if (i < rest->begin) {
            continue;
        }
        struct rp__schema_step step = step_to(rule, -1, i);
        if (rest->node->is_false) {
            return rp__schema_complain_at(j, frame, &step, rule->word->name,
                "unexpected item [%u]: at most %zu %s allowed", i, rest->begin,
                rest->begin == 1 ? "is" : "are");
        }
        is_valid &= rp__schema_apply(j, frame, &step, rest->node, item, NULL);
        if (!is_valid && !j->is_explaining) {
            break;
        }
    }
    if (frame->seen != NULL) {
        frame->seen->all = true;
    }
    return is_valid && !j->is_stopped;
}

static bool compile_rest(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, struct rp__schema_rule *rule,
    const char *before)
{
    struct rest *rest = rp_arena_alloc(c->schema->arena, sizeof(*rest));
    if (!rp__schema_compile_schema(c, node, rule)) {
        return false;
    }
    rest->node = rule->data;
    const cJSON *listed = rp_json_get(node->source, before);
    rest->begin =
        cJSON_IsArray(listed) ? (size_t)cJSON_GetArraySize(listed) : 0;
    rule->data = rest;
    return true;
}

RP__COMPILES(items)
{
    return cJSON_IsArray(rule->value)
               ? rp__schema_fail(c, RP_E_INVALID, rule->value,
                     "use \"prefixItems\", or say "
                     "\"$schema\": \"http://json-schema.org/draft-07/schema#\"",
                     "'items' must be one schema; a list of schemas is "
                     "draft-07")
               : compile_rest(c, node, rule, "prefixItems");
}

RP__JUDGES(items)
{
    const struct rest *rest = rule->data;
    return rest == NULL || judge_rest(j, frame, rule, rest);
}

/* "items" of draft-07: a schema for all, or a list for the first. */
struct items_07 {
    const struct rp__schema_entries *nodes; /* NULL: all by `rest` */
    struct rest rest;
};

RP__COMPILES(items_or_list)
{
    struct items_07 *items = rp_arena_alloc(c->schema->arena, sizeof(*items));
    if (cJSON_IsArray(rule->value) && rule->value->child != NULL) {
        if (!rp__schema_compile_list(c, node, rule)) {
            return false;
        }
        items->nodes = rule->data;
    } else {
        if (!rp__schema_compile_schema(c, node, rule)) {
            return false;
        }
        items->rest.node = rule->data;
    }
    rule->data = items;
    return true;
}

RP__JUDGES(items_or_list)
{
    const struct items_07 *items = rule->data;
    return items->nodes != NULL ? judge_listed(j, frame, rule, items->nodes)
                                : judge_rest(j, frame, rule, &items->rest);
}

/* Says something only beside "items" as a list. */
RP__COMPILES(additional_items)
{
    const cJSON *items = rp_json_get(node->source, "items");
    if (!compile_rest(c, node, rule, "items")) {
        return false;
    }
    if (!cJSON_IsArray(items)) {
        rule->data = NULL;
    }
    return true;
}

struct contains {
    const struct rp__schema_node *node;
    uint64_t min;
    uint64_t max;
    bool marks; /* what matches is evaluated: not in draft-07 */
};

static bool read_bound(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, const char *name, uint64_t *out)
{
    const struct rp__schema_word *word =
        rp__schema_word_find(name, node->resource->dialect);
    struct rp__schema_rule rule = {word, rp_json_get(node->source, name), NULL};
    if (word == NULL || rule.value == NULL) {
        return true;
    }
    if (!rp__schema_compile_size(c, node, &rule)) {
        return false;
    }
    *out = *(const uint64_t *)rule.data;
    return true;
}

RP__COMPILES(contains)
{
    struct contains *contains =
        rp_arena_alloc(c->schema->arena, sizeof(*contains));
    contains->min = 1;
    contains->max = UINT64_MAX;
    contains->marks = node->resource->dialect->draft == RP__DRAFT_2020;
    if (!rp__schema_compile_schema(c, node, rule) ||
        !read_bound(c, node, "minContains", &contains->min) ||
        !read_bound(c, node, "maxContains", &contains->max)) {
        return false;
    }
    contains->node = rule->data;
    rule->data = contains;
    return true;
}

static uint64_t count_matches(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_rule *rule,
    const struct contains *contains)
{
    uint64_t matches = 0;
    bool needs_all = frame->seen != NULL && contains->marks;
    uint32_t i = 0;
    const cJSON *item = frame->instance->child;
    for (; item != NULL && !j->is_stopped; item = item->next, i++) {
        struct rp__schema_step step = step_to(rule, -1, i);
        if (!rp__schema_apply_muted(
                j, frame, &step, contains->node, item, NULL)) {
            continue;
        }
        matches++;
        if (needs_all) {
            rp__schema_seen_add(frame->seen, i);
        } else if (matches >= contains->min && contains->max == UINT64_MAX) {
            break;
        }
    }
    return matches;
}

RP__JUDGES(contains)
{
    const struct contains *contains = rule->data;
    uint64_t matches = count_matches(j, frame, rule, contains);
    if (j->is_stopped) {
        return false;
    }
    if (matches < contains->min) {
        return contains->min == 1
                   ? rp__schema_complain(j, frame, rule,
                         "has no item that matches what it must contain")
                   : rp__schema_complain_at(j, frame, NULL, "minContains",
                         "only %llu of the items match, %llu must",
                         (unsigned long long)matches,
                         (unsigned long long)contains->min);
    }
    return matches <= contains->max ||
           rp__schema_complain_at(j, frame, NULL, "maxContains",
               "%llu of the items match, at most %llu may",
               (unsigned long long)matches, (unsigned long long)contains->max);
}

RP__JUDGES(unevaluated_items)
{
    const struct rp__schema_node *node = rule->data;
    bool is_valid = true;
    uint32_t i = 0;
    const cJSON *item = frame->instance->child;
    for (; item != NULL && !j->is_stopped; item = item->next, i++) {
        if (rp__schema_seen_has(frame->seen, i)) {
            continue;
        }
        struct rp__schema_step step = step_to(rule, -1, i);
        is_valid &= node->is_false
                        ? rp__schema_complain_at(j, frame, &step,
                              rule->word->name, "unexpected item [%u]", i)
                        : rp__schema_apply(j, frame, &step, node, item, NULL);
        if (!is_valid && !j->is_explaining) {
            break;
        }
    }
    frame->seen->all = true;
    return is_valid && !j->is_stopped;
}
