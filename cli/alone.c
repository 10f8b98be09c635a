#include "alone.h"

#include <limits.h>
#include <unistd.h>

#include <reprise/keeper.h>
#include <reprise/lease.h>

#include "exit.h"
#include "phrase.h"
#include "say.h"

/* What a killed orchestrator could not remove. */
static void remove_files(const struct rp__alone *alone)
{
    static const char *const endings[] = {".sock", ".lock"};
    char path[PATH_MAX];
    for (size_t i = 0; i < RP_COUNT_OF(endings); i++) {
        if (rp_lease_path(path, sizeof(path), alone->store_path,
                alone->session->text, endings[i])) {
            (void)unlink(path); /* gone already is as good */
        }
    }
}

static void tell_loss(
    const struct rp__alone *alone, const struct rp_keeper_end *end)
{
    rp__say(alone->command, "the orchestrator was killed by signal %d",
        end->signal);
    if (alone->session != NULL) {
        remove_files(alone);
        const char *id = rp__phrase_short_id(alone->session);
        rp__say_next("what was recorded until then: reprise show %s", id);
        rp__say_next("reprise resume %s goes on", id);
    }
}

int rp__alone_run(
    const struct rp__alone *alone, int (*body)(void *context), void *context)
{
    struct rp_keeper_end end;
    struct rp_err err = RP_ERR_INIT;
    if (rp_keeper_run(body, context, &end, &err) != RP_OK) {
        rp__say(alone->command, "%s", err.text);
        return RP__EXIT_FAILED;
    }
    if (end.survivor_count > 0) {
        rp__say(alone->command, "%u process(es) could not be ended: %s",
            end.survivor_count, end.survivors);
    }
    if (end.signal != 0) {
        tell_loss(alone, &end);
        return RP__EXIT_LOST;
    }
    return end.status;
}
