/* verdict.h - what verifying a session gave, as one document. Floor: cli.
 *
 * The form is reprise.verify/1 (docs/json/verify-1.json), which processes that
 * verify side by side also hand to each other.
 */
#ifndef RP_CLI_VERDICT_H
#define RP_CLI_VERDICT_H

#include <cjson/cJSON.h>

#include <reprise/verify.h>

#include "session_arg.h"

/* Owned by the caller, cJSON_Delete(). `bundle` is NULL for a session of the
 * store. */
cJSON *rp__verdict_new(const struct rp__session_arg *arg,
    const struct rp_session_row *row, const struct rp_verification *result,
    const char *bundle);

/* Of what could not be looked at: `session` is "" where it is not known. */
cJSON *rp__verdict_error(
    const char *session, const char *bundle, const char *text);

/* The text of a member, borrowed; "" when there is none. */
const char *rp__verdict_text(const cJSON *verdict, const char *name);

enum rp__verdict_kind {
    RP__VERDICT_GOOD,
    RP__VERDICT_DIVERGES,
    RP__VERDICT_ERROR, /* it could not be told */
};
enum rp__verdict_kind rp__verdict_kind(const cJSON *verdict);

#endif
