/* Effects, sources, what workers are given and what failures say: a violation
 * of each is found and named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "swept.h"

/* `extra` is what a plan says of its synthesis. */
#define PLAN(effects, extra)                                                   \
    "{\"reprise\":1,\"name\":\"t\",\"budget\":{\"wall\":\"20s\"},"             \
    "\"defaults\":{\"timeout\":\"1s\",\"grace\":\"100ms\",\"retry\":{"         \
    "\"attempts\":2,\"backoff\":\"50ms..1s\"}},\"agents\":{"                   \
    "\"x\":{\"exec\":[\"x\"]" effects ",\"output\":{\"type\":\"object\"}},"    \
    "\"s\":{\"exec\":[\"s\"],\"effects\":\"none\",\"output\":{\"type\":"       \
    "\"object\"}}},\"flow\":{\"sequence\":[{\"id\":\"gather\",\"need\":1,"     \
    "\"parallel\":{\"one\":{\"agent\":\"x\"},\"two\":{\"agent\":\"x\"}}},"     \
    "{\"id\":\"sum\",\"agent\":\"s\",\"role\":\"synthesis\"" extra ","         \
    "\"input\":{\"from\":\"gather\"}}]}}"
#define CITES ",\"cites\":\"/sources\""

static const struct script_line lines[] = {
    {"gather/*", 30, "{\"f\":\"one\",\"sources\":[\"a\"]}", 0, 0, 0, 0},
    {"sum@*", 30, "{\"t\":\"all\",\"sources\":[\"one\",\"two\"]}", 0, 0, 0, 0},
};
static const struct script_line liar[] = {
    {"gather/*", 30, "{\"f\":\"one\"}", 0, 0, 0, 0},
    {"sum@*", 30, "{\"t\":\"all\",\"sources\":[\"three\"]}", 0, 0, 0, 0},
};

static void sweep_under(struct swept *s, const char *plan,
    const struct script_line *script, const char *class)
{
    struct rp_sweep_options options = {
        .depth = 1, .classes = &class, .class_count = 1};
    options.subject.plan_text = rp_str_of(plan);
    sweep_it(s, plan, script, 2, &options);
}

/* Tried again, a falsified trace is judged. */
static void judge(struct rp_sweep_judgement *out, struct swept *s)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_sweep_rig *rig = &s->sweep.rig;
    struct rp_sweep_played played = {rig->rules, &rig->trace, RP_OK, &err};
    rp_sweep_judge(out, rig->arena, &rig->measure, &played);
}

static bool has(const struct rp_sweep_judgement *j, enum rp_gap_kind gap)
{
    for (uint32_t i = 0; i < j->finding_count; i++) {
        if (j->findings[i].gap == gap) {
            return true;
        }
    }
    return false;
}

static struct rp_sweep_task *task_of(struct swept *s, const char *path)
{
    return (struct rp_sweep_task *)(uintptr_t)rp_sweep_trace_task(
        &s->sweep.rig.trace, path);
}

static void an_effect_that_was_said_to_count_is_not_to_be_tried_again(
    void **state)
{
    struct swept s;
    (void)state;
    sweep_under(&s, PLAN(",\"effects\":\"external\"", CITES), lines, "kill");
    assert_gaps(&s, "G-DUP-EFFECT");
    assert_string_equal(s.sweep.gaps[0].path, "gather/one");
    swept_fini(&s);
    sweep_under(&s, PLAN(",\"effects\":\"idempotent\"", CITES), lines, "kill");
    assert_gaps(&s, "");
    swept_fini(&s);
    /* What nobody said of it is nobody's decision. */
    sweep_under(&s, PLAN("", CITES), lines, "kill");
    assert_gaps(&s, "");
    swept_fini(&s);
    /* What was not begun has had no effect. */
    sweep_under(&s, PLAN(",\"effects\":\"external\"", CITES), lines, "spawn");
    struct rp_sweep_judgement j;
    static const char *const rules[] = {"gather/one @1 : spawn.eagain"};
    rp_sweep_rig_try(&j, &s.sweep.rig, rules, 1);
    assert_false(has(&j, RP_GAP_DUP_EFFECT));
    swept_fini(&s);
}

static void a_source_that_nobody_gave_is_found(void **state)
{
    struct swept s;
    (void)state;
    sweep_under(&s, PLAN("", CITES), lines, "kill");
    assert_gaps(&s, "");
    swept_fini(&s);
    sweep_under(&s, PLAN("", CITES), liar, "kill");
    assert_gaps(&s, "G-UNATTRIBUTED");
    assert_string_equal(s.sweep.gaps[0].path, "sum");
    swept_fini(&s);
}

static void a_made_up_source_is_noticed_where_the_plan_says_who_cites(
    void **state)
{
    static const char *const rules[] = {"sum : sem.fabricated_source"};
    struct rp_sweep_judgement j;
    struct swept s;
    (void)state;
    sweep_under(&s, PLAN("", CITES), lines, "kill");
    rp_sweep_rig_try(&j, &s.sweep.rig, rules, 1);
    assert_int_not_equal(j.verdict, RP_VERDICT_NOT_TRIGGERED);
    assert_false(has(&j, RP_GAP_UNATTRIBUTED));
    swept_fini(&s);
    sweep_under(&s, PLAN("", ""), lines, "kill");
    rp_sweep_rig_try(&j, &s.sweep.rig, rules, 1);
    assert_true(has(&j, RP_GAP_UNATTRIBUTED));
    swept_fini(&s);
}

static void a_mark_goes_where_the_plan_says_and_nowhere_else(void **state)
{
    static const char *const rules[] = {"gather/one : sem.canary"};
    struct rp_sweep_judgement j;
    struct swept s;
    (void)state;
    sweep_under(&s, PLAN("", CITES), lines, "kill");
    rp_sweep_rig_try(&j, &s.sweep.rig, rules, 1);
    assert_true(task_of(&s, "sum")->canary);
    assert_false(task_of(&s, "gather/two")->canary);
    assert_false(has(&j, RP_GAP_CONTEXT_LEAK));
    task_of(&s, "gather/two")->canary = true;
    judge(&j, &s);
    assert_true(has(&j, RP_GAP_CONTEXT_LEAK));
    assert_string_equal(j.findings[0].path, "gather/two");
    swept_fini(&s);
}

static void an_instruction_that_is_followed_is_found(void **state)
{
    static const char *const rules[] = {"gather/one : sem.poison"};
    struct rp_sweep_judgement j;
    struct swept s;
    (void)state;
    sweep_under(&s, PLAN("", CITES), lines, "kill");
    rp_sweep_rig_try(&j, &s.sweep.rig, rules, 1);
    assert_false(has(&j, RP_GAP_INJECTION));
    task_of(&s, "gather/two")->path = "extra";
    judge(&j, &s);
    assert_true(has(&j, RP_GAP_INJECTION));
    swept_fini(&s);
}

static void a_failure_that_says_nothing_is_found(void **state)
{
    static const char *const rules[] = {"gather/one : kill"};
    struct rp_sweep_judgement j;
    struct swept s;
    (void)state;
    sweep_under(&s, PLAN("", CITES), lines, "kill");
    rp_sweep_rig_try(&j, &s.sweep.rig, rules, 1);
    assert_false(has(&j, RP_GAP_VAGUE_ERROR));
    task_of(&s, "gather/one")->class = RP_CLASS_NONE;
    judge(&j, &s);
    assert_true(has(&j, RP_GAP_VAGUE_ERROR));
    swept_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            an_effect_that_was_said_to_count_is_not_to_be_tried_again),
        cmocka_unit_test(a_source_that_nobody_gave_is_found),
        cmocka_unit_test(
            a_made_up_source_is_noticed_where_the_plan_says_who_cites),
        cmocka_unit_test(a_mark_goes_where_the_plan_says_and_nowhere_else),
        cmocka_unit_test(an_instruction_that_is_followed_is_found),
        cmocka_unit_test(a_failure_that_says_nothing_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
