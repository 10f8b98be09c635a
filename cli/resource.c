#include "resource.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <reprise/span_limits.h>

#include "say.h"

#define HOST_NAME_BYTES 256

static const char *get_variable(void *context, const char *name)
{
    (void)context;
    return getenv(name);
}

struct rp_environment rp__environment(void)
{
    return (struct rp_environment){get_variable, NULL};
}

static struct rp_str keep(struct rp_arena *arena, const char *text)
{
    return rp_str_of(rp_arena_dup(arena, rp_str_of(text)));
}

/* The names of the conventions. */
static const char *arch_of(const char *machine)
{
    static const char *const names[][2] = {{"x86_64", "amd64"},
        {"aarch64", "arm64"}, {"i686", "x86"}, {"armv7l", "arm32"},
        {"ppc64le", "ppc64"}, {"s390x", "s390x"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(machine, names[i][0]) == 0) {
            return names[i][1];
        }
    }
    return machine;
}

static void add_system(struct rp_otlp_resource *out, struct rp_arena *arena)
{
    struct utsname system;
    if (uname(&system) == 0) {
        out->host_arch = keep(arena, arch_of(system.machine));
        out->os_type = RP_STR("linux");
        out->os_name = keep(arena, system.sysname);
        out->os_version = keep(arena, system.release);
    }
}

void rp__resource_read(struct rp_otlp_resource *out, struct rp_arena *arena,
    struct rp_buf *warnings)
{
    struct rp_environment environment = rp__environment();
    char host[HOST_NAME_BYTES];
    *out = (struct rp_otlp_resource){.service_version = RP_STR(RP_VERSION)};
    /* Without it Jaeger takes each span to be from a host of its own. */
    if (gethostname(host, sizeof(host)) == 0) {
        host[sizeof(host) - 1] = '\0';
        out->host_name = rp_str_of(rp_arena_dup(arena, rp_str_of(host)));
    }
    add_system(out, arena);
    rp_otlp_resource_read(out, arena, &environment, warnings);
    struct rp_span_limits *limits = rp_arena_alloc(arena, sizeof(*limits));
    rp_span_limits_read(limits, &environment, warnings);
    out->limits = limits;
}

/* What is for all signals is read for each. */
static bool stands_before(struct rp_str all, struct rp_str line)
{
    struct rp_str other = rp_str_cut(all, '\n', &all);
    while (other.ptr < line.ptr) {
        if (rp_str_equal(other, line)) {
            return true;
        }
        other = rp_str_cut(all, '\n', &all);
    }
    return false;
}

void rp__resource_warn(const char *command, const struct rp_buf *warnings)
{
    struct rp_str all = rp_buf_str(warnings);
    struct rp_str rest = all;
    while (rest.len > 0) {
        struct rp_str line = rp_str_cut(rest, '\n', &rest);
        if (!stands_before(all, line)) {
            rp__say(command, "%.*s", RP_STR_ARG(line));
        }
    }
}
