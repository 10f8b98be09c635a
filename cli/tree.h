/* tree.h - a session as a tree of lines. Pure but for asking the transport how
 * running workers look. Floor: cli. */
#ifndef RP_CLI_TREE_H
#define RP_CLI_TREE_H

#include <reprise/transport.h>

#include "term.h"
#include "view.h"

struct rp__tree {
    const struct rp__view *view;
    const struct rp_session_id *id;
    const struct rp__term *term;
    const struct rp_plan *plan; /* NULL: no limits are shown */
    /* The file that line numbers of the plan's nodes refer to; NULL: none. */
    const char *plan_file;
    struct rp_transport *transport; /* NULL: nothing is known of workers */
    struct rp_instant now;
    bool live;          /* finished branches fold; lines are cut at the width */
    bool died;          /* not ended, and nobody runs it */
    bool tries;         /* each try has a line of its own */
    uint32_t lines_max; /* 0: any number */
};

/* Adds the lines, the session's own first. Returns how many. */
uint32_t rp__tree_write(struct rp_buf *out, const struct rp__tree *tree);

#endif
