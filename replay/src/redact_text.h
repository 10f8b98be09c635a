/* redact_text.h - values found in documents and other bytes, and replaced
 * there. Internal. */
#ifndef RP_REDACT_TEXT_H
#define RP_REDACT_TEXT_H

#include <reprise/err.h>
#include <reprise/redact.h>

#include "redact_values.h"

#define RP__REDACT_BYTES_MAX ((size_t)1 << 30) /* of one document */

struct rp__redact_rules; /* owned; outlives what it was made of */

RP_NODISCARD enum rp_code rp__redact_rules_new(struct rp__redact_rules **out,
    const struct rp_redaction *redaction, struct rp_err *err);
void rp__redact_rules_free(struct rp__redact_rules **rules);

/* What the rules find becomes values: in a document under its pointers too, in
 * a plan and in other texts by patterns alone. */
RP_NODISCARD enum rp_code rp__redact_find(struct rp__redact_rules *rules,
    struct rp__values *values, struct rp_str bytes, bool pointers,
    struct rp_err *err);

/* The rules that found nothing, one after the other; NULL past the last. */
const char *rp__redact_idle(
    const struct rp__redact_rules *rules, uint32_t index);

/* Adds the bytes without values to `out`: a document stays one, lines of
 * documents too, anything else is taken as text. */
bool rp__redact_bytes(
    const struct rp__values *values, struct rp_str bytes, struct rp_buf *out);

/* The same of a frozen plan: numbers and short texts are replaced only in the
 * documents that stand in it. */
bool rp__redact_plan(
    const struct rp__values *values, struct rp_str bytes, struct rp_buf *out);

#endif
