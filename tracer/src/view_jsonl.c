/* One span a line, flat: its own fields, attributes as one object. 64 bits are
 * text, as not every reader of JSON holds them. */
#include <inttypes.h>

#include <reprise/json.h>

#include "otlp_model.h"
#include "span_view.h"

static void add_member(
    struct rp_buf *out, const char *prefix, struct rp_str text)
{
    rp_buf_add_text(out, prefix);
    rp_json_write_string(out, text);
}

static void add_identity(struct rp_span_document *d, const struct rp_span *span)
{
    struct rp_buf *out = &d->out;
    add_member(out, "{\"session\":", rp_str_of(d->head->id.text));
    rp_buf_add_text(out, ",\"trace_id\":\"");
    rp__view_trace_id(out, &d->head->trace);
    rp_buf_add_text(out, "\",\"span_id\":\"");
    rp__view_span_id(out, &span->id);
    rp_buf_add_text(out, "\",\"parent_span_id\":");
    if (rp__otlp_has_parent(span)) {
        rp_buf_add_char(out, '"');
        rp__view_span_id(out, &span->parent);
        rp_buf_add_char(out, '"');
    } else {
        rp_buf_add_text(out, "null");
    }
    add_member(out, ",\"role\":", rp_str_of(rp_span_role_name(span->role)));
    add_member(out, ",\"path\":", span->path);
    add_member(out, ",\"name\":", span->name);
    add_member(out, ",\"kind\":", rp_str_of(rp_span_kind_name(span->kind)));
    add_member(
        out, ",\"status\":", rp_str_of(rp_span_status_name(span->status)));
    add_member(out, ",\"message\":", span->message);
}

static void add_times(struct rp_buf *out, const struct rp_span *span)
{
    int64_t start = rp__otlp_start_ns(span);
    rp_buf_add_text(out, ",\"start\":\"");
    rp_wall_write(out, (struct rp_wall){.unix_ns = start});
    rp_buf_addf(out, "\",\"start_unix_nano\":\"%" PRId64 "\"", start);
    if (!span->ended) {
        rp_buf_add_text(out, ",\"duration_seconds\":null");
        return;
    }
    int64_t took = rp__otlp_end_ns(span) - start;
    took = took < 0 ? 0 : took; /* of others */
    rp_buf_addf(out, ",\"duration_seconds\":%" PRId64 ".%09" PRId64,
        took / RP_NS_PER_S, took % RP_NS_PER_S);
}

static void add_events(struct rp_span_document *d, const struct rp_span *span)
{
    rp_buf_add_text(&d->out, ",\"events\":[");
    for (uint32_t i = 0; i < span->event_count; i++) {
        const struct rp_span_event *event = &span->events[i];
        rp_buf_addf(&d->out,
            "%s{\"time_unix_nano\":\"%" PRId64 "\",\"name\":", i > 0 ? "," : "",
            event->unix_ns);
        rp_json_write_string(&d->out, event->name);
        rp_buf_add_text(&d->out, ",\"attributes\":");
        rp__view_object(d, event->attributes);
        rp_buf_add_char(&d->out, '}');
    }
    rp_buf_add_char(&d->out, ']');
}

static void add_links(struct rp_span_document *d, const struct rp_span *span)
{
    rp_buf_add_text(&d->out, ",\"links\":[");
    for (uint32_t i = 0; i < span->link_count; i++) {
        const struct rp_span_link *link = &span->links[i];
        rp_buf_addf(&d->out, "%s{\"trace_id\":\"", i > 0 ? "," : "");
        rp__view_trace_id(&d->out, &link->trace);
        rp_buf_add_text(&d->out, "\",\"span_id\":\"");
        rp__view_span_id(&d->out, &link->span);
        rp_buf_add_text(&d->out, "\",\"attributes\":");
        rp__view_object(d, link->attributes);
        rp_buf_add_char(&d->out, '}');
    }
    rp_buf_add_char(&d->out, ']');
}

static void add_span(struct rp_span_document *d, const struct rp_span *span)
{
    add_identity(d, span);
    add_times(&d->out, span);
    rp_buf_add_text(&d->out, ",\"attributes\":");
    rp__view_object(d, span->attributes);
    add_events(d, span);
    add_links(d, span);
    rp_buf_add_text(&d->out, "}\n");
}

const struct rp_span_view rp_span_view_jsonl = {
    .name = "jsonl",
    .open_spans = true,
    .begin = rp__view_nothing,
    .begin_session = rp__view_nothing,
    .span = add_span,
    .end_session = rp__view_nothing,
    .end = rp__view_nothing,
};
