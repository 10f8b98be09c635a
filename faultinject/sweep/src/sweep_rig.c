#include <reprise/sweep_rig.h>

#include <string.h>

#define BASELINES 3

/* For each agent whether the plan's text says `name` of it; what `defaults`
 * say is chosen as what an agent itself says. */
static bool *chosen(struct rp_arena *arena, const struct rp_plan *plan,
    const cJSON *root, const char *name)
{
    bool *out = rp_arena_array(arena, plan->agent_count, sizeof(bool));
    bool all = rp_json_get(rp_json_get(root, "defaults"), name) != NULL;
    for (uint32_t i = 0; i < plan->agent_count; i++) {
        const cJSON *agent =
            rp_json_get(rp_json_get(root, "agents"), plan->agents[i].name);
        out[i] = all || rp_json_get(agent, name) != NULL;
    }
    return out;
}

static void find_chosen(
    struct rp_sweep_measure *out, struct rp_arena *arena, struct rp_str text)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_doc *doc = NULL;
    options.comments = true;
    if (text.len == 0 || rp_json_read(&doc, text, &options, NULL) != RP_OK) {
        return;
    }
    const cJSON *root = rp_json_root(doc);
    bool *external = chosen(arena, out->plan, root, "effects");
    for (uint32_t i = 0; i < out->plan->agent_count; i++) {
        external[i] =
            external[i] && out->plan->agents[i].effects == RP_EFFECTS_EXTERNAL;
    }
    out->timeout_chosen = chosen(arena, out->plan, root, "timeout");
    out->external_chosen = external;
    rp_json_free(&doc);
}

/* Beside a result it shows what a fault costs; beside none, nothing does. */
static enum rp_code check_baseline(
    const struct rp_sweep_trace *baseline, struct rp_err *err)
{
    switch (baseline->outcome) {
    case RP_OUTCOME_NONE:
        return rp_err_set(err, RP_E_INVALID, "the session has no end");
    case RP_OUTCOME_FAILED:
    case RP_OUTCOME_CANCELLED:
        return rp_err_set(err, RP_E_INVALID,
            "the session %s without any fault (%s), so nothing shows what a "
            "fault would cost; sweep one that came to a result",
            baseline->outcome == RP_OUTCOME_FAILED ? "fails" : "is cancelled",
            rp_reason_name(baseline->reason));
    case RP_OUTCOME_OK:
    case RP_OUTCOME_DEGRADED:
        break;
    }
    return RP_OK;
}

/* Several times: what differs then is noise, and nothing can be concluded from
 * what faults do. */
static enum rp_code play_baseline(struct rp_sweep_rig *rig, struct rp_err *err)
{
    struct rp_sweep_ground ground = rig->ground;
    ground.digest = true;
    ground.memo = NULL;
    enum rp_code rc = rp_sweep_play(&rig->baseline, &ground, rig->rules, err);
    for (uint32_t i = 1; rc == RP_OK && i < BASELINES; i++) {
        rc = rp_sweep_play(&rig->trace, &ground, rig->rules, err);
        if (rc == RP_OK &&
            !rp_digest_equal(&rig->trace.digest, &rig->baseline.digest)) {
            return rp_err_set(err, RP_E_DIVERGED,
                "the session is not the same when it is replayed twice");
        }
    }
    return rc == RP_OK ? check_baseline(&rig->baseline, err) : rc;
}

enum rp_code rp_sweep_rig_set(struct rp_sweep_rig *rig,
    const struct rp_sweep_subject *subject, struct rp_err *err)
{
    const struct rp_plan *plan = subject->plan == NULL
                                     ? rp_recording_plan(subject->recording)
                                     : subject->plan;
    *rig = (struct rp_sweep_rig){
        .arena = rp_arena_new(64u << 10),
        .rules = rp_mem_zalloc(sizeof(struct rp_fault_rules)),
        .plan_text = subject->plan_text,
        .stored = subject->stored,
        .stored_only = subject->stored_only,
    };
    rig->ground = (struct rp_sweep_ground){
        .recording = subject->recording,
        .plan = plan,
        .seed = subject->seed,
        .changed = subject->strict ? RP_CHANGED_REFUSE : RP_CHANGED_ANSWER,
        .memo = rp_memo_new(),
    };
    rig->measure =
        (struct rp_sweep_measure){.plan = plan, .baseline = &rig->baseline};
    rig->measure.as_recorded = rp_digest_equal(
        &plan->digest, &rp_recording_head(subject->recording)->plan);
    find_chosen(&rig->measure, rig->arena, subject->plan_text);
    return play_baseline(rig, err);
}

void rp_sweep_rig_fini(struct rp_sweep_rig *rig)
{
    rp_sweep_trace_fini(&rig->baseline);
    rp_sweep_trace_fini(&rig->trace);
    rp_memo_free(&rig->ground.memo);
    rp_mem_free(rig->rules);
    rp_arena_free(&rig->arena);
    *rig = (struct rp_sweep_rig){.arena = NULL};
}

static enum rp_code read_rules(struct rp_fault_rules *out,
    const char *const *rules, uint32_t count, struct rp_err *err)
{
    out->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        enum rp_code rc = rp_fault_rule_add(out, rp_str_of(rules[i]), err);
        if (rc != RP_OK) {
            return rc;
        }
    }
    return RP_OK;
}

static void note_broken(struct rp_sweep_rig *rig, enum rp_code rc)
{
    if (rig->broken == RP_OK) {
        rig->broken = rc;
    }
}

/* The run, from what is stored or played now; false: neither. */
static bool get(struct rp_sweep_rig *rig, const char *const *rules,
    uint32_t count, enum rp_code *code, struct rp_err *err)
{
    const struct rp_sweep_ground *ground = &rig->ground;
    rp_memo_trim(ground->memo);
    if (rig->stored == NULL) {
        *code = rp_sweep_play(&rig->trace, ground, rig->rules, err);
        rig->played++;
        return true;
    }
    struct rp_digest key = rp_sweep_stored_key(ground, rules, count, "run");
    rig->again_key = rp_sweep_stored_key(ground, rules, count, "again");
    if (rp_sweep_stored_find(
            rig->stored, &key, ground, &rig->trace, code, err)) {
        rig->known++;
        return true;
    }
    rp_sweep_trace_reset(&rig->trace);
    if (rig->stored_only) {
        rig->absent++;
        return false;
    }
    *code = rp_sweep_play(&rig->trace, ground, rig->rules, err);
    rig->played++;
    note_broken(rig, rp_sweep_stored_add(rig->stored, &key, rules, count,
                         &rig->trace, *code, err, &rig->broken_why));
    return true;
}

static void refuse(struct rp_sweep_judgement *out, struct rp_sweep_rig *rig,
    const struct rp_err *err)
{
    rp_sweep_trace_reset(&rig->trace);
    *out = (struct rp_sweep_judgement){
        .verdict = RP_VERDICT_HARNESS,
        .note = rp_arena_dup(rig->arena, rp_str_of(err->text)),
    };
}

void rp_sweep_rig_judge_live(struct rp_sweep_judgement *out,
    struct rp_sweep_rig *rig, struct rp_recording *live,
    const char *const *rules, uint32_t rule_count)
{
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc = read_rules(rig->rules, rules, rule_count, &err);
    if (rc == RP_OK) {
        rc = rp_sweep_trace_of(
            &rig->trace, &rig->ground, live, rig->rules, &err);
    }
    if (rc != RP_OK) {
        refuse(out, rig, &err);
        return;
    }
    struct rp_sweep_played played = {rig->rules, &rig->trace, rc, &err};
    rp_sweep_judge(out, rig->arena, &rig->measure, &played);
}

bool rp_sweep_rig_recall_live(struct rp_sweep_judgement *out,
    struct rp_sweep_rig *rig, const char *const *rules, uint32_t rule_count,
    const char *what)
{
    struct rp_err err = RP_ERR_INIT;
    enum rp_code code = RP_OK;
    if (rig->stored == NULL) {
        return false;
    }
    struct rp_digest key =
        rp_sweep_stored_key(&rig->ground, rules, rule_count, what);
    if (!rp_sweep_stored_find(
            rig->stored, &key, &rig->ground, &rig->trace, &code, &err) ||
        read_rules(rig->rules, rules, rule_count, &err) != RP_OK) {
        return false;
    }
    struct rp_sweep_played played = {rig->rules, &rig->trace, code, &err};
    rp_sweep_judge(out, rig->arena, &rig->measure, &played);
    return true;
}

enum rp_code rp_sweep_rig_keep_live(struct rp_sweep_rig *rig,
    const char *const *rules, uint32_t rule_count, const char *what,
    struct rp_err *err)
{
    const struct rp_err none = RP_ERR_INIT;
    if (rig->stored == NULL) {
        return RP_OK;
    }
    struct rp_digest key =
        rp_sweep_stored_key(&rig->ground, rules, rule_count, what);
    return rp_sweep_stored_add(
        rig->stored, &key, rules, rule_count, &rig->trace, RP_OK, &none, err);
}

void rp_sweep_rig_try(struct rp_sweep_judgement *out, struct rp_sweep_rig *rig,
    const char *const *rules, uint32_t rule_count)
{
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc = read_rules(rig->rules, rules, rule_count, &err);
    if (rc != RP_OK) {
        refuse(out, rig, &err);
        return;
    }
    if (!get(rig, rules, rule_count, &rc, &err)) {
        *out = (struct rp_sweep_judgement){
            .verdict = RP_VERDICT_PRUNED, .note = "it is not stored"};
        return;
    }
    struct rp_sweep_played played = {rig->rules, &rig->trace, rc, &err};
    rp_sweep_judge(out, rig->arena, &rig->measure, &played);
}

bool rp_sweep_rig_whole(
    struct rp_sweep_rig *rig, const char *const *rules, uint32_t rule_count)
{
    struct rp_sweep_ground ground = rig->ground;
    ground.envelope = true;
    return read_rules(rig->rules, rules, rule_count, NULL) == RP_OK &&
           rp_sweep_play(&rig->trace, &ground, rig->rules, NULL) == RP_OK;
}

/* Two more times, with what every record says: once with what is remembered of
 * other runs, once without. */
static bool play_again(struct rp_sweep_rig *rig)
{
    struct rp_sweep_trace traces[2] = {{.arena = NULL}, {.arena = NULL}};
    struct rp_sweep_ground ground = rig->ground;
    bool same = true;
    ground.digest = true;
    for (size_t i = 0; i < RP_COUNT_OF(traces); i++) {
        ground.memo = i == 0 ? rig->ground.memo : NULL;
        enum rp_code rc = rp_sweep_play(&traces[i], &ground, rig->rules, NULL);
        same = same && rc == RP_OK && traces[i].ended.ns == rig->trace.ended.ns;
    }
    same = same && rp_digest_equal(&traces[0].digest, &traces[1].digest);
    rp_sweep_trace_fini(&traces[0]);
    rp_sweep_trace_fini(&traces[1]);
    return same;
}

bool rp_sweep_rig_again(struct rp_sweep_rig *rig)
{
    bool same = true;
    if (rig->stored != NULL &&
        rp_sweep_stored_find_flag(rig->stored, &rig->again_key, &same)) {
        return same;
    }
    if (rig->stored_only) {
        return true;
    }
    same = play_again(rig);
    if (rig->stored != NULL) {
        note_broken(rig, rp_sweep_stored_add_flag(rig->stored, &rig->again_key,
                             same, &rig->broken_why));
    }
    return same;
}

/* A bare word is also the name of an agent. */
const char *rp_sweep_rig_on(
    struct rp_sweep_rig *rig, const char *path, const char *agent)
{
    if (path[0] == '\0') {
        return rp_arena_printf(rig->arena, "agent:%s", agent);
    }
    bool both = rp_plan_agent(rig->measure.plan, rp_str_of(path)) != NULL;
    return rp_arena_printf(rig->arena, "%s%s", both ? "path:" : "", path);
}

/* ---- what was seen ---- */

/* FNV-1a */
static uint64_t mix(uint64_t hash, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static uint64_t mix_number(uint64_t hash, uint64_t value)
{
    return mix(hash, &value, sizeof(value));
}

static uint64_t mix_task(uint64_t hash, const struct rp_sweep_task *task)
{
    hash = mix(hash, task->path, strlen(task->path) + 1);
    hash = mix_number(hash, task->status);
    for (uint32_t i = 0; i < task->attempt_count; i++) {
        hash = mix_number(hash, task->attempts[i].reason);
        if (task->attempts[i].altered) { /* its content may matter */
            hash = mix(hash, task->output.bytes, sizeof(task->output.bytes));
        }
    }
    return hash;
}

uint64_t rp_sweep_rig_signature(const struct rp_sweep_rig *rig)
{
    const struct rp_sweep_trace *t = &rig->trace;
    uint64_t hash = mix_number(UINT64_C(14695981039346656037), t->outcome);
    for (uint32_t i = 0; i < t->task_count; i++) {
        hash = mix_task(hash, &t->tasks[i]);
    }
    for (uint32_t i = 0; i < t->conflict_count; i++) {
        hash = mix(hash, t->conflicts[i], strlen(t->conflicts[i]) + 1);
    }
    return hash;
}
