/* References in documents and strings. */
#include "plan_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/mem.h>

#include "template.h"

static const char values[] =
    "{'input':{'id':7,'name':'A b','list':[1,2.50],'nul':'x\\u0000y',"
    "'a/b':{'~':true}},'gather':null}";

static const cJSON *lookup(void *context, struct rp_str name)
{
    return rp_json_get_str(context, name);
}

struct bench {
    struct rp_json_doc *values, *template;
    struct rp__scope scope;
    struct rp_err err;
};

static struct rp_json_doc *parse(const char *text)
{
    struct rp_json_doc *doc = NULL;
    char *quoted = probe_quoted(text);
    assert_int_equal(rp_json_read(&doc, rp_str_of(quoted), NULL, NULL), RP_OK);
    rp_mem_free(quoted);
    return doc;
}

static void set_up(struct bench *bench, const char *template)
{
    *bench = (struct bench){.values = parse(values)};
    bench->template = parse(template);
    bench->scope = (struct rp__scope){
        lookup, (void *)(uintptr_t)(const void *)rp_json_root(bench->values)};
}

static void tear_down(struct bench *bench)
{
    rp_json_free(&bench->template);
    rp_json_free(&bench->values);
}

/* In both texts a single quote stands for a double one. */
static void check(const char *template, const char *expected)
{
    struct bench bench;
    set_up(&bench, template);
    cJSON *result = rp__template_resolve(
        rp_json_root(bench.template), &bench.scope, &bench.err);
    assert_string_equal(bench.err.text, "");
    assert_non_null(result);
    struct rp_buf text;
    rp_buf_init(&text, 1u << 20);
    rp_json_write_text(&text, result);
    char *quoted = probe_quoted(expected);
    assert_string_equal(text.ptr, quoted);
    rp_mem_free(quoted);
    rp_buf_fini(&text);
    cJSON_Delete(result);
    tear_down(&bench);
}

static void check_failure(
    const char *template, enum rp_code code, const char *message)
{
    struct bench bench;
    set_up(&bench, template);
    assert_null(rp__template_resolve(
        rp_json_root(bench.template), &bench.scope, &bench.err));
    assert_int_equal(bench.err.code, code);
    assert_string_equal(bench.err.text, message);
    tear_down(&bench);
}

static void a_document_without_references_stays_as_it_is(void **state)
{
    (void)state;
    check("{'a':[1,'x',null,true,2.50],'b':{}}",
        "{'a':[1,'x',null,true,2.50],'b':{}}");
    check("'a $ { } {{ x }} $$ $${ $'", "'a $ { } {{ x }} $$ $${ $'");
}

static void a_whole_reference_becomes_the_typed_value(void **state)
{
    (void)state;
    check("{'from':'input','at':'/id'}", "7");
    check("{'e':{'from':'input','at':'/list'}}", "{'e':[1,2.50]}");
    check("[{'from':'input','at':'/a~1b/~0'}]", "[true]");
    check("{'from':'gather'}", "null");
    check("'${{ input/list }}'", "[1,2.50]");
    check("'${{input/id}}'", "7");
}

static void an_object_with_other_members_is_no_reference(void **state)
{
    (void)state;
    check("{'from':'input','at':'/id','to':1}",
        "{'from':'input','at':'/id','to':1}");
    check("{'at':'/id'}", "{'at':'/id'}");
}

static void references_inside_text_are_written_into_it(void **state)
{
    (void)state;
    check("'n=${{ input/id }}, ${{ input/name }}!'", "'n=7, A b!'");
    check("'${{ input/list }}${{ gather }}'", "'[1,2.50]null'");
    check("' ${{ input/id }}'", "' 7'");
}

static void a_doubled_dollar_is_a_plain_one(void **state)
{
    (void)state;
    check("'$${{ input/id }}'", "'${{ input/id }}'");
    check("'$$${{ input/id }}'", "'$${{ input/id }}'");
    check("'a$${{b${{ input/id }}'", "'a${{b7'");
    check("'$$$${{ input/id }}'", "'$$${{ input/id }}'");
    check("'$ $a$${ ${{ input/id }}$'", "'$ $a$${ 7$'");
}

static void what_a_reference_brings_is_not_a_template(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, "{'from':'x'}");
    rp_json_free(&bench.values);
    bench.values = parse("{'x':{'from':'y','s':'${{ y }}'}}");
    bench.scope.context =
        (void *)(uintptr_t)(const void *)rp_json_root(bench.values);
    cJSON *result = rp__template_resolve(
        rp_json_root(bench.template), &bench.scope, &bench.err);
    assert_string_equal(rp_json_get(result, "s")->valuestring, "${{ y }}");
    cJSON_Delete(result);
    tear_down(&bench);
}

static void a_null_character_passes_through_documents(void **state)
{
    (void)state;
    check("{'a':'${{ input/nul }}','b':'>${{ input/nul }}<'}",
        "{'a':'x\\u0000y','b':'>x\\u0000y<'}");
}

static void a_reference_that_leads_nowhere_is_named(void **state)
{
    (void)state;
    check_failure("{'a':[{'from':'inptu'}]}", RP_E_NOT_FOUND,
        "resolving references: there is no value of 'inptu'");
    check_failure("'x${{ input/gone/1 }}'", RP_E_NOT_FOUND,
        "resolving references: the value of 'input' has nothing at "
        "'/gone/1'");
    check_failure("'${{ input'", RP_E_INVALID,
        "resolving references: \"${{\" without \"}}\"");
}

static void a_result_past_the_limit_is_refused(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench, "null");
    rp_json_free(&bench.template);
    size_t len = 8u << 20;
    char *long_text = rp_mem_alloc(len + 1);
    memset(long_text, 'x', len);
    long_text[len] = '\0';
    cJSON *object = cJSON_CreateObject();
    rp_json_set(object, "x", cJSON_CreateString(long_text));
    cJSON *template = cJSON_CreateArray();
    for (int i = 0; i < 9; i++) {
        (void)cJSON_AddItemToArray(template, cJSON_CreateString("${{ x }}"));
    }
    bench.scope.context = object;
    assert_null(rp__template_resolve(template, &bench.scope, &bench.err));
    assert_int_equal(bench.err.code, RP_E_LIMIT);
    cJSON_Delete(template);
    cJSON_Delete(object);
    rp_mem_free(long_text);
    tear_down(&bench);
}

static void text_for_an_argument_is_written_plainly(void **state)
{
    (void)state;
    struct bench bench;
    struct rp_buf out;
    rp_buf_init(&out, 4096);
    set_up(&bench, "'--x=${{ input/name }}:${{ input/list }}'");
    assert_int_equal(rp__template_text(rp_json_root(bench.template),
                         &bench.scope, &out, &bench.err),
        RP_OK);
    assert_string_equal(out.ptr, "--x=A b:[1,2.50]");
    rp_buf_fini(&out);
    tear_down(&bench);
}

static void text_for_an_argument_cannot_hold_a_null_character(void **state)
{
    (void)state;
    struct bench bench;
    struct rp_buf out;
    rp_buf_init(&out, 4096);
    set_up(&bench, "'${{ input/nul }}'");
    assert_int_equal(rp__template_text(rp_json_root(bench.template),
                         &bench.scope, &out, &bench.err),
        RP_E_INVALID);
    rp_buf_fini(&out);
    tear_down(&bench);
}

static void text_past_the_buffers_limit_is_refused(void **state)
{
    (void)state;
    struct bench bench;
    struct rp_buf out;
    rp_buf_init(&out, 4);
    set_up(&bench, "'${{ input/name }}${{ input/name }}'");
    assert_int_equal(rp__template_text(rp_json_root(bench.template),
                         &bench.scope, &out, &bench.err),
        RP_E_LIMIT);
    rp_buf_fini(&out);
    tear_down(&bench);
}

static void names_are_listed_once_in_order(void **state)
{
    (void)state;
    struct rp_json_doc *doc =
        parse("{'a':'${{ b/x }} ${{ a }}','c':[{'from':'b'},{'from':'d'}],"
              "'e':'$${{ f }} ${{ g'}");
    struct rp_str names[3];
    assert_int_equal(rp__template_names(rp_json_root(doc), names, 3), 3);
    assert_true(rp_str_is(names[0], "b"));
    assert_true(rp_str_is(names[1], "a"));
    assert_true(rp_str_is(names[2], "d"));
    assert_int_equal(rp__template_names(rp_json_root(doc), names, 2), 2);
    rp_json_free(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_without_references_stays_as_it_is),
        cmocka_unit_test(a_whole_reference_becomes_the_typed_value),
        cmocka_unit_test(an_object_with_other_members_is_no_reference),
        cmocka_unit_test(references_inside_text_are_written_into_it),
        cmocka_unit_test(a_doubled_dollar_is_a_plain_one),
        cmocka_unit_test(what_a_reference_brings_is_not_a_template),
        cmocka_unit_test(a_null_character_passes_through_documents),
        cmocka_unit_test(a_reference_that_leads_nowhere_is_named),
        cmocka_unit_test(a_result_past_the_limit_is_refused),
        cmocka_unit_test(text_for_an_argument_is_written_plainly),
        cmocka_unit_test(text_for_an_argument_cannot_hold_a_null_character),
        cmocka_unit_test(text_past_the_buffers_limit_is_refused),
        cmocka_unit_test(names_are_listed_once_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
