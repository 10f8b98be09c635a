#include <reprise/metric_text.h>

#include <inttypes.h>
#include <string.h>

#include <reprise/json.h>

#include "attr_write.h"
#include "otlp_model.h"

#define OVERFLOW_KEY "otel.metric.overflow"
#define NS_PER_MS 1000000

const char *rp_metric_form_type(enum rp_metric_form form)
{
    static const char *const types[] = {
        [RP_METRIC_OPENMETRICS] =
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        [RP_METRIC_PROMETHEUS] = "text/plain; version=0.0.4; charset=utf-8",
    };
    RP_ASSERT((size_t)form < RP_COUNT_OF(types));
    return types[form];
}

/* ---- names and texts ---- */

/* What no name may hold becomes '_'. */
static void add_name(struct rp_buf *out, struct rp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool digit = c >= '0' && c <= '9';
        if (i == 0 && digit) {
            rp_buf_add_char(out, '_');
        }
        rp_buf_add_char(out, letter || digit ? c : '_');
    }
}

static void add_escaped(struct rp_buf *out, struct rp_str text, bool quotes)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\\' || (c == '"' && quotes)) {
            rp_buf_add_char(out, '\\');
        }
        rp_buf_add_char(out, c == '\n' ? '\\' : c);
        if (c == '\n') {
            rp_buf_add_char(out, 'n');
        }
    }
}

/* NULL: a unit that goes into no name. */
static const char *unit_word(const struct rp_metric_info *info)
{
    return strcmp(info->unit, "s") == 0    ? "seconds"
           : strcmp(info->unit, "By") == 0 ? "bytes"
           : info->unit[0] == '{'          ? NULL
                                           : info->unit;
}

/* Of the family: without what is behind it in a sample. */
static void add_family_name(
    struct rp_buf *out, const struct rp_metric_info *info)
{
    const char *unit = unit_word(info);
    add_name(out, rp_str_of(info->name));
    if (unit != NULL) {
        rp_buf_addf(out, "_%s", unit);
    }
}

/* ---- attributes ---- */

static void add_label(
    struct rp_buf *out, bool *first, struct rp_str key, struct rp_str value)
{
    if (value.len == 0) {
        return; /* the same as none */
    }
    rp_buf_add_char(out, *first ? '{' : ',');
    *first = false;
    add_name(out, key);
    rp_buf_add_text(out, "=\"");
    add_escaped(out, value, true);
    rp_buf_add_char(out, '"');
}

/* `le` empty: none. */
static void add_labels(
    struct rp_buf *out, const struct rp_metric_point *point, struct rp_str le)
{
    bool first = true;
    for (uint32_t i = 0; i < RP_LABEL_COUNT; i++) {
        add_label(out, &first,
            rp_str_of(rp_metric_label_key((enum rp_metric_label)i)),
            point->values[i]);
    }
    if (point->overflow) {
        add_label(out, &first, RP_STR(OVERFLOW_KEY), RP_STR("true"));
    }
    add_label(out, &first, RP_STR("le"), le);
    if (!first) {
        rp_buf_add_char(out, '}');
    }
}

/* ---- samples ---- */

static void add_scaled(struct rp_buf *out, int64_t value, int64_t scale)
{
    if (scale == 1) {
        rp_buf_add_i64(out, value);
    } else {
        rp__attr_write_double(out, (double)value / (double)scale);
    }
}

/* Seconds, to a millisecond. */
static void add_time(struct rp_buf *out, int64_t unix_ns)
{
    int64_t ms = unix_ns / NS_PER_MS;
    rp_buf_addf(out, "%" PRId64 ".%03" PRId64, ms / 1000, ms % 1000);
}

static void add_exemplar(struct rp_buf *out, enum rp_metric_form form,
    const struct rp_exemplar *exemplar, int64_t scale)
{
    char trace[RP_TRACE_ID_HEX_LEN + 1], span[RP_SPAN_ID_HEX_LEN + 1];
    if (form == RP_METRIC_OPENMETRICS && exemplar->unix_ns != 0) {
        rp_trace_id_hex(&exemplar->trace, trace);
        rp_span_id_hex(&exemplar->span, span);
        rp_buf_addf(out, " # {trace_id=\"%s\",span_id=\"%s\"} ", trace, span);
        add_scaled(out, exemplar->value, scale);
        rp_buf_add_char(out, ' ');
        add_time(out, exemplar->unix_ns);
    }
}

static void add_number(struct rp_buf *out, enum rp_metric_form form,
    const struct rp_metric_info *info, const struct rp_metric_point *point)
{
    bool counter = info->instrument == RP_INSTRUMENT_COUNTER;
    int64_t scale = rp_metric_scale(info);
    add_family_name(out, info);
    rp_buf_add_text(out, counter ? "_total" : "");
    add_labels(out, point, (struct rp_str){NULL, 0});
    rp_buf_add_char(out, ' ');
    add_scaled(out, point->value, scale);
    if (counter) {
        add_exemplar(out, form, &point->exemplars[0], scale);
    }
    rp_buf_add_char(out, '\n');
}

static void add_bucket(struct rp_buf *out, enum rp_metric_form form,
    const struct rp_metric_info *info, const struct rp_metric_point *point,
    uint32_t bucket)
{
    struct rp_buf le;
    uint64_t count = 0;
    rp_buf_init(&le, 64);
    if (bucket == info->bound_count) {
        rp_buf_add_text(&le, "+Inf");
    } else {
        rp__attr_write_double(&le, info->bounds[bucket]);
    }
    for (uint32_t i = 0; i <= bucket; i++) {
        count += point->buckets[i];
    }
    add_family_name(out, info);
    rp_buf_add_text(out, "_bucket");
    add_labels(out, point, rp_buf_str(&le));
    rp_buf_add_char(out, ' ');
    rp_buf_add_u64(out, count);
    add_exemplar(out, form, &point->exemplars[bucket], rp_metric_scale(info));
    rp_buf_add_char(out, '\n');
    rp_buf_fini(&le);
}

static void add_histogram(struct rp_buf *out, enum rp_metric_form form,
    const struct rp_metric_info *info, const struct rp_metric_point *point)
{
    for (uint32_t i = 0; i <= info->bound_count; i++) {
        add_bucket(out, form, info, point, i);
    }
    add_family_name(out, info);
    rp_buf_add_text(out, "_sum");
    add_labels(out, point, (struct rp_str){NULL, 0});
    rp_buf_add_char(out, ' ');
    add_scaled(out, point->value, rp_metric_scale(info));
    rp_buf_add_char(out, '\n');
    add_family_name(out, info);
    rp_buf_add_text(out, "_count");
    add_labels(out, point, (struct rp_str){NULL, 0});
    rp_buf_add_char(out, ' ');
    rp_buf_add_u64(out, point->count);
    rp_buf_add_char(out, '\n');
}

/* ---- families ---- */

static const char *type_word(enum rp_instrument instrument)
{
    switch (instrument) {
    case RP_INSTRUMENT_COUNTER:
        return "counter";
    case RP_INSTRUMENT_UPDOWN:
    case RP_INSTRUMENT_GAUGE:
        return "gauge";
    case RP_INSTRUMENT_HISTOGRAM:
        return "histogram";
    }
    RP_ASSERT(false);
    return "";
}

static void add_line(struct rp_buf *out, enum rp_metric_form form,
    const struct rp_metric_info *info, const char *word)
{
    bool total = form == RP_METRIC_PROMETHEUS &&
                 info->instrument == RP_INSTRUMENT_COUNTER;
    rp_buf_addf(out, "# %s ", word);
    add_family_name(out, info);
    rp_buf_add_text(out, total ? "_total " : " ");
}

static void add_head(struct rp_buf *out, enum rp_metric_form form,
    const struct rp_metric_info *info)
{
    const char *unit = unit_word(info);
    add_line(out, form, info, "TYPE");
    rp_buf_addf(out, "%s\n", type_word(info->instrument));
    if (form == RP_METRIC_OPENMETRICS && unit != NULL) {
        add_line(out, form, info, "UNIT");
        rp_buf_addf(out, "%s\n", unit);
    }
    add_line(out, form, info, "HELP");
    add_escaped(out, rp_str_of(info->meaning), form == RP_METRIC_OPENMETRICS);
    rp_buf_add_char(out, '\n');
}

void rp_metric_text_family(struct rp_buf *out, enum rp_metric_form form,
    struct rp_metrics *metrics, enum rp_metric metric)
{
    const struct rp_metric_info *info = rp_metric_info(metric);
    uint32_t count;
    const struct rp_metric_point *points =
        rp_metrics_points(metrics, metric, &count);
    if (count > 0) {
        add_head(out, form, info);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (info->instrument == RP_INSTRUMENT_HISTOGRAM) {
            add_histogram(out, form, info, &points[i]);
        } else {
            add_number(out, form, info, &points[i]);
        }
    }
}

/* Of two keys that become one name only the first is told. */
static bool told_before(const struct rp_tag *tags, uint32_t index)
{
    struct rp_buf mine, other;
    bool found = false;
    rp_buf_init(&mine, RP_METRIC_TEXT_FAMILY_MAX);
    rp_buf_init(&other, RP_METRIC_TEXT_FAMILY_MAX);
    add_name(&mine, tags[index].key);
    for (uint32_t i = 0; i < index && !found; i++) {
        rp_buf_reset(&other);
        add_name(&other, tags[i].key);
        found = rp_str_equal(rp_buf_str(&mine), rp_buf_str(&other));
    }
    rp_buf_fini(&mine);
    rp_buf_fini(&other);
    return found;
}

/* The resource, as OpenTelemetry wants it told. */
void rp_metric_text_begin(struct rp_buf *out, enum rp_metric_form form,
    const struct rp_otlp_resource *resource)
{
    uint32_t count;
    bool first = true;
    struct rp_tag *tags = rp__otlp_resource_tags(resource, &count);
    rp_buf_add_text(out, form == RP_METRIC_OPENMETRICS
                             ? "# TYPE target info\n# HELP target "
                             : "# TYPE target_info gauge\n# HELP target_info ");
    rp_buf_add_text(out, "who tells this\ntarget_info");
    for (uint32_t i = 0; i < count; i++) {
        if (!told_before(tags, i)) {
            add_label(out, &first, tags[i].key, tags[i].value);
        }
    }
    rp_buf_add_text(out, first ? " 1\n" : "} 1\n");
    rp_mem_free(tags);
}

void rp_metric_text_end(struct rp_buf *out, enum rp_metric_form form)
{
    if (form == RP_METRIC_OPENMETRICS) {
        rp_buf_add_text(out, "# EOF\n");
    }
}
