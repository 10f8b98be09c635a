/* How much faster or slower a live run was, and how much would decide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <reprise/sweep_pace.h>

#include "swept.h"

#define PLAN                                                                   \
    "{\"reprise\":1,\"name\":\"t\",\"defaults\":{\"timeout\":\"1s\","          \
    "\"idle\":\"700ms\",\"retry\":{\"attempts\":2,\"backoff\":\"50ms..1s\"}}," \
    "\"agents\":{\"x\":{\"exec\":[\"x\"],\"output\":{\"type\":\"object\"}}},"  \
    "\"flow\":{\"id\":\"gather\",\"parallel\":{\"one\":{\"agent\":\"x\"},"     \
    "\"two\":{\"agent\":\"x\"}}}}"

static const struct script_line lines[] = {
    {"gather/one@*", 30, "{\"f\":[1]}", 0, 0, 0, 0},
    {"gather/two@*", 200, "{\"f\":[1]}", 0, 0, 0, 0},
};

static const char *const rules[] = {"gather/one @1 : slow.fixed(100ms)"};

static struct rp_duration ms(int64_t count)
{
    return (struct rp_duration){count * RP_NS_PER_MS};
}

static const char *const kills[] = {"gather/two : kill(after=100ms)"};

/* The scenario as it is in the sweep, from where a test makes a live one. */
static struct rp_sweep_rig *played_under(
    struct swept *s, const char *const *rule, enum rp_verdict verdict)
{
    struct rp_sweep_judgement judgement;
    sweep_it(s, PLAN, lines, RP_COUNT_OF(lines), NULL);
    rp_sweep_rig_try(&judgement, &s->sweep.rig, rule, 1);
    assert_int_equal(judgement.verdict, verdict);
    return &s->sweep.rig;
}

static struct rp_sweep_rig *played(struct swept *s)
{
    return played_under(s, rules, RP_VERDICT_UNAFFECTED);
}

static void the_same_run_is_neither_faster_nor_slower(void **state)
{
    (void)state;
    struct swept s;
    struct rp_sweep_pace pace;
    rp_sweep_pace_find(&pace, played(&s));
    assert_int_equal(pace.longer.ns, 0);
    assert_int_equal(pace.shorter.ns, 0);
    assert_int_equal(pace.room.ns, ms(500).ns); /* of the slower, by idle */
    assert_false(pace.outran);
    swept_fini(&s);
}

static void each_attempt_is_held_against_its_like(void **state)
{
    (void)state;
    struct swept s;
    struct rp_sweep_pace pace;
    struct rp_sweep_rig *rig = played(&s);
    rig->trace.tasks[0].attempts[0].took.ns += ms(40).ns;
    rig->trace.tasks[1].attempts[0].took.ns -= ms(70).ns;
    rp_sweep_pace_find(&pace, rig);
    assert_int_equal(pace.longer.ns, ms(40).ns);
    assert_int_equal(pace.shorter.ns, ms(70).ns);
    swept_fini(&s);
}

static void what_a_limit_ended_would_have_taken_so_long_at_least(void **state)
{
    (void)state;
    struct swept s;
    struct rp_sweep_pace pace;
    struct rp_sweep_rig *rig = played(&s);
    struct rp_sweep_attempt *slow = &rig->trace.tasks[1].attempts[0];
    slow->reason = RP_REASON_IDLE;
    slow->took = ms(699); /* its process began a little later */
    rp_sweep_pace_find(&pace, rig);
    assert_int_equal(pace.longer.ns, pace.room.ns);
    swept_fini(&s);
}

/* It would have taken longer in the sweep than until it was killed there. */
static void who_is_done_before_its_kill_is_held_against_who_was_left(
    void **state)
{
    (void)state;
    struct swept s;
    struct rp_sweep_pace pace;
    struct rp_sweep_rig *rig = played_under(&s, kills, RP_VERDICT_WASTED);
    struct rp_sweep_task *two = &rig->trace.tasks[1];
    assert_int_equal(two->attempt_count, 2);
    two->attempts[1].reason = RP_REASON_OK;
    two->attempts[1].took = ms(60);
    rp_sweep_pace_find(&pace, rig);
    assert_int_equal(pace.shorter.ns, ms(140).ns);
    assert_int_equal(pace.longer.ns, 0);
    assert_true(pace.outran);
    swept_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_run_is_neither_faster_nor_slower),
        cmocka_unit_test(each_attempt_is_held_against_its_like),
        cmocka_unit_test(what_a_limit_ended_would_have_taken_so_long_at_least),
        cmocka_unit_test(
            who_is_done_before_its_kill_is_held_against_who_was_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
