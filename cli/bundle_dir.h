/* bundle_dir.h - the bundles in a directory. Floor: cli. */
#ifndef RP_CLI_BUNDLE_DIR_H
#define RP_CLI_BUNDLE_DIR_H

#include <stdint.h>

#include <reprise/err.h>

struct rp__bundle_dir {
    char **paths; /* owned; by name, in byte order */
    uint32_t count;
};

bool rp__bundle_dir_is(const char *path); /* whether it is a directory */

/* Those that are named *.bundle; not of directories below. RP_E_NOT_FOUND when
 * there is none, RP_E_IO. */
RP_NODISCARD enum rp_code rp__bundle_dir_read(
    struct rp__bundle_dir *out, const char *path, struct rp_err *err);
void rp__bundle_dir_fini(struct rp__bundle_dir *dir);

#endif
