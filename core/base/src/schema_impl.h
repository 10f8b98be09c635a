/* schema_impl.h - what the files of the schema module share.
 *
 * A schema is compiled into nodes (one per schema object or boolean), a node
 * into rules (one per keyword that judges), a rule points at its row in the
 * table of keywords. Judging walks nodes and instance together; each visit is
 * a frame on the C stack, and the two pointers of a violation are read off the
 * chain of frames.
 */
#ifndef RP_SCHEMA_IMPL_H
#define RP_SCHEMA_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <reprise/err.h>
#include <reprise/json.h>
#include <reprise/limits.h>
#include <reprise/mem.h>
#include <reprise/schema.h>
#include <reprise/str.h>

#include "schema_map.h"
#include "schema_number.h"
#include "schema_pattern.h"

/* Bounds. A step is one visit of a node or about as much work. */
#define RP__SCHEMA_STEPS_MAX UINT64_C(4000000)
#define RP__SCHEMA_STEPS_PER_VALUE 16 /* more for large instances */
#define RP__SCHEMA_FRAMES_MAX 2048
#define RP__SCHEMA_NODES_MAX 200000
#define RP__SCHEMA_DOCUMENTS_MAX 1000
#define RP__SCHEMA_SCAN_DEPTH_MAX 512
#define RP__SCHEMA_REPORT_MAX 1000
#define RP__SCHEMA_NEAR_NAMES_MAX 500
#define RP__SCHEMA_NEAR_BYTES_MAX 64
#define RP__SCHEMA_WALK_MAX UINT64_C(20000000) /* items passed by pointers */
#define RP__SCHEMA_LOOP_MAX 3 /* visits of a node at one place of a chain */

/* Types of instances, as bits. */
enum rp__schema_type {
    RP__TYPE_NULL = 1,
    RP__TYPE_BOOLEAN = 2,
    RP__TYPE_NUMBER = 4,
    RP__TYPE_STRING = 8,
    RP__TYPE_ARRAY = 16,
    RP__TYPE_OBJECT = 32,
    RP__TYPE_ANY = 63,
    RP__TYPE_INTEGER = 64, /* asked for by "type", never that of a value */
};

enum rp__schema_draft {
    RP__DRAFT_07 = 1,
    RP__DRAFT_2020 = 2,
    RP__DRAFT_BOTH = 3,
};

/* Vocabularies, as bits; draft-07 has them all. */
enum rp__schema_vocabulary {
    RP__VOC_CORE = 1,
    RP__VOC_APPLICATOR = 2,
    RP__VOC_UNEVALUATED = 4,
    RP__VOC_VALIDATION = 8,
    RP__VOC_META_DATA = 16,
    RP__VOC_FORMAT_ANNOTATION = 32,
    RP__VOC_FORMAT_ASSERTION = 64,
    RP__VOC_CONTENT = 128,
    RP__VOC_FORMAT = 32 | 64,
};

/* Where a keyword holds schemas. */
enum rp__schema_shape {
    RP__SHAPE_NONE,
    RP__SHAPE_SCHEMA,
    RP__SHAPE_LIST,           /* an array of schemas */
    RP__SHAPE_MAP,            /* an object of schemas */
    RP__SHAPE_SCHEMA_OR_LIST, /* "items" of draft-07 */
    RP__SHAPE_MAP_OR_NAMES,   /* "dependencies": schemas or lists of names */
};

struct rp__schema_dialect {
    enum rp__schema_draft draft;
    unsigned vocabularies;
};

struct rp__schema_compiler;
struct rp__schema_judge;
struct rp__schema_frame;
struct rp__schema_node;
struct rp__schema_rule;

/* One row of the table of keywords. The order of rows is the order of judging.
 * `compile` checks the value and prepares rule->data; false with the error
 * filled. `judge` may be NULL: the keyword then makes no rule. */
struct rp__schema_word {
    const char *name;
    enum rp__schema_draft drafts;
    unsigned vocabularies;
    enum rp__schema_shape shape;
    unsigned types; /* of instances it says something about */
    bool (*compile)(struct rp__schema_compiler *c,
        const struct rp__schema_node *node, struct rp__schema_rule *rule);
    bool (*judge)(struct rp__schema_judge *j,
        const struct rp__schema_frame *frame,
        const struct rp__schema_rule *rule);
};

/* rp_str_nearest() for words as people write them: neither a long word nor
 * more than the first few hundred names are looked at. */
const char *rp__schema_near(
    struct rp_str word, const char *const *names, size_t count);

/* Takes out of a message what is no UTF-8: characters cut in two. */
void rp__schema_tidy(char *text);

/* The row for `name` in `dialect`, or NULL. */
const struct rp__schema_word *rp__schema_word_find(
    const char *name, const struct rp__schema_dialect *dialect);

/* A keyword of `dialect` that `name` may have been meant for, or NULL. */
const char *rp__schema_word_near(
    const char *name, const struct rp__schema_dialect *dialect);

struct rp__schema_rule {
    const struct rp__schema_word *word;
    const cJSON *value;
    const void *data; /* what `compile` made, in the schema's arena */
};

/* A $dynamicAnchor; `name_id` numbers the names of one compiled schema. */
struct rp__schema_dynamic {
    struct rp__schema_dynamic *next;
    const struct rp__schema_node *node;
    const cJSON *source;
    uint32_t name_id;
};

/* A schema with a URI of its own, and what is embedded in it without one. */
struct rp__schema_resource {
    const char *uri;       /* without fragment; "" when it has none */
    const cJSON *document; /* root of the document it stands in */
    const cJSON *root;
    const struct rp__schema_dialect *dialect;
    struct rp__schema_dynamic *dynamics;
    struct rp__schema_resource *next;
};

struct rp__schema_node {
    const cJSON *source;
    const struct rp__schema_resource *resource;
    const struct rp__schema_rule *rules;
    uint32_t rule_count;
    bool is_false;
    bool collects; /* holds unevaluatedItems or unevaluatedProperties */
    bool is_compiled;
    struct rp__schema_node *next_to_compile;
};

/* A node, and the member name it is under when it is in an object. */
struct rp__schema_entry {
    const char *name;
    const struct rp__schema_node *node;
    const struct rp__schema_pattern *pattern; /* of patternProperties */
};
struct rp__schema_entries {
    size_t count;
    struct rp__schema_entry *items;
};

/* The name of a "format" that the schema has somewhere. */
struct rp__schema_named_format {
    const struct rp__schema_named_format *next;
    const char *name;
};

struct rp_schema {
    struct rp_arena *arena; /* holds everything but the two lists below */
    const struct rp__schema_node *root;
    const struct rp__schema_named_format *formats; /* repeated as they are */
    uint64_t steps_max;
    struct rp__schema_patterns patterns;
    struct rp__schema_built_in *documents; /* owned */
};

/* A parsed meta-schema that a compiled schema holds. */
struct rp__schema_built_in {
    struct rp__schema_built_in *next;
    struct rp_json_doc *doc;
};

#endif
