/* Attributes as they leave the store: with or without a key no digest of a
 * payload is in them, and what was JSON is JSON. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <reprise/err.h>
#include <reprise/json.h>

#include "attr_tokens.h"
#include "span_keyed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Members that are digests of payloads, by another way than the program. */
static uint32_t digests_in(struct rp_str text, struct rp_digest *last)
{
    struct rp__tokens tokens = {.items = NULL};
    uint32_t count = 0;
    (void)rp__tokens_read(&tokens, text); /* else there are none */
    for (uint32_t i = 0; i + 1 < tokens.count; i++) {
        const struct rp__token *token = &tokens.items[i];
        if (token->kind == RP__TOKEN_KEY && token[1].kind == RP__TOKEN_TEXT &&
            (rp_str_is(token->text, "reprise.input.digest") ||
                rp_str_is(token->text, "reprise.fault.before")) &&
            rp_digest_parse(token[1].text, last)) {
            count++;
        }
    }
    rp__tokens_fini(&tokens);
    return count;
}

static bool is_object(struct rp_str text)
{
    struct rp_json_doc *doc = NULL;
    bool good = rp_json_read(&doc, text, NULL, NULL) == RP_OK &&
                cJSON_IsObject(rp_json_root(doc));
    rp_json_free(&doc);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct rp_digest key = {{1}};
    struct rp_arena *arena = rp_arena_new(0);
    struct rp__keyed *known = rp_arena_alloc(arena, sizeof(*known));
    struct rp_str text = {
        rp_arena_dup(arena, (struct rp_str){(const char *)data, size}), size};
    struct rp_span with = {.attributes = text};
    struct rp_span without = {.attributes = text};
    struct rp_digest plain, keyed;
    memset(known, 0, sizeof(*known));
    rp__span_keyed(&with, arena, &key, known);
    rp__span_keyed(&without, arena, NULL, NULL);
    RP_ASSERT(with.attributes.len == size);
    RP_ASSERT(without.attributes.len <= size);
    if (is_object(text)) {
        uint32_t count = digests_in(text, &plain);
        RP_ASSERT(is_object(with.attributes));
        RP_ASSERT(digests_in(with.attributes, &keyed) == count);
        RP_ASSERT(count == 0 || !rp_digest_equal(&plain, &keyed));
    }
    rp_arena_free(&arena);
    return 0;
}
