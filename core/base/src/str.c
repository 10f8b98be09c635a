#include <reprise/str.h>

#include <stdint.h>
#include <string.h>

#include <reprise/attr.h>
#include <reprise/mem.h>

#define NEAR_MAX ((size_t)3) /* more edits than this are another word */

bool rp_str_equal(struct rp_str a, struct rp_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool rp_str_is(struct rp_str a, const char *text)
{
    return rp_str_equal(a, rp_str_of(text));
}

int rp_str_compare(struct rp_str a, struct rp_str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.ptr, b.ptr, common) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool rp_str_starts(struct rp_str s, struct rp_str prefix)
{
    return s.len >= prefix.len &&
           rp_str_equal((struct rp_str){s.ptr, prefix.len}, prefix);
}

bool rp_str_ends(struct rp_str s, struct rp_str suffix)
{
    if (suffix.len == 0) {
        return true;
    }
    return s.len >= suffix.len &&
           memcmp(s.ptr + (s.len - suffix.len), suffix.ptr, suffix.len) == 0;
}

struct rp_str rp_str_cut(struct rp_str s, char separator, struct rp_str *rest)
{
    const char *at = s.len > 0 ? memchr(s.ptr, separator, s.len) : NULL;
    if (at == NULL) {
        *rest = (struct rp_str){NULL, 0};
        return s;
    }
    size_t before = (size_t)(at - s.ptr);
    *rest = (struct rp_str){at + 1, s.len - before - 1};
    return (struct rp_str){s.ptr, before};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct rp_str rp_str_trim(struct rp_str s)
{
    while (s.len > 0 && is_blank(s.ptr[s.len - 1])) {
        s.len--;
    }
    while (s.len > 0 && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    return s;
}

int rp_hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20); /* as a small letter */
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Where matching goes on when it fails: after a wildcard, one byte later. */
struct glob_retry {
    bool set;
    size_t pattern, text;
};

/* Takes up the last wildcard that can swallow one more byte. A "**" forgets
 * the '*' before it, which could not do better. */
static bool glob_back(struct glob_retry *star, struct glob_retry *both,
    struct rp_str text, struct glob_retry *at)
{
    if (star->set && star->text < text.len && text.ptr[star->text] != '/') {
        star->text++;
        *at = *star;
        return true;
    }
    star->set = false;
    if (both->set && both->text < text.len) {
        both->text++;
        *at = *both;
        return true;
    }
    return false;
}

bool rp_str_glob(struct rp_str pattern, struct rp_str text)
{
    struct glob_retry star = {0}, both = {0}, at = {0};
    while (at.pattern < pattern.len || at.text < text.len) {
        char p = at.pattern < pattern.len ? pattern.ptr[at.pattern] : '\0';
        bool have = at.pattern < pattern.len;
        if (have && p == '*') {
            bool two = at.pattern + 1 < pattern.len &&
                       pattern.ptr[at.pattern + 1] == '*';
            at.pattern += two ? 2 : 1;
            star = (struct glob_retry){!two, at.pattern, at.text};
            if (two) {
                both = (struct glob_retry){true, at.pattern, at.text};
            }
            continue;
        }
        if (have && at.text < text.len &&
            (p == text.ptr[at.text] ||
                (p == '?' && text.ptr[at.text] != '/'))) {
            at.pattern++;
            at.text++;
            continue;
        }
        if (!glob_back(&star, &both, text, &at)) {
            return false;
        }
    }
    return true;
}

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* One row of the usual table, in place; the smallest entry is returned. */
static size_t distance_row(
    size_t *row, char c, struct rp_str b, bool ignore_case)
{
    size_t diagonal = row[0];
    size_t least = ++row[0];
    for (size_t j = 1; j <= b.len; j++) {
        char d = b.ptr[j - 1];
        bool same = ignore_case ? lower(c) == lower(d) : c == d;
        size_t above = row[j];
        row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (same ? 0 : 1));
        diagonal = above;
        least = row[j] < least ? row[j] : least;
    }
    return least;
}

static size_t distance(
    struct rp_str a, struct rp_str b, size_t limit, bool ignore_case)
{
    size_t gap = a.len > b.len ? a.len - b.len : b.len - a.len;
    if (gap >= limit) {
        return limit;
    }
    size_t small[64];
    size_t *row = small;
    if (b.len >= sizeof(small) / sizeof(small[0])) {
        row = rp_mem_array(b.len + 1, sizeof(*row));
    }
    for (size_t j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    size_t least = 0;
    for (size_t i = 0; i < a.len && least < limit; i++) {
        least = distance_row(row, a.ptr[i], b, ignore_case);
    }
    size_t result = least < limit && row[b.len] < limit ? row[b.len] : limit;
    if (row != small) {
        rp_mem_free(row);
    }
    return result;
}

size_t rp_str_distance(struct rp_str a, struct rp_str b, size_t limit)
{
    return distance(a, b, limit, false);
}

const char *rp_str_nearest(
    struct rp_str word, const char *const *names, size_t count)
{
    size_t third = (word.len + 2) / 3;
    size_t best = (third < NEAR_MAX ? third : NEAR_MAX) + 1;
    best = best > word.len ? word.len : best; /* not every byte of the word */
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t found = distance(word, rp_str_of(names[i]), best, true);
        if (found < best) {
            best = found;
            nearest = names[i];
        }
    }
    return nearest;
}

/* Bytes of the character that begins with `lead`, and the range its second
 * byte must be in (RFC 3629, section 4). */
struct utf8_form {
    uint8_t first, last;
    uint8_t len;
    uint8_t second_first, second_last;
};

static const struct utf8_form utf8_forms[] = {
    {0xC2, 0xDF, 2, 0x80, 0xBF},
    {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3, 0x80, 0xBF},
    {0xED, 0xED, 3, 0x80, 0x9F},
    {0xEE, 0xEF, 3, 0x80, 0xBF},
    {0xF0, 0xF0, 4, 0x90, 0xBF},
    {0xF1, 0xF3, 4, 0x80, 0xBF},
    {0xF4, 0xF4, 4, 0x80, 0x8F},
};

/* Bytes of the character at `p`, 0 if there is none in the `left` bytes. */
static size_t utf8_step(const uint8_t *p, size_t left)
{
    const struct utf8_form *form = NULL;
    for (size_t i = 0; i < RP_COUNT_OF(utf8_forms); i++) {
        if (p[0] >= utf8_forms[i].first && p[0] <= utf8_forms[i].last) {
            form = &utf8_forms[i];
        }
    }
    if (form == NULL || left < form->len || p[1] < form->second_first ||
        p[1] > form->second_last) {
        return 0;
    }
    for (size_t i = 2; i < form->len; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return form->len;
}

#define SHORT_BYTES ((size_t)64)
#define EIGHT_HIGH UINT64_C(0x8080808080808080)

static uint64_t eight_at(const uint8_t *bytes)
{
    uint64_t eight;
    memcpy(&eight, bytes, sizeof(eight));
    return eight;
}

/* Of short texts, which most are: the last eight may be looked at twice. */
static bool is_ascii(const uint8_t *bytes, size_t len)
{
    uint64_t seen = 0;
    size_t at = 0;
    if (len >= sizeof(seen)) {
        for (; at < len - sizeof(seen); at += sizeof(seen)) {
            seen |= eight_at(bytes + at);
        }
        seen |= eight_at(bytes + len - sizeof(seen));
    } else {
        for (; at < len; at++) {
            seen |= bytes[at];
        }
    }
    return (seen & EIGHT_HIGH) == 0;
}

bool rp_utf8_valid(struct rp_str s, size_t *bad_offset)
{
    const uint8_t *bytes = (const uint8_t *)s.ptr;
    size_t at = 0;
    if (s.len <= SHORT_BYTES && is_ascii(bytes, s.len)) {
        return true;
    }
    while (at < s.len) {
        if (s.len - at >= sizeof(uint64_t) && /* ASCII goes by in eights */
            (eight_at(bytes + at) & EIGHT_HIGH) == 0) {
            at += sizeof(uint64_t);
            continue;
        }
        size_t step = bytes[at] < 0x80 ? 1 : utf8_step(bytes + at, s.len - at);
        if (step == 0) {
            if (bad_offset != NULL) {
                *bad_offset = at;
            }
            return false;
        }
        at += step;
    }
    return true;
}
