#include <reprise/digest.h>

#include <stdatomic.h>
#include <string.h>

#include <openssl/evp.h>

#include <reprise/err.h>
#include <reprise/mem.h>

#include "digest_parts.h"

struct rp_digester {
    EVP_MD_CTX *context;
};

/* Looking the algorithm up costs more than hashing a record, so it is kept for
 * the life of the process; and so is one context, lent to one caller at a
 * time. Both may be lost in a race, which costs an allocation. */
static _Atomic(EVP_MD *) kept_algorithm;
static _Atomic(EVP_MD_CTX *) kept_context;

static const EVP_MD *algorithm(void)
{
    EVP_MD *md = atomic_load(&kept_algorithm);
    if (md != NULL) {
        return md;
    }
    md = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    RP_ASSERT(md != NULL);
    EVP_MD *other = NULL;
    if (!atomic_compare_exchange_strong(&kept_algorithm, &other, md)) {
        EVP_MD_free(md);
        md = other;
    }
    return md;
}

static EVP_MD_CTX *borrow_context(void)
{
    EVP_MD_CTX *context = atomic_exchange(&kept_context, NULL);
    if (context == NULL) {
        context = EVP_MD_CTX_new();
        RP_ASSERT(context != NULL);
    }
    return context;
}

static void return_context(EVP_MD_CTX *context)
{
    EVP_MD_CTX *empty = NULL;
    if (!atomic_compare_exchange_strong(&kept_context, &empty, context)) {
        EVP_MD_CTX_free(context);
    }
}

static void begin(EVP_MD_CTX *context)
{
    int ok = EVP_DigestInit_ex2(context, algorithm(), NULL);
    RP_ASSERT(ok == 1);
}

static void add(EVP_MD_CTX *context, struct rp_str bytes)
{
    int ok = EVP_DigestUpdate(context, bytes.ptr, bytes.len);
    RP_ASSERT(ok == 1);
}

static struct rp_digest end(EVP_MD_CTX *context)
{
    struct rp_digest digest;
    int ok = EVP_DigestFinal_ex(context, digest.bytes, NULL);
    RP_ASSERT(ok == 1);
    return digest;
}

struct rp_digest rp__digest_of_parts(const struct rp_str *parts, size_t count)
{
    EVP_MD_CTX *context = borrow_context();
    begin(context);
    for (size_t i = 0; i < count; i++) {
        add(context, parts[i]);
    }
    struct rp_digest digest = end(context);
    return_context(context);
    return digest;
}

struct rp_digest rp_digest_of(struct rp_str bytes)
{
    return rp__digest_of_parts(&bytes, 1);
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

void rp__hex_write(char *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
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
    digester->context = EVP_MD_CTX_new();
    RP_ASSERT(digester->context != NULL);
    rp_digester_begin(digester);
    return digester;
}

void rp_digester_free(struct rp_digester **digester)
{
    if (digester == NULL || *digester == NULL) {
        return;
    }
    EVP_MD_CTX_free((*digester)->context);
    rp_mem_free(*digester);
    *digester = NULL;
}

void rp_digester_begin(struct rp_digester *digester)
{
    begin(digester->context);
}

void rp_digester_add(struct rp_digester *digester, struct rp_str bytes)
{
    add(digester->context, bytes);
}

struct rp_digest rp_digester_end(struct rp_digester *digester)
{
    return end(digester->context);
}
