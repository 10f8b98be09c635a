/* replay_keep.h - a replay becomes a session of its own. Floor: cli. */
#ifndef RP_CLI_REPLAY_KEEP_H
#define RP_CLI_REPLAY_KEEP_H

#include <reprise/rerun.h>
#include <reprise/store_sqlite.h>

/* Runs it once more into the store, now that it is known to reach its end.
 * RP__GO_ON, or a status after the person was told. */
int rp__replay_keep(
    const struct rp_rerun *rerun, const struct rp_store_place *place);

#endif
