/* Durable spans per second: the journal of a session is given to the SQLite
 * recorder again and again, until the store is closed, against a bare loop that
 * writes the same rows in the same transactions. About half of the spans begin
 * in one transaction and end in a later one. And what recording takes the
 * thread that runs a session: its time on a processor, against that of the
 * loop. */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "floor_rows.h"
#include "session.h"
#include "tape.h"

#define AIM 0.90
#define THREAD_AIM 1.5
#define PATH_MAX_BYTES 4200

static long sessions = 100, children = 64, in_flight = 8, rounds = 5;
static long per_commit = 0;

static void path_in(char out[PATH_MAX_BYTES], const char *dir)
{
    (void)snprintf(out, PATH_MAX_BYTES, "%s/store.db", dir);
}

struct took {
    double seconds;    /* until the store is closed */
    int64_t thread_ns; /* of this thread, until all is committed */
};

static struct took record(const char *dir, const struct rp_plan *plan,
    const struct bench_tape *tape, uint32_t count, uint32_t records)
{
    struct rp_session_head head;
    struct took took;
    int64_t began_ns = bench_now_ns();
    struct rp_store_sqlite *sqlite = bench_store_open(dir);
    int64_t thread_ns = bench_thread_ns();
    for (uint32_t i = 0; i < count; i++) {
        struct rp_store *store = rp_store_sqlite_recorder(sqlite);
        bench_head_make(&head, plan);
        bench_tape_play(tape, store, &head, records);
        rp_store_free(&store);
    }
    took.thread_ns = bench_thread_ns() - thread_ns;
    rp_store_sqlite_close(&sqlite);
    took.seconds = bench_seconds_since(began_ns);
    return took;
}

static struct floor_rows *rows_of(
    const struct rp_plan *plan, const struct bench_tape *tape, uint32_t records)
{
    char dir[4096];
    char path[PATH_MAX_BYTES];
    bench_dir(dir, sizeof(dir));
    path_in(path, dir);
    (void)record(dir, plan, tape, 1, records);
    struct floor_rows *rows = floor_rows_load(path, records);
    bench_dir_remove(dir);
    return rows;
}

/* So many records a commit that half of the spans are split, nearly. */
static uint32_t find_per_commit(
    const struct rp_plan *plan, const struct bench_tape *tape)
{
    uint32_t records = bench_tape_record_count(tape);
    while (records > 1) {
        struct floor_rows *rows = rows_of(plan, tape, records);
        bool enough =
            floor_rows_split_count(rows) * 2 >= floor_rows_span_count(rows);
        floor_rows_free(&rows);
        if (enough) {
            break;
        }
        records -= records / 8 > 1 ? records / 8 : 1;
    }
    return records;
}

/* A store with its tables, in `dir`. */
static void make_store(char path[PATH_MAX_BYTES], const char *dir)
{
    path_in(path, dir);
    struct rp_store_sqlite *sqlite = bench_store_open(dir);
    rp_store_sqlite_close(&sqlite);
}

static double spans_per_second(const struct floor_rows *rows, double seconds)
{
    return (double)floor_rows_span_count(rows) * (double)sessions / seconds;
}

static double measure_floor(const struct floor_rows *rows, bool spans_only)
{
    char dir[4096];
    char path[PATH_MAX_BYTES];
    bench_dir(dir, sizeof(dir));
    make_store(path, dir);
    double took_s =
        floor_rows_write(rows, path, (uint32_t)sessions, spans_only);
    bench_dir_remove(dir);
    return spans_per_second(rows, took_s);
}

/* Nanoseconds of its thread. */
static int64_t measure_floor_thread(const struct floor_rows *rows)
{
    char dir[4096];
    char path[PATH_MAX_BYTES];
    bench_dir(dir, sizeof(dir));
    make_store(path, dir);
    int64_t took_ns = floor_rows_thread_ns(rows, path, (uint32_t)sessions);
    bench_dir_remove(dir);
    return took_ns;
}

static struct took measure(
    const struct rp_plan *plan, const struct bench_tape *tape)
{
    char dir[4096];
    bench_dir(dir, sizeof(dir));
    struct took took =
        record(dir, plan, tape, (uint32_t)sessions, (uint32_t)per_commit);
    bench_dir_remove(dir);
    return took;
}

int main(int argc, char **argv)
{
    const struct bench_option options[] = {
        {"sessions", &sessions, 1, 100000, "sessions a round"},
        {"children", &children, 1, 10000, "tasks of a session"},
        {"in-flight", &in_flight, 1, 4096, "of them at once"},
        {"per-commit", &per_commit, 0, 1000000,
            "records a commit; 0: so that half of the spans are split"},
        {"rounds", &rounds, 1, BENCH_ROUNDS_MAX, "pairs of readings"},
    };
    bench_options(argc, argv, options, RP_COUNT_OF(options));
    struct bench_plan plan_options = {
        .children = (uint32_t)children, .concurrency = (uint32_t)in_flight};
    struct rp_plan *plan = bench_plan_new(&plan_options);
    struct bench_tape *tape = bench_tape_record(plan);
    if (per_commit == 0) {
        per_commit = find_per_commit(plan, tape);
    }
    struct floor_rows *rows = rows_of(plan, tape, (uint32_t)per_commit);
    struct bench_pair same = {.name = "spans/same-rows",
        .unit = "spans/s",
        .aim = BENCH_AIM_AT_LEAST,
        .aim_ratio = AIM};
    struct bench_pair only = {
        .name = "spans/span-rows-only", .unit = "spans/s"};
    struct bench_pair thread = {.name = "recorder/thread-cost",
        .unit = "ns/record",
        .aim = BENCH_AIM_AT_MOST,
        .aim_ratio = THREAD_AIM};
    double records = (double)bench_tape_record_count(tape) * (double)sessions;
    for (long i = 0; i < rounds; i++) {
        double same_rows = measure_floor(rows, false);
        struct took took = measure(plan, tape);
        double measured = spans_per_second(rows, took.seconds);
        bench_add(&same, same_rows, measured);
        bench_add(&only, measure_floor(rows, true), measured);
        bench_add(&thread, (double)measure_floor_thread(rows) / records,
            (double)took.thread_ns / records);
    }
    bench_print(&same);
    bench_print(&only);
    bench_print(&thread);
    bench_print_value("spans/split",
        (double)floor_rows_split_count(rows) /
            (double)floor_rows_span_count(rows),
        "of all spans");
    bench_print_value("spans/per-commit", (double)per_commit, "records");
    floor_rows_free(&rows);
    bench_tape_free(&tape);
    rp_plan_free(&plan);
    return 0;
}
