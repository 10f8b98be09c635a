/* What a good plan is read as. */
#include "plan_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/limits.h>
#include <reprise/mem.h>

static const struct probe_file files[] = {
    {"schemas/labs.json", "{\"$ref\":\"part.json\"}"},
    {"schemas/part.json", "{\"type\":\"object\"}"},
    {"../shared/x y.json", "{\"default\":{\"n\":1}}"},
    {NULL, NULL},
};

static const char whole_plan[] =
    "{ // a plan with everything\n"
    "'reprise': 1, 'name': 'clinical-summary', 'description': 'd',\n"
    "'input': {'type': 'object', 'default': {'encounter': 'e1'}},\n"
    "'budget': {'wall': '60s', 'attempts': 40,\n"
    "  'reserve': {'synthesis': '12.5%'}},\n"
    "'concurrency': 3,\n"
    "'defaults': {'timeout': '10s', 'idle': '5s',\n"
    "  'retry': {'attempts': 3, 'on': ['timeout', 'crash']}},\n"
    "'agents': {\n"
    "  'writer': {'exec': ['writer'], 'idle': 'off', 'stdin': 'input',\n"
    "    'stdout': 'text', 'effects': 'none', 'output_max': '64KiB',\n"
    "    'grace': '0s', 'linger': '10ms', 'deadline': '1m30s',\n"
    "    'retry': {'backoff': '1s'}},\n"
    "  'labs': {'exec': ['./labs', '--id=${{ input/encounter }}'],\n"
    "    'output': {'$ref': 'schemas/labs.json'}, 'cwd': 'work',\n"
    "    'contract': {'echo': ['/encounter', '/x']},\n"
    "    'env': {'Z': {'secret': 'KEY'}, 'A': 'v', 'M': {'pass': 'P'}},\n"
    "    'fallback': {'agent': 'meds'}},\n"
    "  'meds': {'exec': ['./meds'], 'optional': true,\n"
    "    'fallback': {'value': [1, 2.50]}}},\n"
    "'flow': {'sequence': [\n"
    "  {'id': 'gather', 'parallel': {\n"
    "     'notes': {'agent': 'labs', 'input': {'from': 'input'}},\n"
    "     'labs': {'agent': 'labs', 'optional': true},\n"
    "     'meds': {'agent': 'meds', 'optional': false}},\n"
    "   'join': 'enough', 'need': 'any',\n"
    "   'aggregate': {'facts': {'at': '/f', 'key': '/k',\n"
    "       'critical': ['allergy/*']},\n"
    "     'conflicts': [{'key': 'a*', 'resolve': 'prefer',\n"
    "       'order': ['meds', 'notes']}, {'key': '*', 'resolve': 'flag'}]}},\n"
    "  {'id': 'summary', 'agent': 'writer', 'role': 'synthesis',\n"
    "   'cites': '/sources', 'input': {'e': {'from': 'gather'}}}]},\n"
    "'output': true}";

static struct probe read_whole(void)
{
    struct probe probe = {.files = files};
    probe_read(&probe, whole_plan);
    char *problems = probe_problems(&probe);
    assert_string_equal(problems, "");
    rp_mem_free(problems);
    assert_int_equal(probe.code, RP_OK);
    return probe;
}

static void the_top_of_a_plan_is_read(void **state)
{
    (void)state;
    struct probe probe = read_whole();
    const struct rp_plan *plan = probe.plan;
    assert_string_equal(plan->name, "clinical-summary");
    assert_string_equal(plan->dir, PROBE_DIR);
    assert_int_equal(plan->budget.wall.ns, 60 * RP_NS_PER_S);
    assert_int_equal(plan->budget.attempts, 40);
    assert_int_equal(plan->budget.reserve_permille, 125);
    assert_int_equal(plan->concurrency, 3);
    assert_int_equal(plan->agent_count, 3);
    assert_int_equal(plan->node_count, 6);
    assert_non_null(plan->input);
    assert_non_null(plan->output);
    assert_string_equal(
        rp_json_at(plan->input_default, RP_STR("/encounter"))->valuestring,
        "e1");
    probe_fini(&probe);
}

static void agents_take_what_they_do_not_say_from_the_defaults(void **state)
{
    (void)state;
    struct probe probe = read_whole();
    const struct rp_plan_agent *labs =
        rp_plan_agent(probe.plan, RP_STR("labs"));
    const struct rp_plan_agent *writer =
        rp_plan_agent(probe.plan, RP_STR("writer"));
    assert_int_equal(labs->timeout.ns, 10 * RP_NS_PER_S);
    assert_int_equal(labs->idle.ns, 5 * RP_NS_PER_S);
    assert_int_equal(writer->idle.ns, RP_DURATION_FOREVER.ns);
    assert_int_equal(labs->deadline.ns, RP_DURATION_FOREVER.ns);
    assert_int_equal(writer->deadline.ns, 90 * RP_NS_PER_S);
    assert_int_equal(labs->grace.ns, 2 * RP_NS_PER_S);
    assert_int_equal(writer->grace.ns, 0);
    assert_int_equal(labs->linger.ns, 1 * RP_NS_PER_S);
    assert_int_equal(labs->output_bytes_max, RP_OUTPUT_BYTES_MAX);
    assert_int_equal(writer->output_bytes_max, 64 << 10);
    assert_int_equal(writer->stdin_mode, RP_STDIN_INPUT);
    assert_int_equal(writer->stdout_mode, RP_STDOUT_TEXT);
    assert_int_equal(writer->effects, RP_EFFECTS_NONE);
    assert_int_equal(labs->effects, RP_EFFECTS_EXTERNAL);
    probe_fini(&probe);
}

static void a_retry_takes_key_by_key_from_the_defaults(void **state)
{
    (void)state;
    struct probe probe = read_whole();
    const struct rp_retry *labs =
        &rp_plan_agent(probe.plan, RP_STR("labs"))->retry;
    const struct rp_retry *writer =
        &rp_plan_agent(probe.plan, RP_STR("writer"))->retry;
    assert_int_equal(labs->attempts, 3);
    assert_int_equal(labs->backoff_min.ns, 200 * RP_NS_PER_MS);
    assert_int_equal(labs->backoff_max.ns, 5 * RP_NS_PER_S);
    assert_int_equal(labs->on, 1u << RP_CLASS_TIMEOUT | 1u << RP_CLASS_CRASH);
    assert_int_equal(writer->attempts, 3);
    assert_int_equal(writer->backoff_min.ns, 1 * RP_NS_PER_S);
    assert_int_equal(writer->backoff_max.ns, 1 * RP_NS_PER_S);
    probe_fini(&probe);
}

static void without_defaults_the_documented_ones_hold(void **state)
{
    (void)state;
    struct probe probe = {.files = files};
    probe_read(&probe, PLAN_AGENT(""));
    const struct rp_plan_agent *agent = &probe.plan->agents[0];
    assert_int_equal(agent->timeout.ns, 60 * RP_NS_PER_S);
    assert_int_equal(agent->idle.ns, RP_DURATION_FOREVER.ns);
    assert_int_equal(agent->retry.attempts, 1);
    assert_int_equal(agent->retry.on,
        1u << RP_CLASS_TIMEOUT | 1u << RP_CLASS_IDLE | 1u << RP_CLASS_CRASH |
            1u << RP_CLASS_EXIT | 1u << RP_CLASS_MALFORMED |
            1u << RP_CLASS_CONTRACT | 1u << RP_CLASS_TRANSPORT |
            1u << RP_CLASS_THROTTLED);
    assert_int_equal(agent->stdin_mode, RP_STDIN_TASK);
    assert_int_equal(agent->stdout_mode, RP_STDOUT_JSON);
    assert_false(agent->optional);
    assert_null(agent->cwd);
    assert_null(agent->input);
    assert_int_equal(probe.plan->concurrency, 8);
    assert_int_equal(probe.plan->budget.wall.ns, RP_DURATION_FOREVER.ns);
    assert_int_equal(probe.plan->budget.attempts, 0);
    assert_null(probe.plan->input_default);
    probe_fini(&probe);
}

static void a_process_is_described_whole(void **state)
{
    (void)state;
    struct probe probe = read_whole();
    const struct rp_plan_agent *labs =
        rp_plan_agent(probe.plan, RP_STR("labs"));
    assert_string_equal(labs->exec->child->valuestring, "./labs");
    assert_string_equal(labs->program, "/found/./labs");
    assert_int_equal(labs->program_size_bytes, 4096);
    assert_true(labs->program_mtime_ns == INT64_C(1700000000123456789));
    assert_string_equal(labs->cwd, PROBE_DIR "/work");
    assert_int_equal(labs->env_count, 3);
    assert_string_equal(labs->env[0].name, "A");
    assert_string_equal(labs->env[0].value->valuestring, "v");
    assert_int_equal(labs->env[1].kind, RP_ENV_PASS);
    assert_string_equal(labs->env[1].from, "P");
    assert_int_equal(labs->env[2].kind, RP_ENV_SECRET);
    assert_string_equal(labs->env[2].from, "KEY");
    assert_int_equal(labs->echo_count, 2);
    assert_string_equal(labs->echo[0], "/encounter");
    assert_string_equal(labs->echo[1], "/x");
    probe_fini(&probe);
}

static void fallbacks_are_an_agent_or_a_value(void **state)
{
    (void)state;
    struct probe probe = read_whole();
    const struct rp_plan_agent *labs =
        rp_plan_agent(probe.plan, RP_STR("labs"));
    assert_int_equal(labs->fallback, RP_FALLBACK_AGENT);
    assert_ptr_equal(
        labs->fallback_agent, rp_plan_agent(probe.plan, RP_STR("meds")));
    assert_int_equal(labs->fallback_agent->fallback, RP_FALLBACK_VALUE);
    assert_int_equal(
        cJSON_GetArraySize(labs->fallback_agent->fallback_value), 2);
    probe_fini(&probe);
}

static void children_keep_the_order_they_are_written_in(void **state)
{
    (void)state;
    struct probe probe = read_whole();
    const struct rp_plan_node *flow = probe.plan->flow;
    const struct rp_plan_node *gather = flow->children[0];
    assert_int_equal(flow->kind, RP_NODE_SEQUENCE);
    assert_string_equal(flow->id, "");
    assert_string_equal(gather->id, "gather");
    assert_int_equal(gather->child_count, 3);
    assert_string_equal(gather->children[0]->id, "notes");
    assert_string_equal(gather->children[1]->id, "labs");
    assert_string_equal(gather->children[2]->id, "meds");
    assert_ptr_equal(gather->children[2]->parent, gather);
    assert_int_equal(gather->children[0]->index, 2);
    assert_int_equal(flow->children[1]->index, 5);
    probe_fini(&probe);
}

static void nodes_know_where_they_stand_in_the_text(void **state)
{
    (void)state;
    struct probe probe = read_whole();
    const struct rp_plan_node *gather = probe.plan->flow->children[0];
    assert_int_equal(gather->place.line, 22);
    assert_int_equal(gather->place.column, 3);
    assert_int_equal(gather->children[1]->place.line, 24);
    assert_int_equal(gather->children[1]->place.column, 14);
    assert_int_equal(probe.text[gather->place.byte], '{');
    probe_fini(&probe);
}

static void a_node_says_itself_whether_it_is_optional(void **state)
{
    (void)state;
    struct probe probe = read_whole();
    const struct rp_plan_node *gather = probe.plan->flow->children[0];
    assert_false(gather->children[0]->optional);
    assert_true(gather->children[1]->optional);  /* its own word */
    assert_false(gather->children[2]->optional); /* against its agent's */
    assert_int_equal(gather->need, 1);
    assert_int_equal(gather->join, RP_JOIN_ENOUGH);
    probe_fini(&probe);
}

static void an_aggregate_is_read_with_its_rules(void **state)
{
    (void)state;
    struct probe probe = read_whole();
    const struct rp_aggregate_rule *rule =
        probe.plan->flow->children[0]->aggregate;
    assert_true(rule->facts);
    assert_string_equal(rule->at, "/f");
    assert_string_equal(rule->key, "/k");
    assert_string_equal(rule->value, "");
    assert_int_equal(rule->critical_count, 1);
    assert_string_equal(rule->critical[0], "allergy/*");
    assert_int_equal(rule->conflict_count, 2);
    assert_int_equal(rule->conflicts[0].resolve, RP_RESOLVE_PREFER);
    assert_int_equal(rule->conflicts[0].order_count, 2);
    assert_string_equal(rule->conflicts[0].order[0], "meds");
    assert_int_equal(rule->conflicts[1].resolve, RP_RESOLVE_FLAG);
    probe_fini(&probe);
}

static void a_synthesis_has_a_role_and_citations(void **state)
{
    (void)state;
    struct probe probe = read_whole();
    const struct rp_plan_node *summary = probe.plan->flow->children[1];
    assert_int_equal(summary->role, RP_ROLE_SYNTHESIS);
    assert_string_equal(summary->cites, "/sources");
    assert_non_null(summary->input);
    assert_string_equal(summary->agent->name, "writer");
    probe_fini(&probe);
}

static void a_root_agent_takes_the_agents_name(void **state)
{
    (void)state;
    struct probe probe = {.files = NULL};
    probe_read(&probe, PLAN_AGENT(""));
    assert_string_equal(probe.plan->flow->id, "a");
    assert_null(probe.plan->flow->input);
    assert_null(probe.plan->flow->parent);
    probe_fini(&probe);
}

static void a_need_of_all_counts_what_is_not_optional(void **state)
{
    (void)state;
    struct probe probe = {.files = NULL};
    probe_read(&probe, PLAN_FLOW("{'parallel':{'x':{'agent':'a'},"
                                 "'y':{'agent':'b'},'z':{'agent':'a'}}}"));
    assert_int_equal(probe.plan->flow->need, 2);
    assert_int_equal(probe.plan->flow->join, RP_JOIN_ALL);
    assert_null(probe.plan->flow->aggregate);
    probe_fini(&probe);
}

static void a_need_of_all_of_nothing_is_met(void **state)
{
    (void)state;
    struct probe probe = {.files = NULL};
    probe_read(&probe, PLAN_FLOW("{'parallel':{'y':{'agent':'b'}}}"));
    assert_int_equal(probe.code, RP_OK);
    assert_int_equal(probe.plan->flow->need, 0);
    probe_fini(&probe);
}

static void schema_files_are_read_once_each(void **state)
{
    (void)state;
    struct probe probe = {.files = files};
    probe_read(&probe, PLAN_TOP(",'input':{'$ref':'schemas/labs.json'},"
                                "'output':{'$ref':'./schemas/labs.json'}"));
    assert_int_equal(probe.code, RP_OK);
    assert_int_equal(probe.files_asked, 2); /* one names the other */
    bool valid = true;
    struct rp_json_doc *doc = NULL;
    assert_int_equal(rp_json_read(&doc, RP_STR("5"), NULL, NULL), RP_OK);
    assert_int_equal(rp_schema_judge(probe.plan->output, rp_json_root(doc),
                         &valid, 0, NULL, NULL, NULL),
        RP_OK);
    assert_false(valid);
    rp_json_free(&doc);
    probe_fini(&probe);
}

static void files_beside_the_directory_and_with_spaces_are_found(void **state)
{
    (void)state;
    struct probe probe = {.files = files};
    probe_read(&probe, PLAN_TOP(",'input':{'$ref':'../shared/x%20y.json'}"));
    assert_int_equal(probe.code, RP_OK);
    assert_non_null(probe.plan->input_default); /* the file's own default */
    probe_fini(&probe);
}

static void outer_and_inner_siblings_can_be_referred_to(void **state)
{
    (void)state;
    struct probe probe = {.files = NULL};
    probe_read(
        &probe, PLAN_FLOW("{'sequence':[{'id':'x','agent':'a'},"
                          "{'id':'y','sequence':[{'id':'x','agent':'a'},"
                          "{'id':'p','parallel':{'c':{'agent':'a',"
                          "'input':['${{ x/1 }} and ${{x}}',{'from':'input'}]},"
                          "'d':{'agent':'a','input':{'from':'x','at':''}}}}]},"
                          "{'id':'z','agent':'a',"
                          "'input':{'from':'y','at':'/c/deep'}}]}"));
    char *problems = probe_problems(&probe);
    assert_string_equal(problems, "");
    rp_mem_free(problems);
    probe_fini(&probe);
}

static void names_that_nobody_has_are_not_found(void **state)
{
    (void)state;
    struct probe probe = read_whole();
    assert_null(rp_plan_agent(probe.plan, RP_STR("lab")));
    assert_null(rp_plan_agent(probe.plan, RP_STR("")));
    assert_null(rp_plan_agent(probe.plan, RP_STR("zz")));
    probe_fini(&probe);
}

static void every_class_has_a_word_that_parses_back(void **state)
{
    (void)state;
    for (unsigned i = 1; i < RP_CLASS_COUNT; i++) {
        enum rp_class parsed = RP_CLASS_NONE;
        const char *word = rp_class_name((enum rp_class)i);
        assert_true(rp_class_parse(rp_str_of(word), &parsed));
        assert_int_equal(parsed, i);
    }
    enum rp_class parsed = RP_CLASS_NONE;
    assert_string_equal(rp_class_name(RP_CLASS_NONE), "");
    assert_false(rp_class_parse(RP_STR(""), &parsed));
    assert_string_equal(rp_effects_name(RP_EFFECTS_IDEMPOTENT), "idempotent");
    assert_string_equal(rp_stdin_mode_name(RP_STDIN_NONE), "none");
    assert_string_equal(rp_stdout_mode_name(RP_STDOUT_JSONL), "jsonl");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_top_of_a_plan_is_read),
        cmocka_unit_test(agents_take_what_they_do_not_say_from_the_defaults),
        cmocka_unit_test(a_retry_takes_key_by_key_from_the_defaults),
        cmocka_unit_test(without_defaults_the_documented_ones_hold),
        cmocka_unit_test(a_process_is_described_whole),
        cmocka_unit_test(fallbacks_are_an_agent_or_a_value),
        cmocka_unit_test(children_keep_the_order_they_are_written_in),
        cmocka_unit_test(nodes_know_where_they_stand_in_the_text),
        cmocka_unit_test(a_node_says_itself_whether_it_is_optional),
        cmocka_unit_test(an_aggregate_is_read_with_its_rules),
        cmocka_unit_test(a_synthesis_has_a_role_and_citations),
        cmocka_unit_test(a_root_agent_takes_the_agents_name),
        cmocka_unit_test(a_need_of_all_counts_what_is_not_optional),
        cmocka_unit_test(a_need_of_all_of_nothing_is_met),
        cmocka_unit_test(schema_files_are_read_once_each),
        cmocka_unit_test(files_beside_the_directory_and_with_spaces_are_found),
        cmocka_unit_test(outer_and_inner_siblings_can_be_referred_to),
        cmocka_unit_test(names_that_nobody_has_are_not_found),
        cmocka_unit_test(every_class_has_a_word_that_parses_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
