#include <reprise/digest.h>

#include <string.h>

#include <nettle/hmac.h>
#include <nettle/sha2.h>

#include <reprise/mem.h>

#include "digest_parts.h"

struct rp_digester {
    struct sha256_ctx context;
};

static void add(struct sha256_ctx *context, struct rp_str bytes)
{
    if (bytes.len > 0) { /* else the pointer may be NULL */
        sha256_update(context, bytes.len, (const uint8_t *)bytes.ptr);
    }
}

static struct rp_digest end(struct sha256_ctx *context)
{
    struct rp_digest digest;
    sha256_digest(context, sizeof(digest.bytes), digest.bytes);
    return digest;
}

struct rp_digest rp_digest_of_parts(const struct rp_str *parts, size_t count)
{
    struct sha256_ctx context;
    sha256_init(&context);
    for (size_t i = 0; i < count; i++) {
        add(&context, parts[i]);
    }
    return end(&context);
}

struct rp_digest rp_digest_of(struct rp_str bytes)
{
    return rp_digest_of_parts(&bytes, 1);
}

struct rp_digest rp_digest_keyed(
    struct rp_str key, const struct rp_str *pieces, size_t count)
{
    struct hmac_sha256_ctx context;
    struct rp_digest digest;
    hmac_sha256_set_key(&context, key.len, (const uint8_t *)key.ptr);
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].len > 0) { /* else the pointer may be NULL */
            hmac_sha256_update(
                &context, pieces[i].len, (const uint8_t *)pieces[i].ptr);
        }
    }
    hmac_sha256_digest(&context, sizeof(digest.bytes), digest.bytes);
    return digest;
}

bool rp_digest_equal(const struct rp_digest *a, const struct rp_digest *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool rp_digest_is_zero(const struct rp_digest *digest)
{
    static const struct rp_digest zero;
    return rp_digest_equal(digest, &zero);
}

void rp_digest_hex(const struct rp_digest *digest, char *out)
{
    rp__hex_write(out, digest->bytes, sizeof(digest->bytes));
}

bool rp_digest_parse(struct rp_str hex, struct rp_digest *out)
{
    return rp__hex_parse(hex, out->bytes, sizeof(out->bytes));
}

static inline char hex_digit(unsigned value)
{
    return (char)(value + (value < 10 ? '0' : 'a' - 10));
}

/* Computed, not looked up: so a compiler can make many at once. */
void rp__hex_write(
    char *restrict out, const uint8_t *restrict bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = hex_digit(bytes[i] >> 4);
        out[2 * i + 1] = hex_digit(bytes[i] & 15u);
    }
    out[2 * len] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool rp__hex_parse(struct rp_str hex, uint8_t *out, size_t len)
{
    if (hex.len != 2 * len) {
        return false;
    }
    for (size_t i = 0; i < hex.len; i++) { /* first: a failure writes nothing */
        if (hex_value(hex.ptr[i]) < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < len; i++) {
        int high = hex_value(hex.ptr[2 * i]);
        int low = hex_value(hex.ptr[2 * i + 1]);
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

struct rp_digester *rp_digester_new(void)
{
    struct rp_digester *digester = rp_mem_zalloc(sizeof(*digester));
    rp_digester_begin(digester);
    return digester;
}

void rp_digester_free(struct rp_digester **digester)
{
    if (digester == NULL || *digester == NULL) {
        return;
    }
    rp_mem_free(*digester);
    *digester = NULL;
}

void rp_digester_begin(struct rp_digester *digester)
{
    sha256_init(&digester->context);
}

void rp_digester_add(struct rp_digester *digester, struct rp_str bytes)
{
    add(&digester->context, bytes);
}

struct rp_digest rp_digester_end(struct rp_digester *digester)
{
    return end(&digester->context);
}
