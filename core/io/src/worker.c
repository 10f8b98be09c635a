/* One worker from its start to when nothing of it is left. */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <reprise/mem.h>

#include "spawn.h"

#define LOWEST_FD 4 /* the child's 0 to 3 must not be in the way */
/* What an empty pipe takes at once, whatever the system's limits. */
#define PIPE_TAKES_BYTES 4096u
/* Most workers are heard of by the end of their output. One that says nothing
 * for so long is watched for its exit too. */
#define WATCH_MS 20
/* Without a pidfd (before 5.3, or under valgrind) it is asked for so often. */
#define ASK_MS 2
/* What the shell does that goes before a worker. */
#define FLOOD "head -c %llu /dev/zero | tr '\\0' . >&2; "
#define HOLDER "sleep 3600 </dev/null 2>/dev/null 3>&- & "
#define STOPPER "kill -STOP $$; "
#define LEADER_DIES                                                            \
    "sleep 3600 </dev/null >/dev/null 2>&1 3>&- & kill -KILL $$; "
#define CHILD_DIES "sh -c 'kill -KILL $$'; exit $?; "
#define SUCCESSOR "exec \"$@\""

static struct rp_instant now_of(const struct rp__worker *worker)
{
    return rp_clock_now(worker->exec->options.clock);
}

static struct rp_instant in_ms(const struct rp__worker *worker, int64_t ms)
{
    return rp_instant_add(now_of(worker), rp_duration_of_ms(ms));
}

/* ---- making and freeing ---- */

struct rp__worker *rp__worker_new(
    struct rp__exec *exec, const struct rp_call *call)
{
    struct rp__worker *worker = rp_mem_zalloc(sizeof(*worker));
    struct rp_buf path;
    rp_buf_init(&path, RP_PATH_LEN_MAX * 2);
    rp_buf_addf(&path, "%s@%" PRIu32, call->task, call->attempt);
    worker->exec = exec;
    worker->agent = call->agent;
    worker->call = call->number;
    worker->path = rp_buf_take(&path, NULL);
    worker->pidfd.fd = -1;
    worker->in.fd = -1;
    worker->idle = call->idle;
    if (call->hardship != NULL) {
        worker->read_bytes = call->hardship->read_bytes;
    }
    worker->kill_at = RP_INSTANT_NEVER;
    worker->linger_at = RP_INSTANT_NEVER;
    worker->eof_at = RP_INSTANT_NEVER;
    worker->watch_at = RP_INSTANT_NEVER;
    rp_buf_init(&worker->output, call->agent->output_bytes_max);
    rp_buf_init(&worker->log, RP_EVENTS_BYTES_MAX);
    rp_buf_init(&worker->head, RP_STDERR_BYTES_MAX + 64);
    rp_buf_init(&worker->tail, RP_STDERR_BYTES_MAX);
    rp_buf_init(&worker->line, RP_EVENT_LINE_MAX);
    for (int i = 0; i < STREAM_COUNT; i++) {
        worker->streams[i].fd = -1;
        rp__masker_init(&worker->maskers[i], &exec->secrets);
    }
    worker->began = now_of(worker);
    worker->last_sign = worker->began;
    worker->idle_at = rp_instant_add(worker->began, worker->idle);
    worker->completion = (struct rp_completion){
        .call = call->number,
        .endured = call->hardship != NULL,
        .exit_status = -1,
        .first_byte = RP_DURATION_FOREVER,
    };
    return worker;
}

static void close_source(struct rp__worker *worker, struct rp_source *source)
{
    if (source->fd >= 0) {
        rp_reactor_remove(worker->exec->options.reactor, source);
        (void)close(source->fd); /* nothing buffered is lost by it */
        source->fd = -1;
    }
}

void rp__worker_free(struct rp__worker **worker)
{
    struct rp__worker *self = *worker;
    if (self == NULL) {
        return;
    }
    close_source(self, &self->pidfd);
    close_source(self, &self->in);
    for (int i = 0; i < STREAM_COUNT; i++) {
        close_source(self, &self->streams[i]);
        rp__masker_fini(&self->maskers[i]);
    }
    rp_buf_fini(&self->stdin_bytes);
    rp_buf_fini(&self->output);
    rp_buf_fini(&self->log);
    rp_buf_fini(&self->head);
    rp_buf_fini(&self->tail);
    rp_buf_fini(&self->line);
    rp_mem_free(self->path);
    rp__worker_free(&self->held); /* which holds none */
    rp_mem_free(self);
    *worker = NULL;
}

/* ---- starting ---- */

/* What the two usual mistakes with scripts look like. */
static const char *spawn_hint(const char *what, int error)
{
    return error == ENOEXEC ? "; a script begins with a line #!PROGRAM"
           : error == ENOENT && access(what, F_OK) == 0
               ? "; the program of its first line #! is not there"
               : "";
}

static void spawn_failed(struct rp__worker *worker, const char *what,
    const struct rp__spawn_error *error)
{
    struct rp_completion *c = &worker->completion;
    c->end = RP_END_SPAWN;
    (void)snprintf(c->message, sizeof(c->message), "cannot start '%s'%s: %s%s",
        what, error->of_cwd ? " in its directory" : "",
        strerrordesc_np(error->number),
        error->of_cwd ? "" : spawn_hint(what, error->number));
    worker->spawn_failed = true;
    worker->state = WORKER_GONE;
    rp__exec_gone(worker->exec, worker);
}

/* A pipe whose ends stay clear of what the child will use. */
static bool high_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= LOWEST_FD) {
            continue;
        }
        int high = fcntl(ends[i], F_DUPFD_CLOEXEC, LOWEST_FD);
        int why = errno;
        (void)close(ends[i]); /* its copy is used */
        ends[i] = high;
        if (high < 0) {
            (void)close(ends[1 - i]); /* nothing was written */
            errno = why;
            return false;
        }
    }
    return true;
}

struct pipes {
    int ours[4], theirs[4]; /* by the child's number */
};

static void close_all(int fds[4])
{
    for (int i = 0; i < 4; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]); /* nothing was written */
            fds[i] = -1;
        }
    }
}

static bool open_pipes(struct pipes *pipes, bool with_stdin)
{
    *pipes = (struct pipes){{-1, -1, -1, -1}, {-1, -1, -1, -1}};
    for (int i = 0; i < 4; i++) {
        int ends[2];
        if (i == 0 && !with_stdin) {
            int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
            pipes->theirs[0] =
                fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_FD);
            if (fd >= 0) {
                (void)close(fd); /* its copy is used */
            }
            if (pipes->theirs[0] >= 0) {
                continue;
            }
        } else if (high_pipe(ends)) {
            pipes->theirs[i] = ends[i == 0 ? 0 : 1];
            pipes->ours[i] = ends[i == 0 ? 1 : 0];
            if (i > 0) {
                (void)fcntl(pipes->ours[i], F_SETFL, O_NONBLOCK);
            }
            continue;
        }
        int why = errno;
        close_all(pipes->ours);
        close_all(pipes->theirs);
        errno = why;
        return false;
    }
    return true;
}

static void stdin_writable(void *context, uint32_t events)
{
    struct rp__worker *worker = context;
    (void)events;
    while (worker->stdin_written < worker->stdin_bytes.len) {
        ssize_t put = write(worker->in.fd,
            worker->stdin_bytes.ptr + worker->stdin_written,
            worker->stdin_bytes.len - worker->stdin_written);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0 && errno == EAGAIN) {
            return;
        }
        if (put < 0) {
            break; /* it does not want to know: its own affair */
        }
        worker->stdin_written += (size_t)put;
    }
    close_source(worker, &worker->in);
}

/* Whether it can be ended for good, now that something of it is over. */
static void check_gone(struct rp__worker *worker);

static void stdout_readable(void *context, uint32_t events)
{
    struct rp__worker *worker = context;
    if (worker->completion.first_byte.ns == RP_DURATION_FOREVER.ns) {
        worker->completion.first_byte =
            rp_instant_since(now_of(worker), worker->began);
    }
    rp__worker_readable(worker, STREAM_OUT, events);
    if (worker->bytes[STREAM_OUT] == 0) {
        worker->completion.first_byte = RP_DURATION_FOREVER;
    }
    check_gone(worker);
}

static void stderr_readable(void *context, uint32_t events)
{
    rp__worker_readable(context, STREAM_ERR, events);
    check_gone(context);
}

static void events_readable(void *context, uint32_t events)
{
    rp__worker_readable(context, STREAM_EVENTS, events);
    check_gone(context);
}

static bool listen_to(struct rp__worker *worker, struct pipes *pipes)
{
    static void (*const ready[])(void *, uint32_t) = {
        stdout_readable, stderr_readable, events_readable};
    struct rp_reactor *reactor = worker->exec->options.reactor;
    bool good = true;
    for (int i = 0; i < STREAM_COUNT; i++) {
        worker->streams[i] =
            (struct rp_source){pipes->ours[i + 1], ready[i], worker, false};
        pipes->ours[i + 1] = -1;
        good = good && rp_reactor_add(reactor, &worker->streams[i], EPOLLIN,
                           NULL) == RP_OK;
    }
    worker->watch_at = in_ms(worker, WATCH_MS);
    worker->in =
        (struct rp_source){pipes->ours[0], stdin_writable, worker, false};
    if (worker->in.fd >= 0) {
        (void)fcntl(worker->in.fd, F_SETFL, O_NONBLOCK);
        stdin_writable(worker, 0);
    }
    if (worker->in.fd >= 0) {
        good = good &&
               rp_reactor_add(reactor, &worker->in, EPOLLOUT, NULL) == RP_OK;
    }
    return good;
}

/* A short input is in the pipe before the worker starts, so that it never
 * waits for it and the pipe needs no looking after. */
static void give_short_input(struct rp__worker *worker, struct pipes *pipes)
{
    size_t len = worker->stdin_bytes.len;
    if (pipes->ours[0] >= 0 && len > 0 && len <= PIPE_TAKES_BYTES &&
        write(pipes->ours[0], worker->stdin_bytes.ptr, len) == (ssize_t)len) {
        worker->stdin_written = len;
        (void)close(pipes->ours[0]); /* everything is in the pipe */
        pipes->ours[0] = -1;
    }
}

static const char *program_of(const struct rp_call *call)
{
    return call->agent->program != NULL ? call->agent->program : call->argv[0];
}

/* What has to happen before the worker's own program; "": nothing. */
static const char *prelude_of(
    struct rp_arena *arena, const struct rp_call *call)
{
    static const struct rp_hardship none = {.limited = 0};
    const struct rp_hardship *h =
        call->hardship == NULL ? &none : call->hardship;
    const char *flood = h->stderr_bytes == 0
                            ? ""
                            : rp_arena_printf(arena, FLOOD,
                                  (unsigned long long)h->stderr_bytes);
    static const char *const dooms[] = {
        [RP_DOOM_NONE] = "",
        [RP_DOOM_LEADER] = LEADER_DIES,
        [RP_DOOM_CHILD] = CHILD_DIES,
    };
    return rp_arena_printf(arena, "%s%s%s%s", flood, h->pipe_held ? HOLDER : "",
        call->stopped ? STOPPER : "", dooms[h->doom]);
}

/* The command line; before a worker that shall be stopped, or has it hard,
 * goes a shell. */
static const char *const *command_of(
    struct rp_arena *arena, const struct rp_call *call, const char **program)
{
    size_t argc = 0;
    while (call->argv[argc] != NULL) {
        argc++;
    }
    *program = program_of(call);
    const char *prelude = prelude_of(arena, call);
    if (prelude[0] == '\0') {
        return call->argv;
    }
    const char **argv = rp_arena_array(arena, argc + 5, sizeof(const char *));
    argv[0] = "sh";
    argv[1] = "-c";
    argv[2] = rp_arena_printf(arena, "%s%s", prelude, SUCCESSOR);
    argv[3] = "sh";
    memcpy(&argv[4], call->argv, argc * sizeof(const char *));
    argv[4] = *program;
    *program = "/bin/sh";
    return argv;
}

void rp__worker_start(struct rp__worker *worker, const struct rp_call *call)
{
    struct rp_arena *arena = rp_arena_new(0);
    struct pipes pipes;
    bool with_stdin = worker->agent->stdin_mode != RP_STDIN_NONE;
    struct rp__spawn spawn = {.cwd = worker->agent->cwd,
        .hardship = call->hardship,
        .parent = worker->exec->pid};
    rp__worker_make_stdin(worker, call);
    spawn.argv = command_of(arena, call, &spawn.program);
    spawn.env = rp__worker_environment(arena, worker->exec, call);
    if (spawn.cwd == NULL) {
        spawn.cwd = worker->exec->options.plan->dir;
    }
    struct rp__spawn_error error = {.number = 0};
    if (!open_pipes(&pipes, with_stdin)) {
        error.number = errno;
        spawn_failed(worker, call->argv[0], &error);
        goto out;
    }
    if (call->hardship == NULL || !call->hardship->stdin_closed) {
        give_short_input(worker, &pipes);
    }
    memcpy(spawn.fds, pipes.theirs, sizeof(spawn.fds));
    enum rp_code rc = rp__spawn(&worker->pid, &error, &spawn);
    close_all(pipes.theirs);
    if (rc != RP_OK) {
        close_all(pipes.ours);
        spawn_failed(worker, call->argv[0], &error);
        goto out;
    }
    worker->completion.pid = worker->pid;
    if (!listen_to(worker, &pipes)) {
        /* Out of descriptors: what runs unheard is ended and said. */
        (void)snprintf(worker->completion.message,
            sizeof(worker->completion.message),
            "cannot listen to '%s': too many open descriptors", call->argv[0]);
        rp__worker_end(worker, true);
    }
out:
    rp_arena_free(&arena);
}

/* ---- ending ---- */

static void end_descendants(struct rp__worker *worker)
{
    (void)rp__descendants_end(
        worker->exec->descendants, worker->path, rp__exec_owns, worker->exec);
}

void rp__worker_end(struct rp__worker *worker, bool kill_now)
{
    if (worker->state == WORKER_GONE) {
        return;
    }
    struct rp_completion *c = &worker->completion;
    worker->cancelled = true;
    if (kill_now) {
        c->kill_sent = true;
        worker->kill_at = RP_INSTANT_NEVER;
        (void)killpg(worker->pid, SIGKILL); /* its leader is not reaped yet */
        end_descendants(worker);
    } else if (!c->term_sent && !c->kill_sent) {
        c->term_sent = true;
        (void)killpg(worker->pid, SIGTERM);
        (void)killpg(worker->pid, SIGCONT); /* a stopped one cannot end */
        worker->kill_at = rp_instant_add(now_of(worker), worker->agent->grace);
    }
    if (worker->state == WORKER_EXITED) {
        worker->eof_at = now_of(worker);
    }
}

/* What is in the pipes of one that has exited, and their ends, if there. */
static void read_the_rest(struct rp__worker *worker)
{
    for (int i = 0; i < STREAM_COUNT; i++) {
        worker->streams[i].ready(worker, EPOLLIN);
    }
}

static void take_exit(struct rp__worker *worker)
{
    siginfo_t info = {.si_pid = 0};
    int rc = waitid(P_PID, (id_t)worker->pid, &info,
        WEXITED | WNOHANG | WNOWAIT); /* not reaped: its group keeps its id */
    if (rc != 0 || info.si_pid == 0) {
        return;
    }
    rp_reactor_remove(worker->exec->options.reactor, &worker->pidfd);
    worker->watch_at = RP_INSTANT_NEVER;
    worker->state = WORKER_EXITED;
    struct rp_completion *c = &worker->completion;
    bool by_signal = info.si_code != CLD_EXITED;
    c->signal = by_signal ? info.si_status : 0;
    if (worker->cancelled) {
        c->end = RP_END_KILLED;
    } else if (by_signal) {
        c->end = RP_END_SIGNALED;
    } else {
        c->end = RP_END_EXITED;
        c->exit_status = info.si_status;
    }
    worker->kill_at = RP_INSTANT_NEVER;
    worker->linger_at = RP_INSTANT_NEVER;
    worker->idle_at = RP_INSTANT_NEVER;
    worker->eof_at = worker->cancelled ? now_of(worker)
                                       : in_ms(worker, RP_END_OF_FILE_WAIT_MS);
    read_the_rest(worker);
}

static void exited(void *context, uint32_t events)
{
    (void)events;
    take_exit(context);
}

/* Has the kernel tell of the exit, or asks for it again and again. */
static void watch(struct rp__worker *worker)
{
    int pidfd = (int)syscall(SYS_pidfd_open, worker->pid, 0);
    worker->pidfd = (struct rp_source){pidfd, exited, worker, false};
    worker->watch_at = RP_INSTANT_NEVER;
    if (pidfd < 0 || rp_reactor_add(worker->exec->options.reactor,
                         &worker->pidfd, EPOLLIN, NULL) != RP_OK) {
        worker->watch_at = in_ms(worker, ASK_MS);
    }
}

/* Everything of it is gone: the group's last members are ended before the
 * leader is reaped, while the group's id is still its own. */
static void finish(struct rp__worker *worker)
{
    struct rp_completion *c = &worker->completion;
    (void)killpg(worker->pid, SIGKILL);
    siginfo_t info;
    (void)waitid(P_PID, (id_t)worker->pid, &info, WEXITED);
    close_source(worker, &worker->pidfd);
    close_source(worker, &worker->in);
    worker->state = WORKER_GONE;
    rp__worker_sign_of_life(worker);
    c->duration = rp_instant_since(now_of(worker), worker->began);
    rp__worker_give_streams(worker);
    rp__exec_gone(worker->exec, worker);
}

static void check_gone(struct rp__worker *worker)
{
    for (int i = 0; i < STREAM_COUNT; i++) {
        if (worker->streams[i].fd >= 0) {
            return;
        }
    }
    if (worker->state == WORKER_EXITED) {
        finish(worker);
    } else if (worker->state == WORKER_RUNNING &&
               worker->watch_at.ns != RP_INSTANT_NEVER.ns) {
        /* It said its last and nobody watches for its exit yet: that is about
         * to come, if it has not come already. */
        take_exit(worker);
        if (worker->state == WORKER_RUNNING && worker->pidfd.fd < 0) {
            watch(worker);
        }
    }
}

/* The pipes are still open though the worker is not: whoever holds them is
 * ended, again until the bound, and then left and named. */
static void end_holders(struct rp__worker *worker, struct rp_instant now)
{
    struct rp_completion *c = &worker->completion;
    if (!c->pipe_held) {
        c->pipe_held = true;
        worker->kill_at = rp_instant_add(
            now, rp_duration_of_ms(RP_KILL_ROUNDS_MS)); /* the bound */
    }
    (void)killpg(worker->pid, SIGKILL);
    uint32_t left = rp__descendants_end(
        worker->exec->descendants, worker->path, rp__exec_owns, worker->exec);
    worker->eof_at = in_ms(worker, 2);
    if (rp_instant_before(now, worker->kill_at)) {
        return;
    }
    c->survivor_count = left > 0 ? left : 1;
    (void)snprintf(c->message, sizeof(c->message),
        "%" PRIu32 " process(es) of pid %d hold the output and could not be "
        "ended",
        c->survivor_count, (int)worker->pid);
    for (int i = 0; i < STREAM_COUNT; i++) {
        rp__worker_close(worker, (enum stream)i);
    }
    check_gone(worker);
}

/* ---- time ---- */

struct rp_instant rp__worker_due(const struct rp__worker *worker)
{
    if (worker->state == WORKER_GONE) {
        return RP_INSTANT_NEVER;
    }
    if (worker->state == WORKER_EXITED) {
        return worker->eof_at;
    }
    struct rp_instant due =
        worker->idle_told ? RP_INSTANT_NEVER : worker->idle_at;
    due = rp_instant_min(due, worker->kill_at);
    due = rp_instant_min(due, worker->linger_at);
    return rp_instant_min(due, worker->watch_at);
}

void rp__worker_timers(struct rp__worker *worker, struct rp_instant now)
{
    if (worker->state == WORKER_EXITED) {
        if (!rp_instant_before(now, worker->eof_at)) {
            read_the_rest(worker); /* we may not have looked for long */
            if (worker->state == WORKER_EXITED) {
                end_holders(worker, now);
            }
        }
        return;
    }
    if (!rp_instant_before(now, worker->watch_at)) {
        take_exit(worker);
        if (worker->state == WORKER_RUNNING) {
            close_source(worker, &worker->pidfd); /* could not be added */
            watch(worker);
        }
    }
    if (worker->state == WORKER_RUNNING &&
        !rp_instant_before(now, worker->kill_at)) {
        rp__worker_end(worker, true);
    }
    if (!rp_instant_before(now, worker->linger_at)) {
        worker->linger_at = RP_INSTANT_NEVER;
        if (!worker->cancelled) {
            worker->completion.why = RP_REASON_HUNG_AFTER_OUTPUT;
            rp__worker_end(worker, true);
        }
    }
}
