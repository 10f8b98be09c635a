/* Scenarios per second of a sweep in virtual time, with all oracles on: single
 * faults and pairs at every task of a session, against the ordinary runner with
 * workers that answer at once, which injects nothing and judges nothing. */
#include <reprise/mem.h>
#include <reprise/sweep.h>

#include "bench.h"
#include "session.h"

#define AIM_PER_SECOND 10000.0

static long children = 4, rounds = 5, sweeps = 1;

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
        .children = (uint32_t)children,
        .concurrency = (uint32_t)children,
        .more = ",\"retry\":{\"attempts\":2,\"backoff\":\"100ms..1s\"}",
    };
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

/* Scenarios per second; how many there were. */
static double sweep_all(struct source *source, uint64_t *played)
{
    struct rp_err err = RP_ERR_INIT;
    uint64_t count = 0;
    int64_t began_ns = bench_now_ns();
    for (long i = 0; i < sweeps; i++) {
        struct rp_sweep sweep;
        struct rp_sweep_options options = {
            .subject = {.recording = source->recording, .seed = 1},
            .depth = 2,
        };
        bench_check(rp_sweep_run(&sweep, &options, &err), &err, "a sweep");
        if (sweep.counts[RP_VERDICT_HARNESS] > 0 ||
            sweep.counts[RP_VERDICT_NONDETERMINISTIC] > 0) {
            bench_fail("a scenario could not be played");
        }
        count += sweep.rig.played + 2 * sweep.twice_count + sweep.orders.tried;
        rp_sweep_fini(&sweep);
    }
    *played = count;
    return (double)count / bench_seconds_since(began_ns);
}

static double run_all(struct source *source, uint64_t count)
{
    int64_t began_ns = bench_now_ns();
    for (uint64_t i = 0; i < count; i++) {
        struct rp_store *memory = rp_store_memory_new();
        struct bench_run run = {
            .plan = source->plan, .head = &source->head, .store = memory};
        bench_run_instant(&run);
        rp_store_free(&memory);
    }
    return (double)count / bench_seconds_since(began_ns);
}

int main(int argc, char **argv)
{
    const struct bench_option options[] = {
        {"children", &children, 2, 1000, "tasks of the session"},
        {"sweeps", &sweeps, 1, 1000, "sweeps a round"},
        {"rounds", &rounds, 1, BENCH_ROUNDS_MAX, "pairs of readings"},
    };
    struct bench_pair pair = {
        .name = "sweeps/scenarios", .unit = "scenarios/s"};
    double best = 0;
    struct source source;
    bench_options(argc, argv, options, RP_COUNT_OF(options));
    source_make(&source);
    for (long i = 0; i < rounds; i++) {
        uint64_t played = 0;
        double measured = sweep_all(&source, &played);
        best = measured > best ? measured : best;
        bench_add(&pair, run_all(&source, played), measured);
    }
    bench_print(&pair);
    bench_print_value("sweeps/best-to-aim", best / AIM_PER_SECOND, "x 10000/s");
    source_fini(&source);
    return 0;
}
