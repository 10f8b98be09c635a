/* Replayed sessions per second. A verification against a bare engine that is
 * fed the same events and compared with nothing; a rerun against the ordinary
 * runner with workers that answer at once and a store in memory; both of a
 * recording in memory. Loading one from a store has a line of its own. */
#include <reprise/mem.h>
#include <reprise/rerun.h>
#include <reprise/verify.h>

#include "bench.h"
#include "session.h"

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
        source->head.id, source->head.seed, source->head.engine_rev};
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

static double rerun_all(struct source *source)
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
    struct source source;
    bench_options(argc, argv, options, RP_COUNT_OF(options));
    source_make(&source);
    for (long i = 0; i < rounds; i++) {
        double fed = feed_all(&source);
        bench_add(&verified, fed, verify_all(&source));
        double ran = run_all(&source);
        bench_add(&rerun, ran, rerun_all(&source));
    }
    bench_print(&verified);
    bench_print(&rerun);
    load_all(&source);
    source_fini(&source);
    return 0;
}
