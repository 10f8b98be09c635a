/* sweep_stored.h - runs that were played before, by what they depend on.
 * Floor: sweep. Single-threaded.
 *
 * One JSON line a run, only ever added: {"key":"<64 hex>", …}. What is stored
 * is what happened, not what was thought of it: runs are judged whenever they
 * are used, so they serve other oracles too. Each line ends with a sum of
 * itself; one that is not as it was written is as if it were not there; files
 * may be put together in any order.
 */
#ifndef RP_SWEEP_STORED_H
#define RP_SWEEP_STORED_H

#include <stdio.h>

#include <reprise/sweep_trace.h>

#define RP_SWEEP_LINE_BYTES_MAX ((size_t)4 << 20)

struct rp_sweep_stored; /* owned, rp_sweep_stored_free() */

/* `out` (borrowed, outlives us; NULL: nothing is kept) gets a line for each new
 * run, each flushed. */
struct rp_sweep_stored *rp_sweep_stored_new(FILE *out);
void rp_sweep_stored_free(struct rp_sweep_stored **stored);

/* Takes the lines of `text`, which is borrowed and outlives us. Returns how
 * many are whole. */
uint32_t rp_sweep_stored_take(
    struct rp_sweep_stored *stored, struct rp_str text);

/* Lines that are cut, changed, or of another version: they are not there. */
uint32_t rp_sweep_stored_damaged(const struct rp_sweep_stored *stored);

/* A run: rules over a ground. `what` tells apart what is stored of it. */
struct rp_digest rp_sweep_stored_key(const struct rp_sweep_ground *ground,
    const char *const *rules, uint32_t rule_count, const char *what);

/* Whether it is there; then trace, code and error are what they were.
 * RP_E_NOT_FOUND and RP_E_STATE are outcomes of runs here. */
bool rp_sweep_stored_find(const struct rp_sweep_stored *stored,
    const struct rp_digest *key, const struct rp_sweep_ground *ground,
    struct rp_sweep_trace *trace, enum rp_code *code, struct rp_err *err);
/* RP_E_IO: it could not be written. A run that ended with another code than
 * those above is not kept. */
RP_NODISCARD enum rp_code rp_sweep_stored_add(struct rp_sweep_stored *stored,
    const struct rp_digest *key, const char *const *rules, uint32_t rule_count,
    const struct rp_sweep_trace *trace, enum rp_code code,
    const struct rp_err *why, struct rp_err *err);

/* A yes or no. */
bool rp_sweep_stored_find_flag(const struct rp_sweep_stored *stored,
    const struct rp_digest *key, bool *value);
RP_NODISCARD enum rp_code rp_sweep_stored_add_flag(
    struct rp_sweep_stored *stored, const struct rp_digest *key, bool value,
    struct rp_err *err);

#endif
