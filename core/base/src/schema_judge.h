/* schema_judge.h - the state of one judgement and what keywords may ask of it.
 *
 * A judgement runs at most twice: once for the verdict, stopping at the first
 * violation, and, when somebody wants to know why, once more explaining.
 */
#ifndef RP_SCHEMA_JUDGE_H
#define RP_SCHEMA_JUDGE_H

#include "schema_impl.h"

/* How a frame came from the one above: by which keyword, to which part of the
 * instance. Lives on the caller's stack. */
enum rp__schema_descent {
    RP__IN_PLACE, /* the same value */
    RP__TO_MEMBER,
    RP__TO_ITEM,
    RP__TO_NAME, /* the name of a member */
};
struct rp__schema_step {
    const char *keyword; /* NULL for the root */
    const char *name;    /* second token of the keyword pointer, or NULL */
    int64_t index;       /* the same as a number; -1 for none */
    enum rp__schema_descent descent;
    const char *member; /* of RP__TO_MEMBER and RP__TO_NAME */
    uint32_t ordinal;   /* of the member or item in its holder, from 0 */
};

/* Which members or items of one instance have been evaluated. */
struct rp__schema_seen {
    uint64_t few;   /* the bits of up to 64 */
    uint64_t *many; /* NULL, or the bits of more; owned */
    size_t count;
    bool all;
};

struct rp__schema_frame {
    const struct rp__schema_frame *up;
    const struct rp__schema_step *step;
    const struct rp__schema_node *node;
    const cJSON *instance;
    struct rp__schema_seen *seen; /* NULL when nobody asks */
    unsigned type;                /* of the instance */
    uint32_t depth;
};

/* A violation as kept until it is reported. */
struct rp__schema_found {
    struct rp_schema_violation violation;
    const uint32_t *ordinals; /* the place in the instance, for the order */
    uint32_t depth;
    uint32_t number;    /* counts what was found */
    const char *reason; /* of alternatives: the innermost sentence, or NULL */
};

/* A string that has a format. */
struct rp__schema_typed {
    const cJSON *value;
    const char *format;
};

struct rp__schema_judge {
    const struct rp_schema *schema;
    struct rp__schema_typed *typed; /* owned; of what holds so far */
    size_t typed_count;
    uint32_t typed_room;
    bool wants_typed;
    uint64_t steps_left;
    bool has_duplicates; /* some object repeats a name: the last one counts */
    bool is_explaining;
    bool is_stopped; /* a limit was passed: err says which */
    struct rp_err *err;
    struct rp__schema_matcher matcher;
    struct rp_arena *arena; /* of what was found; NULL in the first run */
    struct rp__schema_found *found;
    size_t found_count;
    uint32_t found_room;
    size_t found_max;
    unsigned alternatives; /* how many we are in; their reasons may be many */
    size_t found_floor;    /* where the alternative looked at begins */
    uint32_t found_number;
};

/* Judges `instance` by `node`; what it evaluates in place goes to `seen`, which
 * may be NULL. */
bool rp__schema_apply(struct rp__schema_judge *j,
    const struct rp__schema_frame *up, const struct rp__schema_step *step,
    const struct rp__schema_node *node, const cJSON *instance,
    struct rp__schema_seen *seen);
/* The same for the verdict only, whatever the run. */
bool rp__schema_apply_muted(struct rp__schema_judge *j,
    const struct rp__schema_frame *up, const struct rp__schema_step *step,
    const struct rp__schema_node *node, const cJSON *instance,
    struct rp__schema_seen *seen);

/* Pays for work; false when the budget is used up. */
bool rp__schema_charge(struct rp__schema_judge *j, uint64_t steps);
/* Ends the judgement without a verdict. Always false. */
bool rp__schema_stop(struct rp__schema_judge *j, const char *format, ...)
    RP_PRINTF(2, 3);

unsigned rp__schema_type_of(const cJSON *value);
/* The members that count, in order; `member` NULL begins. */
const cJSON *rp__schema_next_of(
    const struct rp__schema_judge *j, const cJSON *object, const cJSON *member);

void rp__schema_seen_init(struct rp__schema_seen *seen, size_t count);
void rp__schema_seen_fini(struct rp__schema_seen *seen);
void rp__schema_seen_add(struct rp__schema_seen *seen, size_t ordinal);
bool rp__schema_seen_has(const struct rp__schema_seen *seen, size_t ordinal);

/* Notes that the frame's string has a format, for who wants to know. */
void rp__schema_note_format(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const char *format);

bool rp__schema_matches(struct rp__schema_judge *j,
    const struct rp__schema_pattern *pattern, const char *text);

/* Reports (schema_report.c). Both always return false, and do nothing unless
 * the run explains. complain() puts the subject in front ("'age' "),
 * complain_at() does not, and stands where `step` (may be NULL) leads. */
bool rp__schema_complain(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_rule *rule,
    const char *format, ...) RP_PRINTF(4, 5);
bool rp__schema_complain_at(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_step *step,
    const char *keyword, const char *format, ...) RP_PRINTF(5, 6);

/* A short text for a value: "12", "'abc...'", "an object". */
#define RP__PREVIEW_MAX 96
const char *rp__schema_preview(const cJSON *value, char out[RP__PREVIEW_MAX]);
/* "a string", "an integer", ... for a mask of types: "a string or null". */
#define RP__TYPES_TEXT_MAX 96
const char *rp__schema_types_text(unsigned types, char out[RP__TYPES_TEXT_MAX]);

/* Of what was found since `begin` in several alternatives, the one that comes
 * nearest: call for each alternative, then take. */
struct rp__schema_nearest {
    size_t begin;
    size_t kept; /* how many of the best are kept from begin on */
    uint64_t score;
    uint32_t alternative;
    bool has_any;
};
void rp__schema_nearest_add(struct rp__schema_judge *j,
    struct rp__schema_nearest *nearest, const struct rp__schema_frame *frame,
    uint32_t alternative);
/* Removes them; why the nearest does not hold, in words, or NULL. */
const char *rp__schema_nearest_take(struct rp__schema_judge *j,
    struct rp__schema_nearest *nearest, const struct rp__schema_frame *frame);
void rp__schema_complain_none(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_rule *rule,
    size_t alternatives, const char *reason);

/* Sorts by place in the instance and hands over. */
void rp__schema_report_all(struct rp__schema_judge *j, uint32_t report_max,
    rp_schema_report *report, void *context);

#endif
