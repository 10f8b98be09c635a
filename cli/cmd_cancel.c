/* cancel - asks a session that another process runs to end. */
#include <limits.h>
#include <string.h>

#include <reprise/control.h>
#include <reprise/lease.h>
#include <reprise/mem.h>

#include "command.h"
#include "phrase.h"
#include "say.h"
#include "session_arg.h"

#define ANSWER_MAX_S 30

static int ask(const struct rp__session_arg *arg)
{
    struct rp_err err = RP_ERR_INIT;
    char path[PATH_MAX];
    char *answer = NULL;
    const char *session = arg->row.head.id.text;
    if (!rp_lease_path(path, sizeof(path), arg->place.path, session, ".sock")) {
        rp__say("cancel", "the path of the store is too long");
        return RP__EXIT_FAILED;
    }
    if (rp_control_ask(&answer, path, "{\"command\":\"cancel\"}",
            (struct rp_duration){ANSWER_MAX_S * RP_NS_PER_S}, &err) != RP_OK) {
        rp__say("cancel", "%s was not reached: %s",
            rp__phrase_short_id(&arg->row.head.id), err.text);
        return RP__EXIT_FAILED;
    }
    bool heard = strcmp(answer, "{\"ok\":true}") == 0;
    if (!heard) {
        rp__say("cancel", "%s refused: %s",
            rp__phrase_short_id(&arg->row.head.id), answer);
    }
    rp_mem_free(answer);
    return heard ? RP__EXIT_OK : RP__EXIT_FAILED;
}

static int cancel(const struct rp__session_arg *arg)
{
    const char *id = rp__phrase_short_id(&arg->row.head.id);
    if (rp__session_runs(arg, &arg->row)) {
        return ask(arg);
    }
    if (arg->row.summary.outcome == RP_OUTCOME_NONE) {
        rp__say("cancel", "%s does not run any more: it died", id);
    } else {
        rp__say("cancel", "%s has ended already: %s", id,
            rp__session_status(arg, &arg->row));
    }
    return RP__EXIT_FAILED;
}

static int run(const struct rp__args *args)
{
    struct rp__session_arg arg;
    int status = rp__session_find(&arg, args);
    if (status == RP__GO_ON) {
        status = cancel(&arg);
    }
    rp__session_fini(&arg);
    return status;
}

static const struct rp__opt opts[] = {
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_cancel = {
    .name = "cancel",
    .summary = "end a session that runs",
    .arguments = "[SESSION]",
    .description =
        "Asks the process that runs the session to end it, as an interrupt "
        "there would:\nworkers get SIGTERM, what was finished is kept and the "
        "session is recorded as\ncancelled. Asked again, workers are killed. "
        "Returns when it was heard; reprise\nwatch waits for the "
        "end.\n" RP__HELP_SESSION,
    .footer = "Exit status: 0 it was heard; 1 the session does not run or "
              "cannot be reached;\n2 no such session; 4 the store cannot be "
              "read.",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
