/* Whether a rule is on a call; whether rules can match anything of a plan, and
 * what is near if not. */
#include "fault_fit.h"

#include <stdio.h>
#include <string.h>

#include <reprise/mem.h>
#include <reprise/rng.h>

#define INPUT_BYTES_MAX ((size_t)1 << 20)

/* ---- matching ---- */

static bool in_range(struct rp_fault_range range, uint32_t value)
{
    return value >= range.first && value <= range.last;
}

bool rp__fault_rule_is_on(
    const struct rp_fault_rule *rule, const char *path, const char *agent)
{
    struct rp_str glob = rp_str_of(rule->path);
    if (rp_fault_target(rule->kind) != NULL) {
        return false; /* it is on no call */
    }
    if (rule->agent[0] != '\0') {
        return rp_str_glob(rp_str_of(rule->agent), rp_str_of(agent));
    }
    return rp_str_glob(glob, rp_str_of(path)) ||
           (rule->either && rp_str_glob(glob, rp_str_of(agent)));
}

/* A text as it is, anything else as JSON. */
static bool matches_value(const cJSON *value, const char *glob)
{
    struct rp_buf text;
    if (cJSON_IsString(value)) {
        return rp_str_glob(rp_str_of(glob), rp_str_of(value->valuestring));
    }
    rp_buf_init(&text, INPUT_BYTES_MAX);
    rp_json_write_text(&text, value);
    bool matches = rp_str_glob(rp_str_of(glob), rp_buf_str(&text));
    rp_buf_fini(&text);
    return matches;
}

static bool matches_input(const struct rp_fault_rule *rule, struct rp_str input)
{
    struct rp_json_doc *doc = NULL;
    bool matches = true;
    if (rule->match_count == 0) {
        return true;
    }
    if (rp_json_read(&doc, input, NULL, NULL) != RP_OK) {
        return false;
    }
    for (uint32_t i = 0; i < rule->match_count; i++) {
        const cJSON *value =
            rp_json_at(rp_json_root(doc), rp_str_of(rule->matches[i].pointer));
        matches = matches && value != NULL &&
                  matches_value(value, rule->matches[i].glob);
    }
    rp_json_free(&doc);
    return matches;
}

bool rp_fault_rule_matches(
    const struct rp_fault_rule *rule, const struct rp_call *call, uint64_t seed)
{
    if (!rp__fault_rule_is_on(rule, call->task, call->agent_name) ||
        !in_range(rule->attempt, call->attempt) ||
        !matches_input(rule, call->input)) {
        return false;
    }
    uint64_t draw =
        rp_draw(seed, rp_str_of(call->task), rule->id, call->attempt);
    return draw % 1000 < rule->permille;
}

/* ---- a plan ---- */

/* One rule held against every task that a plan can have. */
struct fitting {
    const struct rp_fault_rule *rule;
    bool is_on; /* some task, whatever its number of attempts */
    bool fits;
    struct rp_arena *arena;
    const char **paths; /* of tasks, for "did you mean" */
    uint32_t path_count;
};

/* A task and the tasks of its stand-ins. */
static void fit_task(
    struct fitting *f, const struct rp_plan_agent *agent, const char *path)
{
    while (agent != NULL) {
        f->paths =
            rp_mem_grow(f->paths, f->path_count + 1, sizeof(const char *));
        f->paths[f->path_count++] = path;
        if (rp__fault_rule_is_on(f->rule, path, agent->name)) {
            f->is_on = true;
            f->fits =
                f->fits || f->rule->attempt.first <= agent->retry.attempts;
        }
        path = rp_arena_printf(f->arena, "%s/$fallback", path);
        agent =
            agent->fallback == RP_FALLBACK_AGENT ? agent->fallback_agent : NULL;
    }
}

/* Depth is bounded by RP_PLAN_NEST_MAX. */
static void fit_node(
    struct fitting *f, const struct rp_plan_node *node, const char *parent)
{
    bool both = parent[0] != '\0' && node->id[0] != '\0';
    const char *path =
        rp_arena_printf(f->arena, "%s%s%s", parent, both ? "/" : "", node->id);
    if (node->kind == RP_NODE_AGENT) {
        fit_task(f, node->agent, path);
    }
    for (uint32_t i = 0; i < node->child_count; i++) {
        fit_node(f, node->children[i], path);
    }
}

static const char *nearest(
    const struct fitting *f, const struct rp_plan *plan, struct rp_str word)
{
    const char *near = NULL;
    if (f->rule->agent[0] == '\0') {
        near = rp_str_nearest(word, f->paths, f->path_count);
    }
    if (near == NULL && (f->rule->either || f->rule->agent[0] != '\0')) {
        const char **names =
            rp_mem_array(plan->agent_count, sizeof(const char *));
        for (uint32_t i = 0; i < plan->agent_count; i++) {
            names[i] = plan->agents[i].name;
        }
        near = rp_str_nearest(word, names, plan->agent_count);
        rp_mem_free(names);
    }
    return near;
}

static enum rp_code misfit(
    const struct fitting *f, const struct rp_plan *plan, struct rp_err *err)
{
    const struct rp_fault_rule *rule = f->rule;
    const char *word = rule->agent[0] != '\0' ? rule->agent : rule->path;
    if (f->is_on) {
        return rp_err_set(err, RP_E_NOT_FOUND,
            "fault rule '%s': in plan '%s' no task of '%s' has an attempt %u",
            rule->id, plan->name, word, rule->attempt.first);
    }
    const char *near = nearest(f, plan, rp_str_of(word));
    return rp_err_set(err, RP_E_NOT_FOUND,
        "fault rule '%s': nothing in plan '%s' is called '%s'%s%s%s", rule->id,
        plan->name, word, near == NULL ? "" : "; did you mean '",
        near == NULL ? "" : near, near == NULL ? "" : "'?");
}

/* ---- conditions ---- */

static enum rp_code check_point(const struct rp_fault_rule *rule,
    const struct rp_fault_point *point, const struct rp_plan *plan,
    struct rp_err *err)
{
    struct rp_fault_rule as_rule = {.either = true};
    struct fitting f = {.rule = &as_rule, .arena = rp_arena_new(0)};
    enum rp_code rc = RP_OK;
    (void)snprintf(as_rule.path, sizeof(as_rule.path), "%s", point->task);
    as_rule.attempt.first = 1;
    fit_node(&f, plan->flow, "");
    if (!f.is_on) {
        const char *near = nearest(&f, plan, rp_str_of(point->task));
        rc = rp_err_set(err, RP_E_NOT_FOUND,
            "fault rule '%s': it waits for '%s', and nothing in plan '%s' is "
            "called so%s%s%s",
            rule->id, point->task, plan->name,
            near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
            near == NULL ? "" : "'?");
    }
    rp_mem_free(f.paths);
    rp_arena_free(&f.arena);
    return rc;
}

static enum rp_code check_after_rule(const struct rp_fault_rules *rules,
    const struct rp_fault_rule *rule, struct rp_err *err)
{
    const char *ids[RP_FAULT_RULES_MAX];
    for (uint32_t i = 0; i < rules->count; i++) {
        ids[i] = rules->items[i].id;
        if (strcmp(ids[i], rule->after_rule) == 0) {
            return RP_OK;
        }
    }
    const char *near =
        rp_str_nearest(rp_str_of(rule->after_rule), ids, rules->count);
    return rp_err_set(err, RP_E_NOT_FOUND,
        "fault rule '%s': there is no rule '%s' for it to come after%s%s%s",
        rule->id, rule->after_rule, near == NULL ? "" : "; did you mean '",
        near == NULL ? "" : near, near == NULL ? "" : "'?");
}

static bool is_event(const struct rp_fault_point *point)
{
    return point->kind == RP_POINT_BEGAN || point->kind == RP_POINT_ENDED;
}

static enum rp_code check_conditions(const struct rp_fault_rules *rules,
    const struct rp_fault_rule *rule, const struct rp_plan *plan,
    struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    if (is_event(&rule->after_point)) {
        rc = check_point(rule, &rule->after_point, plan, err);
    }
    if (rc == RP_OK && is_event(&rule->until_point)) {
        rc = check_point(rule, &rule->until_point, plan, err);
    }
    if (rc == RP_OK && rule->after_rule[0] != '\0') {
        rc = check_after_rule(rules, rule, err);
    }
    return rc;
}

enum rp_code rp_fault_rules_fit(const struct rp_fault_rules *rules,
    const struct rp_plan *plan, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0; rc == RP_OK && i < rules->count; i++) {
        struct fitting fitting = {
            .rule = &rules->items[i], .arena = rp_arena_new(0)};
        fit_node(&fitting, plan->flow, "");
        if (!fitting.fits && rp_fault_target(fitting.rule->kind) == NULL) {
            rc = misfit(&fitting, plan, err);
        }
        if (rc == RP_OK) {
            rc = check_conditions(rules, fitting.rule, plan, err);
        }
        rp_mem_free(fitting.paths);
        rp_arena_free(&fitting.arena);
    }
    return rc;
}

uint32_t rp_fault_rules_deaths(
    const struct rp_fault_rules *rules, uint64_t *deaths)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < rules->count; i++) {
        if (rules->items[i].kind != RP_FAULT_CRASH) {
            continue;
        }
        uint64_t record = rules->items[i].nth.first;
        uint32_t at = count++;
        while (at > 0 && deaths[at - 1] > record) {
            deaths[at] = deaths[at - 1];
            at--;
        }
        deaths[at] = record;
    }
    return count;
}
