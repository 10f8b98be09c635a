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

/* Adds the accepted outputs of all tasks but those that one of `except`
 * (globs over task paths) fits. */
RP_NODISCARD enum rp_code rp__recall_accepted(struct rp__recall *recall,
    struct rp_recording *recording, const char *const *except,
    uint32_t except_count, struct rp_err *err);

/* Adds `output` (borrowed, outlives us) as what the task at `path` answers to
 * what it was asked; what was added before goes first. False when no such task
 * was asked anything. */
bool rp__recall_put(struct rp__recall *recall,
    const struct rp_recording *recording, const char *path,
    struct rp_str output);

/* Whether any task of the recording has a path that `glob` fits. */
bool rp__recall_knows(const struct rp_recording *recording, const char *glob);

#endif
