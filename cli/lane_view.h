/* lane_view.h - two courses of a session side by side, for people and for
 * programs. Pure. Floor: cli. */
#ifndef RP_CLI_LANE_VIEW_H
#define RP_CLI_LANE_VIEW_H

#include <reprise/compare.h>
#include <reprise/json.h>

#include "text.h"

/* Of the first course, else of the second. */
const char *rp__lane_path(const struct rp_lane_pair *pair);

/* An empty line and a table of the lanes that went otherwise; nothing when
 * none did. `before` and `after` are titles; `times`: other times count. */
void rp__lanes_table(struct rp_buf *out, const struct rp_comparison *c,
    const char *before, const char *after, bool times,
    const struct rp__style *style);

/* An empty line and a table of what the two come to, where it differs: time,
 * calls, decisions, tokens. Nothing when nothing does. */
void rp__courses_table(struct rp_buf *out, const struct rp_comparison *c,
    const char *before, const char *after, const struct rp__style *style);

/* Members of `out`; a lane that is NULL is left out. */
void rp__lane_json(cJSON *out, const char *name, const struct rp_lane *lane);
void rp__course_json(
    cJSON *out, const char *name, const struct rp_course *course);

#endif
