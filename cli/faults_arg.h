/* faults_arg.h - the fault rules that a command line names. Floor: cli. */
#ifndef RP_CLI_FAULTS_ARG_H
#define RP_CLI_FAULTS_ARG_H

#include <reprise/transport.h>

#include "opt.h"

struct rp__faults_arg {
    uint32_t count;
};

/* From each --fault, which the command must have. False: told. */
bool rp__faults_arg_parse(struct rp__faults_arg *out,
    const struct rp__args *args, const struct rp_plan *plan);
void rp__faults_arg_fini(struct rp__faults_arg *faults);
/* The resolved rules for the session's head, or empty. Borrowed. */
struct rp_str rp__faults_arg_text(const struct rp__faults_arg *faults);

#endif
