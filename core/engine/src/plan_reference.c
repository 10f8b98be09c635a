/* plan_reference.c - whether what a node refers to is there by then.
 *
 * A node sees the session's input and, in every sequence around it, the
 * siblings before the branch it stands in: these have certainly ended.
 */
#include "plan_reader.h"

#include <stdlib.h>
#include <string.h>

#include "template.h"

/* The nodes by parent and name, for looking up many references. */
struct index {
    struct rp__plan_reader *reader;
    const struct rp_plan_node **sorted;
    uint32_t count;
    const struct rp_plan_node *node; /* whose input is checked */
};

static uint32_t parent_number(const struct rp_plan_node *node)
{
    return node->parent == NULL ? 0 : node->parent->index + 1;
}

static int compare_nodes(const void *a, const void *b)
{
    const struct rp_plan_node *one = *(const struct rp_plan_node *const *)a;
    const struct rp_plan_node *two = *(const struct rp_plan_node *const *)b;
    uint32_t p = parent_number(one);
    uint32_t q = parent_number(two);
    return p != q ? (p > q) - (p < q) : strcmp(one->id, two->id);
}

static const struct rp_plan_node *child_named(const struct index *index,
    const struct rp_plan_node *parent, struct rp_str name)
{
    uint32_t low = 0;
    uint32_t high = index->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct rp_plan_node *at = index->sorted[middle];
        uint32_t number = parent_number(at);
        int order =
            number != parent->index + 1
                ? (number > parent->index + 1) - (number < parent->index + 1)
                : rp_str_compare(rp_str_of(at->id), name);
        if (order == 0) {
            return at;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* What `name` means for the node: an earlier sibling, innermost first. */
static const struct rp_plan_node *visible(
    const struct index *index, struct rp_str name)
{
    const struct rp_plan_node *at = index->node;
    for (; at->parent != NULL; at = at->parent) {
        if (at->parent->kind != RP_NODE_SEQUENCE) {
            continue;
        }
        const struct rp_plan_node *found = child_named(index, at->parent, name);
        if (found != NULL && found->index < at->index) {
            return found;
        }
    }
    return NULL;
}

static bool holds(
    const struct rp_plan_node *outer, const struct rp_plan_node *inner)
{
    while (inner != NULL && inner != outer) {
        inner = inner->parent;
    }
    return inner == outer;
}

/* The child of `outer` that `inner` is, or is in. */
static const struct rp_plan_node *branch(
    const struct rp_plan_node *outer, const struct rp_plan_node *inner)
{
    while (inner->parent != outer) {
        inner = inner->parent;
    }
    return inner;
}

/* How a node inside `outer` is reached, if its value is part of outer's. */
static const char *inside_hint(struct rp__plan_reader *reader,
    const struct rp_plan_node *outer, const struct rp_plan_node *target)
{
    if (target->parent != outer || outer->kind != RP_NODE_PARALLEL) {
        return NULL;
    }
    return rp_arena_printf(reader->arena,
        "write { \"from\": \"%s\", \"at\": \"%s/%s\" }", outer->id,
        outer->aggregate != NULL ? "/outputs" : "", target->id);
}

/* The node has the name, but cannot be referred to from here: why? */
static void report_out_of_reach(const struct index *index, const cJSON *at,
    const struct rp_plan_node *target)
{
    struct rp__plan_reader *reader = index->reader;
    const struct rp_plan_node *common = target;
    if (target == index->node) {
        rp__plan_problem(reader, at, NULL,
            "\"%s\" is this node, which has not run before itself", target->id);
        return;
    }
    if (holds(target, index->node)) {
        rp__plan_problem(reader, at, NULL,
            "\"%s\" holds this node and has not ended before it", target->id);
        return;
    }
    while (!holds(common, index->node)) {
        common = common->parent;
    }
    const struct rp_plan_node *theirs = branch(common, target);
    const struct rp_plan_node *ours = branch(common, index->node);
    if (common->kind == RP_NODE_PARALLEL) {
        rp__plan_problem(reader, at, "run them one after the other",
            "\"%s\" runs at the same time and has not ended before",
            target->id);
    } else if (theirs->index > ours->index) {
        rp__plan_problem(reader, at, NULL,
            "\"%s\" runs later and has not ended before", target->id);
    } else {
        rp__plan_problem(reader, at, inside_hint(reader, theirs, target),
            "\"%s\" is inside \"%s\" and not seen from here", target->id,
            theirs->id);
    }
}

static void report_unknown(
    const struct index *index, const cJSON *at, struct rp_str name)
{
    struct rp__plan_reader *reader = index->reader;
    for (uint32_t i = 0; i < index->count; i++) {
        if (rp_str_is(name, reader->nodes[i]->id) && name.len > 0) {
            report_out_of_reach(index, at, reader->nodes[i]);
            return;
        }
    }
    const char **names =
        rp_arena_array(reader->arena, index->count + 1u, sizeof(*names));
    size_t count = 0;
    names[count++] = "input";
    const struct rp_plan_node *up = index->node;
    for (; up->parent != NULL; up = up->parent) {
        const struct rp_plan_node *parent = up->parent;
        for (uint32_t i = 0;
             parent->kind == RP_NODE_SEQUENCE && i < parent->child_count; i++) {
            if (parent->children[i]->index < up->index &&
                parent->children[i]->id[0] != '\0') {
                names[count++] = parent->children[i]->id;
            }
        }
    }
    size_t shown = count < 12 ? count : 12;
    rp__plan_problem(reader, at,
        rp__plan_nearest(reader, name, names, count,
            rp__plan_choice(reader, "known here: ", names, shown)),
        "nothing is called %s", rp__plan_shown_text(reader, name));
}

/* Takes the first token off a pointer; `out` has it unescaped. */
static void next_token(struct rp_str *pointer, struct rp_buf *out)
{
    size_t i = 1;
    rp_buf_reset(out);
    for (; i < pointer->len && pointer->ptr[i] != '/'; i++) {
        char c = pointer->ptr[i];
        if (c == '~' && i + 1 < pointer->len) {
            c = pointer->ptr[++i] == '1' ? '/' : '~';
        }
        rp_buf_add_char(out, c);
    }
    *pointer = (struct rp_str){pointer->ptr + i, pointer->len - i};
}

/* A name that the value of a combinator cannot have. */
static void report_token(const struct index *index, const cJSON *at,
    const struct rp_plan_node *node, struct rp_str token)
{
    struct rp__plan_reader *reader = index->reader;
    const char **names =
        rp_arena_array(reader->arena, node->child_count, sizeof(*names));
    for (uint32_t i = 0; i < node->child_count; i++) {
        names[i] = node->children[i]->id;
    }
    rp__plan_problem(reader, at,
        rp__plan_nearest(reader, token, names, node->child_count, NULL),
        "\"%s\" has no child %s", node->id, rp__plan_shown_text(reader, token));
}

/* As far as the plan says what the value of `node` looks like. */
static void check_pointer(const struct index *index, const cJSON *at,
    const struct rp_plan_node *node, struct rp_str pointer)
{
    static const char *const parts[] = {
        "outputs", "facts", "conflicts", "missing"};
    struct rp_buf token;
    rp_buf_init(&token, RP_PLAN_FROZEN_BYTES_MAX);
    while (node != NULL && node->kind != RP_NODE_AGENT && pointer.len > 0) {
        if (node->kind == RP_NODE_SEQUENCE) { /* its value is the last's */
            node = node->child_count > 0 ? node->children[node->child_count - 1]
                                         : NULL;
            continue;
        }
        next_token(&pointer, &token);
        if (node->aggregate != NULL) {
            bool outputs = rp_str_is(rp_buf_str(&token), parts[0]);
            bool known = outputs;
            for (size_t i = 1; i < RP_COUNT_OF(parts); i++) {
                known = known || rp_str_is(rp_buf_str(&token), parts[i]);
            }
            if (!known) {
                rp__plan_problem(index->reader, at,
                    rp__plan_nearest(index->reader, rp_buf_str(&token), parts,
                        RP_COUNT_OF(parts),
                        "it has outputs, facts, conflicts, missing"),
                    "the aggregate of \"%s\" has no %s", node->id,
                    rp__plan_shown_text(index->reader, rp_buf_str(&token)));
            }
            if (!outputs || pointer.len == 0) {
                break;
            }
            next_token(&pointer, &token);
        }
        const struct rp_plan_node *child =
            child_named(index, node, rp_buf_str(&token));
        if (child == NULL) {
            report_token(index, at, node, rp_buf_str(&token));
        }
        node = child;
    }
    rp_buf_fini(&token);
}

/* Where a reference says `key`, for messages. */
static const cJSON *part_of(const cJSON *node, const char *key)
{
    const cJSON *part = rp_json_get(node, key);
    return part != NULL ? part : node;
}

static bool check_form(
    struct rp__plan_reader *reader, const struct rp__reference *reference)
{
    if (reference->fault != NULL) {
        rp__plan_problem(reader, reference->node,
            cJSON_IsString(reference->node)
                ? "write \"${{ name/pointer }}\", or \"$${{\" for a plain one"
                : "write { \"from\": \"name\", \"at\": \"/pointer\" }",
            "%s", reference->fault);
        return false;
    }
    if (!rp_json_pointer_valid(reference->pointer)) {
        rp__plan_problem(reader, part_of(reference->node, "at"),
            "a pointer is \"\" or begins with a slash, as \"/items/0\"",
            "%s is not a JSON pointer",
            rp__plan_shown_text(reader, reference->pointer));
        return false;
    }
    return true;
}

/* rp__template_visit */
static void check_reference(
    void *context, const struct rp__reference *reference)
{
    const struct index *index = context;
    struct rp__plan_reader *reader = index->reader;
    if (reader->problems->more || !check_form(reader, reference) ||
        rp_str_is(reference->name, "input")) {
        return;
    }
    const struct rp_plan_node *target = visible(index, reference->name);
    if (target == NULL) {
        report_unknown(
            index, part_of(reference->node, "from"), reference->name);
    } else {
        check_pointer(
            index, part_of(reference->node, "at"), target, reference->pointer);
    }
}

void rp__plan_references_check(struct rp__plan_reader *reader)
{
    uint32_t count = reader->whole->plan.node_count;
    struct index index = {.reader = reader, .count = count};
    index.sorted = rp_arena_array(
        reader->arena, count + 1u, sizeof(const struct rp_plan_node *));
    for (uint32_t i = 0; i < count; i++) {
        index.sorted[i] = reader->nodes[i];
    }
    qsort(index.sorted, count, sizeof(*index.sorted), compare_nodes);
    for (uint32_t i = 0; i < count && !reader->problems->more; i++) {
        index.node = reader->nodes[i];
        if (index.node->input != NULL) {
            rp__template_each(index.node->input, check_reference, &index);
        }
    }
}

/* rp__template_visit */
static void check_own_input(
    void *context, const struct rp__reference *reference)
{
    struct rp__plan_reader *reader = context;
    if (!check_form(reader, reference) || rp_str_is(reference->name, "input")) {
        return;
    }
    rp__plan_problem(reader, reference->node,
        "hand it over in the node's \"input\", then write ${{ input/... }}",
        "an agent sees its own \"input\" and nothing else, not %s",
        rp__plan_shown_text(reader, reference->name));
}

void rp__plan_agent_text_check(
    struct rp__plan_reader *reader, const cJSON *string)
{
    rp__template_each(string, check_own_input, reader);
}
