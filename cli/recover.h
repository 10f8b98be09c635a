/* recover.h - ends what sessions left open whose process died. Floor: cli. */
#ifndef RP_CLI_RECOVER_H
#define RP_CLI_RECOVER_H

#include <stdint.h>

#include <reprise/err.h>

/* A dead session that was seen to: its lease is not taken again as long as it
 * stays as it is, so that a resume finds it free. */
struct rp__recovered {
    int64_t session_no;
    uint64_t record_count;
};

struct rp__recovery {
    const char *store_path;     /* borrowed, outlives us */
    struct rp__recovered *seen; /* owned */
    uint32_t count, room;
};

/* Takes the lease of each session that has not ended, and ends its spans as
 * recovered. One that runs holds its lease, and is left alone. Waits for other
 * writers. */
RP_NODISCARD enum rp_code rp__recover(
    struct rp__recovery *recovery, struct rp_err *err);
void rp__recovery_fini(struct rp__recovery *recovery);

#endif
