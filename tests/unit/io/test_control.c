/* The control socket over a real socket, signals by raise(). */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <reprise/clock_system.h>
#include <reprise/control.h>
#include <reprise/lease.h>
#include <reprise/mem.h>
#include <reprise/transport_exec.h>

#define PATIENCE_S 600 /* ends what hangs */

struct fixture {
    char folder[256];
    char path[512];
    struct rp_reactor *reactor;
    struct rp_clock *clock;
    struct rp_transport *exec;
    struct rp_session_head head;
    struct rp_plan plan;
    struct rp_control *control;
};

static char *const no_environ[] = {NULL};

static int set_up(void **state)
{
    struct fixture *f = rp_mem_zalloc(sizeof(*f));
    (void)snprintf(f->folder, sizeof(f->folder), "/tmp/reprise-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    /* Longer than the address of a socket may be. */
    (void)snprintf(f->path, sizeof(f->path), "%s/%0120d", f->folder, 0);
    assert_int_equal(mkdir(f->path, 0700), 0);
    size_t len = strlen(f->path);
    (void)snprintf(f->path + len, sizeof(f->path) - len, "/session.sock");
    f->clock = rp_clock_system_new();
    assert_int_equal(rp_reactor_new(&f->reactor, NULL), RP_OK);
    struct rp_exec_options exec = {.reactor = f->reactor,
        .clock = f->clock,
        .head = &f->head,
        .plan = &f->plan,
        .environ = no_environ};
    assert_int_equal(rp_transport_exec_new(&f->exec, &exec, NULL), RP_OK);
    struct rp_control_options options = {
        .reactor = f->reactor,
        .clock = f->clock,
        .exec = f->exec,
        .transport = f->exec,
        .socket_path = f->path,
        .session = "01ABC",
    };
    assert_int_equal(rp_control_new(&f->control, &options, NULL), RP_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    rp_control_free(&f->control);
    assert_int_equal(access(f->path, F_OK), -1); /* it is removed */
    rp_transport_free(&f->exec);
    rp_reactor_free(&f->reactor);
    rp_clock_free(&f->clock);
    *strrchr(f->path, '/') = '\0';
    (void)rmdir(f->path);
    (void)rmdir(f->folder);
    rp_mem_free(f);
    return 0;
}

/* Asks from another process while this one serves. */
static void expect_answer(
    struct fixture *f, const char *request, const char *answer)
{
    pid_t child = fork();
    if (child == 0) {
        char *got = NULL;
        struct rp_err err = RP_ERR_INIT;
        if (rp_control_ask(&got, f->path, request,
                (struct rp_duration){PATIENCE_S * RP_NS_PER_S},
                &err) != RP_OK) {
            (void)fprintf(stderr, "%s\n", err.text);
            _exit(2);
        }
        bool equal = strstr(got, answer) != NULL;
        if (!equal) {
            (void)fprintf(stderr, "got %s\n", got);
        }
        _exit(equal ? 0 : 1);
    }
    int status = -1;
    while (waitpid(child, &status, WNOHANG) == 0) {
        rp_reactor_wait(f->reactor, rp_duration_of_ms(1));
    }
    assert_int_equal(status, 0);
}

static bool next(struct fixture *f, enum rp_reason *cause)
{
    enum rp_operator_command command;
    struct rp_operator *op = rp_control_operator(f->control);
    bool is = op->ops->next(op, &command, cause);
    assert_true(!is || command == RP_OPERATOR_CANCEL);
    return is;
}

static void expect_cancel(struct fixture *f, enum rp_reason expected)
{
    enum rp_reason cause;
    assert_true(next(f, &cause));
    assert_string_equal(rp_reason_name(cause), rp_reason_name(expected));
}

static void a_ping_names_the_session(void **state)
{
    struct fixture *f = *state;
    enum rp_reason cause;
    expect_answer(f, "{\"command\":\"ping\"}", "\"session\":\"01ABC\"");
    assert_false(next(f, &cause));
}

static void a_cancel_reaches_the_operator_and_wakes_the_loop(void **state)
{
    struct fixture *f = *state;
    expect_answer(f, "{\"command\":\"cancel\"}", "{\"ok\":true}");
    assert_true(rp_reactor_take_wake(f->reactor));
    expect_cancel(f, RP_REASON_CANCELLED_OPERATOR);
}

static void what_is_not_understood_is_refused_in_words(void **state)
{
    struct fixture *f = *state;
    enum rp_reason cause;
    static const char *const wrong[] = {"", "x", "[]", "{}", "null",
        "{\"command\":7}", "{\"command\":\"CANCEL\"}",
        "{\"command\":\"cancel\"", "{\"command\":\"observe\"}",
        "{\"command\":\"observe\",\"calls\":{}}", "\"\\u0000\""};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        expect_answer(f, wrong[i], "{\"ok\":false,\"error\":\"");
    }
    assert_false(next(f, &cause));
}

static void calls_that_do_not_run_are_left_out(void **state)
{
    expect_answer(*state, "{\"command\":\"observe\",\"calls\":[1,-1,\"x\"]}",
        "{\"ok\":true,\"calls\":[]}");
}

static void two_requests_on_one_line_end_are_two_answers(void **state)
{
    struct fixture *f = *state;
    enum rp_reason cause;
    expect_answer(f, "{\"command\":\"cancel\"}\n{\"command\":\"cancel\"}",
        "{\"ok\":true}");
    expect_cancel(f, RP_REASON_CANCELLED_OPERATOR);
    /* Who asks leaves with the first answer: the second is maybe to come. */
    bool second = next(f, &cause);
    for (int turn = 0; !second && turn < 1000 * PATIENCE_S; turn++) {
        rp_reactor_wait(f->reactor, rp_duration_of_ms(1));
        second = next(f, &cause);
    }
    assert_true(second);
    assert_int_equal(cause, RP_REASON_CANCELLED_OPERATOR);
}

static void an_endless_line_is_hung_up_on(void **state)
{
    struct fixture *f = *state;
    size_t len = RP_CONTROL_LINE_MAX + 4096;
    char *line = rp_mem_alloc(len + 1);
    memset(line, ' ', len);
    line[len] = '\0';
    pid_t child = fork();
    if (child == 0) {
        char *got = NULL;
        enum rp_code rc = rp_control_ask(&got, f->path, line,
            (struct rp_duration){PATIENCE_S * RP_NS_PER_S}, NULL);
        _exit(rc == RP_E_IO ? 0 : 1);
    }
    int status = -1;
    while (waitpid(child, &status, WNOHANG) == 0) {
        rp_reactor_wait(f->reactor, rp_duration_of_ms(1));
    }
    rp_mem_free(line);
    assert_int_equal(status, 0);
    a_ping_names_the_session(state);
}

static void only_its_user_can_reach_the_socket(void **state)
{
    struct fixture *f = *state;
    struct stat info;
    assert_int_equal(stat(f->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void signals_become_requests_with_their_cause(void **state)
{
    struct fixture *f = *state;
    static const struct {
        int signo;
        enum rp_reason cause;
    } cases[] = {{SIGINT, RP_REASON_CANCELLED_SIGINT},
        {SIGTERM, RP_REASON_CANCELLED_SIGTERM},
        {SIGHUP, RP_REASON_CANCELLED_SIGTERM}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(raise(cases[i].signo), 0);
        rp_reactor_wait(f->reactor, rp_duration_of_ms(1000 * PATIENCE_S));
        expect_cancel(f, cases[i].cause);
    }
    assert_int_equal(raise(SIGRTMIN), 0);
    rp_reactor_wait(f->reactor, rp_duration_of_ms(1000 * PATIENCE_S));
    expect_cancel(f, RP_REASON_KEEPER_LOST);
    expect_cancel(f, RP_REASON_KEEPER_LOST); /* the second one kills */
}

static void time_stands_still_between_stop_and_continue(void **state)
{
    struct fixture *f = *state;
    enum rp_reason cause;
    /* Both are pending: it stops, and goes on at once. */
    assert_int_equal(raise(SIGTSTP), 0);
    assert_int_equal(raise(SIGRTMIN), 0); /* comes after it */
    rp_reactor_wait(f->reactor, rp_duration_of_ms(1000 * PATIENCE_S));
    expect_cancel(f, RP_REASON_KEEPER_LOST);
    expect_cancel(f, RP_REASON_KEEPER_LOST);
    assert_false(next(f, &cause));
    struct rp_instant before = rp_clock_now(f->clock);
    rp_reactor_wait(f->reactor, rp_duration_of_ms(2));
    assert_true(rp_instant_before(before, rp_clock_now(f->clock)));
}

static void nobody_there_is_not_found(void **state)
{
    char *got;
    char path[600];
    struct fixture *f = *state;
    (void)snprintf(path, sizeof(path), "%s.not", f->path);
    assert_int_equal(rp_control_ask(&got, path, "{}",
                         (struct rp_duration){RP_NS_PER_S}, NULL),
        RP_E_NOT_FOUND);
    assert_int_equal(rp_control_ask(&got, "/no/such/folder/x.sock", "{}",
                         (struct rp_duration){RP_NS_PER_S}, NULL),
        RP_E_NOT_FOUND);
}

static void a_lease_is_held_by_one(void **state)
{
    struct fixture *f = *state;
    struct rp_lease *lease = NULL, *second = NULL;
    char path[512];
    assert_true(rp_lease_path(path, sizeof(path), f->path, "01ABC", ".lock"));
    assert_non_null(strstr(path, "/run/01ABC.lock"));
    assert_false(rp_lease_held(path));
    assert_int_equal(rp_lease_take(&lease, path, NULL), RP_OK);
    assert_true(rp_lease_held(path));
    assert_int_equal(rp_lease_take(&second, path, NULL), RP_E_BUSY);
    rp_lease_drop(&lease);
    assert_false(rp_lease_held(path));
    assert_int_equal(access(path, F_OK), -1);
    *strrchr(path, '/') = '\0';
    assert_int_equal(rmdir(path), 0);
    assert_false(rp_lease_path(path, 10, f->path, "01ABC", ".lock"));
}

/* As a child that a dead holder was about to start. */
static void a_lease_is_waited_for_and_not_for_ever(void **state)
{
    struct fixture *f = *state;
    char path[600];
    int ready[2];
    char byte = 0;
    (void)snprintf(path, sizeof(path), "%s/session.lock", f->folder);
    assert_true(rp_lease_wait(path, RP_DURATION_FOREVER)); /* not there */
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct rp_lease *lease = NULL;
        struct rp_err err = RP_ERR_INIT;
        bool good = rp_lease_take(&lease, path, &err) == RP_OK &&
                    write(ready[1], "", 1) == 1;
        (void)raise(SIGSTOP);
        _exit(good ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_false(rp_lease_wait(path, rp_duration_of_ms(20)));
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_true(rp_lease_wait(path, rp_duration_of_ms(1000 * PATIENCE_S)));
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(unlink(path), 0);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_ping_names_the_session),
        CASE(a_cancel_reaches_the_operator_and_wakes_the_loop),
        CASE(what_is_not_understood_is_refused_in_words),
        CASE(calls_that_do_not_run_are_left_out),
        CASE(two_requests_on_one_line_end_are_two_answers),
        CASE(an_endless_line_is_hung_up_on),
        CASE(only_its_user_can_reach_the_socket),
        CASE(signals_become_requests_with_their_cause),
        CASE(time_stands_still_between_stop_and_continue),
        CASE(nobody_there_is_not_found),
        CASE(a_lease_is_held_by_one),
        CASE(a_lease_is_waited_for_and_not_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
