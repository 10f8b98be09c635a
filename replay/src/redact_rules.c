/* What the rules of a redaction find. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <string.h>

#include "redact_text.h"

#define MATCH_LIMIT 1000000 /* steps of one match */

struct rule {
    const char *text;
    pcre2_code *code; /* NULL: a pointer */
    bool found;       /* anything, so far */
};

struct rp__redact_rules {
    struct rp_arena *arena;
    struct rule *rules; /* in the arena */
    uint32_t count;
    pcre2_match_context *context;
};

/* ---- making ---- */

static enum rp_code wrong_rule(
    const struct rule *rule, const char *what, struct rp_err *err)
{
    return rp_err_set(
        err, RP_E_INVALID, "the rule '%s' is wrong: %s", rule->text, what);
}

static enum rp_code compile(struct rule *rule, struct rp_err *err)
{
    char what[128];
    int number = 0;
    PCRE2_SIZE offset = 0;
    if (rule->text[0] == '\0') {
        return wrong_rule(rule, "it is empty", err);
    }
    if (rule->text[0] == '/') {
        return rp_json_pointer_valid(rp_str_of(rule->text))
                   ? RP_OK
                   : wrong_rule(rule, "it is no JSON Pointer", err);
    }
    rule->code = pcre2_compile((PCRE2_SPTR)rule->text, PCRE2_ZERO_TERMINATED,
        PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF |
            PCRE2_NEVER_BACKSLASH_C,
        &number, &offset, NULL);
    if (rule->code == NULL) {
        (void)pcre2_get_error_message(
            number, (PCRE2_UCHAR *)what, sizeof(what));
        return wrong_rule(rule, what, err);
    }
    return RP_OK;
}

enum rp_code rp__redact_rules_new(struct rp__redact_rules **out,
    const struct rp_redaction *redaction, struct rp_err *err)
{
    struct rp__redact_rules *rules = rp_mem_zalloc(sizeof(*rules));
    enum rp_code rc = RP_OK;
    rules->arena = rp_arena_new(0);
    rules->rules = rp_arena_array(
        rules->arena, redaction->rule_count + 1u, sizeof(struct rule));
    rules->context = pcre2_match_context_create(NULL);
    if (rules->context == NULL) {
        (void)rp_mem_alloc(SIZE_MAX); /* ends the program */
    }
    (void)pcre2_set_match_limit(rules->context, MATCH_LIMIT);
    for (uint32_t i = 0; rc == RP_OK && i < redaction->rule_count; i++) {
        struct rp_str text = rp_str_of(redaction->rules[i]);
        rules->rules[rules->count].text = rp_arena_dup(rules->arena, text);
        rc = compile(&rules->rules[rules->count++], err);
    }
    if (rc == RP_OK) {
        *out = rules;
    } else {
        rp__redact_rules_free(&rules);
    }
    return rc;
}

void rp__redact_rules_free(struct rp__redact_rules **rules)
{
    struct rp__redact_rules *self = *rules;
    if (self == NULL) {
        return;
    }
    for (uint32_t i = 0; i < self->count; i++) {
        pcre2_code_free(self->rules[i].code);
    }
    pcre2_match_context_free(self->context);
    rp_arena_free(&self->arena);
    rp_mem_free(self);
    *rules = NULL;
}

/* ---- finding ---- */

struct finding {
    struct rp__redact_rules *rules;
    struct rp__values *values;
    struct rp_buf pointer; /* of where we are */
    bool pointers;
    enum rp_code rc;
    struct rp_err *err;
};

static void too_hard(struct finding *f, const struct rule *rule)
{
    if (f->rc == RP_OK) {
        f->rc = rp_err_set(f->err, RP_E_LIMIT,
            "the rule '%s' takes too many steps to match", rule->text);
    }
}

/* Every match in the text; an empty one is none. */
static void match_all(struct finding *f, struct rule *rule, struct rp_str text)
{
    pcre2_match_data *data =
        pcre2_match_data_create_from_pattern(rule->code, NULL);
    size_t at = 0;
    while (data != NULL && at < text.len) {
        int found = pcre2_match(rule->code, (PCRE2_SPTR)text.ptr, text.len, at,
            0, data, f->rules->context);
        if (found < 0) {
            if (found != PCRE2_ERROR_NOMATCH) {
                too_hard(f, rule);
            }
            break;
        }
        const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(data);
        if (ends[1] > ends[0]) {
            rule->found = true;
            rp__values_add_text(f->values,
                (struct rp_str){text.ptr + ends[0], ends[1] - ends[0]},
                rule->text);
        }
        at = ends[1] > at ? ends[1] : at + 1;
    }
    pcre2_match_data_free(data);
}

static void find_in_text(struct finding *f, struct rp_str text)
{
    for (uint32_t i = 0; i < f->rules->count; i++) {
        if (f->rules->rules[i].code != NULL) {
            match_all(f, &f->rules->rules[i], text);
        }
    }
}

/* ** is also no name at all, with one of the two slashes around it. */
static bool points(const char *rule, const struct rp_buf *pointer)
{
    struct rp_buf longer;
    if (rp_str_glob(rp_str_of(rule), rp_buf_str(pointer))) {
        return true;
    }
    if (strstr(rule, "/**/") == NULL) {
        return false;
    }
    rp_buf_init(&longer, RP__REDACT_BYTES_MAX);
    rp_buf_add_char(&longer, '/');
    rp_buf_add(&longer, rp_buf_str(pointer));
    bool pointed = rp_str_glob(rp_str_of(rule), rp_buf_str(&longer));
    rp_buf_fini(&longer);
    return pointed;
}

/* The first rule that points here, or NULL; all of them are marked. */
static const char *pointed_by(struct finding *f)
{
    const char *first = NULL;
    for (uint32_t i = 0; f->pointers && i < f->rules->count; i++) {
        struct rule *rule = &f->rules->rules[i];
        if (rule->code == NULL && points(rule->text, &f->pointer)) {
            rule->found = true;
            first = first == NULL ? rule->text : first;
        }
    }
    return first;
}

static void find_in_scalar(struct finding *f, const cJSON *node, const char *by)
{
    char scratch[32];
    if (cJSON_IsNumber(node)) {
        struct rp_str text = rp_json_number_text(node, scratch);
        find_in_text(f, text);
        if (by != NULL) {
            rp__values_add_number(f->values, text, by);
        }
    } else if (cJSON_IsString(node)) {
        struct rp_str text = rp_str_of(node->valuestring);
        find_in_text(f, text);
        if (by != NULL) {
            rp__values_add_text(f->values, text, by);
        }
    }
}

/* As deep as the reader allows. */
static void find_in_node(struct finding *f, const cJSON *node, const char *by)
{
    size_t len = f->pointer.len;
    int64_t index = 0;
    const char *here = pointed_by(f);
    by = by == NULL ? here : by;
    find_in_scalar(f, node, by);
    for (const cJSON *it = node->child; it != NULL; it = it->next, index++) {
        if (it->string != NULL) {
            find_in_text(f, rp_str_of(it->string));
            rp_json_pointer_add(&f->pointer, rp_str_of(it->string));
        } else {
            rp_buf_addf(&f->pointer, "/%lld", (long long)index);
        }
        find_in_node(f, it, by);
        f->pointer.len = len;
    }
}

static void find_in_document(struct finding *f, const struct rp_json_doc *doc)
{
    rp_buf_reset(&f->pointer);
    find_in_node(f, rp_json_root(doc), NULL);
}

/* Lines of documents are documents each. */
static void find_in_lines(struct finding *f, struct rp_str bytes)
{
    struct rp_str rest = bytes;
    while (rest.ptr != NULL) {
        struct rp_json_doc *doc = NULL;
        struct rp_str line = rp_str_cut(rest, '\n', &rest);
        if (line.len == 0) {
            continue;
        }
        if (rp_json_read(&doc, line, NULL, NULL) == RP_OK) {
            find_in_document(f, doc);
        }
        rp_json_free(&doc);
    }
    find_in_text(f, bytes);
}

enum rp_code rp__redact_find(struct rp__redact_rules *rules,
    struct rp__values *values, struct rp_str bytes, bool pointers,
    struct rp_err *err)
{
    struct rp_json_doc *doc = NULL;
    struct finding f = {rules, values, .pointers = pointers, .err = err};
    rp_buf_init(&f.pointer, RP__REDACT_BYTES_MAX);
    if (rp_json_read(&doc, bytes, NULL, NULL) == RP_OK) {
        find_in_document(&f, doc);
    } else {
        find_in_lines(&f, bytes);
    }
    rp_json_free(&doc);
    rp_buf_fini(&f.pointer);
    return f.rc;
}

const char *rp__redact_idle(
    const struct rp__redact_rules *rules, uint32_t index)
{
    for (uint32_t i = 0; i < rules->count; i++) {
        if (!rules->rules[i].found && index-- == 0) {
            return rules->rules[i].text;
        }
    }
    return NULL;
}
