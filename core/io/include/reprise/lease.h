/* lease.h - one orchestrator a session: a lock that dies with its holder.
 * Floor: io. */
#ifndef RP_LEASE_H
#define RP_LEASE_H

#include <reprise/err.h>
#include <reprise/time.h>

struct rp_lease;

/* Takes the lock file at `path` (made when missing, mode 0600, folder 0700).
 * RP_E_BUSY: another process holds it. Owned; dropping it removes the file. */
RP_NODISCARD enum rp_code rp_lease_take(
    struct rp_lease **out, const char *path, struct rp_err *err);
void rp_lease_drop(struct rp_lease **lease);

/* Whether some living process holds it. */
bool rp_lease_held(const char *path);

/* Waits until nobody does, for at most `patience`; false: somebody still does.
 * A child that a dead holder was about to start has it until it runs, and who
 * looks whether it is held has it meanwhile. */
bool rp_lease_wait(const char *path, struct rp_duration patience);

/* "<folder of the store>/run/<session>.lock" or ".sock", into `out` of
 * `size` bytes; false when it does not fit. */
bool rp_lease_path(char *out, unsigned long size, const char *store_path,
    const char *session, const char *ending);

#endif
