/* schema_suite.c - the official JSON-Schema-Test-Suite, where there is one.
 *
 * REPRISE_SCHEMA_SUITE names a checkout of it. What is required of 2020-12 and
 * draft-07 must hold; what is optional is counted. REPRISE_SCHEMA_VERBOSE=1
 * names each optional case that differs.
 */
#define _POSIX_C_SOURCE 200809L /* opendir */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/attr.h>
#include <reprise/buf.h>
#include <reprise/json.h>
#include <reprise/schema.h>

#define REMOTE_PREFIX "http://localhost:1234/"
#define FILES_MAX 512
#define PATH_BYTES_MAX 1024

struct file {
    char path[PATH_BYTES_MAX];
    struct rp_buf text;
    struct rp_json_doc *doc;
};

/* Every file that was read, kept until the end: schemas borrow from them. */
struct suite {
    const char *directory;
    struct file *files;
    size_t file_count;
};

struct tally {
    unsigned passed;
    unsigned failed;
    bool is_verbose;
};

static const cJSON *read_document(struct suite *suite, const char *path)
{
    for (size_t i = 0; i < suite->file_count; i++) {
        if (strcmp(suite->files[i].path, path) == 0) {
            return rp_json_root(suite->files[i].doc);
        }
    }
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        return NULL;
    }
    assert_true(suite->file_count < FILES_MAX);
    struct file *file = &suite->files[suite->file_count];
    (void)snprintf(file->path, sizeof(file->path), "%s", path);
    rp_buf_init(&file->text, 16u << 20);
    char chunk[4096];
    size_t count = 0;
    while ((count = fread(chunk, 1, sizeof(chunk), stream)) > 0) {
        rp_buf_add(&file->text, (struct rp_str){chunk, count});
    }
    (void)fclose(stream);
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_error error = {0};
    enum rp_code code =
        rp_json_read(&file->doc, rp_buf_str(&file->text), &options, &error);
    if (code != RP_OK) {
        rp_buf_fini(&file->text);
        fail_msg("%s: %s", path, error.message);
    }
    suite->file_count++;
    return rp_json_root(file->doc);
}

static const cJSON *find_remote(void *context, struct rp_str uri)
{
    struct suite *suite = context;
    struct rp_str prefix = RP_STR(REMOTE_PREFIX);
    if (!rp_str_starts(uri, prefix)) {
        return NULL;
    }
    char path[PATH_BYTES_MAX];
    (void)snprintf(path, sizeof(path), "%s/remotes/%.*s", suite->directory,
        (int)(uri.len - prefix.len), uri.ptr + prefix.len);
    return read_document(suite, path);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *value = rp_json_get(object, name);
    return cJSON_IsString(value) ? value->valuestring : "";
}

static void count(struct tally *tally, bool is_right, const char *path,
    const cJSON *group, const cJSON *test, const char *why)
{
    tally->passed += is_right ? 1 : 0;
    tally->failed += is_right ? 0 : 1;
    if (!is_right && tally->is_verbose) {
        print_message("%s: %s: %s: %s\n", path, text_of(group, "description"),
            test == NULL ? "-" : text_of(test, "description"), why);
    }
}

static void run_group(struct tally *tally, const char *path, const cJSON *group,
    const struct rp_schema_options *options)
{
    struct rp_schema *schema = NULL;
    struct rp_schema_error error;
    const cJSON *tests = rp_json_get(group, "tests");
    enum rp_code code = rp_schema_compile(
        &schema, rp_json_get(group, "schema"), options, &error);
    const cJSON *test = NULL;
    cJSON_ArrayForEach(test, tests)
    {
        if (code != RP_OK) {
            count(tally, false, path, group, test, error.message);
            continue;
        }
        bool is_valid = false;
        struct rp_err err = RP_ERR_INIT;
        enum rp_code judged = rp_schema_judge(
            schema, rp_json_get(test, "data"), &is_valid, 0, NULL, NULL, &err);
        bool wanted = cJSON_IsTrue(rp_json_get(test, "valid"));
        count(tally, judged == RP_OK && is_valid == wanted, path, group, test,
            judged != RP_OK ? err.text
            : wanted        ? "should be valid"
                            : "should not be valid");
    }
    rp_schema_free(&schema);
}

/* All files of one directory, in no particular order, not those below it. */
static void run_directory(struct suite *suite, struct tally *tally,
    const char *name, const struct rp_schema_options *options)
{
    char path[PATH_BYTES_MAX];
    (void)snprintf(path, sizeof(path), "%s/tests/%s", suite->directory, name);
    DIR *directory = opendir(path);
    assert_non_null(directory);
    const struct dirent *entry = NULL;
    while ((entry = readdir(directory)) != NULL) {
        if (!rp_str_ends(rp_str_of(entry->d_name), RP_STR(".json"))) {
            continue;
        }
        (void)snprintf(path, sizeof(path), "%s/tests/%s/%s", suite->directory,
            name, entry->d_name);
        const cJSON *groups = read_document(suite, path);
        const cJSON *group = NULL;
        cJSON_ArrayForEach(group, groups)
        {
            run_group(tally, path + strlen(suite->directory), group, options);
        }
    }
    (void)closedir(directory);
}

struct part {
    const char *directory;
    enum rp_schema_dialect dialect;
    bool assert_format;
    bool is_required;
};

static void run_part(void **state, const struct part *part)
{
    struct suite *suite = *state;
    if (suite->directory == NULL) {
        print_message("REPRISE_SCHEMA_SUITE names no checkout of "
                      "JSON-Schema-Test-Suite\n");
        skip();
    }
    const char *verbose = getenv("REPRISE_SCHEMA_VERBOSE");
    struct tally tally = {0, 0, part->is_required || verbose != NULL};
    struct rp_schema_options options = {
        .files = {find_remote, suite},
        .dialect = part->dialect,
        .assert_format = part->assert_format,
    };
    run_directory(suite, &tally, part->directory, &options);
    print_message("%s: %u of %u\n", part->directory, tally.passed,
        tally.passed + tally.failed);
    assert_true(tally.passed > 0);
    if (part->is_required) {
        assert_int_equal(tally.failed, 0);
    }
}

static void everything_required_of_2020_12_holds(void **state)
{
    run_part(
        state, &(struct part){"draft2020-12", RP_SCHEMA_2020_12, false, true});
}

static void everything_required_of_draft_07_holds(void **state)
{
    run_part(state, &(struct part){"draft7", RP_SCHEMA_DRAFT_07, false, true});
}

static void what_is_optional_in_2020_12_is_counted(void **state)
{
    run_part(state, &(struct part){"draft2020-12/optional", RP_SCHEMA_2020_12,
                        false, false});
}

static void what_is_optional_in_draft_07_is_counted(void **state)
{
    run_part(state,
        &(struct part){"draft7/optional", RP_SCHEMA_DRAFT_07, false, false});
}

static void the_formats_of_2020_12_are_counted(void **state)
{
    run_part(state, &(struct part){"draft2020-12/optional/format",
                        RP_SCHEMA_2020_12, true, false});
}

static void the_formats_of_draft_07_are_counted(void **state)
{
    run_part(state, &(struct part){"draft7/optional/format", RP_SCHEMA_DRAFT_07,
                        true, false});
}

static int open_suite(void **state)
{
    static struct suite suite;
    suite.directory = getenv("REPRISE_SCHEMA_SUITE");
    suite.files = calloc(FILES_MAX, sizeof(*suite.files));
    *state = &suite;
    return suite.files == NULL ? -1 : 0;
}

static int close_suite(void **state)
{
    struct suite *suite = *state;
    for (size_t i = 0; i < suite->file_count; i++) {
        rp_json_free(&suite->files[i].doc);
        rp_buf_fini(&suite->files[i].text);
    }
    free(suite->files);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_required_of_2020_12_holds),
        cmocka_unit_test(everything_required_of_draft_07_holds),
        cmocka_unit_test(what_is_optional_in_2020_12_is_counted),
        cmocka_unit_test(what_is_optional_in_draft_07_is_counted),
        cmocka_unit_test(the_formats_of_2020_12_are_counted),
        cmocka_unit_test(the_formats_of_draft_07_are_counted),
    };
    return cmocka_run_group_tests(tests, open_suite, close_suite);
}
