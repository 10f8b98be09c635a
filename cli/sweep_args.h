/* sweep_args.h - what the command line of sweep says. Floor: cli. */
#ifndef RP_CLI_SWEEP_ARGS_H
#define RP_CLI_SWEEP_ARGS_H

#include <reprise/sweep.h>

#include "opt.h"
#include "sweep_jobs.h"
#include "sweep_live.h"

#include <stdio.h>

struct rp__sweep_args {
    struct rp_sweep_options options;
    const char *classes[RP_SWEEP_CLASSES_MAX];
    char *class_text; /* owned */
    uint32_t class_count;
    struct rp__sweep_jobs *jobs;    /* owned; NULL: all is played here */
    struct rp__sweep_live_how live; /* runs_max 0: nothing is run */
    struct rp_clock *clock;         /* owned; NULL: no limit of time */
    struct rp_sweep_stored *stored; /* owned, or NULL */
    FILE *results;                  /* owned; where new runs go, or NULL */
    char **texts;                   /* owned; files of results */
    uint32_t text_count;
};

/* All but the plan. False: the person was told. Fini is due whatever is
 * returned. */
bool rp__sweep_args_parse(struct rp__sweep_args *out,
    const struct rp__args *args, struct rp_recording *recording);
void rp__sweep_args_fini(struct rp__sweep_args *args);

#endif
