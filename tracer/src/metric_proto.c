/* Back to front: of everything that repeats the last comes first. Numbers are
 * those of the fields in opentelemetry/proto/metrics/v1/metrics.proto. */
#include <reprise/metric_otlp.h>

#include "otlp_envelope.h"
#include "otlp_fields.h"

#define OVERFLOW_KEY "otel.metric.overflow"
#define CUMULATIVE 2

enum { METRICS_RESOURCE_METRICS = 1 };
enum { RESOURCE_METRICS_SCOPE_METRICS = 2 };
enum { SCOPE_METRICS_METRICS = 2, SCOPE_METRICS_SCHEMA = 3 };
enum {
    METRIC_NAME = 1,
    METRIC_DESCRIPTION = 2,
    METRIC_UNIT = 3,
    METRIC_GAUGE = 5,
    METRIC_SUM = 7,
    METRIC_HISTOGRAM = 9,
};
enum { DATA_POINTS = 1, DATA_TEMPORALITY = 2, DATA_MONOTONIC = 3 };
enum { POINT_START = 2, POINT_TIME = 3 };
enum {
    NUMBER_DOUBLE = 4,
    NUMBER_EXEMPLARS = 5,
    NUMBER_INT = 6,
    NUMBER_ATTRIBUTES = 7,
};
enum {
    HISTOGRAM_COUNT = 4,
    HISTOGRAM_SUM = 5,
    HISTOGRAM_BUCKETS = 6,
    HISTOGRAM_BOUNDS = 7,
    HISTOGRAM_EXEMPLARS = 8,
    HISTOGRAM_ATTRIBUTES = 9,
};
enum {
    EXEMPLAR_TIME = 2,
    EXEMPLAR_DOUBLE = 3,
    EXEMPLAR_SPAN = 4,
    EXEMPLAR_TRACE = 5,
    EXEMPLAR_INT = 6,
};

struct writer {
    struct rp_pb *out;
    const struct rp_metric_document *document;
    const struct rp_metric_info *info;
    int64_t scale;
};

/* ---- parts of points ---- */

static void add_overflow(struct rp_pb *out, uint32_t field)
{
    size_t end = rp_pb_mark(out);
    rp_pb_u64(out, RP__OTLP_ANY_BOOL, true);
    rp_pb_close(out, RP__OTLP_KEY_VALUE_VALUE, end);
    rp_pb_text(out, RP__OTLP_KEY_VALUE_KEY, RP_STR(OVERFLOW_KEY));
    rp_pb_close(out, field, end);
}

static void add_attributes(
    struct rp_pb *out, uint32_t field, const struct rp_metric_point *point)
{
    if (point->overflow) {
        add_overflow(out, field);
    }
    for (uint32_t i = RP_LABEL_COUNT; i > 0; i--) {
        enum rp_metric_label label = (enum rp_metric_label)(i - 1);
        if (point->values[label].len > 0) {
            size_t end = rp_pb_mark(out);
            rp_pb_text(out, RP__OTLP_ANY_STRING, point->values[label]);
            rp_pb_close(out, RP__OTLP_KEY_VALUE_VALUE, end);
            rp_pb_text(out, RP__OTLP_KEY_VALUE_KEY,
                rp_str_of(rp_metric_label_key(label)));
            rp_pb_close(out, field, end);
        }
    }
}

/* Fields of a oneof, which are there also when they are 0. */
static void add_value(
    struct writer *w, uint32_t field_int, uint32_t field_double, int64_t value)
{
    if (w->scale == 1) {
        rp_pb_fixed64(w->out, field_int, (uint64_t)value);
    } else {
        rp_pb_double(w->out, field_double, (double)value / (double)w->scale);
    }
}

static void add_exemplars(
    struct writer *w, uint32_t field, const struct rp_metric_point *point)
{
    for (uint32_t i = w->info->bound_count + 1; i > 0; i--) {
        const struct rp_exemplar *exemplar = &point->exemplars[i - 1];
        if (exemplar->unix_ns == 0) {
            continue;
        }
        size_t end = rp_pb_mark(w->out);
        add_value(w, EXEMPLAR_INT, EXEMPLAR_DOUBLE, exemplar->value);
        rp_pb_bytes(w->out, EXEMPLAR_TRACE,
            (struct rp_str){(const char *)exemplar->trace.bytes, 16});
        rp_pb_bytes(w->out, EXEMPLAR_SPAN,
            (struct rp_str){(const char *)exemplar->span.bytes, 8});
        rp_pb_fixed64(w->out, EXEMPLAR_TIME, (uint64_t)exemplar->unix_ns);
        rp_pb_close(w->out, field, end);
    }
}

static void add_times(struct writer *w)
{
    const struct rp_metric_document *document = w->document;
    rp_pb_fixed64(w->out, POINT_TIME, (uint64_t)document->now.unix_ns);
    if (w->info->instrument != RP_INSTRUMENT_GAUGE) {
        rp_pb_fixed64(w->out, POINT_START, (uint64_t)document->began.unix_ns);
    }
}

/* ---- points ---- */

static void add_number(struct writer *w, const struct rp_metric_point *point)
{
    size_t end = rp_pb_mark(w->out);
    add_attributes(w->out, NUMBER_ATTRIBUTES, point);
    add_exemplars(w, NUMBER_EXEMPLARS, point);
    add_value(w, NUMBER_INT, NUMBER_DOUBLE, point->value);
    add_times(w);
    rp_pb_close(w->out, DATA_POINTS, end);
}

/* Eight bytes each, low byte first; packed. */
static void add_fixed(struct rp_pb *out, uint64_t value)
{
    uint8_t *to = rp_pb_take(out, 8);
    for (int i = 0; to != NULL && i < 8; i++) {
        to[i] = (uint8_t)(value >> 8 * i);
    }
}

static void add_histogram(struct writer *w, const struct rp_metric_point *point)
{
    struct rp_pb *out = w->out;
    size_t end = rp_pb_mark(out);
    add_attributes(out, HISTOGRAM_ATTRIBUTES, point);
    add_exemplars(w, HISTOGRAM_EXEMPLARS, point);
    size_t packed = rp_pb_mark(out);
    for (uint32_t i = w->info->bound_count; i > 0; i--) {
        uint64_t bits;
        memcpy(&bits, &w->info->bounds[i - 1], sizeof(bits));
        add_fixed(out, bits);
    }
    rp_pb_close(out, HISTOGRAM_BOUNDS, packed);
    packed = rp_pb_mark(out);
    for (uint32_t i = w->info->bound_count + 1; i > 0; i--) {
        add_fixed(out, point->buckets[i - 1]);
    }
    rp_pb_close(out, HISTOGRAM_BUCKETS, packed);
    rp_pb_double(out, HISTOGRAM_SUM, (double)point->value / (double)w->scale);
    rp_pb_fixed64(out, HISTOGRAM_COUNT, point->count);
    add_times(w);
    rp_pb_close(out, DATA_POINTS, end);
}

/* ---- metrics ---- */

static void add_points(struct writer *w, enum rp_metric metric)
{
    uint32_t count;
    const struct rp_metric_point *points =
        rp_metrics_points(w->document->metrics, metric, &count);
    for (uint32_t i = count; i > 0; i--) {
        if (w->info->instrument == RP_INSTRUMENT_HISTOGRAM) {
            add_histogram(w, &points[i - 1]);
        } else {
            add_number(w, &points[i - 1]);
        }
    }
}

static uint32_t field_of(enum rp_instrument instrument)
{
    switch (instrument) {
    case RP_INSTRUMENT_COUNTER:
    case RP_INSTRUMENT_UPDOWN:
        return METRIC_SUM;
    case RP_INSTRUMENT_GAUGE:
        return METRIC_GAUGE;
    case RP_INSTRUMENT_HISTOGRAM:
        return METRIC_HISTOGRAM;
    }
    RP_ASSERT(false);
    return 0;
}

static void add_metric(struct writer *w, enum rp_metric metric)
{
    struct rp_pb *out = w->out;
    w->info = rp_metric_info(metric);
    w->scale = rp_metric_scale(w->info);
    enum rp_instrument instrument = w->info->instrument;
    size_t end = rp_pb_mark(out);
    if (instrument == RP_INSTRUMENT_COUNTER) {
        rp_pb_u64(out, DATA_MONOTONIC, true);
    }
    if (instrument != RP_INSTRUMENT_GAUGE) {
        rp_pb_u64(out, DATA_TEMPORALITY, CUMULATIVE);
    }
    add_points(w, metric);
    rp_pb_close(out, field_of(instrument), end);
    rp_pb_text(out, METRIC_UNIT, rp_str_of(w->info->unit));
    rp_pb_text(out, METRIC_DESCRIPTION, rp_str_of(w->info->meaning));
    rp_pb_text(out, METRIC_NAME, rp_str_of(w->info->name));
    rp_pb_close(out, SCOPE_METRICS_METRICS, end);
}

uint32_t rp_metric_document_points(const struct rp_metric_document *document)
{
    uint32_t sum = 0;
    for (uint32_t i = document->first; i < document->end; i++) {
        uint32_t count;
        (void)rp_metrics_points(
            document->metrics, (enum rp_metric)i, &count); /* only counted */
        sum += count;
    }
    return sum;
}

void rp_metric_proto_write(struct rp_pb *out,
    const struct rp_otlp_resource *resource,
    const struct rp_metric_document *document)
{
    struct writer w = {.out = out, .document = document};
    if (rp_metric_document_points(document) == 0) {
        return;
    }
    size_t end = rp_pb_mark(out);
    rp_pb_text(out, SCOPE_METRICS_SCHEMA, RP_STR(RP_OTLP_SCHEMA_URL));
    for (uint32_t i = document->end; i > document->first; i--) {
        uint32_t count;
        (void)rp_metrics_points(
            document->metrics, (enum rp_metric)(i - 1), &count);
        if (count > 0) {
            add_metric(&w, (enum rp_metric)(i - 1));
        }
    }
    rp__otlp_proto_scope(out, resource->service_version);
    rp_pb_close(out, RESOURCE_METRICS_SCOPE_METRICS, end);
    rp__otlp_proto_resource(out, resource);
    rp_pb_close(out, METRICS_RESOURCE_METRICS, end);
}
