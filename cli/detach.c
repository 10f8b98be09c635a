#include "detach.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exit.h"
#include "file.h"
#include "out.h"
#include "say.h"

/* ---- the session's side: its standard error is the command ---- */

static void become_nobody(int command_fd)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)setsid();
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)dup2(null, STDIN_FILENO);
    (void)dup2(null, STDOUT_FILENO);
    (void)dup2(command_fd, STDERR_FILENO);
    (void)close(command_fd);
    (void)close(null);
}

static void begun_record(struct rp_sink *sink, const struct rp_record *record)
{
    struct rp__begun *begun = RP_CONTAINER_OF(sink, struct rp__begun, sink);
    (void)record;
    if (begun->told) {
        return;
    }
    begun->told = true;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    ssize_t sent = write(STDERR_FILENO, "", 1); /* a NUL ends what is told */
    (void)sent;                                 /* nobody waits: as good */
    (void)dup2(null, STDERR_FILENO);
    (void)close(null);
}

static void begun_turn(
    struct rp_sink *sink, struct rp_transport *transport, struct rp_instant now)
{
    (void)sink;
    (void)transport;
    (void)now;
}

void rp__begun_init(struct rp__begun *begun)
{
    static const struct rp_sink_ops ops = {
        .name = "begun", .record = begun_record, .turn = begun_turn};
    *begun = (struct rp__begun){.sink = {&ops}};
}

/* ---- the command's side ---- */

/* Passes on what the session says; true when it has begun. */
static bool wait_for_begin(int fd)
{
    char chunk[4096];
    ssize_t got;
    while ((got = read(fd, chunk, sizeof(chunk))) > 0 ||
           (got < 0 && errno == EINTR)) {
        if (got < 0) {
            continue;
        }
        const char *end = memchr(chunk, '\0', (size_t)got);
        size_t len = end == NULL ? (size_t)got : (size_t)(end - chunk);
        rp__say_text((struct rp_str){chunk, len});
        if (end != NULL) {
            return true;
        }
    }
    return false;
}

static int status_of(pid_t pid)
{
    int status = 0;
    if (waitpid(pid, &status, 0) != pid) {
        return RP__EXIT_FAILED;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : RP__EXIT_LOST;
}

int rp__detach(
    const struct rp_session_id *id, int (*body)(void *context), void *context)
{
    int ends[2];
    char why[128];
    if (pipe(ends) != 0) {
        rp__file_errno(why, sizeof(why));
        rp__say("run", "cannot detach: %s", why);
        return RP__EXIT_FAILED;
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        become_nobody(ends[1]);
        exit(body(context));
    }
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        rp__say("run", "cannot detach: no process can be started");
        return RP__EXIT_FAILED;
    }
    bool begun = wait_for_begin(ends[0]);
    (void)close(ends[0]);
    if (!begun) {
        return status_of(pid);
    }
    char line[RP_SESSION_ID_LEN + 2];
    memcpy(line, id->text, RP_SESSION_ID_LEN);
    line[RP_SESSION_ID_LEN] = '\n';
    return rp__out_write("run", (struct rp_str){line, RP_SESSION_ID_LEN + 1})
               ? RP__EXIT_OK
               : RP__EXIT_FAILED;
}
