#include <reprise/span_limits.h>

#include <stdio.h>
#include <string.h>

#include <reprise/json.h>

#include "attr_tokens.h"
#include "attr_write.h"

/* No member of an object is shorter: "a":1 and a comma. */
#define MEMBER_BYTES_MIN 6
#define OBJECT_BYTES_MAX (64u << 20)

/* ---- variables ---- */

struct limit_row {
    const char *names[2]; /* the first that is set wins */
    size_t offset;
    uint32_t otherwise;
};
#define FIELD(name) offsetof(struct rp_span_limits, name)
static const struct limit_row rows[] = {
    {{"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
         "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"},
        FIELD(value_characters), RP_SPAN_NO_LIMIT},
    {{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"},
        FIELD(attributes), RP_SPAN_COUNT_LIMIT},
    {{"OTEL_SPAN_EVENT_COUNT_LIMIT", NULL}, FIELD(events), RP_SPAN_COUNT_LIMIT},
    {{"OTEL_SPAN_LINK_COUNT_LIMIT", NULL}, FIELD(links), RP_SPAN_COUNT_LIMIT},
    {{"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", NULL}, FIELD(event_attributes),
        RP_SPAN_COUNT_LIMIT},
    {{"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", NULL}, FIELD(link_attributes),
        RP_SPAN_COUNT_LIMIT},
};

static bool parse_count(struct rp_str text, uint32_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
        value = value > RP_SPAN_NO_LIMIT ? RP_SPAN_NO_LIMIT : value;
    }
    *out = (uint32_t)value;
    return text.len > 0;
}

static uint32_t read_limit(const struct limit_row *row,
    const struct rp_environment *environment, struct rp_buf *warnings)
{
    uint32_t value = row->otherwise;
    for (size_t i = 0; i < 2 && row->names[i] != NULL; i++) {
        const char *name = row->names[i];
        struct rp_str text = rp_str_trim(
            rp_str_of(environment->get(environment->context, name)));
        if (text.len > 0 && parse_count(text, &value)) {
            return value;
        }
        if (text.len > 0) {
            rp_buf_addf(warnings,
                "%s is '%.*s', which is not a number: it is ignored\n", name,
                RP_STR_ARG(text));
        }
    }
    return value;
}

void rp_span_limits_read(struct rp_span_limits *out,
    const struct rp_environment *environment, struct rp_buf *warnings)
{
    for (size_t i = 0; i < RP_COUNT_OF(rows); i++) {
        uint32_t value = read_limit(&rows[i], environment, warnings);
        memcpy((char *)out + rows[i].offset, &value, sizeof(value));
    }
}

/* ---- attributes ---- */

struct cutting {
    uint32_t characters, members;
    struct rp__tokens tokens;
    struct rp_buf out, scratch;
};

/* Where the text ends after so many characters. */
static size_t cut_at(struct rp_str text, uint32_t characters)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool first = ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
        if (first && count++ == characters) {
            return i;
        }
    }
    return text.len;
}

static void put_raw(struct cutting *c, struct rp_str text)
{
    rp_buf_add_char(&c->out, '"');
    rp_buf_add(&c->out, text);
    rp_buf_add_char(&c->out, '"');
}

static void put_text(struct cutting *c, const struct rp__token *token)
{
    struct rp_str text = rp__token_text(token, &c->scratch);
    size_t len = cut_at(text, c->characters);
    if (len < text.len) {
        rp_json_write_string(&c->out, (struct rp_str){text.ptr, len});
    } else {
        put_raw(c, token->text);
    }
}

/* Own spans have neither maps nor bytes. */
static void put_value(struct cutting *c, const struct rp__token *token)
{
    switch (token->kind) {
    case RP__TOKEN_TEXT:
        put_text(c, token);
        break;
    case RP__TOKEN_INT:
    case RP__TOKEN_DOUBLE:
        rp_buf_add(&c->out, token->text);
        break;
    case RP__TOKEN_TRUE:
        rp_buf_add_text(&c->out, "true");
        break;
    case RP__TOKEN_FALSE:
        rp_buf_add_text(&c->out, "false");
        break;
    case RP__TOKEN_LIST:
        rp_buf_add_char(&c->out, '[');
        break;
    case RP__TOKEN_LIST_END:
        rp_buf_add_char(&c->out, ']');
        break;
    case RP__TOKEN_NULL:
    case RP__TOKEN_KEY:
    case RP__TOKEN_BYTES:
    case RP__TOKEN_MAP:
    case RP__TOKEN_MAP_END:
        break;
    }
}

/* The members that stay, into `out`; how many do not. */
static uint32_t put_members(struct cutting *c)
{
    uint32_t seen = 0;
    rp_buf_reset(&c->out);
    rp_buf_add_char(&c->out, '{');
    for (uint32_t i = 0; i < c->tokens.count; i++) {
        const struct rp__token *token = &c->tokens.items[i];
        bool key = token->kind == RP__TOKEN_KEY;
        seen += key;
        if (seen > c->members) {
            continue;
        }
        if (key || token->kind != RP__TOKEN_LIST_END) {
            if (c->out.ptr[c->out.len - 1] != ':') {
                rp__attr_comma(&c->out);
            }
        }
        if (key) {
            put_raw(c, token->text);
            rp_buf_add_char(&c->out, ':');
        } else {
            put_value(c, token);
        }
    }
    rp_buf_add_char(&c->out, '}');
    return seen > c->members ? seen - c->members : 0;
}

/* Whether the object may have to be looked at at all. */
static bool may_pass(
    struct rp_str object, uint32_t characters, uint32_t members)
{
    return object.len > characters ||
           object.len / MEMBER_BYTES_MIN >= (size_t)members;
}

static struct rp_str cut_object(struct cutting *c, struct rp_arena *arena,
    struct rp_str object, uint32_t members, uint32_t *dropped)
{
    if (!may_pass(object, c->characters, members) ||
        !rp__tokens_read(&c->tokens, object)) {
        return object;
    }
    c->members = members;
    *dropped += put_members(c);
    if (rp_str_equal(rp_buf_str(&c->out), object)) {
        return object;
    }
    return (struct rp_str){
        rp_arena_dup(arena, rp_buf_str(&c->out)), c->out.len};
}

/* ---- spans ---- */

static void cut_events(struct cutting *c, const struct rp_span_limits *limits,
    struct rp_arena *arena, struct rp_span *span)
{
    uint32_t kept =
        span->event_count < limits->events ? span->event_count : limits->events;
    struct rp_span_event *events = rp_arena_array(arena, kept, sizeof(*events));
    for (uint32_t i = 0; i < kept; i++) {
        events[i] = span->events[i];
        events[i].attributes = cut_object(c, arena, events[i].attributes,
            limits->event_attributes, &events[i].dropped_attributes);
    }
    span->dropped_events += span->event_count - kept;
    span->event_count = kept;
    span->events = events;
}

static void cut_links(struct cutting *c, const struct rp_span_limits *limits,
    struct rp_arena *arena, struct rp_span *span)
{
    uint32_t kept =
        span->link_count < limits->links ? span->link_count : limits->links;
    struct rp_span_link *links = rp_arena_array(arena, kept, sizeof(*links));
    for (uint32_t i = 0; i < kept; i++) {
        links[i] = span->links[i];
        links[i].attributes = cut_object(c, arena, links[i].attributes,
            limits->link_attributes, &links[i].dropped_attributes);
    }
    span->dropped_links += span->link_count - kept;
    span->link_count = kept;
    span->links = links;
}

static bool is_within(
    const struct rp_span_limits *limits, const struct rp_span *span)
{
    uint32_t characters = limits->value_characters;
    bool within = !may_pass(span->attributes, characters, limits->attributes) &&
                  span->event_count <= limits->events &&
                  span->link_count <= limits->links;
    for (uint32_t i = 0; i < span->event_count && within; i++) {
        within = !may_pass(
            span->events[i].attributes, characters, limits->event_attributes);
    }
    for (uint32_t i = 0; i < span->link_count && within; i++) {
        within = !may_pass(
            span->links[i].attributes, characters, limits->link_attributes);
    }
    return within;
}

const struct rp_span *rp_span_limited(const struct rp_span_limits *limits,
    struct rp_arena *arena, const struct rp_span *span)
{
    if (span->origin != NULL || is_within(limits, span)) {
        return span;
    }
    struct cutting c = {.characters = limits->value_characters};
    rp_buf_init(&c.out, OBJECT_BYTES_MAX);
    rp_buf_init(&c.scratch, OBJECT_BYTES_MAX);
    struct rp_span *copy = rp_arena_array(arena, 1, sizeof(*copy));
    *copy = *span;
    copy->attributes = cut_object(&c, arena, span->attributes,
        limits->attributes, &copy->dropped_attributes);
    cut_events(&c, limits, arena, copy);
    cut_links(&c, limits, arena, copy);
    rp__tokens_fini(&c.tokens);
    rp_buf_fini(&c.out);
    rp_buf_fini(&c.scratch);
    return copy;
}
