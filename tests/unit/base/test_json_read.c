#include "json_support.h"

/* All of these are documents, and all of their beginnings are beginnings of
 * one. */
static const char *const accepted[] = {
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1234567890",
    "0.5",
    "-0.0",
    "10.01",
    "1e5",
    "1E5",
    "1e+05",
    "1e-5",
    "-1.25E-007",
    "0e0",
    "0e999999999999999999999",
    "1e400",
    "123456789012345678901234567890.123456789012345678901234567890",
    "\"\"",
    "\"plain\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\u0041\\u00e9\\u20ac\\uFFFF\"",
    "\"\\ud83d\\ude00\"",
    "\"\\uD834\\uDD1E and \\udbff\\udfff\"",
    "\"a\\u0000b\"",
    "\"\x7f\"",
    "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"",
    "\"\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xef\xbf\xbf \xf0\x90\x80\x80 "
    "\xf4\x8f\xbf\xbf\"",
    "\"\xed\x9f\xbf \xee\x80\x80 \xef\xbb\xbf\"",
    "\"12345678\\n1234567\\t123456\\\\12345\\\"1234\"",
    "\"/* no comment */ // neither\"",
    "[]",
    "{}",
    " [ ] ",
    "\t{\r\n}\n",
    "[1,2,3]",
    "[[],[[]],{}]",
    "[null, true , false ,\"x\"]",
    "{\"a\":1}",
    "{\"\":\"\"}",
    "{ \"a\" : { \"b\" : [ 1 , { \"c\" : null } ] } , \"d\" : -0.5e-1 }",
    "{\"a\":1,\"a\":2}",
    "{\"\\u0000\":1,\"\xc3\xa9\":2}",
    "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\",\"l\","
    "\"m\",\"n\",\"o\",\"p\",\"q\",\"r\"]",
};

/* None of these is, with the byte where that shows. */
static const struct {
    struct rp_str text;
    size_t byte;
    const char *message; /* a part of it */
    const char *hint;    /* a part of it */
} refused[] = {
    {{"[1,]", 4}, 3, "a value is expected, found ']'", "remove the comma"},
    {{"{\"a\":1,}", 8}, 7, "found '}'", "remove the comma"},
    {{"[1,,2]", 6}, 3, "found ','", "a value is missing"},
    {{"[,1]", 4}, 1, "found ','", "a value is missing"},
    {{"{\"a\":}", 6}, 5, "found '}'", "a value is missing"},
    {{"{,}", 3}, 1, "a name", "a comma too many"},
    {{"{\"a\":1,,}", 9}, 7, "a name", "a comma too many"},
    {{"[1 2]", 5}, 3, "',' or ']'", "a comma is missing"},
    {{"{\"a\":1 \"b\":2}", 13}, 7, "',' or '}'", "a comma is missing"},
    {{"[1}", 3}, 2, "',' or ']'", "the '[' of line 1, column 1"},
    {{"{\"a\":1]", 7}, 6, "',' or '}'", "the '{' of line 1, column 1"},
    {{"[1:2]", 5}, 2, "found ':'", "only members"},
    {{"[\"a\":1]", 7}, 4, "found ':'", "only members"},
    {{"{a:1}", 5}, 1, "a name in double quotes", "\"a\""},
    {{"{'a':1}", 7}, 1, "a name in double quotes", "quoted with \""},
    {{"{1:1}", 5}, 1, "a name in double quotes", "names are strings"},
    {{"{\"a\"}", 5}, 4, "':' is expected", "\"name\": value"},
    {{"{\"a\",1}", 7}, 4, "':' is expected", "\"name\": value"},
    {{"{\"a\"=1}", 7}, 4, "':' is expected", "not by '='"},
    {{"{\"a\" 1}", 7}, 5, "':' is expected", "\"name\": value"},
    {{"{\"a\"::1}", 8}, 5, "found ':'", "a value is missing"},
    {{"'a'", 3}, 0, "found '''", "quoted with \""},
    {{"[NaN]", 5}, 1, "'NaN'", "JSON has no NaN"},
    {{"[Infinity]", 10}, 1, "'Infinity'", "no infinity"},
    {{"[-Infinity]", 11}, 2, "a digit", "no infinity"},
    {{"[True]", 6}, 1, "'True'", "write true"},
    {{"{\"a\":None}", 10}, 5, "'None'", "write null"},
    {{"undefined", 9}, 0, "'undefined'", "no undefined"},
    {{"[nulll]", 7}, 5, "',' or ']'", "a comma"},
    {{"[nul]", 5}, 1, "'nul'", "quoted"},
    {{"hello {}", 8}, 0, "'hello'", "without any words"},
    {{"```json\n{}\n```", 14}, 0, "found '`'", "Markdown"},
    {{"{}\n```", 6}, 3, "more follows", "Markdown"},
    {{"{} {}", 5}, 3, "more follows", "one value only"},
    {{"[]]", 3}, 2, "more follows", "bracket too many"},
    {{"1,2", 3}, 1, "more follows", "one value only"},
    {{"{};", 3}, 2, "more follows", "no semicolons"},
    {{"// c\n1", 6}, 0, "found '/'", "comments are not allowed"},
    {{"[1, /* c */ 2]", 14}, 4, "found '/'", "comments are not allowed"},
    {{"{\n# c\n}", 7}, 2, "found '#'", "comments are not allowed"},
    {{"+1", 2}, 0, "found '+'", "without the +"},
    {{".5", 2}, 0, "found '.'", "before the point"},
    {{"-.5", 3}, 1, "a digit", "before the point"},
    {{"[1.]", 4}, 3, "a digit", "behind the point"},
    {{"[1.e5]", 6}, 3, "a digit", "behind the point"},
    {{"[1e]", 4}, 3, "a digit", ""},
    {{"[1e+]", 5}, 4, "a digit", ""},
    {{"[-]", 3}, 2, "a digit", ""},
    {{"--1", 3}, 1, "a digit", ""},
    {{"01", 2}, 0, "begins with a zero", "remove the zero"},
    {{"[-012]", 6}, 2, "begins with a zero", "remove the zero"},
    {{"[0x10]", 6}, 2, "'x10'", "a number is decimal"},
    {{"[1.2.3]", 7}, 4, "found '.'", "a number is decimal"},
    {{"[1_000]", 7}, 2, "'_000'", "a number is decimal"},
    {{"[\"a\nb\"]", 7}, 3, "control character (0x0A)", "\\n"},
    {{"\"\t\"", 3}, 1, "control character (0x09)", "\\t"},
    {{"\"\x1f\"", 3}, 1, "control character (0x1F)", "\\u001f"},
    {{"\"\0\"", 3}, 1, "control character (0x00)", "\\u0000"},
    {{"\"\\'\"", 4}, 1, "no escape", "without the backslash"},
    {{"\"\\x41\"", 6}, 1, "no escape", "\\u00"},
    {{"\"C:\\Users\"", 10}, 3, "no escape", "a backslash itself"},
    {{"\"\\\0\"", 4}, 1, "no escape", "after \\"},
    {{"\"\\u12g4\"", 8}, 5, "four hexadecimal digits", ""},
    {{"\"\\u12\"", 6}, 5, "four hexadecimal digits", ""},
    {{"\"\\ud800\"", 8}, 1, "surrogate", "both halves"},
    {{"\"\\udc00\"", 8}, 1, "surrogate", "both halves"},
    {{"\"\\ude00\\ud83d\"", 14}, 1, "surrogate", "both halves"},
    {{"\"\\ud800\\u0041\"", 14}, 1, "surrogate", "both halves"},
    {{"\"\\ud800\\n\"", 10}, 1, "surrogate", "both halves"},
    {{"\"\\ud800x\"", 9}, 1, "surrogate", "both halves"},
    {{"\"\xff\"", 3}, 1, "0xFF is not UTF-8", "save the document"},
    {{"\"\x80\"", 3}, 1, "0x80 is not UTF-8", ""},
    {{"\"\xe9t\xe9\"", 5}, 1, "0xE9 is not UTF-8", "Latin-1"},
    {{"\"\xc0\x80\"", 4}, 1, "0xC0 is not UTF-8", ""},
    {{"\"\xc1\xbf\"", 4}, 1, "0xC1 is not UTF-8", ""},
    {{"\"\xe0\x9f\xbf\"", 5}, 1, "0xE0 is not UTF-8", ""},
    {{"\"\xed\xa0\x80\"", 5}, 1, "0xED is not UTF-8", ""},
    {{"\"\xf0\x8f\xbf\xbf\"", 6}, 1, "0xF0 is not UTF-8", ""},
    {{"\"\xf4\x90\x80\x80\"", 6}, 1, "0xF4 is not UTF-8", ""},
    {{"\"\xf5\x80\x80\x80\"", 6}, 1, "0xF5 is not UTF-8", ""},
    {{"\"12345678\xe2\x82\"", 12}, 9, "0xE2 is not UTF-8", ""},
    {{"\xef\xbb\xbf{}", 5}, 0, "byte order mark", "without"},
    {{"[\xef\xbb\xbf]", 5}, 1, "U+FEFF", "byte order mark"},
    {{"\xff\xfe{\0}\0", 6}, 0, "0xFF", "UTF-16"},
    {{"{\0}\0", 4}, 1, "0x00", "UTF-16"},
    {{"[\xc2\xa0]", 4}, 1, "U+00A0", "no-break space"},
    {{"[\xe2\x80\x9cx\xe2\x80\x9d]", 9}, 1, "U+201C", "typographic"},
    {{"[\f]", 3}, 1, "0x0C", ""},
    {{"[\v1]", 4}, 1, "0x0B", ""},
    {{"1\0", 2}, 1, "0x00", ""},
    {{"]", 1}, 0, "found ']'", ""},
    {{"{]", 2}, 1, "found ']'", ""},
    {{"[(1)]", 5}, 1, "found '('", "parentheses"},
    {{"{\"say\": \"a \"word\" b\"}", 21}, 12, "'word'", "inside a string"},
};

static void every_document_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(accepted); i++) {
        struct rp_json_doc *doc = read_text(accepted[i]);
        assert_non_null(rp_json_root(doc));
        rp_json_free(&doc);
        assert_null(doc);
    }
}

static void what_is_no_document_is_refused_with_place_and_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(refused); i++) {
        struct rp_json_doc *doc = NULL;
        struct rp_json_error error;
        struct rp_str text = refused[i].text;
        print_message("%.*s\n", RP_STR_ARG(text));
        assert_int_equal(rp_json_read(&doc, text, NULL, &error), RP_E_INVALID);
        assert_null(doc);
        assert_int_equal(error.place.byte, refused[i].byte);
        assert_non_null(strstr(error.message, refused[i].message));
        assert_non_null(strstr(error.hint, refused[i].hint));
        assert_false(error.truncated);
        assert_false(error.limit);
        assert_true(rp_utf8_valid(rp_str_of(error.message), NULL));
    }
}

static void every_beginning_of_a_document_is_one_or_is_called_truncated(
    void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(accepted); i++) {
        for (size_t len = 0; len < strlen(accepted[i]); len++) {
            struct rp_json_doc *doc = NULL;
            struct rp_json_error error;
            char *exact = rp_mem_dup((struct rp_str){accepted[i], len});
            struct rp_str text = {exact, len};
            if (rp_json_read(&doc, text, NULL, &error) != RP_OK) {
                assert_true(error.truncated);
                assert_int_equal(error.place.byte, len);
            }
            rp_json_free(&doc);
            rp_mem_free(exact);
        }
    }
}

static void what_can_never_be_completed_is_not_called_truncated(void **state)
{
    static const struct rp_str texts[] = {{"\"\\udc", 5}, {"\"\\ude0", 6},
        {"\"\\ud800\\u0", 10}, {"\"\\ud800\\ud8", 11}, {"\"\\ud800\\n", 9},
        {"\"\xc0", 2}, {"\"\xe0\x80", 3}, {"\"\xed\xa0", 3}, {"\"\xf4\x90", 3},
        {"\xef", 1}, {"\xef\xbb", 2}, {"nul ", 4}, {"[tru\n", 5}, {"- ", 2},
        {"[1. ", 4}, {"\"\\ ", 3}, {"\"\\u1 ", 5}, {"/", 1}, {"[1]/*", 5}};
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(texts); i++) {
        struct rp_json_doc *doc = NULL;
        struct rp_json_error error;
        assert_int_equal(
            rp_json_read(&doc, texts[i], NULL, &error), RP_E_INVALID);
        assert_false(error.truncated);
    }
}

static void a_place_counts_lines_and_characters(void **state)
{
    struct rp_json_doc *doc = NULL;
    struct rp_json_error error;
    (void)state;
    struct rp_str text = RP_STR("{\r\n  \"\xc3\xa9\xf0\x9f\x98\x80\": x}");
    assert_int_equal(rp_json_read(&doc, text, NULL, &error), RP_E_INVALID);
    assert_int_equal(error.place.line, 2);
    assert_int_equal(error.place.column, 9);
    assert_int_equal(error.place.byte, 15);
}

static void the_kind_of_fault_is_told(void **state)
{
    struct rp_json_doc *doc = NULL;
    struct rp_json_error error;
    (void)state;
    assert_int_equal(
        rp_json_read(&doc, RP_STR("{} x"), NULL, &error), RP_E_INVALID);
    assert_true(error.trailing && !error.encoding);
    assert_int_equal(
        rp_json_read(&doc, RP_STR("[\"\xff\"]"), NULL, &error), RP_E_INVALID);
    assert_true(error.encoding && !error.trailing);
    assert_int_equal(
        rp_json_read(&doc, RP_STR("[\xff]"), NULL, &error), RP_E_INVALID);
    assert_true(error.encoding);
    assert_int_equal(rp_json_read(&doc, RP_STR("\xef\xbb\xbf{}"), NULL, &error),
        RP_E_INVALID);
    assert_true(error.encoding);
    assert_int_equal(
        rp_json_read(&doc, RP_STR("[x]"), NULL, &error), RP_E_INVALID);
    assert_false(error.encoding || error.trailing);
    assert_int_equal(rp_json_read(&doc, RP_STR("["), NULL, NULL), RP_E_INVALID);
}

static enum rp_code read_with(const char *text,
    const struct rp_json_options *options, struct rp_json_error *error)
{
    struct rp_json_doc *doc = NULL;
    enum rp_code code = rp_json_read(&doc, rp_str_of(text), options, error);
    rp_json_free(&doc);
    return code;
}

static void limits_are_limits_and_not_faults_of_the_syntax(void **state)
{
    struct rp_json_error error;
    struct rp_json_options deep = RP_JSON_OPTIONS_INIT;
    struct rp_json_options many = RP_JSON_OPTIONS_INIT;
    struct rp_json_options lengthy = RP_JSON_OPTIONS_INIT;
    (void)state;
    deep.depth_max = 2;
    assert_int_equal(read_with("[{\"a\":1},[]]", &deep, &error), RP_OK);
    assert_int_equal(read_with("[{\"a\":[]}]", &deep, &error), RP_E_LIMIT);
    assert_true(error.limit);
    assert_int_equal(error.place.byte, 6);
    many.nodes_max = 3;
    assert_int_equal(read_with("[1,2]", &many, &error), RP_OK);
    assert_int_equal(read_with("{\"a\":1,\"b\":2}", &many, &error), RP_OK);
    assert_int_equal(read_with("[1,2,3]", &many, &error), RP_E_LIMIT);
    assert_true(error.limit);
    lengthy.bytes_max = 3;
    assert_int_equal(read_with("123", &lengthy, &error), RP_OK);
    assert_int_equal(read_with("1234", &lengthy, &error), RP_E_LIMIT);
    assert_true(error.limit);
    assert_false(error.truncated);
}

static void equal_names_are_refused_where_that_is_asked_for(void **state)
{
    struct rp_json_error error;
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    (void)state;
    options.duplicates = RP_JSON_DUPLICATES_REFUSE;
    assert_int_equal(
        read_with("[{\"a\":1},{\"a\":1}]", &options, &error), RP_OK);
    assert_int_equal(read_with("{\"a\":1,\n \"\\u0061\":2}", &options, &error),
        RP_E_INVALID);
    assert_int_equal(error.place.line, 2);
    assert_int_equal(error.place.column, 2);
    assert_non_null(strstr(error.message, "twice"));
    assert_int_equal(
        read_with("{\"a\":1,\"a\":", &options, &error), RP_E_INVALID);
    assert_false(error.truncated);
    assert_int_equal(read_with("{\"a\":1,\"a", &options, &error), RP_E_INVALID);
    assert_true(error.truncated);
    assert_int_equal(
        read_with("{\"a\":1,\"a\":[{\"b\":", &options, &error), RP_E_INVALID);
    assert_false(error.truncated);
}

static void messages_never_cut_a_character(void **state)
{
    struct rp_json_error error;
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    (void)state;
    options.duplicates = RP_JSON_DUPLICATES_REFUSE;
    assert_int_equal(read_with("{\"0123456789012345678901234567890\xc3\xa9\":0,"
                               "\"0123456789012345678901234567890\xc3\xa9\":1}",
                         &options, &error),
        RP_E_INVALID);
    assert_non_null(strstr(error.message, "7890' stands twice"));
    assert_int_equal(
        read_with("\"\\udc0\xc3\xa9\"", &options, &error), RP_E_INVALID);
    assert_true(rp_utf8_valid(rp_str_of(error.message), NULL));
}

static void comments_are_spaces_where_they_are_allowed(void **state)
{
    struct rp_json_error error;
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    (void)state;
    options.comments = true;
    assert_int_equal(
        read_with("/* a */ { // b\n \"x\" /**/ : /***/ 1 /* \xc3\xa9 */ } // c",
            &options, &error),
        RP_OK);
    assert_int_equal(read_with("[1//,\n,2/*]*/]", &options, &error), RP_OK);
    assert_int_equal(read_with("[1/* ", &options, &error), RP_E_INVALID);
    assert_true(error.truncated);
    assert_int_equal(read_with("1/", &options, &error), RP_E_INVALID);
    assert_true(error.truncated);
    assert_int_equal(read_with("[1/2]", &options, &error), RP_E_INVALID);
    assert_false(error.truncated);
    assert_int_equal(read_with("1 // \xff", &options, &error), RP_E_INVALID);
    assert_true(error.encoding);
}

static void strings_keep_every_character_and_nul_is_held_as_two_bytes(
    void **state)
{
    struct rp_buf buf;
    (void)state;
    struct rp_json_doc *doc =
        read_text("\"\\u0041\\n\\ud83d\\ude00\\u0000\xe2\x82\xac\\/\"");
    const cJSON *root = rp_json_root(doc);
    assert_string_equal(
        root->valuestring, "A\n\xf0\x9f\x98\x80\xc0\x80\xe2\x82\xac/");
    rp_buf_init(&buf, 64);
    rp_json_string_bytes(root, &buf);
    assert_true(rp_str_equal(
        rp_buf_str(&buf), RP_STR("A\n\xf0\x9f\x98\x80\0\xe2\x82\xac/")));
    rp_buf_fini(&buf);
    assert_text(root, "\"A\\n\xf0\x9f\x98\x80\\u0000\xe2\x82\xac/\"");
    rp_json_free(&doc);
}

static void numbers_keep_their_text(void **state)
{
    (void)state;
    struct rp_json_doc *doc =
        read_text("[9007199254740993, 0.30000000000000004, 1e400, -0.0]");
    const cJSON *root = rp_json_root(doc);
    assert_text(root, "[9007199254740993,0.30000000000000004,1e400,-0.0]");
    assert_true(rp_json_item(root, 1)->valuedouble == 0.1 + 0.2);
    assert_int_equal(rp_json_item(root, 0)->valueint, INT32_MAX);
    rp_json_free(&doc);
}

static void a_node_knows_where_it_stands(void **state)
{
    struct rp_str text =
        RP_STR("{\n  \"\xc3\xa9\": [1, {\"b\" : \"x\\n\"}]\n}");
    (void)state;
    struct rp_json_doc *doc = read_str(text);
    const cJSON *root = rp_json_root(doc);
    const cJSON *list = rp_json_get(root, "\xc3\xa9");
    const cJSON *b = rp_json_at(root, RP_STR("/\xc3\xa9/1/b"));
    struct rp_json_span span = rp_json_span_of(list, text);
    assert_int_equal(span.key_begin.line, 2);
    assert_int_equal(span.key_begin.column, 3);
    assert_int_equal(span.begin.column, 8);
    assert_int_equal(span.end.byte, text.len - 2);
    struct rp_json_extent extent = rp_json_extent_of(b);
    assert_true(rp_str_is(
        (struct rp_str){text.ptr + extent.begin, extent.end - extent.begin},
        "\"x\\n\""));
    assert_int_equal(text.ptr[extent.key_begin + 1], 'b');
    span = rp_json_span_of(root, text);
    assert_int_equal(span.begin.byte, 0);
    assert_int_equal(span.end.line, 3);
    extent = rp_json_extent_of(rp_json_item(list, 0));
    assert_int_equal(extent.end - extent.begin, 1);
    rp_json_free(&doc);
}

/* Quadratic work would take minutes here. */
static void huge_documents_take_time_in_proportion(void **state)
{
    enum { MEMBERS = 300000, DIGITS = 2000000 };
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    struct rp_json_doc *doc = NULL;
    struct rp_buf buf;
    (void)state;
    options.duplicates = RP_JSON_DUPLICATES_REFUSE;
    rp_buf_init(&buf, TEXT_MAX);
    rp_buf_add_char(&buf, '{');
    for (int i = 0; i < MEMBERS; i++) {
        rp_buf_addf(&buf, "\"k%d\":%d,", i, i);
    }
    rp_buf_add_text(&buf, "\"digits\":1");
    for (int i = 0; i < DIGITS; i++) {
        rp_buf_add_char(&buf, '7');
    }
    rp_buf_add_text(&buf, "e-1");
    for (int i = 0; i < DIGITS; i++) {
        rp_buf_add_char(&buf, '0');
    }
    rp_buf_add_text(&buf, ",\"text\":\"");
    for (int i = 0; i < DIGITS; i++) {
        rp_buf_add_text(&buf, i % 2 == 0 ? "\\u0000" : "\xc3\xa9");
    }
    rp_buf_add_text(&buf, "\"}");
    assert_int_equal(
        rp_json_read(&doc, rp_buf_str(&buf), &options, NULL), RP_OK);
    const cJSON *root = rp_json_root(doc);
    assert_int_equal(rp_json_size(root), MEMBERS + 2);
    for (int i = 0; i < MEMBERS; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "k%d", i);
        assert_int_equal(rp_json_get(root, name)->valueint, i);
    }
    rp_buf_reset(&buf);
    rp_json_write_key(&buf, root);
    assert_true(buf.len > MEMBERS);
    rp_json_free(&doc);
    rp_buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_document_is_read),
        cmocka_unit_test(what_is_no_document_is_refused_with_place_and_reason),
        cmocka_unit_test(
            every_beginning_of_a_document_is_one_or_is_called_truncated),
        cmocka_unit_test(what_can_never_be_completed_is_not_called_truncated),
        cmocka_unit_test(a_place_counts_lines_and_characters),
        cmocka_unit_test(the_kind_of_fault_is_told),
        cmocka_unit_test(limits_are_limits_and_not_faults_of_the_syntax),
        cmocka_unit_test(equal_names_are_refused_where_that_is_asked_for),
        cmocka_unit_test(messages_never_cut_a_character),
        cmocka_unit_test(comments_are_spaces_where_they_are_allowed),
        cmocka_unit_test(
            strings_keep_every_character_and_nul_is_held_as_two_bytes),
        cmocka_unit_test(numbers_keep_their_text),
        cmocka_unit_test(a_node_knows_where_it_stands),
        cmocka_unit_test(huge_documents_take_time_in_proportion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
