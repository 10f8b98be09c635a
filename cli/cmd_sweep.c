/* sweep - every fault at every point of a recorded session, in virtual time.
 * No worker is run, and none is looked for. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <reprise/sweep.h>

#include "command.h"
#include "file.h"
#include "out.h"
#include "outcome.h"
#include "plan_arg.h"
#include "say.h"
#include "session_arg.h"
#include "sweep_accept.h"
#include "sweep_args.h"
#include "sweep_oracle.h"
#include "sweep_report.h"
#include "sweep_watch.h"
#include "term.h"

#define DATE_LEN 10
#define INPUT_SHOWN_MAX 4096 /* of a command line */

/* Of this command; 0 to 2 as of all. */
enum {
    EXIT_GAPS = 1,
    EXIT_DOUBT = 3, /* not deterministic, or it could not be tried */
    EXIT_NOT_TRIGGERED = 4,
    EXIT_STOPPED = 5, /* by a limit, before all was tried */
};

struct sweep_command {
    const struct rp__args *args;
    struct rp__session_arg arg;
    struct rp_recording *recording;
    struct rp__plan_arg plan_arg;
    const char *plan_file; /* NULL: the session's own plan */
    const struct rp_plan *plan;
    struct rp_buf store_option, input_option;
    struct rp__sweep_args how;
    rp__sweep_format *format; /* NULL: for people */
    char *base_text;          /* owned; of an earlier sweep */
    struct rp_json_doc *base; /* owned */
    struct rp_sweep sweep;
    struct rp__sweep_accept accept;
    struct rp__sweep_live live;
    struct rp__sweep_oracles *oracles; /* owned, or NULL */
    uint32_t inconclusive;
    struct rp_duration took;
};

/* ---- what is swept ---- */

static bool names_plan(const char *text)
{
    struct rp_str name = rp_str_of(text);
    return rp_str_ends(name, RP_STR(".json")) ||
           rp_str_ends(name, RP_STR(".jsonc"));
}

/* The latest session that ran under a plan of that name, came to a result, and
 * did so without faults. */
static int find_of_plan(struct sweep_command *w)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_session_filter filter = {
        .outcomes = 1u << RP_OUTCOME_OK | 1u << RP_OUTCOME_DEGRADED,
        .modes = 1u << RP_MODE_LIVE,
        .plan = rp_str_of(w->plan_arg.plan->name),
    };
    struct rp_sessions *sessions = NULL;
    bool found = false;
    enum rp_code rc =
        rp_reader_sessions(&sessions, w->arg.reader, &filter, &err);
    do {
        if (rc == RP_OK) {
            rc = rp_sessions_next(
                sessions, w->arg.arena, &found, &w->arg.row, &err);
        }
    } while (rc == RP_OK && found && w->arg.row.head.faults.len > 0);
    rp_sessions_free(&sessions);
    if (rc != RP_OK) {
        return rp__session_failed(&w->arg, &err);
    }
    if (!found) {
        rp__say("sweep",
            "no session of plan '%s' that came to a result, without faults, is "
            "recorded in %s",
            w->plan_arg.plan->name, w->arg.place.path);
        rp__say_next("first: reprise run %s", w->plan_file);
        return RP__EXIT_USAGE;
    }
    return RP__GO_ON;
}

static int load_recording(struct sweep_command *w)
{
    struct rp_err err = RP_ERR_INIT;
    return rp_recording_load(
               &w->recording, w->arg.reader, &w->arg.row, NULL, &err) == RP_OK
               ? RP__GO_ON
               : rp__session_failed(&w->arg, &err);
}

/* The store is opened as for any command; a plan is not a session's name. */
static int load_plan(struct sweep_command *w)
{
    if (!rp__plan_arg_load_or_tell(&w->plan_arg, "sweep", w->plan_file)) {
        return RP__EXIT_USAGE;
    }
    int status = rp__session_open(&w->arg, w->args);
    return status == RP__GO_ON ? find_of_plan(w) : status;
}

static int load(struct sweep_command *w)
{
    const char *first = w->args->count > 0 ? w->args->items[0] : "";
    const char *edited = rp__opt_value(w->args, "plan");
    if (names_plan(first)) {
        w->plan_file = first;
        if (edited != NULL) {
            rp__say("sweep", "--plan is for a session; '%s' is a plan", first);
            return RP__EXIT_USAGE;
        }
        int status = load_plan(w);
        return status == RP__GO_ON ? load_recording(w) : status;
    }
    int status = rp__session_find(&w->arg, w->args);
    if (status == RP__GO_ON) {
        status = load_recording(w);
    }
    if (status == RP__GO_ON && edited != NULL) {
        w->plan_file = edited;
        if (!rp__plan_arg_load_known(&w->plan_arg, "sweep", edited,
                rp_recording_plan(w->recording), false)) {
            return RP__EXIT_USAGE;
        }
    }
    return status;
}

/* ---- how ---- */

/* " --input …", when a run of the plan would take another one by itself. */
static void set_input_option(struct sweep_command *w)
{
    struct rp_str input = rp_recording_input(w->recording);
    if (w->plan->input_default != NULL) {
        struct rp_buf text;
        rp_buf_init(&text, RP_INPUT_BYTES_MAX);
        rp_json_write_text(&text, w->plan->input_default);
        bool same = rp_str_equal(rp_buf_str(&text), input);
        rp_buf_fini(&text);
        if (same) {
            return;
        }
    }
    if (input.len > INPUT_SHOWN_MAX) {
        rp_buf_add_text(&w->input_option, " --input FILE");
        return;
    }
    char *copy = rp_mem_dup(input);
    rp_buf_add_text(&w->input_option, " --input ");
    rp__text_shell(&w->input_option, copy);
    rp_mem_free(copy);
}

static bool take_format(struct sweep_command *w)
{
    const char *name = rp__opt_value(w->args, "format");
    if (name == NULL || strcmp(name, "text") == 0) {
        return true;
    }
    w->format = rp__sweep_format_of(name);
    if (w->format == NULL) {
        rp__say("sweep",
            "--format: '%s' is not text, json, jsonl, junit, sarif, markdown "
            "or html",
            name);
    }
    return w->format != NULL;
}

static bool take_base(struct sweep_command *w)
{
    const char *path = rp__opt_value(w->args, "base");
    struct rp_err err = RP_ERR_INIT;
    size_t len = 0;
    if (path == NULL) {
        return true;
    }
    if (rp__file_read(&w->base_text, &len, path, RP__OUT_BYTES_MAX, &err) !=
        RP_OK) {
        rp__say("sweep", "--base: %s", err.text);
        return false;
    }
    if (rp_json_read(&w->base, (struct rp_str){w->base_text, len}, NULL,
            NULL) != RP_OK ||
        strcmp(rp__sweep_text(rp_json_root(w->base), "schema"),
            "reprise.sweep/1") != 0) {
        rp__say("sweep", "--base: '%s' is not a report of --format json", path);
        return false;
    }
    return true;
}

/* Before anything is played, so that a mistake is told at once. */
static bool take_oracles(struct sweep_command *w)
{
    const char *path = rp__opt_value(w->args, "oracles");
    struct rp_err err = RP_ERR_INIT;
    if (path == NULL ||
        rp__sweep_oracles_load(&w->oracles, path, &err) == RP_OK) {
        return true;
    }
    rp__say("sweep", "--oracles: %s", err.text);
    return false;
}

static int prepare(struct sweep_command *w)
{
    w->plan = w->plan_arg.plan != NULL ? w->plan_arg.plan
                                       : rp_recording_plan(w->recording);
    if (!rp__sweep_args_parse(&w->how, w->args, w->recording) ||
        !take_format(w) || !take_base(w) || !take_oracles(w)) {
        return RP__EXIT_USAGE;
    }
    w->how.options.subject.plan = w->plan;
    w->how.live.tell =
        !rp__opt_flag(w->args, "quiet") && rp__term_of(STDERR_FILENO).moves;
    w->how.options.subject.plan_text = w->plan_arg.bytes;
    rp__session_store_option(&w->store_option, &w->arg.place);
    set_input_option(w);
    return RP__GO_ON;
}

/* ---- running ---- */

static int64_t monotonic_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* always there */
    return (int64_t)now.tv_sec * RP_NS_PER_S + now.tv_nsec;
}

static int sweep(struct sweep_command *w)
{
    struct rp_err err = RP_ERR_INIT;
    int64_t began = monotonic_ns();
    enum rp_code rc = rp_sweep_run(&w->sweep, &w->how.options, &err);
    w->took.ns = monotonic_ns() - began;
    if (rc == RP_OK) {
        return RP__GO_ON;
    }
    rp__say("sweep", "%s", err.text);
    return rc == RP_E_INVALID ? RP__EXIT_USAGE : EXIT_DOUBT;
}

/* ---- telling ---- */

static int status_of(const struct rp__sweep_tale *tale)
{
    const struct rp_sweep *s = tale->sweep;
    if (s->counts[RP_VERDICT_NONDETERMINISTIC] > 0 ||
        s->counts[RP_VERDICT_HARNESS] > 0 ||
        (tale->live != NULL &&
            tale->live->difference_count + tale->live->undecided_count > 0)) {
        return EXIT_DOUBT;
    }
    if (rp__sweep_open_gaps(tale) > 0) {
        return EXIT_GAPS;
    }
    if (s->counts[RP_VERDICT_NOT_TRIGGERED] > 0) {
        return EXIT_NOT_TRIGGERED;
    }
    return s->stopped || s->rig.absent > 0 ? EXIT_STOPPED : RP__EXIT_OK;
}

/* Gaps that somebody decided to live with, as of today. */
static bool take_accepted(struct sweep_command *w)
{
    const char *path = rp__opt_value(w->args, "accept");
    struct rp_err err = RP_ERR_INIT;
    struct rp_buf now;
    if (path == NULL) {
        return true;
    }
    rp_buf_init(&now, 64);
    rp_wall_write(&now, (struct rp_wall){(int64_t)time(NULL) * RP_NS_PER_S});
    char *today = rp_mem_dup((struct rp_str){now.ptr, DATE_LEN});
    rp_buf_fini(&now);
    enum rp_code rc =
        rp__sweep_accept_load(&w->accept, path, today, &w->sweep, &err);
    rp_mem_free(today);
    if (rc != RP_OK) {
        rp__say("sweep", "--accept: %s", err.text);
    }
    return rc == RP_OK;
}

/* How long it took is no part of a report: the same sweep is the same report.
 */
static void tell_speed(const struct sweep_command *w)
{
    struct rp_buf line;
    rp_buf_init(&line, 256);
    rp__text_count(&line, (int64_t)w->sweep.rig.played, "scenario");
    rp_buf_add_text(&line, " played in ");
    rp_duration_show(&line, w->took);
    if (w->sweep.rig.known > 0) {
        rp_buf_addf(&line, ", %" PRIu64 " known already", w->sweep.rig.known);
    }
    rp__say("sweep", "%s", line.ptr);
    rp_buf_fini(&line);
}

static void write_report(
    struct rp_buf *out, struct sweep_command *w, struct rp__sweep_tale *tale)
{
    struct rp__term term = rp__term_of(STDOUT_FILENO);
    if (w->format == NULL) {
        rp__sweep_tell(out, tale, &term.style);
        return;
    }
    cJSON *doc = rp__sweep_doc(tale);
    struct rp__sweep_report report = {
        doc, w->base == NULL ? NULL : rp_json_root(w->base), tale};
    w->format(out, &report);
    cJSON_Delete(doc);
}

static bool ask_oracles(struct sweep_command *w)
{
    struct rp_err err = RP_ERR_INIT;
    if (w->oracles == NULL || rp__sweep_oracles_judge(w->oracles, &w->sweep,
                                  &w->inconclusive, &err) == RP_OK) {
        return true;
    }
    rp__say("sweep", "--oracles: %s", err.text);
    return false;
}

static bool watch(struct sweep_command *w)
{
    struct rp_err err = RP_ERR_INIT;
    if (w->how.live.runs_max == 0) {
        return true;
    }
    enum rp_code rc =
        rp__sweep_live_watch(&w->live, &w->sweep, &w->how.live, &err);
    if (rc != RP_OK) {
        rp__say("sweep", "--confirm: %s", err.text);
    }
    return rc == RP_OK;
}

static bool confirm(struct sweep_command *w)
{
    struct rp_err err = RP_ERR_INIT;
    if (w->how.live.runs_max == 0) {
        return true;
    }
    enum rp_code rc =
        rp__sweep_live_confirm(&w->live, &w->sweep, &w->how.live, &err);
    if (rc != RP_OK) {
        rp__say("sweep", "--confirm: %s", err.text);
    }
    return rc == RP_OK;
}

static int tell(struct sweep_command *w)
{
    struct rp__sweep_tale tale = {
        .sweep = &w->sweep,
        .rig = &w->sweep.rig,
        .session = &w->arg.row.head.id,
        .plan_file = w->plan_file,
        .plan_text = w->plan_arg.bytes,
        .session_options = w->store_option.len == 0 ? "" : w->store_option.ptr,
        .input_option = w->input_option.len == 0 ? "" : w->input_option.ptr,
        .accepted = w->accept.reasons,
        .inconclusive = w->inconclusive,
        .live = w->how.live.runs_max == 0 ? NULL : &w->live,
        .accept_notes = w->accept.notes,
        .accept_note_count = w->accept.note_count,
    };
    struct rp_buf out;
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    if (!rp__opt_flag(w->args, "quiet")) {
        tell_speed(w);
    }
    write_report(&out, w, &tale);
    bool written = rp__out_write("sweep", rp_buf_str(&out));
    rp_buf_fini(&out);
    return written ? status_of(&tale) : EXIT_DOUBT;
}

static void fini(struct sweep_command *w)
{
    rp__sweep_live_fini(&w->live);
    rp__sweep_oracles_free(&w->oracles);
    rp__sweep_accept_fini(&w->accept);
    rp_sweep_fini(&w->sweep);
    rp__sweep_args_fini(&w->how);
    rp_json_free(&w->base);
    rp_mem_free(w->base_text);
    rp_buf_fini(&w->store_option);
    rp_buf_fini(&w->input_option);
    rp__plan_arg_fini(&w->plan_arg);
    rp_recording_free(&w->recording);
    rp__session_fini(&w->arg);
}

static int run(const struct rp__args *args)
{
    struct sweep_command w = {.args = args};
    rp_buf_init(&w.store_option, INPUT_SHOWN_MAX * 4);
    rp_buf_init(&w.input_option, INPUT_SHOWN_MAX * 8);
    int status = load(&w);
    if (status == RP__EXIT_STORE) {
        status = EXIT_DOUBT; /* 4 says something else here */
    }
    if (status == RP__GO_ON) {
        status = prepare(&w);
    }
    if (status == RP__GO_ON) {
        status = sweep(&w);
    }
    if (status == RP__GO_ON && !ask_oracles(&w)) {
        status = EXIT_DOUBT;
    }
    if (status == RP__GO_ON && !watch(&w)) {
        status = EXIT_DOUBT;
    }
    if (status == RP__GO_ON && !take_accepted(&w)) {
        status = RP__EXIT_USAGE;
    }
    if (status == RP__GO_ON && !confirm(&w)) {
        status = EXIT_DOUBT;
    }
    if (status == RP__GO_ON) {
        status = tell(&w);
    }
    fini(&w);
    return status;
}

static const struct rp__opt opts[] = {
    {"plan", "FILE", "under this plan instead of the session's own", false, 0},
    {"classes", "NAME,...",
        "of faults only: spawn,hang,kill,exit,slow,output,...", false, 0},
    {"depth", "1|2", "2: also pairs of faults at two tasks (1)", false, 0},
    {"random", "N", "then N schedules of 3 to 5 faults, drawn by the seed",
        false, 0},
    {"budget", "N|TIME", "stop after so many scenarios, or so long", false, 0},
    {"seed", "N", "with this seed of every draw, as of backoff", false, 0},
    {"results", "FILE", "keep what is played there, and play nothing twice",
        true, 0},
    {"shard", "I/N", "of pairs and what is drawn only this part", false, 0},
    {"jobs", "COUNT", "so many play pairs, or run live, side by side (1)",
        false, 'j'},
    {"judge", "FILE", "judge what is kept there; play nothing", false, 0},
    {"confirm", "live:N|each|all",
        "then so many runs with real workers, gaps first", false, 0},
    {"format", "FORM", "text, json, jsonl, junit, sarif, markdown or html",
        false, 0},
    {"base", "FILE", "an earlier --format json: markdown tells what is new",
        false, 0},
    {"oracles", "FILE", "what shall hold besides: schemas and programs", false,
        0},
    {"accept", "FILE", "gaps to live with, each with a reason and until when",
        false, 0},
    {"strict", NULL, "take no answer for a changed input: it needs a live run",
        false, 0},
    RP__OPT_QUIET,
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_sweep = {
    .name = "sweep",
    .summary = "try every fault at every point of a session",
    .arguments = "[SESSION|PLAN]",
    .description =
        "Plays a recorded session under every fault at every task, in virtual "
        "time, and\nsays which defence is missing where, with a command line "
        "that shows it. Without\n--confirm nothing is started or contacted. "
        "A PLAN (a file that ends in .json) is\nheld against the latest "
        "session of the plan of that name.\n" RP__HELP_SESSION,
    .footer =
        "Exit status: 0 no gap; 1 gaps; 2 nothing was tried; 3 not the "
        "same twice or\nlive, or not to be read; 4 a fault never fired; 5 "
        "stopped by a limit.\n\n"
        "Examples:\n"
        "  reprise sweep\n"
        "  reprise sweep X4QK7M --plan edited.json\n"
        "  reprise sweep plan.json --classes hang,kill",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
