#include <reprise/str.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <reprise/attr.h>

static struct rp_str str(const char *text)
{
    return rp_str_of(text);
}

static void slices_compare_by_bytes(void **state)
{
    (void)state;
    assert_true(rp_str_equal(RP_STR("a\0b"), RP_STR("a\0b")));
    assert_false(rp_str_equal(RP_STR("a\0b"), RP_STR("a\0c")));
    assert_true(rp_str_equal((struct rp_str){NULL, 0}, str("")));
    assert_true(rp_str_is(str("labs"), "labs"));
    assert_true(rp_str_compare(str("a"), str("ab")) < 0);
    assert_true(rp_str_compare(str("b"), str("ab")) > 0);
    assert_true(rp_str_compare(str("\x80"), str("z")) > 0);
    assert_int_equal(rp_str_compare(str(""), (struct rp_str){NULL, 0}), 0);
}

static void slices_know_how_they_begin_and_end(void **state)
{
    (void)state;
    assert_true(rp_str_starts(str("gather/labs"), str("gather/")));
    assert_false(rp_str_starts(str("ga"), str("gather")));
    assert_true(rp_str_ends(str("plan.json"), str(".json")));
    assert_false(rp_str_ends(str("json"), str(".json")));
    assert_true(rp_str_starts(str(NULL), str("")));
    assert_true(rp_str_ends(str(NULL), str("")));
}

static void cutting_tells_no_rest_from_an_empty_one(void **state)
{
    (void)state;
    struct rp_str rest = str("a/b/");
    assert_true(rp_str_is(rp_str_cut(rest, '/', &rest), "a"));
    assert_true(rp_str_is(rp_str_cut(rest, '/', &rest), "b"));
    assert_non_null(rest.ptr);
    assert_int_equal(rest.len, 0);
    assert_true(rp_str_is(rp_str_cut(rest, '/', &rest), ""));
    assert_null(rest.ptr);
}

static void trimming_takes_blanks_from_both_ends(void **state)
{
    (void)state;
    assert_true(rp_str_is(rp_str_trim(str(" \t a b\r\n")), "a b"));
    assert_true(rp_str_is(rp_str_trim(str(" \n ")), ""));
    assert_true(rp_str_is(rp_str_trim(str(NULL)), ""));
}

struct glob_case {
    const char *pattern, *text;
    bool matches;
};

static const struct glob_case glob_cases[] = {
    {"", "", true},
    {"", "a", false},
    {"*", "", true},
    {"*", "labs", true},
    {"*", "gather/labs", false},
    {"**", "gather/labs", true},
    {"**", "", true},
    {"gather/*", "gather/labs", true},
    {"gather/*", "gather/labs/call:1", false},
    {"gather/**", "gather/labs/call:1", true},
    {"**/labs", "gather/inner/labs", true},
    {"**/labs", "labs", false},
    {"**labs", "labs", true},
    {"*/labs@?", "gather/labs@2", true},
    {"*/labs@?", "gather/labs@12", false},
    {"?", "/", false},
    {"?", "", false},
    {"a*b*c", "aXbYbZc", true},
    {"a*b*c", "aXbYbZ", false},
    {"a*b*c", "aX/bYc", false},
    {"**a*b", "x/a/y/ab", true},
    {"**a*b/c", "ab/d/axb/c", true},
    {"**a*b/c", "ab/d/axb/d", false},
    {"***", "a/b", true},
    {"*[0]", "notes[0]", true}, /* brackets are plain bytes */
    {"labs", "Labs", false},
};

static void globs_match_by_path_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(glob_cases); i++) {
        const struct glob_case *c = &glob_cases[i];
        bool matches = rp_str_glob(str(c->pattern), str(c->text));
        if (matches != c->matches) {
            fail_msg("'%s' on '%s'", c->pattern, c->text);
        }
    }
}

/* The meaning of a pattern, written for clearness. */
static bool glob_plainly(const char *pattern, const char *text)
{
    if (*pattern == '\0') {
        return *text == '\0';
    }
    if (*pattern == '*') {
        bool two = pattern[1] == '*';
        if (glob_plainly(pattern + (two ? 2 : 1), text)) {
            return true;
        }
        return *text != '\0' && (two || *text != '/') &&
               glob_plainly(pattern, text + 1);
    }
    bool same = *pattern == *text || (*pattern == '?' && *text != '/');
    return *text != '\0' && same && glob_plainly(pattern + 1, text + 1);
}

static void write_in_base(char *out, size_t number, const char *digits)
{
    size_t base = strlen(digits);
    size_t len = 0;
    for (; number > 0; number = (number - 1) / base) {
        out[len++] = digits[(number - 1) % base];
    }
    out[len] = '\0';
}

static void globs_agree_with_their_meaning_on_all_short_texts(void **state)
{
    (void)state;
    size_t differing = 0;
    for (size_t p = 0; p < 1 + 4 + 16 + 64 + 256 + 1024; p++) {
        for (size_t t = 0; t < 1 + 2 + 4 + 8 + 16 + 32; t++) {
            char pattern[16];
            char text[16];
            write_in_base(pattern, p, "a/*?");
            write_in_base(text, t, "a/");
            bool plain = glob_plainly(pattern, text);
            differing += plain != rp_str_glob(str(pattern), str(text));
        }
    }
    assert_int_equal(differing, 0);
}

static void a_hostile_glob_ends_soon(void **state)
{
    (void)state;
    char text[513];
    memset(text, 'a', 512);
    text[512] = '\0';
    assert_false(rp_str_glob(str("*a*a*a*a*a*a*a*a*a*a*a*b"), str(text)));
    assert_false(rp_str_glob(str("**a**a**a**a**a**a**a**b"), str(text)));
}

static void distances_count_single_byte_edits(void **state)
{
    (void)state;
    assert_int_equal(rp_str_distance(str("labs"), str("labs"), 9), 0);
    assert_int_equal(rp_str_distance(str("kitten"), str("sitting"), 9), 3);
    assert_int_equal(rp_str_distance(str(""), str("abc"), 9), 3);
    assert_int_equal(rp_str_distance(str("kitten"), str("sitting"), 2), 2);
    assert_int_equal(rp_str_distance(str("a"), str("a"), 0), 0);
    char a[201];
    char b[201];
    memset(a, 'x', 200);
    memset(b, 'x', 200);
    a[200] = b[200] = '\0';
    b[100] = 'y';
    assert_int_equal(rp_str_distance(str(a), str(b), 9), 1);
}

static void the_nearest_name_is_offered_when_it_is_near(void **state)
{
    (void)state;
    static const char *const names[] = {"timeout", "retry", "idle", "input"};
    size_t count = RP_COUNT_OF(names);
    assert_string_equal(rp_str_nearest(str("timout"), names, count), "timeout");
    assert_string_equal(rp_str_nearest(str("RETRY"), names, count), "retry");
    assert_string_equal(rp_str_nearest(str("inptu"), names, count), "input");
    assert_null(rp_str_nearest(str("concurrency"), names, count));
    assert_null(rp_str_nearest(str("x"), names, count));
    assert_null(rp_str_nearest(str(""), names, count));
    assert_null(rp_str_nearest(str("retry"), NULL, 0));
}

struct utf8_case {
    const char *bytes;
    size_t bad; /* SIZE_MAX: valid */
};

static const struct utf8_case utf8_cases[] = {
    {"", SIZE_MAX},
    {"plain ASCII, longer than eight", SIZE_MAX},
    {"\x7F", SIZE_MAX},
    {"\xC2\x80", SIZE_MAX},
    {"\xDF\xBF", SIZE_MAX},
    {"\xE0\xA0\x80", SIZE_MAX},
    {"\xED\x9F\xBF", SIZE_MAX}, /* the last before the surrogates */
    {"\xEE\x80\x80", SIZE_MAX},
    {"\xEF\xBF\xBF", SIZE_MAX},
    {"\xF0\x90\x80\x80", SIZE_MAX},
    {"\xF4\x8F\xBF\xBF", SIZE_MAX}, /* U+10FFFF */
    {"\x80", 0},
    {"a\xBF", 1},
    {"\xC0\x80", 0}, /* overlong */
    {"\xC1\xBF", 0},
    {"\xE0\x9F\xBF", 0},
    {"\xF0\x8F\xBF\xBF", 0},
    {"\xED\xA0\x80", 0}, /* surrogates */
    {"\xED\xBF\xBF", 0},
    {"\xF4\x90\x80\x80", 0}, /* past U+10FFFF */
    {"\xF5\x80\x80\x80", 0},
    {"\xFE", 0},
    {"\xFF", 0},
    {"\xC2", 0}, /* cut short */
    {"\xE2\x82", 0},
    {"\xF0\x9F\x8E", 0},
    {"\xC2z", 0},
    {"\xE2\x82z", 0},
    {"\xF0\x9F\x8Ez", 0},
    {"\xE2z\x82", 0},
    {"eight ok\xE2\x82\xAC, then \xED\xB0\x80", 18},
    {"1234567\xC3\xA9", SIZE_MAX}, /* across the eights */
    {"12345678\xFF", 8},
};

static void utf8_is_judged_in_all_its_classes(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(utf8_cases); i++) {
        size_t bad = SIZE_MAX;
        bool valid = rp_utf8_valid(str(utf8_cases[i].bytes), &bad);
        if (valid != (utf8_cases[i].bad == SIZE_MAX) ||
            bad != utf8_cases[i].bad) {
            fail_msg("case %zu: bad at %zu", i, bad);
        }
    }
    assert_true(rp_utf8_valid(RP_STR("a\0b"), NULL));
    assert_false(rp_utf8_valid(RP_STR("\xFF"), NULL));
}

static size_t encode(char *out, unsigned point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t len = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    out[0] = (char)(lead[len] | point);
    return len;
}

static void every_code_point_but_the_surrogates_is_valid(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (unsigned point = 0; point < 0x110400; point++) {
        char bytes[4];
        size_t len = encode(bytes, point);
        bool surrogate = point >= 0xD800 && point <= 0xDFFF;
        bool valid = rp_utf8_valid((struct rp_str){bytes, len}, NULL);
        wrong += valid == (surrogate || point > 0x10FFFF);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_compare_by_bytes),
        cmocka_unit_test(slices_know_how_they_begin_and_end),
        cmocka_unit_test(cutting_tells_no_rest_from_an_empty_one),
        cmocka_unit_test(trimming_takes_blanks_from_both_ends),
        cmocka_unit_test(globs_match_by_path_parts),
        cmocka_unit_test(globs_agree_with_their_meaning_on_all_short_texts),
        cmocka_unit_test(a_hostile_glob_ends_soon),
        cmocka_unit_test(distances_count_single_byte_edits),
        cmocka_unit_test(the_nearest_name_is_offered_when_it_is_near),
        cmocka_unit_test(utf8_is_judged_in_all_its_classes),
        cmocka_unit_test(every_code_point_but_the_surrogates_is_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
