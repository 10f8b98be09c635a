/* Recorded subprocess tasks per second, from the first spawn to a closed store,
 * against a bare spawn loop with the same worker and the same bytes. */
#include <stdio.h>

#include <reprise/mem.h>

#include "bench.h"
#include "floor_spawn.h"
#include "session.h"

#define AIM 0.90
#define DOCUMENT_BYTES_MAX 4096

static long tasks = 3000, rounds = 5;

static double measure(const struct rp_plan *plan)
{
    char dir[4096];
    struct rp_session_head head;
    bench_dir(dir, sizeof(dir));
    bench_head_make(&head, plan);
    struct rp_store_sqlite *sqlite = bench_store_open(dir);
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    struct bench_run run = {.plan = plan, .head = &head, .store = store};
    int64_t began_ns = bench_now_ns();
    bench_run_exec(&run);
    rp_store_free(&store);
    rp_store_sqlite_close(&sqlite);
    double took_s = bench_seconds_since(began_ns);
    bench_dir_remove(dir);
    return (double)tasks / took_s;
}

static double measure_floor(const struct rp_plan *plan, enum floor_how how)
{
    const char *const argv[] = {BENCH_WORKER, NULL};
    struct rp_session_head head;
    struct rp_buf document;
    bench_head_make(&head, plan);
    rp_buf_init(&document, DOCUMENT_BYTES_MAX);
    bench_task_document(&document, 0, &head);
    struct floor_spawn floor = {
        .argv = argv,
        .request = rp_buf_str(&document),
        .count = (uint32_t)tasks,
        .in_flight = plan->concurrency,
        .how = how,
    };
    double took_s = floor_spawn_run(&floor);
    rp_buf_fini(&document);
    return (double)tasks / took_s;
}

static void compare(uint32_t in_flight)
{
    char name[2][32];
    struct bench_plan options = {
        .children = (uint32_t)tasks, .concurrency = in_flight};
    struct rp_plan *plan = bench_plan_new(&options);
    struct bench_pair by_vfork = {.name = name[0],
        .unit = "tasks/s",
        .aim = BENCH_AIM_AT_LEAST,
        .aim_ratio = AIM};
    struct bench_pair by_posix_spawn = by_vfork;
    by_posix_spawn.name = name[1];
    (void)snprintf(name[0], sizeof(name[0]), "tasks/%u", in_flight);
    (void)snprintf(name[1], sizeof(name[1]), "tasks/%u/posix_spawn", in_flight);
    for (long i = 0; i < rounds; i++) {
        double vfork_rate = measure_floor(plan, FLOOR_VFORK);
        double measured = measure(plan);
        bench_add(&by_vfork, vfork_rate, measured);
        bench_add(
            &by_posix_spawn, measure_floor(plan, FLOOR_POSIX_SPAWN), measured);
    }
    bench_print(&by_vfork);
    bench_print(&by_posix_spawn);
    rp_plan_free(&plan);
}

int main(int argc, char **argv)
{
    const struct bench_option options[] = {
        {"tasks", &tasks, 1, 10000, "tasks a round"},
        {"rounds", &rounds, 1, BENCH_ROUNDS_MAX, "pairs of readings"},
    };
    bench_options(argc, argv, options, RP_COUNT_OF(options));
    compare(2);
    compare(64);
    return 0;
}
