#include <reprise/metric_store.h>

#include <stdio.h>

#include <reprise/lease.h>

#include "export_left.h"
#include "reader_parts.h"

#define PATH_BYTES_MAX 4096
#define SESSIONS_AT_ONCE 64
#define FORMAT_OF_STATE 6 /* from which on a store has export_state */

/* A session that had not ended when it was last looked at. */
struct open_session {
    int64_t no;
    uint64_t seq; /* of the last record whose ended spans are counted */
};

struct rp_metric_store {
    struct rp_reader *reader;
    struct rp_metrics *metrics;
    struct rp_metric_fold *fold;
    struct rp_metric_store_options options;
    struct rp_arena *arena;    /* of the session that is looked at */
    struct open_session *open; /* by number */
    uint32_t open_count, open_room;
    int64_t last_no; /* all sessions up to it were looked at */
    struct rp_wall began, now;
};

/* ---- opening ---- */

enum rp_code rp_metric_store_open(struct rp_metric_store **out,
    const char *path, const struct rp_metric_store_options *options,
    struct rp_err *err)
{
    struct rp_reader *reader = NULL;
    enum rp_code rc = rp_reader_open(&reader, path, err);
    if (rc != RP_OK) {
        return rc;
    }
    struct rp_metric_store *store = rp_mem_zalloc(sizeof(*store));
    store->reader = reader;
    store->options = *options;
    store->metrics = rp_metrics_new();
    store->fold = rp_metric_fold_new(store->metrics, options->exemplars);
    store->arena = rp_arena_new(0);
    *out = store;
    return RP_OK;
}

void rp_metric_store_close(struct rp_metric_store **store)
{
    if (*store != NULL) {
        rp_metric_fold_free(&(*store)->fold);
        rp_metrics_free(&(*store)->metrics);
        rp_reader_close(&(*store)->reader);
        rp_arena_free(&(*store)->arena);
        rp_mem_free((*store)->open);
        rp_mem_free(*store);
        *store = NULL;
    }
}

struct rp_metrics *rp_metric_store_metrics(struct rp_metric_store *store)
{
    return store->metrics;
}

struct rp_wall rp_metric_store_began(const struct rp_metric_store *store)
{
    return store->began;
}

/* ---- the spans of a session ---- */

/* What is counted of a session now. */
struct look {
    const struct rp_session_row *row;
    uint64_t after_seq; /* spans that later records ended */
    bool ended, faults; /* what was injected, too */
};

/* Those that a later record than the row's ended are left for the next time;
 * so are those that were recovered while nobody goes on with the session. */
static void add_span(struct rp_metric_store *store, const struct look *look,
    const struct rp_span *span)
{
    if (look->ended && span->ended &&
        span->end_seq <= look->row->summary.record_count) {
        rp_metric_fold_add(store->fold, span);
    }
    if (look->faults) {
        rp_metric_fold_faults(store->fold, span);
    }
}

static enum rp_code add_spans(
    struct rp_metric_store *store, const struct look *look, struct rp_err *err)
{
    struct rp_spans *spans = NULL;
    const struct rp_span *span;
    bool found = true;
    int64_t no = look->row->no;
    enum rp_code rc =
        look->after_seq == 0
            ? rp_reader_spans(&spans, store->reader, no, RP_SPANS_STARTED, err)
            : rp_reader_spans_ended(
                  &spans, store->reader, no, look->after_seq, err);
    while (rc == RP_OK && found) {
        rc = rp_spans_next(spans, &found, &span, NULL, err);
        if (rc == RP_OK && found) {
            add_span(store, look, span);
        }
    }
    rp_spans_free(&spans);
    return rc;
}

/* What was injected is counted when the session has ended, of all its spans in
 * their order: in one go, unless some were counted before. */
static enum rp_code add_new(struct rp_metric_store *store,
    const struct rp_session_row *row, uint64_t seq, bool faults,
    struct rp_err *err)
{
    struct look look = {.row = row,
        .after_seq = seq,
        .ended = row->summary.record_count > seq,
        .faults = faults && seq == 0};
    enum rp_code rc = look.ended ? add_spans(store, &look, err) : RP_OK;
    if (rc == RP_OK && faults && !look.faults) {
        look = (struct look){.row = row, .faults = true};
        rc = add_spans(store, &look, err);
    }
    return rc;
}

/* ---- what goes on ---- */

static enum rp_code add_open_spans(struct rp_metric_store *store,
    const struct rp_session_row *row, struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__reader_prepare(store->reader,
        "SELECT role, start_ns, attributes FROM span"
        " WHERE no BETWEEN ?1 + 1 AND ?1 + 1048575 AND end_ns IS NULL",
        err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, row->no << RP__SPAN_SHIFT);
    bool found = true;
    enum rp_code rc = RP_OK;
    while (rc == RP_OK && found) {
        rc = rp__reader_step(store->reader, stmt, &found, err);
        if (rc == RP_OK && found) {
            const struct rp_span span = {
                .role = (enum rp_span_role)sqlite3_column_int(stmt, 0),
                .start_unix_ns = sqlite3_column_int64(stmt, 1),
                .attributes = rp__reader_text(stmt, 2)};
            rp_metric_fold_open(store->fold, &span, store->now);
        }
    }
    rp__reader_done(store->reader, stmt);
    return rc;
}

static bool runs(
    const struct rp_metric_store *store, const struct rp_session_row *row)
{
    char path[PATH_BYTES_MAX];
    return rp_lease_path(path, sizeof(path), store->reader->sqlite->path,
               row->head.id.text, ".lock") &&
           rp_lease_held(path);
}

static enum rp_code add_state(struct rp_metric_store *store,
    const struct rp_session_row *row, struct rp_err *err)
{
    struct rp_metric_labels labels = {{{NULL, 0}}};
    bool active = runs(store, row);
    labels.values[RP_LABEL_WORKFLOW] = row->head.plan_name;
    rp_metrics_add(store->metrics,
        active ? RP_METRIC_SESSION_ACTIVE : RP_METRIC_SESSION_DIED, &labels, 1,
        NULL);
    return active ? add_open_spans(store, row, err) : RP_OK;
}

/* What once was and is not now is told as 0, and not left out: each attribute
 * set of `ended`, as far as `active` has its attributes. */
static void add_zeros(
    struct rp_metric_store *store, enum rp_metric ended, enum rp_metric active)
{
    uint32_t count;
    const struct rp_metric_point *points =
        rp_metrics_points(store->metrics, ended, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct rp_metric_labels labels;
        for (uint32_t j = 0; j < RP_LABEL_COUNT; j++) {
            labels.values[j] = points[i].values[j];
        }
        if (!points[i].overflow) {
            rp_metrics_add(store->metrics, active, &labels, 0, NULL);
        }
    }
}

static void add_all_zeros(struct rp_metric_store *store)
{
    add_zeros(store, RP_METRIC_SESSION_DURATION, RP_METRIC_SESSION_ACTIVE);
    add_zeros(store, RP_METRIC_SESSION_DURATION, RP_METRIC_SESSION_DIED);
    add_zeros(store, RP_METRIC_TASK_DURATION, RP_METRIC_TASK_ACTIVE);
    add_zeros(store, RP_METRIC_ATTEMPT_DURATION, RP_METRIC_ATTEMPT_ACTIVE);
}

/* ---- sessions ---- */

/* Counts what is new of it; `*seq` moves on, `*ended`: nothing will come. */
static enum rp_code look_at(struct rp_metric_store *store, int64_t no,
    uint64_t *seq, bool *ended, struct rp_err *err)
{
    struct rp_session_row row;
    bool found = false;
    rp_arena_reset(store->arena);
    enum rp_code rc =
        rp__reader_row(&row, &found, store->reader, no, store->arena, err);
    if (rc != RP_OK || !found) { /* removed */
        *ended = true;
        return rc;
    }
    *ended = row.summary.outcome != RP_OUTCOME_NONE;
    const struct rp_metric_session session = {
        &row.head, {row.summary.last_at.ns}, row.summary.outcome};
    rp_metric_fold_begin(store->fold, &session);
    if (store->began.unix_ns == 0 ||
        row.head.began.unix_ns < store->began.unix_ns) {
        store->began = row.head.began;
    }
    rc = add_new(store, &row, *seq, *ended && row.head.faults.len > 0, err);
    *seq = row.summary.record_count;
    return rc == RP_OK && !*ended ? add_state(store, &row, err) : rc;
}

static enum rp_code look_at_open(
    struct rp_metric_store *store, struct rp_err *err)
{
    uint32_t kept = 0;
    enum rp_code rc = RP_OK;
    for (uint32_t i = 0; i < store->open_count; i++) {
        struct open_session session = store->open[i];
        bool ended = false;
        if (rc == RP_OK) {
            rc = look_at(store, session.no, &session.seq, &ended, err);
        }
        if (!ended) {
            store->open[kept++] = session;
        }
    }
    store->open_count = kept;
    return rc;
}

static void keep_open(struct rp_metric_store *store, int64_t no, uint64_t seq)
{
    store->open = rp_mem_room(store->open, store->open_count, &store->open_room,
        sizeof(*store->open));
    store->open[store->open_count++] = (struct open_session){no, seq};
}

/* 0: there is none. */
static enum rp_code next_session(
    struct rp_metric_store *store, int64_t *no, struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__reader_prepare(store->reader,
        "SELECT no FROM session WHERE no > ?1 AND mode = 'live'"
        " AND began_ns >= ?2 ORDER BY no LIMIT 1",
        err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    bool found = false;
    sqlite3_bind_int64(stmt, 1, store->last_no);
    sqlite3_bind_int64(stmt, 2, store->options.since.unix_ns);
    enum rp_code rc = rp__reader_step(store->reader, stmt, &found, err);
    *no = rc == RP_OK && found ? sqlite3_column_int64(stmt, 0) : 0;
    rp__reader_done(store->reader, stmt);
    return rc;
}

/* Some sessions are read at one moment, which costs less than one moment for
 * each statement; never so many that the log waits long for it. */
static enum rp_code at_one_moment(
    struct rp_metric_store *store, const char *sql, struct rp_err *err)
{
    return sqlite3_exec(store->reader->sqlite->db, sql, NULL, NULL, NULL) ==
                   SQLITE_OK
               ? RP_OK
               : rp__sqlite_fail(store->reader->sqlite, err, "cannot read");
}

/* `*more`: there may be others. */
static enum rp_code look_at_some(
    struct rp_metric_store *store, bool *more, struct rp_err *err)
{
    int64_t no = 1;
    enum rp_code rc = at_one_moment(store, "BEGIN", err);
    for (int i = 0; i < SESSIONS_AT_ONCE && rc == RP_OK && no > 0; i++) {
        uint64_t seq = 0;
        bool ended = false;
        rc = next_session(store, &no, err);
        if (rc == RP_OK && no > 0) {
            rc = look_at(store, no, &seq, &ended, err);
            store->last_no = no;
        }
        if (rc == RP_OK && no > 0 && !ended) {
            keep_open(store, no, seq);
        }
    }
    *more = no > 0;
    return rc == RP_OK ? at_one_moment(store, "COMMIT", err) : rc;
}

static enum rp_code look_at_new(
    struct rp_metric_store *store, struct rp_err *err)
{
    bool more = true;
    enum rp_code rc = RP_OK;
    while (rc == RP_OK && more) {
        rc = look_at_some(store, &more, err);
    }
    return rc;
}

/* ---- the store itself ---- */

static void add_file(
    struct rp_metric_store *store, const char *ending, const char *word)
{
    char path[PATH_BYTES_MAX];
    struct rp_metric_labels labels = {{{NULL, 0}}};
    int len = snprintf(
        path, sizeof(path), "%s%s", store->reader->sqlite->path, ending);
    int64_t bytes = rp__path_bytes(path);
    labels.values[RP_LABEL_STORE_FILE] = rp_str_of(word);
    if (len > 0 && (size_t)len < sizeof(path) && bytes >= 0) {
        rp_metrics_add(
            store->metrics, RP_METRIC_STORE_SIZE, &labels, bytes, NULL);
    }
}

static enum rp_code add_space(struct rp_metric_store *store, struct rp_err *err)
{
    const struct rp_metric_labels labels = {{{NULL, 0}}};
    int64_t bytes = 0;
    enum rp_code rc = rp__sqlite_pragma(store->reader->sqlite,
        "SELECT freelist_count * page_size FROM pragma_freelist_count,"
        " pragma_page_size",
        &bytes, err);
    add_file(store, "", "database");
    add_file(store, "-wal", "log");
    if (rc == RP_OK) {
        rp_metrics_add(
            store->metrics, RP_METRIC_STORE_FREE, &labels, bytes, NULL);
    }
    return rc;
}

/* A URL without who asks and what for: these are secrets, or many. */
static struct rp_str shown_url(struct rp_arena *arena, struct rp_str url)
{
    struct rp_str rest;
    struct rp_str before = rp_str_cut(url, '?', &rest);
    struct rp_str scheme = rp_str_cut(before, '/', &rest);
    if (rest.len == 0 || rest.ptr[0] != '/') {
        return before;
    }
    struct rp_str authority =
        rp_str_cut((struct rp_str){rest.ptr + 1, rest.len - 1}, '/', &rest);
    for (size_t i = authority.len; i > 0; i--) {
        if (authority.ptr[i - 1] == '@') {
            authority.ptr += i;
            authority.len -= i;
            break;
        }
    }
    const char *text = rp_arena_printf(arena, "%.*s//%.*s%s%.*s",
        RP_STR_ARG(scheme), RP_STR_ARG(authority), rest.ptr == NULL ? "" : "/",
        RP_STR_ARG(rest));
    return rp_str_of(text);
}

/* Each row is a text and `count` numbers, of as many metrics; NULL: none. */
static enum rp_code add_rows(struct rp_metric_store *store, const char *sql,
    enum rp_metric_label label, const enum rp_metric *metrics, int count,
    struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__reader_prepare(store->reader, sql, err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    bool found = true;
    enum rp_code rc = RP_OK;
    while (rc == RP_OK && found) {
        rc = rp__reader_step(store->reader, stmt, &found, err);
        for (int i = 0; rc == RP_OK && found && i < count; i++) {
            struct rp_metric_labels labels = {{{NULL, 0}}};
            struct rp_str text = rp__reader_text(stmt, 0);
            labels.values[label] = label == RP_LABEL_DESTINATION
                                       ? shown_url(store->arena, text)
                                       : text;
            if (sqlite3_column_type(stmt, i + 1) != SQLITE_NULL) {
                rp_metrics_add(store->metrics, metrics[i], &labels,
                    sqlite3_column_int64(stmt, i + 1), NULL);
            }
        }
    }
    rp__reader_done(store->reader, stmt);
    return rc;
}

static enum rp_code look_at_store(
    struct rp_metric_store *store, struct rp_err *err)
{
    static const enum rp_metric of_modes[] = {
        RP_METRIC_STORE_SESSIONS, RP_METRIC_STORE_SPANS};
    enum rp_code rc = add_space(store, err);
    return rc == RP_OK
               ? add_rows(store,
                     "SELECT mode, count(*), sum(span_count) FROM session"
                     " GROUP BY mode",
                     RP_LABEL_MODE, of_modes, RP_COUNT_OF(of_modes), err)
               : rc;
}

/* ---- the export of spans ---- */

static enum rp_code add_spans_through(
    struct rp_metric_store *store, struct rp_err *err)
{
    static const char *const results[] = {"delivered", "rejected"};
    sqlite3_stmt *stmt = rp__reader_prepare(store->reader,
        "SELECT destination, delivered, rejected FROM export_state", err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    bool found = true;
    enum rp_code rc = RP_OK;
    while (rc == RP_OK && found) {
        rc = rp__reader_step(store->reader, stmt, &found, err);
        for (int i = 0; rc == RP_OK && found && i < 2; i++) {
            struct rp_metric_labels labels = {{{NULL, 0}}};
            labels.values[RP_LABEL_DESTINATION] =
                shown_url(store->arena, rp__reader_text(stmt, 0));
            labels.values[RP_LABEL_EXPORT_RESULT] = rp_str_of(results[i]);
            rp_metrics_add(store->metrics, RP_METRIC_EXPORT_SPANS, &labels,
                sqlite3_column_int64(stmt, i + 1), NULL);
        }
    }
    rp__reader_done(store->reader, stmt);
    return rc;
}

/* The counts of who sends are in the store: they are read, not counted. */
static enum rp_code look_at_export(
    struct rp_metric_store *store, struct rp_err *err)
{
    static const enum rp_metric pending[] = {RP_METRIC_EXPORT_PENDING};
    static const enum rp_metric states[] = {
        RP_METRIC_EXPORT_FAILURES, RP_METRIC_EXPORT_SUCCESS};
    rp_metrics_clear(store->metrics, RP_METRIC_EXPORT_SPANS);
    rp_metrics_clear(store->metrics, RP_METRIC_EXPORT_FAILURES);
    rp_arena_reset(store->arena);
    enum rp_code rc = add_rows(store,
        "SELECT d.destination, (" RP__EXPORT_LEFT(
            "d.destination") ")"
                             " FROM export_cursor d WHERE d.session = 0",
        RP_LABEL_DESTINATION, pending, RP_COUNT_OF(pending), err);
    if (rc != RP_OK || store->reader->sqlite->format < FORMAT_OF_STATE) {
        return rc;
    }
    rc = add_rows(store,
        "SELECT destination, failures, success_ns FROM export_state",
        RP_LABEL_DESTINATION, states, RP_COUNT_OF(states), err);
    return rc == RP_OK ? add_spans_through(store, err) : rc;
}

/* ---- the whole ---- */

/* Of what is told as it is now, and not counted. */
static bool is_state(enum rp_metric metric)
{
    switch (rp_metric_info(metric)->instrument) {
    case RP_INSTRUMENT_UPDOWN:
    case RP_INSTRUMENT_GAUGE:
        return true;
    case RP_INSTRUMENT_COUNTER:
    case RP_INSTRUMENT_HISTOGRAM:
        break;
    }
    return false;
}

enum rp_code rp_metric_store_look(
    struct rp_metric_store *store, struct rp_wall now, struct rp_err *err)
{
    store->now = now;
    for (uint32_t i = 0; i < RP_METRIC_COUNT; i++) {
        if (is_state((enum rp_metric)i)) {
            rp_metrics_clear(store->metrics, (enum rp_metric)i);
        }
    }
    enum rp_code rc = look_at_open(store, err);
    if (rc == RP_OK) {
        rc = look_at_new(store, err);
    }
    if (rc == RP_OK) {
        add_all_zeros(store);
        rc = look_at_store(store, err);
    }
    if (rc == RP_OK) {
        rc = look_at_export(store, err);
    }
    if (store->began.unix_ns == 0) {
        store->began = now;
    }
    return rc;
}
