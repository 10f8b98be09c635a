#include "resource.h"

#include <stdlib.h>
#include <unistd.h>

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
    rp_otlp_resource_read(out, arena, &environment, warnings);
}

void rp__resource_warn(const char *command, const struct rp_buf *warnings)
{
    struct rp_str rest = rp_buf_str(warnings);
    while (rest.len > 0) {
        struct rp_str line = rp_str_cut(rest, '\n', &rest);
        rp__say(command, "%.*s", RP_STR_ARG(line));
    }
}
