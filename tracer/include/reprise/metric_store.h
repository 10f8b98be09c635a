/* metric_store.h - the metrics of a store. Floor: tracer. Single-threaded.
 *
 * Reads as anybody does, a session at a time: never blocks a session that
 * runs. Sessions of mode live are counted; each span once, with the record
 * that ended it, so that it can be looked again for what is new. What was
 * counted stays, also when its session is removed: counters of one of these
 * never fall. What goes on, and the store itself, is as it was when it was
 * last looked at.
 */
#ifndef RP_METRIC_STORE_H
#define RP_METRIC_STORE_H

#include <reprise/metric_fold.h>

struct rp_metric_store_options {
    struct rp_wall since; /* sessions that began then or later; 0: all */
    enum rp_exemplar_filter exemplars;
};

struct rp_metric_store;

/* Errors as of rp_reader_open(). Owned by the caller. */
RP_NODISCARD enum rp_code rp_metric_store_open(struct rp_metric_store **out,
    const char *path, const struct rp_metric_store_options *options,
    struct rp_err *err);
void rp_metric_store_close(struct rp_metric_store **store);

/* Counts what is new. After an error it is of no more use. */
RP_NODISCARD enum rp_code rp_metric_store_look(
    struct rp_metric_store *store, struct rp_wall now, struct rp_err *err);

/* Borrowed. */
struct rp_metrics *rp_metric_store_metrics(struct rp_metric_store *store);
/* When what is counted began: the first session; `now` of the first look when
 * there was none. */
struct rp_wall rp_metric_store_began(const struct rp_metric_store *store);

#endif
