/* Trace events, as Perfetto and chrome://tracing read them. A session is a
 * process, what runs is in lanes (threads) of it. In a lane everything nests,
 * as the viewers ask. */
#include <inttypes.h>

#include <reprise/json.h>

#include "otlp_model.h"
#include "span_view.h"

#define NS_PER_US 1000
#define LANES_EACH 2 /* of a span: its own, and that of its attempts */

static void begin(struct rp_span_document *d)
{
    rp_buf_add_text(&d->out, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");
}

static void end(struct rp_span_document *d)
{
    rp_buf_add_text(&d->out, "\n]}\n");
}

/* What follows is for the caller. */
static void open_event(struct rp_span_document *d, char phase, uint64_t lane)
{
    rp_buf_addf(&d->out,
        "%s\n{\"ph\":\"%c\",\"pid\":%" PRIu64 ",\"tid\":%" PRIu64,
        d->any ? "," : "", phase, d->sessions, lane);
    d->any = true;
}

static void add_micros(struct rp_buf *out, const char *prefix, int64_t ns)
{
    rp_buf_addf(out, "%s%" PRId64 ".%03" PRId64, prefix, ns / NS_PER_US,
        ns % NS_PER_US);
}

static void name_lane(
    struct rp_span_document *d, const char *what, uint64_t lane)
{
    open_event(d, 'M', lane);
    rp_buf_addf(&d->out, ",\"name\":\"%s\",\"args\":{\"name\":", what);
}

static void begin_session(struct rp_span_document *d)
{
    name_lane(d, "process_name", 0);
    rp_buf_reset(&d->scratch);
    rp_buf_add(&d->scratch, d->head->plan_name);
    rp_buf_addf(&d->scratch, " %s", d->head->id.text);
    rp_json_write_string(&d->out, rp_buf_str(&d->scratch));
    rp_buf_add_text(&d->out, "}}");
    open_event(d, 'M', 0);
    rp_buf_addf(&d->out,
        ",\"name\":\"process_sort_index\",\"args\":{\"sort_index\":%" PRIu64
        "}}",
        d->sessions);
}

/* Attempts have a lane beside that of their task, as one that was given up may
 * end after it. Merges are in that of their node. */
static uint64_t lane_of(const struct rp_span *span)
{
    uint64_t above = span->parent_number;
    bool inside = above != 0 && span->role == RP_SPAN_AGGREGATE;
    bool beside = above != 0 && span->role == RP_SPAN_ATTEMPT;
    return inside   ? above * LANES_EACH
           : beside ? above * LANES_EACH + 1
                    : (uint64_t)span->number * LANES_EACH;
}

/* "gather/labs" of "gather/labs@1" */
static struct rp_str lane_name(const struct rp_span *span)
{
    struct rp_str rest;
    return span->path.len == 0             ? span->name
           : span->role == RP_SPAN_ATTEMPT ? rp_str_cut(span->path, '@', &rest)
                                           : span->path;
}

static void add_lane(
    struct rp_span_document *d, const struct rp_span *span, uint64_t lane)
{
    rp_buf_reset(&d->scratch);
    rp_buf_add(&d->scratch, lane_name(span));
    rp_buf_add_text(
        &d->scratch, span->role == RP_SPAN_ATTEMPT ? " (attempts)" : "");
    name_lane(d, "thread_name", lane);
    rp_json_write_string(&d->out, rp_buf_str(&d->scratch));
    rp_buf_add_text(&d->out, "}}");
    open_event(d, 'M', lane);
    rp_buf_addf(&d->out,
        ",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":%" PRIu64
        "}}",
        lane);
}

static void add_events(
    struct rp_span_document *d, const struct rp_span *span, uint64_t lane)
{
    for (uint32_t i = 0; i < span->event_count; i++) {
        const struct rp_span_event *event = &span->events[i];
        open_event(d, 'i', lane);
        add_micros(&d->out, ",\"s\":\"t\",\"ts\":", event->unix_ns);
        rp_buf_add_text(&d->out, ",\"name\":");
        rp_json_write_string(&d->out, event->name);
        rp_buf_add_text(&d->out, ",\"args\":");
        rp__view_object(d, event->attributes);
        rp_buf_add_char(&d->out, '}');
    }
}

/* One that has not ended only begins. */
static void add_span(struct rp_span_document *d, const struct rp_span *span)
{
    uint64_t lane = lane_of(span);
    int64_t start = rp__otlp_start_ns(span);
    if (span->role != RP_SPAN_AGGREGATE) {
        add_lane(d, span, lane);
    }
    open_event(d, span->ended ? 'X' : 'B', lane);
    add_micros(&d->out, ",\"ts\":", start);
    if (span->ended) {
        int64_t took = rp__otlp_end_ns(span) - start;
        add_micros(&d->out, ",\"dur\":", took < 0 ? 0 : took);
    }
    rp_buf_add_text(&d->out, ",\"name\":");
    rp_json_write_string(&d->out, span->name);
    rp_buf_addf(&d->out,
        ",\"cat\":\"%s%s\",\"args\":", rp_span_role_name(span->role),
        span->status == RP_SPAN_ERROR ? ",error" : "");
    rp__view_object(d, span->attributes);
    if (span->status == RP_SPAN_ERROR) {
        rp_buf_add_text(&d->out, ",\"cname\":\"terrible\"");
    }
    rp_buf_add_char(&d->out, '}');
    add_events(d, span, lane);
}

const struct rp_span_view rp_span_view_chrome = {
    .name = "chrome",
    .open_spans = true,
    .begin = begin,
    .begin_session = begin_session,
    .span = add_span,
    .end_session = rp__view_nothing,
    .end = end,
};
