/* plan_fan_in.c - what a parallel node needs, and what it makes of it. */
#include "plan_reader.h"

#include <string.h>

static uint32_t required_count(const struct rp_plan_node *node)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < node->child_count; i++) {
        count += node->children[i]->optional ? 0 : 1;
    }
    return count;
}

static void read_need(struct rp__plan_reader *reader, const cJSON *need,
    struct rp_plan_node *node)
{
    static const char *const words[] = {"all", "any"};
    uint32_t most = required_count(node);
    int64_t number = most;
    if (need != NULL && cJSON_IsString(need)) {
        struct rp_str text = rp_str_of(need->valuestring);
        if (rp_str_is(text, "any")) {
            number = 1;
        } else if (!rp_str_is(text, "all")) {
            rp__plan_problem(reader, need,
                rp__plan_nearest(reader, text, words, RP_COUNT_OF(words),
                    "write \"all\", \"any\" or a number"),
                "%s is not a number of children", rp__plan_shown(reader, need));
            return;
        }
    } else if (need != NULL && (!rp_json_int64(need, &number) || number < 1)) {
        rp__plan_problem(reader, need, "write \"all\", \"any\" or a number",
            "%s is not a number of children", rp__plan_shown(reader, need));
        return;
    }
    if (number > most) {
        rp__plan_problem(reader, need, "optional children are not counted",
            "%s can never be met: %u of %u children can count",
            rp__plan_shown(reader, need), most, node->child_count);
        return;
    }
    node->need = (uint32_t)number;
}

/* --- aggregate ---------------------------------------------------------- */

struct facts {
    const char *at, *key, *value;
    const cJSON *critical;
};
static const struct rp__plan_field facts_fields[] = {
    {"at", RP__PLAN_STRING, true, rp__plan_read_pointer,
        offsetof(struct facts, at), NULL,
        "write where each output has its list of facts, as \"/findings\""},
    {"key", RP__PLAN_STRING, true, rp__plan_read_pointer,
        offsetof(struct facts, key), NULL,
        "write what names a fact, as \"/code\""},
    {"value", RP__PLAN_STRING, false, rp__plan_read_pointer,
        offsetof(struct facts, value), NULL,
        "write what a fact says, as \"/value\""},
    {"critical", RP__PLAN_ARRAY, false, rp__plan_read_node,
        offsetof(struct facts, critical), NULL,
        "write a list of fact keys, as [\"allergy/*\"]"},
};
static const struct rp__plan_shape facts_shape = {
    "\"facts\"", facts_fields, RP_COUNT_OF(facts_fields)};

struct aggregate {
    const cJSON *facts, *conflicts;
};
static const struct rp__plan_field aggregate_fields[] = {
    {"facts", RP__PLAN_OBJECT, false, rp__plan_read_node,
        offsetof(struct aggregate, facts), NULL,
        "write { \"at\": \"/findings\", \"key\": \"/code\" }"},
    {"conflicts", RP__PLAN_ARRAY, false, rp__plan_read_node,
        offsetof(struct aggregate, conflicts), NULL,
        "write [ { \"key\": \"*\", \"resolve\": \"flag\" } ]"},
};
static const struct rp__plan_shape aggregate_shape = {
    "\"aggregate\"", aggregate_fields, RP_COUNT_OF(aggregate_fields)};

static const char *const resolve_words[] = {"flag", "prefer"};
static const struct rp__plan_words resolve_detail = {resolve_words, 2};

struct conflict {
    struct rp_conflict_rule rule;
    const cJSON *order;
};
static const struct rp__plan_field conflict_fields[] = {
    {"key", RP__PLAN_STRING, true, rp__plan_read_text,
        offsetof(struct conflict, rule.key), NULL,
        "write a pattern of fact keys, as \"allergy/*\""},
    {"resolve", RP__PLAN_STRING, true, rp__plan_read_word,
        offsetof(struct conflict, rule.resolve), &resolve_detail,
        "write \"flag\" or \"prefer\""},
    {"order", RP__PLAN_ARRAY, false, rp__plan_read_node,
        offsetof(struct conflict, order), NULL,
        "write the names of children, best first"},
};
static const struct rp__plan_shape conflict_shape = {
    "a conflict rule", conflict_fields, RP_COUNT_OF(conflict_fields)};

static void read_facts(struct rp__plan_reader *reader, const cJSON *value,
    struct rp_aggregate_rule *rule)
{
    struct facts facts = {.value = ""};
    if (!rp__plan_shape_read(reader, &facts_shape, value, &facts)) {
        return;
    }
    rule->facts = true;
    rule->at = facts.at;
    rule->key = facts.key;
    rule->value = facts.value;
    if (facts.critical != NULL) {
        struct rp__plan_texts texts = {NULL, 0};
        rp__plan_texts_read(reader, facts.critical, &texts);
        rule->critical = texts.items;
        rule->critical_count = texts.count;
    }
}

/* Each name of "order" is that of a child, and stands there once. */
static void check_order(struct rp__plan_reader *reader, const cJSON *order,
    const struct rp_plan_node *node)
{
    const char **names =
        rp_arena_array(reader->arena, node->child_count, sizeof(*names));
    for (uint32_t i = 0; i < node->child_count; i++) {
        names[i] = node->children[i]->id;
    }
    bool *seen = rp_arena_array(reader->arena, node->child_count, 1);
    for (const cJSON *it = order->child; it != NULL; it = it->next) {
        uint32_t i = 0;
        if (!cJSON_IsString(it)) {
            continue; /* was reported */
        }
        while (
            i < node->child_count && strcmp(names[i], it->valuestring) != 0) {
            i++;
        }
        if (i == node->child_count) {
            rp__plan_problem(reader, it,
                rp__plan_nearest(reader, rp_str_of(it->valuestring), names,
                    node->child_count, NULL),
                "no child %s", rp__plan_shown(reader, it));
        } else if (seen[i]) {
            rp__plan_problem(reader, it, "leave it out",
                "\"%s\" stands here twice", names[i]);
        } else {
            seen[i] = true;
        }
        if (reader->problems->more) {
            return;
        }
    }
}

static void read_conflict(struct rp__plan_reader *reader, const cJSON *value,
    const struct rp_plan_node *node, struct rp_conflict_rule *out)
{
    struct conflict conflict = {.order = NULL};
    if (!rp__plan_shape_read(reader, &conflict_shape, value, &conflict)) {
        return;
    }
    *out = conflict.rule;
    bool prefers = out->resolve == RP_RESOLVE_PREFER;
    if (conflict.order == NULL) {
        if (prefers && rp_json_get(value, "order") == NULL) {
            rp__plan_problem(reader, value,
                "write \"order\": the names of children, best first",
                "\"prefer\" needs the key \"order\"");
        }
        return;
    }
    if (!prefers) {
        rp__plan_problem_name(reader, conflict.order,
            "write \"resolve\": \"prefer\", or leave it out",
            "only \"prefer\" has an order");
    }
    if (conflict.order->child == NULL) {
        rp__plan_problem(reader, conflict.order,
            "write the names of children, best first", "\"order\" is empty");
    }
    struct rp__plan_texts texts = {NULL, 0};
    rp__plan_texts_read(reader, conflict.order, &texts);
    out->order = texts.items;
    out->order_count = texts.count;
    check_order(reader, conflict.order, node);
}

static void read_aggregate(struct rp__plan_reader *reader, const cJSON *value,
    struct rp_plan_node *node)
{
    struct aggregate aggregate = {NULL, NULL};
    struct rp_aggregate_rule *rule =
        rp_arena_alloc(reader->arena, sizeof(*rule));
    (void)rp__plan_shape_read(reader, &aggregate_shape, value, &aggregate);
    node->aggregate = rule;
    if (aggregate.facts != NULL) {
        read_facts(reader, aggregate.facts, rule);
    }
    if (aggregate.conflicts == NULL) {
        return;
    }
    if (rp_json_get(value, "facts") == NULL) {
        rp__plan_problem_name(reader, aggregate.conflicts,
            "write \"facts\" beside it",
            "without facts there are no conflicts");
    }
    struct rp_conflict_rule *rules = rp_arena_array(reader->arena,
        (size_t)cJSON_GetArraySize(aggregate.conflicts), sizeof(*rules));
    const cJSON *it = aggregate.conflicts->child;
    for (; it != NULL && !reader->problems->more; it = it->next) {
        read_conflict(reader, it, node, &rules[rule->conflict_count++]);
    }
    rule->conflicts = rules;
}

void rp__plan_fan_in_read(struct rp__plan_reader *reader, const cJSON *value,
    const cJSON *need, const cJSON *aggregate, struct rp_plan_node *node)
{
    /* When a child could not be read, what it is counted as is not known. */
    const cJSON *list = rp_json_get(value, "parallel");
    if (node->child_count == (uint32_t)cJSON_GetArraySize(list)) {
        read_need(reader, need, node);
    }
    if (aggregate != NULL) {
        read_aggregate(reader, aggregate, node);
    }
}
