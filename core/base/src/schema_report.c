/* schema_report.c - violations: where, by which keyword, in which words. */
#include "schema_judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUBJECT_MAX 128
#define NAME_SHOWN_MAX 64
#define TEXT_SHOWN_MAX 60
#define REPEATS_LOOKED 16 /* violations looked back at for the same words */

/* How much of `text` to show: whole characters, at most `max` bytes. */
static int shown_bytes(const char *text, size_t max)
{
    const char *end = memchr(text, '\0', max + 1);
    size_t length = end == NULL ? max : (size_t)(end - text);
    if (end == NULL) {
        length = max;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    return (int)length;
}

const char *rp__schema_preview(const cJSON *value, char out[RP__PREVIEW_MAX])
{
    char scratch[32];
    struct rp_str number;
    switch (rp__schema_type_of(value)) {
    case RP__TYPE_NULL:
        return "null";
    case RP__TYPE_BOOLEAN:
        return cJSON_IsTrue(value) ? "true" : "false";
    case RP__TYPE_ARRAY:
        return value->child == NULL ? "an empty array" : "an array";
    case RP__TYPE_OBJECT:
        return value->child == NULL ? "an empty object" : "an object";
    case RP__TYPE_NUMBER:
        number = rp_json_number_text(value, scratch);
        (void)snprintf(out, RP__PREVIEW_MAX, "%.*s%s",
            number.len > TEXT_SHOWN_MAX ? TEXT_SHOWN_MAX : (int)number.len,
            number.ptr, number.len > TEXT_SHOWN_MAX ? "..." : "");
        return out;
    case RP__TYPE_STRING: {
        int shown = shown_bytes(value->valuestring, TEXT_SHOWN_MAX);
        (void)snprintf(out, RP__PREVIEW_MAX, "'%.*s%s'", shown,
            value->valuestring, value->valuestring[shown] == '\0' ? "" : "...");
        return out;
    }
    default: /* an unsigned: no other type has a text */
        return "no JSON value";
    }
}

struct type_text {
    unsigned type;
    const char *text;
};

static const struct type_text type_texts[] = {
    {RP__TYPE_STRING, "a string"},
    {RP__TYPE_INTEGER, "an integer"},
    {RP__TYPE_NUMBER, "a number"},
    {RP__TYPE_BOOLEAN, "a boolean"},
    {RP__TYPE_OBJECT, "an object"},
    {RP__TYPE_ARRAY, "an array"},
    {RP__TYPE_NULL, "null"},
};

const char *rp__schema_types_text(unsigned types, char out[RP__TYPES_TEXT_MAX])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < RP_COUNT_OF(type_texts); i++) {
        if ((types & type_texts[i].type) == 0) {
            continue;
        }
        types &= ~type_texts[i].type;
        const char *between = used == 0 ? "" : types == 0 ? " or " : ", ";
        int added = snprintf(out + used, RP__TYPES_TEXT_MAX - used, "%s%s",
            between, type_texts[i].text);
        used += (size_t)added;
    }
    return out;
}

const char *rp__schema_near(
    struct rp_str word, const char *const *names, size_t count)
{
    if (word.len > RP__SCHEMA_NEAR_BYTES_MAX) {
        return NULL;
    }
    return rp_str_nearest(word, names,
        count < RP__SCHEMA_NEAR_NAMES_MAX ? count : RP__SCHEMA_NEAR_NAMES_MAX);
}

void rp__schema_tidy(char *text)
{
    size_t length = strlen(text);
    size_t bad = 0;
    while (!rp_utf8_valid((struct rp_str){text, length}, &bad)) {
        memmove(text + bad, text + bad + 1, length - bad);
        length--;
    }
}

static const char *subject_of(
    const struct rp__schema_frame *frame, char out[SUBJECT_MAX])
{
    while (frame != NULL && frame->step->descent == RP__IN_PLACE) {
        frame = frame->up;
    }
    if (frame == NULL) {
        return "the value";
    }
    const struct rp__schema_step *step = frame->step;
    if (step->descent == RP__TO_ITEM) {
        (void)snprintf(out, SUBJECT_MAX, "item [%u]", step->ordinal);
        return out;
    }
    (void)snprintf(out, SUBJECT_MAX, "%s'%.*s'",
        step->descent == RP__TO_NAME ? "the member name " : "",
        shown_bytes(step->member, NAME_SHOWN_MAX), step->member);
    return out;
}

static void add_place(struct rp_buf *out, const struct rp__schema_step *step)
{
    switch (step->descent) {
    case RP__IN_PLACE:
        break;
    case RP__TO_ITEM:
        rp_buf_addf(out, "/%u", step->ordinal);
        break;
    case RP__TO_MEMBER:
    case RP__TO_NAME:
        rp_json_pointer_add(out, rp_str_of(step->member));
        break;
    }
}

static void add_keyword(struct rp_buf *out, const struct rp__schema_step *step)
{
    if (step->keyword[0] != '\0') {
        rp_json_pointer_add(out, rp_str_of(step->keyword));
    }
    if (step->name != NULL) {
        rp_json_pointer_add(out, rp_str_of(step->name));
    }
    if (step->index >= 0) {
        rp_buf_addf(out, "/%lld", (long long)step->index);
    }
}

/* The frames of a chain from the root on; recursion is bounded by the chain. */
static void add_frames(const struct rp__schema_frame *frame,
    struct rp_buf *instance, struct rp_buf *keyword)
{
    if (frame->up != NULL) {
        add_frames(frame->up, instance, keyword);
    }
    add_place(instance, frame->step);
    add_keyword(keyword, frame->step);
}

static void add_ordinals(struct rp__schema_judge *j,
    struct rp__schema_found *found, const struct rp__schema_frame *frame,
    const struct rp__schema_step *last)
{
    uint32_t depth = last != NULL && last->descent != RP__IN_PLACE ? 1 : 0;
    for (const struct rp__schema_frame *f = frame; f != NULL; f = f->up) {
        depth += f->step->descent != RP__IN_PLACE ? 1 : 0;
    }
    uint32_t *ordinals = rp_arena_array(j->arena, depth + 1, sizeof(*ordinals));
    found->ordinals = ordinals;
    found->depth = depth;
    if (last != NULL && last->descent != RP__IN_PLACE) {
        ordinals[--depth] = last->ordinal;
    }
    for (const struct rp__schema_frame *f = frame; f != NULL; f = f->up) {
        if (f->step->descent != RP__IN_PLACE) {
            ordinals[--depth] = f->step->ordinal;
        }
    }
}

/* Several schemas often ask the same of one value: said once is enough. */
static void drop_repeated(struct rp__schema_judge *j)
{
    const struct rp_schema_violation *last =
        &j->found[j->found_count - 1].violation;
    size_t looked = 0;
    for (size_t i = j->found_count - 1; i > 0 && looked < REPEATS_LOOKED;
         i--, looked++) {
        const struct rp_schema_violation *other = &j->found[i - 1].violation;
        if (strcmp(other->message, last->message) == 0 &&
            strcmp(other->instance_pointer, last->instance_pointer) == 0 &&
            i - 1 >= j->found_floor) {
            j->found_count--;
            return;
        }
    }
}

static void keep(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_step *step,
    const char *keyword, const char *message)
{
    if (j->found_count >= j->found_max) {
        j->is_stopped = j->is_stopped || j->alternatives == 0;
        return;
    }
    j->found = rp_mem_room(
        j->found, j->found_count, &j->found_room, sizeof(*j->found));
    struct rp__schema_found *found = &j->found[j->found_count++];
    *found = (struct rp__schema_found){.number = j->found_number++};
    struct rp_buf instance;
    struct rp_buf path;
    rp_buf_init(&instance, RP_PLAN_BYTES_MAX);
    rp_buf_init(&path, RP_PLAN_BYTES_MAX);
    add_frames(frame, &instance, &path);
    if (step != NULL) {
        add_place(&instance, step);
    }
    /* A false schema stands at the end of its frame's own path. */
    if (!frame->node->is_false) {
        rp_json_pointer_add(&path, rp_str_of(keyword));
    }
    found->violation.instance_pointer =
        rp_arena_dup(j->arena, rp_buf_str(&instance));
    found->violation.keyword_pointer =
        rp_arena_dup(j->arena, rp_buf_str(&path));
    found->violation.keyword = keyword;
    found->violation.message = rp_arena_dup(j->arena, rp_str_of(message));
    add_ordinals(j, found, frame, step);
    rp_buf_fini(&instance);
    rp_buf_fini(&path);
    drop_repeated(j);
}

bool rp__schema_complain(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_rule *rule,
    const char *format, ...)
{
    if (!j->is_explaining) {
        return false;
    }
    char name[SUBJECT_MAX];
    char message[RP_ERR_TEXT_MAX];
    int used =
        snprintf(message, sizeof(message), "%s ", subject_of(frame, name));
    va_list args;
    va_start(args, format);
    (void)vsnprintf(
        message + used, sizeof(message) - (size_t)used, format, args);
    va_end(args);
    rp__schema_tidy(message);
    keep(j, frame, NULL, rule->word->name, message);
    return false;
}

bool rp__schema_complain_at(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_step *step,
    const char *keyword, const char *format, ...)
{
    if (!j->is_explaining) {
        return false;
    }
    char message[RP_ERR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    rp__schema_tidy(message);
    keep(j, frame, step, keyword, message);
    return false;
}

/* How far a violation is from a match: a wrong kind of value says that the
 * alternative was not meant, a wrong constant just below nearly so. */
static uint64_t distance(const struct rp__schema_found *found, uint32_t depth)
{
    const char *keyword = found->violation.keyword;
    bool is_constant =
        strcmp(keyword, "const") == 0 || strcmp(keyword, "enum") == 0;
    bool is_kind = is_constant || strcmp(keyword, "type") == 0;
    if (is_kind && found->depth == depth) {
        return 10000;
    }
    return is_constant && found->depth == depth + 1 ? 1000 : 1;
}

void rp__schema_nearest_add(struct rp__schema_judge *j,
    struct rp__schema_nearest *nearest, const struct rp__schema_frame *frame,
    uint32_t alternative)
{
    uint32_t depth = 0;
    for (const struct rp__schema_frame *f = frame; f != NULL; f = f->up) {
        depth += f->step->descent != RP__IN_PLACE ? 1 : 0;
    }
    size_t from = nearest->begin + nearest->kept;
    size_t count = j->found_count - from;
    uint64_t score = 0;
    for (size_t i = from; i < j->found_count; i++) {
        score += distance(&j->found[i], depth);
    }
    if (count > 0 && (!nearest->has_any || score < nearest->score)) {
        memmove(&j->found[nearest->begin], &j->found[from],
            count * sizeof(*j->found));
        nearest->kept = count;
        nearest->score = score;
        nearest->alternative = alternative;
        nearest->has_any = true;
    }
    j->found_count = nearest->begin + nearest->kept;
}

const char *rp__schema_nearest_take(struct rp__schema_judge *j,
    struct rp__schema_nearest *nearest, const struct rp__schema_frame *frame)
{
    j->found_count = nearest->begin;
    if (!nearest->has_any) {
        return NULL;
    }
    const struct rp__schema_found *first = &j->found[nearest->begin];
    if (first->reason != NULL) {
        return first->reason;
    }
    uint32_t depth = 0;
    for (const struct rp__schema_frame *f = frame; f != NULL; f = f->up) {
        depth += f->step->descent != RP__IN_PLACE ? 1 : 0;
    }
    bool is_here = first->depth == depth;
    return rp_arena_printf(j->arena, "; nearest is [%u]: %s%s%s",
        nearest->alternative, first->violation.message, is_here ? "" : ", at ",
        is_here ? "" : first->violation.instance_pointer);
}

void rp__schema_complain_none(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_rule *rule,
    size_t alternatives, const char *reason)
{
    uint32_t number = j->found_number;
    (void)rp__schema_complain(j, frame, rule,
        "matches none of the %zu alternatives%s", alternatives,
        reason == NULL ? "" : reason);
    if (j->found_number > number && j->found_count > 0) {
        j->found[j->found_count - 1].reason = reason;
    }
}

/* By place in the instance; what holds comes before what it holds. */
static int compare_found(const void *a, const void *b)
{
    const struct rp__schema_found *x = a;
    const struct rp__schema_found *y = b;
    for (uint32_t i = 0; i < x->depth && i < y->depth; i++) {
        if (x->ordinals[i] != y->ordinals[i]) {
            return x->ordinals[i] < y->ordinals[i] ? -1 : 1;
        }
    }
    if (x->depth != y->depth) {
        return x->depth < y->depth ? -1 : 1;
    }
    return x->number < y->number ? -1 : 1; /* as they were found */
}

void rp__schema_report_all(struct rp__schema_judge *j, uint32_t report_max,
    rp_schema_report *report, void *context)
{
    if (j->found_count == 0) {
        static const struct rp_schema_violation unexplained = {"", "", "",
            "the value does not hold, and finding out why takes too many "
            "steps"};
        report(context, &unexplained);
        return;
    }
    qsort(j->found, j->found_count, sizeof(*j->found), compare_found);
    for (size_t i = 0; i < j->found_count && i < report_max; i++) {
        report(context, &j->found[i].violation);
    }
}
