/* run - a plan on an input, as a new session. */
#include <reprise/mem.h>

#include "command.h"
#include "faults_arg.h"
#include "session_go.h"
#include "stub_arg.h"

static int run(const struct rp__args *args)
{
    struct rp__run_plan *plan = rp_mem_zalloc(sizeof(*plan));
    int status = rp__run_prepare(plan, args);
    if (status == RP__GO_ON) {
        status = rp__session_go(plan);
    }
    rp__run_fini(plan);
    rp_mem_free(plan);
    return status;
}

static const struct rp__opt opts[] = {
    {"input", "FILE|-|JSON",
        "the session's input: a file, standard input, or the document itself",
        false, 0},
    {"envelope", NULL,
        "print the output in a document that also tells outcome, what is "
        "missing and conflicts",
        false, 0},
    {"require", "ok", "print no document unless the outcome is ok", false, 0},
    RP__OPT_FAULT,
    RP__OPT_FAULTS,
    RP__OPT_STUB,
    {"seed", "N", "of every draw, as of backoff; random without it", false, 0},
    {"tag", "KEY=VALUE", "marks the session, for ls", true, 0},
    {"detach", NULL, "print the session's id and return while it runs", false,
        0},
    {"commit-fd", "N",
        "write \"SEQ DIGEST\" for each record that is durable to this "
        "descriptor",
        false, 0},
    RP__OPT_DURABILITY,
    RP__OPT_OTLP,
    RP__OPT_PROGRESS,
    RP__OPT_QUIET,
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_run = {
    .name = "run",
    .summary = "run a plan on an input",
    .arguments = "PLAN",
    .description =
        "Checks the plan whole, runs it as a new session and prints the "
        "session's output,\none JSON document, on standard output. Nothing "
        "is started when anything is wrong\nwith the plan, the input or the "
        "command line.\n\n"
        "An interrupt (^C) cancels: workers are ended and what was finished "
        "is kept; a\nsecond one kills them. No process of the session is "
        "left behind.",
    .footer =
        "Exit status: 0 ok; 1 failed, or the output could not be printed; 2 "
        "nothing was\nstarted; 3 degraded; 4 the store failed; 130 and 143 "
        "interrupted; 137 the\norchestrator was lost.\n\n"
        "Examples:\n"
        "  reprise run plan.json --input case.json\n"
        "  echo '{\"encounter\": \"e-17\"}' | reprise run plan.json --input "
        "-\n"
        "  reprise run plan.json --fault 'labs : hang'",
    .opts = opts,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
