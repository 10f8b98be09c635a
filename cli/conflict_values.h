/* conflict_values.h - what each source of a conflict says, read from what was
 * merged: the journal has who they are. Floor: cli. */
#ifndef RP_CLI_CONFLICT_VALUES_H
#define RP_CLI_CONFLICT_VALUES_H

#include "session_view.h"

/* Notes at every conflict of the view what its sources say. Where that cannot
 * be read, the sources are all there is to show. */
void rp__conflict_values_read(
    const struct rp__session_arg *arg, struct rp__session_view *loaded);

#endif
