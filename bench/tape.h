/* tape.h - what a runner gave its store, to be given to other stores at once:
 * the journal of a session without the session. */
#ifndef BENCH_TAPE_H
#define BENCH_TAPE_H

#include <reprise/store.h>

struct bench_tape;

/* Runs `plan` once with workers that answer at once. Owned by the caller. */
struct bench_tape *bench_tape_record(const struct rp_plan *plan);
void bench_tape_free(struct bench_tape **tape);
uint32_t bench_tape_record_count(const struct bench_tape *tape);

/* Gives everything to `store` under `head`, committing after each
 * `records_per_commit` records. */
void bench_tape_play(const struct bench_tape *tape, struct rp_store *store,
    const struct rp_session_head *head, uint32_t records_per_commit);

#endif
