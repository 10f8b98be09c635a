/* json_number.c - numbers as exact decimals, whatever their size.
 *
 * Key form: zero is "0". Any other value has one spelling, from its digits
 * without zeros at either end and the power of ten of the last one: with power
 * 0 the digits; as a plain integer when that has at most 20 digits; otherwise
 * digits, "e", power. So 100, 1.0e2 and 1e+2 are "100", 0.50 is "5e-1", 12.5
 * is "125e-1", and 1e400 is "1e400".
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_internal.h"

#define PLAIN_DIGITS_MAX 20
#define SMALL_POWER_DIGITS_MAX 18 /* what an int64_t surely holds */

/* The digits from `first` to `last` may straddle the point. */
struct decimal {
    bool negative;
    const char *first; /* NULL for zero */
    const char *last;
    size_t digit_count;
    int64_t shift;       /* power of the last digit, but for the exponent */
    struct rp_str power; /* digits of the exponent, no zeros in front */
    bool power_negative;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct rp_str exponent_digits(const char *at, const char *end)
{
    if (at < end && (*at == '+' || *at == '-')) {
        at++;
    }
    while (at < end && *at == '0') {
        at++;
    }
    return (struct rp_str){at, (size_t)(end - at)};
}

static struct decimal take_apart(struct rp_str text)
{
    const char *at = text.ptr;
    const char *end = at + text.len;
    struct decimal d = {.negative = text.len > 0 && *at == '-'};
    at += d.negative;
    const char *begin = at;
    const char *point = NULL;
    for (; at < end && (is_digit(*at) || *at == '.'); at++) {
        if (*at == '.') {
            point = at;
        } else if (*at != '0') {
            d.first = d.first == NULL ? at : d.first;
            d.last = at;
        }
    }
    const char *digits_end = at;
    if (at < end) { /* e or E */
        d.power_negative = at + 1 < end && at[1] == '-';
        d.power = exponent_digits(at + 1, end);
    }
    if (d.first == NULL || begin == digits_end) {
        d.first = NULL;
        return d;
    }
    point = point == NULL ? digits_end : point;
    bool straddles = d.first < point && d.last > point;
    d.digit_count = (size_t)(d.last - d.first) + 1 - straddles;
    d.shift = d.last < point ? point - d.last - 1 : point - d.last;
    return d;
}

/* The power of the last digit, if it is small enough to count with. */
static bool power_of(const struct decimal *d, int64_t *out)
{
    if (d->power.len > SMALL_POWER_DIGITS_MAX) {
        return false;
    }
    int64_t power = 0;
    for (size_t i = 0; i < d->power.len; i++) {
        power = power * 10 + (d->power.ptr[i] - '0');
    }
    *out = d->shift + (d->power_negative ? -power : power);
    return true;
}

static void add_digits(struct rp_buf *buf, const struct decimal *d)
{
    for (const char *at = d->first; at <= d->last; at++) {
        if (*at != '.') {
            rp_buf_add_char(buf, *at);
        }
    }
}

/* The exponent's digits changed by `shift`, which is much smaller than the
 * power of ten they begin with: as done on paper, from the right. */
static void add_huge_power(struct rp_buf *buf, const struct decimal *d)
{
    size_t begin = buf->len;
    rp_buf_add_char(buf, '0'); /* for a carry */
    rp_buf_add(buf, d->power);
    if (buf->overflowed) {
        return;
    }
    int64_t carry = d->power_negative ? -d->shift : d->shift;
    for (size_t at = buf->len; at > begin && carry != 0; at--) {
        int64_t digit = buf->ptr[at - 1] - '0' + carry;
        carry = digit / 10;
        digit %= 10;
        if (digit < 0) {
            digit += 10;
            carry--;
        }
        buf->ptr[at - 1] = (char)('0' + digit);
    }
    size_t zeros = strspn(buf->ptr + begin, "0");
    memmove(buf->ptr + begin, buf->ptr + begin + zeros,
        buf->len - begin - zeros + 1);
    buf->len -= zeros;
}

void rp__json_number_key(struct rp_buf *buf, struct rp_str text)
{
    struct decimal d = take_apart(text);
    int64_t power;
    if (d.first == NULL) {
        rp_buf_add_char(buf, '0');
        return;
    }
    if (d.negative) {
        rp_buf_add_char(buf, '-');
    }
    add_digits(buf, &d);
    if (!power_of(&d, &power)) {
        rp_buf_add_text(buf, d.power_negative ? "e-" : "e");
        add_huge_power(buf, &d);
        return;
    }
    if (power >= 0 && power <= PLAIN_DIGITS_MAX &&
        d.digit_count + (size_t)power <= PLAIN_DIGITS_MAX) {
        for (; power > 0; power--) {
            rp_buf_add_char(buf, '0');
        }
    }
    if (power != 0) {
        rp_buf_add_char(buf, 'e');
        rp_buf_add_i64(buf, power);
    }
}

/* Digits that can decide to which double a decimal is nearest; one more that
 * is not zero stands for all that follow. */
#define DOUBLE_DIGITS_MAX 770
#define DOUBLE_POWER_MAX 100000

/* By strtod(), which is given no point, as its point depends on the locale. */
static double nearest_double(const struct decimal *d)
{
    char digits[DOUBLE_DIGITS_MAX + 32];
    size_t count = 0;
    size_t left_out = 0;
    int64_t power;
    for (const char *at = d->first; at <= d->last; at++) {
        if (*at == '.') {
            continue;
        }
        if (count < DOUBLE_DIGITS_MAX) {
            digits[count++] = *at;
        } else {
            left_out++;
        }
    }
    if (left_out > 0) {
        digits[count++] = '1';
        left_out--;
    }
    if (!power_of(d, &power)) {
        power = d->power_negative ? -DOUBLE_POWER_MAX : DOUBLE_POWER_MAX;
    } else {
        power += (int64_t)left_out;
    }
    if (power > DOUBLE_POWER_MAX) {
        power = DOUBLE_POWER_MAX;
    } else if (power < -DOUBLE_POWER_MAX) {
        power = -DOUBLE_POWER_MAX;
    }
    (void)snprintf(digits + count, sizeof(digits) - count, "e%d",
        (int)power); /* room is there by construction */
    return strtod(digits, NULL);
}

#define QUICK_DIGITS_MAX 19 /* fit an uint64_t */
#define QUICK_POWER_MAX 27  /* of ten: exact in a long double of 64 bits */
#define QUICK_EXPONENT_DIGITS_MAX 4

/* Both factors are exact, so that the one operation is off by half a unit of
 * the last place at most. When all values that near round to one double, that
 * is the one. */
static bool scale(double *out, uint64_t whole, int power)
{
    static const long double powers[] = {1e0L, 1e1L, 1e2L, 1e3L, 1e4L, 1e5L,
        1e6L, 1e7L, 1e8L, 1e9L, 1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L,
        1e17L, 1e18L, 1e19L, 1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L,
        1e27L};
    if (power == 0) {
        *out = (double)whole;
        return true;
    }
    if (LDBL_MANT_DIG < 64 || power > QUICK_POWER_MAX ||
        power < -QUICK_POWER_MAX) {
        return false;
    }
    long double value = power < 0 ? (long double)whole / powers[-power]
                                  : (long double)whole * powers[power];
    double low = (double)(value * (1 - LDBL_EPSILON));
    double high = (double)(value * (1 + LDBL_EPSILON));
    *out = low;
    return low == high;
}

/* Numbers of the usual size, in one pass; false leaves it to strtod(). */
static bool quick_double(double *out, const char *at, const char *end)
{
    uint64_t whole = 0;
    int digits = 0;
    int power = 0;
    bool fraction = false;
    for (; at < end && (is_digit(*at) || *at == '.'); at++) {
        if (*at == '.') {
            fraction = true;
            continue;
        }
        digits += whole != 0 || *at != '0';
        whole = whole * 10 + (uint64_t)(*at - '0');
        power -= fraction;
        if (digits > QUICK_DIGITS_MAX || power < -QUICK_POWER_MAX) {
            return false;
        }
    }
    if (at < end) { /* e or E */
        bool negative = at[1] == '-';
        struct rp_str exponent = exponent_digits(at + 1, end);
        int value = 0;
        if (exponent.len > QUICK_EXPONENT_DIGITS_MAX) {
            return false;
        }
        for (size_t i = 0; i < exponent.len; i++) {
            value = value * 10 + (exponent.ptr[i] - '0');
        }
        power += negative ? -value : value;
    }
    return scale(out, whole, whole == 0 ? 0 : power);
}

double rp__json_double(struct rp_str text)
{
    double value;
    const char *end = text.ptr + text.len;
    bool negative = text.ptr[0] == '-';
    if (!quick_double(&value, text.ptr + negative, end)) {
        struct decimal d = take_apart(text);
        value = d.first == NULL ? 0 : nearest_double(&d);
    }
    return negative ? -value : value;
}

double rp_json_double_of(struct rp_str number)
{
    return rp__json_double(number);
}

bool rp_json_int64(const cJSON *node, int64_t *out)
{
    char scratch[32];
    int64_t power;
    if (node == NULL || !cJSON_IsNumber(node) || isnan(node->valuedouble)) {
        return false;
    }
    struct decimal d = take_apart(rp_json_number_text(node, scratch));
    if (d.first == NULL && isinf(node->valuedouble) == 0) {
        *out = 0;
        return true;
    }
    if (d.first == NULL || !power_of(&d, &power) || power < 0 || power > 18 ||
        d.digit_count + (size_t)power > 19) {
        return false;
    }
    uint64_t whole = 0; /* 19 digits fit */
    for (const char *at = d.first; at <= d.last; at++) {
        whole = *at == '.' ? whole : whole * 10 + (uint64_t)(*at - '0');
    }
    for (; power > 0; power--) {
        whole *= 10;
    }
    if (whole > (uint64_t)INT64_MAX + d.negative) {
        return false;
    }
    *out = d.negative ? (int64_t)(0 - whole) : (int64_t)whole;
    return true;
}

/* The fewest digits that read back as `value`. */
static void print_double(char scratch[32], double value)
{
    for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        (void)snprintf(scratch, 32, "%.*g", digits, value); /* fits */
        if (strtod(scratch, NULL) == value) {
            break;
        }
    }
    /* Whatever the locale's point is, here it is a point. */
    size_t plain = strspn(scratch, "-0123456789");
    size_t tail = plain + strcspn(scratch + plain, "0123456789e");
    if (tail > plain) {
        scratch[plain] = '.';
        memmove(
            scratch + plain + 1, scratch + tail, strlen(scratch + tail) + 1);
    }
}

struct rp_str rp_json_number_text(const cJSON *node, char scratch[32])
{
    RP_ASSERT(cJSON_IsNumber(node));
    double value = node->valuedouble;
    if (node->valuestring != NULL) {
        return rp_str_of(node->valuestring);
    }
    if (!isfinite(value)) {
        return RP_STR("null"); /* JSON has no such number */
    }
    if (value >= -9223372036854775808.0 && value < 9223372036854775808.0 &&
        value == (double)(int64_t)value) {
        (void)snprintf(scratch, 32, "%lld", (long long)value); /* fits */
    } else {
        print_double(scratch, value);
    }
    return rp_str_of(scratch);
}
