/* Spans as OTLP in protocol buffers: from spans as the store gives them, with
 * attributes as text, against the same bytes out of values at hand. And the
 * memory that exporting a large session takes, against a small one. */
#include <stdio.h>
#include <string.h>

#include <reprise/mem.h>
#include <reprise/otlp_proto.h>

#include "bench.h"
#include "otlp_spans.h"

#define AIM 0.6
#define MEMORY_AIM 1.1
#define OUT_BYTES_MAX ((size_t)1 << 30)

static long spans = 4096, times = 200, rounds = 7;
static long few = 10000, many = 100000;

/* ---- encoding ---- */

static void check_same(struct bench_otlp *b, struct rp_pb *out, uint8_t *memory)
{
    size_t room = BENCH_SPAN_BYTES_MAX * b->count + BENCH_SPAN_BYTES_MAX;
    const uint8_t *floor = floor_otlp_write(memory, room, b->from, b->count);
    rp_pb_reset(out);
    rp_otlp_proto_write(out, &bench_otlp_resource, &b->head, b->list, b->count);
    struct rp_str bytes = rp_pb_str(out);
    if (bytes.len != (size_t)(memory + room - floor) ||
        memcmp(bytes.ptr, floor, bytes.len) != 0) {
        bench_fail("the two do not write the same bytes");
    }
    bench_print_value(
        "otlp/bytes-per-span", (double)bytes.len / (double)b->count, "bytes");
}

static void measure_encoding(void)
{
    struct bench_otlp b;
    struct rp_pb out;
    struct bench_pair pair = {.name = "otlp/encode",
        .unit = "spans/s",
        .aim = BENCH_AIM_AT_LEAST,
        .aim_ratio = AIM};
    bench_otlp_init(&b, (uint32_t)spans);
    rp_pb_init(&out, OUT_BYTES_MAX);
    size_t room = BENCH_SPAN_BYTES_MAX * b.count + BENCH_SPAN_BYTES_MAX;
    uint8_t *memory = rp_mem_alloc(room);
    check_same(&b, &out, memory);
    double done = (double)spans * (double)times;
    for (long i = 0; i < rounds; i++) {
        int64_t began_ns = bench_now_ns();
        for (long k = 0; k < times; k++) {
            (void)floor_otlp_write(memory, room, b.from, b.count);
        }
        double floor = done / bench_seconds_since(began_ns);
        began_ns = bench_now_ns();
        for (long k = 0; k < times; k++) {
            rp_pb_reset(&out);
            rp_otlp_proto_write(
                &out, &bench_otlp_resource, &b.head, b.list, b.count);
        }
        bench_add(&pair, floor, done / bench_seconds_since(began_ns));
    }
    bench_print(&pair);
    rp_mem_free(memory);
    rp_pb_fini(&out);
    bench_otlp_fini(&b);
}

/* ---- memory ---- */

static struct bench_taken run_export(const char *store, const char *format)
{
    const char *const argv[] = {BENCH_REPRISE, "export", "--format", format,
        "--store", store, "-o", "/dev/null", NULL};
    return bench_otlp_run(argv);
}

static void measure_memory(const char *format, const char *const stores[2])
{
    char name[64];
    (void)snprintf(name, sizeof(name), "otlp/export-memory/%s", format);
    struct bench_pair pair = {.name = name,
        .unit = "MiB",
        .aim = BENCH_AIM_AT_MOST,
        .aim_ratio = MEMORY_AIM};
    struct bench_taken small = run_export(stores[0], format);
    struct bench_taken large = run_export(stores[1], format);
    bench_add(&pair, small.mib, large.mib);
    bench_print(&pair);
    (void)snprintf(name, sizeof(name), "otlp/export/%s", format);
    bench_print_value(
        name, (double)many / large.seconds, "spans/s, whole program");
}

int main(int argc, char **argv)
{
    const struct bench_option options[] = {
        {"spans", &spans, 1, 1000000, "spans of a message"},
        {"times", &times, 1, 1000000, "messages a round"},
        {"rounds", &rounds, 1, BENCH_ROUNDS_MAX, "pairs of readings"},
        {"few", &few, 1, 1000000, "spans of the small session"},
        {"many", &many, 1, 1000000, "spans of the large session"},
    };
    char dirs[2][4096], paths[2][4200];
    const char *const stores[2] = {paths[0], paths[1]};
    bench_options(argc, argv, options, RP_COUNT_OF(options));
    for (int i = 0; i < 2; i++) {
        bench_dir(dirs[i], sizeof(dirs[i]));
        (void)snprintf(paths[i], sizeof(paths[i]), "%s/store.db", dirs[i]);
        bench_otlp_store(dirs[i], (uint32_t)(i == 0 ? few : many));
    }
    measure_memory("otlp-proto", stores);
    measure_memory("otlp-json", stores);
    measure_encoding();
    bench_dir_remove(dirs[0]);
    bench_dir_remove(dirs[1]);
    return 0;
}
