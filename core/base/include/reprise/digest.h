/* digest.h - SHA-256 of bytes, the name of every payload. Floor: base. Nothing
 * here fails or keeps what it is given; a digester belongs to one thread.
 */
#ifndef RP_DIGEST_H
#define RP_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include <reprise/str.h>

#define RP_DIGEST_HEX_LEN 64

struct rp_digest {
    uint8_t bytes[32];
};

struct rp_digest rp_digest_of(struct rp_str bytes);
/* Of `count` slices as if they were one. */
struct rp_digest rp_digest_of_parts(const struct rp_str *parts, size_t count);
bool rp_digest_equal(const struct rp_digest *a, const struct rp_digest *b);
bool rp_digest_is_zero(const struct rp_digest *digest); /* stands for "none" */
/* `out` has room for 65 bytes; lower case, terminated. */
void rp_digest_hex(const struct rp_digest *digest, char *out);
/* 64 digits in lower case; false leaves `*out` as it is. */
bool rp_digest_parse(struct rp_str hex, struct rp_digest *out);

/* HMAC-SHA256 of `count` pieces as if they were one: nobody without the key
 * can tell what it is of by trying. */
struct rp_digest rp_digest_keyed(
    struct rp_str key, const struct rp_str *pieces, size_t count);

/* Bytes that come in parts: any number of adds, then end, which tells what they
 * come to and begins anew; begin forgets what was added. */
struct rp_digester;
struct rp_digester *rp_digester_new(void); /* owned by the caller, begun */
void rp_digester_free(struct rp_digester **digester);
void rp_digester_begin(struct rp_digester *digester);
void rp_digester_add(struct rp_digester *digester, struct rp_str bytes);
struct rp_digest rp_digester_end(struct rp_digester *digester);

#endif
