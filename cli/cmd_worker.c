/* worker - one agent of a plan by itself, held to its contract. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "alone.h"
#include "command.h"
#include "identity.h"
#include "input.h"
#include "live.h"
#include "out.h"
#include "phrase.h"
#include "plan_arg.h"
#include "say.h"
#include "stage.h"
#include "term.h"

#define VIOLATIONS_MAX 100

struct trying {
    struct rp__plan_arg plan;
    struct rp__input input;
    const struct rp_plan_agent *agent;
    struct rp_plan one; /* a plan of this agent only */
    struct rp_plan_node node;
    struct rp_plan_agent alone; /* without retries and fallback */
    struct rp_session_head head;
    struct rp__quiet quiet;
    struct rp_store *store;
    struct rp_run_result result;
    struct rp_buf report;
    struct rp__style style;
};

/* ---- the session of one ---- */

static void make_plan(struct trying *t)
{
    t->alone = *t->agent;
    t->alone.retry.attempts = 1;
    t->alone.fallback = RP_FALLBACK_NONE;
    t->alone.index = 0;
    t->node = (struct rp_plan_node){
        .kind = RP_NODE_AGENT, .id = t->alone.name, .agent = &t->alone};
    t->one = *t->plan.plan;
    t->one.input = NULL;
    t->one.output = NULL;
    t->one.budget = (struct rp_plan_budget){.wall = RP_DURATION_FOREVER};
    t->one.concurrency = 1;
    t->one.agents = &t->alone;
    t->one.agent_count = 1;
    t->one.flow = &t->node;
    t->one.node_count = 1;
}

static enum rp_code run_one(struct trying *t, struct rp_err *err)
{
    struct rp__stage_options options = {.plan = &t->one, .head = &t->head};
    struct rp__stage *stage = NULL;
    struct rp_sink *sinks[] = {&t->quiet.sink};
    enum rp_code rc = rp__stage_open(&stage, &options, err);
    if (rc == RP_OK) {
        struct rp_run run = {
            .plan = &t->one,
            .head = &t->head,
            .input = rp_buf_str(&t->input.text),
            .clock = rp__stage_clock(stage),
            .transport = rp__stage_transport(stage),
            .store = t->store,
            .control = rp__stage_control(stage),
            .sinks = sinks,
            .sink_count = 1,
            .turn_max = RP_DURATION_FOREVER,
        };
        rc = rp_run(&run, &t->result, err);
    }
    rp__stage_close(&stage);
    return rc;
}

/* ---- what is told ---- */

static void add_line(struct trying *t, const char *name, const char *format,
    ...) RP_PRINTF(3, 4);

static void add_line(
    struct trying *t, const char *name, const char *format, ...)
{
    struct rp_buf text;
    va_list args;
    rp_buf_init(&text, 65536);
    va_start(args, format);
    rp_buf_addv(&text, format, args);
    va_end(args);
    rp_buf_addf(&t->report, "  %-9s", name);
    (void)rp__text_add(&t->report, rp_buf_str(&text), 0, &t->style);
    rp_buf_add_char(&t->report, '\n');
    rp_buf_fini(&text);
}

static void tell_given(struct trying *t)
{
    const struct rp_plan_agent *agent = t->agent;
    struct rp_buf text;
    const cJSON *arg;
    rp_buf_init(&text, 65536);
    cJSON_ArrayForEach(arg, agent->exec)
    {
        rp_buf_add_text(&text, text.len > 0 ? " " : "");
        rp__text_shell(&text, cJSON_IsString(arg) ? arg->valuestring : "...");
    }
    add_line(t, "ran", "%s", text.len == 0 ? "" : text.ptr);
    rp_buf_reset(&text);
    rp__text_bytes(&text, t->input.text.len);
    add_line(t, "input", "%s, as %s on stdin", text.ptr,
        rp_stdin_mode_name(agent->stdin_mode));
    rp_buf_reset(&text);
    for (uint32_t i = 0; i < agent->env_count; i++) {
        rp_buf_addf(&text, "%s%s", i > 0 ? " " : "", agent->env[i].name);
    }
    if (text.len > 0) {
        add_line(t, "env", "%s", text.ptr);
    }
    rp_buf_fini(&text);
}

static void tell_violation(
    void *context, const struct rp_schema_violation *violation)
{
    struct trying *t = context;
    add_line(t, "violates", "%s%s%s (schema: %s)", violation->instance_pointer,
        violation->instance_pointer[0] == '\0' ? "" : ": ", violation->message,
        violation->keyword_pointer);
}

/* The engine names the first violation; whoever writes a worker wants all. */
static void tell_violations(struct trying *t, struct rp_str output)
{
    struct rp_json_doc *doc = NULL;
    bool valid;
    if (t->agent->output == NULL || t->agent->stdout_mode != RP_STDOUT_JSON ||
        rp_json_read(&doc, output, NULL, NULL) != RP_OK) {
        return;
    }
    struct rp_err err = RP_ERR_INIT;
    if (rp_schema_judge(t->agent->output, rp_json_root(doc), &valid,
            VIOLATIONS_MAX, tell_violation, t, &err) != RP_OK) {
        add_line(t, "contract", "%s", err.text);
    }
    rp_json_free(&doc);
}

static void tell_stderr(struct trying *t, const struct rp__try *try)
{
    char *bytes = NULL;
    size_t len = 0;
    if (rp_digest_is_zero(&try->diagnostics) ||
        t->store->ops->get(t->store, &try->diagnostics, &bytes, &len, NULL) !=
            RP_OK) {
        return;
    }
    struct rp_str rest = {bytes, len};
    while (rest.len > 0) {
        struct rp_str line = rp_str_cut(rest, '\n', &rest);
        add_line(t, "stderr", "%.*s", RP_STR_ARG(line));
    }
    rp_mem_free(bytes);
}

static void tell_verdict(struct trying *t, const struct rp__try *try)
{
    struct rp_buf text;
    rp_buf_init(&text, 65536);
    rp_duration_show(&text, rp_instant_since(try->ended, try->began));
    add_line(t, "took", "%s", text.ptr);
    rp_buf_reset(&text);
    rp__phrase_try(&text, try);
    rp_buf_addf(&t->report, "  verdict  ");
    rp__text_begin(&t->report, try->accepted ? RP__GREEN : RP__RED, &t->style);
    rp_buf_add_text(&t->report, try->accepted ? "accepted" : "rejected");
    rp__text_end(&t->report, &t->style);
    rp_buf_add_text(&t->report, "  ");
    (void)rp__text_add(&t->report, rp_buf_str(&text), 0, &t->style);
    rp_buf_add_char(&t->report, '\n');
    rp_buf_fini(&text);
}

static const char *hint_of(enum rp_stdout_mode mode)
{
    switch (mode) {
    case RP_STDOUT_JSON:
        return "stdout is for one JSON document; anything else a worker says "
               "goes to stderr";
    case RP_STDOUT_JSONL:
        return "each line of stdout is a JSON document; anything else a "
               "worker says goes to stderr";
    case RP_STDOUT_TEXT:
        return "stdout is text in UTF-8";
    }
    RP_ASSERT(false);
    return "";
}

static int tell(struct trying *t)
{
    struct rp__item *item =
        rp__view_find(&t->quiet.view, rp_str_of(t->agent->name));
    const struct rp__try *try = item == NULL ? NULL : item->last_try;
    char *output = NULL;
    size_t len = 0;
    tell_given(t);
    if (try == NULL) { /* its input breaks its contract */
        struct rp_buf text;
        rp_buf_init(&text, 65536);
        if (item != NULL) {
            rp__phrase_end(&text, item);
        }
        add_line(
            t, "verdict", "not started: %s", text.len == 0 ? "" : text.ptr);
        rp_buf_fini(&text);
        rp__say_text(rp_buf_str(&t->report));
        return RP__EXIT_FAILED;
    }
    if (!rp_digest_is_zero(&try->output) &&
        t->store->ops->get(t->store, &try->output, &output, &len, NULL) !=
            RP_OK) {
        len = 0;
    }
    struct rp_str bytes = {output, len};
    tell_stderr(t, try);
    tell_violations(t, bytes);
    tell_verdict(t, try);
    if (try->class == RP_CLASS_MALFORMED) {
        add_line(t, "hint", "%s", hint_of(t->agent->stdout_mode));
    }
    bool written = rp__out_write("worker", bytes);
    rp__say_text(rp_buf_str(&t->report));
    int status = try->accepted && written ? RP__EXIT_OK : RP__EXIT_FAILED;
    rp_mem_free(output);
    return status;
}

/* ---- the command ---- */

static bool prepare(struct trying *t, const struct rp__args *args)
{
    struct rp_err err = RP_ERR_INIT;
    const char *name = args->items[1];
    if (!rp__plan_arg_load_or_tell(&t->plan, "worker", args->items[0])) {
        return false;
    }
    t->agent = rp_plan_agent(t->plan.plan, rp_str_of(name));
    if (t->agent == NULL) {
        rp__plan_arg_no_agent(&t->plan, "worker", rp_str_of(name));
        return false;
    }
    if (!rp__input_load(&t->input, "worker", rp__opt_value(args, "input"), NULL,
            t->agent->input)) {
        return false;
    }
    make_plan(t);
    if (rp__identity_make(&t->head, NULL, &err) != RP_OK) {
        rp__say("worker", "%s", err.text);
        return false;
    }
    t->head.engine_rev = RP_ENGINE_REV;
    t->head.incarnation = 1;
    t->head.plan_name = rp_str_of(t->one.name);
    t->head.plan = t->one.digest;
    t->head.input = rp_digest_of(rp_buf_str(&t->input.text));
    t->head.program = "reprise " RP_VERSION;
    return true;
}

static int try_it(void *context)
{
    struct trying *t = context;
    struct rp_err err = RP_ERR_INIT;
    t->store = rp_store_memory_new();
    t->style = rp__term_of(STDERR_FILENO).style;
    rp_buf_init(&t->report, RP__OUT_BYTES_MAX);
    rp__quiet_init(&t->quiet, &t->one);
    int status = RP__EXIT_FAILED;
    if (run_one(t, &err) == RP_OK) {
        status = tell(t);
    } else {
        rp__say("worker", "%s", err.text);
    }
    rp_run_result_fini(&t->result);
    rp__quiet_fini(&t->quiet);
    rp_buf_fini(&t->report);
    rp_store_free(&t->store);
    return status;
}

static int run(const struct rp__args *args)
{
    struct trying *t = rp_mem_zalloc(sizeof(*t));
    int status = RP__EXIT_USAGE;
    if (prepare(t, args)) {
        struct rp__alone alone = {.command = "worker"};
        status = rp__alone_run(&alone, try_it, t);
    }
    rp__input_fini(&t->input);
    rp__plan_arg_fini(&t->plan);
    rp_mem_free(t);
    return status;
}

static const struct rp__opt opts[] = {
    {"input", "FILE|-|JSON", "what the agent is given; {} without it", false,
        0},
    RP__OPT_END,
};

const struct rp__command rp__cmd_worker = {
    .name = "worker",
    .summary = "run one agent of a plan by itself",
    .arguments = "PLAN AGENT",
    .description =
        "Starts the agent once, as a session would: with the same task "
        "document,\nenvironment and limits. Judges what it returns by the "
        "agent's contract and names\nevery violation. Standard output has "
        "what the agent wrote there. Nothing is\nrecorded.",
    .footer = "Exit status: 0 its output was accepted; 1 it was not; 2 the "
              "command line or\nthe plan is wrong.\n\n"
              "Example:\n"
              "  reprise worker plan.json labs --input "
              "'{\"encounter\": \"e-17\"}'",
    .opts = opts,
    .arguments_min = 2,
    .arguments_max = 2,
    .run = run,
};
