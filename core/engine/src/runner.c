/* The only loop. A turn: fire what is due, take what the transport reports,
 * make all of it durable in one commit, then perform what was decided. While
 * another process holds the store, the loop goes on listening and performs
 * nothing. */
#include <reprise/runner.h>

#include <inttypes.h>
#include <string.h>

#define REPORTS_PER_TURN_MAX 256
/* Who has waited for long asks more often, so that among many writers nobody
 * is late for long. */
#define BUSY_PAUSE_NS (RP_NS_PER_MS / 4)
#define BUSY_LONG_NS (10 * RP_NS_PER_MS)
#define BUSY_LONG_PAUSE_NS (RP_NS_PER_MS / 20)
#define BUSY_MAX_NS (60 * RP_NS_PER_S)

/* A step that is not durable yet. */
struct pending {
    uint64_t seq;
    struct rp_instant at;
    struct rp_str body; /* turn arena */
    struct rp_digest digest;
};

struct running {
    const struct rp_run *run;
    struct rp_engine *engine;
    struct rp_arena *turn; /* reset by each successful commit */
    struct rp_buf body;
    struct rp_digest chain;
    uint64_t seq;
    struct rp_instant last; /* of the newest event */
    struct pending *pending;
    uint32_t pending_count, pending_room;
    /* What they point to lives as long as the engine. */
    struct rp_action *actions;
    uint32_t action_count, action_room;
    struct rp_instant busy_since; /* NEVER when the last commit succeeded */
    enum rp_reason cancel_cause;
    uint32_t last_call; /* that was started */
    uint32_t dead_call; /* up to that one they died with their process */
};

void rp_run_result_fini(struct rp_run_result *result)
{
    rp_mem_free(result->output);
    rp_mem_free(result->envelope);
    *result = (struct rp_run_result){.output = NULL};
}

/* ---- one event ---- */

static void *room_for(
    void *items, uint32_t count, uint32_t *room, uint32_t more, size_t size)
{
    if (count + more <= *room) {
        return items;
    }
    while (count + more > *room) {
        *room = *room == 0 ? 64 : *room * 2;
    }
    return rp_mem_grow(items, *room, size);
}

static enum rp_code put_made(
    struct running *r, const struct rp_step *step, struct rp_err *err)
{
    struct rp_store *store = r->run->store;
    for (uint32_t i = 0; i < step->made_count; i++) {
        enum rp_code rc = store->ops->put(
            store, &step->made[i].digest, step->made[i].bytes, err);
        if (rc != RP_OK) {
            return rc;
        }
    }
    return RP_OK;
}

static enum rp_code append(struct running *r, const struct rp_event *event,
    const struct rp_step *step, struct rp_err *err)
{
    struct rp_store *store = r->run->store;
    rp_buf_reset(&r->body);
    if (r->run->records != RP_RECORDS_STEPS) {
        rp_record_write(&r->body, event, step);
    }
    if (r->body.overflowed) {
        return rp_err_set(err, RP_E_LIMIT,
            "record %" PRIu64 " is larger than %u bytes", r->seq + 1,
            RP_RECORD_BYTES_MAX);
    }
    struct rp_str body = rp_buf_str(&r->body);
    if (r->run->records == RP_RECORDS_CHAINED) {
        r->chain = rp_record_chain(&r->chain, body);
    }
    struct rp_record record = {
        ++r->seq, event->at, body, r->chain, event, step};
    enum rp_code rc = store->ops->append(store, &record, err);
    if (rc != RP_OK) {
        return rc;
    }
    r->pending = room_for(r->pending, r->pending_count, &r->pending_room, 1,
        sizeof(struct pending));
    r->pending[r->pending_count++] = (struct pending){record.seq, event->at,
        {rp_arena_dup(r->turn, body), body.len}, r->chain};
    if (event->kind == RP_EVENT_RESUMED) {
        r->action_count = 0; /* what was decided before died with its calls */
        r->dead_call = r->last_call;
    }
    for (uint32_t i = 0; i < step->action_count; i++) {
        if (step->actions[i].kind == RP_ACTION_START_CALL) {
            r->last_call = step->actions[i].start.number;
        }
    }
    r->actions = room_for(r->actions, r->action_count, &r->action_room,
        step->action_count, sizeof(struct rp_action));
    if (step->action_count > 0) {
        memcpy(&r->actions[r->action_count], step->actions,
            step->action_count * sizeof(struct rp_action));
    }
    r->action_count += step->action_count;
    return RP_OK;
}

static enum rp_code feed(
    struct running *r, struct rp_event *event, struct rp_err *err)
{
    struct rp_step step;
    if (rp_instant_before(event->at, r->last)) {
        event->at = r->last;
    }
    enum rp_code rc = rp_engine_step(r->engine, event, &step, err);
    if (rc != RP_OK) {
        return rc;
    }
    r->last = event->at;
    rc = put_made(r, &step, err);
    return rc == RP_OK ? append(r, event, &step, err) : rc;
}

/* Every timer due at `now`, each at the time it was due. */
static enum rp_code fire_timers(
    struct running *r, struct rp_instant now, struct rp_err *err)
{
    struct rp_instant due;
    while (!rp_engine_ended(r->engine) &&
           rp_engine_next_timer(r->engine, &due, NULL) &&
           !rp_instant_before(now, due)) {
        struct rp_event event = {.kind = RP_EVENT_TIMER_FIRED, .at = due};
        (void)rp_engine_next_timer(r->engine, &due, &event.timer.name);
        enum rp_code rc = feed(r, &event, err);
        if (rc != RP_OK) {
            return rc;
        }
    }
    return RP_OK;
}

/* ---- what the transport reports ---- */

static enum rp_code put_stream(struct running *r, struct rp_str bytes,
    struct rp_digest *digest, struct rp_err *err)
{
    struct rp_store *store = r->run->store;
    if (bytes.len == 0) {
        return RP_OK;
    }
    *digest = rp_memo_digest(r->run->memo, bytes);
    return store->ops->put(store, digest, bytes, err);
}

static enum rp_code put_streams(
    struct running *r, struct rp_completion *c, struct rp_err *err)
{
    enum rp_code rc = put_stream(r, c->output, &c->output_digest, err);
    if (rc == RP_OK) {
        rc = put_stream(r, c->diagnostics, &c->diagnostics_digest, err);
    }
    if (rc == RP_OK) {
        rc = put_stream(r, c->log, &c->log_digest, err);
    }
    return rc;
}

static enum rp_code take_report(
    struct running *r, const struct rp_report *report, struct rp_err *err)
{
    if (report->call <= r->dead_call) {
        return RP_OK; /* in a replay, of a worker that died with its process */
    }
    /* What is heard of late comes after all that was decided meanwhile, and
     * after the timers that are due by then. */
    bool late = rp_instant_before(report->at, r->last);
    struct rp_instant at = late ? r->last : report->at;
    enum rp_code rc = fire_timers(r, at, err);
    if (rc != RP_OK || rp_engine_ended(r->engine)) {
        return rc;
    }
    struct rp_event event = {
        .at = at,
        .path = rp_engine_call_path(r->engine, report->call),
    };
    if (report->kind == RP_REPORT_IDLE) {
        event.kind = RP_EVENT_CALL_IDLE;
        event.idle.call = report->call;
        event.idle.silent = report->silent;
        return feed(r, &event, err);
    }
    struct rp_completion completion = *report->completion;
    rc = put_streams(r, &completion, err);
    if (rc != RP_OK) {
        return rc;
    }
    event.kind = RP_EVENT_CALL_COMPLETED;
    event.completed = &completion;
    return feed(r, &event, err);
}

static bool next_request(struct running *r, struct rp_event *event)
{
    struct rp_operator *op = r->run->control;
    if (op->ops->resumed != NULL && op->ops->resumed(op, event)) {
        return true;
    }
    *event = (struct rp_event){.kind = RP_EVENT_OPERATOR};
    if (!op->ops->next(op, &event->command.command, &event->command.cause)) {
        return false;
    }
    if (r->cancel_cause == RP_REASON_NONE) {
        r->cancel_cause = event->command.cause;
    }
    return true;
}

static enum rp_code take_operator(struct running *r, struct rp_err *err)
{
    struct rp_event event;
    while (r->run->control != NULL && !rp_engine_ended(r->engine) &&
           next_request(r, &event)) {
        event.at = rp_clock_now(r->run->clock);
        enum rp_code rc = fire_timers(r, event.at, err);
        if (rc != RP_OK || rp_engine_ended(r->engine)) {
            return rc;
        }
        rc = feed(r, &event, err);
        if (rc != RP_OK) {
            return rc;
        }
    }
    return RP_OK;
}

static struct rp_instant busy_until(
    const struct running *r, struct rp_instant now)
{
    bool long_ago = rp_instant_since(now, r->busy_since).ns > BUSY_LONG_NS;
    int64_t pause_ns = long_ago ? BUSY_LONG_PAUSE_NS : BUSY_PAUSE_NS;
    return rp_instant_add(now, (struct rp_duration){pause_ns});
}

/* How long the turn may wait: for a timer, a redraw, the store. */
static struct rp_instant wait_until(struct running *r, struct rp_instant now)
{
    struct rp_instant due;
    struct rp_instant until = rp_instant_add(now, r->run->turn_max);
    if (rp_engine_next_timer(r->engine, &due, NULL)) {
        until = rp_instant_min(until, due);
    }
    if (r->busy_since.ns != RP_INSTANT_NEVER.ns) {
        until = rp_instant_min(until, busy_until(r, now));
    }
    return until;
}

static enum rp_code listen(struct running *r, struct rp_err *err)
{
    struct rp_transport *transport = r->run->transport;
    struct rp_instant now = rp_clock_now(r->run->clock);
    struct rp_instant until = wait_until(r, now);
    for (uint32_t i = 0; i < REPORTS_PER_TURN_MAX; i++) {
        struct rp_report report;
        enum rp_code rc = transport->ops->poll(transport, until, &report, err);
        if (rc == RP_E_TIMEOUT) {
            break;
        }
        if (rc == RP_OK) {
            rc = take_report(r, &report, err);
        }
        if (rc != RP_OK || rp_engine_ended(r->engine)) {
            return rc;
        }
        until = rp_clock_now(r->run->clock); /* the rest without waiting */
    }
    rp_err_clear(err);
    return fire_timers(r, rp_clock_now(r->run->clock), err);
}

/* ---- durable, then done ---- */

static void tell_sinks(struct running *r)
{
    for (uint32_t i = 0; r->run->sink_count > 0 && i < r->pending_count; i++) {
        const struct pending *p = &r->pending[i];
        struct rp_event event;
        struct rp_step step;
        enum rp_code rc =
            rp_record_read(r->turn, p->body, r->run->plan, &event, &step, NULL);
        RP_ASSERT(rc == RP_OK); /* we wrote it */
        struct rp_record record = {
            p->seq, p->at, p->body, p->digest, &event, &step};
        for (uint32_t k = 0; k < r->run->sink_count; k++) {
            struct rp_sink *sink = r->run->sinks[k];
            sink->ops->record(sink, &record);
        }
    }
}

static enum rp_code perform(struct running *r, struct rp_err *err)
{
    struct rp_transport *transport = r->run->transport;
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0; i < r->action_count && rc == RP_OK; i++) {
        const struct rp_action *action = &r->actions[i];
        switch (action->kind) {
        case RP_ACTION_START_CALL:
            rc = transport->ops->submit(transport, &action->start, err);
            break;
        case RP_ACTION_CANCEL_CALL:
            transport->ops->cancel(
                transport, action->cancel.call, action->cancel.mode);
            break;
        case RP_ACTION_FINISH:
            break;
        }
    }
    r->action_count = 0;
    return rc;
}

static enum rp_code still_busy(struct running *r, struct rp_err *err)
{
    struct rp_instant now = rp_clock_now(r->run->clock);
    if (r->busy_since.ns == RP_INSTANT_NEVER.ns) {
        r->busy_since = now;
    }
    if (rp_instant_since(now, r->busy_since).ns > BUSY_MAX_NS) {
        return rp_err_set(
            err, RP_E_STORE, "another process has held the store for a minute");
    }
    return RP_OK;
}

/* RP_OK without anything performed when the store is busy. */
static enum rp_code commit(struct running *r, struct rp_err *err)
{
    if (r->pending_count == 0) {
        return RP_OK;
    }
    struct rp_err why = RP_ERR_INIT;
    enum rp_code rc = r->run->store->ops->commit(r->run->store, &why);
    if (rc == RP_E_BUSY) {
        rc = still_busy(r, &why);
        if (rc == RP_OK) {
            return RP_OK;
        }
    }
    if (rc != RP_OK) {
        return rp_err_set(err, RP_E_STORE,
            "record %" PRIu64 " and what follows it were not recorded: %s",
            r->pending[0].seq, why.text);
    }
    r->busy_since = RP_INSTANT_NEVER;
    tell_sinks(r);
    r->pending_count = 0;
    rp_arena_reset(r->turn);
    return perform(r, err);
}

static void tell_turn(struct running *r)
{
    for (uint32_t i = 0; i < r->run->sink_count; i++) {
        struct rp_sink *sink = r->run->sinks[i];
        sink->ops->turn(sink, r->run->transport, rp_clock_now(r->run->clock));
    }
}

/* After the end nothing is listened to: only the last commit is waited for. */
static enum rp_code last_commits(struct running *r, struct rp_err *err)
{
    while (r->pending_count > 0) {
        enum rp_code rc = commit(r, err);
        if (rc != RP_OK) {
            return rc;
        }
        if (r->pending_count > 0) {
            struct rp_report report;
            struct rp_instant now = rp_clock_now(r->run->clock);
            (void)r->run->transport->ops->poll(
                r->run->transport, busy_until(r, now), &report, NULL);
        }
    }
    return RP_OK;
}

static enum rp_code start(struct running *r, struct rp_err *err)
{
    struct rp_event event = {
        .kind = RP_EVENT_SESSION_STARTED,
        .at = rp_clock_now(r->run->clock),
        .started = {r->run->input, r->run->head->input, r->run->head->began},
    };
    return feed(r, &event, err);
}

/* The engine comes to where it was, and is told that its process died. */
static enum rp_code go_on(struct running *r, struct rp_err *err)
{
    const struct rp_past *past = r->run->past;
    bool found = true;
    enum rp_code rc = RP_OK;
    while (rc == RP_OK && found) {
        struct rp_event event;
        struct rp_step step;
        rc = past->next(past->context, &event, &found, err);
        if (rc == RP_OK && found) {
            rc = rp_engine_step(r->engine, &event, &step, err);
        }
    }
    r->seq = past->seq;
    r->chain = past->chain;
    r->last = past->last;
    if (rc == RP_OK) {
        rc = fire_timers(r, past->last, err); /* it died before they could */
    }
    if (rc != RP_OK || rp_engine_ended(r->engine)) {
        return rc;
    }
    struct rp_event event = {.kind = RP_EVENT_RESUMED, .at = past->last};
    event.resumed.incarnation = past->incarnation;
    event.resumed.anchor.unix_ns =
        rp_clock_wall(r->run->clock).unix_ns - past->last.ns;
    return feed(r, &event, err);
}

static enum rp_code loop(struct running *r, struct rp_err *err)
{
    enum rp_code rc = r->run->past == NULL ? start(r, err) : go_on(r, err);
    while (rc == RP_OK && !rp_engine_ended(r->engine)) {
        rc = commit(r, err);
        if (rc == RP_OK) {
            tell_turn(r);
            rc = listen(r, err);
        }
        if (rc == RP_OK) {
            rc = take_operator(r, err);
        }
    }
    if (rc == RP_OK) {
        rc = last_commits(r, err);
    }
    if (rc == RP_OK) {
        tell_turn(r);
    }
    return rc;
}

static enum rp_code begin(struct running *r, struct rp_err *err)
{
    const struct rp_run *run = r->run;
    struct rp_store *store = run->store;
    enum rp_code rc = store->ops->begin(store, run->head, err);
    if (rc == RP_OK && run->past == NULL) {
        rc = store->ops->put(store, &run->head->plan, run->plan->frozen, err);
    }
    if (rc == RP_OK && run->past == NULL) {
        rc = store->ops->put(store, &run->head->input, run->input, err);
    }
    if (run->records == RP_RECORDS_CHAINED) {
        rp_session_head_write(&r->body, run->head);
        r->chain = rp_digest_of(rp_buf_str(&r->body));
    }
    return rc;
}

static void give_result(struct running *r, struct rp_run_result *result)
{
    struct rp_str output = rp_engine_output(r->engine);
    *result = (struct rp_run_result){
        .outcome = rp_engine_outcome(r->engine),
        .output = output.len == 0 ? NULL : rp_mem_dup(output),
        .envelope = rp_mem_dup(rp_engine_envelope(r->engine)),
        .record_count = r->seq,
        .took = {r->last.ns},
        .cancel_cause = r->cancel_cause,
    };
}

enum rp_code rp_run(
    const struct rp_run *run, struct rp_run_result *result, struct rp_err *err)
{
    struct rp_err ignored = RP_ERR_INIT;
    struct rp_engine_options options = {
        .session = run->head->id,
        .seed = run->head->seed,
        .engine_rev = run->head->engine_rev,
        .memo = run->memo,
    };
    struct running r = {
        .run = run,
        .engine = rp_engine_new(run->plan, &options),
        .turn = rp_arena_new(32u << 10),
        .busy_since = RP_INSTANT_NEVER,
    };
    RP_ASSERT(run->records != RP_RECORDS_STEPS || run->sink_count == 0);
    err = err == NULL ? &ignored : err;
    rp_buf_init(&r.body, RP_RECORD_BYTES_MAX);
    enum rp_code rc = begin(&r, err);
    if (rc == RP_OK) {
        rc = loop(&r, err);
    }
    if (rc == RP_OK) {
        give_result(&r, result);
    }
    rp_buf_fini(&r.body);
    rp_mem_free(r.pending);
    rp_mem_free(r.actions);
    rp_arena_free(&r.turn);
    rp_engine_free(&r.engine);
    return rc;
}
