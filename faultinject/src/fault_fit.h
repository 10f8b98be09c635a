/* fault_fit.h - what a rule is on, without its conditions. */
#ifndef RP_FAULT_FIT_H
#define RP_FAULT_FIT_H

#include <reprise/fault_rule.h>

bool rp__fault_rule_is_on(
    const struct rp_fault_rule *rule, const char *path, const char *agent);

#endif
