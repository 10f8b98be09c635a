/* Journals in memory as values, and what is found when they are not whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/mem.h>
#include <reprise/recording.h>

#include "stage.h"

#define PLAN                                                                   \
    "{\"reprise\":1,\"name\":\"t\",\"agents\":{\"a\":{\"exec\":[\"a\"]}},"     \
    "\"flow\":{\"id\":\"a\",\"agent\":\"a\"}}"

static void play(struct stage *stage)
{
    static const struct script_line lines[] = {
        {"a@1", 30, "{\"x\":1}", 0, 0, 0, 0}};
    stage->control = NULL;
    stage_play(stage, PLAN, "{\"p\":1}", lines, 1);
}

/* The first `kept` records of the stage, with byte `at` of record `seq`
 * changed (0: none), in a store of their own. */
static struct rp_store *copy_with_byte(
    const struct stage *stage, size_t kept, uint64_t seq, size_t at)
{
    size_t count;
    const struct rp_memory_record *records =
        rp_store_memory_records(stage->store, &count);
    struct rp_store *copy = rp_store_memory_new();
    const struct rp_str payloads[] = {
        stage->plan->frozen, rp_str_of("{\"p\":1}"), rp_str_of("{\"x\":1}")};
    for (size_t i = 0; i < RP_COUNT_OF(payloads); i++) {
        struct rp_digest digest = rp_digest_of(payloads[i]);
        assert_int_equal(
            copy->ops->put(copy, &digest, payloads[i], NULL), RP_OK);
    }
    for (size_t i = 0; i < count && i < kept; i++) {
        char *body = rp_mem_dup(records[i].body);
        if (records[i].seq == seq) {
            body[at] ^= 1;
        }
        struct rp_record record = {.seq = records[i].seq,
            .body = {body, records[i].body.len},
            .digest = records[i].digest};
        assert_int_equal(copy->ops->append(copy, &record, NULL), RP_OK);
        rp_mem_free(body);
    }
    return copy;
}

static void a_recording_has_events_and_steps_as_values(void **state)
{
    (void)state;
    struct stage stage;
    struct rp_recording *r = NULL;
    play(&stage);
    assert_int_equal(
        rp_recording_of_memory(&r, stage.store, &stage.head, NULL, NULL),
        RP_OK);
    uint32_t count;
    const struct rp_recorded *records = rp_recording_records(r, &count);
    assert_int_equal(count, 2);
    assert_int_equal(records[0].event.kind, RP_EVENT_SESSION_STARTED);
    assert_int_equal(records[0].seq, 1);
    assert_int_equal(records[0].step.actions[0].kind, RP_ACTION_START_CALL);
    assert_ptr_equal(records[0].step.actions[0].start.agent,
        rp_plan_agent(rp_recording_plan(r), RP_STR("a")));
    assert_int_equal(records[1].event.kind, RP_EVENT_CALL_COMPLETED);
    assert_int_equal(records[1].event.at.ns, 30 * RP_NS_PER_MS);
    assert_true(rp_recording_ended(r));
    assert_true(rp_str_is(rp_recording_input(r), "{\"p\":1}"));
    rp_recording_free(&r);
    assert_null(r);
    rp_recording_free(&r);
    stage_fini(&stage);
}

static void an_event_is_filled_beside_the_recorded_one(void **state)
{
    (void)state;
    struct stage stage;
    struct rp_recording *r = NULL;
    play(&stage);
    assert_int_equal(
        rp_recording_of_memory(&r, stage.store, &stage.head, NULL, NULL),
        RP_OK);
    uint32_t count;
    const struct rp_recorded *records = rp_recording_records(r, &count);
    struct rp_event event = records[1].event;
    struct rp_completion completion;
    assert_int_equal(rp_recording_fill(r, &event, &completion, NULL), RP_OK);
    assert_ptr_equal(event.completed, &completion);
    assert_true(rp_str_is(completion.output, "{\"x\":1}"));
    assert_int_equal(completion.diagnostics.len, 0);
    assert_int_equal(records[1].event.completed->output.len, 0);
    struct rp_event started = records[0].event;
    assert_int_equal(rp_recording_fill(r, &started, &completion, NULL), RP_OK);
    assert_true(rp_str_is(started.started.input, "{\"p\":1}"));
    rp_recording_free(&r);
    stage_fini(&stage);
}

static void every_changed_byte_of_a_record_is_found(void **state)
{
    (void)state;
    struct stage stage;
    play(&stage);
    size_t count;
    const struct rp_memory_record *records =
        rp_store_memory_records(stage.store, &count);
    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0; at < records[i].body.len; at += 7) {
            struct rp_recording *r = NULL;
            struct rp_recording_damage damage = {.seq = 0};
            struct rp_err err = RP_ERR_INIT;
            struct rp_store *copy =
                copy_with_byte(&stage, count, records[i].seq, at);
            assert_int_equal(
                rp_recording_of_memory(&r, copy, &stage.head, &damage, &err),
                RP_E_DAMAGED);
            assert_null(r);
            assert_int_equal(damage.seq, i + 1);
            assert_non_null(strstr(damage.what, "does not match its digest"));
            rp_store_free(&copy);
        }
    }
    stage_fini(&stage);
}

static void a_recording_that_was_cut_short_has_not_ended(void **state)
{
    (void)state;
    struct stage stage;
    play(&stage);
    for (size_t kept = 0; kept < 2; kept++) {
        struct rp_recording *r = NULL;
        struct rp_store *copy = copy_with_byte(&stage, kept, 0, 0);
        assert_int_equal(
            rp_recording_of_memory(&r, copy, &stage.head, NULL, NULL), RP_OK);
        assert_false(rp_recording_ended(r));
        rp_recording_free(&r);
        rp_store_free(&copy);
    }
    stage_fini(&stage);
}

static void records_under_another_head_do_not_match(void **state)
{
    (void)state;
    struct stage stage;
    struct rp_recording *r = NULL;
    struct rp_recording_damage damage = {.seq = 0};
    play(&stage);
    struct rp_session_head head = stage.head;
    head.seed++;
    assert_int_equal(
        rp_recording_of_memory(&r, stage.store, &head, &damage, NULL),
        RP_E_DAMAGED);
    assert_int_equal(damage.seq, 1);
    stage_fini(&stage);
}

static void a_plan_that_is_gone_or_no_plan_is_damage_of_the_head(void **state)
{
    (void)state;
    struct stage stage;
    play(&stage);
    const struct rp_digest digests[] = {
        {{0}}, rp_digest_of(RP_STR("{\"p\":1}"))};
    for (size_t i = 0; i < RP_COUNT_OF(digests); i++) {
        struct rp_recording *r = NULL;
        struct rp_recording_damage damage = {.seq = 9};
        struct rp_err err = RP_ERR_INIT;
        struct rp_session_head head = stage.head;
        head.plan = digests[i];
        assert_int_equal(
            rp_recording_of_memory(&r, stage.store, &head, &damage, &err),
            RP_E_DAMAGED);
        assert_int_equal(damage.seq, 0);
        assert_true(damage.what[0] != '\0');
    }
    stage_fini(&stage);
}

static void a_payload_that_nobody_stored_is_not_found(void **state)
{
    (void)state;
    struct stage stage;
    struct rp_recording *r = NULL;
    struct rp_str bytes;
    play(&stage);
    assert_int_equal(
        rp_recording_of_memory(&r, stage.store, &stage.head, NULL, NULL),
        RP_OK);
    struct rp_digest none = rp_digest_of(RP_STR("nobody"));
    assert_int_equal(
        rp_recording_payload(&bytes, r, &none, NULL), RP_E_NOT_FOUND);
    struct rp_digest output = rp_digest_of(RP_STR("{\"x\":1}"));
    assert_int_equal(rp_recording_payload(&bytes, r, &output, NULL), RP_OK);
    const char *first = bytes.ptr;
    assert_int_equal(rp_recording_payload(&bytes, r, &output, NULL), RP_OK);
    assert_ptr_equal(bytes.ptr, first);
    rp_recording_free(&r);
    stage_fini(&stage);
}

static void words_that_nobody_knows_are_not_guessed_at(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum rp_code code;
    } cases[] = {
#define OPERATOR(word)                                                         \
    "{\"at\":\"0\",\"event\":{\"kind\":\"operator\",\"command\":\"" word       \
    "\",\"cause\":\"sigint\"},\"decisions\":[],\"actions\":[]}"
#define CANCEL(mode)                                                           \
    "{\"at\":\"0\",\"event\":{\"kind\":\"timer_fired\",\"timer\":\"t\"},"      \
    "\"decisions\":[],\"actions\":[{\"kind\":\"cancel_call\",\"call\":1,"      \
    "\"path\":\"a@1/call:1\"," mode "\"reason\":\"timeout\"}]}"
        {OPERATOR("cancel"), RP_OK},
        {OPERATOR("pause"), RP_E_DAMAGED},
        {CANCEL("\"mode\":\"term\","), RP_OK},
        {CANCEL("\"mode\":\"kill\","), RP_OK},
        {CANCEL("\"mode\":\"stop\","), RP_E_DAMAGED},
        {CANCEL(""), RP_E_DAMAGED},
    };
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct rp_arena *arena = rp_arena_new(0);
        struct rp_event event;
        struct rp_step step;
        assert_int_equal(rp_record_read(arena, rp_str_of(cases[i].body), NULL,
                             &event, &step, NULL),
            cases[i].code);
        rp_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_has_events_and_steps_as_values),
        cmocka_unit_test(an_event_is_filled_beside_the_recorded_one),
        cmocka_unit_test(every_changed_byte_of_a_record_is_found),
        cmocka_unit_test(a_recording_that_was_cut_short_has_not_ended),
        cmocka_unit_test(records_under_another_head_do_not_match),
        cmocka_unit_test(a_plan_that_is_gone_or_no_plan_is_damage_of_the_head),
        cmocka_unit_test(words_that_nobody_knows_are_not_guessed_at),
        cmocka_unit_test(a_payload_that_nobody_stored_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
