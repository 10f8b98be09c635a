/* session_arg.h - the store and the session that a command line names.
 * Floor: cli. */
#ifndef RP_CLI_SESSION_ARG_H
#define RP_CLI_SESSION_ARG_H

#include <reprise/reader.h>
#include <reprise/store_sqlite.h>

#include "bundle_store.h"
#include "opt.h"

struct rp__session_arg {
    const char *command;
    struct rp_store_place place;
    struct rp_reader *reader;
    struct rp_arena *arena; /* of the row */
    struct rp_session_row row;
    struct rp__bundle_store *bundles; /* owned; NULL: none was named */
};

/* Finds the store, by --store, environment and directory, and opens it for
 * reading; RP__GO_ON, or a status after the person was told. Fini is due
 * whatever is returned. Where the arguments name bundles, the
 * store is one of what they hold and of the sessions that are named besides. */
int rp__session_open(struct rp__session_arg *out, const struct rp__args *args);
/* The same, and finds the session that the first argument names, the latest
 * without one. */
int rp__session_find(struct rp__session_arg *out, const struct rp__args *args);
#define RP__SESSION_LATEST "last"
/* Of an opened store the session of that name into `row`. */
int rp__session_name(struct rp__session_arg *arg, const char *name);
void rp__session_fini(struct rp__session_arg *arg);

/* RP__GO_ON, or a status after the person was told that it has only spans. */
int rp__session_wants_records(const struct rp__session_arg *arg);

/* How long a process that was killed may seem to live: who goes on with its
 * session waits for so long. */
#define RP__LEASE_PATIENCE_MS 500

/* Not ended, and its process holds the lease. */
bool rp__session_runs(
    const struct rp__session_arg *arg, const struct rp_session_row *row);
/* The same, and goes on to for as long as RP__LEASE_PATIENCE_MS. */
bool rp__session_runs_on(
    const struct rp__session_arg *arg, const struct rp_session_row *row);
/* "ok", "degraded", "failed", "cancelled", "running" or "died". */
const char *rp__session_status(
    const struct rp__session_arg *arg, const struct rp_session_row *row);
/* " --store FILE" when the next command would need it too, else "". */
void rp__session_store_option(
    struct rp_buf *out, const struct rp_store_place *place);

/* The status of a failure to read the store, or of what this session is not
 * for; the person was told. */
int rp__session_failed(
    const struct rp__session_arg *arg, const struct rp_err *err);

#endif
