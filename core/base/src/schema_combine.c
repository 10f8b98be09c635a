/* schema_combine.c - schemas that apply to the same value. */
#include "schema_words.h"

#include <stdlib.h>
#include <string.h>

#define BRANCH_FOUND_MAX 16 /* violations looked at per alternative */

static struct rp__schema_step step_to(
    const struct rp__schema_rule *rule, int64_t index)
{
    return (struct rp__schema_step){
        .keyword = rule->word->name, .index = index, .descent = RP__IN_PLACE};
}

RP__JUDGES(all_of)
{
    const struct rp__schema_entries *nodes = rule->data;
    bool is_valid = true;
    for (size_t i = 0; i < nodes->count; i++) {
        struct rp__schema_step step = step_to(rule, (int64_t)i);
        if (!rp__schema_apply(j, frame, &step, nodes->items[i].node,
                frame->instance, frame->seen)) {
            is_valid = false;
            if (!j->is_explaining || j->is_stopped) {
                break;
            }
        }
    }
    return is_valid;
}

/* Why none of the alternatives holds: the nearest one's reason. */
static bool explain_none(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_rule *rule)
{
    const struct rp__schema_entries *nodes = rule->data;
    if (!j->is_explaining || j->found_count >= j->found_max) {
        return false;
    }
    struct rp__schema_nearest nearest = {.begin = j->found_count};
    size_t found_max = j->found_max;
    size_t found_floor = j->found_floor;
    j->alternatives++;
    for (size_t i = 0; i < nodes->count && !j->is_stopped; i++) {
        struct rp__schema_step step = step_to(rule, (int64_t)i);
        j->found_floor = j->found_count;
        j->found_max = j->found_count + BRANCH_FOUND_MAX;
        (void)rp__schema_apply(
            j, frame, &step, nodes->items[i].node, frame->instance, NULL);
        rp__schema_nearest_add(j, &nearest, frame, (uint32_t)i);
    }
    j->alternatives--;
    j->found_max = found_max;
    j->found_floor = found_floor;
    const char *reason = rp__schema_nearest_take(j, &nearest, frame);
    rp__schema_complain_none(j, frame, rule, nodes->count, reason);
    return false;
}

RP__JUDGES(any_of)
{
    const struct rp__schema_entries *nodes = rule->data;
    bool is_valid = false;
    for (size_t i = 0; i < nodes->count && !j->is_stopped; i++) {
        struct rp__schema_step step = step_to(rule, (int64_t)i);
        is_valid |= rp__schema_apply_muted(j, frame, &step,
            nodes->items[i].node, frame->instance, frame->seen);
        if (is_valid && frame->seen == NULL && !j->wants_typed) {
            break; /* the others could only add to what is evaluated */
        }
    }
    return is_valid || (!j->is_stopped && explain_none(j, frame, rule));
}

RP__JUDGES(one_of)
{
    const struct rp__schema_entries *nodes = rule->data;
    size_t matches = 0;
    size_t first = 0;
    for (size_t i = 0; i < nodes->count && !j->is_stopped; i++) {
        struct rp__schema_step step = step_to(rule, (int64_t)i);
        if (!rp__schema_apply_muted(j, frame, &step, nodes->items[i].node,
                frame->instance, frame->seen)) {
            continue;
        }
        if (++matches == 2) {
            return rp__schema_complain(j, frame, rule,
                "matches both alternatives [%zu] and [%zu], must match "
                "exactly one",
                first, i);
        }
        first = i;
    }
    return matches == 1 || (!j->is_stopped && explain_none(j, frame, rule));
}

RP__JUDGES(not )
{
    struct rp__schema_step step = step_to(rule, -1);
    if (!rp__schema_apply_muted(
            j, frame, &step, rule->data, frame->instance, NULL)) {
        return !j->is_stopped;
    }
    char text[RP__PREVIEW_MAX];
    return rp__schema_complain(j, frame, rule,
        "is %s, which matches the schema that it must not match",
        rp__schema_preview(frame->instance, text));
}

struct condition {
    const struct rp__schema_node *test;
    const struct rp__schema_node *branches[2]; /* then, else; may be NULL */
};

static const char *const branch_names[2] = {"then", "else"};

RP__COMPILES(if)
{
    if (!rp__schema_compile_schema(c, node, rule)) {
        return false;
    }
    struct condition *condition =
        rp_arena_alloc(c->schema->arena, sizeof(*condition));
    condition->test = rule->data;
    rule->data = condition;
    for (size_t i = 0; i < 2; i++) {
        const cJSON *branch = rp_json_get(node->source, branch_names[i]);
        if (branch != NULL) {
            condition->branches[i] =
                rp__schema_node_of(c, node->resource, branch);
            if (condition->branches[i] == NULL) {
                return false;
            }
        }
    }
    return true;
}

RP__JUDGES(if)
{
    const struct condition *condition = rule->data;
    if (condition->branches[0] == NULL && condition->branches[1] == NULL &&
        frame->seen == NULL) {
        return true;
    }
    struct rp__schema_step step = step_to(rule, -1);
    bool holds = rp__schema_apply_muted(
        j, frame, &step, condition->test, frame->instance, frame->seen);
    if (j->is_stopped) {
        return false;
    }
    size_t which = holds ? 0 : 1;
    const struct rp__schema_node *branch = condition->branches[which];
    step.keyword = branch_names[which];
    return branch == NULL || rp__schema_apply(j, frame, &step, branch,
                                 frame->instance, frame->seen);
}

static bool apply_dependent(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_rule *rule,
    const struct rp__schema_entry *entry)
{
    if (rp_json_get(frame->instance, entry->name) == NULL) {
        return true;
    }
    struct rp__schema_step step = step_to(rule, -1);
    step.name = entry->name;
    return rp__schema_apply(
        j, frame, &step, entry->node, frame->instance, frame->seen);
}

RP__JUDGES(dependent_schemas)
{
    const struct rp__schema_entries *entries = rule->data;
    bool is_valid = true;
    for (size_t i = 0; i < entries->count && !j->is_stopped; i++) {
        is_valid &= apply_dependent(j, frame, rule, &entries->items[i]);
        if (!is_valid && !j->is_explaining) {
            break;
        }
    }
    return is_valid && !j->is_stopped;
}

/* "dependencies": each member is a schema or a list of names. */
RP__COMPILES(dependencies)
{
    if (!cJSON_IsObject(rule->value)) {
        return rp__schema_fail(c, RP_E_INVALID, rule->value, NULL,
            "'dependencies' must be an object of schemas or lists of names");
    }
    struct rp_arena *arena = c->schema->arena;
    size_t count = (size_t)cJSON_GetArraySize(rule->value);
    struct rp__schema_entries *entries =
        rp_arena_alloc(arena, sizeof(*entries));
    entries->items = rp_arena_array(arena, count + 1, sizeof(*entries->items));
    rule->data = entries;
    const cJSON *m = rp__schema_member_next(rule->value, NULL);
    for (; m != NULL; m = rp__schema_member_next(rule->value, m)) {
        struct rp__schema_entry *entry = &entries->items[entries->count++];
        entry->name = m->string;
        if (cJSON_IsArray(m)) {
            if (!rp__schema_check_names(c, m, "dependencies")) {
                return false;
            }
            continue; /* no node: rule->value has the names */
        }
        entry->node = rp__schema_node_of(c, node->resource, m);
        if (entry->node == NULL) {
            return false;
        }
    }
    return true;
}

static bool has_names(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_rule *rule,
    const char *name)
{
    if (rp_json_get(frame->instance, name) == NULL) {
        return true;
    }
    bool is_valid = true;
    uint64_t count = 0;
    const cJSON *needed = rp_json_get(rule->value, name)->child;
    for (; needed != NULL; needed = needed->next) {
        count++;
        if (rp_json_get(frame->instance, needed->valuestring) == NULL) {
            is_valid = rp__schema_complain_at(j, frame, NULL, rule->word->name,
                "missing member '%.100s', required when '%.100s' is present",
                needed->valuestring, name);
        }
    }
    return rp__schema_charge(j, count / 4) && is_valid;
}

RP__JUDGES(dependencies)
{
    const struct rp__schema_entries *entries = rule->data;
    bool is_valid = true;
    for (size_t i = 0; i < entries->count && !j->is_stopped; i++) {
        const struct rp__schema_entry *entry = &entries->items[i];
        is_valid &= entry->node == NULL
                        ? has_names(j, frame, rule, entry->name)
                        : apply_dependent(j, frame, rule, entry);
    }
    return is_valid && !j->is_stopped;
}

RP__COMPILES(dependent_required)
{
    (void)node;
    if (!cJSON_IsObject(rule->value)) {
        return rp__schema_fail(c, RP_E_INVALID, rule->value, NULL,
            "'dependentRequired' must be an object of lists of names");
    }
    for (const cJSON *m = rule->value->child; m != NULL; m = m->next) {
        if (!rp__schema_check_names(c, m, "dependentRequired")) {
            return false;
        }
    }
    return true;
}

RP__JUDGES(dependent_required)
{
    bool is_valid = true;
    const cJSON *m = rule->value->child;
    for (; m != NULL; m = m->next) {
        is_valid &= has_names(j, frame, rule, m->string);
    }
    return is_valid;
}
