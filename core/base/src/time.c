#include <reprise/time.h>

#include <stddef.h>
#include <string.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MINUTE (60 * RP_NS_PER_S)
#define NS_PER_HOUR (60 * NS_PER_MINUTE)
#define NS_PER_DAY (24 * NS_PER_HOUR)

static int64_t add_saturated(int64_t a, int64_t b)
{
    if (b > 0 && a > INT64_MAX - b) {
        return INT64_MAX;
    }
    if (b < 0 && a < INT64_MIN - b) {
        return INT64_MIN;
    }
    return a + b;
}

struct rp_instant rp_instant_add(struct rp_instant at, struct rp_duration d)
{
    if (at.ns == INT64_MAX || d.ns == INT64_MAX) {
        return RP_INSTANT_NEVER;
    }
    return (struct rp_instant){add_saturated(at.ns, d.ns)};
}

struct rp_duration rp_instant_since(
    struct rp_instant later, struct rp_instant earlier)
{
    if (later.ns == INT64_MAX) {
        return RP_DURATION_FOREVER;
    }
    if (earlier.ns == INT64_MIN) {
        return (struct rp_duration){
            add_saturated(add_saturated(later.ns, INT64_MAX), 1)};
    }
    return (struct rp_duration){add_saturated(later.ns, -earlier.ns)};
}

bool rp_instant_before(struct rp_instant a, struct rp_instant b)
{
    return a.ns < b.ns;
}

struct rp_instant rp_instant_min(struct rp_instant a, struct rp_instant b)
{
    return a.ns < b.ns ? a : b;
}

struct rp_duration rp_duration_of_ms(int64_t ms)
{
    if (ms > INT64_MAX / RP_NS_PER_MS) {
        return RP_DURATION_FOREVER;
    }
    if (ms < INT64_MIN / RP_NS_PER_MS) {
        return (struct rp_duration){INT64_MIN};
    }
    return (struct rp_duration){ms * RP_NS_PER_MS};
}

struct rp_wall rp_wall_add(struct rp_wall at, struct rp_duration d)
{
    return (struct rp_wall){add_saturated(at.unix_ns, d.ns)};
}

/* Largest first, which is also the order in a text. */
struct unit {
    const char *name;
    int64_t ns;
};

static const struct unit units[] = {
    {"h", NS_PER_HOUR},
    {"m", NS_PER_MINUTE},
    {"s", RP_NS_PER_S},
    {"ms", RP_NS_PER_MS},
    {"us", NS_PER_US},
    {"ns", 1},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits from `*text` on, into `*value`; false if none or too many. */
static bool take_whole(struct rp_str *text, int64_t *value)
{
    size_t count = 0;
    *value = 0;
    while (count < text->len && is_digit(text->ptr[count])) {
        int digit = text->ptr[count++] - '0';
        if (*value > (INT64_MAX - digit) / 10) {
            return false;
        }
        *value = *value * 10 + digit;
    }
    text->ptr += count;
    text->len -= count;
    return count > 0;
}

/* ".digits" if there; the digits stay in the text that `*digits` names. */
static bool take_fraction(struct rp_str *text, struct rp_str *digits)
{
    *digits = (struct rp_str){NULL, 0};
    if (text->len == 0 || text->ptr[0] != '.') {
        return true;
    }
    size_t count = 1;
    while (count < text->len && is_digit(text->ptr[count])) {
        count++;
    }
    *digits = (struct rp_str){text->ptr + 1, count - 1};
    text->ptr += count;
    text->len -= count;
    return digits->len > 0;
}

/* `digits` of a unit in nanoseconds; false if that is not a whole number. */
static bool fraction_ns(struct rp_str digits, int64_t unit_ns, int64_t *ns)
{
    int64_t denominator = 1;
    int64_t numerator = 0;
    while (digits.len > 0 && digits.ptr[digits.len - 1] == '0') {
        digits.len--;
    }
    if (digits.len > 15) { /* an hour is 3.6e12 ns: 14 digits can be exact */
        return false;
    }
    for (size_t i = 0; i < digits.len; i++) {
        numerator = numerator * 10 + (digits.ptr[i] - '0');
        denominator *= 10;
    }
    /* numerator * unit_ns can pass 64 bits: cancel what they share first. */
    while (denominator % 2 == 0 && unit_ns % 2 == 0) {
        denominator /= 2;
        unit_ns /= 2;
    }
    while (denominator % 5 == 0 && unit_ns % 5 == 0) {
        denominator /= 5;
        unit_ns /= 5;
    }
    if (numerator % denominator != 0) {
        return false;
    }
    *ns = numerator / denominator * unit_ns;
    return true;
}

/* The unit that `*text` begins with, not before `from`; the count if none. */
static size_t take_unit(struct rp_str *text, size_t from)
{
    size_t len = 0;
    while (len < text->len && text->ptr[len] >= 'a' && text->ptr[len] <= 'z') {
        len++;
    }
    for (size_t i = from; i < RP_COUNT_OF(units); i++) {
        if (rp_str_is((struct rp_str){text->ptr, len}, units[i].name)) {
            text->ptr += len;
            text->len -= len;
            return i;
        }
    }
    return RP_COUNT_OF(units);
}

bool rp_duration_parse(struct rp_str text, struct rp_duration *out)
{
    int64_t total = 0;
    size_t unit = 0;
    bool last = text.len == 0;
    if (last) {
        return false;
    }
    while (text.len > 0) {
        int64_t whole = 0;
        int64_t part = 0;
        struct rp_str digits;
        if (last || !take_whole(&text, &whole) ||
            !take_fraction(&text, &digits)) {
            return false;
        }
        last = digits.len > 0;
        unit = take_unit(&text, unit);
        if (unit == RP_COUNT_OF(units) || whole > INT64_MAX / units[unit].ns ||
            !fraction_ns(digits, units[unit].ns, &part)) {
            return false;
        }
        whole *= units[unit].ns;
        if (part > INT64_MAX - whole || whole + part > INT64_MAX - total) {
            return false;
        }
        total += whole + part;
        unit++;
    }
    *out = (struct rp_duration){total};
    return true;
}

/* `ns` in `unit_ns` with as many decimals as it takes. */
static void write_decimal(
    struct rp_buf *buf, uint64_t ns, uint64_t unit_ns, const char *unit)
{
    rp_buf_add_u64(buf, ns / unit_ns);
    uint64_t rest = ns % unit_ns;
    if (rest > 0) {
        rp_buf_add_char(buf, '.');
    }
    uint64_t digit_ns = unit_ns / 10;
    for (; digit_ns > 0 && rest > 0; digit_ns /= 10) {
        rp_buf_add_char(buf, (char)('0' + rest / digit_ns));
        rest %= digit_ns;
    }
    rp_buf_add_text(buf, unit);
}

static uint64_t magnitude(int64_t ns)
{
    return ns < 0 ? (uint64_t)0 - (uint64_t)ns : (uint64_t)ns;
}

void rp_duration_write(struct rp_buf *buf, struct rp_duration d)
{
    uint64_t ns = magnitude(d.ns);
    if (d.ns < 0) {
        rp_buf_add_char(buf, '-');
    }
    if (ns == 0) {
        rp_buf_add_text(buf, "0s");
        return;
    }
    for (size_t i = 0; i < RP_COUNT_OF(units) && ns > 0; i++) {
        const struct unit *unit = &units[i];
        uint64_t whole = ns / (uint64_t)unit->ns;
        if (whole == 0) {
            continue;
        }
        if (unit->ns <= RP_NS_PER_S) { /* the last one takes the fraction */
            write_decimal(buf, ns, (uint64_t)unit->ns, unit->name);
            return;
        }
        rp_buf_add_u64(buf, whole);
        rp_buf_add_text(buf, unit->name);
        ns -= whole * (uint64_t)unit->ns;
    }
}

/* How a length is shown, by what it is less than: rounded to `step`, then one
 * of the forms. The last row has no end. */
enum show_form { SHOW_WHOLE, SHOW_TENTHS, SHOW_PAIR };
struct show_row {
    int64_t below_ns;
    int64_t step_ns;
    int64_t unit_ns;
    enum show_form form;
    const char *unit;
    const char *lower_unit; /* of the second number of a pair */
};

static const struct show_row show_rows[] = {
    {NS_PER_US, 1, 1, SHOW_WHOLE, "ns", ""},
    {RP_NS_PER_MS, NS_PER_US, NS_PER_US, SHOW_WHOLE, "us", ""},
    {100 * RP_NS_PER_MS, RP_NS_PER_MS, RP_NS_PER_MS, SHOW_WHOLE, "ms", ""},
    {NS_PER_MINUTE, RP_NS_PER_S / 10, RP_NS_PER_S, SHOW_TENTHS, "s", ""},
    {10 * NS_PER_MINUTE, RP_NS_PER_S, NS_PER_MINUTE, SHOW_PAIR, "m", "s"},
    {NS_PER_HOUR, NS_PER_MINUTE, NS_PER_MINUTE, SHOW_WHOLE, "m", ""},
    {10 * NS_PER_HOUR, NS_PER_MINUTE, NS_PER_HOUR, SHOW_PAIR, "h", "m"},
    {INT64_MAX, NS_PER_HOUR, NS_PER_HOUR, SHOW_WHOLE, "h", ""},
};

static void show_in(
    struct rp_buf *buf, uint64_t steps, const struct show_row *row)
{
    uint64_t per_unit = (uint64_t)(row->unit_ns / row->step_ns);
    rp_buf_add_u64(buf, steps / per_unit);
    uint64_t rest = steps % per_unit;
    switch (row->form) {
    case SHOW_WHOLE:
        break;
    case SHOW_TENTHS:
        rp_buf_addf(buf, ".%u", (unsigned)rest);
        break;
    case SHOW_PAIR:
        rp_buf_addf(buf, "%s%02u", row->unit, (unsigned)rest);
        break;
    }
    rp_buf_add_text(buf, row->form == SHOW_PAIR ? row->lower_unit : row->unit);
}

void rp_duration_show(struct rp_buf *buf, struct rp_duration d)
{
    uint64_t ns = magnitude(d.ns);
    if (d.ns == 0) {
        rp_buf_add_text(buf, "0s");
        return;
    }
    if (d.ns < 0) {
        rp_buf_add_char(buf, '-');
    }
    for (size_t i = 0; i < RP_COUNT_OF(show_rows); i++) {
        const struct show_row *row = &show_rows[i];
        uint64_t step = (uint64_t)row->step_ns;
        uint64_t steps = ns / step + (ns % step >= (step + 1) / 2 ? 1 : 0);
        if (step == 1) {
            steps = ns;
        }
        bool fits = steps < (uint64_t)row->below_ns / step;
        if (fits || i == RP_COUNT_OF(show_rows) - 1) {
            show_in(buf, steps, row);
            return;
        }
    }
}

/* Civil dates by the 400-year cycle, with years that begin in March so that
 * the leap day comes last. */
#define DAYS_PER_ERA INT64_C(146097)
#define DAYS_TO_1970 INT64_C(719468) /* from 0000-03-01 */

struct date {
    int64_t year;
    int64_t month, day; /* from 1 */
};

static int64_t days_of(struct date date)
{
    int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t month = (date.month + 9) % 12;
    int64_t of_year = (153 * month + 2) / 5 + date.day - 1;
    int64_t day = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    return era * DAYS_PER_ERA + day - DAYS_TO_1970;
}

static struct date date_of(int64_t days)
{
    days += DAYS_TO_1970;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int64_t day = days - era * DAYS_PER_ERA;
    int64_t of_era = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t of_year = day - (365 * of_era + of_era / 4 - of_era / 100);
    int64_t month = (5 * of_year + 2) / 153;
    struct date date = {
        .year = of_era + era * 400 + (month >= 10 ? 1 : 0),
        .month = month < 10 ? month + 3 : month - 9,
        .day = of_year - (153 * month + 2) / 5 + 1,
    };
    return date;
}

void rp_wall_write(struct rp_buf *buf, struct rp_wall at)
{
    int64_t days = at.unix_ns / NS_PER_DAY;
    int64_t rest = at.unix_ns % NS_PER_DAY;
    if (rest < 0) {
        days--;
        rest += NS_PER_DAY;
    }
    struct date date = date_of(days);
    rp_buf_addf(buf, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", (int)date.year,
        (int)date.month, (int)date.day, (int)(rest / NS_PER_HOUR),
        (int)(rest / NS_PER_MINUTE % 60), (int)(rest / RP_NS_PER_S % 60),
        (int)(rest % RP_NS_PER_S));
}

/* Fields of a fixed width, each followed by one character. */
struct field {
    size_t width;
    int64_t low, high;
    char then;
};

enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, FIELD_COUNT };
static const struct field fields[FIELD_COUNT] = {
    {4, 1677, 2262, '-'},
    {2, 1, 12, '-'},
    {2, 1, 31, 'T'},
    {2, 0, 23, ':'},
    {2, 0, 59, ':'},
    {2, 0, 59, '\0'},
};

static bool take_field(
    struct rp_str *text, const struct field *field, int64_t *value)
{
    struct rp_str digits = {text->ptr, field->width};
    if (text->len <= field->width || !take_whole(&digits, value) ||
        digits.len > 0 || *value < field->low || *value > field->high) {
        return false;
    }
    size_t used = field->width;
    if (field->then != '\0' && text->ptr[used++] != field->then) {
        return false;
    }
    text->ptr += used;
    text->len -= used;
    return true;
}

bool rp_wall_parse(struct rp_str text, struct rp_wall *out)
{
    int64_t value[FIELD_COUNT];
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (!take_field(&text, &fields[i], &value[i])) {
            return false;
        }
    }
    struct rp_str digits;
    int64_t part = 0;
    if (!take_fraction(&text, &digits) || digits.len > 9 ||
        !fraction_ns(digits, RP_NS_PER_S, &part) || !rp_str_is(text, "Z")) {
        return false;
    }
    int64_t days =
        days_of((struct date){value[YEAR], value[MONTH], value[DAY]});
    if (date_of(days).day != value[DAY]) {
        return false; /* 30 February */
    }
    int64_t rest = value[HOUR] * NS_PER_HOUR + value[MINUTE] * NS_PER_MINUTE +
                   value[SECOND] * RP_NS_PER_S + part;
    /* The first and the last day are in range only in part. */
    int64_t last = INT64_MAX / NS_PER_DAY;
    int64_t first = INT64_MIN / NS_PER_DAY - 1;
    if (days > last || days < first ||
        (days == last && rest > INT64_MAX % NS_PER_DAY) ||
        (days == first && rest < INT64_MIN % NS_PER_DAY + NS_PER_DAY)) {
        return false;
    }
    int64_t ns = days < 0 ? (days + 1) * NS_PER_DAY + (rest - NS_PER_DAY)
                          : days * NS_PER_DAY + rest;
    *out = (struct rp_wall){ns};
    return true;
}
