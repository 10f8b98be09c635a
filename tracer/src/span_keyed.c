/* Who has the digest of something short, such as a name or a number, finds it
 * by trying all there are. With a key that does not leave the store nobody
 * else can, and what is equal is still seen to be. */
#include "span_keyed.h"

#include <string.h>

#include "attr_tokens.h"
#include "span_attrs.h"

#define TEXT_BYTES_MAX (512u << 20) /* as those of attributes with contents */

static const bool is_digest_key[RP__KEY_COUNT] = {
#define RP_SPAN_ATTR(name, key, type, where, meaning, example)                 \
    [RP__KEY_##name] = sizeof(type) == sizeof("digest"),
#include <reprise/attr.def>
#undef RP_SPAN_ATTR
};

struct keying {
    const struct rp_digest *key; /* NULL: none */
    struct rp_arena *arena;
    struct rp__tokens tokens;
    struct rp_buf out;
};

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

/* Whether a member begins at the token, and is a digest. */
static bool is_digest(const struct keying *k, uint32_t at)
{
    const struct rp__token *tokens = k->tokens.items;
    return at + 1 < k->tokens.count && tokens[at].kind == RP__TOKEN_KEY &&
           tokens[at + 1].kind == RP__TOKEN_TEXT &&
           tokens[at + 1].text.len == RP_DIGEST_HEX_LEN &&
           names_digest(tokens[at].text);
}

static void add_keyed(struct keying *k, struct rp_str hex)
{
    struct rp_digest digest;
    char keyed_hex[RP_DIGEST_HEX_LEN + 1];
    if (!rp_digest_parse(hex, &digest)) {
        rp_buf_add(&k->out, hex); /* it says nothing of a payload */
        return;
    }
    const struct rp_str bytes = {
        (const char *)digest.bytes, sizeof(digest.bytes)};
    digest = rp_digest_keyed(
        (struct rp_str){(const char *)k->key->bytes, sizeof(k->key->bytes)},
        &bytes, 1);
    rp_digest_hex(&digest, keyed_hex);
    rp_buf_add(&k->out, (struct rp_str){keyed_hex, RP_DIGEST_HEX_LEN});
}

/* Without the member of which the value ends at `*from`, and a comma. */
static void leave_out(struct keying *k, struct rp_str text, size_t *from)
{
    ++*from; /* its quote */
    if (text.ptr[*from] == ',') {
        ++*from;
    } else if (k->out.ptr[k->out.len - 1] == ',') {
        k->out.len--;
    }
}

/* Names of members are in the same order as they were. */
static void key_text(struct keying *k, struct rp_str *attributes)
{
    struct rp_str text = *attributes;
    size_t from = 0;
    if (text.len < RP_DIGEST_HEX_LEN || !rp__tokens_read(&k->tokens, text)) {
        return;
    }
    rp_buf_reset(&k->out);
    for (uint32_t i = 0; i < k->tokens.count; i++) {
        if (!is_digest(k, i)) {
            continue;
        }
        struct rp_str hex = k->tokens.items[i + 1].text;
        size_t until =
            (size_t)((k->key == NULL ? k->tokens.items[i].text.ptr - 1
                                     : hex.ptr) -
                     text.ptr);
        rp_buf_add(&k->out, (struct rp_str){text.ptr + from, until - from});
        from = (size_t)(hex.ptr - text.ptr) + hex.len;
        if (k->key != NULL) {
            add_keyed(k, hex);
        } else {
            leave_out(k, text, &from);
        }
    }
    if (from > 0) {
        rp_buf_add(&k->out, (struct rp_str){text.ptr + from, text.len - from});
        *attributes = (struct rp_str){
            rp_arena_dup(k->arena, rp_buf_str(&k->out)), k->out.len};
    }
}

static void key_events(struct keying *k, struct rp_span *span)
{
    struct rp_span_event *events =
        rp_arena_array(k->arena, span->event_count, sizeof(*events));
    for (uint32_t i = 0; i < span->event_count; i++) {
        events[i] = span->events[i];
        key_text(k, &events[i].attributes);
    }
    span->events = events;
}

static void key_links(struct keying *k, struct rp_span *span)
{
    struct rp_span_link *links =
        rp_arena_array(k->arena, span->link_count, sizeof(*links));
    for (uint32_t i = 0; i < span->link_count; i++) {
        links[i] = span->links[i];
        key_text(k, &links[i].attributes);
    }
    span->links = links;
}

void rp__span_keyed(
    struct rp_span *span, struct rp_arena *arena, const struct rp_digest *key)
{
    struct keying k = {.key = key, .arena = arena};
    rp_buf_init(&k.out, TEXT_BYTES_MAX);
    key_text(&k, &span->attributes);
    if (span->event_count > 0) {
        key_events(&k, span);
    }
    if (span->link_count > 0) {
        key_links(&k, span);
    }
    rp__tokens_fini(&k.tokens);
    rp_buf_fini(&k.out);
}
