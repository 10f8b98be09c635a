/* rehearsal.h - a scripted session in memory, and reruns of it. For tests. */
#ifndef RP_TESTS_REHEARSAL_H
#define RP_TESTS_REHEARSAL_H

#include <reprise/fault_inject.h>
#include <reprise/rerun.h>

#include "stage.h"

struct rehearsal {
    struct stage stage;
    struct rp_recording *recording;
    struct rp_rerun_result result; /* of the last rerun */
    enum rp_code rc;
    struct rp_err err;
    struct rp_plan *plan; /* of the last rerun, when it had its own */
};

/* What is other than it was; zero for what is not. */
struct edit {
    const char *plan, *input, *fault;
    uint64_t seed;
    enum rp_changed_input changed;
};

void rehearse(struct rehearsal *r, const char *plan,
    const struct script_line *lines, uint32_t line_count);
/* The same, with a fault over the scripted workers. */
void rehearse_with(struct rehearsal *r, const char *plan, const char *fault,
    const struct script_line *lines, uint32_t line_count);
/* A rerun in place of the last one. */
void rerun(struct rehearsal *r, const struct edit *edit);
void rehearsal_fini(struct rehearsal *r);

/* Fails the test when a plain rerun does not write the same records. */
void assert_identical(struct rehearsal *r);
const struct rp_lane *lane_of(const struct rp_course *course, const char *path);
int64_t ms_of(struct rp_instant at);

#endif
