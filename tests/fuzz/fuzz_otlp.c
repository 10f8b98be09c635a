/* OTLP of strangers. What is read can be written, in both forms, and is read
 * back as the same. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <reprise/export_otlp_json.h>
#include <reprise/otlp_proto.h>
#include <reprise/otlp_read.h>

#define BYTES_MAX (64u << 20)
#define SPANS_COMPARED_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct rp_otlp_resource resource = {.extra_count = 0};

static void compare(struct rp_arena *arena, struct rp_str document,
    const struct rp_otlp_span *was)
{
    struct rp_otlp_traces again = {.count = 0};
    struct rp_err err = RP_ERR_INIT;
    RP_ASSERT(rp_otlp_read(&again, arena, document, &err) == RP_OK);
    RP_ASSERT(again.count == 1);
    const struct rp_span *a = &again.spans[0].span;
    const struct rp_span *b = &was->span;
    RP_ASSERT(memcmp(&a->id, &b->id, sizeof(a->id)) == 0);
    RP_ASSERT(rp_str_equal(a->name, b->name));
    RP_ASSERT(rp_str_equal(a->attributes, b->attributes));
    RP_ASSERT(rp_str_equal(a->origin->resource, b->origin->resource));
    RP_ASSERT(a->event_count == b->event_count);
    RP_ASSERT(a->link_count == b->link_count);
    for (uint32_t i = 0; i < a->event_count; i++) {
        RP_ASSERT(
            rp_str_equal(a->events[i].attributes, b->events[i].attributes));
    }
}

static void write_again(struct rp_arena *arena, const struct rp_otlp_span *span)
{
    const struct rp_session_head head = {.trace = span->trace};
    const struct rp_span *list[] = {&span->span};
    struct rp_pb proto;
    struct rp_buf json;
    rp_pb_init(&proto, BYTES_MAX);
    rp_buf_init(&json, BYTES_MAX);
    rp_otlp_proto_write(&proto, &resource, &head, list, 1);
    rp_otlp_json_write(&json, &resource, &head, list, 1);
    compare(arena, rp_pb_str(&proto), span);
    compare(arena, rp_buf_str(&json), span);
    rp_pb_fini(&proto);
    rp_buf_fini(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_str bytes = {(const char *)data, size};
    struct rp_otlp_traces traces = {.count = 0};
    struct rp_err err = RP_ERR_INIT;
    struct rp_arena *arena = rp_arena_new(0);
    if (rp_otlp_read(&traces, arena, bytes, &err) == RP_OK) {
        for (uint32_t i = 0; i < traces.count && i < SPANS_COMPARED_MAX; i++) {
            write_again(arena, &traces.spans[i]);
        }
    } else {
        RP_ASSERT(err.text[0] != '\0');
    }
    rp_arena_free(&arena);
    return 0;
}
