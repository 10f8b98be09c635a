#include <reprise/time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <reprise/attr.h>

static void sums_saturate_and_never_absorbs(void **state)
{
    (void)state;
    struct rp_instant end = {INT64_MAX - 1};
    assert_true(rp_instant_add(end, (struct rp_duration){5}).ns == INT64_MAX);
    assert_true(rp_instant_add(RP_INSTANT_NEVER, (struct rp_duration){-5}).ns ==
                INT64_MAX);
    assert_true(
        rp_instant_add((struct rp_instant){-5}, RP_DURATION_FOREVER).ns ==
        INT64_MAX);
    assert_true(rp_instant_since(RP_INSTANT_NEVER, end).ns == INT64_MAX);
    struct rp_instant low = {INT64_MIN};
    assert_true(rp_instant_since((struct rp_instant){0}, low).ns == INT64_MAX);
    assert_true(rp_instant_since((struct rp_instant){-1}, low).ns == INT64_MAX);
    assert_true(
        rp_instant_since((struct rp_instant){-2}, low).ns == INT64_MAX - 1);
    assert_true(rp_instant_since((struct rp_instant){7}, end).ns < 0);
    assert_true(rp_duration_of_ms(INT64_MAX).ns == INT64_MAX);
    assert_true(rp_duration_of_ms(-250).ns == -250 * RP_NS_PER_MS);
    struct rp_wall wall = {INT64_MAX - 1};
    assert_true(
        rp_wall_add(wall, (struct rp_duration){9}).unix_ns == INT64_MAX);
}

static void instants_have_an_order(void **state)
{
    (void)state;
    struct rp_instant a = {1}, b = {2};
    assert_true(rp_instant_before(a, b));
    assert_false(rp_instant_before(a, a));
    assert_true(rp_instant_min(b, a).ns == 1);
    assert_true(rp_instant_min(RP_INSTANT_NEVER, b).ns == 2);
}

struct parse_case {
    const char *text;
    int64_t ns; /* -1: not a duration */
};

static const struct parse_case parse_cases[] = {
    {"250ms", 250 * RP_NS_PER_MS},
    {"1.5s", 1500 * RP_NS_PER_MS},
    {"2m", 120 * RP_NS_PER_S},
    {"1h30m", 5400 * RP_NS_PER_S},
    {"0s", 0},
    {"100us", 100000},
    {"7ns", 7},
    {"1h0.25s", 3600 * RP_NS_PER_S + 250 * RP_NS_PER_MS},
    {"1m02s", 62 * RP_NS_PER_S},
    {"90m", 5400 * RP_NS_PER_S},
    {"1.50s", 1500 * RP_NS_PER_MS},
    {"0.0000000000005h", -1}, /* 1.8 ns */
    {"0.0000000000025h", 9},
    {"2562047h47m16.854775807s", INT64_MAX},
    {"2562047h47m16.854775808s", -1},
    {"9223372036854775808ns", -1},
    {"99999999999999999999999s", -1},
    {"1.5ns", -1},
    {"0.0000000001s", -1},
    {"", -1},
    {"s", -1},
    {"10", -1},
    {"0", -1},
    {"10 s", -1},
    {" 10s", -1},
    {"10s ", -1},
    {"-1s", -1},
    {"+1s", -1},
    {".5s", -1},
    {"5.s", -1},
    {"1.5h30m", -1}, /* a fraction ends it */
    {"30m1h", -1},   /* largest first */
    {"1s1s", -1},
    {"1S", -1},
    {"10sec", -1},
    {"1d", -1},
};

static void durations_are_read_exactly_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(parse_cases); i++) {
        const struct parse_case *c = &parse_cases[i];
        struct rp_duration d = {-1};
        bool good = rp_duration_parse(rp_str_of(c->text), &d);
        if (good != (c->ns >= 0) || d.ns != c->ns) {
            fail_msg("'%s' gives %lld", c->text, (long long)d.ns);
        }
    }
}

struct text_case {
    int64_t ns;
    const char *text;
};

static void durations_are_written_in_one_way(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {0, "0s"},
        {7, "7ns"},
        {1500, "1.5us"},
        {250 * RP_NS_PER_MS, "250ms"},
        {1500 * RP_NS_PER_MS, "1.5s"},
        {60 * RP_NS_PER_S, "1m"},
        {90 * RP_NS_PER_S, "1m30s"},
        {5400 * RP_NS_PER_S, "1h30m"},
        {3605 * RP_NS_PER_S, "1h5s"},
        {3600 * RP_NS_PER_S + 1, "1h1ns"},
        {INT64_MAX, "2562047h47m16.854775807s"},
        {-1500 * RP_NS_PER_MS, "-1.5s"},
    };
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct rp_buf buf;
        rp_buf_init(&buf, 100);
        rp_duration_write(&buf, (struct rp_duration){cases[i].ns});
        assert_string_equal(buf.ptr, cases[i].text);
        rp_buf_fini(&buf);
    }
}

/* A cheap walk over all sizes of number; the seed is fixed. */
static int64_t next_number(uint64_t *walk)
{
    *walk = *walk * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (int64_t)(*walk >> (1 + (*walk >> 3) % 63));
}

static void what_is_written_reads_as_the_same_duration(void **state)
{
    (void)state;
    uint64_t walk = 1;
    struct rp_buf buf;
    rp_buf_init(&buf, 100);
    for (int i = 0; i < 20000; i++) {
        struct rp_duration d = {next_number(&walk)};
        static const int64_t rounds[] = {1, 1000000, 60000000000};
        d.ns -= d.ns % rounds[i % 3];
        struct rp_duration back = {-1};
        rp_buf_reset(&buf);
        rp_duration_write(&buf, d);
        assert_true(rp_duration_parse(rp_buf_str(&buf), &back));
        assert_true(back.ns == d.ns);
    }
    rp_buf_fini(&buf);
}

static void people_see_three_digits_at_most(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {0, "0s"},
        {999, "999ns"},
        {12345, "12us"},
        {999600, "1ms"},
        {12 * RP_NS_PER_MS, "12ms"},
        {99499999, "99ms"},
        {99600000, "0.1s"},
        {400 * RP_NS_PER_MS, "0.4s"},
        {1149 * RP_NS_PER_MS, "1.1s"},
        {9949 * RP_NS_PER_MS, "9.9s"},
        {9950 * RP_NS_PER_MS, "10.0s"},
        {10640 * RP_NS_PER_MS, "10.6s"},
        {59950 * RP_NS_PER_MS, "1m00s"},
        {62 * RP_NS_PER_S, "1m02s"},
        {599 * RP_NS_PER_S, "9m59s"},
        {600 * RP_NS_PER_S, "10m"},
        {3570 * RP_NS_PER_S, "1h00m"},
        {5400 * RP_NS_PER_S, "1h30m"},
        {36000 * RP_NS_PER_S, "10h"},
        {INT64_MAX, "2562048h"},
        {-1100 * RP_NS_PER_MS, "-1.1s"},
    };
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct rp_buf buf;
        rp_buf_init(&buf, 100);
        rp_duration_show(&buf, (struct rp_duration){cases[i].ns});
        assert_string_equal(buf.ptr, cases[i].text);
        rp_buf_fini(&buf);
    }
}

static void wall_times_are_rfc_3339_in_utc(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {0, "1970-01-01T00:00:00.000000000Z"},
        {-1, "1969-12-31T23:59:59.999999999Z"},
        {1769850000 * RP_NS_PER_S, "2026-01-31T09:00:00.000000000Z"},
        {951782400 * RP_NS_PER_S, "2000-02-29T00:00:00.000000000Z"},
        {INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
        {INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
    };
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct rp_buf buf;
        rp_buf_init(&buf, 100);
        rp_wall_write(&buf, (struct rp_wall){cases[i].ns});
        assert_string_equal(buf.ptr, cases[i].text);
        struct rp_wall back = {5};
        assert_true(rp_wall_parse(rp_buf_str(&buf), &back));
        assert_true(back.unix_ns == cases[i].ns);
        rp_buf_fini(&buf);
    }
}

static void what_is_no_wall_time_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "2026-01-31",
        "2026-01-31T09:00:00",
        "2026-01-31T09:00:00z",
        "2026-01-31 09:00:00Z",
        "2026-1-31T09:00:00Z",
        "2026-02-29T09:00:00Z",
        "2026-04-31T09:00:00Z",
        "2026-13-01T09:00:00Z",
        "2026-00-01T09:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T09:60:00Z",
        "2026-01-31T09:00:60Z",
        "2026-01-31T09:00:00.Z",
        "2026-01-31T09:00:00.0000000001Z",
        "2026-01-31T09:00:00+00:00",
        "2026-01-31T09:00:00ZZ",
        "2262-04-11T23:47:16.854775808Z",
        "1677-09-21T00:12:43.145224191Z",
        "9999-01-01T00:00:00Z",
    };
    for (size_t i = 0; i < RP_COUNT_OF(texts); i++) {
        struct rp_wall at = {42};
        if (rp_wall_parse(rp_str_of(texts[i]), &at) || at.unix_ns != 42) {
            fail_msg("'%s' was read", texts[i]);
        }
    }
    struct rp_wall at = {0};
    assert_true(rp_wall_parse(RP_STR("2026-01-31T09:00:00.5Z"), &at));
    assert_true(at.unix_ns == INT64_C(1769850000500000000));
    assert_true(rp_wall_parse(RP_STR("2026-01-31T09:00:00Z"), &at));
}

static void dates_go_there_and_back(void **state)
{
    (void)state;
    uint64_t walk = 7;
    struct rp_buf buf;
    rp_buf_init(&buf, 100);
    for (int i = 0; i < 20000; i++) {
        int64_t ns = next_number(&walk);
        struct rp_wall at = {i % 2 == 0 ? ns : -ns};
        struct rp_wall back = {0};
        rp_buf_reset(&buf);
        rp_wall_write(&buf, at);
        assert_true(rp_wall_parse(rp_buf_str(&buf), &back));
        assert_true(back.unix_ns == at.unix_ns);
    }
    rp_buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_saturate_and_never_absorbs),
        cmocka_unit_test(instants_have_an_order),
        cmocka_unit_test(durations_are_read_exactly_or_refused),
        cmocka_unit_test(durations_are_written_in_one_way),
        cmocka_unit_test(what_is_written_reads_as_the_same_duration),
        cmocka_unit_test(people_see_three_digits_at_most),
        cmocka_unit_test(wall_times_are_rfc_3339_in_utc),
        cmocka_unit_test(what_is_no_wall_time_is_refused),
        cmocka_unit_test(dates_go_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
