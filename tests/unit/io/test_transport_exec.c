/* Real workers, each misbehaving in its own way. No test sleeps: each waits in
 * the transport's own poll for the completion that must come. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <reprise/clock_system.h>
#include <reprise/mem.h>
#include <reprise/transport_exec.h>

#define WAIT_MAX_MS 600000 /* ends what hangs */
#define LONG_S 600         /* far above what a busy machine needs */

extern char **environ;

struct fixture {
    struct rp_reactor *reactor;
    struct rp_clock *clock;
    struct rp_transport *transport;
    struct rp_session_head head;
    struct rp_plan plan;
    struct rp_plan_agent agent;
    uint32_t next;
    const char *argv[8];
};

static const char *const no_env[] = {NULL};

static void begin(void **state, struct rp_clock *clock)
{
    static const uint8_t chance[10] = {7};
    struct fixture *f = rp_mem_zalloc(sizeof(*f));
    f->clock = clock;
    assert_int_equal(rp_reactor_new(&f->reactor, NULL), RP_OK);
    f->head.id = rp_session_id_of((struct rp_wall){1}, chance);
    f->head.trace = (struct rp_trace_id){{1, 2, 3}};
    f->head.incarnation = 1;
    f->head.sampled = true;
    f->plan.dir = "/";
    f->agent = (struct rp_plan_agent){
        .name = "a",
        .stdin_mode = RP_STDIN_TASK,
        .grace = {2 * RP_NS_PER_S},
        .linger = {LONG_S * RP_NS_PER_S},
        .output_bytes_max = 1u << 20,
    };
    struct rp_exec_options options = {.reactor = f->reactor,
        .clock = f->clock,
        .head = &f->head,
        .plan = &f->plan,
        .environ = environ};
    assert_int_equal(
        rp_transport_exec_new(&f->transport, &options, NULL), RP_OK);
    *state = f;
}

static int set_up(void **state)
{
    begin(state, rp_clock_system_new());
    return 0;
}

/* Time stands still but for what the test lets pass. */
static int set_up_virtual(void **state)
{
    begin(state, rp_clock_virtual_new((struct rp_wall){1}));
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    rp_transport_free(&f->transport);
    rp_reactor_free(&f->reactor);
    rp_clock_free(&f->clock);
    rp_mem_free(f);
    return 0;
}

static uint32_t start_argv(
    struct fixture *f, const char *const *argv, bool stopped)
{
    f->agent.program = argv[0];
    struct rp_call call = {
        .number = ++f->next,
        .path = "gather/a@1/call:1",
        .task = "gather/a",
        .attempt = 1,
        .agent = &f->agent,
        .agent_name = "a",
        .input = RP_STR("{\"x\":5.0}"),
        .argv = argv,
        .env = no_env,
        .timeout = {10 * RP_NS_PER_S},
        .idle = f->agent.idle.ns == 0 ? RP_DURATION_FOREVER : f->agent.idle,
        .stopped = stopped,
    };
    assert_int_equal(
        f->transport->ops->submit(f->transport, &call, NULL), RP_OK);
    return call.number;
}

static uint32_t start(struct fixture *f, const char *script)
{
    f->argv[0] = "/bin/sh";
    f->argv[1] = "-c";
    f->argv[2] = script;
    f->argv[3] = NULL;
    return start_argv(f, f->argv, false);
}

static struct rp_report next_report(struct fixture *f)
{
    struct rp_report report;
    struct rp_instant until =
        rp_instant_add(rp_clock_now(f->clock), rp_duration_of_ms(WAIT_MAX_MS));
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc;
    do {
        rc = f->transport->ops->poll(f->transport, until, &report, &err);
    } while (
        rc == RP_E_TIMEOUT && rp_instant_before(rp_clock_now(f->clock), until));
    assert_int_equal(rc, RP_OK);
    return report;
}

static const struct rp_completion *completion(struct fixture *f)
{
    struct rp_report report = next_report(f);
    assert_int_equal(report.kind, RP_REPORT_COMPLETED);
    return report.completion;
}

static void a_worker_gets_its_task_and_its_output_arrives(void **state)
{
    struct fixture *f = *state;
    start(f, "cat");
    const struct rp_completion *c = completion(f);
    assert_int_equal(c->end, RP_END_EXITED);
    assert_int_equal(c->exit_status, 0);
    char text[1024];
    (void)snprintf(text, sizeof(text), "%.*s", RP_STR_ARG(c->output));
    assert_non_null(strstr(text, "{\"task\":\"gather/a\",\"attempt\":1,"
                                 "\"input\":{\"x\":5.0}"));
    assert_non_null(strstr(text, "\"deadline_ms\":10000}"));
    assert_false(c->pipe_held);
}

static void the_environment_is_clean_and_names_the_attempt(void **state)
{
    struct fixture *f = *state;
    start(f, "env");
    const struct rp_completion *c = completion(f);
    char text[8192];
    (void)snprintf(text, sizeof(text), "%.*s", RP_STR_ARG(c->output));
    assert_null(strstr(text, "stray-value-1"));
    assert_non_null(strstr(text, "REPRISE_PATH=gather/a@1\n"));
    assert_non_null(
        strstr(text, "TRACEPARENT=00-01020300000000000000000000000000-"));
    assert_non_null(strstr(text, "/gather/a\n"));
}

static void exits_and_signals_are_told_apart(void **state)
{
    struct fixture *f = *state;
    start(f, "echo '{}'; exit 3");
    const struct rp_completion *c = completion(f);
    assert_int_equal(c->end, RP_END_EXITED);
    assert_int_equal(c->exit_status, 3);
    assert_int_equal(c->output.len, 3);
    start(f, "kill -SEGV $$");
    c = completion(f);
    assert_int_equal(c->end, RP_END_SIGNALED);
    assert_int_equal(c->signal, SIGSEGV);
}

static void what_cannot_be_started_says_why(void **state)
{
    struct fixture *f = *state;
    const char *const argv[] = {"/nowhere/labs", NULL};
    start_argv(f, argv, false);
    const struct rp_completion *c = completion(f);
    assert_int_equal(c->end, RP_END_SPAWN);
    assert_string_equal(
        c->message, "cannot start '/nowhere/labs': No such file or directory");
    f->agent.cwd = "/nowhere";
    start(f, "exit 0");
    c = completion(f);
    assert_int_equal(c->end, RP_END_SPAWN);
    assert_string_equal(c->message,
        "cannot start '/bin/sh' in its directory: No such file or directory");
}

static void a_worker_that_ignores_term_is_killed_after_its_grace(void **state)
{
    struct fixture *f = *state;
    f->agent.grace = rp_duration_of_ms(50);
    uint32_t call = start(f, "trap '' TERM; echo up >&3; while :; do :; done");
    struct rp_call_state seen;
    struct rp_instant begun = rp_clock_now(f->clock), now;
    do { /* until the trap is set, when it was not silent */
        struct rp_report report;
        (void)f->transport->ops->poll(f->transport,
            rp_instant_add(rp_clock_now(f->clock), rp_duration_of_ms(5)),
            &report, NULL);
        now = rp_clock_now(f->clock);
        assert_true(f->transport->ops->observe(f->transport, call, &seen));
    } while (
        now.ns - seen.silent.ns <= begun.ns && now.ns < LONG_S * RP_NS_PER_S);
    f->transport->ops->cancel(f->transport, call, RP_CANCEL_TERM);
    const struct rp_completion *c = completion(f);
    assert_int_equal(c->end, RP_END_KILLED);
    assert_true(c->term_sent);
    assert_int_equal(kill(c->pid, 0), -1);
}

static void a_grandchild_that_holds_the_pipe_is_ended(void **state)
{
    struct fixture *f = *state;
    start(f, "trap '' TERM; setsid sh -c 'sleep 1000' & echo '{}'");
    const struct rp_completion *c = completion(f);
    assert_int_equal(c->end, RP_END_EXITED);
    assert_true(c->pipe_held);
    assert_int_equal(c->output.len, 3);
    assert_true(c->duration.ns < LONG_S * RP_NS_PER_S);
}

static void let_pass(struct fixture *f, int64_t ms)
{
    rp_clock_virtual_advance(f->clock,
        rp_instant_add(rp_clock_now(f->clock), rp_duration_of_ms(ms)));
}

static void await_exit(struct fixture *f, uint32_t call)
{
    struct rp_call_state seen;
    siginfo_t info;
    assert_true(f->transport->ops->observe(f->transport, call, &seen));
    assert_int_equal(
        waitid(P_PID, (id_t)seen.pid, &info, WEXITED | WNOWAIT), 0);
}

static enum rp_code poll_now(struct fixture *f, struct rp_report *report)
{
    return f->transport->ops->poll(
        f->transport, rp_clock_now(f->clock), report, NULL);
}

/* More than the reactor tells of at once. */
static void many_that_ended_while_nobody_looked_hold_no_pipe(void **state)
{
    struct fixture *f = *state;
    uint32_t calls[80];
    for (size_t i = 0; i < RP_COUNT_OF(calls); i++) {
        calls[i] = start(f, "cat >/dev/null; echo '{}'");
    }
    for (size_t i = 0; i < RP_COUNT_OF(calls); i++) {
        await_exit(f, calls[i]);
    }
    for (size_t i = 0; i < RP_COUNT_OF(calls); i++) {
        struct rp_report report;
        let_pass(f, 2 * RP_END_OF_FILE_WAIT_MS);
        assert_int_equal(poll_now(f, &report), RP_OK);
        assert_int_equal(report.completion->end, RP_END_EXITED);
        assert_int_equal(report.completion->output.len, 3);
        assert_false(report.completion->pipe_held);
    }
}

static void who_let_go_of_the_pipe_while_nobody_looked_held_none(void **state)
{
    struct fixture *f = *state;
    struct rp_report report;
    int ends[2];
    char script[128], line;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFD, FD_CLOEXEC), 0);
    assert_true(ends[1] <= 9); /* shells know one digit */
    (void)snprintf(script, sizeof(script),
        "cat >/dev/null; { read line; exec >&- 2>&- 3>&-; echo >&%d; } <&%d & "
        "echo '{}'",
        ends[1], ends[1]);
    uint32_t call = start(f, script);
    (void)close(ends[1]); /* the worker's */
    await_exit(f, call);
    let_pass(f, RP_END_OF_FILE_WAIT_MS);
    assert_int_equal(poll_now(f, &report), RP_E_TIMEOUT); /* it is held */
    assert_int_equal(write(ends[0], "\n", 1), 1);
    assert_int_equal(read(ends[0], &line, 1), 1); /* it is not any more */
    let_pass(f, RP_END_OF_FILE_WAIT_MS);
    assert_int_equal(poll_now(f, &report), RP_OK);
    assert_int_equal(report.completion->end, RP_END_EXITED);
    assert_false(report.completion->pipe_held);
    (void)close(ends[0]); /* all was said */
}

static void a_flood_on_stdout_ends_the_worker(void **state)
{
    struct fixture *f = *state;
    start(f, "exec yes");
    const struct rp_completion *c = completion(f);
    assert_int_equal(c->end, RP_END_KILLED);
    assert_int_equal(c->why, RP_REASON_OUTPUT_TOO_LARGE);
    assert_true(c->output_cut);
    assert_int_equal(c->output.len, 1u << 20);
}

static void a_flood_on_stderr_is_cut_and_does_not_block(void **state)
{
    struct fixture *f = *state;
    start(f, "head -c 8000000 /dev/zero >&2; echo '{}'");
    const struct rp_completion *c = completion(f);
    assert_int_equal(c->end, RP_END_EXITED);
    assert_int_equal(c->diagnostics_bytes, 8000000);
    assert_true(c->diagnostics_cut);
    assert_in_range(
        c->diagnostics.len, RP_STDERR_BYTES_MAX, RP_STDERR_BYTES_MAX + 64);
    assert_int_equal(c->output.len, 3);
}

static void a_worker_that_lingers_is_ended_and_its_output_kept(void **state)
{
    struct fixture *f = *state;
    f->agent.linger = rp_duration_of_ms(50);
    start(f, "echo '{\"a\":\"}\"}'; exec sleep 1000");
    const struct rp_completion *c = completion(f);
    assert_int_equal(c->end, RP_END_KILLED);
    assert_int_equal(c->why, RP_REASON_HUNG_AFTER_OUTPUT);
    assert_int_equal(c->output.len, 10);
}

static void silence_is_reported_once_and_leaves_a_gap(void **state)
{
    struct fixture *f = *state;
    f->agent.idle = rp_duration_of_ms(40);
    uint32_t call = start(f, "exec sleep 1000");
    struct rp_report report = next_report(f);
    assert_int_equal(report.kind, RP_REPORT_IDLE);
    f->transport->ops->cancel(f->transport, call, RP_CANCEL_KILL);
    const struct rp_completion *c = completion(f);
    assert_int_equal(c->end, RP_END_KILLED);
    assert_int_equal(c->gap_count, 1);
    assert_true(c->gaps[0].length.ns >= 40 * RP_NS_PER_MS);
}

static void what_was_said_to_a_busy_caller_breaks_the_silence(void **state)
{
    struct fixture *f = *state;
    char folder[] = "/tmp/reprise-XXXXXX", said[64], script[256];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(said, sizeof(said), "%s/said", folder);
    (void)snprintf(script, sizeof(script),
        "echo '{\"type\":\"heartbeat\"}' >&3; : >%s; exec sleep 1000", said);
    f->agent.idle = rp_duration_of_ms(40);
    uint32_t call = start(f, script);
    struct rp_instant due =
        rp_instant_add(rp_clock_now(f->clock), f->agent.idle);
    while (access(said, F_OK) != 0 ||
           rp_instant_before(rp_clock_now(f->clock), due)) {
        /* A caller that is busy with something else. */
    }
    struct rp_instant asked = rp_clock_now(f->clock);
    struct rp_report report = next_report(f);
    assert_int_equal(report.kind, RP_REPORT_IDLE);
    assert_false(
        rp_instant_before(report.at, rp_instant_add(asked, f->agent.idle)));
    f->transport->ops->cancel(f->transport, call, RP_CANCEL_KILL);
    assert_int_equal(completion(f)->end, RP_END_KILLED);
    assert_int_equal(unlink(said), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void a_stopped_worker_never_runs_and_can_be_killed(void **state)
{
    struct fixture *f = *state;
    const char *const argv[] = {"/bin/sh", "-c", "echo '{}'", NULL};
    uint32_t call = start_argv(f, argv, true);
    assert_true(f->transport->ops->signal(f->transport, call, SIGKILL));
    const struct rp_completion *c = completion(f);
    assert_int_equal(c->end, RP_END_SIGNALED);
    assert_int_equal(c->signal, SIGKILL);
    assert_int_equal(c->output.len, 0);
}

static void events_on_descriptor_three_are_read(void **state)
{
    struct fixture *f = *state;
    start(f, "echo '{\"type\":\"usage\",\"model\":\"m\",\"input_tokens\":7,"
             "\"output_tokens\":9}' >&3; echo '{\"type\":\"heartbeat\"}' >&3;"
             "printf nonsense >&3; echo '{}'");
    const struct rp_completion *c = completion(f);
    assert_true(c->usage.present);
    assert_int_equal(c->usage.input_tokens, 7);
    assert_string_equal(c->usage.model, "m");
    char log[256];
    (void)snprintf(log, sizeof(log), "%.*s", RP_STR_ARG(c->log));
    assert_non_null(strstr(log, "nonsense"));
    assert_null(strstr(log, "heartbeat"));
}

static void secrets_are_masked_over_read_boundaries(void **state)
{
    struct fixture *f = *state;
    static const struct rp_plan_env env[] = {
        {"MY_PASS", RP_ENV_SECRET, NULL, "RP_TEST_SECRET_SOURCE"}};
    f->agent.env = env;
    f->agent.env_count = 1;
    start(f, "printf '\"hunter2'; printf -- '-hunter2\"'; echo $MY_PASS >&2");
    const struct rp_completion *c = completion(f);
    char text[256];
    (void)snprintf(text, sizeof(text), "%.*s|%.*s", RP_STR_ARG(c->output),
        RP_STR_ARG(c->diagnostics));
    assert_string_equal(text, "\"[secret:MY_PASS]\"|[secret:MY_PASS]\n");
}

static int open_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

static void five_hundred_calls_leave_nothing_behind(void **state)
{
    struct fixture *f = *state;
    const char *const argv[] = {"/bin/echo", "{}", NULL};
    int before = open_descriptors();
    uint32_t running = 0;
    uint32_t done = 0;
    uint32_t begun = 0;
    while (done < 500) {
        while (running < 64 && begun < 500) {
            start_argv(f, argv, false);
            running++;
            begun++;
        }
        const struct rp_completion *c = completion(f);
        assert_int_equal(c->end, RP_END_EXITED);
        assert_int_equal(c->output.len, 3);
        running--;
        done++;
    }
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_VIRTUAL(name)                                                     \
    cmocka_unit_test_setup_teardown(name, set_up_virtual, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_worker_gets_its_task_and_its_output_arrives),
        TEST(the_environment_is_clean_and_names_the_attempt),
        TEST(exits_and_signals_are_told_apart),
        TEST(what_cannot_be_started_says_why),
        TEST(a_worker_that_ignores_term_is_killed_after_its_grace),
        TEST(a_grandchild_that_holds_the_pipe_is_ended),
        TEST_VIRTUAL(many_that_ended_while_nobody_looked_hold_no_pipe),
        TEST_VIRTUAL(who_let_go_of_the_pipe_while_nobody_looked_held_none),
        TEST(a_flood_on_stdout_ends_the_worker),
        TEST(a_flood_on_stderr_is_cut_and_does_not_block),
        TEST(a_worker_that_lingers_is_ended_and_its_output_kept),
        TEST(silence_is_reported_once_and_leaves_a_gap),
        TEST(what_was_said_to_a_busy_caller_breaks_the_silence),
        TEST(a_stopped_worker_never_runs_and_can_be_killed),
        TEST(events_on_descriptor_three_are_read),
        TEST(secrets_are_masked_over_read_boundaries),
        TEST(five_hundred_calls_leave_nothing_behind),
    };
    /* Before any transport borrows the environment. */
    (void)setenv("REPRISE_TEST_STRAY", "stray-value-1", 1);
    (void)setenv("RP_TEST_SECRET_SOURCE", "hunter2-hunter2", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
