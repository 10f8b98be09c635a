#include "json_support.h"

#include <locale.h>
#include <stdlib.h>

static void numbers_have_one_spelling(void **state)
{
    static const struct {
        const char *text;
        const char *key;
    } cases[] = {
        {"0", "0"},
        {"-0", "0"},
        {"0.000", "0"},
        {"-0e99999999999999999999", "0"},
        {"5", "5"},
        {"5.0", "5"},
        {"5e0", "5"},
        {"50e-1", "5"},
        {"0.05e+2", "5"},
        {"-5", "-5"},
        {"100", "100"},
        {"1.0e2", "100"},
        {"0.001e5", "100"},
        {"0.5", "5e-1"},
        {"5e-1", "5e-1"},
        {"12.50", "125e-1"},
        {"1020.3040", "1020304e-3"},
        {"0.30000000000000004", "30000000000000004e-17"},
        {"9007199254740993", "9007199254740993"},
        {"12345678901234567890", "12345678901234567890"},
        {"1e19", "10000000000000000000"},
        {"1e20", "1e20"},
        {"100000000000000000000", "1e20"},
        {"123456789012345678901", "123456789012345678901"},
        {"1234567890123456789010", "123456789012345678901e1"},
        {"1e400", "1e400"},
        {"10e399", "1e400"},
        {"-1e-400", "-1e-400"},
        {"1e0000000000000000000000000002", "100"},
        {"1e999999999999999999", "1e999999999999999999"},
        {"10e999999999999999999", "1e1000000000000000000"},
        {"1e1000000000000000000", "1e1000000000000000000"},
        {"0.1e1000000000000000000", "1e999999999999999999"},
        {"0.001e1000000000000000000000", "1e999999999999999999997"},
        {"1000e99999999999999999999999", "1e100000000000000000000002"},
        {"10e-1000000000000000000000", "1e-999999999999999999999"},
        {"0.1e-99999999999999999999", "1e-100000000000000000000"},
    };
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        assert_key(cases[i].text, cases[i].key);
        assert_key(cases[i].key, cases[i].key);
    }
}

static void members_are_sorted_by_the_bytes_of_their_names(void **state)
{
    (void)state;
    assert_key("{\"b\":1,\"a\":2,\"B\":3,\"\":4,\"aa\":5,\"\\u00e9\":6,"
               "\"\\uffff\":7,\"\\ud83d\\ude00\":8}",
        "{\"\":4,\"B\":3,\"a\":2,\"aa\":5,\"b\":1,\"\xc3\xa9\":6,"
        "\"\xef\xbf\xbf\":7,\"\xf0\x9f\x98\x80\":8}");
    assert_key("{\"a!\":1,\"a\\u0000\":2,\"a\":3,\"a\\u0000\\u0000\":4,"
               "\"\\u0001\":5}",
        "{\"\\u0001\":5,\"a\":3,\"a\\u0000\":2,\"a\\u0000\\u0000\":4,"
        "\"a!\":1}");
}

static void the_last_of_equal_names_is_kept(void **state)
{
    (void)state;
    assert_key(
        "{\"a\":1,\"b\":2,\"a\":3,\"\\u0061\":[4]}", "{\"a\":[4],\"b\":2}");
    assert_key("{\"a\":1,\"a\":1}", "{\"a\":1}");
}

static void arrays_keep_their_order_and_strings_their_characters(void **state)
{
    (void)state;
    assert_key(" [ 3, 1, [ ], { }, \"\\u0041\\/\\u0000\", true, null ] ",
        "[3,1,[],{},\"A/\\u0000\",true,null]");
}

static bool equal_texts(const char *a, const char *b)
{
    struct rp_json_doc *doc_a = read_text(a);
    struct rp_json_doc *doc_b = read_text(b);
    const cJSON *root_a = rp_json_root(doc_a);
    const cJSON *root_b = rp_json_root(doc_b);
    bool equal = rp_json_key_equal(root_a, root_b);
    struct rp_digest digest_a = rp_json_key_digest(root_a);
    struct rp_digest digest_b = rp_json_key_digest(root_b);
    assert_int_equal(equal, rp_digest_equal(&digest_a, &digest_b));
    assert_int_equal(equal, rp_json_key_equal(root_b, root_a));
    rp_json_free(&doc_a);
    rp_json_free(&doc_b);
    return equal;
}

static void equality_is_that_of_key_form(void **state)
{
    (void)state;
    assert_true(equal_texts("{\"a\":5.0,\"b\":[]}", "{\"b\":[],\"a\":5}"));
    assert_true(equal_texts("{\"a\":0,\"a\":1}", "{\"a\":1}"));
    assert_true(equal_texts("\"\\u0041\"", "\"A\""));
    assert_false(equal_texts("9007199254740993", "9007199254740992"));
    assert_false(equal_texts("1e400", "1e401"));
    assert_false(equal_texts("[1,2]", "[2,1]"));
    assert_false(equal_texts("[1]", "[1,1]"));
    assert_false(equal_texts("1", "\"1\""));
    assert_false(equal_texts("true", "1"));
    assert_false(equal_texts("true", "false"));
    assert_false(equal_texts("null", "false"));
    assert_false(equal_texts("[]", "{}"));
    assert_false(equal_texts("{\"a\":null}", "{}"));
    assert_false(equal_texts("\"a\\u0000\"", "\"a\""));
}

static void integers_are_read_exactly_or_not_at_all(void **state)
{
    static const struct {
        const char *text;
        bool exact;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-0.0e5", true, 0},
        {"5.0", true, 5},
        {"1.5e1", true, 15},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"922337203685477580.7e1", true, INT64_MAX},
        {"1e18", true, 1000000000000000000},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"1e19", false, 0},
        {"1e400", false, 0},
        {"1e99999999999999999999", false, 0},
        {"0.5", false, 0},
        {"1e-1", false, 0},
        {"\"5\"", false, 0},
        {"null", false, 0},
        {"[5]", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct rp_json_doc *doc = read_text(cases[i].text);
        int64_t value = 77;
        assert_int_equal(
            rp_json_int64(rp_json_root(doc), &value), cases[i].exact);
        assert_true(value == (cases[i].exact ? cases[i].value : 77));
        rp_json_free(&doc);
    }
    int64_t value = 77;
    assert_false(rp_json_int64(NULL, &value));
}

static double read_double(const char *text)
{
    struct rp_json_doc *doc = read_text(text);
    double value = rp_json_root(doc)->valuedouble;
    rp_json_free(&doc);
    return value;
}

static void doubles_are_the_nearest(void **state)
{
    static const char *const hard[] = {"0.1", "1e22", "1e23", "8.5e-20",
        "9007199254740993", "9007199254740993.00000000000000000000000001",
        "2.2250738585072011e-308", "2.2250738585072012e-308", "4.9e-324",
        "2.4703282292062327e-324", "2.4703282292062328e-324",
        "1.7976931348623157e308", "1.7976931348623159e308", "1e-400", "1e400",
        "6929495644600919.5", "3.5844466002796428e+298", "7.1e-27", "1.1e27",
        "9214843084008499", "0.500000000000000166533453693773481063544750213",
        "179769313486231580793728971405301e276", "18446744073709551615e3",
        "18446744073709551616", "0.000000000000000000000000000123456789"};
    uint64_t draw = 88172645463325252;
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(hard); i++) {
        assert_true(read_double(hard[i]) == strtod(hard[i], NULL));
    }
    for (int i = 0; i < 20000; i++) {
        char text[64];
        draw ^= draw << 13;
        draw ^= draw >> 7;
        draw ^= draw << 17;
        (void)snprintf(text, sizeof(text), "%s%llu.%0*llue%d",
            draw % 3 == 0 ? "-" : "", (unsigned long long)(draw % 1000003),
            (int)(draw % 19) + 1, (unsigned long long)(draw >> 40),
            (int)(draw % 61) - 30);
        assert_true(read_double(text) == strtod(text, NULL));
    }
}

static void the_locale_changes_nothing(void **state)
{
    static const char *const names[] = {
        "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    const char *found = NULL;
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(names) && found == NULL; i++) {
        found = setlocale(LC_NUMERIC, names[i]);
    }
    if (found == NULL) {
        print_message("no locale here has a decimal comma\n");
        skip();
    }
    double value = read_double("1.5e-300");
    cJSON *number = cJSON_CreateNumber(0.1);
    struct rp_buf buf;
    rp_buf_init(&buf, 64);
    rp_json_write_text(&buf, number);
    cJSON_Delete(number);
    (void)setlocale(LC_NUMERIC, "C"); /* "C" is always there */
    assert_true(value == 1.5e-300);
    assert_string_equal(rp_buf_str(&buf).ptr, "0.1");
    rp_buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_one_spelling),
        cmocka_unit_test(members_are_sorted_by_the_bytes_of_their_names),
        cmocka_unit_test(the_last_of_equal_names_is_kept),
        cmocka_unit_test(arrays_keep_their_order_and_strings_their_characters),
        cmocka_unit_test(equality_is_that_of_key_form),
        cmocka_unit_test(integers_are_read_exactly_or_not_at_all),
        cmocka_unit_test(doubles_are_the_nearest),
        cmocka_unit_test(the_locale_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
