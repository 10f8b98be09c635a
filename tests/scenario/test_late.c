/* Reports that are read late: the program was busy, and what happened before a
 * timer is heard of after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <reprise/mem.h>

#include "stage.h"

#define BUSY_UNTIL_NS (100 * RP_NS_PER_MS)

#define PLAN                                                                   \
    "{\"reprise\":1,\"name\":\"t\",\"agents\":{"                               \
    "\"a\":{\"exec\":[\"a\"],\"retry\":{\"attempts\":2,\"backoff\":\"0s\"}},"  \
    "\"b\":{\"exec\":[\"b\"]},"                                                \
    "\"c\":{\"exec\":[\"c\"],\"timeout\":\"100ms\"}},"                         \
    "\"flow\":{\"id\":\"all\",\"need\":2,\"parallel\":{"                       \
    "\"a\":{\"agent\":\"a\"},\"b\":{\"agent\":\"b\"},\"c\":{\"agent\":\"c\"}"  \
    "}}}"

/* Hears nothing until then. */
struct busy {
    struct rp_transport base;
    struct rp_clock *clock; /* virtual, borrowed, outlives us */
};

static enum rp_code busy_poll(struct rp_transport *t, struct rp_instant until,
    struct rp_report *out, struct rp_err *err)
{
    struct busy *self = RP_CONTAINER_OF(t, struct busy, base);
    struct rp_instant ready = {BUSY_UNTIL_NS};
    if (rp_instant_before(rp_clock_now(self->clock), ready)) {
        rp_clock_virtual_advance(self->clock, rp_instant_min(until, ready));
        return RP_E_TIMEOUT;
    }
    return rp_transport_pass_poll(t, until, out, err);
}

static void busy_free(struct rp_transport *t)
{
    rp_mem_free(RP_CONTAINER_OF(t, struct busy, base));
}

static const struct rp_transport_ops busy_ops = {
    .name = "busy",
    .submit = rp_transport_pass_submit,
    .cancel = rp_transport_pass_cancel,
    .signal = rp_transport_pass_signal,
    .poll = busy_poll,
    .observe = rp_transport_pass_observe,
    .free = busy_free,
};

static void late_reports_do_not_pass_a_timer_they_made_due(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"all/a@1", 95, "no", 0, 0, 0, 0},
        {"all/a@2", 5, "{}", 0, 0, 0, 0},
        {"all/b@1", 96, "{}", 0, 0, 0, 0},
        {"all/c@1", -1, NULL, 0, 0, 1, 0},
    };
    struct stage stage = {.control = NULL};
    stage_set(&stage, PLAN, "{}", lines, RP_COUNT_OF(lines));
    struct busy *busy = rp_mem_zalloc(sizeof(*busy));
    *busy = (struct busy){{&busy_ops, stage.transport}, stage.clock};
    stage.transport = &busy->base;
    stage_run(&stage);
    assert_int_equal(stage.result.outcome, RP_OUTCOME_DEGRADED);
    assert_true(stage_has(&stage, "\"at\":\"100000000\"",
        "\"path\":\"all/a@1/call:1\",\"end\"", NULL));
    assert_true(stage_has(&stage, "\"at\":\"100000000\"",
        "\"path\":\"all/b@1/call:1\",\"end\"", NULL));
    assert_int_equal(stage_took_ms(&stage), 105);
    stage_fini(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_reports_do_not_pass_a_timer_they_made_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
