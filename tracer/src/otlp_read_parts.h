/* otlp_read_parts.h - what the readers of both forms of OTLP share. Internal.
 */
#ifndef RP_OTLP_READ_PARTS_H
#define RP_OTLP_READ_PARTS_H

#include <reprise/buf.h>
#include <reprise/otlp_read.h>

#define RP__OTLP_ATTRIBUTES_MAX (4u << 20) /* of one span, event, link */

/* The spans so far, and the one that is being read. */
struct rp__otlp_read {
    struct rp_arena *arena;
    struct rp_otlp_span *spans; /* owned until taken */
    uint32_t count, room;
    uint32_t invalid;

    const struct rp_span_origin *origin;
    struct rp_otlp_span now;
    bool now_valid;           /* trace and span id are */
    struct rp_buf attributes; /* of the span: an object that is not closed */
    struct rp_buf part;       /* the same of an event or link */
    struct rp_span_event *events; /* owned; of the span */
    uint32_t event_count, event_room;
    struct rp_span_link *links; /* owned */
    uint32_t link_count, link_room;
    struct rp_err *err;
};

void rp__otlp_read_init(
    struct rp__otlp_read *r, struct rp_arena *arena, struct rp_err *err);
void rp__otlp_read_fini(struct rp__otlp_read *r);

void rp__otlp_begin_span(struct rp__otlp_read *r);
/* False: more than the limits allow, and `err` is set. */
bool rp__otlp_end_span(struct rp__otlp_read *r);

/* A new one of the current span, whose attributes come into `r->part`; NULL
 * when there are too many: counted as dropped. */
struct rp_span_event *rp__otlp_add_event(struct rp__otlp_read *r);
struct rp_span_link *rp__otlp_add_link(struct rp__otlp_read *r);
/* The last link is none: its ids are not valid. */
void rp__otlp_drop_link(struct rp__otlp_read *r);

/* Attributes begin as "{" in `buf`; finished, they are a copy in the arena. */
void rp__otlp_open_attributes(struct rp_buf *buf);
struct rp_str rp__otlp_close_attributes(
    struct rp__otlp_read *r, struct rp_buf *buf);

/* A copy in the arena; bytes that are not UTF-8 are replaced. */
struct rp_str rp__otlp_keep(struct rp__otlp_read *r, struct rp_str text);

/* `base` is where the document begins, from where places are counted. */
enum rp_code rp__otlp_read_proto(
    struct rp__otlp_read *r, struct rp_str bytes, const char *base);
enum rp_code rp__otlp_read_json(struct rp__otlp_read *r, struct rp_str bytes);

#endif
