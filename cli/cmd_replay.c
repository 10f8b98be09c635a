/* replay - a recorded session run again, as it was or changed. No worker is
 * run, and none is looked for, but for lanes that may be live. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <reprise/fault_inject.h>
#include <reprise/rerun.h>

#include "alone.h"
#include "command.h"
#include "elsewhere.h"
#include "faults_arg.h"
#include "identity.h"
#include "ignore_arg.h"
#include "input.h"
#include "live.h"
#include "miss_arg.h"
#include "order_arg.h"
#include "out.h"
#include "outcome.h"
#include "phrase.h"
#include "plan_arg.h"
#include "replay_keep.h"
#include "replay_tell.h"
#include "say.h"
#include "session_arg.h"
#include "stage.h"
#include "stub_arg.h"

struct replaying {
    const struct rp__args *args;
    struct rp__session_arg arg;
    struct rp_recording *recording;
    struct rp__plan_arg plan_arg;
    const struct rp_plan *plan; /* the edited one, or the recorded */
    struct rp__input input;
    struct rp__faults_arg faults;
    struct rp__stubs stubs;
    struct rp__ignored_arg ignored;
    struct rp__misses misses;
    struct rp__stage *stage; /* of live workers; NULL: none may run */
    uint64_t deaths[RP_FAULT_RULES_MAX];
    uint32_t death_count;
    struct rp_session_head head;
    bool edited, has_plan, has_input, has_faults, recorded;
    struct rp__quiet quiet;
    struct rp_rerun_result result;
    struct rp_duration took;
    char *miss; /* owned */
};

/* ---- what is run ---- */

static int load(struct replaying *r)
{
    struct rp_err err = RP_ERR_INIT;
    int status = rp__session_find(&r->arg, r->args);
    if (status != RP__GO_ON) {
        return status;
    }
    if (r->arg.bundles != NULL && rp__opt_flag(r->args, "record")) {
        rp__say("replay",
            "a replay of a bundle's session cannot be kept beside it; reprise "
            "import first");
        return RP__EXIT_USAGE;
    }
    if (rp_recording_load(
            &r->recording, r->arg.reader, &r->arg.row, NULL, &err) != RP_OK) {
        return rp__session_failed(&r->arg, &err);
    }
    r->plan = rp_recording_plan(r->recording);
    r->head = rp_rerun_head(r->recording);
    r->head.program = "reprise " RP_VERSION;
    return RP__GO_ON;
}

static bool take_plan(struct replaying *r)
{
    const char *path = rp__opt_value(r->args, "plan");
    r->has_plan = path != NULL;
    if (path == NULL) {
        return true;
    }
    if (!rp__plan_arg_load_known(&r->plan_arg, "replay", path, r->plan,
            rp__misses_want_live(r->args))) {
        return false;
    }
    r->plan = r->plan_arg.plan;
    r->head.plan = r->plan->digest;
    r->head.plan_name = rp_str_of(r->plan->name);
    return true;
}

static bool take_input(struct replaying *r)
{
    const char *option = rp__opt_value(r->args, "input");
    if (option == NULL) {
        return true;
    }
    r->has_input = true; /* to be released, whatever comes of it */
    if (!rp__input_load(&r->input, "replay", option, NULL, r->plan->input)) {
        return false;
    }
    r->head.input = rp_digest_of(rp_buf_str(&r->input.text));
    return true;
}

static bool take_faults(struct replaying *r)
{
    r->has_faults = true; /* ditto */
    if (!rp__faults_arg_parse(&r->faults, r->args, r->plan)) {
        return false;
    }
    for (uint32_t i = 0; i < r->faults.rules.count; i++) {
        enum rp_fault_class class =
            rp_fault_info(r->faults.rules.items[i].kind)->class;
        if (class == RP_FAULT_CLASS_STORE || class == RP_FAULT_CLASS_EXPORT) {
            rp__say("replay",
                "--fault: '%s' needs a live run: what is played again is "
                "neither stored as it comes nor sent",
                rp_fault_name(r->faults.rules.items[i].kind));
            return false;
        }
    }
    if (r->faults.rules.count > 0) {
        r->head.faults = rp__faults_arg_text(&r->faults);
    }
    return true;
}

/* A session of its own, though everything that decides is the source's. */
static bool take_identity(struct replaying *r)
{
    struct rp_err err = RP_ERR_INIT;
    const char *seed = rp__opt_value(r->args, "seed");
    uint64_t recorded = r->head.seed;
    if (rp__identity_make(&r->head, seed, &err) != RP_OK) {
        rp__say("replay", "%s", err.text);
        return false;
    }
    if (seed == NULL) {
        r->head.seed = recorded;
    }
    return true;
}

static int prepare(struct replaying *r)
{
    if (!take_plan(r) || !take_input(r) || !take_faults(r) ||
        !rp__ignored_take(&r->ignored, r->args, r->plan) ||
        !rp__misses_take(&r->misses, r->args, r->plan) ||
        !rp__stubs_take(
            &r->stubs, r->args, r->plan, r->has_plan ? &r->plan_arg : NULL) ||
        !take_identity(r)) {
        return RP__EXIT_USAGE;
    }
    r->edited = r->has_plan || r->has_input || r->faults.rules.count > 0 ||
                r->stubs.count > 0 || rp__opt_value(r->args, "seed") != NULL;
    r->death_count = rp_fault_rules_deaths(&r->faults.rules, r->deaths);
    if (r->death_count > 0 && r->misses.count > 0) {
        rp__say("replay", "what comes after a crash is answered by what was "
                          "recorded alone: not with --live or --miss");
        return RP__EXIT_USAGE;
    }
    return RP__GO_ON;
}

/* ---- running ---- */

static struct rp_transport *wrap(
    void *context, struct rp_transport *inner, struct rp_clock *clock)
{
    struct replaying *r = context;
    if (r->stage != NULL) {
        struct rp__elsewhere_options options = {
            .clock = clock,
            .live = rp__stage_transport(r->stage),
            .live_clock = rp__stage_clock(r->stage),
            .people = rp__stage_control(r->stage),
            .wanted = rp__misses_live,
            .context = &r->misses,
            .made = &r->misses.live,
        };
        inner = rp__elsewhere_new(inner, &options);
    }
    if (r->misses.stub_count > 0) {
        inner = rp__stub_new(inner, clock, r->misses.stubs, r->misses.count);
    }
    if (r->stubs.count > 0) {
        inner = rp__stub_new(inner, clock, r->stubs.items, r->stubs.count);
    }
    return r->faults.rules.count == 0
               ? inner
               : rp_fault_inject_new(
                     inner, &r->faults.rules, clock, r->head.seed);
}

static struct rp_rerun rerun_of(struct replaying *r)
{
    bool strict = !r->edited || rp__opt_flag(r->args, "strict");
    struct rp_rerun rerun = {
        .source = r->recording,
        .plan = r->plan,
        .head = &r->head,
        .changed = strict ? RP_CHANGED_REFUSE : RP_CHANGED_ANSWER,
        .deaths = r->deaths,
        .death_count = r->death_count,
        .mended = r->faults.rules.count > 0, /* which have their own deaths */
    };
    if (r->has_input) {
        rerun.input = rp_buf_str(&r->input.text);
    }
    rerun.ignored = r->ignored.items;
    rerun.ignored_count = r->ignored.count;
    rerun.refused = r->misses.refused;
    rerun.refused_count = r->misses.count;
    if (r->faults.rules.count > 0 || r->stubs.count > 0 ||
        r->misses.count > 0) {
        rerun.wrap = wrap;
        rerun.wrap_context = r;
    }
    return rerun;
}

static int open_stage(struct replaying *r)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp__stage_options options = {.plan = r->plan, .head = &r->head};
    if (r->misses.live_count == 0) {
        return RP__GO_ON;
    }
    if (rp__stage_open(&r->stage, &options, &err) != RP_OK) {
        rp__say("replay", "%s", err.text);
        return RP__EXIT_FAILED;
    }
    return RP__GO_ON;
}

static int64_t monotonic_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* always there */
    return (int64_t)now.tv_sec * RP_NS_PER_S + now.tv_nsec;
}

static int run_again(struct replaying *r)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_sink *sinks[1];
    struct rp_rerun rerun = rerun_of(r);
    if (!rp__opt_flag(r->args, "quiet") && !rp__opt_flag(r->args, "json")) {
        rp__quiet_init(&r->quiet, r->plan);
        sinks[0] = &r->quiet.sink;
        rerun.sinks = sinks;
        rerun.sink_count = 1;
    }
    int64_t began = monotonic_ns();
    enum rp_code rc = rp_rerun(&rerun, &r->result, &err);
    r->took.ns = monotonic_ns() - began;
    r->edited =
        r->edited || r->misses.live.count > 0 || r->misses.stubbed.count > 0;
    if (rc == RP_E_NOT_FOUND) {
        r->miss = rp_mem_dup(rp_str_of(err.text));
        return RP__GO_ON;
    }
    if (rc != RP_OK) {
        rp__say("replay", "%s", err.text);
        return rc == RP_E_DAMAGED || rc == RP_E_STORE ? RP__EXIT_STORE
                                                      : RP__EXIT_FAILED;
    }
    return RP__GO_ON;
}

/* ---- telling ---- */

static bool has_crashed(
    const struct replaying *r, const struct rp_fault_rule *rule)
{
    for (uint32_t i = 0; i < r->result.death_count; i++) {
        if (r->deaths[i] == rule->nth.first) {
            return true;
        }
    }
    return false;
}

static bool has_fired(
    const struct replaying *r, const struct rp_fault_rule *rule)
{
    const struct rp_recorded *records = r->result.records;
    if (rule->kind == RP_FAULT_CRASH) {
        return has_crashed(r, rule);
    }
    for (uint32_t i = 0; i < r->result.record_count; i++) {
        const struct rp_event *event = &records[i].event;
        if (event->kind != RP_EVENT_CALL_COMPLETED) {
            continue;
        }
        for (uint32_t k = 0; k < event->completed->fault_count; k++) {
            if (strcmp(event->completed->faults[k].rule, rule->id) == 0) {
                return true;
            }
        }
    }
    return false;
}

static struct rp__replay_tale tale_of(
    const struct replaying *r, const char **idle_rules)
{
    struct rp__replay_tale tale = {
        .source = &r->arg.row.head.id,
        .session = r->recorded ? &r->head.id : NULL,
        .result = &r->result,
        .edited = r->edited,
        .miss = r->miss,
        .idle_rules = idle_rules,
        .took = r->took,
        .live = &r->misses.live,
        .stubbed = &r->misses.stubbed,
    };
    for (uint32_t i = 0; i < r->faults.rules.count && r->miss == NULL; i++) {
        const struct rp_fault_rule *rule = &r->faults.rules.items[i];
        if (!has_fired(r, rule)) {
            idle_rules[tale.idle_rule_count++] = rule->id;
        }
    }
    return tale;
}

static void tell_next(struct rp_buf *out, const struct replaying *r)
{
    struct rp_buf option;
    rp_buf_init(&option, 8192);
    rp__session_store_option(&option, &r->arg.place);
    if (r->recorded) {
        rp_buf_addf(out, "  see it       reprise show %s%s\n",
            rp__phrase_short_id(&r->head.id),
            option.len == 0 ? "" : option.ptr);
    }
    rp_buf_fini(&option);
}

static void tell_people(struct replaying *r)
{
    const char *idle_rules[RP_FAULT_RULES_MAX];
    struct rp__replay_tale tale = tale_of(r, idle_rules);
    struct rp__term term = rp__term_of(STDERR_FILENO);
    struct rp__tree tree = {
        .view = &r->quiet.view,
        .id = r->recorded ? &r->head.id : &r->arg.row.head.id,
        .term = &term,
        .plan = r->plan,
        .now = r->quiet.view.last_at,
        .tries = true,
    };
    struct rp_buf out;
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    rp_buf_addf(
        &out, "a replay of %s\n", rp__phrase_short_id(&r->arg.row.head.id));
    (void)rp__tree_write(&out, &tree);
    rp__replay_tell(&out, &tale, &term.style);
    tell_next(&out, r);
    rp__say_text(rp_buf_str(&out));
    rp_buf_fini(&out);
}

static bool print_json(const struct replaying *r)
{
    const char *idle_rules[RP_FAULT_RULES_MAX];
    struct rp__replay_tale tale = tale_of(r, idle_rules);
    struct rp_buf out;
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    rp__replay_json(&out, &tale);
    bool written = rp__out_write("replay", rp_buf_str(&out));
    rp_buf_fini(&out);
    return written;
}

static bool print_output(const struct replaying *r)
{
    struct rp_buf out;
    if (r->result.run.output == NULL) {
        return true;
    }
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    rp_buf_addf(&out, "%s\n", r->result.run.output);
    bool written = rp__out_write("replay", rp_buf_str(&out));
    rp_buf_fini(&out);
    return written;
}

static void tell_miss(const struct replaying *r)
{
    rp__say("replay", "%s", r->miss);
    if (r->edited && rp__opt_flag(r->args, "strict")) {
        rp__say_next("without --strict, what was recorded answers a changed "
                     "input too");
    }
}

static bool all_fired(const struct replaying *r)
{
    bool all = true;
    for (uint32_t i = 0; i < r->faults.rules.count; i++) {
        const struct rp_fault_rule *rule = &r->faults.rules.items[i];
        all = all && (!rp_fault_rule_is_due(rule) || has_fired(r, rule));
    }
    return all;
}

/* The same judgement as of a run. */
static int judge(const struct replaying *r)
{
    struct rp_buf out;
    bool met = true;
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    for (uint32_t i = 0; i < r->faults.rules.count; i++) {
        const struct rp_fault_rule *rule = &r->faults.rules.items[i];
        struct rp_fault_end end = {
            .fired = has_fired(r, rule) ? 1 : 0,
            .outcome = r->result.run.outcome,
            .took = r->result.run.took,
        };
        met = rp_fault_expect_met(&out, rule, &end) && met;
    }
    if (!met || !rp__opt_flag(r->args, "quiet")) {
        rp__say_text(rp_buf_str(&out));
    }
    rp_buf_fini(&out);
    return met && all_fired(r) ? RP__EXIT_OK : RP__EXIT_FAILED;
}

static int tell(struct replaying *r)
{
    bool json = rp__opt_flag(r->args, "json");
    if (r->miss != NULL) {
        tell_miss(r);
    } else if (!json && !rp__opt_flag(r->args, "quiet")) {
        tell_people(r);
    }
    bool written =
        json || r->miss != NULL ? !json || print_json(r) : print_output(r);
    if (!written || r->miss != NULL) {
        return RP__EXIT_FAILED;
    }
    if (rp_fault_rules_expect(&r->faults.rules)) {
        return judge(r);
    }
    if (!all_fired(r) && r->result.run.outcome == RP_OUTCOME_OK) {
        return RP__EXIT_FAILED;
    }
    if (r->result.comparison.identical) {
        return RP__EXIT_OK;
    }
    return r->edited ? rp__outcome_exit(r->result.run.outcome, RP_REASON_NONE)
                     : RP__EXIT_FAILED;
}

/* ---- the command ---- */

static void fini(struct replaying *r)
{
    rp_rerun_result_fini(&r->result);
    rp__quiet_fini(&r->quiet);
    if (r->has_faults) {
        rp__faults_arg_fini(&r->faults);
    }
    if (r->has_input) {
        rp__input_fini(&r->input);
    }
    rp__stubs_fini(&r->stubs);
    rp__misses_fini(&r->misses);
    rp__plan_arg_fini(&r->plan_arg);
    rp_recording_free(&r->recording);
    rp__session_fini(&r->arg);
    rp_mem_free(r->miss);
}

static int check_order(const struct rp__args *args, struct rp__order_arg *order)
{
    bool kept = rp__opt_flag(args, "record");
    bool live = rp__misses_want_live(args);
    if (!rp__order_parse(order, rp__opt_value(args, "order"))) {
        return RP__EXIT_USAGE;
    }
    if (!order->recorded && (kept || live)) {
        rp__say("replay", "%s, and --order runs many",
            kept ? "--record keeps one replay" : "live workers run once");
        return RP__EXIT_USAGE;
    }
    if (kept && live) {
        rp__say("replay", "a replay with live workers is not kept");
        rp__say_next("reprise fork makes a session of its own");
        return RP__EXIT_USAGE;
    }
    return RP__GO_ON;
}

static int replay(struct replaying *r)
{
    struct rp__order_arg order;
    int status = check_order(r->args, &order);
    if (status == RP__GO_ON) {
        status = load(r);
    }
    if (status == RP__GO_ON) {
        status = prepare(r);
    }
    if (status == RP__GO_ON && !order.recorded) {
        struct rp_rerun base = rerun_of(r);
        status = rp__order_explore(
            &order, &base, &r->arg.row.head.id, rp__opt_flag(r->args, "json"));
    }
    if (status == RP__GO_ON) {
        status = open_stage(r);
    }
    if (status == RP__GO_ON) {
        status = run_again(r);
    }
    rp__stage_close(&r->stage);
    if (status == RP__GO_ON && rp__opt_flag(r->args, "record") &&
        r->miss == NULL) {
        struct rp_rerun rerun = rerun_of(r);
        status = rp__replay_keep(&rerun, &r->arg.place);
        r->recorded = status == RP__GO_ON;
    }
    return status == RP__GO_ON ? tell(r) : status;
}

static int replay_once(void *context)
{
    struct replaying *r = rp_mem_zalloc(sizeof(*r));
    r->args = context;
    int status = replay(r);
    fini(r);
    rp_mem_free(r);
    return status;
}

/* Live workers have a keeper, as those of any session. */
static int run(const struct rp__args *args)
{
    struct rp__args again = *args;
    const struct rp__alone alone = {.command = "replay"};
    return rp__misses_want_live(args)
               ? rp__alone_run(&alone, replay_once, &again)
               : replay_once(&again);
}

static const struct rp__opt opts[] = {
    {"plan", "FILE", "under this plan instead of the session's own", false, 0},
    RP__OPT_FAULT,
    RP__OPT_FAULTS,
    {"input", "FILE|-|JSON", "with this input instead of the session's own",
        false, 0},
    {"seed", "N", "with this seed of every draw, as of backoff", false, 0},
    RP__OPT_STUB,
    RP__OPTS_MISS,
    RP__OPT_IGNORE,
    {"order", "ORDER",
        "let calls complete in other orders, and compare: fastest, reverse, "
        "shuffle:SEED[:COUNT]",
        false, 0},
    {"strict", NULL, "refuse to answer a changed input, whatever was edited",
        false, 0},
    {"record", NULL, "keep the replay, as a session of its own", false, 0},
    RP__OPT_JSON,
    RP__OPT_QUIET,
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_replay = {
    .name = "replay",
    .summary = "run a session again from what was recorded",
    .arguments = "[SESSION]",
    .description =
        "Runs a session again: the ordinary engine, with the recorded answers "
        "in place of\nthe workers and a clock that jumps from event to event. "
        "Hours pass in\nmilliseconds, timeouts still fire, and nothing is "
        "started or contacted, but for\nlanes that --live names.\n\n"
        "As it is, every record must come out as it was. With --plan, "
        "--fault, --input or\n--seed it shows what would have happened; what "
        "the recording cannot tell fails\nand is named.\n" RP__HELP_SESSION,
    .footer =
        "Exit status: 0 identical, or an edited replay that ended ok; 1 it "
        "diverged,\nfailed or has no answer; 2 nothing was run; 3 an edited "
        "replay ended degraded;\n4 the store could not be read or written.\n\n"
        "Examples:\n"
        "  reprise replay\n"
        "  reprise replay X4QK7M --fault 'labs : hang'\n"
        "  reprise replay X4QK7M --plan faster.json --record",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
