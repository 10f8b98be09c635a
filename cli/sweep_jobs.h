/* sweep_jobs.h - processes that play the cases of a sweep side by side. Floor:
 * cli. */
#ifndef RP_CLI_SWEEP_JOBS_H
#define RP_CLI_SWEEP_JOBS_H

#include <reprise/sweep.h>

struct rp__sweep_jobs; /* owned, rp__sweep_jobs_free() */

struct rp__sweep_jobs *rp__sweep_jobs_new(uint32_t count);
void rp__sweep_jobs_free(struct rp__sweep_jobs **jobs);

/* For rp_sweep_options; the context is a struct rp__sweep_jobs. */
extern const struct rp_sweep_hands rp__sweep_hands;

#endif
