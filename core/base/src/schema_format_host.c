/* schema_format_host.c - host names, addresses and mailboxes. */
#include "schema_format.h"

#include <string.h>

#define HOST_BYTES_MAX 253
#define LABEL_BYTES_MAX 63
#define LOCAL_BYTES_MAX 64

static bool is_alnum(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9');
}

RP__FORMAT(ipv4)
{
    (void)format;
    unsigned parts = 0;
    struct rp_str rest = text;
    while (rest.ptr != NULL) {
        struct rp_str part = rp_str_cut(rest, '.', &rest);
        int value = 0;
        if (part.len == 0 || part.len > 3 ||
            (part.len > 1 && part.ptr[0] == '0') || ++parts > 4) {
            return false;
        }
        for (size_t i = 0; i < part.len; i++) {
            if (part.ptr[i] < '0' || part.ptr[i] > '9') {
                return false;
            }
            value = value * 10 + (part.ptr[i] - '0');
        }
        if (value > 255) {
            return false;
        }
    }
    return parts == 4;
}

/* One to four hexadecimal digits. */
static bool is_group(struct rp_str text)
{
    if (text.len == 0 || text.len > 4) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!(c >= '0' && c <= '9') &&
            !((c | 0x20) >= 'a' && (c | 0x20) <= 'f')) {
            return false;
        }
    }
    return true;
}

/* How many groups `text` holds, separated by single colons; an IPv4 address
 * at the end, when allowed, is two; -1 when it is malformed. */
static int count_groups(struct rp_str text, bool may_end_in_ipv4)
{
    int count = 0;
    struct rp_str rest = text;
    while (text.len > 0 && rest.ptr != NULL) {
        struct rp_str group = rp_str_cut(rest, ':', &rest);
        bool is_last = rest.ptr == NULL;
        if (is_last && may_end_in_ipv4 && rp__format_ipv4(NULL, group)) {
            count += 2;
        } else if (is_group(group)) {
            count++;
        } else {
            return -1;
        }
    }
    return count;
}

RP__FORMAT(ipv6)
{
    (void)format;
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] != ':' || text.ptr[i + 1] != ':') {
            continue;
        }
        struct rp_str before = {text.ptr, i};
        struct rp_str after = {text.ptr + i + 2, text.len - i - 2};
        int left = count_groups(before, false);
        int right = count_groups(after, true);
        return left >= 0 && right >= 0 && left + right <= 7;
    }
    return count_groups(text, true) == 8;
}

/* Letters, digits and inner hyphens; beyond ASCII when `is_idn`. */
static bool is_label(struct rp_str label, bool is_idn)
{
    if (label.len == 0 || label.len > LABEL_BYTES_MAX * (is_idn ? 4 : 1) ||
        label.ptr[0] == '-' || label.ptr[label.len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        char c = label.ptr[i];
        bool is_beyond = (unsigned char)c >= 0x80;
        if (is_beyond ? !is_idn : !is_alnum(c) && c != '-') {
            return false;
        }
    }
    return true;
}

static bool is_host(struct rp_str text, bool is_idn)
{
    if (text.len == 0 || text.len > HOST_BYTES_MAX * (is_idn ? 4 : 1)) {
        return false;
    }
    struct rp_str rest = text;
    while (rest.ptr != NULL) {
        if (!is_label(rp_str_cut(rest, '.', &rest), is_idn)) {
            return false;
        }
    }
    return true;
}

RP__FORMAT(hostname)
{
    (void)format;
    return is_host(text, false);
}

RP__FORMAT(idn_hostname)
{
    (void)format;
    return is_host(text, true);
}

static bool is_atom(struct rp_str text, bool is_idn)
{
    bool was_dot = true;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_beyond = (unsigned char)c >= 0x80;
        bool is_dot = c == '.';
        if (is_dot && was_dot) {
            return false;
        }
        if (!is_dot && !is_alnum(c) && !(is_idn && is_beyond) &&
            (is_beyond || c == '\0' ||
                strchr("!#$%&'*+-/=?^_`{|}~", c) == NULL)) {
            return false;
        }
        was_dot = is_dot;
    }
    return !was_dot;
}

/* What stands between the quotes of a quoted local part. */
static bool is_quoted(struct rp_str text, bool is_idn)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '\\') {
            i++;
            if (i == text.len) {
                return false;
            }
            c = (unsigned char)text.ptr[i];
        } else if (c == '"') {
            return false;
        }
        if (c < ' ' || c == 0x7F || (c >= 0x80 && !is_idn)) {
            return false;
        }
    }
    return true;
}

static bool is_mail_host(struct rp_str host, bool is_idn)
{
    if (host.len < 2 || host.ptr[0] != '[') {
        return is_host(host, is_idn);
    }
    struct rp_str inner = {host.ptr + 1, host.len - 2};
    struct rp_str tag = RP_STR("IPv6:");
    if (host.ptr[host.len - 1] != ']') {
        return false;
    }
    if (!rp_str_starts(inner, tag)) {
        return rp__format_ipv4(NULL, inner);
    }
    inner.ptr += tag.len;
    inner.len -= tag.len;
    return rp__format_ipv6(NULL, inner);
}

static bool is_mailbox(struct rp_str text, bool is_idn)
{
    size_t at = text.len;
    while (at > 0 && text.ptr[at - 1] != '@') {
        at--;
    }
    if (at < 2 || at - 1 > LOCAL_BYTES_MAX * (is_idn ? 4 : 1)) {
        return false;
    }
    struct rp_str local = {text.ptr, at - 1};
    struct rp_str host = {text.ptr + at, text.len - at};
    bool has_quotes = local.len >= 2 && local.ptr[0] == '"' &&
                      local.ptr[local.len - 1] == '"';
    struct rp_str inner = {local.ptr + 1, has_quotes ? local.len - 2 : 0};
    return (has_quotes ? is_quoted(inner, is_idn) : is_atom(local, is_idn)) &&
           is_mail_host(host, is_idn);
}

RP__FORMAT(email)
{
    (void)format;
    return is_mailbox(text, false);
}

RP__FORMAT(idn_email)
{
    (void)format;
    return is_mailbox(text, true);
}
