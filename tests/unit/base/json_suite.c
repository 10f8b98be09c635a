/* json_suite.c - the reader against a directory of documents whose names say
 * what becomes of them: y_ must be accepted, n_ refused, i_ is left to the
 * reader. REPRISE_JSON_SUITE names the directory; without it there is nothing
 * to test.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/json.h>
#include <reprise/mem.h>

#define FILE_BYTES_MAX (16u << 20)

struct tally {
    int seen;
    int accepted;
    int wrong;
};

static bool load(struct rp_buf *buf, const char *directory, const char *name)
{
    char path[4096];
    char block[4096];
    size_t count;
    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    rp_buf_reset(buf);
    while ((count = fread(block, 1, sizeof(block), file)) > 0) {
        rp_buf_add(buf, (struct rp_str){block, count});
    }
    (void)fclose(file); /* it was only read */
    return true;
}

/* Text form reads back as the same document, and so does key form. */
static void assert_forms_hold(const struct rp_json_doc *doc)
{
    struct rp_buf forms[2];
    for (int i = 0; i < 2; i++) {
        struct rp_json_doc *again = NULL;
        rp_buf_init(&forms[i], 8 * FILE_BYTES_MAX);
        if (i == 0) {
            rp_json_write_text(&forms[i], rp_json_root(doc));
        } else {
            rp_json_write_key(&forms[i], rp_json_root(doc));
        }
        assert_int_equal(
            rp_json_read(&again, rp_buf_str(&forms[i]), NULL, NULL), RP_OK);
        assert_true(rp_json_key_equal(rp_json_root(doc), rp_json_root(again)));
        rp_json_free(&again);
        rp_buf_fini(&forms[i]);
    }
}

static void judge(struct tally *tally, const char *name, struct rp_str bytes)
{
    struct rp_json_doc *doc = NULL;
    struct rp_json_error error;
    enum rp_code code = rp_json_read(&doc, bytes, NULL, &error);
    tally->seen++;
    if (code == RP_OK) {
        tally->accepted++;
        assert_forms_hold(doc);
    }
    if (name[0] != 'i' && (code == RP_OK) != (name[0] == 'y')) {
        tally->wrong++;
        print_error(
            "%s: %s\n", name, code == RP_OK ? "accepted" : error.message);
    } else if (code != RP_OK) {
        print_message("%s: %u:%u: %s; %s%s\n", name, error.place.line,
            error.place.column, error.message, error.hint,
            error.truncated ? " (truncated)" : "");
    }
    rp_json_free(&doc);
}

static void every_document_of_the_suite_is_judged_as_its_name_says(void **state)
{
    static const char kinds[] = "yni";
    const char *directory = getenv("REPRISE_JSON_SUITE");
    struct tally tallies[3] = {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}};
    (void)state;
    if (directory == NULL) {
        print_message("REPRISE_JSON_SUITE names no directory of documents\n");
        skip();
    }
    DIR *listing = opendir(directory);
    assert_non_null(listing);
    struct rp_buf buf;
    rp_buf_init(&buf, FILE_BYTES_MAX);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        const char *kind = strchr(kinds, entry->d_name[0]);
        if (kind != NULL && *kind != '\0' && entry->d_name[1] == '_') {
            assert_true(load(&buf, directory, entry->d_name));
            judge(&tallies[kind - kinds], entry->d_name, rp_buf_str(&buf));
        }
    }
    (void)closedir(listing); /* it was only read */
    rp_buf_fini(&buf);
    for (int i = 0; i < 3; i++) {
        print_message("%c_: %d seen, %d accepted, %d wrong\n", kinds[i],
            tallies[i].seen, tallies[i].accepted, tallies[i].wrong);
    }
    assert_true(tallies[0].seen > 0);
    assert_int_equal(tallies[0].wrong, 0);
    assert_int_equal(tallies[1].wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            every_document_of_the_suite_is_judged_as_its_name_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
