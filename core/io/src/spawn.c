#include "spawn.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the parent ignores must not be ignored by the worker. */
static const int reset_signals[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT,
    SIGCHLD, SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGWINCH};

/* A limit can be lowered by anybody; it is the last that happens before the
 * program, for it holds for us too. Returns the errno of what failed. */
static int impoverish(const struct rp_hardship *hardship)
{
    /* What the C library calls the type of a resource is not an int. */
    static const int resources[RP_SCARCE_COUNT] = {
        [RP_SCARCE_MEMORY] = RLIMIT_AS,
        [RP_SCARCE_FILE_SIZE] = RLIMIT_FSIZE,
        [RP_SCARCE_DESCRIPTORS] = RLIMIT_NOFILE,
        [RP_SCARCE_PROCESSES] = RLIMIT_NPROC,
        [RP_SCARCE_CPU] = RLIMIT_CPU,
        [RP_SCARCE_CORE] = RLIMIT_CORE,
    };
    if (hardship->stdin_closed) {
        (void)close(0); /* nothing was read */
    }
    for (int i = 0; i < RP_SCARCE_COUNT; i++) {
        rlim_t most = (rlim_t)hardship->limits[i];
        struct rlimit limit = {most, most};
        if (i == RP_SCARCE_CPU) {
            limit.rlim_max++; /* at the hard one it is SIGKILL */
        }
        if ((hardship->limited & (1u << i)) != 0 &&
            setrlimit(resources[i], &limit) != 0) {
            return errno;
        }
    }
    return 0;
}

/* Runs in the child, on the parent's memory: only calls that are safe there.
 * Returns the errno of what failed. */
static int become(const struct rp__spawn *spawn, volatile bool *of_cwd)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    for (size_t i = 0; i < RP_COUNT_OF(reset_signals); i++) {
        (void)sigaction(reset_signals[i], &usual, NULL);
    }
    (void)setpgid(0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        return errno;
    }
    if (getppid() != spawn->parent) {
        _exit(127); /* the parent died before it could be told to us */
    }
    (void)umask(077);
    if (spawn->cwd != NULL && chdir(spawn->cwd) != 0) {
        *of_cwd = true;
        return errno;
    }
    for (int i = 0; i < 4; i++) {
        if (dup2(spawn->fds[i], i) < 0) {
            return errno;
        }
    }
    int failed = spawn->hardship == NULL ? 0 : impoverish(spawn->hardship);
    if (failed != 0) {
        return failed;
    }
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)execve(
        spawn->program, (char *const *)spawn->argv, (char *const *)spawn->env);
    return errno;
}

enum rp_code rp__spawn(
    pid_t *pid, struct rp__spawn_error *error, const struct rp__spawn *spawn)
{
    sigset_t all, before;
    volatile int failed = 0;
    volatile bool of_cwd = false;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    /* vfork, not fork: see spawn.h. */
    pid_t child = vfork(); /* NOLINT(clang-analyzer-security.*) */
    if (child == 0) {
        failed = become(spawn, &of_cwd); /* NOLINT(clang-analyzer-unix.Vfork) */
        _exit(127);
    }
    int why = errno;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    if (child < 0) {
        *error = (struct rp__spawn_error){.number = why};
        return RP_E_IO;
    }
    if (failed != 0) {
        siginfo_t info;
        (void)waitid(P_PID, (id_t)child, &info, WEXITED);
        *error = (struct rp__spawn_error){failed, of_cwd};
        return RP_E_IO;
    }
    *pid = child;
    return RP_OK;
}
