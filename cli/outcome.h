/* outcome.h - how a session is followed, and what is told when it is over.
 * Shared by run, watch and replay. Floor: cli. */
#ifndef RP_CLI_OUTCOME_H
#define RP_CLI_OUTCOME_H

#include <reprise/store_sqlite.h>

#include "opt.h"
#include "term.h"
#include "view.h"

enum rp__progress {
    RP__PROGRESS_TREE,
    RP__PROGRESS_LINES,
    RP__PROGRESS_JSON,
    RP__PROGRESS_NONE,
};

/* What standard error shall show. */
struct rp__choice {
    enum rp__progress progress;
    bool quiet;           /* errors only */
    struct rp__term term; /* of standard error */
};

#define RP__OPT_PROGRESS                                                       \
    {                                                                          \
        "progress", "HOW",                                                     \
            "what standard error shows: tree (on a terminal), lines, json or " \
            "none",                                                            \
            false, 0                                                           \
    }
#define RP__OPT_QUIET                                                          \
    {                                                                          \
        "quiet", NULL, "nothing but errors on standard error", false, 'q'      \
    }

/* From --progress and --quiet, which the command must have. False: told. */
bool rp__choice_parse(struct rp__choice *out, const struct rp__args *args);

struct rp__ending {
    const char *command;
    const struct rp__view *view;
    const struct rp_session_id *id;
    const struct rp_store_place *place;
    const struct rp_plan *plan;
    const char *plan_file; /* as it was given; NULL: not known */
    const char *input;     /* the value of --input; NULL */
    const struct rp__choice *choice;
    bool died;
};

/* The tree as it ended and what to do next; with lines and none, what to do
 * next when it did not end ok; with json and quiet, nothing. */
void rp__outcome_tell(const struct rp__ending *ending);

/* Of a session that failed one line why, for who hears of errors only. */
void rp__outcome_tell_failed(const struct rp__ending *ending);

/* The exit status; `cause` is who cancelled. */
int rp__outcome_exit(enum rp_outcome outcome, enum rp_reason cause);

#endif
