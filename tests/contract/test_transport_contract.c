/* Who is held to the contract of transport.h. */
#include "transport_contract.h"

/* Rules that are on nothing, and rules that are on every call and change none
 * of them: a kill long after its end, a cut behind its end, an end that is held
 * back for no time. */
#define EACH_WAY(maker, name)                                                  \
    {name, maker, false, {NULL}, 0},                                           \
        {name ", decorated", maker, true, {NULL}, 0},                          \
        {name ", rules on others", maker, true,                                \
            {"agent:other : kill", "** [9999+] : hang"}, 0},                   \
        {name ", rules without effect", maker, true,                           \
            {"** : kill(after=1h)", "** : out.truncate(100%)"}, 0},            \
    {                                                                          \
        name ", held back", maker, true, {"** : late.result(0s)"}, 1           \
    }

/* A new transport: write its maker beside the others, add a line here. */
static const struct contract_subject subjects[] = {
    EACH_WAY(&contract_scripted, "scripted"),
    EACH_WAY(&contract_journal, "journal"),
    EACH_WAY(&contract_exec, "exec"),
    {"exec, started twice", &contract_exec, true, {"** : spawn.double"}, 1},
};

int main(void)
{
    int failed = 0;
    for (size_t i = 0; i < RP_COUNT_OF(subjects); i++) {
        failed += contract_run(&subjects[i]);
    }
    return failed;
}
