/* bundle.h - sessions as one file: byte for byte the same whenever it is made,
 * checked whole when it is opened. docs/bundle.md is the reference of the
 * format. Floor: replay. Single-threaded.
 */
#ifndef RP_BUNDLE_H
#define RP_BUNDLE_H

#include <stdio.h>

#include <reprise/recording.h>

#define RP_BUNDLE_VERSION 1
#define RP_BUNDLE_BYTES_MAX ((size_t)2 << 30)

/* Writes the sessions in order of their ids, with every payload that they
 * refer to. RP_E_IO; RP_E_DAMAGED, RP_E_NOT_FOUND: a payload cannot be had. */
RP_NODISCARD enum rp_code rp_bundle_write(FILE *out,
    struct rp_recording *const *recordings, uint32_t count, struct rp_err *err);

struct rp_bundle; /* owned, rp_bundle_close() */

/* Whether the file says that it is a bundle, of whatever version. */
bool rp_bundle_is(const char *path);

/* Reads it whole and checks it: its sum, its structure, each payload and each
 * session's chain. RP_E_NOT_FOUND, RP_E_IO; RP_E_INVALID: no bundle;
 * RP_E_NEWER; RP_E_DAMAGED: it was cut short or altered; RP_E_LIMIT. */
RP_NODISCARD enum rp_code rp_bundle_open(
    struct rp_bundle **out, const char *path, struct rp_err *err);
void rp_bundle_close(struct rp_bundle **bundle);

/* In order of their ids; borrowed from the bundle. */
uint32_t rp_bundle_count(const struct rp_bundle *bundle);
const struct rp_session_head *rp_bundle_head(
    const struct rp_bundle *bundle, uint32_t index);

/* Gives a session to a store that has nothing of it: begin, put, append. To
 * commit is the caller's. */
RP_NODISCARD enum rp_code rp_bundle_give(const struct rp_bundle *bundle,
    uint32_t index, struct rp_store *store, struct rp_err *err);

#endif
