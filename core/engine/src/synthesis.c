/* What a synthesis was given and what it says it used. */
#include "engine_state.h"
#include "template.h"

#include <string.h>

#define GIVEN_MAX 1024

struct names {
    struct rp_str items[GIVEN_MAX];
    uint32_t count;
};

static bool has(const struct names *names, struct rp_str name)
{
    for (uint32_t i = 0; i < names->count; i++) {
        if (rp_str_equal(names->items[i], name)) {
            return true;
        }
    }
    return false;
}

static void add(struct names *names, struct rp_str name)
{
    if (names->count < GIVEN_MAX && !has(names, name)) {
        names->items[names->count++] = name;
    }
}

/* A parallel stands for its children, anything else for itself. */
static void add_given(
    const struct node_run *node, struct names *given, struct names *paths)
{
    if (node->plan->kind != RP_NODE_PARALLEL) {
        if (node->value != NULL) {
            add(given, rp_str_of(node->plan->id));
            add(paths, rp_str_of(node->path));
        }
        return;
    }
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (node->children[i]->value != NULL) {
            add(given, rp_str_of(node->children[i]->plan->id));
            add(paths, rp_str_of(node->children[i]->path));
        }
    }
}

static void find_given(
    const struct task *task, struct names *given, struct names *paths)
{
    struct rp_str names[64];
    size_t count =
        rp__template_names(task->node->plan->input, names, RP_COUNT_OF(names));
    for (size_t i = 0; i < count; i++) {
        const struct node_run *node = rp__flow_find(task->node, names[i]);
        if (node != NULL) {
            add_given(node, given, paths);
        }
    }
}

static void find_cited(const struct task *task, struct names *cited)
{
    const char *pointer = task->node->plan->cites;
    if (pointer == NULL) {
        return;
    }
    const cJSON *list = rp_json_at(task->value, rp_str_of(pointer));
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *name =
            cJSON_IsObject(item) ? rp_json_get(item, "source") : item;
        if (cJSON_IsString(name)) {
            add(cited, rp_str_of(name->valuestring));
        }
    }
}

/* a without b */
static void subtract(
    struct names *out, const struct names *a, const struct names *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        if (!has(b, a->items[i])) {
            add(out, a->items[i]);
        }
    }
}

static void attr_names(struct rp_engine *e, struct rp_decision *d,
    const char *name, const struct names *names)
{
    struct rp_str *items =
        rp_arena_array(e->step, names->count, sizeof(struct rp_str));
    for (uint32_t i = 0; i < names->count; i++) {
        items[i] = names->items[i];
    }
    rp__attr_list(d, name, items, names->count);
}

void rp__synthesis_decide(struct rp_engine *e, const struct task *task)
{
    struct names *sets = rp_arena_array(e->step, 5, sizeof(*sets));
    struct names *given = &sets[0], *paths = &sets[1], *cited = &sets[2];
    struct names *uncited = &sets[3], *unresolved = &sets[4];
    if (task->node->plan->input != NULL) {
        find_given(task, given, paths);
    }
    find_cited(task, cited);
    struct rp_decision *d =
        rp__decide(e, RP_DECISION_SYNTHESIS, task->path, RP_REASON_NONE);
    attr_names(e, d, "given", given);
    attr_names(e, d, "sources", paths);
    if (task->node->plan->cites == NULL) {
        return;
    }
    subtract(uncited, given, cited);
    subtract(unresolved, cited, given);
    attr_names(e, d, "cited", cited);
    attr_names(e, d, "uncited", uncited);
    attr_names(e, d, "unresolved", unresolved);
}
