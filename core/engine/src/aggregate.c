/* aggregate: finished work merged in byte order of its names, so that the
 * result does not depend on who came first. Facts with the same key and value
 * are one fact with several sources; different values are a conflict, which
 * is resolved by a rule or flagged, and told in either case. */
#include "engine_state.h"

#include <string.h>

/* One value that somebody states for a key. */
struct candidate {
    const cJSON *value;
    char *form; /* key form, to compare by */
    const char **sources;
    uint32_t source_count, source_room;
};

struct fact {
    const cJSON *key;
    char *name; /* a string key's text, else its key form */
    struct candidate *candidates;
    uint32_t candidate_count, candidate_room;
};

struct facts {
    struct fact *items;
    uint32_t count, room;
    uint32_t *slots; /* open addressing by name: index + 1, or 0 */
    uint32_t slot_count;
};

/* ---- collecting ---- */

static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *c = text; *c != '\0'; c++) {
        hash = (hash ^ (uint8_t)*c) * UINT64_C(1099511628211);
    }
    return hash;
}

static void rehash(struct facts *facts)
{
    facts->slot_count = facts->slot_count == 0 ? 64 : facts->slot_count * 2;
    rp_mem_free(facts->slots);
    facts->slots = rp_mem_array(facts->slot_count, sizeof(uint32_t));
    for (uint32_t i = 0; i < facts->count; i++) {
        uint64_t at = hash_of(facts->items[i].name) % facts->slot_count;
        while (facts->slots[at] != 0) {
            at = (at + 1) % facts->slot_count;
        }
        facts->slots[at] = i + 1;
    }
}

/* Takes ownership of `name`. */
static struct fact *fact_named(
    struct facts *facts, char *name, const cJSON *key)
{
    if (facts->count * 2 >= facts->slot_count) {
        rehash(facts);
    }
    uint64_t at = hash_of(name) % facts->slot_count;
    for (; facts->slots[at] != 0; at = (at + 1) % facts->slot_count) {
        RP_ASSERT(facts->items != NULL);
        struct fact *known = &facts->items[facts->slots[at] - 1];
        if (strcmp(known->name, name) == 0) {
            rp_mem_free(name);
            return known;
        }
    }
    facts->items = rp_mem_room(
        facts->items, facts->count, &facts->room, sizeof(struct fact));
    struct fact *fact = &facts->items[facts->count++];
    *fact = (struct fact){.key = key, .name = name};
    facts->slots[at] = facts->count;
    return fact;
}

/* Takes ownership of `form`. */
static struct candidate *candidate_of(
    struct fact *fact, char *form, const cJSON *value)
{
    for (uint32_t i = 0; i < fact->candidate_count; i++) {
        if (strcmp(fact->candidates[i].form, form) == 0) {
            rp_mem_free(form);
            return &fact->candidates[i];
        }
    }
    fact->candidates = rp_mem_room(fact->candidates, fact->candidate_count,
        &fact->candidate_room, sizeof(struct candidate));
    struct candidate *c = &fact->candidates[fact->candidate_count++];
    *c = (struct candidate){.value = value, .form = form};
    return c;
}

static void add_source(struct candidate *c, const char *source)
{
    if (c->source_count > 0 &&
        strcmp(c->sources[c->source_count - 1], source) == 0) {
        return; /* children come one after the other */
    }
    c->sources = rp_mem_room(
        c->sources, c->source_count, &c->source_room, sizeof(const char *));
    c->sources[c->source_count++] = source;
}

static char *key_form(const cJSON *node)
{
    struct rp_buf buf;
    rp_buf_init(&buf, RP_RECORD_BYTES_MAX);
    rp_json_write_key(&buf, node);
    return rp_buf_take(&buf, NULL);
}

static char *name_of(const cJSON *key)
{
    return cJSON_IsString(key) ? rp_mem_dup(rp_str_of(key->valuestring))
                               : key_form(key);
}

static void collect(struct facts *facts, const struct rp_aggregate_rule *rule,
    const struct node_run *child)
{
    const cJSON *stated = rp_json_at(child->value, rp_str_of(rule->at));
    const cJSON *item;
    cJSON_ArrayForEach(item, stated)
    {
        const cJSON *key = rp_json_at(item, rp_str_of(rule->key));
        const cJSON *value = rp_json_at(item, rp_str_of(rule->value));
        if (key == NULL || value == NULL) {
            continue;
        }
        struct fact *fact = fact_named(facts, name_of(key), key);
        add_source(candidate_of(fact, key_form(value), value), child->plan->id);
    }
}

static void facts_fini(struct facts *facts)
{
    for (uint32_t i = 0; i < facts->count; i++) {
        struct fact *fact = &facts->items[i];
        for (uint32_t k = 0; k < fact->candidate_count; k++) {
            rp_mem_free(fact->candidates[k].form);
            rp_mem_free(fact->candidates[k].sources);
        }
        rp_mem_free(fact->candidates);
        rp_mem_free(fact->name);
    }
    rp_mem_free(facts->items);
    rp_mem_free(facts->slots);
}

/* ---- conflicts ---- */

static const struct rp_conflict_rule *rule_for(
    const struct rp_aggregate_rule *rule, const char *name)
{
    for (uint32_t i = 0; i < rule->conflict_count; i++) {
        struct rp_str glob = rp_str_of(rule->conflicts[i].key);
        if (rp_str_is(glob, "*") || rp_str_glob(glob, rp_str_of(name))) {
            return &rule->conflicts[i];
        }
    }
    return NULL;
}

static bool has_source(const struct candidate *c, const char *source)
{
    for (uint32_t i = 0; i < c->source_count; i++) {
        if (strcmp(c->sources[i], source) == 0) {
            return true;
        }
    }
    return false;
}

/* The candidate of the best source that states exactly one; NULL if none. */
static const struct candidate *preferred(
    const struct fact *fact, const struct rp_conflict_rule *rule)
{
    for (uint32_t i = 0; i < rule->order_count; i++) {
        const struct candidate *found = NULL;
        uint32_t count = 0;
        for (uint32_t k = 0; k < fact->candidate_count; k++) {
            if (has_source(&fact->candidates[k], rule->order[i])) {
                found = &fact->candidates[k];
                count++;
            }
        }
        if (count == 1) {
            return found;
        }
    }
    return NULL;
}

static bool is_critical(const struct rp_aggregate_rule *rule, const char *name)
{
    for (uint32_t i = 0; i < rule->critical_count; i++) {
        if (rp_str_glob(rp_str_of(rule->critical[i]), rp_str_of(name))) {
            return true;
        }
    }
    return false;
}

static cJSON *sources_array(const struct candidate *c)
{
    cJSON *sources = cJSON_CreateArray();
    for (uint32_t i = 0; i < c->source_count; i++) {
        cJSON_AddItemToArray(
            sources, rp_json_new_string(rp_str_of(c->sources[i])));
    }
    return sources;
}

static cJSON *candidates_array(const struct fact *fact)
{
    cJSON *candidates = cJSON_CreateArray();
    for (uint32_t i = 0; i < fact->candidate_count; i++) {
        const struct candidate *c = &fact->candidates[i];
        for (uint32_t k = 0; k < c->source_count; k++) {
            cJSON *entry = cJSON_CreateObject();
            rp_json_set_text(entry, "source", rp_str_of(c->sources[k]));
            rp_json_set(entry, "value", rp_json_share(c->value));
            cJSON_AddItemToArray(candidates, entry);
        }
    }
    return candidates;
}

struct conflict {
    enum rp_reason kind;            /* NONE: no conflict */
    const struct candidate *chosen; /* NULL: flagged */
    const char *resolution;
};

static struct conflict conflict_of(
    const struct rp_aggregate_rule *rule, const struct fact *fact)
{
    struct conflict conflict = {RP_REASON_NONE, NULL, "flag"};
    if (fact->candidate_count > 1) {
        conflict.kind = RP_REASON_DISAGREE;
        const struct rp_conflict_rule *how = rule_for(rule, fact->name);
        if (how != NULL && how->resolve == RP_RESOLVE_PREFER) {
            conflict.chosen = preferred(fact, how);
        }
        if (conflict.chosen != NULL) {
            conflict.resolution = "prefer";
        }
    } else if (fact->candidates[0].source_count == 1 &&
               is_critical(rule, fact->name)) {
        conflict.kind = RP_REASON_UNCORROBORATED;
    }
    return conflict;
}

static void tell_conflict(struct rp_engine *e, const char *path,
    const struct fact *fact, const struct conflict *conflict)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < fact->candidate_count; i++) {
        count += fact->candidates[i].source_count;
    }
    struct rp_str *sources =
        rp_arena_array(e->step, count, sizeof(struct rp_str));
    count = 0;
    for (uint32_t i = 0; i < fact->candidate_count; i++) {
        for (uint32_t k = 0; k < fact->candidates[i].source_count; k++) {
            sources[count++] = rp_str_of(fact->candidates[i].sources[k]);
        }
    }
    struct rp_decision *d =
        rp__decide(e, RP_DECISION_CONFLICT, path, conflict->kind);
    rp__attr_word(e, d, "key", fact->name);
    rp__attr_word(e, d, "kind", rp_reason_name(conflict->kind));
    rp__attr_word(e, d, "resolution", conflict->resolution);
    if (conflict->chosen != NULL) {
        rp__attr_word(e, d, "chosen", conflict->chosen->sources[0]);
    }
    rp__attr_list(d, "sources", sources, count);
}

static cJSON *conflict_entry(
    const struct fact *fact, const struct conflict *conflict)
{
    cJSON *entry = cJSON_CreateObject();
    rp_json_set(entry, "key", rp_json_copy(fact->key));
    rp_json_set_text(entry, "kind", rp_str_of(rp_reason_name(conflict->kind)));
    rp_json_set(entry, "candidates", candidates_array(fact));
    rp_json_set_text(entry, "resolution", rp_str_of(conflict->resolution));
    cJSON *chosen = cJSON_CreateNull();
    if (conflict->chosen != NULL) {
        cJSON_Delete(chosen);
        chosen = cJSON_CreateObject();
        rp_json_set_text(
            chosen, "source", rp_str_of(conflict->chosen->sources[0]));
        rp_json_set(chosen, "value", rp_json_share(conflict->chosen->value));
    }
    rp_json_set(entry, "chosen", chosen);
    return entry;
}

/* ---- the document ---- */

static void add_fact(
    cJSON *list, const struct fact *fact, const struct candidate *c)
{
    cJSON *entry = cJSON_CreateObject();
    rp_json_set(entry, "key", rp_json_copy(fact->key));
    rp_json_set(entry, "value", rp_json_share(c->value));
    rp_json_set(entry, "sources", sources_array(c));
    cJSON_AddItemToArray(list, entry);
}

/* A fact whose conflict is flagged is no fact: it is told as a conflict. */
static void merge_facts(struct rp_engine *e, const struct node_run *node,
    const char *path, cJSON *facts_out, cJSON *conflicts_out)
{
    const struct rp_aggregate_rule *rule = node->plan->aggregate;
    struct facts facts = {.count = 0};
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (node->children[i]->value != NULL) {
            collect(&facts, rule, node->children[i]);
        }
    }
    for (uint32_t i = 0; i < facts.count; i++) {
        const struct fact *fact = &facts.items[i];
        struct conflict conflict = conflict_of(rule, fact);
        const struct candidate *holds = conflict.chosen;
        if (conflict.kind != RP_REASON_DISAGREE) {
            holds = &fact->candidates[0];
        }
        if (holds != NULL) {
            add_fact(facts_out, fact, holds);
        }
        if (conflict.kind != RP_REASON_NONE) {
            tell_conflict(e, path, fact, &conflict);
            cJSON_AddItemToArray(
                conflicts_out, conflict_entry(fact, &conflict));
        }
    }
    facts_fini(&facts);
}

/* Delivered, but not by whom it was asked of, is said too. */
static void add_outputs(const struct node_run *node, cJSON *outputs,
    cJSON *missing, cJSON *substituted)
{
    for (uint32_t i = 0; i < node->child_count; i++) {
        const struct node_run *child = node->children[i];
        if (child->value != NULL) {
            rp_json_set(outputs, child->plan->id, rp_json_share(child->value));
        }
        if (child->status == RP_TASK_OK ||
            child->failure.reason == RP_REASON_ENOUGH) {
            continue;
        }
        cJSON *entry = cJSON_CreateObject();
        rp_json_set_text(entry, "name", rp_str_of(child->plan->id));
        rp_json_set_text(
            entry, "status", rp_str_of(rp_task_status_name(child->status)));
        rp_json_set_text(
            entry, "reason", rp_str_of(rp_reason_name(child->failure.reason)));
        cJSON_AddItemToArray(
            child->value == NULL ? missing : substituted, entry);
    }
}

static void keep_conflicts(struct rp_engine *e, const cJSON *conflicts)
{
    const cJSON *conflict;
    cJSON_ArrayForEach(conflict, conflicts)
    {
        e->conflicts = rp_mem_room(e->conflicts, e->conflict_count,
            &e->conflict_room, sizeof(const cJSON *));
        e->conflicts[e->conflict_count++] = conflict;
    }
}

const cJSON *rp__aggregate(struct rp_engine *e, struct node_run *node)
{
    const char *path = node->path[0] == '\0' ? "$aggregate"
                                             : rp_arena_printf(e->session,
                                                   "%s/$aggregate", node->path);
    cJSON *merged = cJSON_CreateObject();
    cJSON *outputs = cJSON_AddObjectToObject(merged, "outputs");
    cJSON *facts = cJSON_AddArrayToObject(merged, "facts");
    cJSON *conflicts = cJSON_AddArrayToObject(merged, "conflicts");
    cJSON *missing = cJSON_AddArrayToObject(merged, "missing");
    cJSON *substituted = cJSON_AddArrayToObject(merged, "substituted");
    add_outputs(node, outputs, missing, substituted);
    if (node->plan->aggregate->facts) {
        merge_facts(e, node, path, facts, conflicts);
    }
    keep_conflicts(e, conflicts);
    struct rp_digest digest;
    (void)rp__make_text(e, rp__keep_tree(e, merged), &digest);
    struct rp_decision *d =
        rp__decide(e, RP_DECISION_AGGREGATED, path, RP_REASON_OK);
    rp__attr_int(d, "delivered", cJSON_GetArraySize(outputs));
    rp__attr_int(d, "missing", cJSON_GetArraySize(missing));
    rp__attr_int(d, "facts", cJSON_GetArraySize(facts));
    rp__attr_int(d, "conflicts", cJSON_GetArraySize(conflicts));
    rp__attr_digest(e, d, "output", &digest);
    return merged;
}
