#include "redact_session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "redact_text.h"

#define ID_TIME_LEN 10 /* characters of a session's id that tell its time */
#define RANDOM_BYTES 10

struct deciding {
    struct rp__redacting *r;
    struct rp_engine *engine;
    struct rp_digest chain;
    struct rp_err *err;
};

/* ---- texts ---- */

struct rp_str rp__redacted_text(
    const struct rp__redacting *r, struct rp_str text)
{
    struct rp_buf out;
    rp_buf_init(&out, RP__REDACT_BYTES_MAX);
    (void)rp__values_bytes(r->values, text, &out);
    struct rp_str kept = {rp_arena_dup(r->arena, rp_buf_str(&out)), out.len};
    rp_buf_fini(&out);
    return kept;
}

static const char *path_of(const struct rp__redacting *r, const char *path)
{
    return path == NULL ? NULL : rp__redacted_text(r, rp_str_of(path)).ptr;
}

/* Into a field of fixed size, which a token may pass. */
static void redact_field(
    const struct rp__redacting *r, char *field, size_t size)
{
    struct rp_str text = rp__redacted_text(r, rp_str_of(field));
    (void)snprintf(field, size, "%.*s", RP_STR_ARG(text));
}

/* ---- the head ---- */

/* Another session, that was at the same time: what is said of the one is not
 * taken for the other. */
static struct rp_session_id id_of(
    const struct rp__redacting *r, const struct rp_session_id *id)
{
    struct rp_session_id other = *id;
    uint8_t random[RANDOM_BYTES];
    if (id->text[0] == '\0') {
        return other;
    }
    struct rp_digest mac =
        rp__values_mac(r->values, "session", rp_str_of(id->text));
    memcpy(random, mac.bytes, sizeof(random));
    other = rp_session_id_of((struct rp_wall){0}, random);
    memcpy(other.text, id->text, ID_TIME_LEN);
    return other;
}

static struct rp_str relaxed_text(const struct rp__redacting *r)
{
    struct rp_buf text;
    rp_buf_init(&text, RP_RECORD_BYTES_MAX);
    for (uint32_t i = 0; i < r->relaxed_count; i++) {
        const struct rp__relaxed *it = &r->relaxed[i];
        rp_buf_addf(&text, "%s%s of %s", i == 0 ? "" : ", ", it->member,
            it->agent == NULL ? "the session" : it->agent);
    }
    struct rp_str kept = {rp_arena_dup(r->arena, rp_buf_str(&text)), text.len};
    rp_buf_fini(&text);
    return kept;
}

static void make_tags(
    struct rp__redacting *r, const struct rp_session_head *from)
{
    char hex[RP_DIGEST_HEX_LEN + 1];
    struct rp_tag *tags =
        rp_arena_array(r->arena, from->tag_count + 2u, sizeof(struct rp_tag));
    uint32_t count = from->tag_count;
    for (uint32_t i = 0; i < count; i++) {
        tags[i].key = rp__redacted_text(r, from->tags[i].key);
        tags[i].value = rp__redacted_text(r, from->tags[i].value);
    }
    struct rp_digest key = rp__values_mac(r->values, "key", RP_STR(""));
    rp_digest_hex(&key, hex);
    tags[count++] = (struct rp_tag){RP_STR("redacted"),
        rp_str_of(rp_arena_printf(r->arena, "key %.8s", hex))};
    if (r->relaxed_count > 0) {
        tags[count++] = (struct rp_tag){RP_STR("undecided"), relaxed_text(r)};
    }
    r->head.tags = tags;
    r->head.tag_count = count;
}

static struct rp_str redact_faults(
    const struct rp__redacting *r, struct rp_str faults)
{
    struct rp_buf out;
    rp_buf_init(&out, RP__REDACT_BYTES_MAX);
    if (faults.len > 0) {
        (void)rp__redact_plan(r->values, faults, &out);
    }
    struct rp_str kept = {rp_arena_dup(r->arena, rp_buf_str(&out)), out.len};
    rp_buf_fini(&out);
    return kept;
}

/* Puts bytes without values into the store; gives the digest they have now. */
static struct rp_digest put_redacted(
    struct rp__redacting *r, struct rp_str bytes, struct rp_str *out)
{
    struct rp_buf text;
    rp_buf_init(&text, RP__REDACT_BYTES_MAX);
    (void)rp__redact_bytes(r->values, bytes, &text);
    struct rp_digest digest = rp_digest_of(rp_buf_str(&text));
    /* A store in memory takes everything. */
    (void)r->store->ops->put(r->store, &digest, rp_buf_str(&text), NULL);
    *out = (struct rp_str){rp_arena_dup(r->arena, rp_buf_str(&text)), text.len};
    rp_buf_fini(&text);
    return digest;
}

static void make_head(struct rp__redacting *r)
{
    const struct rp_session_head *from = rp_recording_head(r->from);
    struct rp_str input;
    r->head = *from;
    r->head.id = id_of(r, &from->id);
    r->head.source = id_of(r, &from->source);
    r->head.tracestate = rp__redacted_text(r, from->tracestate);
    r->head.baggage = rp__redacted_text(r, from->baggage);
    r->head.plan_name = rp_str_of(r->plan->name);
    r->head.plan = r->plan->digest;
    r->head.faults = redact_faults(r, from->faults);
    (void)r->store->ops->put(
        r->store, &r->head.plan, r->plan->frozen, NULL); /* ditto */
    r->head.input = put_redacted(r, rp_recording_input(r->from), &input);
    make_tags(r, from);
}

/* ---- events ---- */

static void redact_stream(struct rp__redacting *r, struct rp_str *bytes,
    struct rp_digest *digest, uint64_t *produced)
{
    if (rp_digest_is_zero(digest)) {
        return;
    }
    size_t before = bytes->len;
    *digest = put_redacted(r, *bytes, bytes);
    *produced = *produced == before ? bytes->len : *produced;
}

/* A digest of what is not here could be guessed from. */
static void redact_digest(
    const struct rp__redacting *r, struct rp_digest *digest)
{
    if (!rp_digest_is_zero(digest)) {
        *digest = rp__values_mac(r->values, "digest",
            (struct rp_str){(const char *)digest->bytes, sizeof(*digest)});
    }
}

static void redact_completion(struct rp__redacting *r, struct rp_completion *c)
{
    struct rp_digest delivered = c->output_digest;
    redact_stream(r, &c->output, &c->output_digest, &c->output_bytes);
    redact_stream(
        r, &c->diagnostics, &c->diagnostics_digest, &c->diagnostics_bytes);
    redact_stream(r, &c->log, &c->log_digest, &c->log_bytes);
    redact_field(r, c->message, sizeof(c->message));
    redact_field(r, c->usage.model, sizeof(c->usage.model));
    for (uint32_t i = 0; i < c->fault_count; i++) {
        struct rp_fault_mark *mark = &c->faults[i];
        redact_field(r, mark->rule, sizeof(mark->rule));
        redact_digest(r, &mark->before);
        if (rp_digest_equal(&mark->after, &delivered)) {
            mark->after = c->output_digest;
        } else {
            redact_digest(r, &mark->after);
        }
    }
}

static enum rp_code redact_event(struct rp__redacting *r,
    struct rp_event *event, struct rp_completion *completion,
    struct rp_err *err)
{
    enum rp_code rc = rp_recording_fill(r->from, event, completion, err);
    if (rc != RP_OK) {
        return rc;
    }
    event->path = path_of(r, event->path);
    switch (event->kind) {
    case RP_EVENT_SESSION_STARTED:
        event->started.input_digest =
            put_redacted(r, event->started.input, &event->started.input);
        break;
    case RP_EVENT_CALL_COMPLETED:
        redact_completion(r, completion);
        break;
    case RP_EVENT_TIMER_FIRED:
        event->timer.name = path_of(r, event->timer.name);
        break;
    case RP_EVENT_CALL_IDLE:
    case RP_EVENT_OPERATOR:
    case RP_EVENT_RESUMED:
        break;
    }
    return RP_OK;
}

/* ---- deciding again ---- */

static void keep(struct deciding *d, const struct rp_event *event,
    const struct rp_step *step, uint64_t seq)
{
    struct rp_store *store = d->r->store;
    struct rp_buf body;
    rp_buf_init(&body, RP_RECORD_BYTES_MAX);
    rp_record_write(&body, event, step);
    d->chain = rp_record_chain(&d->chain, rp_buf_str(&body));
    struct rp_record record = {
        seq, event->at, rp_buf_str(&body), d->chain, event, step};
    for (uint32_t i = 0; i < step->made_count; i++) {
        (void)store->ops->put(store, &step->made[i].digest, step->made[i].bytes,
            NULL); /* memory takes everything */
    }
    (void)store->ops->append(store, &record, NULL); /* ditto */
    rp_buf_fini(&body);
}

static enum rp_code decide_one(
    struct deciding *d, const struct rp_recorded *recorded, bool *again)
{
    struct rp_event event = recorded->event;
    struct rp_completion completion;
    struct rp_step step;
    struct rp_err why = RP_ERR_INIT;
    enum rp_code rc = redact_event(d->r, &event, &completion, d->err);
    if (rc != RP_OK) {
        return rc;
    }
    if (rp_engine_step(d->engine, &event, &step, &why) != RP_OK) {
        return rp_err_set(d->err, RP_E_DIVERGED,
            "session %s would be decided otherwise without what the rules "
            "take out: record %" PRIu64 ": %s",
            rp_recording_head(d->r->from)->id.text, recorded->seq, why.text);
    }
    rc = rp__redact_compare(d->r, recorded, &step, again, d->err);
    if (rc == RP_OK && !*again) {
        keep(d, &event, &step, recorded->seq);
    }
    return rc;
}

static enum rp_code decide_all(
    struct rp__redacting *r, bool *again, struct rp_err *err)
{
    uint32_t count;
    const struct rp_recorded *records = rp_recording_records(r->from, &count);
    const struct rp_session_head *head = &r->head;
    struct rp_engine_options options = {
        .session = head->id,
        .seed = head->seed,
        .engine_rev = head->engine_rev,
    };
    struct deciding d = {.r = r, .err = err};
    struct rp_buf text;
    enum rp_code rc = RP_OK;
    rp_buf_init(&text, RP_RECORD_BYTES_MAX);
    rp_session_head_write(&text, head);
    d.chain = rp_digest_of(rp_buf_str(&text));
    rp_buf_fini(&text);
    d.engine = rp_engine_new(r->plan, &options);
    for (uint32_t i = 0; rc == RP_OK && !*again && i < count; i++) {
        rc = decide_one(&d, &records[i], again);
    }
    rp_engine_free(&d.engine);
    return rc;
}

/* ---- the whole ---- */

static enum rp_code try_once(
    struct rp__redacting *r, bool *again, struct rp_err *err)
{
    rp_store_free(&r->store);
    r->store = rp_store_memory_new();
    enum rp_code rc = rp__redact_plan_read(r, again, err);
    if (rc == RP_OK && !*again) {
        make_head(r);
        rc = decide_all(r, again, err);
    }
    return rc;
}

/* Each try takes one more contract out, until none is in the way. */
enum rp_code rp__redact_session(struct rp__redacting *r, struct rp_err *err)
{
    const struct rp_session_head *head = rp_recording_head(r->from);
    bool again = true;
    enum rp_code rc = RP_OK;
    if (head->engine_rev > RP_ENGINE_REV) {
        return rp_err_set(err, RP_E_NEWER,
            "session %s was decided by a newer engine", head->id.text);
    }
    if (head->engine_rev == 0) {
        return rp_err_set(err, RP_E_DAMAGED,
            "session %s names no revision of the engine", head->id.text);
    }
    while (rc == RP_OK && again) {
        again = false;
        rc = try_once(r, &again, err);
    }
    return rc;
}

void rp__redacting_fini(struct rp__redacting *r)
{
    rp_store_free(&r->store);
    rp_plan_free(&r->plan);
}
