#include "session_arg.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <reprise/lease.h>
#include <reprise/mem.h>

#include "exit.h"
#include "say.h"
#include "text.h"

int rp__session_failed(
    const struct rp__session_arg *arg, const struct rp_err *err)
{
    rp__say(arg->command, "%s", err->text);
    return err->code == RP_E_STATE ? RP__EXIT_USAGE : RP__EXIT_STORE;
}

/* RP__GO_ON, or a status after the person was told. */
static int locate(struct rp__session_arg *out, const struct rp__args *args)
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

static int open_place(struct rp__session_arg *out)
{
    struct rp_err err = RP_ERR_INIT;
    if (!out->place.exists) {
        return no_store(out);
    }
    if (rp_reader_open(&out->reader, out->place.path, &err) != RP_OK) {
        return rp__session_failed(out, &err);
    }
    return RP__GO_ON;
}

/* ---- bundles ---- */

static bool names_bundle(const struct rp__args *args)
{
    for (uint32_t i = 0; i < args->count; i++) {
        if (rp_bundle_is(args->items[i])) {
            return true;
        }
    }
    return false;
}

/* A session of the store that stands beside a bundle goes through one. */
static enum rp_code add_by_bundle(struct rp__session_arg *out,
    struct rp_recording *recording, struct rp_err *err)
{
    char path[PATH_MAX];
    (void)snprintf(
        path, sizeof(path), "%s.part", rp__bundle_store_path(out->bundles));
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return rp_err_set(err, RP_E_IO, "cannot write '%s'", path);
    }
    enum rp_code rc = rp_bundle_write(file, &recording, 1, err);
    (void)fclose(file); /* was flushed */
    if (rc == RP_OK) {
        rc = rp__bundle_store_add(out->bundles, path, err);
    }
    (void)unlink(path);
    return rc;
}

static int add_session(struct rp__session_arg *out, const char *name)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_recording *recording = NULL;
    int status = out->reader == NULL ? open_place(out) : RP__GO_ON;
    if (status == RP__GO_ON) {
        status = rp__session_name(out, name);
    }
    if (status != RP__GO_ON) {
        return status;
    }
    enum rp_code rc =
        rp_recording_load(&recording, out->reader, &out->row, NULL, &err);
    if (rc == RP_OK) {
        rc = add_by_bundle(out, recording, &err);
    }
    rp_recording_free(&recording);
    return rc == RP_OK ? RP__GO_ON : rp__session_failed(out, &err);
}

static int add_bundle(struct rp__session_arg *out, const char *path)
{
    struct rp_err err = RP_ERR_INIT;
    if (rp__bundle_store_add(out->bundles, path, &err) == RP_OK) {
        return RP__GO_ON;
    }
    rp__say(out->command, "%s", err.text);
    return RP__EXIT_STORE;
}

static int open_bundles(
    struct rp__session_arg *out, const struct rp__args *args)
{
    struct rp_err err = RP_ERR_INIT;
    if (rp__bundle_store_new(&out->bundles, &err) != RP_OK) {
        return rp__session_failed(out, &err);
    }
    for (uint32_t i = 0; i < args->count; i++) {
        const char *name = args->items[i];
        int status =
            rp_bundle_is(name) ? add_bundle(out, name) : add_session(out, name);
        if (status != RP__GO_ON) {
            return status;
        }
    }
    rp_reader_close(&out->reader);
    rp_store_place_fini(&out->place);
    out->place = (struct rp_store_place){
        .path = rp_mem_dup(rp_str_of(rp__bundle_store_path(out->bundles))),
        .origin = RP_STORE_FROM_ENVIRONMENT,
        .exists = true,
    };
    return open_place(out);
}

int rp__session_open(struct rp__session_arg *out, const struct rp__args *args)
{
    int status = locate(out, args);
    if (status != RP__GO_ON) {
        return status;
    }
    return names_bundle(args) ? open_bundles(out, args) : open_place(out);
}

/* The latest session of a bundle, which is the last. */
static bool latest_of(struct rp_session_id *out, const char *path)
{
    struct rp_bundle *bundle = NULL;
    if (!rp_bundle_is(path) || rp_bundle_open(&bundle, path, NULL) != RP_OK) {
        return false;
    }
    uint32_t count = rp_bundle_count(bundle);
    if (count > 0) {
        *out = rp_bundle_head(bundle, count - 1)->id;
    }
    rp_bundle_close(&bundle);
    return count > 0;
}

int rp__session_name(struct rp__session_arg *arg, const char *name)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_session_id latest;
    if (name[0] == '\0') { /* of a variable that is not set: not the latest */
        rp__say(arg->command, "an empty SESSION names none");
        rp__say_next("without any SESSION the latest is meant");
        return RP__EXIT_USAGE;
    }
    if (arg->bundles != NULL && latest_of(&latest, name)) {
        name = latest.text;
    }
    enum rp_code rc = rp_reader_find(
        &arg->row, arg->reader, rp_str_of(name), arg->arena, &err);
    if (rc == RP_E_NOT_FOUND || rc == RP_E_INVALID) {
        rp__say(arg->command, "%s", err.text);
        if (rp_bundle_is(name)) {
            rp__say_next("'%s' is a bundle; reprise import takes its sessions "
                         "into a store",
                name);
        } else if (access(name, F_OK) == 0) {
            rp__say_next("there is a file '%s', but it is no bundle", name);
        }
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
    return rp__session_name(
        out, args->count > 0 ? args->items[0] : RP__SESSION_LATEST);
}

void rp__session_fini(struct rp__session_arg *arg)
{
    rp_reader_close(&arg->reader);
    rp__bundle_store_free(&arg->bundles);
    rp_store_place_fini(&arg->place);
    rp_arena_free(&arg->arena);
}

int rp__session_wants_records(const struct rp__session_arg *arg)
{
    const struct rp_session_row *row = &arg->row;
    if (row->head.mode != RP_MODE_IMPORTED) {
        return RP__GO_ON;
    }
    rp__say(arg->command, "session %s was imported as spans: it has no records",
        row->head.id.text);
    rp__say_next("reprise show displays what it has");
    return RP__EXIT_USAGE;
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

bool rp__session_runs_on(
    const struct rp__session_arg *arg, const struct rp_session_row *row)
{
    char path[PATH_MAX];
    return row->summary.outcome == RP_OUTCOME_NONE &&
           rp_lease_path(path, sizeof(path), arg->place.path, row->head.id.text,
               ".lock") &&
           !rp_lease_wait(path, rp_duration_of_ms(RP__LEASE_PATIENCE_MS));
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
