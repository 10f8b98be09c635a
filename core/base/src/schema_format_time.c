/* schema_format_time.c - dates, times and durations of RFC 3339. */
#include "schema_format.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly `count` digits at the front of `rest`, taken; -1 when not there. */
static int take_digits(struct rp_str *rest, unsigned count)
{
    int value = 0;
    if (rest->len < count) {
        return -1;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!is_digit(rest->ptr[i])) {
            return -1;
        }
        value = value * 10 + (rest->ptr[i] - '0');
    }
    rest->ptr += count;
    rest->len -= count;
    return value;
}

/* One of `set`, taken; NUL when not there. */
static char take_one(struct rp_str *rest, const char *set)
{
    if (rest->len == 0 || rest->ptr[0] == '\0' ||
        strchr(set, rest->ptr[0]) == NULL) {
        return '\0';
    }
    rest->len--;
    return *rest->ptr++;
}

static bool take_date(struct rp_str *rest)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = take_digits(rest, 4);
    bool has_month = take_one(rest, "-") != '\0';
    int month = take_digits(rest, 2);
    bool has_day = take_one(rest, "-") != '\0';
    int day = take_digits(rest, 2);
    if (year < 0 || !has_month || month < 1 || month > 12 || !has_day) {
        return false;
    }
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int last = days[month - 1] + (month == 2 && is_leap ? 1 : 0);
    return day >= 1 && day <= last;
}

/* Minutes east of UTC; false when there is no zone. */
static bool take_zone(struct rp_str *rest, int *minutes)
{
    char sign = take_one(rest, "Zz+-");
    *minutes = 0;
    if (sign == 'Z' || sign == 'z') {
        return true;
    }
    int hour = take_digits(rest, 2);
    bool has_minute = take_one(rest, ":") != '\0';
    int minute = take_digits(rest, 2);
    *minutes = (hour * 60 + minute) * (sign == '-' ? -1 : 1);
    return sign != '\0' && hour >= 0 && hour <= 23 && has_minute &&
           minute >= 0 && minute <= 59;
}

static bool take_fraction(struct rp_str *rest)
{
    if (take_one(rest, ".") == '\0') {
        return true;
    }
    size_t digits = 0;
    while (take_digits(rest, 1) >= 0) {
        digits++;
    }
    return digits > 0;
}

static bool take_time(struct rp_str *rest)
{
    int hour = take_digits(rest, 2);
    bool has_minute = take_one(rest, ":") != '\0';
    int minute = take_digits(rest, 2);
    bool has_second = take_one(rest, ":") != '\0';
    int second = take_digits(rest, 2);
    int zone = 0;
    if (hour < 0 || hour > 23 || !has_minute || minute < 0 || minute > 59 ||
        !has_second || second < 0 || second > 60 || !take_fraction(rest) ||
        !take_zone(rest, &zone)) {
        return false;
    }
    /* A leap second is the last one of a day in UTC. */
    const int day = 24 * 60;
    int utc = ((hour * 60 + minute - zone) % day + day) % day;
    return second < 60 || utc == day - 1;
}

RP__FORMAT(date)
{
    (void)format;
    return take_date(&text) && text.len == 0;
}

RP__FORMAT(time)
{
    (void)format;
    return take_time(&text) && text.len == 0;
}

RP__FORMAT(date_time)
{
    (void)format;
    return take_date(&text) && take_one(&text, "Tt") != '\0' &&
           take_time(&text) && text.len == 0;
}

/* Numbers with units that follow each other in `units` without a gap, as the
 * grammar has it (years, then months, then days). False when none. */
static bool take_units(struct rp_str *rest, const char *units)
{
    const char *next = NULL;
    while (rest->len > 0 && is_digit(rest->ptr[0])) {
        while (take_digits(rest, 1) >= 0) {
        }
        char unit = take_one(rest, units);
        const char *at = unit == '\0' ? NULL : strchr(units, unit);
        if (at == NULL || (next != NULL && at != next)) {
            return false;
        }
        next = at + 1;
    }
    return next != NULL;
}

RP__FORMAT(duration)
{
    (void)format;
    if (take_one(&text, "P") == '\0') {
        return false;
    }
    struct rp_str weeks = text;
    if (take_units(&weeks, "W")) {
        return weeks.len == 0;
    }
    bool is_time_only = text.len > 0 && text.ptr[0] == 'T';
    if (!is_time_only && !take_units(&text, "YMD")) {
        return false;
    }
    if (text.len == 0) {
        return true;
    }
    return take_one(&text, "T") != '\0' && take_units(&text, "HMS") &&
           text.len == 0;
}
