/* care_parts.h - what the files of the care of a store share. Internal. */
#ifndef RP_CARE_PARTS_H
#define RP_CARE_PARTS_H

#include <reprise/store_care.h>

#include "sqlite_parts.h"

/* NULL and `err` when it cannot be prepared; the caller finalizes it. */
sqlite3_stmt *rp__care_prepare(
    struct rp_store_sqlite *sqlite, const char *sql, struct rp_err *err);
enum rp_code rp__care_run(
    struct rp_store_sqlite *sqlite, const char *sql, struct rp_err *err);
/* Waits for others, for a bounded time, unlike a session that records. */
enum rp_code rp__care_begin(struct rp_store_sqlite *sqlite, struct rp_err *err);
/* Commits when `rc` is RP_OK, else rolls back and returns it. */
enum rp_code rp__care_end(
    struct rp_store_sqlite *sqlite, enum rp_code rc, struct rp_err *err);

#endif
