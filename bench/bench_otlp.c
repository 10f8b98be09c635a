/* Spans as OTLP in protocol buffers: from spans as the store gives them, with
 * attributes as text, against the same bytes out of values at hand. And the
 * memory that exporting a large session takes, against a small one. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <reprise/mem.h>
#include <reprise/otlp_import.h>
#include <reprise/otlp_proto.h>

#include "bench.h"
#include "floor_otlp.h"
#include "session.h"

#define AIM 0.6
#define MEMORY_AIM 1.1
#define SPAN_BYTES_MAX ((size_t)512)
#define OUT_BYTES_MAX ((size_t)1 << 30)
#define KIB_PER_MIB 1024.0

static long spans = 4096, times = 200, rounds = 7;
static long few = 10000, many = 100000;

extern char **environ;

static const struct rp_otlp_resource resource = {.service_name = {"bench", 5}};

/* ---- the same spans, as the store gives them ---- */

struct batch {
    struct floor_span *from;
    const struct rp_span **list;
    struct rp_session_head head;
    struct rp_arena *arena;
    uint32_t count;
};

static void take_span(struct batch *b, uint32_t i)
{
    const struct floor_span *s = &b->from[i];
    const char *text = rp_arena_printf(b->arena,
        "{\"worker.id\":\"%s\",\"task.id\":\"%s\",\"model\":\"%s\","
        "\"note\":\"%s\",\"tokens.in\":%lld,\"tokens.out\":%lld,"
        "\"exit.code\":%lld,\"cost.usd\":%.3f}",
        s->worker, s->task, s->model, s->note, (long long)s->tokens_in,
        (long long)s->tokens_out, (long long)s->exit_code, s->cost);
    struct rp_span span = {.number = i + 1,
        .kind = (enum rp_span_kind)s->kind,
        .status = (enum rp_span_status)s->status,
        .ended = true,
        .start_unix_ns = (int64_t)s->start_ns,
        .end_unix_ns = (int64_t)s->end_ns,
        .name = rp_str_of(s->name),
        .attributes = rp_str_of(text)};
    memcpy(&span.id, s->id, sizeof(span.id));
    memcpy(&span.parent, s->parent, sizeof(span.parent));
    b->list[i] = rp_span_copy(b->arena, &span); /* as those who export do */
}

static void batch_init(struct batch *b, uint32_t count)
{
    *b = (struct batch){.count = count, .arena = rp_arena_new(0)};
    b->from = rp_mem_array(count, sizeof(*b->from));
    b->list = rp_mem_array(count, sizeof(*b->list));
    floor_spans_make(b->from, count);
    b->head = (struct rp_session_head){.sampled = true};
    memcpy(&b->head.trace, b->from[0].trace, sizeof(b->head.trace));
    for (uint32_t i = 0; i < count; i++) {
        take_span(b, i);
    }
}

static void batch_fini(struct batch *b)
{
    rp_mem_free(b->from);
    rp_mem_free(b->list);
    rp_arena_free(&b->arena);
}

/* ---- encoding ---- */

static void check_same(struct batch *b, struct rp_pb *out, uint8_t *memory)
{
    size_t room = SPAN_BYTES_MAX * b->count + SPAN_BYTES_MAX;
    const uint8_t *floor = floor_otlp_write(memory, room, b->from, b->count);
    rp_pb_reset(out);
    rp_otlp_proto_write(out, &resource, &b->head, b->list, b->count);
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
    struct batch b;
    struct rp_pb out;
    struct bench_pair pair = {.name = "otlp/encode",
        .unit = "spans/s",
        .aim = BENCH_AIM_AT_LEAST,
        .aim_ratio = AIM};
    batch_init(&b, (uint32_t)spans);
    rp_pb_init(&out, OUT_BYTES_MAX);
    size_t room = SPAN_BYTES_MAX * b.count + SPAN_BYTES_MAX;
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
            rp_otlp_proto_write(&out, &resource, &b.head, b.list, b.count);
        }
        bench_add(&pair, floor, done / bench_seconds_since(began_ns));
    }
    bench_print(&pair);
    rp_mem_free(memory);
    rp_pb_fini(&out);
    batch_fini(&b);
}

/* ---- memory ---- */

/* A session of so many spans, by way of a document. */
static void fill_store(const char *dir, uint32_t count)
{
    struct batch b;
    struct rp_pb out;
    struct rp_otlp_traces traces = {.count = 0};
    struct rp_otlp_imported imported;
    struct rp_err err = RP_ERR_INIT;
    struct rp_store_sqlite *sqlite = bench_store_open(dir);
    batch_init(&b, count);
    rp_pb_init(&out, OUT_BYTES_MAX);
    rp_otlp_proto_write(&out, &resource, &b.head, b.list, count);
    bench_check(rp_otlp_read(&traces, b.arena, rp_pb_str(&out), &err), &err,
        "reading the document");
    bench_check(
        rp_otlp_import(&imported, sqlite, &traces, &err), &err, "importing");
    if (imported.spans != count) {
        bench_fail("%u of %u spans were imported", imported.spans, count);
    }
    rp_store_sqlite_close(&sqlite);
    rp_pb_fini(&out);
    batch_fini(&b);
}

/* In a process of its own: what a program had in memory before it became
 * another counts as the other's. */
static void fill_apart(const char *dir, uint32_t count)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        fill_store(dir, count);
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        bench_fail("no store of %u spans could be made", count);
    }
}

struct taken {
    double mib, spans_per_s;
};

/* The most that the program had in memory, and how fast it was. */
static struct taken run_export(
    const char *store, const char *format, long count)
{
    const char *const argv[] = {BENCH_REPRISE, "export", "--format", format,
        "--store", store, "-o", "/dev/null", NULL};
    struct rusage usage;
    int status = -1;
    int64_t began_ns = bench_now_ns();
    pid_t pid = fork();
    if (pid == 0) {
        (void)execve(argv[0], (char *const *)argv, environ);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0) {
        bench_fail("%s export failed", argv[0]);
    }
    return (struct taken){.mib = (double)usage.ru_maxrss / KIB_PER_MIB,
        .spans_per_s = (double)count / bench_seconds_since(began_ns)};
}

static void measure_memory(const char *format, const char *const stores[2])
{
    char name[64];
    (void)snprintf(name, sizeof(name), "otlp/export-memory/%s", format);
    struct bench_pair pair = {.name = name,
        .unit = "MiB",
        .aim = BENCH_AIM_AT_MOST,
        .aim_ratio = MEMORY_AIM};
    struct taken small = run_export(stores[0], format, few);
    struct taken large = run_export(stores[1], format, many);
    bench_add(&pair, small.mib, large.mib);
    bench_print(&pair);
    (void)snprintf(name, sizeof(name), "otlp/export/%s", format);
    bench_print_value(name, large.spans_per_s, "spans/s, whole program");
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
        fill_apart(dirs[i], (uint32_t)(i == 0 ? few : many));
    }
    measure_memory("otlp-proto", stores);
    measure_memory("otlp-json", stores);
    measure_encoding();
    bench_dir_remove(dirs[0]);
    bench_dir_remove(dirs[1]);
    return 0;
}
