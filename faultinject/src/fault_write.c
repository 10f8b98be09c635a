/* Rules written out in both notations. */
#include <reprise/fault_rule.h>

#include <inttypes.h>
#include <stdio.h>

#include "fault_expect.h"
#include "fault_params.h"
#include "fault_when.h"

/* "(cut=50%)", "(after=1s, signal=SIGTERM)"; a first parameter that stands
 * alone stands without its name. */
static void add_params(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    const struct rp_fault_param *param;
    uint32_t shown = 0;
    bool alone = rp_fault_param(rule->kind, 1) == NULL;
    for (uint32_t i = 0; (param = rp_fault_param(rule->kind, i)) != NULL; i++) {
        struct rp_buf value;
        rp_buf_init(&value, 256);
        rp__fault_param_write(&value, rule, param);
        if (value.len > 0) {
            rp_buf_add_text(out, shown++ == 0 ? "(" : ", ");
            rp_buf_addf(out, "%s%s%.*s", alone ? "" : param->name,
                alone ? "" : "=", RP_STR_ARG(rp_buf_str(&value)));
        }
        rp_buf_fini(&value);
    }
    rp_buf_add_text(out, shown > 0 ? ")" : "");
}

void rp_fault_rule_show(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    if (rule->agent[0] != '\0') {
        rp_buf_addf(out, "agent:%s", rule->agent);
    } else {
        rp_buf_addf(out, "%s%s", rule->either ? "" : "path:", rule->path);
    }
    rp__fault_match_show(out, rule);
    rp__fault_when_show(out, rule);
    rp_buf_addf(out, " : %s", rp_fault_name(rule->kind));
    add_params(out, rule);
    if (rule->expected != 0) {
        rp_buf_add_text(out, " => ");
        rp__fault_expect_show(out, rule);
    }
}

static void set_params(cJSON *what, const struct rp_fault_rule *rule)
{
    const struct rp_fault_param *param;
    for (uint32_t i = 0; (param = rp_fault_param(rule->kind, i)) != NULL; i++) {
        struct rp_buf value;
        rp_buf_init(&value, 256);
        rp__fault_param_write(&value, rule, param);
        if (value.len > 0) {
            rp_json_set_text(what, param->name, rp_buf_str(&value));
        }
        rp_buf_fini(&value);
    }
}

static cJSON *rule_json(const struct rp_fault_rule *rule)
{
    cJSON *object = cJSON_CreateObject();
    rp_json_set_text(object, "id", rp_str_of(rule->id));
    cJSON *on = cJSON_AddObjectToObject(object, "on");
    const char *name = rule->either ? "either" : "path";
    bool agent = rule->agent[0] != '\0';
    if (rp_fault_target(rule->kind) != NULL) {
        rp_json_set_text(on, rule->path, RP_STR("*"));
    } else {
        rp_json_set_text(on, agent ? "agent" : name,
            rp_str_of(agent ? rule->agent : rule->path));
    }
    rp__fault_match_json(on, rule);
    cJSON *when = rp__fault_when_json(rule);
    if (cJSON_GetArraySize(when) > 0) {
        rp_json_add(object, "when", when);
    } else {
        cJSON_Delete(when);
    }
    cJSON *what = cJSON_AddObjectToObject(object, "do");
    rp_json_set_text(what, "fault", rp_str_of(rp_fault_name(rule->kind)));
    set_params(what, rule);
    if (rule->expected != 0) {
        cJSON_AddItemToObject(object, "expect", rp__fault_expect_json(rule));
    }
    return object;
}

void rp_fault_rules_write(
    struct rp_buf *out, const struct rp_fault_rules *rules)
{
    cJSON *array = cJSON_CreateArray();
    for (uint32_t i = 0; i < rules->count; i++) {
        cJSON_AddItemToArray(array, rule_json(&rules->items[i]));
    }
    rp_json_write_text(out, array);
    cJSON_Delete(array);
}
