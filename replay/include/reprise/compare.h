/* compare.h - two runs of a session side by side, lane by lane. Floor: replay.
 * Pure.
 */
#ifndef RP_COMPARE_H
#define RP_COMPARE_H

#include <reprise/engine.h>
#include <reprise/recording.h>

/* What became of one task. */
struct rp_lane {
    const char *path; /* "gather/labs" */
    enum rp_task_status status;
    enum rp_reason reason; /* of its end */
    uint32_t attempts;
    struct rp_instant began, ended; /* NEVER when it did not */
    struct rp_digest output;        /* zero when there is none */
    /* The reason of each attempt's end, in order: the failed ones as rejected
     * or timed out, the accepted one as OK. */
    const enum rp_reason *attempt_reasons;
};

/* How a whole session went, read from its records. */
struct rp_course {
    enum rp_outcome outcome;
    struct rp_instant ended;     /* NEVER when it did not */
    const struct rp_lane *lanes; /* in order of their beginning */
    uint32_t lane_count;
    uint32_t record_count;
    uint32_t decision_count, call_count;
    int64_t input_tokens, output_tokens; /* as calls reported them */
    struct rp_digest output; /* of the session, zero when there is none */
};

/* Folds records into `course`, whose memory is in `arena`. */
void rp_course_of(struct rp_course *course, struct rp_arena *arena,
    const struct rp_recorded *records, uint32_t count);

enum rp_lane_change {
    RP_LANE_SAME,
    RP_LANE_TIMES,   /* the same decisions at other times */
    RP_LANE_CHANGED, /* status, reasons, attempts or output differ */
    RP_LANE_ADDED,   /* only in the second */
    RP_LANE_REMOVED, /* only in the first */
};
const char *rp_lane_change_name(enum rp_lane_change value);

struct rp_lane_pair {
    const struct rp_lane *before, *after; /* NULL when not there */
    enum rp_lane_change change;
};

struct rp_comparison {
    struct rp_course before, after;
    const struct rp_lane_pair *lanes;
    uint32_t lane_count;
    bool identical;     /* every record byte for byte, but for wall times */
    uint64_t first_seq; /* of the first record that differs; 0: none does */
};

/* Everything in `*out` lives in `arena` or points into the records. */
void rp_compare(struct rp_comparison *out, struct rp_arena *arena,
    const struct rp_recorded *before, uint32_t before_count,
    const struct rp_recorded *after, uint32_t after_count);

#endif
