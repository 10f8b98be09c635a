#include "json_support.h"

/* Writes each difference as "~/a/0 1 2;", "+/b 3;" or "-/c 4;". */
static void note(void *context, const struct rp_json_difference *d)
{
    struct rp_buf *notes = context;
    rp_buf_add_char(notes, "~+-"[d->change]);
    rp_buf_add(notes, d->pointer);
    if (d->before != NULL) {
        rp_buf_add_char(notes, ' ');
        rp_json_write_text(notes, d->before);
    }
    if (d->after != NULL) {
        rp_buf_add_char(notes, ' ');
        rp_json_write_text(notes, d->after);
    }
    rp_buf_add_char(notes, ';');
}

static size_t diff_trees(
    const cJSON *a, const cJSON *b, size_t max, const char *expected)
{
    struct rp_buf notes;
    rp_buf_init(&notes, TEXT_MAX);
    size_t count = rp_json_diff(a, b, max, note, &notes);
    assert_string_equal(rp_buf_str(&notes).ptr, expected);
    rp_buf_fini(&notes);
    return count;
}

static size_t diff_texts(
    const char *a, const char *b, size_t max, const char *expected)
{
    struct rp_json_doc *before = read_text(a);
    struct rp_json_doc *after = read_text(b);
    size_t count =
        diff_trees(rp_json_root(before), rp_json_root(after), max, expected);
    rp_json_free(&before);
    rp_json_free(&after);
    return count;
}

static void equal_documents_do_not_differ(void **state)
{
    (void)state;
    assert_int_equal(diff_texts("{\"a\":[1,{\"b\":2.0}],\"c\":\"\\u0041\"}",
                         "{\"c\":\"A\",\"a\":[1e0,{\"b\":2}]}", 9, ""),
        0);
    assert_int_equal(diff_texts("[]", "[]", 9, ""), 0);
}

static void differences_come_in_the_order_of_the_first_document(void **state)
{
    (void)state;
    assert_int_equal(
        diff_texts("{\"z\":1,\"gone\":[2],\"same\":0,\"in\":{\"x\":1},"
                   "\"list\":[1,2,3]}",
            "{\"new\":null,\"list\":[1,5],\"in\":{\"x\":\"1\",\"y~/\":true},"
            "\"same\":0,\"z\":9}",
            99,
            "~/z 1 9;-/gone [2];~/in/x 1 \"1\";+/in/y~0~1 true;"
            "~/list/1 2 5;-/list/2 3;+/new null;"),
        7);
    assert_int_equal(
        diff_texts("[1]", "[1,{\"a\":1},2]", 9, "+/1 {\"a\":1};+/2 2;"), 2);
}

static void the_whole_may_differ(void **state)
{
    (void)state;
    assert_int_equal(diff_texts("1", "2", 9, "~ 1 2;"), 1);
    assert_int_equal(diff_texts("{}", "[]", 9, "~ {} [];"), 1);
    assert_int_equal(diff_texts("true", "false", 9, "~ true false;"), 1);
}

static void of_equal_names_only_the_last_counts(void **state)
{
    (void)state;
    assert_int_equal(
        diff_texts("{\"a\":1,\"a\":2}", "{\"a\":3,\"a\":2}", 9, ""), 0);
    assert_int_equal(
        diff_texts("{\"a\":1,\"a\":2}", "{\"a\":1}", 9, "~/a 2 1;"), 1);
    assert_int_equal(diff_texts("{}", "{\"a\":1,\"a\":2}", 9, "+/a 2;"), 1);
}

static void the_number_of_reports_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(
        diff_texts("[1,2,3]", "[4,5,6]", 2, "~/0 1 4;~/1 2 5;"), 3);
    assert_int_equal(diff_texts("[1,2]", "[4,5]", 2, "~/0 1 4;~/1 2 5;"), 2);
    assert_int_equal(diff_texts("[[[1]],2]", "[[[2]],3]", 0, ""), 1);
}

static void wide_trees_that_cjson_made_are_compared_by_name(void **state)
{
    enum { MEMBERS = 50000 };
    (void)state;
    cJSON *a = cJSON_CreateObject();
    cJSON *b = cJSON_CreateObject();
    for (int i = 0; i < MEMBERS; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "n%d", i);
        rp_json_add(a, name, rp_json_new_int(i));
        (void)snprintf(name, sizeof(name), "n%d", MEMBERS - i);
        rp_json_add(b, name, rp_json_new_int(MEMBERS - i));
    }
    assert_int_equal(diff_trees(a, b, 9, "-/n0 0;+/n50000 50000;"), 2);
    assert_false(rp_json_key_equal(a, b));
    cJSON_Delete(a);
    cJSON_Delete(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_documents_do_not_differ),
        cmocka_unit_test(differences_come_in_the_order_of_the_first_document),
        cmocka_unit_test(the_whole_may_differ),
        cmocka_unit_test(of_equal_names_only_the_last_counts),
        cmocka_unit_test(the_number_of_reports_is_bounded),
        cmocka_unit_test(wide_trees_that_cjson_made_are_compared_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
