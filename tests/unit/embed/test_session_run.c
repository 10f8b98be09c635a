/* A plan run by one call, over real workers and a real store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <reprise/reader.h>
#include <reprise/session_run.h>
#include <reprise/verify.h>

#define PLAN                                                                   \
    "{\"reprise\":1,\"name\":\"one\","                                         \
    "\"input\":{\"required\":[\"n\"],\"default\":{\"n\":7}},"                  \
    "\"agents\":{\"w\":{\"exec\":[\"./echo\",\"${{ input/n }}\"]}},"           \
    "\"flow\":{\"id\":\"w\",\"agent\":\"w\"}}"

struct fixture {
    char folder[64];
    char plan[128], worker[128], store[128];
};

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int set_up(void **state)
{
    static struct fixture f;
    (void)snprintf(f.folder, sizeof(f.folder), "/tmp/reprise-XXXXXX");
    assert_non_null(mkdtemp(f.folder));
    (void)snprintf(f.plan, sizeof(f.plan), "%s/plan.json", f.folder);
    (void)snprintf(f.worker, sizeof(f.worker), "%s/echo", f.folder);
    (void)snprintf(f.store, sizeof(f.store), "%s/store.db", f.folder);
    write_file(f.worker, "#!/bin/sh\necho \"$1\"\n", 0755);
    write_file(f.plan, PLAN, 0644);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {
        "plan.json", "echo", "store.db", "store.db-wal", "store.db-shm", "run"};
    struct fixture *f = *state;
    char path[128];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", f->folder, names[i]);
        (void)remove(path);
    }
    return rmdir(f->folder);
}

static void a_plan_runs_on_its_default_input(void **state)
{
    struct fixture *f = *state;
    struct rp_session_options options = {.plan = f->plan};
    struct rp_run_result result;
    struct rp_err err = RP_ERR_INIT;
    assert_int_equal(rp_session_run(&result, &options, &err), RP_OK);
    assert_int_equal(result.outcome, RP_OUTCOME_OK);
    assert_string_equal(result.output, "7");
    rp_run_result_fini(&result);
}

static void a_session_with_a_store_can_be_found_there(void **state)
{
    struct fixture *f = *state;
    struct rp_session_id id;
    struct rp_session_options options = {.plan = f->plan,
        .input = "{\"n\":\"x\"}",
        .store = f->store,
        .seed = 5,
        .id = &id};
    struct rp_run_result result;
    struct rp_err err = RP_ERR_INIT;
    /* "x" is no JSON: the worker's output is malformed, the session fails. */
    assert_int_equal(rp_session_run(&result, &options, &err), RP_OK);
    assert_int_equal(result.outcome, RP_OUTCOME_FAILED);
    assert_null(result.output);
    rp_run_result_fini(&result);

    struct rp_reader *reader;
    struct rp_session_row row;
    struct rp_arena *arena = rp_arena_new(0);
    assert_int_equal(rp_reader_open(&reader, f->store, &err), RP_OK);
    assert_int_equal(
        rp_reader_find(&row, reader, rp_str_of(id.text), arena, &err), RP_OK);
    assert_int_equal(row.summary.outcome, RP_OUTCOME_FAILED);
    assert_int_equal(row.head.seed, 5);
    struct rp_verification verification;
    assert_int_equal(
        rp_verify_session(&verification, reader, &row, NULL, &err), RP_OK);
    assert_int_equal(verification.first.kind, RP_DIVERGENCE_NONE);
    assert_true(verification.ended);
    rp_verification_fini(&verification);
    rp_reader_close(&reader);
    rp_arena_free(&arena);
}

static void expect_error(
    const struct rp_session_options *options, const char *text)
{
    struct rp_run_result result;
    struct rp_err err = RP_ERR_INIT;
    assert_int_not_equal(rp_session_run(&result, options, &err), RP_OK);
    if (strstr(err.text, text) == NULL) {
        fail_msg("'%s' is not in '%s'", text, err.text);
    }
}

static void what_is_wrong_is_named(void **state)
{
    struct fixture *f = *state;
    struct rp_session_options options = {.plan = "/no/such/plan.json"};
    expect_error(&options, "cannot read '/no/such/plan.json'");
    options = (struct rp_session_options){.plan = f->plan, .input = "{\"n\":"};
    expect_error(&options, "the input is not JSON: 1:6");
    options = (struct rp_session_options){
        .plan = f->plan, .store = "/no/such/folder/store.db"};
    expect_error(&options, "/no/such/folder");
    write_file(f->plan, "{\"reprise\":1,\n \"name\":7}", 0644);
    options = (struct rp_session_options){.plan = f->plan};
    expect_error(&options, "plan.json:");
}

static void an_input_that_breaks_its_contract_ends_the_session(void **state)
{
    struct fixture *f = *state;
    struct rp_session_options options = {.plan = f->plan, .input = "{}"};
    struct rp_run_result result;
    assert_int_equal(rp_session_run(&result, &options, NULL), RP_OK);
    assert_int_equal(result.outcome, RP_OUTCOME_FAILED);
    rp_run_result_fini(&result);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_plan_runs_on_its_default_input),
        CASE(a_session_with_a_store_can_be_found_there),
        CASE(what_is_wrong_is_named),
        CASE(an_input_that_breaks_its_contract_ends_the_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
