/* sweep_run.h - runs with real workers, several side by side. Floor: cli.
 *
 * Each is a session of its own, by this program, in a folder that is removed
 * afterwards. All die with us; who interrupts us, ends them first. */
#ifndef RP_CLI_SWEEP_RUN_H
#define RP_CLI_SWEEP_RUN_H

#include <limits.h>
#include <signal.h>
#include <sys/types.h>

#include <reprise/sweep.h>

#include "verify_jobs.h"

struct rp__sweep_run {
    uint32_t number; /* as who started it calls it */
    int status;      /* exit status of its last process */
    pid_t pid;       /* 0: it has ended */
    uint32_t resumes;
    char folder[PATH_MAX - 64];
};

struct rp__sweep_runs {
    const struct rp_sweep *sweep; /* borrowed, outlives us */
    uint32_t room, count;         /* how many there may be, and are */
    struct rp__sweep_run *items[RP__JOBS_MAX]; /* owned */
    struct sigaction before[3];                /* of what interrupts */
};

/* Up to `room` of them at a time. Fini ends those that still run and, when we
 * were interrupted, us. */
void rp__sweep_runs_init(
    struct rp__sweep_runs *out, const struct rp_sweep *sweep, uint32_t room);
void rp__sweep_runs_fini(struct rp__sweep_runs *runs);

/* The plan and input of the sweep under these rules; there is room. RP_E_IO: it
 * cannot be started. */
RP_NODISCARD enum rp_code rp__sweep_runs_start(struct rp__sweep_runs *runs,
    uint32_t number, const char *const *rules, uint32_t rule_count,
    struct rp_err *err);
/* Waits for the next that has ended; one whose orchestrator was killed is gone
 * on with until it ends. Borrowed until it is dropped. RP_E_CANCELLED: somebody
 * wants us to end. */
RP_NODISCARD enum rp_code rp__sweep_runs_wait(struct rp__sweep_run **out,
    struct rp__sweep_runs *runs, struct rp_err *err);
/* Its folder is removed. */
void rp__sweep_runs_drop(
    struct rp__sweep_runs *runs, struct rp__sweep_run *run);

/* Judges the only session of its store; the rig has its trace. */
RP_NODISCARD enum rp_code rp__sweep_run_judge(struct rp_sweep_judgement *out,
    struct rp_sweep_rig *rig, const struct rp__sweep_run *run,
    const char *const *rules, uint32_t rule_count, struct rp_err *err);
/* Whether nothing at all is in its store. */
bool rp__sweep_run_is_empty(const struct rp__sweep_run *run);

#endif
