/* json_index.c - wide containers: members by name, items by number.
 *
 * Members are in an open hash table. Names come from outside, so the hash is
 * SipHash-1-3; its key is fixed, and a table whose probes grow long is made
 * again with another key: whoever wants to slow it down would have to find
 * names that collide under all of them.
 */
#include <string.h>

#include "json_internal.h"

#define KEYS_TRIED_MAX 8
#define PROBES_MAX 512

struct slot {
    uint32_t hash;
    uint32_t member; /* its number in the object + 1; 0: free */
};

struct rp__json_index {
    uint64_t key;
    uint32_t mask; /* number of slots - 1 */
    const cJSON **members;
    struct slot slots[];
};

static uint64_t rotate(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static uint32_t hash_of(uint64_t key, struct rp_str name)
{
    uint64_t v[4] = {
        UINT64_C(0x736f6d6570736575) ^ key,
        UINT64_C(0x646f72616e646f6d),
        UINT64_C(0x6c7967656e657261) ^ key,
        UINT64_C(0x7465646279746573),
    };
    uint64_t word;
    size_t at = 0;
    for (; name.len - at >= 8; at += 8) {
        memcpy(&word, name.ptr + at, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = 0;
    if (name.len > at) {
        memcpy(&word, name.ptr + at, name.len - at);
    }
    word |= (uint64_t)name.len << 56;
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) {
        sip_round(v);
    }
    uint64_t hash = v[0] ^ v[1] ^ v[2] ^ v[3];
    return (uint32_t)(hash ^ (hash >> 32));
}

static bool is_named(const cJSON *member, struct rp_str name)
{
    return strncmp(member->string, name.ptr, name.len) == 0 &&
           member->string[name.len] == '\0';
}

/* The slot of `name`, or the free one where it belongs; `*probes` counts. */
static uint32_t probe(const struct rp__json_index *index, struct rp_str name,
    uint32_t hash, uint32_t *probes)
{
    uint32_t at = hash & index->mask;
    for (*probes = 1;; (*probes)++) {
        struct slot slot = index->slots[at];
        if (slot.member == 0 ||
            (slot.hash == hash &&
                is_named(index->members[slot.member - 1], name))) {
            return at;
        }
        at = (at + 1) & index->mask;
    }
}

/* False when probes grow too long. `*twin` is the first name seen before. */
static bool fill(struct rp__json_index *index, uint32_t count,
    const struct rp__json_node **twin)
{
    *twin = NULL;
    for (uint32_t i = 0; i < count; i++) {
        const cJSON *member = index->members[i];
        struct rp_str name = rp_str_of(member->string);
        uint32_t hash = hash_of(index->key, name);
        uint32_t probes;
        struct slot *slot = &index->slots[probe(index, name, hash, &probes)];
        if (probes > PROBES_MAX && index->key < KEYS_TRIED_MAX) {
            return false;
        }
        if (slot->member != 0 && *twin == NULL) {
            *twin = (const struct rp__json_node *)(const void *)member;
        }
        *slot = (struct slot){hash, i + 1};
    }
    return true;
}

static const cJSON **list_children(
    struct rp_json_doc *doc, const struct rp__json_node *container)
{
    const cJSON **list =
        rp_arena_array(doc->arena, container->length, sizeof(const cJSON *));
    size_t count = 0;
    for (const cJSON *i = container->node.child; i != NULL; i = i->next) {
        list[count++] = i;
    }
    return list;
}

static void index_members(struct rp_json_doc *doc, struct rp__json_node *object,
    const struct rp__json_node **twin)
{
    uint32_t count = 2 * RP__JSON_NARROW_MAX;
    while (count / 2 < object->length) {
        count *= 2;
    }
    size_t bytes = count * sizeof(struct slot);
    struct rp__json_index *index =
        rp_arena_alloc(doc->arena, sizeof(*index) + bytes);
    index->mask = count - 1;
    index->members = list_children(doc, object);
    while (!fill(index, object->length, twin)) {
        index->key++;
        memset(index->slots, 0, bytes);
    }
    object->at.members = index;
}

/* For narrow objects: each with each. */
static const struct rp__json_node *narrow_twin(
    const struct rp__json_node *object)
{
    const cJSON *first = object->node.child;
    for (const cJSON *later = first; later != NULL; later = later->next) {
        for (const cJSON *i = first; i != later; i = i->next) {
            if (strcmp(i->string, later->string) == 0) {
                return (const struct rp__json_node *)(const void *)later;
            }
        }
    }
    return NULL;
}

bool rp__json_index(struct rp_json_doc *doc, struct rp__json_node *container,
    enum rp_json_duplicates duplicates, const struct rp__json_node **twin)
{
    bool object = (container->node.type & cJSON_Object) != 0;
    bool refuse = object && duplicates == RP_JSON_DUPLICATES_REFUSE;
    *twin = NULL;
    if (container->length > RP__JSON_NARROW_MAX) {
        if (object) {
            index_members(doc, container, twin);
        } else {
            container->at.items = list_children(doc, container);
        }
    } else if (refuse) {
        *twin = narrow_twin(container);
    }
    return !refuse || *twin == NULL;
}

const cJSON *rp__json_index_find(
    const struct rp__json_index *index, struct rp_str name)
{
    uint32_t probes;
    struct slot slot =
        index->slots[probe(index, name, hash_of(index->key, name), &probes)];
    return slot.member == 0 ? NULL : index->members[slot.member - 1];
}
