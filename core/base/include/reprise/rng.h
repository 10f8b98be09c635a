/* rng.h - chance by name. Floor: base.
 *
 * There is no stream: each draw is H(seed, path, purpose, attempt), so a draw
 * does not depend on how many others were made before it, nor on their order.
 */
#ifndef RP_RNG_H
#define RP_RNG_H

#include <stdint.h>

#include <reprise/str.h>

/* 64 uniform bits: the first 8 bytes, big-endian, of
 * SHA-256(seed as 8 bytes big-endian ‖ path ‖ 0 ‖ purpose ‖ 0 ‖ attempt as 4
 * bytes big-endian). Fixed for ever: recordings depend on it. */
uint64_t rp_draw(
    uint64_t seed, struct rp_str path, const char *purpose, uint32_t attempt);

/* A draw in [low, high], both included; low <= high. Integer arithmetic. */
int64_t rp_draw_between(uint64_t draw, int64_t low, int64_t high);

#endif
