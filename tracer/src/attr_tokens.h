/* attr_tokens.h - the attributes of a span, event or link as a flat list that
 * can be walked both ways. Internal. Single-threaded.
 *
 * The text is one JSON object, as the store has it. What JSON lacks is an
 * object of one member: {"$bytes":"<base64>"}, {"$double":"NaN"} (also
 * "Infinity", "-Infinity"), and {"$map":{…}} around an object that would be
 * taken for one of these.
 *
 * A member is KEY and then its value; a list or map is its BEGIN, what is in
 * it, and its END. The outermost object is not in the list.
 */
#ifndef RP_ATTR_TOKENS_H
#define RP_ATTR_TOKENS_H

#include <stdint.h>

#include <reprise/buf.h>
#include <reprise/str.h>

#define RP__ATTR_DEPTH_MAX 80

enum rp__token_kind {
    RP__TOKEN_KEY,
    RP__TOKEN_TEXT,
    RP__TOKEN_INT,    /* `number` */
    RP__TOKEN_DOUBLE, /* text in the grammar of JSON, or NaN, Infinity */
    RP__TOKEN_TRUE,
    RP__TOKEN_FALSE,
    RP__TOKEN_NULL, /* a value that is empty */
    RP__TOKEN_BYTES,
    RP__TOKEN_LIST,
    RP__TOKEN_LIST_END,
    RP__TOKEN_MAP,
    RP__TOKEN_MAP_END,
};

struct rp__token {
    enum rp__token_kind kind;
    bool escaped;       /* KEY, TEXT: has backslashes */
    bool special;       /* KEY, TEXT: has other bytes than ASCII */
    struct rp_str text; /* without quotes, as it stands in the source */
    int64_t number;
};

struct rp__tokens {
    struct rp__token *items; /* owned */
    uint32_t count, room;
};

/* False, and an empty list: it is not one JSON object. `json` is borrowed by
 * the list. */
bool rp__tokens_read(struct rp__tokens *tokens, struct rp_str json);
void rp__tokens_fini(struct rp__tokens *tokens);

/* The characters of a KEY or TEXT: in the source, or, where it has escapes,
 * in `scratch`. May hold what is not UTF-8. */
struct rp_str rp__token_text(
    const struct rp__token *token, struct rp_buf *scratch);

#endif
