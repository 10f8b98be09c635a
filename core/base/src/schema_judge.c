/* schema_judge.c - walks an instance along the nodes of a schema. */
#include "schema_judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool rp__schema_stop(struct rp__schema_judge *j, const char *format, ...)
{
    if (!j->is_stopped && !j->is_explaining && j->err != NULL) {
        char text[RP_ERR_TEXT_MAX];
        va_list args;
        va_start(args, format);
        (void)vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        rp__schema_tidy(text);
        (void)rp_err_set(j->err, RP_E_LIMIT, "%s", text);
    }
    j->is_stopped = true;
    return false;
}

bool rp__schema_charge(struct rp__schema_judge *j, uint64_t steps)
{
    if (j->is_stopped) {
        return false;
    }
    if (j->steps_left < steps) {
        return rp__schema_stop(j,
            "judging by the schema needs too many steps: the schema is too "
            "complicated for this value");
    }
    j->steps_left -= steps;
    return true;
}

unsigned rp__schema_type_of(const cJSON *value)
{
    switch (value->type & 0xFF) {
    case cJSON_NULL:
        return RP__TYPE_NULL;
    case cJSON_False:
    case cJSON_True:
        return RP__TYPE_BOOLEAN;
    case cJSON_Number:
        return RP__TYPE_NUMBER;
    case cJSON_String:
        return RP__TYPE_STRING;
    case cJSON_Array:
        return RP__TYPE_ARRAY;
    case cJSON_Object:
        return RP__TYPE_OBJECT;
    default: /* an int, not an enum: raw and invalid nodes have no type */
        return 0;
    }
}

const cJSON *rp__schema_next_of(
    const struct rp__schema_judge *j, const cJSON *object, const cJSON *member)
{
    member = member == NULL ? object->child : member->next;
    while (j->has_duplicates && member != NULL &&
           rp_json_get(object, member->string) != member) {
        member = member->next;
    }
    return member;
}

void rp__schema_seen_init(struct rp__schema_seen *seen, size_t count)
{
    *seen = (struct rp__schema_seen){0, NULL, count, false};
    if (count > 64) {
        seen->many = rp_mem_array(count / 64 + 1, sizeof(*seen->many));
    }
}

void rp__schema_seen_fini(struct rp__schema_seen *seen)
{
    rp_mem_free(seen->many);
    seen->many = NULL;
}

void rp__schema_seen_add(struct rp__schema_seen *seen, size_t ordinal)
{
    RP_ASSERT(ordinal < seen->count);
    uint64_t *word =
        seen->many == NULL ? &seen->few : &seen->many[ordinal / 64];
    *word |= UINT64_C(1) << (ordinal % 64);
}

bool rp__schema_seen_has(const struct rp__schema_seen *seen, size_t ordinal)
{
    uint64_t word = seen->many == NULL ? seen->few : seen->many[ordinal / 64];
    return seen->all || (word >> (ordinal % 64) & 1) != 0;
}

static void seen_merge(
    struct rp__schema_seen *into, const struct rp__schema_seen *from)
{
    into->all = into->all || from->all;
    into->few |= from->few;
    if (into->many != NULL) {
        for (size_t i = 0; i <= into->count / 64; i++) {
            into->many[i] |= from->many[i];
        }
    }
}

bool rp__schema_matches(struct rp__schema_judge *j,
    const struct rp__schema_pattern *pattern, const char *text)
{
    uint64_t cost = 0;
    enum rp__schema_match match =
        rp__schema_match(pattern, &j->matcher, text, &cost);
    if (match == RP__MATCH_LIMIT) {
        return rp__schema_stop(j,
            "matching a text of %zu bytes against the pattern '%.100s' takes "
            "too many steps",
            strlen(text), rp__schema_pattern_text(pattern));
    }
    return rp__schema_charge(j, cost) && match == RP__MATCH_YES;
}

/* The name of a member is not part of the value. */
static bool is_name(const struct rp__schema_frame *frame)
{
    while (frame->up != NULL && frame->step->descent == RP__IN_PLACE) {
        frame = frame->up;
    }
    return frame->step->descent == RP__TO_NAME;
}

void rp__schema_note_format(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const char *format)
{
    if (!j->wants_typed || is_name(frame)) {
        return;
    }
    j->typed = rp_mem_room(j->typed, j->typed_count, &j->typed_room,
        sizeof(struct rp__schema_typed));
    j->typed[j->typed_count++] =
        (struct rp__schema_typed){frame->instance, format};
}

static bool judge_rules(
    struct rp__schema_judge *j, const struct rp__schema_frame *frame)
{
    bool is_valid = true;
    const struct rp__schema_node *node = frame->node;
    for (uint32_t i = 0; i < node->rule_count; i++) {
        const struct rp__schema_rule *rule = &node->rules[i];
        if ((rule->word->types & frame->type) == 0) {
            continue;
        }
        if (!rule->word->judge(j, frame, rule)) {
            is_valid = false;
            if (!j->is_explaining) {
                break;
            }
        }
        if (j->is_stopped) {
            return false;
        }
    }
    return is_valid;
}

/* With a set of its own, so that what a failing schema has evaluated does not
 * count. While explaining it does: the verdict is known, and what a violated
 * schema knows need not be called unexpected as well. */
static bool judge_tracking(struct rp__schema_judge *j,
    struct rp__schema_frame *frame, struct rp__schema_seen *outer)
{
    size_t count = (size_t)cJSON_GetArraySize(frame->instance);
    if (!rp__schema_charge(j, count / 32)) {
        return false;
    }
    struct rp__schema_seen seen;
    rp__schema_seen_init(&seen, count);
    frame->seen = &seen;
    bool is_valid = judge_rules(j, frame);
    if (outer != NULL && (is_valid || j->is_explaining)) {
        seen_merge(outer, &seen);
    }
    frame->seen = NULL;
    rp__schema_seen_fini(&seen);
    return is_valid;
}

bool rp__schema_apply(struct rp__schema_judge *j,
    const struct rp__schema_frame *up, const struct rp__schema_step *step,
    const struct rp__schema_node *node, const cJSON *instance,
    struct rp__schema_seen *seen)
{
    if (!rp__schema_charge(j, 1)) {
        return false;
    }
    struct rp__schema_frame frame = {
        .up = up,
        .step = step,
        .node = node,
        .instance = instance,
        .type = rp__schema_type_of(instance),
        .depth = up == NULL ? 0 : up->depth + 1,
    };
    if (node->is_false) {
        return rp__schema_complain_at(
            j, &frame, NULL, step->keyword, "no value is allowed here");
    }
    if (frame.depth > RP__SCHEMA_FRAMES_MAX) {
        return rp__schema_stop(j, "schemas apply each other more than %d deep",
            RP__SCHEMA_FRAMES_MAX);
    }
    size_t typed_count = j->typed_count;
    bool is_tracked = (seen != NULL || node->collects) &&
                      (frame.type & (RP__TYPE_ARRAY | RP__TYPE_OBJECT)) != 0;
    bool is_valid =
        is_tracked ? judge_tracking(j, &frame, seen) : judge_rules(j, &frame);
    if (!is_valid) { /* what does not hold types nothing */
        j->typed_count = typed_count;
    }
    return is_valid;
}

bool rp__schema_apply_muted(struct rp__schema_judge *j,
    const struct rp__schema_frame *up, const struct rp__schema_step *step,
    const struct rp__schema_node *node, const cJSON *instance,
    struct rp__schema_seen *seen)
{
    bool was_explaining = j->is_explaining;
    j->is_explaining = false;
    bool is_valid = rp__schema_apply(j, up, step, node, instance, seen);
    j->is_explaining = was_explaining;
    return is_valid;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorting needs no index, which trees that were not read do not have. */
static bool wide_repeats(const cJSON *object, size_t count)
{
    const char **names = rp_mem_array(count, sizeof(*names));
    size_t i = 0;
    for (const cJSON *m = object->child; m != NULL; m = m->next) {
        names[i++] = m->string;
    }
    qsort(names, count, sizeof(*names), compare_names);
    bool repeats = false;
    for (i = 1; i < count && !repeats; i++) {
        repeats = strcmp(names[i - 1], names[i]) == 0;
    }
    rp_mem_free(names);
    return repeats;
}

static bool repeats_name(const cJSON *object, size_t count)
{
    if (count > 16) {
        return wide_repeats(object, count);
    }
    for (const cJSON *m = object->child; m != NULL; m = m->next) {
        for (const cJSON *n = m->next; n != NULL; n = n->next) {
            if (strcmp(m->string, n->string) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Counts the values and looks for objects that repeat a name. */
static uint64_t survey(
    struct rp__schema_judge *j, const cJSON *value, unsigned depth)
{
    uint64_t count = 1;
    bool is_object = cJSON_IsObject(value);
    if ((!is_object && !cJSON_IsArray(value)) ||
        depth > RP__SCHEMA_FRAMES_MAX) {
        return count;
    }
    size_t children = 0;
    for (const cJSON *child = value->child; child != NULL;
         child = child->next) {
        children++;
        count += survey(j, child, depth + 1);
    }
    if (is_object && !j->has_duplicates) {
        j->has_duplicates = repeats_name(value, children);
    }
    return count;
}

static const struct rp__schema_step root_step = {
    .keyword = "", .index = -1, .descent = RP__IN_PLACE};

static bool run(
    struct rp__schema_judge *j, const cJSON *instance, uint64_t values)
{
    j->steps_left = j->schema->steps_max + values * RP__SCHEMA_STEPS_PER_VALUE;
    j->is_stopped = false;
    return rp__schema_apply(
        j, NULL, &root_step, j->schema->root, instance, NULL);
}

enum rp_code rp_schema_judge(const struct rp_schema *schema,
    const cJSON *instance, bool *valid, uint32_t report_max,
    rp_schema_report *report, void *context, struct rp_err *err)
{
    RP_ASSERT(instance != NULL);
    struct rp__schema_judge j = {.schema = schema, .err = err};
    uint64_t values = survey(&j, instance, 0);
    bool is_valid = run(&j, instance, values);
    enum rp_code code = j.is_stopped ? RP_E_LIMIT : RP_OK;
    if (code == RP_OK) {
        *valid = is_valid;
    }
    if (code == RP_OK && !is_valid && report != NULL && report_max > 0) {
        j.is_explaining = true;
        j.arena = rp_arena_new(0);
        j.found_max = report_max < RP__SCHEMA_REPORT_MAX
                          ? report_max
                          : RP__SCHEMA_REPORT_MAX;
        (void)run(&j, instance, values); /* the verdict stands */
        rp__schema_report_all(&j, report_max, report, context);
        rp_mem_free(j.found);
        rp_arena_free(&j.arena);
    }
    rp__schema_matcher_fini(&j.matcher);
    return code;
}

enum rp_code rp_schema_formats(const struct rp_schema *schema,
    const cJSON *instance, rp_schema_typed *tell, void *context,
    struct rp_err *err)
{
    struct rp__schema_judge j = {
        .schema = schema, .wants_typed = true, .err = err};
    bool is_valid = run(&j, instance, survey(&j, instance, 0));
    for (size_t i = 0; is_valid && i < j.typed_count; i++) {
        tell(context, j.typed[i].value, j.typed[i].format);
    }
    rp_mem_free(j.typed);
    rp__schema_matcher_fini(&j.matcher);
    return j.is_stopped ? RP_E_LIMIT : RP_OK;
}

bool rp_schema_has_format(const struct rp_schema *schema, const char *format)
{
    const struct rp__schema_named_format *it = schema->formats;
    while (it != NULL && strcmp(it->name, format) != 0) {
        it = it->next;
    }
    return it != NULL;
}
