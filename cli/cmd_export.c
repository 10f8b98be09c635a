/* export - the spans of a session for tools that read OpenTelemetry. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <reprise/export_otlp_json.h>

#include "command.h"
#include "file.h"
#include "out.h"
#include "say.h"
#include "session_arg.h"

/* To --output, or to standard output when fd is -1. */
struct target {
    const char *path;
    int fd;
};

static bool open_target(struct target *target)
{
    char why[128];
    if (target->path == NULL || strcmp(target->path, "-") == 0) {
        target->fd = -1;
        return true;
    }
    target->fd =
        open(target->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (target->fd >= 0) {
        return true;
    }
    rp__file_errno(why, sizeof(why));
    rp__say("export", "cannot write '%s': %s", target->path, why);
    return false;
}

static bool write_file(const struct target *target, struct rp_str bytes)
{
    char why[128];
    while (bytes.len > 0) {
        ssize_t n = write(target->fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            rp__file_errno(why, sizeof(why));
            rp__say("export", "cannot write '%s': %s", target->path, why);
            return false;
        }
        bytes.ptr += n;
        bytes.len -= (size_t)n;
    }
    return true;
}

static bool write_line(const struct target *target, struct rp_str line)
{
    return target->fd < 0 ? rp__out_write("export", line)
                          : write_file(target, line);
}

static bool close_target(const struct target *target)
{
    char why[128];
    if (target->fd < 0 || close(target->fd) == 0) {
        return true;
    }
    rp__file_errno(why, sizeof(why));
    rp__say("export", "cannot write '%s': %s", target->path, why);
    return false;
}

static int write_lines(
    const struct rp__session_arg *arg, const struct target *target)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_otlp_json *lines = NULL;
    const char *service = getenv("OTEL_SERVICE_NAME");
    struct rp_otlp_resource resource = {
        .service_name = rp_str_of(service),
        .service_version = RP_STR(RP_VERSION),
    };
    int status = RP__EXIT_OK;
    bool found = true;
    enum rp_code rc =
        rp_otlp_json_new(&lines, arg->reader, &arg->row, &resource, 0, &err);
    while (rc == RP_OK && found && status == RP__EXIT_OK) {
        struct rp_str line;
        rc = rp_otlp_json_next(lines, &found, &line, &err);
        if (rc == RP_OK && found && !write_line(target, line)) {
            status = RP__EXIT_FAILED;
        }
    }
    rp_otlp_json_free(&lines);
    return rc == RP_OK ? status : rp__session_failed(arg, &err);
}

static int run(const struct rp__args *args)
{
    struct rp__session_arg arg;
    struct target target = {.path = rp__opt_value(args, "output"), .fd = -1};
    int status = rp__session_find(&arg, args);
    if (status == RP__GO_ON) {
        status =
            open_target(&target) ? write_lines(&arg, &target) : RP__EXIT_FAILED;
        if (!close_target(&target)) {
            status = RP__EXIT_FAILED;
        }
    }
    if (status == RP__EXIT_OK && arg.row.summary.outcome == RP_OUTCOME_NONE) {
        rp__say("export",
            "the session has not ended; spans that are open are left out");
    }
    rp__session_fini(&arg);
    return status;
}

static const struct rp__opt opts[] = {
    {"output", "FILE", "write there instead of standard output", false, 'o'},
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_export = {
    .name = "export",
    .summary = "write a session out as OpenTelemetry spans",
    .arguments = "[SESSION]",
    .description =
        "Writes the spans of a session as OTLP in JSON, one request a line, "
        "which tools\nfor OpenTelemetry read. What workers were given and "
        "returned is not in it, only\ndigests and sizes. OTEL_SERVICE_NAME "
        "names the service.\n" RP__HELP_SESSION,
    .footer = "Exit status: 0; 1 it could not be written; 2 no such session; "
              "4 the store\ncannot be read.\n\n"
              "Example:\n"
              "  reprise export -o session.otlp.jsonl",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
