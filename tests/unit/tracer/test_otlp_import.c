/* A trace that was imported is read back span by span, in either order. */
#include <reprise/otlp_import.h>
#include <reprise/reader.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "support.h"

#define SPANS 3000u /* more than any table of what was read lately */
#define START INT64_C(1700000000000000000)

static const struct rp_span_origin origins[] = {
    {.resource = {"{\"service.name\":\"a\"}", 20}, .scope_name = {"x", 1}},
    {.resource = {"{\"service.name\":\"b\"}", 20}, .scope_name = {"x", 1}},
};
static const struct rp_span_event events[] = {
    {START, {"first", 5}, {"{\"n\":1}", 7}, 3},
    {START + 1, {"second", 6}, {"{}", 2}, 0},
};
static const struct rp_span_link links[] = {
    {.trace = {{9}},
        .span = {{8}},
        .attributes = {"{\"l\":1}", 7},
        .dropped_attributes = 4,
        .flags = 0x301,
        .tracestate = {"a=1", 3}},
};

static struct rp_span_id id_of(uint32_t number)
{
    struct rp_span_id id = {{0}};
    id.bytes[0] = (uint8_t)(number * 31); /* not in the order of the numbers */
    id.bytes[6] = (uint8_t)(number >> 8);
    id.bytes[7] = (uint8_t)number;
    return id;
}

static uint32_t number_of(const struct rp_span_id *id)
{
    return (uint32_t)id->bytes[6] << 8 | id->bytes[7];
}

/* Here and there a span has events or links, mostly none has. */
static struct rp_otlp_span span_of(uint32_t number)
{
    struct rp_otlp_span made = {.trace = {{7}}};
    struct rp_span *span = &made.span;
    span->id = id_of(number);
    if (number > 1) {
        span->parent = id_of(number % 7 == 0 ? 1 : number / 2);
    }
    span->ended = true;
    span->kind = RP_SPAN_SERVER;
    span->name = RP_STR("work");
    span->attributes = RP_STR("{}");
    span->start_unix_ns = START + number;
    span->end_unix_ns = START + 10000;
    span->origin = &origins[number % 2];
    span->flags = 0x300 | (number & 0xFF);
    span->dropped_events = number % 5;
    span->events = events;
    span->event_count = number % 11 == 0 ? 2 : number % 64 == 1 ? 1 : 0;
    span->links = links;
    span->link_count = number % 100 == 99 ? 1 : 0;
    return made;
}

static void assert_same(const struct rp_span *got, const struct rp_span *was)
{
    assert_memory_equal(&got->parent, &was->parent, sizeof(was->parent));
    assert_int_equal(got->flags, was->flags);
    assert_int_equal(got->dropped_events, was->dropped_events);
    assert_int_equal(got->start_unix_ns, was->start_unix_ns);
    assert_true(rp_str_equal(got->origin->resource, was->origin->resource));
    assert_int_equal(got->event_count, was->event_count);
    assert_int_equal(got->link_count, was->link_count);
    for (uint32_t i = 0; i < was->event_count; i++) {
        assert_true(rp_str_equal(got->events[i].name, was->events[i].name));
        assert_int_equal(got->events[i].unix_ns, was->events[i].unix_ns);
        assert_int_equal(got->events[i].dropped_attributes,
            was->events[i].dropped_attributes);
    }
    if (was->link_count > 0) {
        assert_memory_equal(&got->links[0].span, &links[0].span, 8);
        assert_int_equal(got->links[0].dropped_attributes, 4);
        assert_int_equal(got->links[0].flags, 0x301);
        assert_true(rp_str_is(got->links[0].tracestate, "a=1"));
    }
}

static void assert_order(
    struct rp_reader *reader, int64_t no, enum rp_spans_order order)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_spans *spans = NULL;
    const struct rp_span *span;
    bool seen[SPANS + 1] = {false};
    bool found = true;
    assert_int_equal(rp_reader_spans(&spans, reader, no, order, &err), RP_OK);
    for (uint32_t count = 0; found; count++) {
        assert_int_equal(
            rp_spans_next(spans, &found, &span, NULL, &err), RP_OK);
        if (!found) {
            assert_int_equal(count, SPANS);
            break;
        }
        uint32_t number = number_of(&span->id);
        struct rp_otlp_span was = span_of(number);
        assert_false(seen[number]);
        assert_true(number == 1 || seen[number_of(&was.span.parent)]);
        seen[number] = true;
        assert_same(span, &was.span);
    }
    rp_spans_free(&spans);
}

static void spans_come_back_with_their_parts_in_every_order(void **state)
{
    (void)state;
    static const struct rp_store_sqlite_options options = {.create = true};
    static struct rp_otlp_span spans[SPANS];
    char *directory = scratch_new();
    char *path = scratch_path(directory, "store.db");
    struct rp_err err = RP_ERR_INIT;
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_otlp_imported imported;
    for (uint32_t i = 0; i < SPANS; i++) { /* the last one first */
        spans[i] = span_of(SPANS - i);
    }
    const struct rp_otlp_traces traces = {.spans = spans, .count = SPANS};
    assert_int_equal(
        rp_store_sqlite_open(&sqlite, path, &options, &err), RP_OK);
    assert_int_equal(rp_otlp_import(&imported, sqlite, &traces, &err), RP_OK);
    assert_int_equal(imported.spans, SPANS);
    assert_int_equal(imported.sessions, 1);
    assert_int_equal(rp_otlp_import(&imported, sqlite, &traces, &err), RP_OK);
    assert_int_equal(imported.known, 1);
    rp_store_sqlite_close(&sqlite);

    struct rp_reader *reader = NULL;
    struct rp_session_row row;
    struct rp_check check;
    struct rp_arena *arena = rp_arena_new(0);
    assert_int_equal(rp_reader_open(&reader, path, &err), RP_OK);
    assert_int_equal(
        rp_reader_find(&row, reader, RP_STR(""), arena, &err), RP_OK);
    assert_int_equal(row.head.mode, RP_MODE_IMPORTED);
    assert_int_equal(row.span_count, SPANS);
    assert_order(reader, row.no, RP_SPANS_STARTED);
    assert_order(reader, row.no, RP_SPANS_TREE);
    assert_int_equal(rp_reader_check(&check, reader, row.no, &err), RP_OK);
    assert_false(check.damaged);
    rp_reader_close(&reader);
    rp_arena_free(&arena);
    rp_mem_free(path);
    scratch_remove(&directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_come_back_with_their_parts_in_every_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
