#include "fault_when.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fault_params.h"

enum rp_code rp__fault_rule_fail(struct rp_err *err, const char *format, ...)
{
    char text[RP_ERR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return rp_err_set(err, RP_E_INVALID, "reading a fault rule: %s", text);
}

static struct rp_str text_of(const cJSON *node, char scratch[32])
{
    return cJSON_IsNumber(node)   ? rp_json_number_text(node, scratch)
           : cJSON_IsString(node) ? rp_str_of(node->valuestring)
                                  : (struct rp_str){NULL, 0};
}

/* ---- one reader each ---- */

/* 3, 1..3, 2+ */
static enum rp_code read_range(struct rp_str text, const char *name,
    struct rp_fault_range *out, struct rp_err *err)
{
    uint64_t first = 0;
    uint64_t last = 0;
    struct rp_str tail = {NULL, 0};
    struct rp_str head = rp_str_cut(text, '.', &tail);
    bool open = rp_str_ends(text, RP_STR("+"));
    bool good;
    if (open) {
        good =
            rp__fault_digits((struct rp_str){text.ptr, text.len - 1}, &first);
        last = UINT32_MAX;
    } else if (tail.ptr != NULL) {
        good = rp__fault_digits(head, &first) && tail.len > 1 &&
               tail.ptr[0] == '.' &&
               rp__fault_digits(
                   (struct rp_str){tail.ptr + 1, tail.len - 1}, &last);
    } else {
        good = rp__fault_digits(text, &first);
        last = first;
    }
    if (!good || first == 0 || last < first) {
        return rp__fault_rule_fail(
            err, "'%s' must be a count: 1, 1..3 or 2+", name);
    }
    *out = (struct rp_fault_range){(uint32_t)first, (uint32_t)last};
    return RP_OK;
}

static enum rp_code read_nth(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    return read_range(text, "nth", &rule->nth, err);
}

static enum rp_code read_attempt(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    return read_range(text, "attempt", &rule->attempt, err);
}

static enum rp_code read_prob(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    uint64_t permille = 0;
    enum rp_code rc = rp__fault_percent_read(text, &permille, err);
    rule->permille = rc == RP_OK ? (uint32_t)permille : rule->permille;
    return rc;
}

/* 2s, vitals.began, gather/labs.ended */
static enum rp_code read_point(struct rp_str text, const char *name,
    struct rp_fault_point *out, struct rp_err *err)
{
    static const char *const ends[] = {
        [RP_POINT_BEGAN] = ".began", [RP_POINT_ENDED] = ".ended"};
    *out = (struct rp_fault_point){.kind = RP_POINT_TIME};
    if (rp_duration_parse(text, &out->time)) {
        return RP_OK;
    }
    for (size_t i = RP_POINT_BEGAN; i < RP_COUNT_OF(ends); i++) {
        size_t len = strlen(ends[i]);
        if (rp_str_ends(text, rp_str_of(ends[i])) && text.len > len &&
            text.len - len < sizeof(out->task)) {
            out->kind = (enum rp_fault_point_kind)i;
            memcpy(out->task, text.ptr, text.len - len);
            return RP_OK;
        }
    }
    return rp__fault_rule_fail(err,
        "'%s' must be a time since the session began (2s), or a task that "
        "began or ended (labs.ended)",
        name);
}

static enum rp_code read_after(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    return read_point(text, "after", &rule->after_point, err);
}

static enum rp_code read_until(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    return read_point(text, "until", &rule->until_point, err);
}

static enum rp_code read_count(
    struct rp_str text, const char *name, uint32_t *out, struct rp_err *err)
{
    uint64_t count = 0;
    if (!rp__fault_digits(text, &count) || count == 0) {
        return rp__fault_rule_fail(
            err, "'%s' must be a number from 1 on", name);
    }
    *out = (uint32_t)count;
    return RP_OK;
}

static enum rp_code read_max(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    return read_count(text, "max", &rule->max, err);
}

static enum rp_code read_max_of_all(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    return read_count(text, "max_of_all", &rule->max_of_all, err);
}

static enum rp_code read_after_rule(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    if (!rp_name_valid(text)) {
        return rp__fault_rule_fail(
            err, "'after_rule' must be the id of a rule");
    }
    (void)snprintf(
        rule->after_rule, sizeof(rule->after_rule), "%.*s", RP_STR_ARG(text));
    return RP_OK;
}

static enum rp_code read_byte(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    rule->placed = RP_PLACED_BYTE;
    return rp__fault_cut_read(text, rule, err);
}

static enum rp_code read_event(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err)
{
    uint32_t line = 0;
    enum rp_code rc = read_count(text, "event", &line, err);
    rule->placed = RP_PLACED_EVENT;
    rule->cut = RP_CUT_LINES;
    rule->amount = line;
    return rc;
}

/* ---- and one writer; nothing is written of what is not asked for ---- */

static void add_range(struct rp_buf *out, struct rp_fault_range range)
{
    rp_buf_addf(out, "%" PRIu32, range.first);
    if (range.last == UINT32_MAX) {
        rp_buf_add_char(out, '+');
    } else if (range.last != range.first) {
        rp_buf_addf(out, "..%" PRIu32, range.last);
    }
}

static bool is_limited(struct rp_fault_range range)
{
    return range.first != 1 || range.last != UINT32_MAX;
}

static void write_nth(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    if (is_limited(rule->nth)) {
        add_range(out, rule->nth);
    }
}

static void write_attempt(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    if (is_limited(rule->attempt)) {
        add_range(out, rule->attempt);
    }
}

static void write_prob(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    if (rule->permille < 1000) {
        rp_buf_addf(out, "%" PRIu32 "%%", rule->permille / 10);
    }
}

static void add_point(struct rp_buf *out, const struct rp_fault_point *point)
{
    switch (point->kind) {
    case RP_POINT_NONE:
        return;
    case RP_POINT_TIME:
        rp_duration_write(out, point->time);
        return;
    case RP_POINT_BEGAN:
    case RP_POINT_ENDED:
        rp_buf_addf(out, "%s.%s", point->task,
            point->kind == RP_POINT_BEGAN ? "began" : "ended");
        return;
    }
}

static void write_after(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    add_point(out, &rule->after_point);
}

static void write_until(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    add_point(out, &rule->until_point);
}

static void write_max(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    if (rule->max > 0) {
        rp_buf_add_u64(out, rule->max);
    }
}

static void write_max_of_all(
    struct rp_buf *out, const struct rp_fault_rule *rule)
{
    if (rule->max_of_all > 0) {
        rp_buf_add_u64(out, rule->max_of_all);
    }
}

static void write_after_rule(
    struct rp_buf *out, const struct rp_fault_rule *rule)
{
    rp_buf_add_text(out, rule->after_rule);
}

static void write_byte(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    if (rule->placed == RP_PLACED_BYTE) {
        rp__fault_cut_write(out, rule);
    }
}

static void write_event(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    if (rule->placed == RP_PLACED_EVENT) {
        rp_buf_add_u64(out, rule->amount);
    }
}

/* ---- all ---- */

static const struct {
    const char *name;
    enum rp_code (*read)(
        struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err);
    void (*write)(struct rp_buf *out, const struct rp_fault_rule *rule);
    const char *before, *behind; /* in the short notation; NULL: NAME= */
} conditions[] = {
    {"nth", read_nth, write_nth, "[", "]"},
    {"attempt", read_attempt, write_attempt, "@", ""},
    {"prob", read_prob, write_prob, "?", ""},
    {"after", read_after, write_after, NULL, ""},
    {"until", read_until, write_until, NULL, ""},
    {"byte", read_byte, write_byte, NULL, ""},
    {"event", read_event, write_event, NULL, ""},
    {"max", read_max, write_max, NULL, ""},
    {"max_of_all", read_max_of_all, write_max_of_all, NULL, ""},
    {"after_rule", read_after_rule, write_after_rule, NULL, ""},
};

const char *const *rp__fault_when_names(uint32_t *count)
{
    static const char *names[RP_COUNT_OF(conditions)];
    for (size_t i = 0; i < RP_COUNT_OF(conditions); i++) {
        names[i] = conditions[i].name;
    }
    *count = RP_COUNT_OF(conditions);
    return names;
}

static enum rp_code read_one(
    const cJSON *member, struct rp_fault_rule *rule, struct rp_err *err)
{
    char scratch[32];
    for (size_t i = 0; i < RP_COUNT_OF(conditions); i++) {
        if (strcmp(conditions[i].name, member->string) == 0) {
            struct rp_str text = text_of(member, scratch);
            return text.ptr == NULL ? rp__fault_rule_fail(err,
                                          "'%s' must be a string or a number",
                                          member->string)
                                    : conditions[i].read(text, rule, err);
        }
    }
    uint32_t count;
    const char *const *names = rp__fault_when_names(&count);
    const char *near = rp_str_nearest(rp_str_of(member->string), names, count);
    return rp__fault_rule_fail(err, "'%s' is no member of 'when'%s%s%s",
        member->string, near == NULL ? "" : "; did you mean '",
        near == NULL ? "" : near, near == NULL ? "" : "'?");
}

enum rp_code rp__fault_when_read(
    const cJSON *when, struct rp_fault_rule *rule, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    const cJSON *member;
    rule->nth = (struct rp_fault_range){1, UINT32_MAX};
    rule->attempt = rule->nth;
    rule->permille = 1000;
    cJSON_ArrayForEach(member, when)
    {
        rc = rc == RP_OK ? read_one(member, rule, err) : rc;
    }
    if (rc == RP_OK && rp_json_get(when, "byte") != NULL &&
        rp_json_get(when, "event") != NULL) {
        rc = rp__fault_rule_fail(
            err, "it says 'byte' and 'event', which both are a place");
    }
    return rc;
}

/* A place in the output is where these end it. */
static bool is_at_place(enum rp_fault_kind kind)
{
    return kind == RP_FAULT_KILL_MID_WRITE ||
           kind == RP_FAULT_HANG_MID_OUTPUT ||
           kind == RP_FAULT_EXIT_ZERO_PARTIAL;
}

enum rp_code rp__fault_when_settle(
    struct rp_fault_rule *rule, struct rp_err *err)
{
    if (rule->placed != RP_PLACED_NOT && !is_at_place(rule->kind)) {
        return rp__fault_rule_fail(err,
            "'%s' is not at a byte or an event of the output, as "
            "kill.mid_write, hang.mid_output and exit.zero_partial are",
            rp_fault_name(rule->kind));
    }
    return RP_OK;
}

void rp__fault_when_show(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    for (size_t i = 0; i < RP_COUNT_OF(conditions); i++) {
        struct rp_buf value;
        const char *before = conditions[i].before;
        rp_buf_init(&value, 512);
        conditions[i].write(&value, rule);
        if (value.len > 0) {
            rp_buf_addf(out, " %s%s%.*s%s",
                before == NULL ? conditions[i].name : before,
                before == NULL ? "=" : "", RP_STR_ARG(rp_buf_str(&value)),
                conditions[i].behind);
        }
        rp_buf_fini(&value);
    }
}

cJSON *rp__fault_when_json(const struct rp_fault_rule *rule)
{
    cJSON *when = cJSON_CreateObject();
    for (size_t i = 0; i < RP_COUNT_OF(conditions); i++) {
        struct rp_buf value;
        rp_buf_init(&value, 512);
        conditions[i].write(&value, rule);
        if (value.len > 0) {
            rp_json_set_text(when, conditions[i].name, rp_buf_str(&value));
        }
        rp_buf_fini(&value);
    }
    return when;
}

/* ---- content ---- */

static enum rp_code read_match_one(
    const cJSON *member, struct rp_fault_rule *rule, struct rp_err *err)
{
    struct rp_fault_match *match = &rule->matches[rule->match_count];
    struct rp_str pointer = rp_str_of(member->string);
    if (rule->match_count == RP_FAULT_MATCHES_MAX) {
        return rp__fault_rule_fail(
            err, "'match' has more than %d members", RP_FAULT_MATCHES_MAX);
    }
    if (pointer.len == 0 || pointer.len >= sizeof(match->pointer) ||
        !rp_json_pointer_valid(pointer)) {
        return rp__fault_rule_fail(err,
            "'%s' is not a JSON Pointer into an input, as "
            "/encounter",
            member->string);
    }
    if (!cJSON_IsString(member) || member->valuestring[0] == '\0' ||
        strlen(member->valuestring) >= sizeof(match->glob)) {
        return rp__fault_rule_fail(err,
            "what '%s' matches must be a glob of 1 to %zu bytes",
            member->string, sizeof(match->glob) - 1);
    }
    (void)snprintf(
        match->pointer, sizeof(match->pointer), "%s", member->string);
    (void)snprintf(match->glob, sizeof(match->glob), "%s", member->valuestring);
    rule->match_count++;
    return RP_OK;
}

enum rp_code rp__fault_match_read(
    const cJSON *match, struct rp_fault_rule *rule, struct rp_err *err)
{
    enum rp_code rc = RP_OK;
    const cJSON *member;
    if (match == NULL) {
        return RP_OK;
    }
    if (!cJSON_IsObject(match) || cJSON_GetArraySize(match) == 0) {
        return rp__fault_rule_fail(
            err, "'match' must be an object: {\"/encounter\": \"E-*\"}");
    }
    cJSON_ArrayForEach(member, match)
    {
        rc = rc == RP_OK ? read_match_one(member, rule, err) : rc;
    }
    return rc;
}

void rp__fault_match_show(struct rp_buf *out, const struct rp_fault_rule *rule)
{
    for (uint32_t i = 0; i < rule->match_count; i++) {
        rp_buf_addf(
            out, " %s=%s", rule->matches[i].pointer, rule->matches[i].glob);
    }
}

void rp__fault_match_json(cJSON *on, const struct rp_fault_rule *rule)
{
    cJSON *match =
        rule->match_count == 0 ? NULL : cJSON_AddObjectToObject(on, "match");
    for (uint32_t i = 0; i < rule->match_count; i++) {
        rp_json_set_text(
            match, rule->matches[i].pointer, rp_str_of(rule->matches[i].glob));
    }
}
