/* resource.h - who exported spans come from: the environment, and this host.
 * Floor: cli. */
#ifndef RP_CLI_RESOURCE_H
#define RP_CLI_RESOURCE_H

#include <reprise/otlp_config.h>

/* Of this process' environment. */
struct rp_environment rp__environment(void);

/* Texts live in the arena; warnings are lines. */
void rp__resource_read(struct rp_otlp_resource *out, struct rp_arena *arena,
    struct rp_buf *warnings);

/* Tells each line of the warnings. */
void rp__resource_warn(const char *command, const struct rp_buf *warnings);

#endif
