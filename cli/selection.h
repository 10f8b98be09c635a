/* selection.h - which sessions of a store are meant. Floor: cli. */
#ifndef RP_CLI_SELECTION_H
#define RP_CLI_SELECTION_H

#include "session_arg.h"

struct rp__selection {
    struct rp_session_filter filter; /* texts are those of the arguments */
    bool failed;                     /* only what did not end well */
    bool any;                        /* something was asked for */
};

/* "90m", "3d": so long before `now`; or a time. */
bool rp__selection_time(
    struct rp_str text, struct rp_wall now, struct rp_wall *out);
/* By the options below; RP__GO_ON, or a status after the person was told. */
int rp__selection_take(
    struct rp__selection *out, const struct rp__args *args, struct rp_wall now);
/* Of the sessions that the filter finds, whether this is one: what runs has
 * not failed. */
bool rp__selection_has(const struct rp__selection *selection,
    const struct rp__session_arg *arg, const struct rp_session_row *row);

#define RP__OPT_SELECTION                                                      \
    {"failed", NULL, "only sessions that did not end ok, or died", false, 0},  \
        {"plan", "NAME", "only of this plan; * stands for any text", false,    \
            0},                                                                \
        {"since", "AGE",                                                       \
            "only younger ones: 90m, 48h, 7d, or since a time "                \
            "(2026-01-31T09:00:00Z)",                                          \
            false, 0},                                                         \
    {                                                                          \
        "tag", "KEY[=VALUE]", "only with this mark", false, 0                  \
    }

#endif
