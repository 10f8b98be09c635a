/* plan_freeze.c - the plan as one document with every default written out.
 *
 * The document is a plan itself, with what was found outside of it under
 * "$frozen": the files schemas refer to, the executables, the directory. It
 * is written in key form, so equal plans are equal bytes. Key form sorts
 * members: where the order of children was another one, "$order" keeps it.
 */
#include "plan_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "template.h"

static void set_text(cJSON *object, const char *name, const char *text)
{
    rp_json_add(object, name, cJSON_CreateString(text)); /* NUL as C0 80 */
}

static void set_int(cJSON *object, const char *name, int64_t value)
{
    rp_json_add(object, name, rp_json_new_int(value));
}

static void set_bool(cJSON *object, const char *name, bool value)
{
    rp_json_add(object, name, cJSON_CreateBool(value));
}

static void set_copy(cJSON *object, const char *name, const cJSON *node)
{
    if (node != NULL) {
        rp_json_add(object, name, rp_json_copy(node));
    }
}

static void set_contract(
    cJSON *object, const char *name, const struct rp__plan_contract *contract)
{
    set_copy(object, name, contract != NULL ? contract->node : NULL);
}

static cJSON *new_texts(const char *const *items, uint32_t count)
{
    cJSON *array = cJSON_CreateArray();
    for (uint32_t i = 0; i < count; i++) {
        (void)cJSON_AddItemToArray(array, cJSON_CreateString(items[i]));
    }
    return array;
}

static void add_duration(struct rp_buf *buf, struct rp_duration d)
{
    if (d.ns == INT64_MAX) {
        rp_buf_add_text(buf, "off");
    } else {
        rp_duration_write(buf, d);
    }
}

static void set_duration(cJSON *object, const char *name, struct rp_duration d)
{
    struct rp_buf text;
    rp_buf_init(&text, 128);
    add_duration(&text, d);
    set_text(object, name, text.ptr);
    rp_buf_fini(&text);
}

static void set_size(cJSON *object, const char *name, uint64_t bytes)
{
    struct rp_buf text;
    rp_buf_init(&text, 128);
    rp__plan_size_write(&text, bytes);
    set_text(object, name, text.ptr);
    rp_buf_fini(&text);
}

static cJSON *new_retry(const struct rp_retry *retry)
{
    cJSON *object = cJSON_CreateObject();
    struct rp_buf text;
    rp_buf_init(&text, 256);
    add_duration(&text, retry->backoff_min);
    rp_buf_add_text(&text, "..");
    add_duration(&text, retry->backoff_max);
    set_int(object, "attempts", retry->attempts);
    set_text(object, "backoff", text.ptr);
    rp_buf_fini(&text);
    cJSON *on = cJSON_CreateArray();
    for (unsigned i = 0; i < RP_CLASS_COUNT; i++) {
        if ((retry->on & 1u << i) != 0) {
            (void)cJSON_AddItemToArray(
                on, cJSON_CreateString(rp_class_name((enum rp_class)i)));
        }
    }
    rp_json_add(object, "on", on);
    return object;
}

static cJSON *new_env(const struct rp_plan_agent *agent)
{
    cJSON *object = cJSON_CreateObject();
    for (uint32_t i = 0; i < agent->env_count; i++) {
        const struct rp_plan_env *env = &agent->env[i];
        if (env->kind == RP_ENV_TEMPLATE) {
            set_copy(object, env->name, env->value);
            continue;
        }
        cJSON *source = cJSON_CreateObject();
        set_text(
            source, env->kind == RP_ENV_PASS ? "pass" : "secret", env->from);
        rp_json_add(object, env->name, source);
    }
    return object;
}

static void set_fallback(cJSON *object, const struct rp_plan_agent *agent)
{
    if (agent->fallback == RP_FALLBACK_NONE) {
        return;
    }
    cJSON *fallback = cJSON_CreateObject();
    if (agent->fallback == RP_FALLBACK_AGENT) {
        set_text(fallback, "agent", agent->fallback_agent->name);
    } else {
        set_copy(fallback, "value", agent->fallback_value);
    }
    rp_json_add(object, "fallback", fallback);
}

/* What an agent is asked to be: not how long it may take, nor how often. */
static cJSON *new_specification(
    const struct rp_plan_agent *agent, const struct rp__plan_source *source)
{
    cJSON *object = cJSON_CreateObject();
    set_copy(object, "exec", agent->exec);
    rp_json_add(object, "env", new_env(agent));
    set_text(object, "stdin", rp_stdin_mode_name(agent->stdin_mode));
    set_text(object, "stdout", rp_stdout_mode_name(agent->stdout_mode));
    set_contract(object, "input", source->input);
    set_contract(object, "output", source->output);
    if (source->cwd != NULL) {
        set_text(object, "cwd", source->cwd);
    }
    return object;
}

static cJSON *new_agent(
    const struct rp_plan_agent *agent, const struct rp__plan_source *source)
{
    cJSON *object = new_specification(agent, source);
    if (agent->echo_count > 0) {
        cJSON *contract = cJSON_CreateObject();
        rp_json_add(
            contract, "echo", new_texts(agent->echo, agent->echo_count));
        rp_json_add(object, "contract", contract);
    }
    set_text(object, "effects", rp_effects_name(agent->effects));
    set_duration(object, "timeout", agent->timeout);
    set_duration(object, "idle", agent->idle);
    set_duration(object, "deadline", agent->deadline);
    set_duration(object, "grace", agent->grace);
    set_duration(object, "linger", agent->linger);
    set_size(object, "output_max", agent->output_bytes_max);
    rp_json_add(object, "retry", new_retry(&agent->retry));
    set_bool(object, "optional", agent->optional);
    set_fallback(object, agent);
    return object;
}

/* --- flow --------------------------------------------------------------- */

static cJSON *new_conflict(const struct rp_conflict_rule *rule)
{
    cJSON *object = cJSON_CreateObject();
    set_text(object, "key", rule->key);
    set_text(object, "resolve",
        rule->resolve == RP_RESOLVE_PREFER ? "prefer" : "flag");
    if (rule->order_count > 0) {
        rp_json_add(object, "order", new_texts(rule->order, rule->order_count));
    }
    return object;
}

static cJSON *new_aggregate(const struct rp_aggregate_rule *rule)
{
    cJSON *object = cJSON_CreateObject();
    if (rule->facts) {
        cJSON *facts = cJSON_CreateObject();
        set_text(facts, "at", rule->at);
        set_text(facts, "key", rule->key);
        set_text(facts, "value", rule->value);
        rp_json_add(
            facts, "critical", new_texts(rule->critical, rule->critical_count));
        rp_json_add(object, "facts", facts);
    }
    if (rule->conflict_count > 0) {
        cJSON *conflicts = cJSON_CreateArray();
        for (uint32_t i = 0; i < rule->conflict_count; i++) {
            (void)cJSON_AddItemToArray(
                conflicts, new_conflict(&rule->conflicts[i]));
        }
        rp_json_add(object, "conflicts", conflicts);
    }
    return object;
}

static cJSON *new_node(const struct rp_plan_node *node);

static void set_agent_node(cJSON *object, const struct rp_plan_node *node)
{
    set_text(object, "agent", node->agent->name);
    set_copy(object, "input", node->input);
    if (node->role == RP_ROLE_SYNTHESIS) {
        set_text(object, "role", "synthesis");
    }
    if (node->cites != NULL) {
        set_text(object, "cites", node->cites);
    }
}

static void set_sequence(cJSON *object, const struct rp_plan_node *node)
{
    cJSON *list = cJSON_CreateArray();
    for (uint32_t i = 0; i < node->child_count; i++) {
        (void)cJSON_AddItemToArray(list, new_node(node->children[i]));
    }
    rp_json_add(object, "sequence", list);
}

static bool children_sorted(const struct rp_plan_node *node)
{
    for (uint32_t i = 1; i < node->child_count; i++) {
        if (strcmp(node->children[i - 1]->id, node->children[i]->id) > 0) {
            return false;
        }
    }
    return true;
}

static void set_parallel(cJSON *object, const struct rp_plan_node *node)
{
    cJSON *map = cJSON_CreateObject();
    cJSON *order = cJSON_CreateArray();
    uint32_t counted = 0;
    for (uint32_t i = 0; i < node->child_count; i++) {
        const struct rp_plan_node *child = node->children[i];
        rp_json_add(map, child->id, new_node(child));
        (void)cJSON_AddItemToArray(order, cJSON_CreateString(child->id));
        counted += child->optional ? 0 : 1;
    }
    rp_json_add(object, "parallel", map);
    if (children_sorted(node)) {
        cJSON_Delete(order);
    } else {
        rp_json_add(object, "$order", order);
    }
    if (node->need == counted) {
        set_text(object, "need", "all");
    } else {
        set_int(object, "need", node->need);
    }
    set_text(object, "join", node->join == RP_JOIN_ENOUGH ? "enough" : "all");
    if (node->aggregate != NULL) {
        rp_json_add(object, "aggregate", new_aggregate(node->aggregate));
    }
}

/* As deep as nodes may be nested. */
static cJSON *new_node(const struct rp_plan_node *node)
{
    cJSON *object = cJSON_CreateObject();
    if (node->id[0] != '\0') {
        set_text(object, "id", node->id);
    }
    set_bool(object, "optional", node->optional);
    switch (node->kind) {
    case RP_NODE_AGENT:
        set_agent_node(object, node);
        break;
    case RP_NODE_SEQUENCE:
        set_sequence(object, node);
        break;
    case RP_NODE_PARALLEL:
        set_parallel(object, node);
        break;
    }
    return object;
}

/* --- the whole ---------------------------------------------------------- */

static cJSON *new_budget(const struct rp_plan_budget *budget)
{
    cJSON *object = cJSON_CreateObject();
    set_duration(object, "wall", budget->wall);
    if (budget->attempts > 0) {
        set_int(object, "attempts", budget->attempts);
    }
    if (budget->reserve_permille > 0) {
        char text[32];
        (void)snprintf(text, sizeof(text), "%" PRIu32 ".%" PRIu32 "%%",
            budget->reserve_permille / 10, budget->reserve_permille % 10);
        cJSON *reserve = cJSON_CreateObject();
        set_text(reserve, "synthesis", text);
        rp_json_add(object, "reserve", reserve);
    }
    return object;
}

static cJSON *new_surroundings(const struct rp__plan_whole *whole)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *files = cJSON_CreateObject();
    for (const struct rp__plan_file *it = whole->files; it != NULL;
         it = it->next) {
        set_copy(files, it->name, it->root);
    }
    cJSON *executables = cJSON_CreateObject();
    for (const struct rp__plan_program *it = whole->programs; it != NULL;
         it = it->next) {
        char mtime[32];
        (void)snprintf(mtime, sizeof(mtime), "%" PRId64, it->mtime_ns);
        cJSON *entry = cJSON_CreateObject();
        set_text(entry, "path", it->path);
        set_int(entry, "size", it->size_bytes);
        set_text(entry, "mtime_ns", mtime);
        rp_json_add(executables, it->name, entry);
    }
    rp_json_add(object, "files", files);
    rp_json_add(object, "executables", executables);
    set_text(object, "dir", whole->plan.dir);
    return object;
}

static cJSON *new_plan(const struct rp__plan_whole *whole)
{
    const struct rp_plan *plan = &whole->plan;
    cJSON *object = cJSON_CreateObject();
    set_int(object, "reprise", RP_PLAN_VERSION);
    set_text(object, "name", plan->name);
    if (whole->description != NULL) {
        set_text(object, "description", whole->description);
    }
    set_contract(object, "input", whole->input);
    set_contract(object, "output", whole->output);
    rp_json_add(object, "budget", new_budget(&plan->budget));
    set_int(object, "concurrency", plan->concurrency);
    cJSON *agents = cJSON_CreateObject();
    for (uint32_t i = 0; i < plan->agent_count; i++) {
        rp_json_add(agents, plan->agents[i].name,
            new_agent(&plan->agents[i], &whole->sources[i]));
    }
    rp_json_add(object, "agents", agents);
    rp_json_add(object, "flow", new_node(plan->flow));
    rp_json_add(object, "$frozen", new_surroundings(whole));
    return object;
}

/* A contract is also what the files say that it refers to. */
static void add_files(cJSON *files, const struct rp__plan_contract *contract)
{
    for (uint32_t i = 0; contract != NULL && i < contract->file_count; i++) {
        const struct rp__plan_file *file = contract->files[i];
        if (rp_json_get(files, file->name) == NULL) {
            set_copy(files, file->name, file->root);
        }
    }
}

void rp__plan_specify(struct rp__plan_whole *whole)
{
    for (uint32_t i = 0; i < whole->plan.agent_count; i++) {
        struct rp_plan_agent *agent =
            (struct rp_plan_agent *)(uintptr_t)&whole->plan.agents[i];
        const struct rp__plan_source *source = &whole->sources[i];
        cJSON *object = new_specification(agent, source);
        cJSON *files = cJSON_CreateObject();
        add_files(files, source->input);
        add_files(files, source->output);
        rp_json_add(object, "files", files);
        agent->spec_digest = rp_json_key_digest(object);
        cJSON_Delete(object);
    }
}

bool rp__plan_freeze(struct rp__plan_whole *whole)
{
    struct rp_buf text;
    rp_buf_init(&text, RP_PLAN_FROZEN_BYTES_MAX);
    cJSON *document = new_plan(whole);
    rp_json_write_key(&text, document);
    cJSON_Delete(document);
    bool fits = !text.overflowed;
    if (fits) {
        struct rp_str bytes = rp_buf_str(&text);
        whole->plan.frozen =
            (struct rp_str){rp_arena_dup(whole->arena, bytes), bytes.len};
        whole->plan.digest = rp_digest_of(bytes);
    }
    rp_buf_fini(&text);
    return fits;
}
