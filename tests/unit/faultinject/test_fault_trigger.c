/* When rules are on: points of the session, how often, behind another rule, at
 * a place of the output, by what a call is given. Over scripted workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/fault_inject.h>

#include "stage.h"

/* Four workers, one after the other: dispatched at 0, 10, 20 and 30 ms. */
#define CHILD(n)                                                               \
    "\"w" n "\":{\"agent\":\"w\",\"input\":{\"n\":" n ",\"s\":\"case-" n "\"}" \
    "}"
#define PLAN                                                                   \
    "{\"reprise\":1,\"name\":\"t\",\"concurrency\":1,\"agents\":{\"w\":{"      \
    "\"exec\":[\"w\"],\"timeout\":\"100ms\",\"retry\":{\"attempts\":1}}},"     \
    "\"flow\":{\"id\":\"all\",\"need\":\"any\",\"parallel\":{" CHILD(          \
        "1") "," CHILD("2") "," CHILD("3") "," CHILD("4") "}}}"

static const struct script_line lines[] = {
    {"all/*", 10, "[1,\n2,\n3]", 0, 0, 0, 0},
};

struct play {
    struct stage stage;
    struct rp_fault_rules rules;
};

/* Reads rules, or a plan of them when the text begins with a brace. */
static void play(struct play *p, const char *first, const char *second)
{
    struct rp_err err = RP_ERR_INIT;
    *p = (struct play){.rules = {.count = 0}};
    enum rp_code rc =
        strstr(first, "\"faults\"") != NULL
            ? rp_fault_rules_read(&p->rules, rp_str_of(first), &err)
            : rp_fault_rule_add(&p->rules, rp_str_of(first), &err);
    if (rc == RP_OK && second != NULL) {
        rc = rp_fault_rule_add(&p->rules, rp_str_of(second), &err);
    }
    stage_set(&p->stage, PLAN, "{}", lines, RP_COUNT_OF(lines));
    if (rc == RP_OK) {
        rc = rp_fault_rules_fit(&p->rules, p->stage.plan, &err);
    }
    if (rc != RP_OK) {
        fail_msg("%s: %s", first, err.text);
    }
    p->stage.transport =
        rp_fault_inject_new(p->stage.transport, &p->rules, p->stage.clock, 42);
    stage_run(&p->stage);
}

static bool has_mark(const cJSON *event, const char *id)
{
    const cJSON *mark;
    cJSON_ArrayForEach(mark, rp_json_get(event, "faults"))
    {
        if (strcmp(rp_json_get(mark, "rule")->valuestring, id) == 0) {
            return true;
        }
    }
    return false;
}

/* The workers that rule `id` left its mark on, in order: "13". */
static void assert_struck(const struct play *p, const char *id, const char *who)
{
    char found[8] = "";
    size_t count = 0;
    const struct rp_memory_record *records =
        rp_store_memory_records(p->stage.store, &count);
    for (size_t i = 0; i < count; i++) {
        struct rp_json_doc *doc = NULL;
        assert_int_equal(
            rp_json_read(&doc, records[i].body, NULL, NULL), RP_OK);
        const cJSON *event = rp_json_get(rp_json_root(doc), "event");
        if (has_mark(event, id)) {
            const char *path = rp_json_get(event, "path")->valuestring;
            found[path[strlen("all/w")] - '1'] = path[strlen("all/w")];
        }
        rp_json_free(&doc);
    }
    size_t len = 0;
    for (size_t i = 0; i < 4; i++) {
        if (found[i] != '\0') {
            found[len++] = found[i];
        }
    }
    found[len] = '\0';
    assert_string_equal(found, who);
}

static void check(const char *rule, const char *who)
{
    struct play p;
    play(&p, rule, NULL);
    assert_struck(&p, "r1", who);
    stage_fini(&p.stage);
}

#define EMPTY " : exit.zero_empty"

static void a_rule_begins_and_ends_at_a_time(void **state)
{
    (void)state;
    check("w after=15ms" EMPTY, "34");
    check("w until=15ms" EMPTY, "12");
    check("w after=10ms until=25ms" EMPTY, "23");
    check("w after=20ms until=20ms" EMPTY, "");
}

static void a_rule_begins_and_ends_with_a_task(void **state)
{
    (void)state;
    check("w after=all/w2.began" EMPTY, "34");
    check("w after=all/w2.ended" EMPTY, "34");
    check("w until=all/w2.began" EMPTY, "12");
    check("w until=all/w3.ended" EMPTY, "123");
    check("w after=all/w1.ended until=all/w3.began" EMPTY, "23");
}

static void a_rule_fires_so_often_at_most(void **state)
{
    (void)state;
    check("w max=2" EMPTY, "12");
    check("w [2+] max=1" EMPTY, "2");
    /* What found nothing to change does not count. */
    check("w byte=500 max=1 : exit.zero_partial", "");
}

static void all_rules_together_fire_so_often(void **state)
{
    struct play p;
    (void)state;
    play(&p,
        "{\"faults\":1,\"rules\":[\"all/w1" EMPTY "\",\"all/w2" EMPTY
        "\",\"all/w3" EMPTY "\"],\"stop_when\":[{\"fired\":\">= 2\"}]}",
        NULL);
    assert_struck(&p, "r1", "1");
    assert_struck(&p, "r2", "2");
    assert_struck(&p, "r3", "");
    stage_fini(&p.stage);
}

static void faults_stop_after_a_time(void **state)
{
    struct play p;
    (void)state;
    play(&p,
        "{\"faults\":1,\"rules\":[\"w" EMPTY "\","
        "\"w until=5ms : out.fence\"],\"stop_when\":[{\"wall\":\"> 15ms\"}]}",
        NULL);
    assert_struck(&p, "r1", "12");
    stage_fini(&p.stage);
}

static void a_rule_waits_for_another_to_fire(void **state)
{
    struct play p;
    (void)state;
    play(&p, "all/w2" EMPTY, "w after_rule=r1" EMPTY);
    assert_struck(&p, "r1", "2");
    assert_struck(&p, "r2", "34");
    stage_fini(&p.stage);
}

static void a_rule_is_on_what_is_given_to_a_worker(void **state)
{
    (void)state;
    check("w /n=2" EMPTY, "2");
    check("w /s=case-* /n=3" EMPTY, "3");
    check("w /s=case-[34]" EMPTY, "");
    check("w /none=*" EMPTY, "");
    check("{\"on\":{\"agent\":\"w\",\"match\":{\"/s\":\"*-4\"}},"
          "\"do\":{\"fault\":\"exit.zero_empty\"}}",
        "4");
}

/* What a worker's output came to; it is [1,\n2,\n3]. */
static void assert_left(const char *rule, const char *output)
{
    struct play p;
    char *bytes = NULL;
    size_t len = 0;
    struct rp_digest digest = rp_digest_of(rp_str_of(output));
    play(&p, rule, NULL);
    assert_struck(&p, "r1", "1");
    assert_int_equal(
        p.stage.store->ops->get(p.stage.store, &digest, &bytes, &len, NULL),
        RP_OK);
    rp_mem_free(bytes);
    stage_fini(&p.stage);
}

static void a_worker_ends_at_a_byte_or_an_event_of_its_output(void **state)
{
    (void)state;
    assert_left("all/w1 byte=2 : kill.mid_write", "[1");
    assert_left("all/w1 byte=80% : exit.zero_partial", "[1,\n2,\n");
    assert_left("all/w1 event=1 : kill.mid_write", "[1,\n");
    assert_left("all/w1 event=2 : hang.mid_output", "[1,\n2,\n");
    check("w event=9 : kill.mid_write", "");
    check("w byte=900 : hang.mid_output", "");
}

/* ---- reading and writing ---- */

static void written_and_read_again_a_rule_is_the_same(void **state)
{
    static const char *const rules[] = {
        "w after=15ms until=all/w3.ended max=2 : hang",
        "w @1 after_rule=r1 max_of_all=3 : kill(after=1ms)",
        "w [2..3] ?30% byte=in_string : exit.zero_partial",
        "path:all/* /n=2 /s=case-* event=2 : kill.mid_write",
        "w /at=10:30 : hang",
    };
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(rules); i++) {
        struct rp_fault_rules *r = rp_mem_zalloc(3 * sizeof(*r));
        struct rp_buf text[3];
        for (size_t k = 0; k < RP_COUNT_OF(text); k++) {
            rp_buf_init(&text[k], 8192);
        }
        assert_int_equal(
            rp_fault_rule_add(&r[0], rp_str_of(rules[i]), NULL), RP_OK);
        rp_fault_rules_write(&text[0], &r[0]);
        struct rp_str object = rp_buf_str(&text[0]);
        object = (struct rp_str){object.ptr + 1, object.len - 2};
        assert_int_equal(rp_fault_rule_add(&r[1], object, NULL), RP_OK);
        rp_fault_rules_write(&text[1], &r[1]);
        assert_string_equal(text[0].ptr, text[1].ptr);
        rp_fault_rule_show(&text[2], &r[0].items[0]);
        assert_int_equal(
            rp_fault_rule_add(&r[2], rp_buf_str(&text[2]), NULL), RP_OK);
        rp_buf_reset(&text[1]);
        rp_fault_rules_write(&text[1], &r[2]);
        assert_string_equal(text[0].ptr, text[1].ptr);
        for (size_t k = 0; k < RP_COUNT_OF(text); k++) {
            rp_buf_fini(&text[k]);
        }
        rp_mem_free(r);
    }
}

static void refused(const char *text, const char *words)
{
    struct rp_fault_rules *rules = rp_mem_zalloc(sizeof(*rules));
    struct rp_err err = RP_ERR_INIT;
    struct stage stage;
    enum rp_code rc = strstr(text, "\"faults\"") != NULL
                          ? rp_fault_rules_read(rules, rp_str_of(text), &err)
                          : rp_fault_rule_add(rules, rp_str_of(text), &err);
    stage_set(&stage, PLAN, "{}", lines, RP_COUNT_OF(lines));
    if (rc == RP_OK) {
        rc = rp_fault_rules_fit(rules, stage.plan, &err);
    }
    if (rc == RP_OK || strstr(err.text, words) == NULL) {
        fail_msg("'%s' gave '%s' instead of '%s'", text, err.text, words);
    }
    stage_fini(&stage);
    rp_mem_free(rules);
}

static void what_is_wrong_is_told_with_what_is_near(void **state)
{
    (void)state;
    refused("w afer=2s : hang", "did you mean 'after'?");
    refused("{\"on\":{\"agent\":\"w\"},\"when\":{\"untill\":\"2s\"},"
            "\"do\":{\"fault\":\"hang\"}}",
        "did you mean 'until'?");
    refused("w after=2x : hang", "'after' must be a time");
    refused("w after=all/w9.ended : hang", "did you mean 'all/w1'?");
    refused("w after_rule=r2 : hang", "there is no rule 'r2'");
    refused("w max=0 : hang", "'max' must be a number from 1 on");
    refused("w event=x : kill.mid_write", "'event' must be a number");
    refused("w byte=50% : hang", "'hang' is not at a byte or an event");
    refused("w byte=in_strin : kill.mid_write", "did you mean 'in_string'?");
    refused("w byte=5 event=2 : kill.mid_write", "'byte' and 'event'");
    refused("w after=1s after=2s : hang", "it says 'after' twice");
    refused("w /n : hang", "does not say what is there");
    refused("w now : hang", "is not a condition");
    refused("{\"on\":{\"agent\":\"w\",\"match\":{\"n\":\"2\"}},"
            "\"do\":{\"fault\":\"hang\"}}",
        "is not a JSON Pointer");
    refused("{\"faults\":1,\"rules\":[\"w : hang\"],\"stop_when\":[{"
            "\"fird\":\">= 2\"}]}",
        "did you mean 'fired'?");
    refused("{\"faults\":1,\"rules\":[\"w : hang\"],\"stop_when\":[{"
            "\"fired\":\"2\"}]}",
        "must be as \">= 5\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_begins_and_ends_at_a_time),
        cmocka_unit_test(a_rule_begins_and_ends_with_a_task),
        cmocka_unit_test(a_rule_fires_so_often_at_most),
        cmocka_unit_test(all_rules_together_fire_so_often),
        cmocka_unit_test(faults_stop_after_a_time),
        cmocka_unit_test(a_rule_waits_for_another_to_fire),
        cmocka_unit_test(a_rule_is_on_what_is_given_to_a_worker),
        cmocka_unit_test(a_worker_ends_at_a_byte_or_an_event_of_its_output),
        cmocka_unit_test(written_and_read_again_a_rule_is_the_same),
        cmocka_unit_test(what_is_wrong_is_told_with_what_is_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
