/* What a rule expects of the session: the sentence behind "=>". */
#include "fault_expect.h"

#include <stdio.h>

static const struct {
    const char *name;
    enum rp_outcome outcome;
} verdicts[] = {
    {"survived", RP_OUTCOME_OK},
    {"degraded", RP_OUTCOME_DEGRADED},
    {"failed", RP_OUTCOME_FAILED},
};

static uint32_t bit_of(enum rp_outcome outcome)
{
    return 1u << (unsigned)outcome;
}

/* ---- reading ---- */

static enum rp_code read_verdict(
    struct rp_str word, struct rp_fault_rule *rule, struct rp_err *err)
{
    const char *names[RP_COUNT_OF(verdicts)];
    for (size_t i = 0; i < RP_COUNT_OF(verdicts); i++) {
        names[i] = verdicts[i].name;
        if (rp_str_is(word, names[i])) {
            rule->expected |= bit_of(verdicts[i].outcome);
            return RP_OK;
        }
    }
    const char *near = rp_str_nearest(word, names, RP_COUNT_OF(names));
    return rp_err_set(err, RP_E_INVALID,
        "reading a fault rule: '%.*s' cannot be expected (survived, degraded, "
        "failed)%s%s%s",
        RP_STR_ARG(word), near == NULL ? "" : "; did you mean '",
        near == NULL ? "" : near, near == NULL ? "" : "'?");
}

static enum rp_code read_within(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    return rp_duration_parse(text, &rule->within)
               ? RP_OK
               : rp_err_set(err, RP_E_INVALID,
                     "reading a fault rule: '%.*s' is not a duration: write "
                     "200ms or 2s",
                     RP_STR_ARG(text));
}

/* "survived|degraded<35s" */
static enum rp_code read_text(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    struct rp_str within;
    struct rp_str rest = rp_str_cut(text, '<', &within);
    enum rp_code rc = RP_OK;
    while (rc == RP_OK && rest.ptr != NULL) {
        rc = read_verdict(rp_str_trim(rp_str_cut(rest, '|', &rest)), rule, err);
    }
    return rc == RP_OK && within.ptr != NULL
               ? read_within(rp_str_trim(within), rule, err)
               : rc;
}

static enum rp_code wrong_form(struct rp_err *err)
{
    return rp_err_set(err, RP_E_INVALID,
        "reading a fault rule: 'expect' must be a verdict, a list of them, or "
        "an object with 'verdict' and 'within'");
}

static enum rp_code read_verdicts(
    const cJSON *node, struct rp_fault_rule *rule, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    const cJSON *item;
    if (cJSON_IsString(node)) {
        return read_text(rp_str_of(node->valuestring), rule, err);
    }
    if (!cJSON_IsArray(node) || cJSON_GetArraySize(node) == 0) {
        return wrong_form(err);
    }
    cJSON_ArrayForEach(item, node)
    {
        if (rc == RP_OK) {
            rc = cJSON_IsString(item)
                     ? read_verdict(rp_str_of(item->valuestring), rule, err)
                     : wrong_form(err);
        }
    }
    return rc;
}

static enum rp_code read_object(
    const cJSON *node, struct rp_fault_rule *rule, struct rp_err *err)
{
    const cJSON *within = rp_json_get(node, "within");
    int known = within == NULL ? 1 : 2;
    if (cJSON_GetArraySize(node) != known ||
        (within != NULL && !cJSON_IsString(within))) {
        return wrong_form(err);
    }
    enum rp_code rc = read_verdicts(rp_json_get(node, "verdict"), rule, err);
    return rc == RP_OK && within != NULL
               ? read_within(rp_str_of(within->valuestring), rule, err)
               : rc;
}

enum rp_code rp__fault_expect_read(
    const cJSON *node, struct rp_fault_rule *rule, struct rp_err *err)
{
    rule->expected = 0;
    rule->within = RP_DURATION_FOREVER;
    if (node == NULL) {
        return RP_OK;
    }
    return cJSON_IsObject(node) ? read_object(node, rule, err)
                                : read_verdicts(node, rule, err);
}

/* ---- writing ---- */

static void add_verdicts(
    struct rp_buf *out, const struct rp_fault_rule *rule, const char *between)
{
    bool first = true;
    for (size_t i = 0; i < RP_COUNT_OF(verdicts); i++) {
        if ((rule->expected & bit_of(verdicts[i].outcome)) != 0) {
            rp_buf_addf(out, "%s%s", first ? "" : between, verdicts[i].name);
            first = false;
        }
    }
}

void rp__fault_expect_show(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    add_verdicts(out, rule, "|");
    if (rule->expected != 0 && rule->within.ns != RP_DURATION_FOREVER.ns) {
        rp_buf_add_char(out, '<');
        rp_duration_write(out, rule->within);
    }
}

cJSON *rp__fault_expect_json(const struct rp_fault_rule *rule)
{
    if (rule->expected == 0) {
        return NULL;
    }
    cJSON *object = cJSON_CreateObject();
    cJSON *array = cJSON_AddArrayToObject(object, "verdict");
    for (size_t i = 0; i < RP_COUNT_OF(verdicts); i++) {
        if ((rule->expected & bit_of(verdicts[i].outcome)) != 0) {
            cJSON_AddItemToArray(
                array, rp_json_new_string(rp_str_of(verdicts[i].name)));
        }
    }
    if (rule->within.ns != RP_DURATION_FOREVER.ns) {
        struct rp_buf text;
        rp_buf_init(&text, 64);
        rp_duration_write(&text, rule->within);
        rp_json_set_text(object, "within", rp_buf_str(&text));
        rp_buf_fini(&text);
    }
    return object;
}

/* ---- judging ---- */

static const char *verdict_name(enum rp_outcome outcome)
{
    for (size_t i = 0; i < RP_COUNT_OF(verdicts); i++) {
        if (verdicts[i].outcome == outcome) {
            return verdicts[i].name;
        }
    }
    return rp_outcome_name(outcome);
}

static void add_expected(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    rp_buf_addf(out, "fault rule '%s' expected: ", rule->id);
    add_verdicts(out, rule, " or ");
    if (rule->within.ns != RP_DURATION_FOREVER.ns) {
        rp_buf_add_text(out, " within ");
        rp_duration_write(out, rule->within);
    }
}

bool rp_fault_expect_met(struct rp_buf *out, const struct rp_fault_rule *rule,
    const struct rp_fault_end *end)
{
    if (rule->expected == 0) {
        return true;
    }
    add_expected(out, rule);
    if (end->fired == 0) {
        rp_buf_add_text(out, "; it never fired\n");
        return false;
    }
    bool met = (rule->expected & bit_of(end->outcome)) != 0 &&
               end->took.ns <= rule->within.ns;
    rp_buf_addf(out, "%s%s in ",
        met ? "; so it is: " : "; it is: ", verdict_name(end->outcome));
    rp_duration_show(out, end->took);
    rp_buf_add_char(out, '\n');
    return met;
}

bool rp_fault_rule_is_due(const struct rp_fault_rule *rule)
{
    return rule->permille == 1000;
}

bool rp_fault_rules_expect(const struct rp_fault_rules *rules)
{
    bool any = false;
    for (uint32_t i = 0; i < rules->count; i++) {
        any = any || rules->items[i].expected != 0;
    }
    return any;
}
