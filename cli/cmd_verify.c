/* verify - are recorded sessions whole, and decided now as they were. */
#include <stdlib.h>
#include <string.h>

#include <reprise/mem.h>
#include <reprise/verify.h>

#include "bundle_dir.h"
#include "command.h"
#include "plan_arg.h"
#include "say.h"
#include "session_arg.h"
#include "verdict_report.h"
#include "verify_jobs.h"

#define PIECES_MAX (1u << 20)
/* A process more is worth its start from so many sessions on. */
#define PIECES_PER_JOB 32

/* What is verified: all sessions of a bundle, or one session of the store. */
struct piece {
    const char *bundle; /* of the arena; NULL: of the store */
    struct rp_session_id session;
};

struct verifying {
    const struct rp__args *args;
    const struct rp_plan *plan;        /* NULL: each session's own */
    struct rp__session_arg store, own; /* of this process; `own` of a job */
    bool store_open, own_open;
    struct rp_arena *arena;
    struct piece *pieces; /* owned */
    uint32_t piece_count, piece_room;
    struct rp__verdict_report report;
};

/* ---- one piece ---- */

static int tell_error(FILE *out, const char *session, const char *bundle,
    const struct rp_err *err)
{
    cJSON *verdict = rp__verdict_error(session, bundle, err->text);
    rp__say("verify", "%s", err->text);
    rp__job_tell(out, verdict);
    cJSON_Delete(verdict);
    return RP__EXIT_STORE;
}

static int verify_row(struct verifying *v, struct rp__session_arg *arg,
    const struct rp_session_row *row, const char *bundle, FILE *out)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_verification result = {.arena = NULL};
    if (rp_verify_session(&result, arg->reader, row, v->plan, &err) != RP_OK) {
        return tell_error(out, row->head.id.text, bundle, &err);
    }
    int status =
        result.first.kind == RP_DIVERGENCE_NONE ? RP__EXIT_OK : RP__EXIT_FAILED;
    cJSON *verdict = rp__verdict_new(arg, row, &result, bundle);
    rp__job_tell(out, verdict);
    cJSON_Delete(verdict);
    rp_verification_fini(&result);
    return status;
}

static int worse(int a, int b)
{
    return a > b ? a : b;
}

static int verify_rows(struct verifying *v, struct rp__session_arg *arg,
    const char *bundle, FILE *out)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_sessions *sessions = NULL;
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_session_row row;
    bool found = true;
    int status = RP__EXIT_OK;
    enum rp_code rc = rp_reader_sessions(&sessions, arg->reader, NULL, &err);
    while (rc == RP_OK && found) {
        rp_arena_reset(arena);
        rc = rp_sessions_next(sessions, arena, &found, &row, &err);
        if (rc == RP_OK && found) {
            status = worse(status, verify_row(v, arg, &row, bundle, out));
        }
    }
    if (rc != RP_OK) {
        status = tell_error(out, "", bundle, &err);
    }
    rp_sessions_free(&sessions);
    rp_arena_free(&arena);
    return status;
}

static int verify_bundle(struct verifying *v, const char *path, FILE *out)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp__session_arg arg = {.command = "verify"};
    struct rp__bundle_store *store = NULL;
    int status;
    enum rp_code rc = rp__bundle_store_new(&store, &err);
    if (rc == RP_OK) {
        rc = rp__bundle_store_add(store, path, &err);
    }
    if (rc == RP_OK) {
        rc = rp_reader_open(&arg.reader, rp__bundle_store_path(store), &err);
    }
    status = rc == RP_OK ? verify_rows(v, &arg, path, out)
                         : tell_error(out, "", path, &err);
    rp_reader_close(&arg.reader);
    rp__bundle_store_free(&store);
    return status;
}

/* By a connection of this process: the other's must not outlive a fork. */
static int open_own(struct verifying *v, FILE *out)
{
    struct rp_err err = RP_ERR_INIT;
    if (v->own_open) {
        return RP__EXIT_OK;
    }
    v->own = v->store;
    v->own.reader = NULL;
    if (rp_reader_open(&v->own.reader, v->store.place.path, &err) != RP_OK) {
        return tell_error(out, "", NULL, &err);
    }
    v->own_open = true;
    return RP__EXIT_OK;
}

static int verify_session(
    struct verifying *v, const struct rp_session_id *id, FILE *out)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_session_row row;
    int status = open_own(v, out);
    if (status != RP__EXIT_OK) {
        return status;
    }
    struct rp_arena *arena = rp_arena_new(0);
    enum rp_code rc =
        rp_reader_find(&row, v->own.reader, rp_str_of(id->text), arena, &err);
    status = rc == RP_OK ? verify_row(v, &v->own, &row, NULL, out)
                         : tell_error(out, id->text, NULL, &err);
    rp_arena_free(&arena);
    return status;
}

static int work(void *context, uint32_t index, FILE *out)
{
    struct verifying *v = context;
    const struct piece *piece = &v->pieces[index];
    return piece->bundle != NULL ? verify_bundle(v, piece->bundle, out)
                                 : verify_session(v, &piece->session, out);
}

static bool take(void *context, const cJSON *verdict)
{
    struct verifying *v = context;
    return rp__verdict_report_add(&v->report, verdict);
}

/* ---- which ---- */

static int add_piece(struct verifying *v, struct piece piece)
{
    if (v->piece_count == PIECES_MAX) {
        rp__say("verify", "more than %u sessions are asked for", PIECES_MAX);
        return RP__EXIT_USAGE;
    }
    if (v->piece_count == v->piece_room) {
        uint32_t room = v->piece_room == 0 ? 64 : 2 * v->piece_room;
        v->pieces = rp_mem_grow(v->pieces, room, sizeof(struct piece));
        v->piece_room = room;
    }
    v->pieces[v->piece_count++] = piece;
    return RP__GO_ON;
}

static int add_bundle(struct verifying *v, const char *path)
{
    return add_piece(
        v, (struct piece){.bundle = rp_arena_dup(v->arena, rp_str_of(path))});
}

static int add_directory(struct verifying *v, const char *path)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp__bundle_dir dir;
    int status = RP__GO_ON;
    if (rp__bundle_dir_read(&dir, path, &err) != RP_OK) {
        rp__say("verify", "%s", err.text);
        return RP__EXIT_USAGE;
    }
    for (uint32_t i = 0; i < dir.count && status == RP__GO_ON; i++) {
        status = add_bundle(v, dir.paths[i]);
    }
    rp__bundle_dir_fini(&dir);
    return status;
}

static int open_store(struct verifying *v)
{
    if (v->store_open) {
        return RP__GO_ON;
    }
    struct rp__args args = *v->args;
    args.count = 0; /* bundles are looked at one by one */
    v->store_open = true;
    return rp__session_open(&v->store, &args);
}

static int add_session(struct verifying *v, const char *name)
{
    int status = open_store(v);
    if (status == RP__GO_ON) {
        status = rp__session_name(&v->store, name);
    }
    if (status == RP__GO_ON) {
        status = rp__session_wants_records(&v->store);
    }
    return status == RP__GO_ON
               ? add_piece(v, (struct piece){.session = v->store.row.head.id})
               : status;
}

static int add_named(struct verifying *v, const char *name)
{
    return rp__bundle_dir_is(name) ? add_directory(v, name)
           : rp_bundle_is(name)    ? add_bundle(v, name)
                                   : add_session(v, name);
}

static int add_all(struct verifying *v)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_sessions *sessions = NULL;
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_session_row row;
    bool found = true;
    uint32_t imported = 0;
    int status = RP__GO_ON;
    enum rp_code rc =
        rp_reader_sessions(&sessions, v->store.reader, NULL, &err);
    while (rc == RP_OK && found && status == RP__GO_ON) {
        rp_arena_reset(arena);
        rc = rp_sessions_next(sessions, arena, &found, &row, &err);
        bool spans = rc == RP_OK && found && row.head.mode == RP_MODE_IMPORTED;
        imported += spans;
        if (rc == RP_OK && found && !spans) {
            status = add_piece(v, (struct piece){.session = row.head.id});
        }
    }
    if (rc != RP_OK) {
        status = rp__session_failed(&v->store, &err);
    } else if (status == RP__GO_ON && v->piece_count == 0) {
        rp__say("verify", "no session %sin %s",
            imported > 0 ? "with records " : "", v->store.place.path);
    } else if (imported > 0) {
        rp__say("verify", "%u imported as spans left out: they have no records",
            (unsigned)imported);
    }
    rp_sessions_free(&sessions);
    rp_arena_free(&arena);
    return status;
}

/* All are found before the first is verified: a name that is wrong is told
 * at once. */
static int collect(struct verifying *v)
{
    int status = RP__GO_ON;
    if (rp__opt_flag(v->args, "all")) {
        status = open_store(v);
        return status == RP__GO_ON ? add_all(v) : status;
    }
    if (v->args->count == 0) {
        return add_session(v, RP__SESSION_LATEST);
    }
    for (uint32_t i = 0; i < v->args->count && status == RP__GO_ON; i++) {
        status = add_named(v, v->args->items[i]);
    }
    return status;
}

/* ---- the whole ---- */

static bool read_jobs(const struct verifying *v, uint32_t *out)
{
    const char *text = rp__opt_value(v->args, "jobs");
    uint32_t useful = v->piece_count / PIECES_PER_JOB + 1;
    *out = rp__jobs_available();
    *out = *out < useful ? *out : useful;
    if (text == NULL) {
        return true;
    }
    char *end;
    long count = strtol(text, &end, 10);
    if (*end != '\0' || end == text || count < 1 || count > RP__JOBS_MAX) {
        rp__say("verify", "--jobs is a number from 1 to %d, not '%s'",
            RP__JOBS_MAX, text);
        return false;
    }
    *out = (uint32_t)count;
    return true;
}

static int verify(struct verifying *v)
{
    static const struct rp__job_ops ops = {work, take};
    uint32_t jobs;
    int status = collect(v);
    if (status != RP__GO_ON) {
        return status;
    }
    if (!read_jobs(v, &jobs)) {
        return RP__EXIT_USAGE;
    }
    status = rp__jobs_run(&ops, v, v->piece_count, jobs);
    return rp__verdict_report_end(&v->report) ? status
                                              : worse(status, RP__EXIT_FAILED);
}

/* NULL: there is no such format, or --json says another one. */
static const char *format_of(const struct rp__args *args)
{
    const char *format = rp__opt_value(args, "format");
    bool json = rp__opt_flag(args, "json");
    if (json && format != NULL && strcmp(format, "json") != 0) {
        return NULL;
    }
    return json ? "json" : format == NULL ? "text" : format;
}

static int run(const struct rp__args *args)
{
    const char *path = rp__opt_value(args, "plan");
    const char *format = format_of(args);
    struct rp__plan_arg plan = {.plan = NULL};
    struct verifying v = {.args = args, .store = {.command = "verify"}};
    int status = RP__EXIT_USAGE;
    if (rp__opt_flag(args, "all") && args->count > 0) {
        rp__say("verify", "--all means every session, and '%s' is named too",
            args->items[0]);
        return RP__EXIT_USAGE;
    }
    if (format == NULL || !rp__verdict_report_init(&v.report, format)) {
        rp__say("verify", "--format is text, json, junit or markdown%s%s%s",
            format == NULL ? "; --json says json" : ", not '",
            format == NULL ? "" : format, format == NULL ? "" : "'");
        return RP__EXIT_USAGE;
    }
    v.arena = rp_arena_new(0);
    if (path == NULL || rp__plan_arg_load_or_tell(&plan, "verify", path)) {
        v.plan = plan.plan;
        status = verify(&v);
    }
    rp__verdict_report_fini(&v.report);
    rp_mem_free(v.pieces);
    rp_arena_free(&v.arena);
    rp__plan_arg_fini(&plan);
    rp__session_fini(&v.store);
    return status;
}

static const struct rp__opt opts[] = {
    {"plan", "FILE",
        "under this plan instead of each session's own: would it have decided "
        "otherwise?",
        false, 0},
    {"all", NULL, "every session of the store", false, 0},
    {"format", "NAME", "text (the default), json, junit or markdown", false, 0},
    {"json", NULL, "one JSON document a line; reprise schema has its form",
        false, 0},
    {"jobs", "COUNT",
        "processes side by side; as many as there are processors by default",
        false, 'j'},
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_verify = {
    .name = "verify",
    .summary = "check that sessions are whole and still decided as they were",
    .arguments = "[SESSION|BUNDLE|DIRECTORY]...",
    .description =
        "Checks every byte of a session against its digests, then feeds the "
        "recorded\nevents to a fresh engine and compares each decision and "
        "action. No worker is\nstarted and no clock is read. At the first "
        "difference it tells what was\nrecorded, what would be decided now, "
        "and where the two differ. Of a BUNDLE all\nsessions are verified, of "
        "a DIRECTORY all bundles in it.\n" RP__HELP_SESSION,
    .footer = "Exit status: 0 nothing differs; 1 something does, or is "
              "damaged; 2 no such\nsession, or the plan is wrong; 4 the store "
              "or a bundle cannot be read.\n\n"
              "Examples:\n"
              "  reprise verify\n"
              "  reprise verify X4QK7M --plan changed.json\n"
              "  reprise verify recorded/ --format junit > verify.xml\n"
              "  reprise verify --all --json | jq -r 'select(.verifies | not)'",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = RP__ARGS_MAX,
    .run = run,
};
