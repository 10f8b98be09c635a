/* ls - the sessions of the store, the latest first. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "identity.h"
#include "out.h"
#include "phrase.h"
#include "say.h"
#include "selection.h"
#include "session_json.h"
#include "table.h"
#include "term.h"

#define LIMIT_DEFAULT 50 /* for people; programs get all */
#define LIMIT_MAX 1000000

static const struct rp__column columns[] = {
    {"SESSION", false, 0},
    {"PLAN", false, 28},
    {"STATUS", false, 0},
    {"STARTED", false, 0},
    {"TOOK", true, 0},
    {"TASKS", true, 0},
    {"TRIES", true, 0},
    {"NOTES", false, 0},
};

struct listing {
    struct rp__session_arg *arg;
    struct rp__selection selection;
    bool json;
    uint32_t limit; /* 0: none */
    uint32_t shown;
    bool more;
    struct rp_wall now;
    struct rp__term term;
    struct rp_buf out;
    struct rp__table table;
};

/* ---- what is asked for ---- */

static bool parse_limit(const char *text, uint32_t *out)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (text[0] == '\0' || *end != '\0' || value < 0 || value > LIMIT_MAX) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

static int take_options(struct listing *l, const struct rp__args *args)
{
    const char *limit = rp__opt_value(args, "limit");
    l->now = rp__identity_wall_now();
    l->json = rp__opt_flag(args, "json");
    l->limit = l->json ? 0 : LIMIT_DEFAULT;
    if (limit != NULL && !parse_limit(limit, &l->limit)) {
        rp__say("ls", "--limit '%s' is not a number from 0 to %d", limit,
            LIMIT_MAX);
        return RP__EXIT_USAGE;
    }
    return rp__selection_take(&l->selection, args, l->now);
}

/* ---- one session ---- */

static void add_cell(
    struct listing *l, struct rp_buf *cell, enum rp__colour colour)
{
    rp__table_add(&l->table, rp_buf_str(cell), colour);
    rp_buf_reset(cell);
}

/* Where it comes from, when it is not the first of its kind. */
static void add_origin(struct rp_buf *cell, const struct rp_session_row *row)
{
    static const char *const words[] = {
        [RP_MODE_LIVE] = "made from",
        [RP_MODE_RERUN] = "replay of",
        [RP_MODE_IMPORTED] = "imported spans of",
    };
    if (row->head.source.text[0] != '\0') {
        rp_buf_addf(cell, "%s %s", words[row->head.mode],
            rp__phrase_short_id(&row->head.source));
    } else if (row->head.mode == RP_MODE_IMPORTED) {
        rp_buf_add_text(cell, "imported spans");
    }
}

static void add_notes(
    struct rp_buf *cell, const struct rp_session_row *row, const char *status)
{
    const char *id = rp__phrase_short_id(&row->head.id);
    bool died = strcmp(status, "died") == 0;
    add_origin(cell, row);
    if (cell->len > 0 && (died || row->summary.notes[0] != '\0')) {
        rp_buf_add_text(cell, "; ");
    }
    if (died) {
        rp_buf_addf(cell, "orchestrator lost; reprise resume %s", id);
        return;
    }
    rp_buf_add_text(cell, row->summary.notes);
    if (row->summary.notes_left > 0) {
        rp_buf_addf(cell, " and %" PRIu32 " more", row->summary.notes_left);
    }
}

static void add_row(struct listing *l, const struct rp_session_row *row)
{
    const struct rp_summary *sum = &row->summary;
    const char *status = rp__session_status(l->arg, row);
    enum rp__colour colour = strcmp(status, "died") == 0
                                 ? RP__RED
                                 : rp__phrase_outcome_colour(sum->outcome);
    struct rp_buf cell;
    rp_buf_init(&cell, 4096);
    rp_buf_add_text(&cell, rp__phrase_short_id(&row->head.id));
    add_cell(l, &cell, RP__PLAIN);
    rp_buf_add(&cell, row->head.plan_name);
    add_cell(l, &cell, RP__PLAIN);
    rp_buf_add_text(&cell, status);
    add_cell(l, &cell, colour);
    rp__text_age(
        &cell, (struct rp_duration){l->now.unix_ns - row->head.began.unix_ns});
    add_cell(l, &cell, RP__PLAIN);
    rp_duration_show(&cell, (struct rp_duration){sum->last_at.ns});
    add_cell(l, &cell, RP__PLAIN);
    rp_buf_addf(
        &cell, "%" PRId64 " of %" PRId64, sum->delivered, sum->requested);
    add_cell(l, &cell, RP__PLAIN);
    rp_buf_add_i64(&cell, sum->attempts);
    add_cell(l, &cell, RP__PLAIN);
    add_notes(&cell, row, status);
    add_cell(l, &cell, RP__PLAIN);
    rp_buf_fini(&cell);
}

/* False when standard output is gone. */
static bool add_json(struct listing *l, const struct rp_session_row *row)
{
    cJSON *entry = cJSON_CreateObject();
    rp_json_set_text(entry, "schema", RP_STR("reprise.ls/1"));
    rp__session_json(entry, l->arg, row);
    rp_buf_reset(&l->out);
    rp_json_write_text(&l->out, entry);
    rp_buf_add_char(&l->out, '\n');
    cJSON_Delete(entry);
    return rp__out_write("ls", rp_buf_str(&l->out));
}

/* ---- all ---- */

static int list(struct listing *l)
{
    struct rp_err err = RP_ERR_INIT;
    struct rp_sessions *sessions = NULL;
    struct rp_arena *arena = rp_arena_new(0);
    int status = RP__EXIT_OK;
    enum rp_code rc = rp_reader_sessions(
        &sessions, l->arg->reader, &l->selection.filter, &err);
    while (rc == RP_OK && status == RP__EXIT_OK) {
        struct rp_session_row row;
        bool found = false;
        rp_arena_reset(arena);
        rc = rp_sessions_next(sessions, arena, &found, &row, &err);
        if (rc != RP_OK || !found) {
            break;
        }
        if (!rp__selection_has(&l->selection, l->arg, &row)) {
            continue;
        }
        if (l->limit > 0 && l->shown == l->limit) {
            l->more = true;
            break;
        }
        l->shown++;
        if (!l->json) {
            add_row(l, &row);
        } else if (!add_json(l, &row)) {
            status = RP__EXIT_FAILED;
        }
    }
    rp_sessions_free(&sessions);
    rp_arena_free(&arena);
    return rc == RP_OK ? status : rp__session_failed(l->arg, &err);
}

static int print_table(struct listing *l)
{
    if (l->shown == 0) {
        rp__say("ls", "no such session in %s", l->arg->place.path);
        return RP__EXIT_OK;
    }
    rp__table_write(&l->out, &l->table, l->term.tty ? l->term.columns : 0);
    if (!rp__out_write("ls", rp_buf_str(&l->out))) {
        return RP__EXIT_FAILED;
    }
    if (l->more) {
        rp__say("ls", "there are more; --limit 0 shows all");
    }
    return RP__EXIT_OK;
}

static int run(const struct rp__args *args)
{
    struct rp__session_arg arg;
    struct listing l = {.arg = &arg, .term = rp__term_of(1)};
    int status = take_options(&l, args);
    if (status != RP__GO_ON) {
        return status;
    }
    rp_buf_init(&l.out, RP__OUT_BYTES_MAX);
    status = rp__session_open(&arg, args);
    if (status == RP__GO_ON) {
        rp__table_init(
            &l.table, columns, RP_COUNT_OF(columns), arg.arena, &l.term.style);
        status = list(&l);
        if (status == RP__EXIT_OK && !l.json) {
            status = print_table(&l);
        }
    }
    rp__table_fini(&l.table);
    rp_buf_fini(&l.out);
    rp__session_fini(&arg);
    return status;
}

static const struct rp__opt opts[] = {
    RP__OPT_SELECTION,
    {"limit", "N", "at most so many; 0: all (50, with --json all)", false, 0},
    {"json", NULL, "one JSON document a line; reprise schema has its form",
        false, 0},
    RP__OPT_STORE,
    RP__OPT_END,
};

const struct rp__command rp__cmd_ls = {
    .name = "ls",
    .summary = "list sessions",
    .arguments = "",
    .description =
        "Lists the sessions of the store, the latest first. A session that "
        "has not\nended and that nobody runs has died. What stands under "
        "SESSION names one in\nother commands.",
    .footer =
        "Exit status: 0; 2 the command line is wrong; 4 the store "
        "cannot be read.\n\n"
        "Examples:\n"
        "  reprise ls --failed --since 24h\n"
        "  reprise ls --json | jq -r 'select(.counts.timeouts > 0) | .session'",
    .opts = opts,
    .arguments_min = 0,
    .arguments_max = 0,
    .run = run,
};
