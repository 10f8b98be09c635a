#include "replay_keep.h"

#include <reprise/lease.h>

#include "exit.h"
#include "say.h"

#define LOCK_PATH_MAX 4096

static enum rp_code take_lease(struct rp_lease **lease,
    const struct rp_rerun *rerun, const struct rp_store_place *place,
    struct rp_err *err)
{
    char path[LOCK_PATH_MAX];
    if (!rp_lease_path(
            path, sizeof(path), place->path, rerun->head->id.text, ".lock")) {
        return rp_err_set(err, RP_E_LIMIT, "the path of the store is too long");
    }
    return rp_lease_take(lease, path, err);
}

int rp__replay_keep(
    const struct rp_rerun *rerun, const struct rp_store_place *place)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_store *store = NULL;
    struct rp_lease *lease = NULL;
    struct rp_rerun_result result = {.arena = NULL};
    struct rp_store_sqlite_options options = {.create = false};
    struct rp_rerun kept = *rerun;
    enum rp_code rc = take_lease(&lease, rerun, place, &err);
    if (rc == RP_OK) {
        rc = rp_store_sqlite_open(&sqlite, place->path, &options, &err);
    }
    if (rc == RP_OK) {
        store = rp_store_sqlite_recorder(sqlite);
        kept.store = store;
        rc = rp_rerun(&kept, &result, &err);
    }
    rp_rerun_result_fini(&result);
    rp_store_free(&store);
    rp_store_sqlite_close(&sqlite);
    rp_lease_drop(&lease);
    if (rc != RP_OK) {
        rp__say("replay", "recording the replay: %s", err.text);
        return RP__EXIT_STORE;
    }
    return RP__GO_ON;
}
