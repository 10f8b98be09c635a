/* schema_number.c - see schema_number.h.
 *
 * Nothing here costs more than the length of the two texts: exponents are
 * compared, never expanded.
 */
#include "schema_number.h"

#include <reprise/err.h>

#include "schema_map.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The exponent part from `p` on, saturated just above the maximum. */
static int64_t exponent_of(const char *p, const char *end)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }
    int64_t value = 0;
    for (; p < end && is_digit(*p); p++) {
        value = value * 10 + (*p - '0');
        if (value > RP__DECIMAL_EXPONENT_MAX) {
            value = RP__DECIMAL_EXPONENT_MAX + 1;
            break;
        }
    }
    return negative ? -value : value;
}

struct rp__decimal rp__decimal_of(struct rp_str text)
{
    struct rp__decimal d = {0};
    const char *p = text.ptr;
    const char *end = text.ptr + text.len;
    if (p < end && *p == '-') {
        d.negative = true;
        p++;
    }
    /* Digits are numbered from the left, the point not counted. */
    int64_t index = 0;
    int64_t whole_digits = -1;
    int64_t first = 0;
    int64_t last = -1;
    for (; p < end && (is_digit(*p) || *p == '.'); p++) {
        if (*p == '.') {
            whole_digits = index;
            continue;
        }
        if (*p != '0') {
            if (d.first == NULL) {
                d.first = p;
                first = index;
            }
            last = index;
        }
        index++;
    }
    if (d.first == NULL) {
        return (struct rp__decimal){0}; /* -0 is 0 */
    }
    int64_t written =
        p < end && (*p == 'e' || *p == 'E') ? exponent_of(p + 1, end) : 0;
    d.is_huge = written > RP__DECIMAL_EXPONENT_MAX ||
                written < -RP__DECIMAL_EXPONENT_MAX;
    whole_digits = whole_digits < 0 ? index : whole_digits;
    d.count = (size_t)(last - first + 1);
    d.exponent = written + whole_digits - 1 - last;
    return d;
}

bool rp__decimal_is_integer(const struct rp__decimal *d)
{
    return d->count == 0 || d->exponent >= 0;
}

/* The digit at `*p`, which then stands on the next one. */
static int digit_next(const char **p)
{
    if (**p == '.') {
        (*p)++;
    }
    return *(*p)++ - '0';
}

static int compare_magnitude(
    const struct rp__decimal *a, const struct rp__decimal *b)
{
    int64_t a_high = a->exponent + (int64_t)a->count;
    int64_t b_high = b->exponent + (int64_t)b->count;
    if (a_high != b_high) {
        return a_high < b_high ? -1 : 1;
    }
    const char *ap = a->first;
    const char *bp = b->first;
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        int difference = digit_next(&ap) - digit_next(&bp);
        if (difference != 0) {
            return difference;
        }
    }
    return a->count == b->count ? 0 : a->count < b->count ? -1 : 1;
}

int rp__decimal_compare(
    const struct rp__decimal *a, const struct rp__decimal *b)
{
    int a_sign = a->count == 0 ? 0 : a->negative ? -1 : 1;
    int b_sign = b->count == 0 ? 0 : b->negative ? -1 : 1;
    if (a_sign != b_sign || a_sign == 0) {
        return a_sign - b_sign;
    }
    return a_sign * compare_magnitude(a, b);
}

bool rp__decimal_is_multiple(
    const struct rp__decimal *value, const struct rp__decimal *divisor)
{
    if (value->count == 0) {
        return true;
    }
    /* The last digit of both is not 0, so a value with lower places than the
     * divisor has cannot be its multiple. */
    if (value->exponent < divisor->exponent) {
        return false;
    }
    uint64_t modulus = 0;
    const char *p = divisor->first;
    for (size_t i = 0; i < divisor->count; i++) {
        modulus = modulus * 10 + (uint64_t)digit_next(&p);
    }
    RP_ASSERT(modulus > 0);
    /* modulus < 10^18, so rest * 10 + 9 fits. */
    uint64_t rest = 0;
    p = value->first;
    for (size_t i = 0; i < value->count; i++) {
        /* cppcheck-suppress zerodiv */
        rest = (rest * 10 + (uint64_t)digit_next(&p)) % modulus;
    }
    /* After 60 factors of 10 all twos and fives of the modulus are used up:
     * more of them change nothing. */
    int64_t zeros = value->exponent - divisor->exponent;
    for (int64_t i = 0; i < zeros && i < 60 && rest != 0; i++) {
        rest = rest * 10 % modulus;
    }
    return rest == 0;
}

bool rp__decimal_to_size(const struct rp__decimal *d, uint64_t *out)
{
    if (!rp__decimal_is_integer(d) || d->negative) {
        return false;
    }
    *out = 0;
    if (d->count == 0) {
        return true;
    }
    if (d->is_huge || d->exponent + (int64_t)d->count > 19) {
        *out = UINT64_MAX;
        return true;
    }
    const char *p = d->first;
    for (size_t i = 0; i < d->count; i++) {
        *out = *out * 10 + (uint64_t)digit_next(&p);
    }
    for (int64_t i = 0; i < d->exponent; i++) {
        *out *= 10;
    }
    return true;
}

uint64_t rp__decimal_hash(const struct rp__decimal *d, uint64_t hash)
{
    const char *p = d->first;
    for (size_t i = 0; i < d->count; i++) {
        char digit = (char)digit_next(&p);
        hash = rp__schema_hash(hash, (struct rp_str){&digit, 1});
    }
    char tail[9] = {d->negative ? '-' : '+'};
    for (int i = 0; i < 8; i++) {
        tail[1 + i] = (char)((uint64_t)d->exponent >> (8 * i));
    }
    return rp__schema_hash(hash, (struct rp_str){tail, sizeof(tail)});
}
