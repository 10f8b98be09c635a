/* reader.h - what a store holds: sessions, records, payloads, spans.
 * Floor: tracer. Single-threaded. Never writes; sees each commit of running
 * sessions as it happens.
 *
 * Iterators: *_next sets `*found` and, when true, `*out`; strings are borrowed
 * until the next call unless an arena is given. Any number may be open at the
 * same time; free them before the reader. A session is named by its number in
 * the store (`row.no`).
 */
#ifndef RP_READER_H
#define RP_READER_H

#include <reprise/mem.h>
#include <reprise/span.h>
#include <reprise/store.h>
#include <reprise/summary.h>

struct rp_reader;

/* Errors as of rp_store_sqlite_open(). Owned by the caller. */
RP_NODISCARD enum rp_code rp_reader_open(
    struct rp_reader **out, const char *path, struct rp_err *err);
void rp_reader_close(struct rp_reader **reader);

/* What digests that leave the store are keyed with, borrowed as long as the
 * reader; NULL: a store of format 4 or older has none. */
RP_NODISCARD enum rp_code rp_reader_digest_key(
    const struct rp_digest **out, struct rp_reader *reader, struct rp_err *err);

/* ---- sessions ---- */

struct rp_session_row {
    int64_t no; /* in this store; grows, is never used twice */
    struct rp_session_head head;
    /* `summary.outcome` NONE: not ended: it runs, or its process died; the
     * lease of the session tells which. */
    struct rp_summary summary;
    struct rp_wall last_wall; /* of the last record */
    uint32_t span_count, spans_dropped;
};

struct rp_session_filter {
    uint32_t outcomes;    /* bits (1u << RP_OUTCOME_…); 0: any */
    uint32_t modes;       /* bits (1u << RP_MODE_…); 0: any */
    struct rp_str plan;   /* name, exact, or a pattern with '*'; empty: any */
    struct rp_wall since; /* began then or later; 0: any */
    struct rp_tag tag;    /* key empty: any; value empty: any of that key */
    struct rp_session_id before; /* older than this one; "": from the newest */
    uint32_t limit;              /* 0: all */
};

struct rp_sessions;
/* Newest first. `filter` is borrowed; NULL: everything. */
RP_NODISCARD enum rp_code rp_reader_sessions(struct rp_sessions **out,
    struct rp_reader *reader, const struct rp_session_filter *filter,
    struct rp_err *err);
/* Strings of the row live in `arena`. */
RP_NODISCARD enum rp_code rp_sessions_next(struct rp_sessions *sessions,
    struct rp_arena *arena, bool *found, struct rp_session_row *out,
    struct rp_err *err);
void rp_sessions_free(struct rp_sessions **sessions);

/* By id, in any case of letters: whole, a prefix, or (from 4 characters) the
 * end of it; "" or "last" is the newest. RP_E_NOT_FOUND; RP_E_INVALID: more
 * than one session is meant, the text names some. */
RP_NODISCARD enum rp_code rp_reader_find(struct rp_session_row *out,
    struct rp_reader *reader, struct rp_str id, struct rp_arena *arena,
    struct rp_err *err);

/* ---- records ---- */

struct rp_record_row {
    uint64_t seq; /* 1, 2, … */
    struct rp_instant at;
    struct rp_str body;
    struct rp_digest digest; /* of the chain, as stored */
};

struct rp_records;
/* From `first_seq` (1: from the start) on, in order, streaming. Does not check
 * digests; rp_reader_check() does. Records that are committed after the
 * iterator ended can be had by a new one. */
RP_NODISCARD enum rp_code rp_reader_records(struct rp_records **out,
    struct rp_reader *reader, int64_t session_no, uint64_t first_seq,
    struct rp_err *err);
RP_NODISCARD enum rp_code rp_records_next(struct rp_records *records,
    bool *found, struct rp_record_row *out, struct rp_err *err);
void rp_records_free(struct rp_records **records);

/* ---- payloads ---- */

/* The exact bytes, terminated, owned by the caller (rp_mem_free). Verified:
 * RP_E_DAMAGED names the digest. RP_E_NOT_FOUND. */
RP_NODISCARD enum rp_code rp_reader_payload(char **out, size_t *out_bytes,
    struct rp_reader *reader, const struct rp_digest *digest,
    struct rp_err *err);

/* ---- spans ---- */

enum rp_spans_order {
    RP_SPANS_TREE,    /* parents before children, siblings by start */
    RP_SPANS_STARTED, /* by number, streaming; also parents first */
};

struct rp_spans;
RP_NODISCARD enum rp_code rp_reader_spans(struct rp_spans **out,
    struct rp_reader *reader, int64_t session_no, enum rp_spans_order order,
    struct rp_err *err);
/* Those that records after `after_seq` ended, in order of these records and of
 * their numbers. */
RP_NODISCARD enum rp_code rp_reader_spans_ended(struct rp_spans **out,
    struct rp_reader *reader, int64_t session_no, uint64_t after_seq,
    struct rp_err *err);
/* `*out` with events and links, borrowed until the next call (its origin until
 * `spans` is freed); `*depth` is 0 for the root, and 0 for every span that is
 * not in TREE order. `depth` may be NULL. */
RP_NODISCARD enum rp_code rp_spans_next(struct rp_spans *spans, bool *found,
    const struct rp_span **out, uint32_t *depth, struct rp_err *err);
void rp_spans_free(struct rp_spans **spans);

/* ---- integrity ---- */

struct rp_check {
    uint64_t records;  /* found whole */
    uint64_t payloads; /* found whole; each digest once */
    bool damaged;
    uint64_t damaged_seq; /* the first record that is damaged or refers to a
                             damaged or missing payload; 0: the head */
    char what[256];       /* "record 7 does not match its digest" */
};

/* Recomputes the chain of a session from its head and reads every payload that
 * its head and records refer to. RP_OK whether damaged or not: see `*out`. */
RP_NODISCARD enum rp_code rp_reader_check(struct rp_check *out,
    struct rp_reader *reader, int64_t session_no, struct rp_err *err);

#endif
