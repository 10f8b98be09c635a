/* str.h - borrowed bytes: a pointer and a length. Floor: base.
 *
 * A slice never owns. It may hold any bytes, NUL included, and need not be
 * terminated. `ptr` may be NULL only when `len` is 0.
 */
#ifndef RP_STR_H
#define RP_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct rp_str {
    const char *ptr;
    size_t len;
};

#define RP_STR(literal)                                                        \
    (struct rp_str)                                                            \
    {                                                                          \
        "" literal, sizeof(literal) - 1                                        \
    }

/* For printf("%.*s", RP_STR_ARG(s)). */
#define RP_STR_ARG(s) (int)(s).len, (s).ptr == NULL ? "" : (s).ptr

/* NULL gives the empty slice. Here, so that literals are measured once. */
static inline struct rp_str rp_str_of(const char *text)
{
    return (struct rp_str){text, text != NULL ? strlen(text) : 0};
}

bool rp_str_equal(struct rp_str a, struct rp_str b);
bool rp_str_is(struct rp_str a, const char *text);
int rp_str_compare(struct rp_str a, struct rp_str b); /* by bytes */
bool rp_str_starts(struct rp_str s, struct rp_str prefix);
bool rp_str_ends(struct rp_str s, struct rp_str suffix);

/* Text before the first `separator`; `*rest` is what follows it, with a NULL
 * pointer when there was none. `rest` may be the address of `s`'s origin. */
struct rp_str rp_str_cut(struct rp_str s, char separator, struct rp_str *rest);
struct rp_str rp_str_trim(struct rp_str s); /* ASCII spaces, tabs, CR, LF */

/* The value of a hexadecimal digit in either case, -1 if it is none. */
int rp_hex_digit(char c);

/* '*' matches any bytes but '/', "**" any bytes, '?' one byte but '/'. */
bool rp_str_glob(struct rp_str pattern, struct rp_str text);

/* Number of single-byte edits, at most `limit` (then limit is returned). */
size_t rp_str_distance(struct rp_str a, struct rp_str b, size_t limit);

/* Which of `names` is nearest to `word`, for "did you mean"; NULL if none is
 * near. `names` has `count` entries and is borrowed. */
const char *rp_str_nearest(
    struct rp_str word, const char *const *names, size_t count);

/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms); on false
 * `*bad_offset`, when not NULL, is where the first malformed sequence begins.
 */
bool rp_utf8_valid(struct rp_str s, size_t *bad_offset);

#endif
