#include "session_arg.h"

#include <limits.h>
#include <stdlib.h>

#include <reprise/lease.h>

#include "exit.h"
#include "say.h"
#include "text.h"

int rp__session_failed(
    const struct rp__session_arg *arg, const struct rp_err *err)
{
    rp__say(arg->command, "%s", err->text);
    return RP__EXIT_STORE;
}

int rp__session_locate(struct rp__session_arg *out, const struct rp__args *args)
{
    struct rp_err err = RP_ERR_INIT;
    *out = (struct rp__session_arg){.command = args->command->name};
    out->arena = rp_arena_new(0);
    if (rp_store_locate(&out->place, rp__opt_value(args, "store"),
            getenv("REPRISE_STORE"), NULL, &err) != RP_OK) {
        return rp__session_failed(out, &err);
    }
    return RP__GO_ON;
}

static int no_store(const struct rp__session_arg *arg)
{
    if (arg->place.origin == RP_STORE_DEFAULT) {
        rp__say(arg->command,
            "no store: .reprise/store.db is neither here nor above");
    } else {
        rp__say(arg->command, "no store at '%s'", arg->place.path);
    }
    rp__say_next("reprise run PLAN makes one; reprise init writes a first "
                 "plan");
    return RP__EXIT_STORE;
}

int rp__session_open(struct rp__session_arg *out, const struct rp__args *args)
{
    struct rp_err err = RP_ERR_INIT;
    int status = rp__session_locate(out, args);
    if (status != RP__GO_ON) {
        return status;
    }
    if (!out->place.exists) {
        return no_store(out);
    }
    if (rp_reader_open(&out->reader, out->place.path, &err) != RP_OK) {
        return rp__session_failed(out, &err);
    }
    return RP__GO_ON;
}

int rp__session_name(struct rp__session_arg *arg, const char *name)
{
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc = rp_reader_find(
        &arg->row, arg->reader, rp_str_of(name), arg->arena, &err);
    if (rc == RP_E_NOT_FOUND || rc == RP_E_INVALID) {
        rp__say(arg->command, "%s", err.text);
        rp__say_next("reprise ls lists the sessions of %s", arg->place.path);
        return RP__EXIT_USAGE;
    }
    return rc == RP_OK ? RP__GO_ON : rp__session_failed(arg, &err);
}

int rp__session_find(struct rp__session_arg *out, const struct rp__args *args)
{
    int status = rp__session_open(out, args);
    if (status != RP__GO_ON) {
        return status;
    }
    return rp__session_name(out, args->count > 0 ? args->items[0] : "");
}

void rp__session_fini(struct rp__session_arg *arg)
{
    rp_reader_close(&arg->reader);
    rp_store_place_fini(&arg->place);
    rp_arena_free(&arg->arena);
}

static bool lease_is_held(const char *store_path, const char *session)
{
    char path[PATH_MAX];
    return rp_lease_path(path, sizeof(path), store_path, session, ".lock") &&
           rp_lease_held(path);
}

bool rp__session_runs(
    const struct rp__session_arg *arg, const struct rp_session_row *row)
{
    return row->summary.outcome == RP_OUTCOME_NONE &&
           lease_is_held(arg->place.path, row->head.id.text);
}

const char *rp__session_status(
    const struct rp__session_arg *arg, const struct rp_session_row *row)
{
    if (row->summary.outcome != RP_OUTCOME_NONE) {
        return rp_outcome_name(row->summary.outcome);
    }
    return rp__session_runs(arg, row) ? "running" : "died";
}

void rp__session_store_option(
    struct rp_buf *out, const struct rp_store_place *place)
{
    if (place->origin == RP_STORE_FROM_OPTION) {
        rp_buf_add_text(out, " --store ");
        rp__text_shell(out, place->path);
    }
}
