/* Bundles of played sessions: written, altered at every byte, given to another
 * store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <reprise/bundle.h>
#include <reprise/verify.h>

#include "stage.h"

#define PLAN                                                                   \
    "{\"reprise\":1,\"name\":\"b\",\"agents\":{\"a\":{\"exec\":[\"a\"],"       \
    "\"retry\":{\"attempts\":2,\"on\":[\"exit\"],\"backoff\":\"1ms..1ms\"}}}," \
    "\"flow\":{\"id\":\"all\",\"parallel\":{\"x\":{\"agent\":\"a\"},"          \
    "\"y\":{\"agent\":\"a\"}},\"aggregate\":{}}}"

static const struct script_line lines[] = {
    {"all/x@1", 5, NULL, 3, 0, 0, 0},
    {"all/x@2", 5, "{\"n\":\"\\u0000\"}", 0, 0, 0, 0},
    {"all/y@1", 5, "[1.50]", 0, 0, 0, 0},
};

struct fixture {
    struct stage stage;
    struct rp_recording *recording;
    char path[64];
    char *bytes; /* of the bundle, owned */
    size_t len;
};

static void write_file(const struct fixture *f, const char *bytes, size_t len)
{
    FILE *file = fopen(f->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    struct fixture *f = rp_mem_zalloc(sizeof(*f));
    stage_play(&f->stage, PLAN, "{\"p\": 1}", lines, RP_COUNT_OF(lines));
    assert_int_equal(rp_recording_of_memory(&f->recording, f->stage.store,
                         &f->stage.head, NULL, NULL),
        RP_OK);
    (void)snprintf(f->path, sizeof(f->path), "/tmp/reprise-bundle-XXXXXX");
    int fd = mkstemp(f->path);
    assert_true(fd >= 0);
    FILE *out = fdopen(fd, "w+b");
    assert_non_null(out);
    assert_int_equal(rp_bundle_write(out, &f->recording, 1, NULL), RP_OK);
    f->len = (size_t)ftell(out);
    f->bytes = rp_mem_alloc(f->len + 1);
    rewind(out);
    assert_int_equal(fread(f->bytes, 1, f->len, out), f->len);
    assert_int_equal(fclose(out), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    rp_recording_free(&f->recording);
    stage_fini(&f->stage);
    rp_mem_free(f->bytes);
    (void)unlink(f->path);
    rp_mem_free(f);
    return 0;
}

static enum rp_code open_it(const struct fixture *f, struct rp_bundle **bundle)
{
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc = rp_bundle_open(bundle, f->path, &err);
    assert_true(rc == RP_OK || strstr(err.text, f->path) != NULL);
    return rc;
}

static void what_it_gives_is_what_was_recorded(void **state)
{
    struct fixture *f = *state;
    struct rp_bundle *bundle = NULL;
    struct rp_recording *again = NULL;
    struct rp_verification v;
    struct rp_store *store = rp_store_memory_new();
    assert_true(rp_bundle_is(f->path));
    assert_int_equal(open_it(f, &bundle), RP_OK);
    assert_int_equal(rp_bundle_count(bundle), 1);
    assert_int_equal(rp_bundle_give(bundle, 0, store, NULL), RP_OK);
    assert_int_equal(rp_recording_of_memory(
                         &again, store, rp_bundle_head(bundle, 0), NULL, NULL),
        RP_OK);
    assert_int_equal(rp_verify(&v, again, NULL, NULL), RP_OK);
    assert_int_equal(v.first.kind, RP_DIVERGENCE_NONE);
    assert_true(v.ended);
    struct rp_digest before = rp_recording_chain(f->recording);
    struct rp_digest after = rp_recording_chain(again);
    assert_true(rp_digest_equal(&before, &after));
    rp_verification_fini(&v);
    rp_recording_free(&again);
    rp_store_free(&store);
    rp_bundle_close(&bundle);
}

static void no_byte_can_be_another(void **state)
{
    struct fixture *f = *state;
    size_t magic = strlen("reprise-bundle 1");
    for (size_t at = 0; at < f->len; at++) {
        struct rp_bundle *bundle = NULL;
        f->bytes[at] = (char)(f->bytes[at] ^ 1);
        write_file(f, f->bytes, f->len);
        f->bytes[at] = (char)(f->bytes[at] ^ 1);
        enum rp_code rc = open_it(f, &bundle);
        assert_int_not_equal(rc, RP_OK);
        assert_true(rc == RP_E_DAMAGED || at <= magic);
        assert_null(bundle);
    }
}

static void no_end_can_be_missing_and_nothing_may_follow(void **state)
{
    struct fixture *f = *state;
    struct rp_bundle *bundle = NULL;
    for (size_t len = 0; len < f->len; len += 7) {
        write_file(f, f->bytes, len);
        assert_int_not_equal(open_it(f, &bundle), RP_OK);
    }
    f->bytes[f->len] = '\n';
    write_file(f, f->bytes, f->len + 1);
    assert_int_equal(open_it(f, &bundle), RP_E_DAMAGED);
}

static void expect(struct fixture *f, const char *text, enum rp_code rc)
{
    struct rp_bundle *bundle = NULL;
    write_file(f, text, strlen(text));
    assert_int_equal(open_it(f, &bundle), rc);
}

static void hostile_files_are_refused(void **state)
{
    struct fixture *f = *state;
    expect(f, "", RP_E_INVALID);
    expect(f, "reprise-bundle ", RP_E_INVALID);
    expect(f, "reprise-bundle \n", RP_E_INVALID);
    expect(f, "reprise-bundle 1", RP_E_INVALID);
    expect(f, "reprise-bundle 2\n", RP_E_NEWER);
    expect(f, "reprise-bundle 99999999999999999999\n", RP_E_INVALID);
    expect(f, "reprise-bundle 1\n", RP_E_DAMAGED);
    expect(f, "reprise-bundle 1\nsession 999999999999\n{}\n", RP_E_DAMAGED);
    expect(f, "reprise-bundle 1\nsession -1\n{}\n", RP_E_DAMAGED);
    expect(f, "reprise-bundle 1\nsession\n{}\n", RP_E_DAMAGED);
    expect(f, "reprise-bundle 1\nsession 2\n{}\n", RP_E_DAMAGED);
    expect(f, "reprise-bundle 1\nrecord 1 00 0\n\n", RP_E_DAMAGED);
    expect(f, "reprise-bundle 1\npayload x 0\n\n", RP_E_DAMAGED);
    expect(f, "reprise-bundle 1\nend \n", RP_E_DAMAGED);
    expect(f, "reprise-bundle 1\nother 1\n\n", RP_E_DAMAGED);
}

static void an_empty_bundle_has_no_session(void **state)
{
    struct fixture *f = *state;
    struct rp_bundle *bundle = NULL;
    FILE *out = fopen(f->path, "wb");
    assert_non_null(out);
    assert_int_equal(rp_bundle_write(out, NULL, 0, NULL), RP_OK);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(open_it(f, &bundle), RP_OK);
    assert_int_equal(rp_bundle_count(bundle), 0);
    rp_bundle_close(&bundle);
}

static void what_is_not_there_is_not_found(void **state)
{
    struct rp_bundle *bundle = NULL;
    (void)state;
    assert_false(rp_bundle_is("/no/such/file"));
    assert_int_equal(
        rp_bundle_open(&bundle, "/no/such/file", NULL), RP_E_NOT_FOUND);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_it_gives_is_what_was_recorded),
        CASE(no_byte_can_be_another),
        CASE(no_end_can_be_missing_and_nothing_may_follow),
        CASE(hostile_files_are_refused),
        CASE(an_empty_bundle_has_no_session),
        CASE(what_is_not_there_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
