/* store_sqlite.h - the journal as one SQLite file. Floor: tracer.
 *
 * docs/store.md is the reference of the format. A file may be shared by any
 * number of processes: one writes at a time, for the length of one commit, and
 * nobody waits for a lock: who finds it taken gets RP_E_BUSY and tries again.
 * A connection is single-threaded; a store that was opened for writing keeps
 * one thread of its own for checkpoints, which starts when the first is due.
 * A process that forked after opening must not use it in the child.
 */
#ifndef RP_STORE_SQLITE_H
#define RP_STORE_SQLITE_H

#include <reprise/err.h>
#include <reprise/store.h>
#include <reprise/store_trouble.h>

/* PRAGMA user_version of the files this program writes, and the application_id
 * by which a reprise store is recognised ("RPRS"). */
#define RP_STORE_FORMAT 6
#define RP_STORE_APPLICATION_ID 0x52505253

/* Named limits of one session: keys are session number and number in it. */
#define RP_STORE_RECORDS_MAX (1u << 24)
#define RP_STORE_SPANS_MAX (1u << 20)

enum rp_durability {
    RP_DURABILITY_COMMIT, /* survives the death of the process */
    RP_DURABILITY_FULL,   /* fsync at each commit: survives power loss */
};

struct rp_store_sqlite_options {
    enum rp_durability durability;
    bool read_only; /* never creates, migrates or writes */
    bool create;    /* makes the file when it is not there (mode 0600), and a
                       directory named ".reprise" around it (0700, with a
                       .gitignore of "*") */
    /* NULL: none; borrowed, outlives the connection, which counts in it. One
     * connection of a process at a time has any. */
    struct rp_store_troubles *troubles;
};

struct rp_store_sqlite; /* one connection */

/* On success `*out` is owned by the caller. Errors: RP_E_NOT_FOUND (no file
 * and not `create`), RP_E_NEWER (format newer than this program, untouched),
 * RP_E_INVALID (not a reprise store, untouched), RP_E_BUSY (somebody migrates
 * it for longer than a few seconds), RP_E_IO, RP_E_STORE. */
RP_NODISCARD enum rp_code rp_store_sqlite_open(struct rp_store_sqlite **out,
    const char *path, const struct rp_store_sqlite_options *options,
    struct rp_err *err);
/* Every recorder of it must be freed before. */
void rp_store_sqlite_close(struct rp_store_sqlite **sqlite);

/* Records one session by the operations of store.h; `sqlite` is borrowed and
 * outlives it. Owned by the caller, rp_store_free(). A connection may have
 * several. Nothing reaches the file before the first commit. Freeing throws
 * away what was not committed. */
struct rp_store *rp_store_sqlite_recorder(struct rp_store_sqlite *sqlite);

/* The same for a session that is in the store and did not end: its records
 * follow on those that are there. `plan` is borrowed for the time of begin,
 * which fails with RP_E_NOT_FOUND when there is no such session, RP_E_STATE
 * when it has ended and RP_E_DAMAGED when its records cannot be read. The
 * caller holds the session's lease. */
struct rp_store *rp_store_sqlite_resumer(
    struct rp_store_sqlite *sqlite, const struct rp_plan *plan);

/* Ends what a session left open whose process died: its spans, as recovered,
 * with the last that is known of it. `*ended`: how many; 0 for one that has
 * ended, or was recovered before. The caller holds the session's lease. Waits
 * for other writers. */
RP_NODISCARD enum rp_code rp_store_sqlite_recover(uint32_t *ended,
    struct rp_store_sqlite *sqlite, const struct rp_session_id *id,
    struct rp_err *err);

/* ---- where the store is ---- */

enum rp_store_origin {
    RP_STORE_FROM_OPTION,      /* --store */
    RP_STORE_FROM_ENVIRONMENT, /* REPRISE_STORE */
    RP_STORE_FOUND,            /* a .reprise/store.db here or above */
    RP_STORE_DEFAULT,          /* none found: here, to be created */
};

struct rp_store_place {
    char *path; /* owned, rp_mem_free() */
    enum rp_store_origin origin;
    bool exists;
};

/* `option` and `environment` are NULL or empty when not given; the first wins.
 * Otherwise `.reprise/store.db` is looked for in `directory` (absolute; NULL:
 * the working directory) and upward. Reads the file system, changes nothing.
 * RP_E_IO. */
RP_NODISCARD enum rp_code rp_store_locate(struct rp_store_place *out,
    const char *option, const char *environment, const char *directory,
    struct rp_err *err);
void rp_store_place_fini(struct rp_store_place *place);

/* Whether git would offer to commit the file at `path`: it is inside a work
 * tree and no .gitignore on the way up, nor .git/info/exclude, names it. An
 * answer for a warning, not for a guarantee. */
bool rp_store_git_would_commit(const char *path);

#endif
