/* otlp_words.h - words of OTEL_* variables. Internal. */
#ifndef RP_OTLP_WORDS_H
#define RP_OTLP_WORDS_H

#include <reprise/otlp_config.h>

/* In any case of letters; `word` is in lower case. */
bool rp__otlp_same_word(struct rp_str text, const char *word);
/* "NAME is 'text', which is not expected: it is ignored" */
void rp__otlp_warn(struct rp_buf *warnings, const char *name,
    struct rp_str text, const char *expected);

#endif
