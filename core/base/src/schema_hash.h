/* schema_hash.h - a hash of values in key form. */
#ifndef RP_SCHEMA_HASH_H
#define RP_SCHEMA_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

/* Values that are equal in key form have equal hashes. `has_duplicates`: some
 * object may repeat a name, and then the last member counts. `*weight` grows
 * by what the value is made of: the cost of this, and of a comparison. */
uint64_t rp__schema_value_hash(
    const cJSON *value, bool has_duplicates, uint64_t *weight);

#endif
