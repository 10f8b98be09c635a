/* spawn.h - starts one worker process. Internal to core/io.
 *
 * vfork by hand: a fork costs as much as the parent is large, and the child
 * must do things between the two that posix_spawn cannot (parent death). */
#ifndef RP_SPAWN_H
#define RP_SPAWN_H

#include <sys/types.h>

#include <reprise/err.h>
#include <reprise/step.h>

struct rp__spawn {
    const char *program; /* absolute */
    const char *const *argv;
    const char *const *env;
    const char *cwd;
    int fds[4]; /* the child's 0 to 3; all above 3, close-on-exec */
    const struct rp_hardship *hardship; /* NULL: none */
    pid_t parent; /* this process: asking for it is a call of its own */
};

struct rp__spawn_error {
    int number;  /* the errno of what failed */
    bool of_cwd; /* that was going to its directory */
};

/* RP_OK: `*pid` runs, in its own process group. RP_E_IO: it never started. */
enum rp_code rp__spawn(
    pid_t *pid, struct rp__spawn_error *error, const struct rp__spawn *spawn);

#endif
