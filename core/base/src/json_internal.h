/* json_internal.h - what the files of the JSON module share. */
#ifndef RP_JSON_INTERNAL_H
#define RP_JSON_INTERNAL_H

#include <reprise/json.h>
#include <reprise/mem.h>

/* Set in `type` of every node that a reader made; cJSON's own kinds and flags
 * end at bit 9. */
#define RP__JSON_MARK (1 << 16)

/* Containers with more members than this carry an index. */
#define RP__JSON_NARROW_MAX 16

/* For buffers whose contents are bounded by a document in memory. */
#define RP__JSON_ENDLESS (SIZE_MAX - 1)

/* A node of a document that was read. */
struct rp__json_node {
    cJSON node;     /* first: a pointer to one is a pointer to the other */
    uint32_t begin; /* offsets of the value in the source */
    uint32_t end;
    uint32_t name_begin; /* of a member: its opening quote */
    uint32_t length;     /* of a string: bytes; of a container: members */
    union {
        struct rp__json_node *parent;         /* while it is being read */
        const struct rp__json_index *members; /* of a wide object */
        const cJSON *const *items;            /* of a wide array */
    } at;
};

struct rp_json_doc {
    struct rp_arena *arena; /* nodes and indexes */
    char *text; /* the source's bytes, strings decoded and ended in place */
    struct rp__json_node *root;
};

/* What is wrong with a document. */
enum rp__json_fault {
    RP__JSON_SOUND,
    RP__JSON_NO_VALUE,     /* something else where a value belongs */
    RP__JSON_NO_NAME,      /* ... where a member's name belongs */
    RP__JSON_NO_COLON,     /* ... after a name */
    RP__JSON_NO_SEPARATOR, /* ... after a value in a container */
    RP__JSON_MORE,         /* ... after the document */
    RP__JSON_NO_DIGIT,     /* ... inside a number */
    RP__JSON_LEADING_ZERO,
    RP__JSON_CONTROL, /* in a string */
    RP__JSON_ESCAPE,
    RP__JSON_HEX,
    RP__JSON_SURROGATE, /* half a pair */
    RP__JSON_UTF8,
    RP__JSON_BOM,
    RP__JSON_DUPLICATE,
    RP__JSON_ENDS, /* the bytes end too early */
    RP__JSON_ENDS_IN_STRING,
    RP__JSON_ENDS_IN_COMMENT,
    RP__JSON_TOO_LONG,
    RP__JSON_TOO_DEEP,
    RP__JSON_TOO_MANY,
};

struct rp__json_reader {
    const char *begin;
    const char *at;
    const char *end;
    struct rp_json_options options;
    struct rp_json_doc *doc;
    struct rp__json_node *spare; /* nodes made but not used yet */
    uint32_t spare_count;
    uint32_t node_count;
    struct rp__json_node *open; /* the innermost container not closed yet */
    uint32_t depth;
    bool fresh;         /* `open` has no member yet */
    const char *string; /* where the last string begins */
    enum rp__json_fault fault;
    const char *fault_at;
};

/* Always false, so that a reading function can return it. */
bool rp__json_fail(
    struct rp__json_reader *reader, enum rp__json_fault fault, const char *at);

/* json_scan.c: tokens. All start at `reader->at` and move it behind. */
bool rp__json_skip_space(struct rp__json_reader *reader); /* and comments */
bool rp__json_scan_string(
    struct rp__json_reader *reader, char **text, uint32_t *length);
bool rp__json_scan_number(
    struct rp__json_reader *reader, struct rp__json_node *node);
bool rp__json_scan_word(
    struct rp__json_reader *reader, struct rp__json_node *node);

/* Mostly there is nothing to skip. */
static inline bool rp__json_skip(struct rp__json_reader *reader)
{
    if (reader->at<reader->end && * reader->at> '/') {
        return true;
    }
    return rp__json_skip_space(reader);
}

/* The first byte of [at, end) that a string cannot simply contain: a quote, a
 * backslash, a control character, or one that is not UTF-8. */
const char *rp__json_sound_end(const char *at, const char *end);

/* Bytes of the UTF-8 character that begins at `at`, 0 if it is none. With
 * `*cut` the bytes end inside a character that was valid so far. */
size_t rp__json_char_bytes(const char *at, const char *end, bool *cut);

/* json_fault.c */
void rp__json_explain(
    const struct rp__json_reader *reader, struct rp_json_error *error);
struct rp_json_place rp__json_place_of(struct rp_str bytes, size_t offset);

/* json_index.c. False, with the later of two equal names in `*twin` when it is
 * asked for, only if duplicates are refused. */
bool rp__json_index(struct rp_json_doc *doc, struct rp__json_node *container,
    enum rp_json_duplicates duplicates, const struct rp__json_node **twin);
const cJSON *rp__json_index_find(
    const struct rp__json_index *index, struct rp_str name);

/* json_node.c: whether `node` is one of a reader's containers or strings, and
 * not a copy that cJSON made of one. */
const struct rp__json_node *rp__json_own(const cJSON *node);
void rp__json_seal(struct rp__json_node *node);
/* The text of a string node or a node's name as it is held. */
struct rp_str rp__json_held(const cJSON *node);
/* `name` as names are held: NUL as C0 80. May use `scratch`. */
struct rp_str rp__json_name_held(struct rp_str name, struct rp_buf *scratch);

/* json_number.c: numbers in RFC 8259 text. */
double rp__json_double(struct rp_str text);
void rp__json_number_key(struct rp_buf *buf, struct rp_str text);

/* json_key.c: the members of an object by name, the last of equal names only.
 * `*out` is for rp_mem_free(). */
struct rp__json_member {
    struct rp_str name;
    const cJSON *node;
    size_t position;
};
size_t rp__json_members(struct rp__json_member **out, const cJSON *object);
int rp__json_name_compare(struct rp_str a, struct rp_str b);

#endif
