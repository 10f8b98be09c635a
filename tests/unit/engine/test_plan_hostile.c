/* Plans that are deep, huge or made to be slow. */
#include "plan_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/limits.h>
#include <reprise/mem.h>

static void add_quoted(struct rp_buf *buf, const char *text)
{
    char *quoted = probe_quoted(text);
    rp_buf_add_text(buf, quoted);
    rp_mem_free(quoted);
}

static void begin(struct rp_buf *buf, const char *text)
{
    rp_buf_init(buf, RP_PLAN_BYTES_MAX * 2u);
    add_quoted(buf, text);
}

static void read(struct probe *probe, struct rp_buf *buf)
{
    *probe = (struct probe){0};
    probe_read_bytes(probe, rp_buf_str(buf));
    rp_buf_fini(buf);
}

static void check_one_problem(struct probe *probe, const char *message)
{
    assert_true(probe->code == RP_E_INVALID || probe->code == RP_E_LIMIT);
    assert_int_equal(probe->problems.count, 1);
    assert_non_null(strstr(probe->problems.items[0].message, message));
    probe_fini(probe);
}

#define HEAD "{'reprise':1,'name':'p','agents':{'a':{'exec':['./a']}},'flow':"

static void nest(struct rp_buf *buf, int depth)
{
    begin(buf, HEAD);
    for (int i = 0; i < depth; i++) {
        add_quoted(buf, "{'id':'n','sequence':[");
    }
    add_quoted(buf, "{'id':'n','agent':'a'}");
    for (int i = 0; i < depth; i++) {
        rp_buf_add_text(buf, "]}");
    }
    rp_buf_add_text(buf, "}");
}

static void nodes_may_be_nested_to_the_limit_and_no_deeper(void **state)
{
    (void)state;
    struct rp_buf buf;
    struct probe probe;
    nest(&buf, RP_PLAN_NEST_MAX - 1);
    read(&probe, &buf);
    assert_int_equal(probe.code, RP_OK);
    probe_fini(&probe);
    nest(&buf, RP_PLAN_NEST_MAX);
    read(&probe, &buf);
    check_one_problem(&probe, "nodes are nested deeper than 32");
}

static void brackets_without_end_are_refused(void **state)
{
    (void)state;
    struct rp_buf buf;
    struct probe probe;
    begin(&buf, HEAD);
    for (int i = 0; i < 100000; i++) {
        rp_buf_add_char(&buf, '[');
    }
    read(&probe, &buf);
    assert_int_equal(probe.code, RP_E_LIMIT);
    check_one_problem(&probe, "");
}

static void a_plan_that_is_too_large_is_refused(void **state)
{
    (void)state;
    struct rp_buf buf;
    struct probe probe;
    begin(&buf, HEAD "{'agent':'a'}}");
    while (buf.len <= RP_PLAN_BYTES_MAX) {
        rp_buf_add_text(&buf, "                                        ");
    }
    read(&probe, &buf);
    assert_int_equal(probe.code, RP_E_LIMIT);
    check_one_problem(&probe, "");
}

static void wide(struct rp_buf *buf, int nodes)
{
    begin(buf, HEAD "{'sequence':[");
    for (int i = 1; i < nodes; i++) {
        rp_buf_addf(buf,
            "%s{\"id\":\"n%d\",\"agent\":\"a\",\"input\":{\"from\":\"%s\"}}",
            i > 1 ? "," : "", i, i > 1 ? "n1" : "input");
    }
    rp_buf_add_text(buf, "]}}");
}

static void a_flow_may_have_nodes_to_the_limit_and_no_more(void **state)
{
    (void)state;
    struct rp_buf buf;
    struct probe probe;
    wide(&buf, RP_PLAN_NODES_MAX);
    read(&probe, &buf);
    assert_int_equal(probe.code, RP_OK);
    assert_int_equal(probe.plan->node_count, RP_PLAN_NODES_MAX);
    probe_fini(&probe);
    wide(&buf, RP_PLAN_NODES_MAX + 1);
    read(&probe, &buf);
    check_one_problem(&probe, "the flow has more than 16384 nodes");
}

static void agents(struct rp_buf *buf, int count, const char *more)
{
    begin(buf, "{'reprise':1,'name':'p','agents':{");
    for (int i = 0; i < count; i++) {
        rp_buf_addf(
            buf, "%s\"a%d\":{\"exec\":[\"./a\"]%s}", i > 0 ? "," : "", i, more);
    }
    add_quoted(buf, "},'flow':{'agent':'a0'}}");
}

static void a_plan_may_have_agents_to_the_limit_and_no_more(void **state)
{
    (void)state;
    struct rp_buf buf;
    struct probe probe;
    agents(&buf, RP_PLAN_AGENTS_MAX, "");
    read(&probe, &buf);
    assert_int_equal(probe.code, RP_OK);
    probe_fini(&probe);
    agents(&buf, RP_PLAN_AGENTS_MAX + 1, "");
    read(&probe, &buf);
    assert_string_equal(probe.problems.items[0].message,
        "1025 agents are more than the 1024 a plan may have");
    probe_fini(&probe);
}

static void problems_past_the_maximum_are_counted_as_more(void **state)
{
    (void)state;
    struct rp_buf buf;
    struct probe probe;
    agents(&buf, 1000, ",\"idle\":\"x\",\"what\":1");
    read(&probe, &buf);
    assert_int_equal(probe.code, RP_E_INVALID);
    assert_int_equal(probe.problems.count, RP_PLAN_ERRORS_MAX);
    assert_true(probe.problems.more);
    probe_fini(&probe);
}

static void a_hundred_thousand_unknown_keys_are_refused_quickly(void **state)
{
    (void)state;
    struct rp_buf buf;
    struct probe probe;
    begin(&buf, HEAD "{'agent':'a'}");
    for (int i = 0; i < 100000; i++) {
        rp_buf_addf(&buf, ",\"key_number_%d\":1", i);
    }
    rp_buf_add_text(&buf, "}");
    read(&probe, &buf);
    assert_int_equal(probe.problems.count, RP_PLAN_ERRORS_MAX);
    assert_true(probe.problems.more);
    probe_fini(&probe);
}

static void a_hundred_thousand_references_to_nobody_are_refused(void **state)
{
    (void)state;
    struct rp_buf buf;
    struct probe probe;
    begin(&buf, HEAD "{'agent':'a','input':'");
    for (int i = 0; i < 100000; i++) {
        rp_buf_add_text(&buf, "${{ nobody/at/all }}");
    }
    rp_buf_add_text(&buf, "\"}}");
    read(&probe, &buf);
    assert_int_equal(probe.problems.count, RP_PLAN_ERRORS_MAX);
    probe_fini(&probe);
}

static void names_without_end_are_shown_short(void **state)
{
    (void)state;
    struct rp_buf buf;
    struct probe probe;
    begin(&buf, HEAD "{'agent':'");
    for (int i = 0; i < 100000; i++) {
        rp_buf_add_text(&buf, "\xC3\xA9");
    }
    rp_buf_add_text(&buf, "\"}}");
    read(&probe, &buf);
    assert_int_equal(probe.problems.count, 1);
    const char *message = probe.problems.items[0].message;
    assert_true(strlen(message) < 100);
    assert_true(rp_utf8_valid(rp_str_of(message), NULL));
    probe_fini(&probe);
}

static void a_schema_that_names_itself_is_read(void **state)
{
    (void)state;
    static const struct probe_file files[] = {
        {"a.json", "{\"items\":{\"$ref\":\"b.json\"}}"},
        {"b.json", "{\"items\":{\"$ref\":\"a.json\"}}"},
        {NULL, NULL},
    };
    struct probe probe = {.files = files};
    probe_read(&probe, PLAN_TOP(",'input':{'$ref':'a.json'}"));
    assert_int_equal(probe.code, RP_OK);
    probe_fini(&probe);
}

static void a_schema_file_that_is_deep_is_refused(void **state)
{
    (void)state;
    char text[2001];
    memset(text, '[', 1000);
    memset(text + 1000, ']', 1000);
    text[2000] = '\0';
    const struct probe_file files[] = {{"a.json", text}, {NULL, NULL}};
    struct probe probe = {.files = files};
    probe_read(&probe, PLAN_TOP(",'input':{'$ref':'a.json'}"));
    check_one_problem(&probe, "a.json:1:257: ");
}

static void fallbacks_of_a_thousand_agents_may_form_a_chain(void **state)
{
    (void)state;
    struct rp_buf buf;
    struct probe probe;
    begin(&buf, "{'reprise':1,'name':'p','agents':{");
    for (int i = 0; i < RP_PLAN_AGENTS_MAX; i++) {
        rp_buf_addf(&buf,
            "%s\"a%d\":{\"exec\":[\"./a\"],\"fallback\":{\"agent\":\"a%d\"}}",
            i > 0 ? "," : "", i, (i + 1) % RP_PLAN_AGENTS_MAX);
    }
    add_quoted(&buf, "},'flow':{'agent':'a0'}}");
    read(&probe, &buf);
    check_one_problem(&probe, "lead back to it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_may_be_nested_to_the_limit_and_no_deeper),
        cmocka_unit_test(brackets_without_end_are_refused),
        cmocka_unit_test(a_plan_that_is_too_large_is_refused),
        cmocka_unit_test(a_flow_may_have_nodes_to_the_limit_and_no_more),
        cmocka_unit_test(a_plan_may_have_agents_to_the_limit_and_no_more),
        cmocka_unit_test(problems_past_the_maximum_are_counted_as_more),
        cmocka_unit_test(a_hundred_thousand_unknown_keys_are_refused_quickly),
        cmocka_unit_test(a_hundred_thousand_references_to_nobody_are_refused),
        cmocka_unit_test(names_without_end_are_shown_short),
        cmocka_unit_test(a_schema_that_names_itself_is_read),
        cmocka_unit_test(a_schema_file_that_is_deep_is_refused),
        cmocka_unit_test(fallbacks_of_a_thousand_agents_may_form_a_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
