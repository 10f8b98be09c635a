/* fork - a session again with something otherwise: what is asked the same is
 * answered as it was, what follows from the change runs. */
#include <string.h>

#include <reprise/mem.h>

#include "again.h"
#include "command.h"
#include "faults_arg.h"
#include "input.h"
#include "plan_edit.h"
#include "recall.h"
#include "say.h"
#include "value_arg.h"

struct forking {
    const struct rp__args *args;
    const char *at; /* the task that the other options concern, or NULL */
    struct rp__recall recall;
    struct rp__descent descent;
    struct rp__input input;
    bool has_input;
    struct rp_plan *plan; /* owned: edited, or NULL */
    char **outputs;       /* owned, with their bytes */
    uint32_t output_count;
};

static int refuse_what_runs(const struct rp__again *again)
{
    if (rp__session_runs(&again->arg, &again->arg.row)) {
        rp__say("fork", "%s runs still", rp__again_name(again));
        return RP__EXIT_USAGE;
    }
    return RP__GO_ON;
}

/* ---- what is otherwise ---- */

static int no_such_task(const struct rp__again *again, const char *path)
{
    rp__say("fork", "no task of %s that was asked anything is called '%s'",
        rp__again_name(again), path);
    rp__say_next("reprise show %s lists them", rp__again_name(again));
    return RP__EXIT_USAGE;
}

static int read_output(
    struct rp__again *again, const char *path, const char *value)
{
    struct forking *f = again->own;
    size_t len = 0;
    if (rp__recall_call(again->recording, path) == NULL) {
        return no_such_task(again, path);
    }
    if (!rp__value_read(&f->outputs[f->output_count], &len, value,
            RP_OUTPUT_BYTES_MAX, "fork")) {
        return RP__EXIT_USAGE;
    }
    rp__recall_put(
        &f->recall, path, (struct rp_str){f->outputs[f->output_count++], len});
    return RP__GO_ON;
}

/* VALUE with --at, else PATH=VALUE. */
static int take_output(struct rp__again *again, const char *text)
{
    const struct forking *f = again->own;
    struct rp_str value;
    if (f->at != NULL) {
        return read_output(again, f->at, text);
    }
    struct rp_str name = rp_str_cut(rp_str_of(text), '=', &value);
    if (name.len == 0 || value.ptr == NULL || value.len == 0) {
        rp__say("fork", "--output '%s' is not PATH=FILE", text);
        rp__say_next("or --at PATH --output FILE");
        return RP__EXIT_USAGE;
    }
    return read_output(again, rp_arena_dup(again->arg.arena, name), value.ptr);
}

static int take_outputs(struct rp__again *again)
{
    struct forking *f = again->own;
    const char *text;
    int status = RP__GO_ON;
    f->outputs = rp_mem_array(RP__ARGS_MAX, sizeof(char *));
    for (uint32_t i = 0; status == RP__GO_ON &&
                         (text = rp__opt_list(f->args, "output", i)) != NULL;
         i++) {
        status = take_output(again, text);
    }
    return status;
}

/* Held to the plan's contract; who is asked the same is answered as then. */
static int take_session_input(struct rp__again *again, const char *option)
{
    struct forking *f = again->own;
    if (!rp__input_load(&f->input, "fork", option, NULL,
            rp_recording_plan(again->recording)->input)) {
        return RP__EXIT_USAGE;
    }
    again->input = rp_buf_str(&f->input.text);
    again->run.head.input = rp_digest_of(again->input);
    return RP__GO_ON;
}

/* What a task is asked is in the plan: the new session has another one, and is
 * verified and replayed by it as any other. */
static int take_task_input(struct rp__again *again, const char *option)
{
    struct rp_err err = RP_ERR_INIT;
    struct forking *f = again->own;
    const struct rp_plan *plan = rp_recording_plan(again->recording);
    const struct rp_plan_node *node = rp__plan_edit_node(plan, f->at);
    if (node == NULL) {
        return no_such_task(again, f->at);
    }
    if (!rp__input_load(&f->input, "fork", option, NULL, node->agent->input)) {
        return RP__EXIT_USAGE;
    }
    if (rp__plan_edit_input(
            &f->plan, plan, node, rp_json_root(f->input.doc), &err) != RP_OK) {
        rp__say("fork", "--input: %s; nothing was started", err.text);
        return RP__EXIT_USAGE;
    }
    again->plan = f->plan;
    again->run.head.plan = f->plan->digest;
    return RP__GO_ON;
}

static int take_input(struct rp__again *again)
{
    struct forking *f = again->own;
    const char *option = rp__opt_value(f->args, "input");
    if (option == NULL) {
        return RP__GO_ON;
    }
    f->has_input = true; /* to be released, whatever comes of it */
    return f->at == NULL ? take_session_input(again, option)
                         : take_task_input(again, option);
}

static bool has_faults(const struct forking *f)
{
    return rp__opt_list(f->args, "fault", 0) != NULL ||
           rp__opt_list(f->args, "faults", 0) != NULL;
}

/* With --at alone, or --live, what is there runs; with --live also what began
 * later. The rest is answered as it was. */
static int take_rest(struct rp__again *again)
{
    struct rp_err err = RP_ERR_INIT;
    struct forking *f = again->own;
    const char *globs[RP__ARGS_MAX + 1];
    struct rp__recall_live live = {.globs = globs, .from = f->at};
    const char *glob;
    while ((glob = rp__opt_list(f->args, "live", live.count)) != NULL) {
        if (!rp__recall_knows(again->recording, glob)) {
            return no_such_task(again, glob);
        }
        globs[live.count++] = glob;
    }
    if (f->at != NULL && f->output_count == 0 && !f->has_input &&
        live.count == 0 && !has_faults(f)) {
        globs[live.count++] = f->at;
    }
    if (rp__recall_accepted(&f->recall, again->recording, &live, &err) !=
        RP_OK) {
        return rp__session_failed(&again->arg, &err);
    }
    again->run.stubs = f->recall.stubs;
    again->run.stub_count = f->recall.count;
    return RP__GO_ON;
}

static int take_faults(struct rp__again *again)
{
    const struct forking *f = again->own;
    return rp__again_take_faults(again, f->at);
}

static int take_at(struct rp__again *again)
{
    struct forking *f = again->own;
    bool output = rp__opt_list(f->args, "output", 0) != NULL;
    f->at = rp__opt_value(f->args, "at");
    if (f->at == NULL) {
        return RP__GO_ON;
    }
    if (rp__recall_call(again->recording, f->at) == NULL) {
        return no_such_task(again, f->at);
    }
    if (output && rp__opt_value(f->args, "input") != NULL) {
        rp__say("fork",
            "with --output nothing is asked at '%s', and --input "
            "says what is",
            f->at);
        return RP__EXIT_USAGE;
    }
    if (rp__opt_list(f->args, "output", 1) != NULL) {
        rp__say("fork", "--at is one task, and --output is given twice");
        return RP__EXIT_USAGE;
    }
    return RP__GO_ON;
}

static int prepare(struct rp__again *again)
{
    static int (*const steps[])(struct rp__again *) = {
        take_at, take_input, take_outputs, take_rest, take_faults};
    struct forking *f = again->own;
    int status = rp__again_descend(again, "fork_of", &f->descent);
    for (size_t i = 0; status == RP__GO_ON && i < RP_COUNT_OF(steps); i++) {
        status = steps[i](again);
    }
    return status;
}

/* ---- the command ---- */

static int run(const struct rp__args *args)
{
    static const struct rp__again_steps steps = {
        .refuse = refuse_what_runs, .prepare = prepare};
    struct forking f = {.args = args};
    int status = rp__again_run(args, &steps, &f);
    for (uint32_t i = 0; i < f.output_count; i++) {
        rp_mem_free(f.outputs[i]);
    }
    rp_mem_free(f.outputs);
    if (f.has_input) {
        rp__input_fini(&f.input);
    }
    rp_plan_free(&f.plan);
    rp__recall_fini(&f.recall);
    rp__descent_fini(&f.descent);
    return status;
}

static const struct rp__opt opts[] = {
    {"at", "PATH",
        "the task that --output, --input and --fault concern; without them it "
        "runs",
        false, 0},
    {"output", "[PATH=]FILE|-|JSON",
        "what that task answers, or the one at PATH", true, 0},
    {"input", "FILE|-|JSON",
        "what that task is asked; without --at the session", false, 0},
    {"live", "LANES",
        "tasks that run, whatever was recorded; a pattern of paths; with --at "
        "only from there on",
        true, 0},
    RP__OPT_FAULT,
    RP__OPT_FAULTS,
    RP__AGAIN_OPTS,
};

const struct rp__command rp__cmd_fork = {
    .name = "fork",
    .summary = "run a session again with something otherwise",
    .arguments = "[SESSION]",
    .description =
        "Runs a session as a new one, with the tag fork_of, in which "
        "something is\notherwise: its input, what a task is asked or answers, "
        "tasks that run live, or\nfaults. Who is asked the same as then "
        "answers as then; who is asked something\nelse because of the change "
        "runs. To see the consequences: reprise diff.\n" RP__HELP_SESSION,
    .footer = "Exit status: that of the new session, as of run; 1 what was "
              "recorded does not\nverify; 2 nothing was started; 4 the store "
              "could not be read or written.\n\n"
              "Examples:\n"
              "  reprise fork --at gather/labs --output edited.json\n"
              "  reprise fork --at gather/labs --input '{\"encounter\":"
              "\"e-18\"}'\n"
              "  reprise fork --at gather/labs --fault hang\n"
              "  reprise fork 6PB5MY --at summary\n"
              "  reprise fork --input '{\"encounter\":\"e-18\"}'",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
