/* sweep.h - every fault of a catalogue at every point of a recorded session.
 * Floor: sweep. Single-threaded; runs and contacts nothing.
 *
 * A case is a list of fault rules, in the notation of `--fault`; it is played
 * over the recording in virtual time and judged. Single faults come first: at
 * each attempt of each task, and at all of its attempts. What they reveal (a
 * second attempt, a stand-in) is attacked next, then pairs at two tasks, one
 * of each class of equal faults. Complete for this session, this catalogue and
 * this depth only.
 */
#ifndef RP_SWEEP_H
#define RP_SWEEP_H

#include <reprise/clock.h>
#include <reprise/sweep_defence.h>
#include <reprise/sweep_margin.h>
#include <reprise/sweep_rig.h>

#define RP_SWEEP_RULES_MAX 8 /* of one case */
#define RP_SWEEP_CASES_MAX 1000000
#define RP_SWEEP_CLASSES_MAX 16

#define RP_SWEEP_RANDOM_RULES_MIN 3
#define RP_SWEEP_RANDOM_RULES_MAX 5

/* Where one rule of a case strikes. */
struct rp_sweep_strike {
    uint32_t row, column; /* task and class of fault */
    uint32_t attempt;     /* 0: all of them */
};

struct rp_sweep_case {
    uint32_t number; /* 1, 2, … */
    const char *const *rules;
    const struct rp_sweep_strike *strikes; /* of each rule */
    uint32_t rule_count;
    uint32_t rank; /* sum over the rules: simpler faults have less */
    bool data;     /* all rules change what is said only */
    bool large;    /* one of them makes an output that takes its time */
    /* A worker that is faster or slower by so much makes it go otherwise; 0:
     * none of its times is near a limit. */
    int64_t near_ns;
    struct rp_sweep_judgement judgement;
    uint64_t signature; /* equal when the engine saw the same */
    /* The first case of its signature at the same place; NULL: it is that. */
    const struct rp_sweep_case *equal_to;
    enum rp_outcome outcome;
    struct rp_instant ended;
};

/* A task that faults were put on. */
struct rp_sweep_row {
    const char *path, *agent;
    bool revealed;  /* appears under faults only */
    uint32_t tries; /* attempts that faults were put on one by one */
    struct rp_defence_use defences[RP_DEFENCE_COUNT];
};

/* The same defence missing at the same place. */
struct rp_sweep_gap {
    enum rp_gap_kind gap;
    const char *path, *detail;
    /* The simplest rules that show it: of a case, or shrunk from it. */
    const char *const *rules;
    uint32_t rule_count, rank;
    uint32_t case_number;
    uint32_t case_count;
};

/* Cases that were not made, and why. */
struct rp_sweep_pruned {
    uint64_t equal;   /* pairs with a fault that equals another one */
    uint64_t lineage; /* pairs with a fault whose data goes nowhere */
    uint64_t large;   /* pairs with a fault that makes a large output */
};

/* The same session with calls completing in other orders, without faults. */
struct rp_sweep_orders {
    uint64_t tried, possible; /* the recorded one too; 0: not looked at */
    bool possible_more;       /* more than were counted */
    const char *miss;         /* why one of them needs a live worker, or NULL */
};

struct rp_sweep;
/* Other processes that play cases, see sweep_share.h. */
struct rp_sweep_hands {
    /* They are to play all cases from `first` on; false: they cannot, and the
     * cases are played here. */
    bool (*start)(void *context, struct rp_sweep *sweep, uint32_t first);
    /* Waits for what became of a case, in the order in which they are due;
     * false: it does not come. */
    bool (*take)(void *context, struct rp_sweep *sweep, uint32_t index);
    void (*end)(void *context); /* after each start that was good */
};

struct rp_sweep_options {
    struct rp_sweep_subject subject;
    uint32_t depth; /* faults at different tasks at the same time: 1 or 2 */
    /* Names of classes, borrowed; NULL: all. */
    const char *const *classes;
    uint32_t class_count;
    uint32_t random_count; /* schedules of 3 to 5 faults, drawn by the seed */
    /* Of pairs and what is drawn only this part, counted from 1; the rest is
     * another one's. Count 0: all. */
    uint32_t shard, shard_count;
    uint32_t cases_max;                 /* 0: RP_SWEEP_CASES_MAX */
    const struct rp_sweep_hands *hands; /* borrowed; NULL: none */
    void *hands_context;
    /* Stops when the clock (borrowed) is past `until`; NULL: never. */
    struct rp_clock *clock;
    struct rp_instant until;
};

struct rp_sweep {
    struct rp_arena *arena; /* owned */
    struct rp_sweep_options options;
    struct rp_sweep_rig rig;      /* owned */
    struct rp_sweep_case **cases; /* owned; in order of their number */
    uint32_t case_count, case_room;
    uint32_t single_count;     /* of them, the first: one rule */
    uint32_t pairs_from;       /* from that index on they are pairs */
    uint32_t random_from;      /* from that index on they are drawn */
    struct rp_sweep_row *rows; /* owned */
    uint32_t row_count, row_room;
    const char *classes[RP_SWEEP_CLASSES_MAX]; /* columns */
    uint32_t class_count;
    struct rp_sweep_gap *gaps; /* owned; worst first */
    uint32_t gap_count, gap_room;
    uint32_t counts[RP_VERDICT_COUNT];
    struct rp_sweep_pruned pruned;
    struct rp_sweep_margin *margins; /* of tasks, in order of their beginning */
    uint32_t margin_count;
    struct rp_sweep_orders orders;
    uint32_t due_count;   /* cases that are not left out, so far */
    uint32_t twice_count; /* cases that were played a second time */
    bool stopped;         /* a limit was reached */
};

/* RP_E_INVALID: no such class, a session that never ended. RP_E_DIVERGED: it
 * does not replay the same each time. `sweep` is released by rp_sweep_fini()
 * whatever is returned. */
RP_NODISCARD enum rp_code rp_sweep_run(struct rp_sweep *sweep,
    const struct rp_sweep_options *options, struct rp_err *err);
void rp_sweep_fini(struct rp_sweep *sweep);

/* Whether failures of the store, or of where spans are sent, are among what is
 * to be tried, which only live runs can. */
bool rp_sweep_tries_watchers(
    const struct rp_sweep_options *options, bool store);

/* Adds what somebody else found, in case `c` (NULL: in none of them); texts are
 * borrowed and outlive the sweep. The gaps stay in order. */
void rp_sweep_add_finding(struct rp_sweep *sweep, struct rp_sweep_case *c,
    const struct rp_sweep_finding *finding);

/* The worst verdict of a cell of the matrix (of single faults, and of what
 * they reveal), and whether a gap shows there; false when no case is in it. */
bool rp_sweep_cell(const struct rp_sweep *sweep, uint32_t row, uint32_t column,
    enum rp_verdict *worst, bool *gap);

#endif
