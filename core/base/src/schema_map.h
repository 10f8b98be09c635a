/* schema_map.h - a hash map from bytes to pointers, for compiling only. */
#ifndef RP_SCHEMA_MAP_H
#define RP_SCHEMA_MAP_H

#include <stddef.h>
#include <stdint.h>

#include <reprise/mem.h>
#include <reprise/str.h>

struct rp__schema_slot {
    struct rp_str key; /* ptr NULL when the slot is empty */
    void *value;
    uint64_t hash;
};

/* Zeroed is empty. Nothing is ever removed. */
struct rp__schema_map {
    struct rp__schema_slot *slots;
    size_t count;
    size_t room; /* a power of two */
};

void rp__schema_map_fini(struct rp__schema_map *map);
void *rp__schema_map_get(const struct rp__schema_map *map, struct rp_str key);
/* The first value put under a key stays. The key is copied into `arena`. */
void rp__schema_map_put(struct rp__schema_map *map, struct rp_arena *arena,
    struct rp_str key, void *value);

/* FNV-1a, seedless: only lookups depend on it, never an order. */
uint64_t rp__schema_hash(uint64_t hash, struct rp_str bytes);
#define RP__SCHEMA_HASH_INIT UINT64_C(14695981039346656037)

#endif
