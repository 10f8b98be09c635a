#include "plan_edit.h"

#include <string.h>

#include <reprise/limits.h>
#include <reprise/mem.h>

/* ---- finding ---- */

static void add_path(struct rp_buf *out, const struct rp_plan_node *node)
{
    if (node->parent != NULL) {
        add_path(out, node->parent);
    }
    if (node->id[0] != '\0') {
        rp_buf_addf(out, "%s%s", out->len == 0 ? "" : "/", node->id);
    }
}

/* Whether the node is an agent whose path fits. */
static bool is_at(
    const struct rp_plan_node *node, struct rp_str path, bool is_glob)
{
    struct rp_buf text;
    rp_buf_init(&text, RP_PLAN_FROZEN_BYTES_MAX);
    add_path(&text, node);
    bool fits = is_glob ? rp_str_glob(path, rp_buf_str(&text))
                        : rp_str_equal(path, rp_buf_str(&text));
    rp_buf_fini(&text);
    return fits;
}

/* As deep as nodes may be nested. */
static const struct rp_plan_node *find(
    const struct rp_plan_node *node, struct rp_str path, bool is_glob)
{
    const struct rp_plan_node *found = NULL;
    if (node->kind == RP_NODE_AGENT) {
        return is_at(node, path, is_glob) ? node : NULL;
    }
    for (uint32_t i = 0; i < node->child_count && found == NULL; i++) {
        found = find(node->children[i], path, is_glob);
    }
    return found;
}

const struct rp_plan_node *rp__plan_edit_node(
    const struct rp_plan *plan, const char *path)
{
    return find(plan->flow, rp_str_of(path), false);
}

bool rp__plan_has_task(const struct rp_plan *plan, struct rp_str glob)
{
    return find(plan->flow, glob, true) != NULL;
}

/* The node's object in the document that the plan was frozen to. */
static cJSON *object_of(cJSON *plan, const struct rp_plan_node *node)
{
    if (node->parent == NULL) {
        return cJSON_GetObjectItemCaseSensitive(plan, "flow");
    }
    cJSON *outer = object_of(plan, node->parent);
    if (node->parent->kind == RP_NODE_PARALLEL) {
        cJSON *children = cJSON_GetObjectItemCaseSensitive(outer, "parallel");
        return cJSON_GetObjectItemCaseSensitive(children, node->id);
    }
    int place = 0;
    while (node->parent->children[place] != node) {
        place++;
    }
    cJSON *children = cJSON_GetObjectItemCaseSensitive(outer, "sequence");
    return cJSON_GetArrayItem(children, place);
}

/* ---- a document as a plan writes it ---- */

/* "${{" would begin a reference. */
static void escape(struct rp_buf *out, struct rp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.len - i >= 3 && memcmp(text.ptr + i, "${{", 3) == 0) {
            rp_buf_add_char(out, '$');
        }
        rp_buf_add_char(out, text.ptr[i]);
    }
}

/* {"from": …}, alone or with "at": a plan has no other way to read it. */
static bool is_reference(const cJSON *node)
{
    bool from = false;
    for (const cJSON *it = cJSON_IsObject(node) ? node->child : NULL;
         it != NULL; it = it->next) {
        bool is_from = strcmp(it->string, "from") == 0;
        if (!is_from && strcmp(it->string, "at") != 0) {
            return false;
        }
        from = from || is_from;
    }
    return from;
}

/* A copy that stands for `node` in a template; NULL when there is none. */
static cJSON *quote(const cJSON *node)
{
    if (cJSON_IsString(node)) {
        struct rp_buf text;
        rp_buf_init(&text, 2u * RP_INPUT_BYTES_MAX);
        escape(&text, rp_str_of(node->valuestring));
        cJSON *string = cJSON_CreateString(text.len == 0 ? "" : text.ptr);
        rp_buf_fini(&text);
        return string;
    }
    if (!cJSON_IsObject(node) && !cJSON_IsArray(node)) {
        return rp_json_copy(node);
    }
    if (is_reference(node)) {
        return NULL;
    }
    cJSON *copy =
        cJSON_IsArray(node) ? cJSON_CreateArray() : cJSON_CreateObject();
    for (const cJSON *it = node->child; it != NULL && copy != NULL;
         it = it->next) {
        cJSON *value = quote(it);
        if (value == NULL) {
            cJSON_Delete(copy);
            copy = NULL;
        } else if (cJSON_IsArray(node)) {
            (void)cJSON_AddItemToArray(copy, value);
        } else {
            rp_json_add(copy, it->string, value);
        }
    }
    return copy;
}

/* ---- the plan ---- */

static enum rp_code read_again(struct rp_plan **out, const cJSON *document,
    const char *dir, struct rp_err *err)
{
    struct rp_plan_problems problems = {.arena = NULL};
    struct rp_buf text;
    rp_buf_init(&text, RP_PLAN_FROZEN_BYTES_MAX);
    rp_json_write_text(&text, document);
    enum rp_code rc =
        rp_plan_read(out, rp_buf_str(&text), dir, NULL, &problems, err);
    rp_plan_problems_fini(&problems);
    rp_buf_fini(&text);
    return rc;
}

enum rp_code rp__plan_edit_input(struct rp_plan **out,
    const struct rp_plan *plan, const struct rp_plan_node *node,
    const cJSON *input, struct rp_err *err)
{
    struct rp_json_doc *doc = NULL;
    cJSON *quoted = quote(input);
    if (quoted == NULL) {
        return rp_err_set(err, RP_E_INVALID,
            "an object with nothing but 'from' and 'at' is a reference in a "
            "plan and cannot stand in an input");
    }
    enum rp_code rc = rp_json_read(&doc, plan->frozen, NULL, NULL);
    RP_ASSERT(rc == RP_OK); /* it was written by us */
    cJSON *copy = rp_json_copy(rp_json_root(doc));
    rp_json_set(object_of(copy, node), "input", quoted);
    rc = read_again(out, copy, plan->dir, err);
    cJSON_Delete(copy);
    rp_json_free(&doc);
    return rc;
}
