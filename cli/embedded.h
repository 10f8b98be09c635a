/* embedded.h - files that are part of the program. Floor: cli. */
#ifndef RP_CLI_EMBEDDED_H
#define RP_CLI_EMBEDDED_H

#include <stddef.h>

struct rp__embedded {
    const char *name;  /* of the file, NULL at the end of a set */
    const char *bytes; /* terminated */
    size_t len;
};

extern const struct rp__embedded rp__embedded_json[];     /* docs/json */
extern const struct rp__embedded rp__embedded_init[];     /* cli/init */
extern const struct rp__embedded rp__embedded_profiles[]; /* of faults */

#endif
