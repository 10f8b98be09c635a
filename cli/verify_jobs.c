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

#define LINE_CHUNK_BYTES 4096
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
    struct rp_buf line;
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

static bool read_line(struct jobs *jobs, FILE *in)
{
    char chunk[LINE_CHUNK_BYTES];
    rp_buf_reset(&jobs->line);
    while (fgets(chunk, sizeof(chunk), in) != NULL) {
        rp_buf_add_text(&jobs->line, chunk);
        if (jobs->line.ptr[jobs->line.len - 1] == '\n') {
            return !jobs->line.overflowed;
        }
    }
    return false;
}

/* One piece: its verdicts, then its status; -1 when they do not come. */
static int read_piece(struct jobs *jobs, struct job *job, bool *wanted)
{
    for (;;) {
        struct rp_json_doc *doc = NULL;
        if (!read_line(jobs, job->in)) {
            return -1;
        }
        if (jobs->line.ptr[0] == STATUS_MARK) {
            return (int)strtol(jobs->line.ptr + 1, NULL, 10);
        }
        if (rp_json_read(&doc, rp_buf_str(&jobs->line), NULL, NULL) != RP_OK) {
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
    rp_buf_fini(&jobs->line);
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
    rp_buf_init(&jobs.line, RP__OUT_BYTES_MAX);
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
