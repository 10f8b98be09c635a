/* Keeper and orchestrator as real processes. Each test runs its keeper in a
 * child of its own, so that subreapers and children do not add up. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <reprise/keeper.h>

/* What the tests and their processes share. */
static int told[2]; /* a pipe: facts, one byte or pid each */

static int set_up(void **state)
{
    (void)state;
    return pipe(told);
}

static int tear_down(void **state)
{
    (void)state;
    (void)close(told[0]);
    (void)close(told[1]);
    return 0;
}

static void tell_pid(pid_t pid)
{
    ssize_t sent = write(told[1], &pid, sizeof(pid));
    assert_int_equal(sent, sizeof(pid));
}

static pid_t hear_pid(void)
{
    pid_t pid = 0;
    assert_int_equal(read(told[0], &pid, sizeof(pid)), sizeof(pid));
    return pid;
}

/* Waits until nobody holds the writing end any more, which is when every
 * process that inherited it is gone. */
static void wait_until_all_are_gone(void)
{
    char rest[64];
    (void)close(told[1]);
    told[1] = -1;
    while (read(told[0], rest, sizeof(rest)) > 0) {
    }
}

/* ---- orchestrators ---- */

static int ends_with_7(void *context)
{
    (void)context;
    return 7;
}

static void be_a_daemon(int ready)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGTERM, &ignore, NULL);
    tell_pid(getpid());
    (void)close(ready);
    for (;;) {
        (void)pause();
    }
}

/* Leaves a daemon that ignores SIGTERM, when it has told its pid. */
static void leave_a_daemon(void)
{
    int ready[2];
    char none;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        (void)setsid();
        if (fork() == 0) {
            be_a_daemon(ready[1]);
        }
        _exit(0);
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &none, 1), 0); /* all have closed it */
    (void)close(ready[0]);
    (void)waitpid(child, NULL, 0);
}

static int leaves_a_daemon(void *context)
{
    leave_a_daemon();
    (void)context;
    return 0;
}

static int is_killed(void *context)
{
    leave_a_daemon();
    (void)context;
    (void)raise(SIGKILL);
    return 0;
}

/* Tells its pid, then the number of each signal it gets until SIGTERM. */
static int tells_signals(void *context)
{
    static const int numbers[] = {
        SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT};
    sigset_t set;
    (void)context;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        (void)sigaddset(&set, numbers[i]);
    }
    (void)sigaddset(&set, SIGRTMIN);
    tell_pid(getpid());
    for (;;) {
        int signo = sigwaitinfo(&set, NULL);
        tell_pid((pid_t)signo);
        if (signo == SIGTERM || signo == SIGRTMIN) {
            return 3;
        }
    }
}

/* ---- running them ---- */

static pid_t start_keeper(int (*orchestrate)(void *context))
{
    pid_t keeper = fork();
    if (keeper == 0) {
        struct rp_keeper_end end;
        if (rp_keeper_run(orchestrate, NULL, &end, NULL) != RP_OK) {
            _exit(99);
        }
        bool alive = end.survivor_count > 0 || end.survivors[0] != '\0';
        _exit(alive ? 98 : end.signal != 0 ? 100 + end.signal : end.status);
    }
    return keeper;
}

static int status_of(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* ---- tests ---- */

static void what_the_orchestrator_returns_is_passed_on(void **state)
{
    (void)state;
    assert_int_equal(status_of(start_keeper(ends_with_7)), 7);
}

static void a_daemon_that_is_left_is_ended(void **state)
{
    (void)state;
    assert_int_equal(status_of(start_keeper(leaves_a_daemon)), 0);
    pid_t daemon = hear_pid();
    assert_int_equal(kill(daemon, 0), -1);
}

static void a_killed_orchestrator_is_said_and_its_daemon_ended(void **state)
{
    (void)state;
    assert_int_equal(status_of(start_keeper(is_killed)), 100 + SIGKILL);
    pid_t daemon = hear_pid();
    assert_int_equal(kill(daemon, 0), -1);
}

static void signals_are_forwarded_once_each(void **state)
{
    (void)state;
    pid_t keeper = start_keeper(tells_signals);
    pid_t orchestrator = hear_pid();
    assert_int_not_equal(orchestrator, keeper);
    assert_int_not_equal(getpgid(orchestrator), getpgid(keeper));
    static const int sent[] = {SIGINT, SIGHUP, SIGWINCH, SIGTERM};
    for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
        assert_int_equal(kill(keeper, sent[i]), 0);
        assert_int_equal(hear_pid(), sent[i]);
    }
    assert_int_equal(status_of(keeper), 3);
}

static void ctrl_z_stops_the_keeper_too(void **state)
{
    int status;
    (void)state;
    pid_t keeper = start_keeper(tells_signals);
    (void)hear_pid();
    assert_int_equal(kill(keeper, SIGTSTP), 0);
    assert_int_equal(hear_pid(), SIGTSTP);
    assert_int_equal(waitpid(keeper, &status, WUNTRACED), keeper);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(kill(keeper, SIGCONT), 0);
    assert_int_equal(hear_pid(), SIGCONT);
    assert_int_equal(kill(keeper, SIGTERM), 0);
    assert_int_equal(hear_pid(), SIGTERM);
    assert_int_equal(status_of(keeper), 3);
}

static void a_dead_keeper_is_told_to_the_orchestrator(void **state)
{
    (void)state;
    pid_t keeper = start_keeper(tells_signals);
    (void)hear_pid();
    assert_int_equal(kill(keeper, SIGKILL), 0);
    assert_int_equal(status_of(keeper), -SIGKILL);
    assert_int_equal(hear_pid(), SIGRTMIN);
    wait_until_all_are_gone();
}

static void children_that_were_there_are_spared(void **state)
{
    (void)state;
    pid_t parent = fork();
    if (parent == 0) {
        struct rp_keeper_end end;
        pid_t before = fork();
        if (before == 0) {
            (void)pause();
            _exit(0);
        }
        bool good = rp_keeper_run(leaves_a_daemon, NULL, &end, NULL) == RP_OK &&
                    waitpid(before, NULL, WNOHANG) == 0;
        (void)kill(before, SIGKILL);
        (void)waitpid(before, NULL, 0);
        _exit(good ? 0 : 1);
    }
    assert_int_equal(status_of(parent), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            what_the_orchestrator_returns_is_passed_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_daemon_that_is_left_is_ended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_killed_orchestrator_is_said_and_its_daemon_ended, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            signals_are_forwarded_once_each, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            ctrl_z_stops_the_keeper_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_dead_keeper_is_told_to_the_orchestrator, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            children_that_were_there_are_spared, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
