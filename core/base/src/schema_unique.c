/* schema_unique.c - uniqueItems without comparing every pair.
 *
 * Items are hashed in key form and sorted by hash; only items of one hash are
 * compared. Comparisons cost steps, so that items made to collide end the
 * judgement by its limit.
 */
#include "schema_hash.h"
#include "schema_words.h"

#include <stdlib.h>
#include <string.h>

struct hashed {
    uint64_t hash;
    uint64_t weight;
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

/* A pair of equal ones, or false. */
static bool find_equal(struct rp__schema_judge *j, const struct hashed *all,
    size_t count, size_t pair[2])
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count && all[k].hash == all[i].hash; k++) {
            if (!rp__schema_charge(j, 1 + all[i].weight / 4)) {
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
    uint64_t total = 0;
    uint32_t i = 0;
    for (const cJSON *item = frame->instance->child; item != NULL;
         item = item->next, i++) {
        uint64_t weight = 0;
        uint64_t hash = rp__schema_value_hash(item, j->has_duplicates, &weight);
        all[i] = (struct hashed){hash, weight, i, item};
        total += weight;
    }
    qsort(all, count, sizeof(*all), compare_hashed);
    size_t pair[2] = {0, 0};
    bool repeats =
        rp__schema_charge(j, total / 8) && find_equal(j, all, count, pair);
    rp_mem_free(all);
    if (repeats) {
        return rp__schema_complain(j, frame, rule,
            "repeats an item: [%zu] and [%zu] are equal, all must differ",
            pair[0], pair[1]);
    }
    return !j->is_stopped;
}
