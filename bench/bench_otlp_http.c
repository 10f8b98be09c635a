/* Spans over HTTP to a process on loopback that reads them and answers: from
 * spans as the store gives them, by the library and with all that is asked of
 * an exporter, against a bare loop that encodes values at hand and writes the
 * same bytes to a socket. And the memory that sending a large session takes,
 * against a small one. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <reprise/mem.h>
#include <reprise/otlp_exchange.h>

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

static void send_batch(struct setting *s, struct rp_otlp_request *request,
    struct rp_http *http, struct rp_http_response *response, const char *url,
    size_t first)
{
    static const struct rp_otlp_config config = {
        .protocol = RP_OTLP_HTTP_PROTOBUF};
    struct rp_err err = RP_ERR_INIT;
    bench_check(rp_otlp_request_write(request, &config, &bench_otlp_resource,
                    &s->spans.head, s->spans.list + first, s->batch, &err),
        &err, "writing a request");
    const struct rp_http_request post = {.url = url,
        .headers = request->headers,
        .body = request->body,
        .timeout = rp_duration_of_ms(10000),
        .response_max_bytes = RP_OTLP_RESPONSE_BYTES_MAX};
    enum rp_code rc = rp_http_post(http, &post, response, &err);
    struct rp_otlp_verdict verdict =
        rp_otlp_verdict_of(&config, rc, &err, response, (struct rp_wall){0});
    if (verdict.answer != RP_OTLP_ACCEPTED) {
        bench_fail("the sink did not accept: %s", verdict.message);
    }
    s->sent.body_bytes += request->body.len;
}

static double measure(struct setting *s)
{
    struct rp_otlp_request request;
    struct rp_http *http = NULL;
    struct rp_http_response response;
    struct rp_err err = RP_ERR_INIT;
    char url[64];
    (void)snprintf(
        url, sizeof(url), "http://127.0.0.1:%d/v1/traces", s->sink.port);
    rp_otlp_request_init(&request);
    rp_http_response_init(&response);
    bench_check(rp_http_open(&http, &err), &err, "HTTP");
    long requests = total / (long)s->batch;
    int64_t began_ns = bench_now_ns();
    for (long i = 0; i < requests; i++) {
        send_batch(s, &request, http, &response, url,
            (size_t)i * s->batch % s->spans.count);
    }
    double rate = (double)requests * s->batch / bench_seconds_since(began_ns);
    s->sent.requests += (uint64_t)requests;
    s->sent.spans += (uint64_t)requests * s->batch;
    rp_http_close(&http);
    rp_http_response_fini(&response);
    rp_otlp_request_fini(&request);
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

static void measure_batches(uint32_t batch)
{
    char name[64];
    struct setting s = {.batch = batch};
    (void)snprintf(name, sizeof(name), "otlp-http/batch%u", batch);
    struct bench_pair pair = {.name = name,
        .unit = "spans/s",
        .aim = BENCH_AIM_AT_LEAST,
        .aim_ratio = AIM};
    bench_otlp_init(&s.spans, batch * 8);
    bench_sink_start(&s.sink);
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
    bench_sink_start(&sink);
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
    measure_batches(512); /* as OpenTelemetry's batch processor has it */
    measure_batches(4096);
    return 0;
}
