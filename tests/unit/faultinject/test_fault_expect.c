/* What rules expect, judged too, and what they do in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/fault_rule.h>

static const struct rp_fault_rule *add(
    struct rp_fault_rules *rules, const char *text)
{
    struct rp_err err = RP_ERR_INIT;
    if (rp_fault_rule_add(rules, rp_str_of(text), &err) != RP_OK) {
        fail_msg("'%s' was refused: %s", text, err.text);
    }
    return &rules->items[rules->count - 1];
}

static struct rp_fault_rule rule_of(const char *text)
{
    struct rp_fault_rules rules = {.count = 0};
    return *add(&rules, text);
}

/* `words` must be in the message; what was refused leaves the set alone. */
static void refused(const char *text, const char *words)
{
    struct rp_fault_rules rules = {.count = 0};
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc = rp_fault_rule_add(&rules, rp_str_of(text), &err);
    if (rc == RP_OK || strstr(err.text, words) == NULL) {
        fail_msg("'%s' gave '%s' instead of '%s'", text, err.text, words);
    }
    assert_int_equal(rules.count, 0);
}

static void assert_range(struct rp_fault_range range, uint32_t a, uint32_t b)
{
    assert_int_equal(range.first, a);
    assert_int_equal(range.last, b);
}

static void assert_expects(const char *text, bool survived, bool degraded,
    bool failed, int64_t within_ms)
{
    struct rp_fault_rule rule = rule_of(text);
    assert_int_equal(
        rule.expected, (survived ? 1u << RP_OUTCOME_OK : 0) |
                           (degraded ? 1u << RP_OUTCOME_DEGRADED : 0) |
                           (failed ? 1u << RP_OUTCOME_FAILED : 0));
    assert_int_equal(rule.within.ns,
        within_ms < 0 ? RP_DURATION_FOREVER.ns : within_ms * RP_NS_PER_MS);
}

#define EXPECT(text)                                                           \
    "{\"on\":{\"path\":\"a\"},\"do\":{\"fault\":\"hang\"},"                    \
    "\"expect\":" text "}"

static void both_notations_say_what_is_expected(void **state)
{
    (void)state;
    assert_expects("a : hang", false, false, false, -1);
    assert_expects("a : hang=>survived", true, false, false, -1);
    assert_expects(
        "a : hang => failed | degraded < 2s", false, true, true, 2000);
    assert_expects(EXPECT("\"survived<1s\""), true, false, false, 1000);
    assert_expects(EXPECT("[\"survived\",\"failed\"]"), true, false, true, -1);
    assert_expects(EXPECT("{\"verdict\":\"degraded\",\"within\":\"9ms\"}"),
        false, true, false, 9);
}

static void assert_turns(const char *text)
{
    struct rp_fault_rules rules = {.count = 0};
    add(&rules, text);
    assert_int_equal(rules.count, 3);
    static const enum rp_fault_kind kinds[] = {
        RP_FAULT_KILL, RP_FAULT_OUT_TRUNCATE, RP_FAULT_HANG};
    static const char *const ids[] = {"r1", "r1-2", "r1-3"};
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(rules.items[i].kind, kinds[i]);
        assert_string_equal(rules.items[i].id, ids[i]);
        assert_range(rules.items[i].attempt, i + 2, i + 2);
        assert_int_equal(rules.items[i].expected, 1u << RP_OUTCOME_OK);
    }
}

static void several_behaviours_are_on_successive_attempts(void **state)
{
    (void)state;
    assert_turns("a @2+ : kill(2s); out.truncate(in_string) ;hang => survived");
    assert_turns("{\"on\":{\"either\":\"a\"},\"when\":{\"attempt\":\"2..4\"},"
                 "\"do\":[{\"fault\":\"kill\"},{\"fault\":\"out.truncate\"},"
                 "{\"fault\":\"hang\"}],\"expect\":\"survived\"}");
    refused("a @2 : kill; hang", "'do' says more than there are attempts");
    refused("a : kill;", "does not say which fault");
    refused("a : ;kill", "does not say which fault");
    refused("a : kill; hnag", "did you mean 'hang'?");
    refused("{\"on\":{\"path\":\"a\"},\"do\":[]}", "'do' is an empty list");
    refused("{\"on\":{\"path\":\"a\"},\"do\":[7]}",
        "'do' must be an object or a list of them");
    refused("{\"on\":{\"path\":\"a\"},\"do\":7}",
        "'do' must be an object or a list of them");
}

static void what_cannot_be_expected_is_told(void **state)
{
    (void)state;
    refused("a : hang => survivd", "did you mean 'survived'?");
    refused("a : hang =>", "does not say what it expects");
    refused("a : hang => survived<soon", "'soon' is not a duration");
    refused("a : hang => survived|", "'' cannot be expected");
    refused(EXPECT("7"), "'expect' must be a verdict");
    refused(EXPECT("[]"), "'expect' must be a verdict");
    refused(EXPECT("{}"), "'expect' must be a verdict");
    refused(EXPECT("{\"verdict\":\"failed\",\"with\":\"9ms\"}"),
        "'expect' must be a verdict");
}

static void assert_met(const char *text, const struct rp_fault_end *end,
    bool met, const char *sentence)
{
    struct rp_fault_rule rule = rule_of(text);
    struct rp_buf out;
    rp_buf_init(&out, 4096);
    assert_int_equal(rp_fault_expect_met(&out, &rule, end), met);
    assert_string_equal(out.ptr == NULL ? "" : out.ptr, sentence);
    rp_buf_fini(&out);
}

static void an_end_is_as_expected_or_not(void **state)
{
    (void)state;
    struct rp_fault_end end = {1, RP_OUTCOME_DEGRADED, {2 * RP_NS_PER_S}};
    assert_met("a : hang", &end, true, "");
    assert_met("a : hang => failed|degraded<2s", &end, true,
        "fault rule 'r1' expected: degraded or failed within 2s; so it is: "
        "degraded in 2.0s\n");
    assert_met("a : hang => degraded<1s", &end, false,
        "fault rule 'r1' expected: degraded within 1s; it is: degraded in "
        "2.0s\n");
    assert_met("a : hang => survived", &end, false,
        "fault rule 'r1' expected: survived; it is: degraded in 2.0s\n");
    end.fired = 0;
    assert_met("a : hang => degraded", &end, false,
        "fault rule 'r1' expected: degraded; it never fired\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_notations_say_what_is_expected),
        cmocka_unit_test(several_behaviours_are_on_successive_attempts),
        cmocka_unit_test(what_cannot_be_expected_is_told),
        cmocka_unit_test(an_end_is_as_expected_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
