/* swept.h - a scripted session, swept. For tests. */
#ifndef RP_TESTS_SWEPT_H
#define RP_TESTS_SWEPT_H

#include <reprise/sweep.h>

#include "stage.h"

struct swept {
    struct stage stage;
    struct rp_recording *recording;
    struct rp_sweep sweep;
};

/* Plays `lines` under `plan` and sweeps what was recorded; `options` may be
 * NULL, its recording and seed are set here. Without classes a few are tried.
 * Fails the test when the sweep does. */
void sweep_it(struct swept *s, const char *plan,
    const struct script_line *lines, uint32_t line_count,
    const struct rp_sweep_options *options);
void swept_fini(struct swept *s);

/* The case of exactly these rules (one, or two with `second`); fails the test
 * when there is none. */
const struct rp_sweep_case *case_of(
    const struct swept *s, const char *first, const char *second);
void assert_verdict(const struct swept *s, enum rp_verdict verdict,
    const char *first, const char *second);
/* The ids of all gaps, each once, separated by spaces, in order. */
void assert_gaps(const struct swept *s, const char *ids);

#endif
