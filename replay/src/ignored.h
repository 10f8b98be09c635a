/* ignored.h - whether two inputs are the same but for what does not count.
 * Floor: replay, internal. */
#ifndef RP_REPLAY_IGNORED_H
#define RP_REPLAY_IGNORED_H

#include <reprise/schema.h>

struct rp__ignored {
    /* JSON Pointers, and "format:NAME" for strings to which the contract gives
     * that format. */
    const char *const *items;
    uint32_t count;
    const struct rp_schema *contract; /* of both inputs; NULL: none */
};

/* False also when one of the two cannot be read. */
bool rp__ignored_same(const struct rp__ignored *ignored, struct rp_str before,
    struct rp_str after);

#endif
