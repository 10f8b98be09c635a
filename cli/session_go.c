/* One session from its store to its last line. */
#include "session_go.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <reprise/mem.h>
#include <reprise/store_sqlite.h>

#include "alone.h"
#include "crash.h"
#include "detach.h"
#include "exit.h"
#include "live.h"
#include "out.h"
#include "phrase.h"
#include "say.h"
#include "stage.h"
#include "trouble.h"

#define TURN_MAX_MS 100 /* how long a redraw may be late */

/* What the orchestrator holds while the session runs. */
struct running {
    struct rp__run_plan *plan;
    struct rp_store_sqlite *sqlite;
    struct rp_store *store;
    struct rp_store_troubles troubles; /* of the disk under it */
    struct rp__stage *stage;
    struct rp__live live;
    struct rp__lines lines;
    struct rp__commits commits;
    struct rp__quiet quiet;
    struct rp__begun begun;
    struct rp_sink *sinks[4];
    uint32_t sink_count;
    struct rp_run_result result;
    struct rp_instant began; /* on the stage's clock */
};

/* ---- sinks ---- */

static void add_sink(struct running *r, struct rp_sink *sink)
{
    r->sinks[r->sink_count++] = sink;
}

static bool has_tree(const struct running *r)
{
    return r->plan->choice.progress == RP__PROGRESS_TREE;
}

static bool has_lines(const struct running *r)
{
    return r->plan->choice.progress == RP__PROGRESS_LINES ||
           r->plan->choice.progress == RP__PROGRESS_JSON;
}

static void begin_sinks(struct running *r)
{
    const struct rp__run_plan *plan = r->plan;
    rp__quiet_init(&r->quiet, plan->plan.plan);
    add_sink(r, &r->quiet.sink);
    if (has_tree(r)) {
        struct rp__tree tree = {
            .id = &plan->head.id,
            .plan = plan->plan.plan,
            .plan_file = plan->plan_file,
        };
        rp__live_init(&r->live, &tree, STDERR_FILENO);
        add_sink(r, &r->live.sink);
    } else if (has_lines(r)) {
        rp__lines_init(&r->lines, &plan->head,
            plan->choice.progress == RP__PROGRESS_JSON, STDERR_FILENO);
        add_sink(r, &r->lines.sink);
    }
    if (plan->detach) {
        rp__begun_init(&r->begun);
        add_sink(r, &r->begun.sink);
    }
    if (plan->commit_fd >= 0) {
        rp__commits_init(&r->commits, plan->commit_fd);
        add_sink(r, &r->commits.sink);
    }
}

/* A session that goes on is shown with what it did before. */
static void show_past(struct running *r)
{
    uint32_t count = 0;
    const struct rp_recorded *records =
        r->plan->recording == NULL
            ? NULL
            : rp_recording_records(r->plan->recording, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct rp_record record = rp_recorded_as_record(&records[i]);
        r->quiet.sink.ops->record(&r->quiet.sink, &record);
        if (has_tree(r)) {
            r->live.sink.ops->record(&r->live.sink, &record);
        }
    }
}

/* What they still hold is shown; the live tree makes room. */
static void end_sinks(struct running *r)
{
    if (has_tree(r)) {
        rp__live_erase(&r->live);
        rp__live_fini(&r->live);
    } else if (has_lines(r)) {
        rp__lines_fini(&r->lines);
    }
    if (r->plan->commit_fd >= 0) {
        rp__commits_fini(&r->commits);
    }
    r->sink_count = 0;
}

/* ---- the result ---- */

/* {"schema":…,"session":…, and the members of the engine's envelope. */
static void add_envelope(struct rp_buf *out, const struct running *r)
{
    rp_buf_addf(out, "{\"schema\":\"reprise.run/1\",\"session\":\"%s\",%s\n",
        r->plan->head.id.text, r->result.envelope + 1);
}

static bool print_document(const struct running *r)
{
    const struct rp__run_plan *plan = r->plan;
    struct rp_buf out;
    if (plan->require_ok && r->result.outcome != RP_OUTCOME_OK) {
        return true;
    }
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    if (plan->envelope) {
        add_envelope(&out, r);
    } else if (r->result.output != NULL) {
        rp_buf_addf(&out, "%s\n", r->result.output);
    }
    bool written = rp__out_write(plan->command, rp_buf_str(&out));
    rp_buf_fini(&out);
    if (!written && r->result.output != NULL) {
        rp__say_next("it is recorded: reprise show %s --io session --part "
                     "output",
            rp__phrase_short_id(&plan->head.id));
    }
    return written;
}

/* Also when asked to be quiet: a fault that did not happen proves nothing. */
static void tell_unfired(const struct running *r)
{
    struct rp_buf out;
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    rp__stage_tell_unfired(&out, r->stage);
    rp__say_text(rp_buf_str(&out));
    rp_buf_fini(&out);
}

/* The exit status where rules expect something; who cancelled hears of it. All
 * is not well when a fault did not happen: it proves nothing. */
static int judge(const struct running *r)
{
    struct rp_buf out;
    int status = rp__outcome_exit(r->result.outcome, r->result.cancel_cause);
    bool all = rp__stage_all_fired(r->stage);
    if (!rp_fault_rules_expect(&r->plan->faults.rules) ||
        r->result.outcome == RP_OUTCOME_CANCELLED) {
        return status == RP__EXIT_OK && !all ? RP__EXIT_FAILED : status;
    }
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    bool met = rp__stage_as_expected(&out, r->stage, &r->result);
    if (!met || !r->plan->choice.quiet) {
        rp__say_text(rp_buf_str(&out));
    }
    rp_buf_fini(&out);
    return met && all ? RP__EXIT_OK : RP__EXIT_FAILED;
}

static int tell_result(const struct running *r)
{
    const struct rp__run_plan *plan = r->plan;
    struct rp__ending ending = {
        .command = plan->command,
        .view = &r->quiet.view,
        .id = &plan->head.id,
        .place = &plan->place,
        .plan = plan->plan.plan,
        .plan_file = plan->plan_file,
        .input = plan->input_option,
        .choice = &plan->choice,
    };
    bool written = print_document(r);
    rp__outcome_tell(&ending);
    tell_unfired(r);
    if (plan->choice.quiet && !rp_fault_rules_expect(&plan->faults.rules)) {
        rp__outcome_tell_failed(&ending);
    }
    int status = judge(r);
    return written ? status : RP__EXIT_FAILED;
}

/* How often a rule fired, also where nothing was opened to run on. */
static uint32_t fired_of(const struct running *r, uint32_t rule)
{
    const struct rp_fault_rules *rules = &r->plan->faults.rules;
    if (r->stage != NULL) {
        return rp__stage_fired(r->stage, rule);
    }
    return rp__trouble_is_export(&rules->items[rule])
               ? 1
               : rp__trouble_fired(&r->troubles, rules, rule);
}

/* A session whose store fails has failed, and said so. As a rule expects it can
 * only be where the store failed on purpose. */
static int judge_failure(const struct running *r, int status)
{
    const struct rp_fault_rules *rules = &r->plan->faults.rules;
    struct rp_fault_end end = {.outcome = RP_OUTCOME_FAILED};
    bool met = true, on_purpose = false;
    struct rp_buf out;
    if (r->stage != NULL) {
        end.took =
            rp_instant_since(rp_clock_now(rp__stage_clock(r->stage)), r->began);
    }
    rp_buf_init(&out, RP__OUT_BYTES_MAX);
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct rp_fault_rule *rule = &rules->items[i];
        end.fired = fired_of(r, i);
        on_purpose =
            on_purpose || rp__trouble_fired(&r->troubles, rules, i) > 0;
        met = rp_fault_expect_met(&out, rule, &end) && met &&
              (end.fired > 0 || !rp_fault_rule_is_due(rule));
    }
    if (on_purpose && rp_fault_rules_expect(rules)) {
        status = met ? RP__EXIT_OK : RP__EXIT_FAILED;
        if (!met || !r->plan->choice.quiet) {
            rp__say_text(rp_buf_str(&out));
        }
    }
    rp_buf_fini(&out);
    return status;
}

static int tell_failure(
    const struct running *r, enum rp_code rc, const struct rp_err *err)
{
    rp__say(r->plan->command, "%s", err->text);
    if (r->quiet.view.record_count > 0) {
        rp__say_next("what was recorded until then: reprise show %s",
            rp__phrase_short_id(&r->plan->head.id));
    }
    return judge_failure(r, rc == RP_E_IO ? RP__EXIT_FAILED : RP__EXIT_STORE);
}

/* ---- the session ---- */

static void warn_of_git(const struct rp__run_plan *plan)
{
    if (!plan->choice.quiet && rp_store_git_would_commit(plan->place.path)) {
        rp__say(plan->command,
            "git would commit '%s', with all that was "
            "recorded; name it in .gitignore",
            plan->place.path);
    }
}

static enum rp_code open_store(struct running *r, struct rp_err *err)
{
    rp__trouble_of_store(
        &r->troubles, &r->plan->faults.rules, r->plan->head.seed);
    struct rp_store_sqlite_options options = {.create = r->plan->past == NULL,
        .durability = r->plan->durability,
        .troubles = &r->troubles};
    enum rp_code rc =
        rp_store_sqlite_open(&r->sqlite, r->plan->place.path, &options, err);
    if (rc != RP_OK) {
        return RP_E_STORE; /* whatever kept it from being opened */
    }
    r->store = r->plan->past == NULL
                   ? rp_store_sqlite_recorder(r->sqlite)
                   : rp_store_sqlite_resumer(r->sqlite, r->plan->plan.plan);
    r->store = rp__crash_new(r->store, &r->plan->faults.rules);
    warn_of_git(r->plan);
    return RP_OK;
}

static enum rp_code open_stage(struct running *r, struct rp_err *err)
{
    const struct rp__run_plan *plan = r->plan;
    struct rp__stage_options options = {
        .plan = plan->plan.plan,
        .head = &plan->head,
        .store_path = plan->place.path,
        .stubs = plan->stubs,
        .stub_count = plan->stub_count,
        .faults = &plan->faults,
        .past = plan->past,
    };
    return rp__stage_open(&r->stage, &options, err);
}

static enum rp_code run_session(struct running *r, struct rp_err *err)
{
    const struct rp__run_plan *plan = r->plan;
    struct rp_run run = {
        .plan = plan->plan.plan,
        .head = &plan->head,
        .input = rp_buf_str(&plan->input.text),
        .clock = rp__stage_clock(r->stage),
        .transport = rp__stage_transport(r->stage),
        .store = r->store,
        .control = rp__stage_control(r->stage),
        .past = plan->past,
        .sinks = r->sinks,
        .sink_count = r->sink_count,
        .turn_max =
            has_tree(r) ? rp_duration_of_ms(TURN_MAX_MS) : RP_DURATION_FOREVER,
    };
    r->began = rp_clock_now(run.clock);
    return rp_run(&run, &r->result, err);
}

static void close_store(struct running *r)
{
    rp_store_free(&r->store);
    rp_store_sqlite_close(&r->sqlite);
}

/* What was done on purpose is told whoever asks for quiet. */
static void note_trouble(const struct running *r)
{
    const struct rp_fault_rules *rules = &r->plan->faults.rules;
    for (uint32_t i = 0; i < rules->count; i++) {
        uint32_t fired = rp__trouble_fired(&r->troubles, rules, i);
        bool elsewhere = rp__trouble_is_export(&rules->items[i]);
        if (r->stage != NULL) { /* who sends tells of its own */
            rp__stage_note(r->stage, i, elsewhere ? 1 : fired);
        }
        if (fired > 0) {
            rp__say(r->plan->command,
                "fault injected: %s %s, %" PRIu32 " time%s", rules->items[i].id,
                rp_fault_name(rules->items[i].kind), fired,
                fired == 1 ? "" : "s");
        }
    }
}

static int orchestrate(void *context)
{
    struct running *r = context;
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc = open_store(r, &err);
    begin_sinks(r);
    show_past(r);
    if (rc == RP_OK) {
        rc = open_stage(r, &err);
    }
    if (rc == RP_OK) {
        rc = run_session(r, &err);
    }
    end_sinks(r);
    if (r->troubles.count > 0) {
        close_store(r); /* a sync may come as late as that */
    }
    note_trouble(r);
    int status = rc == RP_OK ? tell_result(r) : tell_failure(r, rc, &err);
    rp__stage_close(&r->stage);
    close_store(r);
    rp_run_result_fini(&r->result);
    rp__quiet_fini(&r->quiet);
    return status;
}

static int keep_alone(struct running *r)
{
    struct rp__alone alone = {
        .command = r->plan->command,
        .session = &r->plan->head.id,
        .store_path = r->plan->place.path,
    };
    return rp__alone_run(&alone, orchestrate, r);
}

/* Rules about where spans are sent, each of which has to have met a request;
 * false: one did not. */
static bool judge_export(const struct running *r)
{
    const struct rp_fault_rules *rules = &r->plan->faults.rules;
    bool met = true;
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct rp_fault_rule *rule = &rules->items[i];
        if (!rp__trouble_is_export(rule) || r->plan->senders.fired[i] > 0) {
            continue;
        }
        rp__say(r->plan->command,
            "fault rule '%s' never fired: no request that it is on was sent",
            rule->id);
        met = false;
    }
    return met;
}

/* What sends spans is a child of the keeper: nothing it does, or does not do,
 * touches the session. The status is the session's. */
static int keep(void *context)
{
    struct running *r = context;
    struct rp__senders *senders = &r->plan->senders;
    senders->store_path = r->plan->place.path;
    senders->from = &r->plan->head.id;
    senders->faults = &r->plan->faults.rules;
    if (!rp__senders_start(senders, RP__SEND_FOLLOW)) {
        return RP__EXIT_FAILED;
    }
    int status = keep_alone(r);
    rp__senders_stop(senders);
    (void)rp__senders_tell(senders, false); /* the status is the session's */
    if (rp__senders_lack_spans(senders)) {
        rp__say_next("reprise export --pending delivers what is left");
    }
    return judge_export(r) || status != RP__EXIT_OK ? status : RP__EXIT_FAILED;
}

/* What nobody would ever see is not asked for by mistake. */
static bool prints_in_vain(const struct rp__run_plan *plan)
{
    if (!plan->detach || (!plan->envelope && !plan->require_ok)) {
        return false;
    }
    rp__say(plan->command,
        "--detach prints no document, which --%s is about; nothing was "
        "started",
        plan->envelope ? "envelope" : "require");
    rp__say_next("reprise show ID --io session --part output prints it later");
    return true;
}

static bool sends_in_vain(const struct rp__run_plan *plan)
{
    if (plan->senders.count > 0 ||
        !rp__trouble_has_export(&plan->faults.rules)) {
        return false;
    }
    rp__say(plan->command,
        "a fault is on where spans are sent, and none are; nothing was "
        "started");
    rp__say_next("--otlp URL says where");
    return true;
}

/* Faults leave nothing behind: what others have recorded is not for them. */
static bool harms_others(const struct rp__run_plan *plan)
{
    const struct rp_fault_rule *rule =
        rp__trouble_that_harms(&plan->faults.rules);
    if (rule == NULL) {
        return false;
    }
    bool there = access(plan->place.path, F_OK) == 0;
    if (there) {
        rp__say(plan->command,
            "fault rule '%s': '%s' may cost what is recorded in '%s'; nothing "
            "was started",
            rule->id, rp_fault_name(rule->kind), plan->place.path);
        rp__say_next("--store FILE names a store of its own, which is made");
    } else if (plan->senders.count > 0) {
        rp__say(plan->command,
            "fault rule '%s': '%s' is for a store that nobody else reads, and "
            "--otlp has it read; nothing was started",
            rule->id, rp_fault_name(rule->kind));
    }
    return there || plan->senders.count > 0;
}

int rp__session_go(struct rp__run_plan *plan)
{
    if (prints_in_vain(plan) || sends_in_vain(plan) || harms_others(plan)) {
        return RP__EXIT_USAGE;
    }
    struct running *r = rp_mem_zalloc(sizeof(*r));
    r->plan = plan;
    int status = plan->detach ? rp__detach(&plan->head.id, keep, r) : keep(r);
    rp_mem_free(r);
    return status;
}
