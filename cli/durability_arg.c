#include "durability_arg.h"

#include <stdlib.h>
#include <string.h>

#include "say.h"

static const char *const names[] = {
    [RP_DURABILITY_COMMIT] = "commit",
    [RP_DURABILITY_FULL] = "full",
};

static bool find(enum rp_durability *out, const char *name)
{
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum rp_durability)i;
            return true;
        }
    }
    return false;
}

bool rp__durability_take(enum rp_durability *out, const struct rp__args *args)
{
    const char *option = rp__opt_value(args, "durability");
    const char *variable = getenv("REPRISE_DURABILITY");
    const char *name = option != NULL ? option : variable;
    *out = RP_DURABILITY_COMMIT;
    if (name == NULL || (option == NULL && name[0] == '\0') ||
        find(out, name)) {
        return true;
    }
    rp__say(args->command->name, "%s '%s': it is commit or full",
        option != NULL ? "--durability" : "REPRISE_DURABILITY", name);
    return false;
}
