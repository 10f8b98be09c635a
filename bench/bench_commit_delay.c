/* How late a due timer is while many other processes write to the same store:
 * from when it was due until what it decided is durable. The floor is a bare
 * loop that waits, inserts one row and commits, trying again as often.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <reprise/clock_system.h>
#include <reprise/mem.h>
#include <sqlite3.h>

#include "bench.h"
#include "session.h"
#include "tape.h"

#define LIMIT_MS 50.0
#define CHILDREN 4
#define BACKOFF_MS 5
#define MS_PER_NS 1e-6

static long writers = 16, timers = 160, rounds = 3;

struct delays {
    double *ms;
    size_t count, room;
};

static void note(struct delays *delays, int64_t late_ns)
{
    if (delays->count == delays->room) {
        delays->room = delays->room == 0 ? 1024 : delays->room * 2;
        delays->ms = rp_mem_grow(delays->ms, delays->room, sizeof(double));
    }
    delays->ms[delays->count++] = (double)late_ns * MS_PER_NS;
}

static int compare(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

/* The part-th of all, sorted: 1 is the largest. */
static double at_part(struct delays *delays, double part)
{
    RP_ASSERT(delays->count > 0);
    qsort(delays->ms, delays->count, sizeof(double), compare);
    return delays->ms[(size_t)((double)(delays->count - 1) * part)];
}

/* ---- the writers ---- */

struct crowd {
    atomic_bool *stop; /* shared */
    pid_t pids[1024];
    long count;
};

RP_NORETURN static void write_until_told(const char *dir, atomic_bool *stop)
{
    struct bench_plan options = {.children = 8, .concurrency = 4};
    struct rp_plan *plan = bench_plan_new(&options);
    struct bench_tape *tape = bench_tape_record(plan);
    struct rp_store_sqlite *sqlite = bench_store_open(dir);
    while (!atomic_load(stop)) {
        struct rp_session_head head;
        struct rp_store *store = rp_store_sqlite_recorder(sqlite);
        bench_head_make(&head, plan);
        bench_tape_play(tape, store, &head, 1);
        rp_store_free(&store);
    }
    rp_store_sqlite_close(&sqlite);
    _exit(0);
}

static void crowd_start(struct crowd *crowd, const char *dir)
{
    crowd->stop = mmap(NULL, sizeof(atomic_bool), PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (crowd->stop == MAP_FAILED) {
        bench_fail("no shared memory");
    }
    atomic_init(crowd->stop, false);
    for (crowd->count = 0; crowd->count < writers; crowd->count++) {
        pid_t pid = fork();
        if (pid == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* cannot fail */
            write_until_told(dir, crowd->stop);
        }
        if (pid < 0) {
            bench_fail("cannot fork a writer");
        }
        crowd->pids[crowd->count] = pid;
    }
}

static void crowd_stop(struct crowd *crowd)
{
    atomic_store(crowd->stop, true);
    for (long i = 0; i < crowd->count; i++) {
        int status = -1;
        if (waitpid(crowd->pids[i], &status, 0) < 0 || status != 0) {
            bench_fail("a writer failed");
        }
    }
    (void)munmap(crowd->stop, sizeof(atomic_bool)); /* nothing uses it */
}

/* ---- the run ---- */

struct watcher {
    struct rp_sink base;
    struct rp_clock *clock;
    struct delays *delays;
};

static void watcher_record(struct rp_sink *sink, const struct rp_record *record)
{
    struct watcher *self = RP_CONTAINER_OF(sink, struct watcher, base);
    if (record->event->kind == RP_EVENT_TIMER_FIRED) {
        note(self->delays,
            rp_instant_since(rp_clock_now(self->clock), record->at).ns);
    }
}

static void watcher_turn(
    struct rp_sink *sink, struct rp_transport *transport, struct rp_instant now)
{
    (void)sink;
    (void)transport;
    (void)now;
}

static const struct rp_sink_ops watcher_ops = {
    "watcher", watcher_record, watcher_turn};

/* Workers that fail and are tried again: each retry waits for a timer. */
static void measure(
    struct delays *delays, const char *dir, const struct rp_plan *plan)
{
    struct rp_session_head head;
    struct rp_clock *clock = rp_clock_system_new();
    struct watcher watcher = {{&watcher_ops}, clock, delays};
    struct rp_store_sqlite *sqlite = bench_store_open(dir);
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    bench_head_make(&head, plan);
    struct bench_run run = {.plan = plan,
        .head = &head,
        .store = store,
        .sink = &watcher.base,
        .clock = clock,
        .may_fail = true};
    bench_run_exec(&run);
    rp_store_free(&store);
    rp_store_sqlite_close(&sqlite);
    rp_clock_free(&clock);
}

static struct rp_plan *failing_plan(void)
{
    char more[160];
    long attempts = timers / CHILDREN + 1;
    (void)snprintf(more, sizeof(more),
        ",\"retry\":{\"attempts\":%ld,\"backoff\":\"%dms..%dms\","
        "\"on\":[\"exit\"]}",
        attempts, BACKOFF_MS, BACKOFF_MS);
    struct bench_plan options = {.arg = "f",
        .children = CHILDREN,
        .concurrency = CHILDREN,
        .more = more};
    return bench_plan_new(&options);
}

/* ---- the floor ---- */

static bool commit_row(sqlite3 *db)
{
    int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc == SQLITE_BUSY) {
        return false;
    }
    rc = rc == SQLITE_OK
             ? sqlite3_exec(db,
                   "INSERT OR REPLACE INTO export_cursor VALUES('bench',0,"
                   "coalesce((SELECT seq + 1 FROM export_cursor), 1))",
                   NULL, NULL, NULL)
             : rc;
    rc = rc == SQLITE_OK ? sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) : rc;
    if (rc != SQLITE_OK) {
        bench_fail("the floor's store: %s", sqlite3_errmsg(db));
    }
    return true;
}

static void sleep_until(int64_t due_ns)
{
    struct timespec at = {
        (time_t)(due_ns / RP_NS_PER_S), (long)(due_ns % RP_NS_PER_S)};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static void measure_floor(struct delays *delays, const char *dir)
{
    char path[4200];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof(path), "%s/store.db", dir);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL) !=
            SQLITE_OK) {
        bench_fail("the floor's store: %s", sqlite3_errmsg(db));
    }
    (void)sqlite3_wal_autocheckpoint(db, 0); /* the writers do that */
    for (long i = 0; i < timers; i++) {
        int64_t due_ns = bench_now_ns() + BACKOFF_MS * RP_NS_PER_MS;
        sleep_until(due_ns);
        while (!commit_row(db)) {
            sleep_until(bench_now_ns() + RP_NS_PER_MS / 4);
        }
        note(delays, bench_now_ns() - due_ns);
    }
    (void)sqlite3_close(db); /* every commit was checked */
}

int main(int argc, char **argv)
{
    const struct bench_option options[] = {
        {"writers", &writers, 0, 1024, "other processes that write"},
        {"timers", &timers, CHILDREN, 396, "timers a round"},
        {"rounds", &rounds, 1, BENCH_ROUNDS_MAX, "pairs of readings"},
    };
    struct bench_pair half = {.name = "commit-delay/median", .unit = "ms"};
    struct bench_pair most = {.name = "commit-delay/max", .unit = "ms"};
    struct bench_pair limit = {.name = "commit-delay/max-to-50ms",
        .unit = "ms",
        .aim = BENCH_AIM_AT_MOST,
        .aim_ratio = 1};
    char dir[4096];
    struct crowd crowd = {.count = 0};
    bench_options(argc, argv, options, RP_COUNT_OF(options));
    struct rp_plan *plan = failing_plan();
    bench_dir(dir, sizeof(dir));
    struct rp_store_sqlite *sqlite = bench_store_open(dir);
    rp_store_sqlite_close(&sqlite);
    crowd_start(&crowd, dir);
    for (long i = 0; i < rounds; i++) {
        struct delays floor = {.ms = NULL}, measured = {.ms = NULL};
        measure_floor(&floor, dir);
        measure(&measured, dir, plan);
        bench_add(&half, at_part(&floor, 0.5), at_part(&measured, 0.5));
        bench_add(&most, at_part(&floor, 1), at_part(&measured, 1));
        bench_add(&limit, LIMIT_MS, at_part(&measured, 1));
        rp_mem_free(floor.ms);
        rp_mem_free(measured.ms);
    }
    crowd_stop(&crowd);
    bench_print(&half);
    bench_print(&most);
    bench_print(&limit);
    bench_dir_remove(dir);
    rp_plan_free(&plan);
    return 0;
}
