/* bundle_store.h - bundles as a store, for as long as a command looks at them.
 * Floor: cli. */
#ifndef RP_CLI_BUNDLE_STORE_H
#define RP_CLI_BUNDLE_STORE_H

#include <reprise/bundle.h>
#include <reprise/store_sqlite.h>

struct rp__bundle_store; /* owned; a folder of its own, removed at the end */

RP_NODISCARD enum rp_code rp__bundle_store_new(
    struct rp__bundle_store **out, struct rp_err *err);
void rp__bundle_store_free(struct rp__bundle_store **store);
const char *rp__bundle_store_path(const struct rp__bundle_store *store);

/* Adds what is not there yet. */
RP_NODISCARD enum rp_code rp__bundle_store_add(
    struct rp__bundle_store *store, const char *bundle, struct rp_err *err);

/* Whether the store at `store_path` has the session. */
bool rp__bundle_known(const char *store_path, const struct rp_session_id *id);

/* Records session `index` of an open bundle; waits while others write. */
RP_NODISCARD enum rp_code rp__bundle_import(struct rp_store_sqlite *sqlite,
    const struct rp_bundle *bundle, uint32_t index, struct rp_err *err);

#endif
