#include "order_seen.h"

#include <string.h>

#include <reprise/digest.h>
#include <reprise/mem.h>

#define ROOM_MIN 64u /* a power of two, as every room */

static uint64_t key_of(const uint32_t *order, uint32_t count)
{
    struct rp_digest digest = rp_digest_of((struct rp_str){
        (const char *)(const void *)order, count * sizeof(*order)});
    uint64_t key;
    memcpy(&key, digest.bytes, sizeof(key));
    return key == 0 ? 1 : key;
}

static bool add(struct rp__order_seen *seen, uint64_t key)
{
    uint32_t at = (uint32_t)key & (seen->room - 1);
    while (seen->slots[at] != 0 && seen->slots[at] != key) {
        at = (at + 1) & (seen->room - 1);
    }
    bool is_new = seen->slots[at] == 0;
    seen->slots[at] = key;
    seen->count += is_new;
    return is_new;
}

static void grow(struct rp__order_seen *seen)
{
    struct rp__order_seen wider = {
        .room = seen->room == 0 ? ROOM_MIN : 2 * seen->room};
    wider.slots = rp_mem_array(wider.room, sizeof(uint64_t));
    for (uint32_t i = 0; i < seen->room; i++) {
        if (seen->slots[i] != 0) {
            (void)add(&wider, seen->slots[i]); /* all are different */
        }
    }
    rp_mem_free(seen->slots);
    *seen = wider;
}

bool rp__order_seen_add(
    struct rp__order_seen *seen, const uint32_t *order, uint32_t count)
{
    if (2 * seen->count >= seen->room) {
        grow(seen);
    }
    return add(seen, key_of(order, count));
}

void rp__order_seen_fini(struct rp__order_seen *seen)
{
    rp_mem_free(seen->slots);
    *seen = (struct rp__order_seen){.slots = NULL};
}
