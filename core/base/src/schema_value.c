/* schema_value.c - type, const and enum: keywords for any value. */
#include "schema_hash.h"
#include "schema_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct type_name {
    const char *name;
    unsigned type;
};

static const struct type_name type_names[] = {
    {"string", RP__TYPE_STRING},
    {"number", RP__TYPE_NUMBER},
    {"integer", RP__TYPE_INTEGER},
    {"boolean", RP__TYPE_BOOLEAN},
    {"object", RP__TYPE_OBJECT},
    {"array", RP__TYPE_ARRAY},
    {"null", RP__TYPE_NULL},
};

static bool fail_type(struct rp__schema_compiler *c, const cJSON *at)
{
    const char *names[RP_COUNT_OF(type_names)];
    for (size_t i = 0; i < RP_COUNT_OF(type_names); i++) {
        names[i] = type_names[i].name;
    }
    if (!cJSON_IsString(at)) {
        return rp__schema_fail(c, RP_E_INVALID, at, NULL,
            "'type' must be the name of a type or a list of such names");
    }
    const char *nearest =
        rp__schema_near(rp_str_of(at->valuestring), names, RP_COUNT_OF(names));
    char hint[64] = "string, number, integer, boolean, object, array or null";
    if (nearest != NULL) {
        (void)snprintf(hint, sizeof(hint), "did you mean '%s'", nearest);
    }
    return rp__schema_fail(c, RP_E_INVALID, at, hint,
        "'type' is '%.100s', which is no type", at->valuestring);
}

static bool add_type(
    struct rp__schema_compiler *c, const cJSON *name, unsigned *types)
{
    for (size_t i = 0; i < RP_COUNT_OF(type_names); i++) {
        if (!cJSON_IsString(name) ||
            strcmp(name->valuestring, type_names[i].name) != 0) {
            continue;
        }
        if ((*types & type_names[i].type) != 0) {
            return rp__schema_fail(c, RP_E_INVALID, name, NULL,
                "'type' lists '%s' twice", name->valuestring);
        }
        *types |= type_names[i].type;
        return true;
    }
    return fail_type(c, name);
}

RP__COMPILES(type)
{
    (void)node;
    unsigned *types = rp_arena_alloc(c->schema->arena, sizeof(*types));
    rule->data = types;
    if (!cJSON_IsArray(rule->value)) {
        return add_type(c, rule->value, types);
    }
    for (const cJSON *item = rule->value->child; item != NULL;
         item = item->next) {
        if (!add_type(c, item, types)) {
            return false;
        }
    }
    return *types != 0 || rp__schema_fail(c, RP_E_INVALID, rule->value, NULL,
                              "'type' is an empty list: nothing would match");
}

static bool is_integer(const cJSON *value)
{
    char scratch[32];
    struct rp__decimal d = rp__decimal_of(rp_json_number_text(value, scratch));
    return rp__decimal_is_integer(&d);
}

RP__JUDGES(type)
{
    const unsigned *types = rule->data;
    if ((*types & frame->type) != 0) {
        return true;
    }
    bool is_number = frame->type == RP__TYPE_NUMBER;
    if (is_number && (*types & RP__TYPE_INTEGER) != 0 &&
        is_integer(frame->instance)) {
        return true;
    }
    if (!j->is_explaining) {
        return false;
    }
    char wanted[RP__TYPES_TEXT_MAX];
    char is[RP__TYPES_TEXT_MAX];
    char value[RP__PREVIEW_MAX];
    (void)rp__schema_types_text(*types, wanted);
    if (is_number) {
        return rp__schema_complain(j, frame, rule, "is %s, must be %s",
            rp__schema_preview(frame->instance, value), wanted);
    }
    return rp__schema_complain(j, frame, rule, "is %s, must be %s",
        rp__schema_types_text(frame->type, is), wanted);
}

struct constant {
    const cJSON *value;
    uint64_t hash;
    uint64_t weight;
    unsigned type;
};

/* Strings apart and sorted, as most enumerations are of strings; the others
 * sorted by hash. */
struct constants {
    size_t string_count;
    size_t other_count;
    const char **strings;
    struct constant *others;
    unsigned other_types;
};

static struct constant constant_of(const cJSON *value)
{
    struct constant constant = {value, 0, 0, rp__schema_type_of(value)};
    constant.hash = rp__schema_value_hash(value, true, &constant.weight);
    return constant;
}

RP__COMPILES(const)
{
    (void)node;
    struct constant *constant =
        rp_arena_alloc(c->schema->arena, sizeof(*constant));
    *constant = constant_of(rule->value);
    rule->data = constant;
    return true;
}

static bool equals(struct rp__schema_judge *j, const struct constant *constant,
    const struct rp__schema_frame *frame)
{
    return constant->type == frame->type &&
           rp__schema_charge(j, constant->weight / 4) &&
           rp_json_key_equal(constant->value, frame->instance);
}

RP__JUDGES(const)
{
    const struct constant *constant = rule->data;
    if (equals(j, constant, frame)) {
        return true;
    }
    char wanted[RP__PREVIEW_MAX];
    char found[RP__PREVIEW_MAX];
    return rp__schema_complain(j, frame, rule, "is %s, must be %s%s",
        rp__schema_preview(frame->instance, found),
        (constant->type & (RP__TYPE_ARRAY | RP__TYPE_OBJECT)) != 0
            ? "exactly the constant, which is "
            : "",
        rp__schema_preview(constant->value, wanted));
}

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_constants(const void *a, const void *b)
{
    const struct constant *x = a;
    const struct constant *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash ? 1 : 0;
}

RP__COMPILES(enum)
{
    (void)node;
    if (!cJSON_IsArray(rule->value)) {
        return rp__schema_fail(c, RP_E_INVALID, rule->value, NULL,
            "'enum' must be a list of values");
    }
    struct rp_arena *arena = c->schema->arena;
    size_t count = (size_t)cJSON_GetArraySize(rule->value);
    struct constants *all = rp_arena_alloc(arena, sizeof(*all));
    all->strings = rp_arena_array(arena, count + 1, sizeof(*all->strings));
    all->others = rp_arena_array(arena, count + 1, sizeof(*all->others));
    rule->data = all;
    for (const cJSON *item = rule->value->child; item != NULL;
         item = item->next) {
        if (cJSON_IsString(item)) {
            all->strings[all->string_count++] = item->valuestring;
            continue;
        }
        struct constant constant = constant_of(item);
        all->others[all->other_count++] = constant;
        all->other_types |= constant.type;
    }
    qsort(
        all->others, all->other_count, sizeof(*all->others), compare_constants);
    qsort(all->strings, all->string_count, sizeof(*all->strings),
        compare_strings);
    return true;
}

/* "'a', 'b', 'c' or 2 more". */
static const char *list_values(const cJSON *list, char *out, size_t room)
{
    size_t used = 0;
    int left = cJSON_GetArraySize(list);
    for (const cJSON *item = list->child; item != NULL;
         item = item->next, left--) {
        char text[RP__PREVIEW_MAX];
        const char *shown = rp__schema_preview(item, text);
        const char *between = used == 0 ? "" : left == 1 ? " or " : ", ";
        if (used + strlen(shown) + 24 > room) {
            (void)snprintf(out + used, room - used, " or %d more", left);
            break;
        }
        used +=
            (size_t)snprintf(out + used, room - used, "%s%s", between, shown);
    }
    return out;
}

RP__COMPILES(examples)
{
    (void)node;
    return cJSON_IsArray(rule->value) ||
           rp__schema_fail(c, RP_E_INVALID, rule->value, NULL,
               "'examples' must be a list of values");
}

/* Whether one of the values that are no strings equals the instance. */
static bool has_equal(struct rp__schema_judge *j, const struct constants *all,
    const struct rp__schema_frame *frame)
{
    uint64_t weight = 0;
    uint64_t hash =
        rp__schema_value_hash(frame->instance, j->has_duplicates, &weight);
    if (!rp__schema_charge(j, weight / 4)) {
        return false;
    }
    size_t low = 0;
    size_t high = all->other_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (all->others[middle].hash < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < all->other_count && all->others[low].hash == hash; low++) {
        if (equals(j, &all->others[low], frame)) {
            return true;
        }
    }
    return false;
}

RP__JUDGES(enum)
{
    const struct constants *all = rule->data;
    if (frame->type == RP__TYPE_STRING) {
        const char *key = frame->instance->valuestring;
        if (bsearch(&key, all->strings, all->string_count,
                sizeof(*all->strings), compare_strings) != NULL) {
            return true;
        }
    }
    if ((all->other_types & frame->type) != 0 && has_equal(j, all, frame)) {
        return true;
    }
    if (!j->is_explaining) {
        return false;
    }
    char found[RP__PREVIEW_MAX];
    char values[300] = "nothing: the list is empty";
    const char *near = NULL;
    if (frame->type == RP__TYPE_STRING) {
        near = rp__schema_near(rp_str_of(frame->instance->valuestring),
            all->strings, all->string_count);
    }
    return rp__schema_complain(j, frame, rule, "is %s, must be %s%s%.60s%s",
        rp__schema_preview(frame->instance, found),
        list_values(rule->value, values, sizeof(values)),
        near == NULL ? "" : " (did you mean '", near == NULL ? "" : near,
        near == NULL ? "" : "'?)");
}
