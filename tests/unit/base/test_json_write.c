#include "json_support.h"

static void text_form_keeps_order_numbers_and_equal_names(void **state)
{
    (void)state;
    struct rp_json_doc *doc = read_text(
        " { \"b\" : 1.50 , \"a\" : [ ] , \"b\" : { } , \"\\u00e9\\/\" : "
        "[ true , false , null , \"\\u001f\\\"\" ] } ");
    assert_text(rp_json_root(doc),
        "{\"b\":1.50,\"a\":[],\"b\":{},\"\xc3\xa9/\":"
        "[true,false,null,\"\\u001f\\\"\"]}");
    rp_json_free(&doc);
}

static void a_part_of_a_tree_is_written_without_what_follows(void **state)
{
    (void)state;
    struct rp_json_doc *doc = read_text("[[1],{\"a\":[2]},3]");
    const cJSON *root = rp_json_root(doc);
    assert_text(rp_json_item(root, 0), "[1]");
    assert_text(rp_json_item(root, 1), "{\"a\":[2]}");
    assert_text(rp_json_at(root, RP_STR("/1/a")), "[2]");
    assert_form(rp_json_write_key, rp_json_item(root, 0), "[1]");
    rp_json_free(&doc);
}

static void pretty_form_is_indented_by_two(void **state)
{
    (void)state;
    struct rp_json_doc *doc =
        read_text("{\"a\":[1,[],{\"b\":{}}],\"c\":\"x\"}");
    assert_form(rp_json_write_pretty, rp_json_root(doc),
        "{\n  \"a\": [\n    1,\n    [],\n    {\n      \"b\": {}\n    }\n"
        "  ],\n  \"c\": \"x\"\n}");
    rp_json_free(&doc);
}

static void strings_are_escaped_where_they_must_be(void **state)
{
    static const struct {
        struct rp_str text;
        const char *written;
    } cases[] = {
        {{NULL, 0}, "\"\""},
        {{"plain text, long enough", 23}, "\"plain text, long enough\""},
        {{"\"\\/\b\f\n\r\t\x01\x7f", 10},
            "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\x7f\""},
        {{"a\0b", 3}, "\"a\\u0000b\""},
        {{"a\xc0\x80", 3}, "\"a\\u0000\""},
        {{"\xe2\x80\xa8\xf0\x9f\x98\x80", 7},
            "\"\xe2\x80\xa8\xf0\x9f\x98\x80\""},
        {{"\xff|\xed\xa0\x80", 5},
            "\"\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {{"cut \xf0\x9f\x98", 7}, "\"cut \xef\xbf\xbd\""},
        {{"12345678\xc3\"", 10}, "\"12345678\xef\xbf\xbd\\\"\""},
    };
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct rp_buf buf;
        rp_buf_init(&buf, 256);
        rp_json_write_string(&buf, cases[i].text);
        assert_string_equal(rp_buf_str(&buf).ptr, cases[i].written);
        rp_buf_fini(&buf);
    }
}

static void trees_that_cjson_made_are_written_exactly(void **state)
{
    static const double numbers[] = {
        0, -1, 1e15, 9007199254740992.0, 0.1, 1e300, -2.5e-8, 1.0 / 3};
    (void)state;
    cJSON *tree = cJSON_CreateDoubleArray(numbers, RP_COUNT_OF(numbers));
    assert_text(tree,
        "[0,-1,1000000000000000,9007199254740992,0.1,1e+300,-2.5e-08,"
        "0.3333333333333333]");
    assert_form(rp_json_write_key, tree,
        "[0,-1,1000000000000000,9007199254740992,1e-1,1e300,-25e-9,"
        "3333333333333333e-16]");
    cJSON_AddItemToArray(tree, cJSON_CreateNumber(1e300 * 1e300));
    cJSON_AddItemToArray(tree, cJSON_CreateRaw("{raw"));
    assert_text(cJSON_GetArrayItem(tree, 8), "null");
    assert_text(cJSON_GetArrayItem(tree, 9), "null");
    cJSON_Delete(tree);
}

/* cJSON_Delete() recurses, so the chain is freed from the inside. */
static void free_chain(cJSON *root)
{
    while (root != NULL) {
        cJSON *child = root->child;
        root->child = NULL;
        cJSON_Delete(root);
        root = child;
    }
}

static void very_deep_trees_are_written_copied_and_compared(void **state)
{
    enum { DEPTH = 200000 };
    struct rp_buf text;
    struct rp_buf key;
    (void)state;
    cJSON *root = cJSON_CreateArray();
    cJSON *inner = root;
    for (int i = 1; i < DEPTH; i++) {
        cJSON *next = i % 2 == 0 ? cJSON_CreateArray() : cJSON_CreateObject();
        if (cJSON_IsObject(inner)) {
            rp_json_add(inner, "x", next);
        } else {
            cJSON_AddItemToArray(inner, next);
        }
        inner = next;
    }
    rp_buf_init(&text, TEXT_MAX);
    rp_buf_init(&key, TEXT_MAX);
    rp_json_write_text(&text, root);
    rp_json_write_key(&key, root);
    assert_int_equal(text.len, 2 * DEPTH + 4 * (DEPTH / 2 - 1));
    assert_true(rp_str_equal(rp_buf_str(&text), rp_buf_str(&key)));
    cJSON *copy = rp_json_copy(root);
    assert_true(rp_json_key_equal(root, copy));
    free_chain(copy);
    free_chain(root);
    rp_buf_fini(&key);
    rp_buf_fini(&text);
}

static void a_full_buffer_ends_the_writing(void **state)
{
    write_form *const forms[] = {
        rp_json_write_text, rp_json_write_key, rp_json_write_pretty};
    (void)state;
    struct rp_json_doc *doc = read_text("{\"b\":[1,2,{\"c\":3}],\"a\":[[]]}");
    for (size_t i = 0; i < RP_COUNT_OF(forms); i++) {
        for (size_t max = 0; max < 20; max++) {
            struct rp_buf buf;
            rp_buf_init(&buf, max);
            forms[i](&buf, rp_json_root(doc));
            assert_true(buf.overflowed);
            assert_true(buf.len <= max);
            rp_buf_fini(&buf);
        }
    }
    rp_json_free(&doc);
}

static void built_trees_keep_exact_integers_and_nul(void **state)
{
    (void)state;
    cJSON *tree = cJSON_CreateObject();
    rp_json_set_int(tree, "max", INT64_MAX);
    rp_json_set_int(tree, "min", INT64_MIN);
    rp_json_set_text(tree, "nul", RP_STR("a\0b"));
    rp_json_set_str(tree, RP_STR("n\0"), cJSON_CreateNull());
    rp_json_set_str(tree, RP_STR("n\0"), cJSON_CreateTrue());
    rp_json_set_int(tree, "max", 7);
    assert_text(tree, "{\"max\":7,\"min\":-9223372036854775808,"
                      "\"nul\":\"a\\u0000b\",\"n\\u0000\":true}");
    rp_json_add(tree, "max", rp_json_new_int(8));
    assert_int_equal(rp_json_get(tree, "max")->valueint, 8);
    cJSON_Delete(tree);
}

static void a_copy_is_an_ordinary_tree(void **state)
{
    static const char text[] = "{\"a\":[1.50,\"\\u0000\",{}],\"b\":true,"
                               "\"c\":null,\"d\":[[[\"x\"]],false]}";
    (void)state;
    struct rp_json_doc *doc = read_text(text);
    cJSON *copy = rp_json_copy(rp_json_root(doc));
    cJSON *part = rp_json_copy(rp_json_get(rp_json_root(doc), "a"));
    rp_json_free(&doc);
    assert_text(copy, text);
    assert_text(part, "[1.50,\"\\u0000\",{}]");
    assert_null(part->string);
    assert_true(cJSON_IsTrue(rp_json_get(copy, "b")));
    assert_true(rp_json_at(copy, RP_STR("/a/0"))->valuedouble == 1.5);
    rp_json_set_int(copy, "b", 1);
    cJSON_Delete(part);
    cJSON_Delete(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_form_keeps_order_numbers_and_equal_names),
        cmocka_unit_test(a_part_of_a_tree_is_written_without_what_follows),
        cmocka_unit_test(pretty_form_is_indented_by_two),
        cmocka_unit_test(strings_are_escaped_where_they_must_be),
        cmocka_unit_test(trees_that_cjson_made_are_written_exactly),
        cmocka_unit_test(very_deep_trees_are_written_copied_and_compared),
        cmocka_unit_test(a_full_buffer_ends_the_writing),
        cmocka_unit_test(built_trees_keep_exact_integers_and_nul),
        cmocka_unit_test(a_copy_is_an_ordinary_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
