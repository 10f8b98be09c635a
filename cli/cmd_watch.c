/* watch - what `run` shows, of a session that another process runs. */
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <reprise/lease.h>

#include "command.h"
#include "live.h"
#include "out.h"
#include "outcome.h"
#include "remote.h"
#include "say.h"
#include "session_arg.h"
#include "session_view.h"

#define LOOK_NS 100000000L /* between two looks into the store */

struct watching {
    struct rp__session_arg *arg;
    struct rp__session_view loaded;
    struct rp__live live;
    struct rp__lines lines;
    struct rp_sink *sink; /* NULL: only the end is shown */
    bool tree;
    struct rp_transport *remote; /* NULL: it is not asked */
    char socket_path[PATH_MAX];
};

static void pause_a_little(void)
{
    struct timespec pause = {0, LOOK_NS};
    (void)nanosleep(&pause, NULL); /* woken early, it looks early */
}

/* The row again: its outcome, and whether anybody runs it. */
static int look(struct watching *w, bool *runs)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_session_row row;
    enum rp_code rc = rp_reader_find(&row, w->arg->reader,
        rp_str_of(w->arg->row.head.id.text), w->arg->arena, &err);
    if (rc != RP_OK) {
        return rp__session_failed(w->arg, &err);
    }
    w->arg->row = row;
    /* Asked before its records are read: what it writes last is seen. */
    *runs = rp__session_runs(w->arg, &row);
    int status = rp__session_view_update(&w->loaded, w->arg, w->sink);
    if (status == RP__GO_ON && w->sink != NULL) {
        w->sink->ops->turn(
            w->sink, w->remote, rp__session_now(w->arg, &w->loaded.view));
    }
    return status;
}

static int follow(struct watching *w)
{
    bool runs = true;
    int status = look(w, &runs);
    while (status == RP__GO_ON && runs &&
           w->loaded.view.outcome == RP_OUTCOME_NONE) {
        pause_a_little();
        status = look(w, &runs);
    }
    return status;
}

static void begin_views(struct watching *w, const struct rp__choice *choice)
{
    struct rp__tree tree = {
        .id = &w->arg->row.head.id,
        .plan = w->loaded.plan,
    };
    if (choice->progress == RP__PROGRESS_TREE) {
        rp__live_init(&w->live, &tree, STDERR_FILENO);
        w->sink = &w->live.sink;
        w->tree = true;
        if (rp_lease_path(w->socket_path, sizeof(w->socket_path),
                w->arg->place.path, w->arg->row.head.id.text, ".sock")) {
            w->remote = rp__remote_new(w->socket_path);
        }
    } else if (choice->progress != RP__PROGRESS_NONE) {
        rp__lines_init(&w->lines, &w->arg->row.head,
            choice->progress == RP__PROGRESS_JSON, STDERR_FILENO);
        w->sink = &w->lines.sink;
    }
}

static void end_views(struct watching *w)
{
    if (w->tree) {
        rp__live_erase(&w->live);
        rp__live_fini(&w->live);
    } else if (w->sink != NULL) {
        rp__lines_fini(&w->lines);
    }
    w->sink = NULL;
    rp_transport_free(&w->remote);
}

static int watch(struct watching *w, const struct rp__choice *choice)
{
    begin_views(w, choice);
    int status = follow(w);
    end_views(w);
    if (status != RP__GO_ON) {
        return status;
    }
    struct rp__ending ending = {
        .command = "watch",
        .view = &w->loaded.view,
        .id = &w->arg->row.head.id,
        .place = &w->arg->place,
        .plan = w->loaded.plan,
        .choice = choice,
        .died = w->loaded.view.outcome == RP_OUTCOME_NONE,
    };
    rp__outcome_tell(&ending);
    return ending.died ? RP__EXIT_LOST
                       : rp__outcome_exit(w->loaded.view.outcome,
                             w->loaded.view.cancel_cause);
}

static int run(const struct rp__args *args)
{
    struct rp__session_arg arg;
    struct rp__choice choice;
    struct watching w = {.arg = &arg};
    if (!rp__choice_parse(&choice, args)) {
        return RP__EXIT_USAGE;
    }
    int status = rp__session_find(&arg, args);
    if (status == RP__GO_ON) {
        status = rp__session_wants_records(&arg);
    }
    if (status == RP__GO_ON) {
        rp__session_view_prepare(&w.loaded, &arg);
        status = watch(&w, &choice);
    }
    rp__session_view_fini(&w.loaded);
    rp__session_fini(&arg);
    return status;
}

static const struct rp__opt opts[] = {
    RP__OPT_PROGRESS,
    RP__OPT_QUIET,
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_watch = {
    .name = "watch",
    .summary = "follow a session that runs",
    .arguments = "[SESSION]",
    .description =
        "Shows what reprise run shows while a session runs, from the store, "
        "until it has\nended. Watching changes nothing: an interrupt ends "
        "the watching, not the\nsession.\n" RP__HELP_SESSION,
    .footer = "Exit status: that of the session; 137 it has died; 2 no such "
              "session; 4 the\nstore cannot be read.",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
