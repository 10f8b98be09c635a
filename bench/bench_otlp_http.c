/* Spans over HTTP to a process on loopback that reads them and answers: from
 * spans as the store gives them, by the library and with all that is asked of
 * an exporter, against a bare loop that encodes values at hand and writes the
 * same bytes to a socket. That process has a processor of its own, or takes
 * turns with who sends ("together"). And the memory that sending a large
 * session takes, against a small one. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <reprise/mem.h>
#include <reprise/otlp_channel.h>

#include "bench.h"
#include "http_sink.h"
#include "otlp_spans.h"

#define AIM 0.7
#define MEMORY_AIM 1.1
#define HEAD_ROOM ((size_t)512)

static long total = 200000, rounds = 7;
static long few = 10000, many = 100000;

struct setting {
    struct bench_otlp spans;
    struct bench_sink sink;
    uint32_t batch;
    struct bench_sunk sent;
};

/* ---- the floor ---- */

static double measure_floor(struct setting *s)
{
    size_t room = BENCH_SPAN_BYTES_MAX * (s->batch + 1u);
    uint8_t *memory = rp_mem_alloc(HEAD_ROOM + room);
    int fd = bench_sink_connect(&s->sink);
    long requests = total / (long)s->batch;
    int64_t began_ns = bench_now_ns();
    for (long i = 0; i < requests; i++) {
        size_t first = (size_t)i * s->batch % s->spans.count;
        const uint8_t *body = floor_otlp_write(
            memory + HEAD_ROOM, room, s->spans.from + first, s->batch);
        size_t skip = (size_t)(body - memory);
        size_t len = HEAD_ROOM + room - skip;
        bench_sink_post(fd, memory + skip, len, skip);
        s->sent.body_bytes += len;
    }
    double rate = (double)requests * s->batch / bench_seconds_since(began_ns);
    s->sent.requests += (uint64_t)requests;
    s->sent.spans += (uint64_t)requests * s->batch;
    (void)close(fd);
    rp_mem_free(memory);
    return rate;
}

/* ---- the library ---- */

static void world_begin(void *context, const struct rp_http_request *request,
    struct rp_http_response *response)
{
    rp_http_begin(context, request, response);
}

static enum rp_code world_end(void *context, struct rp_err *err)
{
    return rp_http_end(context, err);
}

static struct rp_wall world_now(void *context)
{
    (void)context;
    return (struct rp_wall){bench_now_ns()};
}

static void world_wait(void *context, struct rp_duration time)
{
    (void)context;
    bench_fail("the sink asks for %lld ns", (long long)time.ns);
}

static bool world_stopped(void *context)
{
    (void)context;
    return false;
}

static void settle(struct rp_otlp_channel *channel, uint32_t count)
{
    struct rp_err err = RP_ERR_INIT;
    enum rp_otlp_answer answer;
    bench_check(rp_otlp_channel_settle(channel, count, &answer, &err), &err,
        "a request");
    if (answer != RP_OTLP_ACCEPTED) {
        bench_fail("the sink did not accept: %s", channel->counts.problem);
    }
}

/* As the exporter does: a batch is written while the answer to the one before
 * is awaited. */
static void send_batches(
    struct setting *s, struct rp_otlp_channel *channel, long requests)
{
    struct rp_err err = RP_ERR_INIT;
    for (long i = 0; i < requests; i++) {
        size_t first = (size_t)i * s->batch % s->spans.count;
        bench_check(rp_otlp_request_write(&channel->request, channel->config,
                        &bench_otlp_resource, &s->spans.head,
                        s->spans.list + first, s->batch, &err),
            &err, "writing a request");
        s->sent.body_bytes += channel->request.body.len;
        if (i > 0) {
            settle(channel, s->batch);
        }
        rp_otlp_channel_begin(channel);
    }
    settle(channel, s->batch);
}

static double measure(struct setting *s)
{
    static const struct rp_otlp_config config = {
        .protocol = RP_OTLP_HTTP_PROTOBUF, .timeout = {10 * RP_NS_PER_S}};
    struct rp_http *http = NULL;
    struct rp_err err = RP_ERR_INIT;
    char url[64];
    (void)snprintf(
        url, sizeof(url), "http://127.0.0.1:%d/v1/traces", s->sink.port);
    bench_check(rp_http_open(&http, &err), &err, "HTTP");
    const struct rp_otlp_world world = {.begin = world_begin,
        .end = world_end,
        .now = world_now,
        .wait = world_wait,
        .stopped = world_stopped,
        .abandoned = world_stopped,
        .context = http};
    struct rp_otlp_channel channel = {
        .config = &config, .url = url, .world = &world};
    rp_otlp_channel_init(&channel);
    long requests = total / (long)s->batch;
    int64_t began_ns = bench_now_ns();
    send_batches(s, &channel, requests);
    double rate = (double)requests * s->batch / bench_seconds_since(began_ns);
    s->sent.requests += (uint64_t)requests;
    s->sent.spans += (uint64_t)requests * s->batch;
    rp_otlp_channel_fini(&channel);
    rp_http_close(&http);
    return rate;
}

static void check_sunk(struct setting *s)
{
    struct bench_sunk sunk = bench_sink_stop(&s->sink);
    if (memcmp(&sunk, &s->sent, sizeof(sunk)) != 0) {
        bench_fail("the sink saw %llu spans of %llu",
            (unsigned long long)sunk.spans, (unsigned long long)s->sent.spans);
    }
}

static void measure_batches(uint32_t batch, bool apart)
{
    char name[64];
    struct setting s = {.batch = batch};
    (void)snprintf(name, sizeof(name), "otlp-http/batch%u%s", batch,
        apart ? "" : "/together");
    struct bench_pair pair = {.name = name,
        .unit = "spans/s",
        .aim = BENCH_AIM_AT_LEAST,
        .aim_ratio = AIM};
    bench_otlp_init(&s.spans, batch * 8);
    bench_sink_start(&s.sink, apart);
    for (long i = 0; i < rounds; i++) {
        double floor = measure_floor(&s);
        bench_add(&pair, floor, measure(&s));
    }
    bench_print(&pair);
    check_sunk(&s);
    bench_otlp_fini(&s.spans);
}

/* ---- memory ---- */

static struct bench_taken send_store(long count)
{
    char dir[4096], path[4200], url[64];
    struct bench_sink sink;
    const char *const argv[] = {
        BENCH_REPRISE, "export", "--otlp", url, "--store", path, NULL};
    bench_dir(dir, sizeof(dir));
    bench_otlp_store(dir, (uint32_t)count);
    bench_sink_start(&sink, false);
    (void)snprintf(path, sizeof(path), "%s/store.db", dir);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d", sink.port);
    struct bench_taken taken = bench_otlp_run(argv);
    if (bench_sink_stop(&sink).spans != (uint64_t)count) {
        bench_fail("not all of %ld spans were sent", count);
    }
    bench_dir_remove(dir);
    return taken;
}

static void measure_memory(void)
{
    struct bench_pair pair = {.name = "otlp-http/export-memory",
        .unit = "MiB",
        .aim = BENCH_AIM_AT_MOST,
        .aim_ratio = MEMORY_AIM};
    struct bench_taken small = send_store(few);
    struct bench_taken large = send_store(many);
    bench_add(&pair, small.mib, large.mib);
    bench_print(&pair);
    bench_print_value("otlp-http/export", (double)many / large.seconds,
        "spans/s, whole program");
}

int main(int argc, char **argv)
{
    const struct bench_option options[] = {
        {"spans", &total, 4096, 100000000, "spans a round"},
        {"rounds", &rounds, 1, BENCH_ROUNDS_MAX, "pairs of readings"},
        {"few", &few, 1, 1000000, "spans of the small session"},
        {"many", &many, 1, 1000000, "spans of the large session"},
    };
    bench_options(argc, argv, options, RP_COUNT_OF(options));
    measure_memory();
    measure_batches(512, true); /* as OpenTelemetry's batch processor has it */
    measure_batches(512, false);
    measure_batches(4096, true);
    measure_batches(4096, false);
    return 0;
}
