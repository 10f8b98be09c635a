#include "redact_spelling.h"

#define SPELT_BYTES_MAX ((size_t)256 << 20)

struct rp_str rp__spell_unsigned(struct rp_str text)
{
    bool sign = text.len > 0 && text.ptr[0] == '-';
    return sign ? (struct rp_str){text.ptr + 1, text.len - 1} : text;
}

/* As inside of the quotes of a JSON string. */
struct rp_str rp__spell_escaped(struct rp_arena *arena, struct rp_str text)
{
    struct rp_buf out;
    rp_buf_init(&out, SPELT_BYTES_MAX);
    rp_json_write_string(&out, text);
    struct rp_str inner = {out.ptr + 1, out.len - 2};
    struct rp_str result =
        (struct rp_str){rp_arena_dup(arena, inner), inner.len};
    rp_buf_fini(&out);
    return result;
}

/* Of valid UTF-8 the character at `at`, which is moved past it. */
static uint32_t next_character(struct rp_str text, size_t *at)
{
    unsigned char first = (unsigned char)text.ptr[(*at)++];
    size_t more = first < 0xC0 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    uint32_t c = more == 0 ? first : first & (0x3Fu >> more);
    for (; more > 0 && *at < text.len; more--) {
        c = c << 6 | ((unsigned char)text.ptr[(*at)++] & 0x3Fu);
    }
    return c;
}

static void add_unit(struct rp_buf *out, uint32_t unit, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    rp_buf_add_text(out, "\\u");
    for (int shift = 12; shift >= 0; shift -= 4) {
        rp_buf_add_char(out, digits[unit >> shift & 15]);
    }
}

/* The same where all but ASCII is written as \uXXXX, as many libraries do. */
struct rp_str rp__spell_ascii(
    struct rp_arena *arena, struct rp_str text, bool upper)
{
    struct rp_str plain = rp__spell_escaped(arena, text);
    struct rp_buf out;
    if (!rp_utf8_valid(plain, NULL)) {
        return plain;
    }
    rp_buf_init(&out, SPELT_BYTES_MAX);
    for (size_t at = 0; at < plain.len;) {
        uint32_t c = next_character(plain, &at);
        if (c < 0x80) {
            rp_buf_add_char(&out, (char)c);
        } else if (c < 0x10000) {
            add_unit(&out, c, upper);
        } else {
            add_unit(&out, 0xD800 + ((c - 0x10000) >> 10), upper);
            add_unit(&out, 0xDC00 + ((c - 0x10000) & 0x3FF), upper);
        }
    }
    struct rp_str result =
        (struct rp_str){rp_arena_dup(arena, rp_buf_str(&out)), out.len};
    rp_buf_fini(&out);
    return result;
}

/* "725e-1" as people and most programs write it: "72.5"; "" when they do not.
 */
struct rp_str rp__spell_decimal(struct rp_arena *arena, struct rp_str form)
{
    struct rp_str exponent;
    struct rp_str digits = rp_str_cut(form, 'e', &exponent);
    if (exponent.ptr == NULL) {
        return form;
    }
    struct rp_str count = rp__spell_unsigned(exponent);
    if (count.len == exponent.len || count.len != 1) {
        return (struct rp_str){"", 0};
    }
    size_t after = (size_t)(count.ptr[0] - '0');
    const char *text =
        after < digits.len
            ? rp_arena_printf(arena, "%.*s.%.*s", (int)(digits.len - after),
                  digits.ptr, (int)after, digits.ptr + digits.len - after)
            : rp_arena_printf(arena, "0.%.*s%.*s", (int)(after - digits.len),
                  "000000000", RP_STR_ARG(digits));
    return rp_str_of(text);
}
