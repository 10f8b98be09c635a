/* Reading, checking and writing rules. Both notations meet in one JSON form,
 * which one set of tables reads. */
#include <reprise/fault_rule.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <reprise/id.h>
#include <reprise/mem.h>

#include "fault_expect.h"
#include "fault_fit.h"
#include "fault_params.h"
#include "fault_shorthand.h"
#include "fault_when.h"

/* What rules are on that are on no worker. */
static const char *const targets[] = {"orchestrator", "store", "export"};

/* ---- words ---- */

static enum rp_code unknown(struct rp_err *err, const char *what,
    struct rp_str word, const char *const *names, size_t count)
{
    const char *near = rp_str_nearest(word, names, count);
    return rp__fault_rule_fail(err, "'%.*s' is no %s%s%s%s", RP_STR_ARG(word),
        what, near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
        near == NULL ? "" : "'?");
}

static struct rp_str text_of(const cJSON *node)
{
    return cJSON_IsString(node) ? rp_str_of(node->valuestring)
                                : (struct rp_str){NULL, 0};
}

/* A part of a rule, which is an object or missing. */
static enum rp_code read_part(
    const cJSON **out, const cJSON *rule, const char *name, struct rp_err *err)
{
    const cJSON *part = rp_json_get(rule, name);
    if (part != NULL && !cJSON_IsObject(part)) {
        return rp__fault_rule_fail(err, "'%s' must be an object", name);
    }
    *out = part;
    return RP_OK;
}

static enum rp_code known_members(const cJSON *object, const char *where,
    const char *const *names, size_t count, struct rp_err *err)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        bool known = false;
        for (size_t i = 0; i < count; i++) {
            known = known || strcmp(member->string, names[i]) == 0;
        }
        if (!known) {
            return unknown(err, where, rp_str_of(member->string), names, count);
        }
    }
    return RP_OK;
}

/* ---- the three parts ---- */

static enum rp_code read_kind(
    struct rp_str name, struct rp_fault_rule *rule, struct rp_err *err)
{
    const char *near = NULL;
    if (rp_fault_find(&rule->kind, name, &near)) {
        return RP_OK;
    }
    return rp__fault_rule_fail(err, "'%.*s' is no fault%s%s%s",
        RP_STR_ARG(name), near == NULL ? "" : "; did you mean '",
        near == NULL ? "" : near, near == NULL ? "" : "'?");
}

/* Only the shorthand leaves out the name of a fault's first parameter. */
static enum rp_code read_unnamed(const cJSON *what, const cJSON *node,
    struct rp_fault_rule *rule, struct rp_err *err)
{
    const struct rp_fault_param *first = rp_fault_param(rule->kind, 0);
    const char *name = first == NULL ? "" : first->name;
    if (name[0] != '\0' && rp_json_get(what, name) != NULL) {
        return rp__fault_rule_fail(err, "it says '%s' twice", name);
    }
    return rp__fault_param_read(rule, name, node, err);
}

static enum rp_code read_do(const cJSON *what, bool shorthand,
    struct rp_fault_rule *rule, struct rp_err *err)
{
    const cJSON *name = rp_json_get(what, "fault");
    if (!cJSON_IsString(name)) {
        return rp__fault_rule_fail(
            err, what == NULL ? "'do' is missing" : "'do' must name a fault");
    }
    enum rp_code rc = read_kind(text_of(name), rule, err);
    rp__fault_params_default(rule);
    const cJSON *member;
    cJSON_ArrayForEach(member, what)
    {
        if (rc != RP_OK || member == name) {
            continue;
        }
        rc = shorthand && member->string[0] == '\0'
                 ? read_unnamed(what, member, rule, err)
                 : rp__fault_param_read(rule, member->string, member, err);
    }
    return rc;
}

/* What paths, agents and globs are made of. */
static bool is_glob_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_-./*?$[]#", c) != NULL);
}

static enum rp_code copy_glob(
    char *out, size_t size, struct rp_str text, struct rp_err *err)
{
    if (text.len == 0 || text.len >= size) {
        return rp__fault_rule_fail(
            err, "'on' needs a name of 1 to %zu bytes", size - 1);
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!is_glob_byte(text.ptr[i])) {
            return rp__fault_rule_fail(
                err, "'on' has a character at byte %zu that no name has", i);
        }
    }
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return RP_OK;
}

static enum rp_code read_on(
    const cJSON *on, struct rp_fault_rule *rule, struct rp_err *err)
{
    static const char *const names[] = {
        "path", "agent", "either", "orchestrator", "store", "export", "match"};
    enum rp_code rc = known_members(on,
        "member of 'on' (path, agent, orchestrator, store, export, match)",
        names, RP_COUNT_OF(names), err);
    const cJSON *path = rp_json_get(on, "path");
    const cJSON *agent = rp_json_get(on, "agent");
    const cJSON *either = rp_json_get(on, "either");
    const cJSON *match = rp_json_get(on, "match");
    if (on == NULL) {
        return rp__fault_rule_fail(err, "'on' is missing");
    }
    if (rc == RP_OK && cJSON_GetArraySize(on) != (match == NULL ? 1 : 2)) {
        return rp__fault_rule_fail(err,
            "'on' needs exactly one of path, agent, orchestrator, store "
            "and export");
    }
    if (rc == RP_OK && agent != NULL) {
        rc = copy_glob(rule->agent, sizeof(rule->agent), text_of(agent), err);
    }
    if (rc == RP_OK && path != NULL) {
        rc = copy_glob(rule->path, sizeof(rule->path), text_of(path), err);
    }
    if (rc == RP_OK && either != NULL) {
        rule->either = true;
        rc = copy_glob(rule->path, sizeof(rule->path), text_of(either), err);
    }
    for (size_t i = 0; rc == RP_OK && i < RP_COUNT_OF(targets); i++) {
        const cJSON *target = rp_json_get(on, targets[i]);
        if (target != NULL) {
            rule->either = true;
            memcpy(rule->path, targets[i], strlen(targets[i]) + 1);
            rc = rp_str_is(text_of(target), "*")
                     ? RP_OK
                     : rp__fault_rule_fail(
                           err, "'%s' must be \"*\": there is one", targets[i]);
        }
    }
    if (rc == RP_OK) {
        rc = rp__fault_match_read(match, rule, err);
    }
    return rc;
}

static bool has_id(const struct rp_fault_rules *rules, const char *id)
{
    for (uint32_t i = 0; i < rules->count; i++) {
        if (strcmp(rules->items[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

static enum rp_code read_id(const struct rp_fault_rules *rules, const cJSON *id,
    struct rp_fault_rule *rule, struct rp_err *err)
{
    if (id == NULL) {
        uint32_t number = rules->count;
        do { /* ends: there are fewer rules than numbers */
            (void)snprintf(rule->id, sizeof(rule->id), "r%" PRIu32, ++number);
        } while (has_id(rules, rule->id));
        return RP_OK;
    }
    if (!rp_name_valid(text_of(id))) {
        return rp__fault_rule_fail(
            err, "'id' must be a name of letters, digits, _ and -");
    }
    (void)snprintf(rule->id, sizeof(rule->id), "%s", id->valuestring);
    return has_id(rules, rule->id) ? rp__fault_rule_fail(err,
                                         "two rules have the id '%s'", rule->id)
                                   : RP_OK;
}

static enum rp_code read_parts(const struct rp_fault_rules *rules,
    const cJSON *node, struct rp_fault_rule *rule, struct rp_err *err)
{
    const cJSON *on = NULL;
    const cJSON *when = NULL;
    enum rp_code rc = read_part(&on, node, "on", err);
    if (rc == RP_OK) {
        rc = read_part(&when, node, "when", err);
    }
    if (rc == RP_OK) {
        rc = read_id(rules, rp_json_get(node, "id"), rule, err);
    }
    if (rc == RP_OK) {
        rc = read_on(on, rule, err);
    }
    if (rc == RP_OK) {
        rc = rp__fault_when_read(when, rule, err);
    }
    if (rc == RP_OK) {
        rc = rp__fault_expect_read(rp_json_get(node, "expect"), rule, err);
    }
    return rc;
}

/* What is on no worker says on what, and takes no attempt and no chance; a
 * crash is behind one record. */
static enum rp_code check_target(
    const struct rp_fault_rule *rule, const cJSON *on, struct rp_err *err)
{
    const char *target = rp_fault_target(rule->kind);
    const char *name = rp_fault_name(rule->kind);
    bool crash = rule->kind == RP_FAULT_CRASH;
    for (size_t i = 0; target == NULL && i < RP_COUNT_OF(targets); i++) {
        if (rp_json_get(on, targets[i]) != NULL) {
            return rp__fault_rule_fail(
                err, "'%s' is on a worker, not on the %s", name, targets[i]);
        }
    }
    if (target == NULL) {
        return RP_OK;
    }
    if (!rule->either || strcmp(rule->path, target) != 0) {
        return rp__fault_rule_fail(err, "'%s' is of the %s: write '%s%s : %s'",
            name, target, target, crash ? " [3]" : "", name);
    }
    bool limited = rule->attempt.first != 1 ||
                   rule->attempt.last != UINT32_MAX || rule->permille != 1000 ||
                   rule->match_count > 0 ||
                   rule->after_point.kind != RP_POINT_NONE ||
                   rule->until_point.kind != RP_POINT_NONE ||
                   rule->after_rule[0] != '\0' || rule->max > 0;
    if (!crash && limited) {
        return rp__fault_rule_fail(err,
            "'%s' takes nothing but its number: write '%s [3] : %s'", name,
            target, name);
    }
    if (crash && (limited || rule->nth.first != rule->nth.last)) {
        return rp__fault_rule_fail(err,
            "'crash' is behind one record and takes nothing else: "
            "write 'orchestrator [3] : crash'");
    }
    return RP_OK;
}

/* The behaviour at `index` of several: on one attempt, the first of which is
 * the first that the rule is on. */
static enum rp_code take_turn(const struct rp_fault_rules *rules,
    struct rp_fault_rule *rule, uint32_t index, struct rp_err *err)
{
    char id[RP_FAULT_ID_LEN_MAX + 1];
    if (rule->attempt.last - rule->attempt.first < index) {
        return rp__fault_rule_fail(
            err, "'do' says more than there are attempts");
    }
    rule->attempt.first += index;
    rule->attempt.last = rule->attempt.first;
    if (index == 0) {
        return RP_OK;
    }
    int len = snprintf(id, sizeof(id), "%.*s-%" PRIu32, (int)sizeof(id) - 4,
        rule->id, index + 1);
    if (strlen(rule->id) > sizeof(id) - 4 || len < 0) {
        return rp__fault_rule_fail(
            err, "the id '%s' is too long for a list", rule->id);
    }
    memcpy(rule->id, id, sizeof(id));
    return has_id(rules, id)
               ? rp__fault_rule_fail(err, "two rules have the id '%s'", id)
               : RP_OK;
}

/* Successive behaviours are as many rules, one an attempt. */
static enum rp_code add_turns(struct rp_fault_rules *rules,
    const struct rp_fault_rule *first, const cJSON *list, bool shorthand,
    struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    uint32_t before = rules->count;
    const cJSON *what;
    cJSON_ArrayForEach(what, list)
    {
        struct rp_fault_rule rule = *first;
        if (rc != RP_OK) {
            continue;
        }
        if (rules->count == RP_FAULT_RULES_MAX) {
            rc = rp_err_set(err, RP_E_LIMIT, "more than %d fault rules",
                RP_FAULT_RULES_MAX);
            continue;
        }
        rc = take_turn(rules, &rule, rules->count - before, err);
        if (rc == RP_OK) {
            rc = cJSON_IsObject(what)
                     ? read_do(what, shorthand, &rule, err)
                     : rp__fault_rule_fail(
                           err, "'do' must be an object or a list of them");
        }
        if (rc == RP_OK) {
            rc = rp__fault_when_settle(&rule, err);
        }
        if (rc == RP_OK && rp_fault_target(rule.kind) != NULL) {
            rc = rp__fault_rule_fail(err,
                "'%s' cannot be one of several in turn",
                rp_fault_name(rule.kind));
        }
        if (rc == RP_OK) {
            rules->items[rules->count++] = rule;
        }
    }
    if (rc == RP_OK && rules->count == before) {
        rc = rp__fault_rule_fail(err, "'do' is an empty list");
    }
    rules->count = rc == RP_OK ? rules->count : before;
    return rc;
}

static enum rp_code add_turn(struct rp_fault_rules *rules,
    struct rp_fault_rule *rule, const cJSON *node, bool shorthand,
    struct rp_err *err)
{
    const cJSON *what = rp_json_get(node, "do");
    const cJSON *on = rp_json_get(node, "on");
    if (what != NULL && !cJSON_IsObject(what)) {
        return rp__fault_rule_fail(
            err, "'do' must be an object or a list of them");
    }
    enum rp_code rc = read_do(what, shorthand, rule, err);
    if (rc == RP_OK) {
        rc = check_target(rule, on, err);
    }
    if (rc == RP_OK) {
        rc = rp__fault_when_settle(rule, err);
    }
    if (rc == RP_OK) {
        rules->items[rules->count++] = *rule;
    }
    return rc;
}

static enum rp_code read_rule(struct rp_fault_rules *rules, const cJSON *node,
    bool shorthand, struct rp_err *err)
{
    static const char *const names[] = {"id", "on", "when", "do", "expect"};
    struct rp_fault_rule rule = {.amount = 0};
    if (!cJSON_IsObject(node)) {
        return rp__fault_rule_fail(
            err, "a rule is an object with 'on' and 'do'");
    }
    enum rp_code rc = known_members(
        node, "member of a rule (id, on, when, do, expect)", names, 5, err);
    if (rc == RP_OK) {
        rc = read_parts(rules, node, &rule, err);
    }
    if (rc != RP_OK) {
        return rc;
    }
    const cJSON *what = rp_json_get(node, "do");
    return cJSON_IsArray(what) ? add_turns(rules, &rule, what, shorthand, err)
                               : add_turn(rules, &rule, node, shorthand, err);
}

static enum rp_code check_text(
    const struct rp_fault_rules *rules, struct rp_str text, struct rp_err *err)
{
    size_t bad = 0;
    if (rules->count == RP_FAULT_RULES_MAX) {
        return rp_err_set(
            err, RP_E_LIMIT, "more than %d fault rules", RP_FAULT_RULES_MAX);
    }
    if (text.len > RP_FAULT_TEXT_MAX) {
        return rp_err_set(err, RP_E_LIMIT,
            "reading a fault rule: it has %zu bytes, at most %d are read",
            text.len, RP_FAULT_TEXT_MAX);
    }
    if (!rp_utf8_valid(text, &bad)) {
        return rp__fault_rule_fail(
            err, "it is not valid UTF-8 at byte %zu", bad);
    }
    return rp_str_trim(text).len > 0 ? RP_OK
                                     : rp__fault_rule_fail(err, "it is empty");
}

static enum rp_code add_json(
    struct rp_fault_rules *rules, struct rp_str text, struct rp_err *err)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_error error;
    struct rp_json_doc *doc = NULL;
    options.duplicates = RP_JSON_DUPLICATES_REFUSE;
    options.depth_max = 16;
    if (rp_json_read(&doc, text, &options, &error) != RP_OK) {
        return rp__fault_rule_fail(
            err, "%s at byte %zu", error.message, error.place.byte);
    }
    enum rp_code rc = read_rule(rules, rp_json_root(doc), false, err);
    rp_json_free(&doc);
    return rc;
}

enum rp_code rp_fault_rule_add(
    struct rp_fault_rules *rules, struct rp_str text, struct rp_err *err)
{
    enum rp_code rc = check_text(rules, text, err);
    if (rc != RP_OK) {
        return rc;
    }
    if (rp_str_starts(rp_str_trim(text), RP_STR("{"))) {
        return add_json(rules, text, err);
    }
    cJSON *rule = rp__fault_shorthand(text, err);
    if (rule == NULL) {
        return RP_E_INVALID;
    }
    rc = read_rule(rules, rule, true, err);
    cJSON_Delete(rule);
    return rc;
}
