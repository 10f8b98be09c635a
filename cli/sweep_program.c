#include "sweep_program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX 10
#define NOT_STARTED 127

static _Noreturn void be_program(
    const char *const *argv, const char *folder, int in, int out)
{
    int nothing = open("/dev/null", O_WRONLY);
    bool ready = dup2(in, 0) == 0 && dup2(out, 1) == 1 &&
                 (nothing < 0 || dup2(nothing, 2) == 2) && chdir(folder) == 0;
    (void)alarm(SECONDS_MAX); /* outlives exec */
    if (ready) {
        (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
    }
    _exit(NOT_STARTED);
}

/* The first line; the rest is read and forgotten. */
static void read_said(int fd, char said[RP__PROGRAM_SAID_MAX])
{
    char chunk[4096];
    size_t len = 0;
    bool ended = false;
    ssize_t got;
    while ((got = read(fd, chunk, sizeof(chunk))) > 0 ||
           (got < 0 && errno == EINTR)) {
        for (ssize_t i = 0; i < got && !ended; i++) {
            ended = chunk[i] == '\n' || len + 1 == RP__PROGRAM_SAID_MAX;
            if (!ended) { /* it is shown: nothing that moves a cursor */
                unsigned char c = (unsigned char)chunk[i];
                said[len++] = (char)(c < ' ' || c == 0x7F ? ' ' : c);
            }
        }
    }
    said[len] = '\0';
}

/* As of waitpid(), -1 when there is none. */
static int status_of(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return status;
}

static enum rp_code refuse(const char *program, int status, struct rp_err *err)
{
    if (status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        return rp_err_set(err, RP_E_IO, "'%s' judged nothing: it took %d s",
            program, SECONDS_MAX);
    }
    if (status != -1 && WIFSIGNALED(status)) {
        return rp_err_set(err, RP_E_IO,
            "'%s' judged nothing: signal %d ended it", program,
            WTERMSIG(status));
    }
    if (status == -1 || WEXITSTATUS(status) == NOT_STARTED) {
        return rp_err_set(
            err, RP_E_IO, "'%s' judged nothing: it cannot be started", program);
    }
    return rp_err_set(err, RP_E_IO,
        "'%s' judged nothing: its exit status is %d; 0 is a pass, 1 a fail, 2 "
        "is neither",
        program, WEXITSTATUS(status));
}

static int run(const char *const *argv, const char *folder, FILE *in,
    char said[RP__PROGRAM_SAID_MAX])
{
    int ends[2];
    if (pipe(ends) != 0) {
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        be_program(argv, folder, fileno(in), ends[1]);
    }
    (void)close(ends[1]);
    if (pid > 0) {
        read_said(ends[0], said);
    }
    (void)close(ends[0]);
    return pid < 0 ? -1 : status_of(pid);
}

enum rp_code rp__program_judge(enum rp__program_verdict *out,
    char said[RP__PROGRAM_SAID_MAX], const char *const *argv,
    const char *folder, struct rp_str document, struct rp_err *err)
{
    FILE *in = tmpfile(); /* whole before it begins: nobody waits for nobody */
    said[0] = '\0';
    if (in == NULL ||
        fwrite(document.ptr, 1, document.len, in) != document.len ||
        fflush(in) != 0 || fseek(in, 0, SEEK_SET) != 0) {
        if (in != NULL) {
            (void)fclose(in);
        }
        return rp_err_set(err, RP_E_IO, "cannot write a temporary file");
    }
    int status = run(argv, folder, in, said);
    (void)fclose(in);
    if (status == -1 || !WIFEXITED(status) ||
        WEXITSTATUS(status) > RP__PROGRAM_INCONCLUSIVE) {
        return refuse(argv[0], status, err);
    }
    *out = (enum rp__program_verdict)WEXITSTATUS(status);
    return RP_OK;
}
