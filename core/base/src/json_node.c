/* json_node.c - documents that were read: their life, and lookups in them. */
#include <string.h>

#include "json_internal.h"

const cJSON *rp_json_root(const struct rp_json_doc *doc)
{
    RP_ASSERT(doc != NULL);
    return &doc->root->node;
}

void rp_json_free(struct rp_json_doc **doc)
{
    if (*doc == NULL) {
        return;
    }
    rp_arena_free(&(*doc)->arena);
    rp_mem_free((*doc)->text);
    rp_mem_free(*doc);
    *doc = NULL;
}

/* cJSON_Duplicate() and the Add*Reference functions copy `type` with our mark
 * into nodes that are smaller than ours. So containers and strings also carry
 * their own address in `valueint`, which cJSON does not use there: in a copy
 * it is wrong. */
static int seal_of(const cJSON *node)
{
    return (int)(uint32_t)((uintptr_t)node >> 4);
}

void rp__json_seal(struct rp__json_node *node)
{
    node->node.valueint = seal_of(&node->node);
}

const struct rp__json_node *rp__json_own(const cJSON *node)
{
    int kinds = cJSON_String | cJSON_Array | cJSON_Object;
    if ((node->type & RP__JSON_MARK) == 0 || (node->type & kinds) == 0 ||
        node->valueint != seal_of(node)) {
        return NULL;
    }
    return (const struct rp__json_node *)(const void *)node;
}

struct rp_str rp__json_held(const cJSON *node)
{
    const struct rp__json_node *own = rp__json_own(node);
    if (own != NULL) {
        return (struct rp_str){node->valuestring, own->length};
    }
    return rp_str_of(node->valuestring);
}

struct rp_str rp__json_name_held(struct rp_str name, struct rp_buf *scratch)
{
    const char *nul = name.len == 0 ? NULL : memchr(name.ptr, '\0', name.len);
    if (nul == NULL) {
        return name;
    }
    rp_buf_reset(scratch);
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '\0') {
            rp_buf_add(scratch, RP_STR("\xc0\x80"));
        } else {
            rp_buf_add_char(scratch, name.ptr[i]);
        }
    }
    return rp_buf_str(scratch);
}

static bool name_is(const cJSON *member, struct rp_str name)
{
    return member->string != NULL &&
           strncmp(member->string, name.ptr, name.len) == 0 &&
           member->string[name.len] == '\0';
}

static const cJSON *get_held(const cJSON *object, struct rp_str name)
{
    const struct rp__json_node *own = rp__json_own(object);
    if (own != NULL && own->length > RP__JSON_NARROW_MAX) {
        return rp__json_index_find(own->at.members, name);
    }
    const cJSON *found = NULL;
    for (const cJSON *i = object->child; i != NULL; i = i->next) {
        if (name_is(i, name)) {
            found = i;
        }
    }
    return found;
}

const cJSON *rp_json_get_str(const cJSON *object, struct rp_str name)
{
    if (object == NULL || !cJSON_IsObject(object)) {
        return NULL;
    }
    if (name.len == 0) {
        name = RP_STR("");
    }
    struct rp_buf scratch;
    rp_buf_init(&scratch, RP__JSON_ENDLESS);
    const cJSON *found = get_held(object, rp__json_name_held(name, &scratch));
    rp_buf_fini(&scratch);
    return found;
}

const cJSON *rp_json_get(const cJSON *object, const char *name)
{
    if (object == NULL || !cJSON_IsObject(object)) {
        return NULL;
    }
    RP_ASSERT(name != NULL);
    return get_held(object, rp_str_of(name));
}

size_t rp_json_size(const cJSON *node)
{
    if (node == NULL || (!cJSON_IsObject(node) && !cJSON_IsArray(node))) {
        return 0;
    }
    const struct rp__json_node *own = rp__json_own(node);
    if (own != NULL) {
        return own->length;
    }
    size_t count = 0;
    for (const cJSON *i = node->child; i != NULL; i = i->next) {
        count++;
    }
    return count;
}

const cJSON *rp_json_item(const cJSON *array, size_t index)
{
    if (array == NULL || !cJSON_IsArray(array)) {
        return NULL;
    }
    const struct rp__json_node *own = rp__json_own(array);
    if (own != NULL && own->length > RP__JSON_NARROW_MAX) {
        return index < own->length ? own->at.items[index] : NULL;
    }
    const cJSON *item = array->child;
    for (; item != NULL && index > 0; index--) {
        item = item->next;
    }
    return item;
}

void rp_json_string_bytes(const cJSON *node, struct rp_buf *buf)
{
    RP_ASSERT(cJSON_IsString(node));
    struct rp_str text = rp__json_held(node);
    while (text.len > 0) {
        const char *nul = memchr(text.ptr, 0xc0, text.len);
        size_t plain = nul == NULL ? text.len : (size_t)(nul - text.ptr);
        rp_buf_add(buf, (struct rp_str){text.ptr, plain});
        if (nul != NULL && plain + 1 < text.len && nul[1] == (char)0x80) {
            rp_buf_add_char(buf, '\0');
            plain += 2;
        } else if (nul != NULL) {
            rp_buf_add_char(buf, *nul); /* not ours: as it is */
            plain++;
        }
        text.ptr += plain;
        text.len -= plain;
    }
}

struct rp_json_extent rp_json_extent_of(const cJSON *node)
{
    RP_ASSERT((node->type & RP__JSON_MARK) != 0);
    const struct rp__json_node *own =
        (const struct rp__json_node *)(const void *)node;
    return (struct rp_json_extent){
        .begin = own->begin,
        .end = own->end,
        .key_begin = node->string == NULL ? own->begin : own->name_begin,
    };
}

struct rp_json_span rp_json_span_of(const cJSON *node, struct rp_str bytes)
{
    struct rp_json_extent extent = rp_json_extent_of(node);
    return (struct rp_json_span){
        .begin = rp__json_place_of(bytes, extent.begin),
        .end = rp__json_place_of(bytes, extent.end),
        .key_begin = rp__json_place_of(bytes, extent.key_begin),
    };
}
