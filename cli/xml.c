#include "xml.h"

#include <reprise/str.h>

#define REPLACEMENT "\xEF\xBF\xBD"

static const char *escaped(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\n':
        return "&#10;";
    case '\t':
        return "&#9;";
    case '\r':
        return "&#13;";
    default:
        return (unsigned char)c < 0x20 || c == 0x7F ? REPLACEMENT : NULL;
    }
}

/* Bytes of the character that begins `text`: 0 when it is none. */
static size_t character_len(struct rp_str text)
{
    for (size_t len = 1; len <= 4 && len <= text.len; len++) {
        if (rp_utf8_valid((struct rp_str){text.ptr, len}, NULL)) {
            return len;
        }
    }
    return 0;
}

/* U+FFFE and U+FFFF are characters, and not XML's. */
static bool excluded(struct rp_str c)
{
    return c.len == 3 && (unsigned char)c.ptr[0] == 0xEF &&
           (unsigned char)c.ptr[1] == 0xBF && (unsigned char)c.ptr[2] >= 0xBE;
}

void rp__xml_text(struct rp_buf *out, struct rp_str text)
{
    while (text.len > 0 && text.ptr != NULL) {
        size_t len = character_len(text);
        struct rp_str c = {text.ptr, len == 0 ? 1 : len};
        const char *instead = len == 0 || excluded(c) ? REPLACEMENT
                              : len == 1              ? escaped(c.ptr[0])
                                                      : NULL;
        if (instead != NULL) {
            rp_buf_add_text(out, instead);
        } else {
            rp_buf_add(out, c);
        }
        text.ptr += c.len;
        text.len -= c.len;
    }
}

void rp__xml_attribute(
    struct rp_buf *out, const char *name, struct rp_str value)
{
    rp_buf_addf(out, " %s=\"", name);
    rp__xml_text(out, value);
    rp_buf_add_char(out, '"');
}
