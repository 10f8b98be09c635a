/* test_schema_parts.c - exact numbers and URI references, from inside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <reprise/attr.h>

#include "schema_number.h"
#include "schema_uri.h"

static struct rp__decimal decimal(const char *text)
{
    return rp__decimal_of(rp_str_of(text));
}

static void numbers_compare_exactly(void **state)
{
    (void)state;
    /* Ascending; equal ones share a row. */
    static const char *const rows[][3] = {
        {"-1e400", "-10e399", "-0.1e401"},
        {"-9007199254740993", "-9007199254740993.0", NULL},
        {"-9007199254740992", "-9.007199254740992e15", NULL},
        {"-1e-400", NULL, NULL},
        {"0", "-0.0", "0e999999999999999999999"},
        {"1e-400", "0.1e-399", NULL},
        {"0.1", "1E-1", "0.1000"},
        {"0.10000000000000000001", NULL, NULL},
        {"1", "1.0", "10e-1"},
        {"1000", "1e3", "1.000E+3"},
        {"1001", NULL, NULL},
        {"1e400", "10e399", NULL},
    };
    for (size_t i = 0; i < RP_COUNT_OF(rows); i++) {
        struct rp__decimal a = decimal(rows[i][0]);
        for (size_t k = 1; k < 3 && rows[i][k] != NULL; k++) {
            struct rp__decimal b = decimal(rows[i][k]);
            assert_int_equal(rp__decimal_compare(&a, &b), 0);
            assert_true(rp__decimal_hash(&a, 1) == rp__decimal_hash(&b, 1));
        }
        for (size_t k = i + 1; k < RP_COUNT_OF(rows); k++) {
            struct rp__decimal b = decimal(rows[k][0]);
            assert_true(rp__decimal_compare(&a, &b) < 0);
            assert_true(rp__decimal_compare(&b, &a) > 0);
        }
    }
}

struct multiple {
    const char *value;
    const char *divisor;
    bool is_multiple;
};

static void multiples_are_exact(void **state)
{
    (void)state;
    static const struct multiple multiples[] = {
        {"0", "7", true},
        {"0.0075", "0.0001", true},
        {"0.00751", "0.0001", false},
        {"4.35", "0.01", true},
        {"-21", "7", true},
        {"1e308", "0.123456789", false},
        {"1e308", "0.5", true},
        {"1e100", "1024", true},
        {"1e9", "1024", false},
        {"1e10", "1024", true},
        {"9007199254740993", "3", true},
        {"123456789012345678901234567890", "999999999999999999", false},
        {"999999999999999999000000000000000000", "999999999999999999", true},
        {"5", "10", false},
    };
    for (size_t i = 0; i < RP_COUNT_OF(multiples); i++) {
        struct rp__decimal value = decimal(multiples[i].value);
        struct rp__decimal divisor = decimal(multiples[i].divisor);
        if (rp__decimal_is_multiple(&value, &divisor) !=
            multiples[i].is_multiple) {
            fail_msg("%s by %s", multiples[i].value, multiples[i].divisor);
        }
    }
}

static void sizes_are_whole_and_saturate(void **state)
{
    (void)state;
    uint64_t size = 0;
    struct rp__decimal d = decimal("2.0e1");
    assert_true(rp__decimal_to_size(&d, &size));
    assert_int_equal(size, 20);
    d = decimal("1e400");
    assert_true(rp__decimal_to_size(&d, &size));
    assert_true(size == UINT64_MAX);
    d = decimal("0.5");
    assert_false(rp__decimal_to_size(&d, &size));
    d = decimal("-1");
    assert_false(rp__decimal_to_size(&d, &size));
}

struct resolution {
    const char *reference;
    const char *result;
};

/* RFC 3986, section 5.4; fragments are left off. */
static const struct resolution resolutions[] = {
    {"g:h", "g:h"},
    {"g", "http://a/b/c/g"},
    {"./g", "http://a/b/c/g"},
    {"g/", "http://a/b/c/g/"},
    {"/g", "http://a/g"},
    {"//g", "http://g"},
    {"?y", "http://a/b/c/d;p?y"},
    {"g?y", "http://a/b/c/g?y"},
    {"#s", "http://a/b/c/d;p?q"},
    {"g#s", "http://a/b/c/g"},
    {";x", "http://a/b/c/;x"},
    {"", "http://a/b/c/d;p?q"},
    {".", "http://a/b/c/"},
    {"./", "http://a/b/c/"},
    {"..", "http://a/b/"},
    {"../", "http://a/b/"},
    {"../g", "http://a/b/g"},
    {"../..", "http://a/"},
    {"../../g", "http://a/g"},
    {"../../../g", "http://a/g"},
    {"/./g", "http://a/g"},
    {"/../g", "http://a/g"},
    {"g.", "http://a/b/c/g."},
    {"..g", "http://a/b/c/..g"},
    {"./../g", "http://a/b/g"},
    {"./g/.", "http://a/b/c/g/"},
    {"g/./h", "http://a/b/c/g/h"},
    {"g/../h", "http://a/b/c/h"},
    {"g;x=1/../y", "http://a/b/c/y"},
    {"g?y/../x", "http://a/b/c/g?y/../x"},
};

static void assert_resolves(
    const char *base, const char *reference, const char *result)
{
    struct rp_buf out;
    rp_buf_init(&out, 1024);
    rp__uri_resolve(&out, rp_str_of(base), rp_str_of(reference));
    assert_string_equal(out.ptr, result);
    rp_buf_fini(&out);
}

static void references_resolve_as_rfc_3986_has_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(resolutions); i++) {
        assert_resolves("http://a/b/c/d;p?q", resolutions[i].reference,
            resolutions[i].result);
    }
    assert_resolves("file:///a/b.json", "c.json", "file:///a/c.json");
    assert_resolves("urn:x:y", "#f", "urn:x:y");
    assert_resolves("http://a", "b", "http://a/b");
    assert_resolves("", "b.json", "b.json");
}

static void escapes_are_decoded_and_broken_ones_stay(void **state)
{
    (void)state;
    struct rp_buf out;
    rp_buf_init(&out, 1024);
    rp__uri_decode(&out, rp_str_of("%25a%2Fb%zz%4"));
    assert_string_equal(out.ptr, "%a/b%zz%4");
    rp_buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_compare_exactly),
        cmocka_unit_test(multiples_are_exact),
        cmocka_unit_test(sizes_are_whole_and_saturate),
        cmocka_unit_test(references_resolve_as_rfc_3986_has_it),
        cmocka_unit_test(escapes_are_decoded_and_broken_ones_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
