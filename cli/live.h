/* live.h - the views of a session while it runs: sinks of the runner.
 * Floor: cli. Single-threaded. None of them can hold up or hurt the session. */
#ifndef RP_CLI_LIVE_H
#define RP_CLI_LIVE_H

#include <reprise/runner.h>

#include "mirror.h"
#include "story.h"
#include "tree.h"

/* ---- the tree, redrawn in place at most 10 times a second ---- */

struct rp__live {
    struct rp_sink sink; /* first member */
    struct rp__view view;
    struct rp__term term;
    struct rp__tree tree;
    struct rp__mirror mirror;
    struct rp_buf frame;        /* what is on the screen */
    struct rp_instant drawn_at; /* NEVER: nothing yet */
};

/* `fd` is a terminal; `tree` says what to draw, its view and term are set
 * here. All borrowed, outlive us. */
void rp__live_init(struct rp__live *live, const struct rp__tree *tree, int fd);
void rp__live_fini(struct rp__live *live);
/* Draws now, whatever was drawn when. */
void rp__live_draw(struct rp__live *live, struct rp_instant now);
/* Takes the tree off the screen, for what is written in its place. */
void rp__live_erase(struct rp__live *live);

/* ---- one line an event ---- */

struct rp__lines {
    struct rp_sink sink; /* first member */
    struct rp__story story;
    struct rp__mirror mirror;
};

void rp__lines_init(struct rp__lines *lines, const struct rp_session_head *head,
    bool json, int fd);
void rp__lines_fini(
    struct rp__lines *lines); /* waits for its reader a little */

/* ---- "SEQ DIGEST" for each record that is durable ---- */

struct rp__commits {
    struct rp_sink sink; /* first member */
    struct rp__mirror mirror;
};

void rp__commits_init(struct rp__commits *commits, int fd);
void rp__commits_fini(struct rp__commits *commits);

/* ---- nothing but the view, for what is told at the end ---- */

struct rp__quiet {
    struct rp_sink sink; /* first member */
    struct rp__view view;
};

void rp__quiet_init(struct rp__quiet *quiet, const struct rp_plan *plan);
void rp__quiet_fini(struct rp__quiet *quiet);

#endif
