/* Faults of a place in a document: what they make of its bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/fault_rule.h>
#include <reprise/mem.h>

static const struct {
    const char *fault, *before, *after; /* NULL: it does not fire */
} cases[] = {
    {"out.missing(/a)", "{\"a\": 1, \"b\":2}\n", "{ \"b\":2}\n"},
    {"out.missing(/b)", "{\"a\":1, \"b\" : [2] }", "{\"a\":1}"},
    {"out.missing(/a)", "{\"a\":1}", "{}"},
    {"out.missing(/0)", "[1,2]", "[2]"},
    {"out.missing(/1)", "[1 , 2]", "[1 ]"},
    {"out.missing(/c)", "{\"a\":1}", NULL},
    {"out.missing", "{\"a\":1}", NULL}, /* nothing would be left */
    {"out.null", "{\"a\":1}\n", "null\n"},
    {"out.null(/a/0)", "{\"a\":[7,8]}", "{\"a\":[null,8]}"},
    {"out.null(/a)", "{\"a\":null}", NULL},
    {"sem.contradict(/f/0/v)", "{\"f\":[{\"v\":\"on\"},{\"v\":\"off\"}]}",
        "{\"f\":[{\"v\":\"off\"},{\"v\":\"off\"}]}"},
    {"sem.contradict(/f/0/v)", "{\"f\":[{\"v\":\"on\"}]}",
        "{\"f\":[{\"v\":\"not on\"}]}"},
    {"sem.contradict(/v)", "{\"v\":\"120 mg\"}", "{\"v\":\"121 mg\"}"},
    {"sem.contradict(/v)", "{\"v\":-12.50}", "{\"v\":-22.50}"},
    {"sem.contradict(/v)", "{\"v\":0}", "{\"v\":1}"},
    {"sem.contradict(/v)", "{\"v\":0.0}", "{\"v\":1}"},
    {"sem.contradict(/v)", "{\"v\":true}", "{\"v\":false}"},
    {"sem.contradict(/v)", "{\"v\":{}}", NULL},
    {"sem.wrong_entity(/e)", "{\"e\":\"E-1009\"}", "{\"e\":\"E-1001\"}"},
    {"sem.wrong_entity(/e)", "{\"e\":9}", NULL},
    {"out.null", "not JSON", NULL},
    {"out.null", "", NULL},
};

static void each_does_what_it_says_and_no_more(void **state)
{
    (void)state;
    struct rp_fault_rules *rules = rp_mem_zalloc(sizeof(*rules));
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct rp_buf rule;
        struct rp_buf out;
        rp_buf_init(&rule, 4096);
        rp_buf_init(&out, 4096);
        rp_buf_addf(&rule, "x : %s", cases[i].fault);
        rules->count = 0;
        assert_int_equal(
            rp_fault_rule_add(rules, rp_buf_str(&rule), NULL), RP_OK);
        bool fires = rp_fault_altered(
            &out, &rules->items[0], rp_str_of(cases[i].before));
        assert_int_equal(fires, cases[i].after != NULL);
        if (fires) {
            assert_string_equal(out.ptr, cases[i].after);
        }
        rp_buf_fini(&rule);
        rp_buf_fini(&out);
    }
    rp_mem_free(rules);
}

static void a_rule_reads_back_as_it_is_shown(void **state)
{
    (void)state;
    static const char *const texts[] = {"x @1 : slow.fixed(2.5s)",
        "x : slow.dist(2s)", "x : spawn.env_missing(KEY_*)",
        "store [3] : store.power_cut(torn)", "x : out.missing(/a/0)",
        "x : out.null", "x : sem.contradict(/v)",
        "path:g/x [2] : sem.wrong_entity(/encounter)"};
    struct rp_fault_rules *rules = rp_mem_zalloc(sizeof(*rules));
    for (size_t i = 0; i < RP_COUNT_OF(texts); i++) {
        struct rp_buf shown;
        rp_buf_init(&shown, 4096);
        assert_int_equal(
            rp_fault_rule_add(rules, rp_str_of(texts[i]), NULL), RP_OK);
        rp_fault_rule_show(&shown, &rules->items[i]);
        assert_string_equal(shown.ptr, texts[i]);
        rp_buf_fini(&shown);
    }
    rp_mem_free(rules);
}

static void a_place_must_be_a_pointer(void **state)
{
    (void)state;
    struct rp_err err = RP_ERR_INIT;
    struct rp_fault_rules *rules = rp_mem_zalloc(sizeof(*rules));
    assert_int_equal(
        rp_fault_rule_add(rules, RP_STR("x : out.null(findings)"), &err),
        RP_E_INVALID);
    assert_non_null(strstr(err.text, "'findings' is not a JSON Pointer"));
    rp_mem_free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_does_what_it_says_and_no_more),
        cmocka_unit_test(a_rule_reads_back_as_it_is_shown),
        cmocka_unit_test(a_place_must_be_a_pointer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
