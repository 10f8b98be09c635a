/* digest_parts.h - what the other files of this floor need of digests. */
#ifndef RP_DIGEST_PARTS_H
#define RP_DIGEST_PARTS_H

#include <reprise/digest.h>

/* Lower-case hexadecimal; `out` has room for 2 * len + 1. */
void rp__hex_write(
    char *restrict out, const uint8_t *restrict bytes, size_t len);
/* True if `hex` is exactly 2 * len digits of lower case. */
bool rp__hex_parse(struct rp_str hex, uint8_t *out, size_t len);

#endif
