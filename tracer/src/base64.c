#include "base64.h"

#include <stdint.h>

void rp__base64_write(struct rp_buf *out, struct rp_str bytes)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *at = (const unsigned char *)bytes.ptr;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t bits = (uint32_t)at[i] << 16 |
                        (uint32_t)(left > 1 ? at[i + 1] : 0) << 8 |
                        (uint32_t)(left > 2 ? at[i + 2] : 0);
        rp_buf_add_char(out, digits[bits >> 18]);
        rp_buf_add_char(out, digits[bits >> 12 & 63]);
        rp_buf_add_char(out, left > 1 ? digits[bits >> 6 & 63] : '=');
        rp_buf_add_char(out, left > 2 ? digits[bits & 63] : '=');
    }
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+' || c == '-') {
        return 62;
    }
    return c == '/' || c == '_' ? 63 : -1;
}

static struct rp_str without_padding(struct rp_str text)
{
    for (int i = 0; i < 2 && text.len > 0 && text.len % 4 != 1; i++) {
        text.len -= text.ptr[text.len - 1] == '=';
    }
    return text;
}

bool rp__base64_valid(struct rp_str text)
{
    text = without_padding(text);
    for (size_t i = 0; i < text.len; i++) {
        if (value_of(text.ptr[i]) < 0) {
            return false;
        }
    }
    return text.len % 4 != 1;
}

bool rp__base64_read(struct rp_buf *out, struct rp_str text)
{
    uint32_t bits = 0;
    int count = 0;
    if (!rp__base64_valid(text)) {
        return false;
    }
    text = without_padding(text);
    for (size_t i = 0; i < text.len; i++) {
        bits = bits << 6 | (uint32_t)value_of(text.ptr[i]);
        count += 6;
        if (count >= 8) {
            count -= 8;
            rp_buf_add_char(out, (char)(unsigned char)(bits >> count & 0xFF));
        }
    }
    return true;
}
