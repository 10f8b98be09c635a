/* receipt.h - what a recording is, in one document that can be checked.
 * Floor: cli. */
#ifndef RP_CLI_RECEIPT_H
#define RP_CLI_RECEIPT_H

#include <cjson/cJSON.h>

#include <reprise/recording.h>

/* reprise.receipt/1, docs/json/receipt-1.json. Owned, cJSON_Delete(). */
cJSON *rp__receipt_new(const struct rp_recording *recording);

/* The first member in which the two differ; NULL: none. The program that made
 * a receipt does not count. */
const char *rp__receipt_difference(const cJSON *a, const cJSON *b);

#endif
