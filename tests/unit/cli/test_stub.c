/* Agents that are not run: their calls complete by themselves, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/mem.h>

#include "stub.h"

/* Answers each call when the clock is moved past its time. */
struct inner {
    struct rp_transport base; /* first member */
    struct rp_clock *clock;
    struct {
        uint32_t call;
        struct rp_instant due;
    } calls[8];
    uint32_t count, cancelled;
    struct rp_completion completion;
};

static enum rp_code inner_submit(
    struct rp_transport *t, const struct rp_call *call, struct rp_err *err)
{
    struct inner *self = RP_CONTAINER_OF(t, struct inner, base);
    (void)err;
    self->calls[self->count].call = call->number;
    self->calls[self->count++].due =
        rp_instant_add(rp_clock_now(self->clock), rp_duration_of_ms(10));
    return RP_OK;
}

static void inner_cancel(
    struct rp_transport *t, uint32_t call, enum rp_cancel_mode mode)
{
    struct inner *self = RP_CONTAINER_OF(t, struct inner, base);
    (void)call;
    (void)mode;
    self->cancelled++;
}

static bool inner_signal(struct rp_transport *t, uint32_t call, int signo)
{
    (void)t;
    (void)call;
    (void)signo;
    return false;
}

static enum rp_code inner_poll(struct rp_transport *t, struct rp_instant until,
    struct rp_report *out, struct rp_err *err)
{
    struct inner *self = RP_CONTAINER_OF(t, struct inner, base);
    (void)err;
    if (self->count == 0 || rp_instant_before(until, self->calls[0].due)) {
        rp_clock_virtual_advance(self->clock, until);
        return RP_E_TIMEOUT;
    }
    rp_clock_virtual_advance(self->clock, self->calls[0].due);
    self->completion =
        (struct rp_completion){.call = self->calls[0].call, .pid = 1};
    *out = (struct rp_report){.kind = RP_REPORT_COMPLETED,
        .at = self->calls[0].due,
        .call = self->calls[0].call,
        .completion = &self->completion};
    self->count--;
    memmove(
        &self->calls[0], &self->calls[1], self->count * sizeof(self->calls[0]));
    return RP_OK;
}

static bool inner_observe(
    struct rp_transport *t, uint32_t call, struct rp_call_state *out)
{
    (void)t;
    (void)call;
    (void)out;
    return false;
}

static void inner_free(struct rp_transport *t)
{
    rp_mem_free(RP_CONTAINER_OF(t, struct inner, base));
}

static const struct rp_transport_ops inner_ops = {
    .name = "inner",
    .submit = inner_submit,
    .cancel = inner_cancel,
    .signal = inner_signal,
    .poll = inner_poll,
    .observe = inner_observe,
    .free = inner_free,
};

static const struct rp__stub stubs[] = {
    {.agent = "labs", .output = {"{\"a\":1}", 7}},
    {.agent = "meds", .output = {"{}", 2}},
    {.agent = "note", .output = {"7", 1}, .content = {{1}}},
    {.task = "all/one", .output = {"1", 1}}, {.lanes = "all/*", .made = true},
    {.output = {"2", 1}, .content = {{2}}}};

struct world {
    struct rp_clock *clock;
    struct inner *inner;
    struct rp_transport *t;
};

static int setup(void **state)
{
    struct world *w = rp_mem_zalloc(sizeof(*w));
    w->clock = rp_clock_virtual_new((struct rp_wall){0});
    w->inner = rp_mem_zalloc(sizeof(*w->inner));
    w->inner->base.ops = &inner_ops;
    w->inner->clock = w->clock;
    w->t = rp__stub_new(&w->inner->base, w->clock, stubs, RP_COUNT_OF(stubs));
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    rp_transport_free(&w->t);
    rp_clock_free(&w->clock);
    rp_mem_free(w);
    return 0;
}

static void submit(struct world *w, uint32_t number, const char *agent)
{
    struct rp_call call = {
        .number = number, .agent_name = agent, .task = "task"};
    assert_int_equal(w->t->ops->submit(w->t, &call, NULL), RP_OK);
}

/* The call that is reported next, 0 when there is none by then. */
static uint32_t next(struct world *w, int64_t until_ms)
{
    struct rp_report report;
    struct rp_instant until = {until_ms * RP_NS_PER_MS};
    enum rp_code rc = w->t->ops->poll(w->t, until, &report, NULL);
    return rc == RP_OK ? report.call : 0;
}

static void a_stubbed_call_completes_at_once_with_the_files_bytes(void **state)
{
    struct world *w = *state;
    struct rp_report report;
    submit(w, 1, "labs");
    assert_int_equal(
        w->t->ops->poll(w->t, (struct rp_instant){0}, &report, NULL), RP_OK);
    assert_int_equal(report.kind, RP_REPORT_COMPLETED);
    assert_int_equal(report.at.ns, 0);
    assert_int_equal(report.completion->end, RP_END_EXITED);
    assert_int_equal(report.completion->exit_status, 0);
    assert_int_equal(report.completion->output_bytes, 7);
    assert_true(rp_str_is(report.completion->output, "{\"a\":1}"));
    assert_int_equal(next(w, 0), 0); /* exactly once */
}

static void other_calls_go_to_the_transport_below(void **state)
{
    struct world *w = *state;
    submit(w, 1, "notes");
    assert_int_equal(next(w, 5), 0);
    assert_int_equal(next(w, 20), 1);
}

/* "" when the call is made. */
static const char *answer_to(struct world *w, const char *task)
{
    struct rp_report report;
    struct rp_instant until = {10 * RP_NS_PER_MS};
    struct rp_call call = {
        .number = 1, .agent_name = "any", .task = task, .content = {{2}}};
    assert_int_equal(w->t->ops->submit(w->t, &call, NULL), RP_OK);
    assert_int_equal(w->t->ops->poll(w->t, until, &report, NULL), RP_OK);
    return report.at.ns > 0 ? "" : report.completion->output.ptr;
}

static void a_task_has_its_own_answer_before_those_that_are_made(void **state)
{
    struct world *w = *state;
    assert_string_equal(answer_to(w, "all/one"), "1");
    assert_string_equal(answer_to(w, "other"), "2");
    assert_string_equal(answer_to(w, "all/two"), "");
}

static void reports_come_in_the_order_of_their_time(void **state)
{
    struct world *w = *state;
    submit(w, 1, "notes"); /* due at 10 */
    rp_clock_virtual_advance(w->clock, (struct rp_instant){10 * RP_NS_PER_MS});
    submit(w, 2, "labs");  /* answered at 10, after it */
    submit(w, 3, "notes"); /* due at 20 */
    submit(w, 4, "meds");
    assert_int_equal(next(w, 10), 1);
    assert_int_equal(next(w, 10), 2);
    assert_int_equal(next(w, 10), 4);
    assert_int_equal(next(w, 10), 0);
    assert_int_equal(next(w, 30), 3);
}

static void an_answer_is_not_held_up_by_what_is_due_later(void **state)
{
    struct world *w = *state;
    submit(w, 1, "notes");
    submit(w, 2, "labs");
    assert_int_equal(next(w, 100), 2);
    assert_int_equal(next(w, 100), 1);
}

static void cancelling_an_answered_call_takes_nothing_back(void **state)
{
    struct world *w = *state;
    submit(w, 1, "labs");
    w->t->ops->cancel(w->t, 1, RP_CANCEL_KILL);
    assert_int_equal(next(w, 0), 1);
    assert_int_equal(next(w, 0), 0);
}

static void a_stopped_call_hangs_until_it_is_killed(void **state)
{
    struct world *w = *state;
    struct rp_report report;
    struct rp_call call = {.number = 1,
        .agent_name = "labs",
        .stopped = true,
        .idle = {20 * RP_NS_PER_MS}};
    assert_int_equal(w->t->ops->submit(w->t, &call, NULL), RP_OK);
    assert_int_equal(next(w, 10), 0);
    assert_int_equal(w->t->ops->poll(w->t,
                         (struct rp_instant){50 * RP_NS_PER_MS}, &report, NULL),
        RP_OK);
    assert_int_equal(report.kind, RP_REPORT_IDLE);
    assert_int_equal(report.at.ns, 20 * RP_NS_PER_MS);
    assert_int_equal(next(w, 60), 0); /* told once */
    assert_true(
        w->t->ops->signal(w->t, 1, SIGTERM)); /* taken when it goes on */
    assert_int_equal(next(w, 60), 0);
    w->t->ops->cancel(w->t, 1, RP_CANCEL_TERM);
    assert_int_equal(w->t->ops->poll(w->t,
                         (struct rp_instant){70 * RP_NS_PER_MS}, &report, NULL),
        RP_OK);
    assert_int_equal(report.completion->end, RP_END_KILLED);
    assert_int_equal(w->inner->cancelled, 0);
    assert_int_equal(next(w, 80), 0);
}

static void a_stopped_call_can_be_killed_by_a_signal(void **state)
{
    struct world *w = *state;
    struct rp_report report;
    struct rp_call call = {.number = 1,
        .agent_name = "labs",
        .stopped = true,
        .idle = RP_DURATION_FOREVER};
    assert_int_equal(w->t->ops->submit(w->t, &call, NULL), RP_OK);
    assert_true(w->t->ops->signal(w->t, 1, SIGKILL));
    assert_int_equal(
        w->t->ops->poll(w->t, (struct rp_instant){0}, &report, NULL), RP_OK);
    assert_int_equal(report.completion->end, RP_END_SIGNALED);
    assert_int_equal(report.completion->signal, SIGKILL);
}

static void a_stopped_call_takes_its_signal_when_it_goes_on(void **state)
{
    struct world *w = *state;
    struct rp_report report;
    struct rp_call_state seen;
    struct rp_call call = {.number = 1,
        .agent_name = "labs",
        .stopped = true,
        .idle = RP_DURATION_FOREVER};
    assert_int_equal(w->t->ops->submit(w->t, &call, NULL), RP_OK);
    assert_true(w->t->ops->signal(w->t, 1, SIGTERM));
    assert_int_equal(next(w, 10), 0);
    assert_true(w->t->ops->observe(w->t, 1, &seen));
    assert_int_equal(seen.silent.ns, 10 * RP_NS_PER_MS);
    assert_true(w->t->ops->signal(w->t, 1, SIGCONT));
    assert_int_equal(
        w->t->ops->poll(w->t, (struct rp_instant){0}, &report, NULL), RP_OK);
    assert_int_equal(report.completion->end, RP_END_SIGNALED);
    assert_int_equal(report.completion->signal, SIGTERM);
    assert_false(w->t->ops->observe(w->t, 1, &seen));
}

static void a_stopped_call_answers_when_it_goes_on(void **state)
{
    struct world *w = *state;
    struct rp_call call = {.number = 1,
        .agent_name = "labs",
        .stopped = true,
        .idle = RP_DURATION_FOREVER};
    assert_int_equal(w->t->ops->submit(w->t, &call, NULL), RP_OK);
    assert_true(w->t->ops->signal(w->t, 1, SIGCONT));
    assert_int_equal(next(w, 0), 1);
}

static void one_of_a_content_answers_no_other_call(void **state)
{
    struct world *w = *state;
    struct rp_call same = {
        .number = 1, .agent_name = "note", .task = "task", .content = {{1}}};
    struct rp_call other = {
        .number = 2, .agent_name = "note", .task = "task", .content = {{3}}};
    assert_int_equal(w->t->ops->submit(w->t, &same, NULL), RP_OK);
    assert_int_equal(next(w, 0), 1);
    assert_int_equal(w->t->ops->submit(w->t, &other, NULL), RP_OK);
    assert_int_equal((int)w->inner->count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stubbed_call_completes_at_once_with_the_files_bytes),
        TEST(other_calls_go_to_the_transport_below),
        TEST(a_task_has_its_own_answer_before_those_that_are_made),
        TEST(reports_come_in_the_order_of_their_time),
        TEST(an_answer_is_not_held_up_by_what_is_due_later),
        TEST(cancelling_an_answered_call_takes_nothing_back),
        TEST(a_stopped_call_hangs_until_it_is_killed),
        TEST(a_stopped_call_can_be_killed_by_a_signal),
        TEST(a_stopped_call_takes_its_signal_when_it_goes_on),
        TEST(a_stopped_call_answers_when_it_goes_on),
        TEST(one_of_a_content_answers_no_other_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
