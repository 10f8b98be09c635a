/* export - the spans of sessions for tools that read OpenTelemetry. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "export.h"
#include "export_send.h"
#include "file.h"
#include "out.h"
#include "resource.h"
#include "identity.h"
#include "say.h"
#include "selection.h"
#include "session_arg.h"

#define WARNINGS_BYTES_MAX 65536

/* The first is written when none is asked for. */
static const struct rp__export_ops *const formats[] = {
    &rp__export_otlp_json,
    &rp__export_otlp_proto,
    &rp__export_jaeger,
    &rp__export_chrome,
    &rp__export_jsonl,
    &rp__export_dot,
    &rp__export_mermaid,
};

/* To --output, or to standard output when fd is -1. */
struct rp__export_sink {
    const char *path;
    int fd;
    bool broken; /* and the person was told */
};

struct exporting {
    struct rp__session_arg arg;
    struct rp_session_row *rows; /* owned; the sessions that were named */
    uint32_t named;              /* 0: those of the selection */
    struct rp__selection selection;
    uint64_t open_count; /* sessions that have not ended */
    struct rp__export document;
    struct rp__export_sink sink;
};

static bool open_sink(struct rp__export_sink *sink)
{
    char why[128];
    if (sink->path == NULL || strcmp(sink->path, "-") == 0) {
        sink->fd = -1;
        return true;
    }
    sink->fd = open(sink->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (sink->fd >= 0) {
        return true;
    }
    rp__file_errno(why, sizeof(why));
    rp__say("export", "cannot write '%s': %s", sink->path, why);
    return false;
}

static bool write_file(const struct rp__export_sink *sink, struct rp_str bytes)
{
    char why[128];
    while (bytes.len > 0) {
        ssize_t n = write(sink->fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            rp__file_errno(why, sizeof(why));
            rp__say("export", "cannot write '%s': %s", sink->path, why);
            return false;
        }
        bytes.ptr += n;
        bytes.len -= (size_t)n;
    }
    return true;
}

enum rp_code rp__export_put(
    struct rp__export *e, struct rp_str bytes, struct rp_err *err)
{
    struct rp__export_sink *sink = e->sink;
    bool written =
        sink->fd < 0 ? rp__out_write("export", bytes) : write_file(sink, bytes);
    sink->broken = sink->broken || !written;
    return written ? RP_OK : rp_err_set(err, RP_E_CANCELLED, "not written");
}

static bool close_sink(const struct rp__export_sink *sink)
{
    char why[128];
    if (sink->fd < 0 || close(sink->fd) == 0) {
        return true;
    }
    rp__file_errno(why, sizeof(why));
    rp__say("export", "cannot write '%s': %s", sink->path, why);
    return false;
}

/* ---- which sessions ---- */

static int choose(struct exporting *x, const struct rp__args *args)
{
    int status =
        rp__selection_take(&x->selection, args, rp__identity_wall_now());
    if (status != RP__GO_ON) {
        return status;
    }
    bool all = rp__opt_flag(args, "all") || x->selection.any;
    if (all && args->count > 0) {
        rp__say("export", "%s",
            x->selection.any
                ? "a SESSION is named, and others are chosen as well"
                : "--all leaves no SESSION to be named");
        return RP__EXIT_USAGE;
    }
    x->named = all ? 0 : args->count == 0 ? 1 : args->count;
    x->rows = rp_mem_array((size_t)x->named + 1, sizeof(*x->rows));
    for (uint32_t i = 0; i < x->named; i++) {
        const char *name =
            args->count == 0 ? RP__SESSION_LATEST : args->items[i];
        status = rp__session_name(&x->arg, name);
        if (status != RP__GO_ON) {
            return status;
        }
        x->rows[i] = x->arg.row;
    }
    return RP__GO_ON;
}

static enum rp_code put_session(
    struct exporting *x, const struct rp_session_row *row, struct rp_err *err)
{
    enum rp_code rc = x->document.ops->session(&x->document, row, err);
    x->open_count += row->summary.outcome == RP_OUTCOME_NONE;
    x->document.sessions++;
    return rc;
}

static enum rp_code put_all(struct exporting *x, struct rp_err *err)
{
    struct rp_sessions *sessions = NULL;
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_session_row row;
    bool found = true;
    enum rp_code rc =
        rp_reader_sessions(&sessions, x->arg.reader, &x->selection.filter, err);
    while (rc == RP_OK && found) {
        rp_arena_reset(arena);
        rc = rp_sessions_next(sessions, arena, &found, &row, err);
        if (rc == RP_OK && found &&
            rp__selection_has(&x->selection, &x->arg, &row)) {
            rc = put_session(x, &row, err);
        }
    }
    rp_sessions_free(&sessions);
    rp_arena_free(&arena);
    return rc;
}

/* Those that were named, each once, in their order. */
static enum rp_code put_named(struct exporting *x, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0; i < x->named && rc == RP_OK; i++) {
        bool before = false;
        for (uint32_t j = 0; j < i; j++) {
            before = before || x->rows[j].no == x->rows[i].no;
        }
        rc = before ? RP_OK : put_session(x, &x->rows[i], err);
    }
    return rc;
}

/* ---- the document ---- */

static enum rp_code write_document(struct exporting *x, struct rp_err *err)
{
    struct rp__export *document = &x->document;
    enum rp_code rc = document->ops->begin(document, err);
    if (rc == RP_OK) {
        rc = x->named == 0 ? put_all(x, err) : put_named(x, err);
        enum rp_code ended = document->ops->end(document, err);
        rc = rc == RP_OK ? ended : rc;
    }
    return rc;
}

enum rp_code rp__export_tell_key(
    const struct rp__session_arg *arg, struct rp_err *err)
{
    const struct rp_digest *key = NULL;
    enum rp_code rc = rp_reader_digest_key(&key, arg->reader, err);
    if (rc == RP_OK && key == NULL) {
        rp__say("export", "%s has no key for digests: they are left out",
            arg->place.path);
        rp__say_next("reprise store migrate gives it one");
    }
    return rc;
}

static int export_to_sink(struct exporting *x)
{
    struct rp_err err = RP_ERR_INIT;
    if (rp__export_tell_key(&x->arg, &err) != RP_OK) {
        return rp__session_failed(&x->arg, &err);
    }
    if (!open_sink(&x->sink)) {
        return RP__EXIT_FAILED;
    }
    enum rp_code rc = write_document(x, &err);
    if (!close_sink(&x->sink) || x->sink.broken) {
        return RP__EXIT_FAILED;
    }
    return rc == RP_OK ? RP__EXIT_OK : rp__session_failed(&x->arg, &err);
}

static void tell_open(const struct exporting *x)
{
    if (x->document.sessions == 0) {
        rp__say("export", "no session of %s is meant", x->arg.place.path);
    } else if (x->document.ops->open_spans) {
        return; /* they are in it, and are told apart */
    } else if (x->open_count == 1) {
        rp__say("export", "%s has not ended; spans that are open are left out",
            x->document.sessions == 1 ? "the session" : "one session");
    } else if (x->open_count > 1) {
        rp__say("export",
            "%llu sessions have not ended; spans that are open are left out",
            (unsigned long long)x->open_count);
    }
}

/* ---- what is asked for ---- */

static int choose_format(struct exporting *x, const char *name)
{
    const char *names[RP_COUNT_OF(formats)];
    x->document.ops = name == NULL ? formats[0] : NULL;
    for (size_t i = 0; i < RP_COUNT_OF(formats); i++) {
        names[i] = formats[i]->name;
        if (name != NULL && strcmp(name, names[i]) == 0) {
            x->document.ops = formats[i];
        }
    }
    if (x->document.ops != NULL) {
        return RP__GO_ON;
    }
    const char *near =
        rp_str_nearest(rp_str_of(name), names, RP_COUNT_OF(formats));
    rp__say("export", "--format '%s' is not known", name);
    if (near != NULL) {
        rp__say_next("did you mean %s?", near);
    } else {
        rp__say_next("reprise export --help lists them");
    }
    return RP__EXIT_USAGE;
}

static int check_terminal(const struct exporting *x)
{
    bool std = x->sink.path == NULL || strcmp(x->sink.path, "-") == 0;
    if (x->document.ops->binary && std && isatty(STDOUT_FILENO) == 1) {
        rp__say("export", "%s is nothing for a terminal; -o FILE writes a file",
            x->document.ops->name);
        return RP__EXIT_USAGE;
    }
    return RP__GO_ON;
}

bool rp__export_capture(enum rp_capture *out, const struct rp__args *args)
{
    const char *word = rp__opt_value(args, "capture");
    *out = RP_CAPTURE_NONE;
    if (word == NULL || rp_capture_parse(rp_str_of(word), out)) {
        return true;
    }
    rp__say("export", "--capture '%s' is not none, preview or full", word);
    return false;
}

static void read_resource(struct exporting *x)
{
    struct rp_buf warnings;
    rp_buf_init(&warnings, WARNINGS_BYTES_MAX);
    rp__resource_read(&x->document.resource, x->arg.arena, &warnings);
    rp__resource_warn("export", &warnings);
    rp_buf_fini(&warnings);
}

static int run(const struct rp__args *args)
{
    struct exporting x = {
        .sink = {.path = rp__opt_value(args, "output"), .fd = -1},
    };
    if (rp__export_sends(args)) {
        return rp__export_send(args);
    }
    if (!rp__export_capture(&x.document.capture, args)) {
        return RP__EXIT_USAGE;
    }
    int status = choose_format(&x, rp__opt_value(args, "format"));
    if (status == RP__GO_ON) {
        status = check_terminal(&x);
    }
    if (status != RP__GO_ON) {
        return status;
    }
    status = rp__session_open(&x.arg, args);
    if (status == RP__GO_ON) {
        status = choose(&x, args);
    }
    if (status == RP__GO_ON) {
        x.document.reader = x.arg.reader;
        x.document.sink = &x.sink;
        read_resource(&x);
        status = export_to_sink(&x);
    }
    if (status == RP__EXIT_OK) {
        tell_open(&x);
    }
    rp_mem_free(x.rows);
    rp__session_fini(&x.arg);
    return status;
}

static const struct rp__opt opts[] = {
    {"format", "NAME", "of the list below; otlp-json without it", false, 'f'},
    {"all", NULL, "every session of the store", false, 'a'},
    RP__OPT_SELECTION,
    {"output", "FILE", "write there instead of standard output", false, 'o'},
    {"capture", "HOW",
        "what workers were given and returned: none (default), "
        "preview (less than 2 KiB each) or full",
        false, '\0'},
    RP__EXPORT_SEND_OPTS,
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_export = {
    .name = "export",
    .summary = "write sessions out as OpenTelemetry spans",
    .arguments = "[SESSION]...",
    .description =
        "Writes the spans of sessions as OTLP, which tools for OpenTelemetry "
        "read, or as\nanother format. Of what workers were given and returned "
        "it "
        "has digests\nand sizes, more with --capture. OTEL_SERVICE_NAME names "
        "the "
        "service.\n\n"
        "With --otlp, --pending or --follow spans are sent to where they are "
        "collected;\nthe OTEL_EXPORTER_OTLP_* variables say how. The store is "
        "the queue: what is not\ndelivered stays in it.\n\n"
        "Formats:\n"
        "  otlp-json    a TracesData object of JSON a line: OpenTelemetry's "
        "file format\n"
        "  otlp-proto   one TracesData message of protocol "
        "buffers\n"
        "  jaeger       a file for Jaeger's page\n"
        "  chrome       trace events for Perfetto and chrome://tracing\n"
        "  jsonl        a flat span of JSON a line, for jq and DuckDB\n"
        "  dot          the session as a graph, for Graphviz\n"
        "  mermaid      the same for Mermaid\n" RP__HELP_SESSION,
    .footer = "Exit status: 0; 1 it could not be written, or something is left "
              "to send; 2 no\nsuch session; 3 some spans were refused; 4 the "
              "store cannot be read.\n\n"
              "Examples:\n"
              "  reprise export -o session.otlp.jsonl\n"
              "  reprise export --all --format otlp-proto -o sessions.otlp\n"
              "  reprise export --failed --since 7d -o failed.otlp.jsonl\n"
              "  reprise export --pending --otlp http://localhost:4318",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = RP__ARGS_MAX,
    .run = run,
};
