/* story.h - records as lines of events, for people who grep and for programs.
 * Pure. Floor: cli.
 *
 *   12:00:02.204Z H4X7QK gather/labs@1 end ok 1.1s out=2.1KiB
 *   {"schema":"reprise.event/1","session":"01J…","seq":4,"at_ns":"…",…}
 *
 * Columns and names are stable: times are UTC, the fourth word is the event,
 * then come values as name=value, quoted as JSON when they hold spaces.
 */
#ifndef RP_CLI_STORY_H
#define RP_CLI_STORY_H

#include <reprise/record.h>
#include <reprise/store.h>

struct rp__story {
    const struct rp_session_head *head; /* borrowed, outlives us */
    bool json;
    /* Each line, with its end; borrowed for the call. */
    void (*line)(void *context, struct rp_str line);
    void *context;
};

void rp__story_tell(
    const struct rp__story *story, const struct rp_record *record);

#endif
