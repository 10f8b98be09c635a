#include "floor_spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <reprise/mem.h>

#include "bench.h"

#define BATCH 64
#define OUTPUT_MAX 1024
/* Completions are looked for after so many starts. */
#define STARTS_MAX 16

extern char **environ;

struct task {
    pid_t pid;
    int in, out;
    size_t got;
    char bytes[OUTPUT_MAX];
};

struct loop {
    const struct floor_spawn *floor;
    int epoll_fd;
    struct task *tasks;
    uint32_t *idle; /* indices of tasks that do nothing */
    uint32_t idle_count;
    uint32_t started, done;
};

static pid_t by_vfork(const char *const *argv, int in, int out)
{
    pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.*) */
    if (pid == 0) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Vfork): safe there */
        if (dup2(in, 0) == 0 && dup2(out, 1) == 1) {
            (void)execve(argv[0], (char *const *)argv, environ);
        }
        _exit(127);
    }
    return pid;
}

static pid_t by_posix_spawn(const char *const *argv, int in, int out)
{
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;
    int rc = posix_spawn_file_actions_init(&actions);
    rc = rc == 0 ? posix_spawn_file_actions_adddup2(&actions, in, 0) : rc;
    rc = rc == 0 ? posix_spawn_file_actions_adddup2(&actions, out, 1) : rc;
    rc = rc == 0 ? posix_spawn(&pid, argv[0], &actions, NULL,
                       (char *const *)argv, environ)
                 : rc;
    (void)posix_spawn_file_actions_destroy(&actions); /* it was made */
    return rc == 0 ? pid : -1;
}

static void start(struct loop *loop)
{
    const struct floor_spawn *floor = loop->floor;
    struct task *task = &loop->tasks[loop->idle[--loop->idle_count]];
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
        bench_fail("the floor has no pipes");
    }
    task->pid = floor->how == FLOOR_VFORK
                    ? by_vfork(floor->argv, in[0], out[1])
                    : by_posix_spawn(floor->argv, in[0], out[1]);
    if (task->pid < 0) {
        bench_fail("the floor cannot spawn");
    }
    (void)close(in[0]);  /* the child's */
    (void)close(out[1]); /* the child's */
    task->out = out[0];
    task->got = 0;
    if (write(in[1], floor->request.ptr, floor->request.len) !=
        (ssize_t)floor->request.len) {
        bench_fail("the floor cannot write");
    }
    (void)close(in[1]); /* everything is in the pipe */
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = task}};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, task->out, &event) != 0) {
        bench_fail("the floor cannot wait");
    }
    loop->started++;
}

/* Output, or its end; then the worker is ending too. */
static void take(struct loop *loop, struct task *task)
{
    ssize_t got = read(
        task->out, task->bytes + task->got, sizeof(task->bytes) - task->got);
    if (got > 0) {
        task->got += (size_t)got;
        return;
    }
    int status = -1;
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, task->out, NULL);
    (void)close(task->out); /* read to its end */
    if (waitpid(task->pid, &status, 0) != task->pid || status != 0 ||
        task->got == 0 || task->bytes[0] != '{') {
        bench_fail("a worker of the floor failed");
    }
    loop->idle[loop->idle_count++] = (uint32_t)(task - loop->tasks);
    loop->done++;
}

static void turn(struct loop *loop)
{
    const struct floor_spawn *floor = loop->floor;
    struct epoll_event events[BATCH];
    uint32_t starts = 0;
    while (loop->started < floor->count && loop->idle_count > 0 &&
           starts < STARTS_MAX) {
        start(loop);
        starts++;
        if (loop->started == floor->in_flight && floor->at_peak != NULL) {
            floor->at_peak(floor->context);
        }
    }
    bool more = loop->started < floor->count && loop->idle_count > 0;
    int count = epoll_wait(loop->epoll_fd, events, BATCH, more ? 0 : -1);
    for (int i = 0; i < count; i++) {
        take(loop, events[i].data.ptr);
    }
}

double floor_spawn_run(const struct floor_spawn *floor)
{
    struct loop loop = {.floor = floor};
    loop.tasks = rp_mem_array(floor->in_flight, sizeof(struct task));
    loop.idle = rp_mem_array(floor->in_flight, sizeof(uint32_t));
    for (uint32_t i = 0; i < floor->in_flight; i++) {
        loop.idle[loop.idle_count++] = floor->in_flight - 1 - i;
    }
    loop.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    int64_t began_ns = bench_now_ns();
    while (loop.done < floor->count) {
        turn(&loop);
    }
    double took_s = bench_seconds_since(began_ns);
    (void)close(loop.epoll_fd); /* holds no data */
    rp_mem_free(loop.tasks);
    rp_mem_free(loop.idle);
    return took_s;
}
