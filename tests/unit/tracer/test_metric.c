/* What spans add to the metrics, and the metrics as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/metric_fold.h>
#include <reprise/metric_text.h>

#define TEXT_MAX ((size_t)16 << 20)
#define START_NS INT64_C(1760000000000000000)

/* ---- the fold, by a table ---- */

struct row {
    enum rp_span_role role;
    const char *attributes, *event, *event_attributes;
    /* "metric{labels} value": one a line, all that there is to be. */
    const char *expected;
};

/* Each span took a quarter of a second, each session half of one. */
static const struct row rows[] = {
    {RP_SPAN_SESSION, "{\"reprise.session.outcome\":\"ok\"}", NULL, NULL,
        "reprise.session.duration{gen_ai.workflow.name=clinic,"
        "reprise.session.outcome=ok} 1 500000000\n"
        "gen_ai.workflow.duration{gen_ai.workflow.name=clinic} 1 500000000\n"},
    {RP_SPAN_SESSION,
        "{\"reprise.session.outcome\":\"failed\",\"error.type\":\"lost\"}",
        NULL, NULL,
        "reprise.session.duration{gen_ai.workflow.name=clinic,"
        "reprise.session.outcome=failed,error.type=lost} 1 500000000\n"
        "gen_ai.workflow.duration{gen_ai.workflow.name=clinic,"
        "error.type=lost} 1 500000000\n"},
    /* recovered: somebody may go on with it */
    {RP_SPAN_SESSION, "{\"reprise.recovered\":true}", NULL, NULL, ""},
    {RP_SPAN_NODE, "{\"reprise.node.status\":\"ok\"}", NULL, NULL, ""},
    {RP_SPAN_TASK,
        "{\"gen_ai.agent.name\":\"labs\",\"reprise.task.status\":\"ok\"}", NULL,
        NULL,
        "reprise.task.duration{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,reprise.task.status=ok} 1 250000000\n"
        "gen_ai.invoke_agent.duration{gen_ai.agent.name=labs} 1 250000000\n"},
    {RP_SPAN_TASK,
        "{\"gen_ai.agent.name\":\"labs\",\"reprise.recovered\":true}", NULL,
        NULL, ""},
    {RP_SPAN_TASK,
        "{\"gen_ai.agent.name\":\"labs\",\"reprise.task.status\":\"fallback\"}",
        "reprise.fallback",
        "{\"reprise.reason\":\"fallback_agent\","
        "\"reprise.fallback.to\":\"words\"}",
        "reprise.session.degradations{gen_ai.workflow.name=clinic,"
        "reprise.reason=fallback_agent,reprise.degradation.kind=fallback} 1\n"
        "reprise.task.duration{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,reprise.task.status=fallback} 1 250000000\n"
        "reprise.task.fallbacks{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,reprise.reason=fallback_agent,"
        "reprise.fallback.to=words} 1\n"
        "gen_ai.invoke_agent.duration{gen_ai.agent.name=labs} 1 250000000\n"},
    {RP_SPAN_TASK, "{\"gen_ai.agent.name\":\"labs\"}", "reprise.retry",
        "{\"reprise.reason\":\"idle\",\"reprise.class\":\"idle\"}",
        "reprise.task.retries{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,reprise.reason=idle} 1\n"},
    {RP_SPAN_ATTEMPT,
        "{\"reprise.task.agent\":\"labs\",\"reprise.attempt.outcome\":\"ok\"}",
        "reprise.late_result", "{\"reprise.reason\":\"fenced\"}",
        "reprise.attempt.duration{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,reprise.attempt.outcome=ok} 1 250000000\n"
        "reprise.attempt.late_results{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs} 1\n"},
    {RP_SPAN_ATTEMPT,
        "{\"reprise.task.agent\":\"labs\",\"reprise.attempt.outcome\":"
        "\"timeout\",\"error.type\":\"idle\"}",
        "reprise.timed_out", "{\"reprise.reason\":\"idle\"}",
        "reprise.attempt.duration{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,reprise.attempt.outcome=timeout,"
        "error.type=idle} 1 250000000\n"
        "reprise.attempt.failures{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,error.type=idle,reprise.reason=idle} 1\n"
        "reprise.attempt.timeouts{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,reprise.reason=idle} 1\n"},
    {RP_SPAN_ATTEMPT,
        "{\"reprise.task.agent\":\"labs\",\"reprise.attempt.outcome\":\"ok\","
        "\"gen_ai.usage.input_tokens\":12,\"gen_ai.usage.output_tokens\":0,"
        "\"gen_ai.response.model\":\"small\","
        "\"reprise.usage.cost_micro_usd\":1500}",
        NULL, NULL,
        "reprise.attempt.duration{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,reprise.attempt.outcome=ok} 1 250000000\n"
        "reprise.usage.tokens{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,gen_ai.response.model=small,"
        "gen_ai.token.type=input} 12\n"
        "reprise.usage.tokens{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,gen_ai.response.model=small,"
        "gen_ai.token.type=output} 0\n"
        "reprise.usage.cost{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,gen_ai.response.model=small} 1500\n"},
    /* the call of a model */
    {RP_SPAN_ATTEMPT,
        "{\"reprise.task.agent\":\"labs\",\"reprise.attempt.outcome\":\"ok\","
        "\"gen_ai.operation.name\":\"chat\",\"gen_ai.provider.name\":\"me\","
        "\"gen_ai.request.model\":\"s\",\"gen_ai.usage.input_tokens\":5}",
        NULL, NULL,
        "reprise.attempt.duration{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,reprise.attempt.outcome=ok} 1 250000000\n"
        "reprise.usage.tokens{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,gen_ai.token.type=input} 5\n"
        "gen_ai.client.operation.duration{gen_ai.operation.name=chat,"
        "gen_ai.provider.name=me,gen_ai.request.model=s} 1 250000000\n"
        "gen_ai.client.token.usage{gen_ai.operation.name=chat,"
        "gen_ai.provider.name=me,gen_ai.request.model=s,"
        "gen_ai.token.type=input} 1 5\n"},
    {RP_SPAN_AGGREGATE, "{}", "reprise.missing",
        "{\"reprise.reason\":\"idle\",\"reprise.name\":\"meds\"}",
        "reprise.session.degradations{gen_ai.workflow.name=clinic,"
        "reprise.reason=idle,reprise.degradation.kind=missing} 1\n"},
    {RP_SPAN_AGGREGATE, "{}", "reprise.conflict",
        "{\"reprise.conflict.kind\":\"disagree\","
        "\"reprise.conflict.resolution\":\"flag\"}",
        "reprise.aggregation.conflicts{gen_ai.workflow.name=clinic,"
        "reprise.conflict.kind=disagree,reprise.conflict.resolution=flag} 1\n"},
};

static struct rp_session_head head_of_clinic(void)
{
    return (struct rp_session_head){.plan_name = RP_STR("clinic"),
        .sampled = true,
        .trace = {{0xab, 1}},
        .mode = RP_MODE_LIVE};
}

static void show(struct rp_buf *out, struct rp_metrics *metrics)
{
    for (uint32_t i = 0; i < RP_METRIC_COUNT; i++) {
        const struct rp_metric_info *info = rp_metric_info((enum rp_metric)i);
        uint32_t count;
        const struct rp_metric_point *points =
            rp_metrics_points(metrics, (enum rp_metric)i, &count);
        for (uint32_t j = 0; j < count; j++) {
            char separator = '{';
            rp_buf_add_text(out, info->name);
            for (uint32_t k = 0; k < RP_LABEL_COUNT; k++) {
                if (points[j].values[k].len > 0) {
                    rp_buf_addf(out, "%c%s=%.*s", separator,
                        rp_metric_label_key((enum rp_metric_label)k),
                        RP_STR_ARG(points[j].values[k]));
                    separator = ',';
                }
            }
            rp_buf_add_text(out, separator == '{' ? "" : "}");
            if (info->instrument == RP_INSTRUMENT_HISTOGRAM) {
                rp_buf_addf(out, " %llu", (unsigned long long)points[j].count);
            }
            rp_buf_addf(out, " %lld\n", (long long)points[j].value);
        }
    }
}

static void each_span_is_counted_as_the_table_says(void **state)
{
    (void)state;
    struct rp_session_head head = head_of_clinic();
    for (size_t i = 0; i < RP_COUNT_OF(rows); i++) {
        const struct row *row = &rows[i];
        struct rp_metrics *metrics = rp_metrics_new();
        struct rp_metric_fold *fold =
            rp_metric_fold_new(metrics, RP_EXEMPLARS_TRACE_BASED);
        const struct rp_metric_session session = {
            &head, {RP_NS_PER_S / 2}, RP_OUTCOME_OK};
        const struct rp_span_event event = {.unix_ns = START_NS,
            .name = rp_str_of(row->event),
            .attributes = rp_str_of(row->event_attributes)};
        const struct rp_span span = {.role = row->role,
            .ended = true,
            .start_unix_ns = START_NS,
            .end_unix_ns = START_NS + RP_NS_PER_S / 4,
            .attributes = rp_str_of(row->attributes),
            .events = &event,
            .event_count = row->event != NULL};
        struct rp_buf text;
        rp_buf_init(&text, TEXT_MAX);
        rp_metric_fold_begin(fold, &session);
        rp_metric_fold_add(fold, &span);
        show(&text, metrics);
        assert_string_equal(text.len == 0 ? "" : text.ptr, row->expected);
        rp_buf_fini(&text);
        rp_metric_fold_free(&fold);
        rp_metrics_free(&metrics);
    }
}

static void what_became_of_a_fault_is_told(void **state)
{
    (void)state;
    struct rp_session_head head = head_of_clinic();
    struct rp_metrics *metrics = rp_metrics_new();
    struct rp_metric_fold *fold =
        rp_metric_fold_new(metrics, RP_EXEMPLARS_TRACE_BASED);
    const struct rp_metric_session session = {
        &head, {RP_NS_PER_S}, RP_OUTCOME_OK};
    const struct rp_span_event event = {.unix_ns = START_NS,
        .name = RP_STR("reprise.fault_injected"),
        .attributes = RP_STR("{\"reprise.fault.kind\":\"hang\"}")};
    const struct rp_span spans[] = {
        {.number = 2,
            .role = RP_SPAN_TASK,
            .attributes = RP_STR("{\"gen_ai.agent.name\":\"labs\","
                                 "\"reprise.task.status\":\"ok\"}")},
        {.number = 5,
            .parent_number = 2,
            .role = RP_SPAN_ATTEMPT,
            .attributes = RP_STR("{\"reprise.task.agent\":\"labs\"}"),
            .events = &event,
            .event_count = 1},
    };
    struct rp_buf text;
    rp_buf_init(&text, TEXT_MAX);
    rp_metric_fold_begin(fold, &session);
    for (size_t i = 0; i < RP_COUNT_OF(spans); i++) {
        rp_metric_fold_faults(fold, &spans[i]);
    }
    show(&text, metrics);
    assert_string_equal(text.ptr,
        "reprise.fault.injections{gen_ai.workflow.name=clinic,"
        "gen_ai.agent.name=labs,reprise.session.outcome=ok,"
        "reprise.task.status=ok,reprise.fault.kind=hang} 1\n");
    rp_buf_fini(&text);
    rp_metric_fold_free(&fold);
    rp_metrics_free(&metrics);
}

static uint64_t exemplars_under(enum rp_exemplar_filter filter, bool sampled)
{
    struct rp_session_head head = head_of_clinic();
    head.sampled = sampled;
    struct rp_metrics *metrics = rp_metrics_new();
    struct rp_metric_fold *fold = rp_metric_fold_new(metrics, filter);
    const struct rp_metric_session session = {
        &head, {RP_NS_PER_S}, RP_OUTCOME_OK};
    const struct rp_span span = {.role = RP_SPAN_ATTEMPT,
        .start_unix_ns = START_NS,
        .end_unix_ns = START_NS + 1,
        .attributes = RP_STR("{}")};
    uint32_t count;
    rp_metric_fold_begin(fold, &session);
    rp_metric_fold_add(fold, &span);
    const struct rp_metric_point *points =
        rp_metrics_points(metrics, RP_METRIC_ATTEMPT_DURATION, &count);
    assert_int_equal(count, 1);
    uint64_t found = points[0].exemplars[0].unix_ns != 0;
    rp_metric_fold_free(&fold);
    rp_metrics_free(&metrics);
    return found;
}

static void exemplars_are_of_sampled_traces_unless_asked_for(void **state)
{
    (void)state;
    assert_int_equal(exemplars_under(RP_EXEMPLARS_TRACE_BASED, true), 1);
    assert_int_equal(exemplars_under(RP_EXEMPLARS_TRACE_BASED, false), 0);
    assert_int_equal(exemplars_under(RP_EXEMPLARS_ALWAYS_ON, false), 1);
    assert_int_equal(exemplars_under(RP_EXEMPLARS_ALWAYS_OFF, true), 0);
}

/* ---- the points ---- */

static void add_agent(
    struct rp_metrics *metrics, uint32_t number, int64_t value)
{
    char name[32];
    struct rp_metric_labels labels = {{{NULL, 0}}};
    (void)snprintf(name, sizeof(name), "agent-%05u", number);
    labels.values[RP_LABEL_AGENT] = rp_str_of(name);
    /* not of this metric: left out */
    labels.values[RP_LABEL_OUTCOME] = RP_STR("ok");
    rp_metrics_add(metrics, RP_METRIC_TIMEOUTS, &labels, value, NULL);
}

static void sets_past_the_limit_are_counted_together(void **state)
{
    (void)state;
    struct rp_metrics *metrics = rp_metrics_new();
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < RP_METRIC_SETS_MAX + 100; i++) {
            add_agent(metrics, i, 1);
        }
    }
    uint32_t count;
    const struct rp_metric_point *points =
        rp_metrics_points(metrics, RP_METRIC_TIMEOUTS, &count);
    assert_int_equal(count, RP_METRIC_SETS_MAX);
    for (uint32_t i = 0; i + 1 < count; i++) {
        assert_int_equal(points[i].value, 2);
        assert_false(points[i].overflow);
    }
    assert_true(points[count - 1].overflow);
    assert_int_equal(points[count - 1].value, 2 * 101);
    struct rp_buf text;
    rp_buf_init(&text, TEXT_MAX);
    rp_metric_text_family(
        &text, RP_METRIC_OPENMETRICS, metrics, RP_METRIC_TIMEOUTS);
    assert_non_null(strstr(text.ptr, "reprise_attempt_timeouts_total{"
                                     "otel_metric_overflow=\"true\"} 202\n"));
    rp_buf_fini(&text);
    rp_metrics_free(&metrics);
}

static void points_are_found_again_after_they_were_sorted(void **state)
{
    (void)state;
    struct rp_metrics *metrics = rp_metrics_new();
    uint32_t count;
    for (uint32_t i = 200; i > 0; i--) {
        add_agent(metrics, i, 1);
        (void)rp_metrics_points(metrics, RP_METRIC_TIMEOUTS, &count);
        add_agent(metrics, i, 1);
    }
    const struct rp_metric_point *points =
        rp_metrics_points(metrics, RP_METRIC_TIMEOUTS, &count);
    assert_int_equal(count, 200);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(points[i].value, 2);
    }
    rp_metrics_clear(metrics, RP_METRIC_TIMEOUTS);
    (void)rp_metrics_points(metrics, RP_METRIC_TIMEOUTS, &count);
    assert_int_equal(count, 0);
    rp_metrics_free(&metrics);
}

static void a_long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char text[RP_METRIC_TEXT_BYTES_MAX + 8];
    struct rp_metrics *metrics = rp_metrics_new();
    struct rp_metric_labels labels = {{{NULL, 0}}};
    memset(text, 'x', sizeof(text));
    memcpy(text + RP_METRIC_TEXT_BYTES_MAX - 1, "\xC3\xA9", 2);
    labels.values[RP_LABEL_AGENT] = (struct rp_str){text, sizeof(text)};
    rp_metrics_add(metrics, RP_METRIC_TIMEOUTS, &labels, 1, NULL);
    rp_metrics_add(metrics, RP_METRIC_TIMEOUTS, &labels, 1, NULL);
    uint32_t count;
    const struct rp_metric_point *points =
        rp_metrics_points(metrics, RP_METRIC_TIMEOUTS, &count);
    assert_int_equal(count, 1);
    assert_int_equal(
        points[0].values[RP_LABEL_AGENT].len, RP_METRIC_TEXT_BYTES_MAX - 1);
    rp_metrics_free(&metrics);
}

/* ---- the text ---- */

static void a_bound_belongs_to_its_bucket(void **state)
{
    (void)state;
    struct rp_metrics *metrics = rp_metrics_new();
    struct rp_metric_labels labels = {{{NULL, 0}}};
    const struct rp_exemplar exemplar = {
        {{0xab}}, {{0xcd}}, START_NS, RP_NS_PER_S};
    rp_metrics_add(
        metrics, RP_METRIC_GENAI_WORKFLOW, &labels, RP_NS_PER_S, &exemplar);
    rp_metrics_add(
        metrics, RP_METRIC_GENAI_WORKFLOW, &labels, RP_NS_PER_S + 1, NULL);
    rp_metrics_add(
        metrics, RP_METRIC_GENAI_WORKFLOW, &labels, 9000 * RP_NS_PER_S, NULL);
    struct rp_buf text;
    rp_buf_init(&text, TEXT_MAX);
    rp_metric_text_family(
        &text, RP_METRIC_OPENMETRICS, metrics, RP_METRIC_GENAI_WORKFLOW);
    assert_string_equal(text.ptr,
        "# TYPE gen_ai_workflow_duration_seconds histogram\n"
        "# UNIT gen_ai_workflow_duration_seconds seconds\n"
        "# HELP gen_ai_workflow_duration_seconds sessions that ended\n"
        "gen_ai_workflow_duration_seconds_bucket{le=\"1.0\"} 1"
        " # {trace_id=\"ab000000000000000000000000000000\","
        "span_id=\"cd00000000000000\"} 1.0 1760000000.000\n"
        "gen_ai_workflow_duration_seconds_bucket{le=\"5.0\"} 2\n"
        "gen_ai_workflow_duration_seconds_bucket{le=\"10.0\"} 2\n"
        "gen_ai_workflow_duration_seconds_bucket{le=\"30.0\"} 2\n"
        "gen_ai_workflow_duration_seconds_bucket{le=\"60.0\"} 2\n"
        "gen_ai_workflow_duration_seconds_bucket{le=\"120.0\"} 2\n"
        "gen_ai_workflow_duration_seconds_bucket{le=\"300.0\"} 2\n"
        "gen_ai_workflow_duration_seconds_bucket{le=\"600.0\"} 2\n"
        "gen_ai_workflow_duration_seconds_bucket{le=\"1800.0\"} 2\n"
        "gen_ai_workflow_duration_seconds_bucket{le=\"3600.0\"} 2\n"
        "gen_ai_workflow_duration_seconds_bucket{le=\"7200.0\"} 2\n"
        "gen_ai_workflow_duration_seconds_bucket{le=\"+Inf\"} 3\n"
        "gen_ai_workflow_duration_seconds_sum 9002.000000001\n"
        "gen_ai_workflow_duration_seconds_count 3\n");
    rp_buf_fini(&text);
    rp_metrics_free(&metrics);
}

static void texts_are_escaped_and_the_older_form_has_no_exemplars(void **state)
{
    (void)state;
    struct rp_metrics *metrics = rp_metrics_new();
    struct rp_metric_labels labels = {{{NULL, 0}}};
    const struct rp_exemplar exemplar = {{{1}}, {{2}}, START_NS, 2500};
    labels.values[RP_LABEL_WORKFLOW] = RP_STR("a\"b\\c\nd");
    rp_metrics_add(metrics, RP_METRIC_COST, &labels, 2500, &exemplar);
    struct rp_buf text;
    rp_buf_init(&text, TEXT_MAX);
    rp_metric_text_family(&text, RP_METRIC_PROMETHEUS, metrics, RP_METRIC_COST);
    assert_string_equal(text.ptr,
        "# TYPE reprise_usage_cost_USD_total counter\n"
        "# HELP reprise_usage_cost_USD_total cost, as workers reported it\n"
        "reprise_usage_cost_USD_total{gen_ai_workflow_name="
        "\"a\\\"b\\\\c\\nd\"} 0.0025\n");
    rp_buf_reset(&text);
    rp_metric_text_family(
        &text, RP_METRIC_OPENMETRICS, metrics, RP_METRIC_COST);
    assert_non_null(strstr(text.ptr, "# UNIT reprise_usage_cost_USD USD\n"));
    assert_non_null(strstr(text.ptr, "\"} 0.0025 1760000000.000\n"));
    rp_buf_fini(&text);
    rp_metrics_free(&metrics);
}

static void the_resource_is_told_each_name_once(void **state)
{
    (void)state;
    static const struct rp_tag extra[] = {{{"my.team", 7}, {"red", 3}},
        {{"my-team", 7}, {"blue", 4}}, {{"9", 1}, {"nine", 4}}};
    const struct rp_otlp_resource resource = {.service_name = RP_STR("x"),
        .extra = extra,
        .extra_count = RP_COUNT_OF(extra)};
    struct rp_buf text;
    rp_buf_init(&text, TEXT_MAX);
    rp_metric_text_begin(&text, RP_METRIC_OPENMETRICS, &resource);
    rp_metric_text_end(&text, RP_METRIC_OPENMETRICS);
    assert_string_equal(text.ptr,
        "# TYPE target info\n# HELP target who tells this\n"
        "target_info{service_name=\"x\",telemetry_sdk_name=\"reprise\","
        "telemetry_sdk_language=\"c\",my_team=\"red\",_9=\"nine\"} 1\n"
        "# EOF\n");
    rp_buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_span_is_counted_as_the_table_says),
        cmocka_unit_test(what_became_of_a_fault_is_told),
        cmocka_unit_test(exemplars_are_of_sampled_traces_unless_asked_for),
        cmocka_unit_test(sets_past_the_limit_are_counted_together),
        cmocka_unit_test(points_are_found_again_after_they_were_sorted),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
        cmocka_unit_test(a_bound_belongs_to_its_bucket),
        cmocka_unit_test(texts_are_escaped_and_the_older_form_has_no_exemplars),
        cmocka_unit_test(the_resource_is_told_each_name_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
