#include <reprise/keeper.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <reprise/buf.h>
#include <reprise/limits.h>

#include "signals.h"
#include "worker.h"

/* ---- the child ---- */

/* Does not return. */
static void become_orchestrator(
    pid_t keeper, int (*orchestrate)(void *context), void *context)
{
    (void)setsid(); /* cannot fail in a new process */
    if (prctl(PR_SET_PDEATHSIG, rp__signal_keeper_lost()) != 0 ||
        getppid() != keeper) {
        _exit(RP__LOST_STATUS); /* it died before it could be told to us */
    }
    exit(orchestrate(context));
}

/* ---- the parent ---- */

/* True when it has ended. */
static bool take_end(pid_t pid, struct rp_keeper_end *end)
{
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) != 0 ||
        info.si_pid != pid) {
        return false;
    }
    bool exited = info.si_code == CLD_EXITED;
    end->status = exited ? info.si_status : RP__LOST_STATUS;
    end->signal = exited ? 0 : info.si_status;
    return true;
}

static void watch_over(
    pid_t pid, const sigset_t *signals, struct rp_keeper_end *end)
{
    while (!take_end(pid, end)) {
        int signo = sigwaitinfo(signals, NULL);
        if (signo <= 0 || signo == SIGCHLD ||
            signo == rp__signal_keeper_lost()) {
            continue;
        }
        (void)kill(pid, signo); /* gone already: the next turn sees it */
        if (signo == SIGTSTP) {
            (void)raise(SIGSTOP); /* the shell waits for it */
        }
    }
}

static bool owns_nothing(void *context, pid_t pid)
{
    (void)context;
    (void)pid;
    return false;
}

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * RP_NS_PER_S + now.tv_nsec;
}

static void end_adopted(struct rp__descendants *adopted,
    const sigset_t *signals, struct rp_keeper_end *end)
{
    int64_t limit = now_ns() + (int64_t)RP_KILL_ROUNDS_MS * RP_NS_PER_MS;
    struct timespec pause = {0, RP_NS_PER_MS};
    uint32_t left;
    while (
        (left = rp__descendants_end(adopted, NULL, owns_nothing, NULL)) > 0 &&
        now_ns() < limit) {
        (void)sigtimedwait(signals, NULL, &pause); /* SIGCHLD wakes it */
    }
    end->survivor_count = left;
    if (left > 0) {
        rp__descendants_name(adopted, end->survivors, sizeof(end->survivors));
    }
}

enum rp_code rp_keeper_run(int (*orchestrate)(void *context), void *context,
    struct rp_keeper_end *end, struct rp_err *err)
{
    sigset_t signals, before;
    pid_t self = getpid();
    *end = (struct rp_keeper_end){.status = 0};
    struct rp__descendants *adopted = rp__descendants_new();
    if (prctl(PR_SET_CHILD_SUBREAPER, 1L) != 0) {
        rp__descendants_free(&adopted);
        return rp_err_set(err, RP_E_IO, "cannot become a subreaper: %s",
            strerrordesc_np(errno));
    }
    rp__signals_forwarded(&signals);
    (void)sigaddset(&signals, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &signals, &before);
    (void)fflush(NULL); /* or both would write what is buffered */
    pid_t pid = fork();
    if (pid == 0) {
        become_orchestrator(self, orchestrate, context);
    }
    enum rp_code rc = RP_OK;
    if (pid < 0) {
        rc = rp_err_set(err, RP_E_IO, "cannot start the orchestrator: %s",
            strerrordesc_np(errno));
    } else {
        watch_over(pid, &signals, end);
        end_adopted(adopted, &signals, end);
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    rp__descendants_free(&adopted);
    return rc;
}
