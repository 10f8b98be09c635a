/* schema_pattern.h - ECMA-262 patterns, matched by PCRE2 within limits. */
#ifndef RP_SCHEMA_PATTERN_H
#define RP_SCHEMA_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include <reprise/buf.h>
#include <reprise/str.h>

struct rp__schema_pattern;

/* All patterns of a schema; zeroed is empty. Immutable once compiled. */
struct rp__schema_patterns {
    struct rp__schema_pattern *first; /* owned */
};

/* What one judgement needs to match; zeroed is ready. Not shared. */
struct rp__schema_matcher {
    void *data;    /* pcre2_match_data */
    void *context; /* pcre2_match_context */
    struct rp_buf text;
};

enum rp__schema_match {
    RP__MATCH_NO,
    RP__MATCH_YES,
    RP__MATCH_LIMIT,
};

#define RP__PATTERN_MESSAGE_MAX 160

/* Owned by `patterns`; NULL with `message` filled when `text` is no pattern.
 * `too_large` tells a limit from a mistake. */
const struct rp__schema_pattern *rp__schema_pattern_new(
    struct rp__schema_patterns *patterns, struct rp_str text,
    char message[RP__PATTERN_MESSAGE_MAX], bool *too_large);
void rp__schema_patterns_fini(struct rp__schema_patterns *patterns);
const char *rp__schema_pattern_text(const struct rp__schema_pattern *pattern);

/* Whether the pattern matches anywhere in `text`, which holds U+0000 as C0 80;
 * `*cost` in steps of judging. */
enum rp__schema_match rp__schema_match(const struct rp__schema_pattern *pattern,
    struct rp__schema_matcher *matcher, const char *text, uint64_t *cost);
void rp__schema_matcher_fini(struct rp__schema_matcher *matcher);

/* Rewrites an ECMA-262 pattern (with the u flag, but lenient about escapes of
 * punctuation) as a PCRE2 one; false with `message` filled when it is none
 * (schema_ecma.c). */
bool rp__ecma_translate(struct rp_buf *out, struct rp_str pattern,
    char message[RP__PATTERN_MESSAGE_MAX]);

#endif
