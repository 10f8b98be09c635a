#include <reprise/rng.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <reprise/attr.h>

static void draws_are_what_they_always_were(void **state)
{
    (void)state;
    assert_true(rp_draw(0, RP_STR(""), "", 0) == 0xe7ecebbc590bc88b);
    assert_true(rp_draw(42, RP_STR("gather/labs@2"), "backoff", 2) ==
                0x9cc6059e5656d71b);
    assert_true(rp_draw(UINT64_MAX, RP_STR("a\0b"), "x", UINT32_MAX) ==
                0x99e7d9b430d18bc1);
}

static void every_part_of_its_name_moves_a_draw(void **state)
{
    (void)state;
    uint64_t draw = rp_draw(1, RP_STR("a"), "p", 1);
    assert_true(draw == rp_draw(1, RP_STR("a"), "p", 1));
    assert_true(draw != rp_draw(2, RP_STR("a"), "p", 1));
    assert_true(draw != rp_draw(1, RP_STR("b"), "p", 1));
    assert_true(draw != rp_draw(1, RP_STR("a"), "q", 1));
    assert_true(draw != rp_draw(1, RP_STR("a"), "p", 2));
    assert_true(
        rp_draw(1, RP_STR("ab"), "c", 1) != rp_draw(1, RP_STR("a"), "bc", 1));
}

static void a_range_holds_both_its_ends(void **state)
{
    (void)state;
    assert_true(rp_draw_between(0, -5, 5) == -5);
    assert_true(rp_draw_between(UINT64_MAX, -5, 5) == 5);
    assert_true(rp_draw_between(UINT64_MAX, 7, 7) == 7);
    assert_true(rp_draw_between(0, INT64_MIN, INT64_MAX) == INT64_MIN);
    assert_true(rp_draw_between(UINT64_MAX, INT64_MIN, INT64_MAX) == INT64_MAX);
    assert_true(rp_draw_between(UINT64_MAX, INT64_MIN, -1) == -1);
    assert_true(
        rp_draw_between(0x9cc6059e5656d71b, 0, 999) == 612); /* for ever */
    assert_true(rp_draw_between(0x9cc6059e5656d71b, -5, 5) == 1);
}

static void a_range_is_used_evenly(void **state)
{
    (void)state;
    uint32_t seen[10] = {0};
    for (uint32_t i = 0; i < 10000; i++) {
        uint64_t draw = rp_draw(7, RP_STR("even"), "test", i);
        int64_t value = rp_draw_between(draw, 0, 9);
        assert_in_range((uintmax_t)value, 0, 9);
        seen[value]++;
    }
    for (size_t i = 0; i < RP_COUNT_OF(seen); i++) {
        assert_in_range(seen[i], 880, 1120);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_are_what_they_always_were),
        cmocka_unit_test(every_part_of_its_name_moves_a_draw),
        cmocka_unit_test(a_range_holds_both_its_ends),
        cmocka_unit_test(a_range_is_used_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
