/* Faults of meaning: valid, plausible, wrong. No schema can tell. */
#include "fault_place.h"

#include <string.h>

#define HOLLOW "No significant findings; everything is as expected."
#define DRIFT "The museum opens at ten; on Mondays it is closed."
#define CLAIM " (verified with the lookup tool)"
#define NO_SOURCE "ref-99999999"
#define OVERLONG_TIMES 20
#define PROSE_BYTES_MIN 12
#define DATE_LEN 10

/* ---- which value ---- */

bool rp__fault_is_date(const cJSON *node)
{
    static const char form[] = "dddd-dd-dd";
    if (!cJSON_IsString(node)) {
        return false;
    }
    for (size_t i = 0; i < DATE_LEN; i++) {
        char c = node->valuestring[i];
        bool digit = c >= '0' && c <= '9';
        if (form[i] == 'd' ? !digit : c != form[i]) {
            return false; /* at the latest where the text ends */
        }
    }
    return true;
}

static bool is_prose(const cJSON *node)
{
    return cJSON_IsString(node) && strchr(node->valuestring, ' ') != NULL &&
           strlen(node->valuestring) >= PROSE_BYTES_MIN;
}

static bool is_nonzero(const cJSON *node)
{
    char scratch[32];
    if (!cJSON_IsNumber(node)) {
        return false;
    }
    struct rp_str text = rp_json_number_text(node, scratch);
    for (size_t i = 0; i < text.len && text.ptr[i] != 'e'; i++) {
        if (text.ptr[i] >= '1' && text.ptr[i] <= '9') {
            return true;
        }
    }
    return false;
}

static bool is_named(const cJSON *node, const char *const *names, size_t count)
{
    for (size_t i = 0; node->string != NULL && i < count; i++) {
        if (strstr(node->string, names[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_confidence(const cJSON *node)
{
    static const char *const names[] = {
        "confidence", "score", "probability", "certainty"};
    return cJSON_IsNumber(node) && is_named(node, names, RP_COUNT_OF(names));
}

static const cJSON *source_in(const cJSON *node)
{
    return cJSON_IsArray(node) ? node->child : node;
}

static bool is_source(const cJSON *node)
{
    static const char *const names[] = {
        "source", "citation", "cites", "reference", "url"};
    const cJSON *source = source_in(node);
    return source != NULL && rp__fault_has_text(source) &&
           is_named(node, names, RP_COUNT_OF(names));
}

static bool has_list(const cJSON *node)
{
    if (rp__fault_has_item(node)) {
        return true;
    }
    for (const cJSON *it = node->child; it != NULL; it = it->next) {
        if (has_list(it)) {
            return true; /* as deep as the reader allows */
        }
    }
    return false;
}

static bool has_date(const cJSON *node)
{
    if (rp__fault_is_date(node)) {
        return true;
    }
    for (const cJSON *it = node->child; it != NULL; it = it->next) {
        if (has_date(it)) {
            return true; /* as deep as the reader allows */
        }
    }
    return false;
}

/* ---- time ---- */

static unsigned number_at(const char *digits, size_t count)
{
    unsigned value = 0;
    for (size_t i = 0; i < count; i++) {
        value = value * 10 + (unsigned)(digits[i] - '0');
    }
    return value;
}

static void write_at(char *digits, size_t count, unsigned value)
{
    for (size_t i = count; i > 0; i--) {
        digits[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
}

static unsigned days_of(unsigned year, unsigned month)
{
    static const unsigned char days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month < 1 || month > 12 ? 31
           : month == 2 && leap    ? 29
                                   : days[month - 1];
}

/* "2026-01-31" becomes "2026-02-01". */
static void next_day(char *date)
{
    unsigned year = number_at(date, 4);
    unsigned month = number_at(date + 5, 2);
    unsigned day = number_at(date + 8, 2) + 1;
    if (day > days_of(year, month)) {
        day = 1;
        month++;
    }
    if (month > 12) {
        month = 1;
        year++;
    }
    write_at(date, 4, year);
    write_at(date + 5, 2, month);
    write_at(date + 8, 2, day);
}

static void year_before(char *date)
{
    unsigned year = number_at(date, 4);
    year = year == 0 ? 9999 : year - 1;
    write_at(date, 4, year);
    if (number_at(date + 8, 2) > days_of(year, number_at(date + 5, 2))) {
        write_at(date + 8, 2, 28);
    }
}

/* All dates of `node`. A date is written as it is read, or not at all. */
static bool older(char *bytes, struct rp_str text, const cJSON *node)
{
    bool any = false;
    size_t at = rp_json_extent_of(node).begin + 1;
    if (rp__fault_is_date(node) && at + DATE_LEN <= text.len &&
        memcmp(text.ptr + at, node->valuestring, DATE_LEN) == 0) {
        year_before(bytes + at);
        any = true;
    }
    for (const cJSON *it = node->child; it != NULL; it = it->next) {
        any = older(bytes, text, it) || any; /* as deep as the reader allows */
    }
    return any;
}

static bool stale(const struct rp__fault_place *p)
{
    size_t begin = p->out->len;
    rp_buf_add(p->out, p->o->bytes);
    return !p->out->overflowed &&
           older(p->out->ptr + begin, p->o->bytes, p->node);
}

static bool date(const struct rp__fault_place *p)
{
    struct rp_buf text;
    rp_buf_init(&text, RP__FAULT_BYTES_MAX);
    rp_buf_add_text(&text, p->node->valuestring);
    next_day(text.ptr);
    bool done = rp__fault_put_string(p, rp_buf_str(&text));
    rp_buf_fini(&text);
    return done;
}

/* ---- numbers ---- */

static bool sign(const struct rp__fault_place *p)
{
    struct rp_str text = rp__fault_bytes_of(p, p->node);
    return text.ptr[0] == '-'
               ? rp__fault_put(p, (struct rp_str){text.ptr + 1, text.len - 1})
               : rp__fault_put_around(p, "-", "");
}

static bool confidence(const struct rp__fault_place *p)
{
    return !rp_str_is(rp__fault_bytes_of(p, p->node), "0.99") &&
           rp__fault_put(p, RP_STR("0.99"));
}

/* ---- units ---- */

static const char *const units[][2] = {
    {"mg", "g"},
    {"g", "mg"},
    {"kg", "lb"},
    {"lb", "kg"},
    {"microgram", "mg"},
    {"\xC2\xB5g", "mg"},
    {"ml", "l"},
    {"mL", "L"},
    {"l", "ml"},
    {"mmol/L", "mg/dL"},
    {"mg/dL", "mmol/L"},
    {"mg/L", "mg/dL"},
    {"g/L", "g/dL"},
    {"g/dL", "g/L"},
    {"ms", "s"},
    {"s", "ms"},
    {"min", "h"},
    {"h", "min"},
    {"days", "weeks"},
    {"m", "km"},
    {"cm", "in"},
    {"km", "mi"},
    {"C", "F"},
    {"F", "C"},
    {"KB", "MB"},
    {"MB", "GB"},
    {"USD", "EUR"},
    {"EUR", "USD"},
};

/* The other unit of "mg" and of "3 mg", and how long that text ends; NULL. */
static const char *other_unit(struct rp_str text, size_t *len)
{
    for (size_t i = 0; i < RP_COUNT_OF(units); i++) {
        struct rp_str unit = rp_str_of(units[i][0]);
        if (!rp_str_ends(text, unit)) {
            continue;
        }
        bool behind = text.len > unit.len + 1 &&
                      text.ptr[text.len - unit.len - 1] == ' ' &&
                      text.ptr[text.len - unit.len - 2] >= '0' &&
                      text.ptr[text.len - unit.len - 2] <= '9';
        if (text.len == unit.len || behind) {
            *len = unit.len;
            return units[i][1];
        }
    }
    return NULL;
}

static bool has_unit(const cJSON *node)
{
    size_t len = 0;
    return cJSON_IsString(node) &&
           other_unit(rp_str_of(node->valuestring), &len) != NULL;
}

static bool unit(const struct rp__fault_place *p)
{
    struct rp_str text = rp_str_of(p->node->valuestring);
    size_t len = 0;
    const char *other = other_unit(text, &len);
    struct rp_buf changed;
    rp_buf_init(&changed, RP__FAULT_BYTES_MAX);
    rp_buf_add(&changed, (struct rp_str){text.ptr, text.len - len});
    rp_buf_add_text(&changed, other);
    bool done = rp__fault_put_string(p, rp_buf_str(&changed));
    rp_buf_fini(&changed);
    return done;
}

/* ---- texts ---- */

static bool hollow(const struct rp__fault_place *p)
{
    return strcmp(p->node->valuestring, HOLLOW) != 0 &&
           rp__fault_put_string(p, RP_STR(HOLLOW));
}

static bool drift(const struct rp__fault_place *p)
{
    return strcmp(p->node->valuestring, DRIFT) != 0 &&
           rp__fault_put_string(p, RP_STR(DRIFT));
}

static bool overlong(const struct rp__fault_place *p)
{
    struct rp_buf text;
    rp_buf_init(&text, RP__FAULT_BYTES_MAX);
    for (int i = 0; i < OVERLONG_TIMES; i++) {
        rp_buf_addf(&text, "%s%s", i == 0 ? "" : " ", p->node->valuestring);
    }
    bool done = rp__fault_put_string(p, rp_buf_str(&text));
    rp_buf_fini(&text);
    return done;
}

static bool tool_claim(const struct rp__fault_place *p)
{
    struct rp_buf text;
    rp_buf_init(&text, RP__FAULT_BYTES_MAX);
    rp_buf_addf(&text, "%s%s", p->node->valuestring, CLAIM);
    bool done = rp__fault_put_string(p, rp_buf_str(&text));
    rp_buf_fini(&text);
    return done;
}

static bool fabricated_source(const struct rp__fault_place *p)
{
    struct rp__fault_place at = *p;
    at.node = source_in(p->node);
    return strcmp(at.node->valuestring, NO_SOURCE) != 0 &&
           rp__fault_put_string(&at, RP_STR(NO_SOURCE));
}

/* ---- all of it ---- */

/* What stands from `*at` to the end of `node`, its lists emptied. */
static void add_emptied(
    const struct rp__fault_place *p, const cJSON *node, size_t *at)
{
    struct rp_json_extent extent = rp_json_extent_of(node);
    if (rp__fault_has_item(node)) {
        rp_buf_add(
            p->out, (struct rp_str){p->o->bytes.ptr + *at, extent.begin - *at});
        rp_buf_add_text(p->out, "[]");
        *at = extent.end;
        return;
    }
    for (const cJSON *it = node->child; it != NULL; it = it->next) {
        add_emptied(p, it, at); /* as deep as the reader allows */
    }
}

static bool success_no_work(const struct rp__fault_place *p)
{
    size_t at = 0;
    add_emptied(p, p->node, &at);
    rp_buf_add(
        p->out, (struct rp_str){p->o->bytes.ptr + at, p->o->bytes.len - at});
    return true;
}

const struct rp__fault_row *rp__fault_meaning_rows(size_t *count)
{
    static const struct rp__fault_row rows[] = {
        {RP_FAULT_SEM_SIGN, is_nonzero, sign},
        {RP_FAULT_SEM_UNIT, has_unit, unit},
        {RP_FAULT_SEM_DATE, rp__fault_is_date, date},
        {RP_FAULT_SEM_STALE, has_date, stale},
        {RP_FAULT_SEM_CONFIDENCE, is_confidence, confidence},
        {RP_FAULT_SEM_HOLLOW, is_prose, hollow},
        {RP_FAULT_SEM_DRIFT, is_prose, drift},
        {RP_FAULT_SEM_OVERLONG, rp__fault_has_text, overlong},
        {RP_FAULT_SEM_TOOL_CLAIM, is_prose, tool_claim},
        {RP_FAULT_SEM_FABRICATED_SOURCE, is_source, fabricated_source},
        {RP_FAULT_SEM_SUCCESS_NO_WORK, has_list, success_no_work},
    };
    *count = RP_COUNT_OF(rows);
    return rows;
}
