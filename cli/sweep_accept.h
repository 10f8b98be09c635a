/* sweep_accept.h - gaps that somebody has decided to live with, each with a
 * reason and until when. Floor: cli.
 *
 *   {"accepted": [{"gap": "G-NO-RETRY", "path": "summary",
 *                  "reason": "the source is asked once", "until":
 * "2027-01-31"}]}
 */
#ifndef RP_CLI_SWEEP_ACCEPT_H
#define RP_CLI_SWEEP_ACCEPT_H

#include <reprise/sweep.h>

struct rp__sweep_accept {
    struct rp_arena *arena; /* owned */
    const char **reasons;   /* for each gap, NULL: not accepted */
    const char **notes;     /* entries that count no more, or for nothing */
    uint32_t note_count;
};

/* RP_E_INVALID: `path` is not such a file; the text says where. `today` is
 * "2026-11-21". Fini is due whatever is returned. */
RP_NODISCARD enum rp_code rp__sweep_accept_load(struct rp__sweep_accept *out,
    const char *path, const char *today, const struct rp_sweep *sweep,
    struct rp_err *err);
void rp__sweep_accept_fini(struct rp__sweep_accept *accept);

#endif
