/* What watches a session must not change it; only live runs can tell. */
#include "sweep_watch.h"

#include <string.h>

#include <reprise/sweep_observe.h>

#include "exit.h"
#include "sweep_run.h"

#define WATCHERS_SHARE 4 /* one in so many runs is about what watches */

struct watching {
    struct rp__sweep_live *out;
    struct rp_sweep *sweep;
    struct rp__sweep_runs runs;
    uint32_t runs_max;
};

/* Reads what the run left; nothing at all is as good as a whole prefix. */
static void read_left(struct watching *w, const struct rp__sweep_run *run,
    const char *const *rule, struct rp_sweep_observed *out)
{
    struct rp_sweep_judgement judgement;
    struct rp_err err = RP_ERR_INIT;
    struct rp_sweep_rig *rig = &w->sweep->rig;
    rp_sweep_trace_reset(&rig->trace);
    enum rp_code rc = rp__sweep_run_judge(&judgement, rig, run, rule, 1, &err);
    bool nothing = rc == RP_E_NOT_FOUND || rp__sweep_run_is_empty(run) ||
                   strstr(err.text, "nothing was ever recorded") != NULL;
    out->readable = rc == RP_OK || nothing;
    out->why = rp_arena_dup(w->out->arena, rp_str_of(err.text));
    out->trace = rc == RP_OK ? &rig->trace : NULL;
}

/* All is well, and the status says that it is not: the fault never came. */
static bool has_not_fired(const struct rp_sweep_observed *observed, int status)
{
    return status == RP__EXIT_FAILED && observed->trace != NULL &&
           observed->trace->outcome == RP_OUTCOME_OK;
}

static void look(struct watching *w, const struct rp__sweep_run *run,
    const char *const *rule, bool store)
{
    struct rp_sweep_finding finding;
    struct rp_sweep_observed observed = {.rule = *rule, .store = store};
    struct rp__sweep_live *out = w->out;
    observed.said = run->status == RP__EXIT_STORE;
    read_left(w, run, rule, &observed);
    if (rp_sweep_observe(
            &finding, out->arena, &w->sweep->rig.baseline, &observed)) {
        rp_sweep_add_finding(w->sweep, NULL, &finding);
    } else if (has_not_fired(&observed, run->status)) {
        out->watcher_idle_count++;
    } else {
        out->agreed_count++;
    }
    out->watcher_count++;
    out->run_count++;
}

static enum rp_code try_rules(
    struct watching *w, bool store, struct rp_err *err)
{
    uint32_t count = 0;
    const char *const *rules = rp_sweep_observe_rules(store, &count);
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0;
         i < count && rc == RP_OK && w->out->run_count < w->runs_max &&
         rp_sweep_tries_watchers(&w->sweep->options, store);
         i++) {
        struct rp__sweep_run *run = NULL;
        rc = rp__sweep_runs_start(&w->runs, i, &rules[i], 1, err);
        if (rc == RP_OK) {
            rc = rp__sweep_runs_wait(&run, &w->runs, err);
        }
        if (rc == RP_OK) {
            look(w, run, &rules[i], store);
            rp__sweep_runs_drop(&w->runs, run);
        }
    }
    return rc;
}

enum rp_code rp__sweep_live_watch(struct rp__sweep_live *out,
    struct rp_sweep *sweep, const struct rp__sweep_live_how *how,
    struct rp_err *err)
{
    struct watching w = {
        .out = out,
        .sweep = sweep,
        .runs_max = how->runs_max / WATCHERS_SHARE,
    };
    *out = (struct rp__sweep_live){.arena = rp_arena_new(0)};
    rp__sweep_runs_init(&w.runs, sweep, 1);
    enum rp_code rc = try_rules(&w, true, err);
    if (rc == RP_OK) {
        rc = try_rules(&w, false, err);
    }
    rp__sweep_runs_fini(&w.runs);
    return rc;
}
