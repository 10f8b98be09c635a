/* Whole processes, from their spawn to their end: the program asked for its
 * version against an empty program with the same link line; its list of
 * sessions against a program that opens the store and runs the same query. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <reprise/mem.h>

#include "bench.h"
#include "session.h"
#include "tape.h"

#define VERSION_AIM 1.2
#define US_PER_S 1e6

static long sessions = 2000, takes = 60, rounds = 7;

extern char **environ;

static double run_us(const char *const *argv)
{
    static int nowhere = -1;
    int status = -1;
    if (nowhere < 0) {
        nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    }
    int64_t began_ns = bench_now_ns();
    pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.*) */
    if (pid == 0) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Vfork): safe there */
        if (dup2(nowhere, 0) == 0 && dup2(nowhere, 1) == 1 &&
            dup2(nowhere, 2) == 2) {
            (void)execve(argv[0], (char *const *)argv, environ);
        }
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        bench_fail("%s failed", argv[0]);
    }
    return bench_seconds_since(began_ns) * US_PER_S;
}

/* In turn, so that a busy moment of the machine touches both. */
static void compare(struct bench_pair *pair, const char *const *floor,
    const char *const *measured)
{
    double times[2][BENCH_ROUNDS_MAX];
    for (long i = 0; i < rounds; i++) {
        int count = (int)(takes < BENCH_ROUNDS_MAX ? takes : BENCH_ROUNDS_MAX);
        for (int k = 0; k < count; k++) {
            times[0][k] = run_us(floor);
            times[1][k] = run_us(measured);
        }
        bench_add(
            pair, bench_median(times[0], count), bench_median(times[1], count));
    }
    bench_print(pair);
}

static void fill_store(const char *dir)
{
    struct bench_plan options = {.children = 2, .concurrency = 2};
    struct rp_plan *plan = bench_plan_new(&options);
    struct bench_tape *tape = bench_tape_record(plan);
    struct rp_store_sqlite *sqlite = bench_store_open(dir);
    for (long i = 0; i < sessions; i++) {
        struct rp_session_head head;
        struct rp_store *store = rp_store_sqlite_recorder(sqlite);
        bench_head_make(&head, plan);
        bench_tape_play(tape, store, &head, bench_tape_record_count(tape));
        rp_store_free(&store);
    }
    rp_store_sqlite_close(&sqlite);
    bench_tape_free(&tape);
    rp_plan_free(&plan);
}

int main(int argc, char **argv)
{
    const struct bench_option options[] = {
        {"sessions", &sessions, 1, 1000000, "sessions in the store"},
        {"takes", &takes, 1, BENCH_ROUNDS_MAX, "starts of each a round"},
        {"rounds", &rounds, 1, BENCH_ROUNDS_MAX, "pairs of readings"},
    };
    struct bench_pair version = {.name = "startup/version",
        .unit = "us",
        .aim = BENCH_AIM_AT_MOST,
        .aim_ratio = VERSION_AIM};
    struct bench_pair list = {.name = "startup/ls", .unit = "us"};
    char dir[4096], store[4200];
    bench_options(argc, argv, options, RP_COUNT_OF(options));
    bench_dir(dir, sizeof(dir));
    (void)snprintf(store, sizeof(store), "%s/store.db", dir);
    const char *const empty[] = {BENCH_EMPTY, NULL};
    const char *const asked[] = {BENCH_REPRISE, "--version", NULL};
    const char *const queried[] = {BENCH_LIST_FLOOR, store, NULL};
    const char *const listed[] = {BENCH_REPRISE, "ls", "--store", store, NULL};
    compare(&version, empty, asked);
    fill_store(dir);
    compare(&list, queried, listed);
    bench_dir_remove(dir);
    return 0;
}
