/* What a stranger writes first: a plan, run by the installed library. */
#include <stdio.h>

#include <reprise/session_run.h>

int main(int argc, char **argv)
{
    struct rp_session_options options = {.plan = argc > 1 ? argv[1] : ""};
    struct rp_run_result result;
    struct rp_err err = RP_ERR_INIT;
    if (rp_session_run(&result, &options, &err) != RP_OK) {
        return fprintf(stderr, "%s\n", err.text) < 0 ? 3 : 2;
    }
    (void)printf("%s %s\n", rp_outcome_name(result.outcome), result.output);
    rp_run_result_fini(&result);
    return 0;
}
