#define _POSIX_C_SOURCE 200809L /* chmod */

#include <reprise/reader.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reader_parts.h"
#include "support.h"

struct place {
    char *directory, *path;
    struct rp_store_sqlite *sqlite;
    struct rp_reader *reader;
    struct rp_arena *arena;
};

static void record(struct place *place, uint32_t n, uint32_t records)
{
    struct rp_store *store = rp_store_sqlite_recorder(place->sqlite);
    struct journal journal;
    struct rp_err err = RP_ERR_INIT;
    journal_begin(&journal, n, store, NULL);
    for (uint32_t i = 1; i <= records; i++) {
        clinic_record(&journal, i);
    }
    assert_int_equal(store->ops->commit(store, &err), RP_OK);
    rp_store_free(&store);
}

static int set_up(void **state)
{
    static const struct rp_store_sqlite_options options = {.create = true};
    struct place *place = rp_mem_zalloc(sizeof(*place));
    struct rp_err err = RP_ERR_INIT;
    place->directory = scratch_new();
    place->path = scratch_path(place->directory, "store.db");
    place->arena = rp_arena_new(0);
    *state = place;
    return rp_store_sqlite_open(&place->sqlite, place->path, &options, &err) ==
                       RP_OK &&
                   rp_reader_open(&place->reader, place->path, &err) == RP_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    rp_reader_close(&place->reader);
    rp_store_sqlite_close(&place->sqlite);
    rp_arena_free(&place->arena);
    scratch_remove(&place->directory);
    rp_mem_free(place->path);
    rp_mem_free(place);
    return 0;
}

/* Numbers of the sessions that a filter lets through, as "3 2 1". */
static const char *listed(
    struct place *place, const struct rp_session_filter *filter)
{
    static char text[256];
    struct rp_sessions *sessions = NULL;
    struct rp_session_row row;
    struct rp_err err = RP_ERR_INIT;
    bool found = true;
    text[0] = '\0';
    assert_int_equal(
        rp_reader_sessions(&sessions, place->reader, filter, &err), RP_OK);
    while (found) {
        assert_int_equal(
            rp_sessions_next(sessions, place->arena, &found, &row, &err),
            RP_OK);
        if (found) {
            size_t len = strlen(text);
            snprintf(text + len, sizeof(text) - len, "%s%d",
                len == 0 ? "" : " ", (int)row.no);
        }
    }
    rp_sessions_free(&sessions);
    return text;
}

static void sessions_are_listed_newest_first_and_filtered(void **state)
{
    struct place *place = *state;
    record(place, 20, CLINIC_RECORDS); /* 1 */
    record(place, 10, 2);              /* 2: older, and never ended */
    record(place, 30, CLINIC_RECORDS); /* 3 */
    assert_string_equal(listed(place, NULL), "3 1 2");
    struct rp_session_filter filter = {.limit = 2};
    assert_string_equal(listed(place, &filter), "3 1");
    filter = (struct rp_session_filter){
        .outcomes = 1u << RP_OUTCOME_DEGRADED | 1u << RP_OUTCOME_FAILED};
    assert_string_equal(listed(place, &filter), "3 1");
    filter.outcomes = 1u << RP_OUTCOME_NONE;
    assert_string_equal(listed(place, &filter), "2");
    filter.outcomes = 1u << RP_OUTCOME_OK;
    assert_string_equal(listed(place, &filter), "");
    filter = (struct rp_session_filter){.plan = RP_STR("clinic")};
    assert_string_equal(listed(place, &filter), "3 1 2");
    filter.plan = RP_STR("cl*");
    assert_string_equal(listed(place, &filter), "3 1 2");
    filter.plan = RP_STR("clin");
    assert_string_equal(listed(place, &filter), "");
    filter = (struct rp_session_filter){.since = head_of(20).began};
    assert_string_equal(listed(place, &filter), "3 1");
    filter = (struct rp_session_filter){.tag = {RP_STR("team"), RP_STR("red")}};
    assert_string_equal(listed(place, &filter), "3 1 2");
    filter.tag.value = RP_STR("blue");
    assert_string_equal(listed(place, &filter), "");
    filter = (struct rp_session_filter){.before = head_of(30).id};
    assert_string_equal(listed(place, &filter), "1 2");
    filter = (struct rp_session_filter){.modes = 1u << RP_MODE_RERUN};
    assert_string_equal(listed(place, &filter), "");
}

static enum rp_code find(
    struct place *place, const char *text, int64_t *no, struct rp_err *err)
{
    struct rp_session_row row;
    enum rp_code rc =
        rp_reader_find(&row, place->reader, rp_str_of(text), place->arena, err);
    *no = rc == RP_OK ? row.no : 0;
    return rc;
}

static void a_session_is_found_by_prefix_end_or_as_the_last(void **state)
{
    struct place *place = *state;
    struct rp_err err = RP_ERR_INIT;
    int64_t no;
    assert_int_equal(find(place, "last", &no, &err), RP_E_NOT_FOUND);
    assert_non_null(strstr(err.text, "no session"));
    rp_err_clear(&err);
    record(place, 1, 1);
    record(place, 2, 1);
    struct rp_session_head head = head_of(1);
    char text[RP_SESSION_ID_LEN + 1];
    assert_int_equal(find(place, "", &no, &err), RP_OK);
    assert_int_equal(no, 2);
    assert_int_equal(find(place, head.id.text, &no, &err), RP_OK);
    assert_int_equal(no, 1);
    for (size_t i = 0; i <= RP_SESSION_ID_LEN; i++) { /* lower case */
        char c = head.id.text[i];
        text[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    assert_int_equal(find(place, text, &no, &err), RP_OK);
    assert_int_equal(no, 1);
    text[12] = '\0';
    assert_int_equal(find(place, text, &no, &err), RP_OK);
    assert_int_equal(no, 1);
    text[4] = '\0';
    assert_int_equal(find(place, text, &no, &err), RP_E_INVALID);
    assert_non_null(strstr(err.text, head.id.text));
    rp_err_clear(&err);
    assert_int_equal(find(place, head.id.text + 10, &no, &err), RP_OK);
    assert_int_equal(no, 1);
    assert_int_equal(find(place, "ZZZZ", &no, &err), RP_E_NOT_FOUND);
    rp_err_clear(&err);
    assert_int_equal(find(place, "no'id; --", &no, &err), RP_E_NOT_FOUND);
}

static void spans_come_in_tree_order_with_their_depth(void **state)
{
    static const char *const expected[] = {"0 invoke_workflow clinic",
        "1 gather", "2 invoke_agent labs", "3 labs", "2 invoke_agent notes",
        "3 notes", "3 notes", "2 aggregate gather", "1 invoke_agent writer",
        "2 summary"};
    struct place *place = *state;
    struct rp_spans *spans = NULL;
    const struct rp_span *span;
    struct rp_err err = RP_ERR_INIT;
    bool found;
    uint32_t depth;
    record(place, 1, CLINIC_RECORDS);
    assert_int_equal(
        rp_reader_spans(&spans, place->reader, 1, RP_SPANS_TREE, &err), RP_OK);
    struct rp_span_id ids[8];
    for (size_t i = 0; i < RP_COUNT_OF(expected); i++) {
        char text[64];
        assert_int_equal(
            rp_spans_next(spans, &found, &span, &depth, &err), RP_OK);
        assert_true(found);
        snprintf(text, sizeof(text), "%u %.*s", depth, RP_STR_ARG(span->name));
        assert_string_equal(text, expected[i]);
        ids[depth] = span->id;
        if (depth > 0) {
            assert_memory_equal(
                &span->parent, &ids[depth - 1], sizeof(span->parent));
        }
        if (rp_str_is(span->path, "gather/notes@1")) {
            assert_int_equal(span->event_count, 3);
            assert_true(rp_str_is(span->events[2].name, "reprise.released"));
        }
        if (rp_str_is(span->path, "gather/notes@2")) {
            assert_int_equal(span->link_count, 1);
        }
    }
    assert_int_equal(rp_spans_next(spans, &found, &span, &depth, &err), RP_OK);
    assert_false(found);
    rp_spans_free(&spans);
}

static void spans_of_a_running_session_are_open(void **state)
{
    struct place *place = *state;
    struct rp_spans *spans = NULL;
    const struct rp_span *span;
    struct rp_err err = RP_ERR_INIT;
    bool found = true;
    int open = 0, ended = 0;
    record(place, 1, 3);
    assert_int_equal(
        rp_reader_spans(&spans, place->reader, 1, RP_SPANS_STARTED, &err),
        RP_OK);
    while (found) {
        assert_int_equal(
            rp_spans_next(spans, &found, &span, NULL, &err), RP_OK);
        if (found) {
            open += !span->ended;
            ended += span->ended;
        }
    }
    assert_int_equal(open, 4);
    assert_int_equal(ended, 2);
    rp_spans_free(&spans);
}

static struct rp_check check_of(struct place *place, int64_t no)
{
    struct rp_check check;
    struct rp_err err = RP_ERR_INIT;
    assert_int_equal(rp_reader_check(&check, place->reader, no, &err), RP_OK);
    return check;
}

/* Closes everything so that the file itself holds what was recorded. */
static void reopen_after(struct place *place, const char *from, const char *to)
{
    struct rp_err err = RP_ERR_INIT;
    rp_reader_close(&place->reader);
    rp_store_sqlite_close(&place->sqlite);
    assert_true(file_patch(place->path, from, to));
    assert_int_equal(rp_reader_open(&place->reader, place->path, &err), RP_OK);
}

static void a_whole_session_passes_the_check(void **state)
{
    struct place *place = *state;
    record(place, 1, CLINIC_RECORDS);
    record(place, 2, 3);
    struct rp_check check = check_of(place, 1);
    assert_false(check.damaged);
    assert_int_equal(check.records, CLINIC_RECORDS);
    assert_int_equal(check.payloads, 3);
    assert_false(check_of(place, 2).damaged);
    struct rp_err err = RP_ERR_INIT;
    assert_int_equal(
        rp_reader_check(&check, place->reader, 3, &err), RP_E_NOT_FOUND);
}

static void a_changed_byte_of_a_record_is_found_with_its_number(void **state)
{
    struct place *place = *state;
    record(place, 1, CLINIC_RECORDS);
    reopen_after(place, "backoff gather/notes", "backoff gather/notez");
    struct rp_check check = check_of(place, 1);
    assert_true(check.damaged);
    assert_int_equal(check.damaged_seq, 5);
    assert_string_equal(check.what, "record 5 does not match its digest");
    assert_int_equal(check.records, 4);
}

static void a_changed_byte_of_a_payload_is_found_with_its_record(void **state)
{
    struct place *place = *state;
    record(place, 1, CLINIC_RECORDS);
    reopen_after(place, "\"summary\":\"fine\"", "\"summary\":\"Fine\"");
    struct rp_check check = check_of(place, 1);
    assert_true(check.damaged);
    assert_int_equal(check.damaged_seq, 2);
    assert_non_null(strstr(check.what, "does not match its digest"));
    struct rp_digest digest = rp_digest_of(rp_str_of(output_text));
    char *bytes = NULL;
    size_t len;
    struct rp_err err = RP_ERR_INIT;
    assert_int_equal(
        rp_reader_payload(&bytes, &len, place->reader, &digest, &err),
        RP_E_DAMAGED);
    assert_null(bytes);
}

static void execute(struct place *place, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void what_is_missing_or_rewritten_is_found(void **state)
{
    struct place *place = *state;
    record(place, 1, CLINIC_RECORDS);
    record(place, 2, CLINIC_RECORDS);
    record(place, 3, CLINIC_RECORDS);
    record(place, 4, CLINIC_RECORDS);
    execute(place, "DELETE FROM record WHERE no = (1 << 24 | 4)");
    assert_string_equal(check_of(place, 1).what, "record 4 is missing");
    execute(place, "DELETE FROM record WHERE no = (2 << 24 | 7)");
    assert_string_equal(check_of(place, 2).what, "record 7 is missing");
    execute(place, "UPDATE session SET seed='1' WHERE no = 3");
    assert_string_equal(check_of(place, 3).what,
        "the row of the session does not match its head");
    execute(place, "DELETE FROM payload WHERE size = 18");
    struct rp_check check = check_of(place, 4);
    assert_true(check.damaged);
    assert_non_null(strstr(check.what, "is not in the store"));
}

static void a_store_that_cannot_be_written_can_be_read(void **state)
{
    struct place *place = *state;
    if (geteuid() == 0) {
        /* permissions do not hold for root: nothing would be tested */
        skip();
    }
    record(place, 1, CLINIC_RECORDS);
    rp_reader_close(&place->reader);
    rp_store_sqlite_close(&place->sqlite);
    assert_int_equal(chmod(place->path, 0400), 0);
    assert_int_equal(chmod(place->directory, 0500), 0);
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc = rp_reader_open(&place->reader, place->path, &err);
    assert_int_equal(chmod(place->directory, 0700), 0);
    assert_string_equal(err.text, "");
    assert_int_equal(rc, RP_OK);
    assert_string_equal(listed(place, NULL), "1");
}

/* Counts the steps of SQLite's machine. */
static int count_step(void *context)
{
    uint64_t *steps = context;
    (*steps)++;
    return 0;
}

static void the_newest_of_ten_thousand_sessions_cost_no_scan(void **state)
{
    struct place *place = *state;
    struct rp_err err = RP_ERR_INIT;
    for (uint32_t i = 0; i < 10000; i++) {
        struct rp_store *store = rp_store_sqlite_recorder(place->sqlite);
        struct journal journal;
        journal_begin(&journal, i, store, NULL);
        clinic_record(&journal, 1);
        enum rp_code rc = RP_E_BUSY;
        while (rc == RP_E_BUSY) { /* the log is being moved meanwhile */
            rp_err_clear(&err);
            rc = store->ops->commit(store, &err);
        }
        assert_int_equal(rc, RP_OK);
        rp_store_free(&store);
    }
    struct rp_session_filter filter = {.limit = 50};
    uint64_t steps = 0;
    sqlite3_progress_handler(place->reader->sqlite->db, 1, count_step, &steps);
    const char *text = listed(place, &filter);
    sqlite3_progress_handler(place->reader->sqlite->db, 0, NULL, NULL);
    assert_true(strncmp(text, "10000 9999 9998", 15) == 0);
    assert_true(steps > 0);
    assert_true(steps < 10000); /* not one for each session */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(sessions_are_listed_newest_first_and_filtered),
        TEST(a_session_is_found_by_prefix_end_or_as_the_last),
        TEST(spans_come_in_tree_order_with_their_depth),
        TEST(spans_of_a_running_session_are_open),
        TEST(a_whole_session_passes_the_check),
        TEST(a_changed_byte_of_a_record_is_found_with_its_number),
        TEST(a_changed_byte_of_a_payload_is_found_with_its_record),
        TEST(what_is_missing_or_rewritten_is_found),
        TEST(a_store_that_cannot_be_written_can_be_read),
        TEST(the_newest_of_ten_thousand_sessions_cost_no_scan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
