/* Scenarios per second with real processes: faults at the tasks of a session,
 * each a session of its own that runs, is recorded and is judged by all
 * oracles, by two processes side by side, against the same sessions without
 * faults and without judging them.
 */
#include <reprise/fault_inject.h>
#include <reprise/mem.h>
#include <reprise/sweep.h>

#include "bench.h"
#include "session.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define AIM_PER_SECOND 400.0

#define JOBS_MAX 64

static long children = 4, scenarios = 400, jobs = 2, rounds = 5;

/* What ends at once: a hang is as slow as its timeout. */
static const char *const faults[] = {
    "kill",
    "kill.mid_write",
    "kill.after_output",
    "exit.nonzero_full",
    "exit.zero_empty",
    "exit.zero_partial",
    "spawn.enoent",
    "spawn.exit_early",
    "out.fence",
    "out.truncate",
    "out.empty",
    "out.garbage",
};

struct live {
    struct rp_plan *plan;
    struct rp_session_head head;
    struct rp_store *memory;        /* of the session without faults */
    struct rp_recording *recording; /* ditto */
    struct rp_sweep_rig rig;
    struct rp_fault_rules rules;
};

static void make(struct live *l)
{
    struct rp_err err = RP_ERR_INIT;
    struct bench_plan options = {
        .children = (uint32_t)children,
        .concurrency = (uint32_t)children,
        .more = ",\"retry\":{\"attempts\":2,\"backoff\":\"1ms..1ms\"}",
    };
    l->plan = bench_plan_new(&options);
    l->memory = rp_store_memory_new();
    bench_head_make(&l->head, l->plan);
    struct bench_run run = {
        .plan = l->plan, .head = &l->head, .store = l->memory};
    bench_run_exec(&run);
    bench_check(
        rp_recording_of_memory(&l->recording, l->memory, &l->head, NULL, &err),
        &err, "a recording");
    struct rp_sweep_subject subject = {.recording = l->recording, .seed = 1};
    bench_check(rp_sweep_rig_set(&l->rig, &subject, &err), &err, "a rig");
}

static void fini(struct live *l)
{
    rp_sweep_rig_fini(&l->rig);
    rp_recording_free(&l->recording);
    rp_store_free(&l->memory);
    rp_plan_free(&l->plan);
}

static struct rp_transport *inject(
    void *context, struct rp_transport *inner, struct rp_clock *clock)
{
    struct live *l = context;
    return rp_fault_inject_new(inner, &l->rules, clock, 1);
}

/* One fault at the first attempt, at all of them, of each task in turn. */
static const char *rule_of(char out[64], long index)
{
    long fault = index % (long)RP_COUNT_OF(faults);
    long task = index / (long)RP_COUNT_OF(faults) % children;
    (void)snprintf(out, 64, "read/s%06ld%s : %s", task,
        index % 2 == 0 ? " @1" : "", faults[fault]);
    return out;
}

static void judge(struct live *l, struct rp_store *memory, const char *rule)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_sweep_judgement judgement;
    struct rp_recording *recording = NULL;
    bench_check(
        rp_recording_of_memory(&recording, memory, &l->head, NULL, &err), &err,
        "a recording");
    rp_sweep_rig_judge_live(&judgement, &l->rig, recording, &rule, 1);
    if (judgement.verdict == RP_VERDICT_HARNESS ||
        judgement.verdict == RP_VERDICT_NOT_TRIGGERED) {
        bench_fail("'%s' could not be judged: %s", rule, judgement.note);
    }
    rp_recording_free(&recording);
}

static void try_one(struct live *l, long index, bool with_fault)
{
    char rule[64];
    struct rp_err err = RP_ERR_INIT;
    struct rp_store *memory = rp_store_memory_new();
    struct bench_run run = {.plan = l->plan,
        .head = &l->head,
        .store = memory,
        .may_fail = with_fault,
        .wrap = with_fault ? inject : NULL,
        .wrap_context = l};
    l->rules.count = 0;
    bench_check(
        rp_fault_rule_add(&l->rules, rp_str_of(rule_of(rule, index)), &err),
        &err, "a rule");
    bench_run_exec(&run);
    if (with_fault) {
        judge(l, memory, rule);
    }
    rp_store_free(&memory);
}

/* A share of them, in a process of its own. */
static void try_share(struct live *l, long share, bool with_faults)
{
    for (long i = share; i < scenarios; i += jobs) {
        try_one(l, i, with_faults);
    }
}

/* Scenarios per second. */
static double try_all(struct live *l, bool with_faults)
{
    pid_t pids[JOBS_MAX];
    int64_t began_ns = bench_now_ns();
    for (long i = 0; i < jobs; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            try_share(l, i, with_faults);
            _exit(0);
        }
        if (pids[i] < 0) {
            bench_fail("a process could not be started");
        }
    }
    for (long i = 0; i < jobs; i++) {
        int status = 0;
        if (waitpid(pids[i], &status, 0) != pids[i] || status != 0) {
            bench_fail("a process that tried scenarios failed");
        }
    }
    return (double)scenarios / bench_seconds_since(began_ns);
}

int main(int argc, char **argv)
{
    const struct bench_option options[] = {
        {"children", &children, 2, 1000, "tasks of the session"},
        {"scenarios", &scenarios, 1, 100000, "scenarios a round"},
        {"jobs", &jobs, 1, JOBS_MAX, "processes that try them"},
        {"rounds", &rounds, 1, BENCH_ROUNDS_MAX, "pairs of readings"},
    };
    struct bench_pair pair = {.name = "live/scenarios", .unit = "scenarios/s"};
    struct live *l = rp_mem_zalloc(sizeof(*l));
    double best = 0;
    bench_options(argc, argv, options, RP_COUNT_OF(options));
    make(l);
    for (long i = 0; i < rounds; i++) {
        double floor = try_all(l, false);
        double measured = try_all(l, true);
        best = measured > best ? measured : best;
        bench_add(&pair, floor, measured);
    }
    bench_print(&pair);
    bench_print_value("live/best-to-aim", best / AIM_PER_SECOND, "x 400/s");
    fini(l);
    rp_mem_free(l);
    return 0;
}
