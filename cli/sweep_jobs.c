/* Each process writes what became of its cases to a pipe of its own, a length
 * before each; who sweeps takes them in turn. */
#include "sweep_jobs.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <reprise/sweep_share.h>

#include "verify_jobs.h"

struct job {
    pid_t pid;
    FILE *in;
};

struct rp__sweep_jobs {
    uint32_t count;   /* wanted */
    uint32_t started; /* of them */
    uint32_t turn;    /* whose the next case is */
    struct job items[RP__JOBS_MAX];
};

struct rp__sweep_jobs *rp__sweep_jobs_new(uint32_t count)
{
    struct rp__sweep_jobs *jobs = rp_mem_zalloc(sizeof(*jobs));
    jobs->count = count;
    return jobs;
}

void rp__sweep_jobs_free(struct rp__sweep_jobs **jobs)
{
    rp_mem_free(*jobs);
    *jobs = NULL;
}

/* ---- in a process of its own ---- */

static bool tell(void *context, struct rp_str bytes)
{
    FILE *out = context;
    uint64_t len = bytes.len;
    return fwrite(&len, sizeof(len), 1, out) == 1 &&
           fwrite(bytes.ptr, 1, bytes.len, out) == bytes.len;
}

static _Noreturn void be_job(struct rp_sweep *sweep, uint32_t first,
    uint32_t number, uint32_t count, int fd)
{
    FILE *out = fdopen(fd, "w");
    if (out != NULL) {
        rp_recording_close(sweep->options.subject.recording);
        rp_sweep_share_play(sweep, first, number, count, tell, out);
        (void)fflush(out); /* who reads sees what is missing */
    }
    _exit(0); /* what the parent has open is the parent's to close */
}

/* ---- here ---- */

static bool start_one(
    struct rp__sweep_jobs *jobs, struct rp_sweep *sweep, uint32_t first)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        be_job(sweep, first, jobs->started, jobs->count, ends[1]);
    }
    (void)close(ends[1]);
    FILE *in = pid < 0 ? NULL : fdopen(ends[0], "r");
    if (in == NULL) {
        (void)close(ends[0]);
        return false;
    }
    jobs->items[jobs->started++] = (struct job){pid, in};
    return true;
}

/* Closing its pipe ends a process that nobody listens to. */
static void hands_end(void *context)
{
    struct rp__sweep_jobs *jobs = context;
    for (uint32_t i = 0; i < jobs->started; i++) {
        (void)fclose(jobs->items[i].in);
    }
    for (uint32_t i = 0; i < jobs->started; i++) {
        while (waitpid(jobs->items[i].pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    jobs->started = 0;
}

/* Every payload of the recording is at hand then. */
static bool fetch_all(struct rp_recording *recording)
{
    uint32_t count = 0;
    bool good = true;
    const struct rp_recorded *records = rp_recording_records(recording, &count);
    for (uint32_t i = 0; good && i < count; i++) {
        struct rp_event event = records[i].event;
        struct rp_completion completion;
        good = rp_recording_fill(recording, &event, &completion, NULL) == RP_OK;
    }
    return good;
}

static bool hands_start(void *context, struct rp_sweep *sweep, uint32_t first)
{
    struct rp__sweep_jobs *jobs = context;
    jobs->turn = 0;
    if (!fetch_all(sweep->options.subject.recording)) {
        return false;
    }
    (void)fflush(NULL); /* or a job would write it again */
    while (jobs->started < jobs->count && start_one(jobs, sweep, first)) {
    }
    if (jobs->started < jobs->count) {
        hands_end(jobs);
        return false;
    }
    return true;
}

static bool hands_take(void *context, struct rp_sweep *sweep, uint32_t index)
{
    struct rp__sweep_jobs *jobs = context;
    uint32_t block = jobs->turn++ / RP_SWEEP_SHARE_BLOCK;
    FILE *in = jobs->items[block % jobs->count].in;
    uint64_t len = 0;
    if (fread(&len, sizeof(len), 1, in) != 1 || len > RP_SWEEP_LINE_BYTES_MAX) {
        return false;
    }
    char *bytes = rp_mem_array((size_t)len + 1, 1);
    bool good =
        fread(bytes, 1, (size_t)len, in) == len &&
        rp_sweep_share_take(sweep, index, (struct rp_str){bytes, (size_t)len});
    rp_mem_free(bytes);
    return good;
}

const struct rp_sweep_hands rp__sweep_hands = {
    .start = hands_start,
    .take = hands_take,
    .end = hands_end,
};
