/* verdict_report.h - verdicts for people, programs and CI. Floor: cli. */
#ifndef RP_CLI_VERDICT_REPORT_H
#define RP_CLI_VERDICT_REPORT_H

#include "text.h"
#include "verdict.h"

struct rp__verdict_format;

struct rp__verdict_report {
    const struct rp__verdict_format *format;
    struct rp__style style;
    struct rp_buf out;  /* not written yet */
    uint32_t counts[3]; /* by enum rp__verdict_kind */
};

/* "text", "json", "junit", "markdown"; false when there is no such format. */
bool rp__verdict_report_init(
    struct rp__verdict_report *report, const char *format);
void rp__verdict_report_fini(struct rp__verdict_report *report);

/* False when nothing more can be written; the person was told. */
bool rp__verdict_report_add(
    struct rp__verdict_report *report, const cJSON *verdict);
bool rp__verdict_report_end(struct rp__verdict_report *report);

#endif
