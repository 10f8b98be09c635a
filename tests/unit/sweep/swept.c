#include "swept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The whole catalogue takes its time. */
static const char *const few[] = {"hang", "kill", "exit", "slow", "wrong"};

void sweep_it(struct swept *s, const char *plan,
    const struct script_line *lines, uint32_t line_count,
    const struct rp_sweep_options *options)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_sweep_options own = {.depth = 1};
    *s = (struct swept){.recording = NULL};
    stage_play(&s->stage, plan, "{\"p\":1}", lines, line_count);
    if (rp_recording_of_memory(&s->recording, s->stage.store, &s->stage.head,
            NULL, &err) != RP_OK) {
        fail_msg("the recording cannot be loaded: %s", err.text);
    }
    if (options != NULL) {
        own = *options;
    }
    if (own.classes == NULL) {
        own.classes = few;
        own.class_count = RP_COUNT_OF(few);
    }
    own.subject.recording = s->recording;
    own.subject.seed = s->stage.head.seed;
    if (rp_sweep_run(&s->sweep, &own, &err) != RP_OK) {
        fail_msg("the sweep failed: %s", err.text);
    }
}

void swept_fini(struct swept *s)
{
    rp_sweep_fini(&s->sweep);
    rp_recording_free(&s->recording);
    stage_fini(&s->stage);
}

const struct rp_sweep_case *case_of(
    const struct swept *s, const char *first, const char *second)
{
    uint32_t count = second == NULL ? 1 : 2;
    for (uint32_t i = 0; i < s->sweep.case_count; i++) {
        const struct rp_sweep_case *c = s->sweep.cases[i];
        if (c->rule_count == count && strcmp(c->rules[0], first) == 0 &&
            (second == NULL || strcmp(c->rules[1], second) == 0)) {
            return c;
        }
    }
    fail_msg("no case of '%s' and '%s'", first, second == NULL ? "" : second);
    return NULL;
}

void assert_verdict(const struct swept *s, enum rp_verdict verdict,
    const char *first, const char *second)
{
    const struct rp_sweep_case *c = case_of(s, first, second);
    assert_non_null(c);
    if (c->judgement.verdict != verdict) {
        fail_msg("'%s': %s, not %s (%s)", first,
            rp_verdict_name(c->judgement.verdict), rp_verdict_name(verdict),
            c->judgement.note);
    }
}

void assert_gaps(const struct swept *s, const char *ids)
{
    struct rp_buf found;
    rp_buf_init(&found, 4096);
    for (uint32_t i = 0; i < s->sweep.gap_count; i++) {
        enum rp_gap_kind gap = s->sweep.gaps[i].gap;
        if (i == 0 || gap != s->sweep.gaps[i - 1].gap) {
            rp_buf_addf(&found, "%s%s", i == 0 ? "" : " ", rp_gap_id(gap));
        }
    }
    assert_string_equal(found.ptr == NULL ? "" : found.ptr, ids);
    rp_buf_fini(&found);
}
