/* redact_spelling.h - how a value may stand in bytes. Internal. */
#ifndef RP_REDACT_SPELLING_H
#define RP_REDACT_SPELLING_H

#include <reprise/json.h>
#include <reprise/mem.h>

/* As inside of the quotes of a JSON string. */
struct rp_str rp__spell_escaped(struct rp_arena *arena, struct rp_str text);

/* The same where all but ASCII is written as \uXXXX, as many libraries do. */
struct rp_str rp__spell_ascii(
    struct rp_arena *arena, struct rp_str text, bool upper);

/* A number in key form, "725e-1", as people and most programs write it, "72.5";
 * "" when they do not. */
struct rp_str rp__spell_decimal(struct rp_arena *arena, struct rp_str form);

struct rp_str rp__spell_unsigned(struct rp_str text);

#endif
