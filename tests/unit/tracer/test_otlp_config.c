/* The OTEL_* variables: defaults, precedence, and what makes no sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/otlp_config.h>

struct variable {
    const char *name, *value;
};

struct world {
    enum rp_otlp_signal signal;
    struct rp_arena *arena;
    struct rp_buf warnings;
    struct rp_otlp_config config;
    struct rp_otlp_resource resource;
};

static const char *get(void *context, const char *name)
{
    const struct variable *variables = context;
    for (size_t i = 0; variables[i].name != NULL; i++) {
        if (strcmp(variables[i].name, name) == 0) {
            return variables[i].value;
        }
    }
    return NULL;
}

static int set_up(void **state)
{
    struct world *w = rp_mem_zalloc(sizeof(*w));
    w->arena = rp_arena_new(0);
    rp_buf_init(&w->warnings, 4096);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    rp_arena_free(&w->arena);
    rp_buf_fini(&w->warnings);
    rp_mem_free(w);
    return 0;
}

/* `variables` ends with an entry without a name. */
static const char *read_into(struct world *w, const struct variable *variables)
{
    struct rp_environment environment = {get, (void *)(uintptr_t)variables};
    rp_buf_reset(&w->warnings);
    rp_otlp_config_read(
        &w->config, w->signal, w->arena, &environment, &w->warnings);
    w->resource = (struct rp_otlp_resource){.extra = NULL};
    rp_otlp_resource_read(&w->resource, w->arena, &environment, &w->warnings);
    return rp_otlp_config_url(&w->config, w->arena);
}

#define READ(w, ...)                                                           \
    read_into(w, (const struct variable[]){__VA_ARGS__, {NULL, NULL}})
#define NO_WARNING(w) assert_int_equal((w)->warnings.len, 0)
#define WARNS(w, text)                                                         \
    do {                                                                       \
        rp_buf_add_char(&(w)->warnings, '\0');                                 \
        assert_non_null(strstr((w)->warnings.ptr, text));                      \
    } while (0)

static void without_variables_the_defaults_hold(void **state)
{
    struct world *w = *state;
    assert_string_equal(READ(w, {"X", "y"}), "http://localhost:4318/v1/traces");
    assert_false(w->config.enabled);
    assert_false(w->config.disabled);
    assert_int_equal(w->config.protocol, RP_OTLP_HTTP_PROTOBUF);
    assert_int_equal(w->config.timeout.ns, 10 * RP_NS_PER_S);
    assert_int_equal(w->config.schedule_delay.ns, 5 * RP_NS_PER_S);
    assert_int_equal(w->config.export_timeout.ns, 30 * RP_NS_PER_S);
    assert_int_equal(w->config.end_timeout.ns, 2 * RP_NS_PER_S);
    assert_int_equal(w->config.batch_spans, 512);
    assert_false(w->config.gzip);
    assert_int_equal(w->config.header_count, 0);
    assert_null(w->config.ca_file);
    NO_WARNING(w);
}

static void an_endpoint_of_all_signals_gets_the_path_of_traces(void **state)
{
    static const char *const cases[][2] = {
        {"http://c:4318", "http://c:4318/v1/traces"},
        {"http://c:4318/", "http://c:4318/v1/traces"},
        {"http://c:4318/x", "http://c:4318/x/v1/traces"},
        {"https://c/x/", "https://c/x/v1/traces"},
    };
    struct world *w = *state;
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        assert_string_equal(
            READ(w, {"OTEL_EXPORTER_OTLP_ENDPOINT", cases[i][0]}), cases[i][1]);
        assert_true(w->config.enabled);
    }
    NO_WARNING(w);
}

static void an_endpoint_of_traces_is_used_as_it_is(void **state)
{
    struct world *w = *state;
    assert_string_equal(
        READ(w, {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:1"},
            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t:2/in"}),
        "http://t:2/in");
    assert_string_equal(
        READ(w, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t:2"}),
        "http://t:2/");
}

static void grpc_takes_scheme_host_and_port(void **state)
{
#define METHOD "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    struct world *w = *state;
    struct variable grpc = {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"};
    assert_string_equal(READ(w, grpc), "http://localhost:4317" METHOD);
    assert_string_equal(
        READ(w, grpc, {"OTEL_EXPORTER_OTLP_ENDPOINT", "https://c:1/x"}),
        "https://c:1" METHOD);
    assert_string_equal(READ(w, grpc, {"OTEL_EXPORTER_OTLP_ENDPOINT", "c:1"}),
        "https://c:1" METHOD);
    assert_string_equal(READ(w, grpc, {"OTEL_EXPORTER_OTLP_ENDPOINT", "c:1"},
                            {"OTEL_EXPORTER_OTLP_INSECURE", "TRUE"}),
        "http://c:1" METHOD);
    NO_WARNING(w);
}

static void what_makes_no_sense_is_ignored_and_told(void **state)
{
    struct world *w = *state;
    (void)READ(w, {"OTEL_EXPORTER_OTLP_PROTOCOL", "smoke"});
    assert_int_equal(w->config.protocol, RP_OTLP_HTTP_PROTOBUF);
    WARNS(w, "OTEL_EXPORTER_OTLP_PROTOCOL is 'smoke'");
    (void)READ(w, {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "-1"});
    assert_int_equal(w->config.timeout.ns, 10 * RP_NS_PER_S);
    WARNS(w, "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT is '-1'");
    (void)READ(w, {"OTEL_EXPORTER_OTLP_COMPRESSION", "zip"});
    assert_false(w->config.gzip);
    WARNS(w, "gzip or none");
    assert_string_equal(READ(w, {"OTEL_EXPORTER_OTLP_ENDPOINT", "c:4318"}),
        "http://localhost:4318/v1/traces");
    assert_false(w->config.enabled);
    WARNS(w, "begins with http://");
    (void)READ(w, {"OTEL_SDK_DISABLED", "yes"});
    assert_false(w->config.disabled);
    WARNS(w, "true or false");
    (void)READ(w, {"OTEL_BSP_SCHEDULE_DELAY", "soon"});
    assert_int_equal(w->config.schedule_delay.ns, 5 * RP_NS_PER_S);
    WARNS(w, "a number");
}

static void a_limit_that_is_set_is_that_of_the_end_too(void **state)
{
    struct world *w = *state;
    (void)READ(w, {"OTEL_BSP_EXPORT_TIMEOUT", "60000"});
    assert_int_equal(w->config.export_timeout.ns, 60 * RP_NS_PER_S);
    assert_int_equal(w->config.end_timeout.ns, 60 * RP_NS_PER_S);
    (void)READ(w, {"OTEL_BSP_EXPORT_TIMEOUT", "300"});
    assert_int_equal(w->config.end_timeout.ns, 300 * RP_NS_PER_MS);
    (void)READ(w, {"OTEL_BSP_EXPORT_TIMEOUT", "0"});
    assert_int_equal(w->config.end_timeout.ns, 2 * RP_NS_PER_S);
}

static void zero_is_no_limit_and_empty_is_not_set(void **state)
{
    struct world *w = *state;
    (void)READ(w, {"OTEL_EXPORTER_OTLP_TIMEOUT", "0"},
        {"OTEL_EXPORTER_OTLP_PROTOCOL", ""}, {"OTEL_BSP_EXPORT_TIMEOUT", " "});
    assert_int_equal(w->config.timeout.ns, RP_DURATION_FOREVER.ns);
    assert_int_equal(w->config.export_timeout.ns, 30 * RP_NS_PER_S);
    NO_WARNING(w);
}

static void headers_are_decoded_and_never_shown(void **state)
{
    struct world *w = *state;
    (void)READ(w, {"OTEL_EXPORTER_OTLP_HEADERS",
                      " api-key = se%20cret , ,x=1=2,bad name=1,nothing,"
                      "y=%zz,z=a%0d%0ab"});
    assert_int_equal(w->config.header_count, 2);
    assert_string_equal(w->config.headers[0], "api-key: se cret");
    assert_string_equal(w->config.headers[1], "x: 1=2");
    assert_null(w->config.headers[2]);
    WARNS(w, "member 4 of OTEL_EXPORTER_OTLP_HEADERS");
    assert_null(strstr(w->warnings.ptr, "bad name"));
}

static void the_switches(void **state)
{
    static const struct {
        const char *exporter, *disabled;
        bool enabled, is_disabled;
    } cases[] = {
        {"otlp", "", true, false}, {"OTLP", "", true, false},
        {"none", "", false, true}, {"console,otlp", "", true, false},
        {"otlp", "True", false, true},
        {"console", "", true, false}, /* not known: the endpoint decides */
    };
    struct world *w = *state;
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        (void)READ(w, {"OTEL_TRACES_EXPORTER", cases[i].exporter},
            {"OTEL_SDK_DISABLED", cases[i].disabled},
            {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:1"});
        assert_int_equal(w->config.enabled, cases[i].enabled);
        assert_int_equal(w->config.disabled, cases[i].is_disabled);
    }
    (void)READ(w, {"OTEL_TRACES_EXPORTER", "otlp"});
    assert_true(w->config.enabled);
}

static void a_batch_is_not_larger_than_the_queue(void **state)
{
    struct world *w = *state;
    (void)READ(w, {"OTEL_BSP_MAX_QUEUE_SIZE", "100"});
    assert_int_equal(w->config.batch_spans, 100);
    (void)READ(w, {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "7"});
    assert_int_equal(w->config.batch_spans, 7);
    (void)READ(w, {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "0"});
    assert_int_equal(w->config.batch_spans, 512);
}

static void resource_attributes_are_all_good_or_none(void **state)
{
    struct world *w = *state;
    (void)READ(w, {"OTEL_RESOURCE_ATTRIBUTES",
                      "service.name=a%2Cb, deployment.environment.name=prod"});
    assert_true(rp_str_is(w->resource.service_name, "a,b"));
    assert_int_equal(w->resource.extra_count, 2);
    assert_true(rp_str_is(w->resource.extra[1].value, "prod"));
    NO_WARNING(w);
    (void)READ(w, {"OTEL_RESOURCE_ATTRIBUTES", "a=1,b"},
        {"OTEL_SERVICE_NAME", "mine"});
    assert_int_equal(w->resource.extra_count, 0);
    assert_true(rp_str_is(w->resource.service_name, "mine"));
    WARNS(w, "OTEL_RESOURCE_ATTRIBUTES is 'b'");
    (void)READ(w, {"OTEL_RESOURCE_ATTRIBUTES", "a=%f"});
    assert_int_equal(w->resource.extra_count, 0);
}

static void metrics_have_variables_and_paths_of_their_own(void **state)
{
    struct world *w = *state;
    w->signal = RP_OTLP_METRICS;
    assert_string_equal(READ(w, {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:1/x"},
                            {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=b"}),
        "http://c:1/x/v1/metrics");
    assert_int_equal(w->config.header_count, 0);
    assert_false(w->config.enabled); /* an endpoint alone does not ask */
    assert_int_equal(w->config.schedule_delay.ns, 60 * RP_NS_PER_S);
    assert_int_equal(w->config.export_timeout.ns, 30 * RP_NS_PER_S);
    assert_string_equal(
        READ(w, {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://c:1/x"},
            {"OTEL_METRICS_EXPORTER", "otlp"},
            {"OTEL_METRIC_EXPORT_INTERVAL", "250"},
            {"OTEL_METRIC_EXPORT_TIMEOUT", "0"},
            {"OTEL_BSP_SCHEDULE_DELAY", "7"}),
        "http://c:1/x");
    assert_true(w->config.enabled);
    assert_int_equal(w->config.schedule_delay.ns, 250 * RP_NS_PER_MS);
    assert_int_equal(w->config.export_timeout.ns, RP_DURATION_FOREVER.ns);
    assert_string_equal(READ(w, {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}),
        "http://localhost:4317/opentelemetry.proto.collector.metrics.v1."
        "MetricsService/Export");
    READ(w, {"OTEL_METRICS_EXPORTER", "none"});
    assert_true(w->config.disabled);
    NO_WARNING(w);
}

static void logs_have_theirs(void **state)
{
    struct world *w = *state;
    w->signal = RP_OTLP_LOGS;
    assert_string_equal(READ(w, {"OTEL_BLRP_SCHEDULE_DELAY", "7"}),
        "http://localhost:4318/v1/logs");
    assert_int_equal(w->config.schedule_delay.ns, 7 * RP_NS_PER_MS);
    assert_false(w->config.enabled);
    NO_WARNING(w);
}

static void metrics_that_cannot_be_had_are_refused(void **state)
{
    static const char temporality[] =
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
    struct world *w = *state;
    w->signal = RP_OTLP_METRICS;
    READ(w, {temporality, "LowMemory"});
    assert_non_null(strstr(w->config.refusal, temporality));
    READ(w, {temporality, "CUMULATIVE"});
    assert_null(w->config.refusal);
    NO_WARNING(w);
    READ(w, {temporality, "sometimes"});
    assert_null(w->config.refusal);
    WARNS(w, "sometimes");
    READ(w, {"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
                "base2_exponential_bucket_histogram"});
    WARNS(w, "the only one that is sent");
    w->signal = RP_OTLP_TRACES;
    READ(w, {temporality, "delta"});
    assert_null(w->config.refusal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_variables_the_defaults_hold),
        cmocka_unit_test(an_endpoint_of_all_signals_gets_the_path_of_traces),
        cmocka_unit_test(an_endpoint_of_traces_is_used_as_it_is),
        cmocka_unit_test(grpc_takes_scheme_host_and_port),
        cmocka_unit_test(what_makes_no_sense_is_ignored_and_told),
        cmocka_unit_test(a_limit_that_is_set_is_that_of_the_end_too),
        cmocka_unit_test(zero_is_no_limit_and_empty_is_not_set),
        cmocka_unit_test(headers_are_decoded_and_never_shown),
        cmocka_unit_test(the_switches),
        cmocka_unit_test(a_batch_is_not_larger_than_the_queue),
        cmocka_unit_test(resource_attributes_are_all_good_or_none),
        cmocka_unit_test(metrics_have_variables_and_paths_of_their_own),
        cmocka_unit_test(logs_have_theirs),
        cmocka_unit_test(metrics_that_cannot_be_had_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
