/* Rules written out in both notations. */
#include <reprise/fault_rule.h>

#include <inttypes.h>
#include <stdio.h>

#include "fault_expect.h"
#include "fault_params.h"

static void add_range(struct rp_buf *out, struct rp_fault_range range)
{
    rp_buf_addf(out, "%" PRIu32, range.first);
    if (range.last == UINT32_MAX) {
        rp_buf_add_char(out, '+');
    } else if (range.last != range.first) {
        rp_buf_addf(out, "..%" PRIu32, range.last);
    }
}

static bool is_limited(struct rp_fault_range range)
{
    return range.first != 1 || range.last != UINT32_MAX;
}

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
    if (is_limited(rule->nth)) {
        rp_buf_add_text(out, " [");
        add_range(out, rule->nth);
        rp_buf_add_char(out, ']');
    }
    if (is_limited(rule->attempt)) {
        rp_buf_add_text(out, " @");
        add_range(out, rule->attempt);
    }
    if (rule->permille < 1000) {
        rp_buf_addf(out, " ?%" PRIu32 "%%", rule->permille / 10);
    }
    rp_buf_addf(out, " : %s", rp_fault_name(rule->kind));
    add_params(out, rule);
    if (rule->expected != 0) {
        rp_buf_add_text(out, " => ");
        rp__fault_expect_show(out, rule);
    }
}

static void set_range(
    cJSON *object, const char *name, struct rp_fault_range range)
{
    struct rp_buf text;
    rp_buf_init(&text, 64);
    add_range(&text, range);
    rp_json_set_text(object, name, rp_buf_str(&text));
    rp_buf_fini(&text);
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
    if (rule->kind == RP_FAULT_CRASH) {
        rp_json_set_text(on, rule->path, RP_STR("*"));
    } else {
        rp_json_set_text(on, agent ? "agent" : name,
            rp_str_of(agent ? rule->agent : rule->path));
    }
    cJSON *when = cJSON_AddObjectToObject(object, "when");
    set_range(when, "nth", rule->nth);
    set_range(when, "attempt", rule->attempt);
    char percent[16];
    (void)snprintf(
        percent, sizeof(percent), "%" PRIu32 "%%", rule->permille / 10);
    rp_json_set_text(when, "prob", rp_str_of(percent));
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

const char *rp_fault_schema(void)
{
    return "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
           "\"title\":\"A fault rule\",\"type\":\"object\","
           "\"required\":[\"on\",\"do\"],\"additionalProperties\":false,"
           "\"properties\":{"
           "\"id\":{\"type\":\"string\","
           "\"pattern\":\"^[A-Za-z][A-Za-z0-9_-]{0,63}$\"},"
           "\"on\":{\"type\":\"object\",\"minProperties\":1,"
           "\"maxProperties\":1,\"additionalProperties\":false,"
           "\"properties\":{\"path\":{\"type\":\"string\"},"
           "\"agent\":{\"type\":\"string\"},"
           "\"either\":{\"type\":\"string\"},"
           "\"orchestrator\":{\"const\":\"*\"}}},"
           "\"when\":{\"type\":\"object\",\"additionalProperties\":false,"
           "\"properties\":{\"nth\":{\"$ref\":\"#/$defs/range\"},"
           "\"attempt\":{\"$ref\":\"#/$defs/range\"},"
           "\"prob\":{\"type\":\"string\","
           "\"pattern\":\"^[0-9]{1,3}%$\"}}},"
           "\"do\":{\"anyOf\":[{\"$ref\":\"#/$defs/behaviour\"},"
           "{\"type\":\"array\",\"minItems\":1,"
           "\"items\":{\"$ref\":\"#/$defs/behaviour\"}}]},"
           "\"expect\":{\"anyOf\":[{\"$ref\":\"#/$defs/verdicts\"},"
           "{\"type\":\"object\",\"required\":[\"verdict\"],"
           "\"additionalProperties\":false,\"properties\":{"
           "\"verdict\":{\"$ref\":\"#/$defs/verdicts\"},"
           "\"within\":{\"type\":\"string\"}}}]}},"
           "\"$defs\":{\"behaviour\":{"
           "\"type\":\"object\",\"required\":[\"fault\"],"
           "\"additionalProperties\":false,\"properties\":{"
           "\"fault\":{\"minLength\":1,\"enum\":["
#define RP_FAULT(NAME, name, class, done, seen, proves, variants)              \
    "\"" name "\","
#include <reprise/fault.def>
#undef RP_FAULT
           "\"\"]},"
           "\"by\":{\"type\":\"string\"},"
           "\"at\":{\"type\":\"string\",\"format\":\"json-pointer\"},"
           "\"cut\":{\"type\":[\"string\",\"integer\"]},"
           "\"after\":{\"type\":\"string\"},"
           "\"status\":{\"type\":[\"string\",\"integer\"]},"
           "\"form\":{\"type\":\"string\"},"
           "\"count\":{\"type\":[\"string\",\"integer\"]},"
           "\"time\":{\"type\":\"string\"},"
           "\"size\":{\"type\":[\"string\",\"integer\"]},"
           "\"where\":{\"enum\":[\"before\",\"inside\",\"after\"]},"
           "\"moment\":{\"enum\":[\"before\",\"after\"]},"
           "\"signal\":{\"enum\":[\"SIGKILL\",\"SIGTERM\",\"SIGSEGV\","
           "\"SIGABRT\",\"SIGBUS\",\"SIGINT\",\"SIGHUP\"]}}},"
           "\"verdict\":{\"enum\":[\"survived\","
           "\"degraded\",\"failed\"]},\"verdicts\":{\"anyOf\":["
           "{\"type\":\"string\"},{\"type\":\"array\",\"minItems\":1,"
           "\"items\":{\"$ref\":\"#/$defs/verdict\"}}]},"
           "\"range\":{\"anyOf\":[{\"type\":\"integer\","
           "\"minimum\":1},{\"type\":\"string\","
           "\"pattern\":\"^[0-9]+(\\\\+|\\\\.\\\\.[0-9]+)?$\"}]}}}";
}
