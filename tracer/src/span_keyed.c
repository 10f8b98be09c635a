/* Who has the digest of something short, such as a name or a number, finds it
 * by trying all there are. With a key that does not leave the store nobody
 * else can, and what is equal is still seen to be. */
#include "span_keyed.h"

#include <string.h>

#include "span_attrs.h"

#define HEX_LEN ((size_t)RP_DIGEST_HEX_LEN)

static const bool is_digest_key[RP__KEY_COUNT] = {
#define RP_SPAN_ATTR(name, key, type, where, meaning, example)                 \
    [RP__KEY_##name] = sizeof(type) == sizeof("digest"),
#include <reprise/attr.def>
#undef RP_SPAN_ATTR
};

struct keying {
    const struct rp_digest *key; /* NULL: none */
    struct rp__keyed *known;
    struct rp_arena *arena;
};

/* ---- finding them ---- */

/* A member that is a digest: `"name":"hex"`. */
struct member {
    size_t begin; /* of its name's quote */
    size_t hex;
};

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool names_digest(struct rp_str name)
{
    for (int i = 0; i < RP__KEY_COUNT; i++) {
        if (is_digest_key[i] &&
            rp_str_is(name, rp__key_name((enum rp__key)i))) {
            return true;
        }
    }
    return false;
}

/* Behind what is no space in front of `end`. */
static size_t behind_space(struct rp_str text, size_t end)
{
    while (end > 0 && strchr(" \t\r\n", text.ptr[end - 1]) != NULL &&
           text.ptr[end - 1] != '\0') {
        end--;
    }
    return end;
}

/* What stands in front of the digits, `"name":"`: names of ours have no quotes
 * in them, and within a text there is a backslash in front of every quote. */
static bool is_member(struct rp_str text, size_t hex, struct member *out)
{
    size_t colon = hex == 0 ? 0 : behind_space(text, hex - 1);
    if (colon == 0 || text.ptr[hex - 1] != '"' || text.ptr[colon - 1] != ':') {
        return false;
    }
    size_t end = behind_space(text, colon - 1);
    if (end == 0 || text.ptr[end - 1] != '"') {
        return false;
    }
    size_t begin = --end;
    while (begin > 0 && text.ptr[begin - 1] != '"') {
        begin--;
    }
    *out = (struct member){begin - 1, hex};
    return begin > 0 &&
           names_digest((struct rp_str){text.ptr + begin, end - begin});
}

static size_t run_begin(struct rp_str text, size_t at, size_t least)
{
    while (at > least && is_hex(text.ptr[at - 1])) {
        at--;
    }
    return at;
}

static size_t run_end(struct rp_str text, size_t at)
{
    while (at < text.len && is_hex(text.ptr[at])) {
        at++;
    }
    return at;
}

/* The first from `at` on. So many digits cannot be between two places that are
 * looked at: most of the text need not be. */
static bool find(struct rp_str text, size_t at, struct member *out)
{
    size_t probe = at + HEX_LEN - 1;
    while (probe < text.len) {
        if (is_hex(text.ptr[probe])) {
            size_t begin = run_begin(text, probe, at);
            at = run_end(text, probe);
            if (at - begin == HEX_LEN && at < text.len && text.ptr[at] == '"' &&
                is_member(text, begin, out)) {
                return true;
            }
            probe = at;
        }
        probe += HEX_LEN;
    }
    return false;
}

/* ---- changing them ---- */

static void key_hex(const struct keying *k, const char *plain, char *out)
{
    struct rp_digest digest;
    char hex[RP_DIGEST_HEX_LEN + 1];
    if (!rp_digest_parse((struct rp_str){plain, HEX_LEN}, &digest)) {
        return; /* not to be: these were digits */
    }
    const struct rp_str bytes = {
        (const char *)digest.bytes, sizeof(digest.bytes)};
    digest = rp_digest_keyed(
        (struct rp_str){(const char *)k->key->bytes, sizeof(k->key->bytes)},
        &bytes, 1);
    rp_digest_hex(&digest, hex);
    memcpy(out, hex, HEX_LEN);
}

static void put_keyed(const struct keying *k, char *hex)
{
    size_t slot = ((size_t)(unsigned char)hex[0] * 16 + (size_t)hex[1] * 4 +
                      (size_t)hex[2]) %
                  RP__KEYED_SLOTS;
    char *plain = k->known->slots[slot].plain;
    char *keyed = k->known->slots[slot].keyed;
    if (memcmp(plain, hex, HEX_LEN) != 0) {
        memcpy(plain, hex, HEX_LEN);
        key_hex(k, plain, keyed);
    }
    memcpy(hex, keyed, HEX_LEN);
}

/* With the comma behind it, or else the one in front. */
static size_t leave_out(char *text, size_t len, struct member m)
{
    size_t end = m.hex + HEX_LEN + 1;
    size_t begin = m.begin;
    if (end < len && text[end] == ',') {
        end++;
    } else if (begin > 0 && text[begin - 1] == ',') {
        begin--;
    }
    memmove(text + begin, text + end, len - end);
    return len - (end - begin);
}

static void key_text(const struct keying *k, struct rp_str *attributes)
{
    struct member m;
    if (!find(*attributes, 0, &m)) {
        return;
    }
    char *text = rp_arena_dup(k->arena, *attributes);
    *attributes = (struct rp_str){text, attributes->len};
    size_t from;
    do {
        if (k->key != NULL) {
            put_keyed(k, text + m.hex);
            from = m.hex + HEX_LEN;
        } else {
            attributes->len = leave_out(text, attributes->len, m);
            from = m.begin > 0 ? m.begin - 1 : 0;
        }
    } while (find(*attributes, from, &m));
}

static void key_events(const struct keying *k, struct rp_span *span)
{
    struct rp_span_event *events =
        rp_arena_array(k->arena, span->event_count, sizeof(*events));
    for (uint32_t i = 0; i < span->event_count; i++) {
        events[i] = span->events[i];
        key_text(k, &events[i].attributes);
    }
    span->events = events;
}

static void key_links(const struct keying *k, struct rp_span *span)
{
    struct rp_span_link *links =
        rp_arena_array(k->arena, span->link_count, sizeof(*links));
    for (uint32_t i = 0; i < span->link_count; i++) {
        links[i] = span->links[i];
        key_text(k, &links[i].attributes);
    }
    span->links = links;
}

void rp__span_keyed(struct rp_span *span, struct rp_arena *arena,
    const struct rp_digest *key, struct rp__keyed *known)
{
    const struct keying k = {.key = key, .known = known, .arena = arena};
    key_text(&k, &span->attributes);
    if (span->event_count > 0) {
        key_events(&k, span);
    }
    if (span->link_count > 0) {
        key_links(&k, span);
    }
}
