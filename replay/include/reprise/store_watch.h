/* store_watch.h - stands where a store would: each record is seen as values,
 * and nothing is kept. For reruns of which only some facts are wanted. Floor:
 * replay. Single-threaded.
 */
#ifndef RP_STORE_WATCH_H
#define RP_STORE_WATCH_H

#include <reprise/store.h>

struct rp_store_watch {
    struct rp_store base;
    void (*see)(void *context, const struct rp_record *record);
    void *context;
};

/* `context` is borrowed and outlives it. There is nothing to release. */
void rp_store_watch_init(struct rp_store_watch *watch,
    void (*see)(void *context, const struct rp_record *record), void *context);

#endif
