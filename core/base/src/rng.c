#include <reprise/rng.h>

#include <reprise/attr.h>
#include <reprise/err.h>

#include "digest_parts.h"

static void put_big_endian(char *out, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (char)(value >> (8 * (len - 1 - i)) & 0xFF);
    }
}

uint64_t rp_draw(
    uint64_t seed, struct rp_str path, const char *purpose, uint32_t attempt)
{
    char seed_bytes[8];
    char attempt_bytes[4];
    put_big_endian(seed_bytes, seed, sizeof(seed_bytes));
    put_big_endian(attempt_bytes, attempt, sizeof(attempt_bytes));
    const struct rp_str nul = {"", 1};
    const struct rp_str parts[] = {
        {seed_bytes, sizeof(seed_bytes)},
        path,
        nul,
        rp_str_of(purpose),
        nul,
        {attempt_bytes, sizeof(attempt_bytes)},
    };
    struct rp_digest digest = rp_digest_of_parts(parts, RP_COUNT_OF(parts));
    uint64_t draw = 0;
    for (size_t i = 0; i < 8; i++) {
        draw = draw << 8 | digest.bytes[i];
    }
    return draw;
}

/* The upper 64 bits of a product of 128, from halves of 32. */
static uint64_t multiply_high(uint64_t a, uint64_t b)
{
    uint64_t a_low = a & UINT32_MAX, a_high = a >> 32;
    uint64_t b_low = b & UINT32_MAX, b_high = b >> 32;
    uint64_t low = a_low * b_low;
    uint64_t middle = a_high * b_low + (low >> 32);
    uint64_t other = a_low * b_high + (middle & UINT32_MAX);
    return a_high * b_high + (middle >> 32) + (other >> 32);
}

int64_t rp_draw_between(uint64_t draw, int64_t low, int64_t high)
{
    RP_ASSERT(low <= high);
    uint64_t count = (uint64_t)high - (uint64_t)low + 1;
    uint64_t offset = count == 0 ? draw : multiply_high(draw, count);
    uint64_t value = (uint64_t)low + offset; /* modulo 2^64, as wanted */
    return value <= INT64_MAX ? (int64_t)value
                              : -(int64_t)(UINT64_MAX - value) - 1;
}
