/* Whether a rule is on a call; whether rules can match anything of a plan, and
 * what is near if not. */
#include "fault_fit.h"

#include <string.h>

#include <reprise/mem.h>
#include <reprise/rng.h>

/* ---- matching ---- */

static bool in_range(struct rp_fault_range range, uint32_t value)
{
    return value >= range.first && value <= range.last;
}

bool rp__fault_rule_is_on(
    const struct rp_fault_rule *rule, const char *path, const char *agent)
{
    struct rp_str glob = rp_str_of(rule->path);
    if (rule->kind == RP_FAULT_CRASH) {
        return false; /* it is on the orchestrator, not on a call */
    }
    if (rule->agent[0] != '\0') {
        return rp_str_glob(rp_str_of(rule->agent), rp_str_of(agent));
    }
    return rp_str_glob(glob, rp_str_of(path)) ||
           (rule->either && rp_str_glob(glob, rp_str_of(agent)));
}

bool rp_fault_rule_matches(
    const struct rp_fault_rule *rule, const struct rp_call *call, uint64_t seed)
{
    if (!rp__fault_rule_is_on(rule, call->task, call->agent_name) ||
        !in_range(rule->attempt, call->attempt)) {
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

enum rp_code rp_fault_rules_fit(const struct rp_fault_rules *rules,
    const struct rp_plan *plan, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0; rc == RP_OK && i < rules->count; i++) {
        struct fitting fitting = {
            .rule = &rules->items[i], .arena = rp_arena_new(0)};
        fit_node(&fitting, plan->flow, "");
        if (!fitting.fits && fitting.rule->kind != RP_FAULT_CRASH) {
            rc = misfit(&fitting, plan, err);
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
