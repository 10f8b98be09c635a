/* A frozen plan is the plan: whole, one document, the same for ever. */
#include "plan_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/mem.h>

static const struct probe_file files[] = {
    {"schemas/labs.json", "{\"type\":\"object\",\"minProperties\":1.0}"},
    {NULL, NULL},
};
static const struct probe_file other_files[] = {
    {"schemas/labs.json", "{\"type\":\"object\",\"minProperties\":2}"},
    {NULL, NULL},
};

static const char plan_text[] =
    PLAN_TOP(",'input':{'$ref':'schemas/labs.json'},'description':'d'");
static const char parallel_text[] =
    PLAN_FLOW("{'parallel':{'z':{'agent':'a','input':{'n':1.50,'m':5.0}},"
              "'x':{'agent':'b'},'y':{'agent':'a'}},'need':'any',"
              "'aggregate':{'facts':{'at':'/f','key':'/k','value':'/v'},"
              "'conflicts':[{'key':'*','resolve':'prefer',"
              "'order':['y','z']}]}}");

static void check_round_trip(const char *text)
{
    struct probe probe = {.files = files};
    struct probe again = {.files = NULL};
    probe_read(&probe, text);
    assert_int_equal(probe.code, RP_OK);
    probe_thaw(&again, &probe);
    assert_int_equal(again.code, RP_OK);
    assert_true(rp_digest_equal(&again.plan->digest, &probe.plan->digest));
    assert_true(rp_str_equal(again.plan->frozen, probe.plan->frozen));
    assert_int_equal(again.plan->node_count, probe.plan->node_count);
    assert_string_equal(again.plan->dir, probe.plan->dir);
    for (uint32_t i = 0; i < probe.plan->agent_count; i++) {
        assert_true(rp_digest_equal(&again.plan->agents[i].spec_digest,
            &probe.plan->agents[i].spec_digest));
    }
    probe_fini(&again);
    probe_fini(&probe);
}

static void a_frozen_plan_reads_back_to_an_equal_plan(void **state)
{
    (void)state;
    check_round_trip(plan_text);
    check_round_trip(parallel_text);
    check_round_trip(PLAN_AGENT(
        ",'env':{'B':'${{ input }}','A':{'secret':'S'}},'cwd':'/x',"
        "'contract':{'echo':''},'fallback':{'value':null},'idle':'1ns',"
        "'retry':{'on':[],'backoff':'0s'},'output_max':'1025B'"));
    check_round_trip(PLAN_TOP(",'budget':{'wall':'1h','reserve':"
                              "{'synthesis':'0.5%'}},'output':false"));
}

static void a_frozen_plan_asks_for_no_file_and_no_program(void **state)
{
    (void)state;
    struct probe probe = {.files = files};
    struct probe again = {.files = files};
    probe_read(&probe, plan_text);
    assert_int_equal(probe.files_asked, 1);
    assert_int_equal(probe.programs_asked, 1);
    probe_read_bytes(&again, probe.plan->frozen);
    assert_int_equal(again.code, RP_OK);
    assert_int_equal(again.files_asked, 0);
    assert_int_equal(again.programs_asked, 0);
    assert_string_equal(again.plan->agents[0].program, "/found/./a");
    assert_int_equal(again.plan->agents[0].program_size_bytes, 4096);
    assert_true(
        again.plan->agents[0].program_mtime_ns == INT64_C(1700000000123456789));
    probe_fini(&again);
    probe_fini(&probe);
}

static void the_digest_is_that_of_the_frozen_bytes_in_key_form(void **state)
{
    (void)state;
    struct probe probe = {.files = files};
    probe_read(&probe, plan_text);
    struct rp_digest digest = rp_digest_of(probe.plan->frozen);
    assert_true(rp_digest_equal(&digest, &probe.plan->digest));
    struct rp_json_doc *doc = NULL;
    assert_int_equal(rp_json_read(&doc, probe.plan->frozen, NULL, NULL), RP_OK);
    digest = rp_json_key_digest(rp_json_root(doc));
    assert_true(rp_digest_equal(&digest, &probe.plan->digest));
    rp_json_free(&doc);
    probe_fini(&probe);
}

static void spaces_comments_and_member_order_do_not_change_the_digest(
    void **state)
{
    (void)state;
    struct probe one = {.files = NULL};
    struct probe two = {.files = NULL};
    probe_read(&one, PLAN_AGENT(",'timeout':'60s','optional':false"));
    probe_read(&two, "{'flow': {'agent': 'a'}, /* all defaults */ 'agents':"
                     " {'a': {'exec': ['./a']}}, 'name': 'p', 'reprise': 1.0}");
    assert_true(rp_digest_equal(&one.plan->digest, &two.plan->digest));
    probe_fini(&two);
    probe_fini(&one);
}

static void the_order_of_children_survives_freezing(void **state)
{
    (void)state;
    struct probe probe = {.files = NULL};
    struct probe again = {.files = NULL};
    probe_read(&probe, parallel_text);
    probe_thaw(&again, &probe);
    const struct rp_plan_node *flow = again.plan->flow;
    assert_string_equal(flow->children[0]->id, "z");
    assert_string_equal(flow->children[1]->id, "x");
    assert_string_equal(flow->children[2]->id, "y");
    probe_fini(&again);
    probe_fini(&probe);
}

static void a_plan_holds_the_same_documents_before_and_after_freezing(
    void **state)
{
    (void)state;
    struct probe probe = {.files = NULL};
    struct probe again = {.files = NULL};
    struct rp_buf one, two;
    rp_buf_init(&one, 4096);
    rp_buf_init(&two, 4096);
    probe_read(&probe, parallel_text);
    probe_thaw(&again, &probe);
    rp_json_write_text(&one, probe.plan->flow->children[0]->input);
    rp_json_write_text(&two, again.plan->flow->children[0]->input);
    assert_string_equal(one.ptr, "{\"m\":5,\"n\":15e-1}");
    assert_string_equal(two.ptr, one.ptr);
    rp_buf_fini(&two);
    rp_buf_fini(&one);
    probe_fini(&again);
    probe_fini(&probe);
}

static struct rp_digest spec_of(const char *text, const struct probe_file *from)
{
    struct probe probe = {.files = from};
    probe_read(&probe, text);
    assert_int_equal(probe.code, RP_OK);
    struct rp_digest digest = probe.plan->agents[0].spec_digest;
    probe_fini(&probe);
    return digest;
}

static void the_spec_digest_is_about_what_is_asked_not_how_long(void **state)
{
    (void)state;
    struct rp_digest base = spec_of(PLAN_AGENT(""), NULL);
    static const char *const same[] = {
        PLAN_AGENT(",'timeout':'1s','idle':'1s','deadline':'9s'"),
        PLAN_AGENT(",'retry':{'attempts':9},'optional':true"),
        PLAN_AGENT(",'grace':'0s','output_max':'1B','effects':'none'"),
        PLAN_AGENT(",'stdin':'task','env':{}"),
    };
    static const char *const other[] = {
        PLAN_AGENT(",'stdin':'input'"),
        PLAN_AGENT(",'stdout':'text'"),
        PLAN_AGENT(",'output':{}"),
        PLAN_AGENT(",'input':{}"),
        PLAN_AGENT(",'cwd':'x'"),
        PLAN_AGENT(",'env':{'A':'x'}"),
    };
    for (size_t i = 0; i < RP_COUNT_OF(same); i++) {
        struct rp_digest digest = spec_of(same[i], NULL);
        assert_true(rp_digest_equal(&digest, &base));
    }
    for (size_t i = 0; i < RP_COUNT_OF(other); i++) {
        struct rp_digest digest = spec_of(other[i], NULL);
        assert_false(rp_digest_equal(&digest, &base));
    }
}

static void the_spec_digest_covers_the_files_a_contract_names(void **state)
{
    (void)state;
    const char *text = PLAN_AGENT(",'output':{'$ref':'schemas/labs.json'}");
    struct rp_digest one = spec_of(text, files);
    struct rp_digest two = spec_of(text, other_files);
    assert_false(rp_digest_equal(&one, &two));
}

static void a_plan_that_is_not_frozen_needs_files(void **state)
{
    (void)state;
    struct rp_plan *plan = NULL;
    struct rp_plan_problems problems = {0};
    struct rp_err err = RP_ERR_INIT;
    char *text = probe_quoted(PLAN_AGENT(""));
    assert_int_equal(
        rp_plan_read(&plan, rp_str_of(text), NULL, NULL, &problems, &err),
        RP_E_INVALID);
    assert_non_null(strstr(err.text, "this is not a frozen plan"));
    assert_null(plan);
    rp_plan_problems_fini(&problems);
    rp_mem_free(text);
}

static void a_frozen_plan_that_was_meddled_with_is_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "{\"$frozen\":5}",
        "{\"$frozen\":{}}",
        "{\"$frozen\":{\"dir\":\"x\"}}",
        "{\"$frozen\":{\"dir\":\"/\"},\"agents\":{\"a\":{\"exec\":[\"x\"]}},"
        "\"flow\":{\"agent\":\"a\"},\"name\":\"p\",\"reprise\":1}",
        "{\"$frozen\":{\"dir\":\"/\",\"executables\":{\"x\":{\"path\":\"/x\","
        "\"size\":1,\"mtime_ns\":\"1x\"}}},\"agents\":{\"a\":{\"exec\":"
        "[\"x\"]}},\"flow\":{\"agent\":\"a\"},\"name\":\"p\",\"reprise\":1}",
        "{\"$frozen\":{\"dir\":\"/\",\"executables\":{\"x\":{\"path\":\"/x\","
        "\"size\":1,\"mtime_ns\":\"1\"}}},\"agents\":{\"a\":{\"exec\":"
        "[\"x\"],\"output\":{\"$ref\":\"gone.json\"}}},\"flow\":{\"agent\":"
        "\"a\"},\"name\":\"p\",\"reprise\":1}",
        "{\"$frozen\":{\"dir\":\"/\",\"executables\":{\"x\":{\"path\":\"/x\","
        "\"size\":1,\"mtime_ns\":\"1\"}}},\"agents\":{\"a\":{\"exec\":"
        "[\"x\"]}},\"flow\":{\"$order\":[\"b\",\"b\"],\"parallel\":{\"b\":"
        "{\"agent\":\"a\"},\"c\":{\"agent\":\"a\"}}},\"name\":\"p\","
        "\"reprise\":1}",
    };
    for (size_t i = 0; i < RP_COUNT_OF(broken); i++) {
        struct probe probe = {.files = NULL};
        probe_read_bytes(&probe, rp_str_of(broken[i]));
        assert_int_equal(probe.code, RP_E_INVALID);
        assert_true(probe.problems.count > 0);
        probe_fini(&probe);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frozen_plan_reads_back_to_an_equal_plan),
        cmocka_unit_test(a_frozen_plan_asks_for_no_file_and_no_program),
        cmocka_unit_test(the_digest_is_that_of_the_frozen_bytes_in_key_form),
        cmocka_unit_test(
            spaces_comments_and_member_order_do_not_change_the_digest),
        cmocka_unit_test(the_order_of_children_survives_freezing),
        cmocka_unit_test(
            a_plan_holds_the_same_documents_before_and_after_freezing),
        cmocka_unit_test(the_spec_digest_is_about_what_is_asked_not_how_long),
        cmocka_unit_test(the_spec_digest_covers_the_files_a_contract_names),
        cmocka_unit_test(a_plan_that_is_not_frozen_needs_files),
        cmocka_unit_test(a_frozen_plan_that_was_meddled_with_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
