/* schema_uri.c - see schema_uri.h. */
#include "schema_uri.h"

#include <string.h>

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_scheme_char(char c)
{
    return is_alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
           c == '.';
}

/* How many bytes of `text` stand before the first of `stops`. */
static size_t span_until(struct rp_str text, const char *stops)
{
    size_t i = 0;
    while (i < text.len &&
           (text.ptr[i] == '\0' || strchr(stops, text.ptr[i]) == NULL)) {
        i++;
    }
    return i;
}

static struct rp_str take(struct rp_str *rest, size_t count)
{
    struct rp_str head = {rest->ptr, count};
    rest->ptr += count;
    rest->len -= count;
    return head;
}

static bool next_is(struct rp_str rest, char c)
{
    return rest.len > 0 && rest.ptr[0] == c;
}

static struct rp_str take_scheme(struct rp_str *rest)
{
    size_t i = 0;
    while (i < rest->len && is_scheme_char(rest->ptr[i])) {
        i++;
    }
    if (i == 0 || i == rest->len || rest->ptr[i] != ':' ||
        !is_alpha(rest->ptr[0])) {
        return (struct rp_str){NULL, 0};
    }
    struct rp_str scheme = take(rest, i);
    (void)take(rest, 1); /* the colon */
    return scheme;
}

struct rp__uri rp__uri_split(struct rp_str text)
{
    struct rp__uri uri = {0};
    struct rp_str rest = text.ptr == NULL ? RP_STR("") : text;
    uri.scheme = take_scheme(&rest);
    if (rest.len >= 2 && rest.ptr[0] == '/' && rest.ptr[1] == '/') {
        (void)take(&rest, 2);
        uri.authority = take(&rest, span_until(rest, "/?#"));
    }
    uri.path = take(&rest, span_until(rest, "?#"));
    if (next_is(rest, '?')) {
        (void)take(&rest, 1);
        uri.query = take(&rest, span_until(rest, "#"));
    }
    if (next_is(rest, '#')) {
        (void)take(&rest, 1);
        uri.fragment = rest;
    }
    return uri;
}

/* Removes the last segment of what `out` holds after `start`. */
static void drop_segment(struct rp_buf *out, size_t start)
{
    while (out->len > start && out->ptr[out->len - 1] != '/') {
        out->len--;
    }
    if (out->len > start) {
        out->len--;
    }
}

/* RFC 3986 section 5.2.4; `path` begins with '/' or has no dots to remove. */
static void add_without_dots(struct rp_buf *out, struct rp_str path)
{
    size_t start = out->len;
    while (path.len > 0) {
        size_t slash = path.ptr[0] == '/' ? 1 : 0;
        struct rp_str after = {path.ptr + slash, path.len - slash};
        size_t length = span_until(after, "/");
        struct rp_str segment = {after.ptr, length};
        bool is_last = length == after.len;
        if (rp_str_is(segment, ".") || rp_str_is(segment, "..")) {
            if (segment.len == 2) {
                drop_segment(out, start);
            }
            if (is_last) {
                rp_buf_add_char(out, '/');
            }
        } else {
            rp_buf_add(out, (struct rp_str){path.ptr, slash + length});
        }
        (void)take(&path, slash + length);
    }
}

/* The base's path up to its last '/', then the reference's (section 5.2.3). */
static void add_merged(
    struct rp_buf *out, const struct rp__uri *base, struct rp_str path)
{
    struct rp_buf merged;
    rp_buf_init(&merged, out->max_bytes);
    if (base->authority.ptr != NULL && base->path.len == 0) {
        rp_buf_add_char(&merged, '/');
    } else {
        size_t keep = base->path.len;
        while (keep > 0 && base->path.ptr[keep - 1] != '/') {
            keep--;
        }
        rp_buf_add(&merged, (struct rp_str){base->path.ptr, keep});
    }
    rp_buf_add(&merged, path);
    add_without_dots(out, rp_buf_str(&merged));
    rp_buf_fini(&merged);
}

static void add_prefixed(
    struct rp_buf *out, const char *before, struct rp_str part)
{
    if (part.ptr != NULL) {
        rp_buf_add_text(out, before);
        rp_buf_add(out, part);
    }
}

void rp__uri_resolve(
    struct rp_buf *out, struct rp_str base, struct rp_str reference)
{
    struct rp__uri b = rp__uri_split(base);
    struct rp__uri r = rp__uri_split(reference);
    bool has_scheme = r.scheme.ptr != NULL;
    bool has_authority = has_scheme || r.authority.ptr != NULL;
    struct rp_str scheme = has_scheme ? r.scheme : b.scheme;
    if (scheme.ptr != NULL) {
        rp_buf_add(out, scheme);
        rp_buf_add_char(out, ':');
    }
    add_prefixed(out, "//", has_authority ? r.authority : b.authority);
    struct rp_str query = r.query;
    if (has_authority || next_is(r.path, '/')) {
        if (next_is(r.path, '/')) {
            add_without_dots(out, r.path);
        } else {
            rp_buf_add(out, r.path); /* urn:... */
        }
    } else if (r.path.len == 0) {
        rp_buf_add(out, b.path);
        query = r.query.ptr != NULL ? r.query : b.query;
    } else {
        add_merged(out, &b, r.path);
    }
    add_prefixed(out, "?", query);
}

void rp__uri_decode(struct rp_buf *out, struct rp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        int high = -1;
        int low = -1;
        if (text.ptr[i] == '%' && i + 2 < text.len) {
            high = rp_hex_digit(text.ptr[i + 1]);
            low = rp_hex_digit(text.ptr[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            rp_buf_add_char(out, (char)(high * 16 + low));
            i += 2;
        } else {
            rp_buf_add_char(out, text.ptr[i]);
        }
    }
}
