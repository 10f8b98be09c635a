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

/* The scenario as it is in the sweep, from where a test makes a live one. */
static struct rp_sweep_rig *played(struct swept *s)
{
    struct rp_sweep_judgement judgement;
    sweep_it(s, PLAN, lines, RP_COUNT_OF(lines), NULL);
    rp_sweep_rig_try(&judgement, &s->sweep.rig, rules, RP_COUNT_OF(rules));
    assert_int_equal(judgement.verdict, RP_VERDICT_UNAFFECTED);
    return &s->sweep.rig;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_run_is_neither_faster_nor_slower),
        cmocka_unit_test(each_attempt_is_held_against_its_like),
        cmocka_unit_test(what_a_limit_ended_would_have_taken_so_long_at_least),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
