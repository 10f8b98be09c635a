/* fault_when.h - reading and writing the conditions of a rule. Floor:
 * faultinject. Pure. */
#ifndef RP_FAULT_WHEN_H
#define RP_FAULT_WHEN_H

#include <reprise/fault_rule.h>

/* RP_E_INVALID: "reading a fault rule: …". */
enum rp_code rp__fault_rule_fail(struct rp_err *err, const char *format, ...)
    RP_PRINTF(2, 3);

/* `when` is an object or NULL. RP_E_INVALID names the word that is wrong. */
RP_NODISCARD enum rp_code rp__fault_when_read(
    const cJSON *when, struct rp_fault_rule *rule, struct rp_err *err);
/* What of it goes with the rule's fault only, which is known by now. */
RP_NODISCARD enum rp_code rp__fault_when_settle(
    struct rp_fault_rule *rule, struct rp_err *err);
/* {"/pointer": "glob"} */
RP_NODISCARD enum rp_code rp__fault_match_read(
    const cJSON *match, struct rp_fault_rule *rule, struct rp_err *err);

/* The conditions in the shell's notation, each behind a space. */
void rp__fault_when_show(struct rp_buf *out, const struct rp_fault_rule *rule);
void rp__fault_match_show(struct rp_buf *out, const struct rp_fault_rule *rule);
cJSON *rp__fault_when_json(const struct rp_fault_rule *rule);
/* Adds "match" when there is any. */
void rp__fault_match_json(cJSON *on, const struct rp_fault_rule *rule);

/* The names of conditions that the short notation writes NAME=VALUE. */
const char *const *rp__fault_when_names(uint32_t *count);

#endif
