/* Calls that nobody behind knows of are made elsewhere, in another time. Both
 * sides are scripted here, each on a clock of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/mem.h>

#include "elsewhere.h"
#include "scripted.h"

static const struct script_line known_lines[] = {
    {"known/soon@1", 10, "1", 0, 0, 0, 0},
    {"known/late@1", 30, "2", 0, 0, 0, 0},
};
static const struct script_line live_lines[] = {
    {"live/one@1", 20, "3", 0, 0, 0, 0},
    {"live/never@1", -1, NULL, 0, 0, 5, 0},
};
static const struct script known = {known_lines, 2};
static const struct script elsewhere = {live_lines, 2};

struct world {
    struct rp_clock *clock, *live_clock;
    struct rp_transport *live, *t;
    struct rp_transport forgetful;
    struct rp_operator people;
    bool asked;
    struct rp__paths made;
};

/* Knows what begins with "known". */
static enum rp_code forgetful_submit(
    struct rp_transport *t, const struct rp_call *call, struct rp_err *err)
{
    return strncmp(call->task, "known", 5) == 0
               ? rp_transport_pass_submit(t, call, err)
               : rp_err_set(err, RP_E_NOT_FOUND, "never seen");
}

static void forgetful_free(struct rp_transport *t)
{
    (void)t;
}

static const struct rp_transport_ops forgetful_ops = {
    .name = "forgetful",
    .submit = forgetful_submit,
    .cancel = rp_transport_pass_cancel,
    .signal = rp_transport_pass_signal,
    .poll = rp_transport_pass_poll,
    .observe = rp_transport_pass_observe,
    .free = forgetful_free,
};

static bool next_asked(struct rp_operator *op,
    enum rp_operator_command *command, enum rp_reason *cause)
{
    struct world *w = RP_CONTAINER_OF(op, struct world, people);
    *command = RP_OPERATOR_CANCEL;
    *cause = RP_REASON_NONE;
    return w->asked;
}

static const struct rp_operator_ops people_ops = {
    .name = "people", .next = next_asked};

static bool is_live(const void *context, const char *task)
{
    (void)context;
    return strncmp(task, "live", 4) == 0;
}

static int setup(void **state)
{
    struct world *w = rp_mem_zalloc(sizeof(*w));
    w->clock = rp_clock_virtual_new((struct rp_wall){0});
    w->live_clock = rp_clock_virtual_new((struct rp_wall){0});
    rp_clock_virtual_advance(w->live_clock, (struct rp_instant){777});
    w->live = scripted_new(&elsewhere, w->live_clock);
    w->forgetful =
        (struct rp_transport){&forgetful_ops, scripted_new(&known, w->clock)};
    w->people.ops = &people_ops;
    struct rp__elsewhere_options options = {
        .clock = w->clock,
        .live = w->live,
        .live_clock = w->live_clock,
        .people = &w->people,
        .wanted = is_live,
        .made = &w->made,
    };
    w->t = rp__elsewhere_new(&w->forgetful, &options);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    rp_transport_free(&w->t);
    rp_transport_free(&w->live);
    rp_clock_free(&w->clock);
    rp_clock_free(&w->live_clock);
    rp__paths_fini(&w->made);
    rp_mem_free(w);
    return 0;
}

static enum rp_code submit(struct world *w, uint32_t number, const char *task)
{
    struct rp_call call = {.number = number,
        .path = task,
        .task = task,
        .attempt = 1,
        .agent_name = "any",
        .timeout = RP_DURATION_FOREVER,
        .idle = RP_DURATION_FOREVER};
    struct rp_err err = RP_ERR_INIT;
    return w->t->ops->submit(w->t, &call, &err);
}

/* The next report by `until_ms`: its call and when; 0 when there is none. */
static uint32_t next(struct world *w, int64_t until_ms, int64_t *at_ms)
{
    struct rp_report report;
    struct rp_err err = RP_ERR_INIT;
    struct rp_instant until = {until_ms * RP_NS_PER_MS};
    for (;;) {
        enum rp_code rc = w->t->ops->poll(w->t, until, &report, &err);
        if (rc == RP_OK) {
            *at_ms = report.at.ns / RP_NS_PER_MS;
            assert_true(report.at.ns <= rp_clock_now(w->clock).ns);
            return report.call;
        }
        assert_int_equal(rc, RP_E_TIMEOUT);
        if (!rp_instant_before(rp_clock_now(w->clock), until)) {
            return 0;
        }
        rp_err_clear(&err);
    }
}

static void reports_of_both_come_in_the_order_of_their_time(void **state)
{
    struct world *w = *state;
    int64_t at = -1;
    assert_int_equal(submit(w, 1, "known/soon"), RP_OK);
    assert_int_equal(submit(w, 2, "live/one"), RP_OK);
    assert_int_equal(submit(w, 3, "known/late"), RP_OK);
    assert_int_equal(next(w, 1000, &at), 1);
    assert_int_equal(at, 10);
    assert_int_equal(next(w, 1000, &at), 2);
    assert_int_equal(at, 20);
    assert_int_equal(next(w, 1000, &at), 3);
    assert_int_equal(at, 30);
    assert_int_equal(w->made.count, 1);
    assert_string_equal(w->made.items[0], "live/one");
}

static void what_nobody_wants_elsewhere_stays_a_miss(void **state)
{
    struct world *w = *state;
    assert_int_equal(submit(w, 1, "other"), RP_E_NOT_FOUND);
    assert_int_equal(w->made.count, 0);
}

static void time_passes_elsewhere_up_to_the_instant_asked_for(void **state)
{
    struct world *w = *state;
    int64_t at = -1;
    assert_int_equal(submit(w, 1, "live/never"), RP_OK);
    assert_int_equal(next(w, 50, &at), 0);
    assert_int_equal(rp_clock_now(w->clock).ns, 50 * RP_NS_PER_MS);
    w->t->ops->cancel(w->t, 1, RP_CANCEL_TERM);
    assert_int_equal(next(w, 1000, &at), 1);
    assert_int_equal(at, 55);
    /* None of those runs any more: the clock jumps again. */
    assert_int_equal(submit(w, 2, "known/late"), RP_OK);
    assert_int_equal(next(w, 1000, &at), 2);
    assert_int_equal(at, 85);
    assert_true(rp_clock_now(w->live_clock).ns < 60 * RP_NS_PER_MS);
}

static void who_asks_something_ends_it(void **state)
{
    struct world *w = *state;
    struct rp_report report;
    struct rp_err err = RP_ERR_INIT;
    struct rp_instant until = {RP_NS_PER_S};
    assert_int_equal(submit(w, 1, "live/never"), RP_OK);
    w->asked = true;
    assert_int_equal(
        w->t->ops->poll(w->t, until, &report, &err), RP_E_CANCELLED);
}

static void signals_go_to_whom_runs_it(void **state)
{
    struct world *w = *state;
    int64_t at = -1;
    assert_int_equal(submit(w, 1, "live/never"), RP_OK);
    assert_int_equal(submit(w, 2, "known/late"), RP_OK);
    assert_true(w->t->ops->signal(w->t, 1, SIGKILL));
    assert_int_equal(next(w, 1000, &at), 1);
    assert_false(w->t->ops->signal(w->t, 1, SIGKILL));
    assert_true(w->t->ops->signal(w->t, 2, SIGKILL));
    assert_int_equal(next(w, 1000, &at), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reports_of_both_come_in_the_order_of_their_time),
        TEST(what_nobody_wants_elsewhere_stays_a_miss),
        TEST(time_passes_elsewhere_up_to_the_instant_asked_for),
        TEST(who_asks_something_ends_it),
        TEST(signals_go_to_whom_runs_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
