/* The recorded events, fed to a fresh engine. */
#include <reprise/verify.h>

#include <inttypes.h>
#include <string.h>

#include "divergence.h"

struct verifying {
    struct rp_recording *recording;
    struct rp_engine *engine;
    struct rp_verification *out;
    struct rp_buf recorded, now; /* records as texts */
    struct rp_arena *scratch;    /* of one record */
    struct rp_instant last;      /* of the event before */
    bool other_plan;
};

struct rp_verification rp__verification_new(void)
{
    return (struct rp_verification){
        .first = {.kind = RP_DIVERGENCE_NONE,
            .path = "",
            .lane = "",
            .what = "",
            .recorded = {"", 0},
            .now = {"", 0},
            .nearest = "",
            .before = ""},
        .arena = rp_arena_new(0),
    };
}

void rp_verification_fini(struct rp_verification *v)
{
    rp_arena_free(&v->arena);
    *v = (struct rp_verification){.arena = NULL};
}

static void diverges(struct verifying *v, enum rp_divergence_class kind,
    uint64_t seq, const char *path, const char *what)
{
    rp__divergence_set(&v->out->first, v->out->arena, kind, seq, path, what);
}

static bool verifies(const struct verifying *v)
{
    return v->out->first.kind == RP_DIVERGENCE_NONE;
}

/* ---- time ---- */

/* "timeout gather/labs@1" is of "gather/labs@1", "budget_wall" of nothing. */
static const char *path_of_timer(const char *name)
{
    const char *space = strchr(name, ' ');
    return space == NULL ? "" : space + 1;
}

static const char *time_text(struct verifying *v, struct rp_instant at)
{
    struct rp_buf text;
    rp_buf_init(&text, 64);
    rp_duration_write(&text, (struct rp_duration){at.ns});
    const char *kept = rp_arena_dup(v->out->arena, rp_buf_str(&text));
    rp_buf_fini(&text);
    return kept;
}

static const char *event_text(struct verifying *v, const struct rp_event *event)
{
    struct rp_arena *arena = v->out->arena;
    const char *path = event->path == NULL ? "" : event->path;
    switch (event->kind) {
    case RP_EVENT_SESSION_STARTED:
        return "the session started";
    case RP_EVENT_CALL_IDLE:
        return rp_arena_printf(arena, "%s was silent", path);
    case RP_EVENT_CALL_COMPLETED:
        return rp_arena_printf(arena, "%s completed", path);
    case RP_EVENT_TIMER_FIRED:
        return rp_arena_printf(arena, "timer '%s' fired", event->timer.name);
    case RP_EVENT_OPERATOR:
        return "the operator intervened";
    case RP_EVENT_RESUMED:
        return "the session was resumed";
    }
    RP_ASSERT(false);
    return "";
}

/* A timer that is due now where the recording has something else. */
static void timer_is_due(struct verifying *v, uint64_t seq,
    const struct rp_event *event, const char *name, struct rp_instant due)
{
    diverges(v, RP_DIVERGENCE_TIMING, seq, path_of_timer(name),
        rp_arena_printf(v->out->arena,
            "%s at %s; now timer '%s' is due before it, at %s",
            event_text(v, event), time_text(v, event->at), name,
            time_text(v, due)));
}

static void timer_is_not_set(struct verifying *v, uint64_t seq,
    const struct rp_event *event, const char *next, struct rp_instant due)
{
    struct rp_arena *arena = v->out->arena;
    const char *rest =
        next == NULL ? "no timer is set"
                     : rp_arena_printf(arena, "the next timer is '%s' at %s",
                           next, time_text(v, due));
    diverges(v, RP_DIVERGENCE_TIMING, seq, path_of_timer(event->timer.name),
        rp_arena_printf(arena, "%s at %s; now %s", event_text(v, event),
            time_text(v, event->at), rest));
    if (next != NULL) {
        v->out->first.nearest =
            rp_arena_printf(arena, "timer '%s' at %s", next, time_text(v, due));
    }
}

/* A timer fires when it is due, unless the event before was later. */
static bool timer_fits(struct verifying *v, uint64_t seq,
    const struct rp_event *event, const char *next, struct rp_instant due)
{
    bool same = next != NULL && strcmp(next, event->timer.name) == 0;
    struct rp_instant expected =
        rp_instant_before(due, v->last) ? v->last : due;
    if (same && event->at.ns == expected.ns) {
        return true;
    }
    if (same) {
        diverges(v, RP_DIVERGENCE_TIMING, seq, path_of_timer(next),
            rp_arena_printf(v->out->arena, "%s at %s; now it is due at %s",
                event_text(v, event), time_text(v, event->at),
                time_text(v, expected)));
    } else if (next != NULL && !rp_instant_before(event->at, due)) {
        timer_is_due(v, seq, event, next, due);
    } else {
        timer_is_not_set(v, seq, event, next, due);
    }
    return false;
}

/* Whether the event can be at its time; else the divergence is set. */
static bool time_fits(
    struct verifying *v, uint64_t seq, const struct rp_event *event)
{
    struct rp_arena *arena = v->out->arena;
    struct rp_instant due = RP_INSTANT_NEVER;
    const char *next = NULL;
    bool any = rp_engine_next_timer(v->engine, &due, NULL);
    bool is_due = any && !rp_instant_before(event->at, due);
    if (is_due || event->kind == RP_EVENT_TIMER_FIRED) {
        (void)rp_engine_next_timer(v->engine, &due, &next);
    }
    if (rp_instant_before(event->at, v->last)) {
        diverges(v, RP_DIVERGENCE_TIMING, seq,
            event->path == NULL ? "" : event->path,
            rp_arena_printf(arena, "%s at %s, after an event at %s",
                event_text(v, event), time_text(v, event->at),
                time_text(v, v->last)));
    } else if (event->kind == RP_EVENT_TIMER_FIRED) {
        (void)timer_fits(v, seq, event, next, due); /* sets what is asked */
    } else if (is_due && next != NULL) {
        timer_is_due(v, seq, event, next, due);
    }
    if (verifies(v)) {
        return true;
    }
    v->out->first.recorded = rp__divergence_event(arena, event);
    if (any) {
        (void)rp_engine_next_timer(v->engine, &due, &next);
        v->out->first.now = rp__divergence_timer(arena, next, due);
    }
    return false;
}

/* ---- one record ---- */

/* Another plan has another name and other specs: they are no decisions. */
static struct rp_step without_plan(
    struct verifying *v, const struct rp_step *step)
{
    struct rp_step bare = *step;
    struct rp_decision *decisions = rp_arena_array(
        v->scratch, step->decision_count, sizeof(struct rp_decision));
    struct rp_action *actions = rp_arena_array(
        v->scratch, step->action_count, sizeof(struct rp_action));
    for (uint32_t i = 0; i < step->decision_count; i++) {
        decisions[i] = step->decisions[i];
        if (decisions[i].kind == RP_DECISION_SESSION_BEGAN) {
            decisions[i].attr_count = 0;
        }
    }
    for (uint32_t i = 0; i < step->action_count; i++) {
        actions[i] = step->actions[i];
        if (actions[i].kind == RP_ACTION_START_CALL) {
            actions[i].start.content = (struct rp_digest){{0}};
        }
    }
    bare.decisions = decisions;
    bare.actions = actions;
    return bare;
}

static bool same_text(const struct rp_buf *text, struct rp_str other)
{
    return !text->overflowed && rp_str_equal(rp_buf_str(text), other);
}

/* Bytes first: the bodies of records are canonical as a rule. One that was
 * written otherwise is read and written again, and so compared by value. */
static void compare(struct verifying *v, const struct rp_recorded *record,
    const struct rp_event *event, const struct rp_step *step)
{
    struct rp_step recorded = record->step;
    struct rp_step now = *step;
    rp_buf_reset(&v->now);
    rp_buf_reset(&v->recorded);
    if (v->other_plan) {
        recorded = without_plan(v, &recorded);
        now = without_plan(v, &now);
    }
    rp_record_write(&v->now, event, &now);
    if (same_text(&v->now, record->body)) {
        return;
    }
    rp_record_write(&v->recorded, event, &recorded);
    if (same_text(&v->now, rp_buf_str(&v->recorded))) {
        return;
    }
    struct rp__compared compared = {
        v->recording, event, record->seq, &recorded, &now};
    (void)rp__divergence_of_steps(&v->out->first, v->out->arena, &compared);
}

/* The engine knows no such call, or is not where the event would fit. */
static void refused(struct verifying *v, uint64_t seq,
    const struct rp_event *event, const struct rp_err *why)
{
    diverges(v, RP_DIVERGENCE_MISSING, seq,
        event->path == NULL ? "" : event->path,
        rp_arena_printf(v->out->arena, "%s at %s; now %s", event_text(v, event),
            time_text(v, event->at), why->text));
    v->out->first.recorded = rp__divergence_event(v->out->arena, event);
}

/* Bytes that cannot be had are damage; a store that cannot be read is not. */
static enum rp_code damaged_or(struct verifying *v, uint64_t seq,
    enum rp_code rc, const struct rp_err *why, struct rp_err *err)
{
    if (rc != RP_E_DAMAGED && rc != RP_E_NOT_FOUND) {
        return rp_err_set(err, rc, "%s", why->text);
    }
    diverges(v, RP_DIVERGENCE_DAMAGED, seq, "", why->text);
    return RP_OK;
}

static enum rp_code feed(
    struct verifying *v, const struct rp_recorded *record, struct rp_err *err)
{
    struct rp_event event = record->event;
    struct rp_completion completion;
    struct rp_step step;
    struct rp_err why = RP_ERR_INIT;
    enum rp_code rc =
        rp_recording_fill(v->recording, &event, &completion, &why);
    if (rc != RP_OK) {
        return damaged_or(v, record->seq, rc, &why, err);
    }
    if (!time_fits(v, record->seq, &event)) {
        return RP_OK;
    }
    if (rp_engine_step(v->engine, &event, &step, &why) != RP_OK) {
        refused(v, record->seq, &event, &why);
        return RP_OK;
    }
    v->last = event.at;
    compare(v, record, &event, &step);
    if (verifies(v)) {
        v->out->records++;
        v->out->decisions += step.decision_count;
        v->out->actions += step.action_count;
    }
    return RP_OK;
}

/* ---- the whole ---- */

static void tell_before(
    struct verifying *v, const struct rp_recorded *records, uint32_t at)
{
    if (verifies(v) || at == 0) {
        return;
    }
    const struct rp_recorded *before = &records[at - 1];
    v->out->first.before = rp_arena_printf(v->out->arena,
        "record %" PRIu64 ": %s at %s", before->seq,
        event_text(v, &before->event), time_text(v, before->event.at));
}

static enum rp_code feed_all(struct verifying *v, struct rp_err *err)
{
    uint32_t count;
    const struct rp_recorded *records =
        rp_recording_records(v->recording, &count);
    const struct rp_session_head *head = rp_recording_head(v->recording);
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0; i < count && rc == RP_OK && verifies(v); i++) {
        const struct rp_event *event = &records[i].event;
        rp_arena_reset(v->scratch);
        if (event->kind == RP_EVENT_SESSION_STARTED &&
            !rp_digest_equal(&event->started.input_digest, &head->input)) {
            diverges(v, RP_DIVERGENCE_INPUT_CHANGED, records[i].seq, "",
                "the session started with another input than its head names");
        } else {
            rc = feed(v, &records[i], err);
        }
        tell_before(v, records, i);
    }
    return rc;
}

static enum rp_code check_revision(
    const struct rp_session_head *head, struct rp_err *err)
{
    if (head->engine_rev > RP_ENGINE_REV) {
        return rp_err_set(err, RP_E_NEWER,
            "session %s was decided by engine revision %" PRIu32
            "; this program knows up to %d",
            head->id.text, head->engine_rev, RP_ENGINE_REV);
    }
    return RP_OK;
}

static void run(struct verifying *v, const struct rp_plan *plan,
    enum rp_code *rc, struct rp_err *err)
{
    const struct rp_session_head *head = rp_recording_head(v->recording);
    struct rp_engine_options options = {
        .session = head->id,
        .seed = head->seed,
        .engine_rev = head->engine_rev,
    };
    rp_buf_init(&v->recorded, RP_RECORD_BYTES_MAX);
    rp_buf_init(&v->now, RP_RECORD_BYTES_MAX);
    v->scratch = rp_arena_new(0);
    v->engine = rp_engine_new(plan, &options);
    *rc = feed_all(v, err);
    rp_engine_free(&v->engine);
    rp_arena_free(&v->scratch);
    rp_buf_fini(&v->now);
    rp_buf_fini(&v->recorded);
}

enum rp_code rp_verify(struct rp_verification *out,
    struct rp_recording *recording, const struct rp_plan *plan,
    struct rp_err *err)
{
    const struct rp_plan *own = rp_recording_plan(recording);
    const struct rp_session_head *head = rp_recording_head(recording);
    struct rp_verification result = rp__verification_new();
    struct verifying v = {
        .recording = recording,
        .out = &result,
        .other_plan =
            plan != NULL && !rp_digest_equal(&plan->digest, &own->digest),
    };
    enum rp_code rc = check_revision(head, err);
    if (rc == RP_OK && head->engine_rev == 0) {
        diverges(&v, RP_DIVERGENCE_DAMAGED, 0, "",
            "the head names no revision of the engine");
    } else if (rc == RP_OK) {
        run(&v, plan == NULL ? own : plan, &rc, err);
    }
    result.ended = rp_recording_ended(recording);
    if (rc == RP_OK) {
        *out = result;
    } else {
        rp_verification_fini(&result);
    }
    return rc;
}
