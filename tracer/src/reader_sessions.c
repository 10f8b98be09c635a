/* Sessions: rows, lists, and what a person means by an id. */
#include "reader_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                \
    "no, id, trace, mode, outcome, began_ns, plan_name, incarnation,"          \
    " last_seq, last_ns, requested, delivered, tasks, attempts, retries,"      \
    " timeouts, fallbacks, conflicts, input_tokens, output_tokens,"            \
    " cost_micro_usd, span_count, spans_dropped, notes, notes_left, chain,"    \
    " output, engine_rev, seed, source, parent_span, tracestate, sampled,"     \
    " plan, input, program, tags, faults"
#define SELECT_2                                                               \
    "SELECT " COLUMNS ", trace_random, baggage, source_trace FROM session"
/* What format 1 does not have is what its sessions did without. */
#define SELECT_1 "SELECT " COLUMNS ", 0, '', NULL FROM session"

enum column {
    NO,
    ID,
    TRACE,
    MODE,
    OUTCOME,
    BEGAN,
    PLAN_NAME,
    INCARNATION,
    LAST_SEQ,
    LAST_NS,
    REQUESTED,
    DELIVERED,
    TASKS,
    ATTEMPTS,
    RETRIES,
    TIMEOUTS,
    FALLBACKS,
    CONFLICTS,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    COST,
    SPAN_COUNT,
    SPANS_DROPPED,
    NOTES,
    NOTES_LEFT,
    CHAIN,
    OUTPUT,
    ENGINE_REV,
    SEED,
    SOURCE,
    PARENT_SPAN,
    TRACESTATE,
    SAMPLED,
    PLAN,
    INPUT,
    PROGRAM,
    TAGS,
    FAULTS,
    TRACE_RANDOM,
    BAGGAGE,
    SOURCE_TRACE
};

/* From so many characters on, an id may be named by its end. */
#define SUFFIX_MIN 4

/* ---- a row ---- */

static struct rp_str kept(
    struct rp_arena *arena, sqlite3_stmt *stmt, enum column column)
{
    struct rp_str text = rp__reader_text(stmt, (int)column);
    return (struct rp_str){rp_arena_dup(arena, text), text.len};
}

static uint64_t unsigned_of(struct rp_str digits)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        value = value * 10 + (uint64_t)(digits.ptr[i] - '0');
    }
    return value;
}

static void read_tags(
    struct rp_session_head *head, struct rp_arena *arena, struct rp_str text)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_doc *doc = NULL;
    if (rp_json_read(&doc, text, &options, NULL) != RP_OK) {
        return; /* the integrity check says so */
    }
    const cJSON *list = rp_json_root(doc);
    struct rp_tag *tags = rp_arena_array(
        arena, (size_t)cJSON_GetArraySize(list), sizeof(struct rp_tag));
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *key = cJSON_GetArrayItem(item, 0);
        const cJSON *value = cJSON_GetArrayItem(item, 1);
        if (cJSON_IsString(key) && cJSON_IsString(value)) {
            struct rp_str k = rp_str_of(key->valuestring);
            struct rp_str v = rp_str_of(value->valuestring);
            tags[head->tag_count++] =
                (struct rp_tag){{rp_arena_dup(arena, k), k.len},
                    {rp_arena_dup(arena, v), v.len}};
        }
    }
    head->tags = tags;
    rp_json_free(&doc);
}

static void copy_id(struct rp_session_id *out, struct rp_str text)
{
    memset(out, 0, sizeof(*out));
    size_t len = text.len < RP_SESSION_ID_LEN ? text.len : RP_SESSION_ID_LEN;
    memcpy(out->text, text.len == 0 ? "" : text.ptr, len);
}

static void read_head(
    struct rp_session_head *head, sqlite3_stmt *stmt, struct rp_arena *arena)
{
    copy_id(&head->id, rp__reader_text(stmt, ID));
    copy_id(&head->source, rp__reader_text(stmt, SOURCE));
    if (!rp_mode_parse(rp__reader_text(stmt, MODE), &head->mode)) {
        head->mode = RP_MODE_LIVE; /* the check says so */
    }
    head->sampled = sqlite3_column_int(stmt, SAMPLED) != 0;
    head->seed = unsigned_of(rp__reader_text(stmt, SEED));
    head->engine_rev = (uint32_t)sqlite3_column_int64(stmt, ENGINE_REV);
    head->incarnation = (uint32_t)sqlite3_column_int64(stmt, INCARNATION);
    head->began.unix_ns = sqlite3_column_int64(stmt, BEGAN);
    head->plan_name = kept(arena, stmt, PLAN_NAME);
    head->tracestate = kept(arena, stmt, TRACESTATE);
    head->faults = kept(arena, stmt, FAULTS);
    head->program = kept(arena, stmt, PROGRAM).ptr;
    /* what is not as it should be reads as zero; the check says so */
    (void)rp__reader_blob(stmt, TRACE, &head->trace, sizeof(head->trace));
    (void)rp__reader_blob(
        stmt, PARENT_SPAN, &head->parent_span, sizeof(head->parent_span));
    head->trace_random = sqlite3_column_int(stmt, TRACE_RANDOM) != 0;
    head->baggage = kept(arena, stmt, BAGGAGE);
    (void)rp__reader_blob(
        stmt, SOURCE_TRACE, &head->source_trace, sizeof(head->source_trace));
    (void)rp__reader_blob(stmt, PLAN, &head->plan, sizeof(head->plan));
    (void)rp__reader_blob(stmt, INPUT, &head->input, sizeof(head->input));
    read_tags(head, arena, rp__reader_text(stmt, TAGS));
}

static void read_summary(struct rp_summary *s, sqlite3_stmt *stmt)
{
    (void)rp_outcome_parse(rp__reader_text(stmt, OUTCOME), &s->outcome);
    /* NULL: stays NONE, it did not end */
    s->record_count = (uint64_t)sqlite3_column_int64(stmt, LAST_SEQ);
    s->last_at.ns = sqlite3_column_int64(stmt, LAST_NS);
    s->requested = sqlite3_column_int64(stmt, REQUESTED);
    s->delivered = sqlite3_column_int64(stmt, DELIVERED);
    s->tasks = sqlite3_column_int64(stmt, TASKS);
    s->attempts = sqlite3_column_int64(stmt, ATTEMPTS);
    s->retries = sqlite3_column_int64(stmt, RETRIES);
    s->timeouts = sqlite3_column_int64(stmt, TIMEOUTS);
    s->fallbacks = sqlite3_column_int64(stmt, FALLBACKS);
    s->conflicts = sqlite3_column_int64(stmt, CONFLICTS);
    s->input_tokens = sqlite3_column_int64(stmt, INPUT_TOKENS);
    s->output_tokens = sqlite3_column_int64(stmt, OUTPUT_TOKENS);
    s->cost_micro_usd = sqlite3_column_int64(stmt, COST);
    s->notes_left = (uint32_t)sqlite3_column_int64(stmt, NOTES_LEFT);
    struct rp_str notes = rp__reader_text(stmt, NOTES);
    size_t len =
        notes.len < sizeof(s->notes) ? notes.len : sizeof(s->notes) - 1;
    memcpy(s->notes, notes.len == 0 ? "" : notes.ptr, len);
    (void)rp__reader_blob(stmt, CHAIN, &s->chain, sizeof(s->chain));
    (void)rp__reader_blob(stmt, OUTPUT, &s->output, sizeof(s->output));
    /* zero when there is none */
}

static void read_row(
    struct rp_session_row *out, sqlite3_stmt *stmt, struct rp_arena *arena)
{
    *out = (struct rp_session_row){.no = sqlite3_column_int64(stmt, NO)};
    read_head(&out->head, stmt, arena);
    read_summary(&out->summary, stmt);
    out->last_wall = rp_wall_add(
        out->head.began, (struct rp_duration){out->summary.last_at.ns});
    out->span_count = (uint32_t)sqlite3_column_int64(stmt, SPAN_COUNT);
    out->spans_dropped = (uint32_t)sqlite3_column_int64(stmt, SPANS_DROPPED);
}

enum rp_code rp__reader_row(struct rp_session_row *out, bool *found,
    struct rp_reader *reader, int64_t session_no, struct rp_arena *arena,
    struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__reader_prepare(reader,
        reader->sqlite->format == 1 ? SELECT_1 " WHERE no = ?"
                                    : SELECT_2 " WHERE no = ?",
        err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, session_no);
    enum rp_code rc = rp__reader_step(reader, stmt, found, err);
    if (rc == RP_OK && *found) {
        read_row(out, stmt, arena);
    }
    rp__reader_done(reader, stmt);
    return rc;
}

/* ---- lists ---- */

struct rp_sessions {
    struct rp_reader *reader;
    sqlite3_stmt *stmt;
    bool ended;
};

static const char *word_of_outcome(uint32_t index)
{
    return rp_outcome_name((enum rp_outcome)index);
}

/* " AND (column IN ('ok','failed') OR …)"; the words are ours. */
static void add_outcomes(struct rp_buf *sql, uint32_t outcomes)
{
    if (outcomes == 0) {
        return;
    }
    rp_buf_add_text(sql, " AND coalesce(outcome, '') IN (''");
    if ((outcomes & 1u << RP_OUTCOME_NONE) == 0) {
        sql->len -= 2;
        rp_buf_add_text(sql, "'-'"); /* a word that no outcome is */
    }
    for (uint32_t i = RP_OUTCOME_OK; i <= RP_OUTCOME_CANCELLED; i++) {
        if ((outcomes & 1u << i) != 0) {
            rp_buf_addf(sql, ",'%s'", word_of_outcome(i));
        }
    }
    rp_buf_add_char(sql, ')');
}

static void add_modes(struct rp_buf *sql, uint32_t modes)
{
    if (modes == 0) {
        return;
    }
    rp_buf_add_text(sql, " AND mode IN (''");
    for (uint32_t mode = 0; mode <= RP_MODE_IMPORTED; mode++) {
        if ((modes & 1u << mode) != 0) {
            rp_buf_addf(sql, ",'%s'", rp_mode_name((enum rp_mode)mode));
        }
    }
    rp_buf_add_char(sql, ')');
}

static void add_filter(
    struct rp_buf *sql, const struct rp_session_filter *filter)
{
    add_outcomes(sql, filter->outcomes);
    add_modes(sql, filter->modes);
    if (filter->plan.len > 0) {
        rp_buf_add_text(
            sql, memchr(filter->plan.ptr, '*', filter->plan.len) != NULL
                     ? " AND plan_name GLOB :plan"
                     : " AND plan_name = :plan");
    }
    if (filter->since.unix_ns != 0) {
        rp_buf_add_text(sql, " AND id >= :first AND began_ns >= :since");
    }
    if (filter->before.text[0] != '\0') {
        rp_buf_add_text(sql, " AND id < :before");
    }
    if (filter->tag.key.len > 0) {
        rp_buf_add_text(sql, " AND EXISTS(SELECT 1 FROM json_each(tags) WHERE"
                             " json_extract(value, '$[0]') = :key");
        if (filter->tag.value.len > 0) {
            rp_buf_add_text(sql, " AND json_extract(value, '$[1]') = :value");
        }
        rp_buf_add_char(sql, ')');
    }
}

static void bind_named_text(
    sqlite3_stmt *stmt, const char *name, struct rp_str text)
{
    int index = sqlite3_bind_parameter_index(stmt, name);
    if (index > 0) {
        /* copied: the filter is only borrowed; out of memory aborts */
        (void)sqlite3_bind_text(stmt, index, text.len == 0 ? "" : text.ptr,
            (int)text.len, SQLITE_TRANSIENT);
    }
}

static void bind_named_int(sqlite3_stmt *stmt, const char *name, int64_t value)
{
    int index = sqlite3_bind_parameter_index(stmt, name);
    if (index > 0) {
        sqlite3_bind_int64(stmt, index, value);
    }
}

enum rp_code rp_reader_sessions(struct rp_sessions **out,
    struct rp_reader *reader, const struct rp_session_filter *filter,
    struct rp_err *err)
{
    const struct rp_session_filter everything = {.limit = 0};
    filter = filter == NULL ? &everything : filter;
    struct rp_buf sql;
    rp_buf_init(&sql, 4096);
    rp_buf_add_text(&sql, reader->sqlite->format == 1 ? SELECT_1 : SELECT_2);
    rp_buf_add_text(&sql, " WHERE 1");
    add_filter(&sql, filter);
    rp_buf_add_text(&sql, " ORDER BY id DESC LIMIT :limit");
    sqlite3_stmt *stmt = rp__reader_prepare(reader, sql.ptr, err);
    rp_buf_fini(&sql);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    bind_named_text(stmt, ":plan", filter->plan);
    bind_named_int(stmt, ":since", filter->since.unix_ns);
    static const uint8_t no_chance[10];
    struct rp_session_id first = rp_session_id_of(filter->since, no_chance);
    bind_named_text(stmt, ":first", rp_str_of(first.text));
    bind_named_text(stmt, ":before", rp_str_of(filter->before.text));
    bind_named_text(stmt, ":key", filter->tag.key);
    bind_named_text(stmt, ":value", filter->tag.value);
    bind_named_int(
        stmt, ":limit", filter->limit == 0 ? -1 : (int64_t)filter->limit);
    struct rp_sessions *sessions = rp_mem_zalloc(sizeof(*sessions));
    sessions->reader = reader;
    sessions->stmt = stmt;
    *out = sessions;
    return RP_OK;
}

enum rp_code rp_sessions_next(struct rp_sessions *sessions,
    struct rp_arena *arena, bool *found, struct rp_session_row *out,
    struct rp_err *err)
{
    enum rp_code rc = rp__reader_next(
        sessions->reader, sessions->stmt, &sessions->ended, found, err);
    if (rc == RP_OK && *found) {
        read_row(out, sessions->stmt, arena);
    }
    return rc;
}

void rp_sessions_free(struct rp_sessions **sessions)
{
    if (*sessions != NULL) {
        (void)sqlite3_finalize((*sessions)->stmt); /* repeats old errors */
        rp_mem_free(*sessions);
        *sessions = NULL;
    }
}

/* ---- one by its id ---- */

/* Crockford base 32 reads i and l as 1, o as 0; ids are upper case. */
static void normalise(char *out, struct rp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        c = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        c = (char)(c == 'I' || c == 'L' ? '1' : c == 'O' ? '0' : c);
        out[i] = c;
    }
    out[text.len] = '\0';
}

static bool can_be_id(struct rp_str text)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char c[2] = "";
    for (size_t i = 0; i < text.len; i++) {
        normalise(c, (struct rp_str){text.ptr + i, 1});
        if (strchr(alphabet, c[0]) == NULL) {
            return false;
        }
    }
    return text.len <= RP_SESSION_ID_LEN;
}

#define CANDIDATES_MAX 4

/* Up to CANDIDATES_MAX newest matches of `where` (one parameter). */
static enum rp_code candidates(struct rp_reader *reader, const char *where,
    const char *id, int64_t numbers[CANDIDATES_MAX], int *count,
    struct rp_buf *names, struct rp_err *err)
{
    char sql[160];
    (void)snprintf(sql, sizeof(sql),
        "SELECT no, id FROM session WHERE %s ORDER BY id DESC LIMIT %d", where,
        CANDIDATES_MAX); /* it fits */
    sqlite3_stmt *stmt = rp__reader_prepare(reader, sql, err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    rp__sqlite_bind_text(stmt, 1, rp_str_of(id));
    bool found = true;
    enum rp_code rc = RP_OK;
    *count = 0;
    while (rc == RP_OK && *count < CANDIDATES_MAX) {
        rc = rp__reader_step(reader, stmt, &found, err);
        if (rc != RP_OK || !found) {
            break;
        }
        numbers[(*count)++] = sqlite3_column_int64(stmt, 0);
        rp_buf_add_text(names, *count > 1 ? ", " : "");
        rp_buf_add(names, rp__reader_text(stmt, 1));
    }
    (void)sqlite3_finalize(stmt); /* repeats the error of the step */
    return rc;
}

/* Prefixes first: a range of the index. Then ends: the whole index. */
static enum rp_code look_up(
    struct rp_reader *reader, struct rp_str id, int64_t *no, struct rp_err *err)
{
    static const char *const wheres[] = {
        "id >= ?1 AND id < ?1 || '~'", "substr(id, -length(?1)) = ?1"};
    char text[RP_SESSION_ID_LEN + 1];
    int64_t numbers[CANDIDATES_MAX];
    int count = 0;
    struct rp_buf names;
    rp_buf_init(&names, 256);
    normalise(text, id);
    enum rp_code rc = RP_OK;
    size_t tries = id.len < SUFFIX_MIN ? 1 : RP_COUNT_OF(wheres);
    for (size_t i = 0; rc == RP_OK && count == 0 && i < tries; i++) {
        rc = candidates(reader, wheres[i], text, numbers, &count, &names, err);
    }
    if (rc == RP_OK && count == 0) {
        rc = rp_err_set(err, RP_E_NOT_FOUND,
            "there is no session '%.*s' in '%s'", RP_STR_ARG(id),
            reader->sqlite->path);
    } else if (rc == RP_OK && count > 1) {
        rc = rp_err_set(err, RP_E_INVALID,
            "'%.*s' may mean several sessions: %s%s", RP_STR_ARG(id), names.ptr,
            count == CANDIDATES_MAX ? ", …" : "");
    } else if (rc == RP_OK) {
        *no = numbers[0];
    }
    rp_buf_fini(&names);
    return rc;
}

static enum rp_code newest(
    struct rp_reader *reader, int64_t *no, struct rp_err *err)
{
    enum rp_code rc = rp__sqlite_pragma(reader->sqlite,
        "SELECT no FROM session ORDER BY id DESC LIMIT 1", no, err);
    if (rc == RP_OK && *no == 0) {
        return rp_err_set(err, RP_E_NOT_FOUND,
            "there is no session in '%s' yet", reader->sqlite->path);
    }
    return rc;
}

enum rp_code rp_reader_find(struct rp_session_row *out,
    struct rp_reader *reader, struct rp_str id, struct rp_arena *arena,
    struct rp_err *err)
{
    int64_t no = 0;
    enum rp_code rc;
    if (id.len == 0 || rp_str_is(id, "last")) {
        rc = newest(reader, &no, err);
    } else if (!can_be_id(id)) {
        rc = rp_err_set(err, RP_E_NOT_FOUND,
            "'%.*s' is not the id of a session", RP_STR_ARG(id));
    } else {
        rc = look_up(reader, id, &no, err);
    }
    bool found = false;
    if (rc == RP_OK) {
        rc = rp__reader_row(out, &found, reader, no, arena, err);
    }
    if (rc == RP_OK && !found) {
        rc = rp_err_set(err, RP_E_NOT_FOUND, "the session was removed");
    }
    return rc;
}
