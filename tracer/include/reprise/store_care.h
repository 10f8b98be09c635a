/* store_care.h - a store stays small and sound: taking sessions out, giving
 * space back, looking for damage. Floor: tracer. Single-threaded.
 *
 * Each change is one transaction, so that a session that runs meanwhile has to
 * try again at most; these wait for it some seconds, then give RP_E_BUSY. What
 * is taken out is overwritten with zeros.
 */
#ifndef RP_STORE_CARE_H
#define RP_STORE_CARE_H

#include <reprise/reader.h>
#include <reprise/store_sqlite.h>

/* The format that the file has, now. */
int64_t rp_store_format(const struct rp_store_sqlite *sqlite);

struct rp_store_removed {
    int64_t sessions, records, spans;
    int64_t payloads, payload_bytes; /* as they were kept */
};

/* Takes a session out, with everything but its payloads, and adds to `*out`.
 * The caller holds the session's lease. RP_E_NOT_FOUND, RP_E_BUSY,
 * RP_E_STORE. */
RP_NODISCARD enum rp_code rp_store_remove(struct rp_store_removed *out,
    struct rp_store_sqlite *sqlite, int64_t session_no, struct rp_err *err);

/* Takes out the payloads that no session refers to, and adds to `*out`.
 * RP_E_STATE and nothing changed while a session of the store runs: it may be
 * about to refer to one. */
RP_NODISCARD enum rp_code rp_store_collect(struct rp_store_removed *out,
    struct rp_store_sqlite *sqlite, struct rp_err *err);

/* How many sessions of the store run: not ended, and leased. */
RP_NODISCARD enum rp_code rp_store_running(
    int64_t *out, struct rp_store_sqlite *sqlite, struct rp_err *err);

struct rp_store_space {
    int64_t file_bytes, free_bytes; /* free: inside the file, used again */
    bool whole;                     /* it was written anew, as a whole */
};

/* Gives the free space of the file back. Piece by piece, between the commits
 * of running sessions, when the file is laid out for it; a file that is not
 * is written anew, once, which needs that nothing runs (RP_E_STATE) and room
 * for a second one. */
RP_NODISCARD enum rp_code rp_store_compact(struct rp_store_space *before,
    struct rp_store_space *after, struct rp_store_sqlite *sqlite,
    struct rp_err *err);

struct rp_store_table {
    const char *name; /* in the arena */
    int64_t rows, bytes;
};
#define RP_STORE_TABLES_MAX 32

struct rp_store_size {
    struct rp_store_space space;
    int64_t sessions, payload_bytes, payload_raw_bytes;
    struct rp_store_table tables[RP_STORE_TABLES_MAX];
    uint32_t table_count;
};
/* With their indexes, the largest first. */
RP_NODISCARD enum rp_code rp_store_size(struct rp_store_size *out,
    struct rp_store_sqlite *sqlite, struct rp_arena *arena, struct rp_err *err);
/* Bytes of the rows of one session; payloads are shared and not counted. */
RP_NODISCARD enum rp_code rp_store_session_size(int64_t *out,
    struct rp_store_sqlite *sqlite, int64_t session_no, struct rp_err *err);

/* SQLite's own check of the file. Adds a line for each thing that is wrong, at
 * most `max`; none: it is sound. */
RP_NODISCARD enum rp_code rp_store_check_file(struct rp_buf *out,
    struct rp_store_sqlite *sqlite, uint32_t max, struct rp_err *err);

#endif
