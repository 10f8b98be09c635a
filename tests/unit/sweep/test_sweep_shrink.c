/* Schedules of five faults around a defect that a seed planted: what is left is
 * the fault that shows it, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/rng.h>
#include <reprise/sweep_shrink.h>

#include "swept.h"

#define SEEDS 60
#define RULES 5

static const char *const names[] = {"ash", "birch", "cedar", "dogwood"};
#define NAMES RP_COUNT_OF(names)

static const struct script_line lines[] = {
    {"gather/*", 30, "{\"f\":[{\"k\":\"oak\",\"v\":12}]}", 0, 0, 0, 0},
    {"sum@*", 10, "{\"f\":[\"two\"]}", 0, 0, 0, 0},
};

/* What is taken away from one agent, what shows it, and the least that does. */
static const struct {
    const char *agent; /* in place of what the others have */
    enum rp_gap_kind gap;
    const char *shown[3];
    const char *least;
} defects[] = {
    {"\"retry\":{\"attempts\":2,\"backoff\":\"100ms..1s\"}," /* no timeout */
     "\"output\":{\"type\":\"object\"}",
        RP_GAP_NO_TASK_TIMEOUT, {": hang", "@1 : hang", "@1..2 : hang"},
        ": hang"},
    {"\"timeout\":\"1s\",\"output\":{\"type\":\"object\"}", RP_GAP_NO_RETRY,
        {"@1 : out.truncate(50%)", "@1 : kill(after=20ms)", "@1 : hang"},
        ": kill"},
    {"\"timeout\":\"1s\",\"retry\":{\"attempts\":2,\"backoff\":"
     "\"100ms..1s\"},\"stdout\":\"text\"",
        RP_GAP_NO_CONTRACT,
        {"@1 : out.truncate(50%)", ": out.truncate(in_string)",
            "@1 : out.truncate(before_close)"},
        ": exit.zero_empty"},
    {"\"timeout\":\"1s\",\"retry\":{\"attempts\":40,\"backoff\":"
     "\"1ms..2ms\"},\"output\":{\"type\":\"object\"}",
        RP_GAP_RETRY_STORM,
        {": out.truncate(0)", ": kill(after=5ms)", ": out.truncate(50%)"},
        ": kill"},
};

/* Harmless to who has every defence. */
static const char *const noise[] = {"@1 : kill", "@2 : hang", ": hang",
    "@1 : out.truncate(50%)", "?40% : kill", ": out.truncate(0)"};

static int64_t draw(uint32_t seed, const char *what, uint32_t nth, size_t count)
{
    return rp_draw_between(
        rp_draw(seed, RP_STR("plant"), what, nth), 0, (int64_t)count - 1);
}

static void write_plan(struct rp_buf *out, uint32_t planted, const char *agent)
{
    rp_buf_add_text(out, "{\"reprise\":1,\"name\":\"t\",\"agents\":{");
    for (uint32_t i = 0; i < NAMES; i++) {
        rp_buf_addf(out, "\"a-%s\":{\"exec\":[\"x\"],%s},", names[i],
            i == planted ? agent
                         : "\"timeout\":\"1s\",\"retry\":{\"attempts\":3,"
                           "\"backoff\":\"50ms..1s\"},\"output\":{\"type\":"
                           "\"object\",\"required\":[\"f\"]}");
    }
    rp_buf_add_text(out,
        "\"w\":{\"exec\":[\"w\"],\"timeout\":\"1s\",\"retry\":{\"attempts\":2}"
        "}},\"flow\":{\"sequence\":[{\"id\":\"gather\","
        "\"parallel\":{");
    for (uint32_t i = 0; i < NAMES; i++) {
        rp_buf_addf(out, "%s\"%s\":{\"agent\":\"a-%s\",\"optional\":true}",
            i == 0 ? "" : ",", names[i], names[i]);
    }
    rp_buf_add_text(out,
        "}},{\"id\":\"sum\",\"agent\":\"w\",\"input\":{\"e\":{\"from\":"
        "\"gather\"}}}]}}");
}

/* Five rules, one of which strikes the planted defect. */
static void write_schedule(
    char rules[RULES][96], uint32_t seed, uint32_t planted, const char *shown)
{
    uint32_t place = (uint32_t)draw(seed, "place", 0, RULES);
    for (uint32_t i = 0; i < RULES; i++) {
        uint32_t other = (uint32_t)draw(seed, "who", i, NAMES - 1);
        const char *fault = noise[draw(seed, "noise", i, RP_COUNT_OF(noise))];
        other += other >= planted ? 1 : 0;
        (void)snprintf(rules[i], sizeof(rules[i]), "gather/%s %s",
            names[i == place ? planted : other], i == place ? shown : fault);
    }
}

static void rig_it(struct rp_sweep_rig *rig, const struct swept *s)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_sweep_subject subject = {
        .recording = s->recording, .seed = s->stage.head.seed};
    if (rp_sweep_rig_set(rig, &subject, &err) != RP_OK) {
        fail_msg("the rig cannot be set: %s", err.text);
    }
}

static void record(struct swept *s, const char *plan)
{
    struct rp_err err = RP_ERR_INIT;
    *s = (struct swept){.recording = NULL};
    stage_play(&s->stage, plan, "{\"p\":1}", lines, 2);
    if (rp_recording_of_memory(&s->recording, s->stage.store, &s->stage.head,
            NULL, &err) != RP_OK) {
        fail_msg("the recording cannot be loaded: %s", err.text);
    }
}

static void shrink_one(uint32_t seed)
{
    uint32_t planted = (uint32_t)draw(seed, "agent", 0, NAMES);
    size_t defect = (size_t)draw(seed, "defect", 0, RP_COUNT_OF(defects));
    const char *shown = defects[defect].shown[draw(seed, "shown", 0, 3)];
    char texts[RULES][96];
    const char *rules[RULES];
    char path[64];
    struct rp_buf plan;
    struct swept s;
    struct rp_sweep_rig rig;
    struct rp_sweep_shrunk shrunk;
    rp_buf_init(&plan, 1u << 16);
    write_plan(&plan, planted, defects[defect].agent);
    write_schedule(texts, seed, planted, shown);
    for (uint32_t i = 0; i < RULES; i++) {
        rules[i] = texts[i];
    }
    (void)snprintf(path, sizeof(path), "gather/%s", names[planted]);
    record(&s, plan.ptr);
    rig_it(&rig, &s);
    struct rp_sweep_aim aim = {defects[defect].gap, path};
    rp_sweep_shrink(&shrunk, &rig, rules, RULES, &aim);
    if (!shrunk.shown || shrunk.rule_count != 1 ||
        !rp_str_starts(rp_str_of(shrunk.rules[0]), rp_str_of(path)) ||
        strstr(shrunk.rules[0], defects[defect].least) == NULL) {
        fail_msg("seed %u: %s at %s by '%s': %s, %u rules, '%s'", seed,
            rp_gap_id(defects[defect].gap), path, shown,
            shrunk.shown ? "shown" : "not shown", shrunk.rule_count,
            shrunk.rules[0]);
    }
    assert_true(shrunk.tries < 100);
    rp_sweep_rig_fini(&rig);
    swept_fini(&s);
    rp_buf_fini(&plan);
}

static void five_faults_shrink_to_the_one_that_was_planted(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        shrink_one(seed);
    }
}

/* ---- a defect that takes two faults ---- */

/* One of two is enough inside; outside nothing may be missing. */
#define NESTED                                                                 \
    "{\"reprise\":1,\"name\":\"t\",\"defaults\":{\"timeout\":\"1s\",\"retry\"" \
    ":{\"attempts\":2,\"backoff\":\"50ms..1s\"},\"grace\":\"0s\"},\"agents\":" \
    "{\"x\":{\"exec\":[\"x\"],\"output\":{\"type\":\"object\"}}},"             \
    "\"flow\":{\"id\":\"gather\",\"parallel\":{\"in\":{\"need\":1,"            \
    "\"parallel\":{\"one\":{\"agent\":\"x\"},\"two\":{\"agent\":\"x\"}}},"     \
    "\"out\":{\"agent\":\"x\"},\"off\":{\"agent\":\"x\",\"optional\":true}}}}"

/* The same, and what is outside cannot fail by itself. */
#define PAIRED                                                                 \
    "{\"reprise\":1,\"name\":\"t\",\"defaults\":{\"timeout\":\"1s\",\"retry\"" \
    ":{\"attempts\":2,\"backoff\":\"50ms..1s\"},\"grace\":\"0s\"},\"agents\":" \
    "{\"x\":{\"exec\":[\"x\"],\"output\":{\"type\":\"object\"}},"              \
    "\"y\":{\"exec\":[\"y\"],\"output\":{\"type\":\"object\"},"                \
    "\"fallback\":{\"value\":{}}}},"                                           \
    "\"flow\":{\"id\":\"gather\",\"parallel\":{\"in\":{\"need\":1,"            \
    "\"parallel\":{\"one\":{\"agent\":\"x\"},\"two\":{\"agent\":\"x\"}}},"     \
    "\"out\":{\"agent\":\"y\"}}}}"

static void a_gap_of_two_faults_is_found_by_pairs_only(void **state)
{
    (void)state;
    struct rp_sweep_options options = {.depth = 2};
    struct swept s;
    sweep_it(&s, PAIRED, lines, 1, NULL);
    assert_gaps(&s, "");
    swept_fini(&s);
    sweep_it(&s, PAIRED, lines, 1, &options);
    assert_gaps(&s, "G-PARTIAL-LOSS");
    assert_string_equal(s.sweep.gaps[0].path, "gather");
    assert_int_equal(s.sweep.gaps[0].rule_count, 2);
    assert_string_equal(s.sweep.gaps[0].rules[0], "gather/in/one : kill");
    assert_string_equal(s.sweep.gaps[0].rules[1], "gather/in/two : kill");
    swept_fini(&s);
}

static void a_drawn_schedule_finds_it_too_and_shrinks_to_it(void **state)
{
    (void)state;
    struct rp_sweep_options options = {.depth = 1, .random_count = 200};
    struct swept s;
    sweep_it(&s, PAIRED, lines, 1, &options);
    assert_gaps(&s, "G-PARTIAL-LOSS");
    assert_int_equal(s.sweep.gaps[0].rule_count, 2);
    swept_fini(&s);
}

static void two_faults_that_belong_together_are_both_kept(void **state)
{
    (void)state;
    static const char *const rules[] = {"gather/off : hang",
        "gather/in/two : out.truncate(0)", "gather/off @1 : kill",
        "gather/in/one : hang", "gather/out @1 : kill"};
    struct swept s;
    struct rp_sweep_rig rig;
    struct rp_sweep_shrunk shrunk;
    record(&s, NESTED);
    rig_it(&rig, &s);
    struct rp_sweep_aim aim = {RP_GAP_PARTIAL_LOSS, "gather"};
    rp_sweep_shrink(&shrunk, &rig, rules, 5, &aim);
    assert_true(shrunk.shown);
    assert_int_equal(shrunk.rule_count, 2);
    assert_string_equal(shrunk.rules[0], "gather/in/two : kill");
    assert_string_equal(shrunk.rules[1], "gather/in/one : kill");
    rp_sweep_rig_fini(&rig);
    swept_fini(&s);
}

static void a_time_shrinks_to_the_least_that_does_it(void **state)
{
    (void)state;
    static const char *const rules[] = {"gather/out : kill(after=27ms)"};
    struct swept s;
    struct rp_sweep_rig rig;
    struct rp_sweep_shrunk shrunk;
    record(&s, NESTED);
    rig_it(&rig, &s);
    struct rp_sweep_aim aim = {RP_GAP_PARTIAL_LOSS, "gather"};
    rp_sweep_shrink(&shrunk, &rig, rules, 1, &aim);
    assert_true(shrunk.shown);
    assert_string_equal(shrunk.rules[0], "gather/out : kill");
    rp_sweep_rig_fini(&rig);
    swept_fini(&s);
}

static void what_does_not_show_the_gap_is_said_not_to(void **state)
{
    (void)state;
    static const char *const rules[] = {"gather/off : kill"};
    struct swept s;
    struct rp_sweep_rig rig;
    struct rp_sweep_shrunk shrunk;
    record(&s, NESTED);
    rig_it(&rig, &s);
    struct rp_sweep_aim aim = {RP_GAP_PARTIAL_LOSS, "gather"};
    rp_sweep_shrink(&shrunk, &rig, rules, 1, &aim);
    assert_false(shrunk.shown);
    rp_sweep_rig_fini(&rig);
    swept_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_faults_shrink_to_the_one_that_was_planted),
        cmocka_unit_test(a_gap_of_two_faults_is_found_by_pairs_only),
        cmocka_unit_test(a_drawn_schedule_finds_it_too_and_shrinks_to_it),
        cmocka_unit_test(two_faults_that_belong_together_are_both_kept),
        cmocka_unit_test(a_time_shrinks_to_the_least_that_does_it),
        cmocka_unit_test(what_does_not_show_the_gap_is_said_not_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
