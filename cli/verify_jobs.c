/* Each process writes lines to a pipe of its own, verdicts and after each piece
 * its status; who reads them takes the pieces in turn. */
#include "verify_jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <reprise/json.h>

#include "exit.h"
#include "out.h"
#include "say.h"

#define STATUS_MARK '=' /* no JSON document begins with it */

struct job {
    pid_t pid;
    FILE *in;
};

struct jobs {
    const struct rp__job_ops *ops;
    void *context;
    uint32_t piece_count, job_count;
    struct job items[RP__JOBS_MAX];
    char *line; /* owned by getline(), as is its size */
    size_t line_size;
};

void rp__job_tell(FILE *out, const cJSON *verdict)
{
    struct rp_buf line;
    rp_buf_init(&line, RP__OUT_BYTES_MAX);
    rp_json_write_text(&line, verdict);
    (void)fwrite(line.ptr, 1, line.len, out); /* looked at by ferror() */
    (void)fputc('\n', out);
    rp_buf_fini(&line);
}

uint32_t rp__jobs_available(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1              ? 1
           : count > RP__JOBS_MAX ? RP__JOBS_MAX
                                  : (uint32_t)count;
}

static _Noreturn void be_job(struct jobs *jobs, uint32_t number, int fd)
{
    FILE *out = fdopen(fd, "w");
    for (uint32_t i = number; out != NULL && i < jobs->piece_count;
         i += jobs->job_count) {
        int status = jobs->ops->work(jobs->context, i, out);
        (void)fprintf(out, "%c%d\n", STATUS_MARK, status);
        if (fflush(out) != 0) {
            break;
        }
    }
    _exit(0); /* what the parent has open is the parent's to close */
}

static bool start(struct jobs *jobs, uint32_t number)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        be_job(jobs, number, ends[1]);
    }
    (void)close(ends[1]);
    FILE *in = pid < 0 ? NULL : fdopen(ends[0], "r");
    if (in == NULL) {
        (void)close(ends[0]);
    }
    jobs->items[number] = (struct job){pid, in};
    return in != NULL;
}

/* One piece: its verdicts, then its status; -1 when they do not come. */
static int read_piece(struct jobs *jobs, struct job *job, bool *wanted)
{
    for (;;) {
        ssize_t len = getline(&jobs->line, &jobs->line_size, job->in);
        if (len <= 0) {
            return -1;
        }
        if (jobs->line[0] == STATUS_MARK) {
            return (int)strtol(jobs->line + 1, NULL, 10);
        }
        struct rp_json_doc *doc = NULL;
        if (rp_json_read(&doc, (struct rp_str){jobs->line, (size_t)len}, NULL,
                NULL) != RP_OK) {
            return -1;
        }
        *wanted = *wanted && jobs->ops->take(jobs->context, rp_json_root(doc));
        rp_json_free(&doc);
    }
}

static int read_all(struct jobs *jobs)
{
    int worst = RP__EXIT_OK;
    bool wanted = true;
    for (uint32_t i = 0; i < jobs->piece_count && wanted; i++) {
        int status =
            read_piece(jobs, &jobs->items[i % jobs->job_count], &wanted);
        if (status < 0) {
            rp__say("verify", "a process that verified sessions died");
            return RP__EXIT_STORE;
        }
        worst = status > worst ? status : worst;
    }
    return wanted ? worst : RP__EXIT_FAILED;
}

/* Closing its pipe ends a process that nobody listens to. */
static void end(struct jobs *jobs, uint32_t started)
{
    for (uint32_t i = 0; i < started; i++) {
        (void)fclose(jobs->items[i].in);
    }
    for (uint32_t i = 0; i < started; i++) {
        while (waitpid(jobs->items[i].pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    free(jobs->line);
}

int rp__jobs_run(const struct rp__job_ops *ops, void *context,
    uint32_t piece_count, uint32_t job_count)
{
    struct jobs jobs = {
        .ops = ops,
        .context = context,
        .piece_count = piece_count,
        .job_count = job_count,
    };
    uint32_t started = 0;
    int status = RP__EXIT_STORE;
    (void)fflush(NULL); /* or a job would write it again */
    while (started < job_count && start(&jobs, started)) {
        started++;
    }
    if (started == job_count) {
        status = read_all(&jobs);
    } else {
        rp__say("verify", "cannot start %u processes", (unsigned)job_count);
    }
    end(&jobs, started);
    return status;
}
