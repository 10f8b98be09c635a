/* json_scan.c - the tokens of JSON: spaces, strings, numbers, words.
 *
 * Strings are decoded and numbers ended inside the document's copy of the
 * source, at the offsets where they stand: what is decoded is never longer
 * than what was read, and the byte behind a number belongs to no other token.
 */
#include <string.h>

#include "json_internal.h"

#define EVERY_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static uint64_t has_zero(uint64_t word)
{
    return (word - EVERY_BYTE(1)) & ~word;
}

/* Whether one of eight bytes is a quote, a backslash, a control character or
 * not ASCII. */
static bool has_special(uint64_t word)
{
    uint64_t hit = has_zero(word ^ EVERY_BYTE('"')) |
                   has_zero(word ^ EVERY_BYTE('\\')) |
                   ((word - EVERY_BYTE(0x20)) & ~word) | word;
    return (hit & EVERY_BYTE(0x80)) != 0;
}

static const char *plain_end(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        if (has_special(word)) {
            break;
        }
        at += 8;
    }
    while (at < end && (unsigned char)*at >= 0x20 &&
           (unsigned char)*at < 0x80 && *at != '"' && *at != '\\') {
        at++;
    }
    return at;
}

/* What may follow a lead byte (RFC 3629, section 4). */
struct lead {
    unsigned char first, last; /* lead bytes of this row */
    unsigned char low, high;   /* the second byte */
    unsigned char bytes;
};

static const struct lead leads[] = {
    {0x00, 0x7f, 0x00, 0x00, 1},
    {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3},
    {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4},
};

size_t rp__json_char_bytes(const char *at, const char *end, bool *cut)
{
    const unsigned char *byte = (const unsigned char *)at;
    const struct lead *lead = NULL;
    *cut = false;
    for (size_t i = 0; i < RP_COUNT_OF(leads) && lead == NULL; i++) {
        if (byte[0] >= leads[i].first && byte[0] <= leads[i].last) {
            lead = &leads[i];
        }
    }
    if (lead == NULL) {
        return 0;
    }
    for (size_t i = 1; i < lead->bytes; i++) {
        if (at + i == end) {
            *cut = true;
            return 0;
        }
        unsigned char low = i == 1 ? lead->low : 0x80;
        unsigned char high = i == 1 ? lead->high : 0xbf;
        if (byte[i] < low || byte[i] > high) {
            return 0;
        }
    }
    return lead->bytes;
}

/* Behind the characters of three bytes that begin at `at`, the common case of
 * long runs; the rare lead bytes E0 and ED are left to the table. */
static const char *skip_triples(const char *at, const char *end)
{
    while (end - at >= 3 && (at[0] & 0xf0) == 0xe0 && at[0] != (char)0xe0 &&
           at[0] != (char)0xed && (at[1] & 0xc0) == 0x80 &&
           (at[2] & 0xc0) == 0x80) {
        at += 3;
    }
    return at;
}

const char *rp__json_sound_end(const char *at, const char *end)
{
    for (;;) {
        bool cut;
        at = skip_triples(plain_end(at, end), end);
        if (at == end) {
            return at;
        }
        if ((unsigned char)*at >= 0x80) {
            size_t bytes = rp__json_char_bytes(at, end, &cut);
            if (bytes == 0) {
                return at;
            }
            at += bytes;
        } else if ((unsigned char)*at < 0x20 || *at == '"' || *at == '\\') {
            return at;
        }
    }
}

/* Writes U+0000 as C0 80; returns behind what it wrote. */
static char *put_char(char *out, uint32_t code_point)
{
    if (code_point == 0) {
        *out++ = (char)0xc0;
        *out++ = (char)0x80;
    } else if (code_point < 0x80) {
        *out++ = (char)code_point;
    } else if (code_point < 0x800) {
        *out++ = (char)(0xc0 | (code_point >> 6));
        *out++ = (char)(0x80 | (code_point & 0x3f));
    } else if (code_point < 0x10000) {
        *out++ = (char)(0xe0 | (code_point >> 12));
        *out++ = (char)(0x80 | ((code_point >> 6) & 0x3f));
        *out++ = (char)(0x80 | (code_point & 0x3f));
    } else {
        *out++ = (char)(0xf0 | (code_point >> 18));
        *out++ = (char)(0x80 | ((code_point >> 12) & 0x3f));
        *out++ = (char)(0x80 | ((code_point >> 6) & 0x3f));
        *out++ = (char)(0x80 | (code_point & 0x3f));
    }
    return out;
}

/* One "\uXXXX" whose unit lies in [low, high] and does not begin with the
 * second half of a pair. Checked digit by digit: where the bytes end, what is
 * there must be the beginning of something valid. */
static bool scan_unit(struct rp__json_reader *r, uint32_t low, uint32_t high,
    const char *begin, uint32_t *out)
{
    const char *at = r->at;
    uint32_t unit = 0;
    for (int i = 0; i < 6; i++, at++) {
        if (at == r->end) {
            return rp__json_fail(r, RP__JSON_ENDS_IN_STRING, at);
        }
        if (i < 2) {
            if (*at != "\\u"[i]) {
                return rp__json_fail(r, RP__JSON_SURROGATE, begin);
            }
            continue;
        }
        int value = rp_hex_digit(*at);
        if (value < 0) {
            return rp__json_fail(r, RP__JSON_HEX, at);
        }
        unit = (unit << 4) | (uint32_t)value;
        uint32_t shift = (uint32_t)(5 - i) * 4;
        bool second_half = low == 0 && i == 3 && unit >= 0xdc && unit <= 0xdf;
        if (unit < low >> shift || unit > high >> shift || second_half) {
            return rp__json_fail(r, RP__JSON_SURROGATE, begin);
        }
    }
    r->at = at;
    *out = unit;
    return true;
}

static bool scan_unicode(struct rp__json_reader *r, char **out)
{
    const char *begin = r->at;
    uint32_t unit = 0;
    if (!scan_unit(r, 0, 0xffff, begin, &unit)) {
        return false;
    }
    if (unit >= 0xd800 && unit <= 0xdbff) {
        uint32_t low = 0;
        if (!scan_unit(r, 0xdc00, 0xdfff, begin, &low)) {
            return false;
        }
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    *out = put_char(*out, unit);
    return true;
}

static bool scan_escape(struct rp__json_reader *r, char **out)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    if (r->at + 1 == r->end) {
        return rp__json_fail(r, RP__JSON_ENDS_IN_STRING, r->end);
    }
    char c = r->at[1];
    if (c == 'u') {
        return scan_unicode(r, out);
    }
    const char *name = c == '\0' ? NULL : strchr(names, c);
    if (name == NULL) {
        return rp__json_fail(r, RP__JSON_ESCAPE, r->at);
    }
    *(*out)++ = values[name - names];
    r->at += 2;
    return true;
}

/* One thing in a string that cannot stay as it is; `at` is not at the end. */
static bool scan_special(struct rp__json_reader *r, char **out)
{
    if (*r->at == '\\') {
        return scan_escape(r, out);
    }
    if ((unsigned char)*r->at < 0x20) {
        return rp__json_fail(r, RP__JSON_CONTROL, r->at);
    }
    bool cut;
    (void)rp__json_char_bytes(r->at, r->end, &cut); /* it is none: why? */
    return cut ? rp__json_fail(r, RP__JSON_ENDS_IN_STRING, r->end)
               : rp__json_fail(r, RP__JSON_UTF8, r->at);
}

bool rp__json_scan_string(
    struct rp__json_reader *r, char **text, uint32_t *length)
{
    r->string = r->at++;
    char *begin = r->doc->text + (r->at - r->begin);
    char *out = begin;
    for (;;) {
        const char *run = r->at;
        r->at = rp__json_sound_end(run, r->end);
        size_t bytes = (size_t)(r->at - run);
        if (out != r->doc->text + (run - r->begin)) {
            memcpy(out, run, bytes);
        }
        out += bytes;
        if (r->at == r->end) {
            return rp__json_fail(r, RP__JSON_ENDS_IN_STRING, r->end);
        }
        if (*r->at == '"') {
            break;
        }
        if (!scan_special(r, &out)) {
            return false;
        }
    }
    r->at++;
    *out = '\0';
    *text = begin;
    *length = (uint32_t)(out - begin);
    return true;
}

/* At least one digit. */
static bool scan_digits(struct rp__json_reader *r)
{
    if (r->at == r->end) {
        return rp__json_fail(r, RP__JSON_ENDS, r->end);
    }
    if (!is_digit(*r->at)) {
        return rp__json_fail(r, RP__JSON_NO_DIGIT, r->at);
    }
    while (r->at < r->end && is_digit(*r->at)) {
        r->at++;
    }
    return true;
}

static bool scan_number_text(struct rp__json_reader *r)
{
    if (*r->at == '-') {
        r->at++;
    }
    const char *whole = r->at;
    if (!scan_digits(r)) {
        return false;
    }
    if (*whole == '0' && r->at - whole > 1) {
        return rp__json_fail(r, RP__JSON_LEADING_ZERO, whole);
    }
    if (r->at < r->end && *r->at == '.') {
        r->at++;
        if (!scan_digits(r)) {
            return false;
        }
    }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-')) {
            r->at++;
        }
        return scan_digits(r);
    }
    return true;
}

/* As cJSON: the nearest int. */
static int nearest_int(double value)
{
    if (value >= INT32_MAX) {
        return INT32_MAX;
    }
    return value <= (double)INT32_MIN ? INT32_MIN : (int)value;
}

bool rp__json_scan_number(struct rp__json_reader *r, struct rp__json_node *node)
{
    const char *begin = r->at;
    if (!scan_number_text(r)) {
        return false;
    }
    char *text = r->doc->text + (begin - r->begin);
    struct rp_str span = {text, (size_t)(r->at - begin)};
    text[span.len] = '\0';
    node->node.type = RP__JSON_MARK | cJSON_Number;
    node->node.valuestring = text;
    node->node.valuedouble = rp__json_double(span);
    node->node.valueint = nearest_int(node->node.valuedouble);
    return true;
}

bool rp__json_scan_word(struct rp__json_reader *r, struct rp__json_node *node)
{
    static const struct {
        char first;
        int type;
        const char *text;
    } words[] = {
        {'t', cJSON_True, "true"},
        {'f', cJSON_False, "false"},
        {'n', cJSON_NULL, "null"},
    };
    for (size_t i = 0; i < RP_COUNT_OF(words); i++) {
        if (words[i].first != *r->at) {
            continue;
        }
        size_t length = strlen(words[i].text);
        size_t left = (size_t)(r->end - r->at);
        size_t shorter = left < length ? left : length;
        if (memcmp(r->at, words[i].text, shorter) != 0) {
            break;
        }
        if (left < length) {
            return rp__json_fail(r, RP__JSON_ENDS, r->end);
        }
        r->at += length;
        node->node.type = RP__JSON_MARK | words[i].type;
        node->node.valueint = words[i].type == cJSON_True;
        return true;
    }
    return rp__json_fail(r, RP__JSON_NO_VALUE, r->at);
}

/* A comment's characters up to `at`, which is where it ends or the end. */
static bool skip_comment(struct rp__json_reader *r, bool block)
{
    const char *at = r->at + 2;
    while (at < r->end) {
        if (!block && *at == '\n') {
            break;
        }
        if (block && *at == '*' && at + 1 < r->end && at[1] == '/') {
            r->at = at + 2;
            return true;
        }
        bool cut;
        size_t bytes = rp__json_char_bytes(at, r->end, &cut);
        if (bytes == 0) {
            return cut ? rp__json_fail(r, RP__JSON_ENDS_IN_COMMENT, r->end)
                       : rp__json_fail(r, RP__JSON_UTF8, at);
        }
        at += bytes;
    }
    if (block) {
        return rp__json_fail(r, RP__JSON_ENDS_IN_COMMENT, r->end);
    }
    r->at = at;
    return true;
}

bool rp__json_skip_space(struct rp__json_reader *r)
{
    for (;;) {
        while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' ||
                                     *r->at == '\r' || *r->at == '\t')) {
            r->at++;
        }
        if (r->at == r->end || *r->at != '/' || !r->options.comments) {
            return true;
        }
        if (r->at + 1 == r->end) {
            return rp__json_fail(r, RP__JSON_ENDS_IN_COMMENT, r->end);
        }
        if (r->at[1] != '*' && r->at[1] != '/') {
            return true;
        }
        if (!skip_comment(r, r->at[1] == '*')) {
            return false;
        }
    }
}
