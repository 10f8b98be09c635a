/* The format's schema says what the reader says, as far as a schema can. */
#include "plan_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/mem.h>

struct format {
    struct rp_json_doc *doc;
    struct rp_schema *schema;
};

static void set_up(struct format *format)
{
    struct rp_schema_error error = {0};
    *format = (struct format){NULL, NULL};
    assert_int_equal(
        rp_json_read(&format->doc, rp_str_of(rp_plan_schema()), NULL, NULL),
        RP_OK);
    enum rp_code rc = rp_schema_compile(
        &format->schema, rp_json_root(format->doc), NULL, &error);
    assert_string_equal(error.message, "");
    assert_int_equal(rc, RP_OK);
}

static void tear_down(struct format *format)
{
    rp_schema_free(&format->schema);
    rp_json_free(&format->doc);
}

/* Whether the schema takes a plan; `*json` false if it is none. */
static bool accepts(const struct format *format, const char *text, bool *json)
{
    struct rp_json_options options = RP_JSON_OPTIONS_INIT;
    options.comments = true;
    options.duplicates = RP_JSON_DUPLICATES_REFUSE;
    struct rp_json_doc *doc = NULL;
    char *quoted = probe_quoted(text);
    bool valid = false;
    *json = rp_json_read(&doc, rp_str_of(quoted), &options, NULL) == RP_OK;
    if (*json) {
        assert_int_equal(rp_schema_judge(format->schema, rp_json_root(doc),
                             &valid, 0, NULL, NULL, NULL),
            RP_OK);
    }
    rp_json_free(&doc);
    rp_mem_free(quoted);
    return valid;
}

static const char *const good_plans[] = {
    PLAN_AGENT(""),
    PLAN_AGENT(",'timeout':'1h30m','idle':'off','deadline':'1.5s',"
               "'grace':'0s','linger':'100us','output_max':'64KiB'"),
    PLAN_AGENT(",'retry':{'attempts':3,'backoff':'200ms..5s',"
               "'on':['timeout','spawn','lost']},'optional':true"),
    PLAN_AGENT(",'retry':{'backoff':'1s'},'effects':'idempotent',"
               "'stdin':'none','stdout':'jsonl'"),
    PLAN_AGENT(",'env':{'A':'x${{ input/a }}','_b2':{'pass':'X'},"
               "'C':{'secret':'KEY'}},'cwd':'work'"),
    PLAN_AGENT(",'input':true,'output':{'type':'object'},"
               "'contract':{'echo':['/a','/b~1c']}"),
    PLAN_AGENT(",'fallback':{'value':null},'contract':{'echo':''}"),
    PLAN_FLOW("{'sequence':[{'id':'x','parallel':{'a':{'agent':'a'},"
              "'b':{'id':'b','agent':'b','optional':true}},'need':1,"
              "'join':'enough','aggregate':{'facts':{'at':'/f','key':'/k',"
              "'value':'/v','critical':['x*']},'conflicts':[{'key':'*',"
              "'resolve':'prefer','order':['a']},{'key':'*','resolve':"
              "'flag'}]}},{'id':'z','agent':'a','role':'synthesis',"
              "'cites':'/c','input':{'e':{'from':'x'}}}]}"),
    PLAN_FLOW("{'parallel':{'a':{'sequence':[{'id':'q','agent':'a'}]}},"
              "'need':'any','optional':false}"),
    PLAN_TOP(",'$schema':'x','description':'d','input':{'default':1},"
             "'output':false,'concurrency':4096"),
    PLAN_TOP(",'budget':{'wall':'1m','attempts':5,'reserve':{'synthesis':"
             "'12.5%'}},'defaults':{'timeout':'5s','stdout':'text'}"),
};

static void the_schema_in_the_documentation_is_the_one_built_in(void **state)
{
    (void)state;
    static char text[1u << 16];
    FILE *file = fopen(RP_PLAN_SCHEMA_FILE, "rb");
    if (file == NULL) {
        skip(); /* the tests were built elsewhere and moved here */
    }
    size_t len = fread(text, 1, sizeof(text), file);
    (void)fclose(file);
    struct rp_json_doc *written = NULL;
    struct format format;
    set_up(&format);
    assert_int_equal(
        rp_json_read(&written, (struct rp_str){text, len}, NULL, NULL), RP_OK);
    assert_true(
        rp_json_key_equal(rp_json_root(written), rp_json_root(format.doc)));
    rp_json_free(&written);
    tear_down(&format);
}

static void what_the_reader_takes_the_schema_takes(void **state)
{
    (void)state;
    struct format format;
    set_up(&format);
    for (size_t i = 0; i < RP_COUNT_OF(good_plans); i++) {
        struct probe probe = {.files = NULL};
        probe_read(&probe, good_plans[i]);
        char *problems = probe_problems(&probe);
        assert_string_equal(problems, "");
        bool json = false;
        if (!accepts(&format, good_plans[i], &json)) {
            print_error("refused: %s\n", good_plans[i]);
            fail();
        }
        rp_mem_free(problems);
        probe_fini(&probe);
    }
    tear_down(&format);
}

static const struct bad_plan {
    const char *what;
    const char *text;
    const char *problems;
} bad_plans[] = {
#include "bad_plans.def"
};

/* What takes more than a schema to see: names that must fit one another,
 * files, programs, schemas, references, and the longest duration. */
static const char *const beyond_a_schema[] = {
    "an input schema with",
    "an output schema with",
    "a default input",
    "a schema file",
    "a part that",
    "a schema from",
    "an argument",
    "a program",
    "a fallback to nobody",
    "a fallback to itself",
    "a fallback against",
    "fallbacks that go round",
    "a variable that refers",
    "a deadline longer",
    "a size that is too large",
    "a backoff that is",
    "a misspelt agent",
    "an id twice",
    "a child with another",
    "a need of too many",
    "a need of any",
    "an order of strangers",
    "an unknown name",
    "a misspelt input",
    "a node that r",
    "a node around",
    "a child of",
    "a part a",
    "a child an",
    "a pointer that is none",
    "a reference",
    "an agent called input",
};

static bool is_beyond(const char *what)
{
    for (size_t i = 0; i < RP_COUNT_OF(beyond_a_schema); i++) {
        if (rp_str_starts(rp_str_of(what), rp_str_of(beyond_a_schema[i]))) {
            return true;
        }
    }
    return false;
}

static void what_the_schema_can_see_it_refuses_as_the_reader_does(void **state)
{
    (void)state;
    struct format format;
    set_up(&format);
    uint32_t seen = 0;
    for (size_t i = 0; i < RP_COUNT_OF(bad_plans); i++) {
        bool json = false;
        bool accepted = accepts(&format, bad_plans[i].text, &json);
        if (json && !is_beyond(bad_plans[i].what)) {
            if (accepted) {
                print_error("accepted: %s\n", bad_plans[i].what);
            }
            assert_false(accepted);
            seen++;
        }
    }
    assert_true(seen > 60);
    tear_down(&format);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_in_the_documentation_is_the_one_built_in),
        cmocka_unit_test(what_the_reader_takes_the_schema_takes),
        cmocka_unit_test(what_the_schema_can_see_it_refuses_as_the_reader_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
