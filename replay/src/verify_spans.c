/* The spans of a store are made from its records as these come; made once more,
 * they must be the same. */
#include <reprise/verify.h>

#include <inttypes.h>
#include <string.h>

#include <reprise/mem.h>
#include <reprise/span.h>
#include <reprise/store_sqlite.h>

#define SPAN_BYTES_MAX ((size_t)16 << 20)

/* What a span comes to. */
struct shape {
    struct rp_digest row, events, links;
    uint32_t event_count, link_count;
};

struct shapes {
    struct shape *items; /* by number, from 1 */
    uint32_t count, room;
    struct rp_buf text;
};

static struct shape *shape_of(struct shapes *s, uint32_t number)
{
    while (s->count < number) {
        s->items = rp_mem_room(s->items, s->count, &s->room, sizeof(*s->items));
        s->items[s->count++] = (struct shape){.event_count = 0};
    }
    return &s->items[number - 1];
}

static void add_text(struct rp_buf *out, struct rp_str text)
{
    rp_buf_addf(out, "%zu:", text.len);
    rp_buf_add(out, text);
}

static void add_bytes(struct rp_buf *out, const void *bytes, size_t size)
{
    add_text(out, (struct rp_str){bytes, size});
}

static void take_row(
    struct shapes *s, struct shape *to, const struct rp_span *p)
{
    rp_buf_reset(&s->text);
    rp_buf_addf(&s->text,
        "%d %d %d %d %d %" PRId64 " %" PRId64 " %" PRIu64 " %" PRIu64 " ",
        (int)p->role, (int)p->kind, (int)p->status, (int)p->ended,
        (int)p->parent_remote, p->start_unix_ns, p->ended ? p->end_unix_ns : 0,
        p->start_seq, p->ended ? p->end_seq : 0);
    add_bytes(&s->text, &p->id, sizeof(p->id));
    add_bytes(&s->text, &p->parent, sizeof(p->parent));
    add_text(&s->text, p->path);
    add_text(&s->text, p->name);
    add_text(&s->text, p->message);
    add_text(&s->text, p->attributes);
    to->row = rp_digest_of(rp_buf_str(&s->text));
}

static void take_more(
    struct shapes *s, struct shape *to, const struct rp_span *p)
{
    for (uint32_t i = 0; i < p->event_count; i++) {
        const struct rp_span_event *e = &p->events[i];
        rp_buf_reset(&s->text);
        rp_buf_addf(&s->text, "%" PRId64 " ", e->unix_ns);
        add_bytes(&s->text, &to->events, sizeof(to->events));
        add_text(&s->text, e->name);
        add_text(&s->text, e->attributes);
        to->events = rp_digest_of(rp_buf_str(&s->text));
        to->event_count++;
    }
    for (uint32_t i = 0; i < p->link_count; i++) {
        const struct rp_span_link *l = &p->links[i];
        rp_buf_reset(&s->text);
        add_bytes(&s->text, &to->links, sizeof(to->links));
        add_bytes(&s->text, &l->trace, sizeof(l->trace));
        add_bytes(&s->text, &l->span, sizeof(l->span));
        add_text(&s->text, l->attributes);
        to->links = rp_digest_of(rp_buf_str(&s->text));
        to->link_count++;
    }
}

/* ---- made again ---- */

static void take_changes(struct shapes *s, struct rp_span_fold *fold)
{
    uint32_t count;
    const struct rp_span_change *changes = rp_span_fold_changes(fold, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct shape *to = shape_of(s, changes[i].span->number);
        take_row(s, to, changes[i].span);
        take_more(s, to, changes[i].span);
    }
    rp_span_fold_settle(fold);
}

static void make_again(struct shapes *s, const struct rp_recording *recording)
{
    uint32_t count;
    const struct rp_recorded *records = rp_recording_records(recording, &count);
    struct rp_span_fold *fold =
        rp_span_fold_new(rp_recording_head(recording), RP_STORE_SPANS_MAX - 1);
    for (uint32_t i = 0; i < count; i++) {
        struct rp_record record = rp_recorded_as_record(&records[i]);
        rp_span_fold_add(fold, &record);
        take_changes(s, fold);
    }
    rp_span_fold_free(&fold);
}

/* ---- compared ---- */

static bool same(const struct shape *a, const struct shape *b)
{
    return rp_digest_equal(&a->row, &b->row) &&
           rp_digest_equal(&a->events, &b->events) &&
           rp_digest_equal(&a->links, &b->links) &&
           a->event_count == b->event_count && a->link_count == b->link_count;
}

static bool fits(struct shapes *s, const struct rp_span *span)
{
    struct shape stored = {.event_count = 0};
    take_row(s, &stored, span);
    take_more(s, &stored, span);
    return span->number >= 1 && span->number <= s->count &&
           same(&stored, &s->items[span->number - 1]);
}

static enum rp_code compare(struct rp_buf *out, struct shapes *s,
    struct rp_reader *reader, int64_t session_no, struct rp_err *err)
{
    struct rp_spans *spans = NULL;
    const struct rp_span *span;
    uint32_t found_count = 0;
    bool found = true;
    enum rp_code rc =
        rp_reader_spans(&spans, reader, session_no, RP_SPANS_STARTED, err);
    while (rc == RP_OK && found && out->len == 0) {
        rc = rp_spans_next(spans, &found, &span, NULL, err);
        if (rc == RP_OK && found && !fits(s, span)) {
            rp_buf_addf(out, "span %" PRIu32 " is not what the records say",
                span->number);
        }
        found_count += found ? 1 : 0;
    }
    if (rc == RP_OK && out->len == 0 && found_count != s->count) {
        rp_buf_addf(out,
            "%" PRIu32 " spans are there, and by the records it is %" PRIu32,
            found_count, s->count);
    }
    rp_spans_free(&spans);
    return rc;
}

enum rp_code rp_verify_spans(struct rp_buf *out, struct rp_reader *reader,
    const struct rp_session_row *row, const char *program, struct rp_err *err)
{
    struct rp_recording *recording = NULL;
    if (row->head.mode == RP_MODE_IMPORTED ||
        row->summary.outcome == RP_OUTCOME_NONE ||
        strcmp(row->head.program, program) != 0) {
        return RP_OK;
    }
    enum rp_code rc = rp_recording_load(&recording, reader, row, NULL, err);
    if (rc != RP_OK) {
        return rc;
    }
    struct shapes shapes = {.items = NULL};
    rp_buf_init(&shapes.text, SPAN_BYTES_MAX);
    make_again(&shapes, recording);
    rc = compare(out, &shapes, reader, row->no, err);
    rp_buf_fini(&shapes.text);
    rp_mem_free(shapes.items);
    rp_recording_free(&recording);
    return rc;
}
