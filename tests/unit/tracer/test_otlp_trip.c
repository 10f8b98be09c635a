/* What is written as OTLP is read back as it was, and what the bytes are. */
#include <reprise/export_otlp_json.h>
#include <reprise/otlp_proto.h>
#include <reprise/otlp_read.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attr_write.h"
#include "support.h"

#define ROUNDS 10000 /* RP_TEST_ROUNDS where that would take too long */
#define SPANS_MAX 4
#define BYTES_MAX (16u << 20)

static const struct rp_tag extra[] = {
    {{"deployment.environment.name", 27}, {"ward \"7\"", 8}},
    {{"service.name", 12}, {"not this one", 12}},
};
static const struct rp_otlp_resource resource = {
    .service_name = {"clinic", 6},
    .service_version = {"0.1.0", 5},
    .extra = extra,
    .extra_count = 2,
};

/* ---- chance ---- */

static uint64_t chance_state;

static uint64_t chance(uint64_t below)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return chance_state % below;
}

static void add_random_text(struct rp_buf *out)
{
    static const char *const pieces[] = {"a", "label", "\"", "\\", "\n", "\x01",
        "\x7f", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "{\"$map\":1}",
        "$bytes", " ", "0123456789abcdef0123456789"};
    uint64_t count = chance(5);
    for (uint64_t i = 0; i < count; i++) {
        rp_buf_add_text(out, pieces[chance(RP_COUNT_OF(pieces))]);
    }
    if (chance(9) == 0) {
        rp_buf_add(out, RP_STR("\0"));
    }
}

static void add_random_string(struct rp_buf *out)
{
    struct rp_buf text;
    struct rp_buf held;
    rp_buf_init(&text, BYTES_MAX);
    rp_buf_init(&held, BYTES_MAX);
    add_random_text(&text);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\0') { /* as trees hold it */
            rp_buf_add(&held, RP_STR("\xC0\x80"));
        } else {
            rp_buf_add_char(&held, text.ptr[i]);
        }
    }
    rp_json_write_string(out, rp_buf_str(&held));
    rp_buf_fini(&held);
    rp_buf_fini(&text);
}

static void add_random_double(struct rp_buf *out)
{
    uint64_t bits = chance_state;
    double value;
    (void)chance(2);
    if (chance(2) == 0) {
        value = (double)chance(1000) / 8 - 10;
    } else {
        memcpy(&value, &bits, sizeof(value)); /* also NaN and infinity */
    }
    rp__attr_write_double(out, value);
}

static void add_random_value(struct rp_buf *out, int depth);

static void add_random_list(struct rp_buf *out, int depth)
{
    rp_buf_add_char(out, '[');
    for (uint64_t i = chance(4); i > 0; i--) {
        rp__attr_comma(out);
        add_random_value(out, depth + 1);
    }
    rp_buf_add_char(out, ']');
}

static void add_random_map(struct rp_buf *out, int depth)
{
    static const char *const keys[] = {
        "a", "b c", "$bytes", "$map", "$double", "", "\xC3\xA4"};
    uint64_t count = chance(3);
    uint64_t first = chance(RP_COUNT_OF(keys));
    bool wrapped = false;
    for (uint64_t i = 0; i < count; i++) {
        wrapped = wrapped || keys[(first + i) % RP_COUNT_OF(keys)][0] == '$';
    }
    rp__attr_open_map(out, wrapped);
    for (uint64_t i = 0; i < count; i++) {
        rp__attr_comma(out);
        rp_json_write_string(
            out, rp_str_of(keys[(first + i) % RP_COUNT_OF(keys)]));
        rp_buf_add_char(out, ':');
        add_random_value(out, depth + 1);
    }
    rp__attr_close_map(out, wrapped);
}

static void add_random_value(struct rp_buf *out, int depth)
{
    static const int64_t ints[] = {
        0, 1, -1, 127, 128, 1 << 20, INT64_MAX, INT64_MIN, -(1 << 30)};
    switch (chance(depth > 3 ? 7 : 10)) {
    case 0:
    case 1:
        add_random_string(out);
        break;
    case 2:
        rp_buf_add_i64(out, ints[chance(RP_COUNT_OF(ints))]);
        break;
    case 3:
        rp_buf_add_text(out, chance(2) == 0 ? "true" : "false");
        break;
    case 4:
        add_random_double(out);
        break;
    case 5:
        rp__attr_write_bytes(
            out, (struct rp_str){"\x00\xFF\x80 bytes", chance(10)});
        break;
    case 6:
        rp_buf_add_text(out, "null");
        break;
    case 7:
        add_random_list(out, depth);
        break;
    default:
        add_random_map(out, depth);
        break;
    }
}

static struct rp_str random_attributes(struct rp_arena *arena)
{
    struct rp_buf out;
    rp_buf_init(&out, BYTES_MAX);
    rp_buf_add_char(&out, '{');
    for (uint64_t i = chance(5); i > 0; i--) {
        rp__attr_comma(&out);
        rp_buf_addf(&out, "\"%skey.%d\":", i % 3 == 0 ? "$" : "", (int)i);
        add_random_value(&out, 0);
    }
    rp_buf_add_char(&out, '}');
    struct rp_str text = {rp_arena_dup(arena, rp_buf_str(&out)), out.len};
    rp_buf_fini(&out);
    return text;
}

static struct rp_str random_text(struct rp_arena *arena)
{
    struct rp_buf out;
    rp_buf_init(&out, BYTES_MAX);
    add_random_text(&out);
    /* a NUL is a character in protocol buffers and \u0000 in JSON */
    struct rp_str text = {rp_arena_dup(arena, rp_buf_str(&out)), out.len};
    rp_buf_fini(&out);
    return text;
}

static void random_bytes(void *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ((unsigned char *)out)[i] = (unsigned char)(1 + chance(255));
    }
}

static struct rp_span random_span(struct rp_arena *arena)
{
    struct rp_span span = {
        .kind = chance(2) == 0 ? RP_SPAN_INTERNAL : RP_SPAN_CLIENT,
        .status = chance(2) == 0 ? RP_SPAN_UNSET : RP_SPAN_ERROR,
        .ended = chance(10) > 0,
        .start_unix_ns = (int64_t)(UINT64_C(1700000000000000000) + chance(9)),
        .name = random_text(arena),
        .attributes = random_attributes(arena),
        .event_count = (uint32_t)chance(3),
        .link_count = (uint32_t)chance(3),
        .dropped_events = (uint32_t)(chance(9) == 0 ? UINT32_MAX : 0),
        .parent_remote = chance(2) == 0,
    };
    span.end_unix_ns = span.start_unix_ns + (int64_t)chance(1000);
    span.message =
        span.status == RP_SPAN_ERROR ? random_text(arena) : RP_STR("");
    random_bytes(&span.id, sizeof(span.id));
    if (chance(2) == 0) {
        random_bytes(&span.parent, sizeof(span.parent));
    }
    struct rp_span_event *events =
        rp_arena_array(arena, span.event_count, sizeof(*events));
    for (uint32_t i = 0; i < span.event_count; i++) {
        events[i] = (struct rp_span_event){span.start_unix_ns,
            random_text(arena), random_attributes(arena), 0};
    }
    struct rp_span_link *links =
        rp_arena_array(arena, span.link_count, sizeof(*links));
    for (uint32_t i = 0; i < span.link_count; i++) {
        random_bytes(&links[i].trace, sizeof(links[i].trace));
        random_bytes(&links[i].span, sizeof(links[i].span));
        links[i].attributes = random_attributes(arena);
    }
    span.events = events;
    span.links = links;
    return span;
}

/* ---- comparing ---- */

static void assert_text(struct rp_str got, struct rp_str expected)
{
    assert_int_equal(got.len, expected.len);
    assert_memory_equal(
        got.len == 0 ? "" : got.ptr, got.len == 0 ? "" : expected.ptr, got.len);
}

static void assert_events(const struct rp_span *got, const struct rp_span *was)
{
    assert_int_equal(got->event_count, was->event_count);
    assert_int_equal(got->dropped_events, was->dropped_events);
    for (uint32_t i = 0; i < was->event_count; i++) {
        assert_int_equal(got->events[i].unix_ns, was->events[i].unix_ns);
        assert_text(got->events[i].name, was->events[i].name);
        assert_text(got->events[i].attributes, was->events[i].attributes);
    }
    assert_int_equal(got->link_count, was->link_count);
    for (uint32_t i = 0; i < was->link_count; i++) {
        assert_memory_equal(&got->links[i].trace, &was->links[i].trace, 16);
        assert_memory_equal(&got->links[i].span, &was->links[i].span, 8);
        assert_text(got->links[i].attributes, was->links[i].attributes);
    }
}

static void assert_span(const struct rp_otlp_span *got,
    const struct rp_span *was, const struct rp_session_head *head)
{
    assert_memory_equal(&got->trace, &head->trace, sizeof(head->trace));
    assert_memory_equal(&got->span.id, &was->id, sizeof(was->id));
    assert_memory_equal(&got->span.parent, &was->parent, sizeof(was->parent));
    assert_int_equal(got->span.kind, was->kind);
    assert_int_equal(got->span.status, was->status);
    assert_int_equal(got->span.start_unix_ns, was->start_unix_ns);
    assert_true(got->span.end_unix_ns > got->span.start_unix_ns);
    assert_text(got->span.name, was->name);
    assert_text(got->span.message, was->message);
    assert_text(got->span.attributes, was->attributes);
    assert_text(got->span.tracestate, head->tracestate);
    assert_events(&got->span, was);
}

/* The document read, each span compared, and written again the same. */
static void assert_trip(struct rp_arena *arena, struct rp_str document,
    const struct rp_session_head *head, const struct rp_span *const *spans,
    uint32_t count)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_otlp_traces traces = {.count = 0};
    struct rp_buf json;
    struct rp_pb proto;
    const struct rp_span *again[SPANS_MAX];
    enum rp_code rc = rp_otlp_read(&traces, arena, document, &err);
    if (rc != RP_OK) {
        fail_msg("%s", err.text);
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (spans[i]->ended) {
            assert_true(at < traces.count);
            assert_span(&traces.spans[at], spans[i], head);
            again[at] = &traces.spans[at].span;
            at++;
        }
    }
    assert_int_equal(at, traces.count);
    assert_int_equal(traces.invalid, 0);
    rp_buf_init(&json, BYTES_MAX);
    rp_pb_init(&proto, BYTES_MAX);
    if (rp_otlp_form_of(document) == RP_OTLP_FORM_JSON) {
        rp_otlp_json_write(&json, &resource, head, spans, count);
        assert_text(rp_buf_str(&json), document);
    } else {
        rp_otlp_proto_write(&proto, &resource, head, again, at);
        assert_text(rp_pb_str(&proto), document);
    }
    rp_buf_fini(&json);
    rp_pb_fini(&proto);
}

/* Both forms of every session go to PREFIX.otlp and PREFIX.jsonl, for another
 * decoder to compare. */
struct dump {
    FILE *proto, *json;
};

static FILE *open_dump(const char *prefix, const char *ending)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s.%s", prefix, ending);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    return file;
}

static void dump_open(struct dump *dump)
{
    const char *prefix = getenv("RP_TEST_DUMP");
    *dump = (struct dump){.proto = NULL};
    if (prefix != NULL) {
        dump->proto = open_dump(prefix, "otlp");
        dump->json = open_dump(prefix, "jsonl");
    }
}

static void dump_add(struct dump *dump, struct rp_str proto, struct rp_str json)
{
    if (dump->proto != NULL) {
        assert_int_equal(
            fwrite(proto.ptr, 1, proto.len, dump->proto), proto.len);
        assert_int_equal(fwrite(json.ptr, 1, json.len, dump->json), json.len);
        assert_int_equal(fputc('\n', dump->json), '\n');
    }
}

static void dump_close(struct dump *dump)
{
    if (dump->proto != NULL) {
        assert_int_equal(fclose(dump->proto), 0);
        assert_int_equal(fclose(dump->json), 0);
    }
}

static void ten_thousand_random_sessions_come_back_as_they_were(void **state)
{
    (void)state;
    struct rp_session_head head = head_of(1);
    struct rp_arena *arena = rp_arena_new(64u << 10);
    struct rp_pb proto;
    struct rp_buf json;
    rp_pb_init(&proto, BYTES_MAX);
    rp_buf_init(&json, BYTES_MAX);
    const char *fewer = getenv("RP_TEST_ROUNDS");
    uint64_t rounds = fewer == NULL ? ROUNDS : strtoull(fewer, NULL, 10);
    struct dump dump;
    assert_true(rounds > 0);
    dump_open(&dump);
    for (uint64_t round = 1; round <= rounds; round++) {
        chance_state = round * UINT64_C(0x9E3779B97F4A7C15);
        struct rp_span spans[SPANS_MAX];
        const struct rp_span *list[SPANS_MAX];
        uint32_t count = (uint32_t)(1 + chance(SPANS_MAX));
        bool any = false;
        rp_arena_reset(arena);
        random_bytes(&head.trace, sizeof(head.trace));
        head.tracestate = chance(2) == 0 ? RP_STR("a=1,b=2") : RP_STR("");
        for (uint32_t i = 0; i < count; i++) {
            spans[i] = random_span(arena);
            list[i] = &spans[i];
            any = any || spans[i].ended;
        }
        rp_pb_reset(&proto);
        rp_buf_reset(&json);
        rp_otlp_proto_write(&proto, &resource, &head, list, count);
        rp_otlp_json_write(&json, &resource, &head, list, count);
        if (!any) {
            assert_int_equal(rp_pb_str(&proto).len, 0);
            assert_int_equal(json.len, 0);
            continue;
        }
        dump_add(&dump, rp_pb_str(&proto), rp_buf_str(&json));
        assert_trip(arena, rp_pb_str(&proto), &head, list, count);
        assert_trip(arena, rp_buf_str(&json), &head, list, count);
    }
    dump_close(&dump);
    rp_pb_fini(&proto);
    rp_buf_fini(&json);
    rp_arena_free(&arena);
}

/* ---- bytes ---- */

/* The one attribute of a span, as bytes of the message. */
static struct rp_str attribute_bytes(
    struct rp_pb *proto, const char *value, struct rp_arena *arena)
{
    const struct rp_session_head head = head_of(1);
    struct rp_span span = {.ended = true, .kind = RP_SPAN_INTERNAL};
    const struct rp_span *list[] = {&span};
    const char *text = rp_arena_printf(arena, "{\"k\":%s}", value);
    span.attributes = rp_str_of(text);
    span.id.bytes[0] = 1;
    rp_pb_reset(proto);
    rp_otlp_proto_write(proto, &resource, &head, list, 1);
    struct rp_str all = rp_pb_str(proto);
    for (size_t i = 0; i + 4 < all.len; i++) { /* 4A len 0A 01 'k' */
        if (all.ptr[i] == 0x4A &&
            memcmp(all.ptr + i + 2, "\x0A\x01k", 3) == 0) {
            return (struct rp_str){
                all.ptr + i + 5, (size_t)(unsigned char)all.ptr[i + 1] - 3};
        }
    }
    return RP_STR("");
}

static void a_value_is_written_also_when_it_is_empty_or_zero(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        struct rp_str bytes; /* from field 2, the AnyValue, on */
    } cases[] = {
        {"\"\"", {"\x12\x02\x0A\x00", 4}},
        {"\"a\"", {"\x12\x03\x0A\x01"
                   "a",
                      5}},
        {"\"\\u0000\\ud83d\\ude00\"",
            {"\x12\x07\x0A\x05\x00\xF0\x9F\x98\x80", 9}},
        {"\"\\ud83d!\"", {"\x12\x06\x0A\x04\xEF\xBF\xBD!", 8}},
        {"\"\xFF\"", {"\x12\x05\x0A\x03\xEF\xBF\xBD", 7}},
        {"0", {"\x12\x02\x18\x00", 4}},
        {"-1", {"\x12\x0B\x18\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 13}},
        {"9223372036854775807",
            {"\x12\x0A\x18\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 12}},
        {"-9223372036854775808",
            {"\x12\x0B\x18\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 13}},
        {"false", {"\x12\x02\x10\x00", 4}},
        {"true", {"\x12\x02\x10\x01", 4}},
        {"0.0", {"\x12\x09\x21\0\0\0\0\0\0\0\0", 11}},
        {"-0.0", {"\x12\x09\x21\0\0\0\0\0\0\0\x80", 11}},
        {"1.5", {"\x12\x09\x21\0\0\0\0\0\0\xF8\x3F", 11}},
        {"9223372036854775808", {"\x12\x09\x21\0\0\0\0\0\0\xE0\x43", 11}},
        {"{\"$double\":\"Infinity\"}",
            {"\x12\x09\x21\0\0\0\0\0\0\xF0\x7F", 11}},
        {"{\"$double\":\"-Infinity\"}",
            {"\x12\x09\x21\0\0\0\0\0\0\xF0\xFF", 11}},
        {"null", {"\x12\x00", 2}},
        {"[]", {"\x12\x02\x2A\x00", 4}},
        {"[\"\",0]", {"\x12\x0A\x2A\x08\x0A\x02\x0A\x00\x0A\x02\x18\x00", 12}},
        {"{}", {"\x12\x02\x32\x00", 4}},
        {"{\"a\":false}", {"\x12\x0B\x32\x09\x0A\x07\x0A\x01"
                           "a\x12\x02\x10\x00",
                              13}},
        {"{\"$bytes\":\"\"}", {"\x12\x02\x3A\x00", 4}},
        {"{\"$bytes\":\"AP8=\"}", {"\x12\x04\x3A\x02\x00\xFF", 6}},
        {"{\"$map\":{\"$bytes\":\"\"}}",
            {"\x12\x10\x32\x0E\x0A\x0C\x0A\x06$bytes\x12\x02\x0A\x00", 18}},
    };
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_pb proto;
    rp_pb_init(&proto, BYTES_MAX);
    for (size_t i = 0; i < RP_COUNT_OF(cases); i++) {
        struct rp_str got = attribute_bytes(&proto, cases[i].value, arena);
        if (!rp_str_equal(got, cases[i].bytes)) {
            fail_msg("%s is written in %zu bytes", cases[i].value, got.len);
        }
    }
    rp_pb_fini(&proto);
    rp_arena_free(&arena);
}

static void attributes_that_are_no_object_are_none(void **state)
{
    (void)state;
    static const char *const values[] = {
        "",
        "\"a",
        "01",
        "1.",
        "1e",
        "-",
        "tru",
        "{",
        "[1",
        "[1,]",
        "{\"a\"}",
        "{\"a\":}",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\x01\"",
        "1 2",
        "]",
        "}",
    };
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_pb proto;
    rp_pb_init(&proto, BYTES_MAX);
    for (size_t i = 0; i < RP_COUNT_OF(values); i++) {
        assert_int_equal(attribute_bytes(&proto, values[i], arena).len, 0);
    }
    rp_pb_fini(&proto);
    rp_arena_free(&arena);
}

static void what_is_too_large_is_told_and_not_cut(void **state)
{
    (void)state;
    const struct rp_session_head head = head_of(1);
    struct rp_span span = {.ended = true, .name = RP_STR("a name")};
    const struct rp_span *list[] = {&span, &span, &span};
    struct rp_pb proto;
    rp_pb_init(&proto, 300);
    rp_otlp_proto_write(&proto, &resource, &head, list, 3);
    assert_true(proto.overflowed);
    rp_pb_reset(&proto);
    assert_false(proto.overflowed);
    assert_int_equal(rp_pb_str(&proto).len, 0);
    rp_pb_fini(&proto);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_random_sessions_come_back_as_they_were),
        cmocka_unit_test(a_value_is_written_also_when_it_is_empty_or_zero),
        cmocka_unit_test(attributes_that_are_no_object_are_none),
        cmocka_unit_test(what_is_too_large_is_told_and_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
