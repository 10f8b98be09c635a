/* What a limit leaves of a span, and what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/span_limits.h>

static const char *get(void *context, const char *name)
{
    const char *const *variables = context;
    for (size_t i = 0; variables[i] != NULL; i += 2) {
        if (strcmp(variables[i], name) == 0) {
            return variables[i + 1];
        }
    }
    return NULL;
}

static struct rp_span_limits limits_of(
    const char *const *variables, struct rp_buf *warnings)
{
    struct rp_span_limits limits;
    struct rp_environment environment = {get, (void *)(uintptr_t)variables};
    rp_buf_init(warnings, 4096);
    rp_span_limits_read(&limits, &environment, warnings);
    return limits;
}

#define LIMITS(warnings, ...)                                                  \
    limits_of((const char *const[]){__VA_ARGS__, NULL}, (warnings))

static void a_variable_of_spans_wins_over_the_general_one(void **state)
{
    (void)state;
    struct rp_buf warnings;
    struct rp_span_limits limits = LIMITS(&warnings,
        "OTEL_ATTRIBUTE_COUNT_LIMIT", "7", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
        "5", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9");
    assert_int_equal(limits.attributes, 5);
    assert_int_equal(limits.value_characters, 9);
    assert_int_equal(limits.events, RP_SPAN_COUNT_LIMIT);
    assert_int_equal(limits.link_attributes, RP_SPAN_COUNT_LIMIT);
    assert_int_equal(warnings.len, 0);
    rp_buf_fini(&warnings);
}

static void what_is_no_number_is_ignored_and_told(void **state)
{
    (void)state;
    struct rp_buf warnings;
    struct rp_span_limits limits =
        LIMITS(&warnings, "OTEL_SPAN_EVENT_COUNT_LIMIT", "-1",
            "OTEL_SPAN_LINK_COUNT_LIMIT", "99999999999999999999");
    assert_int_equal(limits.events, RP_SPAN_COUNT_LIMIT);
    assert_int_equal(limits.links, RP_SPAN_NO_LIMIT);
    assert_non_null(strstr(warnings.ptr, "OTEL_SPAN_EVENT_COUNT_LIMIT"));
    rp_buf_fini(&warnings);
}

static const struct rp_span_event two_events[] = {
    {.name = {"a", 1}, .attributes = {"{\"k\":\"one\",\"l\":2}", 17}},
    {.name = {"b", 1}, .attributes = {"{}", 2}},
};
static const struct rp_span_link two_links[] = {
    {.attributes = {"{\"k\":\"one\",\"l\":2}", 17}},
    {.attributes = {"{}", 2}},
};

static struct rp_span span_of(const char *attributes)
{
    return (struct rp_span){.attributes = rp_str_of(attributes),
        .events = two_events,
        .event_count = 2,
        .links = two_links,
        .link_count = 2};
}

static const struct rp_span_limits none = {RP_SPAN_NO_LIMIT, RP_SPAN_NO_LIMIT,
    RP_SPAN_NO_LIMIT, RP_SPAN_NO_LIMIT, RP_SPAN_NO_LIMIT, RP_SPAN_NO_LIMIT};

#define IS(str, text) assert_true(rp_str_is((str), (text)))

static void a_span_within_its_limits_is_itself(void **state)
{
    (void)state;
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_span span = span_of("{\"a\":\"x\"}");
    assert_ptr_equal(rp_span_limited(&none, arena, &span), &span);
    rp_arena_free(&arena);
}

static void texts_are_cut_at_characters_also_in_lists(void **state)
{
    (void)state;
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_span_limits limits = none;
    limits.value_characters = 2;
    struct rp_span span = span_of("{\"a\":\"\xc3\xa4\xc3\xb6\xc3\xbc\","
                                  "\"b\":[\"x\",\"\\n\\u0041z\"],"
                                  "\"c\":12345,\"d\":1.25,\"e\":true,"
                                  "\"f\":[]}");
    const struct rp_span *cut = rp_span_limited(&limits, arena, &span);
    IS(cut->attributes, "{\"a\":\"\xc3\xa4\xc3\xb6\",\"b\":[\"x\",\"\\nA\"],"
                        "\"c\":12345,\"d\":1.25,\"e\":true,\"f\":[]}");
    IS(cut->events[0].attributes, "{\"k\":\"on\",\"l\":2}");
    IS(cut->links[0].attributes, "{\"k\":\"on\",\"l\":2}");
    assert_int_equal(cut->dropped_attributes, 0);
    rp_arena_free(&arena);
}

static void the_first_stay_and_the_rest_is_counted(void **state)
{
    (void)state;
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_span_limits limits = none;
    limits.attributes = 2;
    limits.events = limits.links = 1;
    limits.event_attributes = 1;
    limits.link_attributes = 0;
    struct rp_span span = span_of("{\"a\":1,\"b\":[\"x\",\"y\"],\"c\":3,"
                                  "\"d\":[\"z\"]}");
    const struct rp_span *cut = rp_span_limited(&limits, arena, &span);
    IS(cut->attributes, "{\"a\":1,\"b\":[\"x\",\"y\"]}");
    assert_int_equal(cut->dropped_attributes, 2);
    assert_int_equal(cut->event_count, 1);
    assert_int_equal(cut->dropped_events, 1);
    IS(cut->events[0].attributes, "{\"k\":\"one\"}");
    assert_int_equal(cut->events[0].dropped_attributes, 1);
    assert_int_equal(cut->dropped_links, 1);
    IS(cut->links[0].attributes, "{}");
    assert_int_equal(cut->links[0].dropped_attributes, 2);
    rp_arena_free(&arena);
}

static void what_was_imported_stays_as_it_was(void **state)
{
    (void)state;
    struct rp_arena *arena = rp_arena_new(0);
    const struct rp_span_origin origin = {.scope = RP_STR("{}")};
    struct rp_span_limits limits = {0};
    struct rp_span span = span_of("{\"a\":\"x\"}");
    span.origin = &origin;
    assert_ptr_equal(rp_span_limited(&limits, arena, &span), &span);
    rp_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_variable_of_spans_wins_over_the_general_one),
        cmocka_unit_test(what_is_no_number_is_ignored_and_told),
        cmocka_unit_test(a_span_within_its_limits_is_itself),
        cmocka_unit_test(texts_are_cut_at_characters_also_in_lists),
        cmocka_unit_test(the_first_stay_and_the_rest_is_counted),
        cmocka_unit_test(what_was_imported_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
