/* play - a recorded session again on the screen: watching, not running. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <reprise/recording.h>

#include "command.h"
#include "live.h"
#include "outcome.h"
#include "say.h"
#include "session_arg.h"

#define SLICE_NS 50000000L /* between two looks at the clock */
#define SPEED_MAX 1e6

struct playing {
    struct rp__session_arg arg;
    struct rp_recording *recording;
    struct rp__choice choice;
    struct rp__live live;
    struct rp__lines lines;
    struct rp__quiet quiet; /* for the last word */
    struct rp_sink *sink;   /* NULL: only the end is shown */
    bool tree, step;
    double speed; /* 0: as fast as it goes */
};

/* ---- views ---- */

static void begin_views(struct playing *p)
{
    const struct rp_plan *plan = rp_recording_plan(p->recording);
    struct rp__tree tree = {.id = &p->arg.row.head.id, .plan = plan};
    rp__quiet_init(&p->quiet, plan);
    if (p->choice.progress == RP__PROGRESS_TREE) {
        rp__live_init(&p->live, &tree, STDERR_FILENO);
        p->sink = &p->live.sink;
        p->tree = true;
    } else if (p->choice.progress != RP__PROGRESS_NONE) {
        rp__lines_init(&p->lines, &p->arg.row.head,
            p->choice.progress == RP__PROGRESS_JSON, STDERR_FILENO);
        p->sink = &p->lines.sink;
    }
}

static void end_views(struct playing *p)
{
    if (p->tree) {
        rp__live_erase(&p->live);
        rp__live_fini(&p->live);
    } else if (p->sink != NULL) {
        rp__lines_fini(&p->lines);
    }
}

static void show_turn(struct playing *p, struct rp_instant now)
{
    if (p->sink != NULL) {
        p->sink->ops->turn(p->sink, NULL, now);
    }
}

static void show(struct playing *p, const struct rp_recorded *recorded)
{
    struct rp_record record = rp_recorded_as_record(recorded);
    p->quiet.sink.ops->record(&p->quiet.sink, &record);
    if (p->sink != NULL) {
        p->sink->ops->record(p->sink, &record);
    }
    show_turn(p, record.at);
}

/* ---- time ---- */

static void sleep_ns(int64_t ns)
{
    struct timespec pause = {.tv_sec = (time_t)(ns / RP_NS_PER_S),
        .tv_nsec = (long)(ns % RP_NS_PER_S)};
    (void)nanosleep(&pause, NULL); /* woken early, it is early */
}

/* From one record to the next, in slices, so that running times run. */
static void pass_time(
    struct playing *p, struct rp_instant from, struct rp_instant to)
{
    if (p->speed == 0) {
        return;
    }
    double left_ns = (double)(to.ns - from.ns) / p->speed;
    while (left_ns > 0) {
        double slice_ns =
            left_ns < (double)SLICE_NS ? left_ns : (double)SLICE_NS;
        sleep_ns((int64_t)slice_ns);
        left_ns -= slice_ns;
        struct rp_instant now = {to.ns - (int64_t)(left_ns * p->speed)};
        show_turn(p, now);
    }
}

/* False when nobody is there to press Enter any more: the rest just comes. */
static bool wait_for_enter(void)
{
    char c;
    ssize_t got;
    do {
        got = read(STDIN_FILENO, &c, 1);
    } while ((got == 1 && c != '\n') || (got < 0 && errno == EINTR));
    return got == 1;
}

static void play(struct playing *p)
{
    uint32_t count;
    const struct rp_recorded *records =
        rp_recording_records(p->recording, &count);
    struct rp_instant now = {0};
    for (uint32_t i = 0; i < count; i++) {
        if (p->step) {
            p->step = i == 0 || wait_for_enter();
        } else {
            pass_time(p, now, records[i].event.at);
        }
        now = records[i].event.at;
        show(p, &records[i]);
        if (p->step && p->tree) {
            rp__live_draw(&p->live, now);
        }
    }
}

/* ---- the command ---- */

static bool take_speed(struct playing *p, const char *text)
{
    char *end = NULL;
    p->speed = 1;
    if (text == NULL) {
        return true;
    }
    if (strcmp(text, "max") == 0) {
        p->speed = 0;
        return true;
    }
    p->speed = strtod(text, &end);
    if (end == text || *end != '\0' || !(p->speed > 0) ||
        p->speed > SPEED_MAX) {
        rp__say("play", "--speed '%s' is not a number above 0, nor max", text);
        return false;
    }
    return true;
}

static int load(struct playing *p, const struct rp__args *args)
{
    struct rp_err err = RP_ERR_INIT;
    int status = rp__session_find(&p->arg, args);
    if (status != RP__GO_ON) {
        return status;
    }
    if (rp_recording_load(
            &p->recording, p->arg.reader, &p->arg.row, NULL, &err) != RP_OK) {
        return rp__session_failed(&p->arg, &err);
    }
    return RP__GO_ON;
}

static void tell_end(struct playing *p)
{
    struct rp__ending ending = {
        .command = "play",
        .view = &p->quiet.view,
        .id = &p->arg.row.head.id,
        .place = &p->arg.place,
        .plan = rp_recording_plan(p->recording),
        .choice = &p->choice,
        .died = !rp_recording_ended(p->recording) &&
                !rp__session_runs(&p->arg, &p->arg.row),
    };
    rp__outcome_tell(&ending);
}

static int run(const struct rp__args *args)
{
    struct playing p = {.speed = 1};
    if (!rp__choice_parse(&p.choice, args) ||
        !take_speed(&p, rp__opt_value(args, "speed"))) {
        return RP__EXIT_USAGE;
    }
    p.step = rp__opt_flag(args, "step");
    int status = load(&p, args);
    if (status == RP__GO_ON) {
        begin_views(&p);
        play(&p);
        end_views(&p);
        tell_end(&p);
        rp__quiet_fini(&p.quiet);
        status = RP__EXIT_OK;
    }
    rp_recording_free(&p.recording);
    rp__session_fini(&p.arg);
    return status;
}

static const struct rp__opt opts[] = {
    {"speed", "X|max", "so many times as fast as it was, or without waiting",
        false, 0},
    {"step", NULL, "go on to the next record at each Enter", false, 0},
    RP__OPT_PROGRESS,
    RP__OPT_QUIET,
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_play = {
    .name = "play",
    .summary = "watch a recorded session again",
    .arguments = "[SESSION]",
    .description =
        "Shows a recorded session as reprise run showed it while it ran, at "
        "the speed it\nhad, faster, slower or step by step. Nothing runs and "
        "nothing is changed: to run\na session again is reprise "
        "replay.\n" RP__HELP_SESSION,
    .footer = "Exit status: 0 it was shown; 2 no such session; 4 the store "
              "cannot be read.",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
