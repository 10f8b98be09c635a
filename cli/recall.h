/* recall.h - answers of a recorded session as stubs for another one.
 * Floor: cli. */
#ifndef RP_CLI_RECALL_H
#define RP_CLI_RECALL_H

#include <reprise/recording.h>

#include "stub.h"

struct rp__recall {
    struct rp__stub *stubs; /* owned; what they point to is the recording's */
    uint32_t count, room;
};

void rp__recall_fini(struct rp__recall *recall);

/* Tasks that run, whatever was recorded. */
struct rp__recall_live {
    const char *const *globs; /* over task paths */
    uint32_t count;
    const char *from; /* only those that began with the task at this path, or
                         later; NULL: all */
};

/* Adds the accepted outputs of all tasks but those that are `live`: who is
 * asked the same answers the same, first of all in the same task. What was
 * added before goes first. */
RP_NODISCARD enum rp_code rp__recall_accepted(struct rp__recall *recall,
    struct rp_recording *recording, const struct rp__recall_live *live,
    struct rp_err *err);

/* Adds `output` as what the task at `path` answers, whatever it is asked. Both
 * borrowed, outlive us. */
void rp__recall_put(
    struct rp__recall *recall, const char *path, struct rp_str output);

/* The first call of the task at `path`, or NULL. */
const struct rp_call *rp__recall_call(
    const struct rp_recording *recording, const char *path);

/* Whether any task of the recording has a path that `glob` fits. */
bool rp__recall_knows(const struct rp_recording *recording, const char *glob);

#endif
