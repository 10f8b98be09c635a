/* Records one session: takes everything into memory, and at commit writes it
 * in one transaction. What is busy is tried again, what fails is the end. */
#include "sqlite_parts.h"

#include <stdio.h>
#include <string.h>

struct taken {
    uint64_t seq;
    struct rp_instant at;
    struct rp_digest digest;
    struct rp_str body;
};

struct recorder {
    struct rp_store base;
    struct rp_store_sqlite *sqlite; /* borrowed, outlives us */
    struct rp_arena *session;       /* the head */
    struct rp_arena *turn;          /* reset by each commit */
    const struct rp_plan *plan;     /* of a session that goes on, else NULL */
    bool began, broken;
    struct rp_err why; /* when broken */
    int64_t no;        /* 0 before the first commit */
    uint64_t past;     /* records of one that goes on; 0 after a commit */
    struct rp_session_head head;
    struct rp_str head_text;
    struct rp_digest head_digest;
    struct rp_summary summary;
    struct rp_span_fold *fold;
    struct taken *records;
    size_t record_count;
    uint32_t record_room;
    struct rp__packed *payloads;
    size_t payload_count;
    uint32_t payload_room;
};

/* A payload that comes twice in one turn is found among so many. */
#define RECENT_PAYLOADS 16

static struct recorder *self_of(struct rp_store *s)
{
    return RP_CONTAINER_OF(s, struct recorder, base);
}

/* ---- taking ---- */

static struct rp_str keep(struct rp_arena *arena, struct rp_str text)
{
    return (struct rp_str){rp_arena_dup(arena, text), text.len};
}

static void copy_head(struct recorder *self, const struct rp_session_head *head)
{
    struct rp_arena *arena = self->session;
    struct rp_tag *tags =
        rp_arena_array(arena, head->tag_count, sizeof(struct rp_tag));
    for (uint32_t i = 0; i < head->tag_count; i++) {
        tags[i].key = keep(arena, head->tags[i].key);
        tags[i].value = keep(arena, head->tags[i].value);
    }
    self->head = *head;
    self->head.tags = tags;
    self->head.tracestate = keep(arena, head->tracestate);
    self->head.baggage = keep(arena, head->baggage);
    self->head.plan_name = keep(arena, head->plan_name);
    self->head.faults = keep(arena, head->faults);
    self->head.program = keep(arena, rp_str_of(head->program)).ptr;
}

static enum rp_code recorder_begin(
    struct rp_store *s, const struct rp_session_head *head, struct rp_err *err)
{
    struct recorder *self = self_of(s);
    if (self->began) {
        return rp_err_set(
            err, RP_E_STATE, "a recorder records one session only");
    }
    self->began = true;
    copy_head(self, head);
    struct rp_buf text;
    rp_buf_init(&text, RP_RECORD_BYTES_MAX);
    rp_session_head_write(&text, head);
    self->head_text = keep(self->session, rp_buf_str(&text));
    self->head_digest = rp_digest_of(self->head_text);
    rp_buf_fini(&text);
    rp_summary_init(&self->summary, head);
    self->fold = rp_span_fold_new(&self->head, RP_STORE_SPANS_MAX - 1);
    if (self->plan == NULL) {
        return RP_OK;
    }
    enum rp_code rc = rp__session_past(&self->no, &self->summary, self->fold,
        self->sqlite, &self->head, self->plan, err);
    self->past = self->summary.record_count;
    return rc;
}

static bool is_taken(
    const struct recorder *self, const struct rp_digest *digest)
{
    size_t first = self->payload_count < RECENT_PAYLOADS
                       ? 0
                       : self->payload_count - RECENT_PAYLOADS;
    for (size_t i = first; i < self->payload_count; i++) {
        if (rp_digest_equal(&self->payloads[i].digest, digest)) {
            return true;
        }
    }
    return false;
}

static enum rp_code recorder_put(struct rp_store *s,
    const struct rp_digest *digest, struct rp_str bytes, struct rp_err *err)
{
    struct recorder *self = self_of(s);
    if (bytes.len > RP_RECORD_BYTES_MAX) {
        return rp_err_set(err, RP_E_LIMIT,
            "a payload of %zu bytes is larger than %u bytes", bytes.len,
            RP_RECORD_BYTES_MAX);
    }
    if (rp__payload_is_known(self->sqlite, digest) || is_taken(self, digest)) {
        return RP_OK;
    }
    self->payloads = rp_mem_room(self->payloads, self->payload_count,
        &self->payload_room, sizeof(struct rp__packed));
    rp__payload_pack(&self->payloads[self->payload_count++], self->sqlite,
        digest, bytes, self->turn);
    return RP_OK;
}

static enum rp_code recorder_append(
    struct rp_store *s, const struct rp_record *record, struct rp_err *err)
{
    struct recorder *self = self_of(s);
    RP_ASSERT(self->began);
    if (record->seq >= RP_STORE_RECORDS_MAX) {
        return rp_err_set(err, RP_E_LIMIT, "a session has at most %u records",
            RP_STORE_RECORDS_MAX - 1);
    }
    self->records = rp_mem_room(self->records, self->record_count,
        &self->record_room, sizeof(struct taken));
    self->records[self->record_count++] = (struct taken){record->seq,
        record->at, record->digest, keep(self->turn, record->body)};
    rp_summary_add(&self->summary, record);
    rp_span_fold_add(self->fold, record);
    return RP_OK;
}

/* ---- writing ---- */

struct writing {
    struct recorder *self;
    struct rp_store_sqlite *sqlite;
    int64_t no; /* of the session, in this transaction */
    struct rp_err *err;
    uint32_t span_count, spans_dropped;
};

static enum rp_code run(struct writing *w, sqlite3_stmt *stmt)
{
    return rp__sqlite_run(w->sqlite, stmt, "cannot write to", w->err);
}

/* NULL when all zero, which is no id. */
static void bind_id(sqlite3_stmt *stmt, int index, const void *id, size_t size)
{
    static const uint8_t none[sizeof(struct rp_trace_id)];
    RP_ASSERT(size <= sizeof(none));
    if (memcmp(id, none, size) == 0) {
        sqlite3_bind_null(stmt, index);
    } else {
        rp__sqlite_bind_blob(stmt, index, id, size);
    }
}

static void bind_head(struct writing *w, sqlite3_stmt *stmt, struct rp_str tags)
{
    const struct rp_session_head *head = &w->self->head;
    char seed[24];
    (void)snprintf(seed, sizeof(seed), "%llu", (unsigned long long)head->seed);
    rp__sqlite_bind_text(stmt, 1, rp_str_of(head->id.text));
    rp__sqlite_bind_blob(stmt, 2, &head->trace, sizeof(head->trace));
    rp__sqlite_bind_text(stmt, 3, rp_str_of(rp_mode_name(head->mode)));
    sqlite3_bind_int64(stmt, 4, head->began.unix_ns);
    rp__sqlite_bind_text(stmt, 5, head->plan_name);
    sqlite3_bind_int64(stmt, 6, head->incarnation);
    sqlite3_bind_int64(stmt, 7, head->engine_rev);
    sqlite3_bind_text(stmt, 8, seed, -1, SQLITE_TRANSIENT);
    rp__sqlite_bind_text(stmt, 9, rp_str_of(head->source.text));
    bind_id(stmt, 10, &head->parent_span, sizeof(head->parent_span));
    rp__sqlite_bind_text(stmt, 11, head->tracestate);
    sqlite3_bind_int(stmt, 12, head->sampled);
    rp__sqlite_bind_blob(stmt, 13, &head->plan, sizeof(head->plan));
    rp__sqlite_bind_blob(stmt, 14, &head->input, sizeof(head->input));
    rp__sqlite_bind_text(stmt, 15, rp_str_of(head->program));
    rp__sqlite_bind_text(stmt, 16, tags);
    rp__sqlite_bind_text(stmt, 17, head->faults);
    rp__sqlite_bind_blob(
        stmt, 18, &w->self->head_digest, sizeof(struct rp_digest));
    sqlite3_bind_int(stmt, 19, head->trace_random);
    rp__sqlite_bind_text(stmt, 20, head->baggage);
    bind_id(stmt, 21, &head->source_trace, sizeof(head->source_trace));
}

static enum rp_code write_record(struct writing *w, const struct taken *record)
{
    sqlite3_stmt *stmt =
        rp__sqlite_statement(w->sqlite, RP__PUT_RECORD, w->err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(
        stmt, 1, w->no << RP__RECORD_SHIFT | (int64_t)record->seq);
    sqlite3_bind_int64(stmt, 2, record->at.ns);
    rp__sqlite_bind_blob(
        stmt, 3, record->digest.bytes, sizeof(record->digest.bytes));
    rp__sqlite_bind_text(stmt, 4, record->body);
    return run(w, stmt);
}

/* The session's row, and its head as record 0. */
static enum rp_code write_head(struct writing *w)
{
    sqlite3_stmt *stmt =
        rp__sqlite_statement(w->sqlite, RP__PUT_SESSION, w->err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    struct rp_buf tags;
    rp_buf_init(&tags, RP_RECORD_BYTES_MAX);
    rp_session_tags_write(&tags, &w->self->head);
    bind_head(w, stmt, rp_buf_str(&tags));
    enum rp_code rc = run(w, stmt);
    (void)sqlite3_clear_bindings(stmt); /* tags go away; cannot fail */
    rp_buf_fini(&tags);
    if (rc != RP_OK) {
        return rc;
    }
    w->no = sqlite3_last_insert_rowid(w->sqlite->db);
    struct taken head = {0, {0}, w->self->head_digest, w->self->head_text};
    return write_record(w, &head);
}

static enum rp_code write_summary(struct writing *w)
{
    sqlite3_stmt *stmt =
        rp__sqlite_statement(w->sqlite, RP__SET_SESSION, w->err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    const struct rp_summary *s = &w->self->summary;
    const int64_t counts[] = {(int64_t)s->record_count, s->last_at.ns,
        s->requested, s->delivered, s->tasks, s->attempts, s->retries,
        s->timeouts, s->fallbacks, s->conflicts, s->input_tokens,
        s->output_tokens, s->cost_micro_usd, w->span_count, w->spans_dropped};
    sqlite3_bind_int64(stmt, 1, w->no);
    if (s->outcome == RP_OUTCOME_NONE) {
        sqlite3_bind_null(stmt, 2);
    } else {
        rp__sqlite_bind_text(stmt, 2, rp_str_of(rp_outcome_name(s->outcome)));
    }
    for (size_t i = 0; i < RP_COUNT_OF(counts); i++) {
        sqlite3_bind_int64(stmt, (int)i + 3, counts[i]);
    }
    rp__sqlite_bind_text(stmt, 18, rp_str_of(s->notes));
    sqlite3_bind_int64(stmt, 19, s->notes_left);
    rp__sqlite_bind_blob(stmt, 20, &s->chain, sizeof(s->chain));
    if (rp_digest_is_zero(&s->output)) {
        sqlite3_bind_null(stmt, 21);
    } else {
        rp__sqlite_bind_blob(stmt, 21, &s->output, sizeof(s->output));
    }
    return run(w, stmt);
}

static void bind_unless_0(sqlite3_stmt *stmt, int index, int64_t value)
{
    if (value == 0) {
        sqlite3_bind_null(stmt, index);
    } else {
        sqlite3_bind_int64(stmt, index, value);
    }
}

static enum rp_code write_span(
    struct writing *w, const struct rp_span *span, int64_t no)
{
    sqlite3_stmt *stmt = rp__sqlite_statement(w->sqlite, RP__PUT_SPAN, w->err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, no);
    rp__sqlite_bind_blob(stmt, 2, span->id.bytes, sizeof(span->id.bytes));
    bind_unless_0(stmt, 3, span->parent_number);
    sqlite3_bind_int(stmt, 4, (int)span->role);
    sqlite3_bind_int(stmt, 5, (int)span->kind);
    sqlite3_bind_int(stmt, 6, (int)span->status);
    sqlite3_bind_int64(stmt, 7, span->start_unix_ns);
    sqlite3_bind_int64(stmt, 9, (int64_t)span->start_seq);
    if (span->ended) {
        sqlite3_bind_int64(stmt, 8, span->end_unix_ns);
        sqlite3_bind_int64(stmt, 10, (int64_t)span->end_seq);
    } else {
        sqlite3_bind_null(stmt, 8);
        sqlite3_bind_null(stmt, 10);
    }
    rp__sqlite_bind_text(stmt, 11, span->path);
    rp__sqlite_bind_text(stmt, 12, span->name);
    if (span->message.len == 0) {
        sqlite3_bind_null(stmt, 13);
    } else {
        rp__sqlite_bind_text(stmt, 13, span->message);
    }
    rp__sqlite_bind_text(stmt, 14, span->attributes);
    return run(w, stmt);
}

static enum rp_code write_event(struct writing *w, int64_t span_no, uint32_t n,
    const struct rp_span_event *event)
{
    sqlite3_stmt *stmt = rp__sqlite_statement(w->sqlite, RP__PUT_EVENT, w->err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, span_no);
    sqlite3_bind_int64(stmt, 2, n);
    sqlite3_bind_int64(stmt, 3, event->unix_ns);
    rp__sqlite_bind_text(stmt, 4, event->name);
    rp__sqlite_bind_text(stmt, 5, event->attributes);
    return run(w, stmt);
}

static enum rp_code write_link(struct writing *w, int64_t span_no, uint32_t n,
    const struct rp_span_link *link)
{
    sqlite3_stmt *stmt = rp__sqlite_statement(w->sqlite, RP__PUT_LINK, w->err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, span_no);
    sqlite3_bind_int64(stmt, 2, n);
    rp__sqlite_bind_blob(stmt, 3, link->trace.bytes, sizeof(link->trace));
    rp__sqlite_bind_blob(stmt, 4, link->span.bytes, sizeof(link->span));
    rp__sqlite_bind_text(stmt, 5, link->attributes);
    return run(w, stmt);
}

static enum rp_code write_change(
    struct writing *w, const struct rp_span_change *change)
{
    const struct rp_span *span = change->span;
    int64_t no = w->no << RP__SPAN_SHIFT | span->number;
    enum rp_code rc = RP_OK;
    if (change->row_changed) {
        rc = write_span(w, span, no);
    }
    for (uint32_t i = 0; rc == RP_OK && i < span->event_count; i++) {
        rc =
            write_event(w, no, change->events_before + i + 1, &span->events[i]);
    }
    for (uint32_t i = 0; rc == RP_OK && i < span->link_count; i++) {
        rc = write_link(w, no, change->links_before + i + 1, &span->links[i]);
    }
    return rc;
}

static enum rp_code write_all(struct writing *w)
{
    struct recorder *self = w->self;
    enum rp_code rc = w->no == 0 ? write_head(w) : RP_OK;
    for (size_t i = 0; rc == RP_OK && i < self->payload_count; i++) {
        rc = rp__payload_write(w->sqlite, &self->payloads[i], w->err);
    }
    for (size_t i = 0; rc == RP_OK && i < self->record_count; i++) {
        rc = write_record(w, &self->records[i]);
    }
    uint32_t count;
    const struct rp_span_change *changes =
        rp_span_fold_changes(self->fold, &count);
    for (uint32_t i = 0; rc == RP_OK && i < count; i++) {
        rc = write_change(w, &changes[i]);
    }
    w->span_count = rp_span_fold_count(self->fold);
    w->spans_dropped = rp_span_fold_dropped(self->fold);
    return rc == RP_OK ? write_summary(w) : rc;
}

/* ---- what no recorder writes ---- */

enum rp_code rp__sqlite_put_head(int64_t *no, struct rp_store_sqlite *sqlite,
    const struct rp_session_head *head, const struct rp_summary *summary,
    uint32_t span_count, uint32_t spans_dropped, struct rp_err *err)
{
    struct recorder self = {
        .sqlite = sqlite, .head = *head, .summary = *summary};
    struct writing w = {.self = &self,
        .sqlite = sqlite,
        .err = err,
        .span_count = span_count,
        .spans_dropped = spans_dropped};
    struct rp_buf text;
    rp_buf_init(&text, RP_RECORD_BYTES_MAX);
    rp_session_head_write(&text, head);
    self.head_text = rp_buf_str(&text);
    self.head_digest = rp_digest_of(self.head_text);
    enum rp_code rc = write_head(&w);
    if (rc == RP_OK) {
        rc = write_summary(&w);
    }
    rp_buf_fini(&text);
    *no = w.no;
    return rc;
}

enum rp_code rp__sqlite_put_span(struct rp_store_sqlite *sqlite,
    int64_t session_no, const struct rp_span *span, struct rp_err *err)
{
    struct writing w = {.sqlite = sqlite, .no = session_no, .err = err};
    const struct rp_span_change change = {
        .span = span, .is_new = true, .row_changed = true};
    return write_change(&w, &change);
}

/* ---- the transaction ---- */

static enum rp_code control(struct writing *w, enum rp__statement which)
{
    sqlite3_stmt *stmt = rp__sqlite_statement(w->sqlite, which, w->err);
    return stmt == NULL ? RP_E_STORE : run(w, stmt);
}

/* What was ended as recovered in the meantime is ended again, by the next
 * record, with what else that one ends: it is delivered once more. Whoever
 * sends just now does not move on then: see rp_export_queue_recovered(). */
static enum rp_code set_cursors_back(struct writing *w)
{
    if (w->self->past == 0) {
        return RP_OK;
    }
    sqlite3_stmt *stmt =
        rp__sqlite_statement(w->sqlite, RP__CURSORS_BACK, w->err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, w->no);
    sqlite3_bind_int64(stmt, 2, (int64_t)w->self->past);
    return run(w, stmt);
}

static void was_written(struct recorder *self, int64_t no)
{
    self->no = no;
    self->past = 0;
    for (size_t i = 0; i < self->payload_count; i++) {
        rp__payload_now_known(self->sqlite, &self->payloads[i].digest);
    }
    self->payload_count = 0;
    self->record_count = 0;
    rp_span_fold_settle(self->fold);
    rp_arena_reset(self->turn);
}

/* What is written to a file without a name is nowhere. */
static enum rp_code be_there(const struct recorder *self, struct rp_err *err)
{
    int moved = 0;
    int rc = sqlite3_file_control(
        self->sqlite->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return rc != SQLITE_OK || moved == 0
               ? RP_OK
               : rp_err_set(err, RP_E_STORE,
                     "the store '%s' is not there any more: it was removed or "
                     "moved",
                     self->sqlite->path);
}

static enum rp_code recorder_commit(struct rp_store *s, struct rp_err *err)
{
    struct recorder *self = self_of(s);
    RP_ASSERT(self->began);
    if (self->broken) {
        return rp_err_set(err, RP_E_STORE, "%s", self->why.text);
    }
    if (self->no != 0 && self->record_count == 0 && self->payload_count == 0) {
        return RP_OK;
    }
    struct rp_err why = RP_ERR_INIT;
    struct writing w = {
        .self = self, .sqlite = self->sqlite, .no = self->no, .err = &why};
    enum rp_code rc = control(&w, RP__BEGIN);
    if (rc == RP_OK) {
        rc = set_cursors_back(&w);
        rc = rc == RP_OK ? write_all(&w) : rc;
        rc = rc == RP_OK ? control(&w, RP__COMMIT) : rc;
        rc = rc == RP_OK ? be_there(self, &why) : rc;
        if (rc != RP_OK && !sqlite3_get_autocommit(self->sqlite->db)) {
            struct rp_err ignored = RP_ERR_INIT; /* `why` came first */
            w.err = &ignored;
            (void)control(&w, RP__ROLLBACK);
        }
    }
    if (rc == RP_OK) {
        was_written(self, w.no);
        return RP_OK;
    }
    rp_err_prefix(&why, "recording session %s", self->head.id.text);
    if (rc != RP_E_BUSY) {
        self->broken = true;
        self->why = why;
        rc = RP_E_STORE;
    }
    return rp_err_set(err, rc, "%s", why.text);
}

static enum rp_code recorder_get(struct rp_store *s,
    const struct rp_digest *digest, char **out, size_t *out_bytes,
    struct rp_err *err)
{
    struct recorder *self = self_of(s);
    for (size_t i = 0; i < self->payload_count; i++) {
        if (rp_digest_equal(&self->payloads[i].digest, digest)) {
            return rp__payload_unpack(out, out_bytes, &self->payloads[i], err);
        }
    }
    return rp__payload_read(out, out_bytes, self->sqlite, digest, err);
}

static void recorder_free(struct rp_store *s)
{
    struct recorder *self = self_of(s);
    self->sqlite->recorder_count--;
    rp_span_fold_free(&self->fold);
    rp_arena_free(&self->session);
    rp_arena_free(&self->turn);
    rp_mem_free(self->records);
    rp_mem_free(self->payloads);
    rp_mem_free(self);
}

static const struct rp_store_ops recorder_ops = {
    .name = "sqlite",
    .begin = recorder_begin,
    .put = recorder_put,
    .append = recorder_append,
    .commit = recorder_commit,
    .get = recorder_get,
    .free = recorder_free,
};

struct rp_store *rp_store_sqlite_recorder(struct rp_store_sqlite *sqlite)
{
    RP_ASSERT(!sqlite->options.read_only);
    struct recorder *self = rp_mem_zalloc(sizeof(*self));
    self->base.ops = &recorder_ops;
    self->sqlite = sqlite;
    self->session = rp_arena_new(0);
    self->turn = rp_arena_new(64u << 10);
    if (sqlite->recorder_count++ == 0) {
        /* without a session that runs, payloads may have been collected */
        rp__payload_forget(sqlite);
    }
    return &self->base;
}

struct rp_store *rp_store_sqlite_resumer(
    struct rp_store_sqlite *sqlite, const struct rp_plan *plan)
{
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    self_of(store)->plan = plan;
    return store;
}
