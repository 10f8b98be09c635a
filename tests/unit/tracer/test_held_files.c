/* Several connections of one process to a store, and another process. */
#include <reprise/reader.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

#define NO_SUCH_PROGRAM 127

static void record(const char *path)
{
    static const struct rp_store_sqlite_options options = {.create = true};
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_err err = RP_ERR_INIT;
    struct journal journal;
    assert_int_equal(
        rp_store_sqlite_open(&sqlite, path, &options, &err), RP_OK);
    struct rp_store *store = rp_store_sqlite_recorder(sqlite);
    journal_begin(&journal, 1, store, NULL);
    clinic_all(&journal);
    rp_store_free(&store);
    rp_store_sqlite_close(&sqlite);
}

static struct rp_reader *reader_of(const char *path)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_reader *reader = NULL;
    assert_int_equal(rp_reader_open(&reader, path, &err), RP_OK);
    return reader;
}

/* By a process of its own, whose connection is then closed. */
static int change(const char *path)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        execlp("sqlite3", "sqlite3", path, "UPDATE session SET notes = 'new'",
            (char *)NULL);
        _exit(NO_SUCH_PROGRAM);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void another_connection_does_not_cost_the_first_its_locks(void **state)
{
    (void)state;
    struct stat st;
    char *directory = scratch_new();
    char *path = scratch_path(directory, "store.db");
    char *log = scratch_path(directory, "store.db-wal");
    record(path);
    struct rp_reader *first = reader_of(path);
    struct rp_reader *second = reader_of(path);
    rp_reader_close(&second);
    int status = change(path);
    /* Without locks the other one takes itself for the last, and removes it. */
    bool kept = stat(log, &st) == 0 && st.st_size > 0;
    rp_reader_close(&first);
    scratch_remove(&directory);
    rp_mem_free(log);
    rp_mem_free(path);
    if (status == NO_SUCH_PROGRAM) {
        skip();
    }
    assert_int_equal(status, 0);
    assert_true(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_connection_does_not_cost_the_first_its_locks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
