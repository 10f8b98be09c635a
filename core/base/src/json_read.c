/* json_read.c - the grammar of RFC 8259, in one pass and without recursion.
 *
 * A slot is a node whose place in the tree is known and whose value comes
 * next. The reader fills a slot, then looks for the following one: it closes
 * what ends here, and steps over a comma or a name. A container that is open
 * knows its parent, so there is no stack.
 */
#include <string.h>

#include "json_internal.h"

/* Nodes are made in lots, as many as the rest of the bytes is likely to need
 * going by what was read; at first one for so many bytes. */
#define BYTES_PER_NODE_GUESS 12
#define FIRST_LOT_COUNT_MAX 256
#define LOT_COUNT_MIN 16
#define LOT_COUNT_MAX (64u << 10)

bool rp__json_fail(
    struct rp__json_reader *r, enum rp__json_fault fault, const char *at)
{
    r->fault = fault;
    r->fault_at = at;
    return false;
}

static uint32_t offset_of(const struct rp__json_reader *r, const char *at)
{
    return (uint32_t)(at - r->begin);
}

static uint32_t lot_count(const struct rp__json_reader *r)
{
    uint64_t done = (uint64_t)(r->at - r->begin) + 1;
    uint64_t left = (uint64_t)(r->end - r->at);
    uint64_t count = left / BYTES_PER_NODE_GUESS + 1;
    if (r->node_count == 0) {
        return count > FIRST_LOT_COUNT_MAX ? FIRST_LOT_COUNT_MAX
                                           : (uint32_t)count;
    }
    count = left * r->node_count / done;
    count += count / 16 + LOT_COUNT_MIN;
    return count > LOT_COUNT_MAX ? LOT_COUNT_MAX : (uint32_t)count;
}

static struct rp__json_node *new_node(struct rp__json_reader *r)
{
    if (r->node_count >= r->options.nodes_max) {
        (void)rp__json_fail(r, RP__JSON_TOO_MANY, r->at); /* said by NULL */
        return NULL;
    }
    if (r->spare_count == 0) {
        r->spare_count = lot_count(r);
        r->spare = rp_arena_array(
            r->doc->arena, r->spare_count, sizeof(struct rp__json_node));
    }
    r->node_count++;
    r->spare_count--;
    return r->spare++;
}

static void attach(struct rp__json_node *parent, struct rp__json_node *node)
{
    cJSON *first = parent->node.child;
    if (first == NULL) {
        parent->node.child = &node->node;
        node->node.prev = &node->node;
    } else {
        cJSON *last = first->prev; /* as cJSON keeps it */
        last->next = &node->node;
        node->node.prev = last;
        first->prev = &node->node;
    }
    parent->length++;
}

static bool open_container(
    struct rp__json_reader *r, struct rp__json_node *node, int type)
{
    if (r->depth >= r->options.depth_max) {
        return rp__json_fail(r, RP__JSON_TOO_DEEP, r->at);
    }
    r->at++;
    r->depth++;
    node->node.type = RP__JSON_MARK | type;
    node->at.parent = r->open;
    r->open = node;
    r->fresh = true;
    return true;
}

static bool refuse_twin(
    struct rp__json_reader *r, const struct rp__json_node *twin)
{
    return rp__json_fail(r, RP__JSON_DUPLICATE, r->begin + twin->name_begin);
}

static bool close_container(struct rp__json_reader *r)
{
    struct rp__json_node *node = r->open;
    const struct rp__json_node *twin;
    r->at++;
    r->depth--;
    r->open = node->at.parent;
    r->fresh = false;
    node->at.parent = NULL;
    node->end = offset_of(r, r->at);
    if (!rp__json_index(r->doc, node, r->options.duplicates, &twin)) {
        return refuse_twin(r, twin);
    }
    rp__json_seal(node);
    return true;
}

static bool read_string(struct rp__json_reader *r, struct rp__json_node *node)
{
    node->node.type = RP__JSON_MARK | cJSON_String;
    if (!rp__json_scan_string(r, &node->node.valuestring, &node->length)) {
        return false;
    }
    rp__json_seal(node);
    return true;
}

static bool read_value(struct rp__json_reader *r, struct rp__json_node *node)
{
    if (!rp__json_skip(r)) {
        return false;
    }
    if (r->at == r->end) {
        return rp__json_fail(r, RP__JSON_ENDS, r->end);
    }
    bool sound;
    char c = *r->at;
    node->begin = offset_of(r, r->at);
    if (c == '"') {
        sound = read_string(r, node);
    } else if (c == '{') {
        return open_container(r, node, cJSON_Object);
    } else if (c == '[') {
        return open_container(r, node, cJSON_Array);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        sound = rp__json_scan_number(r, node);
    } else {
        sound = rp__json_scan_word(r, node);
    }
    node->end = offset_of(r, r->at);
    return sound;
}

static bool read_name(struct rp__json_reader *r, struct rp__json_node **out)
{
    if (r->at == r->end) {
        return rp__json_fail(r, RP__JSON_ENDS, r->end);
    }
    if (*r->at != '"') {
        return rp__json_fail(r, RP__JSON_NO_NAME, r->at);
    }
    struct rp__json_node *node = new_node(r);
    if (node == NULL) {
        return false;
    }
    uint32_t length;
    node->name_begin = offset_of(r, r->at);
    if (!rp__json_scan_string(r, &node->node.string, &length)) {
        return false;
    }
    attach(r->open, node);
    if (!rp__json_skip(r)) {
        return false;
    }
    if (r->at == r->end) {
        return rp__json_fail(r, RP__JSON_ENDS, r->end);
    }
    if (*r->at != ':') {
        return rp__json_fail(r, RP__JSON_NO_COLON, r->at);
    }
    r->at++;
    *out = node;
    return true;
}

/* The slot of the next member or item of the open container. */
static bool next_member(struct rp__json_reader *r, struct rp__json_node **out)
{
    if ((r->open->node.type & cJSON_Object) != 0) {
        return rp__json_skip(r) && read_name(r, out);
    }
    struct rp__json_node *node = new_node(r);
    if (node == NULL) {
        return false;
    }
    attach(r->open, node);
    *out = node;
    return true;
}

/* `*out` is NULL when the document is complete. */
static bool next_slot(struct rp__json_reader *r, struct rp__json_node **out)
{
    for (;;) {
        if (!rp__json_skip(r)) {
            return false;
        }
        if (r->open == NULL) {
            *out = NULL;
            return r->at == r->end || rp__json_fail(r, RP__JSON_MORE, r->at);
        }
        if (r->at == r->end) {
            return rp__json_fail(r, RP__JSON_ENDS, r->end);
        }
        bool object = (r->open->node.type & cJSON_Object) != 0;
        if (*r->at == (object ? '}' : ']')) {
            if (!close_container(r)) {
                return false;
            }
            continue;
        }
        if (r->fresh) {
            r->fresh = false;
        } else if (*r->at == ',') {
            r->at++;
        } else {
            return rp__json_fail(r, RP__JSON_NO_SEPARATOR, r->at);
        }
        return next_member(r, out);
    }
}

static bool read_document(struct rp__json_reader *r)
{
    size_t bytes = (size_t)(r->end - r->begin);
    if (bytes > r->options.bytes_max || bytes >= UINT32_MAX) {
        return rp__json_fail(r, RP__JSON_TOO_LONG, r->begin);
    }
    if (bytes >= 3 && memcmp(r->begin, "\xef\xbb\xbf", 3) == 0) {
        return rp__json_fail(r, RP__JSON_BOM, r->begin);
    }
    r->doc->text = rp_mem_alloc(bytes + 1);
    if (bytes > 0) {
        memcpy(r->doc->text, r->begin, bytes);
    }
    struct rp__json_node *slot = new_node(r);
    r->doc->root = slot;
    while (slot != NULL) {
        if (!read_value(r, slot) || !next_slot(r, &slot)) {
            return false;
        }
    }
    return r->fault == RP__JSON_SOUND;
}

/* A document cut short may be wrong already: two members of one name in an
 * object that is not closed cannot be mended by what follows. */
static void look_for_twins(struct rp__json_reader *r)
{
    if (r->options.duplicates != RP_JSON_DUPLICATES_REFUSE ||
        r->fault_at != r->end) {
        return;
    }
    struct rp__json_node *node = r->open;
    while (node != NULL) {
        struct rp__json_node *parent = node->at.parent;
        const struct rp__json_node *twin;
        if (!rp__json_index(r->doc, node, RP_JSON_DUPLICATES_REFUSE, &twin)) {
            (void)refuse_twin(r, twin); /* it is a fault already */
            return;
        }
        node->at.parent = parent;
        node = parent;
    }
}

enum rp_code rp_json_read(struct rp_json_doc **out, struct rp_str bytes,
    const struct rp_json_options *options, struct rp_json_error *error)
{
    RP_ASSERT(out != NULL);
    struct rp_json_doc *doc = rp_mem_zalloc(sizeof(*doc));
    struct rp__json_reader r = {
        .begin = bytes.len == 0 ? "" : bytes.ptr,
        .options = RP_JSON_OPTIONS_INIT,
        .doc = doc,
    };
    if (options != NULL) {
        r.options = *options;
    }
    r.at = r.begin;
    r.end = r.begin + bytes.len;
    doc->arena = rp_arena_new(lot_count(&r) * sizeof(struct rp__json_node));
    if (read_document(&r)) {
        *out = doc;
        return RP_OK;
    }
    look_for_twins(&r);
    if (error != NULL) {
        rp__json_explain(&r, error);
    }
    enum rp_code code =
        r.fault >= RP__JSON_TOO_LONG ? RP_E_LIMIT : RP_E_INVALID;
    rp_json_free(&doc);
    return code;
}
