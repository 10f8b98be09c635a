#include "session.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <reprise/clock_system.h>
#include <reprise/mem.h>
#include <reprise/plan_file.h>
#include <reprise/transport_exec.h>

#include "bench.h"
#include "instant.h"

#define PLAN_BYTES_MAX (8u << 20)
#define TIMEOUT_MS 30000

extern char **environ;

/* ---- the plan ---- */

static void write_input(struct rp_buf *out, uint32_t child)
{
    rp_buf_addf(out,
        "{\"prompt\":\"read the section and report three findings\","
        "\"section\":%u}",
        child);
}

static void write_plan(struct rp_buf *out, const struct bench_plan *options)
{
    const char *worker = options->worker;
    rp_buf_add_text(out, "{\"reprise\":1,\"name\":\"bench\",");
    rp_buf_addf(out, "\"concurrency\":%u,", options->concurrency);
    rp_buf_addf(out, "\"agents\":{\"reader\":{\"exec\":[\"%s\"",
        worker == NULL ? BENCH_WORKER : worker);
    if (options->arg != NULL) {
        rp_buf_addf(out, ",\"%s\"", options->arg);
    }
    rp_buf_addf(out,
        "],\"output\":{\"type\":\"object\",\"required\":[\"status\"]},"
        "\"timeout\":\"%ds\",\"effects\":\"none\"%s}},",
        TIMEOUT_MS / 1000, options->more == NULL ? "" : options->more);
    rp_buf_add_text(out, "\"flow\":{\"id\":\"read\",\"parallel\":{");
    for (uint32_t i = 0; i < options->children; i++) {
        rp_buf_addf(out,
            "%s\"s%06u\":{\"agent\":\"reader\",\"input\":", i == 0 ? "" : ",",
            i);
        write_input(out, i);
        rp_buf_add_char(out, '}');
    }
    rp_buf_add_text(out, "}}}");
}

struct rp_plan *bench_plan_new(const struct bench_plan *options)
{
    struct rp_buf text;
    struct rp_plan *plan = NULL;
    struct rp_err err = RP_ERR_INIT;
    struct rp_plan_problems problems = {.arena = NULL};
    struct rp_plan_disk *disk = rp_plan_disk_new("/");
    struct rp_plan_files files = rp_plan_disk_files(disk);
    rp_buf_init(&text, PLAN_BYTES_MAX);
    write_plan(&text, options);
    bench_check(
        rp_plan_read(&plan, rp_buf_str(&text), "/", &files, &problems, &err),
        &err, "the bench's plan");
    rp_plan_problems_fini(&problems);
    rp_plan_disk_free(&disk);
    rp_buf_fini(&text);
    return plan;
}

void bench_task_document(
    struct rp_buf *out, uint32_t child, const struct rp_session_head *head)
{
    rp_buf_addf(
        out, "{\"task\":\"read/s%06u\",\"attempt\":1,\"input\":", child);
    write_input(out, child);
    rp_buf_addf(out,
        ",\"context\":{\"session\":\"%s\",\"agent\":\"reader\",\"key\":"
        "\"%s/read/s%06u\"},\"deadline_ms\":%d}\n",
        head->id.text, head->id.text, child, TIMEOUT_MS);
}

/* ---- the head ---- */

struct rp_str bench_input(void)
{
    return RP_STR("{}");
}

void bench_head_make(struct rp_session_head *out, const struct rp_plan *plan)
{
    uint8_t chance[10 + sizeof(out->trace.bytes)];
    struct timespec now;
    if (getrandom(chance, sizeof(chance), 0) != (ssize_t)sizeof(chance)) {
        bench_fail("cannot draw a session's id");
    }
    (void)clock_gettime(CLOCK_REALTIME, &now); /* always there */
    memset(out, 0, sizeof(*out));
    out->began.unix_ns = (int64_t)now.tv_sec * RP_NS_PER_S + now.tv_nsec;
    out->id = rp_session_id_of(out->began, chance);
    memcpy(out->trace.bytes, chance + 10, sizeof(out->trace.bytes));
    out->trace.bytes[0] |= 1; /* all zero means "no trace" */
    out->sampled = true;
    out->mode = RP_MODE_LIVE;
    out->seed = 1;
    out->engine_rev = RP_ENGINE_REV;
    out->incarnation = 1;
    out->plan_name = rp_str_of(plan->name);
    out->plan = plan->digest;
    out->input = rp_digest_of(bench_input());
    out->program = "bench";
}

/* ---- the run ---- */

static void run_with(const struct bench_run *options, struct rp_clock *clock,
    struct rp_transport *transport)
{
    struct rp_sink *sinks[1] = {options->sink};
    struct rp_run_result result = {.output = NULL};
    struct rp_err err = RP_ERR_INIT;
    struct rp_run run = {
        .plan = options->plan,
        .head = options->head,
        .input = bench_input(),
        .clock = clock,
        .transport = transport,
        .store = options->store,
        .sinks = sinks,
        .sink_count = options->sink == NULL ? 0 : 1,
        .turn_max = RP_DURATION_FOREVER,
    };
    bench_check(rp_run(&run, &result, &err), &err, "the bench's session");
    if (result.outcome != RP_OUTCOME_OK && !options->may_fail) {
        bench_fail("the bench's session ended %s: %s",
            rp_outcome_name(result.outcome), result.envelope);
    }
    rp_run_result_fini(&result);
}

void bench_run_exec(const struct bench_run *run)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_reactor *reactor = NULL;
    struct rp_transport *transport = NULL;
    struct rp_clock *own = rp_clock_system_new();
    struct rp_clock *clock = run->clock == NULL ? own : run->clock;
    bench_check(rp_reactor_new(&reactor, &err), &err, "a reactor");
    struct rp_exec_options options = {
        .reactor = reactor,
        .clock = clock,
        .head = run->head,
        .plan = run->plan,
        .environ = environ,
    };
    bench_check(
        rp_transport_exec_new(&transport, &options, &err), &err, "a transport");
    if (run->wrap != NULL) {
        transport = run->wrap(run->wrap_context, transport, clock);
    }
    run_with(run, clock, transport);
    rp_transport_free(&transport);
    rp_reactor_free(&reactor);
    rp_clock_free(&own);
}

void bench_run_instant(const struct bench_run *run)
{
    struct rp_clock *clock = rp_clock_virtual_new(run->head->began);
    struct rp_transport *transport = bench_instant_new(clock);
    run_with(run, clock, transport);
    rp_transport_free(&transport);
    rp_clock_free(&clock);
}

struct rp_store_sqlite *bench_store_open(const char *dir)
{
    char path[4096];
    struct rp_err err = RP_ERR_INIT;
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_store_sqlite_options options = {.create = true};
    (void)snprintf(path, sizeof(path), "%s/store.db", dir);
    bench_check(
        rp_store_sqlite_open(&sqlite, path, &options, &err), &err, "a store");
    return sqlite;
}
