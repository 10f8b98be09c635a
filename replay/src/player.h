/* player.h - a recorded call that is played again. Pure. Floor: replay. */
#ifndef RP_REPLAY_PLAYER_H
#define RP_REPLAY_PLAYER_H

#include "tape.h"

/* Instants are NEVER for what will not happen as things stand. */
#define RP__RANK_NONE UINT32_MAX

struct rp__player {
    const struct rp__taped *taped;
    const char *path; /* borrowed, outlives us */
    uint32_t call;
    struct rp_instant began;
    struct rp_instant ends, idles;
    struct rp_instant known; /* past this the recording knows nothing */
    struct rp_duration grace, idle, silent;
    /* When we asked it to end, since dispatch; FOREVER: we did not. */
    struct rp_duration term, kill;
    struct rp_instant stopped; /* since then; NEVER: it runs */
    bool unborn;               /* stopped before its first instruction */
    bool touched;              /* by a signal: not as recorded any more */
    bool idle_told;
    int died_of;   /* a signal that was not ours */
    uint32_t rank; /* in the order asked for; RP__RANK_NONE: not in it */
    int pending;   /* one that a stopped worker has not taken yet, or 0 */
};

void rp__player_init(struct rp__player *p, const struct rp__taped *taped,
    const struct rp_call *call, struct rp_instant now);
void rp__player_cancel(
    struct rp__player *p, enum rp_cancel_mode mode, struct rp_instant now);
void rp__player_signal(struct rp__player *p, int signo, struct rp_instant now);

/* When it ends; NEVER while it is stopped. */
struct rp_instant rp__player_ends(const struct rp__player *p);
/* When it outlives what is known of it; NEVER while it is stopped. */
struct rp_instant rp__player_known(const struct rp__player *p);

/* Whether it will end by itself, in its place of the order asked for. */
bool rp__player_movable(const struct rp__player *p);
/* Ends it at `at`, which is not later than it would end. */
void rp__player_pull(struct rp__player *p, struct rp_instant at);

/* Whether it ends at `at` as it did when it was recorded. */
bool rp__player_as_recorded(const struct rp__player *p, struct rp_instant at);
/* How it ends when it does not. */
void rp__player_cut_short(struct rp_completion *out, const struct rp__player *p,
    struct rp_instant at);

#endif
