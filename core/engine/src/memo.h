/* memo.h - the engine's side of <reprise/memo.h>. Internal to core/engine. */
#ifndef RP__MEMO_H
#define RP__MEMO_H

#include <reprise/memo.h>

#include "engine_state.h"

/* A verdict on a value, or on the bytes it was read from. */
struct rp__memo_verdict {
    const void *by; /* the agent, or the schema */
    struct verdict verdict;
    struct rp__memo_verdict *next;
};

/* Bytes that were seen. */
struct rp__memo_text {
    struct rp_str bytes;
    uint64_t hash;
    struct rp_digest digest;
    struct rp_digest key; /* as rp_json_key_digest(); zero: not known */
    bool no_document;     /* it has no key */
    struct rp__memo_verdict *verdicts;
    struct rp__memo_text *next; /* of the same slot */
};

/* NULL: there is no memo, or they are too many to be kept. */
struct rp__memo_text *rp__memo_text(struct rp_memo *memo, struct rp_str bytes);

/* NULL: none by that judge. */
const struct verdict *rp__memo_recall(
    const struct rp__memo_text *text, const void *by);
/* Takes over the documents and trees that the engine made since it had so many
 * of them: they are what the verdict refers to. */
const struct verdict *rp__memo_keep(struct rp_memo *memo,
    struct rp__memo_text *text, const void *by, const struct verdict *verdict,
    struct rp_engine *e, uint32_t docs_before, uint32_t trees_before);

/* The text of the value that has that first child, and is the memo's; NULL:
 * none is. */
struct rp__memo_text *rp__memo_value(struct rp_memo *memo, const cJSON *child);

#endif
