/* sweep_doc.h - a sweep as one document, reprise.sweep/1, which all formats but
 * the one for people are made from. Pure. Floor: cli. */
#ifndef RP_CLI_SWEEP_DOC_H
#define RP_CLI_SWEEP_DOC_H

#include <cjson/cJSON.h>

#include "sweep_tell.h"

/* Owned by the caller, cJSON_Delete(). */
cJSON *rp__sweep_doc(const struct rp__sweep_tale *tale);

/* A member that is a text, "" if it is not. */
const char *rp__sweep_text(const cJSON *object, const char *name);

#endif
