#include "text.h"

#include <inttypes.h>
#include <string.h>

/* ---- characters ---- */

struct range {
    uint32_t first, last;
};

/* Take no column: combining marks, joiners, variation selectors. */
static const struct range zero_width[] = {
    {0x0300, 0x036F},
    {0x0483, 0x0489},
    {0x0591, 0x05BD},
    {0x0610, 0x061A},
    {0x064B, 0x065F},
    {0x0900, 0x0902},
    {0x093C, 0x093C},
    {0x0941, 0x0948},
    {0x0E31, 0x0E31},
    {0x0E34, 0x0E3A},
    {0x0E47, 0x0E4E},
    {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF},
    {0x200B, 0x200D},
    {0x20D0, 0x20FF},
    {0xFE00, 0xFE0F},
    {0xFE20, 0xFE2F},
    {0xE0100, 0xE01EF},
};

/* Take two columns: East Asian wide and full-width, pictographs. */
static const struct range wide[] = {
    {0x1100, 0x115F},
    {0x2E80, 0x303E},
    {0x3041, 0x33FF},
    {0x3400, 0x4DBF},
    {0x4E00, 0x9FFF},
    {0xA000, 0xA4CF},
    {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},
    {0xFE30, 0xFE4F},
    {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},
    {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF},
    {0x1F900, 0x1F9FF},
    {0x20000, 0x3FFFD},
};

/* Turn the direction of what follows, or hide it. */
static const struct range steering[] = {
    {0x0000, 0x001F},
    {0x007F, 0x009F},
    {0x061C, 0x061C},
    {0x200E, 0x200F},
    {0x2028, 0x202E},
    {0x2060, 0x206F},
    {0xFEFF, 0xFEFF},
    {0xFFF9, 0xFFFB},
    {0xE0000, 0xE007F},
};

static bool is_in(uint32_t c, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count && ranges[i].first <= c; i++) {
        if (c <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

static size_t width_of(uint32_t c)
{
    if (c < 0x300) {
        return 1;
    }
    if (is_in(c, zero_width, RP_COUNT_OF(zero_width))) {
        return 0;
    }
    return is_in(c, wide, RP_COUNT_OF(wide)) ? 2 : 1;
}

/* The character at the start of `text` (not empty) and its bytes; malformed
 * ones count as one byte. */
static size_t decode(struct rp_str text, uint32_t *out)
{
    unsigned char first = (unsigned char)text.ptr[0];
    size_t len = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first >= 0x80 &&
        (len > text.len ||
            !rp_utf8_valid((struct rp_str){text.ptr, len}, NULL))) {
        *out = 0;
        return 1;
    }
    uint32_t c = len == 1 ? first : first & (0xFFu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        c = c << 6 | ((unsigned char)text.ptr[i] & 0x3Fu);
    }
    *out = c;
    return len;
}

/* What stands for the character: itself, or a replacement. */
static struct rp_str shown_of(struct rp_str bytes, uint32_t c,
    const struct rp__style *style, size_t *columns)
{
    *columns = 1;
    if (c == '\n' || c == '\t' || c == '\r') {
        return RP_STR(" ");
    }
    if (is_in(c, steering, RP_COUNT_OF(steering))) {
        return style->unicode ? RP_STR("\xEF\xBF\xBD") : RP_STR("?");
    }
    if (c >= 0x80 && !style->unicode) {
        *columns = width_of(c) == 0 ? 0 : 1;
        return *columns == 0 ? RP_STR("") : RP_STR("?");
    }
    *columns = width_of(c);
    return bytes;
}

/* ---- text ---- */

static size_t shown_columns(struct rp_str text, const struct rp__style *style)
{
    size_t sum = 0;
    while (text.len > 0) {
        uint32_t c;
        size_t columns;
        size_t len = decode(text, &c);
        (void)shown_of((struct rp_str){text.ptr, len}, c, style, &columns);
        sum += columns;
        text.ptr += len;
        text.len -= len;
    }
    return sum;
}

size_t rp__text_add(struct rp_buf *out, struct rp_str text, size_t columns,
    const struct rp__style *style)
{
    struct rp_str ellipsis =
        style->unicode ? RP_STR("\xE2\x80\xA6") : RP_STR("..");
    size_t ellipsis_columns = style->unicode ? 1 : 2;
    bool cut = columns > 0 && shown_columns(text, style) > columns;
    size_t room =
        cut ? columns -
                  (columns < ellipsis_columns ? columns : ellipsis_columns)
            : SIZE_MAX;
    size_t used = 0;
    while (text.len > 0) {
        uint32_t c;
        size_t width;
        size_t len = decode(text, &c);
        struct rp_str shown =
            shown_of((struct rp_str){text.ptr, len}, c, style, &width);
        if (used + width > room) {
            break;
        }
        rp_buf_add(out, shown);
        used += width;
        text.ptr += len;
        text.len -= len;
    }
    if (cut && columns >= ellipsis_columns) {
        rp_buf_add(out, ellipsis);
        used += ellipsis_columns;
    }
    return used;
}

/* Past an escape sequence "ESC [ ... letter", 0 if there is none. */
static size_t escape_len(struct rp_str text)
{
    if (text.len < 2 || text.ptr[0] != '\x1B' || text.ptr[1] != '[') {
        return 0;
    }
    size_t at = 2;
    while (at < text.len && (text.ptr[at] < '@' || text.ptr[at] > '~')) {
        at++;
    }
    return at < text.len ? at + 1 : text.len;
}

size_t rp__text_columns(struct rp_str text)
{
    size_t columns = 0;
    while (text.len > 0) {
        uint32_t c = 0;
        size_t len = escape_len(text);
        if (len == 0) {
            len = decode(text, &c);
            columns += width_of(c);
        }
        text.ptr += len;
        text.len -= len;
    }
    return columns;
}

void rp__text_spaces(struct rp_buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rp_buf_add_char(out, ' ');
    }
}

/* ---- colours ---- */

static const char *const colour_codes[] = {
    [RP__PLAIN] = "0",
    [RP__BOLD] = "1",
    [RP__DIM] = "2",
    [RP__RED] = "31",
    [RP__GREEN] = "32",
    [RP__YELLOW] = "33",
    [RP__CYAN] = "36",
};

void rp__text_begin(
    struct rp_buf *out, enum rp__colour colour, const struct rp__style *style)
{
    if (style->colour && colour != RP__PLAIN) {
        rp_buf_addf(out, "\x1B[%sm", colour_codes[colour]);
    }
}

void rp__text_end(struct rp_buf *out, const struct rp__style *style)
{
    if (style->colour) {
        rp_buf_add_text(out, "\x1B[0m");
    }
}

/* ---- quantities ---- */

void rp__text_bytes(struct rp_buf *out, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    uint64_t tenths = bytes > UINT64_MAX / 10 ? UINT64_MAX : bytes * 10;
    while (tenths >= 10240 && unit + 1 < RP_COUNT_OF(units)) {
        tenths = (tenths + 512) / 1024;
        unit++;
    }
    if (unit == 0 || tenths >= 100) {
        rp_buf_addf(out, "%" PRIu64 " %s", (tenths + 5) / 10, units[unit]);
    } else {
        rp_buf_addf(out, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10,
            units[unit]);
    }
}

void rp__text_age(struct rp_buf *out, struct rp_duration age)
{
    int64_t seconds = age.ns / RP_NS_PER_S;
    if (seconds < 1) {
        rp_buf_add_text(out, "just now");
    } else if (seconds < 60) {
        rp_buf_addf(out, "%" PRId64 " s ago", seconds);
    } else if (seconds < 3600) {
        rp_buf_addf(out, "%" PRId64 " min ago", seconds / 60);
    } else if (seconds < 2 * 86400) {
        rp_buf_addf(out, "%" PRId64 " h ago", seconds / 3600);
    } else {
        rp_buf_addf(out, "%" PRId64 " days ago", seconds / 86400);
    }
}

void rp__text_shell(struct rp_buf *out, const char *word)
{
    size_t plain = strspn(word,
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "_-./=:,@+%");
    if (word[0] != '\0' && word[plain] == '\0') {
        rp_buf_add_text(out, word);
        return;
    }
    rp_buf_add_char(out, '\'');
    for (const char *c = word; *c != '\0'; c++) {
        if (*c == '\'') {
            rp_buf_add_text(out, "'\\''");
        } else {
            rp_buf_add_char(out, *c);
        }
    }
    rp_buf_add_char(out, '\'');
}

void rp__text_count(struct rp_buf *out, int64_t count, const char *noun)
{
    rp_buf_addf(out, "%" PRId64 " %s%s", count, noun, count == 1 ? "" : "s");
}
