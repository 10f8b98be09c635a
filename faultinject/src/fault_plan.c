/* Plans of faults: files of rules. */
#include <reprise/fault_rule.h>

#include <stdio.h>
#include <string.h>

#include "fault_params.h"

#define VERSION "1"

static enum rp_code fail(struct rp_err *err, const char *what)
{
    return rp_err_set(err, RP_E_INVALID, "reading a plan of faults: %s", what);
}

/* Every member is known, and "faults" says a version that is. */
static enum rp_code check_members(const cJSON *root, struct rp_err *err)
{
    static const char *const names[] = {
        "faults", "name", "note", "rules", "stop_when"};
    char scratch[32];
    const cJSON *member;
    const cJSON *version = rp_json_get(root, "faults");
    if (!cJSON_IsObject(root)) {
        return fail(err, "it must be an object with 'faults' and 'rules'");
    }
    if (!cJSON_IsNumber(version) ||
        !rp_str_is(rp_json_number_text(version, scratch), VERSION)) {
        return fail(err, "'faults' must be " VERSION ", its version");
    }
    cJSON_ArrayForEach(member, root)
    {
        size_t i = 0;
        while (
            i < RP_COUNT_OF(names) && strcmp(names[i], member->string) != 0) {
            i++;
        }
        if (i == RP_COUNT_OF(names)) {
            const char *near = rp_str_nearest(
                rp_str_of(member->string), names, RP_COUNT_OF(names));
            return rp_err_set(err, RP_E_INVALID,
                "reading a plan of faults: '%s' is no member of it%s%s%s",
                member->string, near == NULL ? "" : "; did you mean '",
                near == NULL ? "" : near, near == NULL ? "" : "'?");
        }
    }
    return RP_OK;
}

static enum rp_code add_rule(
    struct rp_fault_rules *rules, const cJSON *node, struct rp_err *err)
{
    struct rp_buf text;
    if (!cJSON_IsString(node) && !cJSON_IsObject(node)) {
        return fail(err, "a rule must be an object or a string");
    }
    rp_buf_init(&text, (size_t)1 << 20);
    if (cJSON_IsString(node)) {
        rp_buf_add_text(&text, node->valuestring);
    } else {
        rp_json_write_text(&text, node);
    }
    enum rp_code rc = text.overflowed
                          ? fail(err, "a rule is too long")
                          : rp_fault_rule_add(rules, rp_buf_str(&text), err);
    rp_buf_fini(&text);
    return rc;
}

static enum rp_code add_rules(
    struct rp_fault_rules *rules, const cJSON *list, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    const cJSON *node;
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) == 0) {
        return fail(err, "'rules' must be a list of one rule or more");
    }
    cJSON_ArrayForEach(node, list)
    {
        rc = rc == RP_OK ? add_rule(rules, node, err) : rc;
    }
    return rc;
}

/* ---- when it stops ---- */

/* What stands behind ">" or ">=". */
static struct rp_str bound_of(const cJSON *node)
{
    struct rp_str text =
        rp_str_of(cJSON_IsString(node) ? node->valuestring : "");
    if (!rp_str_starts(text, RP_STR(">"))) {
        return RP_STR("");
    }
    size_t skip = rp_str_starts(text, RP_STR(">=")) ? 2 : 1;
    return rp_str_trim((struct rp_str){text.ptr + skip, text.len - skip});
}

static enum rp_code stop_by_count(struct rp_fault_rules *rules, uint32_t from,
    const cJSON *node, struct rp_err *err)
{
    uint64_t count = 0;
    if (!rp__fault_digits(bound_of(node), &count) || count == 0) {
        return fail(err, "'fired' of 'stop_when' must be as \">= 5\"");
    }
    for (uint32_t i = from; i < rules->count; i++) {
        uint32_t *max = &rules->items[i].max_of_all;
        *max = *max == 0 || count < *max ? (uint32_t)count : *max;
    }
    return RP_OK;
}

static enum rp_code stop_by_time(struct rp_fault_rules *rules, uint32_t from,
    const cJSON *node, struct rp_err *err)
{
    struct rp_duration time;
    if (!rp_duration_parse(bound_of(node), &time)) {
        return fail(err, "'wall' of 'stop_when' must be as \"> 10m\"");
    }
    for (uint32_t i = from; i < rules->count; i++) {
        struct rp_fault_point *until = &rules->items[i].until_point;
        bool later = until->kind == RP_POINT_TIME && until->time.ns > time.ns;
        if (until->kind == RP_POINT_NONE || later) {
            *until =
                (struct rp_fault_point){.kind = RP_POINT_TIME, .time = time};
        } else if (until->kind != RP_POINT_TIME) {
            return fail(err, "a rule has an 'until' of its own, and "
                             "'stop_when' a 'wall'");
        }
    }
    return RP_OK;
}

static enum rp_code stop_by(struct rp_fault_rules *rules, uint32_t from,
    const cJSON *item, struct rp_err *err)
{
    static const char *const names[] = {"fired", "wall"};
    const cJSON *member = cJSON_IsObject(item) ? item->child : NULL;
    if (member == NULL || member->next != NULL) {
        return fail(err, "'stop_when' is a list of objects with one member, "
                         "'fired' or 'wall'");
    }
    if (strcmp(member->string, "fired") == 0) {
        return stop_by_count(rules, from, member, err);
    }
    if (strcmp(member->string, "wall") == 0) {
        return stop_by_time(rules, from, member, err);
    }
    const char *near =
        rp_str_nearest(rp_str_of(member->string), names, RP_COUNT_OF(names));
    return rp_err_set(err, RP_E_INVALID,
        "reading a plan of faults: '%s' is nothing that it can stop by (fired, "
        "wall)%s%s%s",
        member->string, near == NULL ? "" : "; did you mean '",
        near == NULL ? "" : near, near == NULL ? "" : "'?");
}

static enum rp_code read_stops(struct rp_fault_rules *rules, uint32_t from,
    const cJSON *list, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    const cJSON *item;
    if (list != NULL && !cJSON_IsArray(list)) {
        return fail(err, "'stop_when' must be a list");
    }
    cJSON_ArrayForEach(item, list)
    {
        rc = rc == RP_OK ? stop_by(rules, from, item, err) : rc;
    }
    return rc;
}

enum rp_code rp_fault_rules_read(
    struct rp_fault_rules *rules, struct rp_str text, struct rp_err *err)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_error error;
    struct rp_json_doc *doc = NULL;
    options.duplicates = RP_JSON_DUPLICATES_REFUSE;
    options.depth_max = 16;
    if (rp_json_read(&doc, text, &options, &error) != RP_OK) {
        return rp_err_set(err, RP_E_INVALID,
            "reading a plan of faults: %s at line %u, column %u", error.message,
            error.place.line, error.place.column);
    }
    const cJSON *root = rp_json_root(doc);
    uint32_t before = rules->count;
    enum rp_code rc = check_members(root, err);
    if (rc == RP_OK) {
        rc = add_rules(rules, rp_json_get(root, "rules"), err);
    }
    if (rc == RP_OK) {
        rc = read_stops(rules, before, rp_json_get(root, "stop_when"), err);
    }
    rp_json_free(&doc);
    return rc;
}
