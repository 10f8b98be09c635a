/* altered.h - a played session's journal with changes, sealed again: the chain
 * of its records is right, what they say is not. For tests. */
#ifndef RP_TESTS_ALTERED_H
#define RP_TESTS_ALTERED_H

#include <reprise/verify.h>

#include "stage.h"

struct altered {
    const struct stage *stage;
    struct rp_session_head head;
    char **bodies; /* owned; a NULL is a record that was dropped */
    size_t count;
    struct rp_store *store; /* what it is sealed into */
    struct rp_recording *recording;
    struct rp_verification verification;
};

/* Starts from all records of `stage`, which outlives it. */
void altered_begin(struct altered *a, const struct stage *stage);
void altered_fini(struct altered *a);

/* The number of the first record with all of the texts, up to a NULL; fails
 * the test when there is none. */
uint64_t altered_find(const struct altered *a, const char *first, ...);
/* Replaces every `from` in the body; fails the test when there is none. */
void altered_replace(
    struct altered *a, uint64_t seq, const char *from, const char *to);
void altered_replace_all(struct altered *a, const char *from, const char *to);
void altered_drop(struct altered *a, uint64_t seq);
/* Of the list "decisions" or "actions" of a record: the item at `from` moves
 * to `to`; is left out; is there twice. */
void altered_move(
    struct altered *a, uint64_t seq, const char *list, int from, int to);
void altered_leave_out(
    struct altered *a, uint64_t seq, const char *list, int at);
void altered_repeat(struct altered *a, uint64_t seq, const char *list, int at);
/* Adds a payload; `hex` is its digest. */
void altered_put(
    struct altered *a, const char *text, char hex[RP_DIGEST_HEX_LEN + 1]);

/* Seals and loads; RP_E_DAMAGED when it is not read. Once. */
enum rp_code altered_try(struct altered *a);
/* The same; fails the test when that fails. */
void altered_load(struct altered *a);
/* The same, and verifies under the session's own plan or `plan`. */
void altered_verify(struct altered *a, const struct rp_plan *plan);

#endif
