/* schema_format_uri.c - URIs (RFC 3986), IRIs (RFC 3987), templates (6570). */
#include "schema_format.h"

#include <string.h>

#include "schema_uri.h"

#define SUB_DELIMS "!$&'()*+,;="
#define TEMPLATE_LENGTH_DIGITS_MAX 4

static bool is_alpha(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static bool is_unreserved(char c)
{
    return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

static bool is_triplet(struct rp_str text, size_t at)
{
    return at + 2 < text.len && text.ptr[at] == '%' &&
           is_hex(text.ptr[at + 1]) && is_hex(text.ptr[at + 2]);
}

/* U+E000..F8FF and U+F0000 on are private: a query may have them only. */
static bool is_private(const char *p)
{
    unsigned char lead = (unsigned char)p[0];
    return lead == 0xEE || (lead == 0xEF && (unsigned char)p[1] < 0xA4) ||
           (lead == 0xF3 && (unsigned char)p[1] >= 0xB0) || lead == 0xF4;
}

/* Whether all of `part` may stand there: unreserved characters, triplets and
 * `others`; beyond ASCII only in an IRI. */
static bool holds_only(
    struct rp_str part, const char *others, bool is_iri, bool is_query)
{
    for (size_t i = 0; i < part.len; i++) {
        char c = part.ptr[i];
        if ((unsigned char)c >= 0x80) {
            if (!is_iri || (!is_query && is_private(part.ptr + i)) ||
                (unsigned char)c == 0xC0) {
                return false;
            }
            while (i + 1 < part.len &&
                   ((unsigned char)part.ptr[i + 1] & 0xC0) == 0x80) {
                i++;
            }
        } else if (is_triplet(part, i)) {
            i += 2;
        } else if (!is_unreserved(c) &&
                   (c == '\0' || strchr(others, c) == NULL)) {
            return false;
        }
    }
    return true;
}

static bool is_future_address(struct rp_str text)
{
    size_t i = 1;
    while (i < text.len && is_hex(text.ptr[i])) {
        i++;
    }
    if (text.len < 4 || (text.ptr[0] | 0x20) != 'v' || i == 1 ||
        i + 1 >= text.len || text.ptr[i] != '.') {
        return false;
    }
    for (i++; i < text.len; i++) {
        if (!is_unreserved(text.ptr[i]) &&
            strchr(SUB_DELIMS ":", text.ptr[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static bool is_host(struct rp_str host, bool is_iri)
{
    if (host.len > 0 && host.ptr[0] == '[') {
        struct rp_str inner = {host.ptr + 1, host.len - 2};
        return host.len > 2 && host.ptr[host.len - 1] == ']' &&
               (rp__format_ipv6(NULL, inner) || is_future_address(inner));
    }
    return holds_only(host, SUB_DELIMS, is_iri, false);
}

/* [ userinfo "@" ] host [ ":" port ] */
static bool is_authority(struct rp_str text, bool is_iri)
{
    const char *at = memchr(text.ptr, '@', text.len);
    if (at != NULL) {
        struct rp_str user = {text.ptr, (size_t)(at - text.ptr)};
        if (!holds_only(user, SUB_DELIMS ":", is_iri, false)) {
            return false;
        }
        text.len -= user.len + 1;
        text.ptr = at + 1;
    }
    size_t end = text.len;
    while (end > 0 && is_digit(text.ptr[end - 1])) {
        end--;
    }
    if (end > 0 && text.ptr[end - 1] == ':') {
        bool is_in_brackets =
            text.ptr[0] == '[' && text.ptr[text.len - 1] == ']';
        text.len = is_in_brackets ? text.len : end - 1;
    }
    return is_host(text, is_iri);
}

static bool holds_reference(struct rp_str text, bool is_iri, bool is_absolute)
{
    struct rp__uri uri = rp__uri_split(text);
    if (is_absolute && uri.scheme.ptr == NULL) {
        return false;
    }
    if (uri.authority.ptr != NULL && !is_authority(uri.authority, is_iri)) {
        return false;
    }
    if (uri.authority.ptr == NULL && uri.scheme.ptr == NULL) {
        /* A colon in the first segment would make it a scheme. */
        const char *colon =
            uri.path.len == 0 ? NULL : memchr(uri.path.ptr, ':', uri.path.len);
        const char *slash =
            uri.path.len == 0 ? NULL : memchr(uri.path.ptr, '/', uri.path.len);
        if (colon != NULL && (slash == NULL || colon < slash)) {
            return false;
        }
    }
    return holds_only(uri.path, SUB_DELIMS ":@/", is_iri, false) &&
           holds_only(uri.query, SUB_DELIMS ":@/?", is_iri, true) &&
           holds_only(uri.fragment, SUB_DELIMS ":@/?", is_iri, false);
}

RP__FORMAT(uri)
{
    (void)format;
    return holds_reference(text, false, true);
}

RP__FORMAT(uri_reference)
{
    (void)format;
    return holds_reference(text, false, false);
}

RP__FORMAT(iri)
{
    (void)format;
    return holds_reference(text, true, true);
}

RP__FORMAT(iri_reference)
{
    (void)format;
    return holds_reference(text, true, false);
}

/* varname [ ":" max-length | "*" ] */
static bool is_variable(struct rp_str text)
{
    size_t i = 0;
    bool was_dot = true; /* neither first nor doubled nor last */
    for (; i < text.len && text.ptr[i] != ':' && text.ptr[i] != '*'; i++) {
        bool is_dot = text.ptr[i] == '.';
        if (is_triplet(text, i)) {
            i += 2;
        } else if (is_dot ? was_dot
                          : !is_alpha(text.ptr[i]) && !is_digit(text.ptr[i]) &&
                                text.ptr[i] != '_') {
            return false;
        }
        was_dot = is_dot;
    }
    if (was_dot || i == text.len) {
        return !was_dot;
    }
    if (text.ptr[i] == '*') {
        return i + 1 == text.len;
    }
    size_t digits = text.len - i - 1;
    if (digits == 0 || digits > TEMPLATE_LENGTH_DIGITS_MAX ||
        text.ptr[i + 1] == '0') {
        return false;
    }
    for (i++; i < text.len; i++) {
        if (!is_digit(text.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* What stands between the braces. */
static bool is_expression(struct rp_str text)
{
    if (text.len > 0 && strchr("+#./;?&", text.ptr[0]) != NULL) {
        text.ptr++;
        text.len--;
    }
    struct rp_str rest = text;
    while (rest.ptr != NULL) {
        struct rp_str variable = rp_str_cut(rest, ',', &rest);
        if (!is_variable(variable)) {
            return false;
        }
    }
    return true;
}

RP__FORMAT(uri_template)
{
    (void)format;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '{') {
            const char *open = text.ptr + i + 1;
            const char *close = memchr(open, '}', text.len - i - 1);
            if (close == NULL ||
                !is_expression((struct rp_str){open, (size_t)(close - open)})) {
                return false;
            }
            i = (size_t)(close - text.ptr);
        } else if (c <= ' ' || c == 0x7F || c == 0xC0 ||
                   strchr("\"<>\\^`|}", c) != NULL ||
                   (c == '%' && !is_triplet(text, i))) {
            return false;
        }
    }
    return true;
}
