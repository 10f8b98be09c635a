/* Rules with a NUL between them; the last piece is also an output. What is
 * refused has a message and changes nothing; what is taken can be shown and
 * written, reads back to the same, and cuts any bytes somewhere in them. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <reprise/fault_rule.h>
#include <reprise/mem.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All rules in the journal's notation, each read into `out`. */
static void read_written(struct rp_fault_rules *out, struct rp_str text)
{
    struct rp_json_doc *doc = NULL;
    enum rp_code rc = rp_json_read(&doc, text, NULL, NULL);
    RP_ASSERT(rc == RP_OK);
    const cJSON *node;
    cJSON_ArrayForEach(node, rp_json_root(doc))
    {
        struct rp_buf one;
        rp_buf_init(&one, RP_FAULT_TEXT_MAX);
        rp_json_write_text(&one, node);
        rc = rp_fault_rule_add(out, rp_buf_str(&one), NULL);
        RP_ASSERT(rc == RP_OK);
        rp_buf_fini(&one);
    }
    rp_json_free(&doc);
}

static void check_written(const struct rp_fault_rules *rules)
{
    struct rp_fault_rules *again = rp_mem_zalloc(sizeof(*again));
    struct rp_buf first;
    struct rp_buf second;
    rp_buf_init(&first, 1u << 20);
    rp_buf_init(&second, 1u << 20);
    rp_fault_rules_write(&first, rules);
    read_written(again, rp_buf_str(&first));
    rp_fault_rules_write(&second, again);
    RP_ASSERT(again->count == rules->count);
    RP_ASSERT(rp_str_equal(rp_buf_str(&first), rp_buf_str(&second)));
    rp_buf_fini(&first);
    rp_buf_fini(&second);
    rp_mem_free(again);
}

static void check_shown(const struct rp_fault_rule *rule)
{
    struct rp_fault_rules *again = rp_mem_zalloc(sizeof(*again));
    struct rp_buf first;
    struct rp_buf second;
    rp_buf_init(&first, RP_FAULT_TEXT_MAX);
    rp_buf_init(&second, RP_FAULT_TEXT_MAX);
    rp_fault_rule_show(&first, rule);
    enum rp_code rc = rp_fault_rule_add(again, rp_buf_str(&first), NULL);
    RP_ASSERT(rc == RP_OK);
    rp_fault_rule_show(&second, &again->items[0]);
    RP_ASSERT(rp_str_equal(rp_buf_str(&first), rp_buf_str(&second)));
    rp_buf_fini(&first);
    rp_buf_fini(&second);
    rp_mem_free(again);
}

static void add(struct rp_fault_rules *rules, struct rp_str text)
{
    struct rp_err err = RP_ERR_INIT;
    uint32_t before = rules->count;
    enum rp_code rc = rp_fault_rule_add(rules, text, &err);
    if (rc == RP_OK) {
        RP_ASSERT(rules->count > before);
        for (uint32_t i = before; i < rules->count; i++) {
            check_shown(&rules->items[i]);
        }
        return;
    }
    RP_ASSERT(rules->count == before);
    RP_ASSERT(err.code == rc);
    RP_ASSERT(err.text[0] != '\0');
    RP_ASSERT(rp_utf8_valid(rp_str_of(err.text), NULL));
}

static void check_use(const struct rp_fault_rule *rule, struct rp_str output)
{
    const struct rp_call call = {
        .task = "gather/labs", .agent_name = "labs", .attempt = 2};
    bool now = rp_fault_rule_matches(rule, &call, 1);
    RP_ASSERT(rp_fault_rule_matches(rule, &call, 1) == now);
    RP_ASSERT(rp_fault_truncated_len(rule, output) <= output.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_str rest = {(const char *)data, size};
    struct rp_str last = rest;
    struct rp_fault_rules *rules = rp_mem_zalloc(sizeof(*rules));
    while (rest.ptr != NULL) {
        last = rp_str_cut(rest, '\0', &rest);
        add(rules, last);
    }
    check_written(rules);
    for (uint32_t i = 0; i < rules->count; i++) {
        check_use(&rules->items[i], last);
    }
    rp_mem_free(rules);
    return 0;
}
