/* plan_arg.h - the plan that a command line names, read and frozen.
 * Floor: cli. Blocks while reading files. */
#ifndef RP_CLI_PLAN_ARG_H
#define RP_CLI_PLAN_ARG_H

#include <stddef.h>

#include <reprise/plan.h>

struct rp__plan_arg {
    struct rp_plan *plan; /* NULL when it cannot be used */
    struct rp_plan_problems problems;
    struct rp_str bytes; /* of the file, for excerpts; empty if unread */
    char *owned_bytes;
};

/* `bytes` were read from `path`, and are owned from here on. RP_E_INVALID with
 * `problems`, or another error with a text. Fini is due whatever is returned.
 */
RP_NODISCARD enum rp_code rp__plan_arg_read(struct rp__plan_arg *out,
    const char *path, char *bytes, size_t len, struct rp_err *err);
void rp__plan_arg_fini(struct rp__plan_arg *arg);

/* Reads the file, and tells a person what is wrong: every problem with its
 * place, "N errors; nothing was started". */
RP_NODISCARD bool rp__plan_arg_load_or_tell(
    struct rp__plan_arg *out, const char *command, const char *path);

/* The same, and takes the programs of `known` to be where they were. Others are
 * looked for only if `looks`: some plans' workers will not be run. */
RP_NODISCARD bool rp__plan_arg_load_known(struct rp__plan_arg *out,
    const char *command, const char *path, const struct rp_plan *known,
    bool looks);

/* Tells that the plan has no agent of that name, and which is near. */
void rp__plan_arg_no_agent(
    const struct rp__plan_arg *arg, const char *command, struct rp_str name);

#endif
