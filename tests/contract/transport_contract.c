/* No test sleeps: each waits in the transport's own poll, for a report that
 * must come or until an instant at which none may have come. */
#include "transport_contract.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include <reprise/fault_inject.h>
#include <reprise/mem.h>

#define WAIT_MAX_MS 300000 /* ends what hangs, on the slowest machine */
#define QUIET_MS 60        /* time in which nothing may be reported */
#define IDLE_MS 30
#define MANY 200

struct contract {
    const struct contract_subject *subject;
    struct contract_bench bench;
};

/* ---- before and after each test ---- */

static void decorate(struct contract *c)
{
    struct contract_bench *bench = &c->bench;
    struct rp_err err = RP_ERR_INIT;
    for (size_t i = 0; i < 2 && c->subject->rules[i] != NULL; i++) {
        struct rp_str text = rp_str_of(c->subject->rules[i]);
        if (rp_fault_rule_add(&bench->rules, text, &err) != RP_OK) {
            fail_msg("%s", err.text);
        }
    }
    bench->transport =
        rp_fault_inject_new(bench->transport, &bench->rules, bench->clock, 1);
}

static int set_up(void **state)
{
    struct contract *c = rp_mem_zalloc(sizeof(*c));
    c->subject = *state;
    c->subject->maker->open(&c->bench);
    if (c->subject->decorated) {
        decorate(c);
    }
    *state = c;
    return 0;
}

static int tear_down(void **state)
{
    struct contract *c = *state;
    rp_transport_free(&c->bench.transport);
    c->subject->maker->close(&c->bench);
    rp_mem_free(c);
    return 0;
}

/* ---- what a caller does ---- */

static struct rp_instant in_ms(struct contract *c, int64_t ms)
{
    return rp_instant_add(rp_clock_now(c->bench.clock), rp_duration_of_ms(ms));
}

struct how {
    struct rp_duration idle; /* 0: off */
    bool stopped;
};

static uint32_t submit_how(
    struct contract *c, enum contract_worker what, struct how how)
{
    struct contract_bench *bench = &c->bench;
    assert_true(bench->last < CONTRACT_CALLS_MAX);
    struct rp_call call = {
        .number = ++bench->last,
        .path = "a@1/call:1",
        .task = "a",
        .attempt = 1,
        .agent_name = "a",
        .input = RP_STR("{}"),
        .timeout = {30 * RP_NS_PER_S},
        .idle = how.idle.ns == 0 ? RP_DURATION_FOREVER : how.idle,
        .stopped = how.stopped,
    };
    c->subject->maker->prepare(bench, what, &call);
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc =
        bench->transport->ops->submit(bench->transport, &call, &err);
    if (rc != RP_OK) {
        fail_msg("submit failed: %s", err.text);
    }
    return call.number;
}

static uint32_t submit(struct contract *c, enum contract_worker what)
{
    return submit_how(c, what, (struct how){.stopped = false});
}

static void cancel(struct contract *c, uint32_t call, enum rp_cancel_mode mode)
{
    c->bench.transport->ops->cancel(c->bench.transport, call, mode);
}

static bool send_signal(struct contract *c, uint32_t call, int signo)
{
    return c->bench.transport->ops->signal(c->bench.transport, call, signo);
}

static bool is_running(struct contract *c, uint32_t call)
{
    struct rp_call_state seen;
    return c->bench.transport->ops->observe(c->bench.transport, call, &seen);
}

/* What holds for every report, whichever the test. */
static void check_report(struct contract *c, const struct rp_report *report)
{
    struct contract_bench *bench = &c->bench;
    assert_in_range(report->call, 1, bench->last);
    assert_false(rp_instant_before(report->at, bench->reported));
    assert_false(rp_instant_before(rp_clock_now(bench->clock), report->at));
    assert_int_equal(bench->completed[report->call], 0);
    bench->reported = report->at;
    if (report->kind == RP_REPORT_IDLE) {
        assert_int_equal(bench->idled[report->call]++, 0);
        assert_true(is_running(c, report->call));
        return;
    }
    bench->completed[report->call]++;
    assert_non_null(report->completion);
    assert_int_equal(report->completion->call, report->call);
    assert_in_range(report->completion->fault_count, 0, c->subject->marks_max);
    assert_false(is_running(c, report->call));
}

/* Its process is dead when this returns, and not reaped. */
static void await_death(struct contract *c, uint32_t call)
{
    struct rp_call_state seen = {.pid = 0};
    siginfo_t info;
    assert_true(
        c->bench.transport->ops->observe(c->bench.transport, call, &seen));
    if (c->subject->maker->processes) {
        assert_int_equal(
            waitid(P_PID, (id_t)seen.pid, &info, WEXITED | WNOWAIT), 0);
    }
}

/* False if none came by `until`. */
static bool report_by(
    struct contract *c, struct rp_instant until, struct rp_report *out)
{
    struct contract_bench *bench = &c->bench;
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc;
    do { /* it may return early, on behalf of something else */
        rc = bench->transport->ops->poll(bench->transport, until, out, &err);
    } while (rc == RP_E_TIMEOUT &&
             rp_instant_before(rp_clock_now(bench->clock), until));
    if (rc == RP_OK) {
        check_report(c, out);
        return true;
    }
    if (rc != RP_E_TIMEOUT) {
        fail_msg("poll failed: %s", err.text);
    }
    return false;
}

static struct rp_report next_report(struct contract *c)
{
    struct rp_report report;
    if (!report_by(c, in_ms(c, WAIT_MAX_MS), &report)) {
        fail_msg("nothing was reported in %d ms", WAIT_MAX_MS);
    }
    return report;
}

static const struct rp_completion *completion_of(
    struct contract *c, uint32_t call)
{
    struct rp_report report = next_report(c);
    assert_int_equal(report.kind, RP_REPORT_COMPLETED);
    assert_int_equal(report.call, call);
    return report.completion;
}

static void assert_quiet(struct contract *c)
{
    struct rp_report report;
    assert_false(report_by(c, in_ms(c, QUIET_MS), &report));
}

/* ---- completions ---- */

static void a_delivery_completes_with_its_output(void **state)
{
    struct contract *c = *state;
    const struct rp_completion *done =
        completion_of(c, submit(c, CONTRACT_DELIVERS));
    assert_int_equal(done->end, RP_END_EXITED);
    assert_int_equal(done->exit_status, 0);
    assert_true(rp_str_is(done->output, CONTRACT_OUTPUT));
    assert_int_equal(done->output_bytes, strlen(CONTRACT_OUTPUT));
    done = completion_of(c, submit(c, CONTRACT_FAILS));
    assert_int_equal(done->end, RP_END_EXITED);
    assert_int_equal(done->exit_status, 3);
}

static void every_accepted_call_completes_exactly_once(void **state)
{
    struct contract *c = *state;
    for (int round = 0; round < 3; round++) {
        for (int what = 0; what < CONTRACT_WORKERS; what++) {
            uint32_t call = submit(c, (enum contract_worker)what);
            if (what == CONTRACT_HANGS || what == CONTRACT_IGNORES) {
                cancel(c, call, round == 1 ? RP_CANCEL_KILL : RP_CANCEL_TERM);
            }
        }
    }
    for (uint32_t i = 0; i < c->bench.last; i++) {
        assert_int_equal(next_report(c).kind, RP_REPORT_COMPLETED);
    }
    assert_quiet(c); /* check_report saw that none came twice */
}

static void a_spawn_that_fails_is_a_completion(void **state)
{
    struct contract *c = *state;
    const struct rp_completion *done =
        completion_of(c, submit(c, CONTRACT_MISSING));
    assert_int_equal(done->end, RP_END_SPAWN);
    assert_int_equal(done->pid, 0);
    assert_int_equal(done->output.len, 0);
    assert_true(done->message[0] != '\0');
}

static void reports_come_in_the_order_of_their_time(void **state)
{
    struct contract *c = *state;
    struct how how = {.idle = rp_duration_of_ms(IDLE_MS)};
    uint32_t idle = submit_how(c, CONTRACT_HANGS, how);
    for (int i = 0; i < 8; i++) {
        submit(c, i % 2 == 0 ? CONTRACT_DELIVERS : CONTRACT_FAILS);
    }
    uint32_t left = c->bench.last - 1;
    while (left > 0 || c->bench.idled[idle] == 0) {
        left -= next_report(c).kind == RP_REPORT_COMPLETED ? 1 : 0;
    }
    cancel(c, idle, RP_CANCEL_KILL);
    completion_of(c, idle); /* check_report compared the instants */
    assert_int_equal(c->bench.idled[idle], 1);
}

/* With something else than this transport. */
static void be_busy(struct contract *c, int64_t ms)
{
    struct rp_instant until = in_ms(c, ms);
    while (c->subject->maker->processes &&
           rp_instant_before(rp_clock_now(c->bench.clock), until)) {
        /* The machine is ours. */
    }
}

static void what_came_while_the_caller_was_busy_is_no_silence(void **state)
{
    struct contract *c = *state;
    struct how how = {.idle = rp_duration_of_ms(IDLE_MS)};
    uint32_t call = submit_how(c, CONTRACT_DELIVERS, how);
    await_death(c, call);
    be_busy(c, 2 * IDLE_MS);
    const struct rp_completion *done = completion_of(c, call);
    assert_int_equal(done->end, RP_END_EXITED);
    assert_true(rp_str_is(done->output, CONTRACT_OUTPUT));
    assert_quiet(c);
}

/* Ends that are known wait for their poll while silences become due. */
static void a_slow_caller_gets_the_order_of_time_too(void **state)
{
    struct contract *c = *state;
    struct how later = {.idle = rp_duration_of_ms(IDLE_MS)};
    struct how sooner = {.idle = rp_duration_of_ms(IDLE_MS - 5)};
    submit_how(c, CONTRACT_HANGS, sooner);
    uint32_t idle = submit_how(c, CONTRACT_HANGS, later);
    uint32_t calls[2];
    for (size_t i = 0; i < RP_COUNT_OF(calls); i++) {
        calls[i] = submit(c, CONTRACT_HANGS);
        cancel(c, calls[i], RP_CANCEL_KILL);
        await_death(c, calls[i]);
    }
    while (c->bench.completed[calls[0]] == 0) {
        next_report(c); /* on a slow machine silences come before it */
    }
    be_busy(c, IDLE_MS);
    while (c->bench.idled[idle] == 0 || c->bench.completed[calls[1]] == 0) {
        next_report(c); /* check_report compares the instants */
    }
}

static void what_a_report_borrows_lasts_until_the_next_poll(void **state)
{
    struct contract *c = *state;
    uint32_t other = submit(c, CONTRACT_HANGS);
    const struct rp_completion *done =
        completion_of(c, submit(c, CONTRACT_DELIVERS));
    submit(c, CONTRACT_MISSING);
    uint32_t more = submit(c, CONTRACT_DELIVERS);
    (void)is_running(c, more);
    assert_true(send_signal(c, other, SIGKILL));
    cancel(c, done->call, RP_CANCEL_KILL);
    cancel(c, more, RP_CANCEL_KILL);
    assert_true(rp_str_is(done->output, CONTRACT_OUTPUT));
    assert_int_equal(done->exit_status, 0);
}

static void two_hundred_calls_at_once_complete_once_each(void **state)
{
    struct contract *c = *state;
    for (int i = 0; i < MANY; i++) {
        submit(c, CONTRACT_DELIVERS);
    }
    for (int i = 0; i < MANY; i++) {
        struct rp_report report = next_report(c);
        assert_int_equal(report.kind, RP_REPORT_COMPLETED);
        assert_int_equal(report.completion->end, RP_END_EXITED);
        assert_true(rp_str_is(report.completion->output, CONTRACT_OUTPUT));
    }
    for (uint32_t call = 1; call <= MANY; call++) {
        assert_int_equal(c->bench.completed[call], 1);
    }
    assert_quiet(c);
}

/* ---- cancelling ---- */

static void a_cancelled_call_completes_as_ended_by_us(void **state)
{
    struct contract *c = *state;
    uint32_t call = submit(c, CONTRACT_HANGS);
    cancel(c, call, RP_CANCEL_TERM);
    const struct rp_completion *done = completion_of(c, call);
    assert_int_equal(done->end, RP_END_KILLED);
    assert_true(done->term_sent);
    assert_int_equal(done->why, RP_REASON_NONE);
    call = submit(c, CONTRACT_HANGS);
    cancel(c, call, RP_CANCEL_KILL);
    done = completion_of(c, call);
    assert_int_equal(done->end, RP_END_KILLED);
    assert_true(done->kill_sent);
    assert_false(done->term_sent);
    assert_quiet(c);
}

static void what_ignores_term_is_ended_after_its_grace(void **state)
{
    struct contract *c = *state;
    uint32_t call = submit(c, CONTRACT_IGNORES);
    cancel(c, call, RP_CANCEL_TERM);
    const struct rp_completion *done = completion_of(c, call);
    assert_int_equal(done->end, RP_END_KILLED);
    assert_true(done->term_sent);
    assert_quiet(c);
}

static void cancelling_again_gives_no_second_completion(void **state)
{
    struct contract *c = *state;
    uint32_t call = submit(c, CONTRACT_IGNORES);
    cancel(c, call, RP_CANCEL_TERM);
    cancel(c, call, RP_CANCEL_TERM);
    cancel(c, call, RP_CANCEL_KILL);
    cancel(c, call, RP_CANCEL_KILL);
    const struct rp_completion *done = completion_of(c, call);
    assert_int_equal(done->end, RP_END_KILLED);
    assert_true(done->kill_sent);
    cancel(c, call, RP_CANCEL_KILL);
    assert_quiet(c);
}

static void cancelling_the_unknown_or_completed_does_nothing(void **state)
{
    struct contract *c = *state;
    cancel(c, 77, RP_CANCEL_TERM);
    cancel(c, 0, RP_CANCEL_KILL);
    uint32_t done = submit(c, CONTRACT_DELIVERS);
    completion_of(c, done);
    uint32_t other = submit(c, CONTRACT_HANGS);
    cancel(c, done, RP_CANCEL_TERM);
    cancel(c, done, RP_CANCEL_KILL);
    cancel(c, UINT32_MAX, RP_CANCEL_KILL);
    assert_quiet(c);
    assert_true(is_running(c, other));
    cancel(c, other, RP_CANCEL_KILL);
    completion_of(c, other);
}

/* ---- time ---- */

static void poll_returns_at_until(void **state)
{
    struct contract *c = *state;
    struct rp_transport *t = c->bench.transport;
    struct rp_report report = {.call = 1234};
    struct rp_instant until = in_ms(c, 10);
    assert_false(report_by(c, until, &report)); /* nothing runs */
    uint32_t call = submit(c, CONTRACT_HANGS);
    until = in_ms(c, 10);
    assert_false(report_by(c, until, &report));
    assert_false(rp_instant_before(rp_clock_now(c->bench.clock), until));
    /* On a virtual clock this is exact; a real one is a busy machine's. */
    int64_t late_ns = rp_instant_since(rp_clock_now(c->bench.clock), until).ns;
    assert_true(
        late_ns <= (c->subject->maker->processes ? 300 * RP_NS_PER_S : 0));
    /* What is past already does not wait either, nor touch what is out. */
    assert_int_equal(
        t->ops->poll(t, (struct rp_instant){0}, &report, NULL), RP_E_TIMEOUT);
    assert_int_equal(report.call, 1234);
    cancel(c, call, RP_CANCEL_KILL);
    completion_of(c, call);
}

static void silence_is_reported_at_most_once(void **state)
{
    struct contract *c = *state;
    struct how how = {.idle = rp_duration_of_ms(IDLE_MS)};
    uint32_t call = submit_how(c, CONTRACT_HANGS, how);
    struct rp_report report = next_report(c);
    assert_int_equal(report.kind, RP_REPORT_IDLE);
    assert_int_equal(report.call, call);
    assert_true(report.silent.ns >= how.idle.ns);
    assert_quiet(c);
    cancel(c, call, RP_CANCEL_KILL);
    completion_of(c, call);
    assert_quiet(c);
}

/* ---- signals ---- */

static void a_signal_is_not_our_ending(void **state)
{
    struct contract *c = *state;
    uint32_t call = submit(c, CONTRACT_HANGS);
    assert_true(send_signal(c, call, SIGKILL));
    const struct rp_completion *done = completion_of(c, call);
    assert_int_equal(done->end, RP_END_SIGNALED);
    assert_int_equal(done->signal, SIGKILL);
    assert_false(done->kill_sent);
    assert_false(done->term_sent);
    assert_int_equal(done->output.len, 0);
}

static void signalling_the_unknown_or_completed_is_false(void **state)
{
    struct contract *c = *state;
    assert_false(send_signal(c, 77, SIGKILL));
    uint32_t call = submit(c, CONTRACT_DELIVERS);
    completion_of(c, call);
    assert_false(send_signal(c, call, SIGKILL));
    assert_false(is_running(c, call));
    assert_quiet(c);
}

static void a_stopped_worker_is_silent_until_it_is_killed(void **state)
{
    struct contract *c = *state;
    struct how how = {.idle = rp_duration_of_ms(IDLE_MS), .stopped = true};
    uint32_t call = submit_how(c, CONTRACT_DELIVERS, how);
    assert_int_equal(next_report(c).kind, RP_REPORT_IDLE);
    assert_quiet(c);
    assert_true(is_running(c, call));
    assert_true(send_signal(c, call, SIGKILL));
    const struct rp_completion *done = completion_of(c, call);
    assert_int_equal(done->end, RP_END_SIGNALED);
    assert_int_equal(done->output.len, 0);
}

static void a_stopped_worker_takes_a_signal_when_it_is_continued(void **state)
{
    struct contract *c = *state;
    struct how how = {.idle = rp_duration_of_ms(IDLE_MS), .stopped = true};
    uint32_t call = submit_how(c, CONTRACT_DELIVERS, how);
    assert_int_equal(next_report(c).kind, RP_REPORT_IDLE); /* it stands */
    assert_true(send_signal(c, call, SIGTERM));
    assert_true(send_signal(c, call, SIGCONT));
    const struct rp_completion *done = completion_of(c, call);
    assert_int_equal(done->end, RP_END_SIGNALED);
    assert_int_equal(done->signal, SIGTERM);
    assert_int_equal(done->output.len, 0);
}

static void a_stopped_worker_can_be_cancelled(void **state)
{
    struct contract *c = *state;
    struct how how = {.stopped = true};
    uint32_t call = submit_how(c, CONTRACT_DELIVERS, how);
    cancel(c, call, RP_CANCEL_TERM);
    const struct rp_completion *done = completion_of(c, call);
    assert_int_equal(done->end, RP_END_KILLED);
    assert_int_equal(done->output.len, 0);
    call = submit(c, CONTRACT_HANGS);
    assert_true(send_signal(c, call, SIGSTOP));
    cancel(c, call, RP_CANCEL_TERM);
    done = completion_of(c, call);
    assert_int_equal(done->end, RP_END_KILLED);
}

/* ---- the end ---- */

static void free_ends_whatever_still_runs(void **state)
{
    struct contract *c = *state;
    static const enum contract_worker kinds[] = {
        CONTRACT_HANGS, CONTRACT_IGNORES, CONTRACT_HANGS, CONTRACT_MISSING};
    int32_t pids[RP_COUNT_OF(kinds)] = {0};
    struct rp_transport *t = c->bench.transport;
    for (size_t i = 0; i < RP_COUNT_OF(kinds); i++) {
        struct rp_call_state seen = {.pid = 0};
        struct how how = {.stopped = i == 2};
        uint32_t call = submit_how(c, kinds[i], how);
        if (t->ops->observe(t, call, &seen)) {
            pids[i] = seen.pid;
        }
    }
    assert_true(pids[0] > 0 && pids[1] > 0 && pids[2] > 0);
    rp_transport_free(&c->bench.transport);
    assert_null(c->bench.transport);
    for (size_t i = 0; i < 3 && c->subject->maker->processes; i++) {
        assert_int_equal(kill(pids[i], 0), -1);
    }
}

static void the_machine_lacks_what_it_takes(void **state)
{
    const struct contract_subject *subject = *state;
    print_message("%s\n", contract_lack(subject->maker));
    skip();
}

int contract_run(const struct contract_subject *subject)
{
#define PROMISE(name)                                                          \
    {                                                                          \
#name, name, set_up, tear_down,                                        \
            (void *)(uintptr_t)(const void *)subject                           \
    }
    const struct CMUnitTest tests[] = {
        PROMISE(a_delivery_completes_with_its_output),
        PROMISE(every_accepted_call_completes_exactly_once),
        PROMISE(a_spawn_that_fails_is_a_completion),
        PROMISE(reports_come_in_the_order_of_their_time),
        PROMISE(what_came_while_the_caller_was_busy_is_no_silence),
        PROMISE(a_slow_caller_gets_the_order_of_time_too),
        PROMISE(what_a_report_borrows_lasts_until_the_next_poll),
        PROMISE(two_hundred_calls_at_once_complete_once_each),
        PROMISE(a_cancelled_call_completes_as_ended_by_us),
        PROMISE(what_ignores_term_is_ended_after_its_grace),
        PROMISE(cancelling_again_gives_no_second_completion),
        PROMISE(cancelling_the_unknown_or_completed_does_nothing),
        PROMISE(poll_returns_at_until),
        PROMISE(silence_is_reported_at_most_once),
        PROMISE(a_signal_is_not_our_ending),
        PROMISE(signalling_the_unknown_or_completed_is_false),
        PROMISE(a_stopped_worker_is_silent_until_it_is_killed),
        PROMISE(a_stopped_worker_takes_a_signal_when_it_is_continued),
        PROMISE(a_stopped_worker_can_be_cancelled),
        PROMISE(free_ends_whatever_still_runs),
    };
    const struct CMUnitTest lacks[] = {
        {"the_machine_lacks_what_it_takes", the_machine_lacks_what_it_takes,
            NULL, NULL, (void *)(uintptr_t)(const void *)subject}};
    if (contract_lack(subject->maker) != NULL) {
        return cmocka_run_group_tests_name(subject->name, lacks, NULL, NULL);
    }
    return cmocka_run_group_tests_name(subject->name, tests, NULL, NULL);
}
