/* Metrics as OTLP/JSON: 64 bits are text, ids are hex, enums are numbers. */
#include <reprise/metric_otlp.h>

#include <inttypes.h>

#include <reprise/json.h>

#include "attr_write.h"
#include "otlp_envelope.h"

#define OVERFLOW_ATTRIBUTE                                                     \
    "{\"key\":\"otel.metric.overflow\",\"value\":{\"boolValue\":true}}"

struct writer {
    struct rp_buf *out;
    const struct rp_metric_document *document;
    const struct rp_metric_info *info;
    int64_t scale;
};

static void add_comma(struct rp_buf *out, bool *first)
{
    if (!*first) {
        rp_buf_add_char(out, ',');
    }
    *first = false;
}

/* ---- parts of points ---- */

static void add_attributes(
    struct rp_buf *out, const struct rp_metric_point *point)
{
    rp_buf_add_text(out, "{\"attributes\":[");
    for (uint32_t i = 0; i < RP_LABEL_COUNT; i++) {
        if (point->values[i].len > 0) {
            rp__otlp_json_attribute(out,
                rp_str_of(rp_metric_label_key((enum rp_metric_label)i)),
                point->values[i]);
        }
    }
    rp_buf_add_text(out, point->overflow ? OVERFLOW_ATTRIBUTE "]" : "]");
}

static void add_times(struct writer *w)
{
    const struct rp_metric_document *document = w->document;
    if (w->info->instrument != RP_INSTRUMENT_GAUGE) {
        rp_buf_addf(w->out, ",\"startTimeUnixNano\":\"%" PRId64 "\"",
            document->began.unix_ns);
    }
    rp_buf_addf(
        w->out, ",\"timeUnixNano\":\"%" PRId64 "\"", document->now.unix_ns);
}

static void add_value(struct writer *w, int64_t value)
{
    if (w->scale == 1) {
        rp_buf_addf(w->out, ",\"asInt\":\"%" PRId64 "\"", value);
    } else {
        rp_buf_add_text(w->out, ",\"asDouble\":");
        rp__attr_write_double(w->out, (double)value / (double)w->scale);
    }
}

static void add_exemplars(struct writer *w, const struct rp_metric_point *point)
{
    bool first = true;
    char trace[RP_TRACE_ID_HEX_LEN + 1], span[RP_SPAN_ID_HEX_LEN + 1];
    for (uint32_t i = 0; i <= w->info->bound_count; i++) {
        const struct rp_exemplar *exemplar = &point->exemplars[i];
        if (exemplar->unix_ns == 0) {
            continue;
        }
        rp_buf_add_text(w->out, first ? ",\"exemplars\":[" : ",");
        first = false;
        rp_trace_id_hex(&exemplar->trace, trace);
        rp_span_id_hex(&exemplar->span, span);
        rp_buf_addf(w->out,
            "{\"timeUnixNano\":\"%" PRId64 "\",\"traceId\":\"%s\","
            "\"spanId\":\"%s\"",
            exemplar->unix_ns, trace, span);
        add_value(w, exemplar->value);
        rp_buf_add_char(w->out, '}');
    }
    rp_buf_add_text(w->out, first ? "" : "]");
}

/* ---- points ---- */

static void add_histogram(struct writer *w, const struct rp_metric_point *point)
{
    bool first = true;
    rp_buf_addf(w->out, ",\"count\":\"%" PRIu64 "\",\"sum\":", point->count);
    rp__attr_write_double(w->out, (double)point->value / (double)w->scale);
    rp_buf_add_text(w->out, ",\"bucketCounts\":[");
    for (uint32_t i = 0; i <= w->info->bound_count; i++) {
        add_comma(w->out, &first);
        rp_buf_addf(w->out, "\"%" PRIu64 "\"", point->buckets[i]);
    }
    first = true;
    rp_buf_add_text(w->out, "],\"explicitBounds\":[");
    for (uint32_t i = 0; i < w->info->bound_count; i++) {
        add_comma(w->out, &first);
        rp__attr_write_double(w->out, w->info->bounds[i]);
    }
    rp_buf_add_char(w->out, ']');
}

static void add_points(struct writer *w, enum rp_metric metric)
{
    uint32_t count;
    bool first = true;
    const struct rp_metric_point *points =
        rp_metrics_points(w->document->metrics, metric, &count);
    for (uint32_t i = 0; i < count; i++) {
        add_comma(w->out, &first);
        add_attributes(w->out, &points[i]);
        add_times(w);
        if (w->info->instrument == RP_INSTRUMENT_HISTOGRAM) {
            add_histogram(w, &points[i]);
        } else {
            add_value(w, points[i].value);
        }
        add_exemplars(w, &points[i]);
        rp_buf_add_char(w->out, '}');
    }
}

/* ---- metrics ---- */

#define CUMULATIVE ",\"aggregationTemporality\":2"

/* What a metric is, and what ends it. */
static const char *const words[][2] = {
    [RP_INSTRUMENT_COUNTER] = {"sum", CUMULATIVE ",\"isMonotonic\":true"},
    [RP_INSTRUMENT_UPDOWN] = {"sum", CUMULATIVE},
    [RP_INSTRUMENT_GAUGE] = {"gauge", ""},
    [RP_INSTRUMENT_HISTOGRAM] = {"histogram", CUMULATIVE},
};

static void add_metric(struct writer *w, enum rp_metric metric)
{
    w->info = rp_metric_info(metric);
    w->scale = rp_metric_scale(w->info);
    const char *const *word = words[w->info->instrument];
    rp_buf_addf(w->out, "{\"name\":\"%s\",\"description\":", w->info->name);
    rp_json_write_string(w->out, rp_str_of(w->info->meaning));
    rp_buf_addf(w->out, ",\"unit\":\"%s\",\"%s\":{\"dataPoints\":[",
        w->info->unit, word[0]);
    add_points(w, metric);
    rp_buf_addf(w->out, "]%s}}", word[1]);
}

void rp_metric_json_write(struct rp_buf *out,
    const struct rp_otlp_resource *resource,
    const struct rp_metric_document *document)
{
    struct writer w = {.out = out, .document = document};
    bool first = true;
    if (rp_metric_document_points(document) == 0) {
        return;
    }
    rp_buf_add_text(out, "{\"resourceMetrics\":[");
    rp__otlp_json_open(out, resource, "scopeMetrics", "metrics");
    for (uint32_t i = document->first; i < document->end; i++) {
        uint32_t count;
        (void)rp_metrics_points(document->metrics, (enum rp_metric)i, &count);
        if (count > 0) {
            add_comma(out, &first);
            add_metric(&w, (enum rp_metric)i);
        }
    }
    rp__otlp_json_close(out, RP_STR(RP_OTLP_SCHEMA_URL));
    rp_buf_add_text(out, "]}");
}
