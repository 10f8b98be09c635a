/* session_view.h - a recorded session as a view. Floor: cli. */
#ifndef RP_CLI_SESSION_VIEW_H
#define RP_CLI_SESSION_VIEW_H

#include "session_arg.h"
#include "view.h"

struct rp__session_view {
    struct rp__view view;
    struct rp_plan *plan;   /* NULL when it cannot be read any more */
    struct rp_arena *arena; /* of the records */
    uint64_t seq;           /* of the last record taken */
};

/* Reads the plan, no record yet. As load otherwise. */
void rp__session_view_prepare(
    struct rp__session_view *out, const struct rp__session_arg *arg);
/* Reads the plan and all records so far; RP__GO_ON, or a status after the
 * person was told. Fini is due whatever is returned. */
int rp__session_view_load(
    struct rp__session_view *out, const struct rp__session_arg *arg);
/* What was recorded since; each new record is also given to `sink`, when not
 * NULL. */
struct rp_sink;
int rp__session_view_update(struct rp__session_view *view,
    const struct rp__session_arg *arg, struct rp_sink *sink);
void rp__session_view_fini(struct rp__session_view *view);

/* Journal time now, of a session that runs; the last record's of others. */
struct rp_instant rp__session_now(
    const struct rp__session_arg *arg, const struct rp__view *view);

#endif
