/* sweep_verdict.h - what a fault did to a session, in one word, and which
 * defence is missing. Floor: sweep. Pure.
 */
#ifndef RP_SWEEP_VERDICT_H
#define RP_SWEEP_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include <reprise/str.h>

/* From best to worst; the last four judge the experiment, not the session. */
enum rp_verdict {
    RP_VERDICT_PRUNED, /* not run, and the reason is known */
    RP_VERDICT_UNAFFECTED,
    RP_VERDICT_MASKED,    /* by another attempt */
    RP_VERDICT_FELL_BACK, /* a stand-in delivered */
    RP_VERDICT_DECLARED,  /* less was delivered, and the session says so */
    RP_VERDICT_BELIEVED,  /* an altered output satisfies every contract */
    RP_VERDICT_CLEAN,     /* failed, at once and saying why */
    RP_VERDICT_WASTED,    /* failed, and finished work was thrown away */
    RP_VERDICT_HUNG,
    RP_VERDICT_SILENT, /* less or other was delivered, and it says ok */
    RP_VERDICT_NEEDS_LIVE,
    RP_VERDICT_NOT_TRIGGERED,
    RP_VERDICT_NONDETERMINISTIC,
    RP_VERDICT_HARNESS, /* the experiment itself failed */
    RP_VERDICT_COUNT
};
const char *rp_verdict_name(enum rp_verdict verdict);     /* "masked" */
const char *rp_verdict_headline(enum rp_verdict verdict); /* "survived" */
char rp_verdict_letter(enum rp_verdict verdict);          /* 'S' */
bool rp_verdict_parse(struct rp_str name, enum rp_verdict *out);

enum rp_gap_kind {
#define RP_GAP(name, id, title, hint) RP_GAP_##name,
#include <reprise/sweep_gap.def>
#undef RP_GAP
    RP_GAP_COUNT
};
const char *rp_gap_id(enum rp_gap_kind gap); /* "G-NO-RETRY" */
const char *rp_gap_title(enum rp_gap_kind gap);
const char *rp_gap_hint(enum rp_gap_kind gap);
bool rp_gap_parse(struct rp_str id, enum rp_gap_kind *out);

#endif
