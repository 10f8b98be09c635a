/* The plan of a redacted session. */
#include <string.h>

#include "redact_session.h"
#include "redact_text.h"

bool rp__redact_relax(struct rp__redacting *r, const char *agent,
    const char *member, struct rp_str why)
{
    for (uint32_t i = 0; i < r->relaxed_count; i++) {
        const struct rp__relaxed *it = &r->relaxed[i];
        bool same = agent == NULL || it->agent == NULL
                        ? agent == it->agent
                        : strcmp(agent, it->agent) == 0;
        if (same && strcmp(member, it->member) == 0) {
            return false;
        }
    }
    if (r->relaxed_count == RP__RELAXED_MAX) {
        return false;
    }
    r->relaxed[r->relaxed_count++] =
        (struct rp__relaxed){agent, member, rp_arena_dup(r->arena, why)};
    return true;
}

static cJSON *member_of(cJSON *object, const char *name)
{
    return object == NULL ? NULL
                          : cJSON_GetObjectItemCaseSensitive(object, name);
}

/* A default input is no contract. */
static void relax(cJSON *plan, const struct rp__relaxed *relaxed)
{
    cJSON *owner = relaxed->agent == NULL
                       ? plan
                       : member_of(member_of(plan, "agents"), relaxed->agent);
    bool echo = strcmp(relaxed->member, "echo") == 0;
    const char *name = echo ? "contract" : relaxed->member;
    cJSON *contract = member_of(owner, name);
    cJSON *value = member_of(contract, "default");
    if (contract == NULL) {
        return;
    }
    cJSON *rest = cJSON_CreateObject();
    if (value != NULL && relaxed->agent == NULL) {
        rp_json_add(rest, "default", rp_json_copy(value));
    }
    cJSON_DeleteItemFromObjectCaseSensitive(owner, name);
    if (rest->child != NULL) {
        rp_json_add(owner, name, rest);
    } else {
        cJSON_Delete(rest);
    }
}

static void write_plan(const struct rp__redacting *r, struct rp_buf *out)
{
    struct rp_json_doc *doc = NULL;
    struct rp_buf text;
    rp_buf_init(&text, RP_PLAN_FROZEN_BYTES_MAX);
    (void)rp__redact_plan(r->values, rp_recording_plan(r->from)->frozen, &text);
    if (r->relaxed_count > 0 &&
        rp_json_read(&doc, rp_buf_str(&text), NULL, NULL) == RP_OK) {
        cJSON *plan = rp_json_copy(rp_json_root(doc));
        for (uint32_t i = 0; i < r->relaxed_count; i++) {
            relax(plan, &r->relaxed[i]);
        }
        rp_json_write_text(out, plan);
        cJSON_Delete(plan);
    } else {
        rp_buf_add(out, rp_buf_str(&text));
    }
    rp_json_free(&doc);
    rp_buf_fini(&text);
}

/* A document in the plan that breaks the contract it is held to. */
static bool relax_for(
    struct rp__redacting *r, const struct rp_plan_problem *problem)
{
    struct rp_str rest;
    struct rp_str pointer = rp_str_of(problem->pointer);
    struct rp_str why = rp_str_of(problem->message);
    if (rp_str_starts(pointer, RP_STR("/input/default"))) {
        return rp__redact_relax(r, NULL, "input", why);
    }
    if (!rp_str_starts(pointer, RP_STR("/agents/"))) {
        return false;
    }
    pointer.ptr += sizeof("/agents/") - 1;
    pointer.len -= sizeof("/agents/") - 1;
    struct rp_str name = rp_str_cut(pointer, '/', &rest);
    return rp_str_starts(rest, RP_STR("fallback/value")) &&
           rp__redact_relax(r, rp_arena_dup(r->arena, name), "output", why);
}

enum rp_code rp__redact_plan_read(
    struct rp__redacting *r, bool *again, struct rp_err *err)
{
    struct rp_buf text;
    struct rp_plan_problems problems = {0};
    struct rp_err why = RP_ERR_INIT;
    rp_plan_free(&r->plan);
    rp_buf_init(&text, RP_PLAN_FROZEN_BYTES_MAX);
    write_plan(r, &text);
    enum rp_code rc =
        rp_plan_read(&r->plan, rp_buf_str(&text), "/", NULL, &problems, &why);
    if (rc != RP_OK && problems.count > 0 && relax_for(r, &problems.items[0])) {
        *again = true;
        rc = RP_OK;
    } else if (rc != RP_OK) {
        rc = rp_err_set(err, RP_E_INVALID,
            "what the rules take out is needed in the plan: %s", why.text);
    }
    rp_plan_problems_fini(&problems);
    rp_buf_fini(&text);
    return rc;
}
