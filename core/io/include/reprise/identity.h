/* identity.h - what names a new session. Floor: io. */
#ifndef RP_IDENTITY_H
#define RP_IDENTITY_H

#include <reprise/store.h>

/* Fills id, trace (sampled, random, without a caller), began and seed of
 * `head`, out of the wall clock and the system's chance. RP_E_IO: no chance
 * can be had. */
RP_NODISCARD enum rp_code rp_identity_make(
    struct rp_session_head *head, struct rp_err *err);

#endif
