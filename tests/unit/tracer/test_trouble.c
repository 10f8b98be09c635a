/* A disk that fails under one connection, and under no other. */
#include <reprise/reader.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support.h"

#define REQUESTS_MAX 400

struct place {
    char *directory, *path;
};

static struct place place_new(void)
{
    struct place place = {.directory = scratch_new()};
    place.path = scratch_path(place.directory, "store.db");
    return place;
}

static void place_free(struct place *place)
{
    scratch_remove(&place->directory);
    rp_mem_free(place->path);
}

static struct rp_store_troubles one(
    enum rp_store_trouble_kind kind, uint32_t first, uint32_t last)
{
    return (struct rp_store_troubles){
        .items = {{.kind = kind, .first = first, .last = last}}, .count = 1};
}

static enum rp_code open_with(struct rp_store_sqlite **out,
    const struct place *place, struct rp_store_troubles *troubles,
    struct rp_err *err)
{
    struct rp_store_sqlite_options options = {
        .create = true, .troubles = troubles};
    return rp_store_sqlite_open(out, place->path, &options, err);
}

/* A session of nothing but its head, which is a commit. */
static enum rp_code record(struct rp_store_sqlite *sqlite, uint32_t n)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    struct rp_session_head head = head_of(n);
    enum rp_code rc = store->ops->begin(store, &head, &err);
    if (rc == RP_OK) {
        rc = store->ops->commit(store, &err);
    }
    rp_store_free(&store);
    return rc;
}

static void no_trouble_is_none(void **state)
{
    struct place place = place_new();
    struct rp_store_troubles troubles = {.count = 0};
    struct rp_store_sqlite *sqlite = NULL;
    (void)state;
    assert_int_equal(open_with(&sqlite, &place, &troubles, NULL), RP_OK);
    assert_int_equal(record(sqlite, 1), RP_OK);
    rp_store_sqlite_close(&sqlite);
    place_free(&place);
}

static void a_full_disk_is_told_and_the_next_one_is_well(void **state)
{
    struct place place = place_new();
    struct rp_store_troubles troubles =
        one(RP_STORE_TROUBLE_FULL, 1, UINT32_MAX);
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_err err = RP_ERR_INIT;
    (void)state;
    assert_int_equal(open_with(&sqlite, &place, &troubles, &err), RP_E_STORE);
    assert_non_null(strstr(err.text, "full"));
    assert_true(troubles.items[0].fired > 0);
    assert_int_equal(open_with(&sqlite, &place, NULL, NULL), RP_OK);
    assert_int_equal(record(sqlite, 1), RP_OK);
    rp_store_sqlite_close(&sqlite);
    place_free(&place);
}

static void another_connection_is_not_in_trouble(void **state)
{
    struct place first = place_new();
    struct place second = place_new();
    struct rp_store_sqlite *troubled = NULL;
    struct rp_store_sqlite *well = NULL;
    (void)state;
    assert_int_equal(open_with(&troubled, &first, NULL, NULL), RP_OK);
    rp_store_sqlite_close(&troubled); /* it is there, and what it has too */
    struct rp_store_troubles troubles =
        one(RP_STORE_TROUBLE_IO_ERROR, 1, UINT32_MAX);
    assert_int_equal(open_with(&troubled, &first, &troubles, NULL), RP_OK);
    assert_int_equal(open_with(&well, &second, NULL, NULL), RP_OK);
    assert_int_equal(record(troubled, 1), RP_E_STORE);
    assert_int_equal(record(well, 1), RP_OK);
    rp_store_sqlite_close(&troubled);
    assert_int_equal(record(well, 2), RP_OK);
    rp_store_sqlite_close(&well);
    place_free(&first);
    place_free(&second);
}

/* Wherever it fails, what was committed is there and the file is sound. */
static void whatever_fails_the_file_opens(void **state)
{
    static const enum rp_store_trouble_kind kinds[] = {RP_STORE_TROUBLE_FULL,
        RP_STORE_TROUBLE_SHORT_WRITE, RP_STORE_TROUBLE_IO_ERROR,
        RP_STORE_TROUBLE_FSYNC, RP_STORE_TROUBLE_SLOW_SYNC,
        RP_STORE_TROUBLE_NO_FILE};
    (void)state;
    for (size_t k = 0; k < RP_COUNT_OF(kinds); k++) {
        bool met = true;
        uint32_t at = 1;
        for (; met && at < REQUESTS_MAX; at += 1 + at / 8) {
            struct place place = place_new();
            struct rp_store_sqlite *sqlite = NULL;
            struct rp_store_troubles troubles =
                one(kinds[k], at, at + at % 2 * REQUESTS_MAX);
            bool kept = false;
            if (open_with(&sqlite, &place, &troubles, NULL) == RP_OK) {
                kept = record(sqlite, 1) == RP_OK;
                (void)!record(sqlite, 2);
            }
            rp_store_sqlite_close(&sqlite);
            met = troubles.items[0].fired > 0;
            assert_int_equal(open_with(&sqlite, &place, NULL, NULL), RP_OK);
            assert_int_equal(record(sqlite, 1) != RP_OK, kept);
            assert_int_equal(record(sqlite, 3), RP_OK);
            rp_store_sqlite_close(&sqlite);
            place_free(&place);
        }
        assert_true(at > 2 && at < REQUESTS_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_trouble_is_none),
        cmocka_unit_test(a_full_disk_is_told_and_the_next_one_is_well),
        cmocka_unit_test(another_connection_is_not_in_trouble),
        cmocka_unit_test(whatever_fails_the_file_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
