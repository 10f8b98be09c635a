/* verified.h - plays a scenario as stage_play() does, and verifies what was
 * recorded: its engine decides the same from the records alone, and is in order
 * after each of them. For tests; scenarios are built a second time with
 * stage_play and stage_run defined as these. */
#ifndef RP_TESTS_VERIFIED_H
#define RP_TESTS_VERIFIED_H

#include "stage.h"

void verified_play(struct stage *stage, const char *plan, const char *input,
    const struct script_line *lines, uint32_t line_count);

void verified_run(struct stage *stage);

/* Fails the test, telling the divergence, when it does not verify. */
void verified_check(const struct stage *stage);

#endif
