/* schema_pattern.c - see schema_pattern.h.
 *
 * Every match has a small budget first. The few that pass it are tried again
 * with larger ones and pay for them in steps, so that many slow matches end
 * the judgement by its step limit and not the patience of the caller.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "schema_pattern.h"

#include <string.h>

#include <reprise/mem.h>

#define PATTERN_BYTES_MAX (64u << 10)
#define HEAP_MAX_KIB 20000
#define COST_BYTES 64 /* of text per step */

/* Budgets of one match, and the steps each costs, in about equal measure. */
struct budget {
    uint32_t matches;
    uint64_t steps;
};

static const struct budget budgets[] = {
    {64, 4},
    {1000, 80},
    {16000, 2000},
    {400000, 60000},
};

struct rp__schema_pattern {
    struct rp__schema_pattern *next;
    pcre2_code *code;
    char *text;
};

static pcre2_code *compile(
    struct rp_str text, char message[RP__PATTERN_MESSAGE_MAX], bool *too_large)
{
    int number = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text.ptr, text.len,
        PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF |
            PCRE2_NEVER_BACKSLASH_C,
        &number, &offset, NULL);
    if (code == NULL) {
        *too_large = number == PCRE2_ERROR_PATTERN_TOO_LARGE;
        (void)pcre2_get_error_message(
            number, (PCRE2_UCHAR *)message, RP__PATTERN_MESSAGE_MAX);
    }
    return code;
}

const struct rp__schema_pattern *rp__schema_pattern_new(
    struct rp__schema_patterns *patterns, struct rp_str text,
    char message[RP__PATTERN_MESSAGE_MAX], bool *too_large)
{
    *too_large = text.len > PATTERN_BYTES_MAX;
    if (*too_large) {
        memcpy(message, "it is too long", sizeof("it is too long"));
        return NULL;
    }
    struct rp_buf translated;
    rp_buf_init(&translated, 64 * PATTERN_BYTES_MAX);
    pcre2_code *code = NULL;
    if (rp__ecma_translate(&translated, text, message)) {
        code = compile(rp_buf_str(&translated), message, too_large);
    }
    rp_buf_fini(&translated);
    if (code == NULL) {
        return NULL;
    }
    struct rp__schema_pattern *pattern = rp_mem_zalloc(sizeof(*pattern));
    pattern->code = code;
    pattern->text = rp_mem_dup(text);
    pattern->next = patterns->first;
    patterns->first = pattern;
    return pattern;
}

void rp__schema_patterns_fini(struct rp__schema_patterns *patterns)
{
    while (patterns->first != NULL) {
        struct rp__schema_pattern *pattern = patterns->first;
        patterns->first = pattern->next;
        pcre2_code_free(pattern->code);
        rp_mem_free(pattern->text);
        rp_mem_free(pattern);
    }
}

const char *rp__schema_pattern_text(const struct rp__schema_pattern *pattern)
{
    return pattern->text;
}

static void prepare(struct rp__schema_matcher *matcher)
{
    if (matcher->data == NULL) {
        matcher->data = pcre2_match_data_create(1, NULL);
        matcher->context = pcre2_match_context_create(NULL);
        if (matcher->data == NULL || matcher->context == NULL) {
            (void)rp_mem_alloc(SIZE_MAX); /* ends the program */
        }
        (void)pcre2_set_heap_limit(matcher->context, HEAP_MAX_KIB);
        rp_buf_init(&matcher->text, SIZE_MAX / 2);
    }
}

void rp__schema_matcher_fini(struct rp__schema_matcher *matcher)
{
    pcre2_match_data_free(matcher->data);
    pcre2_match_context_free(matcher->context);
    rp_buf_fini(&matcher->text);
    *matcher = (struct rp__schema_matcher){0};
}

/* C0 80, which is no UTF-8, back to a NUL. C0 stands nowhere else. */
static struct rp_str plain_text(
    struct rp__schema_matcher *matcher, struct rp_str text)
{
    if (memchr(text.ptr, 0xC0, text.len) == NULL) {
        return text;
    }
    rp_buf_reset(&matcher->text);
    for (size_t i = 0; i < text.len; i++) {
        bool is_nul = (unsigned char)text.ptr[i] == 0xC0 && i + 1 < text.len &&
                      (unsigned char)text.ptr[i + 1] == 0x80;
        rp_buf_add_char(&matcher->text, is_nul ? '\0' : text.ptr[i]);
        i += is_nul ? 1 : 0;
    }
    return rp_buf_str(&matcher->text);
}

static int match_within(const struct rp__schema_pattern *pattern,
    struct rp__schema_matcher *matcher, struct rp_str text, uint32_t limit)
{
    (void)pcre2_set_match_limit(matcher->context, limit);
    return pcre2_match(pattern->code, (PCRE2_SPTR)text.ptr, text.len, 0, 0,
        matcher->data, matcher->context);
}

enum rp__schema_match rp__schema_match(const struct rp__schema_pattern *pattern,
    struct rp__schema_matcher *matcher, const char *text, uint64_t *cost)
{
    prepare(matcher);
    struct rp_str bytes = plain_text(matcher, rp_str_of(text));
    *cost = bytes.len / COST_BYTES;
    int found = PCRE2_ERROR_MATCHLIMIT;
    for (size_t i = 0;
         i < RP_COUNT_OF(budgets) && found == PCRE2_ERROR_MATCHLIMIT; i++) {
        *cost += budgets[i].steps;
        found = match_within(pattern, matcher, bytes, budgets[i].matches);
    }
    if (found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_HEAPLIMIT ||
        found == PCRE2_ERROR_DEPTHLIMIT) {
        return RP__MATCH_LIMIT;
    }
    return found >= 0 ? RP__MATCH_YES : RP__MATCH_NO;
}
