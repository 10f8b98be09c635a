/* phrase.h - what happened, in the words a person reads. Pure. Floor: cli. */
#ifndef RP_CLI_PHRASE_H
#define RP_CLI_PHRASE_H

#include "text.h"
#include "view.h"

/* How something is marked at the start of its line, and in which colour. */
struct rp__mark {
    const char *unicode, *ascii;
    enum rp__colour colour;
};
struct rp__mark rp__phrase_mark(const struct rp__item *item);
enum rp__colour rp__phrase_outcome_colour(enum rp_outcome outcome);

/* Why it ended as it did: "timed out: the attempt's timeout was reached (10s),
 * 3 tries"; nothing when there is nothing to say. Plain text. */
void rp__phrase_end(struct rp_buf *out, const struct rp__item *item);
/* One try: "malformed: the output stops before its document ends". */
void rp__phrase_try(struct rp_buf *out, const struct rp__try *t);
/* "3 of 4 delivered in 10.0s (slowest: notes)" */
void rp__phrase_node(struct rp_buf *out, const struct rp__item *item);
/* "allergy/penicillin: different values for one key, from meds, vitals; ..." */
void rp__phrase_conflict(struct rp_buf *out, const struct rp__conflict *c);

/* The first item that failed or is missing, in the plan's order; NULL. */
const struct rp__item *rp__phrase_first_failed(const struct rp__view *view);

/* The last 6 characters: 30 bits of chance, and a name by itself. */
#define RP__SHORT_ID_LEN 6
const char *rp__phrase_short_id(const struct rp_session_id *id);

#endif
