/* Runs that are kept come back as they were; what is not one, does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/rng.h>

#include "swept.h"

#define FLIPS 3000

#define PLAN                                                                   \
    "{\"reprise\":1,\"name\":\"t\",\"defaults\":{\"timeout\":\"1s\",\"retry\"" \
    ":{\"attempts\":2,\"backoff\":\"50ms..1s\"}},\"agents\":{\"x\":{\"exec\""  \
    ":[\"x\"],\"output\":{\"type\":\"object\"}}},\"flow\":{\"id\":\"gather\"," \
    "\"parallel\":{\"one\":{\"agent\":\"x\"},\"two\":{\"agent\":\"x\"}}}}"

static const struct script_line lines[] = {
    {"gather/*", 30, "{\"f\":[1]}", 0, 0, 0, 0},
};

static const char *const rules[] = {"gather/one : kill", "gather/two : hang"};

struct kept {
    struct swept s;
    char *text; /* what was written, owned */
    size_t len;
};

static void keep(struct kept *k)
{
    FILE *file = open_memstream(&k->text, &k->len);
    struct rp_sweep_stored *stored = rp_sweep_stored_new(file);
    struct rp_sweep_options options = {
        .depth = 1, .subject = {.stored = stored}};
    sweep_it(&k->s, PLAN, lines, 1, &options);
    assert_int_equal(k->s.sweep.rig.broken, RP_OK);
    rp_sweep_stored_free(&stored);
    (void)fclose(file);
}

static void forget(struct kept *k)
{
    swept_fini(&k->s);
    free(k->text); /* of open_memstream */
}

static struct rp_digest key_of(const struct kept *k)
{
    return rp_sweep_stored_key(&k->s.sweep.rig.ground, rules, 2, "run");
}

/* A run of its own, kept and found again. */
static void what_is_kept_comes_back_as_it_was(void **state)
{
    (void)state;
    struct kept k;
    keep(&k);
    struct rp_sweep_rig *rig = &k.s.sweep.rig;
    struct rp_sweep_judgement judgement;
    struct rp_sweep_trace back = {.arena = NULL};
    struct rp_err err = RP_ERR_INIT;
    enum rp_code code = RP_E_IO;
    struct rp_sweep_stored *stored = rp_sweep_stored_new(NULL);
    rig->stored = stored;
    rp_sweep_rig_try(&judgement, rig, rules, 2);
    struct rp_digest key = key_of(&k);
    assert_true(
        rp_sweep_stored_find(stored, &key, &rig->ground, &back, &code, &err));
    assert_int_equal(code, RP_OK);
    assert_int_equal(back.outcome, rig->trace.outcome);
    assert_int_equal(back.ended.ns, rig->trace.ended.ns);
    assert_int_equal(back.fired, rig->trace.fired);
    assert_int_equal(back.task_count, rig->trace.task_count);
    assert_int_equal(back.unmet_count, rig->trace.unmet_count);
    assert_memory_equal(back.output.bytes, rig->trace.output.bytes, 32);
    for (uint32_t i = 0; i < back.task_count; i++) {
        const struct rp_sweep_task *a = &rig->trace.tasks[i];
        const struct rp_sweep_task *b = &back.tasks[i];
        assert_string_equal(a->path, b->path);
        assert_ptr_equal(a->agent, b->agent);
        assert_int_equal(a->status, b->status);
        assert_int_equal(a->attempt_count, b->attempt_count);
        for (uint32_t n = 0; n < a->attempt_count; n++) {
            assert_int_equal(a->attempts[n].reason, b->attempts[n].reason);
            assert_int_equal(a->attempts[n].rules, b->attempts[n].rules);
        }
    }
    rp_sweep_trace_fini(&back);
    rp_sweep_stored_free(&stored);
    rig->stored = NULL;
    forget(&k);
}

/* Lines of a file with every sort of damage: they are no lines, or others. */
static void a_damaged_file_is_read_without_harm(void **state)
{
    (void)state;
    struct kept k;
    keep(&k);
    assert_true(k.len > 1000);
    for (uint32_t i = 0; i < FLIPS; i++) {
        char *copy = rp_mem_dup((struct rp_str){k.text, k.len});
        uint64_t draw = rp_draw(i, RP_STR("damage"), "place", 0);
        copy[draw % k.len] = (char)(draw >> 40);
        struct rp_sweep_stored *stored = rp_sweep_stored_new(NULL);
        uint32_t count = rp_sweep_stored_take(
            stored, (struct rp_str){copy, k.len - (size_t)(draw >> 50) % 100});
        assert_true(count > 0);
        struct rp_sweep_judgement judgement;
        struct rp_sweep_rig *rig = &k.s.sweep.rig;
        const struct rp_sweep_case *c =
            k.s.sweep.cases[draw % k.s.sweep.case_count];
        rig->stored = stored;
        rp_sweep_rig_try(&judgement, rig, c->rules, c->rule_count);
        rig->stored = NULL;
        if (c->judgement.verdict != RP_VERDICT_PRUNED) {
            assert_int_equal(judgement.verdict, c->judgement.verdict);
        }
        assert_true(rp_sweep_stored_damaged(stored) > 0 ||
                    strncmp(copy, k.text, k.len) == 0);
        rp_sweep_stored_free(&stored);
        rp_mem_free(copy);
    }
    forget(&k);
}

static void a_run_by_an_agent_that_is_not_there_is_none(void **state)
{
    (void)state;
    struct kept k;
    keep(&k);
    struct rp_buf line;
    char hex[RP_DIGEST_HEX_LEN + 1];
    struct rp_digest key = key_of(&k);
    struct rp_sweep_trace trace = {.arena = NULL};
    enum rp_code code;
    struct rp_sweep_stored *stored = rp_sweep_stored_new(NULL);
    rp_digest_hex(&key, hex);
    rp_buf_init(&line, 4096);
    rp_buf_addf(&line,
        "{\"key\":\"%s\",\"code\":\"ok\",\"tasks\":[{\"path\":\"gather/one\","
        "\"agent\":\"nobody\",\"attempts\":[{\"reason\":\"timeout\"}]}]",
        hex);
    struct rp_digest sum = rp_digest_of(rp_buf_str(&line));
    rp_digest_hex(&sum, hex);
    rp_buf_addf(&line, ",\"sum\":\"%.16s\"}\n", hex);
    assert_int_equal(rp_sweep_stored_take(stored, rp_buf_str(&line)), 1);
    assert_false(rp_sweep_stored_find(
        stored, &key, &k.s.sweep.rig.ground, &trace, &code, NULL));
    rp_sweep_trace_fini(&trace);
    rp_sweep_stored_free(&stored);
    rp_buf_fini(&line);
    forget(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_comes_back_as_it_was),
        cmocka_unit_test(a_damaged_file_is_read_without_harm),
        cmocka_unit_test(a_run_by_an_agent_that_is_not_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
