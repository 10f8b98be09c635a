/* span_view.h - what the views of spans share. Internal. */
#ifndef RP_SPAN_VIEW_INTERNAL_H
#define RP_SPAN_VIEW_INTERNAL_H

#include <reprise/span_view.h>

#include "attr_tokens.h"

struct rp_span_document {
    const struct rp_span_view *view;
    const struct rp_otlp_resource *resource;
    const struct rp_session_head *head; /* of the session being written */
    struct rp_buf out, scratch;
    struct rp__tokens tokens;
    uint64_t sessions; /* begun, with this one */
    uint64_t spans;    /* of this session, without this one */
    bool any;          /* of the view: something was written */
    const struct rp_span_origin **origins; /* met in this session */
    uint32_t origin_count, origin_room;
};

/* For views that have nothing to say there. */
void rp__view_nothing(struct rp_span_document *d);

/* The stored object as it is; what is no UTF-8 becomes U+FFFD. */
void rp__view_object(struct rp_span_document *d, struct rp_str object);
/* The text or number of a member, unescaped; empty: it has none. In `scratch`
 * of the document, until this is called again. */
struct rp_str rp__view_member(
    struct rp_span_document *d, struct rp_str object, const char *key);

void rp__view_trace_id(struct rp_buf *out, const struct rp_trace_id *id);
void rp__view_span_id(struct rp_buf *out, const struct rp_span_id *id);
/* "internal", "client", …; "unset", "ok", "error". */

#endif
