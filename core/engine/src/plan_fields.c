/* plan_fields.c - objects by table: keys, types, values. */
#include "plan_reader.h"

#include <stdlib.h>
#include <string.h>

#include <reprise/id.h>
#include <reprise/limits.h>

#define FIELDS_MAX 32
#define SECONDS_MAX (INT64_C(366) * 24 * 3600) /* a year: no one waits more */

static const struct {
    unsigned bit;
    const char *name;
} type_names[] = {
    {RP__PLAN_STRING, "a string"},
    {RP__PLAN_OBJECT, "an object"},
    {RP__PLAN_ARRAY, "an array"},
    {RP__PLAN_BOOL, "true or false"},
    {RP__PLAN_NUMBER, "a number"},
};

static const struct rp__plan_field *find_field(
    const struct rp__plan_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->count; i++) {
        if (strcmp(shape->fields[i].name, name) == 0) {
            return &shape->fields[i];
        }
    }
    return NULL;
}

static void refuse_key(struct rp__plan_reader *reader,
    const struct rp__plan_shape *shape, const cJSON *member)
{
    const char *names[FIELDS_MAX];
    RP_ASSERT(shape->count <= FIELDS_MAX);
    size_t count = 0;
    for (size_t i = 0; i < shape->count; i++) {
        if (shape->fields[i].read != rp__plan_read_later) {
            names[count++] = shape->fields[i].name;
        }
    }
    struct rp_str key = rp_str_of(member->string);
    rp__plan_problem_name(reader, member,
        rp__plan_nearest(reader, key, names, count,
            rp__plan_choice(reader, "known here: ", names, count)),
        "%s has no key %s", shape->what, rp__plan_shown_text(reader, key));
}

bool rp__plan_shape_read(struct rp__plan_reader *reader,
    const struct rp__plan_shape *shape, const cJSON *value, void *target)
{
    if (!rp__plan_type_is(reader, value, RP__PLAN_OBJECT, NULL)) {
        return false;
    }
    const cJSON *it = value->child;
    for (; it != NULL && !reader->problems->more; it = it->next) {
        if (find_field(shape, it->string) == NULL) {
            refuse_key(reader, shape, it);
        }
    }
    for (size_t i = 0; i < shape->count; i++) {
        const struct rp__plan_field *field = &shape->fields[i];
        const cJSON *member = rp_json_get(value, field->name);
        if (member == NULL && field->required) {
            rp__plan_problem(reader, value, field->hint,
                "%s needs the key \"%s\"", shape->what, field->name);
        } else if (member != NULL && rp__plan_type_is(reader, member,
                                         field->types, field->hint)) {
            field->read(reader, member, (char *)target + field->offset, field);
        }
    }
    return true;
}

static unsigned type_of(const cJSON *value)
{
    return cJSON_IsString(value)   ? RP__PLAN_STRING
           : cJSON_IsObject(value) ? RP__PLAN_OBJECT
           : cJSON_IsArray(value)  ? RP__PLAN_ARRAY
           : cJSON_IsBool(value)   ? RP__PLAN_BOOL
           : cJSON_IsNumber(value) ? RP__PLAN_NUMBER
                                   : 0;
}

bool rp__plan_type_is(struct rp__plan_reader *reader, const cJSON *value,
    unsigned types, const char *hint)
{
    if (types == RP__PLAN_ANY || (type_of(value) & types) != 0) {
        return true;
    }
    struct rp_buf wanted;
    rp_buf_init(&wanted, 256);
    for (size_t i = 0; i < RP_COUNT_OF(type_names); i++) {
        if ((types & type_names[i].bit) != 0) {
            rp_buf_add_text(&wanted, wanted.len == 0 ? ""
                                     : type_names[i].bit == RP__PLAN_BOOL
                                         ? ", "
                                         : " or ");
            rp_buf_add_text(&wanted, type_names[i].name);
        }
    }
    rp__plan_problem(reader, value, hint, "%s where %.*s belongs",
        rp__plan_shown(reader, value), RP_STR_ARG(rp_buf_str(&wanted)));
    rp_buf_fini(&wanted);
    return false;
}

void rp__plan_read_node(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)reader;
    (void)field;
    *(const cJSON **)target = value;
}

void rp__plan_read_nothing(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)reader;
    (void)value;
    (void)target;
    (void)field;
}

void rp__plan_read_later(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)target;
    rp__plan_problem_name(
        reader, value, field->hint, "%s", (const char *)field->detail);
}

void rp__plan_read_text(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)field;
    *(const char **)target =
        rp_arena_dup(reader->arena, rp_str_of(value->valuestring));
}

void rp__plan_read_bool(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    (void)reader;
    (void)field;
    *(bool *)target = cJSON_IsTrue(value);
}

void rp__plan_read_count(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    const struct rp__plan_range *range = field->detail;
    int64_t number = 0;
    if (!rp_json_int64(value, &number) || number < range->least ||
        number > range->most) {
        rp__plan_problem(reader, value, NULL,
            "%s is not a whole number from %u to %u",
            rp__plan_shown(reader, value), range->least, range->most);
        return;
    }
    *(uint32_t *)target = (uint32_t)number;
}

static const struct {
    const char *name;
    uint64_t bytes;
} size_units[] = {
    {"GiB", UINT64_C(1) << 30},
    {"MiB", UINT64_C(1) << 20},
    {"KiB", UINT64_C(1) << 10},
    {"B", 1},
};

/* "16MiB", "100B". */
static bool parse_size(struct rp_str text, uint64_t *out)
{
    uint64_t number = 0;
    size_t at = 0;
    while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9') {
        if (at > 9) {
            return false;
        }
        number = number * 10 + (uint64_t)(text.ptr[at++] - '0');
    }
    struct rp_str unit = {text.ptr + at, text.len - at};
    for (size_t i = 0; at > 0 && i < RP_COUNT_OF(size_units); i++) {
        if (rp_str_is(unit, size_units[i].name)) {
            *out = number * size_units[i].bytes;
            return true;
        }
    }
    return false;
}

void rp__plan_size_write(struct rp_buf *out, uint64_t bytes)
{
    size_t i = 0;
    while (bytes % size_units[i].bytes != 0) {
        i++;
    }
    rp_buf_add_u64(out, bytes / size_units[i].bytes);
    rp_buf_add_text(out, size_units[i].name);
}

void rp__plan_read_size(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    uint64_t bytes = 0;
    if (!parse_size(rp_str_of(value->valuestring), &bytes)) {
        rp__plan_problem(reader, value, field->hint, "%s is not a size",
            rp__plan_shown(reader, value));
    } else if (bytes == 0 || bytes > RP_INPUT_BYTES_MAX) {
        rp__plan_problem(reader, value, "write at least 1B, at most 64MiB",
            "a size of %s is out of range", value->valuestring);
    } else {
        *(uint64_t *)target = bytes;
    }
}

bool rp__plan_duration(struct rp__plan_reader *reader, const cJSON *at,
    struct rp_str text, struct rp_duration *out)
{
    struct rp_duration d;
    if (!rp_duration_parse(text, &d) || d.ns < 0) {
        rp__plan_problem(reader, at, RP__PLAN_HINT_DURATION,
            "%s is not a duration", rp__plan_shown_text(reader, text));
        return false;
    }
    if (d.ns > SECONDS_MAX * RP_NS_PER_S) {
        rp__plan_problem(reader, at, NULL, "%s is longer than a year",
            rp__plan_shown_text(reader, text));
        return false;
    }
    *out = d;
    return true;
}

void rp__plan_read_duration(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    const struct rp__plan_span *span = field->detail;
    struct rp_str text = rp_str_of(value->valuestring);
    struct rp_duration d;
    if (span->off && rp_str_is(text, "off")) {
        *(struct rp_duration *)target = RP_DURATION_FOREVER;
    } else if (!rp__plan_duration(reader, value, text, &d)) {
        return;
    } else if (d.ns == 0 && !span->zero) {
        rp__plan_problem(reader, value,
            span->off ? "write \"off\" for no limit" : "give it some time",
            "%s leaves no time at all", rp__plan_shown(reader, value));
    } else {
        *(struct rp_duration *)target = d;
    }
}

void rp__plan_read_word(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    const struct rp__plan_words *words = field->detail;
    struct rp_str text = rp_str_of(value->valuestring);
    for (unsigned i = 0; i < words->count; i++) {
        if (rp_str_is(text, words->names[i])) {
            memcpy(target, &i, sizeof(i)); /* an enum is an unsigned */
            return;
        }
    }
    rp__plan_problem(reader, value,
        rp__plan_nearest(reader, text, words->names, words->count, NULL),
        "%s is not %s", rp__plan_shown(reader, value),
        rp__plan_choice(reader, words->count > 1 ? "one of " : "", words->names,
            words->count));
}

void rp__plan_read_pointer(struct rp__plan_reader *reader, const cJSON *value,
    void *target, const struct rp__plan_field *field)
{
    if (!rp_json_pointer_valid(rp_str_of(value->valuestring))) {
        rp__plan_problem(reader, value,
            "a pointer is \"\" or begins with a slash, as \"/items/0\"",
            "%s is not a JSON pointer", rp__plan_shown(reader, value));
        return;
    }
    rp__plan_read_text(reader, value, target, field);
}

void rp__plan_texts_read(struct rp__plan_reader *reader, const cJSON *array,
    struct rp__plan_texts *out)
{
    uint32_t count = 0;
    for (const cJSON *it = array->child; it != NULL; it = it->next) {
        count++;
    }
    out->items = rp_arena_array(reader->arena, count, sizeof(*out->items));
    for (const cJSON *it = array->child; it != NULL; it = it->next) {
        if (rp__plan_type_is(reader, it, RP__PLAN_STRING, NULL)) {
            rp__plan_read_text(reader, it, &out->items[out->count++], NULL);
        }
    }
}

bool rp__plan_name_check(struct rp__plan_reader *reader, const cJSON *at,
    struct rp_str name, bool is_key)
{
    void (*problem)(struct rp__plan_reader *, const cJSON *, const char *,
        const char *, ...) = is_key ? rp__plan_problem_name : rp__plan_problem;
    if (!rp_name_valid(name)) {
        problem(reader, at, RP__PLAN_HINT_NAME, "%s is not a name",
            rp__plan_shown_text(reader, name));
        return false;
    }
    if (rp_str_is(name, "input")) {
        problem(reader, at, "take another name",
            "\"input\" is the name of the session's input");
        return false;
    }
    return true;
}

static int compare_names(const void *a, const void *b)
{
    const cJSON *const *one = a;
    const cJSON *const *two = b;
    return strcmp((*one)->string, (*two)->string);
}

const cJSON **rp__plan_members_sorted(
    struct rp__plan_reader *reader, const cJSON *object, uint32_t *count)
{
    *count = (uint32_t)cJSON_GetArraySize(object);
    const cJSON **members =
        rp_arena_array(reader->arena, *count + 1u, sizeof(const cJSON *));
    uint32_t at = 0;
    for (const cJSON *it = object->child; it != NULL; it = it->next) {
        members[at++] = it;
    }
    qsort(members, *count, sizeof(const cJSON *), compare_names);
    return members;
}
