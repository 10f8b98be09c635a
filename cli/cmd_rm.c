/* rm - takes sessions out of the store. */
#include <inttypes.h>
#include <limits.h>

#include <reprise/lease.h>
#include <reprise/mem.h>
#include <reprise/store_care.h>

#include "command.h"
#include "identity.h"
#include "out.h"
#include "phrase.h"
#include "say.h"
#include "selection.h"

#define VICTIMS_MAX (1u << 20)

struct victim {
    int64_t no;
    struct rp_session_id id;
};

struct removing {
    const struct rp__args *args;
    struct rp__session_arg arg;
    struct victim *items; /* owned */
    uint32_t count, room;
    int64_t running; /* left alone */
    int64_t kept;    /* by --keep-failed */
    bool dry_run;
    struct rp_wall now;
    struct rp_buf out;
};

/* ---- which ---- */

static bool is_listed(const struct removing *r, int64_t no)
{
    for (uint32_t i = 0; i < r->count; i++) {
        if (r->items[i].no == no) {
            return true;
        }
    }
    return false;
}

static void add_line(struct removing *r, const struct rp_session_row *row)
{
    static const struct rp__style plain = {.unicode = true};
    rp_buf_addf(&r->out, "%s  ", row->head.id.text);
    (void)rp__text_add(&r->out, row->head.plan_name, 0, &plain);
    rp_buf_addf(&r->out, "  %s  ", rp__session_status(&r->arg, row));
    rp__text_age(&r->out,
        (struct rp_duration){r->now.unix_ns - row->head.began.unix_ns});
    rp_buf_add_char(&r->out, '\n');
}

static int add(struct removing *r, const struct rp_session_row *row)
{
    if (r->count == VICTIMS_MAX) {
        rp__say("rm", "more than %u sessions are asked for", VICTIMS_MAX);
        return RP__EXIT_USAGE;
    }
    r->items = rp_mem_room(r->items, r->count, &r->room, sizeof(struct victim));
    r->items[r->count++] = (struct victim){row->no, row->head.id};
    if (r->dry_run) {
        add_line(r, row);
    }
    return RP__GO_ON;
}

/* All are looked at before the first is removed. */
static int add_named(struct removing *r)
{
    int status = RP__GO_ON;
    for (uint32_t i = 0; i < r->args->count && status == RP__GO_ON; i++) {
        const char *name = r->args->items[i];
        status = rp__session_name(&r->arg, name);
        if (status == RP__GO_ON && rp__session_runs(&r->arg, &r->arg.row)) {
            rp__say("rm", "%s runs; nothing was removed", name);
            rp__say_next("reprise cancel %s ends it", name);
            return RP__EXIT_FAILED;
        }
        if (status == RP__GO_ON && !is_listed(r, r->arg.row.no)) {
            status = add(r, &r->arg.row);
        }
    }
    return status;
}

static int consider(struct removing *r, const struct rp_session_row *row)
{
    if (rp__session_runs(&r->arg, row)) {
        r->running++;
        return RP__GO_ON;
    }
    if (rp__opt_flag(r->args, "keep-failed") &&
        row->summary.outcome != RP_OUTCOME_OK) {
        r->kept++;
        return RP__GO_ON;
    }
    return add(r, row);
}

static int add_older(struct removing *r, struct rp_wall before)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_sessions *sessions = NULL;
    struct rp_arena *arena = rp_arena_new(0);
    struct rp_session_row row;
    bool found = true;
    int status = RP__GO_ON;
    const struct rp_session_filter filter = {
        .plan = rp_str_of(rp__opt_value(r->args, "plan"))};
    enum rp_code rc =
        rp_reader_sessions(&sessions, r->arg.reader, &filter, &err);
    while (rc == RP_OK && found && status == RP__GO_ON) {
        rp_arena_reset(arena);
        rc = rp_sessions_next(sessions, arena, &found, &row, &err);
        if (rc == RP_OK && found && row.head.began.unix_ns < before.unix_ns) {
            status = consider(r, &row);
        }
    }
    rp_sessions_free(&sessions);
    rp_arena_free(&arena);
    return rc == RP_OK ? status : rp__session_failed(&r->arg, &err);
}

static int collect(struct removing *r)
{
    const char *older = rp__opt_value(r->args, "older");
    struct rp_wall before = {0};
    if (older == NULL) {
        return add_named(r);
    }
    if (!rp__selection_time(rp_str_of(older), r->now, &before)) {
        rp__say("rm", "--older '%s' is neither an age nor a time", older);
        rp__say_next("write 90m, 48h, 30d or 2026-01-31T09:00:00Z");
        return RP__EXIT_USAGE;
    }
    return add_older(r, before);
}

/* ---- taking them out ---- */

/* Whoever would resume or retry it has to wait for the lease, and then finds
 * that it is gone. */
static enum rp_code remove_one(struct rp_store_removed *removed,
    const struct removing *r, struct rp_store_sqlite *sqlite,
    const struct victim *victim, struct rp_err *err)
{
    char path[PATH_MAX];
    struct rp_lease *lease = NULL;
    if (!rp_lease_path(
            path, sizeof(path), r->arg.place.path, victim->id.text, ".lock")) {
        return rp_err_set(err, RP_E_LIMIT, "the path of the store is too long");
    }
    /* That of one that has just ended may still be ending. */
    (void)rp_lease_wait(path, rp_duration_of_ms(RP__LEASE_PATIENCE_MS));
    enum rp_code rc = rp_lease_take(&lease, path, err);
    if (rc == RP_OK) {
        rc = rp_store_remove(removed, sqlite, victim->no, err);
    }
    rp_lease_drop(&lease);
    return rc;
}

static int remove_all(struct removing *r, struct rp_store_removed *removed,
    struct rp_store_sqlite *sqlite)
{
    int status = RP__EXIT_OK;
    for (uint32_t i = 0; i < r->count && status != RP__EXIT_STORE; i++) {
        struct rp_err err = RP_ERR_INIT;
        enum rp_code rc = remove_one(removed, r, sqlite, &r->items[i], &err);
        if (rc != RP_OK) {
            rp__say("rm", "%s stays: %s", r->items[i].id.text, err.text);
            status = rc == RP_E_STORE ? RP__EXIT_STORE : RP__EXIT_FAILED;
        }
    }
    return status;
}

static int collect_payloads(
    struct rp_store_removed *removed, struct rp_store_sqlite *sqlite)
{
    struct rp_err err = RP_ERR_INIT;
    enum rp_code rc = rp_store_collect(removed, sqlite, &err);
    if (rc == RP_E_STATE) {
        rp__say("rm", "%s", err.text);
        rp__say_next("reprise store compact removes them when nothing runs");
        return RP__EXIT_OK;
    }
    if (rc != RP_OK) {
        rp__say("rm", "payloads stay: %s", err.text);
        return RP__EXIT_STORE;
    }
    return RP__EXIT_OK;
}

static void tell(struct removing *r, const struct rp_store_removed *removed)
{
    rp__text_count(&r->out, removed->sessions, "session");
    rp_buf_add_text(&r->out, " removed: ");
    rp__text_count(&r->out, removed->records, "record");
    rp_buf_add_text(&r->out, ", ");
    rp__text_count(&r->out, removed->spans, "span");
    rp_buf_add_text(&r->out, ", ");
    rp__text_count(&r->out, removed->payloads, "payload");
    rp_buf_add_text(&r->out, " (");
    rp__text_bytes(&r->out, (uint64_t)removed->payload_bytes);
    rp_buf_add_text(&r->out, ")\n");
}

static int remove_and_tell(struct removing *r)
{
    struct rp_err err = RP_ERR_INIT;
    const struct rp_store_sqlite_options options = {.create = false};
    struct rp_store_sqlite *sqlite = NULL;
    struct rp_store_removed removed = {0};
    rp_reader_close(&r->arg.reader);
    if (rp_store_sqlite_open(&sqlite, r->arg.place.path, &options, &err) !=
        RP_OK) {
        return rp__session_failed(&r->arg, &err);
    }
    int status = remove_all(r, &removed, sqlite);
    if (removed.sessions > 0 && status != RP__EXIT_STORE) {
        int collected = collect_payloads(&removed, sqlite);
        status = collected > status ? collected : status;
    }
    rp_store_sqlite_close(&sqlite);
    tell(r, &removed);
    return status;
}

static int finish(struct removing *r)
{
    int status = RP__EXIT_OK;
    if (r->dry_run) {
        rp__text_count(&r->out, r->count, "session");
        rp_buf_add_text(&r->out, " would be removed\n");
    } else {
        status = remove_and_tell(r);
    }
    if (r->running > 0) {
        rp__say("rm", "%" PRId64 " running left alone", r->running);
    }
    if (r->kept > 0) {
        rp__say("rm", "%" PRId64 " kept that did not end ok", r->kept);
    }
    return rp__out_write("rm", rp_buf_str(&r->out)) || status != RP__EXIT_OK
               ? status
               : RP__EXIT_FAILED;
}

/* NULL: what is asked for is clear. */
static const char *contradiction(const struct rp__args *args)
{
    bool older = rp__opt_value(args, "older") != NULL;
    bool more = rp__opt_value(args, "plan") != NULL ||
                rp__opt_flag(args, "keep-failed");
    if (!older && args->count == 0) {
        return "name sessions, or give --older AGE";
    }
    if (older && args->count > 0) {
        return "name sessions or give --older, not both";
    }
    return more && !older ? "--plan and --keep-failed go with --older" : NULL;
}

static int run(const struct rp__args *args)
{
    struct removing r = {
        .args = args,
        .dry_run = rp__opt_flag(args, "dry-run"),
        .now = rp__identity_wall_now(),
    };
    struct rp__args no_names = *args;
    const char *problem = contradiction(args);
    if (problem != NULL) {
        rp__say("rm", "%s", problem);
        return RP__EXIT_USAGE;
    }
    no_names.count = 0; /* a bundle is a file: the shell removes it */
    rp_buf_init(&r.out, RP__OUT_BYTES_MAX);
    int status = rp__session_open(&r.arg, &no_names);
    if (status == RP__GO_ON) {
        status = collect(&r);
    }
    if (status == RP__GO_ON) {
        status = finish(&r);
    }
    rp_buf_fini(&r.out);
    rp_mem_free(r.items);
    rp__session_fini(&r.arg);
    return status;
}

static const struct rp__opt opts[] = {
    {"older", "AGE",
        "sessions that began longer ago: 90m, 48h, 30d, or before a time",
        false, 0},
    {"keep-failed", NULL,
        "of these only those that ended ok: what failed or died stays", false,
        0},
    {"plan", "NAME", "of these only this plan's; * stands for any text", false,
        0},
    {"dry-run", NULL, "list them and remove nothing", false, 0},
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_rm = {
    .name = "rm",
    .summary = "remove sessions from the store",
    .arguments = "[SESSION]...",
    .description =
        "Removes sessions with their records and spans, and the payloads that "
        "no other\nsession needs. What is removed is overwritten; it cannot be "
        "had back, and what\nof it was not exported yet never will be. A "
        "session that runs is not removed.\nThe file keeps its size: reprise "
        "store compact gives the space back.",
    .footer = "Exit status: 0 they are removed; 1 one of them runs; 2 no such "
              "session, or the\ncommand line is wrong; 4 the store cannot be "
              "read or written.\n\n"
              "Examples:\n"
              "  reprise rm X4QK7M\n"
              "  reprise rm --older 30d --keep-failed --dry-run",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = RP__ARGS_MAX,
    .run = run,
};
