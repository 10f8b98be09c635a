/* paths.h - paths of calls, in the order in which they were noted.
 * Floor: cli. */
#ifndef RP_CLI_PATHS_H
#define RP_CLI_PATHS_H

#include <stdint.h>

struct rp__paths {
    char **items; /* owned */
    uint32_t count, room;
};

void rp__paths_add(struct rp__paths *paths, const char *path);
void rp__paths_fini(struct rp__paths *paths);

#endif
