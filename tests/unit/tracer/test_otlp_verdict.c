/* What answers mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <reprise/otlp_exchange.h>

static const struct rp_wall now = {INT64_C(784111777) * RP_NS_PER_S};

static struct rp_otlp_verdict judge(enum rp_otlp_protocol protocol, int status,
    const char *fields, struct rp_str body)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_http_response response;
    rp_http_response_init(&response);
    response.status = status;
    rp_buf_add_text(&response.fields, fields);
    rp_buf_add(&response.body, body);
    const struct rp_otlp_config config = {.protocol = protocol};
    struct rp_otlp_verdict v =
        rp_otlp_verdict_of(&config, RP_OK, &err, &response, now);
    rp_http_response_fini(&response);
    return v;
}

#define HTTP(status, fields, text)                                             \
    judge(RP_OTLP_HTTP_JSON, status, fields, RP_STR(text))
#define PROTO(status, text)                                                    \
    judge(RP_OTLP_HTTP_PROTOBUF, status, "", RP_STR(text))
#define GRPC(fields) judge(RP_OTLP_GRPC, 200, fields, RP_STR(""))

static void only_four_statuses_are_tried_again(void **state)
{
    (void)state;
    for (int status = 100; status < 600; status++) {
        enum rp_otlp_answer expected =
            status == 200   ? RP_OTLP_ACCEPTED
            : status == 413 ? RP_OTLP_TOO_LARGE
            : status == 429 || (status >= 502 && status <= 504)
                ? RP_OTLP_RETRY
                : RP_OTLP_REFUSED;
        assert_int_equal(HTTP(status, "", "{}").answer, expected);
    }
}

static void retry_after_is_seconds_or_a_date(void **state)
{
    (void)state;
    struct rp_otlp_verdict v = HTTP(503, "retry-after: 120\n", "");
    assert_true(v.has_retry_after);
    assert_int_equal(v.retry_after.ns, 120 * RP_NS_PER_S);
    v = HTTP(429, "retry-after: Sun, 06 Nov 1994 08:50:37 GMT\n", "");
    assert_true(v.has_retry_after);
    assert_int_equal(v.retry_after.ns, 60 * RP_NS_PER_S);
    v = HTTP(429, "retry-after: Sun, 06 Nov 1994 08:00:00 GMT\n", "");
    assert_int_equal(v.retry_after.ns, 0);
    assert_false(HTTP(503, "retry-after: soon\n", "").has_retry_after);
    assert_false(HTTP(503, "retry-after: -1\n", "").has_retry_after);
    assert_false(HTTP(503, "retry-after:\n", "").has_retry_after);
    assert_false(HTTP(503, "retry-after: Sun, 06 Foo 1994 08:00:00 GMT\n", "")
                     .has_retry_after);
    assert_false(HTTP(400, "", "").has_retry_after);
}

static void partial_success_counts_what_was_not_taken(void **state)
{
    (void)state;
    struct rp_otlp_verdict v = HTTP(200, "",
        "{\"partialSuccess\":{\"rejectedSpans\":\"3\",\"errorMessage\":\"x\"}"
        "}");
    assert_int_equal(v.answer, RP_OTLP_ACCEPTED);
    assert_int_equal(v.rejected, 3);
    assert_string_equal(v.message, "some spans were not taken: x");
    v = HTTP(200, "", "{\"partialSuccess\":{\"rejectedSpans\":7}}");
    assert_int_equal(v.rejected, 7);
    v = PROTO(200, "\x0a\x05\x08\x03\x12\x01y");
    assert_int_equal(v.rejected, 3);
    assert_string_equal(v.message, "some spans were not taken: y");
    v = PROTO(200, "\x0a\x03\x12\x01z");
    assert_int_equal(v.rejected, 0);
    assert_string_equal(v.message, "a warning: z");
}

static void a_success_without_sense_is_a_success(void **state)
{
    static const char *const bodies[] = {"", "{}", "[]", "no JSON",
        "{\"partialSuccess\":1}", "{\"partialSuccess\":{\"rejectedSpans\":-4}}",
        "{\"partialSuccess\":{\"rejectedSpans\":\"-4\"}}"};
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(bodies); i++) {
        for (int json = 0; json < 2; json++) {
            struct rp_otlp_verdict v =
                judge(json ? RP_OTLP_HTTP_JSON : RP_OTLP_HTTP_PROTOBUF, 200, "",
                    rp_str_of(bodies[i]));
            assert_int_equal(v.answer, RP_OTLP_ACCEPTED);
            assert_int_equal(v.rejected, 0);
        }
    }
    assert_int_equal(PROTO(200, "\x0a\xff\xff\xff\xff\xff").rejected, 0);
}

static void a_refusal_says_why(void **state)
{
    (void)state;
    assert_string_equal(HTTP(400, "", "{\"message\":\"bad\\nspan\"}").message,
        "HTTP status 400: bad span");
    assert_string_equal(PROTO(400, "\x08\x03\x12\x03"
                                   "bad")
                            .message,
        "HTTP status 400: bad");
    assert_string_equal(HTTP(404, "", "<html>").message, "HTTP status 404");
}

static void the_status_of_grpc_decides(void **state)
{
    static const enum rp_otlp_answer answers[] = {RP_OTLP_ACCEPTED,
        RP_OTLP_RETRY, RP_OTLP_REFUSED, RP_OTLP_REFUSED, RP_OTLP_RETRY,
        RP_OTLP_REFUSED, RP_OTLP_REFUSED, RP_OTLP_REFUSED, RP_OTLP_REFUSED,
        RP_OTLP_REFUSED, RP_OTLP_RETRY, RP_OTLP_RETRY, RP_OTLP_REFUSED,
        RP_OTLP_REFUSED, RP_OTLP_RETRY, RP_OTLP_RETRY, RP_OTLP_REFUSED};
    (void)state;
    for (size_t i = 0; i < RP_COUNT_OF(answers); i++) {
        struct rp_buf fields;
        rp_buf_init(&fields, 256);
        rp_buf_addf(&fields, "grpc-status: %zu\ngrpc-message: no\n", i);
        assert_int_equal(GRPC(fields.ptr).answer, answers[i]);
        rp_buf_fini(&fields);
    }
    assert_int_equal(GRPC("").answer, RP_OTLP_REFUSED);
    assert_int_equal(GRPC("grpc-status: x\n").answer, RP_OTLP_REFUSED);
    assert_int_equal(
        judge(RP_OTLP_GRPC, 503, "", RP_STR("")).answer, RP_OTLP_RETRY);
    assert_int_equal(
        judge(RP_OTLP_GRPC, 404, "", RP_STR("")).answer, RP_OTLP_REFUSED);
}

static void what_is_exhausted_is_tried_again_when_it_says_when(void **state)
{
    (void)state;
    /* Status{details: Any{".../google.rpc.RetryInfo", {retry_delay: 2.5 s}}} */
    struct rp_otlp_verdict v = GRPC(
        "grpc-status: 8\ngrpc-status-details-bin: "
        "GjYKKHR5cGUuZ29vZ2xlYXBpcy5jb20vZ29vZ2xlLnJwYy5SZXRyeUluZm8SCgoICAIQ"
        "gMq17gE=\n");
    assert_int_equal(v.answer, RP_OTLP_RETRY);
    assert_true(v.has_retry_after);
    assert_int_equal(v.retry_after.ns, 2500 * RP_NS_PER_MS);
    v = GRPC("grpc-status: 8\ngrpc-message: received message larger than max "
             "(5 vs. 4)\n");
    assert_int_equal(v.answer, RP_OTLP_TOO_LARGE);
    v = GRPC("grpc-status: 8\ngrpc-status-details-bin: @@\n");
    assert_int_equal(v.answer, RP_OTLP_REFUSED);
}

static void an_answer_of_grpc_may_be_partial(void **state)
{
    (void)state;
    struct rp_otlp_verdict v = judge(RP_OTLP_GRPC, 200, "grpc-status: 0\n",
        RP_STR("\0\0\0\0\x07\x0a\x05\x08\x02\x12\x01q"));
    assert_int_equal(v.answer, RP_OTLP_ACCEPTED);
    assert_int_equal(v.rejected, 2);
}

static void no_answer_is_tried_again_unless_it_can_never_come(void **state)
{
    static const struct {
        enum rp_code code;
        enum rp_otlp_answer answer;
    } cases[] = {{RP_E_IO, RP_OTLP_RETRY}, {RP_E_TIMEOUT, RP_OTLP_RETRY},
        {RP_E_CANCELLED, RP_OTLP_STOPPED}, {RP_E_LIMIT, RP_OTLP_REFUSED}};
    struct rp_err err = {RP_E_IO, "Connection refused"};
    struct rp_http_response response;
    (void)state;
    rp_http_response_init(&response);
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        const struct rp_otlp_config config = {.protocol = RP_OTLP_HTTP_JSON};
        struct rp_otlp_verdict v =
            rp_otlp_verdict_of(&config, cases[i].code, &err, &response, now);
        assert_int_equal(v.answer, cases[i].answer);
        assert_string_equal(v.message, "no answer: Connection refused");
    }
    rp_http_response_fini(&response);
}

static void waits_grow_are_spread_and_end_at_half_a_minute(void **state)
{
    int64_t least[] = {250, 500, 1000, 2000, 4000, 8000, 15000, 15000};
    (void)state;
    for (uint32_t i = 0; i < RP_COUNT_OF(least); i++) {
        bool spread = false;
        for (uint64_t draw = 0; draw < 64; draw++) {
            int64_t ms =
                rp_otlp_backoff(i + 1, draw * UINT64_C(0x9E3779B97F4A7C15)).ns /
                RP_NS_PER_MS;
            assert_in_range(ms, least[i], 2 * least[i]);
            spread = spread || ms > least[i] + least[i] / 4;
        }
        assert_true(spread);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_four_statuses_are_tried_again),
        cmocka_unit_test(retry_after_is_seconds_or_a_date),
        cmocka_unit_test(partial_success_counts_what_was_not_taken),
        cmocka_unit_test(a_success_without_sense_is_a_success),
        cmocka_unit_test(a_refusal_says_why),
        cmocka_unit_test(the_status_of_grpc_decides),
        cmocka_unit_test(what_is_exhausted_is_tried_again_when_it_says_when),
        cmocka_unit_test(an_answer_of_grpc_may_be_partial),
        cmocka_unit_test(no_answer_is_tried_again_unless_it_can_never_come),
        cmocka_unit_test(waits_grow_are_spread_and_end_at_half_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
