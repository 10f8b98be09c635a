/* fault_shorthand.h - the shell's notation of a rule as its JSON form. */
#ifndef RP_FAULT_SHORTHAND_H
#define RP_FAULT_SHORTHAND_H

#include <reprise/err.h>
#include <reprise/json.h>

/* An owned tree (cJSON_Delete); NULL and `err` on a fault of the grammar. A
 * bare word becomes {"either": WORD}. */
cJSON *rp__fault_shorthand(struct rp_str text, struct rp_err *err);

#endif
