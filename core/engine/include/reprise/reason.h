/* reason.h - reason codes: why the engine decided as it did. reason.def is the
 * table. Codes are recorded by their names, which never change. Floor: engine.
 */
#ifndef RP_REASON_H
#define RP_REASON_H

#include <stdbool.h>

#include <reprise/str.h>

enum rp_reason {
#define RP_REASON(name, word, meaning) RP_REASON_##name,
#include <reprise/reason.def>
#undef RP_REASON
    RP_REASON_COUNT
};

const char *rp_reason_name(enum rp_reason reason);    /* "idle" */
const char *rp_reason_meaning(enum rp_reason reason); /* for people */
/* False, and `*out` as it is: no code has that name. */
bool rp_reason_parse(struct rp_str text, enum rp_reason *out);

#endif
