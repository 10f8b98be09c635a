#include "sweep_args.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <reprise/clock_system.h>

#include "file.h"
#include "identity.h"
#include "say.h"
#include "verify_jobs.h"

#define SHARDS_MAX 10000
#define LIVE_MAX 100000

static void take_classes(struct rp__sweep_args *w, const struct rp__args *args)
{
    const char *text = rp__opt_value(args, "classes");
    if (text == NULL) {
        return;
    }
    w->class_text = rp_mem_dup(rp_str_of(text));
    for (char *at = w->class_text;
         at != NULL && w->class_count < RP_SWEEP_CLASSES_MAX;) {
        char *comma = strchr(at, ',');
        if (comma != NULL) {
            *comma++ = '\0';
        }
        w->classes[w->class_count++] = at;
        at = comma;
    }
}

/* "5000" scenarios, or a time: "10s". */
static bool take_budget(struct rp__sweep_args *w, const struct rp__args *args)
{
    const char *text = rp__opt_value(args, "budget");
    struct rp_duration time;
    char *end;
    if (text == NULL) {
        return true;
    }
    unsigned long cases = strtoul(text, &end, 10);
    if (text[0] >= '1' && text[0] <= '9' && *end == '\0' &&
        cases <= RP_SWEEP_CASES_MAX) {
        w->options.cases_max = (uint32_t)cases;
        return true;
    }
    if (!rp_duration_parse(rp_str_of(text), &time)) {
        rp__say("sweep",
            "--budget: '%s' is neither a number of scenarios (5000) nor a time "
            "(10s)",
            text);
        return false;
    }
    w->clock = rp_clock_system_new();
    w->options.clock = w->clock;
    w->options.until = rp_instant_add(rp_clock_now(w->clock), time);
    return true;
}

static bool take_random(struct rp__sweep_args *w, const struct rp__args *args)
{
    const char *text = rp__opt_value(args, "random");
    char *end;
    if (text == NULL) {
        return true;
    }
    unsigned long count = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' ||
        count > RP_SWEEP_CASES_MAX) {
        rp__say("sweep", "--random: '%s' is not a number of schedules", text);
        return false;
    }
    w->options.random_count = (uint32_t)count;
    return true;
}

static bool take_depth(struct rp__sweep_args *w, const struct rp__args *args)
{
    const char *text = rp__opt_value(args, "depth");
    w->options.depth = 1;
    if (text != NULL && strcmp(text, "1") != 0 && strcmp(text, "2") != 0) {
        rp__say("sweep", "--depth: '%s' is not 1 or 2", text);
        return false;
    }
    w->options.depth = text != NULL && text[0] == '2' ? 2 : 1;
    return true;
}

static bool take_seed(struct rp__sweep_args *w, const struct rp__args *args,
    const struct rp_recording *recording)
{
    const char *text = rp__opt_value(args, "seed");
    struct rp_session_head head = rp_rerun_head(recording);
    struct rp_err err = RP_ERR_INIT;
    w->options.subject.seed = head.seed;
    if (text == NULL) {
        return true;
    }
    if (rp__identity_make(&head, text, &err) != RP_OK) {
        rp__say("sweep", "%s", err.text);
        return false;
    }
    w->options.subject.seed = head.seed;
    return true;
}

/* ---- what was played before ---- */

#define RESULTS_BYTES_MAX ((size_t)1 << 30)

/* Nothing is added to what somebody else wrote. All that may be wrong with a
 * file of ours is its only line, when its writer was killed. */
static bool are_results(struct rp_str text, uint32_t taken)
{
    return text.len == 0 || taken > 0 ||
           rp_str_starts(text, RP_STR("{\"key\":\""));
}

static bool take_results(
    struct rp__sweep_args *w, const char *path, bool must_be_there)
{
    struct rp_err err = RP_ERR_INIT;
    char *text = NULL;
    size_t len = 0;
    enum rp_code rc = rp__file_read(&text, &len, path, RESULTS_BYTES_MAX, &err);
    if (rc == RP_E_NOT_FOUND && !must_be_there) {
        return true;
    }
    if (rc != RP_OK) {
        rp__say("sweep", "%s", err.text);
        return false;
    }
    w->texts = rp_mem_grow(w->texts, w->text_count + 1, sizeof(char *));
    w->texts[w->text_count++] = text;
    struct rp_str whole = {text, len};
    if (!are_results(whole, rp_sweep_stored_take(w->stored, whole))) {
        rp__say(
            "sweep", "'%s' is no file of results; it is left as it is", path);
        return false;
    }
    return true;
}

/* Nothing is written yet: it may be a file of somebody else. */
static bool open_results(struct rp__sweep_args *w, const char *path)
{
    w->results = fopen(path, "a+b");
    if (w->results == NULL) {
        rp__say("sweep", "--results: cannot write '%s'", path);
        return false;
    }
    return true;
}

/* A line that was cut short when somebody was killed stays by itself. */
static void end_cut_line(FILE *results)
{
    bool cut = fseek(results, -1, SEEK_END) == 0 && fgetc(results) != '\n';
    (void)fseek(results, 0, SEEK_END); /* between reading and writing */
    if (cut) {
        (void)fputc('\n', results); /* told by the next write if not */
    }
}

static void tell_damage(const struct rp_sweep_stored *stored)
{
    uint32_t count = rp_sweep_stored_damaged(stored);
    if (count > 0) {
        rp__say("sweep",
            "%" PRIu32 " stored line%s cut, changed or of another version, and "
            "not used",
            count, count == 1 ? " is" : "s are");
    }
}

static bool take_stored(struct rp__sweep_args *w, const struct rp__args *args)
{
    const char *judge = rp__opt_value(args, "judge");
    const char *path = rp__opt_list(args, "results", 0);
    if (judge == NULL && path == NULL) {
        return true;
    }
    if (judge != NULL && path != NULL) {
        rp__say("sweep", "--judge plays nothing, --results does; one of them");
        return false;
    }
    if (path != NULL && !open_results(w, path)) {
        return false;
    }
    w->stored = rp_sweep_stored_new(w->results);
    w->options.subject.stored = w->stored;
    w->options.subject.stored_only = judge != NULL;
    if (judge != NULL) {
        bool taken = take_results(w, judge, true);
        tell_damage(w->stored);
        return taken;
    }
    for (uint32_t i = 0; path != NULL; i++) {
        if (!take_results(w, path, i > 0)) {
            return false;
        }
        path = rp__opt_list(args, "results", i + 1);
    }
    tell_damage(w->stored);
    end_cut_line(w->results);
    return true;
}

/* "live:20", "live:each", "live:all" */
static bool take_confirm(struct rp__sweep_args *w, const struct rp__args *args)
{
    const char *text = rp__opt_value(args, "confirm");
    static const char prefix[] = "live:";
    char *end = NULL;
    if (text == NULL) {
        return true;
    }
    w->live.each = strcmp(text, "live:each") == 0;
    if (w->live.each || strcmp(text, "live:all") == 0) {
        w->live.runs_max = RP__SWEEP_LIVE_ALL;
        return true;
    }
    bool good = rp_str_starts(rp_str_of(text), rp_str_of(prefix));
    unsigned long count =
        good ? strtoul(text + sizeof(prefix) - 1, &end, 10) : 0;
    if (!good || *end != '\0' || count < 1 || count > LIVE_MAX) {
        rp__say("sweep",
            "--confirm: '%s' is not a number of live runs, as "
            "live:20, live:each or live:all",
            text);
        return false;
    }
    w->live.runs_max = (uint32_t)count;
    return true;
}

/* "2/8" */
static bool take_shard(struct rp__sweep_args *w, const struct rp__args *args)
{
    const char *text = rp__opt_value(args, "shard");
    char *end;
    if (text == NULL) {
        return true;
    }
    unsigned long shard = strtoul(text, &end, 10);
    bool good = *end == '/' && text[0] >= '0' && text[0] <= '9';
    unsigned long count = good ? strtoul(end + 1, &end, 10) : 0;
    if (!good || *end != '\0' || shard < 1 || shard > count ||
        count > SHARDS_MAX) {
        rp__say("sweep", "--shard: '%s' is not one of several, as 2/8", text);
        return false;
    }
    w->options.shard = (uint32_t)shard;
    w->options.shard_count = (uint32_t)count;
    return true;
}

/* What watches a session fails live only. */
static bool check_watchers(const struct rp__sweep_args *w)
{
    bool others = w->class_count == 0;
    for (uint32_t i = 0; i < w->class_count; i++) {
        others = others || (strcmp(w->classes[i], "store") != 0 &&
                               strcmp(w->classes[i], "export") != 0);
    }
    if (!others && w->live.runs_max == 0) {
        rp__say("sweep", "--classes: the store, and where spans are sent, fail "
                         "in live runs only: --confirm live:48");
    }
    return others || w->live.runs_max > 0;
}

/* What is kept is written by one process; live runs are others all the same. */
static bool take_jobs(struct rp__sweep_args *w, const struct rp__args *args)
{
    const char *text = rp__opt_value(args, "jobs");
    char *end;
    w->live.job_count = 1;
    if (text == NULL) {
        return true;
    }
    unsigned long count = strtoul(text, &end, 10);
    if (text[0] < '1' || text[0] > '9' || *end != '\0' ||
        count > RP__JOBS_MAX) {
        rp__say("sweep", "--jobs is a number from 1 to %d, not '%s'",
            RP__JOBS_MAX, text);
        return false;
    }
    w->live.job_count = (uint32_t)count;
    bool kept = w->stored != NULL;
    if (kept && w->live.runs_max == 0) {
        rp__say("sweep", "--jobs keeps nothing; --shard shares out what "
                         "--results keeps");
        return false;
    }
    if (count > 1 && !kept) {
        w->jobs = rp__sweep_jobs_new((uint32_t)count);
        w->options.hands = &rp__sweep_hands;
        w->options.hands_context = w->jobs;
    }
    return true;
}

bool rp__sweep_args_parse(struct rp__sweep_args *out,
    const struct rp__args *args, struct rp_recording *recording)
{
    *out = (struct rp__sweep_args){.clock = NULL};
    out->options.subject.recording = recording;
    out->options.subject.strict = rp__opt_flag(args, "strict");
    take_classes(out, args);
    out->options.classes = out->class_count == 0 ? NULL : out->classes;
    out->options.class_count = out->class_count;
    return take_seed(out, args, recording) && take_depth(out, args) &&
           take_random(out, args) && take_budget(out, args) &&
           take_shard(out, args) && take_confirm(out, args) &&
           take_stored(out, args) && take_jobs(out, args) &&
           check_watchers(out);
}

void rp__sweep_args_fini(struct rp__sweep_args *args)
{
    rp_clock_free(&args->clock);
    rp_sweep_stored_free(&args->stored);
    rp__sweep_jobs_free(&args->jobs);
    if (args->results != NULL) {
        (void)fclose(args->results); /* each line was flushed */
    }
    for (uint32_t i = 0; i < args->text_count; i++) {
        rp_mem_free(args->texts[i]);
    }
    rp_mem_free(args->texts);
    rp_mem_free(args->class_text);
    *args = (struct rp__sweep_args){.clock = NULL};
}
