/* schema_map.c - see schema_map.h. Open addressing, linear probing. */
#include "schema_map.h"

#define MAP_ROOM_MIN 64

uint64_t rp__schema_hash(uint64_t hash, struct rp_str bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        hash ^= (uint8_t)bytes.ptr[i];
        hash *= UINT64_C(1099511628211);
    }
    return hash;
}

/* Where `key` is, or the empty slot where it would go. */
static struct rp__schema_slot *slot_of(
    const struct rp__schema_map *map, struct rp_str key, uint64_t hash)
{
    size_t at = (size_t)(hash ^ (hash >> 32)) & (map->room - 1);
    for (;;) {
        struct rp__schema_slot *slot = &map->slots[at];
        if (slot->key.ptr == NULL ||
            (slot->hash == hash && rp_str_equal(slot->key, key))) {
            return slot;
        }
        at = (at + 1) & (map->room - 1);
    }
}

static void grow(struct rp__schema_map *map)
{
    struct rp__schema_map wider = {0};
    wider.room = map->room == 0 ? MAP_ROOM_MIN : map->room * 2;
    wider.slots = rp_mem_array(wider.room, sizeof(*wider.slots));
    wider.count = map->count;
    for (size_t i = 0; i < map->room; i++) {
        const struct rp__schema_slot *slot = &map->slots[i];
        if (slot->key.ptr != NULL) {
            *slot_of(&wider, slot->key, slot->hash) = *slot;
        }
    }
    rp_mem_free(map->slots);
    *map = wider;
}

void rp__schema_map_fini(struct rp__schema_map *map)
{
    rp_mem_free(map->slots);
    *map = (struct rp__schema_map){0};
}

void *rp__schema_map_get(const struct rp__schema_map *map, struct rp_str key)
{
    if (map->room == 0) {
        return NULL;
    }
    uint64_t hash = rp__schema_hash(RP__SCHEMA_HASH_INIT, key);
    return slot_of(map, key, hash)->value;
}

void rp__schema_map_put(struct rp__schema_map *map, struct rp_arena *arena,
    struct rp_str key, void *value)
{
    if (map->count * 2 >= map->room) {
        grow(map);
    }
    uint64_t hash = rp__schema_hash(RP__SCHEMA_HASH_INIT, key);
    struct rp__schema_slot *slot = slot_of(map, key, hash);
    if (slot->key.ptr == NULL) {
        slot->key = (struct rp_str){rp_arena_dup(arena, key), key.len};
        slot->hash = hash;
        slot->value = value;
        map->count++;
    }
}
