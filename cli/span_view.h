/* span_view.h - a session as its spans, which is all that an imported one has.
 * Floor: cli. */
#ifndef RP_CLI_SPAN_VIEW_H
#define RP_CLI_SPAN_VIEW_H

#include <cjson/cJSON.h>

#include "session_arg.h"
#include "term.h"

/* Adds its spans as lines, children below their parents, with their events. */
RP_NODISCARD enum rp_code rp__span_tree_write(struct rp_buf *out,
    const struct rp__session_arg *arg, const struct rp__term *term,
    struct rp_err *err);
/* Adds them as the list `spans`. */
RP_NODISCARD enum rp_code rp__span_list_json(
    cJSON *out, const struct rp__session_arg *arg, struct rp_err *err);

#endif
