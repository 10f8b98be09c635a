/* stage.h - everything a scenario needs in one struct: plan from text,
 * scripted workers, virtual clock, memory store. For tests. */
#ifndef RP_TESTS_STAGE_H
#define RP_TESTS_STAGE_H

#include <reprise/runner.h>

#include "scripted.h"

struct stage {
    struct rp_plan *plan;
    struct rp_clock *clock;
    struct rp_store *store;
    struct rp_transport *transport;
    struct rp_session_head head;
    struct script script;
    struct rp_str input; /* borrowed */
    struct rp_run_result result;
    struct rp_operator *control; /* borrowed, may be NULL */
};

/* Fails the test when the plan is wrong, telling its problems. */
struct rp_plan *stage_plan(const char *text);
/* All but the run, so that a test may wrap the transport before stage_run;
 * release with stage_fini. */
void stage_set(struct stage *stage, const char *plan, const char *input,
    const struct script_line *lines, uint32_t line_count);
void stage_run(struct stage *stage);
/* Both: plays `lines` under `plan` to the end. */
void stage_play(struct stage *stage, const char *plan, const char *input,
    const struct script_line *lines, uint32_t line_count);
void stage_fini(struct stage *stage);

/* Whether some record has all of the texts, up to a NULL. */
bool stage_has(const struct stage *stage, const char *first, ...);
uint32_t stage_count(const struct stage *stage, const char *text);
int64_t stage_took_ms(const struct stage *stage);

#endif
