/* span.h - spans, and how records become spans. Pure: no store, no clock.
 * Floor: tracer.
 *
 * A fold is fed the head of a session and then its records in order, live or
 * from a journal, and says after each what began, what changed and what ended.
 * It keeps only what is open. attr.def is the table of every attribute and
 * event name.
 *
 * Attributes are one JSON object as text: integers are exact, a number with a
 * '.' is a double, lists are arrays of strings.
 */
#ifndef RP_SPAN_H
#define RP_SPAN_H

#include <reprise/id.h>
#include <reprise/mem.h>
#include <reprise/record.h>
#include <reprise/store.h>

enum rp_span_role {
    RP_SPAN_SESSION,   /* "": the root */
    RP_SPAN_NODE,      /* "gather" */
    RP_SPAN_TASK,      /* "gather/labs", "gather/labs/$fallback" */
    RP_SPAN_ATTEMPT,   /* "gather/labs@1" */
    RP_SPAN_AGGREGATE, /* "gather/$aggregate" */
    RP_SPAN_OTHER,     /* of others, imported; its path is empty */
    RP_SPAN_ROLE_COUNT
};
/* The word that goes into rp_span_id_of(): "session", "node", ... */
const char *rp_span_role_name(enum rp_span_role role);

/* Numbers of OTLP. */
enum rp_span_kind {
    RP_SPAN_UNSPECIFIED = 0, /* only of others */
    RP_SPAN_INTERNAL = 1,
    RP_SPAN_SERVER = 2,
    RP_SPAN_CLIENT = 3,
    RP_SPAN_PRODUCER = 4,
    RP_SPAN_CONSUMER = 5,
};
enum rp_span_status {
    RP_SPAN_UNSET = 0,
    RP_SPAN_OK = 1, /* only of others */
    RP_SPAN_ERROR = 2,
};

/* "client", "internal", …; "unset", "ok", "error". */
const char *rp_span_kind_name(enum rp_span_kind kind);
const char *rp_span_status_name(enum rp_span_status status);

struct rp_span_event {
    int64_t unix_ns;
    struct rp_str name;
    struct rp_str attributes;
    uint32_t dropped_attributes;
};

struct rp_span_link {
    struct rp_trace_id trace;
    struct rp_span_id span;
    struct rp_str attributes; /* has reprise.link.type */
    uint32_t dropped_attributes;
    uint32_t flags; /* as in OTLP, of a span that was imported */
    struct rp_str tracestate;
};

/* Who made a span that was imported. Attributes are JSON as those of spans;
 * what is not known is empty. */
struct rp_span_origin {
    struct rp_str resource, resource_schema_url;
    struct rp_str scope_name, scope_version, scope, scope_schema_url;
    uint32_t resource_dropped, scope_dropped; /* attributes */
};

#define RP_SPAN_SPARE_BYTES 64

struct rp_span {
    uint32_t number; /* 1, 2, … in the session, in order of their start */
    uint32_t parent_number; /* 0: the root */
    struct rp_span_id id;
    struct rp_span_id parent; /* all zero: none */
    bool parent_remote;       /* the parent is the caller of the session */
    bool ended;
    enum rp_span_role role;
    enum rp_span_kind kind;
    enum rp_span_status status;
    int64_t start_unix_ns;
    int64_t end_unix_ns;         /* when ended; never before the start */
    uint64_t start_seq, end_seq; /* the records that began and ended it */
    struct rp_str path;
    struct rp_str name;
    struct rp_str message; /* of the status, or empty */
    struct rp_str attributes;
    /* The same text when RP_SPAN_SPARE_BYTES that are zero can be read behind
     * it; else anything else. */
    const char *spared;
    const struct rp_span_event *events;
    const struct rp_span_link *links;
    uint32_t event_count, link_count;
    uint32_t dropped_attributes, dropped_events, dropped_links;
    uint32_t flags;           /* as in OTLP, of a span that was imported */
    struct rp_str tracestate; /* the same */
    const struct rp_span_origin *origin; /* NULL: it is our own */
};

/* With its texts, events and links in `arena`, and the same origin; its
 * attributes are `spared`. */
struct rp_span *rp_span_copy(
    struct rp_arena *arena, const struct rp_span *span);

/* A span as it is now; its events and links are those that came since the
 * fold was last settled. */
struct rp_span_change {
    const struct rp_span *span;
    bool is_new;      /* it began since then */
    bool row_changed; /* anything but its events and links is other than then;
                         true when new */
    uint32_t events_before, links_before; /* how many came before */
};

struct rp_span_fold;

/* Owned by the caller. `head` is borrowed. `span_max` 0: no limit; spans past
 * it are left out and counted. */
struct rp_span_fold *rp_span_fold_new(
    const struct rp_session_head *head, uint32_t span_max);
void rp_span_fold_free(struct rp_span_fold **fold);

/* Takes the next record; borrowed. What does not fit together (an end without
 * a beginning) is left out, never an error: spans are a view of the journal. */
void rp_span_fold_add(
    struct rp_span_fold *fold, const struct rp_record *record);

/* What began, changed or ended since the fold was last settled, in order of
 * number. Borrowed until the fold is next used. */
const struct rp_span_change *rp_span_fold_changes(
    struct rp_span_fold *fold, uint32_t *count);
/* The changes were taken: forgets them, and the spans that ended. */
void rp_span_fold_settle(struct rp_span_fold *fold);

uint32_t rp_span_fold_count(const struct rp_span_fold *fold); /* so far */
uint32_t rp_span_fold_dropped(const struct rp_span_fold *fold);

#endif
