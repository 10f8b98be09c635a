#include "sweep_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <reprise/reader.h>

#include "exit.h"
#include "file.h"

#define PROGRAM "/proc/self/exe"
#define FIXED_ARGS 10
#define EXTRA_ARGS 4 /* of each rule */
/* Nobody is asked there: what a rule does to a request comes first. */
#define NOWHERE "http://127.0.0.1:9"
#define FILE_MODE 0600
#define NOT_STARTED 127
#define RESUMES_MAX 8 /* of one session */

static const int interrupts[] = {SIGINT, SIGTERM, SIGHUP};
static volatile sig_atomic_t interrupted; /* by that signal; 0: not */

static void note_interrupt(int signo)
{
    interrupted = signo;
}

/* ---- a folder for each run ---- */

static enum rp_code make_folder(struct rp__sweep_run *run, struct rp_err *err)
{
    const char *temporary = getenv("TMPDIR");
    char why[128];
    (void)snprintf(run->folder, sizeof(run->folder), "%s/reprise-sweep-XXXXXX",
        temporary == NULL || temporary[0] == '\0' ? "/tmp" : temporary);
    if (mkdtemp(run->folder) == NULL) {
        rp__file_errno(why, sizeof(why));
        run->folder[0] = '\0';
        return rp_err_set(
            err, RP_E_IO, "cannot make a temporary folder: %s", why);
    }
    return RP_OK;
}

static void path_of(
    const struct rp__sweep_run *run, char out[PATH_MAX], const char *name)
{
    (void)snprintf(out, PATH_MAX, "%s/%s", run->folder, name);
}

/* What is in it and in the folders in it; nothing is nested deeper. */
static void remove_folder(const char *folder, bool nested)
{
    struct dirent *entry;
    DIR *dir = opendir(folder);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char path[PATH_MAX];
        int len = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        bool dots =
            strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (dots || len < 0 || len >= PATH_MAX || unlink(path) == 0) {
            continue;
        }
        if (!nested) {
            remove_folder(path, true);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    (void)rmdir(folder);
}

static enum rp_code write_file(const struct rp__sweep_run *run,
    const char *name, struct rp_str bytes, struct rp_err *err)
{
    char path[PATH_MAX];
    path_of(run, path, name);
    return rp__file_create(path, bytes, FILE_MODE, err);
}

/* ---- processes ---- */

/* Who started us may be gone before we ask to be told. */
static _Noreturn void be_run(const char *const *argv, pid_t parent)
{
    int nothing = open("/dev/null", O_RDWR);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    for (int fd = 0; nothing >= 0 && fd <= 2; fd++) {
        (void)dup2(nothing, fd);
    }
    if (getppid() == parent) {
        (void)execv(PROGRAM, (char *const *)(uintptr_t)argv);
    }
    _exit(NOT_STARTED);
}

static enum rp_code spawn(
    struct rp__sweep_run *run, const char *const *argv, struct rp_err *err)
{
    pid_t parent = getpid();
    run->pid = fork();
    if (run->pid == 0) {
        be_run(argv, parent);
    }
    if (run->pid < 0) {
        run->pid = 0;
        return rp_err_set(err, RP_E_IO, "a live run could not be started");
    }
    return RP_OK;
}

static enum rp_code resume(struct rp__sweep_run *run, struct rp_err *err)
{
    char store_path[PATH_MAX];
    const char *const argv[] = {
        "reprise", "resume", "last", "--quiet", "--store", store_path, NULL};
    path_of(run, store_path, "store.db");
    run->resumes++;
    return spawn(run, argv, err);
}

static enum rp_code start(struct rp__sweep_run *run,
    const struct rp_sweep_subject *subject, const char *const *rules,
    uint32_t rule_count, struct rp_err *err)
{
    char plan_path[PATH_MAX];
    char input_path[PATH_MAX];
    char store_path[PATH_MAX];
    char seed[32];
    const char **argv = rp_mem_array(
        FIXED_ARGS + EXTRA_ARGS * (size_t)rule_count + 1, sizeof(const char *));
    path_of(run, plan_path, "plan.json");
    path_of(run, input_path, "input.json");
    path_of(run, store_path, "store.db");
    (void)snprintf(seed, sizeof(seed), "%" PRIu64, subject->seed);
    const char *const fixed[FIXED_ARGS] = {"reprise", "run", plan_path,
        "--quiet", "--input", input_path, "--store", store_path, "--seed",
        seed};
    memcpy(argv, fixed, sizeof(fixed));
    uint32_t count = FIXED_ARGS;
    for (uint32_t i = 0; i < rule_count; i++) {
        argv[count++] = "--fault";
        argv[count++] = rules[i];
        if (rp_str_starts(rp_str_of(rules[i]), RP_STR("export"))) {
            argv[count++] = "--otlp";
            argv[count++] = NOWHERE;
        }
    }
    enum rp_code rc = spawn(run, argv, err);
    rp_mem_free(argv);
    return rc;
}

/* ---- several of them ---- */

void rp__sweep_runs_init(
    struct rp__sweep_runs *out, const struct rp_sweep *sweep, uint32_t room)
{
    const struct sigaction note = {.sa_handler = note_interrupt};
    *out = (struct rp__sweep_runs){.sweep = sweep, .room = room};
    interrupted = 0;
    for (size_t i = 0; i < RP_COUNT_OF(interrupts); i++) {
        (void)sigaction(interrupts[i], &note, &out->before[i]);
    }
}

static struct rp__sweep_run *find(struct rp__sweep_runs *runs, pid_t pid)
{
    for (uint32_t i = 0; i < runs->count; i++) {
        if (runs->items[i]->pid == pid) {
            return runs->items[i];
        }
    }
    return NULL;
}

static void end(struct rp__sweep_run *run)
{
    if (run->pid > 0) {
        (void)kill(run->pid, SIGTERM);
        while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    run->pid = 0;
}

void rp__sweep_runs_drop(struct rp__sweep_runs *runs, struct rp__sweep_run *run)
{
    uint32_t i = 0;
    while (runs->items[i] != run) {
        i++;
    }
    runs->items[i] = runs->items[--runs->count];
    end(run);
    if (run->folder[0] != '\0') {
        remove_folder(run->folder, false);
    }
    rp_mem_free(run);
}

void rp__sweep_runs_fini(struct rp__sweep_runs *runs)
{
    for (uint32_t i = 0; i < runs->count; i++) {
        if (runs->items[i]->pid > 0) { /* all end at the same time */
            (void)kill(runs->items[i]->pid, SIGTERM);
        }
    }
    while (runs->count > 0) {
        rp__sweep_runs_drop(runs, runs->items[0]);
    }
    for (size_t i = 0; i < RP_COUNT_OF(interrupts); i++) {
        (void)sigaction(interrupts[i], &runs->before[i], NULL);
    }
    if (interrupted != 0) {
        (void)raise(interrupted);
    }
}

enum rp_code rp__sweep_runs_start(struct rp__sweep_runs *runs, uint32_t number,
    const char *const *rules, uint32_t rule_count, struct rp_err *err)
{
    const struct rp_sweep *sweep = runs->sweep;
    const struct rp_sweep_subject *subject = &sweep->options.subject;
    struct rp__sweep_run *run = rp_mem_zalloc(sizeof(*run));
    RP_ASSERT(runs->count < runs->room);
    run->number = number;
    runs->items[runs->count++] = run;
    enum rp_code rc = make_folder(run, err);
    if (rc == RP_OK) {
        rc = write_file(run, "plan.json", sweep->rig.measure.plan->frozen, err);
    }
    if (rc == RP_OK) {
        rc = write_file(
            run, "input.json", rp_recording_input(subject->recording), err);
    }
    if (rc == RP_OK) {
        rc = start(run, subject, rules, rule_count, err);
    }
    if (rc != RP_OK) {
        rp__sweep_runs_drop(runs, run);
    }
    return rc;
}

/* One process of ours has ended. */
static enum rp_code take_end(struct rp__sweep_run **out,
    struct rp__sweep_run *run, int status, struct rp_err *err)
{
    run->pid = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) == NOT_STARTED) {
        return rp_err_set(err, RP_E_IO, "a live run could not be started");
    }
    run->status = WEXITSTATUS(status);
    if (run->status == RP__EXIT_LOST && run->resumes < RESUMES_MAX) {
        return resume(run, err);
    }
    *out = run;
    return RP_OK;
}

enum rp_code rp__sweep_runs_wait(
    struct rp__sweep_run **out, struct rp__sweep_runs *runs, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    *out = NULL;
    while (rc == RP_OK && *out == NULL) {
        int status = 0;
        pid_t pid = interrupted != 0 ? -1 : waitpid(-1, &status, 0);
        if (interrupted != 0) {
            return rp_err_set(err, RP_E_CANCELLED, "it was interrupted");
        }
        struct rp__sweep_run *run = pid > 0 ? find(runs, pid) : NULL;
        if (run != NULL) {
            rc = take_end(out, run, status, err);
        } else if (pid < 0 && errno != EINTR) {
            rc = rp_err_set(err, RP_E_IO, "a live run is not there any more");
        }
    }
    return rc;
}

/* ---- what one left ---- */

enum rp_code rp__sweep_run_judge(struct rp_sweep_judgement *out,
    struct rp_sweep_rig *rig, const struct rp__sweep_run *run,
    const char *const *rules, uint32_t rule_count, struct rp_err *err)
{
    struct rp_reader *reader = NULL;
    struct rp_recording *recording = NULL;
    struct rp_session_row row;
    struct rp_arena *arena = rp_arena_new(0);
    char store_path[PATH_MAX];
    path_of(run, store_path, "store.db");
    enum rp_code rc = rp_reader_open(&reader, store_path, err);
    if (rc == RP_OK) {
        rc = rp_reader_find(&row, reader, RP_STR("last"), arena, err);
    }
    if (rc == RP_OK) {
        rc = rp_recording_load(&recording, reader, &row, NULL, err);
    }
    if (rc == RP_OK) {
        rp_sweep_rig_judge_live(out, rig, recording, rules, rule_count);
    }
    rp_recording_free(&recording);
    rp_reader_close(&reader);
    rp_arena_free(&arena);
    return rc;
}

bool rp__sweep_run_is_empty(const struct rp__sweep_run *run)
{
    char path[PATH_MAX];
    struct stat about;
    path_of(run, path, "store.db");
    return stat(path, &about) != 0 || about.st_size == 0;
}
