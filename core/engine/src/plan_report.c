/* plan_report.c - problems: where, what, what to write instead. */
#include "plan_reader.h"

#include <string.h>

#include <reprise/id.h>
#include <reprise/limits.h>

#define SHOWN_BYTES_MAX ((size_t)60)
#define MESSAGE_BYTES_MAX ((size_t)2048)
#define POINTER_BYTES_MAX ((size_t)1 << 20)

/* A pointer and a path for people, built on the way down to a node. */
struct trail {
    struct rp_buf pointer;
    struct rp_buf path;
};

static void report(struct rp__plan_reader *reader, const cJSON *node,
    bool on_name, const char *hint, const char *format, va_list args)
    RP_PRINTF(5, 0);

void rp__plan_problem(struct rp__plan_reader *reader, const cJSON *value,
    const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(reader, value, false, hint, format, args);
    va_end(args);
}

void rp__plan_problem_name(struct rp__plan_reader *reader, const cJSON *member,
    const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(reader, member, true, hint, format, args);
    va_end(args);
}

/* A new problem, or NULL when there are enough. */
static struct rp_plan_problem *add_problem(struct rp_plan_problems *problems)
{
    if (problems->arena == NULL) {
        problems->arena = rp_arena_new(0);
        problems->items = rp_arena_array(
            problems->arena, RP_PLAN_ERRORS_MAX, sizeof(*problems->items));
    }
    if (problems->count == RP_PLAN_ERRORS_MAX) {
        problems->more = true;
        return NULL;
    }
    return &problems->items[problems->count++];
}

static bool is_plain(struct rp_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool digit = (c >= '0' && c <= '9') || c == '-';
        if (!letter && !digit && c != '_' && c != '$') {
            return false;
        }
    }
    return name.len > 0;
}

/* At most `max` bytes of `text`, whole characters. */
static struct rp_str head(struct rp_str text, size_t max)
{
    if (text.len <= max) {
        return text;
    }
    while (max > 0 && ((unsigned char)text.ptr[max] & 0xC0) == 0x80) {
        max--;
    }
    return (struct rp_str){text.ptr, max};
}

static void add_shown(struct rp_buf *buf, struct rp_str text)
{
    struct rp_str part = head(text, SHOWN_BYTES_MAX);
    rp_json_write_string(buf, part);
    if (part.len < text.len) {
        rp_buf_add_text(buf, "...");
    }
}

static void step_down(struct trail *trail, const cJSON *child, size_t index)
{
    if (child->string == NULL) {
        rp_buf_addf(&trail->pointer, "/%zu", index);
        rp_buf_addf(&trail->path, "[%zu]", index);
        return;
    }
    struct rp_str name = rp_str_of(child->string);
    rp_json_pointer_add(&trail->pointer, name);
    if (is_plain(name) && name.len <= SHOWN_BYTES_MAX) {
        rp_buf_add_text(&trail->path, trail->path.len > 0 ? "." : "");
        rp_buf_add(&trail->path, name);
    } else {
        rp_buf_add_char(&trail->path, '[');
        add_shown(&trail->path, name);
        rp_buf_add_char(&trail->path, ']');
    }
}

/* Nodes do not know what holds them, but their offsets tell. */
static void follow(struct trail *trail, const cJSON *root, const cJSON *node)
{
    const cJSON *at = root;
    size_t offset = rp_json_extent_of(node).begin;
    while (at != node) {
        size_t index = 0;
        const cJSON *child = at->child;
        while (child != NULL && rp_json_extent_of(child).end <= offset) {
            child = child->next;
            index++;
        }
        if (child == NULL) { /* not in this document */
            return;
        }
        step_down(trail, child, index);
        at = child;
    }
}

/* Behind the closing quote of the string that begins at `begin`. */
static size_t string_end(struct rp_str bytes, size_t begin)
{
    size_t at = begin + 1;
    while (at < bytes.len && bytes.ptr[at] != '"') {
        at += bytes.ptr[at] == '\\' ? 2 : 1;
    }
    return at < bytes.len ? at + 1 : bytes.len;
}

static void place_problem(struct rp__plan_reader *reader,
    struct rp_plan_problem *problem, const cJSON *node, bool on_name)
{
    struct rp_json_extent extent = rp_json_extent_of(node);
    size_t begin = extent.begin;
    size_t end = extent.end;
    if (on_name && node->string != NULL) {
        begin = extent.key_begin;
        end = string_end(reader->bytes, begin);
    }
    problem->place = rp__plan_place(reader, begin);
    problem->end = rp__plan_place(reader, end);
}

static const char *keep(struct rp_arena *arena, const struct rp_buf *buf)
{
    return rp_arena_dup(arena, rp_buf_str(buf));
}

static void report(struct rp__plan_reader *reader, const cJSON *node,
    bool on_name, const char *hint, const char *format, va_list args)
{
    struct rp_plan_problem *problem = add_problem(reader->problems);
    if (problem == NULL) {
        return;
    }
    struct rp_arena *arena = reader->problems->arena;
    struct trail trail;
    rp_buf_init(&trail.pointer, POINTER_BYTES_MAX);
    rp_buf_init(&trail.path, POINTER_BYTES_MAX);
    follow(&trail, reader->root, node);
    struct rp_buf message;
    rp_buf_init(&message, MESSAGE_BYTES_MAX);
    rp_buf_addv(&message, format, args);
    place_problem(reader, problem, node, on_name);
    problem->pointer = keep(arena, &trail.pointer);
    problem->path = keep(arena, &trail.path);
    problem->message = keep(arena, &message);
    problem->hint = hint == NULL ? "" : rp_arena_dup(arena, rp_str_of(hint));
    rp_buf_fini(&message);
    rp_buf_fini(&trail.path);
    rp_buf_fini(&trail.pointer);
}

void rp__plan_problem_syntax(
    struct rp__plan_reader *reader, const struct rp_json_error *error)
{
    struct rp_plan_problem *problem = add_problem(reader->problems);
    if (problem == NULL) {
        return;
    }
    struct rp_arena *arena = reader->problems->arena;
    problem->place = error->place;
    problem->end = error->place;
    problem->pointer = "";
    problem->path = "";
    problem->message = rp_arena_dup(arena, rp_str_of(error->message));
    problem->hint = rp_arena_dup(arena, rp_str_of(error->hint));
}

/* Problems come roughly in order, so the cursor mostly moves forward. */
struct rp_json_place rp__plan_place(struct rp__plan_reader *reader, size_t byte)
{
    struct rp_json_place at = reader->cursor;
    if (at.line == 0 || byte < at.byte) {
        at = (struct rp_json_place){0, 1, 1};
    }
    for (; at.byte < byte && at.byte < reader->bytes.len; at.byte++) {
        unsigned char c = (unsigned char)reader->bytes.ptr[at.byte];
        if (c == '\n') {
            at.line++;
            at.column = 1;
        } else if ((c & 0xC0) != 0x80) { /* not inside a character */
            at.column++;
        }
    }
    reader->cursor = at;
    return at;
}

static const char *kept_text(struct rp__plan_reader *reader, struct rp_buf *buf)
{
    const char *text = keep(reader->arena, buf);
    rp_buf_fini(buf);
    return text;
}

const char *rp__plan_shown_text(
    struct rp__plan_reader *reader, struct rp_str text)
{
    struct rp_buf buf;
    rp_buf_init(&buf, MESSAGE_BYTES_MAX);
    add_shown(&buf, text);
    return kept_text(reader, &buf);
}

const char *rp__plan_shown(struct rp__plan_reader *reader, const cJSON *value)
{
    if (cJSON_IsObject(value)) {
        return value->child == NULL ? "{}" : "{...}";
    }
    if (cJSON_IsArray(value)) {
        return value->child == NULL ? "[]" : "[...]";
    }
    if (cJSON_IsString(value)) {
        return rp__plan_shown_text(reader, rp_str_of(value->valuestring));
    }
    if (!cJSON_IsNumber(value)) {
        return cJSON_IsNull(value)   ? "null"
               : cJSON_IsTrue(value) ? "true"
                                     : "false";
    }
    char scratch[32];
    struct rp_str text = rp_json_number_text(value, scratch);
    return rp_arena_dup(reader->arena, head(text, SHOWN_BYTES_MAX));
}

const char *rp__plan_nearest(struct rp__plan_reader *reader, struct rp_str word,
    const char *const *names, size_t count, const char *otherwise)
{
    struct rp_str part = head(word, RP_NAME_LEN_MAX * 2);
    const char *near = rp_str_nearest(part, names, count);
    return near == NULL
               ? otherwise
               : rp_arena_printf(reader->arena, "did you mean \"%s\"?", near);
}

const char *rp__plan_choice(struct rp__plan_reader *reader, const char *before,
    const char *const *names, size_t count)
{
    struct rp_buf buf;
    rp_buf_init(&buf, MESSAGE_BYTES_MAX);
    rp_buf_add_text(&buf, before);
    for (size_t i = 0; i < count; i++) {
        rp_buf_add_text(&buf, i > 0 ? ", " : "");
        rp_buf_add_text(&buf, names[i]);
    }
    return kept_text(reader, &buf);
}

/* By insertion: few, and nearly in order. Stable. */
void rp__plan_problems_sort(struct rp_plan_problems *problems)
{
    for (uint32_t i = 1; i < problems->count; i++) {
        struct rp_plan_problem moved = problems->items[i];
        uint32_t at = i;
        while (
            at > 0 && problems->items[at - 1].place.byte > moved.place.byte) {
            problems->items[at] = problems->items[at - 1];
            at--;
        }
        problems->items[at] = moved;
    }
}

void rp_plan_problems_fini(struct rp_plan_problems *problems)
{
    rp_arena_free(&problems->arena);
    *problems = (struct rp_plan_problems){0};
}
