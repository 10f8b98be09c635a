#include "span_view.h"

#include <inttypes.h>
#include <string.h>

#include <reprise/json.h>
#include <reprise/time.h>

#include "json_part.h"

#define NAME_COLUMNS 40
#define TIME_COLUMNS 8
#define INDENT_DEPTH_MAX 20u
#define EVENTS_SHOWN_MAX 20u

/* The service that made the span, as "service.name" says. */
static void add_service(struct rp_buf *out, const struct rp_span *span)
{
    struct rp_json_doc *doc = NULL;
    if (span->origin == NULL) {
        rp_buf_add_text(out, "reprise");
    } else if (rp_json_read(&doc, span->origin->resource, NULL, NULL) ==
               RP_OK) {
        const cJSON *name = rp_json_get(rp_json_root(doc), "service.name");
        if (cJSON_IsString(name)) {
            rp_buf_add_text(out, name->valuestring);
        }
    }
    rp_json_free(&doc);
}

/* ---- lines ---- */

static void add_pad(struct rp_buf *out, size_t used, size_t columns)
{
    rp__text_spaces(out, used < columns ? columns - used : 1);
}

/* A span that took no time is exported as of one nanosecond. */
static void add_duration(struct rp_buf *out, int64_t ns)
{
    rp_duration_show(out, (struct rp_duration){ns == 1 ? 0 : ns});
}

static void add_took(
    struct rp_buf *out, const struct rp_span *span, struct rp_buf *scratch)
{
    rp_buf_reset(scratch);
    if (!span->ended) {
        rp_buf_add_text(scratch, "open");
    } else if (span->end_unix_ns >= span->start_unix_ns) {
        add_duration(scratch, span->end_unix_ns - span->start_unix_ns);
    }
    rp__text_spaces(
        out, scratch->len < TIME_COLUMNS ? TIME_COLUMNS - scratch->len : 0);
    rp_buf_add(out, rp_buf_str(scratch));
}

static void end_line(struct rp_buf *out)
{
    while (out->len > 0 && out->ptr[out->len - 1] == ' ') {
        out->ptr[--out->len] = '\0';
    }
    rp_buf_add_char(out, '\n');
}

static void add_line(struct rp_buf *out, const struct rp_span *span,
    uint32_t depth, const struct rp__style *style, struct rp_buf *scratch)
{
    bool bad = span->status == RP_SPAN_ERROR;
    uint32_t shown = depth < INDENT_DEPTH_MAX ? depth : INDENT_DEPTH_MAX;
    size_t used = 2 + (size_t)shown * 2;
    rp__text_spaces(out, used);
    rp__text_begin(out, bad ? RP__RED : RP__PLAIN, style);
    used += rp__text_add(out, span->name, 0, style);
    rp__text_end(out, style);
    add_pad(out, used, NAME_COLUMNS);
    add_took(out, span, scratch);
    rp_buf_addf(out, "  %-8s  ", rp_span_kind_name(span->kind));
    rp_buf_reset(scratch);
    add_service(scratch, span);
    (void)rp__text_add(out, rp_buf_str(scratch), 0, style);
    if (bad) {
        rp__text_begin(out, RP__RED, style);
        rp_buf_add_text(out, span->message.len > 0 ? "  error: " : "  error");
        (void)rp__text_add(out, span->message, 0, style);
        rp__text_end(out, style);
    }
    end_line(out);
}

/* "· reprise.retry", and how long after its span began. */
static void add_events(struct rp_buf *out, const struct rp_span *span,
    uint32_t depth, const struct rp__style *style, struct rp_buf *scratch)
{
    uint32_t shown = depth < INDENT_DEPTH_MAX ? depth : INDENT_DEPTH_MAX;
    for (uint32_t i = 0; i < span->event_count && i < EVENTS_SHOWN_MAX; i++) {
        const struct rp_span_event *event = &span->events[i];
        size_t used = 4 + (size_t)shown * 2;
        rp__text_spaces(out, used);
        rp__text_begin(out, RP__DIM, style);
        rp_buf_add_text(out, style->unicode ? "· " : "- ");
        used += 2 + rp__text_add(out, event->name, 0, style);
        add_pad(out, used, NAME_COLUMNS);
        rp_buf_reset(scratch);
        rp_buf_add_char(scratch, '+');
        add_duration(scratch, event->unix_ns - span->start_unix_ns);
        rp__text_spaces(
            out, scratch->len < TIME_COLUMNS ? TIME_COLUMNS - scratch->len : 0);
        rp_buf_add(out, rp_buf_str(scratch));
        rp__text_end(out, style);
        end_line(out);
    }
    if (span->event_count > EVENTS_SHOWN_MAX) {
        rp__text_spaces(out, 4 + (size_t)shown * 2);
        rp_buf_addf(out, "and %" PRIu32 " more\n",
            span->event_count - EVENTS_SHOWN_MAX);
    }
}

enum rp_code rp__span_tree_write(struct rp_buf *out,
    const struct rp__session_arg *arg, const struct rp__term *term,
    struct rp_err *err)
{
    struct rp_spans *spans = NULL;
    struct rp_buf scratch;
    bool found = true;
    enum rp_code rc =
        rp_reader_spans(&spans, arg->reader, arg->row.no, RP_SPANS_TREE, err);
    rp_buf_init(&scratch, RP_RECORD_BYTES_MAX);
    while (rc == RP_OK && found) {
        const struct rp_span *span;
        uint32_t depth;
        rc = rp_spans_next(spans, &found, &span, &depth, err);
        if (rc == RP_OK && found) {
            add_line(out, span, depth, &term->style, &scratch);
            add_events(out, span, depth, &term->style, &scratch);
        }
    }
    rp_buf_fini(&scratch);
    rp_spans_free(&spans);
    return rc;
}

/* ---- for programs ---- */

static void set_object(cJSON *out, const char *name, struct rp_str object)
{
    struct rp_json_doc *doc = NULL;
    if (rp_json_read(&doc, object, NULL, NULL) == RP_OK) {
        rp_json_set(out, name, rp_json_copy(rp_json_root(doc)));
    }
    rp_json_free(&doc);
}

static cJSON *events_json(const struct rp_span *span)
{
    cJSON *list = cJSON_CreateArray();
    for (uint32_t i = 0; i < span->event_count; i++) {
        cJSON *event = cJSON_CreateObject();
        rp__json_ns(
            event, "at_ns", span->events[i].unix_ns - span->start_unix_ns);
        rp_json_set_text(event, "name", span->events[i].name);
        set_object(event, "attributes", span->events[i].attributes);
        cJSON_AddItemToArray(list, event);
    }
    return list;
}

static cJSON *span_json(
    const struct rp_span *span, const struct rp_session_row *row)
{
    char hex[RP_SPAN_ID_HEX_LEN + 1];
    struct rp_buf service;
    cJSON *out = cJSON_CreateObject();
    rp_json_set_int(out, "number", span->number);
    rp_json_set_int(out, "parent", span->parent_number);
    rp_span_id_hex(&span->id, hex);
    rp_json_set_text(out, "span", rp_str_of(hex));
    rp_json_set_text(out, "name", span->name);
    rp_json_set_text(out, "kind", rp_str_of(rp_span_kind_name(span->kind)));
    rp_json_set_text(
        out, "status", rp_str_of(rp_span_status_name(span->status)));
    rp_json_set_text(out, "message", span->message);
    rp__json_ns(out, "began_ns", span->start_unix_ns - row->head.began.unix_ns);
    if (span->ended) {
        rp__json_ns(out, "took_ns", span->end_unix_ns - span->start_unix_ns);
    }
    rp_buf_init(&service, RP_RECORD_BYTES_MAX);
    add_service(&service, span);
    rp_json_set_text(out, "service", rp_buf_str(&service));
    rp_buf_fini(&service);
    set_object(out, "attributes", span->attributes);
    rp_json_set(out, "events", events_json(span));
    return out;
}

enum rp_code rp__span_list_json(
    cJSON *out, const struct rp__session_arg *arg, struct rp_err *err)
{
    struct rp_spans *spans = NULL;
    bool found = true;
    enum rp_code rc =
        rp_reader_spans(&spans, arg->reader, arg->row.no, RP_SPANS_TREE, err);
    cJSON *list = cJSON_AddArrayToObject(out, "spans");
    while (rc == RP_OK && found) {
        const struct rp_span *span;
        rc = rp_spans_next(spans, &found, &span, NULL, err);
        if (rc == RP_OK && found) {
            cJSON_AddItemToArray(list, span_json(span, &arg->row));
        }
    }
    rp_spans_free(&spans);
    return rc;
}
