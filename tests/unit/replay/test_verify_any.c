/* Whatever workers do, what was recorded verifies; whatever is done to a
 * recording, verifying it ends with an answer. Every draw has a seed, and a
 * failure prints it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/mem.h>
#include <reprise/rng.h>
#include <reprise/verify.h>

#include "altered.h"
#include "verified.h"

#define SESSIONS 150
#define CHANGED_BYTE_EVERY 23

#define AGENTS                                                                 \
    "\"agents\":{\"labs\":{\"exec\":[\"labs\"],\"timeout\":\"1s\","            \
    "\"idle\":\"300ms\",\"grace\":\"50ms\",\"deadline\":\"2s\","               \
    "\"retry\":{\"attempts\":3,\"backoff\":\"0s..100ms\"},"                    \
    "\"output\":{\"type\":\"object\"},\"fallback\":{\"agent\":\"old\"}},"      \
    "\"meds\":{\"exec\":[\"meds\"],\"timeout\":\"100ms\","                     \
    "\"fallback\":{\"value\":{\"f\":[]}}},"                                    \
    "\"old\":{\"exec\":[\"old\"],\"timeout\":\"1s\"},"                         \
    "\"w\":{\"exec\":[\"w\"],\"timeout\":\"1s\"}}"
#define GATHER                                                                 \
    "{\"id\":\"gather\",\"need\":1,\"parallel\":{"                             \
    "\"labs\":{\"agent\":\"labs\"},\"meds\":{\"agent\":\"meds\"},"             \
    "\"old\":{\"agent\":\"old\"}},\"aggregate\":{\"facts\":{"                  \
    "\"at\":\"/f\",\"key\":\"/k\",\"value\":\"/v\"}}}"
#define SUM                                                                    \
    "{\"id\":\"sum\",\"agent\":\"w\",\"role\":\"synthesis\","                  \
    "\"input\":{\"evidence\":{\"from\":\"gather\"}}}"

static const char *const plans[] = {
    "{\"reprise\":1,\"name\":\"one\"," AGENTS ",\"flow\":{\"sequence\":[" GATHER
    "," SUM "]}}",
    "{\"reprise\":1,\"name\":\"narrow\",\"concurrency\":1," AGENTS
    ",\"flow\":{\"sequence\":[" GATHER "," SUM "]}}",
    "{\"reprise\":1,\"name\":\"poor\",\"budget\":{\"wall\":\"900ms\","
    "\"attempts\":4}," AGENTS ",\"flow\":{\"sequence\":[" GATHER "," SUM "]}}",
    "{\"reprise\":1,\"name\":\"gather\"," AGENTS ",\"flow\":" GATHER "}",
};

/* ---- drawn ---- */

struct drawing {
    uint64_t seed;
    uint32_t count; /* of draws so far */
};

static int64_t draw(struct drawing *d, int64_t low, int64_t high)
{
    uint64_t value = rp_draw(d->seed, RP_STR("test"), "any", ++d->count);
    return rp_draw_between(value, low, high);
}

static struct script_line draw_line(struct drawing *d, const char *path)
{
    static const char *const outputs[] = {"{\"f\":[{\"k\":\"a\",\"v\":1}]}",
        "{\"f\":[{\"k\":\"a\",\"v\":2},{\"k\":\"b\",\"v\":1}]}", "{\"f\":[]}",
        "{}", "[1]", "{", "", "no", "{}{}", "\xff"};
    struct script_line line = {.path = path};
    line.after_ms = draw(d, 0, 3) == 0 ? -1 : draw(d, 0, 40) * 10;
    line.output = outputs[draw(d, 0, RP_COUNT_OF(outputs) - 1)];
    line.exit_status = draw(d, 0, 5) == 0 ? 3 : 0;
    line.signal = draw(d, 0, 9) == 0 ? 11 : 0;
    line.gone_ms = draw(d, 0, 4) == 0 ? -1 : draw(d, 0, 12) * 10;
    line.spawn_fails = draw(d, 0, 11) == 0;
    return line;
}

struct interruption {
    struct rp_operator base;
    int64_t turns; /* left before it cancels */
};

static bool interrupt(struct rp_operator *op, enum rp_operator_command *command,
    enum rp_reason *cause)
{
    struct interruption *self = RP_CONTAINER_OF(op, struct interruption, base);
    *command = RP_OPERATOR_CANCEL;
    *cause = RP_REASON_CANCELLED_SIGINT;
    return self->turns-- == 0;
}

/* ---- sessions ---- */

static uint64_t playing; /* the seed; 0: all went well */

static void verify_under_each_plan(const struct stage *stage)
{
    struct rp_recording *recording = NULL;
    assert_int_equal(rp_recording_of_memory(
                         &recording, stage->store, &stage->head, NULL, NULL),
        RP_OK);
    for (size_t i = 0; i < RP_COUNT_OF(plans); i++) {
        struct rp_verification v;
        struct rp_plan *plan = stage_plan(plans[i]);
        assert_int_equal(rp_verify(&v, recording, plan, NULL), RP_OK);
        bool same = v.first.kind == RP_DIVERGENCE_NONE;
        assert_int_equal(v.first.seq == 0, same);
        assert_int_equal(v.first.what[0] == '\0', same);
        rp_verification_fini(&v);
        rp_plan_free(&plan);
    }
    rp_recording_free(&recording);
}

static void whatever_workers_do_what_is_recorded_verifies(void **state)
{
    (void)state;
    static const struct rp_operator_ops ops = {
        .name = "interrupt", .next = interrupt};
    static const char *const paths[] = {"gather/labs@1", "gather/labs@2",
        "gather/labs@*", "gather/labs/*@1", "gather/meds@1", "gather/old@1",
        "sum@1"};
    for (uint64_t seed = 1; seed <= SESSIONS; seed++) {
        struct drawing d = {.seed = seed};
        playing = seed;
        struct script_line lines[RP_COUNT_OF(paths)];
        struct interruption interruption = {{&ops}, draw(&d, 0, 20)};
        struct stage stage = {.control = &interruption.base};
        for (size_t i = 0; i < RP_COUNT_OF(paths); i++) {
            lines[i] = draw_line(&d, paths[i]);
        }
        const char *plan = plans[draw(&d, 0, RP_COUNT_OF(plans) - 1)];
        stage_play(
            &stage, plan, "{\"p\":1}", lines, (uint32_t)RP_COUNT_OF(paths));
        verified_check(&stage);
        verify_under_each_plan(&stage);
        stage_fini(&stage);
    }
    playing = 0;
}

static int tell_seed(void **state)
{
    (void)state;
    if (playing != 0) {
        print_error("it was seed %u\n", (unsigned)playing);
    }
    return 0;
}

/* ---- changed bytes, sealed again ---- */

/* One byte of a record changed: it is read no more, or there is an answer. */
static bool change_byte(
    const struct stage *stage, uint64_t seq, size_t at, char to)
{
    struct altered a;
    struct rp_verification v;
    altered_begin(&a, stage);
    a.bodies[seq - 1][at] = to;
    bool readable = altered_try(&a) == RP_OK;
    if (readable) {
        assert_int_equal(rp_verify(&v, a.recording, NULL, NULL), RP_OK);
        rp_verification_fini(&v);
    }
    altered_fini(&a);
    return readable;
}

static void whatever_byte_is_changed_there_is_an_answer(void **state)
{
    (void)state;
    static const struct script_line lines[] = {
        {"gather/labs@1", 30, "{", 0, 0, 0, 0},
        {"gather/labs@2", -1, NULL, 0, 0, 7, 0},
        {"gather/labs@3", 30, "no", 0, 0, 0, 0},
        {"gather/meds@1", 20, "{\"f\":[{\"k\":\"a\",\"v\":2}]}", 0, 0, 0, 0},
    };
    static const char others[] = "09-\"}t";
    struct stage stage = {.control = NULL};
    stage_play(&stage, plans[0], "{\"p\":1}", lines, RP_COUNT_OF(lines));
    size_t count;
    uint32_t readable_count = 0;
    const struct rp_memory_record *records =
        rp_store_memory_records(stage.store, &count);
    for (size_t i = 0; i < count; i++) {
        for (size_t at = i; at < records[i].body.len;
             at += CHANGED_BYTE_EVERY) {
            char to = others[at % (sizeof(others) - 1)];
            readable_count += change_byte(&stage, i + 1, at, to) ? 1 : 0;
        }
    }
    assert_true(readable_count > 0);
    stage_fini(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(
            whatever_workers_do_what_is_recorded_verifies, tell_seed),
        cmocka_unit_test(whatever_byte_is_changed_there_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
