/* fault_params.h - what faults take, read and written. Internal. */
#ifndef RP_FAULT_PARAMS_H
#define RP_FAULT_PARAMS_H

#include <reprise/fault_rule.h>

/* `kind` of the rule is set already, as for all of these. */
void rp__fault_params_default(struct rp_fault_rule *rule);
enum rp_code rp__fault_param_read(struct rp_fault_rule *rule, const char *name,
    const cJSON *node, struct rp_err *err);
/* The value of a parameter as text; nothing when it is not given and none is
 * taken then. */
void rp__fault_param_write(struct rp_buf *out, const struct rp_fault_rule *rule,
    const struct rp_fault_param *param);

/* "30%" in thousandths. */
enum rp_code rp__fault_percent_read(
    struct rp_str text, uint64_t *permille, struct rp_err *err);
/* Where an output is cut: "50%", "120", "in_string". */
enum rp_code rp__fault_cut_read(
    struct rp_str text, struct rp_fault_rule *rule, struct rp_err *err);
void rp__fault_cut_write(struct rp_buf *out, const struct rp_fault_rule *rule);
bool rp__fault_digits(struct rp_str text, uint64_t *out);

/* The form of a fault that has forms, as it is written. */
const char *rp__fault_form(const struct rp_fault_rule *rule);

#endif
