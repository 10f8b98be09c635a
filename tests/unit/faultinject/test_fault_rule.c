/* Rules in both notations: what is read, what is refused and with which words,
 * what is written. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/fault_rule.h>
#include <reprise/mem.h>

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
static void refused_bytes(struct rp_str text, const char *words)
{
    struct rp_fault_rules rules = {.count = 0};
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc = rp_fault_rule_add(&rules, text, &err);
    if (rc == RP_OK || strstr(err.text, words) == NULL) {
        fail_msg("'%.*s' gave '%s' instead of '%s'", RP_STR_ARG(text), err.text,
            words);
    }
    assert_int_equal(rules.count, 0);
    assert_true(rp_utf8_valid(rp_str_of(err.text), NULL));
}

static void refused(const char *text, const char *words)
{
    refused_bytes(rp_str_of(text), words);
}

static void assert_range(struct rp_fault_range range, uint32_t a, uint32_t b)
{
    assert_int_equal(range.first, a);
    assert_int_equal(range.last, b);
}

/* ---- reading ---- */

static void json_says_on_when_and_do(void **state)
{
    (void)state;
    struct rp_fault_rule rule =
        rule_of("{\"id\":\"late\",\"on\":{\"path\":\"gather/labs\"},"
                "\"when\":{\"nth\":\"1..2\",\"attempt\":1,\"prob\":\"30%\"},"
                "\"do\":{\"fault\":\"kill\",\"after\":\"200ms\","
                "\"signal\":\"SIGTERM\"}}");
    assert_string_equal(rule.id, "late");
    assert_string_equal(rule.path, "gather/labs");
    assert_string_equal(rule.agent, "");
    assert_false(rule.either);
    assert_range(rule.nth, 1, 2);
    assert_range(rule.attempt, 1, 1);
    assert_int_equal(rule.permille, 300);
    assert_int_equal(rule.kind, RP_FAULT_KILL);
    assert_int_equal(rule.after.ns, 200 * RP_NS_PER_MS);
    assert_int_equal(rule.signal, SIGTERM);
}

static void the_shorthand_says_the_same(void **state)
{
    (void)state;
    struct rp_fault_rule rule = rule_of(
        "path:gather/labs [1..2] @1 ?30% : kill(after=200ms, signal=SIGTERM)");
    assert_string_equal(rule.id, "r1");
    assert_string_equal(rule.path, "gather/labs");
    assert_false(rule.either);
    assert_range(rule.nth, 1, 2);
    assert_range(rule.attempt, 1, 1);
    assert_int_equal(rule.permille, 300);
    assert_int_equal(rule.kind, RP_FAULT_KILL);
    assert_int_equal(rule.after.ns, 200 * RP_NS_PER_MS);
    assert_int_equal(rule.signal, SIGTERM);
}

static void without_conditions_a_rule_is_on_always(void **state)
{
    (void)state;
    struct rp_fault_rule rule = rule_of("  labs:hang ");
    assert_true(rule.either);
    assert_string_equal(rule.path, "labs");
    assert_range(rule.nth, 1, UINT32_MAX);
    assert_range(rule.attempt, 1, UINT32_MAX);
    assert_int_equal(rule.permille, 1000);
    assert_int_equal(rule.kind, RP_FAULT_HANG);
    rule = rule_of("{\"on\":{\"agent\":\"l*\"},\"do\":{\"fault\":\"kill\"}}");
    assert_string_equal(rule.agent, "l*");
    assert_range(rule.nth, 1, UINT32_MAX);
    assert_int_equal(rule.permille, 1000);
    assert_int_equal(rule.after.ns, 0);
    assert_int_equal(rule.signal, SIGKILL);
}

static void a_unique_prefix_names_a_fault(void **state)
{
    (void)state;
    assert_int_equal(rule_of("a : h").kind, RP_FAULT_HANG);
    assert_int_equal(rule_of("a : slow.f").kind, RP_FAULT_SLOW);
    assert_int_equal(rule_of("a : out.trunc(9)").kind, RP_FAULT_OUT_TRUNCATE);
    assert_int_equal(rule_of("a : k").kind, RP_FAULT_KILL);
}

static void a_cut_is_bytes_a_share_or_a_kind_of_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum rp_fault_cut cut;
        uint64_t amount;
    } cases[] = {
        {"a : out.truncate", RP_CUT_PERMILLE, 500},
        {"a : out.truncate(0)", RP_CUT_BYTES, 0},
        {"a : out.truncate(cut=120)", RP_CUT_BYTES, 120},
        {"a : out.truncate( 25% )", RP_CUT_PERMILLE, 250},
        {"a : out.truncate(in_string)", RP_CUT_IN_STRING, 500},
        {"a : out.truncate(in_number)", RP_CUT_IN_NUMBER, 500},
        {"a : out.truncate(in_utf8)", RP_CUT_IN_UTF8, 500},
        {"a : out.truncate(before_close)", RP_CUT_BEFORE_CLOSE, 500},
        {"{\"on\":{\"path\":\"a\"},\"do\":"
         "{\"fault\":\"out.truncate\",\"cut\":7}}",
            RP_CUT_BYTES, 7},
    };
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct rp_fault_rule rule = rule_of(cases[i].text);
        assert_int_equal(rule.kind, RP_FAULT_OUT_TRUNCATE);
        assert_int_equal(rule.cut, cases[i].cut);
        assert_int_equal(rule.amount, cases[i].amount);
    }
}

static void ranges_are_one_several_or_open(void **state)
{
    (void)state;
    assert_range(rule_of("a [3] : hang").nth, 3, 3);
    assert_range(rule_of("a [3..5] : hang").nth, 3, 5);
    assert_range(rule_of("a [2+] : hang").nth, 2, UINT32_MAX);
    assert_range(rule_of("a @2 : hang").attempt, 2, 2);
    assert_range(rule_of("a @2..3 : hang").attempt, 2, 3);
    assert_range(rule_of("a @2+ : hang").attempt, 2, UINT32_MAX);
    assert_range(rule_of("{\"on\":{\"path\":\"a\"},\"when\":{\"nth\":4},"
                         "\"do\":{\"fault\":\"hang\"}}")
                     .nth,
        4, 4);
}

static void a_rule_without_an_id_gets_a_free_one(void **state)
{
    (void)state;
    struct rp_fault_rules rules = {.count = 0};
    add(&rules, "{\"id\":\"r2\",\"on\":{\"path\":\"a\"},"
                "\"do\":{\"fault\":\"hang\"}}");
    assert_string_equal(add(&rules, "a : hang")->id, "r3");
    assert_string_equal(add(&rules, "a : hang")->id, "r4");
}

/* ---- refusing ---- */

static void a_fault_that_does_not_exist_is_told_with_its_neighbour(void **state)
{
    (void)state;
    refused("a : hnag", "'hnag' is no fault; did you mean 'hang'?");
    refused("a : out.truncat3", "did you mean 'out.truncate'?");
    refused("a : zzzzzzzzz", "'zzzzzzzzz' is no fault");
    refused("a : Hang", "is no fault");
    refused("a : ", "does not say which fault");
    refused("{\"on\":{\"path\":\"a\"},\"do\":{}}", "'do' must name a fault");
    refused("{\"on\":{\"path\":\"a\"},\"do\":{\"fault\":7}}",
        "'do' must name a fault");
}

static void parameters_that_do_not_fit_are_told(void **state)
{
    (void)state;
    refused("a : hang(after=2s)", "'hang' takes no parameters");
    refused("a : kill(affter=2s)",
        "'affter' is no parameter of this fault; did you mean 'after'?");
    refused("a : kill(cut=5)", "'cut' is no parameter of this fault");
    refused("a : kill(soon)", "'soon' is not a duration");
    refused("a : kill(-2s)", "'-2s' is not a duration");
    refused("a : kill(signal=SIGKIL)", "did you mean 'SIGKILL'?");
    refused("a : kill(signal=9)", "'9' is no signal");
    refused("a : out.truncate(101%)", "'101%' is not a percentage");
    refused("a : out.truncate(1.5%)", "'1.5%' is not a percentage");
    refused("a : out.truncate(-1)", "'-1' is no place to cut");
    refused("a : out.truncate(in_strin)", "did you mean 'in_string'?");
    refused("a : out.truncate(9999999999)", "is no place to cut");
}

static void a_bad_percentage_is_told(void **state)
{
    (void)state;
    refused("a ?101% : hang", "'101%' is not a percentage: write 30%");
    refused("a ?30 : hang", "'30' is not a percentage");
    refused("a ?% : hang", "'%' is not a percentage");
    refused("a ?-3% : hang", "'-3%' is not a percentage");
    refused("a ?0.5% : hang", "'0.5%' is not a percentage");
    refused("{\"on\":{\"path\":\"a\"},\"when\":{\"prob\":30},"
            "\"do\":{\"fault\":\"hang\"}}",
        "'30' is not a percentage: write 30%");
}

static void a_bad_range_is_told(void **state)
{
    (void)state;
    static const char *const bad[] = {"0", "2..1", "1..", "..2", "1...3",
        "1..2+", "+", "-1", "1.5", "4294967296", ""};
    for (size_t i = 0; i < RP_COUNT_OF(bad); i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "a [%s] : hang", bad[i]);
        refused(text, "'nth' must be a count: 1, 1..3 or 2+");
        (void)snprintf(text, sizeof(text), "a @%s : hang", bad[i]);
        refused(text, "'attempt' must be a count");
    }
    refused("{\"on\":{\"path\":\"a\"},\"when\":{\"nth\":[1]},"
            "\"do\":{\"fault\":\"hang\"}}",
        "'nth' must be a string or a number");
}

static void what_is_said_twice_is_refused(void **state)
{
    (void)state;
    refused("a [1] [2] : hang", "says 'nth' twice");
    refused("a @1 @2 : hang", "says 'attempt' twice");
    refused("a ?1% ?2% : hang", "says 'prob' twice");
    refused("a : kill(after=1s, after=2s)", "says 'after' twice");
    refused("a : kill(1s, 2s)", "says its first parameter twice");
    refused("a : kill(1s, after=2s)", "says 'after' twice");
    refused("a : kill(fault=hang)", "'fault' is no parameter of this fault");
    refused("a : kill(=2s)", "has a parameter without a name");
    refused("{\"on\":{\"path\":\"a\"},\"on\":{\"path\":\"b\"},"
            "\"do\":{\"fault\":\"hang\"}}",
        "twice");
}

static void two_rules_with_one_id_are_refused(void **state)
{
    (void)state;
    static const char text[] = "{\"id\":\"x\",\"on\":{\"path\":\"a\"},"
                               "\"do\":{\"fault\":\"hang\"}}";
    struct rp_fault_rules rules = {.count = 0};
    struct rp_err err = RP_ERR_INIT;
    add(&rules, text);
    assert_int_equal(
        rp_fault_rule_add(&rules, rp_str_of(text), &err), RP_E_INVALID);
    assert_non_null(strstr(err.text, "two rules have the id 'x'"));
    assert_int_equal(rules.count, 1);
}

static void wrong_types_are_told(void **state)
{
    (void)state;
    refused("{}", "'on' is missing");
    refused("{\"on\":{\"path\":\"a\"}}", "'do' is missing");
    refused(
        "{\"on\":\"a\",\"do\":{\"fault\":\"hang\"}}", "'on' must be an object");
    refused(
        "{\"on\":[1],\"do\":{\"fault\":\"hang\"}}", "'on' must be an object");
    refused("{\"on\":{},\"do\":{\"fault\":\"hang\"}}",
        "'on' needs exactly one of path, agent, orchestrator, ");
    refused("{\"on\":{\"path\":\"a\",\"agent\":\"b\"},"
            "\"do\":{\"fault\":\"hang\"}}",
        "'on' needs exactly one of path, agent, orchestrator, ");
    refused("{\"on\":{\"path\":1},\"do\":{\"fault\":\"hang\"}}",
        "'on' needs a name");
    refused("{\"on\":{\"pth\":\"a\"},\"do\":{\"fault\":\"hang\"}}",
        "did you mean 'path'?");
    refused("{\"on\":{\"path\":\"a\"},\"when\":[{}],"
            "\"do\":{\"fault\":\"hang\"}}",
        "'when' must be an object");
    refused("{\"on\":{\"path\":\"a\"},\"when\":5,\"do\":{\"fault\":\"hang\"}}",
        "'when' must be an object");
    refused("{\"on\":{\"path\":\"a\"},\"when\":{\"atempt\":1},"
            "\"do\":{\"fault\":\"hang\"}}",
        "did you mean 'attempt'?");
    refused(
        "{\"on\":{\"path\":\"a\"},\"do\":\"hang\"}", "'do' must be an object");
    refused("{\"on\":{\"path\":\"a\"},\"do\":{\"fault\":\"kill\","
            "\"after\":true}}",
        "'after' must be a string or a number");
    refused("{\"on\":{\"path\":\"a\"},\"do\":{\"fault\":\"kill\","
            "\"\":\"2s\"}}",
        "is no parameter of this fault");
    refused("{\"id\":7,\"on\":{\"path\":\"a\"},\"do\":{\"fault\":\"hang\"}}",
        "'id' must be a name");
    refused("{\"id\":\"a b\",\"on\":{\"path\":\"a\"},"
            "\"do\":{\"fault\":\"hang\"}}",
        "'id' must be a name");
    refused("{\"whne\":{},\"on\":{\"path\":\"a\"},"
            "\"do\":{\"fault\":\"hang\"}}",
        "did you mean 'when'?");
    refused("{\"on\":", "at byte");
}

static void broken_sentences_are_told(void **state)
{
    (void)state;
    refused("", "is empty");
    refused(" \t\n", "is empty");
    refused("labs", "has no ':' between where and what");
    refused("agent:labs", "has no ':' between where and what");
    refused(" : hang", "does not say what the fault is on");
    refused("task:labs : hang", "is no fault");
    refused("labs meds : hang", "'meds' is not a condition");
    refused("labs [1 : hang", "'[1' is not a condition");
    refused("labs [ : hang", "'[' is not a condition");
    refused("labs : kill(2s", "does not end with ')'");
    refused("labs : kill(2s,)", "has an empty parameter");
    refused("agent: : hang", "': hang' is no fault");
}

static void names_that_no_plan_can_have_are_refused(void **state)
{
    (void)state;
    refused("l\xc3\xa4"
            "b : hang",
        "no name has");
    refused("{\"on\":{\"path\":\"a b\"},\"do\":{\"fault\":\"hang\"}}",
        "no name has");
    refused("{\"on\":{\"path\":\"a:b\"},\"do\":{\"fault\":\"hang\"}}",
        "no name has");
    refused("{\"on\":{\"path\":\"a\\u0000b\"},\"do\":{\"fault\":\"hang\"}}",
        "no name has");
    refused_bytes(RP_STR("a\0b : hang"), "no name has");
}

static void a_wrong_encoding_is_told_and_not_repeated(void **state)
{
    (void)state;
    refused("l\xff"
            "bs : hang",
        "is not valid UTF-8 at byte 1");
    refused("labs : h\xc3", "is not valid UTF-8 at byte 8");
    refused("{\"on\":{\"path\":\"\xff\"},\"do\":{\"fault\":\"hang\"}}",
        "is not valid UTF-8");
}

static void what_is_huge_is_refused_by_a_limit(void **state)
{
    (void)state;
    char *text = rp_mem_alloc(RP_FAULT_TEXT_MAX + 1);
    memset(text, 'a', RP_FAULT_TEXT_MAX + 1);
    struct rp_fault_rules rules = {.count = 0};
    struct rp_err err = RP_ERR_INIT;
    struct rp_str all = {text, RP_FAULT_TEXT_MAX + 1};
    assert_int_equal(rp_fault_rule_add(&rules, all, &err), RP_E_LIMIT);
    assert_non_null(strstr(err.text, "4097 bytes, at most 4096"));
    memcpy(text + 300, " : hang", 8);
    refused_bytes(rp_str_of(text), "'on' needs a name of 1 to 255 bytes");
    rp_mem_free(text);
    for (uint32_t i = 0; i < RP_FAULT_RULES_MAX; i++) {
        add(&rules, "a : hang");
    }
    rp_err_clear(&err);
    assert_int_equal(
        rp_fault_rule_add(&rules, RP_STR("a : hang"), &err), RP_E_LIMIT);
    assert_int_equal(rules.count, RP_FAULT_RULES_MAX);
}

/* ---- writing ---- */

static const char *const samples[] = {
    "labs : hang",
    "agent:l?bs [2+] : hang",
    "path:gather/** @1 ?30% : kill(after=0s, signal=SIGKILL)",
    "gather/*/$fallback [1..3] @2..4 ?0% : kill(after=1.5s, signal=SIGHUP)",
    "path:items[0]/x#2 : out.truncate(0)",
    "a : out.truncate(99%)",
    "a : out.truncate(in_utf8)",
    "a : out.odd_number(1/3)",
    "a : out.huge(size=64KiB, at=/x)",
    "a : res.cpu(2s)",
    "a : res.nofile(9)",
    "store [2..3] : store.io_error",
    "export : export.slow(2s)",
    "path : hang",
    "agent : hang",
    "a : hang => survived",
    "a : kill.segv(2s) => degraded|failed<35s",
    "a : out.missing(/x) => degraded",
};

static void shown_rules_read_back_to_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(samples); i++) {
        struct rp_fault_rule rule = rule_of(samples[i]);
        struct rp_buf text;
        rp_buf_init(&text, 4096);
        rp_fault_rule_show(&text, &rule);
        assert_string_equal(text.ptr, samples[i]);
        rp_buf_fini(&text);
    }
}

static void written_rules_read_back_to_the_same(void **state)
{
    (void)state;
    struct rp_fault_rules rules = {.count = 0};
    struct rp_fault_rules again = {.count = 0};
    for (size_t i = 0; i < RP_COUNT_OF(samples); i++) {
        add(&rules, samples[i]);
    }
    struct rp_buf text;
    rp_buf_init(&text, 1u << 16);
    rp_fault_rules_write(&text, &rules);
    struct rp_json_doc *doc = NULL;
    assert_int_equal(rp_json_read(&doc, rp_buf_str(&text), NULL, NULL), RP_OK);
    const cJSON *node;
    cJSON_ArrayForEach(node, rp_json_root(doc))
    {
        struct rp_buf one;
        rp_buf_init(&one, 4096);
        rp_json_write_text(&one, node);
        add(&again, one.ptr);
        rp_buf_fini(&one);
    }
    struct rp_buf second;
    rp_buf_init(&second, 1u << 16);
    rp_fault_rules_write(&second, &again);
    assert_string_equal(second.ptr, text.ptr);
    assert_int_equal(again.count, RP_COUNT_OF(samples));
    rp_buf_fini(&second);
    rp_buf_fini(&text);
    rp_json_free(&doc);
}

static void every_written_rule_fits_the_schema(void **state)
{
    (void)state;
    struct rp_json_doc *doc = NULL;
    struct rp_schema *schema = NULL;
    assert_int_equal(
        rp_json_read(&doc, rp_str_of(rp_fault_schema()), NULL, NULL), RP_OK);
    assert_int_equal(
        rp_schema_compile(&schema, rp_json_root(doc), NULL, NULL), RP_OK);
    for (size_t i = 0; i < RP_COUNT_OF(samples); i++) {
        struct rp_fault_rules rules = {.count = 0};
        struct rp_json_doc *written = NULL;
        struct rp_buf text;
        rp_buf_init(&text, 4096);
        add(&rules, samples[i]);
        rp_fault_rules_write(&text, &rules);
        assert_int_equal(
            rp_json_read(&written, rp_buf_str(&text), NULL, NULL), RP_OK);
        bool valid = false;
        assert_int_equal(rp_schema_judge(schema, rp_json_root(written)->child,
                             &valid, 0, NULL, NULL, NULL),
            RP_OK);
        assert_true(valid);
        rp_json_free(&written);
        rp_buf_fini(&text);
    }
    rp_schema_free(&schema);
    rp_json_free(&doc);
}

static void a_crash_is_of_the_orchestrator_behind_one_record(void **state)
{
    (void)state;
    struct rp_fault_rule rule = rule_of("orchestrator [3] : crash");
    assert_int_equal(rule.kind, RP_FAULT_CRASH);
    assert_range(rule.nth, 3, 3);
    assert_int_equal(rule.moment, RP_MOMENT_BEFORE);
    rule = rule_of("{\"on\":{\"orchestrator\":\"*\"},\"when\":{\"nth\":7},"
                   "\"do\":{\"fault\":\"crash\",\"moment\":\"after\"}}");
    assert_range(rule.nth, 7, 7);
    assert_int_equal(rule.moment, RP_MOMENT_AFTER);
    refused("orchestrator : crash", "'crash' is behind one record");
    refused("orchestrator [1..2] : crash", "'crash' is behind one record");
    refused("orchestrator [1] @2 : crash", "'crash' is behind one record");
    refused("labs [1] : crash", "'crash' is of the orchestrator");
    refused("orchestrator [1] : crash(befor)", "did you mean 'before'?");
    refused("orchestrator [1] : crash; kill", "cannot be one of several");
    refused("{\"on\":{\"orchestrator\":\"*\"},\"do\":{\"fault\":\"hang\"}}",
        "'hang' is on a worker, not on the orchestrator");
    refused("{\"on\":{\"orchestrator\":\"x\"},\"do\":{\"fault\":\"crash\"}}",
        "there is one");
}

static void the_store_and_exports_have_faults_of_their_own(void **state)
{
    (void)state;
    struct rp_fault_rule rule = rule_of("store [3+] : store.full");
    assert_int_equal(rule.kind, RP_FAULT_STORE_FULL);
    assert_range(rule.nth, 3, UINT32_MAX);
    rule = rule_of("{\"on\":{\"export\":\"*\"},"
                   "\"do\":{\"fault\":\"export.slow\",\"by\":\"2s\"}}");
    assert_int_equal(rule.kind, RP_FAULT_EXPORT_SLOW);
    assert_true(rule.after.ns == 2 * RP_NS_PER_S);
    refused("labs : store.full", "write 'store : store.full'");
    refused("store @1 : store.full", "takes nothing but its number");
    refused("export ?10% : export.503", "takes nothing but its number");
    refused("store : export.down", "write 'export : export.down'");
    refused("store : store.full; kill", "cannot be one of several");
    refused("{\"on\":{\"store\":\"*\"},\"do\":{\"fault\":\"hang\"}}",
        "'hang' is on a worker, not on the store");
}

static void the_schema_knows_every_parameter(void **state)
{
    const char *schema = rp_fault_schema();
    (void)state;
    for (int i = 0; i < RP_FAULT_KIND_COUNT; i++) {
        const struct rp_fault_param *param;
        for (uint32_t k = 0;
             (param = rp_fault_param((enum rp_fault_kind)i, k)) != NULL; k++) {
            char member[64];
            (void)snprintf(member, sizeof(member), "\"%s\":{", param->name);
            if (strstr(schema, member) == NULL) {
                fail_msg("no '%s' in the schema", param->name);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_knows_every_parameter),
        cmocka_unit_test(a_crash_is_of_the_orchestrator_behind_one_record),
        cmocka_unit_test(the_store_and_exports_have_faults_of_their_own),
        cmocka_unit_test(json_says_on_when_and_do),
        cmocka_unit_test(the_shorthand_says_the_same),
        cmocka_unit_test(without_conditions_a_rule_is_on_always),
        cmocka_unit_test(a_unique_prefix_names_a_fault),
        cmocka_unit_test(a_cut_is_bytes_a_share_or_a_kind_of_place),
        cmocka_unit_test(ranges_are_one_several_or_open),
        cmocka_unit_test(a_rule_without_an_id_gets_a_free_one),
        cmocka_unit_test(
            a_fault_that_does_not_exist_is_told_with_its_neighbour),
        cmocka_unit_test(parameters_that_do_not_fit_are_told),
        cmocka_unit_test(a_bad_percentage_is_told),
        cmocka_unit_test(a_bad_range_is_told),
        cmocka_unit_test(what_is_said_twice_is_refused),
        cmocka_unit_test(two_rules_with_one_id_are_refused),
        cmocka_unit_test(wrong_types_are_told),
        cmocka_unit_test(broken_sentences_are_told),
        cmocka_unit_test(names_that_no_plan_can_have_are_refused),
        cmocka_unit_test(a_wrong_encoding_is_told_and_not_repeated),
        cmocka_unit_test(what_is_huge_is_refused_by_a_limit),
        cmocka_unit_test(shown_rules_read_back_to_the_same),
        cmocka_unit_test(written_rules_read_back_to_the_same),
        cmocka_unit_test(every_written_rule_fits_the_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
