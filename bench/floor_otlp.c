#include "floor_otlp.h"

#include <stdio.h>
#include <string.h>

#include "bench.h"

/* ---- the spans ---- */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void fill(uint64_t *state, uint8_t *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (uint8_t)(next_random(state) | 1);
    }
}

void floor_spans_make(struct floor_span *out, uint32_t count)
{
    static const char *const names[] = {"invoke_workflow clinic", "gather",
        "invoke_agent labs", "labs", "aggregate gather", "invoke_agent writer"};
    uint64_t state = UINT64_C(0x9E3779B97F4A7C15);
    uint8_t trace[16];
    fill(&state, trace, sizeof(trace));
    for (uint32_t i = 0; i < count; i++) {
        struct floor_span *s = &out[i];
        *s = (struct floor_span){.name = names[i % 6],
            .kind = i % 3 == 0 ? 1 : 3,
            .status = i % 50 == 0 ? 2 : 0,
            .start_ns = UINT64_C(1760000000000000000) + i * 1000u,
            .tokens_in = 900 + i % 700,
            .tokens_out = 120 + i % 400,
            .cost = (double)(i % 4096) / 8 + 0.25,
            .model = "stub-large-2",
            .note = "summarise the assigned sections"};
        s->end_ns = s->start_ns + 777;
        memcpy(s->trace, trace, sizeof(trace));
        fill(&state, s->id, sizeof(s->id));
        fill(&state, s->parent, sizeof(s->parent));
        (void)snprintf(s->worker, sizeof(s->worker), "w-%05u", i % 100000);
        (void)snprintf(s->task, sizeof(s->task), "task-%08x", i * 2654435761u);
    }
}

/* ---- the encoder ---- */

struct encoder {
    uint8_t *at; /* the next free byte is at[-1] */
};

static inline void put_varint(struct encoder *e, uint64_t value)
{
    uint8_t bytes[10];
    int count = 0;
    if (value < 128) {
        *--e->at = (uint8_t)value;
        return;
    }
    do {
        bytes[count++] = (uint8_t)((value & 127) | 128);
        value >>= 7;
    } while (value > 0);
    bytes[count - 1] &= 127;
    e->at -= count;
    memcpy(e->at, bytes, (size_t)count);
}

static inline void put_raw(struct encoder *e, const void *bytes, size_t count)
{
    e->at -= count;
    memcpy(e->at, bytes, count);
}

static inline void put_bytes(
    struct encoder *e, int field, const void *bytes, size_t count)
{
    put_raw(e, bytes, count);
    put_varint(e, count);
    *--e->at = (uint8_t)(field << 3 | 2);
}

static inline void put_len(struct encoder *e, int field, const uint8_t *end)
{
    put_varint(e, (uint64_t)(end - e->at));
    *--e->at = (uint8_t)(field << 3 | 2);
}

static inline void put_fixed64(struct encoder *e, int field, uint64_t value)
{
    put_raw(e, &value, sizeof(value)); /* where bytes stand in this order */
    *--e->at = (uint8_t)(field << 3 | 1);
}

static inline void put_key(
    struct encoder *e, int field, const char *key, const uint8_t *end)
{
    put_len(e, 2, end);
    put_bytes(e, 1, key, strlen(key));
    put_len(e, field, end);
}

static inline void put_text(
    struct encoder *e, int field, const char *key, const char *value)
{
    const uint8_t *end = e->at;
    put_bytes(e, 1, value, strlen(value));
    put_key(e, field, key, end);
}

static inline void put_int(struct encoder *e, const char *key, int64_t value)
{
    const uint8_t *end = e->at;
    put_varint(e, (uint64_t)value);
    *--e->at = 3 << 3;
    put_key(e, 9, key, end);
}

static inline void put_double(struct encoder *e, const char *key, double value)
{
    const uint8_t *end = e->at;
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    put_fixed64(e, 4, bits);
    put_key(e, 9, key, end);
}

static void put_span(struct encoder *e, const struct floor_span *s)
{
    static const uint8_t flags[] = {0x85, 0x01, 0x01, 0x01, 0, 0};
    const uint8_t *end = e->at;
    put_raw(e, flags, sizeof(flags));
    if (s->status != 0) {
        const uint8_t *status_end = e->at;
        put_varint(e, (uint64_t)s->status);
        *--e->at = 3 << 3;
        put_len(e, 15, status_end);
    }
    put_double(e, "cost.usd", s->cost);
    put_int(e, "exit.code", s->exit_code);
    put_int(e, "tokens.out", s->tokens_out);
    put_int(e, "tokens.in", s->tokens_in);
    put_text(e, 9, "note", s->note);
    put_text(e, 9, "model", s->model);
    put_text(e, 9, "task.id", s->task);
    put_text(e, 9, "worker.id", s->worker);
    put_fixed64(e, 8, s->end_ns);
    put_fixed64(e, 7, s->start_ns);
    put_varint(e, (uint64_t)s->kind);
    *--e->at = 6 << 3;
    put_bytes(e, 5, s->name, strlen(s->name));
    put_bytes(e, 4, s->parent, sizeof(s->parent));
    put_bytes(e, 2, s->id, sizeof(s->id));
    put_bytes(e, 1, s->trace, sizeof(s->trace));
    put_len(e, 2, end);
}

const uint8_t *floor_otlp_write(uint8_t *memory, size_t memory_bytes,
    const struct floor_span *spans, uint32_t count)
{
    static const char schema[] =
        "https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev";
    struct encoder e = {memory + memory_bytes};
    const uint8_t *all = e.at;
    put_bytes(&e, 3, schema, sizeof(schema) - 1);
    for (uint32_t i = count; i > 0; i--) {
        put_span(&e, &spans[i - 1]);
    }
    const uint8_t *end = e.at;
    put_bytes(&e, 1, "reprise", strlen("reprise"));
    put_len(&e, 1, end);
    put_len(&e, 2, all);
    end = e.at;
    put_text(&e, 1, "telemetry.sdk.language", "c");
    put_text(&e, 1, "telemetry.sdk.name", "reprise");
    put_text(&e, 1, "service.name", "bench");
    put_len(&e, 1, end);
    put_len(&e, 1, all);
    return e.at;
}
