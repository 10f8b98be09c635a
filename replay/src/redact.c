#include <reprise/redact.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "redact_session.h"
#include "redact_text.h"

struct rp_redacted {
    struct rp_arena *arena;
    struct rp__redact_rules *rules;
    struct rp__values *values;
    struct rp__redacting *parts;          /* what the recordings are made of */
    struct rp_redacted_session *sessions; /* in the arena */
    uint32_t count;
};

/* ---- finding ---- */

struct looking {
    struct rp__redact_rules *rules;
    struct rp__values *values;
    struct rp_recording *recording;
    struct rp_digest *seen; /* owned */
    size_t count, room;
    struct rp_err *err;
};

static void see(void *context, const struct rp_digest *digest)
{
    struct looking *l = context;
    if (rp_digest_is_zero(digest)) {
        return;
    }
    if (l->count == l->room) {
        l->room = l->room == 0 ? 64 : l->room * 2;
        l->seen = rp_mem_grow(l->seen, l->room, sizeof(struct rp_digest));
    }
    l->seen[l->count++] = *digest;
}

static enum rp_code look_at_text(struct looking *l, struct rp_str text)
{
    return rp__redact_find(l->rules, l->values, text, false, l->err);
}

static enum rp_code look_at_completion(
    struct looking *l, const struct rp_completion *c)
{
    enum rp_code rc = look_at_text(l, rp_str_of(c->message));
    return rc == RP_OK ? look_at_text(l, rp_str_of(c->usage.model)) : rc;
}

/* What stands in the records themselves. */
static enum rp_code look_at_records(struct looking *l)
{
    uint32_t count;
    enum rp_code rc = RP_OK;
    const struct rp_recorded *records =
        rp_recording_records(l->recording, &count);
    see(l, &rp_recording_head(l->recording)->input);
    for (uint32_t i = 0; rc == RP_OK && i < count; i++) {
        rp_record_payloads(&records[i].event, &records[i].step, see, l);
        if (records[i].event.kind == RP_EVENT_CALL_COMPLETED) {
            rc = look_at_completion(l, records[i].event.completed);
        }
    }
    return rc;
}

static enum rp_code look_at_head(struct looking *l)
{
    const struct rp_session_head *head = rp_recording_head(l->recording);
    enum rp_code rc = look_at_text(l, rp_recording_plan(l->recording)->frozen);
    if (rc == RP_OK) {
        rc = look_at_text(l, head->tracestate);
    }
    if (rc == RP_OK) {
        rc = look_at_text(l, head->baggage);
    }
    for (uint32_t i = 0; rc == RP_OK && i < head->tag_count; i++) {
        rc = look_at_text(l, head->tags[i].key);
        if (rc == RP_OK) {
            rc = look_at_text(l, head->tags[i].value);
        }
    }
    return rc;
}

static int compare_digests(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct rp_digest));
}

static enum rp_code look_at_payloads(struct looking *l)
{
    enum rp_code rc = RP_OK;
    if (l->count > 0) {
        qsort(l->seen, l->count, sizeof(struct rp_digest), compare_digests);
    }
    for (size_t i = 0; rc == RP_OK && i < l->count; i++) {
        struct rp_str bytes;
        if (i > 0 && rp_digest_equal(&l->seen[i], &l->seen[i - 1])) {
            continue;
        }
        rc = rp_recording_payload(&bytes, l->recording, &l->seen[i], l->err);
        if (rc == RP_OK) {
            rc = rp__redact_find(l->rules, l->values, bytes, true, l->err);
        }
    }
    return rc;
}

/* One after the other, so that what is found in one is taken out of all. */
static enum rp_code find_values(struct rp_redacted *redacted,
    struct rp_recording *const *recordings, struct rp_err *err)
{
    struct looking l = {redacted->rules, redacted->values, .err = err};
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0; rc == RP_OK && i < redacted->count; i++) {
        l.recording = recordings[i];
        l.count = 0;
        rc = look_at_head(&l);
        if (rc == RP_OK) {
            rc = look_at_records(&l);
        }
        if (rc == RP_OK) {
            rc = look_at_payloads(&l);
        }
    }
    rp_mem_free(l.seen);
    rp__values_seal(redacted->values);
    return rc;
}

/* ---- making sure ---- */

struct searching {
    const struct rp__values *values;
    struct rp_recording *recording;
    const char *rule; /* whose value is still there, or NULL */
    const char *where;
};

static void search_text(
    struct searching *s, struct rp_str text, const char *where)
{
    if (s->rule == NULL) {
        s->rule = rp__values_left(s->values, text);
        s->where = where;
    }
}

static void search_payload(void *context, const struct rp_digest *digest)
{
    struct searching *s = context;
    struct rp_str bytes;
    if (s->rule == NULL && !rp_digest_is_zero(digest) &&
        rp_recording_payload(&bytes, s->recording, digest, NULL) == RP_OK) {
        search_text(s, bytes, "a document that was made of it");
    }
}

/* What the program itself writes may be a value, too. */
static enum rp_code search(const struct rp_redacted *redacted,
    struct rp_recording *recording, struct rp_err *err)
{
    uint32_t count;
    struct searching s = {redacted->values, recording, NULL, NULL};
    const struct rp_session_head *head = rp_recording_head(recording);
    const struct rp_recorded *records = rp_recording_records(recording, &count);
    struct rp_buf text;
    rp_buf_init(&text, RP_RECORD_BYTES_MAX);
    rp_session_head_write(&text, head);
    search_text(&s, rp_buf_str(&text), "the head of the session");
    rp_buf_fini(&text);
    search_payload(&s, &head->plan);
    search_payload(&s, &head->input);
    for (uint32_t i = 0; s.rule == NULL && i < count; i++) {
        rp_record_payloads(
            &records[i].event, &records[i].step, search_payload, &s);
        search_text(&s, records[i].body, "a record");
    }
    return s.rule == NULL
               ? RP_OK
               : rp_err_set(err, RP_E_INVALID,
                     "a value that the rule '%s' takes out is a word of the "
                     "form, too, and stands in %s",
                     s.rule, s.where);
}

/* ---- the whole ---- */

static void tell_session(struct rp_redacted *redacted, uint32_t index)
{
    const struct rp__redacting *part = &redacted->parts[index];
    const char **undecided = rp_arena_array(
        redacted->arena, part->relaxed_count + 1u, sizeof(const char *));
    for (uint32_t i = 0; i < part->relaxed_count; i++) {
        const struct rp__relaxed *it = &part->relaxed[i];
        const char *of = it->agent == NULL ? "the session" : it->agent;
        undecided[i] = rp_arena_printf(
            redacted->arena, "%s of %s (%s)", it->member, of, it->why);
    }
    redacted->sessions[index].undecided = undecided;
    redacted->sessions[index].undecided_count = part->relaxed_count;
}

static enum rp_code redact_one(struct rp_redacted *redacted, uint32_t index,
    struct rp_recording *from, struct rp_err *err)
{
    struct rp__redacting *part = &redacted->parts[index];
    struct rp_recording **made = &redacted->sessions[index].recording;
    part->values = redacted->values;
    part->from = from;
    part->arena = redacted->arena;
    enum rp_code rc = rp__redact_session(part, err);
    if (rc == RP_OK) {
        rc = rp_recording_of_memory(made, part->store, &part->head, NULL, err);
    }
    if (rc == RP_OK) {
        rc = search(redacted, *made, err);
    }
    tell_session(redacted, index);
    return rc;
}

enum rp_code rp_redact(struct rp_redacted **out,
    struct rp_recording *const *recordings, uint32_t count,
    const struct rp_redaction *redaction, struct rp_err *err)
{
    struct rp_redacted *redacted = rp_mem_zalloc(sizeof(*redacted));
    redacted->arena = rp_arena_new(64u << 10);
    redacted->values = rp__values_new(redaction->key);
    redacted->parts =
        rp_mem_array((size_t)count + 1, sizeof(struct rp__redacting));
    redacted->sessions = rp_arena_array(
        redacted->arena, (size_t)count + 1, sizeof(struct rp_redacted_session));
    redacted->count = count;
    enum rp_code rc = rp__redact_rules_new(&redacted->rules, redaction, err);
    if (rc == RP_OK) {
        rc = find_values(redacted, recordings, err);
    }
    for (uint32_t i = 0; rc == RP_OK && i < count; i++) {
        rc = redact_one(redacted, i, recordings[i], err);
    }
    if (rc == RP_OK) {
        *out = redacted;
    } else {
        rp_redacted_free(&redacted);
    }
    return rc;
}

void rp_redacted_free(struct rp_redacted **redacted)
{
    struct rp_redacted *self = *redacted;
    if (self == NULL) {
        return;
    }
    for (uint32_t i = 0; i < self->count; i++) {
        rp_recording_free(&self->sessions[i].recording);
        rp__redacting_fini(&self->parts[i]);
    }
    rp_mem_free(self->parts);
    rp__values_free(&self->values);
    rp__redact_rules_free(&self->rules);
    rp_arena_free(&self->arena);
    rp_mem_free(self);
    *redacted = NULL;
}

const struct rp_redacted_session *rp_redacted_sessions(
    const struct rp_redacted *redacted, uint32_t *count)
{
    *count = redacted->count;
    return redacted->sessions;
}

uint32_t rp_redacted_values(
    const struct rp_redacted *redacted, uint32_t *short_count)
{
    return rp__values_count(redacted->values, short_count);
}

const char *rp_redacted_idle(const struct rp_redacted *redacted, uint32_t index)
{
    return rp__redact_idle(redacted->rules, index);
}
