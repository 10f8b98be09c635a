/* plan_flow.c - the nodes of the flow. */
#include "plan_reader.h"

#include <stdlib.h>
#include <string.h>

#include <reprise/limits.h>

/* A node while it is read: what its object has. */
struct parts {
    struct rp_plan_node *node;
    const cJSON *id, *agent, *children, *input, *cites, *need, *aggregate,
        *order, *optional;
    enum rp_role role;
    enum rp_join join;
};
#define AT(member) offsetof(struct parts, member)

/* --- tables ------------------------------------------------------------- */

static const char *const role_words[] = {"none", "synthesis"};
static const char *const join_words[] = {"all", "enough"};
static const struct rp__plan_words role_detail = {role_words, 2};
static const struct rp__plan_words join_detail = {join_words, 2};

#define COMMON_FIELDS                                                          \
    {"id", RP__PLAN_STRING, false, rp__plan_read_node, AT(id), NULL, NULL},    \
    {                                                                          \
        "optional", RP__PLAN_BOOL, false, rp__plan_read_node, AT(optional),    \
            NULL, NULL                                                         \
    }

static const struct rp__plan_field agent_fields[] = {
    COMMON_FIELDS,
    {"agent", RP__PLAN_STRING, true, rp__plan_read_node, AT(agent), NULL,
        "write the name of an agent"},
    {"input", RP__PLAN_ANY, false, rp__plan_read_node, AT(input), NULL, NULL},
    {"role", RP__PLAN_STRING, false, rp__plan_read_word, AT(role), &role_detail,
        NULL},
    {"cites", RP__PLAN_STRING, false, rp__plan_read_node, AT(cites), NULL,
        "write a pointer into the output, as \"/sources\""},
};
static const struct rp__plan_field sequence_fields[] = {
    COMMON_FIELDS,
    {"sequence", RP__PLAN_ARRAY, true, rp__plan_read_node, AT(children), NULL,
        "write a list of nodes"},
};
static const struct rp__plan_field parallel_fields[] = {
    COMMON_FIELDS,
    {"parallel", RP__PLAN_OBJECT, true, rp__plan_read_node, AT(children), NULL,
        "write an object of nodes by name"},
    {"need", RP__PLAN_STRING | RP__PLAN_NUMBER, false, rp__plan_read_node,
        AT(need), NULL, "write \"all\", \"any\" or a number"},
    {"join", RP__PLAN_STRING, false, rp__plan_read_word, AT(join), &join_detail,
        NULL},
    {"aggregate", RP__PLAN_OBJECT, false, rp__plan_read_node, AT(aggregate),
        NULL, "write { \"facts\": { ... } }"},
    {"$order", RP__PLAN_ARRAY, false, rp__plan_read_node, AT(order), NULL,
        NULL},
};

static const struct kind {
    const char *key;
    enum rp_node_kind kind;
    struct rp__plan_shape shape;
} kinds[] = {
    {"agent", RP_NODE_AGENT,
        {"an agent node", agent_fields, RP_COUNT_OF(agent_fields)}},
    {"sequence", RP_NODE_SEQUENCE,
        {"a sequence", sequence_fields, RP_COUNT_OF(sequence_fields)}},
    {"parallel", RP_NODE_PARALLEL,
        {"a parallel node", parallel_fields,
            RP_COUNT_OF(parallel_fields) - 1}}, /* "$order": frozen only */
};

/* Patterns of the design that this version does not run yet. */
static const char *const later_kinds[] = {
    "map", "graph", "choose", "review", "handoff", "plan", "session"};

/* --- one node ----------------------------------------------------------- */

/* Where a node stands. */
struct spot {
    const struct rp_plan_node *parent; /* NULL: the root */
    const char *key;                   /* the child's name, or NULL */
    uint32_t depth;
};

static struct rp_plan_node *read_node(struct rp__plan_reader *reader,
    const cJSON *value, const struct spot *spot);

static bool refuse_later_kind(
    struct rp__plan_reader *reader, const cJSON *value)
{
    for (size_t i = 0; i < RP_COUNT_OF(later_kinds); i++) {
        const cJSON *member = rp_json_get(value, later_kinds[i]);
        if (member != NULL) {
            rp__plan_problem_name(reader, member,
                "it runs \"agent\", \"sequence\" and \"parallel\"",
                "this version has no \"%s\" nodes", later_kinds[i]);
            return true;
        }
    }
    return false;
}

/* The kind that a node's keys say; NULL if not exactly one. */
static const struct kind *kind_of(
    struct rp__plan_reader *reader, const cJSON *value)
{
    const char *names[RP_COUNT_OF(kinds)];
    const struct kind *found = NULL;
    for (size_t i = 0; i < RP_COUNT_OF(kinds); i++) {
        const cJSON *member = rp_json_get(value, kinds[i].key);
        names[i] = kinds[i].key;
        if (member == NULL) {
            continue;
        }
        if (found != NULL) {
            rp__plan_problem_name(reader, member, "make one a child",
                "a node is \"%s\" or \"%s\", not both", found->key,
                kinds[i].key);
            return NULL;
        }
        found = &kinds[i];
    }
    if (found != NULL || refuse_later_kind(reader, value)) {
        return found;
    }
    for (const cJSON *it = value->child; it != NULL; it = it->next) {
        const char *hint = rp__plan_nearest(
            reader, rp_str_of(it->string), names, RP_COUNT_OF(names), NULL);
        if (hint != NULL) {
            rp__plan_problem_name(reader, it, hint, "a node has no key %s",
                rp__plan_shown_text(reader, rp_str_of(it->string)));
            return NULL;
        }
    }
    rp__plan_problem(reader, value, NULL,
        "a node needs one of the keys agent, sequence, parallel");
    return NULL;
}

/* A new node in preorder; NULL when there are too many. */
static struct rp_plan_node *new_node(
    struct rp__plan_reader *reader, const cJSON *value, const struct spot *spot)
{
    struct rp_plan *plan = &reader->whole->plan;
    if (spot->depth > RP_PLAN_NEST_MAX) {
        rp__plan_problem(reader, value, NULL, "nodes are nested deeper than %d",
            RP_PLAN_NEST_MAX);
        return NULL;
    }
    if (plan->node_count == RP_PLAN_NODES_MAX) {
        if (!reader->too_many_nodes) {
            rp__plan_problem(reader, value, NULL,
                "the flow has more than %d nodes", RP_PLAN_NODES_MAX);
        }
        reader->too_many_nodes = true;
        return NULL;
    }
    struct rp_plan_node *node = rp_arena_alloc(reader->arena, sizeof(*node));
    reader->nodes[plan->node_count] = node;
    node->index = plan->node_count++;
    node->parent = spot->parent;
    node->place = rp__plan_place(reader, rp_json_extent_of(value).begin);
    node->id = "";
    return node;
}

/* A child's key, its own "id", or for a root agent the agent's name. */
static void read_id(struct rp__plan_reader *reader, const cJSON *value,
    const struct spot *spot, const struct parts *parts)
{
    struct rp_plan_node *node = parts->node;
    if (spot->key != NULL) {
        node->id = spot->key;
        (void)rp__plan_name_check(reader, value, rp_str_of(spot->key), true);
        if (parts->id != NULL &&
            strcmp(parts->id->valuestring, spot->key) != 0) {
            rp__plan_problem(reader, parts->id, "leave \"id\" out",
                "%s is not the name this child has, \"%s\"",
                rp__plan_shown(reader, parts->id), spot->key);
        }
    } else if (parts->id != NULL) {
        node->id =
            rp_arena_dup(reader->arena, rp_str_of(parts->id->valuestring));
        (void)rp__plan_name_check(
            reader, parts->id, rp_str_of(node->id), false);
    } else if (spot->parent != NULL) {
        rp__plan_problem(reader, value, "write \"id\": \"name\"",
            "a node of a sequence needs the key \"id\"");
    } else if (parts->agent != NULL) {
        node->id =
            rp_arena_dup(reader->arena, rp_str_of(parts->agent->valuestring));
    }
}

static void read_agent_node(
    struct rp__plan_reader *reader, const struct parts *parts)
{
    struct rp_plan_node *node = parts->node;
    node->agent = rp__plan_agent_named(reader, parts->agent);
    node->input = parts->input;
    node->role = parts->role;
    node->optional = node->agent != NULL && node->agent->optional;
    if (parts->cites == NULL) {
        return;
    }
    static const struct rp__plan_field cites = {.name = "cites"};
    rp__plan_read_pointer(reader, parts->cites, &node->cites, &cites);
    if (node->role != RP_ROLE_SYNTHESIS) {
        rp__plan_problem_name(reader, parts->cites,
            "write \"role\": \"synthesis\" beside it",
            "only a synthesis has \"cites\"");
    }
}

static void add_child(struct rp__plan_reader *reader, const cJSON *value,
    const char *key, const struct spot *spot, struct parts *parts)
{
    struct rp_plan_node *node = parts->node;
    struct spot below = {node, key, spot->depth + 1};
    const struct rp_plan_node *child = read_node(reader, value, &below);
    if (child != NULL) {
        const struct rp_plan_node **children =
            (const struct rp_plan_node **)(uintptr_t)node->children;
        children[node->child_count++] = child;
    }
}

/* In a frozen plan members are sorted, and "$order" has what was written. */
static void add_in_order(struct rp__plan_reader *reader,
    const struct spot *spot, struct parts *parts)
{
    for (const cJSON *it = parts->order->child; it != NULL; it = it->next) {
        const cJSON *child = cJSON_IsString(it)
                                 ? rp_json_get(parts->children, it->valuestring)
                                 : NULL;
        if (child == NULL) {
            rp__plan_problem(
                reader, it, NULL, "no child %s", rp__plan_shown(reader, it));
            continue;
        }
        add_child(reader, child, child->string, spot, parts);
    }
}

static int compare_children(const void *a, const void *b)
{
    const struct rp_plan_node *const *one = a;
    const struct rp_plan_node *const *two = b;
    int order = strcmp((*one)->id, (*two)->id);
    return order != 0 ? order
                      : ((*one)->index > (*two)->index) -
                            ((*one)->index < (*two)->index);
}

/* Children with one name twice: a sequence's, or a mangled "$order". */
static void check_twins(struct rp__plan_reader *reader, const cJSON *list,
    const struct rp_plan_node *node)
{
    uint32_t count = node->child_count;
    const struct rp_plan_node **sorted =
        rp_arena_array(reader->arena, count, sizeof(*sorted));
    for (uint32_t i = 0; i < count; i++) {
        sorted[i] = node->children[i];
    }
    qsort(sorted, count, sizeof(*sorted), compare_children);
    for (uint32_t i = 1; i < count && !reader->problems->more; i++) {
        const char *id = sorted[i]->id;
        if (id[0] == '\0' || strcmp(sorted[i - 1]->id, id) != 0) {
            continue;
        }
        const cJSON *at = list;
        for (const cJSON *it = list->child; it != NULL; it = it->next) {
            const cJSON *own = rp_json_get(it, "id");
            if (rp_json_extent_of(it).begin == sorted[i]->place.byte) {
                at = own != NULL ? own : it;
            }
        }
        rp__plan_problem(reader, at, "give each its own name",
            "two children are called \"%s\"", id);
    }
}

static void read_children(struct rp__plan_reader *reader,
    const struct spot *spot, struct parts *parts)
{
    struct rp_plan_node *node = parts->node;
    const cJSON *list = parts->children;
    if (list->child == NULL) {
        rp__plan_problem(reader, list, "write at least one node",
            "this node has no children");
        return;
    }
    uint32_t room = (uint32_t)cJSON_GetArraySize(list);
    uint32_t ordered = parts->order != NULL
                           ? (uint32_t)cJSON_GetArraySize(parts->order)
                           : room;
    room = ordered > room ? ordered : room;
    node->children =
        rp_arena_array(reader->arena, room, sizeof(struct rp_plan_node *));
    if (parts->order != NULL) {
        add_in_order(reader, spot, parts);
        if (ordered != (uint32_t)cJSON_GetArraySize(list)) {
            rp__plan_problem(reader, parts->order, NULL,
                "\"$order\" does not name every child once");
        }
    } else {
        for (const cJSON *it = list->child; it != NULL; it = it->next) {
            add_child(reader, it,
                node->kind == RP_NODE_PARALLEL ? it->string : NULL, spot,
                parts);
        }
    }
    check_twins(reader, list, node);
}

static struct rp_plan_node *read_node(
    struct rp__plan_reader *reader, const cJSON *value, const struct spot *spot)
{
    if (reader->problems->more || reader->too_many_nodes ||
        !rp__plan_type_is(
            reader, value, RP__PLAN_OBJECT, "write { \"agent\": \"name\" }")) {
        return NULL;
    }
    const struct kind *kind = kind_of(reader, value);
    struct parts parts = {.node = NULL};
    parts.node = kind != NULL ? new_node(reader, value, spot) : NULL;
    if (parts.node == NULL) {
        return NULL;
    }
    struct rp_plan_node *node = parts.node;
    node->kind = kind->kind;
    struct rp__plan_shape shape = kind->shape;
    if (reader->frozen != NULL && kind->kind == RP_NODE_PARALLEL) {
        shape.count++;
    }
    (void)rp__plan_shape_read(reader, &shape, value, &parts);
    read_id(reader, value, spot, &parts);
    if (parts.agent != NULL) {
        read_agent_node(reader, &parts);
    }
    if (parts.children != NULL) {
        read_children(reader, spot, &parts);
    }
    if (parts.optional != NULL) {
        node->optional = cJSON_IsTrue(parts.optional);
    }
    if (node->kind == RP_NODE_PARALLEL) {
        node->join = parts.join;
        rp__plan_fan_in_read(reader, value, parts.need, parts.aggregate, node);
    }
    return node;
}

void rp__plan_read_flow(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)target;
    (void)field;
    reader->nodes = rp_arena_array(
        reader->arena, RP_PLAN_NODES_MAX, sizeof(*reader->nodes));
    const struct spot root = {NULL, NULL, 1};
    reader->whole->plan.flow = read_node(reader, value, &root);
}
