/* memo.h - what pure functions of the engine gave for bytes that come again.
 *
 * Who runs thousands of sessions that are nearly the same lends them one: the
 * digest of bytes, the document they are, whether it satisfies a contract.
 * What is found there is what would be computed: bytes are compared, not only
 * hashed. Of one plan at a time. Floor: engine. Single-threaded.
 */
#ifndef RP_MEMO_H
#define RP_MEMO_H

#include <reprise/digest.h>
#include <reprise/str.h>

struct rp_memo;

struct rp_memo *rp_memo_new(void);
void rp_memo_free(struct rp_memo **memo); /* NULL pointee is allowed */
/* Between two sessions, never while one runs: forgets all when it is much. */
void rp_memo_trim(struct rp_memo *memo);

/* As rp_digest_of(); `memo` may be NULL. */
struct rp_digest rp_memo_digest(struct rp_memo *memo, struct rp_str bytes);
/* As rp_json_key_digest() of the document that they are; false: they are none.
 * `memo` may be NULL. */
bool rp_memo_key(
    struct rp_digest *key, struct rp_memo *memo, struct rp_str bytes);

#endif
