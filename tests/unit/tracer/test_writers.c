#define _POSIX_C_SOURCE 200809L /* fork, kill, nanosleep */

#include <reprise/store_sqlite.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <reprise/reader.h>

#include "support.h"

static const struct rp_store_sqlite_options writing = {.create = true};

struct place {
    char *directory, *path;
};

static int set_up(void **state)
{
    struct place *place = rp_mem_zalloc(sizeof(*place));
    place->directory = scratch_new();
    place->path = scratch_path(place->directory, ".reprise/store.db");
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

#define TRIES 1000000 /* ends what is busy for ever */

static void a_moment(void)
{
    nanosleep(&(struct timespec){0, 500000}, NULL);
}

/* As the runner does: busy is tried again a moment later. */
static bool commit(struct rp_store *store)
{
    struct rp_err err = RP_ERR_INIT;
    for (int i = 0; i < TRIES; i++) {
        rp_err_clear(&err);
        enum rp_code rc = store->ops->commit(store, &err);
        if (rc != RP_E_BUSY) {
            if (rc != RP_OK) {
                (void)fprintf(stderr, "%s\n", err.text);
            }
            return rc == RP_OK;
        }
        a_moment();
    }
    (void)fprintf(stderr, "always busy\n");
    return false;
}

/* Records sessions `first`, +1, … with a commit after each record, and tells
 * through `fd` what was committed. Never returns. */
static void write_sessions(
    const char *path, uint32_t first, uint32_t count, int fd)
{
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_err err = RP_ERR_INIT;
    if (rp_store_sqlite_open(&sqlite, path, &writing, &err) != RP_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        _exit(1);
    }
    for (uint32_t n = first; n < first + count; n++) {
        struct rp_store *store = rp_store_sqlite_recorder(sqlite);
        struct journal journal;
        journal_begin(&journal, n, store, NULL);
        for (uint32_t i = 1; i <= CLINIC_RECORDS; i++) {
            clinic_record(&journal, i);
            if (!commit(store)) {
                _exit(1);
            }
            if (fd >= 0 && write(fd, "x", 1) != 1) {
                _exit(1);
            }
        }
        rp_store_free(&store);
    }
    rp_store_sqlite_close(&sqlite);
    _exit(0);
}

static void many_processes_create_and_write_one_store(void **state)
{
    enum { WRITERS = 6, SESSIONS = 20 };
    struct place *place = *state;
    pid_t pids[WRITERS];
    for (uint32_t i = 0; i < WRITERS; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            write_sessions(place->path, i * 1000, SESSIONS, -1);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    struct rp_reader *reader = NULL;
    struct rp_err err = RP_ERR_INIT;
    assert_int_equal(rp_reader_open(&reader, place->path, &err), RP_OK);
    for (int64_t no = 1; no <= WRITERS * SESSIONS; no++) {
        struct rp_check check;
        assert_int_equal(rp_reader_check(&check, reader, no, &err), RP_OK);
        assert_string_equal(check.what, "");
        assert_int_equal(check.records, CLINIC_RECORDS);
    }
    rp_reader_close(&reader);
}

static uint64_t records_of(const char *path, int64_t *sessions)
{
    struct rp_reader *reader = NULL;
    struct rp_sessions *list = NULL;
    struct rp_session_row row;
    struct rp_err err = RP_ERR_INIT;
    struct rp_arena *arena = rp_arena_new(0);
    bool found = true;
    uint64_t records = 0;
    *sessions = 0;
    assert_int_equal(rp_reader_open(&reader, path, &err), RP_OK);
    assert_int_equal(rp_reader_sessions(&list, reader, NULL, &err), RP_OK);
    while (found) {
        assert_int_equal(
            rp_sessions_next(list, arena, &found, &row, &err), RP_OK);
        if (found) {
            struct rp_check check;
            assert_int_equal(
                rp_reader_check(&check, reader, row.no, &err), RP_OK);
            assert_string_equal(check.what, "");
            records += check.records;
            (*sessions)++;
        }
    }
    rp_sessions_free(&list);
    rp_reader_close(&reader);
    rp_arena_free(&arena);
    return records;
}

static void a_writer_that_is_killed_leaves_what_it_committed(void **state)
{
    struct place *place = *state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(fds[0]);
        write_sessions(place->path, 0, 100000, fds[1]);
    }
    close(fds[1]);
    char told[512];
    ssize_t got = 0, all = 0;
    while (all < 300 && (got = read(fds[0], told, sizeof(told))) > 0) {
        all += got;
    }
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    while ((got = read(fds[0], told, sizeof(told))) > 0) {
        all += got;
    }
    close(fds[0]);
    int64_t sessions;
    uint64_t records = records_of(place->path, &sessions);
    assert_true(records >= (uint64_t)all);
    assert_true(records <= (uint64_t)all + 1); /* committed, not yet told */
    /* and the next process goes on with the same file */
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_err err = RP_ERR_INIT;
    assert_int_equal(
        rp_store_sqlite_open(&sqlite, place->path, &writing, &err), RP_OK);
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    struct journal journal;
    journal_begin(&journal, 900000, store, NULL);
    clinic_all(&journal);
    rp_store_free(&store);
    rp_store_sqlite_close(&sqlite);
    int64_t then;
    assert_int_equal(records_of(place->path, &then), records + CLINIC_RECORDS);
    assert_int_equal(then, sessions + 1);
}

static size_t size_of(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    fclose(file);
    return (size_t)size;
}

static void put_noise(struct rp_store *store, uint32_t seed)
{
    static char noise[1u << 20];
    struct rp_err err = RP_ERR_INIT;
    uint32_t x = seed;
    for (size_t i = 0; i < sizeof(noise); i++) {
        x = x * 1664525u + 1013904223u;
        noise[i] = (char)(x >> 24);
    }
    struct rp_str bytes = {noise, sizeof(noise)};
    struct rp_digest digest = rp_digest_of(bytes);
    assert_int_equal(store->ops->put(store, &digest, bytes, &err), RP_OK);
}

static void a_long_run_moves_its_log_into_the_store_meanwhile(void **state)
{
    struct place *place = *state;
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_err err = RP_ERR_INIT;
    assert_int_equal(
        rp_store_sqlite_open(&sqlite, place->path, &writing, &err), RP_OK);
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    struct journal journal;
    journal_begin(&journal, 1, store, NULL);
    clinic_record(&journal, 1);
    for (uint32_t i = 0; i < 16; i++) { /* MiB that do not compress */
        put_noise(store, i);
        clinic_record(&journal, 2);
        assert_true(commit(store));
    }
    /* The thread is at it; commits go on until it shows. */
    uint32_t commits = 0;
    while (size_of(place->path) < 8u << 20 && commits < 100000) {
        clinic_record(&journal, 2);
        assert_true(commit(store));
        a_moment();
        commits++;
    }
    assert_true(size_of(place->path) >= 8u << 20);
    rp_store_free(&store);
    rp_store_sqlite_close(&sqlite);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(many_processes_create_and_write_one_store),
        TEST(a_writer_that_is_killed_leaves_what_it_committed),
        TEST(a_long_run_moves_its_log_into_the_store_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
