#include <reprise/export_otlp_json.h>
#include <reprise/otlp_batch.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "span_keyed.h"
#include "support.h"

static const struct rp_otlp_resource resource = {
    .service_version = {"0.1.0", 5},
    .host_name = {"ward-7", 6},
};

/* In place of the one that was drawn. */
static const struct rp_digest key = {{1, 2, 3}};

static void set_key(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(
                         db, "UPDATE digest_key SET key = ?", -1, &stmt, NULL),
        SQLITE_OK);
    sqlite3_bind_blob(stmt, 1, key.bytes, sizeof(key.bytes), SQLITE_STATIC);
    assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

/* The lines of the clinic's session, with `batch` spans each. */
static char *export_clinic(uint32_t records, uint32_t batch, size_t *len)
{
    static const struct rp_store_sqlite_options options = {.create = true};
    char *directory = scratch_new();
    char *path = scratch_path(directory, "store.db");
    struct rp_err err = RP_ERR_INIT;
    struct rp_store_sqlite *sqlite = NULL;
    assert_int_equal(
        rp_store_sqlite_open(&sqlite, path, &options, &err), RP_OK);
    set_key(path);
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    struct journal journal;
    journal_begin(&journal, 1, store, NULL);
    for (uint32_t i = 1; i <= records; i++) {
        clinic_record(&journal, i);
    }
    assert_int_equal(store->ops->commit(store, &err), RP_OK);
    rp_store_free(&store);

    struct rp_reader *reader = NULL;
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_session_row row;
    struct rp_otlp_batches *batches = NULL;
    const struct rp_span *const *spans;
    struct rp_buf text;
    uint32_t count = 1;
    rp_buf_init(&text, 1u << 24);
    assert_int_equal(rp_reader_open(&reader, path, &err), RP_OK);
    assert_int_equal(
        rp_reader_find(&row, reader, RP_STR("last"), arena, &err), RP_OK);
    assert_int_equal(
        rp_otlp_batches_new(&batches, reader, row.no, batch, &err), RP_OK);
    while (count > 0) {
        assert_int_equal(
            rp_otlp_batches_next(batches, &spans, &count, &err), RP_OK);
        rp_otlp_json_write(&text, &resource, &row.head, spans, count);
        rp_buf_add_text(&text, count > 0 ? "\n" : "");
    }
    rp_otlp_batches_free(&batches);
    rp_arena_free(&arena);
    rp_reader_close(&reader);
    rp_store_sqlite_close(&sqlite);
    rp_mem_free(path);
    scratch_remove(&directory);
    return rp_buf_take(&text, len);
}

/* RP_GOLDEN_UPDATE=1 writes the file anew; then read what changed. */
static void a_session_is_exported_as_the_golden_file_says(void **state)
{
    (void)state;
    size_t len, golden_len;
    char *text = export_clinic(CLINIC_RECORDS, 0, &len);
    if (getenv("RP_GOLDEN_UPDATE") != NULL) {
        FILE *file = fopen(RP_GOLDEN, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, len, file), len);
        fclose(file);
    }
    char *golden = file_bytes(RP_GOLDEN, &golden_len);
    assert_non_null(golden);
    assert_string_equal(text, golden);
    rp_mem_free(golden);
    rp_mem_free(text);
}

static const cJSON *spans_of(const struct rp_json_doc *doc)
{
    return rp_json_at(
        rp_json_root(doc), RP_STR("/resourceSpans/0/scopeSpans/0/spans"));
}

static struct rp_json_doc *parse(struct rp_str line)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_doc *doc = NULL;
    options.duplicates = RP_JSON_DUPLICATES_REFUSE;
    assert_int_equal(rp_json_read(&doc, line, &options, NULL), RP_OK);
    return doc;
}

static void batches_are_lines_and_only_ended_spans_are_in_them(void **state)
{
    (void)state;
    size_t len;
    char *text = export_clinic(3, 1, &len);
    struct rp_str rest = {text, len};
    int lines = 0;
    while (rest.len > 0) {
        struct rp_json_doc *doc = parse(rp_str_cut(rest, '\n', &rest));
        assert_int_equal(cJSON_GetArraySize(spans_of(doc)), 1);
        rp_json_free(&doc);
        lines++;
    }
    assert_int_equal(lines, 2); /* labs and its attempt */
    rp_mem_free(text);
}

static void no_span_ends_when_it_starts(void **state)
{
    (void)state;
    size_t len;
    char *text = export_clinic(CLINIC_RECORDS, 0, &len);
    struct rp_json_doc *doc = parse((struct rp_str){text, len});
    const cJSON *span;
    int empty = 0;
    cJSON_ArrayForEach(span, spans_of(doc))
    {
        const char *start = rp_json_get(span, "startTimeUnixNano")->valuestring;
        const char *end = rp_json_get(span, "endTimeUnixNano")->valuestring;
        assert_int_equal(strlen(start), strlen(end));
        assert_true(strcmp(start, end) < 0);
        empty += strtoll(end, NULL, 10) - strtoll(start, NULL, 10) == 1;
    }
    assert_int_equal(empty, 1); /* the aggregate takes no time */
    rp_json_free(&doc);
    rp_mem_free(text);
}

static void a_fold_in_memory_is_exported_in_the_same_way(void **state)
{
    (void)state;
    size_t len;
    char *text = export_clinic(CLINIC_RECORDS, 0, &len);
    struct journal journal;
    journal_begin(&journal, 1, NULL, NULL);
    journal.fold = rp_span_fold_new(&journal.head, 0);
    clinic_all(&journal);
    uint32_t count;
    const struct rp_span_change *changes =
        rp_span_fold_changes(journal.fold, &count);
    const struct rp_span *spans[32];
    static struct rp__keyed keyed;
    struct rp_arena *arena = rp_arena_new(0);
    for (uint32_t i = 0; i < count; i++) {
        struct rp_span *copy = rp_span_copy(arena, changes[i].span);
        rp__span_keyed(copy, arena, &key, &keyed);
        spans[i] = copy;
    }
    struct rp_buf out;
    rp_buf_init(&out, 1u << 24);
    rp_otlp_json_write(&out, &resource, &journal.head, spans, count);
    rp_buf_add_char(&out, '\n');
    assert_string_equal(out.ptr, text);
    rp_buf_reset(&out);
    rp_otlp_json_write(&out, &resource, &journal.head, spans, 0);
    assert_int_equal(out.len, 0);
    rp_buf_fini(&out);
    rp_arena_free(&arena);
    rp_span_fold_free(&journal.fold);
    rp_mem_free(text);
}

static void without_a_key_digests_are_left_out(void **state)
{
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST(name) "\"reprise." name ".digest\":\"" HEX64 "\""
    static const char *const cases[][2] = {
        {"{}", "{}"},
        {"{" DIGEST("input") "}", "{}"},
        {"{\"a\":1," DIGEST("input") "}", "{\"a\":1}"},
        {"{" DIGEST("input") ",\"a\":1}", "{\"a\":1}"},
        {"{\"a\":1," DIGEST("input") "," DIGEST("output") ",\"b\":[]}",
            "{\"a\":1,\"b\":[]}"},
        {"{\"a\":\"b\"," DIGEST("log") "," DIGEST("stderr") "}",
            "{\"a\":\"b\"}"},
        {"{\"reprise.reason\":\"" HEX64 "\"}",
            "{\"reprise.reason\":\"" HEX64 "\"}"},
        {"{\"reprise.fault.after\":\"" HEX64 "\"}", "{}"},
        {"{\"a\":\"" HEX64 HEX64 "\"," DIGEST("plan") "}",
            "{\"a\":\"" HEX64 HEX64 "\"}"},
        {"{\"a\":\"{\\\"reprise.log.digest\\\":\\\"" HEX64 "\\\"}\"}",
            "{\"a\":\"{\\\"reprise.log.digest\\\":\\\"" HEX64 "\\\"}\"}"},
    };
    (void)state;
    struct rp_arena *arena = rp_arena_new(0);
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct rp_str text = rp_str_of(cases[i][0]);
        struct rp_span_event event = {.attributes = text};
        struct rp_span_link link = {.attributes = text};
        struct rp_span span = {.attributes = text,
            .events = &event,
            .event_count = 1,
            .links = &link,
            .link_count = 1};
        rp__span_keyed(&span, arena, NULL, NULL);
        assert_true(rp_str_is(span.attributes, cases[i][1]));
        assert_true(rp_str_is(span.events[0].attributes, cases[i][1]));
        assert_true(rp_str_is(span.links[0].attributes, cases[i][1]));
    }
    rp_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_exported_as_the_golden_file_says),
        cmocka_unit_test(batches_are_lines_and_only_ended_spans_are_in_them),
        cmocka_unit_test(no_span_ends_when_it_starts),
        cmocka_unit_test(a_fold_in_memory_is_exported_in_the_same_way),
        cmocka_unit_test(without_a_key_digests_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
