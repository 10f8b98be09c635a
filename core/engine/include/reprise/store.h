/* store.h - the interface to the journal. Floor: engine. Single-threaded.
 *
 * A store buffers what it is given and writes it in one transaction at commit.
 * The runner performs no action before the records that decided it are
 * committed. Implementations: SQLite (tracer), memory (here).
 */
#ifndef RP_STORE_H
#define RP_STORE_H

#include <reprise/engine.h>
#include <reprise/id.h>
#include <reprise/mem.h>
#include <reprise/record.h>

enum rp_mode {
    RP_MODE_LIVE,
    RP_MODE_RERUN,
    RP_MODE_IMPORTED, /* spans that somebody recorded; it has no records */
};
const char *rp_mode_name(enum rp_mode mode);
/* False: no mode is named so. */
bool rp_mode_parse(struct rp_str text, enum rp_mode *out);

struct rp_tag {
    struct rp_str key, value;
};

/* The head of a session: fixed when it begins. */
struct rp_session_head {
    struct rp_session_id id;
    struct rp_trace_id trace;
    struct rp_span_id parent_span; /* of the caller; all zero when none */
    struct rp_str tracestate;      /* of the caller, or empty */
    bool sampled;
    bool trace_random;     /* W3C level 2: the trace id is random */
    struct rp_str baggage; /* of the caller, for workers; or empty */
    enum rp_mode mode;
    struct rp_session_id source;     /* what is replayed, forked or retried,
                                        or what IMPORTED was; "" else */
    struct rp_trace_id source_trace; /* of `source`; all zero: not known */
    uint64_t seed;
    uint32_t engine_rev;
    uint32_t incarnation;
    struct rp_wall began;
    struct rp_str plan_name;
    struct rp_digest plan;  /* payload: the frozen plan */
    struct rp_digest input; /* payload: the input, text form */
    const struct rp_tag *tags;
    uint32_t tag_count;
    struct rp_str faults; /* the resolved rules, JSON array, or empty */
    const char *program;  /* "reprise 0.1.0" */
};
/* Canonical text of the head; its digest is where the record chain starts. */
void rp_session_head_write(
    struct rp_buf *out, const struct rp_session_head *head);

/* Back into values, whose texts are in `arena`. RP_E_DAMAGED: it is not the
 * text of a head. */
RP_NODISCARD enum rp_code rp_session_head_read(struct rp_session_head *out,
    struct rp_arena *arena, struct rp_str text, struct rp_err *err);
/* Its tags alone: [["key","value"],…]. */
void rp_session_tags_write(
    struct rp_buf *out, const struct rp_session_head *head);

struct rp_store;

struct rp_store_ops {
    const char *name;
    /* Once, first. Nothing of `head` is kept by reference. */
    enum rp_code (*begin)(struct rp_store *s,
        const struct rp_session_head *head, struct rp_err *err);
    /* Takes bytes under their digest. Never blocks. */
    enum rp_code (*put)(struct rp_store *s, const struct rp_digest *digest,
        struct rp_str bytes, struct rp_err *err);
    /* Takes the next record. Never blocks. */
    enum rp_code (*append)(
        struct rp_store *s, const struct rp_record *record, struct rp_err *err);
    /* Makes everything taken so far durable, or RP_E_BUSY: another process
     * writes; nothing is lost, call again. RP_E_STORE: broken, the run ends. */
    enum rp_code (*commit)(struct rp_store *s, struct rp_err *err);
    /* The bytes of a payload, owned by the caller (rp_mem_free). */
    enum rp_code (*get)(struct rp_store *s, const struct rp_digest *digest,
        char **out, size_t *out_bytes, struct rp_err *err);
    void (*free)(struct rp_store *s);
};

struct rp_store {
    const struct rp_store_ops *ops;
};
void rp_store_free(struct rp_store **store);

/* Keeps everything in memory; for replays and tests. */
struct rp_store *rp_store_memory_new(void);
struct rp_memory_record {
    uint64_t seq;
    struct rp_instant at;
    struct rp_str body;
    struct rp_digest digest;
};
/* Borrowed until the store is freed or appended to. */
const struct rp_memory_record *rp_store_memory_records(
    const struct rp_store *store, size_t *count);

#endif
