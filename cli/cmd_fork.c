/* fork - a session again with something otherwise: what is asked the same is
 * answered as it was, what follows from the change runs. */
#include <string.h>

#include <reprise/mem.h>

#include "again.h"
#include "command.h"
#include "faults_arg.h"
#include "file.h"
#include "input.h"
#include "recall.h"
#include "say.h"

struct forking {
    const struct rp__args *args;
    struct rp__recall recall;
    struct rp__descent descent;
    struct rp__input input;
    bool has_input;
    char **outputs; /* owned, with the files' bytes */
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

static int take_output(struct rp__again *again, const char *text)
{
    struct rp_err err = RP_ERR_INIT;
    struct forking *f = again->own;
    struct rp_str file;
    size_t len = 0;
    struct rp_str name = rp_str_cut(rp_str_of(text), '=', &file);
    if (name.len == 0 || file.ptr == NULL || file.len == 0) {
        rp__say("fork", "--output '%s' is not PATH=FILE", text);
        return RP__EXIT_USAGE;
    }
    if (rp__file_read(&f->outputs[f->output_count], &len, file.ptr,
            RP_OUTPUT_BYTES_MAX, &err) != RP_OK) {
        rp__say("fork", "%s", err.text);
        return RP__EXIT_USAGE;
    }
    char *path = rp_arena_dup(again->arg.arena, name);
    struct rp_str output = {f->outputs[f->output_count++], len};
    return rp__recall_put(&f->recall, again->recording, path, output)
               ? RP__GO_ON
               : no_such_task(again, path);
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
static int take_input(struct rp__again *again)
{
    struct forking *f = again->own;
    const char *option = rp__opt_value(f->args, "input");
    if (option == NULL) {
        return RP__GO_ON;
    }
    f->has_input = true; /* to be released, whatever comes of it */
    if (!rp__input_load(&f->input, "fork", option, NULL,
            rp_recording_plan(again->recording)->input)) {
        return RP__EXIT_USAGE;
    }
    again->input = rp_buf_str(&f->input.text);
    again->run.head.input = rp_digest_of(again->input);
    return RP__GO_ON;
}

/* The rest is answered as it was, but for lanes that shall be live. */
static int take_rest(struct rp__again *again)
{
    struct rp_err err = RP_ERR_INIT;
    struct forking *f = again->own;
    const char *live[RP__ARGS_MAX];
    uint32_t count = 0;
    const char *glob;
    while ((glob = rp__opt_list(f->args, "live", count)) != NULL) {
        if (!rp__recall_knows(again->recording, glob)) {
            return no_such_task(again, glob);
        }
        live[count++] = glob;
    }
    if (rp__recall_accepted(&f->recall, again->recording, live, count, &err) !=
        RP_OK) {
        return rp__session_failed(&again->arg, &err);
    }
    again->run.stubs = f->recall.stubs;
    again->run.stub_count = f->recall.count;
    return RP__GO_ON;
}

static int prepare(struct rp__again *again)
{
    struct forking *f = again->own;
    int status = rp__again_descend(again, "fork_of", &f->descent);
    if (status == RP__GO_ON) {
        status = take_input(again);
    }
    if (status == RP__GO_ON) {
        status = take_outputs(again);
    }
    if (status == RP__GO_ON) {
        status = take_rest(again);
    }
    if (status == RP__GO_ON &&
        !rp__faults_arg_parse(
            &again->run.faults, f->args, rp_recording_plan(again->recording))) {
        return RP__EXIT_USAGE;
    }
    again->run.head.faults = rp__faults_arg_text(&again->run.faults);
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
    rp__recall_fini(&f.recall);
    rp__descent_fini(&f.descent);
    return status;
}

static const struct rp__opt opts[] = {
    {"output", "PATH=FILE", "what the task at that path answers instead", true,
        0},
    {"input", "FILE|-|JSON", "with this input instead of the session's own",
        false, 0},
    {"live", "PATH", "tasks that run, whatever was recorded; a pattern", true,
        0},
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
        "something is\notherwise: its input, a task's output, tasks that run "
        "live, or faults. Who is\nasked the same as then answers as then; who "
        "is asked something else because of\nthe change runs. To see the "
        "consequences: reprise diff.\n" RP__HELP_SESSION,
    .footer = "Exit status: that of the new session, as of run; 1 what was "
              "recorded does not\nverify; 2 nothing was started; 4 the store "
              "could not be read or written.\n\n"
              "Examples:\n"
              "  reprise fork --output gather/labs=edited.json\n"
              "  reprise fork --input '{\"encounter\":\"e-18\"}'\n"
              "  reprise fork 6PB5MY --live summary\n"
              "  reprise fork --fault 'labs : hang'",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
