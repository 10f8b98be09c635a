/* schema_object.c - keywords for objects. */
#include "schema_words.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_NEAR_MAX 200 /* known names looked at for a near spelling */

RP__COMPILES(required)
{
    (void)node;
    return rp__schema_check_names(c, rule->value, "required");
}

RP__JUDGES(required)
{
    bool is_valid = true;
    uint64_t count = 0;
    const cJSON *name = rule->value->child;
    for (; name != NULL; name = name->next, count++) {
        if (rp_json_get(frame->instance, name->valuestring) == NULL) {
            is_valid = rp__schema_complain_at(j, frame, NULL, rule->word->name,
                "missing required member '%.100s'", name->valuestring);
            if (!j->is_explaining) {
                break;
            }
        }
    }
    return rp__schema_charge(j, count / 4) && is_valid;
}

static uint64_t count_members(struct rp__schema_judge *j, const cJSON *object)
{
    uint64_t count = 0;
    const cJSON *m = rp__schema_next_of(j, object, NULL);
    for (; m != NULL; m = rp__schema_next_of(j, object, m)) {
        count++;
    }
    (void)rp__schema_charge(j, count / 16);
    return count;
}

RP__JUDGES(min_properties)
{
    const uint64_t *min = rule->data;
    uint64_t count = count_members(j, frame->instance);
    return count >= *min ||
           rp__schema_complain(j, frame, rule,
               "has %llu members, fewer than the %llu required",
               (unsigned long long)count, (unsigned long long)*min);
}

RP__JUDGES(max_properties)
{
    const uint64_t *max = rule->data;
    uint64_t count = count_members(j, frame->instance);
    return count <= *max ||
           rp__schema_complain(j, frame, rule,
               "has %llu members, more than the %llu allowed",
               (unsigned long long)count, (unsigned long long)*max);
}

RP__JUDGES(property_names)
{
    bool is_valid = true;
    uint32_t ordinal = 0;
    const cJSON *m = rp__schema_next_of(j, frame->instance, NULL);
    for (; m != NULL && !j->is_stopped;
         m = rp__schema_next_of(j, frame->instance, m), ordinal++) {
        struct rp__schema_step step = {.keyword = rule->word->name,
            .index = -1,
            .descent = RP__TO_NAME,
            .member = m->string,
            .ordinal = ordinal};
        cJSON name = {.type = cJSON_String, .valuestring = m->string};
        is_valid &= rp__schema_apply(j, frame, &step, rule->data, &name, NULL);
        if (!is_valid && !j->is_explaining) {
            break;
        }
    }
    return is_valid && !j->is_stopped;
}

static const struct rp__schema_entry *entry_of(
    const struct rp__schema_entries *entries, const char *name)
{
    size_t low = 0;
    size_t high = entries->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, entries->items[middle].name);
        if (order == 0) {
            return &entries->items[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

static struct rp__schema_step step_to(const struct rp__schema_rule *rule,
    const char *name, const cJSON *member, uint32_t ordinal)
{
    return (struct rp__schema_step){.keyword = rule->word->name,
        .name = name,
        .index = -1,
        .descent = RP__TO_MEMBER,
        .member = member->string,
        .ordinal = ordinal};
}

static bool apply_to_member(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_step *step,
    const struct rp__schema_node *node, const cJSON *member)
{
    if (frame->seen != NULL) {
        rp__schema_seen_add(frame->seen, step->ordinal);
    }
    return rp__schema_apply(j, frame, step, node, member, NULL);
}

RP__JUDGES(properties)
{
    const struct rp__schema_entries *entries = rule->data;
    bool is_valid = true;
    uint32_t ordinal = 0;
    const cJSON *m = rp__schema_next_of(j, frame->instance, NULL);
    for (; m != NULL && !j->is_stopped;
         m = rp__schema_next_of(j, frame->instance, m), ordinal++) {
        const struct rp__schema_entry *entry = entry_of(entries, m->string);
        if (entry == NULL) {
            continue;
        }
        struct rp__schema_step step = step_to(rule, entry->name, m, ordinal);
        is_valid &= apply_to_member(j, frame, &step, entry->node, m);
        if (!is_valid && !j->is_explaining) {
            break;
        }
    }
    return rp__schema_charge(j, ordinal / 16) && is_valid;
}

static bool add_patterns(struct rp__schema_compiler *c,
    struct rp__schema_entries *entries, const cJSON *value)
{
    for (size_t i = 0; i < entries->count; i++) {
        struct rp__schema_entry *entry = &entries->items[i];
        entry->pattern = rp__schema_pattern_of(
            c, rp_json_get(value, entry->name), entry->name);
        if (entry->pattern == NULL) {
            return false;
        }
    }
    return true;
}

RP__COMPILES(pattern_properties)
{
    if (!rp__schema_compile_map(c, node, rule)) {
        return false;
    }
    return add_patterns(
        c, (struct rp__schema_entries *)rule->data, rule->value);
}

RP__JUDGES(pattern_properties)
{
    const struct rp__schema_entries *entries = rule->data;
    bool is_valid = true;
    uint32_t ordinal = 0;
    const cJSON *m = rp__schema_next_of(j, frame->instance, NULL);
    for (; m != NULL && !j->is_stopped;
         m = rp__schema_next_of(j, frame->instance, m), ordinal++) {
        for (size_t i = 0; i < entries->count && !j->is_stopped; i++) {
            const struct rp__schema_entry *entry = &entries->items[i];
            if (!rp__schema_matches(j, entry->pattern, m->string)) {
                continue;
            }
            struct rp__schema_step step =
                step_to(rule, entry->name, m, ordinal);
            is_valid &= apply_to_member(j, frame, &step, entry->node, m);
        }
        if (!is_valid && !j->is_explaining) {
            break;
        }
    }
    return is_valid && !j->is_stopped;
}

/* What "additionalProperties" must know of its neighbours. */
struct additional {
    const struct rp__schema_node *node;
    struct rp__schema_rule properties; /* data NULL when absent */
    struct rp__schema_rule patterns;
};

static bool compile_neighbour(struct rp__schema_compiler *c,
    const struct rp__schema_node *node, const char *name,
    struct rp__schema_rule *rule)
{
    const cJSON *value = rp_json_get(node->source, name);
    if (value == NULL) {
        return true;
    }
    rule->value = value;
    rule->word = rp__schema_word_find(name, node->resource->dialect);
    return rule->word->compile(c, node, rule);
}

RP__COMPILES(additional_properties)
{
    struct additional *all = rp_arena_alloc(c->schema->arena, sizeof(*all));
    if (!rp__schema_compile_schema(c, node, rule) ||
        !compile_neighbour(c, node, "properties", &all->properties) ||
        !compile_neighbour(c, node, "patternProperties", &all->patterns)) {
        return false;
    }
    all->node = rule->data;
    rule->data = all;
    return true;
}

static bool is_named(
    struct rp__schema_judge *j, const struct additional *all, const char *name)
{
    const struct rp__schema_entries *properties = all->properties.data;
    if (properties != NULL && entry_of(properties, name) != NULL) {
        return true;
    }
    const struct rp__schema_entries *patterns = all->patterns.data;
    for (size_t i = 0; patterns != NULL && i < patterns->count; i++) {
        if (rp__schema_matches(j, patterns->items[i].pattern, name)) {
            return true;
        }
    }
    return false;
}

static bool complain_unexpected(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_step *step,
    const struct rp__schema_entries *known)
{
    if (!j->is_explaining) {
        return false;
    }
    const char *names[NAMES_NEAR_MAX] = {NULL};
    size_t count = 0;
    for (size_t i = 0;
         known != NULL && i < known->count && count < NAMES_NEAR_MAX; i++) {
        /* A name that is there already cannot be meant. */
        if (rp_json_get(frame->instance, known->items[i].name) == NULL) {
            names[count++] = known->items[i].name;
        }
    }
    const char *near = rp__schema_near(rp_str_of(step->member), names, count);
    return rp__schema_complain_at(j, frame, step, step->keyword,
        "unexpected member '%.100s'%s%.100s%s", step->member,
        near == NULL ? "" : ": did you mean '", near == NULL ? "" : near,
        near == NULL ? "" : "'?");
}

RP__JUDGES(additional_properties)
{
    const struct additional *all = rule->data;
    bool is_valid = true;
    uint32_t ordinal = 0;
    const cJSON *m = rp__schema_next_of(j, frame->instance, NULL);
    for (; m != NULL && !j->is_stopped;
         m = rp__schema_next_of(j, frame->instance, m), ordinal++) {
        if (is_named(j, all, m->string) || j->is_stopped) {
            continue;
        }
        struct rp__schema_step step = step_to(rule, NULL, m, ordinal);
        is_valid &=
            all->node->is_false
                ? complain_unexpected(j, frame, &step, all->properties.data)
                : apply_to_member(j, frame, &step, all->node, m);
        if (!is_valid && !j->is_explaining) {
            break;
        }
    }
    return rp__schema_charge(j, ordinal / 16) && is_valid;
}

RP__JUDGES(unevaluated_properties)
{
    const struct rp__schema_node *node = rule->data;
    bool is_valid = true;
    uint32_t ordinal = 0;
    const cJSON *m = rp__schema_next_of(j, frame->instance, NULL);
    for (; m != NULL && !j->is_stopped;
         m = rp__schema_next_of(j, frame->instance, m), ordinal++) {
        if (rp__schema_seen_has(frame->seen, ordinal)) {
            continue;
        }
        struct rp__schema_step step = step_to(rule, NULL, m, ordinal);
        is_valid &= node->is_false ? complain_unexpected(j, frame, &step, NULL)
                                   : apply_to_member(j, frame, &step, node, m);
        if (!is_valid && !j->is_explaining) {
            break;
        }
    }
    return rp__schema_charge(j, ordinal / 16) && is_valid;
}
