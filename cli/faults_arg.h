/* faults_arg.h - the fault rules that a command line names. Floor: cli. */
#ifndef RP_CLI_FAULTS_ARG_H
#define RP_CLI_FAULTS_ARG_H

#include <reprise/fault_rule.h>

#include "embedded.h"
#include "opt.h"

struct rp__faults_arg {
    struct rp_fault_rules rules;
    struct rp_buf text; /* the resolved rules, empty when there are none */
};

/* The options, in a command's table. */
#define RP__OPT_FAULT                                                          \
    {                                                                          \
        "fault", "RULE", "force a failure: 'labs : hang'", true, 0             \
    }
#define RP__OPT_FAULTS                                                         \
    {                                                                          \
        "faults", "NAME|FILE", "the same, by a profile or a file of rules",    \
            true, 0                                                            \
    }

/* From each --faults, then each --fault, which the command must have. False:
 * the person was told. Fini is due whatever is returned. */
bool rp__faults_arg_parse(struct rp__faults_arg *out,
    const struct rp__args *args, const struct rp_plan *plan);
/* The same; each --fault says only what happens, to the task at `path`. */
bool rp__faults_arg_parse_at(struct rp__faults_arg *out,
    const struct rp__args *args, const struct rp_plan *plan, const char *path);
void rp__faults_arg_fini(struct rp__faults_arg *faults);
/* A profile that is part of the program; NULL: there is none of that name. */
const struct rp__embedded *rp__faults_profile(const char *name);

/* For the session's head. Borrowed. */
struct rp_str rp__faults_arg_text(const struct rp__faults_arg *faults);

#endif
