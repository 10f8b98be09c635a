/* worker.h - one running worker. Internal to core/io.
 *
 *   RUNNING --exit--> EXITED --all pipes at end--> GONE
 * After the exit the pipes have a moment to end; then whoever holds them is
 * ended. */
#ifndef RP_WORKER_H
#define RP_WORKER_H

#include <sys/types.h>

#include <reprise/reactor.h>
#include <reprise/transport_exec.h>

#include "mask.h"

enum stream { STREAM_OUT, STREAM_ERR, STREAM_EVENTS, STREAM_COUNT };

enum worker_state { WORKER_RUNNING, WORKER_EXITED, WORKER_GONE };

/* Notices when one whole JSON value has been written. */
struct rp__scanner {
    uint32_t depth;
    bool in_string, escaped, begun, whole;
};

struct rp__worker {
    struct rp__exec *exec;
    struct rp__worker *next;
    enum worker_state state;
    const struct rp_plan_agent *agent; /* borrowed, outlives us */
    uint32_t call;
    char *path; /* "gather/labs@1", owned */
    pid_t pid;
    struct rp_source pidfd, in, streams[STREAM_COUNT];
    struct rp_buf stdin_bytes;
    size_t stdin_written;

    struct rp__masker maskers[STREAM_COUNT];
    struct rp_buf output, log;
    struct rp_buf head, tail; /* stderr: first and last half */
    struct rp_buf line;       /* fd 3: what has no end yet */
    bool line_skipping;
    uint64_t bytes[STREAM_COUNT];
    struct rp__scanner scanner;
    char progress[128];

    struct rp_instant began, last_sign;
    struct rp_duration idle, longest_gap;
    struct rp_instant idle_at, kill_at, linger_at, eof_at;
    struct rp_instant watch_at; /* NEVER once its exit is watched for */
    size_t read_bytes;          /* of its output at once; 0: as it comes */
    bool idle_told, cancelled, spawn_failed;
    bool swept; /* what it left behind was looked for */
    /* Faults: it was started twice. Of the second nothing is told, and the end
     * of the first not before that of the second. */
    bool is_second;
    struct rp__worker *second; /* of the first, while it runs */
    struct rp__worker *held;   /* of the second: the first, owned, when gone */
    struct rp_completion completion;
};

/* ---- worker.c ---- */
struct rp__worker *rp__worker_new(
    struct rp__exec *exec, const struct rp_call *call);
void rp__worker_free(struct rp__worker **worker);
/* Starts it, or makes it GONE with what failed. */
void rp__worker_start(struct rp__worker *worker, const struct rp_call *call);
void rp__worker_end(struct rp__worker *worker, bool kill);
void rp__worker_timers(struct rp__worker *worker, struct rp_instant now);
struct rp_instant rp__worker_due(const struct rp__worker *worker);

/* ---- worker_stream.c: what it writes ---- */
/* `events` are epoll's. */
void rp__worker_readable(
    struct rp__worker *worker, enum stream stream, uint32_t events);
void rp__worker_close(struct rp__worker *worker, enum stream stream);
void rp__worker_sign_of_life(struct rp__worker *worker);
/* Into the completion, borrowed from the worker. */
void rp__worker_give_streams(struct rp__worker *worker);

/* ---- worker_input.c: what it is given ---- */
void rp__worker_make_stdin(
    struct rp__worker *worker, const struct rp_call *call);
/* NULL-terminated, in `arena`. */
const char *const *rp__worker_environment(
    struct rp_arena *arena, struct rp__exec *exec, const struct rp_call *call);
/* What of `environ` is passed on to every worker; in `arena`. */
const char *const *rp__worker_passed(
    struct rp_arena *arena, char *const *environ, size_t *count);

/* ---- descendants.c: what workers left behind ---- */
struct rp__descendants;
struct rp__descendants *rp__descendants_new(void);
void rp__descendants_free(struct rp__descendants **d);
/* Whether there may be any: a child that is neither a worker nor spared.
 * `owned_count` is how many are workers. */
bool rp__descendants_any(struct rp__descendants *d, uint32_t owned_count,
    bool (*owned)(void *context, pid_t pid), void *context);
/* Ends adopted processes whose REPRISE_PATH is `path`, all when NULL; reaps
 * what has ended. `owned` says which children are workers. How many live on. */
uint32_t rp__descendants_end(struct rp__descendants *d, const char *path,
    bool (*owned)(void *context, pid_t pid), void *context);
/* Names those that live on: "4711 (sleep), 4712 (sh)". */
void rp__descendants_name(
    struct rp__descendants *d, char *out, size_t out_size);

/* ---- transport_exec.c ---- */
struct rp__exec {
    struct rp_transport base;
    struct rp_exec_options options;
    struct rp__secrets secrets;
    struct rp__descendants *descendants;
    pid_t pid;                 /* of this process */
    struct rp_arena *shared;   /* of what all workers are given */
    const char *const *passed; /* variables that are always passed on */
    size_t passed_count;
    struct rp__worker *workers; /* running and gone, not yet delivered */
    struct rp__worker *gone_head, *gone_tail;
    struct rp__worker *delivered; /* what the last report borrows from */
    uint32_t in_flight;
    bool was_busy;
};
bool rp__exec_owns(void *context, pid_t pid);
void rp__exec_gone(struct rp__exec *exec, struct rp__worker *worker);

#endif
