/* Replayed sessions per second. A verification against a bare engine that is
 * fed the same events and compared with nothing; a rerun against the ordinary
 * runner with workers that answer at once and a store in memory; both of a
 * recording in memory. Loading one, and verifying one that was just loaded from
 * a store on disk, have lines of their own. */
#include <stdio.h>

#include <reprise/mem.h>
#include <reprise/rerun.h>
#include <reprise/verify.h>

#include "bench.h"
#include "session.h"

#define DIR_BYTES 4096

static long sessions = 200, children = 12, rounds = 5;

struct source {
    struct rp_plan *plan;
    struct rp_session_head head;
    struct rp_store *memory;
    struct rp_recording *recording;
};

static void source_make(struct source *source)
{
    struct rp_err err = RP_ERR_INIT;
    struct bench_plan options = {
        .children = (uint32_t)children, .concurrency = (uint32_t)children};
    source->plan = bench_plan_new(&options);
    source->memory = rp_store_memory_new();
    bench_head_make(&source->head, source->plan);
    struct bench_run run = {
        .plan = source->plan, .head = &source->head, .store = source->memory};
    bench_run_instant(&run);
    bench_check(rp_recording_of_memory(&source->recording, source->memory,
                    &source->head, NULL, &err),
        &err, "a recording");
}

static void source_fini(struct source *source)
{
    rp_recording_free(&source->recording);
    rp_store_free(&source->memory);
    rp_plan_free(&source->plan);
}

/* ---- verification ---- */

static void feed(
    struct source *source, const struct rp_recorded *records, uint32_t count)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_engine_options options = {
        .session = source->head.id,
        .seed = source->head.seed,
        .engine_rev = source->head.engine_rev,
    };
    struct rp_engine *engine =
        rp_engine_new(rp_recording_plan(source->recording), &options);
    for (uint32_t i = 0; i < count; i++) {
        struct rp_event event = records[i].event;
        struct rp_completion completion;
        struct rp_step step;
        bench_check(
            rp_recording_fill(source->recording, &event, &completion, &err),
            &err, "an event");
        bench_check(
            rp_engine_step(engine, &event, &step, &err), &err, "the floor");
    }
    RP_ASSERT(rp_engine_ended(engine));
    rp_engine_free(&engine);
}

static double feed_all(struct source *source)
{
    uint32_t count = 0;
    const struct rp_recorded *records =
        rp_recording_records(source->recording, &count);
    int64_t began_ns = bench_now_ns();
    for (long i = 0; i < sessions; i++) {
        feed(source, records, count);
    }
    return (double)sessions / bench_seconds_since(began_ns);
}

static double verify_all(struct source *source)
{
    struct rp_err err = RP_ERR_INIT;
    int64_t began_ns = bench_now_ns();
    for (long i = 0; i < sessions; i++) {
        struct rp_verification v = {.arena = NULL};
        bench_check(rp_verify(&v, source->recording, NULL, &err), &err,
            "a verification");
        if (v.first.kind != RP_DIVERGENCE_NONE) {
            bench_fail("a session does not verify: %s", v.first.what);
        }
        rp_verification_fini(&v);
    }
    return (double)sessions / bench_seconds_since(began_ns);
}

/* ---- rerun ---- */

static double run_all(struct source *source)
{
    int64_t began_ns = bench_now_ns();
    for (long i = 0; i < sessions; i++) {
        struct rp_store *memory = rp_store_memory_new();
        struct bench_run run = {
            .plan = source->plan, .head = &source->head, .store = memory};
        bench_run_instant(&run);
        rp_store_free(&memory);
    }
    return (double)sessions / bench_seconds_since(began_ns);
}

/* Adds to `*worker_s` what the workers took when it was recorded. */
static double rerun_all(struct source *source, double *worker_s)
{
    struct rp_err err = RP_ERR_INIT;
    int64_t began_ns = bench_now_ns();
    for (long i = 0; i < sessions; i++) {
        struct rp_session_head head = rp_rerun_head(source->recording);
        struct rp_rerun_result result = {.arena = NULL};
        struct rp_rerun rerun = {.source = source->recording, .head = &head};
        bench_check(rp_rerun(&rerun, &result, &err), &err, "a rerun");
        if (!result.comparison.identical) {
            bench_fail("a rerun differs from what was recorded");
        }
        *worker_s += (double)result.worker_time.ns / (double)RP_NS_PER_S;
        rp_rerun_result_fini(&result);
    }
    return (double)sessions / bench_seconds_since(began_ns);
}

static void load_all(struct source *source)
{
    struct rp_err err = RP_ERR_INIT;
    int64_t began_ns = bench_now_ns();
    for (long i = 0; i < sessions; i++) {
        struct rp_recording *recording = NULL;
        bench_check(rp_recording_of_memory(
                        &recording, source->memory, &source->head, NULL, &err),
            &err, "loading");
        rp_recording_free(&recording);
    }
    bench_print_value("replays/load",
        (double)sessions / bench_seconds_since(began_ns), "sessions/s");
}

/* ---- out of a store ---- */

static void fill_store(struct source *source, const char *dir)
{
    struct rp_store_sqlite *sqlite = bench_store_open(dir);
    for (long i = 0; i < sessions; i++) {
        struct rp_session_head head;
        struct rp_store *store = rp_store_sqlite_recorder(sqlite);
        bench_head_make(&head, source->plan);
        struct bench_run run = {
            .plan = source->plan, .head = &head, .store = store};
        bench_run_instant(&run);
        rp_store_free(&store);
    }
    rp_store_sqlite_close(&sqlite);
}

static void verify_row(
    struct rp_reader *reader, const struct rp_session_row *row)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_recording *recording = NULL;
    struct rp_verification v = {.arena = NULL};
    bench_check(rp_recording_load(&recording, reader, row, NULL, &err), &err,
        "loading");
    bench_check(rp_verify(&v, recording, NULL, &err), &err, "a verification");
    if (v.first.kind != RP_DIVERGENCE_NONE) {
        bench_fail("a session does not verify: %s", v.first.what);
    }
    rp_verification_fini(&v);
    rp_recording_free(&recording);
}

/* Each session once, read from the file by one that has just opened it. */
static void verify_cold(struct source *source)
{
    char dir[DIR_BYTES];
    char path[DIR_BYTES + 16];
    struct rp_err err = RP_ERR_INIT;
    struct rp_reader *reader = NULL;
    struct rp_sessions *rows = NULL;
    struct rp_session_row row;
    struct rp_arena *arena = rp_arena_new(0);
    bool found = false;
    bench_dir(dir, sizeof(dir));
    fill_store(source, dir);
    (void)snprintf(path, sizeof(path), "%s/store.db", dir);
    int64_t began_ns = bench_now_ns();
    bench_check(rp_reader_open(&reader, path, &err), &err, "a store");
    bench_check(rp_reader_sessions(&rows, reader, NULL, &err), &err, "rows");
    do {
        rp_arena_reset(arena);
        bench_check(rp_sessions_next(rows, arena, &found, &row, &err), &err,
            "the next row");
        if (found) {
            verify_row(reader, &row);
        }
    } while (found);
    bench_print_value("replays/cold",
        (double)sessions / bench_seconds_since(began_ns), "sessions/s");
    rp_sessions_free(&rows);
    rp_arena_free(&arena);
    rp_reader_close(&reader);
    bench_dir_remove(dir);
}

int main(int argc, char **argv)
{
    const struct bench_option options[] = {
        {"sessions", &sessions, 1, 1000000, "replays a round"},
        {"children", &children, 1, 10000, "tasks of the session"},
        {"rounds", &rounds, 1, BENCH_ROUNDS_MAX, "pairs of readings"},
    };
    struct bench_pair verified = {
        .name = "replays/verify", .unit = "sessions/s"};
    struct bench_pair rerun = {.name = "replays/rerun", .unit = "sessions/s"};
    struct bench_pair memory = {
        .name = "replays/memory",
        .unit = "KiB",
        .aim = BENCH_AIM_AT_MOST,
        .aim_ratio = 1.1,
    };
    struct source source;
    bench_options(argc, argv, options, RP_COUNT_OF(options));
    source_make(&source);
    double worker_s = 0;
    double virtual_s[BENCH_ROUNDS_MAX];
    (void)rerun_all(&source, &worker_s); /* whoever grows has grown */
    long rss_kib = bench_rss_kib();
    for (long i = 0; i < rounds; i++) {
        double fed = feed_all(&source);
        bench_add(&verified, fed, verify_all(&source));
        double ran = run_all(&source);
        worker_s = 0;
        bench_add(&rerun, ran, rerun_all(&source, &worker_s));
        int last = rerun.count - 1;
        virtual_s[last] = worker_s * rerun.measured[last] / (double)sessions;
    }
    bench_print(&verified);
    bench_print(&rerun);
    bench_print_value("replays/virtual-over-real",
        bench_median(virtual_s, rerun.count), "s of workers a second");
    bench_add(&memory, (double)rss_kib, (double)bench_rss_kib());
    bench_print(&memory);
    load_all(&source);
    verify_cold(&source);
    source_fini(&source);
    return 0;
}
