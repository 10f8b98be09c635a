#include "json_support.h"

static void lookups_are_exact_and_find_the_last_of_equal_names(void **state)
{
    (void)state;
    struct rp_json_doc *doc =
        read_text("{\"a\":1,\"A\":2,\"a\":3,\"\":4,\"ab\":5,\"\\u0000\":6}");
    const cJSON *root = rp_json_root(doc);
    assert_int_equal(rp_json_get(root, "a")->valueint, 3);
    assert_int_equal(rp_json_get(root, "A")->valueint, 2);
    assert_int_equal(rp_json_get(root, "")->valueint, 4);
    assert_int_equal(
        rp_json_get_str(root, (struct rp_str){NULL, 0})->valueint, 4);
    assert_int_equal(rp_json_get_str(root, RP_STR("\0"))->valueint, 6);
    assert_int_equal(rp_json_get(root, "\xc0\x80")->valueint, 6);
    assert_null(rp_json_get(root, "abc"));
    assert_null(rp_json_get_str(root, RP_STR("b")));
    assert_null(rp_json_get(rp_json_get(root, "a"), "a"));
    assert_null(rp_json_get(NULL, "a"));
    rp_json_free(&doc);
}

static struct rp_json_doc *read_wide(int members)
{
    struct rp_buf buf;
    rp_buf_init(&buf, TEXT_MAX);
    rp_buf_add_char(&buf, '{');
    for (int i = 0; i < members; i++) {
        rp_buf_addf(&buf, "\"m%d\":-1,", i);
    }
    for (int i = 0; i < members; i++) {
        rp_buf_addf(&buf, "\"m%d\":%d,", i, i);
    }
    rp_buf_add_text(&buf, "\"items\":[");
    for (int i = 0; i < members; i++) {
        rp_buf_addf(&buf, "%s%d", i == 0 ? "" : ",", i);
    }
    rp_buf_add_text(&buf, "]}");
    struct rp_json_doc *doc = read_str(rp_buf_str(&buf));
    rp_buf_fini(&buf);
    return doc;
}

static void narrow_and_wide_containers_answer_alike(void **state)
{
    (void)state;
    for (int members = 1; members < 100; members++) {
        struct rp_json_doc *doc = read_wide(members);
        const cJSON *root = rp_json_root(doc);
        const cJSON *items = rp_json_get(root, "items");
        assert_int_equal(rp_json_size(root), 2 * members + 1);
        assert_int_equal(rp_json_size(items), members);
        for (int i = 0; i < members; i++) {
            char name[16];
            (void)snprintf(name, sizeof(name), "m%d", i);
            assert_int_equal(rp_json_get(root, name)->valueint, i);
            assert_int_equal(rp_json_item(items, (size_t)i)->valueint, i);
        }
        assert_null(rp_json_item(items, (size_t)members));
        assert_null(rp_json_get(root, "m"));
        rp_json_free(&doc);
    }
}

static void copies_that_cjson_makes_of_nodes_are_safe_to_ask(void **state)
{
    (void)state;
    struct rp_json_doc *doc = read_wide(50);
    cJSON *copy = cJSON_Duplicate(rp_json_root(doc), true);
    cJSON *holder = cJSON_CreateObject();
    assert_true(cJSON_AddItemReferenceToObject(
        holder, "doc", (cJSON *)(uintptr_t)rp_json_root(doc)));
    assert_int_equal(rp_json_get(copy, "m49")->valueint, 49);
    assert_int_equal(rp_json_size(copy), 101);
    const cJSON *reference = rp_json_get(holder, "doc");
    assert_int_equal(rp_json_get(reference, "m7")->valueint, 7);
    assert_true(rp_json_key_equal(reference, copy));
    assert_true(rp_json_key_equal(rp_json_root(doc), reference));
    cJSON_Delete(holder);
    cJSON_Delete(copy);
    rp_json_free(&doc);
}

static void foreign_trees_are_looked_up_as_well(void **state)
{
    (void)state;
    cJSON *tree = cJSON_Parse("{\"a\":1,\"A\":2,\"b\":[1,2],\"a\":3}");
    assert_non_null(tree);
    assert_int_equal(rp_json_get(tree, "a")->valueint, 3);
    assert_int_equal(rp_json_size(tree), 4);
    assert_int_equal(rp_json_at(tree, RP_STR("/b/1"))->valueint, 2);
    cJSON_Delete(tree);
}

static void a_pointer_leads_where_the_rfc_says(void **state)
{
    static const struct {
        const char *pointer;
        const char *text;
    } cases[] = {
        {"/foo", "[\"bar\",\"baz\"]"},
        {"/foo/0", "\"bar\""},
        {"/", "0"},
        {"/a~1b", "1"},
        {"/c%d", "2"},
        {"/e^f", "3"},
        {"/g|h", "4"},
        {"/i\\j", "5"},
        {"/k\"l", "6"},
        {"/ ", "7"},
        {"/m~0n", "8"},
        {"/~01", "9"},
        {"/deep//0", "10"},
    };
    static const char *const nowhere[] = {"foo", "/foo/2", "/foo/-", "/foo/00",
        "/foo/01", "/foo/+1", "/foo/1e0", "/foo/", "/foo/0/x", "/none", "/m~n",
        "/~", "/~2", "/foo/99999999999999999999", "#/foo"};
    (void)state;
    struct rp_json_doc *doc = read_text(
        "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,"
        "\"g|h\":4,\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8,\"~1\":9,"
        "\"deep\":{\"\":[10]}}");
    const cJSON *root = rp_json_root(doc);
    assert_ptr_equal(rp_json_at(root, RP_STR("")), root);
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        const cJSON *node = rp_json_at(root, rp_str_of(cases[i].pointer));
        assert_non_null(node);
        assert_text(node, cases[i].text);
    }
    for (size_t i = 0; i < RP_COUNT_OF(nowhere); i++) {
        assert_null(rp_json_at(root, rp_str_of(nowhere[i])));
    }
    assert_null(rp_json_at(NULL, RP_STR("/a")));
    rp_json_free(&doc);
}

static void a_pointer_is_built_with_escapes(void **state)
{
    struct rp_buf buf;
    (void)state;
    rp_buf_init(&buf, 64);
    rp_json_pointer_add(&buf, RP_STR("a/b"));
    rp_json_pointer_add(&buf, RP_STR("m~n"));
    rp_json_pointer_add(&buf, RP_STR(""));
    assert_string_equal(rp_buf_str(&buf).ptr, "/a~1b/m~0n/");
    assert_true(rp_json_pointer_valid(rp_buf_str(&buf)));
    assert_false(rp_json_pointer_valid(RP_STR("a")));
    assert_false(rp_json_pointer_valid(RP_STR("/~")));
    assert_false(rp_json_pointer_valid(RP_STR("/~2")));
    rp_buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookups_are_exact_and_find_the_last_of_equal_names),
        cmocka_unit_test(narrow_and_wide_containers_answer_alike),
        cmocka_unit_test(copies_that_cjson_makes_of_nodes_are_safe_to_ask),
        cmocka_unit_test(foreign_trees_are_looked_up_as_well),
        cmocka_unit_test(a_pointer_leads_where_the_rfc_says),
        cmocka_unit_test(a_pointer_is_built_with_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
