/* json.h - strict JSON (RFC 8259) as cJSON documents. Floor: base.
 *
 * The reader accepts exactly RFC 8259 in valid UTF-8 and nothing else, builds
 * read-only cJSON trees in one arena, and tells where and why it stopped.
 * Numbers keep their source text in `valuestring` (valuedouble is a nearest
 * double, never to be printed). U+0000 inside a string is held as C0 80, so
 * that no string is cut; the writers turn it back. Objects with more than 16
 * members carry an index.
 *
 * Three forms of a document, three names:
 *   bytes  exactly what arrived
 *   text   member order and number text kept, no spaces: what workers get
 *   key    members in byte order of their names, the last of equal names kept,
 *          numbers as exact sign, digits and exponent (5, 5.0 and 5e0 are one):
 *          for identity, matching, facts and conflicts
 */
#ifndef RP_JSON_H
#define RP_JSON_H

#include <stdint.h>

#include <cjson/cJSON.h>

#include <reprise/buf.h>
#include <reprise/digest.h>
#include <reprise/err.h>
#include <reprise/str.h>

enum rp_json_duplicates {
    RP_JSON_DUPLICATES_ACCEPT, /* as the RFC does; lookups find the last */
    RP_JSON_DUPLICATES_REFUSE, /* in plans, contracts and outputs */
};

struct rp_json_options {
    size_t bytes_max;
    uint32_t depth_max; /* of nesting; the reader does not recurse deeper */
    uint32_t nodes_max;
    enum rp_json_duplicates duplicates;
    bool comments; /* also accept C and C++ comments, for plans */
};

/* 64 MiB, 512 levels, 8 Mi nodes, duplicates accepted, no comments. */
#define RP_JSON_OPTIONS_INIT                                                   \
    {                                                                          \
        64u << 20, 512, 8u << 20, RP_JSON_DUPLICATES_ACCEPT, false             \
    }

/* Where something stands in the bytes: line and column from 1, the column
 * counting characters (code points); byte from 0. */
struct rp_json_place {
    size_t byte;
    uint32_t line;
    uint32_t column;
};

struct rp_json_error {
    struct rp_json_place place;
    char message[160]; /* "a string is not closed" */
    char hint[160];    /* "end it with \"", or empty */
    bool limit;        /* a limit of the options, not a fault of the syntax */
    bool truncated;    /* valid so far, and the bytes end too early */
    bool trailing;     /* a whole document, and then something else */
    bool encoding;     /* not UTF-8, or a byte order mark */
    bool duplicate;    /* a name stands twice in one object */
};

struct rp_json_doc;

/* On success `*out` is owned by the caller; `bytes` is borrowed. `options` may
 * be NULL for RP_JSON_OPTIONS_INIT. Errors: RP_E_INVALID and RP_E_LIMIT, with
 * `error` (may be NULL) filled. Escapes of half a surrogate pair are refused:
 * they are no characters. */
RP_NODISCARD enum rp_code rp_json_read(struct rp_json_doc **out,
    struct rp_str bytes, const struct rp_json_options *options,
    struct rp_json_error *error);
void rp_json_free(struct rp_json_doc **doc);

/* Borrowed, read-only, lives as long as the document. Its nodes are not cJSON's
 * to free or change: never give them to cJSON_Delete(), and copy them with
 * rp_json_copy(). Adding them by reference to a tree that was built
 * (cJSON_AddItemReferenceTo...) is fine while the document lives. */
const cJSON *rp_json_root(const struct rp_json_doc *doc);

/* Where `node` (of a tree made by rp_json_read) begins and ends (exclusive);
 * for a member, `key_begin` is where its name begins. Lines and columns are
 * counted from `bytes`, the text that was read. */
struct rp_json_span {
    struct rp_json_place begin, end, key_begin;
};
struct rp_json_span rp_json_span_of(const cJSON *node, struct rp_str bytes);

/* The same as offsets, in constant time: for callers that ask for many. */
struct rp_json_extent {
    size_t begin, end, key_begin;
};
struct rp_json_extent rp_json_extent_of(const cJSON *node);

/* Exact-name lookup, the last of equal names; NULL if absent or not an object.
 * O(1) on wide objects that rp_json_read made, linear on others. */
const cJSON *rp_json_get(const cJSON *object, const char *name);
const cJSON *rp_json_get_str(const cJSON *object, struct rp_str name);

/* Members of an object (equal names each count) or items of an array; 0 for
 * anything else. And the item at `index`, or NULL. O(1) on wide containers that
 * rp_json_read made. */
size_t rp_json_size(const cJSON *node);
const cJSON *rp_json_item(const cJSON *array, size_t index);

/* RFC 6901 pointer ("" is the whole); NULL if it leads nowhere. */
const cJSON *rp_json_at(const cJSON *root, struct rp_str pointer);
/* Whether `text` has the form of a pointer. */
bool rp_json_pointer_valid(struct rp_str text);
/* Adds "/name" with ~ and / escaped. */
void rp_json_pointer_add(struct rp_buf *pointer, struct rp_str name);

/* A string node's bytes with C0 80 turned back into NUL, into `buf`. */
void rp_json_string_bytes(const cJSON *node, struct rp_buf *buf);

/* The number's source text (valuestring when there, else printed exactly from
 * an integral valuedouble). */
struct rp_str rp_json_number_text(const cJSON *node, char scratch[32]);
/* Exact integers: false when not a number, not integral or out of range. */
RP_NODISCARD bool rp_json_int64(const cJSON *node, int64_t *out);
/* The double nearest to a number in the grammar of JSON, in any locale;
 * infinite when it is larger than every double. */
double rp_json_double_of(struct rp_str number);

/* Writers. Any cJSON tree of any depth; nothing is escaped that need not be.
 * What JSON does not have (raw nodes, infinity) is written as null. The key
 * form of a number is its digits without zeros at either end and the power of
 * ten of the last one: "125e-1", "1e400"; integers of at most 20 digits are
 * written plainly: "100"; zero is "0". */
void rp_json_write_text(struct rp_buf *buf, const cJSON *node);
/* The same, where somebody remembers what containers that are shared (see
 * rp_json_share) look like: `child` is the first one inside. False: nobody
 * does. */
struct rp_json_known {
    bool (*find)(void *context, const cJSON *child, struct rp_str *text);
    void *context;
};
void rp_json_write_text_knowing(
    struct rp_buf *buf, const cJSON *node, const struct rp_json_known *known);
void rp_json_write_key(struct rp_buf *buf, const cJSON *node);
/* Indented by two spaces, members in order, for people. */
void rp_json_write_pretty(struct rp_buf *buf, const cJSON *node);
/* One string, quoted and escaped; NUL and C0 80 become \u0000, other bytes that
 * are not UTF-8 become U+FFFD. */
void rp_json_write_string(struct rp_buf *buf, struct rp_str text);

struct rp_digest rp_json_key_digest(const cJSON *node);
bool rp_json_key_equal(const cJSON *a, const cJSON *b);

/* Building: cJSON_Create* and these. A number node with exact text; `owned`
 * trees are freed with cJSON_Delete(). */
cJSON *rp_json_new_int(int64_t value);
cJSON *rp_json_new_string(struct rp_str text); /* NUL held as C0 80 */
cJSON *rp_json_copy(const cJSON *node); /* deep, an ordinary cJSON tree */

/* A node to be added to a tree, that shows the members of `node` (borrowed,
 * outlives the tree; changed by nobody) instead of copies of them. */
cJSON *rp_json_share(const cJSON *node);
/* Set replaces the member of that name or adds one; add does not look, which
 * is what wide objects are built with. */
void rp_json_add(cJSON *object, const char *name, cJSON *owned_value);
void rp_json_add_str(cJSON *object, struct rp_str name, cJSON *owned_value);
void rp_json_set(cJSON *object, const char *name, cJSON *owned_value);
void rp_json_set_str(cJSON *object, struct rp_str name, cJSON *owned_value);
void rp_json_set_text(cJSON *object, const char *name, struct rp_str text);
void rp_json_set_int(cJSON *object, const char *name, int64_t value);

#endif
