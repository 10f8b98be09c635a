/* session_go.h - runs a session that was prepared: keeper, store, stage, views
 * and the last word. Floor: cli. */
#ifndef RP_CLI_SESSION_GO_H
#define RP_CLI_SESSION_GO_H

#include "run_prepare.h"

/* The exit status; the person was told. */
int rp__session_go(struct rp__run_plan *plan);

#endif
