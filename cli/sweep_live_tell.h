/* sweep_live_tell.h - how live runs went, for people and for programs. Pure.
 * Floor: cli. */
#ifndef RP_CLI_SWEEP_LIVE_TELL_H
#define RP_CLI_SWEEP_LIVE_TELL_H

#include <cjson/cJSON.h>

#include "sweep_live.h"

void rp__sweep_live_tell(struct rp_buf *out, const struct rp__sweep_live *live);
cJSON *rp__sweep_live_doc(const struct rp__sweep_live *live); /* owned */

#endif
