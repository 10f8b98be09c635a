/* sweep_report.h - a sweep in the formats of programs and of CI. Pure.
 * Floor: cli. */
#ifndef RP_CLI_SWEEP_REPORT_H
#define RP_CLI_SWEEP_REPORT_H

#include "sweep_doc.h"

struct rp__sweep_report {
    const cJSON *doc;  /* of rp__sweep_doc(), borrowed */
    const cJSON *base; /* of an earlier sweep; NULL: none */
    const struct rp__sweep_tale *tale;
};

typedef void rp__sweep_format(
    struct rp_buf *out, const struct rp__sweep_report *report);

/* "json", "jsonl", "junit", "sarif", "markdown", "html"; NULL: there is no such
 * format ("text" is none of these). */
rp__sweep_format *rp__sweep_format_of(const char *name);

void rp__sweep_junit(struct rp_buf *out, const struct rp__sweep_report *report);
void rp__sweep_sarif(struct rp_buf *out, const struct rp__sweep_report *report);
void rp__sweep_markdown(
    struct rp_buf *out, const struct rp__sweep_report *report);
void rp__sweep_html(struct rp_buf *out, const struct rp__sweep_report *report);

#endif
