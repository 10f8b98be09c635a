/* schema_hash.c - see schema_hash.h. */
#include "schema_hash.h"

#include "schema_impl.h"
#include "schema_judge.h"

#define HASH_DEPTH_MAX 1024 /* deeper parts do not enter the hash */
#define BYTES_PER_WEIGHT 64

struct hasher {
    bool has_duplicates;
    uint64_t weight;
};

static uint64_t hash_value(
    struct hasher *h, const cJSON *value, uint64_t hash, unsigned depth);

/* The sum of its members' hashes, as their order does not count. */
static uint64_t hash_object(
    struct hasher *h, const cJSON *object, uint64_t hash, unsigned depth)
{
    uint64_t sum = 0;
    for (const cJSON *m = object->child; m != NULL; m = m->next) {
        if (h->has_duplicates && rp_json_get(object, m->string) != m) {
            continue;
        }
        uint64_t name =
            rp__schema_hash(RP__SCHEMA_HASH_INIT, rp_str_of(m->string));
        sum += hash_value(h, m, name, depth + 1);
    }
    return rp__schema_hash(
        hash, (struct rp_str){(const char *)&sum, sizeof(sum)});
}

static uint64_t hash_text(struct hasher *h, struct rp_str text, uint64_t hash)
{
    h->weight += text.len / BYTES_PER_WEIGHT;
    return rp__schema_hash(hash, text);
}

static uint64_t hash_number(struct hasher *h, const cJSON *value, uint64_t hash)
{
    char scratch[32];
    struct rp_str text = rp_json_number_text(value, scratch);
    struct rp__decimal d = rp__decimal_of(text);
    h->weight += text.len / BYTES_PER_WEIGHT;
    return rp__decimal_hash(&d, hash);
}

static uint64_t hash_value(
    struct hasher *h, const cJSON *value, uint64_t hash, unsigned depth)
{
    unsigned type = rp__schema_type_of(value);
    char kind = (char)(cJSON_IsTrue(value) ? 't' : (int)type);
    hash = rp__schema_hash(hash, (struct rp_str){&kind, 1});
    h->weight++;
    if (depth > HASH_DEPTH_MAX) {
        return hash;
    }
    if (type == RP__TYPE_STRING) {
        return hash_text(h, rp_str_of(value->valuestring), hash);
    }
    if (type == RP__TYPE_NUMBER) {
        return hash_number(h, value, hash);
    }
    if (type == RP__TYPE_OBJECT) {
        return hash_object(h, value, hash, depth);
    }
    if (type == RP__TYPE_ARRAY) {
        for (const cJSON *item = value->child; item != NULL;
             item = item->next) {
            hash = hash_value(h, item, hash, depth + 1);
        }
    }
    return hash;
}

uint64_t rp__schema_value_hash(
    const cJSON *value, bool has_duplicates, uint64_t *weight)
{
    struct hasher h = {has_duplicates, 0};
    uint64_t hash = hash_value(&h, value, RP__SCHEMA_HASH_INIT, 0);
    *weight += h.weight;
    return hash;
}
