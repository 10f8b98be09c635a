/* What is remembered of other runs changes nothing that a run writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/mem.h>

#include "swept.h"

#define PLAN                                                                   \
    "{\"reprise\":1,\"name\":\"t\",\"defaults\":{\"timeout\":\"1s\","          \
    "\"retry\":{\"attempts\":2,\"backoff\":\"50ms..1s\"}},\"agents\":{"        \
    "\"x\":{\"exec\":[\"x\"],\"output\":{\"type\":\"object\",\"required\":["   \
    "\"f\"]}},\"l\":{\"exec\":[\"l\"],\"stdout\":\"jsonl\"},"                  \
    "\"t\":{\"exec\":[\"t\"],\"stdout\":\"text\"},\"s\":{\"exec\":[\"s\"]}},"  \
    "\"output\":{\"type\":\"object\"},\"flow\":{\"sequence\":[{"               \
    "\"id\":\"gather\",\"need\":1,\"parallel\":{\"one\":{\"agent\":\"x\"},"    \
    "\"two\":{\"agent\":\"x\"},\"log\":{\"agent\":\"l\"},"                     \
    "\"text\":{\"agent\":\"t\"}},\"aggregate\":{\"facts\":{\"at\":\"/facts\"," \
    "\"key\":\"/k\",\"value\":\"/v\"}}},{\"id\":\"sum\",\"agent\":\"s\","      \
    "\"input\":{\"of\":{\"from\":\"gather\"},\"first\":{\"from\":\"gather\","  \
    "\"at\":\"/outputs/one\"}}}]}}"

static const struct script_line lines[] = {
    {"gather/one@*", 30,
        "{ \"f\": 1.50, \"facts\": [ { \"k\": \"a\", \"v\": [1] } ] }", 0, 0, 0,
        0},
    {"gather/two@*", 40, "{\"f\":[2],\"facts\":[{\"k\":\"a\",\"v\":[2]}]}", 0,
        0, 0, 0},
    {"gather/log@*", 20, "{\"at\":1}\n{\"at\":2}\n", 0, 0, 0, 0},
    {"gather/text@*", 10, "some words", 0, 0, 0, 0},
    {"sum@*", 30, "{\"t\":\"all\"}", 0, 0, 0, 0},
};

static const char *const classes[] = {
    "hang", "kill", "output", "contract", "wrong"};

static struct rp_digest play(struct swept *s, const struct rp_sweep_case *c,
    struct rp_memo *memo, enum rp_outcome *outcome)
{
    struct rp_fault_rules *rules = rp_mem_zalloc(sizeof(*rules));
    struct rp_sweep_ground ground = s->sweep.rig.ground;
    struct rp_sweep_trace trace = {.arena = NULL};
    ground.digest = true;
    ground.memo = memo;
    for (uint32_t i = 0; i < c->rule_count; i++) {
        assert_int_equal(
            rp_fault_rule_add(rules, rp_str_of(c->rules[i]), NULL), RP_OK);
    }
    enum rp_code rc = rp_sweep_play(&trace, &ground, rules, NULL);
    assert_true(rc == RP_OK || rc == RP_E_NOT_FOUND); /* no answer is one */
    struct rp_digest digest = trace.digest;
    *outcome = trace.outcome;
    rp_sweep_trace_fini(&trace);
    rp_mem_free(rules);
    return digest;
}

static void every_scenario_writes_the_same_records_with_a_memo_as_without(
    void **state)
{
    (void)state;
    struct swept s;
    struct rp_sweep_options options = {
        .depth = 1, .classes = classes, .class_count = RP_COUNT_OF(classes)};
    sweep_it(&s, PLAN, lines, RP_COUNT_OF(lines), &options);
    struct rp_memo *memo = s.sweep.rig.ground.memo;
    assert_non_null(memo);
    uint32_t ended = 0;
    for (uint32_t i = 0; i < s.sweep.case_count; i++) {
        enum rp_outcome with, without;
        if (s.sweep.cases[i]->large) {
            continue;
        }
        struct rp_digest a = play(&s, s.sweep.cases[i], memo, &with);
        struct rp_digest b = play(&s, s.sweep.cases[i], NULL, &without);
        assert_int_equal(with, without);
        assert_true(rp_digest_equal(&a, &b));
        ended += with == RP_OUTCOME_NONE ? 0 : 1;
        rp_memo_trim(memo);
    }
    assert_true(ended > 100);
    swept_fini(&s);
}

static void a_digest_is_that_of_the_bytes_whatever_is_remembered(void **state)
{
    (void)state;
    struct rp_memo *memo = rp_memo_new();
    char bytes[97];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)('a' + i % 7);
    }
    for (size_t round = 0; round < 2; round++) {
        for (size_t len = 0; len <= sizeof(bytes); len++) {
            struct rp_str text = {bytes, len};
            struct rp_digest got = rp_memo_digest(memo, text);
            struct rp_digest want = rp_digest_of(text);
            assert_true(rp_digest_equal(&got, &want));
        }
    }
    rp_memo_free(&memo);
    assert_null(memo);
}

static void what_is_too_much_is_forgotten_and_still_right(void **state)
{
    (void)state;
    struct rp_memo *memo = rp_memo_new();
    size_t len = (size_t)1 << 20;
    char *bytes = rp_mem_array(len, 1);
    for (size_t i = 0; i < 80; i++) { /* more than a memo holds */
        bytes[0] = (char)i;
        rp_memo_trim(memo);
        struct rp_digest got =
            rp_memo_digest(memo, (struct rp_str){bytes, len});
        struct rp_digest want = rp_digest_of((struct rp_str){bytes, len});
        assert_true(rp_digest_equal(&got, &want));
    }
    rp_mem_free(bytes);
    rp_memo_free(&memo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            every_scenario_writes_the_same_records_with_a_memo_as_without),
        cmocka_unit_test(a_digest_is_that_of_the_bytes_whatever_is_remembered),
        cmocka_unit_test(what_is_too_much_is_forgotten_and_still_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
