/* schema_unique.c - uniqueItems without comparing every pair.
 *
 * Items are hashed in key form and sorted by hash; only items of one hash are
 * compared. Comparisons cost steps, so that items made to collide end the
 * judgement by its limit.
 */
#include "schema_words.h"

#include <stdlib.h>
#include <string.h>

#define HASH_DEPTH_MAX 64 /* deeper parts do not enter the hash */

RP__COMPILES(unique_items)
{
    (void)node;
    return cJSON_IsBool(rule->value) ||
           rp__schema_fail(c, RP_E_INVALID, rule->value, NULL,
               "'uniqueItems' must be true or false");
}

static uint64_t hash_value(const struct rp__schema_judge *j,
    const cJSON *value, uint64_t hash, unsigned depth);

/* The sum of its members' hashes, as their order does not count. */
static uint64_t hash_object(const struct rp__schema_judge *j,
    const cJSON *object, uint64_t hash, unsigned depth)
{
    uint64_t sum = 0;
    const cJSON *m = rp__schema_next_of(j, object, NULL);
    for (; m != NULL; m = rp__schema_next_of(j, object, m)) {
        uint64_t name =
            rp__schema_hash(RP__SCHEMA_HASH_INIT, rp_str_of(m->string));
        sum += hash_value(j, m, name, depth + 1);
    }
    return rp__schema_hash(
        hash, (struct rp_str){(const char *)&sum, sizeof(sum)});
}

static uint64_t hash_value(const struct rp__schema_judge *j,
    const cJSON *value, uint64_t hash, unsigned depth)
{
    unsigned type = rp__schema_type_of(value);
    char kind = (char)(cJSON_IsTrue(value) ? 't' : (int)type);
    hash = rp__schema_hash(hash, (struct rp_str){&kind, 1});
    if (depth > HASH_DEPTH_MAX) {
        return hash;
    }
    if (type == RP__TYPE_STRING) {
        return rp__schema_hash(hash, rp_str_of(value->valuestring));
    }
    if (type == RP__TYPE_NUMBER) {
        char scratch[32];
        struct rp__decimal d =
            rp__decimal_of(rp_json_number_text(value, scratch));
        return rp__decimal_hash(&d, hash);
    }
    if (type == RP__TYPE_OBJECT) {
        return hash_object(j, value, hash, depth);
    }
    if (type == RP__TYPE_ARRAY) {
        for (const cJSON *item = value->child; item != NULL;
            item = item->next) {
            hash = hash_value(j, item, hash, depth + 1);
        }
    }
    return hash;
}

struct hashed {
    uint64_t hash;
    uint32_t ordinal;
    const cJSON *item;
};

static int compare_hashed(const void *a, const void *b)
{
    const struct hashed *x = a;
    const struct hashed *y = b;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    return x->ordinal < y->ordinal ? -1 : 1;
}

/* Of the items from `begin` on that have one hash: the first pair of equal
 * ones, or false. */
static bool find_equal(struct rp__schema_judge *j, const struct hashed *all,
    size_t begin, size_t end, size_t pair[2])
{
    for (size_t i = begin; i < end; i++) {
        for (size_t k = i + 1; k < end && all[k].hash == all[i].hash; k++) {
            if (!rp__schema_charge(j, 1)) {
                return false;
            }
            if (rp_json_key_equal(all[i].item, all[k].item)) {
                pair[0] = all[i].ordinal;
                pair[1] = all[k].ordinal;
                return true;
            }
        }
    }
    return false;
}

RP__JUDGES(unique_items)
{
    size_t count = (size_t)cJSON_GetArraySize(frame->instance);
    if (!cJSON_IsTrue(rule->value) || count < 2) {
        return true;
    }
    if (!rp__schema_charge(j, count / 2)) {
        return false;
    }
    struct hashed *all = rp_mem_array(count, sizeof(*all));
    uint32_t i = 0;
    for (const cJSON *item = frame->instance->child; item != NULL;
        item = item->next, i++) {
        all[i] = (struct hashed){
            hash_value(j, item, RP__SCHEMA_HASH_INIT, 0), i, item};
    }
    qsort(all, count, sizeof(*all), compare_hashed);
    size_t pair[2] = {0, 0};
    bool repeats = find_equal(j, all, 0, count, pair);
    rp_mem_free(all);
    if (repeats) {
        return rp__schema_complain(j, frame, rule,
            "repeats an item: [%zu] and [%zu] are equal, all must differ",
            pair[0], pair[1]);
    }
    return !j->is_stopped;
}
