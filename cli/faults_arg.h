/* faults_arg.h - the fault rules that a command line names. Floor: cli. */
#ifndef RP_CLI_FAULTS_ARG_H
#define RP_CLI_FAULTS_ARG_H

#include <reprise/fault_rule.h>

#include "opt.h"

struct rp__faults_arg {
    struct rp_fault_rules rules;
    struct rp_buf text; /* the resolved rules, empty when there are none */
};

/* From each --fault, which the command must have. False: the person was told.
 * Fini is due whatever is returned. */
bool rp__faults_arg_parse(struct rp__faults_arg *out,
    const struct rp__args *args, const struct rp_plan *plan);
void rp__faults_arg_fini(struct rp__faults_arg *faults);
/* For the session's head. Borrowed. */
struct rp_str rp__faults_arg_text(const struct rp__faults_arg *faults);

#endif
