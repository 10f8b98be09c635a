/* file.h - whole files and standard input, bounded. Floor: cli. Blocks. */
#ifndef RP_CLI_FILE_H
#define RP_CLI_FILE_H

#include <stddef.h>

#include <reprise/err.h>
#include <reprise/str.h>

/* `path` "-" is standard input. `*out` is terminated and owned by the caller
 * (rp_mem_free). RP_E_NOT_FOUND, RP_E_IO, RP_E_LIMIT: "cannot read 'x': it is
 * a directory". */
RP_NODISCARD enum rp_code rp__file_read(char **out, size_t *out_bytes,
    const char *path, size_t bytes_max, struct rp_err *err);

/* As people know it: "-" becomes "standard input". */
const char *rp__file_name(const char *path);

/* Makes `path` with `bytes` in it. RP_E_EXISTS: it is there, untouched. */
RP_NODISCARD enum rp_code rp__file_create(
    const char *path, struct rp_str bytes, unsigned mode, struct rp_err *err);

/* errno as words, in `out`. */
void rp__file_errno(char *out, size_t out_size);

#endif
