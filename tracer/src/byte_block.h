/* byte_block.h - several bytes of a text at once. Internal.
 *
 * With SSE2, which every x86-64 has, 16 bytes are one register; elsewhere they
 * are words, and the results are the same. */
#ifndef RP_BYTE_BLOCK_H
#define RP_BYTE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && defined(__GNUC__) && !defined(RP__BLOCK_PORTABLE)
#define RP__BLOCK_SSE2
#include <emmintrin.h>
#endif

#define RP__BLOCK ((size_t)16)
#define RP__BLOCK_ALL 0xFFFFu

#define RP__ONES UINT64_C(0x0101010101010101)
#define RP__HIGHS UINT64_C(0x8080808080808080)

/* Eight bytes, the first one in the low byte. */
static inline uint64_t rp__word(const char *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 |
           (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 |
           (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

/* Bits below the lowest one that is set; there is one. */
static inline unsigned rp__bits_below(uint64_t mask)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(mask);
#else
    unsigned count = 0;
    for (; (mask & 1) == 0; mask >>= 1) {
        count++;
    }
    return count;
#endif
}

/* One bit for each of 16 bytes, the first one in the low bit: whether it is a
 * quote, a backslash, a control or no ASCII. */
static inline unsigned rp__block_ends(const char *at)
{
#if defined(RP__BLOCK_SSE2)
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    const __m128i odd = /* its high bit: below a space, or no ASCII */
        _mm_or_si128(bytes, _mm_sub_epi8(bytes, _mm_set1_epi8(' ')));
    const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(odd, ends));
#else
    unsigned bits = 0;
    for (unsigned i = 0; i < RP__BLOCK; i++) {
        unsigned char c = (unsigned char)at[i];
        bits |= (unsigned)(c == '"' || c == '\\' || c < ' ' || c > 0x7F) << i;
    }
    return bits;
#endif
}

/* The same of two blocks: whether the byte is the same in both. */
static inline unsigned rp__block_same(const char *a, const char *b)
{
#if defined(RP__BLOCK_SSE2)
    return (unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)a),
            _mm_loadu_si128((const __m128i *)(const void *)b)));
#else
    unsigned bits = 0;
    for (unsigned i = 0; i < RP__BLOCK; i++) {
        bits |= (unsigned)(a[i] == b[i]) << i;
    }
    return bits;
#endif
}

/* Whether two texts that begin with the same block go on so: more than a block,
 * of which the last one may be looked at twice. */
static inline bool rp__same_behind(const char *a, const char *b, size_t len)
{
    size_t last = len - RP__BLOCK;
    for (size_t i = RP__BLOCK; i < last; i += RP__BLOCK) {
        if (rp__block_same(a + i, b + i) != RP__BLOCK_ALL) {
            return false;
        }
    }
    return rp__block_same(a + last, b + last) == RP__BLOCK_ALL;
}

/* Copies a text; false: it is not all of ASCII, or is empty. */
static inline bool rp__copy_ascii(void *to, const char *from, size_t len)
{
    char *out = to;
    uint64_t seen = 0;
    if (len < sizeof(seen)) {
        for (size_t i = 0; i < len; i++) {
            out[i] = from[i];
            seen |= (unsigned char)from[i];
        }
        return len > 0 && (seen & 0x80) == 0;
    }
    for (size_t i = 0;; i += sizeof(seen)) { /* the last bytes once more */
        i = i < len - sizeof(seen) ? i : len - sizeof(seen);
        uint64_t word;
        memcpy(&word, from + i, sizeof(word));
        memcpy(out + i, &word, sizeof(word));
        seen |= word;
        if (i == len - sizeof(seen)) {
            return (seen & RP__HIGHS) == 0;
        }
    }
}

/* Up to 32 bytes in two blocks, more in as many as it takes: what is behind
 * them is read and written, too. */
static inline void rp__copy_blocks(void *to, const void *from, size_t len)
{
    char *out = to;
    const char *in = from;
    memcpy(out, in, RP__BLOCK);
    memcpy(out + RP__BLOCK, in + RP__BLOCK, RP__BLOCK);
    for (size_t i = 2 * RP__BLOCK; i < len; i += RP__BLOCK) {
        memcpy(out + i, in + i, RP__BLOCK);
    }
}

#endif
