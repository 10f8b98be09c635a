#include <reprise/store_sqlite.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <reprise/reader.h>

#include "support.h"
#include <sqlite_parts.h>

static const struct rp_store_sqlite_options writing = {.create = true};

struct place {
    char *directory, *path;
};

static int set_up(void **state)
{
    struct place *place = rp_mem_zalloc(sizeof(*place));
    place->directory = scratch_new();
    place->path = scratch_path(place->directory, "store.db");
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    scratch_remove(&place->directory);
    rp_mem_free(place->path);
    rp_mem_free(place);
    return 0;
}

static struct rp_store_sqlite *open_store(const char *path)
{
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc = rp_store_sqlite_open(&sqlite, path, &writing, &err);
    if (rc != RP_OK) {
        fail_msg("%s", err.text);
    }
    return sqlite;
}

static void record_clinic(struct rp_store_sqlite *sqlite, uint32_t n)
{
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    struct journal journal;
    journal_begin(&journal, n, store, NULL);
    clinic_all(&journal);
    rp_store_free(&store);
}

static void a_session_is_read_back_as_it_was_recorded(void **state)
{
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = open_store(place->path);
    record_clinic(sqlite, 1);
    rp_store_sqlite_close(&sqlite);

    struct rp_err err = RP_ERR_INIT;
    struct rp_reader *reader = NULL;
    assert_int_equal(rp_reader_open(&reader, place->path, &err), RP_OK);
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_session_row row;
    assert_int_equal(
        rp_reader_find(&row, reader, RP_STR("last"), arena, &err), RP_OK);
    struct rp_session_head head = head_of(1);
    assert_string_equal(row.head.id.text, head.id.text);
    assert_memory_equal(&row.head.trace, &head.trace, sizeof(head.trace));
    assert_true(row.head.seed == head.seed);
    assert_int_equal(row.head.began.unix_ns, head.began.unix_ns);
    assert_true(rp_str_is(row.head.plan_name, "clinic"));
    assert_int_equal(row.head.tag_count, 2);
    assert_true(rp_str_is(row.head.tags[1].value, "7"));
    assert_int_equal(row.summary.outcome, RP_OUTCOME_DEGRADED);
    assert_int_equal(row.summary.record_count, CLINIC_RECORDS);
    assert_int_equal(row.summary.requested, 3);
    assert_int_equal(row.summary.delivered, 2);
    assert_int_equal(row.summary.attempts, 4);
    assert_int_equal(row.summary.retries, 1);
    assert_int_equal(row.summary.timeouts, 1);
    assert_int_equal(row.summary.conflicts, 1);
    assert_int_equal(row.summary.input_tokens, 100);
    assert_string_equal(row.summary.notes, "notes failed");
    assert_int_equal(row.summary.last_at.ns, 12 * RP_NS_PER_S);
    struct rp_digest output = rp_digest_of(rp_str_of(output_text));
    assert_true(rp_digest_equal(&row.summary.output, &output));
    rp_arena_free(&arena);
    rp_reader_close(&reader);
}

static void records_stream_in_order_with_their_chain(void **state)
{
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = open_store(place->path);
    record_clinic(sqlite, 1);
    struct journal expected;
    journal_begin(&expected, 1, NULL, NULL);

    struct rp_err err = RP_ERR_INIT;
    struct rp_reader *reader = NULL;
    struct rp_records *records = NULL;
    struct rp_record_row row;
    bool found = true;
    assert_int_equal(rp_reader_open(&reader, place->path, &err), RP_OK);
    assert_int_equal(rp_reader_records(&records, reader, 1, 1, &err), RP_OK);
    for (uint32_t i = 1; i <= CLINIC_RECORDS; i++) {
        assert_int_equal(rp_records_next(records, &found, &row, &err), RP_OK);
        assert_true(found);
        clinic_record(&expected, i);
        assert_int_equal(row.seq, i);
        assert_true(rp_digest_equal(&row.digest, &expected.chain));
    }
    assert_int_equal(rp_records_next(records, &found, &row, &err), RP_OK);
    assert_false(found);
    rp_records_free(&records);
    assert_int_equal(rp_reader_records(&records, reader, 1, 6, &err), RP_OK);
    assert_int_equal(rp_records_next(records, &found, &row, &err), RP_OK);
    assert_int_equal(row.seq, 6);
    rp_records_free(&records);
    rp_reader_close(&reader);
    rp_store_sqlite_close(&sqlite);
}

static void nothing_is_in_the_file_before_the_commit(void **state)
{
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = open_store(place->path);
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    struct journal journal;
    journal_begin(&journal, 1, store, NULL);
    clinic_record(&journal, 1);
    struct rp_err err = RP_ERR_INIT;
    struct rp_reader *reader = NULL;
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_session_row row;
    assert_int_equal(rp_reader_open(&reader, place->path, &err), RP_OK);
    assert_int_equal(
        rp_reader_find(&row, reader, RP_STR(""), arena, &err), RP_E_NOT_FOUND);
    rp_err_clear(&err);
    assert_int_equal(store->ops->commit(store, &err), RP_OK);
    assert_int_equal(
        rp_reader_find(&row, reader, RP_STR(""), arena, &err), RP_OK);
    assert_int_equal(row.summary.outcome, RP_OUTCOME_NONE);
    assert_int_equal(row.summary.requested, 2);
    assert_int_equal(row.span_count, 6);
    rp_arena_free(&arena);
    rp_reader_close(&reader);
    rp_store_free(&store);
    rp_store_sqlite_close(&sqlite);
}

static void a_busy_store_loses_nothing_and_takes_it_later(void **state)
{
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = open_store(place->path);
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    struct journal journal;
    journal_begin(&journal, 1, store, NULL);
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(place->path, &other), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);

    struct rp_err err = RP_ERR_INIT;
    clinic_record(&journal, 1);
    assert_int_equal(store->ops->commit(store, &err), RP_E_BUSY);
    assert_non_null(strstr(err.text, "locked"));
    rp_err_clear(&err);
    clinic_record(&journal, 2);
    assert_int_equal(store->ops->commit(store, &err), RP_E_BUSY);
    rp_err_clear(&err);
    assert_int_equal(
        sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    assert_int_equal(store->ops->commit(store, &err), RP_OK);
    for (uint32_t i = 3; i <= CLINIC_RECORDS; i++) {
        clinic_record(&journal, i);
    }
    assert_int_equal(store->ops->commit(store, &err), RP_OK);
    rp_store_free(&store);

    struct rp_reader *reader = NULL;
    struct rp_check check;
    assert_int_equal(rp_reader_open(&reader, place->path, &err), RP_OK);
    assert_int_equal(rp_reader_check(&check, reader, 1, &err), RP_OK);
    assert_string_equal(check.what, "");
    assert_int_equal(check.records, CLINIC_RECORDS);
    rp_reader_close(&reader);
    rp_store_sqlite_close(&sqlite);
}

static void a_full_disk_is_an_error_with_its_text_and_stays_one(void **state)
{
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = open_store(place->path);
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    struct journal journal;
    struct rp_err err = RP_ERR_INIT;
    journal_begin(&journal, 1, store, NULL);
    clinic_record(&journal, 1);
    assert_int_equal(store->ops->commit(store, &err), RP_OK);
    /* No page more: what a full disk is to SQLite. */
    sqlite3_stmt *stmt = NULL;
    sqlite3 *db = sqlite->db;
    assert_int_equal(
        sqlite3_prepare_v2(db, "PRAGMA max_page_count=1", -1, &stmt, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    sqlite3_finalize(stmt);
    char *big = rp_mem_zalloc(1u << 20);
    for (size_t i = 0; i < 1u << 20; i++) {
        big[i] = (char)(i * 2654435761u >> 13);
    }
    struct rp_str bytes = {big, 1u << 20};
    struct rp_digest digest = rp_digest_of(bytes);
    assert_int_equal(store->ops->put(store, &digest, bytes, &err), RP_OK);
    clinic_record(&journal, 2);
    assert_int_equal(store->ops->commit(store, &err), RP_E_STORE);
    assert_non_null(strstr(err.text, "full"));
    assert_non_null(strstr(err.text, journal.head.id.text));
    rp_err_clear(&err);
    assert_int_equal(store->ops->commit(store, &err), RP_E_STORE);
    assert_non_null(strstr(err.text, "full"));
    rp_mem_free(big);
    rp_store_free(&store);
    rp_store_sqlite_close(&sqlite);
}

static void two_sessions_share_one_connection(void **state)
{
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = open_store(place->path);
    struct rp_store *a = rp_store_sqlite_recorder(sqlite);
    struct rp_store *b = rp_store_sqlite_recorder(sqlite);
    struct journal x, y;
    struct rp_err err = RP_ERR_INIT;
    journal_begin(&x, 1, a, NULL);
    journal_begin(&y, 2, b, NULL);
    for (uint32_t i = 1; i <= CLINIC_RECORDS; i++) {
        clinic_record(&x, i);
        clinic_record(&y, i);
        assert_int_equal(b->ops->commit(b, &err), RP_OK);
        assert_int_equal(a->ops->commit(a, &err), RP_OK);
    }
    rp_store_free(&a);
    rp_store_free(&b);
    rp_store_sqlite_close(&sqlite);
    struct rp_reader *reader = NULL;
    assert_int_equal(rp_reader_open(&reader, place->path, &err), RP_OK);
    for (int64_t no = 1; no <= 2; no++) {
        struct rp_check check;
        assert_int_equal(rp_reader_check(&check, reader, no, &err), RP_OK);
        assert_string_equal(check.what, "");
        assert_int_equal(check.payloads, 3);
    }
    rp_reader_close(&reader);
}

static void the_same_session_cannot_be_recorded_twice(void **state)
{
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = open_store(place->path);
    record_clinic(sqlite, 1);
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    struct journal journal;
    struct rp_err err = RP_ERR_INIT;
    journal_begin(&journal, 1, store, NULL);
    assert_int_equal(store->ops->begin(store, &journal.head, &err), RP_E_STATE);
    rp_err_clear(&err);
    clinic_record(&journal, 1);
    assert_int_equal(store->ops->commit(store, &err), RP_E_STORE);
    assert_non_null(strstr(err.text, "UNIQUE"));
    rp_store_free(&store);
    rp_store_sqlite_close(&sqlite);
}

static void payloads_come_back_byte_for_byte(void **state)
{
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = open_store(place->path);
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    struct journal journal;
    struct rp_err err = RP_ERR_INIT;
    static const size_t sizes[] = {
        0, 1, 511, 512, 1024, 1025, 5000, 200000, 3000000};
    struct rp_digest digests[2 * RP_COUNT_OF(sizes)];
    journal_begin(&journal, 1, store, NULL);
    for (size_t i = 0; i < RP_COUNT_OF(digests); i++) {
        size_t len = sizes[i / 2];
        char *bytes = rp_mem_zalloc(len);
        uint32_t x = (uint32_t)i + 1;
        for (size_t k = 0; k < len; k++) {
            x = x * 1664525u + 1013904223u;
            bytes[k] = (char)(i % 2 == 0 ? x >> 24 : k % 7);
        }
        struct rp_str text = {bytes, len};
        digests[i] = rp_digest_of(text);
        assert_int_equal(
            store->ops->put(store, &digests[i], text, &err), RP_OK);
        assert_int_equal(
            store->ops->put(store, &digests[i], text, &err), RP_OK);
        rp_mem_free(bytes);
    }
    for (int turn = 0; turn < 2; turn++) { /* before and after the commit */
        for (size_t i = 0; i < RP_COUNT_OF(digests); i++) {
            char *bytes = NULL;
            size_t len;
            assert_int_equal(
                store->ops->get(store, &digests[i], &bytes, &len, &err), RP_OK);
            assert_int_equal(len, sizes[i / 2]);
            rp_mem_free(bytes);
        }
        clinic_record(&journal, turn == 0 ? 1 : 2);
        assert_int_equal(store->ops->commit(store, &err), RP_OK);
    }
    struct rp_digest other = rp_digest_of(RP_STR("never put"));
    char *bytes = NULL;
    size_t len;
    assert_int_equal(
        store->ops->get(store, &other, &bytes, &len, &err), RP_E_NOT_FOUND);
    rp_store_free(&store);
    rp_store_sqlite_close(&sqlite);
}

static void a_payload_that_is_shared_is_kept_once(void **state)
{
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = open_store(place->path);
    record_clinic(sqlite, 1);
    rp_store_sqlite_close(&sqlite);
    sqlite = open_store(place->path); /* nothing remembered in memory */
    record_clinic(sqlite, 2);
    rp_store_sqlite_close(&sqlite);
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT count(*) FROM payload", -1, &stmt, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(stmt, 0), 3);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void a_newer_format_is_refused_and_not_touched(void **state)
{
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = open_store(place->path);
    record_clinic(sqlite, 1);
    rp_store_sqlite_close(&sqlite);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    size_t before_len, after_len;
    char *before = file_bytes(place->path, &before_len);
    const struct rp_store_sqlite_options options[] = {
        {.create = true}, {.read_only = true}};
    for (size_t i = 0; i < RP_COUNT_OF(options); i++) {
        struct rp_err err = RP_ERR_INIT;
        assert_int_equal(
            rp_store_sqlite_open(&sqlite, place->path, &options[i], &err),
            RP_E_NEWER);
        assert_non_null(strstr(err.text, "format 99"));
        assert_null(sqlite);
    }
    char *after = file_bytes(place->path, &after_len);
    assert_int_equal(before_len, after_len);
    assert_memory_equal(before, after, before_len);
    char *log = scratch_path(place->directory, "store.db-wal");
    assert_null(file_bytes(log, &after_len));
    rp_mem_free(log);
    rp_mem_free(before);
    rp_mem_free(after);
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *why = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
        fail_msg("%s", why);
    }
    sqlite3_close(db);
}

static void assert_readable(const char *path)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_reader *reader = NULL;
    struct rp_session_row row;
    struct rp_spans *spans = NULL;
    const struct rp_span *span;
    struct rp_check check;
    struct rp_arena *arena = rp_arena_new(0);
    bool found = false;
    assert_int_equal(rp_reader_open(&reader, path, &err), RP_OK);
    assert_int_equal(
        rp_reader_find(&row, reader, RP_STR(""), arena, &err), RP_OK);
    assert_int_equal(
        rp_reader_spans(&spans, reader, row.no, RP_SPANS_TREE, &err), RP_OK);
    assert_int_equal(rp_spans_next(spans, &found, &span, NULL, &err), RP_OK);
    assert_true(found);
    assert_int_equal(rp_reader_check(&check, reader, row.no, &err), RP_OK);
    assert_false(check.damaged);
    rp_spans_free(&spans);
    rp_reader_close(&reader);
    rp_arena_free(&arena);
}

static void an_older_format_is_read_as_it_is_and_migrated_to_write(void **state)
{
    static const char *const back[] = {
        "DROP TABLE export_state; PRAGMA user_version=5", /* the newest */
        "ALTER TABLE span_origin DROP resource_dropped; ALTER TABLE span_origin"
        " DROP scope_dropped; DROP TABLE digest_key; PRAGMA user_version=4",
        "ALTER TABLE span_event DROP COLUMN dropped; ALTER TABLE span_link DROP"
        " dropped; ALTER TABLE span_link DROP flags; ALTER TABLE span_link DROP"
        " tracestate; PRAGMA user_version=3",
        "DROP VIEW v_span; DROP TABLE span_import; DROP TABLE span_origin;"
        "CREATE VIEW v_span AS SELECT 1; PRAGMA user_version=2",
        "ALTER TABLE session DROP trace_random; ALTER TABLE session DROP"
        " baggage; ALTER TABLE session DROP source_trace; PRAGMA "
        "user_version=1",
    };
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = open_store(place->path);
    record_clinic(sqlite, 1);
    rp_store_sqlite_close(&sqlite);
    for (size_t older = 0; older < RP_COUNT_OF(back); older++) {
        for (size_t i = 0; i <= older; i++) {
            run_sql(place->path, back[i]);
        }
        assert_readable(place->path);
        sqlite = open_store(place->path);
        rp_store_sqlite_close(&sqlite);
        assert_readable(place->path);
        run_sql(place->path, "SELECT service, baggage, flags, key FROM v_span,"
                             " session, span_link, digest_key");
    }
}

static void what_is_no_store_is_refused_and_not_touched(void **state)
{
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_err err = RP_ERR_INIT;
    FILE *file = fopen(place->path, "wb");
    assert_non_null(file);
    for (int i = 0; i < 300; i++) {
        assert_true(fputs("hello ", file) >= 0);
    }
    fclose(file);
    assert_int_equal(rp_store_sqlite_open(&sqlite, place->path, &writing, &err),
        RP_E_INVALID);
    assert_non_null(strstr(err.text, "not a reprise store"));
    rp_err_clear(&err);
    assert_int_equal(
        rp_store_sqlite_open(&sqlite, place->directory, &writing, &err),
        RP_E_INVALID);
    rp_err_clear(&err);

    char *alien = scratch_path(place->directory, "alien.db");
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(alien, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "CREATE TABLE t(x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    size_t before_len, after_len;
    char *before = file_bytes(alien, &before_len);
    assert_int_equal(
        rp_store_sqlite_open(&sqlite, alien, &writing, &err), RP_E_INVALID);
    assert_non_null(strstr(err.text, "but not a reprise store"));
    char *after = file_bytes(alien, &after_len);
    assert_int_equal(before_len, after_len);
    assert_memory_equal(before, after, before_len);
    rp_mem_free(before);
    rp_mem_free(after);
    rp_mem_free(alien);
}

static void a_missing_store_is_created_only_when_asked(void **state)
{
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_err err = RP_ERR_INIT;
    const struct rp_store_sqlite_options no_create = {.create = false};
    struct rp_reader *reader = NULL;
    assert_int_equal(
        rp_store_sqlite_open(&sqlite, place->path, &no_create, &err),
        RP_E_NOT_FOUND);
    rp_err_clear(&err);
    assert_int_equal(
        rp_reader_open(&reader, place->path, &err), RP_E_NOT_FOUND);
    size_t len;
    assert_null(file_bytes(place->path, &len));
}

static void a_store_is_private_and_ignored_by_git(void **state)
{
    struct place *place = *state;
    char *path = scratch_path(place->directory, ".reprise/store.db");
    char *directory = scratch_path(place->directory, ".reprise");
    char *ignore = scratch_path(place->directory, ".reprise/.gitignore");
    struct rp_store_sqlite *sqlite = open_store(path);
    record_clinic(sqlite, 1);
    struct stat found;
    assert_int_equal(stat(directory, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0700);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    char *log = scratch_path(place->directory, ".reprise/store.db-wal");
    assert_int_equal(stat(log, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    size_t len;
    char *text = file_bytes(ignore, &len);
    assert_non_null(text);
    assert_string_equal(text, "*\n");
    rp_store_sqlite_close(&sqlite);
    rp_mem_free(text);
    rp_mem_free(log);
    rp_mem_free(ignore);
    rp_mem_free(directory);
    rp_mem_free(path);
}

/* As docs/store.md lists them. */
static void every_view_can_be_read_by_any_tool(void **state)
{
    static const char *const queries[] = {
        "SELECT count(*) FROM v_session WHERE outcome = 'degraded' AND"
        " took_s = 12.0 AND notes = 'notes failed' AND records = 7",
        "SELECT count(*) FROM v_record WHERE event = 'call_completed' AND"
        " length(digest) = 64",
        "SELECT count(*) FROM v_span WHERE took_s >= 0 AND"
        " (parent_span_id IS NOT NULL OR role = 'session')",
        "SELECT count(*) FROM v_span WHERE error_type = 'timeout' AND"
        " status = 'error' AND path = 'gather/notes@1'",
        "SELECT count(*) FROM v_span_event WHERE name = 'reprise.retry' AND"
        " reason = 'timeout' AND after_s = 10.0",
        "SELECT count(*) FROM v_span_link WHERE type = 'retry_of' AND"
        " length(target_span_id) = 16",
        "SELECT count(*) FROM v_payload WHERE text LIKE '%encounter%'",
    };
    static const int expected[] = {1, 4, 10, 1, 1, 1, 1};
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = open_store(place->path);
    record_clinic(sqlite, 1);
    rp_store_sqlite_close(&sqlite);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    for (size_t i = 0; i < RP_COUNT_OF(queries); i++) {
        sqlite3_stmt *stmt = NULL;
        assert_int_equal(
            sqlite3_prepare_v2(db, queries[i], -1, &stmt, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        assert_int_equal(sqlite3_column_int(stmt, 0), expected[i]);
        sqlite3_finalize(stmt);
    }
    sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_session_is_read_back_as_it_was_recorded),
        TEST(records_stream_in_order_with_their_chain),
        TEST(nothing_is_in_the_file_before_the_commit),
        TEST(a_busy_store_loses_nothing_and_takes_it_later),
        TEST(a_full_disk_is_an_error_with_its_text_and_stays_one),
        TEST(two_sessions_share_one_connection),
        TEST(the_same_session_cannot_be_recorded_twice),
        TEST(payloads_come_back_byte_for_byte),
        TEST(a_payload_that_is_shared_is_kept_once),
        TEST(a_newer_format_is_refused_and_not_touched),
        TEST(an_older_format_is_read_as_it_is_and_migrated_to_write),
        TEST(what_is_no_store_is_refused_and_not_touched),
        TEST(a_missing_store_is_created_only_when_asked),
        TEST(a_store_is_private_and_ignored_by_git),
        TEST(every_view_can_be_read_by_any_tool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
