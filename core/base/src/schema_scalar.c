/* schema_scalar.c - keywords for numbers and strings. */
#include "schema_format.h"
#include "schema_words.h"

#include <string.h>

/* NULL with the error noted when the value is no number. */
static const struct rp__decimal *read_number(
    struct rp__schema_compiler *c, struct rp__schema_rule *rule)
{
    if (!cJSON_IsNumber(rule->value)) {
        (void)rp__schema_fail(c, RP_E_INVALID, rule->value, NULL,
            "'%s' must be a number", rule->word->name);
        return NULL;
    }
    struct rp_arena *arena = c->schema->arena;
    char scratch[32];
    struct rp_str text = rp_json_number_text(rule->value, scratch);
    char *kept = rp_arena_dup(arena, text);
    struct rp__decimal *decimal = rp_arena_alloc(arena, sizeof(*decimal));
    *decimal = rp__decimal_of((struct rp_str){kept, text.len});
    rule->data = decimal;
    if (decimal->is_huge) {
        (void)rp__schema_fail(c, RP_E_LIMIT, rule->value, NULL,
            "the exponent of '%s' is too large", rule->word->name);
        return NULL;
    }
    return decimal;
}

RP__COMPILES(number)
{
    (void)node;
    return read_number(c, rule) != NULL;
}

RP__COMPILES(multiple_of)
{
    (void)node;
    const struct rp__decimal *decimal = read_number(c, rule);
    if (decimal == NULL) {
        return false;
    }
    if (decimal->count == 0 || decimal->negative) {
        return rp__schema_fail(
            c, RP_E_INVALID, rule->value, NULL, "'multipleOf' must be above 0");
    }
    return decimal->count <= RP__DECIMAL_DIVISOR_DIGITS_MAX ||
           rp__schema_fail(c, RP_E_LIMIT, rule->value, NULL,
               "'multipleOf' has more than %d digits",
               RP__DECIMAL_DIVISOR_DIGITS_MAX);
}

/* The instance as a number; false when it is out of bounds. */
static bool instance_number(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, char scratch[32],
    struct rp__decimal *out)
{
    struct rp_str text = rp_json_number_text(frame->instance, scratch);
    *out = rp__decimal_of(text);
    if (out->is_huge) {
        return rp__schema_stop(j,
            "the exponent of a number, %.*s, is too large to compare",
            text.len > 60 ? 60 : (int)text.len, text.ptr);
    }
    return rp__schema_charge(j, text.len / 32);
}

/* Below, equal or above the limit; 2 when the judgement has ended. */
static int compare(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_rule *rule)
{
    char scratch[32];
    struct rp__decimal value;
    if (!instance_number(j, frame, scratch, &value)) {
        return 2;
    }
    int order = rp__decimal_compare(&value, rule->data);
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

static bool complain_number(struct rp__schema_judge *j,
    const struct rp__schema_frame *frame, const struct rp__schema_rule *rule,
    const char *relation)
{
    char value[RP__PREVIEW_MAX];
    char limit[RP__PREVIEW_MAX];
    return j->is_explaining &&
           rp__schema_complain(j, frame, rule, "is %s, %s %s",
               rp__schema_preview(frame->instance, value), relation,
               rp__schema_preview(rule->value, limit));
}

RP__JUDGES(maximum)
{
    int order = compare(j, frame, rule);
    return order == -1 || order == 0 ||
           complain_number(j, frame, rule, "above the maximum");
}

RP__JUDGES(exclusive_maximum)
{
    return compare(j, frame, rule) == -1 ||
           complain_number(j, frame, rule, "must be below");
}

RP__JUDGES(minimum)
{
    int order = compare(j, frame, rule);
    return order == 0 || order == 1 ||
           complain_number(j, frame, rule, "below the minimum");
}

RP__JUDGES(exclusive_minimum)
{
    return compare(j, frame, rule) == 1 ||
           complain_number(j, frame, rule, "must be above");
}

RP__JUDGES(multiple_of)
{
    char scratch[32];
    struct rp__decimal value;
    return instance_number(j, frame, scratch, &value) &&
           (rp__decimal_is_multiple(&value, rule->data) ||
               complain_number(j, frame, rule, "not a multiple of"));
}

/* Code points; U+0000 is held as two bytes, of which one leads. */
static uint64_t length_of(const char *text)
{
    uint64_t count = 0;
    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xC0) != 0x80 ? 1 : 0;
    }
    return count;
}

RP__JUDGES(max_length)
{
    const uint64_t *max = rule->data;
    const char *text = frame->instance->valuestring;
    uint64_t length = length_of(text);
    return !rp__schema_charge(j, length / 256)
               ? false
               : length <= *max ||
                     rp__schema_complain(j, frame, rule,
                         "has %llu characters, more than the %llu allowed",
                         (unsigned long long)length, (unsigned long long)*max);
}

RP__JUDGES(min_length)
{
    const uint64_t *min = rule->data;
    uint64_t length = length_of(frame->instance->valuestring);
    if (!rp__schema_charge(j, length / 256)) {
        return false;
    }
    if (length == 0 && *min > 0) {
        return rp__schema_complain(j, frame, rule,
            "is empty, must have %llu or more characters",
            (unsigned long long)*min);
    }
    return length >= *min ||
           rp__schema_complain(j, frame, rule,
               "has %llu characters, fewer than the %llu required",
               (unsigned long long)length, (unsigned long long)*min);
}

RP__COMPILES(pattern)
{
    if (!rp__schema_compile_text(c, node, rule)) {
        return false;
    }
    rule->data =
        rp__schema_pattern_of(c, rule->value, rule->value->valuestring);
    return rule->data != NULL;
}

RP__JUDGES(pattern)
{
    char text[RP__PREVIEW_MAX];
    return rp__schema_matches(j, rule->data, frame->instance->valuestring) ||
           (!j->is_stopped && rp__schema_complain(j, frame, rule,
                                  "is %s, does not match the pattern '%.150s'",
                                  rp__schema_preview(frame->instance, text),
                                  rule->value->valuestring));
}

/* Asserts when asked to, by the options or by a vocabulary. */
RP__COMPILES(format)
{
    if (!rp__schema_compile_text(c, node, rule)) {
        return false;
    }
    bool asserts =
        c->options->assert_format ||
        (node->resource->dialect->vocabularies & RP__VOC_FORMAT_ASSERTION) != 0;
    rule->data = asserts ? rp__format_find(rule->value->valuestring) : NULL;
    struct rp__schema_named_format *named =
        rp_arena_alloc(c->schema->arena, sizeof(*named));
    *named = (struct rp__schema_named_format){
        c->schema->formats, rule->value->valuestring};
    c->schema->formats = named;
    return true;
}

RP__JUDGES(format)
{
    const struct rp__format *format = rule->data;
    rp__schema_note_format(j, frame, rule->value->valuestring);
    if (format == NULL) {
        return true; /* an annotation, or a format nobody knows */
    }
    struct rp_str text = rp_str_of(frame->instance->valuestring);
    if (!rp__schema_charge(j, text.len / 64)) {
        return false;
    }
    char shown[RP__PREVIEW_MAX];
    return format->holds(format, text) ||
           rp__schema_complain(j, frame, rule, "is %s, which is no %s",
               rp__schema_preview(frame->instance, shown), format->says);
}
