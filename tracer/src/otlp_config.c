#include <reprise/otlp_config.h>

#include <stdio.h>
#include <string.h>

#include "otlp_words.h"

#define DEFAULT_ENDPOINT_HTTP "http://localhost:4318"
#define DEFAULT_ENDPOINT_GRPC "http://localhost:4317"
#define DEFAULT_TIMEOUT_MS 10000
#define DEFAULT_END_MS 2000
#define DEFAULT_QUEUE_SPANS 2048
#define BATCH_SPANS_MAX 8192
#define NUMBER_MAX INT64_C(1000000000000) /* of milliseconds and counts */

#define GRPC(package, service)                                                 \
    "/opentelemetry.proto.collector." package ".v1." service "/Export"

static const struct rp_otlp_signal_info signals[] = {
    [RP_OTLP_TRACES] = {.infix = "TRACES",
        .exporter = "OTEL_TRACES_EXPORTER",
        .by_endpoint = true,
        .http_path = "v1/traces",
        .grpc_path = GRPC("trace", "TraceService"),
        .one = "span",
        .noun = "spans",
        .rejected_key = "rejectedSpans",
        .delay = "OTEL_BSP_SCHEDULE_DELAY",
        .flush = "OTEL_BSP_EXPORT_TIMEOUT",
        .queue = "OTEL_BSP_MAX_QUEUE_SIZE",
        .batch = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        .delay_ms = 5000,
        .flush_ms = 30000},
    [RP_OTLP_METRICS] = {.infix = "METRICS",
        .exporter = "OTEL_METRICS_EXPORTER",
        .http_path = "v1/metrics",
        .grpc_path = GRPC("metrics", "MetricsService"),
        .one = "data point",
        .noun = "data points",
        .rejected_key = "rejectedDataPoints",
        .delay = "OTEL_METRIC_EXPORT_INTERVAL",
        .flush = "OTEL_METRIC_EXPORT_TIMEOUT",
        .delay_ms = 60000,
        .flush_ms = 30000},
    [RP_OTLP_LOGS] = {.infix = "LOGS",
        .exporter = "OTEL_LOGS_EXPORTER",
        .http_path = "v1/logs",
        .grpc_path = GRPC("logs", "LogsService"),
        .one = "log record",
        .noun = "log records",
        .rejected_key = "rejectedLogRecords",
        .delay = "OTEL_BLRP_SCHEDULE_DELAY",
        .flush = "OTEL_BLRP_EXPORT_TIMEOUT",
        .queue = "OTEL_BLRP_MAX_QUEUE_SIZE",
        .batch = "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
        .delay_ms = 1000,
        .flush_ms = 30000},
};

const struct rp_otlp_signal_info *rp_otlp_signal_info(
    enum rp_otlp_signal signal)
{
    RP_ASSERT((size_t)signal < RP_COUNT_OF(signals));
    return &signals[signal];
}

struct reading {
    struct rp_otlp_config *out;
    const struct rp_otlp_signal_info *signal;
    struct rp_arena *arena;
    const struct rp_environment *environment;
    struct rp_buf *warnings;
};

const char *rp_otlp_protocol_name(enum rp_otlp_protocol protocol)
{
    static const char *const names[] = {
        [RP_OTLP_HTTP_PROTOBUF] = "http/protobuf",
        [RP_OTLP_HTTP_JSON] = "http/json",
        [RP_OTLP_GRPC] = "grpc",
    };
    RP_ASSERT((size_t)protocol < RP_COUNT_OF(names));
    return names[protocol];
}

/* ---- variables ---- */

static struct rp_str variable(const struct reading *r, const char *name)
{
    struct rp_str text =
        rp_str_of(r->environment->get(r->environment->context, name));
    return rp_str_trim(text);
}

/* Of the signal, else of all; `*name` is the one that is set. */
static struct rp_str of_exporter(
    const struct reading *r, const char *what, char name[64])
{
    (void)snprintf(
        name, 64, "OTEL_EXPORTER_OTLP_%s_%s", r->signal->infix, what);
    struct rp_str text = variable(r, name);
    if (text.len == 0) {
        (void)snprintf(name, 64, "OTEL_EXPORTER_OTLP_%s", what);
        text = variable(r, name);
    }
    return text;
}

void rp__otlp_warn(struct rp_buf *warnings, const char *name,
    struct rp_str text, const char *expected)
{
    rp_buf_addf(warnings, "%s is '%.*s', which is not %s: it is ignored\n",
        name, RP_STR_ARG(text), expected);
}

static void warn(const struct reading *r, const char *name, struct rp_str text,
    const char *expected)
{
    rp__otlp_warn(r->warnings, name, text, expected);
}

bool rp__otlp_same_word(struct rp_str text, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i < len && text.len == len; i++) {
        char c = text.ptr[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        if (c != word[i]) {
            return false;
        }
    }
    return text.len == len;
}

/* True is "true" in any case; all that is not a boolean is false. */
static bool read_bool(
    const struct reading *r, const char *name, struct rp_str text)
{
    if (text.len > 0 && !rp__otlp_same_word(text, "true") &&
        !rp__otlp_same_word(text, "false")) {
        warn(r, name, text, "true or false");
    }
    return rp__otlp_same_word(text, "true");
}

static bool parse_number(struct rp_str text, int64_t *out)
{
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || value > NUMBER_MAX) {
            return false;
        }
        value = value * 10 + (text.ptr[i] - '0');
    }
    *out = value;
    return text.len > 0;
}

static int64_t read_number(const struct reading *r, const char *name,
    struct rp_str text, int64_t otherwise)
{
    int64_t value = otherwise;
    if (text.len > 0 && !parse_number(text, &value)) {
        warn(r, name, text, "a number");
        return otherwise;
    }
    return value;
}

static const char *read_file(const struct reading *r, const char *what)
{
    char name[64];
    struct rp_str text = of_exporter(r, what, name);
    return text.len == 0 ? NULL : rp_arena_dup(r->arena, text);
}

/* ---- percent-encoding ---- */

/* False: a '%' without two digits. */
static bool decode(
    struct rp_arena *arena, struct rp_str text, struct rp_str *out)
{
    char *to = rp_arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            int high = i + 2 < text.len ? rp_hex_digit(text.ptr[i + 1]) : -1;
            int low = i + 2 < text.len ? rp_hex_digit(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            c = (char)(high << 4 | low);
            i += 2;
        }
        to[len++] = c;
    }
    *out = (struct rp_str){to, len};
    return true;
}

/* ---- headers: "key1=value1,key2=value2" ---- */

static bool is_token(struct rp_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                    (c >= 'A' && c <= 'Z') ||
                    strchr("!#$%&'*+-.^_`|~", c) != NULL;
        if (!good || c == '\0') {
            return false;
        }
    }
    return name.len > 0;
}

static bool has_control(struct rp_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F) {
            return true;
        }
    }
    return false;
}

static bool add_header(const struct reading *r, struct rp_str member)
{
    struct rp_str value;
    struct rp_otlp_config *out = r->out;
    struct rp_str name = rp_str_trim(rp_str_cut(member, '=', &value));
    if (value.ptr == NULL || !is_token(name) ||
        !decode(r->arena, rp_str_trim(value), &value) || has_control(value) ||
        out->header_count == RP_OTLP_HEADERS_MAX) {
        return false;
    }
    out->headers[out->header_count++] = rp_arena_printf(
        r->arena, "%.*s: %.*s", RP_STR_ARG(name), RP_STR_ARG(value));
    return true;
}

/* What a header holds is often a secret: no warning shows it. */
static void read_headers(const struct reading *r)
{
    char name[64];
    struct rp_str rest = of_exporter(r, "HEADERS", name);
    for (int number = 1; rest.len > 0; number++) {
        struct rp_str member = rp_str_trim(rp_str_cut(rest, ',', &rest));
        if (member.len > 0 && !add_header(r, member)) {
            rp_buf_addf(r->warnings,
                "member %d of %s is not a header, name=value: it is ignored\n",
                number, name);
        }
    }
}

/* ---- the exporter ---- */

static void read_protocol(const struct reading *r)
{
    static const enum rp_otlp_protocol all[] = {
        RP_OTLP_HTTP_PROTOBUF, RP_OTLP_HTTP_JSON, RP_OTLP_GRPC};
    char name[64];
    struct rp_str text = of_exporter(r, "PROTOCOL", name);
    for (size_t i = 0; i < RP_COUNT_OF(all); i++) {
        if (rp__otlp_same_word(text, rp_otlp_protocol_name(all[i]))) {
            r->out->protocol = all[i];
            return;
        }
    }
    if (text.len > 0) {
        warn(r, name, text, "grpc, http/protobuf or http/json");
    }
}

static void read_compression(const struct reading *r)
{
    char name[64];
    struct rp_str text = of_exporter(r, "COMPRESSION", name);
    r->out->gzip = rp__otlp_same_word(text, "gzip");
    if (text.len > 0 && !r->out->gzip && !rp__otlp_same_word(text, "none")) {
        warn(r, name, text, "gzip or none");
    }
}

static bool is_http(struct rp_str endpoint)
{
    return rp_str_starts(endpoint, RP_STR("http://")) ||
           rp_str_starts(endpoint, RP_STR("https://"));
}

static bool read_endpoint(const struct reading *r)
{
    char name[64];
    static const char of_all[] = "OTEL_EXPORTER_OTLP_ENDPOINT";
    struct rp_otlp_config *out = r->out;
    struct rp_str text = of_exporter(r, "ENDPOINT", name);
    bool grpc = out->protocol == RP_OTLP_GRPC;
    if (text.len > 0 && !grpc && !is_http(text)) {
        warn(r, name, text, "a URL that begins with http:// or https://");
        text.len = 0;
    }
    out->endpoint = text.len > 0 ? rp_arena_dup(r->arena, text)
                    : grpc       ? DEFAULT_ENDPOINT_GRPC
                                 : DEFAULT_ENDPOINT_HTTP;
    out->endpoint_whole = text.len > 0 && strcmp(name, of_all) != 0 && !grpc;
    return text.len > 0;
}

static void read_timeout(const struct reading *r)
{
    char name[64];
    struct rp_str text = of_exporter(r, "TIMEOUT", name);
    int64_t ms = read_number(r, name, text, DEFAULT_TIMEOUT_MS);
    r->out->timeout = ms == 0 ? RP_DURATION_FOREVER : rp_duration_of_ms(ms);
}

/* ---- the SDK ---- */

/* OTEL_…_EXPORTER is a list: whether it names `word`. */
static bool names_exporter(struct rp_str list, const char *word)
{
    while (list.len > 0) {
        if (rp__otlp_same_word(
                rp_str_trim(rp_str_cut(list, ',', &list)), word)) {
            return true;
        }
    }
    return false;
}

static void read_switches(const struct reading *r, bool has_endpoint)
{
    const char *exporter = r->signal->exporter;
    static const char disabled[] = "OTEL_SDK_DISABLED";
    struct rp_str list = variable(r, exporter);
    bool otlp = names_exporter(list, "otlp");
    bool none = names_exporter(list, "none") && !otlp;
    if (list.len > 0 && !otlp && !none) {
        warn(r, exporter, list, "otlp or none");
        list.len = 0;
    }
    r->out->disabled = read_bool(r, disabled, variable(r, disabled)) || none;
    r->out->enabled =
        !r->out->disabled && (otlp || (has_endpoint && r->signal->by_endpoint));
}

/* Of a variable of the SDK, if the signal has one. */
static int64_t read_count(
    const struct reading *r, const char *name, int64_t otherwise)
{
    return name == NULL ? otherwise
                        : read_number(r, name, variable(r, name), otherwise);
}

/* Nobody waits without a limit for what somebody else has to do. */
static void read_limits(const struct reading *r)
{
    struct rp_otlp_config *out = r->out;
    int64_t said_ms = read_count(r, r->signal->flush, -1);
    int64_t ms = said_ms < 0 ? r->signal->flush_ms : said_ms;
    out->export_timeout = ms == 0 ? RP_DURATION_FOREVER : rp_duration_of_ms(ms);
    out->end_timeout =
        rp_duration_of_ms(said_ms > 0 ? said_ms : DEFAULT_END_MS);
}

static void read_batching(const struct reading *r)
{
    struct rp_otlp_config *out = r->out;
    const struct rp_otlp_signal_info *signal = r->signal;
    int64_t delay_ms = read_count(r, signal->delay, signal->delay_ms);
    int64_t room = read_count(r, signal->queue, DEFAULT_QUEUE_SPANS);
    int64_t spans = read_count(r, signal->batch, RP_OTLP_BATCH_SPANS);
    out->schedule_delay = rp_duration_of_ms(delay_ms);
    read_limits(r);
    /* The store is the queue: of its size only the bound on a batch is left. */
    spans = spans < 1 ? RP_OTLP_BATCH_SPANS : spans;
    spans = room > 0 && spans > room ? room : spans;
    out->batch_spans =
        (uint32_t)(spans > BATCH_SPANS_MAX ? BATCH_SPANS_MAX : spans);
}

/* Sums are counted from the beginning on, by whoever asks next, too: there is
 * nobody who knows what was told before. */
static void read_metric_choices(const struct reading *r)
{
    static const char temporality[] =
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
    static const char aggregation[] =
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";
    struct rp_str text = variable(r, temporality);
    if (rp__otlp_same_word(text, "delta") ||
        rp__otlp_same_word(text, "lowmemory")) {
        r->out->refusal = rp_arena_printf(r->arena,
            "%s is '%.*s', and only cumulative metrics are sent", temporality,
            RP_STR_ARG(text));
    } else if (text.len > 0 && !rp__otlp_same_word(text, "cumulative")) {
        warn(r, temporality, text, "cumulative");
    }
    text = variable(r, aggregation);
    if (text.len > 0 &&
        !rp__otlp_same_word(text, "explicit_bucket_histogram")) {
        warn(r, aggregation, text,
            "explicit_bucket_histogram, the only one that is sent");
    }
}

void rp_otlp_config_read(struct rp_otlp_config *out, enum rp_otlp_signal signal,
    struct rp_arena *arena, const struct rp_environment *environment,
    struct rp_buf *warnings)
{
    struct reading r = {
        out, rp_otlp_signal_info(signal), arena, environment, warnings};
    char name[64];
    *out = (struct rp_otlp_config){
        .signal = signal, .protocol = RP_OTLP_HTTP_PROTOBUF};
    read_protocol(&r);
    bool has_endpoint = read_endpoint(&r);
    read_switches(&r, has_endpoint);
    read_compression(&r);
    read_headers(&r);
    read_timeout(&r);
    read_batching(&r);
    struct rp_str insecure = of_exporter(&r, "INSECURE", name);
    out->insecure = read_bool(&r, name, insecure);
    out->ca_file = read_file(&r, "CERTIFICATE");
    out->client_certificate = read_file(&r, "CLIENT_CERTIFICATE");
    out->client_key = read_file(&r, "CLIENT_KEY");
    if (signal == RP_OTLP_METRICS) {
        read_metric_choices(&r);
    }
}

/* ---- the URL ---- */

/* Of gRPC only scheme, host and port count. */
static const char *grpc_url(
    const struct rp_otlp_config *config, struct rp_arena *arena)
{
    struct rp_str rest = rp_str_of(config->endpoint);
    const char *scheme = config->insecure ? "http" : "https";
    const char *mark = strstr(config->endpoint, "://");
    if (mark != NULL) {
        scheme = rp_str_starts(rest, RP_STR("http:")) ? "http" : "https";
        rest = rp_str_of(mark + 3);
    }
    struct rp_str authority = rp_str_cut(rest, '/', &rest);
    return rp_arena_printf(arena, "%s://%.*s%s", scheme, RP_STR_ARG(authority),
        rp_otlp_signal_info(config->signal)->grpc_path);
}

const char *rp_otlp_config_url(
    const struct rp_otlp_config *config, struct rp_arena *arena)
{
    struct rp_str endpoint = rp_str_of(config->endpoint);
    if (config->protocol == RP_OTLP_GRPC) {
        return grpc_url(config, arena);
    }
    if (config->endpoint_whole) {
        const char *mark = strstr(config->endpoint, "://");
        bool has_path = mark != NULL && strchr(mark + 3, '/') != NULL;
        return rp_arena_printf(
            arena, "%s%s", config->endpoint, has_path ? "" : "/");
    }
    return rp_arena_printf(arena, "%s%s%s", config->endpoint,
        rp_str_ends(endpoint, RP_STR("/")) ? "" : "/",
        rp_otlp_signal_info(config->signal)->http_path);
}

/* ---- the resource ---- */

static uint32_t count_members(struct rp_str list)
{
    uint32_t count = 0;
    while (list.len > 0) {
        (void)rp_str_cut(list, ',', &list); /* counted only */
        count++;
    }
    return count;
}

static bool read_attribute(
    const struct reading *r, struct rp_str member, struct rp_tag *out)
{
    struct rp_str value;
    struct rp_str key = rp_str_trim(rp_str_cut(member, '=', &value));
    return value.ptr != NULL && key.len > 0 &&
           decode(r->arena, key, &out->key) &&
           decode(r->arena, rp_str_trim(value), &out->value) &&
           rp_utf8_valid(out->key, NULL) && rp_utf8_valid(out->value, NULL);
}

static void read_attributes(
    const struct reading *r, struct rp_otlp_resource *out)
{
    static const char name[] = "OTEL_RESOURCE_ATTRIBUTES";
    struct rp_str list = variable(r, name);
    uint32_t room = count_members(list);
    struct rp_tag *tags = rp_arena_array(r->arena, room, sizeof(*tags));
    uint32_t count = 0;
    while (list.len > 0) {
        struct rp_str member = rp_str_trim(rp_str_cut(list, ',', &list));
        if (member.len > 0 && !read_attribute(r, member, &tags[count++])) {
            warn(r, name, member, "key=value");
            return; /* one that is wrong discards them all */
        }
    }
    out->extra = tags;
    out->extra_count = count;
}

void rp_otlp_resource_read(struct rp_otlp_resource *out, struct rp_arena *arena,
    const struct rp_environment *environment, struct rp_buf *warnings)
{
    struct reading r = {
        .arena = arena, .environment = environment, .warnings = warnings};
    struct rp_str service = variable(&r, "OTEL_SERVICE_NAME");
    read_attributes(&r, out);
    for (uint32_t i = 0; i < out->extra_count && service.len == 0; i++) {
        if (rp_str_is(out->extra[i].key, "service.name")) {
            service = out->extra[i].value;
        }
    }
    out->service_name =
        (struct rp_str){rp_arena_dup(arena, service), service.len};
}
