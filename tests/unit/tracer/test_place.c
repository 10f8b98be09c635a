#define _POSIX_C_SOURCE 200809L /* mkdir, symlink */

#include <reprise/store_sqlite.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "support.h"

static int set_up(void **state)
{
    *state = scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    char *directory = *state;
    scratch_remove(&directory);
    return 0;
}

static void make(const char *directory, const char *name)
{
    char *path = scratch_path(directory, name);
    assert_int_equal(mkdir(path, 0700), 0);
    rp_mem_free(path);
}

static void put(const char *directory, const char *name, const char *text)
{
    char *path = scratch_path(directory, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
    rp_mem_free(path);
}

static void assert_place(const char *option, const char *environment,
    const char *root, const char *start, enum rp_store_origin origin,
    const char *expected, bool exists)
{
    struct rp_store_place place;
    struct rp_err err = RP_ERR_INIT;
    char *directory = scratch_path(root, start);
    char *path = scratch_path(root, expected);
    assert_int_equal(
        rp_store_locate(&place, option, environment, directory, &err), RP_OK);
    assert_string_equal(place.path, expected[0] == '/' ? expected : path);
    assert_int_equal(place.origin, origin);
    assert_int_equal(place.exists, exists);
    rp_store_place_fini(&place);
    rp_mem_free(directory);
    rp_mem_free(path);
}

static void the_option_wins_then_the_environment_then_the_search(void **state)
{
    const char *root = *state;
    make(root, "a");
    assert_place(
        "/x/y.db", "/z.db", root, "a", RP_STORE_FROM_OPTION, "/x/y.db", false);
    assert_place(
        "", "/z.db", root, "a", RP_STORE_FROM_ENVIRONMENT, "/z.db", false);
    assert_place(
        NULL, "", root, "a", RP_STORE_DEFAULT, "a/.reprise/store.db", false);
}

static void the_store_is_found_upward_and_the_nearest_wins(void **state)
{
    const char *root = *state;
    make(root, ".reprise");
    put(root, ".reprise/store.db", "");
    make(root, "a");
    make(root, "a/b");
    assert_place(
        NULL, NULL, root, "a/b", RP_STORE_FOUND, ".reprise/store.db", true);
    make(root, "a/.reprise"); /* without a store in it: not one */
    assert_place(
        NULL, NULL, root, "a/b", RP_STORE_FOUND, ".reprise/store.db", true);
    put(root, "a/.reprise/store.db", "");
    assert_place(
        NULL, NULL, root, "a/b", RP_STORE_FOUND, "a/.reprise/store.db", true);
}

static bool would_commit(const char *root, const char *name)
{
    char *path = scratch_path(root, name);
    bool answer = rp_store_git_would_commit(path);
    rp_mem_free(path);
    return answer;
}

static void outside_a_work_tree_git_commits_nothing(void **state)
{
    assert_false(would_commit(*state, "store.db"));
}

static void inside_one_it_does_unless_told_not_to(void **state)
{
    const char *root = *state;
    make(root, ".git");
    make(root, ".git/info");
    make(root, "a");
    assert_true(would_commit(root, "a/runs.db"));
    put(root, ".git/info/exclude", "# nothing\n\nother.db\n");
    assert_true(would_commit(root, "a/runs.db"));
    put(root, ".git/info/exclude", "*.db\n");
    assert_false(would_commit(root, "a/runs.db"));
    put(root, ".gitignore", "!runs.db\n");
    assert_true(would_commit(root, "a/runs.db"));
    put(root, ".gitignore", "/a/\n");
    assert_false(would_commit(root, "a/runs.db"));
    put(root, ".gitignore", "/runs.db\n");
    put(root, ".git/info/exclude", "");
    assert_true(would_commit(root, "a/runs.db"));
    assert_false(would_commit(root, "runs.db"));
}

static void the_directory_of_a_store_ignores_itself(void **state)
{
    const char *root = *state;
    static const struct rp_store_sqlite_options options = {.create = true};
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_err err = RP_ERR_INIT;
    make(root, ".git");
    char *path = scratch_path(root, ".reprise/store.db");
    assert_true(rp_store_git_would_commit(path));
    assert_int_equal(
        rp_store_sqlite_open(&sqlite, path, &options, &err), RP_OK);
    assert_false(rp_store_git_would_commit(path));
    rp_store_sqlite_close(&sqlite);
    rp_mem_free(path);
}

static void a_directory_that_cannot_be_made_is_an_error_with_a_reason(
    void **state)
{
    const char *root = *state;
    static const struct rp_store_sqlite_options options = {.create = true};
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_err err = RP_ERR_INIT;
    char *path = scratch_path(root, "none/.reprise/store.db");
    assert_int_equal(
        rp_store_sqlite_open(&sqlite, path, &options, &err), RP_E_IO);
    assert_non_null(strstr(err.text, "No such file or directory"));
    rp_mem_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(the_option_wins_then_the_environment_then_the_search),
        TEST(the_store_is_found_upward_and_the_nearest_wins),
        TEST(outside_a_work_tree_git_commits_nothing),
        TEST(inside_one_it_does_unless_told_not_to),
        TEST(the_directory_of_a_store_ignores_itself),
        TEST(a_directory_that_cannot_be_made_is_an_error_with_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
