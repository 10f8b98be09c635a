/* replay_tell.h - what a replay showed, for people and as reprise.replay/1.
 * Pure. Floor: cli. */
#ifndef RP_CLI_REPLAY_TELL_H
#define RP_CLI_REPLAY_TELL_H

#include <reprise/rerun.h>

#include "paths.h"
#include "text.h"

struct rp__replay_tale {
    const struct rp_session_id *source;
    const struct rp_session_id *session; /* NULL: it was not recorded */
    const struct rp_rerun_result *result;
    bool edited;
    const char *miss; /* what the recording could not answer; NULL: nothing */
    const char *const *idle_rules; /* rules that touched nothing */
    uint32_t idle_rule_count;
    struct rp_duration took;                /* of whoever waited for it */
    const struct rp__paths *live, *stubbed; /* calls without an answer */
};

/* Lanes that went otherwise, answers that were given to something else, and a
 * last line that sums it up. */
void rp__replay_tell(struct rp_buf *out, const struct rp__replay_tale *tale,
    const struct rp__style *style);
void rp__replay_json(struct rp_buf *out, const struct rp__replay_tale *tale);

#endif
