/* Whatever workers do, what was recorded plays again to the byte; whatever is
 * changed about it, the rerun ends or says what it does not know. Every draw
 * has a seed, and a failure prints it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <reprise/rng.h>

#include "rehearsal.h"

#define SESSIONS 150

#define PLAN(more, timeout, idle, grace)                                       \
    "{\"reprise\":1,\"name\":\"t\"," more "\"agents\":{"                       \
    "\"labs\":{\"exec\":[\"labs\"],\"timeout\":\"" timeout "\","               \
    "\"idle\":\"" idle "\",\"grace\":\"" grace "\",\"deadline\":\"2s\","       \
    "\"retry\":{\"attempts\":3,\"backoff\":\"0s..100ms\"},"                    \
    "\"fallback\":{\"agent\":\"old\"}},"                                       \
    "\"meds\":{\"exec\":[\"meds\"],\"timeout\":\"" timeout "\","               \
    "\"fallback\":{\"value\":{\"f\":[]}}},"                                    \
    "\"old\":{\"exec\":[\"old\"],\"timeout\":\"1s\"},"                         \
    "\"w\":{\"exec\":[\"w\"],\"timeout\":\"1s\"}},"                            \
    "\"flow\":{\"sequence\":[{\"id\":\"gather\",\"need\":1,"                   \
    "\"parallel\":{\"labs\":{\"agent\":\"labs\"},"                             \
    "\"meds\":{\"agent\":\"meds\"},\"old\":{\"agent\":\"old\"}},"              \
    "\"aggregate\":{\"facts\":{"                                               \
    "\"at\":\"/f\",\"key\":\"/k\",\"value\":\"/v\"}}},"                        \
    "{\"id\":\"sum\",\"agent\":\"w\",\"role\":\"synthesis\","                  \
    "\"input\":{\"evidence\":{\"from\":\"gather\"}}}]}}"

static const char *const plans[] = {
    PLAN("", "400ms", "300ms", "50ms"),
    PLAN("", "200ms", "9s", "1s"),
    PLAN("", "800ms", "100ms", "50ms"),
    PLAN("\"concurrency\":1,", "400ms", "300ms", "50ms"),
    PLAN("\"budget\":{\"wall\":\"700ms\",\"attempts\":4},", "400ms", "300ms",
        "80ms"),
};

static const char *const faults[] = {"labs : hang", "meds : kill(after=30ms)",
    "* ?50% : out.truncate", "gather/* [2] : kill(signal=SIGTERM)"};

struct drawing {
    uint64_t seed;
    uint32_t count; /* of draws so far */
};

static int64_t draw(struct drawing *d, int64_t low, int64_t high)
{
    uint64_t value = rp_draw(d->seed, RP_STR("test"), "any", ++d->count);
    return rp_draw_between(value, low, high);
}

static struct script_line draw_line(struct drawing *d, const char *path)
{
    static const char *const outputs[] = {"{\"f\":[{\"k\":\"a\",\"v\":1}]}",
        "{\"f\":[{\"k\":\"a\",\"v\":2}]}", "{\"f\":[]}", "[1]", "{", "", "no"};
    struct script_line line = {.path = path};
    line.after_ms = draw(d, 0, 3) == 0 ? -1 : draw(d, 0, 50) * 10;
    line.output = outputs[draw(d, 0, RP_COUNT_OF(outputs) - 1)];
    line.exit_status = draw(d, 0, 5) == 0 ? 3 : 0;
    line.signal = draw(d, 0, 9) == 0 ? 11 : 0;
    line.gone_ms = draw(d, 0, 4) == 0 ? -1 : draw(d, 0, 12) * 10;
    line.spawn_fails = draw(d, 0, 11) == 0;
    return line;
}

struct interruption {
    struct rp_operator base;
    int64_t turns; /* left before it cancels, and again two turns later */
};

static bool interrupt(struct rp_operator *op, enum rp_operator_command *command,
    enum rp_reason *cause)
{
    struct interruption *self = RP_CONTAINER_OF(op, struct interruption, base);
    *command = RP_OPERATOR_CANCEL;
    *cause = RP_REASON_CANCELLED_SIGINT;
    int64_t left = self->turns--;
    return left == 0 || left == -2;
}

static uint64_t playing; /* the seed; 0: all went well */

static void rerun_changed(struct rehearsal *r, const struct edit *edit)
{
    rerun(r, edit);
    if (r->rc != RP_OK && r->rc != RP_E_NOT_FOUND) {
        fail_msg("the rerun broke: %s", r->err.text);
    }
    assert_int_equal(
        r->rc == RP_OK, r->result.comparison.after.outcome != RP_OUTCOME_NONE);
}

static void whatever_workers_do_is_played_again(void **state)
{
    (void)state;
    static const struct rp_operator_ops ops = {
        .name = "interrupt", .next = interrupt};
    static const char *const paths[] = {"gather/labs@1", "gather/labs@2",
        "gather/labs@*", "gather/labs/*@1", "gather/meds@1", "gather/old@1",
        "sum@1"};
    for (uint64_t seed = 1; seed <= SESSIONS; seed++) {
        struct drawing d = {.seed = seed};
        struct script_line lines[RP_COUNT_OF(paths)];
        struct interruption interruption = {{&ops}, draw(&d, 0, 30)};
        struct rehearsal r = {.stage = {.control = &interruption.base}};
        playing = seed;
        for (size_t i = 0; i < RP_COUNT_OF(paths); i++) {
            lines[i] = draw_line(&d, paths[i]);
        }
        rehearse(&r, plans[draw(&d, 0, RP_COUNT_OF(plans) - 1)], lines,
            (uint32_t)RP_COUNT_OF(paths));
        assert_identical(&r);
        struct edit edit = {.changed = RP_CHANGED_ANSWER};
        edit.plan = plans[draw(&d, 0, RP_COUNT_OF(plans) - 1)];
        rerun_changed(&r, &edit);
        edit.fault = faults[draw(&d, 0, RP_COUNT_OF(faults) - 1)];
        rerun_changed(&r, &edit);
        rehearsal_fini(&r);
    }
    playing = 0;
}

static int tell_seed(void **state)
{
    (void)state;
    if (playing != 0) {
        print_error("seed %llu\n", (unsigned long long)playing);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(
            whatever_workers_do_is_played_again, tell_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
