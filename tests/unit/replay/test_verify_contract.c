/* What a contract judged otherwise is told as the contract's doing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/verify.h>

#include "altered.h"
#include "verified.h"

#define PLAN(spec)                                                             \
    "{\"reprise\":1,\"name\":\"t\",\"agents\":{\"labs\":{\"exec\":[\"labs\"]"  \
    ",\"retry\":{\"attempts\":1}" spec "}},\"flow\":{\"id\":\"ask\","          \
    "\"agent\":\"labs\",\"input\":{\"from\":\"input\"}}}"
#define WANTS(member)                                                          \
    ",\"output\":{\"type\":\"object\",\"required\":[\"" member "\"]}"
#define ECHOES ",\"contract\":{\"echo\":[\"/p\"]}"

static const struct script_line answer = {
    "ask@1", 30, "{\"p\":2,\"f\":1}", 0, 0, 0, 0};

struct contract_case {
    const char *before, *after;
    const char *what; /* part of what is told */
};

static void expect_contract(const struct contract_case *c)
{
    struct stage stage = {.control = NULL};
    struct altered a;
    struct rp_plan *plan = stage_plan(c->after);
    stage_play(&stage, c->before, "{\"p\":1}", &answer, 1);
    altered_begin(&a, &stage);
    uint64_t seq = altered_find(&a, "call_completed", "ask@1", NULL);
    altered_verify(&a, plan);
    const struct rp_divergence *d = &a.verification.first;
    assert_string_equal(rp_divergence_name(d->kind), "contract");
    assert_int_equal(d->seq, seq);
    assert_string_equal(d->lane, "ask");
    if (strstr(d->what, c->what) == NULL) {
        print_error("'%s' has no '%s'\n", d->what, c->what);
        fail();
    }
    altered_fini(&a);
    rp_plan_free(&plan);
    stage_fini(&stage);
}

static void an_output_that_a_contract_refuses_now_is_the_contracts(void **state)
{
    (void)state;
    static const struct contract_case c = {
        PLAN(WANTS("f")), PLAN(WANTS("g")), "output_contract"};
    expect_contract(&c);
}

static void an_output_that_a_contract_lets_pass_now_is_the_contracts(
    void **state)
{
    (void)state;
    static const struct contract_case c = {
        PLAN(WANTS("g")), PLAN(WANTS("f")), "accepted"};
    expect_contract(&c);
}

static void what_is_not_echoed_is_the_contracts(void **state)
{
    (void)state;
    static const struct contract_case c = {
        PLAN(""), PLAN(ECHOES), "echo_mismatch"};
    expect_contract(&c);
}

static void a_contract_that_judges_the_same_verifies(void **state)
{
    (void)state;
    struct stage stage = {.control = NULL};
    struct altered a;
    struct rp_plan *plan = stage_plan(PLAN(WANTS("p")));
    stage_play(&stage, PLAN(WANTS("f")), "{\"p\":1}", &answer, 1);
    altered_begin(&a, &stage);
    altered_verify(&a, plan);
    assert_int_equal(a.verification.first.kind, RP_DIVERGENCE_NONE);
    assert_true(a.verification.ended);
    altered_fini(&a);
    rp_plan_free(&plan);
    stage_fini(&stage);
}

/* The plan is the recorded one: what the journal says was accepted never could
 * have been. */
static void an_output_put_in_place_of_the_accepted_one_is_refused(void **state)
{
    (void)state;
    struct stage stage = {.control = NULL};
    struct altered a;
    char old[RP_DIGEST_HEX_LEN + 1];
    char new[RP_DIGEST_HEX_LEN + 1];
    stage_play(&stage, PLAN(WANTS("f")), "{\"p\":1}", &answer, 1);
    altered_begin(&a, &stage);
    altered_put(&a, answer.output, old);
    altered_put(&a, "{\"p\":2}", new);
    altered_replace_all(&a, old, new);
    altered_verify(&a, NULL);
    const struct rp_divergence *d = &a.verification.first;
    assert_string_equal(rp_divergence_name(d->kind), "contract");
    assert_string_equal(d->lane, "ask");
    altered_fini(&a);
    stage_fini(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            an_output_that_a_contract_refuses_now_is_the_contracts),
        cmocka_unit_test(
            an_output_that_a_contract_lets_pass_now_is_the_contracts),
        cmocka_unit_test(what_is_not_echoed_is_the_contracts),
        cmocka_unit_test(a_contract_that_judges_the_same_verifies),
        cmocka_unit_test(an_output_put_in_place_of_the_accepted_one_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
