#include "verified.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <reprise/engine.h>
#include <reprise/verify.h>

static void tell(const struct rp_divergence *d)
{
    print_error("%s at record %llu, '%s': %s\n  recorded %.*s\n  now %.*s\n",
        rp_divergence_name(d->kind), (unsigned long long)d->seq, d->path,
        d->what, RP_STR_ARG(d->recorded), RP_STR_ARG(d->now));
}

/* rp_engine_check() aborts where something is out of order. */
static void check_each_step(
    struct rp_recording *recording, const struct rp_session_head *head)
{
    struct rp_engine_options options = {
        .session = head->id,
        .seed = head->seed,
        .engine_rev = head->engine_rev,
    };
    struct rp_engine *engine =
        rp_engine_new(rp_recording_plan(recording), &options);
    uint32_t count = 0;
    const struct rp_recorded *records = rp_recording_records(recording, &count);
    rp_engine_check(engine);
    for (uint32_t i = 0; i < count; i++) {
        struct rp_event event = records[i].event;
        struct rp_completion completion;
        struct rp_step step;
        assert_int_equal(
            rp_recording_fill(recording, &event, &completion, NULL), RP_OK);
        assert_int_equal(rp_engine_step(engine, &event, &step, NULL), RP_OK);
        rp_engine_check(engine);
    }
    rp_engine_free(&engine);
}

void verified_check(const struct stage *stage)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_recording *recording = NULL;
    struct rp_verification v = {.arena = NULL};
    size_t count;
    (void)rp_store_memory_records(stage->store, &count); /* only their number */
    if (rp_recording_of_memory(
            &recording, stage->store, &stage->head, NULL, &err) != RP_OK ||
        rp_verify(&v, recording, NULL, &err) != RP_OK) {
        fail_msg("what was recorded cannot be verified: %s", err.text);
    }
    if (v.first.kind != RP_DIVERGENCE_NONE) {
        tell(&v.first);
    }
    assert_int_equal(v.first.kind, RP_DIVERGENCE_NONE);
    assert_int_equal(v.records, count);
    assert_true(v.ended);
    rp_verification_fini(&v);
    check_each_step(recording, &stage->head);
    rp_recording_free(&recording);
}

void verified_play(struct stage *stage, const char *plan, const char *input,
    const struct script_line *lines, uint32_t line_count)
{
    stage_play(stage, plan, input, lines, line_count);
    verified_check(stage);
}

void verified_run(struct stage *stage)
{
    stage_run(stage);
    verified_check(stage);
}
