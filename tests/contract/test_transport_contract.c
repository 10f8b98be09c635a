/* Who is held to the contract of transport.h. */
#include "transport_contract.h"

/* Rules that are on nothing, and rules that are on every call and change none
 * of them: a kill long after its end, a cut behind its end. */
#define EACH_WAY(maker, name)                                                  \
    {name, maker, false, {NULL}}, {name ", decorated", maker, true, {NULL}},   \
        {name ", rules on others", maker, true,                                \
            {"agent:other : kill", "** [9999+] : hang"}},                      \
    {                                                                          \
        name ", rules without effect", maker, true,                            \
        {                                                                      \
            "** : kill(after=1h)", "** : out.truncate(100%)"                   \
        }                                                                      \
    }

/* A new transport: write its maker beside the others, add a line here. */
static const struct contract_subject subjects[] = {
    EACH_WAY(&contract_scripted, "scripted"),
    EACH_WAY(&contract_journal, "journal"),
    EACH_WAY(&contract_exec, "exec"),
};

int main(void)
{
    int failed = 0;
    for (size_t i = 0; i < RP_COUNT_OF(subjects); i++) {
        failed += contract_run(&subjects[i]);
    }
    return failed;
}
