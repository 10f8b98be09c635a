/* redact_values.h - values that must go, and what stands for them. Internal. */
#ifndef RP_REDACT_VALUES_H
#define RP_REDACT_VALUES_H

#include <stdint.h>

#include <reprise/buf.h>
#include <reprise/digest.h>
#include <reprise/json.h>
#include <reprise/mem.h>

/* Shorter ones are replaced only where they are all of a value: they stand in
 * other words too. */
#define RP__VALUE_BYTES_MIN 4

struct rp__values; /* owned */

struct rp__values *rp__values_new(struct rp_str key);
void rp__values_free(struct rp__values **values);

/* HMAC-SHA256 of `kind`, a zero and `text`. */
struct rp_digest rp__values_mac(
    const struct rp__values *values, const char *kind, struct rp_str text);

/* Before the seal; empty ones are none. A number is given as its source text.
 * `why`, what made it a value, is borrowed and outlives the values. */
void rp__values_add_text(
    struct rp__values *values, struct rp_str text, const char *why);
void rp__values_add_number(
    struct rp__values *values, struct rp_str text, const char *why);
void rp__values_seal(struct rp__values *values);
uint32_t rp__values_count(
    const struct rp__values *values, uint32_t *short_count);

/* After the seal. Each adds to `out` and says whether anything was replaced:
 * every value in a stretch of bytes; the same, and a short value that is all
 * of it; a number that is a value. */
bool rp__values_bytes(
    const struct rp__values *values, struct rp_str bytes, struct rp_buf *out);
bool rp__values_text(
    const struct rp__values *values, struct rp_str text, struct rp_buf *out);
bool rp__values_number(
    const struct rp__values *values, struct rp_str text, struct rp_buf *out);

/* As rp__values_bytes(), where a value may begin before the bytes or end after
 * them, as something was cut out there: what is left of it is replaced too. */
bool rp__values_cut(const struct rp__values *values, struct rp_str bytes,
    bool before, bool after, struct rp_buf *out);

/* What made a value that is still there, and neither stands in a token or a
 * digest nor is a number: numbers are everywhere. NULL: there is none. */
const char *rp__values_left(
    const struct rp__values *values, struct rp_str bytes);

#endif
