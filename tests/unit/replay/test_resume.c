/* A session that dies after each of its records, and goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/resume.h>
#include <reprise/verify.h>

#include "stage.h"

/* Two workers side by side, one of which must be tried twice, then a third. */
#define PLAN(effects, retry)                                                   \
    "{\"reprise\":1,\"name\":\"r\",\"concurrency\":2,\"agents\":{"             \
    "\"a\":{\"exec\":[\"a\"],\"effects\":\"" effects "\",\"retry\":" retry     \
    "},\"s\":{\"exec\":[\"s\"],\"effects\":\"none\"}},"                        \
    "\"flow\":{\"sequence\":[{\"id\":\"all\",\"need\":\"any\",\"parallel\":{"  \
    "\"x\":{\"agent\":\"a\"},\"y\":{\"agent\":\"a\"},"                         \
    "\"z\":{\"agent\":\"a\"}},\"aggregate\":{}},"                              \
    "{\"id\":\"sum\",\"agent\":\"s\",\"role\":\"synthesis\","                  \
    "\"input\":{\"from\":\"all\"}}]}}"
#define TWICE "{\"attempts\":2,\"on\":[\"exit\"],\"backoff\":\"100ms..100ms\"}"
#define LOST                                                                   \
    "{\"attempts\":3,\"on\":[\"exit\",\"lost\"],\"backoff\":\"1ms..1ms\"}"

static const struct script_line lines[] = {
    {"all/x@1", 30, NULL, 3, 0, 0, 0},
    {"all/x@*", 20, "1", 0, 0, 0, 0},
    {"all/y@*", 50, "2", 0, 0, 0, 0},
    {"all/z@*", 10, "3", 0, 0, 0, 0},
    {"sum@*", 10, "{\"sum\":6}", 0, 0, 0, 0},
};

static void play(struct stage *stage, const char *plan)
{
    stage->control = NULL;
    stage_play(stage, plan, "{}", lines, RP_COUNT_OF(lines));
}

/* ---- going on ---- */

struct again {
    const struct stage *stage;
    struct rp_recording *recording; /* of all of it */
    uint32_t kept, next;            /* records before the death */
    struct rp_completion completion;
    struct rp_store *store; /* what was kept, and what follows */
    struct rp_run_result result;
};

static enum rp_code next_event(
    void *context, struct rp_event *event, bool *found, struct rp_err *err)
{
    struct again *a = context;
    uint32_t count;
    const struct rp_recorded *records =
        rp_recording_records(a->recording, &count);
    *found = a->next < a->kept;
    if (!*found) {
        return RP_OK;
    }
    *event = records[a->next++].event;
    return rp_recording_fill(a->recording, event, &a->completion, err);
}

static void put(struct again *a, const struct rp_digest *digest)
{
    struct rp_str bytes;
    assert_int_equal(
        rp_recording_payload(&bytes, a->recording, digest, NULL), RP_OK);
    assert_int_equal(a->store->ops->put(a->store, digest, bytes, NULL), RP_OK);
}

/* The store as the death left it. */
static void keep(struct again *a)
{
    size_t all;
    uint32_t count;
    const struct rp_memory_record *stored =
        rp_store_memory_records(a->stage->store, &all);
    const struct rp_recorded *records =
        rp_recording_records(a->recording, &count);
    a->store = rp_store_memory_new();
    put(a, &a->stage->head.plan);
    put(a, &a->stage->head.input);
    for (uint32_t i = 0; i < a->kept; i++) {
        struct rp_record record = {stored[i].seq, stored[i].at, stored[i].body,
            stored[i].digest, &records[i].event, &records[i].step};
        const struct rp_event *event = &records[i].event;
        if (event->kind == RP_EVENT_CALL_COMPLETED &&
            !rp_digest_is_zero(&event->completed->output_digest)) {
            put(a, &event->completed->output_digest);
        }
        assert_int_equal(a->store->ops->append(a->store, &record, NULL), RP_OK);
    }
}

static void go_on(struct again *a)
{
    size_t all;
    struct rp_err err = RP_ERR_INIT;
    const struct rp_memory_record *stored =
        rp_store_memory_records(a->stage->store, &all);
    const struct rp_memory_record *last = &stored[a->kept - 1];
    struct rp_clock *clock = rp_clock_virtual_new((struct rp_wall){77});
    struct rp_transport *transport = scripted_new(&a->stage->script, clock);
    struct rp_past past = {
        .next = next_event,
        .context = a,
        .seq = last->seq,
        .chain = last->digest,
        .last = last->at,
        .incarnation = 2,
    };
    struct rp_run run = {
        .plan = a->stage->plan,
        .head = &a->stage->head,
        .input = a->stage->input,
        .clock = clock,
        .transport = transport,
        .store = a->store,
        .past = &past,
        .turn_max = RP_DURATION_FOREVER,
    };
    rp_clock_virtual_advance(clock, last->at);
    if (rp_run(&run, &a->result, &err) != RP_OK) {
        fail_msg("after record %u: %s", (unsigned)a->kept, err.text);
    }
    rp_transport_free(&transport);
    rp_clock_free(&clock);
}

/* The whole journal, of both processes, is one session that verifies. */
static void check_journal(struct again *a)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_recording *both = NULL;
    struct rp_verification v;
    if (rp_recording_of_memory(&both, a->store, &a->stage->head, NULL, &err) !=
            RP_OK ||
        rp_verify(&v, both, NULL, &err) != RP_OK) {
        fail_msg("after record %u: %s", (unsigned)a->kept, err.text);
    }
    if (v.first.kind != RP_DIVERGENCE_NONE) {
        fail_msg("after record %u: %s", (unsigned)a->kept, v.first.what);
    }
    assert_true(v.ended);
    rp_verification_fini(&v);
    rp_recording_free(&both);
}

static void begin(struct again *a, const struct stage *stage, uint32_t kept)
{
    *a = (struct again){.stage = stage, .kept = kept};
    assert_int_equal(rp_recording_of_memory(
                         &a->recording, stage->store, &stage->head, NULL, NULL),
        RP_OK);
    keep(a);
    go_on(a);
    check_journal(a);
}

static void end(struct again *a)
{
    rp_run_result_fini(&a->result);
    rp_store_free(&a->store);
    rp_recording_free(&a->recording);
}

/* ---- what was decided ---- */

static bool has(const struct again *a, uint32_t from, uint32_t to,
    const char *first, const char *second)
{
    size_t count;
    const struct rp_memory_record *records =
        rp_store_memory_records(a->store, &count);
    for (size_t i = from; i < to && i < count; i++) {
        if (strstr(records[i].body.ptr, first) != NULL &&
            strstr(records[i].body.ptr, second) != NULL) {
            return true;
        }
    }
    return false;
}

/* Whether a task whose output was accepted before the death began again. */
static bool redoes_work(const struct again *a)
{
    static const char *const tasks[] = {"all/x", "all/y", "all/z", "sum"};
    for (size_t i = 0; i < RP_COUNT_OF(tasks); i++) {
        char accepted[64], starts[64];
        (void)snprintf(accepted, sizeof(accepted),
            "\"accepted\",\"path\":\"%s@", tasks[i]);
        (void)snprintf(starts, sizeof(starts), "\"task\":\"%s\"", tasks[i]);
        if (has(a, 0, a->kept, accepted, "") &&
            has(a, a->kept, UINT32_MAX, "\"start_call\"", starts)) {
            return true;
        }
    }
    return false;
}

static uint32_t count_of(const struct stage *stage)
{
    size_t count;
    (void)rp_store_memory_records(stage->store, &count); /* only their number */
    return (uint32_t)count;
}

/* ---- tests ---- */

static void work_without_effects_gives_the_undisturbed_result(void **state)
{
    static const char *const plans[] = {
        PLAN("none", TWICE), PLAN("idempotent", TWICE)};
    (void)state;
    for (size_t p = 0; p < RP_COUNT_OF(plans); p++) {
        struct stage stage;
        play(&stage, plans[p]);
        assert_int_equal(stage.result.outcome, RP_OUTCOME_OK);
        for (uint32_t n = 1; n < count_of(&stage); n++) {
            struct again a;
            begin(&a, &stage, n);
            assert_int_equal(a.result.outcome, RP_OUTCOME_OK);
            assert_string_equal(a.result.output, stage.result.output);
            assert_false(redoes_work(&a));
            end(&a);
        }
        stage_fini(&stage);
    }
}

static void an_external_effect_is_lost_and_said(void **state)
{
    struct stage stage;
    struct again a;
    (void)state;
    play(&stage, PLAN("external", TWICE));
    begin(&a, &stage, 1); /* x and y are in flight */
    assert_int_equal(a.result.outcome, RP_OUTCOME_DEGRADED);
    assert_true(has(&a, 1, 2, "\"resumed\"", "\"interrupted\":2"));
    assert_true(has(&a, 1, 2, "all/x@1", "\"class\":\"lost\""));
    assert_non_null(strstr(a.result.envelope, "\"status\":\"lost\""));
    assert_false(has(&a, 1, UINT32_MAX, "\"start_call\"", "all/x@2"));
    end(&a);
    stage_fini(&stage);
}

static void a_plan_that_retries_what_is_lost_runs_it_again(void **state)
{
    struct stage stage;
    (void)state;
    play(&stage, PLAN("external", LOST));
    for (uint32_t n = 1; n < count_of(&stage); n++) {
        struct again a;
        begin(&a, &stage, n);
        assert_int_equal(a.result.outcome, RP_OUTCOME_OK);
        assert_false(redoes_work(&a));
        end(&a);
    }
    stage_fini(&stage);
}

/* The plan allows one attempt; the one that died does not count. */
static void an_interrupted_attempt_is_outside_the_retry_count(void **state)
{
    struct stage stage;
    struct again a;
    (void)state;
    play(&stage, PLAN("none", "{\"attempts\":1}"));
    begin(&a, &stage, 1);
    assert_int_equal(a.result.outcome, RP_OUTCOME_OK);
    assert_true(has(&a, 1, 3, "\"retry\"", "all/x"));
    assert_true(has(&a, 1, UINT32_MAX, "\"accepted\"", "all/x@2"));
    end(&a);
    stage_fini(&stage);
}

static void a_session_that_ended_has_no_past_to_go_on_with(void **state)
{
    struct stage stage;
    struct rp_past past;
    struct rp_resume resume;
    struct rp_recording *recording = NULL;
    struct rp_err err = RP_ERR_INIT;
    (void)state;
    play(&stage, PLAN("none", TWICE));
    assert_int_equal(rp_recording_of_memory(
                         &recording, stage.store, &stage.head, NULL, NULL),
        RP_OK);
    assert_int_equal(
        rp_resume_past(&past, &resume, recording, &err), RP_E_STATE);
    assert_non_null(strstr(err.text, "has ended"));
    rp_recording_free(&recording);
    stage_fini(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_without_effects_gives_the_undisturbed_result),
        cmocka_unit_test(an_external_effect_is_lost_and_said),
        cmocka_unit_test(a_plan_that_retries_what_is_lost_runs_it_again),
        cmocka_unit_test(an_interrupted_attempt_is_outside_the_retry_count),
        cmocka_unit_test(a_session_that_ended_has_no_past_to_go_on_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
