/* mirror.h - bytes for a descriptor that must never hold up the session.
 * Floor: cli. Single-threaded.
 *
 * What the reader does not take yet is kept, up to a limit; past that whole
 * lines are dropped and counted. The descriptor stays as it is: making it
 * non-blocking would do that for everybody who shares it.
 */
#ifndef RP_CLI_MIRROR_H
#define RP_CLI_MIRROR_H

#include <reprise/buf.h>

#define RP__MIRROR_BYTES_MAX ((size_t)4 << 20)

struct rp__mirror {
    int fd; /* borrowed, outlives us */
    struct rp_buf kept;
    size_t begin;     /* of what is not written yet, in `kept` */
    uint64_t dropped; /* lines */
    bool broken;      /* the reader is gone: everything is dropped */
};

void rp__mirror_init(struct rp__mirror *mirror, int fd);
void rp__mirror_fini(struct rp__mirror *mirror);

/* One line, or what else must not be torn. Does not block. */
void rp__mirror_add(struct rp__mirror *mirror, struct rp_str line);
/* Writes what the reader takes. Does not block. */
void rp__mirror_push(struct rp__mirror *mirror);
/* Writes the rest, waiting for the reader for at most `wait_ms`. */
void rp__mirror_flush(struct rp__mirror *mirror, int wait_ms);
bool rp__mirror_is_empty(const struct rp__mirror *mirror);

#endif
