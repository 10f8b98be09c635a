#include <reprise/exporter.h>

#include <stdio.h>
#include <string.h>

#include <reprise/export_queue.h>
#include <reprise/otlp_logs.h>
#include <reprise/rng.h>

#include "attr_tokens.h"
#include "reader_parts.h"
#include "span_attrs.h"

#define BATCH_BYTES_MAX ((size_t)4 << 20)

/* Spans of one session that go out together. */
struct batch {
    struct rp_arena *arena; /* theirs */
    const struct rp_span **spans;
    uint32_t count;
    uint32_t items; /* that are sent of them: spans or log records */
    size_t bytes;
    uint64_t seq;   /* of the record up to which all is out with them */
    bool recovered; /* as of the place */
};

struct rp_exporter {
    struct rp_exporter_options options;
    struct rp_export_queue *queue;
    struct rp_reader *reader;
    struct rp_otlp_channel channel;
    struct rp_otlp_counts noted; /* what the store was told of */
    struct batch batches[2];
    struct batch *next; /* is filled while the other one is under way */
    struct batch *sent; /* has no spans: none is */
};

/* What became of requests is told to the store, for who asks how the export
 * goes. */
static enum rp_code note(
    void *context, const struct rp_otlp_counts *counts, struct rp_err *err)
{
    struct rp_exporter *self = context;
    const struct rp_otlp_world *world = self->options.world;
    struct rp_export_note n = {
        .delivered = counts->sent - self->noted.sent,
        .rejected = counts->rejected - self->noted.rejected,
        .failures = counts->failures - self->noted.failures,
    };
    if (n.delivered > 0) {
        n.success = world->now(world->context);
    }
    self->noted = *counts;
    return rp_export_queue_note(self->queue, &n, err);
}

/* ---- opening ---- */

enum rp_code rp_exporter_open(struct rp_exporter **out,
    const struct rp_exporter_options *options, struct rp_err *err)
{
    struct rp_exporter *self = rp_mem_zalloc(sizeof(*self));
    self->options = *options;
    self->channel = (struct rp_otlp_channel){.config = options->config,
        .url = options->url,
        .world = options->world};
    rp_otlp_channel_init(&self->channel);
    for (int i = 0; i < 2; i++) {
        self->batches[i].arena = rp_arena_new(64u << 10);
        self->batches[i].spans = rp_mem_array(
            options->config->batch_spans, sizeof(const struct rp_span *));
    }
    self->next = &self->batches[0];
    self->sent = &self->batches[1];
    enum rp_code rc = RP_OK;
    if (!options->no_queue) {
        rc = rp_export_queue_open(&self->queue, options->store_path,
            options->url, options->from, err);
    }
    if (self->queue != NULL) {
        self->channel.note = note;
        self->channel.note_context = self;
    }
    if (rc == RP_OK) {
        rc = rp_reader_open(&self->reader, options->store_path, err);
    }
    if (rc == RP_OK) {
        *out = self;
    } else {
        rp_exporter_close(&self);
    }
    return rc;
}

void rp_exporter_close(struct rp_exporter **exporter)
{
    struct rp_exporter *self = *exporter;
    if (self == NULL) {
        return;
    }
    rp_reader_close(&self->reader);
    rp_export_queue_close(&self->queue);
    rp_otlp_channel_fini(&self->channel);
    for (int i = 0; i < 2; i++) {
        rp_arena_free(&self->batches[i].arena);
        rp_mem_free(self->batches[i].spans);
    }
    rp_mem_free(self);
    *exporter = NULL;
}

const struct rp_otlp_counts *rp_exporter_counts(
    const struct rp_exporter *exporter)
{
    return &exporter->channel.counts;
}

enum rp_code rp_exporter_left(
    struct rp_exporter *exporter, uint64_t *out, struct rp_err *err)
{
    *out = 0;
    return exporter->queue == NULL
               ? RP_OK
               : rp_export_queue_left(exporter->queue, out, err);
}

/* ---- a batch ---- */

/* Spans, or the log records that their events are. */
static uint32_t count_items(const struct rp_exporter *self,
    const struct rp_span *const *spans, uint32_t count)
{
    return self->options.config->signal == RP_OTLP_LOGS
               ? rp_otlp_logs_count(self->options.resource, spans, count)
               : count;
}

static enum rp_code deliver(struct rp_exporter *self,
    const struct rp_session_head *head, const struct rp_span *const *spans,
    uint32_t count, struct rp_err *err);

/* What is too large goes in halves; one span that is too large goes never. */
static enum rp_code split(struct rp_exporter *self,
    const struct rp_session_head *head, const struct rp_span *const *spans,
    uint32_t count, struct rp_err *err)
{
    if (count == 1) {
        self->channel.counts.rejected += count_items(self, spans, count);
        return self->queue == NULL ? RP_OK
                                   : note(self, &self->channel.counts, err);
    }
    uint32_t half = count / 2;
    enum rp_code rc = deliver(self, head, spans, half, err);
    return rc == RP_OK ? deliver(self, head, spans + half, count - half, err)
                       : rc;
}

/* False: they are too many for a request. */
static bool write_request(struct rp_exporter *self,
    const struct rp_session_head *head, const struct rp_span *const *spans,
    uint32_t count)
{
    struct rp_err why = RP_ERR_INIT;
    enum rp_code rc = rp_otlp_request_write(&self->channel.request,
        self->options.config, self->options.resource, head, spans, count, &why);
    if (rc != RP_OK) {
        rp_otlp_channel_problem(&self->channel, why.text);
    }
    return rc == RP_OK;
}

static enum rp_code deliver(struct rp_exporter *self,
    const struct rp_session_head *head, const struct rp_span *const *spans,
    uint32_t count, struct rp_err *err)
{
    enum rp_otlp_answer answer = RP_OTLP_TOO_LARGE;
    enum rp_code rc = RP_OK;
    uint32_t items = count_items(self, spans, count);
    if (items == 0) {
        return RP_OK;
    }
    if (write_request(self, head, spans, count)) {
        rc = rp_otlp_channel_exchange(&self->channel, items, &answer, err);
    }
    return rc == RP_OK && answer == RP_OTLP_TOO_LARGE
               ? split(self, head, spans, count, err)
               : rc;
}

/* ---- a session ---- */

static size_t text_bytes(const struct rp_span *span)
{
    size_t bytes = span->name.len + span->path.len + span->attributes.len;
    for (uint32_t i = 0; i < span->event_count; i++) {
        bytes += span->events[i].name.len + span->events[i].attributes.len;
    }
    return bytes;
}

static bool is_full(const struct rp_exporter *self, const struct batch *batch)
{
    return batch->count == self->options.config->batch_spans ||
           batch->bytes >= BATCH_BYTES_MAX;
}

static void empty(struct batch *batch)
{
    rp_arena_reset(batch->arena);
    batch->count = 0;
    batch->bytes = 0;
}

/* The cursor moves when all that a record ended went out. */
struct place {
    struct rp_export_place at;
    uint64_t last_seq; /* of the span before */
    bool kept;         /* whether the queue is told */
    uint64_t records;  /* of the session, before its spans were read */
    bool recovered;    /* some ended by a record that was not there then */
};

static bool is_recovered(const struct rp_span *span)
{
    struct rp__tokens tokens = {.items = NULL};
    bool found = false;
    (void)rp__tokens_read(&tokens, span->attributes); /* else there are none */
    for (uint32_t i = 0; i < tokens.count; i++) {
        found = found || (tokens.items[i].kind == RP__TOKEN_KEY &&
                             rp_str_is(tokens.items[i].text,
                                 rp__key_name(RP__KEY_RECOVERED)));
    }
    rp__tokens_fini(&tokens);
    return found;
}

static enum rp_code move(struct rp_exporter *self, const struct place *place,
    uint64_t seq, bool recovered, struct rp_err *err)
{
    const struct rp_export_place at = {place->at.session_no, seq};
    if (!place->kept || seq == 0) {
        return RP_OK;
    }
    return recovered && seq > place->records
               ? rp_export_queue_recovered(self->queue, at, err)
               : rp_export_queue_advance(self->queue, at, err);
}

/* Waits for the answer to what is under way, if anything is. `*again`: what is
 * next has to be written again. */
static enum rp_code settle(struct rp_exporter *self,
    const struct rp_session_head *head, const struct place *place, bool *again,
    struct rp_err *err)
{
    struct batch *sent = self->sent;
    enum rp_otlp_answer answer = RP_OTLP_ACCEPTED;
    *again = false;
    if (sent->count == 0) {
        return RP_OK;
    }
    enum rp_code rc =
        rp_otlp_channel_settle(&self->channel, sent->items, &answer, err);
    if (rc == RP_OK && answer == RP_OTLP_TOO_LARGE) {
        *again = true;
        rc = split(self, head, sent->spans, sent->count, err);
    }
    empty(sent);
    return rc == RP_OK ? move(self, place, sent->seq, sent->recovered, err)
                       : rc;
}

/* Sends what is next, which is written while what is under way is answered. */
static enum rp_code flush(struct rp_exporter *self,
    const struct rp_session_head *head, const struct place *place,
    struct rp_err *err)
{
    struct batch *next = self->next;
    bool again;
    next->seq = place->at.seq;
    next->recovered = place->recovered;
    next->items = count_items(self, next->spans, next->count);
    bool fits =
        next->items > 0 && write_request(self, head, next->spans, next->count);
    enum rp_code rc = settle(self, head, place, &again, err);
    if (rc != RP_OK || next->count == 0) {
        return rc;
    }
    if (fits && again) {
        fits = write_request(self, head, next->spans, next->count);
    }
    if (!fits) {
        rc = next->items == 0
                 ? RP_OK
                 : split(self, head, next->spans, next->count, err);
        empty(next);
        return rc == RP_OK ? move(self, place, next->seq, next->recovered, err)
                           : rc;
    }
    rp_otlp_channel_begin(&self->channel);
    self->next = self->sent;
    self->sent = next;
    return RP_OK;
}

static enum rp_code take_span(struct rp_exporter *self,
    const struct rp_session_head *head, struct place *place,
    const struct rp_span *span, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    if (span->end_seq != place->last_seq) {
        place->at.seq = place->last_seq;
    }
    if (is_full(self, self->next)) {
        rc = flush(self, head, place, err);
    }
    place->recovered = place->recovered ||
                       (span->end_seq > place->records && is_recovered(span));
    struct rp_span *copy = NULL;
    if (rc == RP_OK) {
        rc = rp_span_capture(&copy, self->next->arena, self->reader,
            self->options.capture, span, err);
    }
    if (rc == RP_OK) {
        self->next->bytes += text_bytes(copy);
        self->next->spans[self->next->count++] = copy;
        place->last_seq = span->end_seq;
    }
    return rc;
}

/* What was imported was ended by no record. */
static enum rp_code open_spans(struct rp_spans **out, struct rp_exporter *self,
    const struct rp_session_row *row, uint64_t after_seq, struct rp_err *err)
{
    return row->head.mode == RP_MODE_IMPORTED
               ? rp_reader_spans(
                     out, self->reader, row->no, RP_SPANS_STARTED, err)
               : rp_reader_spans_ended(
                     out, self->reader, row->no, after_seq, err);
}

/* What is left goes out, unless something is wrong: then nothing stays under
 * way. */
static enum rp_code finish(struct rp_exporter *self,
    const struct rp_session_head *head, struct place *place, enum rp_code rc,
    struct rp_err *err)
{
    place->at.seq = place->last_seq;             /* there is no more of that */
    for (int i = 0; i < 2 && rc == RP_OK; i++) { /* what is next, and that */
        rc = flush(self, head, place, err);
    }
    if (self->sent->count > 0) {
        rp_otlp_channel_drop(&self->channel);
    }
    empty(self->next);
    empty(self->sent);
    return rc;
}

static enum rp_code send_spans(struct rp_exporter *self,
    const struct rp_session_row *row, struct place *place, struct rp_err *err)
{
    struct rp_spans *spans = NULL;
    const struct rp_span *span;
    bool found = true;
    enum rp_code rc = open_spans(&spans, self, row, place->at.seq, err);
    place->last_seq = place->at.seq;
    place->records = row->summary.record_count;
    while (rc == RP_OK && found) {
        rc = rp_spans_next(spans, &found, &span, NULL, err);
        if (rc == RP_OK && found && span->ended) {
            rc = take_span(self, &row->head, place, span, err);
        }
    }
    rc = finish(self, &row->head, place, rc, err);
    rp_spans_free(&spans); /* spans of batches may have their origins there */
    return rc;
}

enum rp_code rp_exporter_send(struct rp_exporter *exporter,
    const struct rp_session_row *row, struct rp_duration limit,
    struct rp_err *err)
{
    struct place place = {.at = {row->no, 0}, .kept = false};
    rp_otlp_channel_limit(&exporter->channel, limit);
    return send_spans(exporter, row, &place, err);
}

/* ---- the queue ---- */

/* Whether the session has ended is read before its spans: what ends later is
 * looked for again. */
static enum rp_code send_pending(struct rp_exporter *self,
    const struct rp_export_place *at, struct rp_err *err)
{
    struct rp_session_row row;
    struct rp_arena *arena = rp_arena_new(0);
    struct place place = {.at = *at, .kept = true};
    bool found;
    enum rp_code rc =
        rp__reader_row(&row, &found, self->reader, at->session_no, arena, err);
    if (rc == RP_OK && found) {
        rc = send_spans(self, &row, &place, err);
    }
    if (rc == RP_OK && (!found || row.summary.outcome != RP_OUTCOME_NONE)) {
        rc = rp_export_queue_done(self->queue, at->session_no, err);
    }
    rp_arena_free(&arena);
    return rc;
}

enum rp_code rp_exporter_drain(
    struct rp_exporter *exporter, struct rp_duration limit, struct rp_err *err)
{
    struct rp_export_place at = {0, 0};
    bool found = true;
    enum rp_code rc = RP_OK;
    rp_otlp_channel_limit(&exporter->channel, limit);
    while (rc == RP_OK && found) {
        rc = rp_export_queue_next(
            exporter->queue, at.session_no, &found, &at, err);
        if (rc == RP_OK && found) {
            rc = send_pending(exporter, &at, err);
        }
    }
    return rc;
}
