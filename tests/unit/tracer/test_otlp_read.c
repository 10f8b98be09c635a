/* OTLP of others: every spelling that is taken, and what is wrong said with
 * its place. */
#include <reprise/export_otlp_json.h>
#include <reprise/otlp_proto.h>
#include <reprise/otlp_read.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "support.h"

#define TRACE "\"traceId\":\"0102030405060708090a0b0c0d0e0f10\""
#define SPAN "\"spanId\":\"a1a2a3a4a5a6a7a8\""
#define AROUND(spans)                                                          \
    "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[" spans "]}]}]}"
#define WITH(members) AROUND("{" TRACE "," SPAN "," members "}")
#define VALUE(value)                                                           \
    WITH("\"attributes\":[{\"key\":\"k\",\"value\":" value "}]")

struct reading {
    struct rp_arena *arena;
    struct rp_otlp_traces traces;
    struct rp_err err;
    enum rp_code rc;
};

static void read_text(struct reading *out, const char *text)
{
    *out = (struct reading){.arena = rp_arena_new(0)};
    out->rc =
        rp_otlp_read(&out->traces, out->arena, rp_str_of(text), &out->err);
}

static void assert_count(const char *text, uint32_t count)
{
    struct reading r;
    read_text(&r, text);
    if (r.rc != RP_OK) {
        fail_msg("%s", r.err.text);
    }
    assert_int_equal(r.traces.count, count);
    rp_arena_free(&r.arena);
}

static void assert_refused(const char *text, const char *message)
{
    struct reading r;
    read_text(&r, text);
    assert_int_not_equal(r.rc, RP_OK);
    assert_string_equal(r.err.text, message);
    rp_arena_free(&r.arena);
}

static void assert_attribute(const char *value, const char *expected)
{
    struct reading r;
    read_text(&r, value);
    if (r.rc != RP_OK) {
        fail_msg("%s", r.err.text);
    }
    assert_int_equal(r.traces.count, 1);
    struct rp_str got = r.traces.spans[0].span.attributes;
    assert_string_equal(got.ptr, expected);
    rp_arena_free(&r.arena);
}

static void json_may_be_an_object_a_list_or_lines(void **state)
{
    (void)state;
    static const char one[] = WITH("\"name\":\"x\"");
    static const char lines[] =
        WITH("\"name\":\"x\"") "\n\r\n" WITH("\"name\":\"y\"") "\n";
    static const char list[] =
        "[" WITH("\"name\":\"x\"") ",\n" WITH("\"name\":\"y\"") "]";
    assert_count(one, 1);
    assert_count(lines, 2);
    assert_count(list, 2);
    assert_count("{}", 0);
    assert_count(" { \"resourceSpans\" :\n [ ] }", 0);
    assert_count("{\"resourceSpans\":null}", 0);
}

static void answers_of_query_services_are_taken(void **state)
{
    (void)state;
    assert_count("{\"result\":" WITH("\"kind\":2") "}", 1);
    assert_count("{\"trace\":" WITH("\"kind\":2") "}", 1);
    struct reading r;
    read_text(&r, "{\"batches\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
                  "\"AQIDBAUGBwgJCgsMDQ4PEA==\",\"spanId\":\"oaKjpKWmp6g=\","
                  "\"kind\":\"SPAN_KIND_SERVER\",\"status\":{\"code\":"
                  "\"STATUS_CODE_OK\"},\"startTimeUnixNano\":7}]}]}]}");
    assert_int_equal(r.rc, RP_OK);
    assert_int_equal(r.traces.count, 1);
    const struct rp_otlp_span *span = &r.traces.spans[0];
    assert_int_equal(span->trace.bytes[15], 0x10);
    assert_int_equal(span->span.id.bytes[0], 0xA1);
    assert_int_equal(span->span.kind, RP_SPAN_SERVER);
    assert_int_equal(span->span.status, RP_SPAN_OK);
    assert_int_equal(span->span.start_unix_ns, 7);
    rp_arena_free(&r.arena);
}

static void ids_in_hex_are_taken_in_either_case(void **state)
{
    (void)state;
    struct reading r;
    read_text(&r, AROUND("{\"traceId\":\"5B8EFFF798038103D269B633813FC60C\","
                         "\"spanId\":\"EEE19B7EC3C1B174\","
                         "\"parentSpanId\":\"eeE19b7ec3C1b173\"}"));
    assert_int_equal(r.rc, RP_OK);
    assert_int_equal(r.traces.count, 1);
    assert_int_equal(r.traces.spans[0].trace.bytes[0], 0x5B);
    assert_int_equal(r.traces.spans[0].span.id.bytes[7], 0x74);
    assert_int_equal(r.traces.spans[0].span.parent.bytes[7], 0x73);
    rp_arena_free(&r.arena);
}

static void every_kind_of_value_is_understood(void **state)
{
    (void)state;
    assert_attribute(VALUE("{\"intValue\":\"-5\"}"), "{\"k\":-5}");
    assert_attribute(VALUE("{\"intValue\":5}"), "{\"k\":5}");
    assert_attribute(VALUE("{\"intValue\":\"-9223372036854775808\"}"),
        "{\"k\":-9223372036854775808}");
    assert_attribute(VALUE("{\"doubleValue\":2}"), "{\"k\":2.0}");
    assert_attribute(VALUE("{\"doubleValue\":\"2.5\"}"), "{\"k\":2.5}");
    assert_attribute(
        VALUE("{\"doubleValue\":\"NaN\"}"), "{\"k\":{\"$double\":\"NaN\"}}");
    assert_attribute(
        VALUE("{\"doubleValue\":1e999}"), "{\"k\":{\"$double\":\"Infinity\"}}");
    assert_attribute(
        VALUE("{\"bytesValue\":\"_-8\"}"), "{\"k\":{\"$bytes\":\"/+8=\"}}");
    assert_attribute(VALUE("{\"stringValue\":\"\"}"), "{\"k\":\"\"}");
    assert_attribute(VALUE("{\"boolValue\":false}"), "{\"k\":false}");
    assert_attribute(VALUE("{}"), "{\"k\":null}");
    assert_attribute(VALUE("null"), "{\"k\":null}");
    assert_attribute(
        VALUE("{\"stringValue\":null,\"intValue\":1}"), "{\"k\":1}");
    assert_attribute(VALUE("{\"arrayValue\":{}}"), "{\"k\":[]}");
    assert_attribute(
        VALUE("{\"kvlistValue\":{\"values\":[{\"key\":\"$bytes\",\"value\":{"
              "\"stringValue\":\"\"}}]}}"),
        "{\"k\":{\"$map\":{\"$bytes\":\"\"}}}");
    assert_attribute(WITH("\"unknown\":[1,{\"a\":{}}]"), "{}");
}

static void spans_without_valid_ids_are_counted(void **state)
{
    (void)state;
    static const char *const spans[] = {
        AROUND("{}"),
        AROUND("{" TRACE "}"),
        AROUND("{" TRACE ",\"spanId\":\"0000000000000000\"}"),
        AROUND("{" SPAN ",\"traceId\":\"00\"}"),
        AROUND("{" SPAN ",\"traceId\":7}"),
    };
    for (size_t i = 0; i < RP_COUNT_OF(spans); i++) {
        struct reading r;
        read_text(&r, spans[i]);
        assert_int_equal(r.rc, RP_OK);
        assert_int_equal(r.traces.count, 0);
        assert_int_equal(r.traces.invalid, 1);
        rp_arena_free(&r.arena);
    }
    struct reading r;
    read_text(&r, WITH("\"links\":[{\"traceId\":\"00\"}],"
                       "\"parentSpanId\":\"\",\"droppedLinksCount\":2"));
    assert_int_equal(r.traces.spans[0].span.link_count, 0);
    assert_int_equal(r.traces.spans[0].span.dropped_links, 3);
    assert_int_equal(r.traces.spans[0].span.parent.bytes[0], 0);
    rp_arena_free(&r.arena);
}

static void what_is_wrong_in_json_is_said_with_its_place(void **state)
{
    (void)state;
    assert_refused("", "it is neither JSON nor a message of OTLP");
    assert_refused("hello", "it is neither JSON nor a message of OTLP");
    assert_refused("[1]", "line 1, column 2: an object is expected here");
    assert_refused(
        "{\"spans\":[]}", "line 1, column 1: it has no resourceSpans");
    assert_refused(
        "{\"resourceSpans\":7}", "line 1, column 18: a list is expected here");
    assert_refused("{}\n{}\n{\"resourceSpans\":{}}",
        "line 3, column 18: a list is expected here");
    assert_refused("{\n\"resourceSpans\":\n7}",
        "line 3, column 1: a list is expected here");
    assert_refused(
        WITH("\n\"name\":5"), "line 2, column 8: a text is expected here");
    assert_refused(WITH("\n\"kind\":\"SPAN_KIND_ODD\""),
        "line 2, column 8: a number of an enum is expected here");
    assert_refused(WITH("\n\"startTimeUnixNano\":\"1.5\""),
        "line 2, column 21: a whole number is expected here");
    assert_refused(VALUE("\n{\"intValue\":\"9223372036854775808\"}"),
        "line 2, column 13: an integer of 64 bits is expected here");
    assert_refused(VALUE("\n{\"bytesValue\":\"!\"}"),
        "line 2, column 15: bytes in base 64 are expected here");
}

static void lists_that_nest_too_deep_are_refused(void **state)
{
    (void)state;
    struct rp_buf text;
    struct reading r;
    rp_buf_init(&text, 1u << 20);
    rp_buf_add_text(&text, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{"
                           "\"attributes\":[{\"key\":\"k\",\"value\":");
    for (int i = 0; i < 40; i++) {
        rp_buf_add_text(&text, "{\"arrayValue\":{\"values\":[");
    }
    for (int i = 0; i < 40; i++) {
        rp_buf_add_text(&text, "]}}");
    }
    rp_buf_add_text(&text, "}]}]}]}]}");
    read_text(&r, text.ptr);
    assert_int_equal(r.rc, RP_E_LIMIT);
    assert_non_null(strstr(r.err.text, "attributes nest too deep"));
    rp_arena_free(&r.arena);
    rp_buf_fini(&text);
}

/* ---- protocol buffers ---- */

static struct rp_pb message_of_clinic(void)
{
    static const struct rp_otlp_resource resource = {.extra_count = 0};
    struct journal journal;
    struct rp_pb out;
    uint32_t count;
    const struct rp_span *spans[32];
    journal_begin(&journal, 1, NULL, NULL);
    journal.fold = rp_span_fold_new(&journal.head, 0);
    clinic_all(&journal);
    const struct rp_span_change *changes =
        rp_span_fold_changes(journal.fold, &count);
    for (uint32_t i = 0; i < count; i++) {
        spans[i] = changes[i].span;
    }
    rp_pb_init(&out, 1u << 20);
    rp_otlp_proto_write(&out, &resource, &journal.head, spans, count);
    rp_span_fold_free(&journal.fold);
    return out;
}

static void a_message_that_is_cut_or_altered_never_does_harm(void **state)
{
    (void)state;
    struct rp_pb message = message_of_clinic();
    struct rp_str whole = rp_pb_str(&message);
    char *copy = rp_mem_dup(whole);
    uint32_t refused = 0;
    for (size_t i = 1; i < whole.len; i++) {
        struct rp_otlp_traces traces = {.count = 0};
        struct rp_err err = RP_ERR_INIT;
        struct rp_arena *arena = rp_arena_new(0);
        char *cut = rp_mem_dup((struct rp_str){whole.ptr, i});
        assert_int_equal(/* one message is around all of it */
            rp_otlp_read(&traces, arena, (struct rp_str){cut, i}, &err),
            RP_E_INVALID);
        assert_true(err.text[0] != '\0');
        copy[i] = (char)(copy[i] ^ 0x15);
        rp_err_clear(&err);
        refused += rp_otlp_read(&traces, arena,
                       (struct rp_str){copy, whole.len}, &err) != RP_OK;
        copy[i] = whole.ptr[i];
        rp_mem_free(cut);
        rp_arena_free(&arena);
    }
    assert_true(refused > 0);
    rp_mem_free(copy);
    rp_pb_fini(&message);
}

static void messages_behind_each_other_are_one(void **state)
{
    (void)state;
    struct rp_pb message = message_of_clinic();
    struct rp_otlp_traces one = {.count = 0};
    struct rp_otlp_traces two = {.count = 0};
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_str once = rp_pb_str(&message);
    struct rp_buf twice;
    rp_buf_init(&twice, 1u << 20);
    rp_buf_add(&twice, once);
    rp_buf_add(&twice, once);
    assert_int_equal(rp_otlp_read(&one, arena, once, NULL), RP_OK);
    assert_int_equal(
        rp_otlp_read(&two, arena, rp_buf_str(&twice), NULL), RP_OK);
    assert_true(one.count > 0);
    assert_int_equal(two.count, one.count * 2);
    rp_buf_fini(&twice);
    rp_arena_free(&arena);
    rp_pb_fini(&message);
}

static void messages_may_stand_behind_their_lengths(void **state)
{
    (void)state;
    struct rp_pb message = message_of_clinic();
    struct rp_str once = rp_pb_str(&message);
    struct rp_otlp_traces one = {.count = 0};
    struct rp_otlp_traces two = {.count = 0};
    struct rp_err err = RP_ERR_INIT;
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_buf framed;
    rp_buf_init(&framed, 1u << 20);
    for (int i = 0; i < 2; i++) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            rp_buf_add_char(&framed, (char)(once.len >> shift & 0xFF));
        }
        rp_buf_add(&framed, once);
    }
    struct rp_str bytes = rp_buf_str(&framed);
    assert_int_equal(rp_otlp_form_of(bytes), RP_OTLP_FORM_FRAMES);
    assert_int_equal(rp_otlp_read(&one, arena, once, NULL), RP_OK);
    assert_int_equal(rp_otlp_read(&two, arena, bytes, NULL), RP_OK);
    assert_int_equal(two.count, one.count * 2);
    bytes.len--;
    assert_int_equal(rp_otlp_read(&two, arena, bytes, &err), RP_E_INVALID);
    assert_non_null(strstr(err.text, "a message is cut short"));
    rp_buf_fini(&framed);
    rp_arena_free(&arena);
    rp_pb_fini(&message);
}

static void a_length_that_looks_like_a_bracket_is_no_json(void **state)
{
    (void)state;
    struct rp_buf bytes;
    rp_buf_init(&bytes, 256);
    static const char brackets[] = "[{";
    for (size_t i = 0; i < 2; i++) {
        rp_buf_reset(&bytes);
        rp_buf_add_char(&bytes, '\x0A');
        rp_buf_add_char(&bytes, brackets[i]);
        rp_buf_add_char(&bytes, '\x12');
        assert_int_equal(
            rp_otlp_form_of(rp_buf_str(&bytes)), RP_OTLP_FORM_PROTO);
    }
    rp_buf_fini(&bytes);
    assert_int_equal(rp_otlp_form_of(RP_STR("\n{}")), RP_OTLP_FORM_JSON);
}

static void what_is_wrong_in_a_message_is_said_with_its_place(void **state)
{
    (void)state;
    static const struct {
        struct rp_str bytes;
        const char *message;
    } cases[] = {
        {{"\x0A\x05\x12", 3},
            "byte 1: a field is longer than what is around it"},
        {{"\x0A\x02\x12\x05", 4},
            "byte 3: a field is longer than what is around it"},
        {{"\x0A\x80", 2}, "byte 1: a number is cut short"},
        {{"\x0A\x00\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 13},
            "byte 2: a number of more than 10 bytes"},
        {{"\x0A\x01\x13", 3}, "byte 2: a wire type that OTLP does not have"},
        {{"\x0A\x01\x02", 3}, "byte 2: there is no field of that number"},
        {{"\x0A\x03\x19\x01\x02", 5}, "byte 3: a number is cut short"},
    };
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct rp_err err = RP_ERR_INIT;
        struct rp_otlp_traces traces;
        struct rp_arena *arena = rp_arena_new(0);
        assert_int_equal(
            rp_otlp_read(&traces, arena, cases[i].bytes, &err), RP_E_INVALID);
        assert_string_equal(err.text, cases[i].message);
        rp_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_may_be_an_object_a_list_or_lines),
        cmocka_unit_test(answers_of_query_services_are_taken),
        cmocka_unit_test(ids_in_hex_are_taken_in_either_case),
        cmocka_unit_test(every_kind_of_value_is_understood),
        cmocka_unit_test(spans_without_valid_ids_are_counted),
        cmocka_unit_test(what_is_wrong_in_json_is_said_with_its_place),
        cmocka_unit_test(lists_that_nest_too_deep_are_refused),
        cmocka_unit_test(a_message_that_is_cut_or_altered_never_does_harm),
        cmocka_unit_test(messages_behind_each_other_are_one),
        cmocka_unit_test(messages_may_stand_behind_their_lengths),
        cmocka_unit_test(a_length_that_looks_like_a_bracket_is_no_json),
        cmocka_unit_test(what_is_wrong_in_a_message_is_said_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
