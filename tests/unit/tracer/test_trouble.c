/* A disk that fails under one connection, and under no other. */
#include <reprise/reader.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support.h"

#define REQUESTS_MAX 400
#define SESSIONS 4

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
        RP_STORE_TROUBLE_NO_FILE, RP_STORE_TROUBLE_READ_ONLY};
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

/* Writes sessions to the end of the power; a byte to `told` for each that was
 * told to be on the disk. */
static void write_until_dark(
    const struct place *place, struct rp_store_troubles *troubles, int told)
{
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_store_sqlite_options options = {
        .create = true, .troubles = troubles, .durability = RP_DURABILITY_FULL};
    bool open =
        rp_store_sqlite_open(&sqlite, place->path, &options, NULL) == RP_OK;
    for (uint32_t n = 1; open && n <= SESSIONS; n++) {
        if (record(sqlite, n) != RP_OK || write(told, "x", 1) != 1) {
            break;
        }
    }
    rp_store_sqlite_close(&sqlite);
    _exit(0);
}

/* How many were told to be there; whether it came to the end of the power. */
static uint32_t darken(
    const struct place *place, struct rp_store_troubles *troubles, bool *dark)
{
    int ends[2], status = 0;
    char byte;
    uint32_t told = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[0]); /* the other's */
        write_until_dark(place, troubles, ends[1]);
    }
    (void)close(ends[1]); /* the child's */
    while (read(ends[0], &byte, 1) == 1) {
        told++;
    }
    (void)close(ends[0]); /* nothing is in it */
    assert_int_equal(waitpid(child, &status, 0), child);
    *dark = WIFSIGNALED(status);
    return told;
}

static void what_was_synced_is_there_after_the_power_fails(void **state)
{
    static const enum rp_store_cut cuts[] = {
        RP_STORE_CUT_LOST, RP_STORE_CUT_TORN, RP_STORE_CUT_REORDERED};
    (void)state;
    for (size_t k = 0; k < RP_COUNT_OF(cuts); k++) {
        bool dark = true;
        uint32_t at = 1, most = 0;
        for (; dark && at < REQUESTS_MAX; at += 1 + at / 2) {
            struct place place = place_new();
            struct rp_store_sqlite *sqlite = NULL;
            struct rp_store_troubles troubles =
                one(RP_STORE_TROUBLE_POWER_CUT, at, at);
            troubles.items[0].cut = cuts[k];
            uint32_t told = darken(&place, &troubles, &dark);
            most = told > most ? told : most;
            assert_int_equal(open_with(&sqlite, &place, NULL, NULL), RP_OK);
            for (uint32_t n = 1; n <= told; n++) { /* it is there already */
                assert_int_not_equal(record(sqlite, n), RP_OK);
            }
            assert_int_equal(record(sqlite, SESSIONS + 1), RP_OK);
            rp_store_sqlite_close(&sqlite);
            place_free(&place);
        }
        assert_false(dark); /* it came to an end before */
        assert_int_equal(most, SESSIONS);
    }
}

static void a_bit_that_flips_is_one_of_what_is_written(void **state)
{
    struct place place = place_new();
    struct rp_store_troubles troubles = one(RP_STORE_TROUBLE_BIT_FLIP, 3, 3);
    struct rp_store_sqlite *sqlite = NULL;
    (void)state;
    if (open_with(&sqlite, &place, &troubles, NULL) == RP_OK) {
        (void)!record(sqlite, 1);
    }
    rp_store_sqlite_close(&sqlite);
    assert_int_equal(troubles.items[0].fired, 1);
    place_free(&place);
}

static void a_file_that_is_gone_is_told(void **state)
{
    struct place place = place_new();
    struct rp_store_sqlite *sqlite = NULL;
    (void)state;
    assert_int_equal(open_with(&sqlite, &place, NULL, NULL), RP_OK);
    assert_int_equal(record(sqlite, 1), RP_OK);
    assert_int_equal(unlink(place.path), 0);
    assert_int_equal(record(sqlite, 2), RP_E_STORE);
    rp_store_sqlite_close(&sqlite);
    place_free(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_trouble_is_none),
        cmocka_unit_test(a_full_disk_is_told_and_the_next_one_is_well),
        cmocka_unit_test(another_connection_is_not_in_trouble),
        cmocka_unit_test(whatever_fails_the_file_opens),
        cmocka_unit_test(what_was_synced_is_there_after_the_power_fails),
        cmocka_unit_test(a_bit_that_flips_is_one_of_what_is_written),
        cmocka_unit_test(a_file_that_is_gone_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
