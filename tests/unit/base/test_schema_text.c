/* test_schema_text.c - patterns as in ECMA-262, and formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schema_probe.h"

struct sample {
    const char *schema;
    const char *text;
    bool holds;
};

static void patterns_mean_what_ecma_262_means(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"^\\\\d$", "\"7\"", true},
        {"^\\\\d$", "\"\\u09ea\"", false},
        {"^\\\\w$", "\"\\u00e9\"", false},
        {"^\\\\s$", "\"\\ufeff\"", true},
        {"^\\\\S$", "\"\\u2003\"", false},
        {"^[\\\\s\\\\S]$", "\"\\u2003\"", true},
        {"^.$", "\"\\ud83d\\ude00\"", true},
        {"^.$", "\"\\u2028\"", false},
        {"^a$", "\"a\\n\"", false},
        {"^\\\\p{Letter}+$", "\"\\u00e9a\"", true},
        {"^\\\\p{Lu}$", "\"a\"", false},
        {"^\\\\p{Script=Greek}$", "\"\\u03b1\"", true},
        {"^\\\\u0041\\\\x42\\\\u{43}$", "\"ABC\"", true},
        {"^\\\\ud83d\\\\ude00$", "\"\\ud83d\\ude00\"", true},
        {"^\\\\cA$", "\"\\u0001\"", true},
        {"^\\\\0$", "\"\\u0000\"", true},
        {"^a.b$", "\"a\\u0000b\"", true},
        {"^[^]$", "\"\\n\"", true},
        {"[]", "\"a\"", false},
        {"^[[a]$", "\"[\"", true},
        {"^(?<x>a|b)\\\\k<x>$", "\"bb\"", true},
        {"^(?:(a)|b)\\\\1$", "\"b\"", true},
        {"(?<=a)b", "\"ab\"", true},
        {"^{a}$", "\"{a}\"", true},
        {"^a\\\\-\\\\/b$", "\"a-/b\"", true},
        {"^[\\\\w-]+$", "\"a-b\"", true},
        {"^a{2}$", "\"aa\"", true},
        {"^a{2,}?$", "\"a\"", false},
        {"", "\"anything\"", true},
    };
    for (size_t i = 0; i < RP_COUNT_OF(samples); i++) {
        struct rp_buf schema;
        rp_buf_init(&schema, 4096);
        rp_buf_addf(&schema, "{\"pattern\":\"%s\"}", samples[i].schema);
        if (samples[i].holds) {
            assert_valid(schema.ptr, samples[i].text);
        } else {
            assert_invalid(schema.ptr, samples[i].text);
        }
        rp_buf_fini(&schema);
    }
}

static void what_only_other_dialects_have_is_refused(void **state)
{
    (void)state;
    static const char *const patterns[] = {"\\\\Z", "\\\\A", "\\\\a", "(?i)a",
        "(?P<n>a)", "(?#c)", "(?>a)", "a++", "a**", "(*FAIL)", "\\\\Qa\\\\E",
        "\\\\X", "(?R)", "(?1)", "\\\\u12", "\\\\p{Nope}", "\\\\ud800", "[a",
        "\\\\", "a{2}{3}", "^*", "\\\\01", "\\\\k", "(?<=a+)b"};
    for (size_t i = 0; i < RP_COUNT_OF(patterns); i++) {
        struct rp_schema_error error;
        struct rp_buf schema;
        rp_buf_init(&schema, 4096);
        rp_buf_addf(&schema, "{\"pattern\":\"%s\"}", patterns[i]);
        assert_int_equal(probe_refusal(schema.ptr, NULL, &error), RP_E_INVALID);
        assert_non_null(strstr(error.message, " is no pattern: "));
        rp_buf_fini(&schema);
    }
}

static const struct sample formats[] = {
    {"date", "2024-02-29", true},
    {"date", "2023-02-29", false},
    {"time", "23:59:60Z", true},
    {"time", "12:00:00", false},
    {"date-time", "2026-01-31T09:00:00.5+01:00", true},
    {"date-time", "2026-01-31 09:00:00Z", false},
    {"duration", "P1DT12H", true},
    {"duration", "P1D12H", false},
    {"email", "a.b@example.com", true},
    {"email", "a..b@example.com", false},
    {"idn-email", "\xC3\xA9@example.com", true},
    {"hostname", "www.example.com", true},
    {"hostname", "-a.com", false},
    {"ipv4", "10.0.0.1", true},
    {"ipv4", "10.0.0.01", false},
    {"ipv6", "::ffff:10.0.0.1", true},
    {"ipv6", "1:2:3:4:5:6:7", false},
    {"uri", "https://a@[::1]:80/x?y#z", true},
    {"uri", "/x", false},
    {"uri-reference", "../x?y", true},
    {"uri-reference", "a b", false},
    {"iri", "http://\xC3\xA9.com/", true},
    {"iri-reference", "\\\\x", false},
    {"uri-template", "/a/{b:3}{?c*,d}", true},
    {"uri-template", "/a/{b", false},
    {"uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", true},
    {"uuid", "2eb8aa08aa9811eab4aa73b441d16380", false},
    {"json-pointer", "/a~1b/0", true},
    {"json-pointer", "a", false},
    {"relative-json-pointer", "1/a", true},
    {"relative-json-pointer", "01", false},
    {"regex", "^a+$", true},
    {"regex", "(a", false},
    {"nobody-knows", "x", true},
};

static void formats_assert_when_asked_to(void **state)
{
    (void)state;
    struct rp_schema_options options = {.assert_format = true};
    for (size_t i = 0; i < RP_COUNT_OF(formats); i++) {
        struct rp_buf schema;
        struct rp_buf value;
        rp_buf_init(&schema, 4096);
        rp_buf_init(&value, 4096);
        rp_buf_addf(&schema, "{\"format\":\"%s\"}", formats[i].schema);
        rp_json_write_string(&value, rp_str_of(formats[i].text));
        struct probe_result result =
            probe_judge(schema.ptr, value.ptr, &options);
        assert_int_equal(result.code, RP_OK);
        if (result.is_valid != formats[i].holds) {
            fail_msg("%s: %s", formats[i].schema, formats[i].text);
        }
        rp_buf_fini(&schema);
        rp_buf_fini(&value);
    }
}

static void formats_are_annotations_otherwise(void **state)
{
    (void)state;
    assert_valid("{\"format\":\"date\"}", "\"x\"");
}

static void a_violated_format_shows_one_that_holds(void **state)
{
    (void)state;
    struct rp_schema_options options = {.assert_format = true};
    struct probe_result result =
        probe_judge("{\"properties\":{\"on\":{\"format\":\"date\"}}}",
            "{\"on\":\"31.1.2026\"}", &options);
    assert_string_equal(result.violations,
        "/on|/properties/on/format|'on' is '31.1.2026', which is no date, as "
        "2026-01-31\n");
}

static void add_typed(void *context, const cJSON *value, const char *format)
{
    rp_buf_addf(context, "%s=%s\n", value->valuestring, format);
}

/* "text=format" lines in the order of judging. */
static void assert_formats(
    const char *schema_text, const char *instance, const char *lines)
{
    struct rp_schema *schema = NULL;
    struct rp_buf out;
    rp_buf_init(&out, 4096);
    assert_int_equal(
        rp_schema_compile(&schema, probe_read(schema_text), NULL, NULL), RP_OK);
    assert_int_equal(
        rp_schema_formats(schema, probe_read(instance), add_typed, &out, NULL),
        RP_OK);
    assert_string_equal(out.len == 0 ? "" : out.ptr, lines);
    rp_schema_free(&schema);
    rp_buf_fini(&out);
    probe_fini();
}

static void a_value_that_holds_tells_which_strings_have_a_format(void **state)
{
    (void)state;
    const char *schema =
        "{\"$defs\":{\"t\":{\"format\":\"date-time\"}},"
        "\"propertyNames\":{\"format\":\"name\"},"
        "\"properties\":{\"at\":{\"$ref\":\"#/$defs/t\"},"
        "\"all\":{\"items\":{\"anyOf\":[{\"type\":\"string\","
        "\"format\":\"uuid\"},{\"type\":\"integer\"}]}},"
        "\"one\":{\"oneOf\":[{\"format\":\"no\",\"maxLength\":1},"
        "{\"format\":\"yes\"}]},"
        "\"non\":{\"not\":{\"format\":\"never\",\"maxLength\":1}}}}";
    assert_formats(schema, "{\"at\":\"noon\"}", "noon=date-time\n");
    assert_formats(schema, "{\"at\":7,\"x\":\"y\"}", "");
    assert_formats(schema, "{\"all\":[\"a\",1,\"b\"]}", "a=uuid\nb=uuid\n");
    assert_formats(schema, "{\"one\":\"text\"}", "text=yes\n");
    assert_formats(schema, "{\"non\":\"text\"}", "");
    assert_formats(
        "{\"properties\":{\"a\":{\"format\":\"uuid\"}},\"required\":[\"b\"]}",
        "{\"a\":\"x\"}", "");
}

static void a_schema_knows_its_formats(void **state)
{
    (void)state;
    struct rp_schema *schema = NULL;
    const cJSON *root = probe_read("{\"$defs\":{\"a\":{\"format\":\"uuid\"}},"
                                   "\"items\":{\"$ref\":\"#/$defs/a\"}}");
    assert_int_equal(rp_schema_compile(&schema, root, NULL, NULL), RP_OK);
    assert_true(rp_schema_has_format(schema, "uuid"));
    assert_false(rp_schema_has_format(schema, "date"));
    rp_schema_free(&schema);
    probe_fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_that_holds_tells_which_strings_have_a_format),
        cmocka_unit_test(a_schema_knows_its_formats),
        cmocka_unit_test(patterns_mean_what_ecma_262_means),
        cmocka_unit_test(what_only_other_dialects_have_is_refused),
        cmocka_unit_test(formats_assert_when_asked_to),
        cmocka_unit_test(formats_are_annotations_otherwise),
        cmocka_unit_test(a_violated_format_shows_one_that_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
