#include "sweep_live.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <reprise/reader.h>
#include <reprise/sweep_observe.h>

#include "exit.h"
#include "file.h"

#define PROGRAM "/proc/self/exe"
#define FIXED_ARGS 10
#define EXTRA_ARGS 2
/* Nobody is asked there: what a rule does to a request comes first. */
#define NOWHERE "http://127.0.0.1:9"
#define FOLDER_BYTES_MAX (PATH_MAX - 64)
#define FILE_MODE 0600
#define NOT_STARTED 127
#define WATCHERS_SHARE 4 /* one in so many runs is about what watches */
#define RESUMES_MAX 8    /* of one session */

struct confirming {
    struct rp__sweep_live *out;
    struct rp_sweep *sweep;
    char folder[FOLDER_BYTES_MAX]; /* of the run at hand */
};

/* ---- a folder for each run ---- */

static enum rp_code make_folder(struct confirming *c, struct rp_err *err)
{
    const char *temporary = getenv("TMPDIR");
    char why[128];
    (void)snprintf(c->folder, sizeof(c->folder), "%s/reprise-sweep-XXXXXX",
        temporary == NULL || temporary[0] == '\0' ? "/tmp" : temporary);
    if (mkdtemp(c->folder) == NULL) {
        rp__file_errno(why, sizeof(why));
        return rp_err_set(
            err, RP_E_IO, "cannot make a temporary folder: %s", why);
    }
    return RP_OK;
}

static void path_of(
    const struct confirming *c, char out[PATH_MAX], const char *name)
{
    (void)snprintf(out, PATH_MAX, "%s/%s", c->folder, name);
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

static enum rp_code write_file(const struct confirming *c, const char *name,
    struct rp_str bytes, struct rp_err *err)
{
    char path[PATH_MAX];
    path_of(c, path, name);
    return rp__file_create(path, bytes, FILE_MODE, err);
}

/* ---- one run ---- */

static _Noreturn void be_run(const char **argv)
{
    int nothing = open("/dev/null", O_RDWR);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    for (int fd = 0; nothing >= 0 && fd <= 2; fd++) {
        (void)dup2(nothing, fd);
    }
    (void)execv(PROGRAM, (char *const *)(uintptr_t)argv);
    _exit(NOT_STARTED);
}

static enum rp_code spawn(int *out, const char **argv, struct rp_err *err)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        be_run(argv);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == NOT_STARTED) {
        return rp_err_set(err, RP_E_IO, "a live run could not be started");
    }
    *out = WEXITSTATUS(status);
    return RP_OK;
}

/* A run whose orchestrator was killed is gone on with, until it ends. */
static enum rp_code resume(
    int status, const char *store_path, struct rp_err *err)
{
    const char *argv[] = {
        "reprise", "resume", "last", "--quiet", "--store", store_path, NULL};
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0;
         i < RESUMES_MAX && rc == RP_OK && status == RP__EXIT_LOST; i++) {
        rc = spawn(&status, argv, err);
    }
    return rc;
}

static enum rp_code run(int *out, const struct confirming *c,
    const char *const *rules, uint32_t rule_count, struct rp_err *err)
{
    const struct rp_sweep_subject *subject = &c->sweep->options.subject;
    const struct rp_plan *plan = c->sweep->rig.measure.plan;
    char plan_path[PATH_MAX];
    char input_path[PATH_MAX];
    char store_path[PATH_MAX];
    char seed[32];
    const char **argv = rp_arena_array(c->out->arena,
        FIXED_ARGS + EXTRA_ARGS + 2 * (size_t)rule_count + 1,
        sizeof(const char *));
    path_of(c, plan_path, "plan.json");
    path_of(c, input_path, "input.json");
    path_of(c, store_path, "store.db");
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
    enum rp_code rc = write_file(c, "plan.json", plan->frozen, err);
    if (rc == RP_OK) {
        rc = write_file(
            c, "input.json", rp_recording_input(subject->recording), err);
    }
    rc = rc == RP_OK ? spawn(out, argv, err) : rc;
    return rc == RP_OK ? resume(*out, store_path, err) : rc;
}

/* The only session of the store of that run. */
static enum rp_code judge(const struct confirming *c, const char *const *rules,
    uint32_t rule_count, struct rp_sweep_judgement *out, struct rp_err *err)
{
    struct rp_reader *reader = NULL;
    struct rp_recording *recording = NULL;
    struct rp_session_row row;
    struct rp_arena *arena = rp_arena_new(0);
    char store_path[PATH_MAX];
    path_of(c, store_path, "store.db");
    enum rp_code rc = rp_reader_open(&reader, store_path, err);
    if (rc == RP_OK) {
        rc = rp_reader_find(&row, reader, RP_STR("last"), arena, err);
    }
    if (rc == RP_OK) {
        rc = rp_recording_load(&recording, reader, &row, NULL, err);
    }
    if (rc == RP_OK) {
        rp_sweep_rig_judge_live(
            out, &c->sweep->rig, recording, rules, rule_count);
    }
    rp_recording_free(&recording);
    rp_reader_close(&reader);
    rp_arena_free(&arena);
    return rc;
}

static enum rp_code try_live(struct confirming *c, const char *const *rules,
    uint32_t rule_count, struct rp_sweep_judgement *out, struct rp_err *err)
{
    enum rp_code rc = make_folder(c, err);
    if (rc != RP_OK) {
        return rc;
    }
    int status = 0;
    rc = run(&status, c, rules, rule_count, err);
    if (rc == RP_OK) {
        rc = judge(c, rules, rule_count, out, err);
    }
    remove_folder(c->folder, false);
    c->out->run_count++;
    return rc;
}

/* ---- what watches a session ---- */

static bool is_empty(const struct confirming *c)
{
    char path[PATH_MAX];
    struct stat about;
    path_of(c, path, "store.db");
    return stat(path, &about) != 0 || about.st_size == 0;
}

/* Reads what the run left; nothing at all is as good as a whole prefix. */
static void read_left(const struct confirming *c, const char *const *rule,
    struct rp_sweep_observed *out)
{
    struct rp_sweep_judgement judgement;
    struct rp_err err = RP_ERR_INIT;
    struct rp_sweep_rig *rig = &c->sweep->rig;
    enum rp_code rc = judge(c, rule, 1, &judgement, &err);
    bool nothing = rc == RP_E_NOT_FOUND || is_empty(c) ||
                   strstr(err.text, "nothing was ever recorded") != NULL;
    out->readable = rc == RP_OK || nothing;
    out->why = rp_arena_dup(c->out->arena, rp_str_of(err.text));
    out->trace = rc == RP_OK ? &rig->trace : NULL;
}

/* All is well, and the status says that it is not: the fault never came. */
static bool has_not_fired(const struct rp_sweep_observed *observed, int status)
{
    return status == RP__EXIT_FAILED && observed->trace != NULL &&
           observed->trace->outcome == RP_OUTCOME_OK;
}

static enum rp_code try_watcher(struct confirming *c, const char *const *rule,
    bool store, struct rp_err *err)
{
    struct rp_sweep_finding finding;
    struct rp_sweep_observed observed = {.rule = *rule, .store = store};
    int status = 0;
    enum rp_code rc = make_folder(c, err);
    if (rc != RP_OK) {
        return rc;
    }
    rc = run(&status, c, rule, 1, err);
    if (rc == RP_OK) {
        observed.said = status == RP__EXIT_STORE;
        rp_sweep_trace_reset(&c->sweep->rig.trace);
        read_left(c, rule, &observed);
        if (rp_sweep_observe(
                &finding, c->out->arena, &c->sweep->rig.baseline, &observed)) {
            rp_sweep_add_finding(c->sweep, NULL, &finding);
        } else if (has_not_fired(&observed, status)) {
            c->out->idle_count++;
        } else {
            c->out->agreed_count++;
        }
        c->out->watcher_count++;
        c->out->run_count++;
    }
    remove_folder(c->folder, false);
    return rc;
}

static enum rp_code try_watchers(
    struct confirming *c, bool store, uint32_t runs_max, struct rp_err *err)
{
    uint32_t count = 0;
    const char *const *rules = rp_sweep_observe_rules(store, &count);
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0;
         i < count && rc == RP_OK && c->out->run_count < runs_max &&
         rp_sweep_tries_watchers(&c->sweep->options, store);
         i++) {
        rc = try_watcher(c, &rules[i], store, err);
    }
    return rc;
}

/* ---- what is tried ---- */

static bool has(const struct rp_sweep_judgement *judgement,
    enum rp_gap_kind gap, const char *path)
{
    for (uint32_t i = 0; i < judgement->finding_count; i++) {
        if (judgement->findings[i].gap == gap &&
            strcmp(judgement->findings[i].path, path) == 0) {
            return true;
        }
    }
    return false;
}

static void differ(struct confirming *c, const char *rule, const char *then,
    const struct rp_sweep_judgement *now)
{
    struct rp__sweep_live *out = c->out;
    out->differences[out->difference_count++] =
        rp_arena_printf(out->arena, "'%s': %s in the sweep, %s live%s%s", rule,
            then, rp_verdict_name(now->verdict),
            now->note[0] == '\0' ? "" : ": ", now->note);
}

static enum rp_code confirm_gap(
    struct confirming *c, uint32_t index, struct rp_err *err)
{
    const struct rp_sweep_gap *gap = &c->sweep->gaps[index];
    struct rp_sweep_judgement judgement;
    enum rp_code rc = try_live(c, gap->rules, gap->rule_count, &judgement, err);
    if (rc != RP_OK) {
        return rc;
    }
    if (has(&judgement, gap->gap, gap->path)) {
        c->out->gap_states[index] = "live";
        c->out->agreed_count++;
    } else {
        c->out->gap_states[index] = rp_verdict_name(judgement.verdict);
        differ(c, gap->rules[0], rp_gap_id(gap->gap), &judgement);
    }
    return RP_OK;
}

static enum rp_code confirm_case(
    struct confirming *c, const struct rp_sweep_case *item, struct rp_err *err)
{
    struct rp_sweep_judgement judgement;
    enum rp_code rc =
        try_live(c, item->rules, item->rule_count, &judgement, err);
    if (rc != RP_OK) {
        return rc;
    }
    if (judgement.verdict == item->judgement.verdict) {
        c->out->agreed_count++;
    } else if (judgement.verdict == RP_VERDICT_NOT_TRIGGERED) {
        c->out->idle_count++;
    } else {
        differ(c, item->rules[item->rule_count - 1],
            rp_verdict_name(item->judgement.verdict), &judgement);
    }
    return RP_OK;
}

static bool was_played(const struct rp_sweep_case *c)
{
    return c->judgement.verdict != RP_VERDICT_PRUNED &&
           c->judgement.verdict != RP_VERDICT_NEEDS_LIVE;
}

static enum rp_code confirm_cases(
    struct confirming *c, uint32_t left, struct rp_err *err)
{
    const struct rp_sweep *s = c->sweep;
    uint64_t count = 0;
    uint64_t seen = 0;
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0; i < s->case_count; i++) {
        count += was_played(s->cases[i]) ? 1 : 0;
    }
    for (uint32_t i = 0; i < s->case_count && rc == RP_OK; i++) {
        if (!was_played(s->cases[i])) {
            continue;
        }
        /* `left` of `count`, at equal distances */
        bool due = (seen + 1) * left / count > seen * left / count;
        seen++;
        if (due || left >= count) {
            rc = confirm_case(c, s->cases[i], err);
        }
    }
    return rc;
}

static struct confirming *confirming_new(
    struct rp__sweep_live *out, struct rp_sweep *sweep)
{
    struct confirming *c = rp_mem_zalloc(sizeof(*c));
    c->out = out;
    c->sweep = sweep;
    return c;
}

enum rp_code rp__sweep_live_watch(struct rp__sweep_live *out,
    struct rp_sweep *sweep, uint32_t runs_max, struct rp_err *err)
{
    *out = (struct rp__sweep_live){.arena = rp_arena_new(0)};
    struct confirming *c = confirming_new(out, sweep);
    enum rp_code rc = try_watchers(c, true, runs_max / WATCHERS_SHARE, err);
    if (rc == RP_OK) {
        rc = try_watchers(c, false, runs_max / WATCHERS_SHARE, err);
    }
    rp_mem_free(c);
    return rc;
}

enum rp_code rp__sweep_live_confirm(struct rp__sweep_live *out,
    struct rp_sweep *sweep, uint32_t runs_max, struct rp_err *err)
{
    struct confirming *c = confirming_new(out, sweep);
    enum rp_code rc = RP_OK;
    out->gap_states = rp_arena_array(
        out->arena, (size_t)sweep->gap_count + 1, sizeof(const char *));
    out->differences =
        rp_arena_array(out->arena, (size_t)runs_max + 1, sizeof(const char *));
    for (uint32_t i = 0;
         i < sweep->gap_count && out->run_count < runs_max && rc == RP_OK;
         i++) {
        if (sweep->gaps[i].rule_count > 0) { /* else it was shown live */
            rc = confirm_gap(c, i, err);
        }
    }
    if (rc == RP_OK && out->run_count < runs_max) {
        rc = confirm_cases(c, runs_max - out->run_count, err);
    }
    rp_mem_free(c);
    return rc;
}

void rp__sweep_live_fini(struct rp__sweep_live *live)
{
    rp_arena_free(&live->arena);
    *live = (struct rp__sweep_live){.arena = NULL};
}
