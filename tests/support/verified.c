#include "verified.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <reprise/verify.h>

static void tell(const struct rp_divergence *d)
{
    print_error("%s at record %llu, '%s': %s\n  recorded %.*s\n  now %.*s\n",
        rp_divergence_name(d->kind), (unsigned long long)d->seq, d->path,
        d->what, RP_STR_ARG(d->recorded), RP_STR_ARG(d->now));
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
