#include "otlp_spans.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <reprise/mem.h>
#include <reprise/otlp_import.h>
#include <reprise/otlp_proto.h>

#include "bench.h"
#include "session.h"

#define OUT_BYTES_MAX ((size_t)1 << 30)
#define KIB_PER_MIB 1024.0

extern char **environ;

const struct rp_otlp_resource bench_otlp_resource = {
    .service_name = {"bench", 5}};

/* ---- spans ---- */

static void take_span(struct bench_otlp *b, uint32_t i)
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

void bench_otlp_init(struct bench_otlp *b, uint32_t count)
{
    *b = (struct bench_otlp){.count = count, .arena = rp_arena_new(0)};
    b->from = rp_mem_array(count, sizeof(*b->from));
    b->list = rp_mem_array(count, sizeof(*b->list));
    floor_spans_make(b->from, count);
    b->head = (struct rp_session_head){.sampled = true};
    memcpy(&b->head.trace, b->from[0].trace, sizeof(b->head.trace));
    for (uint32_t i = 0; i < count; i++) {
        take_span(b, i);
    }
}

void bench_otlp_fini(struct bench_otlp *b)
{
    rp_mem_free(b->from);
    rp_mem_free(b->list);
    rp_arena_free(&b->arena);
}

/* ---- a store of them ---- */

/* By way of a document. */
static void fill_store(const char *dir, uint32_t count)
{
    struct bench_otlp b;
    struct rp_pb out;
    struct rp_otlp_traces traces = {.count = 0};
    struct rp_otlp_imported imported;
    struct rp_err err = RP_ERR_INIT;
    struct rp_store_sqlite *sqlite = bench_store_open(dir);
    bench_otlp_init(&b, count);
    rp_pb_init(&out, OUT_BYTES_MAX);
    rp_otlp_proto_write(&out, &bench_otlp_resource, &b.head, b.list, count);
    bench_check(rp_otlp_read(&traces, b.arena, rp_pb_str(&out), &err), &err,
        "reading the document");
    bench_check(
        rp_otlp_import(&imported, sqlite, &traces, &err), &err, "importing");
    if (imported.spans != count) {
        bench_fail("%u of %u spans were imported", imported.spans, count);
    }
    rp_store_sqlite_close(&sqlite);
    rp_pb_fini(&out);
    bench_otlp_fini(&b);
}

/* In a process of its own: what a program had in memory before it became
 * another counts as the other's. */
void bench_otlp_store(const char *dir, uint32_t count)
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

/* Also what its children had, those it waited for. */
struct bench_taken bench_otlp_run(const char *const *argv)
{
    struct rusage usage;
    int status = -1;
    int64_t began_ns = bench_now_ns();
    pid_t pid = fork();
    if (pid == 0) {
        (void)execve(argv[0], (char *const *)argv, environ);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0) {
        bench_fail("%s %s failed", argv[0], argv[1]);
    }
    return (struct bench_taken){.mib = (double)usage.ru_maxrss / KIB_PER_MIB,
        .seconds = bench_seconds_since(began_ns)};
}
