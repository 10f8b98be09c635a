/* schema_number.h - JSON numbers as exact decimals. */
#ifndef RP_SCHEMA_NUMBER_H
#define RP_SCHEMA_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <reprise/str.h>

/* The value is sign * digits * 10^exponent, where digits are `count` decimal
 * digits from `first` on (a point among them is skipped), neither the first
 * nor the last of them 0. Zero has no digits. Borrows the number's text. */
struct rp__decimal {
    const char *first;
    size_t count;
    int64_t exponent;
    bool negative;
    bool is_huge; /* the exponent is beyond RP__DECIMAL_EXPONENT_MAX */
};

#define RP__DECIMAL_EXPONENT_MAX INT64_C(1000000000000000)
#define RP__DECIMAL_DIVISOR_DIGITS_MAX 18

struct rp__decimal rp__decimal_of(struct rp_str text);
bool rp__decimal_is_integer(const struct rp__decimal *d);
/* Below, equal or above zero. Neither may be huge. */
int rp__decimal_compare(
    const struct rp__decimal *a, const struct rp__decimal *b);
/* `divisor` is above zero, not huge, with at most DIVISOR_DIGITS_MAX digits. */
bool rp__decimal_is_multiple(
    const struct rp__decimal *value, const struct rp__decimal *divisor);
/* A whole number of 0 or more, UINT64_MAX when larger; false when it is not
 * such a number. */
bool rp__decimal_to_size(const struct rp__decimal *d, uint64_t *out);
/* Equal numbers have equal hashes. */
uint64_t rp__decimal_hash(const struct rp__decimal *d, uint64_t hash);

#endif
