/* Spans of a session, with their events and links, in either order. */
#include "reader_origins.h"

#include <string.h>

struct tree_node {
    uint32_t number, depth;
};

/* Where rows of events, or of links, are: none belongs to a span from `from`
 * on and before `next`. Most spans have none, and need not be asked for. */
struct gap {
    int64_t from, next;
};

/* Ids of spans that were read lately, by number: parents of those that come. */
#define KNOWN_IDS 1024u /* a power of two */
struct known_id {
    uint32_t number; /* 0: none */
    struct rp_span_id id;
};

struct rp_spans {
    struct rp_reader *reader;
    bool imported;
    struct rp__origins origins; /* of an imported session */
    sqlite3_stmt *spans, *events, *links, *ids;
    struct gap no_events, no_links;
    struct known_id *known; /* [KNOWN_IDS], owned */
    bool ended;             /* STARTED */
    int64_t base;           /* session_no << RP__SPAN_SHIFT */
    struct rp_span_id remote_parent;
    struct rp_arena *arena; /* events and links of the current span */
    struct rp_span span;
    struct rp_span_event *event_list;
    struct rp_span_link *link_list;
    uint32_t event_room, link_room;
    struct tree_node *tree; /* TREE: in preorder; NULL else */
    uint32_t tree_count, tree_at;
};

#define COLUMNS                                                                \
    "SELECT x.no & 1048575, x.id, x.parent, x.role, x.kind, x.status,"         \
    " x.start_ns, x.end_ns, x.start_seq, x.end_seq, x.path, x.name,"           \
    " x.message, x.attributes"
#define OWN_SPANS COLUMNS " FROM span x"
#define IMPORTED_SPANS                                                         \
    COLUMNS ", i.origin, i.parent, i.flags, i.tracestate,"                     \
            " i.dropped_attributes, i.dropped_events, i.dropped_links"         \
            " FROM span x LEFT JOIN span_import i ON i.span = x.no"
#define ONE " WHERE x.no = ?1 + ?2"
#define ALL " WHERE x.no BETWEEN ?1 + 1 AND ?1 + 1048575 ORDER BY x.no"
#define EVENTS(more)                                                           \
    "SELECT at_ns, name, attributes, span, " more " FROM span_event"           \
    " WHERE span BETWEEN ? AND ? ORDER BY span, n"
#define LINKS(more)                                                            \
    "SELECT trace, target, attributes, span, " more " FROM span_link"          \
    " WHERE span BETWEEN ? AND ? ORDER BY span, n"
enum column {
    NUMBER,
    ID,
    PARENT,
    ROLE,
    KIND,
    STATUS,
    START,
    END,
    START_SEQ,
    END_SEQ,
    PATH,
    NAME,
    MESSAGE,
    ATTRIBUTES,
    ORIGIN, /* from here on only of imported sessions */
    OTHER_PARENT,
    FLAGS,
    TRACESTATE,
    DROPPED_ATTRIBUTES,
    DROPPED_EVENTS,
    DROPPED_LINKS
};

/* ---- the tree ---- */

/* Preorder out of numbers and parents: a parent's number is always smaller
 * than its children's, which is also their order. Whose parent is not there is
 * put at the top: nothing is left out. */
static void order_tree(struct rp_spans *spans, const uint32_t *numbers,
    const uint32_t *parents, uint32_t count, uint32_t top)
{
    uint32_t *first = rp_mem_array(top + 1, sizeof(uint32_t));
    uint32_t *next = rp_mem_array(top + 1, sizeof(uint32_t));
    uint32_t *depth = rp_mem_array(top + 1, sizeof(uint32_t));
    uint32_t *parent_of = rp_mem_array(top + 1, sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++) {
        bool there = parents[i] < numbers[i] && depth[parents[i]] > 0;
        parent_of[numbers[i]] = there ? parents[i] : 0;
        depth[numbers[i]] = there ? depth[parents[i]] + 1 : 1;
    }
    for (uint32_t i = count; i-- > 0;) {
        uint32_t parent = parent_of[numbers[i]];
        next[numbers[i]] = first[parent];
        first[parent] = numbers[i];
    }
    spans->tree = rp_mem_array(count, sizeof(struct tree_node));
    uint32_t at = first[0];
    while (at != 0 && spans->tree_count < count) {
        spans->tree[spans->tree_count++] =
            (struct tree_node){at, depth[at] - 1};
        uint32_t up = at;
        at = first[at];
        while (at == 0 && up != 0) {
            at = next[up];
            up = parent_of[up];
        }
    }
    rp_mem_free(first);
    rp_mem_free(next);
    rp_mem_free(depth);
    rp_mem_free(parent_of);
}

static enum rp_code read_tree(struct rp_spans *spans, struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__reader_prepare(spans->reader,
        "SELECT no & 1048575, parent FROM span"
        " WHERE no BETWEEN ?1 + 1 AND ?1 + 1048575 ORDER BY no",
        err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, spans->base);
    uint32_t *numbers = NULL, *parents = NULL, count = 0, room = 0;
    bool found = false;
    enum rp_code rc = rp__reader_step(spans->reader, stmt, &found, err);
    while (rc == RP_OK && found) {
        if (count == room) {
            room = room == 0 ? 64 : room * 2;
            numbers = rp_mem_grow(numbers, room, sizeof(uint32_t));
            parents = rp_mem_grow(parents, room, sizeof(uint32_t));
        }
        numbers[count] = (uint32_t)sqlite3_column_int64(stmt, 0);
        parents[count++] = (uint32_t)sqlite3_column_int64(stmt, 1);
        rc = rp__reader_step(spans->reader, stmt, &found, err);
    }
    rp__reader_done(spans->reader, stmt);
    if (rc == RP_OK && count > 0) {
        order_tree(spans, numbers, parents, count, numbers[count - 1]);
    }
    rp_mem_free(numbers);
    rp_mem_free(parents);
    return rc;
}

/* ---- those that ended ---- */

/* Their numbers only, however many there are. */
static enum rp_code read_ended(
    struct rp_spans *spans, uint64_t after_seq, struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__reader_prepare(spans->reader,
        "SELECT no & 1048575 FROM span WHERE no BETWEEN ?1 + 1 AND"
        " ?1 + 1048575 AND end_seq > ?2 ORDER BY end_seq, no",
        err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, spans->base);
    sqlite3_bind_int64(stmt, 2, (int64_t)after_seq);
    uint32_t room = 0;
    bool found = false;
    enum rp_code rc = rp__reader_step(spans->reader, stmt, &found, err);
    while (rc == RP_OK && found) {
        if (spans->tree_count == room) {
            room = room == 0 ? 64 : room * 2;
            spans->tree =
                rp_mem_grow(spans->tree, room, sizeof(struct tree_node));
        }
        spans->tree[spans->tree_count++] =
            (struct tree_node){(uint32_t)sqlite3_column_int64(stmt, 0), 0};
        rc = rp__reader_step(spans->reader, stmt, &found, err);
    }
    rp__reader_done(spans->reader, stmt);
    return rc;
}

/* ---- opening ---- */

/* `one`: by number, else all. */
static enum rp_code prepare(
    struct rp_spans *spans, bool one, struct rp_err *err)
{
    struct rp_reader *reader = spans->reader;
    static const char *const texts[2][2] = {
        {OWN_SPANS ALL, OWN_SPANS ONE},
        {IMPORTED_SPANS ALL, IMPORTED_SPANS ONE},
    };
    spans->spans = rp__reader_prepare(reader, texts[spans->imported][one], err);
    bool all = reader->sqlite->format > 3; /* columns of its parts */
    spans->events =
        rp__reader_prepare(reader, all ? EVENTS("dropped") : EVENTS("0"), err);
    spans->links = rp__reader_prepare(reader,
        all ? LINKS("dropped, flags, tracestate") : LINKS("0, 0, ''"), err);
    spans->ids =
        rp__reader_prepare(reader, "SELECT id FROM span WHERE no = ?", err);
    if (spans->spans == NULL || spans->events == NULL || spans->links == NULL ||
        spans->ids == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(spans->spans, 1, spans->base);
    return RP_OK;
}

static enum rp_code read_head(
    struct rp_spans *spans, int64_t session_no, struct rp_err *err)
{
    sqlite3_stmt *stmt = rp__reader_prepare(spans->reader,
        "SELECT parent_span, mode FROM session WHERE no = ?", err);
    if (stmt == NULL) {
        return RP_E_STORE;
    }
    sqlite3_bind_int64(stmt, 1, session_no);
    bool found = false;
    enum rp_code rc = rp__reader_step(spans->reader, stmt, &found, err);
    if (rc == RP_OK && found) {
        (void)rp__reader_blob(stmt, 0, spans->remote_parent.bytes,
            sizeof(spans->remote_parent.bytes)); /* zero: none */
        spans->imported =
            rp_str_is(rp__reader_text(stmt, 1), rp_mode_name(RP_MODE_IMPORTED));
    }
    rp__reader_done(spans->reader, stmt);
    return rc;
}

static enum rp_code open_spans(struct rp_spans **out, struct rp_reader *reader,
    int64_t session_no, bool one, struct rp_err *err)
{
    struct rp_spans *spans = rp_mem_zalloc(sizeof(*spans));
    spans->reader = reader;
    spans->base = session_no << RP__SPAN_SHIFT;
    spans->arena = rp_arena_new(0);
    spans->known = rp_mem_array(KNOWN_IDS, sizeof(*spans->known));
    enum rp_code rc = read_head(spans, session_no, err);
    if (rc == RP_OK && spans->imported) {
        rc = rp__origins_read(&spans->origins, reader, spans->base, err);
    }
    if (rc == RP_OK) {
        rc = prepare(spans, one, err);
    }
    if (rc == RP_OK) {
        *out = spans;
    } else {
        rp_spans_free(&spans);
    }
    return rc;
}

enum rp_code rp_reader_spans(struct rp_spans **out, struct rp_reader *reader,
    int64_t session_no, enum rp_spans_order order, struct rp_err *err)
{
    struct rp_spans *spans = NULL;
    bool tree = order == RP_SPANS_TREE;
    enum rp_code rc = open_spans(&spans, reader, session_no, tree, err);
    if (rc == RP_OK && tree) {
        rc = read_tree(spans, err);
    }
    if (rc == RP_OK) {
        *out = spans;
    } else {
        rp_spans_free(&spans);
    }
    return rc;
}

enum rp_code rp_reader_spans_ended(struct rp_spans **out,
    struct rp_reader *reader, int64_t session_no, uint64_t after_seq,
    struct rp_err *err)
{
    struct rp_spans *spans = NULL;
    enum rp_code rc = open_spans(&spans, reader, session_no, true, err);
    if (rc == RP_OK) {
        rc = read_ended(spans, after_seq, err);
    }
    if (rc == RP_OK) {
        *out = spans;
    } else {
        rp_spans_free(&spans);
    }
    return rc;
}

void rp_spans_free(struct rp_spans **spans)
{
    struct rp_spans *self = *spans;
    if (self == NULL) {
        return;
    }
    rp__reader_done(self->reader, self->spans);
    rp__reader_done(self->reader, self->events);
    rp__reader_done(self->reader, self->links);
    rp__reader_done(self->reader, self->ids);
    rp_mem_free(self->known);
    rp_arena_free(&self->arena);
    rp__origins_fini(&self->origins);
    rp_mem_free(self->event_list);
    rp_mem_free(self->link_list);
    rp_mem_free(self->tree);
    rp_mem_free(self);
    *spans = NULL;
}

/* ---- reading ---- */

static void read_imported(struct rp_spans *spans)
{
    sqlite3_stmt *stmt = spans->spans;
    struct rp_span *span = &spans->span;
    span->origin =
        rp__origins_find(&spans->origins, sqlite3_column_int64(stmt, ORIGIN));
    if (span->parent_number == 0) {
        span->parent_remote = rp__reader_blob(
            stmt, OTHER_PARENT, span->parent.bytes, sizeof(span->parent.bytes));
    }
    span->flags = (uint32_t)sqlite3_column_int64(stmt, FLAGS);
    span->tracestate = rp__reader_text(stmt, TRACESTATE);
    span->dropped_attributes =
        (uint32_t)sqlite3_column_int64(stmt, DROPPED_ATTRIBUTES);
    span->dropped_events = (uint32_t)sqlite3_column_int64(stmt, DROPPED_EVENTS);
    span->dropped_links = (uint32_t)sqlite3_column_int64(stmt, DROPPED_LINKS);
}

static void know_id(
    struct rp_spans *spans, uint32_t number, const struct rp_span_id *id)
{
    spans->known[number & (KNOWN_IDS - 1)] = (struct known_id){number, *id};
}

/* Stays all zero when the parent is not there. */
static enum rp_code read_parent(struct rp_spans *spans, struct rp_err *err)
{
    struct rp_span *span = &spans->span;
    uint32_t number = span->parent_number;
    const struct known_id *known = &spans->known[number & (KNOWN_IDS - 1)];
    bool found = false;
    if (number == 0 || known->number == number) {
        span->parent = number == 0 ? span->parent : known->id;
        return RP_OK;
    }
    sqlite3_bind_int64(spans->ids, 1, spans->base + number);
    enum rp_code rc = rp__reader_step(spans->reader, spans->ids, &found, err);
    if (rc == RP_OK && found &&
        rp__reader_blob(
            spans->ids, 0, span->parent.bytes, sizeof(span->parent.bytes))) {
        know_id(spans, number, &span->parent);
    }
    (void)sqlite3_reset(spans->ids); /* repeats the error of the step */
    return rc;
}

static void read_span(struct rp_spans *spans)
{
    sqlite3_stmt *stmt = spans->spans;
    struct rp_span *span = &spans->span;
    *span = (struct rp_span){
        .number = (uint32_t)sqlite3_column_int64(stmt, NUMBER),
        .parent_number = (uint32_t)sqlite3_column_int64(stmt, PARENT),
        .role = (enum rp_span_role)sqlite3_column_int(stmt, ROLE),
        .kind = (enum rp_span_kind)sqlite3_column_int(stmt, KIND),
        .status = (enum rp_span_status)sqlite3_column_int(stmt, STATUS),
        .start_unix_ns = sqlite3_column_int64(stmt, START),
        .ended = sqlite3_column_type(stmt, END) != SQLITE_NULL,
        .end_unix_ns = sqlite3_column_int64(stmt, END),
        .start_seq = (uint64_t)sqlite3_column_int64(stmt, START_SEQ),
        .end_seq = (uint64_t)sqlite3_column_int64(stmt, END_SEQ),
        .path = rp__reader_text(stmt, PATH),
        .name = rp__reader_text(stmt, NAME),
        .message = rp__reader_text(stmt, MESSAGE),
        .attributes = rp__reader_text(stmt, ATTRIBUTES),
    };
    if (span->role >= RP_SPAN_ROLE_COUNT) {
        span->role = RP_SPAN_NODE; /* of a store that was tampered with */
    }
    (void)rp__reader_blob(stmt, ID, span->id.bytes, sizeof(span->id.bytes));
    know_id(spans, span->number, &span->id);
    if (span->parent_number == 0) {
        const struct rp_span_id none = {{0}};
        span->parent = spans->remote_parent;
        span->parent_remote = memcmp(&span->parent, &none, sizeof(none)) != 0;
    }
    if (spans->imported) {
        read_imported(spans);
    }
}

static struct rp_str kept(
    struct rp_spans *spans, sqlite3_stmt *stmt, int column)
{
    struct rp_str text = rp__reader_text(stmt, column);
    return (struct rp_str){rp_arena_dup(spans->arena, text), text.len};
}

static void add_event(struct rp_spans *spans)
{
    uint32_t count = spans->span.event_count++;
    if (count == spans->event_room) {
        spans->event_room = count == 0 ? 8 : count * 2;
        spans->event_list = rp_mem_grow(
            spans->event_list, spans->event_room, sizeof(struct rp_span_event));
    }
    spans->event_list[count] = (struct rp_span_event){
        .unix_ns = sqlite3_column_int64(spans->events, 0),
        .name = kept(spans, spans->events, 1),
        .attributes = kept(spans, spans->events, 2),
        .dropped_attributes = (uint32_t)sqlite3_column_int64(spans->events, 4)};
}

static void add_link(struct rp_spans *spans)
{
    uint32_t count = spans->span.link_count++;
    if (count == spans->link_room) {
        spans->link_room = count == 0 ? 8 : count * 2;
        spans->link_list = rp_mem_grow(
            spans->link_list, spans->link_room, sizeof(struct rp_span_link));
    }
    struct rp_span_link *link = &spans->link_list[count];
    *link = (struct rp_span_link){.attributes = kept(spans, spans->links, 2),
        .dropped_attributes = (uint32_t)sqlite3_column_int64(spans->links, 4),
        .flags = (uint32_t)sqlite3_column_int64(spans->links, 5),
        .tracestate = kept(spans, spans->links, 6)};
    (void)rp__reader_blob(
        spans->links, 0, link->trace.bytes, sizeof(link->trace.bytes));
    (void)rp__reader_blob(
        spans->links, 1, link->span.bytes, sizeof(link->span.bytes));
}

#define PART_SPAN 3 /* column of events and links */

/* Every row of `stmt` that belongs to the current span; the one behind them
 * tells how far there are no others. */
static enum rp_code read_parts(struct rp_spans *spans, sqlite3_stmt *stmt,
    struct gap *gap, void (*add)(struct rp_spans *), struct rp_err *err)
{
    int64_t no = spans->base + spans->span.number;
    bool found = true;
    enum rp_code rc = RP_OK;
    if (no >= gap->from && no < gap->next) {
        return RP_OK;
    }
    sqlite3_bind_int64(stmt, 1, no);
    sqlite3_bind_int64(stmt, 2, spans->base + RP_STORE_SPANS_MAX - 1);
    while (rc == RP_OK && found) {
        rc = rp__reader_step(spans->reader, stmt, &found, err);
        if (rc == RP_OK && found &&
            sqlite3_column_int64(stmt, PART_SPAN) != no) {
            break;
        }
        if (rc == RP_OK && found) {
            add(spans);
        }
    }
    if (rc == RP_OK) {
        *gap = (struct gap){
            no + 1, found ? sqlite3_column_int64(stmt, PART_SPAN) : INT64_MAX};
    }
    (void)sqlite3_reset(stmt); /* repeats the error of the step */
    return rc;
}

static enum rp_code next_row(
    struct rp_spans *spans, bool *found, uint32_t *depth, struct rp_err *err)
{
    *depth = 0;
    if (sqlite3_bind_parameter_count(spans->spans) == 1) {
        return rp__reader_next(
            spans->reader, spans->spans, &spans->ended, found, err);
    }
    (void)sqlite3_reset(spans->spans); /* repeats old errors */
    *found = spans->tree_at < spans->tree_count;
    if (!*found) {
        return RP_OK;
    }
    const struct tree_node *node = &spans->tree[spans->tree_at++];
    *depth = node->depth;
    sqlite3_bind_int64(spans->spans, 2, node->number);
    return rp__reader_step(spans->reader, spans->spans, found, err);
}

enum rp_code rp_spans_next(struct rp_spans *spans, bool *found,
    const struct rp_span **out, uint32_t *depth, struct rp_err *err)
{
    uint32_t at_depth;
    enum rp_code rc = next_row(spans, found, &at_depth, err);
    if (rc != RP_OK || !*found) {
        return rc;
    }
    rp_arena_reset(spans->arena);
    read_span(spans);
    rc = read_parent(spans, err);
    if (rc == RP_OK) {
        rc =
            read_parts(spans, spans->events, &spans->no_events, add_event, err);
    }
    if (rc == RP_OK) {
        rc = read_parts(spans, spans->links, &spans->no_links, add_link, err);
    }
    spans->span.events = spans->event_list;
    spans->span.links = spans->link_list;
    if (rc == RP_OK) {
        *out = &spans->span;
        if (depth != NULL) {
            *depth = at_depth;
        }
    }
    return rc;
}
