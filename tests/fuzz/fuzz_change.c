/* A byte that picks a fault, one that picks its form, a NUL or a JSON Pointer
 * that ends in one, and an output. What is changed is changed the same way
 * again and is another output; what is not changed adds nothing. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <reprise/fault_rule.h>
#include <reprise/mem.h>

#define FORMS 3 /* that all faults with forms have */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct rp_fault_rule *rule, struct rp_str output)
{
    struct rp_buf first;
    struct rp_buf second;
    rp_buf_init(&first, (size_t)64 << 20);
    rp_buf_init(&second, (size_t)64 << 20);
    rp_buf_add_char(&first, '|');
    bool changed = rp_fault_change(&first, rule, output, 7);
    bool again = rp_fault_change(&second, rule, output, 7);
    struct rp_str result = rp_buf_str(&second);
    RP_ASSERT(changed == again && first.ptr[0] == '|');
    RP_ASSERT(first.len == second.len + 1);
    RP_ASSERT(memcmp(first.ptr + 1, result.ptr, result.len) == 0);
    RP_ASSERT(changed ? !rp_str_equal(result, output) : result.len == 0);
    rp_buf_fini(&first);
    rp_buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_str rest = {(const char *)data, size};
    if (size < 3) {
        return 0;
    }
    struct rp_fault_rules *rules = rp_mem_zalloc(sizeof(*rules));
    enum rp_fault_kind kind =
        (enum rp_fault_kind)(data[0] % RP_FAULT_KIND_COUNT);
    struct rp_buf text;
    rp_buf_init(&text, RP_FAULT_TEXT_MAX);
    rp_buf_addf(&text, "x : %s", rp_fault_name(kind));
    rest.ptr += 2;
    rest.len -= 2;
    struct rp_str at = rp_str_cut(rest, '\0', &rest);
    if (rp_fault_is_data(kind) && rest.ptr != NULL &&
        rp_fault_rule_add(rules, rp_buf_str(&text), NULL) == RP_OK) {
        struct rp_fault_rule *rule = &rules->items[0];
        rule->form = data[1] % FORMS;
        rule->cut = (enum rp_fault_cut)(data[1] % (RP_CUT_BEFORE_CLOSE + 1));
        if (kind == RP_FAULT_OUT_HUGE) {
            rule->amount = 4096;
        }
        if (at.len <= RP_FAULT_AT_LEN_MAX && rp_json_pointer_valid(at)) {
            memcpy(rule->at, at.ptr, at.len);
            rule->at[at.len] = '\0';
        }
        check(rule, rest);
    }
    rp_buf_fini(&text);
    rp_mem_free(rules);
    return 0;
}
