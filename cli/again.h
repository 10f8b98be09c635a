/* again.h - commands that run a session from what was recorded of it.
 * Floor: cli. */
#ifndef RP_CLI_AGAIN_H
#define RP_CLI_AGAIN_H

#include <reprise/recording.h>

#include "opt.h"
#include "session_arg.h"
#include "session_go.h"

struct rp__again {
    const char *command;
    const struct rp__args *args; /* borrowed */
    struct rp__session_arg arg;
    /* Verified. It has every payload that an engine asks for, so that no store
     * need be open when the process forks. */
    struct rp_recording *recording;
    struct rp__run_plan run;
    struct rp_str input; /* text form, borrowed; empty: the recorded one */
    const struct rp_plan *plan; /* borrowed; NULL: the recorded one */
    void *own;                  /* the command's, borrowed */
};

/* What the two functions give: RP__GO_ON, or a status after the person was
 * told. */
struct rp__again_steps {
    int (*refuse)(const struct rp__again *again); /* by its row alone */
    int (*prepare)(struct rp__again *again); /* the head, and what is new */
};

/* Finds the session that the first argument names, proves it, and runs it by
 * its own plan and on its own input, if `prepare` set no others. The exit
 * status. */
int rp__again_run(const struct rp__args *args,
    const struct rp__again_steps *steps, void *own);

/* Memory of a head that is made here. */
struct rp__descent {
    struct rp_tag *tags; /* owned */
};
void rp__descent_fini(struct rp__descent *descent);

/* Makes the head of a new session that descends from the recorded one: a new
 * id, trace and seed, its tags, a tag `relation` with its id, and where it is
 * from. A status as of the steps. */
int rp__again_descend(
    struct rp__again *again, const char *relation, struct rp__descent *descent);

/* The rules of faults that the command line names, if it takes any; with `at`
 * they are on that path. A status as of the steps. */
int rp__again_take_faults(struct rp__again *again, const char *at);

/* The short id of the session. */
const char *rp__again_name(const struct rp__again *again);

#define RP__AGAIN_OPTS                                                         \
    {"envelope", NULL,                                                         \
        "print the output in a document that also tells outcome, what is "     \
        "missing and conflicts",                                               \
        false, 0},                                                             \
        {"detach", NULL, "print the session's id and return while it runs",    \
            false, 0},                                                         \
        RP__OPT_DURABILITY, RP__OPT_OTLP, RP__OPT_PROGRESS, RP__OPT_QUIET,     \
        RP__OPT_STORE, RP__OPT_END

#endif
