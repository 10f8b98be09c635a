/* A thousand children of one `parallel`: how long, and what it holds at its
 * peak: descriptors, processes, memory. The floor waits for the same workers.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <reprise/mem.h>

#include "bench.h"
#include "floor_spawn.h"
#include "session.h"

#define WALL_AIM 1.15
#define KIB 1024.0
#define CROWD_WAIT_MS 600 /* so that the first still waits for the last */
#define LINE_MAX_BYTES (1u << 16)

static long children = 1000, in_flight = 64, crowd = 512, wait_ms = 20;
static long rounds = 5;
static char worker_arg[32];

static void set_wait(long ms)
{
    (void)snprintf(worker_arg, sizeof(worker_arg), "s%ld", ms);
}

/* ---- what a process holds ---- */

struct held {
    long descriptors, processes, rss_kib;
};

static long count_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    long count = -4; /* ".", "..", this directory, the pipe of `held` */
    while (dir != NULL && readdir(dir) != NULL) {
        count++;
    }
    if (dir != NULL) {
        (void)closedir(dir); /* only read */
    }
    return count + 1;
}

static size_t read_file(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t got = 1;
    while (fd >= 0 && got > 0 && len < size - 1) {
        got = read(fd, out + len, size - 1 - len);
        len += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0) {
        (void)close(fd); /* only read */
    }
    out[len] = '\0';
    return len;
}

static long count_processes(void)
{
    static char text[LINE_MAX_BYTES];
    char path[64];
    long count = 0;
    (void)snprintf(
        path, sizeof(path), "/proc/self/task/%ld/children", (long)getpid());
    size_t len = read_file(path, text, sizeof(text));
    for (size_t i = 0; i < len; i++) {
        count += text[i] == ' ' ? 1 : 0;
    }
    return count;
}

static struct held look(void)
{
    return (struct held){
        count_descriptors(), count_processes(), bench_rss_kib()};
}

/* ---- in a process of its own, so that nothing else is in its memory ---- */

struct seen {
    struct held before, peak, after;
};

struct watcher {
    struct rp_sink base;
    struct seen *seen;
    long wanted;
    bool stop; /* at the peak: the rest is not looked at */
};

static void watcher_record(struct rp_sink *sink, const struct rp_record *record)
{
    (void)sink;
    (void)record;
}

/* Its first turn with everything in flight; later ones hold results too. */
static void watcher_turn(
    struct rp_sink *sink, struct rp_transport *transport, struct rp_instant now)
{
    struct watcher *self = RP_CONTAINER_OF(sink, struct watcher, base);
    (void)transport;
    (void)now;
    if (self->seen->peak.processes < self->wanted) {
        struct held held = look();
        if (held.processes > self->seen->peak.processes) {
            self->seen->peak = held;
        }
        if (self->stop && held.processes >= self->wanted) {
            _exit(0); /* the workers die with us */
        }
    }
}

static const struct rp_sink_ops watcher_ops = {
    "watcher", watcher_record, watcher_turn};

static double run_session(
    struct seen *seen, bool stop, const char *dir, const struct rp_plan *plan)
{
    struct rp_session_head head;
    struct watcher watcher = {
        {&watcher_ops}, seen, (long)plan->concurrency, stop};
    struct rp_store_sqlite *sqlite = bench_store_open(dir);
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    bench_head_make(&head, plan);
    struct bench_run run = {.plan = plan,
        .head = &head,
        .store = store,
        .sink = seen == NULL ? NULL : &watcher.base};
    if (seen != NULL) {
        seen->before = look();
    }
    int64_t began_ns = bench_now_ns();
    bench_run_exec(&run);
    double took_s = bench_seconds_since(began_ns);
    if (seen != NULL) {
        seen->after = look();
    }
    rp_store_free(&store);
    rp_store_sqlite_close(&sqlite);
    return took_s;
}

static void at_floor_peak(void *context)
{
    struct seen *seen = context;
    seen->peak = look();
    _exit(0); /* the workers end by themselves */
}

static double run_floor(struct seen *seen, uint32_t at_once)
{
    const char *const argv[] = {BENCH_WORKER, worker_arg, NULL};
    struct floor_spawn floor = {
        .argv = argv,
        .request = RP_STR("{\"input\":{}}\n"),
        .count = (uint32_t)children,
        .in_flight = at_once,
        .how = FLOOR_VFORK,
        .at_peak = seen == NULL ? NULL : at_floor_peak,
        .context = seen,
    };
    if (seen != NULL) {
        seen->before = look();
    }
    return floor_spawn_run(&floor);
}

static struct rp_plan *plan_of(uint32_t at_once)
{
    struct bench_plan options = {.arg = worker_arg,
        .children = (uint32_t)children,
        .concurrency = at_once};
    return bench_plan_new(&options);
}

/* `dir` NULL: the floor, until its peak. */
static struct seen observe(const char *dir, uint32_t at_once, bool stop)
{
    struct seen *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        bench_fail("no shared memory");
    }
    pid_t pid = fork();
    if (pid == 0) {
        if (dir == NULL) {
            (void)run_floor(shared, at_once);
        } else {
            (void)run_session(shared, stop, dir, plan_of(at_once));
        }
        _exit(0);
    }
    int status = -1;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        bench_fail("the observed run failed");
    }
    struct seen seen = *shared;
    (void)munmap(shared, sizeof(*shared)); /* copied */
    return seen;
}

/* ---- the readings ---- */

static void print_held(const char *when, struct held held)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "parallel/descriptors/%s", when);
    bench_print_value(name, (double)held.descriptors, "open");
    (void)snprintf(name, sizeof(name), "parallel/processes/%s", when);
    bench_print_value(name, (double)held.processes, "children");
    (void)snprintf(name, sizeof(name), "parallel/rss/%s", when);
    bench_print_value(name, (double)held.rss_kib / KIB, "MiB");
}

static struct seen observe_session(uint32_t at_once, bool stop)
{
    char dir[4096];
    bench_dir(dir, sizeof(dir));
    struct seen seen = observe(dir, at_once, stop);
    bench_dir_remove(dir);
    return seen;
}

/* What one more waiting worker costs its parent: the slope between two
 * numbers of them, under the same plan. */
static double slope_kib(const struct seen *few, const struct seen *many)
{
    return (double)(many->peak.rss_kib - few->peak.rss_kib) /
           (double)(crowd - in_flight);
}

static void compare_memory(void)
{
    set_wait(wait_ms);
    struct seen whole = observe_session((uint32_t)in_flight, false);
    print_held("before", whole.before);
    print_held("peak", whole.peak);
    print_held("after", whole.after);
    set_wait(CROWD_WAIT_MS);
    struct seen few = observe_session((uint32_t)in_flight, true);
    struct seen many = observe_session((uint32_t)crowd, true);
    struct seen floor_few = observe(NULL, (uint32_t)in_flight, true);
    struct seen floor_many = observe(NULL, (uint32_t)crowd, true);
    bench_print_value(
        "parallel/rss-per-waiting-worker", slope_kib(&few, &many), "KiB");
    bench_print_value("parallel/rss-per-waiting-worker/floor",
        slope_kib(&floor_few, &floor_many), "KiB");
}

static void compare_time(void)
{
    struct bench_pair wall = {.name = "parallel/wall",
        .unit = "s",
        .aim = BENCH_AIM_AT_MOST,
        .aim_ratio = WALL_AIM};
    set_wait(wait_ms);
    struct rp_plan *plan = plan_of((uint32_t)in_flight);
    for (long i = 0; i < rounds; i++) {
        char dir[4096];
        double floor_s = run_floor(NULL, (uint32_t)in_flight);
        bench_dir(dir, sizeof(dir));
        bench_add(&wall, floor_s, run_session(NULL, false, dir, plan));
        bench_dir_remove(dir);
    }
    bench_print(&wall);
    rp_plan_free(&plan);
}

/* Five descriptors a worker, at most. */
static void allow_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* else the run says so */
    }
}

int main(int argc, char **argv)
{
    const struct bench_option options[] = {
        {"children", &children, 2, 10000, "children of the parallel node"},
        {"in-flight", &in_flight, 1, 4095, "of them at once"},
        {"crowd", &crowd, 2, 4096, "at once, to see what one more costs"},
        {"wait", &wait_ms, 0, 10000, "milliseconds that a worker waits"},
        {"rounds", &rounds, 1, BENCH_ROUNDS_MAX, "pairs of readings"},
    };
    bench_options(argc, argv, options, RP_COUNT_OF(options));
    if (crowd <= in_flight || crowd > children) {
        bench_fail("--crowd is above --in-flight and at most --children");
    }
    allow_descriptors();
    compare_memory(); /* first: what is freed stays in a process */
    compare_time();
    return 0;
}
