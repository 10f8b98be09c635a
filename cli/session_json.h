/* session_json.h - sessions for programs: reprise.ls/1 and reprise.show/1.
 * Floor: cli. */
#ifndef RP_CLI_SESSION_JSON_H
#define RP_CLI_SESSION_JSON_H

#include <cjson/cJSON.h>

#include "session_arg.h"
#include "view.h"

/* The members that lists and single sessions have in common. */
void rp__session_json(cJSON *out, const struct rp__session_arg *arg,
    const struct rp_session_row *row);
/* "nodes", "tasks" with their tries, "conflicts". */
void rp__view_json(cJSON *out, const struct rp__view *view);

#endif
