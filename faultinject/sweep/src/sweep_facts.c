#include "sweep_facts.h"

#include <inttypes.h>
#include <string.h>

#define ENTRIES_MAX 2000 /* of one list that are looked at */

struct shared {
    struct rp__sweep_places *out;
    struct rp_arena *arena;
};

static struct rp_json_doc *document_of(
    const struct rp_sweep_ground *ground, const struct rp_digest *digest)
{
    struct rp_str bytes;
    struct rp_json_doc *doc = NULL;
    if (rp_digest_is_zero(digest) ||
        rp_recording_payload(&bytes, ground->recording, digest, NULL) !=
            RP_OK ||
        rp_json_read(&doc, bytes, NULL, NULL) != RP_OK) {
        return NULL;
    }
    return doc;
}

/* What the short notation of a rule can hold. */
static bool is_plain(const char *pointer)
{
    return strpbrk(pointer, ",()= \"'") == NULL &&
           strlen(pointer) <= RP_FAULT_AT_LEN_MAX;
}

bool rp__sweep_facts_plain(const char *name)
{
    return is_plain(name) && strpbrk(name, "/~") == NULL;
}

static void add_place(const struct shared *s, const char *pointer)
{
    if (s->out->count < RP__SWEEP_PLACES_MAX && is_plain(pointer)) {
        s->out->items[s->out->count++] = pointer;
    }
}

static bool is_scalar(const cJSON *value)
{
    return cJSON_IsString(value) || cJSON_IsNumber(value) ||
           cJSON_IsBool(value);
}

/* ---- facts as the plan names them ---- */

static bool states(const cJSON *list, const struct rp_aggregate_rule *rule,
    const cJSON *key, const cJSON *value)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list)
    {
        const cJSON *other_key = rp_json_at(entry, rp_str_of(rule->key));
        const cJSON *other = rp_json_at(entry, rp_str_of(rule->value));
        if (other_key != NULL && other != NULL &&
            rp_json_key_equal(key, other_key) &&
            rp_json_key_equal(value, other)) {
            return true;
        }
    }
    return false;
}

static void share_named(const struct shared *s,
    const struct rp_aggregate_rule *rule, const cJSON *a, const cJSON *b)
{
    const cJSON *list = rp_json_at(a, rp_str_of(rule->at));
    const cJSON *other = rp_json_at(b, rp_str_of(rule->at));
    const cJSON *entry;
    uint32_t index = 0;
    if (!cJSON_IsArray(list) || !cJSON_IsArray(other)) {
        return;
    }
    cJSON_ArrayForEach(entry, list)
    {
        const cJSON *key = rp_json_at(entry, rp_str_of(rule->key));
        const cJSON *value = rp_json_at(entry, rp_str_of(rule->value));
        if (index < ENTRIES_MAX && key != NULL && is_scalar(value) &&
            states(other, rule, key, value)) {
            add_place(s, rp_arena_printf(s->arena, "%s/%" PRIu32 "%s", rule->at,
                             index, rule->value));
        }
        index++;
    }
}

/* ---- facts that look like some ---- */

static bool occurs_once(const cJSON *list, const cJSON *key)
{
    uint32_t count = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list)
    {
        const cJSON *other = rp_json_get(entry, key->string);
        count += cJSON_IsString(other) &&
                         strcmp(other->valuestring, key->valuestring) == 0
                     ? 1
                     : 0;
    }
    return count == 1;
}

/* The member that both entries have alike, besides their key. */
static const cJSON *same_member(
    const cJSON *a, const cJSON *b, const cJSON *key)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, a)
    {
        const cJSON *other = rp_json_get(b, member->string);
        if (member != key && other != NULL && is_scalar(member) &&
            rp_json_key_equal(member, other)) {
            return member;
        }
    }
    return NULL;
}

static const cJSON *entry_with(const cJSON *list, const cJSON *key)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list)
    {
        const cJSON *other = rp_json_get(entry, key->string);
        if (cJSON_IsString(other) &&
            strcmp(other->valuestring, key->valuestring) == 0) {
            return entry;
        }
    }
    return NULL;
}

static void share_entry(const struct shared *s, const cJSON *list,
    const cJSON *other, const cJSON *entry, uint32_t index)
{
    const cJSON *key;
    cJSON_ArrayForEach(key, entry)
    {
        const cJSON *twin = cJSON_IsString(key) ? entry_with(other, key) : NULL;
        const cJSON *same = twin == NULL ? NULL : same_member(entry, twin, key);
        if (same != NULL && occurs_once(list, key) && occurs_once(other, key)) {
            add_place(s, rp_arena_printf(s->arena, "/%s/%" PRIu32 "/%s",
                             list->string, index, same->string));
            return;
        }
    }
}

static void share_alike(const struct shared *s, const cJSON *a, const cJSON *b)
{
    const cJSON *list;
    cJSON_ArrayForEach(list, a)
    {
        const cJSON *other = rp_json_get(b, list->string);
        const cJSON *entry;
        uint32_t index = 0;
        if (!cJSON_IsArray(list) || !cJSON_IsArray(other)) {
            continue;
        }
        cJSON_ArrayForEach(entry, list)
        {
            if (index < ENTRIES_MAX && cJSON_IsObject(entry)) {
                share_entry(s, list, other, entry, index);
            }
            index++;
        }
    }
}

/* ---- siblings ---- */

static size_t parent_len(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path);
}

static bool are_siblings(const char *a, const char *b)
{
    size_t len = parent_len(a);
    return len > 0 && len == parent_len(b) && strcmp(a, b) != 0 &&
           strncmp(a, b, len) == 0;
}

static const struct rp_aggregate_rule *rule_of(
    const struct rp_plan_node *node, struct rp_str rest)
{
    struct rp_str tail;
    struct rp_str name = rp_str_cut(rest, '/', &tail);
    for (uint32_t i = 0; i < node->child_count; i++) {
        const struct rp_plan_node *child = node->children[i];
        if (rp_str_is(name, child->id)) {
            return tail.ptr == NULL ? child->aggregate : rule_of(child, tail);
        }
    }
    return NULL;
}

void rp__sweep_facts_shared(struct rp__sweep_places *out,
    struct rp_arena *arena, const struct rp_sweep_ground *ground,
    const struct rp_sweep_trace *baseline, const struct rp_sweep_task *task)
{
    struct shared s = {out, arena};
    struct rp_json_doc *own = document_of(ground, &task->output);
    struct rp_str parent = {task->path, parent_len(task->path)};
    const struct rp_aggregate_rule *rule =
        parent.len == 0 ? NULL : rule_of(ground->plan->flow, parent);
    out->count = 0;
    for (uint32_t i = 0; own != NULL && i < baseline->task_count; i++) {
        const struct rp_sweep_task *other = &baseline->tasks[i];
        struct rp_json_doc *doc = are_siblings(task->path, other->path)
                                      ? document_of(ground, &other->output)
                                      : NULL;
        if (doc != NULL && rule != NULL && rule->facts) {
            share_named(&s, rule, rp_json_root(own), rp_json_root(doc));
        } else if (doc != NULL) {
            share_alike(&s, rp_json_root(own), rp_json_root(doc));
        }
        rp_json_free(&doc);
    }
    rp_json_free(&own);
}

/* ---- what was asked ---- */

void rp__sweep_facts_asked(struct rp__sweep_places *out, struct rp_arena *arena,
    const struct rp_sweep_ground *ground, const struct rp_sweep_task *task)
{
    struct shared s = {out, arena};
    struct rp_json_doc *output = document_of(ground, &task->output);
    struct rp_json_doc *input = document_of(ground, &task->input);
    const cJSON *member;
    out->count = 0;
    const cJSON *root =
        output == NULL || input == NULL ? NULL : rp_json_root(output);
    cJSON_ArrayForEach(member, root)
    {
        const cJSON *asked = rp_json_get(rp_json_root(input), member->string);
        if (cJSON_IsString(member) && cJSON_IsString(asked) &&
            strcmp(member->valuestring, asked->valuestring) == 0 &&
            strpbrk(member->valuestring, "0123456789") != NULL) {
            add_place(&s, rp_arena_printf(arena, "/%s", member->string));
        }
    }
    rp_json_free(&output);
    rp_json_free(&input);
}
