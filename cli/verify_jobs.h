/* verify_jobs.h - pieces of work done by processes side by side, told in the
 * order of the pieces. Floor: cli. */
#ifndef RP_CLI_VERIFY_JOBS_H
#define RP_CLI_VERIFY_JOBS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#define RP__JOBS_MAX 64

struct rp__job_ops {
    /* In a process of its own: does piece `index`, hands each verdict to
     * rp__job_tell() and returns an exit status. */
    int (*work)(void *context, uint32_t index, FILE *out);
    /* In this process: takes a verdict; false: nothing more is wanted. */
    bool (*take)(void *context, const cJSON *verdict);
};

void rp__job_tell(FILE *out, const cJSON *verdict);

/* Runs `piece_count` pieces by `job_count` processes. The worst status of all
 * pieces; RP__EXIT_STORE when a process could not be started or died. */
int rp__jobs_run(const struct rp__job_ops *ops, void *context,
    uint32_t piece_count, uint32_t job_count);

/* Processors that this process may use. */
uint32_t rp__jobs_available(void);

#endif
